import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { toHex } from '../core/bytes'
import { POINTS_OFFSET, VERDICT_APPROVE, VERDICT_REJECT } from '../core/schema'
import type { Opinion } from '../core/schema'
import { MAX_BLOCKS_PER_JUDGE, OpinionBook } from './opinionBook'

const bytes = (fill: number) => new Uint8Array(32).fill(fill)
const opinion = (agent: number, hash: number, verdict = VERDICT_APPROVE, height = 5, codes: number[] = []): Opinion => ({
  height,
  hash: bytes(hash),
  agent: bytes(agent),
  verdict,
  score: POINTS_OFFSET + (verdict === VERDICT_APPROVE ? 1 : -1),
  reasons: codes.map(code => ({ code, points: POINTS_OFFSET })),
  signature: new Uint8Array(64)
})
const hashOf = (fill: number) => toHex(bytes(fill))

describe('opinions beside the votes', () => {
  it('are counted per block: how many for, how many against, and for which reasons', () => {
    const book = new OpinionBook()
    for (const given of [opinion(1, 9, VERDICT_APPROVE, 5, [1, 3]), opinion(2, 9, VERDICT_REJECT, 5, [3]), opinion(3, 9, VERDICT_REJECT), opinion(1, 8)])
      expect(book.add(given)).toBeNull()
    expect(book.tally(5, hashOf(9))).toEqual({
      approve: 1,
      reject: 2,
      reasons: new Map([
        [1, 1],
        [3, 2]
      ])
    })
    expect(book.tally(5, hashOf(8))).toMatchObject({ approve: 1, reject: 0 })
    expect(book.tally(6, hashOf(9))).toMatchObject({ approve: 0, reject: 0 })
    expect(book.of(5, hashOf(9)).map(({ agent }) => agent[0])).toEqual([1, 2, 3])
    expect(book.by(5, hashOf(9), toHex(bytes(2)))?.verdict).toBe(VERDICT_REJECT)
    expect(book.by(5, hashOf(8), toHex(bytes(2)))).toBeNull()
  })

  it('the first opinion of an agent on a block counts, whatever it says later', () => {
    const book = new OpinionBook()
    book.add(opinion(1, 9))
    expect(book.add(opinion(1, 9))).toMatchObject({ code: 'duplicate' })
    expect(book.add(opinion(1, 9, VERDICT_REJECT))).toMatchObject({ code: 'duplicate' })
    expect(book.tally(5, hashOf(9))).toMatchObject({ approve: 1, reject: 0 })
  })

  it('S10: one agent fills no more than its own room of a height, and crowds out nobody', () => {
    const book = new OpinionBook()
    for (let hash = 0; hash < MAX_BLOCKS_PER_JUDGE; hash++) expect(book.add(opinion(1, hash))).toBeNull()
    expect(book.add(opinion(1, 200))).toMatchObject({ code: 'too-many' })
    expect(book.add(opinion(2, 200))).toBeNull()
    expect(book.add(opinion(1, 200, VERDICT_APPROVE, 6))).toBeNull()
    expect(book.size).toBe(MAX_BLOCKS_PER_JUDGE + 2)
  })

  it('old heights are dropped', () => {
    const book = new OpinionBook()
    for (let height = 1; height <= 10; height++) book.add(opinion(1, 9, VERDICT_APPROVE, height))
    book.forgetBelow(8)
    expect(book.size).toBe(3)
    expect(book.of(7, hashOf(9))).toEqual([])
    expect(book.of(8, hashOf(9))).toHaveLength(1)
  })

  it('the tally does not depend on the order in which opinions come, as long as each agent says one thing', () => {
    const all = Array.from({ length: 12 }, (_, i) => opinion(i, i % 3, i % 2 === 0 ? VERDICT_APPROVE : VERDICT_REJECT, 5, [(i % 4) + 1]))
    const tallies = (order: readonly Opinion[]) => {
      const book = new OpinionBook()
      for (const given of order) book.add(given)
      return [0, 1, 2].map(hash => book.tally(5, hashOf(hash)))
    }
    fc.assert(
      fc.property(fc.shuffledSubarray(all, { minLength: 12 }), order => {
        expect(tallies(order)).toEqual(tallies(all))
      })
    )
  })
})
