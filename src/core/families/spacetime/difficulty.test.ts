import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { u32le } from '../../bytes'
import { taggedHash } from '../../crypto/hash'
import {
  DAMPING,
  EASE_AFTER_WINDOWS,
  effectiveDifficulty,
  expectedMilliRank,
  initialDifficulty,
  MILLI,
  PROOFS_PER_WINDOW,
  RETARGET_BLOCKS,
  retarget,
  scoreNumber,
  targetOf
} from './difficulty'

const MAX = (1n << 256n) - 1n
const U64 = (1n << 64n) - 1n
const u64 = fc.bigInt({ min: 1n, max: U64 })
const score256 = fc.uint8Array({ minLength: 32, maxLength: 32 }).map(scoreNumber)
/** A deterministic stand-in for the score of some leaf. */
const scoreAt = (number: number) => scoreNumber(taggedHash('test-score', u32le(number)))

describe('the target (D-31, S036)', () => {
  it('is (2^256 − 1) / difficulty, and a score is compared big-endian', () => {
    expect(targetOf(1n, 0)).toBe(MAX)
    expect(targetOf(3n, 0)).toBe(MAX / 3n)
    expect(targetOf(U64, 0)).toBe((1n << 192n) + (1n << 128n) + (1n << 64n) + 1n)
    expect(scoreNumber(Uint8Array.of(1, 2))).toBe(258n)
    expect(scoreNumber(new Uint8Array(32).fill(255))).toBe(MAX)
    expect(scoreNumber(new Uint8Array(32).fill(128, 0, 1))).toBe(1n << 255n)
  })

  it('one leaf in `difficulty` is under it', () => {
    for (const difficulty of [2n, 7n, 30n]) {
      const hits = Array.from({ length: 20_000 }, (_, i) => scoreAt(i) < targetOf(difficulty, 0)).filter(Boolean).length
      const expected = 20_000 / Number(difficulty)
      expect(Math.abs(hits - expected), `difficulty ${difficulty}`).toBeLessThan(4 * Math.sqrt(expected))
    }
  })

  it('the first difficulty lets three proofs into a window on average, so that one window in twenty is empty', () => {
    expect([0n, 1n, 2n, 3n, 4n, 256n, 1n << 37n].map(initialDifficulty)).toEqual([0n, 1n, 1n, 1n, 2n, 86n, 45812984491n])
    const leaves = 120
    const target = targetOf(initialDifficulty(BigInt(leaves)), 0)
    const windows = Array.from(
      { length: 2000 },
      (_, window) => Array.from({ length: leaves }, (_, i) => scoreAt(window * leaves + i)).filter(score => score < target).length
    )
    const mean = windows.reduce((sum, count) => sum + count, 0) / windows.length
    expect(mean).toBeGreaterThan(0.95 * Number(PROOFS_PER_WINDOW))
    expect(mean).toBeLessThan(1.05 * Number(PROOFS_PER_WINDOW))
    // e^−3 = 4.98 %: 100 of 2000 expected, standard deviation 9.7.
    const empty = windows.filter(count => count === 0).length
    expect(empty).toBeGreaterThan(65)
    expect(empty).toBeLessThan(135)
  })

  it('never asks for more than one proof in all that is registered, and derives itself where nothing is remembered', () => {
    expect(effectiveDifficulty(0n, 300n)).toBe(100n)
    expect(effectiveDifficulty(50n, 300n)).toBe(50n)
    expect(effectiveDifficulty(U64, 300n)).toBe(300n)
    expect(effectiveDifficulty(U64, 0n)).toBe(1n)
    expect(effectiveDifficulty(0n, 0n)).toBe(1n)
  })
})

describe('the expected rank', () => {
  it('one proof in the whole network is expected below rank 1, whatever its size', () => {
    for (const leaves of [16, 100, 1000]) {
      let below = 0
      const windows = 20_000 / leaves
      for (let i = 0; i < windows * leaves; i++) if (expectedMilliRank(scoreAt(i), BigInt(leaves), 0) < MILLI) below++
      expect(Math.abs(below / windows - 1), `${leaves} leaves`).toBeLessThan(4 / Math.sqrt(windows))
    }
  })

  it('is exact where doubles are not, up to the largest network', () => {
    expect(expectedMilliRank(0n, 1n << 37n, 0)).toBe(0)
    expect(expectedMilliRank(MAX, 1n << 37n, 0)).toBe(1000 * 2 ** 37 - 1)
    expect(expectedMilliRank(1n << 255n, 7n, 0)).toBe(3500)
    expect(expectedMilliRank((1n << 255n) - 1n, 7n, 0)).toBe(3499)
  })

  it('keeps the order of the scores', () => {
    fc.assert(
      fc.property(score256, score256, fc.bigInt({ min: 1n, max: 1n << 37n }), fc.nat(5000), (a, b, leaves, window) => {
        const [low, high] = a < b ? [a, b] : [b, a]
        expect(expectedMilliRank(low, leaves, window)).toBeLessThanOrEqual(expectedMilliRank(high, leaves, window))
      })
    )
  })
})

describe('F-40: nothing can stall it', () => {
  it('target and rank are halved in what they ask after each 20 windows', () => {
    expect(targetOf(64n, EASE_AFTER_WINDOWS - 1)).toBe(MAX / 64n)
    expect(targetOf(64n, EASE_AFTER_WINDOWS)).toBe((MAX / 64n) * 2n)
    expect(targetOf(64n, 5 * EASE_AFTER_WINDOWS)).toBe((MAX / 64n) * 32n)
    expect(expectedMilliRank(1n << 255n, 64n, EASE_AFTER_WINDOWS)).toBe(16_000)
    expect(expectedMilliRank(1n << 255n, 64n, 6 * EASE_AFTER_WINDOWS)).toBe(500)
    expect(expectedMilliRank(1n << 255n, 64n, 0xffff_ffff)).toBe(500)
  })

  it('any score of any leaf counts once the leaves have been halved away: at most 38 · 20 windows after the parent', () => {
    fc.assert(
      fc.property(score256, u64, fc.bigInt({ min: 1n, max: 1n << 37n }), (score, remembered, leaves) => {
        const window = EASE_AFTER_WINDOWS * leaves.toString(2).length
        expect(window).toBeLessThanOrEqual(38 * EASE_AFTER_WINDOWS)
        expect(score < targetOf(effectiveDifficulty(remembered, leaves), window)).toBe(true)
        expect(expectedMilliRank(score, leaves, window)).toBeLessThan(MILLI)
      })
    )
  })

  it('a window four billion windows later costs no more than the first', () => {
    expect(targetOf(U64, 0xffff_ffff).toString(2).length).toBeLessThanOrEqual(512)
  })
})

describe('the adjustment (D-31)', () => {
  it.each([
    // difficulty, expected, actual, next
    [100n, 1000n, 1000n, 100n, 'on time'],
    [100n, 1000n, 2000n, 88n, 'twice as slow: 100 → 50, a quarter of the way, 87.5 rounded'],
    [100n, 1000n, 500n, 125n, 'twice as fast: 100 → 200, a quarter of the way'],
    [100n, 1000n, 1_000_000_000n, 75n, 'a night without a block costs a quarter'],
    [1n, 1000n, 1_000_000n, 1n, 'never below 1'],
    [1n, 1000n, 0n, 251n, 'no time at all counts as a millisecond'],
    [1n << 63n, 7n, 7n, 1n << 63n, 'the top bit of a u64 stays'],
    [(1n << 63n) + 1n, 1_120_000n, 1_120_000n, (1n << 63n) + 1n, 'and so does the lowest beside it, which a double would lose'],
    [(1n << 63n) + 1n, 3n, 2n, 10_376_293_541_461_622_785n, 'nine eighths of it'],
    [U64, 2n, 1n, U64, 'no overflow'],
    [U64, 1n, 2n, 16_140_901_064_495_857_663n, 'down from the largest: seven eighths']
  ])('%i, %i ms expected, %i ms seen: %i (%#)', (difficulty, expected, actual, next, why) => {
    expect(retarget(difficulty, expected, actual), why).toBe(next)
  })

  it('is the damped value to the nearest integer, within u64, for all inputs', () => {
    fc.assert(
      fc.property(u64, fc.bigInt({ min: 1n, max: 1n << 50n }), fc.bigInt({ min: 1n, max: 1n << 53n }), (difficulty, expected, actual) => {
        const next = retarget(difficulty, expected, actual)
        // Four times the exact value, times `actual`.
        const exact = difficulty * ((DAMPING - 1n) * actual + expected)
        const bounded = next === U64 || next === 1n
        const error = next * DAMPING * actual - exact
        expect(bounded || (2n * error <= DAMPING * actual && -2n * error <= DAMPING * actual)).toBe(true)
        expect(next >= 1n && next <= U64).toBe(true)
        // A quarter of the way down at most.
        expect(4n * next + 2n >= 3n * difficulty || next === U64).toBe(true)
      })
    )
  })

  it('settles at the pace it aims at: an interval and a slot', () => {
    const [interval, slot, slots, leaves] = [10_000, 1200, 9, 3000n]
    // The lowest of n uniform scores, drawn from a hash.
    let draws = 0
    const lowest = () => {
      const u = Number(scoreAt(draws++) >> 204n) / 2 ** 52
      const share = -Math.log(1 - u) / Number(leaves)
      return (BigInt(Math.floor(share * 2 ** 52)) << 204n) + 1n
    }
    let difficulty = leaves
    const paces: number[] = []
    for (let period = 0; period < 60; period++) {
      let elapsed = 0
      for (let block = 0; block < RETARGET_BLOCKS; block++) {
        for (let window = 0; ; window++) {
          const score = lowest()
          const place = Math.floor(expectedMilliRank(score, leaves, window) / MILLI)
          if (place >= slots || score >= targetOf(effectiveDifficulty(difficulty, leaves), window)) continue
          elapsed += interval + (window * slots + place) * slot
          break
        }
      }
      difficulty = retarget(difficulty, BigInt(RETARGET_BLOCKS * (interval + slot)), BigInt(elapsed))
      paces.push(elapsed / RETARGET_BLOCKS)
    }
    expect(paces[0], 'one proof a window at first: too slow').toBeGreaterThan(15_000)
    const settled = paces.slice(30)
    const mean = settled.reduce((sum, pace) => sum + pace, 0) / settled.length
    expect(Math.abs(mean / (interval + slot) - 1)).toBeLessThan(0.03)
    expect(Number(leaves) / Number(difficulty), 'about three proofs a window').toBeGreaterThan(2)
    expect(Number(leaves) / Number(difficulty)).toBeLessThan(4)
  })
})
