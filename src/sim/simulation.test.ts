import { describe, expect, it } from 'vitest'
import { createNodeFast, nodeFastSign } from '../platform/crypto/nodeFast'
import { Violation } from './checkers'
import { MUTANTS } from './mutants'
import { STANDARD } from './scenario'
import type { Scenario } from './scenario'
import { SIM_EPOCH_MS, Simulation } from './simulation'

const platform = { fastVerify: createNodeFast(), fastSign: nodeFastSign }

function scenario(change: Partial<Scenario> & { seed: number }): Scenario {
  return { ...STANDARD, nodes: 4, byzantine: 1, virtualMs: 240_000, healAtMs: 150_000, ...change }
}

/** The invariant that breaks, or null when the run holds. */
function broken(change: Partial<Scenario> & { seed: number }): string | null {
  try {
    new Simulation(scenario(change), platform).run()
    return null
  } catch (error) {
    if (error instanceof Violation) return error.invariant
    throw error
  }
}

/** Seeds until one breaks. */
function firstBroken(seeds: number, change: Partial<Scenario>): string | null {
  for (let seed = 1; seed <= seeds; seed++) {
    const invariant = broken({ ...change, seed })
    if (invariant !== null) return invariant
  }
  return null
}

const CALM = { lossMilli: 0, duplicateMilli: 0, partitionMilli: 0, crashMilli: 0, freezeMilli: 0, extraDelayMs: 0, taste: false, byzantine: 0 }

// Virtual minutes take real seconds, and more on a busy machine.
describe('the simulator', { timeout: 240_000 }, () => {
  it('S1–S5, S6, S9, S10, L1, L3 hold with one liar of four under loss, partitions, crashes and freezes', () => {
    expect(firstBroken(6, {})).toBeNull()
  })

  it('the same seed is the same history', () => {
    const run = () => new Simulation(scenario({ seed: 42 }), platform).run()
    const first = run()
    expect(run()).toEqual(first)
    expect(new Simulation(scenario({ seed: 43 }), platform).run().logHash).not.toBe(first.logHash)
  })

  it('more liars than a third break safety or liveness: the checkers can see', () => {
    expect(firstBroken(12, { byzantine: 2, liars: ['equivocate', 'doubleVote'] })).not.toBeNull()
  })

  it.each(MUTANTS.map(mutant => [mutant.name, mutant] as const))('kills the mutant %s', (_, mutant) => {
    expect(firstBroken(mutant.seeds ?? 20, { mutant, ...mutant.scenario })).not.toBeNull()
  })

  it('R11, M057: one node alone makes and finalises blocks', () => {
    const result = new Simulation(scenario({ ...CALM, seed: 1, nodes: 1, virtualMs: 60_000, healAtMs: 0 }), platform).run()
    expect(result.minFinalHeight).toBeGreaterThanOrEqual(25)
  })

  it('M061, M031: one dead node of four costs slots, not finality', () => {
    const simulation = new Simulation(scenario({ ...CALM, seed: 5, virtualMs: 120_000, healAtMs: 0 }), platform)
    simulation.runUntil(SIM_EPOCH_MS + 20_000)
    const before = simulation.nodes[0]!.core.tree.final.height
    simulation.crash(3, null)
    simulation.runUntil(SIM_EPOCH_MS + 120_000)
    expect(simulation.nodes[0]!.core.tree.final.height).toBeGreaterThan(before + 25)
  })

  it('M060: two halves stop finalising, build tentative chains, and agree after healing with nothing final moved', () => {
    const simulation = new Simulation(scenario({ ...CALM, seed: 7, virtualMs: 400_000, healAtMs: 0 }), platform)
    simulation.runUntil(SIM_EPOCH_MS + 30_000)
    const cut = simulation.split([0, 1])
    simulation.runUntil(SIM_EPOCH_MS + 40_000)
    const held = simulation.nodes.map(node => node.core.tree.final)
    simulation.runUntil(SIM_EPOCH_MS + 100_000)
    for (const [i, node] of simulation.nodes.entries()) {
      expect(node.core.tree.final.hash).toBe(held[i]!.hash)
      expect(node.core.head().height).toBeGreaterThan(held[i]!.height + 5)
    }
    expect(simulation.nodes[0]!.core.head().hash).not.toBe(simulation.nodes[2]!.core.head().hash)
    simulation.heal(cut)
    simulation.runUntil(SIM_EPOCH_MS + 160_000)
    const finals = simulation.nodes.map(node => node.core.tree.final.height)
    expect(Math.min(...finals)).toBeGreaterThan(Math.max(...held.map(entry => entry.height)) + 10)
    for (const entry of held) expect(simulation.checkers.hashAt(entry.height)).toBe(entry.hash)
  })

  it('L3: a node that was off for minutes catches up', () => {
    const simulation = new Simulation(scenario({ ...CALM, seed: 9, virtualMs: 400_000, healAtMs: 0 }), platform)
    simulation.crash(2, null)
    simulation.runUntil(SIM_EPOCH_MS + 240_000)
    simulation.restart(2)
    simulation.runUntil(SIM_EPOCH_MS + 250_000)
    const finals = simulation.nodes.map(node => node.core.tree.final.height)
    expect(Math.max(...finals) - finals[2]!).toBeLessThanOrEqual(1)
  })
})
