import 'fake-indexeddb/auto'
import { deleteDB, openDB } from 'idb'
import { describe, expect, it, vi } from 'vitest'
import type { VoteRow } from '../../core/consensus/voteGuard'
import { EMPTY_BATCH } from '../../node/ports'
import type { Identity } from '../../node/ports'
import { storeContract } from '../contract/storeContract'
import { databaseName, openIdbStore } from './idbStore'
import { NO_NOTE } from './privateFiles'
import type { Beside } from './privateFiles'
import type { OpenMark } from '../promiseMark'

const beside = (openMark: OpenMark | null = null): Beside => ({ openMark, maker: NO_NOTE })

storeContract('IndexedDB', {
  open: (name, openMark) => openIdbStore(name, 0, beside(openMark)),
  backup: name => copyOf(databaseName(name, 0)),
  handles: 'shared',
  kind: 'indexeddb'
})

/** All records of a database, as a copy of a profile would hold them. */
async function copyOf(name: string): Promise<() => Promise<void>> {
  const db = await openDB(name)
  const stores = await Promise.all(
    [...db.objectStoreNames].map(async store => ({ store, keys: await db.getAllKeys(store), values: (await db.getAll(store)) as unknown[] }))
  )
  db.close()
  return async () => {
    const target = await openDB(name)
    for (const { store, keys, values } of stores) {
      const tx = target.transaction(store, 'readwrite')
      await tx.store.clear()
      for (const [i, value] of values.entries()) await tx.store.put(value, tx.store.keyPath === null ? keys[i] : undefined)
      await tx.done
    }
    target.close()
  }
}

let networks = 0
const freshNetwork = (): string => (++networks).toString(16).padStart(16, 'a')
const row = (height: number): VoteRow => ({ kind: 'notarise', height, hash: 'aa', parent: 'bb' })

describe('IdbStore', () => {
  it('is one database per network and slot', async () => {
    const network = freshNetwork()
    const [first, second] = [await openIdbStore(network + 'ffff', 0, beside()), await openIdbStore(network + 'ffff', 1, beside())]
    await first.init(Uint8Array.of(1))
    expect(await second.load()).toBeNull()
    const names = (await indexedDB.databases()).map(database => database.name)
    expect(names).toEqual(expect.arrayContaining([`quorumble/${network}/0`, `quorumble/${network}/1`]))
    await Promise.all([first.close(), second.close()])
  })

  it('T049, T050, T051, T078: a block goes to the disk in one transaction with all that belongs to it, and after a reload is found by height, hash, agent and meme', async () => {
    const network = freshNetwork()
    const store = await openIdbStore(network, 0, beside())
    await store.init(Uint8Array.of(1))
    const [agent, meme] = ['aa'.repeat(20), 'bb'.repeat(32)]
    const blocks = [1, 2, 3].map(height => ({ hash: `0${height}`, height, bytes: Uint8Array.of(height), subjects: height === 2 ? [agent, meme] : [agent] }))
    const chunk = { root: 'cc'.repeat(32), bytes: Uint8Array.of(9) }
    const snapshot = { height: 3, hash: '03', stateRoot: 'dd', at: 0, manifest: Uint8Array.of(7), chunkRoots: [chunk.root] }
    const begun = vi.spyOn(IDBDatabase.prototype, 'transaction')
    await store.commit({
      ...EMPTY_BATCH,
      blocks,
      certificates: [{ kind: 'finalise', height: 3, hash: '03', bytes: Uint8Array.of(5) }],
      final: { height: 3, hash: '03' },
      snapshot: { snapshot, chunks: [chunk] },
      stateHeaders: [{ height: 3, epoch: 1, bytes: Uint8Array.of(6) }]
    })
    expect(begun.mock.calls.map(([, mode]) => mode)).toEqual(['readwrite'])
    begun.mockRestore()
    await store.close()
    const again = await openIdbStore(network, 0, beside())
    expect((await again.block('02'))?.height).toBe(2)
    expect((await again.range(2, 2)).map(({ hash }) => hash)).toEqual(['02', '03'])
    expect((await again.blocksOf(agent, 9, 9)).map(({ height }) => height)).toEqual([3, 2, 1])
    expect((await again.blocksOf(meme, 9, 9)).map(({ height }) => height)).toEqual([2])
    const stored = await again.load()
    expect(stored?.snapshot?.chunks.get(chunk.root)).toEqual(chunk.bytes)
    expect(stored?.final).toEqual({ height: 3, hash: '03' })
    await again.close()
  })

  it('says whose database it was when the browser has thrown it away (T087)', async () => {
    const network = freshNetwork()
    let note: string | null = null
    const maker = {
      read: async () => note,
      write: async (identity: Identity) => void (note = identity.name),
      remove: async () => void (note = null)
    }
    const open = () => openIdbStore(network, 0, { openMark: null, maker })
    const store = await open()
    expect(store.findings()).toEqual([])
    await store.identity(() => ({ secretKey: new Uint8Array(32), name: 'abcdef' }))
    await store.close()
    await deleteDB(databaseName(network, 0))
    const wiped = await open()
    expect(wiped.findings()).toEqual([{ code: 'database-lost', agentId: 'abcdef' }])
    await wiped.erase()
    await wiped.close()
    await deleteDB(databaseName(network, 0))
    const asked = await open()
    expect(asked.findings()).toEqual([])
    await asked.close()
  })

  it('takes over a database of version 1: blocks, certificates, key and promises stay; the whole snapshot gives way to a replay (T086)', async () => {
    const network = freshNetwork()
    const old = await openDB(databaseName(network, 0), 1, {
      upgrade(db) {
        db.createObjectStore('meta')
        db.createObjectStore('blocks', { keyPath: 'hash' }).createIndex('height', 'height')
        db.createObjectStore('certificates', { keyPath: ['kind', 'height', 'hash'] })
        db.createObjectStore('votes', { autoIncrement: true }).createIndex('height', 'height')
        db.createObjectStore('snapshots', { keyPath: 'height' })
      }
    })
    const blocks = [1, 2, 3].map(height => ({ hash: `0${height}`, height, bytes: Uint8Array.of(height) }))
    const certificate = { kind: 'finalise' as const, height: 2, hash: '02', bytes: Uint8Array.of(9) }
    const identity = { secretKey: new Uint8Array(32).fill(4), name: 'Old' }
    for (const block of blocks) await old.put('blocks', block)
    await old.put('certificates', certificate)
    await old.put('snapshots', { height: 2, hash: '02', bytes: Uint8Array.of(1, 2, 3) })
    await old.put('meta', identity, 'identity')
    await old.put('meta', Uint8Array.of(1), 'genesis')
    await old.put('meta', { height: 2, hash: '02' }, 'final')
    await old.put('meta', 2, 'watermark')
    for (const height of [3, 4]) await old.put('votes', row(height))
    old.close()

    const store = await openIdbStore(network, 0, beside())
    expect(await store.load()).toEqual({
      genesis: Uint8Array.of(1),
      final: { height: 2, hash: '02' },
      snapshot: null,
      blocks: blocks.map(block => ({ ...block, subjects: [] })),
      certificates: [certificate],
      votes: [row(3), row(4)]
    })
    expect(await store.identity(never)).toEqual(identity)
    expect(await store.promised()).toEqual({ height: 4, promises: 2 })
    expect(await store.castVote(row(2), [])).toMatchObject({ code: 'below-watermark' })
    await store.commit({ ...EMPTY_BATCH, blocks: [{ hash: '05', height: 2, bytes: Uint8Array.of(5), subjects: ['aa'] }] })
    expect(await store.blocksOf('aa', 9, 9)).toHaveLength(1)
    await store.close()
  })

  it("answers 'closed' once another tab has taken the database away", async () => {
    const network = freshNetwork()
    const store = await openIdbStore(network, 0, beside())
    await deleteDB(databaseName(network, 0))
    await expect(store.castVote(row(1), [])).rejects.toMatchObject({ code: 'closed' })
  })

  it("answers 'unavailable' to a database of a newer page", async () => {
    const network = freshNetwork()
    const newer = await openDB(databaseName(network, 0), 99)
    newer.close()
    await expect(openIdbStore(network, 0, beside())).rejects.toMatchObject({ code: 'unavailable' })
  })

  it.each([
    ['final', { height: -1, hash: 'aa' }],
    ['genesis', 'not bytes'],
    ['identity', { secretKey: new Uint8Array(5), name: 'x' }],
    ['watermark', 'high']
  ] as const)("answers 'damaged' to a torn %s, and starts anew after erase", async (key, value) => {
    const network = freshNetwork()
    const store = await openIdbStore(network, 0, beside())
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
    const store = await openIdbStore(freshNetwork(), 0, beside())
    await store.init(Uint8Array.of(1))
    const put = IDBObjectStore.prototype.put
    IDBObjectStore.prototype.put = function (this: IDBObjectStore, ...args: Parameters<typeof put>) {
      if (this.name === 'blocks') throw new DOMException('no room', 'QuotaExceededError')
      return put.apply(this, args)
    }
    try {
      await expect(store.castVote(row(1), [{ hash: 'aa', height: 1, bytes: Uint8Array.of(1), subjects: [] }])).rejects.toMatchObject({ code: 'full' })
    } finally {
      IDBObjectStore.prototype.put = put
    }
    expect((await store.load())?.votes).toEqual([])
    await store.close()
  })
})

const never = (): never => {
  throw new Error('must not be called')
}
