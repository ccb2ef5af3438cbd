import { describe, expect, it } from 'vitest'
import { planFaults } from './faultPlan'
import { MUTANTS } from './mutants'
import { decodeRun, encodeRun } from './runFile'
import { STANDARD } from './scenario'
import type { Scenario } from './scenario'

const scenario: Scenario = { ...STANDARD, seed: 7, nodes: 5, byzantine: 1, mutant: MUTANTS[0]! }
const run = { scenario, plan: planFaults(scenario) }
const changed = (change: (file: { scenario: Record<string, unknown>; faults: unknown[] } & Record<string, unknown>) => void): string => {
  const file = JSON.parse(encodeRun(run))
  change(file)
  return JSON.stringify(file)
}

describe('runs as text', () => {
  it('come back as they were, on one line', () => {
    expect(encodeRun(run)).not.toContain('\n')
    expect(decodeRun(encodeRun(run))).toEqual(run)
    expect(decodeRun(encodeRun({ scenario: { ...scenario, mutant: null }, plan: [] }))).toEqual({ scenario: { ...scenario, mutant: null }, plan: [] })
  })

  it.each<[string, string]>([
    ['not JSON', '{'],
    ['does not begin with a run', '{"quorumble":"recording"}'],
    ['version', changed(file => void (file.version = 2))],
    ['has no scenario', changed(file => void (file.scenario = 3 as never))],
    ['has no "seed"', changed(file => delete file.scenario.seed)],
    ['"nodes" must be', changed(file => void (file.scenario.nodes = 1.5))],
    ['"colour" is not known', changed(file => void (file.scenario.colour = 'red'))],
    ['"lossMilli" must be a number', changed(file => void (file.scenario.lossMilli = '80'))],
    ['"latencyMs" must be', changed(file => void (file.scenario.latencyMs = [9, 3]))],
    ['"liars" must be', changed(file => void (file.scenario.liars = ['charmer']))],
    ['"taste" must be a boolean', changed(file => void (file.scenario.taste = 1))],
    ['no mutant "gremlin"', changed(file => void (file.scenario.mutant = 'gremlin'))],
    ['no family "martian"', changed(file => void (file.scenario.family = 'martian'))],
    ['Event 1 of the fault plan', changed(file => void (file.faults[0] = { kind: 'liar', node: 5, lie: 'silent' }))]
  ])('%s: refused with a sentence', (reason, text) => {
    expect(() => decodeRun(text)).toThrow(reason)
  })
})
