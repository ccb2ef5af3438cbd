import { describe, expect, it } from 'vitest'
import { countFailures, newProgress, note, seedsDone, SLICE_SEEDS, slicesLeft } from './longPlan'
import type { Campaign, SeedResult } from './longPlan'

const campaign = (family: string, seeds: number): Campaign => ({ family, mode: null, nodes: 4, byzantine: 1, seeds })
const ended = (seed: number, invariant: string | null = null): SeedResult => ({
  seed,
  finalHeight: 10,
  messages: 100,
  logHash: '0',
  failed: invariant === null ? null : { invariant, message: 'broke', at: 1 }
})

describe('the plan of a long run', () => {
  it('covers every seed once, and the last slice may be shorter', () => {
    const plan = [newProgress(campaign('chaos', 2 * SLICE_SEEDS + 3), 1000)]
    const seeds = slicesLeft(plan).flatMap(({ firstSeed, seeds: count }) => Array.from({ length: count }, (_, i) => firstSeed + i))
    expect(new Set(seeds).size).toBe(seeds.length)
    expect([Math.min(...seeds), Math.max(...seeds), seeds.length]).toEqual([1000, 1000 + 2 * SLICE_SEEDS + 2, 2 * SLICE_SEEDS + 3])
  })

  it('gives each campaign its share from the beginning on, also a short one', () => {
    const plan = [newProgress(campaign('chaos', 40 * SLICE_SEEDS), 0), newProgress(campaign('vision', 10 * SLICE_SEEDS), 0)]
    const firstHalf = slicesLeft(plan).slice(0, 25)
    expect(firstHalf.filter(slice => slice.campaign === 1)).toHaveLength(5)
  })

  it('goes on where a slice was stopped, and does not run a finished one again', () => {
    const plan = [newProgress(campaign('chaos', 2 * SLICE_SEEDS), 1000)]
    const progress = plan[0]!
    for (let i = 0; i < SLICE_SEEDS; i++) note(progress, 0, ended(1000 + i))
    for (let i = 0; i < 7; i++) note(progress, 1, ended(1000 + SLICE_SEEDS + i))
    expect(slicesLeft(plan)).toEqual([{ campaign: 0, slice: 1, firstSeed: 1000 + SLICE_SEEDS + 7, seeds: SLICE_SEEDS - 7 }])
    expect(seedsDone(progress)).toBe(SLICE_SEEDS + 7)
  })

  it('tells violations from stalls', () => {
    const progress = newProgress(campaign('chaos', 10), 0)
    for (const result of [ended(0), ended(1, 'S1'), ended(2, 'L1'), ended(3, 'throw')]) note(progress, 0, result)
    expect(countFailures(progress)).toEqual({ violations: 2, stalls: 1 })
    expect(progress.failures.map(({ seed }) => seed)).toEqual([1, 2, 3])
  })
})
