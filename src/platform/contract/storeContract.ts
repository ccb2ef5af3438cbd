/**
 * What every `NodeStore` must do (port in src/node/ports.ts). An adapter exists only if it passes this suite.
 */
import fc from 'fast-check'
import { afterEach, describe, expect, it } from 'vitest'
import type { VoteRow } from '../../core/consensus/voteGuard'
import { EMPTY_BATCH, KEPT_SNAPSHOTS, StoreError } from '../../node/ports'
import type {
  CommitBatch,
  Identity,
  NodeStore,
  SealedKey,
  StoredBlock,
  StoredCertificate,
  StoredChunk,
  StoredSnapshot,
  StoredStateHeader
} from '../../node/ports'
import { MarkKeeper, NO_PROMISES } from '../promiseMark'
import type { OpenMark } from '../promiseMark'
import { RANGE_MAX_BLOCKS } from '../storeRules'
import { StoreModel } from './storeModel'

/** How the suite reaches one adapter. */
export interface StoreHarness {
  /** Opens the database of that name, making it when it is not there. Names are new for every test. */
  open(name: string, openMark: OpenMark): Promise<NodeStore>
  /** Copies the closed database of that name. @returns what puts the copy back, once it is closed again; what was never there is a wiped one */
  backup(name: string): Promise<() => Promise<void>>
  /** 'shared': several handles on one database at once. 'exclusive': the second is refused with 'denied'. */
  handles: 'shared' | 'exclusive'
  kind: 'indexeddb' | 'memory' | 'disk'
}

/** Random histories of up to this many steps: long enough to finalise, prune and erase within one. */
const MODEL_STEPS = 40
const MODEL_RUNS = 60
/** Random histories of two databases that share a key. */
const TWIN_RUNS = 100

const hashOf = (height: number, branch = 0): string => `${height.toString(16).padStart(4, '0')}${branch.toString(16).padStart(2, '0')}`
/** Some blocks touch nobody, some several. */
const subjectsAt = (height: number, branch: number): string[] => ['a1', 'b2', 'c3'].filter((_, i) => (height + branch) % (i + 2) === 0)
const block = (height: number, branch = 0): StoredBlock => ({
  hash: hashOf(height, branch),
  height,
  bytes: Uint8Array.of(height & 255, branch, 7),
  subjects: subjectsAt(height, branch)
})
const certificate = (kind: 'notarise' | 'finalise', height: number, branch = 0): StoredCertificate => ({
  kind,
  height,
  hash: hashOf(height, branch),
  bytes: Uint8Array.of(height & 255, branch, kind === 'finalise' ? 1 : 0)
})
const row = (kind: VoteRow['kind'], height: number, branch = 0, parentBranch = 0): VoteRow => ({
  kind,
  height,
  hash: hashOf(height, branch),
  parent: hashOf(height - 1, parentBranch)
})
const batch = (parts: Partial<CommitBatch>): CommitBatch => ({ ...EMPTY_BATCH, ...parts })
const chunk = (name: number): StoredChunk => ({ root: name.toString(16).padStart(4, 'c'), bytes: Uint8Array.of(name, name, name) })
/** Names each of these chunks. */
const snapshotAt = (height: number, chunks: readonly number[] = [], branch = 0): StoredSnapshot => ({
  height,
  hash: hashOf(height, branch),
  stateRoot: `5${hashOf(height, branch)}`,
  at: 1_000 * height,
  manifest: Uint8Array.of(height & 255, ...chunks),
  chunkRoots: chunks.map(name => chunk(name).root)
})
/** With the chunks that come with it; all that it names when left out. */
const snapshot = (height: number, chunks: readonly number[] = [], carried = chunks): NonNullable<CommitBatch['snapshot']> => ({
  snapshot: snapshotAt(height, chunks),
  chunks: carried.map(chunk)
})
const stateHeader = (height: number, epoch: number): StoredStateHeader => ({ height, epoch, bytes: Uint8Array.of(height & 255, epoch) })
const final = (height: number, branch = 0): { height: number; hash: string } => ({ height, hash: hashOf(height, branch) })
const key = (fill: number, name = 'Moth'): Identity => ({ secretKey: new Uint8Array(32).fill(fill), name })
/** As it would lie under some passphrase: a store looks at none of it but the name of the key. */
const sealedKey = (fill: number, name = 'Moth'): SealedKey => ({
  name,
  publicKey: fill.toString(16).padStart(2, '0').repeat(32),
  sealed: new Uint8Array(76).fill(fill + 100)
})
const GENESIS = Uint8Array.of(1, 2, 3)

/** Registers the suite with Vitest under `name`. */
export function storeContract(name: string, harness: StoreHarness): void {
  const opened: NodeStore[] = []
  let databases = 0
  const fresh = (): string => `contract-${++databases}`
  const marks = new TestMarks()
  const open = async (database: string): Promise<NodeStore> => {
    const store = await harness.open(database, marks.open)
    opened.push(store)
    return store
  }
  const withBlocks = async (heights: number[], database = fresh()): Promise<NodeStore> => {
    const store = await open(database)
    await store.init(GENESIS)
    await store.commit(batch({ blocks: heights.map(h => block(h)) }))
    return store
  }
  /** A second look at the same data: another handle where that is allowed, else after closing the first. */
  const reopen = async (database: string, store: NodeStore): Promise<NodeStore> => {
    await store.close()
    return open(database)
  }

  describe(`NodeStore: ${name}`, () => {
    afterEach(async () => {
      await Promise.all(opened.splice(0).map(store => store.close()))
    })

    describe('identity', () => {
      it('is created once and kept', async () => {
        const database = fresh()
        const store = await open(database)
        const first = await store.identity(() => key(1))
        expect(await store.identity(() => key(2))).toEqual(first)
        expect(await (await reopen(database, store)).identity(() => key(3))).toEqual(key(1))
      })

      it('is created once by two callers at once', async () => {
        const store = await open(fresh())
        const [a, b] = await Promise.all([store.identity(() => key(1)), store.identity(() => key(2))])
        expect(a).toEqual(b)
      })

      it('is replaced as a whole', async () => {
        const store = await open(fresh())
        await store.identity(() => key(1))
        await store.replaceIdentity(key(9, 'Fern'), NO_PROMISES)
        expect(await store.identity(() => key(2))).toEqual(key(9, 'Fern'))
      })

      it('refuses a key that is not 32 bytes, and keeps the old one', async () => {
        const store = await open(fresh())
        await store.identity(() => key(1))
        await expect(store.replaceIdentity({ secretKey: new Uint8Array(31), name: 'x' }, NO_PROMISES)).rejects.toBeInstanceOf(StoreError)
        expect(await store.identity(() => key(2))).toEqual(key(1))
      })

      it('T085: a sealed key outlives a restart as it is, opens nothing before it is unlocked, and never makes room for another', async () => {
        const database = fresh()
        const store = await open(database)
        await store.init(GENESIS)
        await store.identity(() => key(1))
        expect(await store.sealedKey()).toBeNull()
        await store.protectKey(key(1), sealedKey(1))
        expect(await store.identity(() => key(2))).toEqual(key(1))
        const again = await reopen(database, store)
        expect(await again.sealedKey()).toEqual(sealedKey(1))
        const locked = { code: 'locked' }
        await expect(again.identity(() => key(2))).rejects.toMatchObject(locked)
        await expect(again.load()).rejects.toMatchObject(locked)
        await expect(again.castVote(row('notarise', 1), [])).rejects.toMatchObject(locked)
        await expect(again.protectKey(key(1), null)).rejects.toMatchObject(locked)
        await expect(again.replaceIdentity(key(2), NO_PROMISES)).rejects.toMatchObject(locked)
        again.unlock(sealedKey(3), key(3))
        await expect(again.identity(() => key(2))).rejects.toMatchObject(locked)
        again.unlock(sealedKey(1), key(1))
        expect(await again.identity(() => key(2))).toEqual(key(1))
        expect(await again.castVote(row('notarise', 1), [])).toEqual({ ok: true })
      })

      it('T085: a key goes under another passphrase and back into the open; what cannot be written or is not its key changes nothing', async () => {
        const database = fresh()
        const store = await open(database)
        await store.identity(() => key(1))
        await expect(store.protectKey(key(2), sealedKey(2))).rejects.toMatchObject({ code: 'closed' })
        await expect(store.protectKey(key(1), { ...sealedKey(1), sealed: new Uint8Array(3) })).rejects.toMatchObject({ code: 'unavailable' })
        expect(await store.sealedKey()).toBeNull()
        await store.protectKey(key(1), sealedKey(1))
        const other = { ...sealedKey(1), sealed: new Uint8Array(76).fill(200) }
        await store.protectKey(key(1), other)
        expect(await store.sealedKey()).toEqual(other)
        await store.protectKey(key(1), null)
        expect(await (await reopen(database, store)).identity(() => key(2))).toEqual(key(1))
      })

      it('T085: a key that takes over comes under its passphrase in the same step, and an erased store begins anew', async () => {
        const database = fresh()
        const store = await open(database)
        await store.identity(() => key(1))
        await store.replaceIdentity(key(9, 'Fern'), NO_PROMISES, sealedKey(9, 'Fern'))
        expect(await store.identity(() => key(2))).toEqual(key(9, 'Fern'))
        const again = await reopen(database, store)
        expect(await again.sealedKey()).toEqual(sealedKey(9, 'Fern'))
        await again.erase()
        expect(await again.sealedKey()).toBeNull()
        const made = await again.identity(
          () => key(4),
          () => sealedKey(4)
        )
        expect(made).toEqual(key(4))
        expect(await again.sealedKey()).toEqual(sealedKey(4))
      })
    })

    describe('start', () => {
      it('finds nothing in a new store, and the genesis after init', async () => {
        const database = fresh()
        const store = await open(database)
        expect(await store.load()).toBeNull()
        await store.init(GENESIS)
        const stored = await (await reopen(database, store)).load()
        expect(stored).toEqual({ genesis: GENESIS, final: { height: 0, hash: '' }, snapshot: null, blocks: [], certificates: [], votes: [] })
      })

      it('keeps one genesis for ever', async () => {
        const store = await open(fresh())
        await store.init(GENESIS)
        await store.init(GENESIS)
        await expect(store.init(Uint8Array.of(9))).rejects.toMatchObject({ code: 'damaged' })
        expect((await store.load())?.genesis).toEqual(GENESIS)
      })

      it('finds all that was committed, in ascending order', async () => {
        const database = fresh()
        const store = await open(database)
        await store.init(GENESIS)
        await store.commit(
          batch({ blocks: [block(3), block(1), block(2, 1), block(2)], certificates: [certificate('notarise', 2), certificate('finalise', 1)] })
        )
        await store.castVote(row('notarise', 3), [])
        await store.commit(batch({ final: final(1) }))
        expect(await (await reopen(database, store)).load()).toEqual({
          genesis: GENESIS,
          final: final(1),
          snapshot: null,
          blocks: [block(1), block(2), block(2, 1), block(3)],
          certificates: [certificate('finalise', 1), certificate('notarise', 2)],
          votes: [row('notarise', 3)]
        })
      })

      it('begins at the newest snapshot', async () => {
        const store = await withBlocks([1, 2, 3, 4])
        await store.commit(batch({ certificates: [certificate('notarise', 2), certificate('notarise', 3)], final: final(3), snapshot: snapshot(3, [1, 2]) }))
        const stored = await store.load()
        expect(stored?.snapshot).toEqual({ ...snapshotAt(3, [1, 2]), chunks: new Map([1, 2].map(name => [chunk(name).root, chunk(name).bytes])) })
        expect(stored?.blocks).toEqual([block(3), block(4)])
        expect(stored?.certificates).toEqual([certificate('notarise', 3)])
      })

      it('keeps certificates of several blocks at one height (R3)', async () => {
        const store = await withBlocks([1])
        await store.commit(batch({ blocks: [block(1, 1)], certificates: [certificate('notarise', 1), certificate('notarise', 1, 1)] }))
        expect((await store.load())?.certificates).toEqual([certificate('notarise', 1), certificate('notarise', 1, 1)])
      })

      it('is not changed by what callers do to their bytes afterwards', async () => {
        const store = await open(fresh())
        const mine = block(1)
        await store.commit(batch({ blocks: [mine] }))
        mine.bytes.fill(99)
        const first = await store.block(mine.hash)
        expect(first).toEqual(block(1))
        first?.bytes.fill(98)
        expect(await store.block(mine.hash)).toEqual(block(1))
      })
    })

    describe('votes (R5, R6)', () => {
      it('may repeat a vote, which promises nothing new', async () => {
        const store = await open(fresh())
        await store.init(GENESIS)
        expect(await store.castVote(row('notarise', 1), [block(1)])).toEqual({ ok: true })
        expect(await store.castVote(row('notarise', 1), [block(1)])).toEqual({ ok: true })
        expect((await store.load())?.votes).toEqual([row('notarise', 1)])
      })

      it('keeps the block with the vote, and neither when refused', async () => {
        const database = fresh()
        const store = await open(database)
        await store.castVote(row('finalise', 5), [block(5)])
        expect((await store.castVote(row('finalise', 5, 1), [block(5, 1)])).ok).toBe(false)
        const again = await reopen(database, store)
        expect(await again.block(hashOf(5))).toEqual(block(5))
        expect(await again.block(hashOf(5, 1))).toBeNull()
      })

      it.each([
        ['a second finalise', row('finalise', 4), row('finalise', 4, 1), 'already-finalised'],
        ['notarise after finalise', row('finalise', 4), row('notarise', 4, 1), 'already-finalised'],
        ['finalise after another notarise', row('notarise', 4), row('finalise', 4, 1), 'notarised-another'],
        ['a second proposal on one parent', row('propose', 4), row('propose', 4, 1), 'proposed-another']
      ] as const)('refuses %s, also after a restart', async (_, first, second, code) => {
        const database = fresh()
        const store = await open(database)
        expect(await store.castVote(first, [])).toEqual({ ok: true })
        const again = await reopen(database, store)
        expect(await again.castVote(second, [])).toEqual({ ok: false, code, existing: first })
      })

      it('notarises two blocks of one height, and finalises what alone was notarised', async () => {
        const store = await open(fresh())
        expect((await store.castVote(row('notarise', 4), [])).ok).toBe(true)
        expect((await store.castVote(row('notarise', 4, 1), [])).ok).toBe(true)
        expect((await store.castVote(row('notarise', 5), [])).ok).toBe(true)
        expect((await store.castVote(row('finalise', 5), [])).ok).toBe(true)
      })

      it('closes heights at and below the newest final block, and forgets their rows', async () => {
        const database = fresh()
        const store = await open(database)
        await store.init(GENESIS)
        for (const height of [7, 8, 9]) await store.castVote(row('notarise', height), [])
        await store.commit(batch({ final: final(8) }))
        const again = await reopen(database, store)
        expect((await again.load())?.votes).toEqual([row('notarise', 9)])
        expect(await again.castVote(row('notarise', 8), [])).toEqual({ ok: false, code: 'below-watermark', existing: null })
        expect((await again.castVote(row('notarise', 9), [])).ok).toBe(true)
      })

      it('lets exactly one of two conflicting votes through when both come at once', async () => {
        const store = await open(fresh())
        for (let height = 1; height <= 20; height++) {
          const outcomes = await Promise.all([store.castVote(row('finalise', height), []), store.castVote(row('finalise', height, 1), [])])
          expect(outcomes.filter(outcome => outcome.ok)).toHaveLength(1)
        }
      })

      it.runIf(harness.handles === 'shared')('lets exactly one of two handles on one database through', async () => {
        const database = fresh()
        const [a, b] = [await open(database), await open(database)]
        for (let height = 1; height <= 20; height++) {
          const outcomes = await Promise.all([a.castVote(row('finalise', height), []), b.castVote(row('finalise', height, 1), [])])
          expect(outcomes.filter(outcome => outcome.ok)).toHaveLength(1)
        }
      })

      it.runIf(harness.handles === 'exclusive')('lets one handle hold a database', async () => {
        const database = fresh()
        await open(database)
        await expect(harness.open(database, marks.open)).rejects.toMatchObject({ code: 'denied' })
      })
    })

    describe('the mark beside the database (R6)', () => {
      /** A key that has promised up to height 6, the last two after the copy was made. */
      const withCopy = async (): Promise<{ database: string; restore: () => Promise<void> }> => {
        const database = fresh()
        const store = await open(database)
        await store.identity(() => key(databases))
        await store.init(GENESIS)
        for (const height of [3, 4]) await store.castVote(row('finalise', height), [block(height)])
        await store.close()
        const restore = await harness.backup(database)
        const again = await open(database)
        for (const height of [5, 6]) expect(await again.castVote(row('finalise', height), [block(height)])).toEqual({ ok: true })
        await again.close()
        return { database, restore }
      }

      it('a database restored from an old copy abstains up to the highest promise, says so, and goes on above', async () => {
        const { database, restore } = await withCopy()
        await restore()
        const store = await open(database)
        await store.load()
        expect(store.findings()).toEqual([{ code: 'older-than-mark', closedUpTo: 6 }])
        for (const height of [4, 5, 6]) expect(await store.castVote(row('finalise', height, 1), [])).toMatchObject({ ok: false, code: 'below-watermark' })
        expect(await store.castVote(row('finalise', 7), [])).toEqual({ ok: true })
        // The doubt is over once it has been answered.
        const again = await reopen(database, store)
        expect((await again.load())?.votes.map(vote => vote.height)).toContain(7)
        expect(again.findings()).toEqual([])
        expect(await again.castVote(row('notarise', 8), [])).toEqual({ ok: true })
      })

      it('votes of a restored database are judged before anything was loaded, too', async () => {
        const { database, restore } = await withCopy()
        await restore()
        expect(await (await open(database)).castVote(row('finalise', 6, 1), [])).toMatchObject({ ok: false, code: 'below-watermark' })
      })

      it('a key that is imported into another database finds its mark; the key before it does so, too, when it returns', async () => {
        const { database } = await withCopy()
        const owner = key(databases)
        const other = await open(fresh())
        await other.identity(() => key(1, 'Newcomer'))
        await other.init(GENESIS)
        await other.castVote(row('notarise', 2), [])
        await other.replaceIdentity(owner, NO_PROMISES)
        await expect(other.castVote(row('notarise', 9), [])).rejects.toMatchObject({ code: 'closed' })
        const again = await reopen(`contract-${databases}`, other)
        expect((await again.load())?.votes).toEqual([])
        expect(await again.promised()).toEqual({ height: 6, promises: 4 })
        expect(await again.castVote(row('finalise', 6, 1), [])).toMatchObject({ ok: false, code: 'below-watermark' })
        expect(await again.castVote(row('finalise', 7), [])).toEqual({ ok: true })
        await again.replaceIdentity(key(1, 'Newcomer'), NO_PROMISES)
        const back = await reopen(`contract-${databases}`, again)
        expect(await back.castVote(row('notarise', 2, 1), [])).toMatchObject({ ok: false, code: 'below-watermark' })
        await back.close()
        // The first database has not seen what the key has promised in the other.
        const first = await open(database)
        expect(await first.castVote(row('finalise', 7, 1), [])).toMatchObject({ ok: false, code: 'below-watermark' })
      })

      it('a key that comes from elsewhere keeps silent up to what its file tells', async () => {
        const database = fresh()
        const store = await open(database)
        await store.identity(() => key(1))
        await store.init(GENESIS)
        await store.replaceIdentity(key(77), { height: 40, promises: 90 })
        const again = await reopen(database, store)
        expect(await again.castVote(row('notarise', 40), [])).toMatchObject({ ok: false, code: 'below-watermark' })
        expect(await again.castVote(row('notarise', 41), [])).toEqual({ ok: true })
        expect(await again.promised()).toEqual({ height: 41, promises: 91 })
      })

      it('a promise whose mark cannot be raised is no promise; the same one may be made later', async () => {
        const store = await open(fresh())
        await store.identity(() => key(databases))
        await store.init(GENESIS)
        await store.castVote(row('notarise', 1), [])
        marks.refusal = new Error('no room')
        await expect(store.castVote(row('notarise', 2), [])).rejects.toMatchObject({ code: 'unavailable' })
        marks.refusal = null
        expect(await store.castVote(row('notarise', 2, 1), [])).toEqual({ ok: true })
        expect(await store.castVote(row('notarise', 2), [])).toEqual({ ok: true })
        expect(await store.promised()).toEqual({ height: 2, promises: 3 })
      })

      it('a restart without a loss raises no doubt, however many promises one height has', async () => {
        const database = fresh()
        const store = await open(database)
        await store.identity(() => key(databases))
        await store.init(GENESIS)
        await Promise.all([0, 1, 2].map(branch => store.castVote(row('notarise', 5, branch), [])))
        await store.commit(batch({ blocks: [block(5)], final: final(5) }))
        const again = await reopen(database, store)
        await again.load()
        expect(again.findings()).toEqual([])
        expect(await again.castVote(row('notarise', 6), [])).toEqual({ ok: true })
      })

      it('of two databases with one key, used at once, one promises at each height, and both know it', async () => {
        const [first, second] = [fresh(), fresh()]
        const owner = key(databases)
        const stores = [await open(first), await open(second)]
        for (const store of stores) {
          await store.identity(() => owner)
          await store.init(GENESIS)
        }
        let silent = 0
        for (let height = 1; height <= 30; height++) {
          const votes = stores.map((store, i) => store.castVote(row('finalise', height, i), []).catch((error: unknown) => error))
          const outcomes = await Promise.all(votes)
          // To be overtaken is no failure of the disk.
          for (const outcome of outcomes) expect(outcome).not.toBeInstanceOf(Error)
          const promised = outcomes.filter(outcome => (outcome as { ok?: boolean }).ok === true)
          expect(promised.length).toBeLessThanOrEqual(1)
          if (promised.length === 0) silent++
        }
        expect(silent).toBeLessThan(30)
        expect(stores.flatMap(store => store.findings()).map(({ code }) => code)).toContain('key-in-use')
      })

      it('two databases with one key, several promises of each under way, and restarts between: nothing that counts contradicts', async () => {
        const cast = fc.record({
          who: fc.nat(1),
          kind: fc.constantFrom('propose', 'notarise', 'finalise'),
          ahead: fc.nat(2),
          branch: fc.nat(1),
          /** Turns of the event loop before it. */
          later: fc.nat(3)
        })
        const step = fc.record({ casts: fc.array(cast, { minLength: 2, maxLength: 6 }), restarted: fc.constantFrom(null, null, null, 0, 1) })
        await fc.assert(
          fc.asyncProperty(fc.array(step, { minLength: 4, maxLength: 12 }), async steps => {
            const names = [fresh(), fresh()]
            const owner = key(databases)
            const stores = [await open(names[0]!), await open(names[1]!)]
            for (const store of stores) {
              await store.identity(() => owner)
              await store.init(GENESIS)
            }
            const counted: VoteRow[] = []
            for (const [base, { casts, restarted }] of steps.entries()) {
              const votes = casts.map(async ({ who, kind, ahead, branch, later }) => {
                for (let i = 0; i < later; i++) await Promise.resolve()
                const promise = row(kind, 1 + base + ahead, who * 2 + (kind === 'notarise' ? branch : 0))
                const outcome = await stores[who]!.castVote(promise, []).catch(() => null)
                if (outcome?.ok === true) counted.push(promise)
              })
              await Promise.all(votes)
              if (restarted === null) continue
              stores[restarted] = await reopen(names[restarted]!, stores[restarted]!)
              // A node signs anew what it finds, for its first copies may be lost.
              counted.push(...((await stores[restarted].load())?.votes ?? []))
            }
            for (const store of stores) await store.close()
            expect(contradictions(counted)).toEqual([])
          }),
          { numRuns: TWIN_RUNS }
        )
      })

      it('outlives erase: the old key may come back', async () => {
        const { database } = await withCopy()
        const owner = key(databases)
        const store = await open(database)
        await store.erase()
        await store.identity(() => key(2))
        await store.init(GENESIS)
        expect(await store.castVote(row('finalise', 6, 1), [])).toEqual({ ok: true })
        await store.replaceIdentity(owner, NO_PROMISES)
        expect(await (await reopen(database, store)).castVote(row('finalise', 6, 2), [])).toMatchObject({ code: 'below-watermark' })
      })
    })

    describe('snapshots and their chunks (T050, T053, T055)', () => {
      const names = async (store: NodeStore): Promise<string[]> => (await store.chunkRoots()).sort()
      const roots = (...chunks: number[]): string[] => chunks.map(name => chunk(name).root).sort()

      it('share chunks; the newest three stay, and what none of them names goes in the same step', async () => {
        const database = fresh()
        const store = await withBlocks([1, 2, 3, 4, 5], database)
        await store.commit(batch({ final: final(5), snapshot: snapshot(1, [1, 2]) }))
        await store.commit(batch({ snapshot: snapshot(2, [2, 3], [3]) }))
        await store.commit(batch({ snapshot: snapshot(3, [2, 4], [4]) }))
        expect(await names(store)).toEqual(roots(1, 2, 3, 4))
        await store.commit(batch({ snapshot: snapshot(4, [4, 5], [5]) }))
        const again = await reopen(database, store)
        expect(await names(again)).toEqual(roots(2, 3, 4, 5))
        expect(await again.snapshots()).toEqual([snapshotAt(4, [4, 5]), snapshotAt(3, [2, 4]), snapshotAt(2, [2, 3])].slice(0, KEPT_SNAPSHOTS))
        expect(await again.chunk(chunk(5).root)).toEqual(chunk(5).bytes)
        expect(await again.chunk(chunk(1).root)).toBeNull()
      })

      it('one with a hole is refused, and nothing of its commit stays', async () => {
        const store = await withBlocks([1])
        const before = await store.load()
        const refused = store.commit(batch({ blocks: [block(2)], final: final(1), snapshot: snapshot(1, [1, 2], [1]) }))
        await expect(refused).rejects.toMatchObject({ code: 'unavailable' })
        expect(await store.load()).toEqual(before)
        expect(await store.chunkRoots()).toEqual([])
      })

      it('chunks written ahead outlive a restart and another snapshot, become final with theirs, and the rest of them goes', async () => {
        const database = fresh()
        const store = await withBlocks([1, 2, 3], database)
        await store.keepChunks([chunk(7), chunk(8)])
        const again = await reopen(database, store)
        expect(await names(again)).toEqual(roots(7, 8))
        await again.keepChunks([chunk(7), chunk(9)])
        await again.commit(batch({ final: final(2), snapshot: snapshot(2, [1]) }))
        expect(await names(again)).toEqual(roots(1, 7, 8, 9))
        await again.commit(batch({ final: final(3), snapshot: snapshot(3, [7, 8], []) }))
        expect(await names(again)).toEqual(roots(1, 7, 8))
        expect((await again.load())?.snapshot?.chunks.get(chunk(7).root)).toEqual(chunk(7).bytes)
      })

      it('keep the blocks and certificates that prove them, whatever is pruned (T054)', async () => {
        const store = await withBlocks([1, 2, 3, 4, 5, 6])
        const certificates = [1, 2, 3, 4, 5, 6].map(h => certificate('finalise', h))
        await store.commit(batch({ certificates, final: final(6), snapshot: snapshot(2) }))
        await store.commit(batch({ snapshot: snapshot(5), pruneBelow: 6 }))
        expect((await store.range(0, 10)).map(({ height }) => height)).toEqual([2, 5, 6])
        expect(await store.certificate('finalise', 2)).toEqual(certificate('finalise', 2))
        expect(await store.certificate('finalise', 3)).toBeNull()
        // Two more, and the first is not kept any longer; nor is what proved it, once something is pruned again.
        await store.commit(batch({ blocks: [block(7), block(8)], final: final(8), snapshot: snapshot(7) }))
        await store.commit(batch({ snapshot: snapshot(8), pruneBelow: 8 }))
        expect((await store.range(0, 10)).map(({ height }) => height)).toEqual([5, 7, 8])
      })
    })

    describe('commit', () => {
      it('is all or nothing', async () => {
        const store = await withBlocks([1])
        await store.castVote(row('notarise', 2), [])
        const before = await store.load()
        // The last certificate cannot be kept: its bytes are no bytes. What came before it in the batch must not stay.
        const torn = { ...certificate('finalise', 2), bytes: (() => 0) as unknown as Uint8Array }
        const refused = store.commit(
          batch({ blocks: [block(2)], removeBlocks: [hashOf(1)], final: final(2), certificates: [certificate('notarise', 2), torn] })
        )
        await expect(refused).rejects.toBeInstanceOf(StoreError)
        expect(await store.load()).toEqual(before)
      })

      it('never moves final or snapshot back (S2)', async () => {
        const store = await withBlocks([1, 2, 3, 4, 5])
        await store.commit(batch({ final: final(5), snapshot: snapshot(4) }))
        await store.commit(batch({ final: final(3), snapshot: snapshot(2, [1]) }))
        expect(await store.load()).toMatchObject({ final: final(5), snapshot: snapshotAt(4) })
        expect(await store.chunkRoots()).toEqual([])
        expect(await store.castVote(row('notarise', 4), [])).toMatchObject({ code: 'below-watermark' })
      })

      it('removes stale siblings together with their certificates', async () => {
        const store = await withBlocks([1])
        await store.commit(batch({ blocks: [block(1, 1)], certificates: [certificate('notarise', 1), certificate('notarise', 1, 1)] }))
        await store.commit(batch({ final: final(1), removeBlocks: [hashOf(1, 1), 'ffffff'] }))
        expect(await store.block(hashOf(1, 1))).toBeNull()
        expect(await store.load()).toMatchObject({ blocks: [block(1)], certificates: [certificate('notarise', 1)] })
      })

      it('what one step removes and adds stays, with its certificates', async () => {
        const store = await withBlocks([1])
        await store.castVote(row('notarise', 2), [block(2)])
        const certificates = [certificate('finalise', 2)]
        await store.commit(batch({ blocks: [block(2)], certificates, removeBlocks: [hashOf(1), hashOf(2)], final: final(2), snapshot: snapshot(2) }))
        expect(await store.load()).toMatchObject({ blocks: [block(2)], certificates, snapshot: snapshotAt(2) })
        expect(await store.block(hashOf(1))).toBeNull()
      })

      it('prunes below the height asked for, and never what a start needs', async () => {
        const store = await withBlocks([1, 2, 3, 4, 5, 6])
        const certificates = [1, 2, 3, 4].map(h => certificate('finalise', h))
        await store.commit(batch({ certificates, final: final(6), pruneBelow: 6 }))
        expect((await store.usage()).lowestBlock).toBe(1)
        await store.commit(batch({ snapshot: snapshot(4), pruneBelow: 3 }))
        expect((await store.usage()).lowestBlock).toBe(3)
        await store.commit(batch({ pruneBelow: 6 }))
        expect(await store.range(0, 10)).toEqual([block(4), block(5), block(6)])
        expect(await store.block(hashOf(3))).toBeNull()
        expect(await store.certificate('finalise', 3)).toBeNull()
        expect(await store.certificate('finalise', 4)).toEqual(certificate('finalise', 4))
      })
    })

    describe('reading', () => {
      it('hands out final blocks by ascending height', async () => {
        const store = await withBlocks([1, 2, 3, 4, 5])
        expect(await store.range(1, 10)).toEqual([])
        await store.commit(batch({ final: final(4) }))
        expect(await store.range(2, 2)).toEqual([block(2), block(3)])
        expect(await store.range(3, 10)).toEqual([block(3), block(4)])
        expect(await store.range(5, 10)).toEqual([])
        expect(await store.range(1, 0)).toEqual([])
      })

      it('hands out at most RANGE_MAX_BLOCKS at once', async () => {
        const store = await withBlocks(Array.from({ length: RANGE_MAX_BLOCKS + 3 }, (_, i) => i + 1))
        await store.commit(batch({ final: final(RANGE_MAX_BLOCKS + 3) }))
        expect(await store.range(1, 10_000)).toHaveLength(RANGE_MAX_BLOCKS)
      })

      it('finds certificates by kind and height', async () => {
        const store = await withBlocks([1])
        await store.commit(batch({ certificates: [certificate('notarise', 1)] }))
        expect(await store.certificate('notarise', 1)).toEqual(certificate('notarise', 1))
        expect(await store.certificate('finalise', 1)).toBeNull()
        expect(await store.certificate('notarise', 2)).toBeNull()
      })

      it('finds final blocks by agent and meme, newest first, also after a restart and a pruning (T051)', async () => {
        const database = fresh()
        const store = await withBlocks([1, 2, 3, 4, 5, 6, 7, 8], database)
        await store.commit(batch({ final: final(7), snapshot: snapshot(5) }))
        const again = await reopen(database, store)
        const found = async (subject: string, before: number, count: number) => (await again.blocksOf(subject, before, count)).map(({ height }) => height)
        expect(await again.blocksOf('b2', 7, 1)).toEqual([block(6)])
        expect(await found('a1', 100, 10)).toEqual([6, 4, 2])
        expect(await found('a1', 6, 1)).toEqual([4])
        expect(await found('b2', 100, 10)).toEqual([6, 3])
        expect(await found('dd', 100, 10)).toEqual([])
        expect(await found('a1', 0, 10)).toEqual([])
        await again.commit(batch({ pruneBelow: 5, removeBlocks: [hashOf(6)] }))
        expect(await found('a1', 100, 10)).toEqual([])
      })

      it('keeps the first state header of each epoch for ever, and the newest', async () => {
        const store = await withBlocks([1, 2, 3])
        const found = async (from: number, count = 10) => (await store.stateHeaders(from, count)).map(({ height }) => height)
        for (const height of [1, 2, 3, 4]) await store.commit(batch({ stateHeaders: [stateHeader(height, height < 4 ? 0 : 1)] }))
        expect(await found(0)).toEqual([1, 4])
        await store.commit(batch({ stateHeaders: [stateHeader(5, 1), stateHeader(6, 1)], final: final(3), snapshot: snapshot(3), pruneBelow: 3 }))
        expect(await found(0)).toEqual([1, 4, 6])
        // An older one that was fetched later.
        await store.commit(batch({ stateHeaders: [stateHeader(2, 2)] }))
        expect(await found(0)).toEqual([1, 2, 4, 6])
        expect(await found(2, 2)).toEqual([2, 4])
        expect(await store.stateHeaders(4, 1)).toEqual([stateHeader(4, 1)])
      })

      it('tells how much it holds', async () => {
        const store = await open(fresh())
        expect(await store.usage()).toMatchObject({ kind: harness.kind, blocks: 0, lowestBlock: 0 })
        await store.commit(batch({ blocks: [block(3), block(4)] }))
        expect(await store.usage()).toMatchObject({ kind: harness.kind, blocks: 2, lowestBlock: 3 })
      })
    })

    it('is a new store after erase, key included', async () => {
      const database = fresh()
      const store = await open(database)
      await store.identity(() => key(1))
      await store.init(GENESIS)
      await store.commit(batch({ blocks: [block(1)], certificates: [certificate('finalise', 1)], final: final(1) }))
      await store.erase()
      expect(await store.load()).toBeNull()
      expect(await store.block(hashOf(1))).toBeNull()
      expect(await store.certificate('finalise', 1)).toBeNull()
      expect(await store.usage()).toMatchObject({ blocks: 0, lowestBlock: 0 })
      expect(await store.identity(() => key(2))).toEqual(key(2))
      await store.init(Uint8Array.of(8))
      expect((await (await reopen(database, store)).load())?.genesis).toEqual(Uint8Array.of(8))
    })

    it("answers 'closed' after close", async () => {
      const store = await open(fresh())
      await store.close()
      await store.close()
      for (const call of [() => store.load(), () => store.castVote(row('notarise', 1), []), () => store.commit(batch({})), () => store.usage()]) {
        await expect(call()).rejects.toMatchObject({ code: 'closed' })
      }
    })

    it('does what the model does, over random histories with restarts', async () => {
      await fc.assert(
        fc.asyncProperty(fc.array(step, { maxLength: MODEL_STEPS }), async steps => {
          const database = fresh()
          const model = new StoreModel()
          let store = await open(database)
          for (const next of steps) {
            if (next.do === 'reopen') store = await reopen(database, store)
            else expect(await perform(store, next)).toEqual(await perform(model, next))
            expect(await store.load()).toEqual(await model.load())
          }
          await store.close()
        }),
        { numRuns: MODEL_RUNS }
      )
    })
  })
}

/** Marks outside every database, as files beside them are. */
/** Pairs that would be evidence against the one key that signed both (R5, F-12). */
function contradictions(rows: readonly VoteRow[]): [VoteRow, VoteRow][] {
  return rows.flatMap((a, i) =>
    rows.slice(i + 1).flatMap((b): [VoteRow, VoteRow][] => {
      if (a.height !== b.height || a.hash === b.hash) return []
      const proposals = a.kind === 'propose' && b.kind === 'propose'
      const votes = a.kind !== 'propose' && b.kind !== 'propose' && (a.kind === 'finalise' || b.kind === 'finalise')
      return (proposals && a.parent === b.parent) || votes ? [[a, b]] : []
    })
  )
}

class TestMarks {
  /** What is to be thrown instead of writing. */
  refusal: Error | null = null
  readonly #files = new Map<string, Uint8Array>()

  readonly open: OpenMark = async (genesis, identity, writer) => {
    const name = `${genesis.join('.')} ${identity.secretKey.join('.')}`
    return new MarkKeeper(
      {
        read: async () => (this.#files.get(name) ?? new Uint8Array(0)).slice(),
        update: async change => {
          if (this.refusal !== null) throw this.refusal
          const before = this.#files.get(name) ?? new Uint8Array(0)
          const write = change(before)
          if (write === null) return
          const after = new Uint8Array(Math.max(before.length, write.at + write.bytes.length))
          after.set(before)
          after.set(write.bytes, write.at)
          this.#files.set(name, after)
        },
        close: async () => undefined
      },
      writer
    )
  }
}

type Step =
  | { do: 'init' }
  | { do: 'vote'; row: VoteRow; keep: boolean }
  | { do: 'commit'; batch: CommitBatch }
  | { do: 'range'; from: number; count: number }
  | { do: 'certificate'; kind: 'notarise' | 'finalise'; height: number }
  | { do: 'stateHeaders'; from: number; count: number }
  | { do: 'blocksOf'; subject: string; before: number; count: number }
  | { do: 'keepChunks'; chunks: StoredChunk[] }
  | { do: 'erase' }
  | { do: 'reopen' }

type Stepped = Pick<
  NodeStore,
  'init' | 'castVote' | 'commit' | 'range' | 'certificate' | 'erase' | 'block' | 'blocksOf' | 'stateHeaders' | 'keepChunks' | 'chunkRoots' | 'snapshots'
>

async function perform(store: Stepped, step: Exclude<Step, { do: 'reopen' }>): Promise<unknown> {
  switch (step.do) {
    case 'init':
      return store.init(GENESIS)
    case 'vote':
      return [
        await store.castVote(step.row, step.keep ? [block(step.row.height, Number.parseInt(step.row.hash.slice(4), 16))] : []),
        await store.block(step.row.hash)
      ]
    case 'commit':
      await store.commit(step.batch)
      return [await store.chunkRoots(), await store.snapshots()]
    case 'keepChunks':
      await store.keepChunks(step.chunks)
      return store.chunkRoots()
    case 'stateHeaders':
      return store.stateHeaders(step.from, step.count)
    case 'blocksOf':
      return store.blocksOf(step.subject, step.before, step.count)
    case 'range':
      return store.range(step.from, step.count)
    case 'certificate':
      return store.certificate(step.kind, step.height)
    case 'erase':
      return store.erase()
  }
}

/** Few, so that snapshots of one history share some. */
const CHUNK_NAMES = [1, 2, 3, 4]
const heights = fc.integer({ min: 1, max: 9 })
const branches = fc.integer({ min: 0, max: 1 })
const kinds = fc.constantFrom('notarise' as const, 'finalise' as const)
const place = fc.tuple(heights, branches)

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 2, arbitrary: fc.constant({ do: 'init' as const }) },
  {
    weight: 8,
    arbitrary: fc
      .tuple(fc.constantFrom('propose' as const, 'notarise' as const, 'finalise' as const), heights, branches, branches, fc.boolean())
      .map(([kind, height, branch, parent, keep]) => ({ do: 'vote' as const, row: row(kind, height, branch, parent), keep }))
  },
  {
    weight: 8,
    arbitrary: fc
      .record({
        blocks: fc.array(
          place.map(([h, b]) => block(h, b)),
          { maxLength: 4 }
        ),
        certificates: fc.array(
          fc.tuple(kinds, place).map(([kind, [h, b]]) => certificate(kind, h, b)),
          { maxLength: 4 }
        ),
        final: fc.option(
          place.map(([h, b]) => final(h, b)),
          { freq: 3 }
        ),
        snapshot: fc.option(
          fc.tuple(heights, fc.subarray(CHUNK_NAMES)).map(([height, names]) => snapshot(height, names)),
          { freq: 2 }
        ),
        stateHeaders: fc.array(
          heights.map(height => stateHeader(height, Math.floor(height / 3))),
          { maxLength: 2 }
        ),
        pruneBelow: fc.oneof(fc.constant(0), heights),
        removeBlocks: fc.array(
          place.map(([h, b]) => hashOf(h, b)),
          { maxLength: 2 }
        )
      })
      .map(batch => ({ do: 'commit' as const, batch }))
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('range' as const), from: fc.integer({ min: 0, max: 9 }), count: fc.integer({ min: 0, max: 9 }) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('certificate' as const), kind: kinds, height: heights }) },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constant('stateHeaders' as const), from: fc.integer({ min: 0, max: 9 }), count: fc.integer({ min: 0, max: 4 }) })
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('blocksOf' as const),
      subject: fc.constantFrom('a1', 'b2', 'c3', 'dd'),
      before: fc.integer({ min: 0, max: 11 }),
      count: fc.integer({ min: 0, max: 4 })
    })
  },
  { weight: 2, arbitrary: fc.subarray(CHUNK_NAMES).map(names => ({ do: 'keepChunks' as const, chunks: names.map(chunk) })) },
  { weight: 1, arbitrary: fc.constant({ do: 'erase' as const }) },
  { weight: 1, arbitrary: fc.constant({ do: 'reopen' as const }) }
)
