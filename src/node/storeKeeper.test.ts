import { describe, expect, it, vi } from 'vitest'
import { MemoryMedium, MemoryStore } from '../platform/memoryStore'
import type { Clock } from './clock'
import { EMPTY_BATCH, StoreError } from './ports'
import type { CommitBatch, NodeStore, StoredBlock, StoredSnapshot } from './ports'
import { StoreKeeper } from './storeKeeper'

const block = (height: number, bytes = 100): StoredBlock => ({ hash: height.toString(16).padStart(4, '0'), height, bytes: new Uint8Array(bytes), subjects: [] })
const snapshotAt = (height: number): StoredSnapshot => ({
  height,
  hash: block(height).hash,
  stateRoot: 'aa',
  at: 1,
  manifest: new Uint8Array(10),
  chunkRoots: []
})
const commit = (height: number, more: Partial<CommitBatch> = {}): CommitBatch => ({
  ...EMPTY_BATCH,
  blocks: [block(height)],
  final: { height, hash: block(height).hash },
  ...more
})
const CACHE = { states: 0, hits: 0, misses: 0 }

function setUp(store: NodeStore, keepsAll = false) {
  const said: string[] = []
  const timers: (() => void)[] = []
  const clock: Clock = { now: () => 0, after: (_, callback) => (timers.push(callback), () => undefined) }
  const keeper = new StoreKeeper(store, clock, keepsAll, { say: (_, text) => said.push(text), log: () => undefined })
  const retry = async (): Promise<void> => {
    for (const timer of timers.splice(0)) timer()
    await vi.waitFor(() => expect(keeper.sound).toBe(true))
    await keeper.end()
  }
  return { keeper, said, retry, timers }
}

describe('StoreKeeper', () => {
  it('prunes a full disk down to the newest snapshot by itself, says so, and writes on without losing a block (T087)', async () => {
    const store = new MemoryStore(new MemoryMedium(1000))
    await store.init(new Uint8Array(1))
    const { keeper, said } = setUp(store)
    for (let height = 1; height <= 20; height++) {
      keeper.commit(commit(height, height % 4 === 0 ? { snapshot: { snapshot: snapshotAt(height), chunks: [] } } : {}))
      await keeper.end()
    }
    const stored = await store.load()
    expect(stored?.final.height).toBe(20)
    expect(stored?.snapshot?.height).toBe(20)
    expect((await store.usage()).lowestBlock).toBeGreaterThan(4)
    expect(keeper.sound).toBe(true)
    expect(said[0]).toMatch(/full: \d+ blocks older than the newest snapshot were let go/)
  })

  it('a disk without room for anything: abstains, names cause and remedy, tries again, and says when it is over', async () => {
    const refusing = { on: true }
    const store = new MemoryStore()
    await store.init(new Uint8Array(1))
    const refuse = async (): Promise<never> => {
      throw new StoreError('full', 'No room.')
    }
    const disk = new Proxy<NodeStore>(store, {
      get: (target, name) => (refusing.on && (name === 'commit' || name === 'castVote') ? refuse : (Reflect.get(target, name) as () => unknown).bind(target))
    })
    const { keeper, said, retry, timers } = setUp(disk)
    keeper.commit(commit(1))
    keeper.commit(commit(2))
    const vote = keeper.castVote({ kind: 'notarise', height: 3, hash: 'aa', parent: 'bb' }, [])
    await vi.waitFor(() => expect(timers).toHaveLength(2))
    expect(keeper.sound).toBe(false)
    expect(keeper.view(CACHE).troubles).toMatchObject([
      { what: 'The disk refuses writes', effect: expect.stringContaining('No room.'), remedy: expect.stringContaining('prune') }
    ])
    refusing.on = false
    await retry()
    // The very same promise, and the node goes on.
    expect(await vote).toEqual({ ok: true })
    expect((await store.load())?.final.height).toBe(2)
    expect(keeper.sound).toBe(true)
    expect(keeper.view(CACHE).troubles).toEqual([])
    expect(said).toEqual([expect.stringContaining('abstains'), expect.stringContaining('takes writes again')])
  })

  it('stays within its budget by pruning below the snapshot; an archive keeps all', async () => {
    for (const keepsAll of [false, true]) {
      const inner = new MemoryStore()
      await inner.init(new Uint8Array(1))
      const store = new Proxy<NodeStore>(inner, {
        get: (target, name) =>
          name === 'usage'
            ? async () => ({ ...(await target.usage()), kind: 'indexeddb', usedBytes: 600, quotaBytes: 1000 })
            : (Reflect.get(target, name) as () => unknown).bind(target)
      })
      const { keeper } = setUp(store, keepsAll)
      for (let height = 1; height <= 8; height++) {
        await keeper.measure()
        keeper.commit(commit(height, height === 5 ? { snapshot: { snapshot: snapshotAt(5), chunks: [] } } : {}))
        await keeper.end()
      }
      expect((await inner.usage()).lowestBlock).toBe(keepsAll ? 1 : 5)
      expect(keeper.view(CACHE).budgetBytes).toBe(keepsAll ? null : 500)
    }
  })

  it('lists snapshots with size and certificate (T055), and what the store found amiss', async () => {
    const store = new MemoryStore()
    await store.init(new Uint8Array(1))
    const chunk = { root: 'cc', bytes: new Uint8Array(90) }
    const proof = { kind: 'finalise' as const, height: 2, hash: block(2).hash, bytes: new Uint8Array(3) }
    await store.commit(commit(2, { certificates: [proof], snapshot: { snapshot: { ...snapshotAt(2), chunkRoots: ['cc'] }, chunks: [chunk] } }))
    const { keeper, said } = setUp(
      new Proxy<NodeStore>(store, {
        get: (target, name) =>
          name === 'findings' ? () => [{ code: 'older-than-mark', closedUpTo: 9 }] : (Reflect.get(target, name) as () => unknown).bind(target)
      })
    )
    await keeper.measure()
    expect(keeper.view(CACHE).snapshots).toEqual([{ height: 2, hash: block(2).hash, stateRoot: 'aa', at: 1, bytes: 100, chunks: 1, certified: true }])
    expect(said).toEqual([expect.stringContaining('abstains up to height 9')])
    await keeper.measure()
    expect(said).toHaveLength(1)
  })
})
