/** Waiting for a condition, never for a time. */

/** How often a condition is asked: often enough to measure seconds, seldom enough to leave the cores to the tabs. */
const POLL_MS = 100

const pause = (ms: number) => new Promise<void>(resolve => setTimeout(resolve, ms))

/**
 * Asks until `read` gives a value that `accept` takes.
 * @param what the condition in words, for the message
 * @throws Error naming the condition, the time waited and the value read last. An error thrown by `read` counts as "not yet": a page
 *   that reloads and a server that starts refuse for a moment.
 */
export async function waitFor<T>(what: string, read: () => Promise<T>, accept: (value: T) => boolean, timeoutMs: number): Promise<T> {
  const deadline = performance.now() + timeoutMs
  let last = 'nothing'
  let refusal: string
  for (;;) {
    try {
      const value = await withDeadline(read(), deadline)
      if (accept(value)) return value
      last = JSON.stringify(value, null, 2)
      refusal = ''
    } catch (error) {
      refusal = ` Then: ${String(error)}.`
    }
    if (performance.now() >= deadline) throw new Error(`Waited ${(timeoutMs / 1000).toFixed(0)} s in vain for: ${what}. Read last: ${last}.${refusal}`)
    await pause(POLL_MS)
  }
}

/** A frozen tab never answers: give up at the deadline all the same. */
async function withDeadline<T>(value: Promise<T>, deadline: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const limit = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error('no answer')), Math.max(0, deadline - performance.now()))
  })
  try {
    return await Promise.race([value, limit])
  } finally {
    clearTimeout(timer)
  }
}
