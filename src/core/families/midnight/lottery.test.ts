import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { compareBytes, toHex, u32le } from '../../bytes'
import { encode } from '../../codec'
import { taggedHash } from '../../crypto/hash'
import { drawLeader, leaderDraw, LeaderMemory, NO_LEADER } from './lottery'

const keys = Array.from({ length: 8 }, (_, i) => taggedHash('test-key', u32le(i))).sort(compareBytes)
const seedAt = (i: number) => taggedHash('seed', u32le(i))
const weighted = (...weights: number[]) => weights.map((weight, i) => ({ publicKey: keys[i]!, weight }))
const bytes32 = fc.uint8Array({ minLength: 32, maxLength: 32 })

describe('the lottery (M002, D-21)', () => {
  it('M002: whoever asks, and in whatever order the candidates are named, the leader is the same', () => {
    fc.assert(
      fc.property(bytes32, fc.array(fc.integer({ min: 1, max: 100 }), { minLength: 1, maxLength: 8 }), fc.nat(), (seed, weights, turn) => {
        const candidates = weighted(...weights)
        const turned = candidates.map((_, i) => candidates[(i + turn) % candidates.length]!)
        expect(drawLeader(seed, [...turned].reverse())).toEqual(drawLeader(seed, candidates))
      })
    )
  })

  it('is what a line of weights and a pointer say, for every split of the line', () => {
    fc.assert(
      fc.property(bytes32, fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 8 }), (seed, weights) => {
        const line = weights.flatMap((weight, i) => Array<number>(weight).fill(i))
        const pointer = Number((BigInt(`0x${toHex(leaderDraw(seed))}`) * BigInt(line.length)) / (1n << 256n))
        expect(drawLeader(seed, weighted(...weights))).toBe(keys[line[pointer]!])
      })
    )
  })

  it('one candidate always leads; nobody to draw from is no error (F-09)', () => {
    for (let i = 0; i < 50; i++) expect(drawLeader(seedAt(i), weighted(1))).toBe(keys[0])
    expect(drawLeader(seedAt(0), [])).toBeNull()
  })

  it('the lowest draws point at the first key, the highest, with the top bit, at the last', () => {
    let low = 0
    let high = 0
    for (let i = 0; i < 4000; i++) {
      const first = leaderDraw(seedAt(i))[0]!
      if (first === 0x00) expect(drawLeader(seedAt(i), weighted(...Array<number>(8).fill(1))), String(low++)).toBe(keys[0])
      if (first === 0xff) expect(drawLeader(seedAt(i), weighted(...Array<number>(8).fill(1))), String(high++)).toBe(keys[7])
    }
    expect(low > 0 && high > 0).toBe(true)
  })

  it('another domain than the tickets: knowing who has the lowest ticket says nothing about the leader', () => {
    expect(leaderDraw(seedAt(1))).not.toEqual(taggedHash('rank', seedAt(1)))
  })

  it('what is remembered of it is two keys', () => {
    expect(encode(LeaderMemory, { next: keys[0]!, afterNext: NO_LEADER })).toHaveLength(64)
  })
})
