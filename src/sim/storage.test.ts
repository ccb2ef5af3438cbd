import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { VoteRow } from '../core/consensus/voteGuard'
import { EMPTY_BATCH } from '../node/ports'
import type { CommitBatch } from '../node/ports'
import { WRITES } from './faultPlan'
import { SimStore } from './storage'

const row = (height: number, hash: string, kind: VoteRow['kind'] = 'notarise'): VoteRow => ({ kind, height, hash, parent: 'aa' })
const commit = (height: number, more: Partial<CommitBatch> = {}): CommitBatch => ({
  ...EMPTY_BATCH,
  blocks: [{ hash: `b${height}`, height, bytes: new Uint8Array(1), subjects: [] }],
  final: { height, hash: `b${height}` },
  ...more
})
const open = (options = {}): SimStore => {
  const store = new SimStore(new Uint8Array(1), options)
  store.load()
  return store
}

describe('SimStore', () => {
  it('R6: an acknowledged promise survives every crash, and what was written before it; the rest is lost as a whole or kept', () => {
    const step = fc.oneof(fc.constant('vote'), fc.constant('commit'), fc.constant('acknowledge'))
    fc.assert(
      fc.property(fc.array(step, { maxLength: 30 }), fc.constantFrom(...WRITES), fc.nat(3000), (steps, writes, crashAfter) => {
        const store = open()
        let now = 0
        let height = 0
        const promised: { row: VoteRow; number: number; acknowledged: boolean }[] = []
        let committed = 0
        let committedBeforeAck = 0
        for (const kind of steps) {
          now += 100
          if (kind === 'vote') {
            const vote = row(height + 1, 'cc')
            const { outcome, number } = store.castVote(vote, [], now, 7)
            if (outcome.ok) promised.push({ row: vote, number, acknowledged: false })
          } else if (kind === 'commit') {
            store.commit(commit(++height), now, 7)
            committed = height
          } else {
            const last = promised.at(-1)
            if (last === undefined) continue
            store.acknowledge(last.number)
            for (const each of promised) each.acknowledged = true
            committedBeforeAck = Math.max(committedBeforeAck, last.row.height - 1)
          }
        }
        store.crash(now + crashAfter, writes)
        const stored = store.load()
        const final = stored?.final.height ?? 0
        for (const { row: vote, acknowledged } of promised) {
          if (!acknowledged) continue
          // Still there, or covered by what is final.
          expect(vote.height <= final || stored!.votes.some(kept => kept.height === vote.height && kept.hash === vote.hash)).toBe(true)
        }
        expect(final).toBeGreaterThanOrEqual(committedBeforeAck)
        expect(final).toBeLessThanOrEqual(committed)
        if (writes === 'kept') expect(final).toBe(committed)
        expect(stored?.blocks.map(block => block.height) ?? []).toEqual(Array.from({ length: final }, (_, i) => i + 1))
      }),
      { numRuns: 300 }
    )
  })

  it('torn: the write under way is lost; lost: also those that had ended and nobody waited for', () => {
    for (const [writes, final] of [
      ['kept', 3],
      ['torn', 2],
      ['lost', 1]
    ] as const) {
      const store = open()
      store.commit(commit(1), 0, 5)
      const { number } = store.castVote(row(2, 'cc'), [], 10, 5)
      store.acknowledge(number)
      store.commit(commit(2), 20, 5)
      store.commit(commit(3), 30, 50)
      store.crash(40, writes)
      expect(store.load()?.final.height).toBe(final)
    }
  })

  it('what nobody waited for is safe after a while', () => {
    const store = open()
    store.commit(commit(1), 0, 5)
    store.commit(commit(2), 10_000, 5)
    store.crash(10_001, 'lost')
    expect(store.load()?.final.height).toBe(1)
  })

  it.each([true, false])('R6: a wiped database is closed up to the highest promise ever made with this key (backup: %s)', backup => {
    const store = open()
    store.commit(commit(4), 0, 5)
    for (const height of [5, 6]) {
      const { number } = store.castVote(row(height, 'cc'), [], 10, 5)
      store.acknowledge(number)
    }
    store.crash(20, 'kept')
    store.wipe(backup)
    store.load()
    expect(store.castVote(row(6, 'dd'), [], 30, 5).outcome).toMatchObject({ ok: false, code: 'below-watermark' })
    expect(store.castVote(row(7, 'dd'), [], 30, 5).outcome).toEqual({ ok: true })
    // The doubt is over once it has been answered: the same database may go on.
    const { number } = store.castVote(row(8, 'dd'), [], 40, 5)
    store.acknowledge(number)
    store.crash(50, 'kept')
    store.load()
    expect(store.castVote(row(8, 'dd', 'finalise'), [], 60, 5).outcome).toEqual({ ok: true })
  })

  it('a mark that follows final blocks only lets a wiped database promise a second time: why the mark counts promises', () => {
    const store = open({ lowMark: true })
    const { number } = store.castVote(row(1, 'cc', 'finalise'), [], 0, 5)
    store.acknowledge(number)
    store.crash(10, 'kept')
    store.wipe(false)
    store.load()
    expect(store.castVote(row(1, 'dd', 'finalise'), [], 20, 5).outcome).toEqual({ ok: true })
  })

  it('a crash without a wipe raises no doubt: a second promise at a height may follow the first', () => {
    const store = open()
    const { number } = store.castVote(row(1, 'cc'), [], 0, 5)
    store.acknowledge(number)
    store.castVote(row(1, 'ee'), [], 6, 5)
    store.crash(7, 'torn')
    store.load()
    expect(store.castVote(row(1, 'cc', 'finalise'), [], 20, 5).outcome).toEqual({ ok: true })
    expect(store.castVote(row(1, 'dd'), [], 20, 5).outcome).toMatchObject({ ok: false, code: 'already-finalised' })
  })
})
