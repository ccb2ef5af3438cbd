import { describe, expect, it } from 'vitest'
import { planFaults } from './faultPlan'
import type { Run } from './runFile'
import { STANDARD } from './scenario'
import type { Scenario } from './scenario'
import { shrink } from './shrink'
import type { Failed } from './shrink'

const scenario: Scenario = { ...STANDARD, seed: 11, nodes: 7, byzantine: 2, liars: ['equivocate'] }
const run: Run = { scenario, plan: planFaults(scenario) }

/** A bug that needs one crash and one partition that cuts the crashed node off later. */
function twoEvents({ plan }: Run): Failed | null {
  for (const crash of plan) {
    if (crash.kind !== 'crash') continue
    const cut = plan.find(fault => fault.kind === 'partition' && fault.at > crash.at && fault.left.includes(crash.node))
    if (cut?.kind === 'partition') return { invariant: 'S1', message: 'two finals', at: cut.until }
  }
  return null
}

describe('shrink', () => {
  it('leaves the events that it takes, the nodes that they name, and the time until it happens', () => {
    const small = shrink(run, twoEvents, () => true)
    expect(small.plan.map(({ kind }) => kind).sort()).toEqual(['crash', 'partition'])
    expect(twoEvents(small)).toEqual(small.failed)
    expect(small.scenario).toMatchObject({ nodes: 1, byzantine: 0, taste: false, transfersPerMinute: 0, socialPerMinute: 0 })
    expect(small.scenario.virtualMs).toBe(Math.ceil(small.failed.at) + 1000)
    expect(small.runs).toBeLessThan(250)
  })

  it('keeps f < n/3 while liars are needed', () => {
    const small = shrink(
      run,
      ({ plan }) => (plan.some(fault => fault.kind === 'liar') ? { invariant: 'L1', message: 'stall', at: 1000 } : null),
      () => true
    )
    expect(small.plan).toHaveLength(1)
    expect(small.plan[0]?.kind).toBe('liar')
    expect(small.scenario).toMatchObject({ nodes: 4, byzantine: 1, healAtMs: 0 })
  })

  it('does not slip into another failure, and ends when time is up', () => {
    const fickle = (candidate: Run): Failed => ({ invariant: candidate.plan.length === run.plan.length ? 'S1' : 'S2', message: '', at: 1e9 })
    expect(shrink(run, fickle, () => true).plan).toHaveLength(run.plan.length)
    expect(shrink(run, twoEvents, () => false)).toMatchObject({ runs: 1, plan: run.plan })
    expect(() =>
      shrink(
        run,
        () => null,
        () => true
      )
    ).toThrow('does not fail')
  })
})
