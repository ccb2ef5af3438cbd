import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { RoundClock } from './family'
import { firstOpenRank, slotAfterAnchor } from './common'

const ANCHOR = 1_000_000

describe('slots anchored at the parent (F-55)', () => {
  it('whoever enters late goes on at the slot that is open, and all later ones are whole', () => {
    const clock: RoundClock = { anchor: ANCHOR, start: ANCHOR + 3 * 1200 + 700, slotMs: 1200 }
    expect(firstOpenRank(clock)).toBe(3)
    expect([0, 3, 4, 6].map(rank => slotAfterAnchor(rank, clock) - clock.start)).toEqual([0, 0, 1200, 3600])
  })

  // With slots that have grown since, a round is always late by the old measure. Two validators must still agree about when a rank's time comes, or both vote for whatever is first.
  it('R2, R3: however late the round and however long the slots, two validators that enter a little apart give a rank its time no further apart than that, or one slot', () => {
    const cases = fc.record({
      slotMs: fc.integer({ min: 20, max: 70_000 }),
      late: fc.nat(10_000_000),
      apart: fc.nat(5000),
      rank: fc.nat(10_000)
    })
    fc.assert(
      fc.property(cases, ({ slotMs, late, apart, rank }) => {
        const first: RoundClock = { anchor: ANCHOR, start: ANCHOR + late, slotMs }
        const second = { ...first, start: first.start + apart }
        const [a, b] = [slotAfterAnchor(rank, first), slotAfterAnchor(rank, second)]
        expect(Math.abs(a - b)).toBeLessThanOrEqual(Math.max(apart, slotMs))
      })
    )
  })
})
