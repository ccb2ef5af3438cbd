import 'fake-indexeddb/auto'
import { deleteDB, openDB } from 'idb'
import { describe, expect, it } from 'vitest'
import type { VoteRow } from '../../core/consensus/voteGuard'
import type { CommitBatch } from '../../node/ports'
import { storeContract } from '../contract/storeContract'
import { databaseName, openIdbStore } from './idbStore'
import { decodeMark, encodeMark } from './watermarkFile'
import type { WatermarkCopy } from './watermarkFile'

storeContract('IndexedDB', { open: name => openIdbStore(name, 0, null), handles: 'shared', kind: 'indexeddb' })

let networks = 0
const freshNetwork = (): string => (++networks).toString(16).padStart(16, 'a')
const row = (height: number): VoteRow => ({ kind: 'notarise', height, hash: 'aa', parent: 'bb' })
const finalAt = (height: number): CommitBatch => ({
  blocks: [],
  certificates: [],
  final: { height, hash: 'aa' },
  snapshot: null,
  pruneBelow: 0,
  removeBlocks: []
})

const memoryCopy = (): WatermarkCopy & { height: number } => ({
  height: 0,
  async read() {
    return this.height
  },
  async raise(height) {
    this.height = Math.max(this.height, height)
  }
})

describe('IdbStore', () => {
  it('is one database per network and slot', async () => {
    const network = freshNetwork()
    const [first, second] = [await openIdbStore(network + 'ffff', 0, null), await openIdbStore(network + 'ffff', 1, null)]
    await first.init(Uint8Array.of(1))
    expect(await second.load()).toBeNull()
    const names = (await indexedDB.databases()).map(database => database.name)
    expect(names).toEqual(expect.arrayContaining([`quorumble/${network}/0`, `quorumble/${network}/1`]))
    await Promise.all([first.close(), second.close()])
  })

  it('abstains at heights that its vanished database had left (R6)', async () => {
    const network = freshNetwork()
    const copy = memoryCopy()
    const store = await openIdbStore(network, 0, copy)
    await store.commit(finalAt(12))
    await store.close()
    await deleteDB(databaseName(network, 0))

    const wiped = await openIdbStore(network, 0, copy)
    expect(await wiped.load()).toBeNull()
    expect(await wiped.castVote(row(12), [])).toEqual({ ok: false, code: 'below-watermark', existing: null })
    expect(await wiped.castVote(row(13), [])).toEqual({ ok: true })
    await wiped.close()
  })

  it('keeps the outer watermark through erase: the old key may come back', async () => {
    const network = freshNetwork()
    const copy = memoryCopy()
    const store = await openIdbStore(network, 0, copy)
    await store.commit(finalAt(5))
    await store.erase()
    expect(await store.castVote(row(5), [])).toMatchObject({ code: 'below-watermark' })
    await store.close()
  })

  it("answers 'closed' once another tab has taken the database away", async () => {
    const network = freshNetwork()
    const store = await openIdbStore(network, 0, null)
    await deleteDB(databaseName(network, 0))
    await expect(store.castVote(row(1), [])).rejects.toMatchObject({ code: 'closed' })
  })

  it("answers 'unavailable' to a database of a newer page", async () => {
    const network = freshNetwork()
    const newer = await openDB(databaseName(network, 0), 99)
    newer.close()
    await expect(openIdbStore(network, 0, null)).rejects.toMatchObject({ code: 'unavailable' })
  })

  it.each([
    ['final', { height: -1, hash: 'aa' }],
    ['genesis', 'not bytes'],
    ['identity', { secretKey: new Uint8Array(5), name: 'x' }],
    ['watermark', 'high']
  ] as const)("answers 'damaged' to a torn %s, and starts anew after erase", async (key, value) => {
    const network = freshNetwork()
    const store = await openIdbStore(network, 0, null)
    await store.init(Uint8Array.of(1))
    const raw = await openDB(databaseName(network, 0))
    await raw.put('meta', value, key)
    raw.close()
    const calls = {
      final: () => store.load(),
      genesis: () => store.load(),
      identity: () => store.identity(() => never()),
      watermark: () => store.castVote(row(1), [])
    }
    await expect(calls[key]()).rejects.toMatchObject({ code: 'damaged' })
    await store.erase()
    expect(await store.load()).toBeNull()
    expect(await store.castVote(row(1), [])).toEqual({ ok: true })
    await store.close()
  })

  it("answers 'full' when the quota is used up, and keeps nothing of the write", async () => {
    const store = await openIdbStore(freshNetwork(), 0, null)
    await store.init(Uint8Array.of(1))
    const put = IDBObjectStore.prototype.put
    IDBObjectStore.prototype.put = function (this: IDBObjectStore, ...args: Parameters<typeof put>) {
      if (this.name === 'blocks') throw new DOMException('no room', 'QuotaExceededError')
      return put.apply(this, args)
    }
    try {
      await expect(store.castVote(row(1), [{ hash: 'aa', height: 1, bytes: Uint8Array.of(1) }])).rejects.toMatchObject({ code: 'full' })
    } finally {
      IDBObjectStore.prototype.put = put
    }
    expect((await store.load())?.votes).toEqual([])
    await store.close()
  })
})

describe('watermark file', () => {
  it('reads back what it wrote, and 0 from anything else', () => {
    for (const height of [0, 1, 255, 65_536, Number.MAX_SAFE_INTEGER]) expect(decodeMark(encodeMark(height))).toBe(height)
    expect(decodeMark(encodeMark(7).subarray(0, 15))).toBe(0)
    const torn = encodeMark(7)
    torn[7] = 9
    expect(decodeMark(torn)).toBe(0)
    expect(decodeMark(new Uint8Array(16))).toBe(0)
  })
})

const never = (): never => {
  throw new Error('must not be called')
}
