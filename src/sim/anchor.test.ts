/** A room that loses more than a third of its set for good, and the authority's way out (docs/PROTOCOL "Without a quorum"). */
import { describe, expect, it } from 'vitest'
import { createNodeFast, nodeFastSign } from '../platform/crypto/nodeFast'
import { MODEL_VRF } from './modelVrf'
import { CALM, STANDARD } from './scenario'
import type { Scenario } from './scenario'
import { SIM_EPOCH_MS, Simulation } from './simulation'

const platform = { fastVerify: createNodeFast(), fastSign: nodeFastSign, vrf: MODEL_VRF }
const NODES = 5

function room(seed: number): Simulation {
  const scenario: Scenario = { ...STANDARD, ...CALM, seed, nodes: NODES, virtualMs: 600_000, heartbeatTtl: 12 }
  return new Simulation(scenario, platform)
}
const at = (seconds: number): number => SIM_EPOCH_MS + seconds * 1000
const finals = (simulation: Simulation): number[] => simulation.nodes.map(({ core }) => core.tree.final.height)

describe('an anchor by the authority', { timeout: 120_000 }, () => {
  it('without it a room that lost three of five stands still; with it the two go on, and their tentative chain counts', () => {
    const simulation = room(3)
    simulation.runUntil(at(40))
    for (const gone of [2, 3, 4]) simulation.crash(gone, null)
    simulation.runUntil(at(45))
    const [held] = finals(simulation)
    simulation.runUntil(at(120))
    expect(finals(simulation)[0], 'no quorum, nothing final').toBe(held)
    const tentative = simulation.nodes[0]!.core.head()
    expect(tentative.height).toBeGreaterThan(held! + 5)
    expect(simulation.nodes[0]!.core.stalled).toBe(true)

    simulation.submit(0, { kind: 'reanchor' })
    simulation.runUntil(at(122))
    expect(finals(simulation)[0], 'what was tentative is final').toBeGreaterThanOrEqual(tentative.height)
    expect(simulation.checkers.hashAt(tentative.height)).toBe(tentative.hash)
    simulation.runUntil(at(160))
    const after = finals(simulation)
    expect(after[0]).toBeGreaterThan(tentative.height + 10)
    expect(after[0]! - after[1]!).toBeLessThanOrEqual(1)
    expect(simulation.nodes[1]!.core.stalled).toBe(false)
  })

  it('who comes back follows the anchored chain, votes again later, and nothing that was final has moved (S1, S2)', () => {
    const simulation = room(4)
    simulation.runUntil(at(40))
    for (const gone of [2, 3, 4]) simulation.crash(gone, null)
    simulation.runUntil(at(100))
    simulation.submit(0, { kind: 'reanchor' })
    simulation.runUntil(at(130))
    const anchored = finals(simulation)[0]!
    for (const back of [2, 3, 4]) simulation.restart(back)
    simulation.runUntil(at(230))
    const now = finals(simulation)
    expect(Math.min(...now)).toBeGreaterThan(anchored + 20)
    expect(Math.max(...now) - Math.min(...now)).toBeLessThanOrEqual(1)
    const { rounds } = simulation.nodes[0]!.core
    expect(rounds.setAt(rounds.round)!.weights.size, 'the returned have seats again').toBe(NODES)
  })

  it('if the others were not gone but merely cut off, there are two rooms afterwards: that is why it is a person’s act', () => {
    const scenario: Scenario = { ...STANDARD, ...CALM, seed: 5, nodes: NODES, virtualMs: 600_000 }
    const simulation = new Simulation(scenario, platform)
    simulation.runUntil(at(30))
    simulation.split([0])
    simulation.runUntil(at(90))
    const others = finals(simulation)
    expect(others[1]).toBeGreaterThan(others[0]! + 10)
    expect(() => simulation.submit(0, { kind: 'reanchor' })).toThrow('S1')
  })
})
