import { describe, expect, it } from 'vitest'
import { explore } from './explore'
import type { ExploreReport } from './explore'
import { EXPLORE_MUTANTS, ONE_CRASH, ONE_HEIGHT, ONE_HEIGHT_WITH_TASTES, twoHeights } from './exploreCases'

const holds = (report: ExploreReport) => {
  expect(report.violation).toBeNull()
  expect(report.exhausted).toBe(true)
  expect(report.audited).toBeGreaterThan(50)
}

// Some hundred thousand states take seconds, and more on a busy machine.
describe('every order of events in a small case', { timeout: 240_000 }, () => {
  it('S1, S2, S3, S5: one height, a liar of four with two blocks and all votes; from every state a fair network makes a block final (L1)', () => {
    const report = explore(ONE_HEIGHT)
    holds(report)
    expect(report.states).toBeGreaterThan(100_000)
    expect(report.progressChecked).toBe(report.states)
  })

  it('S1, S2, S3, S5, L1: two heights, three deviations from a fair schedule', () => {
    const report = explore(twoHeights(3))
    holds(report)
    expect(report.states).toBeGreaterThan(100_000)
    expect(report.progressChecked).toBeGreaterThan(100)
  })

  it('a bound that is too small is said, not hidden', () => {
    expect(explore({ ...ONE_HEIGHT, progress: 'none', maxSteps: 4 })).toMatchObject({ exhausted: false, depth: 4, violation: null })
    expect(explore({ ...ONE_HEIGHT, progress: 'none', maxStates: 500 })).toMatchObject({ exhausted: false, states: 500 })
    expect(explore({ ...ONE_HEIGHT, progress: 'none', stop: () => true })).toMatchObject({ exhausted: false, states: 1 })
  })

  it('the same options are the same search', () => {
    expect(explore(twoHeights(1))).toEqual(explore(twoHeights(1)))
  })

  it('R8: tastes delay and stop nothing', () => {
    const report = explore({ ...ONE_HEIGHT_WITH_TASTES, maxSteps: 6 })
    expect(report.violation).toBeNull()
    expect(report.progressChecked).toBe(report.states)
  })

  it('R6: a crash of any seat at any moment of the first seven steps breaks no promise and stops nothing', () => {
    const report = explore({ ...ONE_CRASH, maxSteps: 7 })
    expect(report.violation).toBeNull()
    expect(report.depth).toBe(7)
    expect(report.progressChecked).toBe(report.states)
  })

  it.each(EXPLORE_MUTANTS.map(mutant => [mutant.name, mutant] as const))('finds the mutant %s', (_, { options, finds }) => {
    const { violation } = explore(options)
    expect(violation?.invariant).toBe(finds)
    expect(violation?.schedule.length).toBeGreaterThan(0)
  })

  it('a first violation has the fewest steps: after forgotten promises, five', () => {
    const forgotten = EXPLORE_MUTANTS.find(({ name }) => name === 'votes-forgotten')!
    const { violation } = explore(forgotten.options)
    expect(violation?.schedule).toHaveLength(5)
    expect(violation?.schedule.some(step => step.includes('crashes'))).toBe(true)
    expect(explore({ ...forgotten.options, maxSteps: 4 }).violation).toBeNull()
  })
})
