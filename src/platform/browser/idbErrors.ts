/** What the browser's database says, in the words of the port. */
import { StoreError } from '../../node/ports'

/** An open or a deletion waits for other tabs to let go; ours do so at once, so more than this means that something is stuck. */
const OPEN_TIMEOUT_MS = 5_000

const MESSAGES: Record<string, { code: StoreError['code']; message: string }> = {
  QuotaExceededError: { code: 'full', message: 'The space that the browser gives this site is used up. Free some disk space, or let the node prune.' },
  NotAllowedError: {
    code: 'denied',
    message: 'The browser does not let this site store data. Allow it in the site settings; until then all is kept in memory.'
  },
  SecurityError: { code: 'denied', message: 'The browser does not let this site store data. Allow it in the site settings; until then all is kept in memory.' },
  VersionError: { code: 'unavailable', message: 'A newer version of this page wrote the database. Reload the page to get that version.' },
  InvalidStateError: { code: 'closed', message: 'The database was closed: the browser or another tab took it away. Reload the page.' },
  AbortError: { code: 'closed', message: 'The browser broke off the write; nothing of it was kept.' },
  DataError: { code: 'damaged', message: 'The database holds a record that cannot be read. Erase it; the chain comes back from peers.' },
  NotFoundError: { code: 'damaged', message: 'A part of the database is missing. Erase it; the chain comes back from peers.' },
  ConstraintError: { code: 'damaged', message: 'The database contradicts itself. Erase it; the chain comes back from peers.' }
}

/** @returns a StoreError whatever was thrown; what nobody foresaw is 'unavailable' with the browser's own words */
export function toStoreError(error: unknown): StoreError {
  if (error instanceof StoreError) return error
  const name = (error as { name?: unknown } | null)?.name
  const known = typeof name === 'string' ? MESSAGES[name] : undefined
  if (known) return new StoreError(known.code, known.message)
  return new StoreError('unavailable', `The database does not work: ${error instanceof Error ? error.message : String(error)}`)
}

/** Runs an open or a deletion with an end: IndexedDB itself would wait for ever behind another tab's connection. */
export async function withinTime<T>(work: Promise<T>, late: (value: T) => void): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined
  let expired = false
  const timeout = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      expired = true
      reject(new StoreError('denied', 'Another tab keeps the database from being opened. Close the other tabs of this site and reload.'))
    }, OPEN_TIMEOUT_MS)
  })
  work.then(
    value => expired && late(value),
    () => undefined
  )
  try {
    return await Promise.race([work, timeout])
  } catch (error) {
    throw toStoreError(error)
  } finally {
    clearTimeout(timer)
  }
}
