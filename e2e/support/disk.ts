/** What a specification reads of a tab's database, by its published layout and past the node that owns it. */
import type { Page } from 'playwright-core'

declare global {
  interface Window {
    /** The result of a request to a database. */
    settled?: <T>(request: IDBRequest<T>) => Promise<T>
  }
}

/** As text, because what runs in the page must not be touched by what runs these files. */
export const SETTLED = `window.settled = request => new Promise((resolve, reject) => {
  request.onsuccess = () => resolve(request.result)
  request.onerror = () => reject(new Error(String(request.error)))
})`

/** Name of the database of one identity slot. */
const databaseOf = (networkId: string, slot: number): string => `quorumble/${networkId.slice(0, 16)}/${slot}`

export interface DiskReport {
  finalHeight: number
  /** Of the newest snapshot: a start begins there, and blocks below may have been let go. */
  from: number
  blocks: number
  /** What does not fit together; empty when nothing is torn. */
  torn: string[]
}

/** Looks at the database of one identity slot, as it is on the disk. */
export async function inspectDisk(page: Page, networkId: string, slot: number): Promise<DiskReport> {
  await page.evaluate(SETTLED)
  return page.evaluate(
    async name => {
      const db = await window.settled!(indexedDB.open(name))
      const tx = db.transaction(['meta', 'blocks', 'snapshots', 'chunks', 'votes'])
      const meta = tx.objectStore('meta')
      const final = ((await window.settled!(meta.get('final'))) as { height: number; hash: string } | undefined) ?? { height: 0, hash: '' }
      const watermark = ((await window.settled!(meta.get('watermark'))) as number | undefined) ?? 0
      const blocks = (await window.settled!(tx.objectStore('blocks').getAll())) as { height: number; hash: string }[]
      const snapshots = (await window.settled!(tx.objectStore('snapshots').getAll())) as { height: number; hash: string; chunkRoots: string[] }[]
      const chunks = new Set(await window.settled!(tx.objectStore('chunks').getAllKeys()))
      const votes = (await window.settled!(tx.objectStore('votes').getAll())) as { height: number }[]
      db.close()
      const torn: string[] = []
      const heights = new Set(blocks.map(block => block.height))
      const newest = snapshots.at(-1)
      for (let height = Math.max(1, newest?.height ?? 1); height <= final.height; height++) if (!heights.has(height)) torn.push(`no block at ${height}`)
      if (final.height > 0 && !blocks.some(block => block.hash === final.hash)) torn.push('the final block is missing')
      if (watermark < final.height) torn.push(`watermark ${watermark} below final ${final.height}`)
      if (votes.some(vote => vote.height <= final.height)) torn.push('a vote below the final block')
      for (const snapshot of snapshots) if (snapshot.chunkRoots.some(root => !chunks.has(root))) torn.push(`snapshot ${snapshot.height} has a hole`)
      return { finalHeight: final.height, from: newest?.height ?? 0, blocks: blocks.length, torn }
    },
    databaseOf(networkId, slot)
  )
}

/** All that a database keeps about its key, bytes as hex: what a thief of the disk reads. */
export async function keyOnDisk(page: Page, networkId: string, slot: number): Promise<string> {
  await page.evaluate(SETTLED)
  return page.evaluate(
    async name => {
      const db = await window.settled!(indexedDB.open(name))
      const record: unknown = await window.settled!(db.transaction('meta').objectStore('meta').get('identity'))
      db.close()
      return JSON.stringify(record, (_key, value: unknown) =>
        value instanceof Uint8Array ? Array.from(value, byte => byte.toString(16).padStart(2, '0')).join('') : value
      )
    },
    databaseOf(networkId, slot)
  )
}

/** Parts of states that the database of one identity slot holds. */
export async function chunksOnDisk(page: Page, networkId: string, slot: number): Promise<number> {
  await page.evaluate(SETTLED)
  return page.evaluate(
    async name => {
      const db = await window.settled!(indexedDB.open(name))
      const count = await window.settled!(db.transaction('chunks').objectStore('chunks').count())
      db.close()
      return count
    },
    databaseOf(networkId, slot)
  )
}

/** Copies a database. @returns a name under which `restoreDisk` of this page finds the copy */
export async function copyDisk(page: Page, networkId: string, slot: number): Promise<void> {
  await page.evaluate(SETTLED)
  await page.evaluate(
    async name => {
      const db = await window.settled!(indexedDB.open(name))
      const names = [...db.objectStoreNames]
      const tx = db.transaction(names)
      const copy = names.map(async store => {
        const [keys, values] = await Promise.all([window.settled!(tx.objectStore(store).getAllKeys()), window.settled!(tx.objectStore(store).getAll())])
        return { store, keys, values: values as unknown[] }
      })
      Object.assign(window, { diskCopy: await Promise.all(copy) })
      db.close()
    },
    databaseOf(networkId, slot)
  )
}

/** Puts the copy of this page back in place of what the database holds now; its owner must be gone. */
export async function restoreDisk(page: Page, networkId: string, slot: number): Promise<void> {
  await page.evaluate(SETTLED)
  await page.evaluate(
    async name => {
      const { diskCopy } = window as unknown as { diskCopy: { store: string; keys: IDBValidKey[]; values: unknown[] }[] }
      const db = await window.settled!(indexedDB.open(name))
      const tx = db.transaction(
        diskCopy.map(({ store }) => store),
        'readwrite'
      )
      for (const { store, keys, values } of diskCopy) {
        const target = tx.objectStore(store)
        target.clear()
        for (const [i, value] of values.entries()) target.put(value, target.keyPath === null ? keys[i] : undefined)
      }
      await new Promise<void>((resolve, reject) => {
        tx.oncomplete = () => resolve()
        tx.onabort = () => reject(new Error(String(tx.error)))
      })
      db.close()
    },
    databaseOf(networkId, slot)
  )
}

/** Name of a database of this site that is not ours. */
const HOARD = 'hoarder'

/** Somebody else of this site takes all there is, down to the last KiB. @param bytes size of the first bite; the context's quota is the caller's to set */
export async function hoardDisk(page: Page, bytes: number): Promise<void> {
  await page.evaluate(
    async ([name, first]) => {
      const opening = indexedDB.open(name)
      opening.onupgradeneeded = () => opening.result.createObjectStore('hoard', { autoIncrement: true })
      await new Promise(resolve => (opening.onsuccess = resolve))
      for (let size = first; size >= 1024;) {
        const tx = opening.result.transaction('hoard', 'readwrite')
        tx.objectStore('hoard').add(crypto.getRandomValues(new Uint8Array(Math.min(size, 65536))))
        if (size > 65536) for (let i = 1; i < size / 65536; i++) tx.objectStore('hoard').add(crypto.getRandomValues(new Uint8Array(65536)))
        const kept = await new Promise(resolve => {
          tx.oncomplete = () => resolve(true)
          tx.onabort = () => resolve(false)
        })
        if (kept !== true) size /= 2
      }
      opening.result.close()
    },
    [HOARD, bytes] as const
  )
}

/** Gives back what `hoardDisk` took. */
export async function releaseDisk(page: Page): Promise<void> {
  await eraseDatabase(page, HOARD)
}

/** Erases the database of one identity slot; its owner must be gone. */
export async function wipeDisk(page: Page, networkId: string, slot: number): Promise<void> {
  await eraseDatabase(page, databaseOf(networkId, slot))
}

async function eraseDatabase(page: Page, name: string): Promise<void> {
  await page.evaluate(
    name =>
      new Promise<void>((resolve, reject) => {
        const erasing = indexedDB.deleteDatabase(name)
        erasing.onsuccess = () => resolve()
        erasing.onerror = () => reject(new Error(String(erasing.error)))
      }),
    name
  )
}
