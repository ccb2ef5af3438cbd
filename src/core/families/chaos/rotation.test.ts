import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { compareBytes, toHex, u32le } from '../../bytes'
import { taggedHash } from '../../crypto/hash'
import { NOBODY_YET, ticketOf, turnsIn } from './rotation'
import type { Cycle } from './rotation'

const keyOf = (number: number) => taggedHash('test-key', u32le(number))
const keys = (count: number) => Array.from({ length: count }, (_, i) => keyOf(i))
const seedOf = (number: number) => taggedHash('test-seed', u32le(number))
const hexes = (turns: readonly { publicKey: Uint8Array }[] | null) => (turns ?? []).map(({ publicKey }) => toHex(publicKey))

/** Who comes first at each height, cycle by cycle, as a chain would go on: the rule by itself, without blocks. */
function walk(heights: number, salt: number, membersAt: (height: number) => readonly Uint8Array[]) {
  const firsts: { height: number; cycle: number; publicKey: string; turns: string[] }[] = []
  let cycle: Cycle = { start: 1, seed: seedOf(salt), last: NOBODY_YET }
  let cycles = 0
  for (let height = 1; height <= heights; height++) {
    const members = membersAt(height)
    let turns = turnsIn(cycle, members)
    if (turns === null) {
      cycle = { start: height, seed: taggedHash('test-seed', seedOf(salt), u32le(height)), last: NOBODY_YET }
      cycles++
      turns = turnsIn(cycle, members)!
    }
    cycle = { ...cycle, last: turns[0]!.ticket }
    firsts.push({ height, cycle: cycles, publicKey: toHex(turns[0]!.publicKey), turns: hexes(turns) })
  }
  return firsts
}

describe('the rotation (D-10)', () => {
  it('is the same whatever order the producers are named in (R1)', () => {
    const seven = keys(7)
    fc.assert(
      fc.property(fc.nat(1000), fc.shuffledSubarray(seven, { minLength: 7 }), fc.nat(6), (salt, shuffled, passed) => {
        const seed = seedOf(salt)
        const cycle = { start: 1, seed, last: passed === 0 ? NOBODY_YET : ticketOf(seed, seven[passed]!) }
        expect(hexes(turnsIn(cycle, shuffled))).toEqual(hexes(turnsIn(cycle, seven)))
      })
    )
  })

  it('F-38: in a cycle of n heights each of n producers comes first exactly once, and at each height each has one rank', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 12 }), fc.nat(10_000), (count, salt) => {
        const members = keys(count)
        const everybody = new Set(members.map(toHex))
        const walked = walk(3 * count, salt, () => members)
        for (let cycle = 0; cycle < 3; cycle++) {
          const heights = walked.filter(turn => turn.cycle === cycle)
          expect(heights).toHaveLength(count)
          expect(new Set(heights.map(({ publicKey }) => publicKey))).toEqual(everybody)
        }
        for (const { turns } of walked) expect(new Set(turns)).toEqual(everybody)
      }),
      { numRuns: 60 }
    )
  })

  it('with producers who come and go: nobody comes first twice in one cycle, and whoever stays for all of it comes first once', () => {
    fc.assert(
      fc.property(fc.nat(10_000), fc.array(fc.array(fc.boolean(), { minLength: 9, maxLength: 9 }), { minLength: 60, maxLength: 60 }), (salt, presence) => {
        const pool = keys(9)
        // The first three never leave.
        const membersAt = (height: number) => pool.filter((_, i) => i < 3 || presence[height - 1]![i])
        const walked = walk(60, salt, membersAt)
        for (let cycle = 0; cycle < walked.at(-1)!.cycle; cycle++) {
          const firsts = walked.filter(turn => turn.cycle === cycle).map(({ publicKey }) => publicKey)
          expect(new Set(firsts).size).toBe(firsts.length)
          for (const loyal of pool.slice(0, 3)) expect(firsts.filter(key => key === toHex(loyal))).toHaveLength(1)
        }
      }),
      { numRuns: 40 }
    )
  })

  it('is a timetable: within a cycle the second in line is the first of the next height, whoever made the block', () => {
    const walked = walk(40, 3, () => keys(8))
    for (const [i, turn] of walked.entries()) {
      const next = walked[i + 1]
      if (next === undefined || next.cycle !== turn.cycle) continue
      expect(next.publicKey).toBe(turn.turns[1])
      expect(next.turns).toEqual([...turn.turns.slice(1), turn.turns[0]])
    }
  })

  it('tickets are compared as unsigned bytes: those with the top bit come last', () => {
    const seed = seedOf(5)
    const middle = new Uint8Array(32)
    middle[0] = 0x80
    const low = (key: Uint8Array) => compareBytes(ticketOf(seed, key), middle) < 0
    const many = keys(24)
    const turns = turnsIn({ start: 1, seed, last: middle }, many)!
    const upper = many.filter(key => !low(key)).length
    expect(upper > 0 && upper < many.length, 'both kinds are there').toBe(true)
    expect(turns.map(({ publicKey }) => low(publicKey))).toEqual([...Array<boolean>(upper).fill(false), ...Array<boolean>(many.length - upper).fill(true)])
    const last = ticketOf(seed, turns[upper - 1]!.publicKey)
    expect(turnsIn({ start: 1, seed, last }, many), 'nobody is left behind the greatest').toBeNull()
  })

  it('alone, one is always first; nobody to rank is no error', () => {
    expect(walk(5, 1, () => keys(1)).map(({ cycle }) => cycle)).toEqual([0, 1, 2, 3, 4])
    expect(turnsIn({ start: 1, seed: seedOf(1), last: NOBODY_YET }, [])).toBeNull()
  })
})

describe('fairness over 10,000 heights', () => {
  /** χ² with 6 and with 41 degrees of freedom exceeds these with probability 0.001. The seeds are fixed, so the test always comes out alike. */
  const CRITICAL_6 = 22.46
  const CRITICAL_41 = 74.74
  const chi = (counts: readonly number[]) => {
    const expected = counts.reduce((sum, count) => sum + count, 0) / counts.length
    return counts.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0)
  }
  const seven = keys(7).map(toHex)

  it.each([1, 2, 3])('chi-square, chain %i: who begins a cycle, and who comes after whom when somebody is silent', salt => {
    const members = keys(7)
    const first = seven.map(() => 0)
    const after = seven.map(() => seven.map(() => 0))
    // 1,429 cycles of seven heights; that a cycle is its first line, one place further each time, is shown above.
    for (let cycle = 0; cycle < Math.ceil(10_000 / 7); cycle++) {
      const turns = hexes(turnsIn({ start: 7 * cycle + 1, seed: taggedHash('test-seed', seedOf(salt), u32le(cycle)), last: NOBODY_YET }, members))
      const line = turns.map(key => seven.indexOf(key))
      first[line[0]!]!++
      for (const [place, key] of line.entries()) if (place + 1 < line.length) after[key]![line[place + 1]!]!++
    }
    expect(chi(first)).toBeLessThan(CRITICAL_6)
    const pairs = after.flatMap((row, i) => row.filter((_, j) => j !== i))
    expect(pairs).toHaveLength(42)
    expect(chi(pairs)).toBeLessThan(CRITICAL_41)
  })

  it('the measure would see a bias: an order that is never drawn anew', () => {
    const stuck = seven.flatMap((_, i) => seven.filter((__, j) => j !== i).map((__, j) => (j === i % 6 ? 1428 : 0)))
    expect(chi(stuck)).toBeGreaterThan(CRITICAL_41)
  })
})
