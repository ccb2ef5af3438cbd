/** R12: a room without an authority that loses more than a third of its set for good, and what its way out costs (docs/PROTOCOL "A leak"). */
import { describe, expect, it } from 'vitest'
import { createNodeFast, nodeFastSign } from '../platform/crypto/nodeFast'
import { MODEL_VRF } from './modelVrf'
import { CALM, STANDARD } from './scenario'
import type { Scenario } from './scenario'
import { SIM_EPOCH_MS, Simulation } from './simulation'
import { Violation } from './violation'

const platform = { fastVerify: createNodeFast(), fastSign: nodeFastSign, vrf: MODEL_VRF }
const LEAK = 40
/** Heights of 2 s: what a leak lasts at least, ms. */
const LEAK_MS = LEAK * 2000

function room(change: Partial<Scenario> & { seed: number }, leakAfter = LEAK): Simulation {
  const genesis = () => ({ leakAfter, authority: new Uint8Array(32) })
  return new Simulation({ ...STANDARD, ...CALM, nodes: 7, virtualMs: 900_000, heartbeatTtl: 16, genesis, ...change }, platform)
}
const at = (seconds: number): number => SIM_EPOCH_MS + seconds * 1000
const finals = (simulation: Simulation): number[] => simulation.nodes.map(({ core }) => core.tree.final.height)

/** Runs until this time. @returns the invariant that broke, or null */
function brokenBy(simulation: Simulation, seconds: number): string | null {
  try {
    simulation.runUntil(at(seconds))
    return null
  } catch (error) {
    if (error instanceof Violation) return error.invariant
    throw error
  }
}

describe('R12: a leak', { timeout: 240_000 }, () => {
  it('a room of seven that loses four for good goes on by itself after the leak; without one it does not', () => {
    const [leaking, standing] = [room({ seed: 1 }), room({ seed: 1 }, 0)]
    for (const simulation of [leaking, standing]) {
      simulation.runUntil(at(40))
      for (const gone of [3, 4, 5, 6]) simulation.crash(gone, null)
      simulation.runUntil(at(44))
    }
    const [held] = finals(leaking)
    for (const simulation of [leaking, standing]) simulation.runUntil(at(40 + LEAK_MS / 1000))
    expect(finals(leaking)[0], 'not before its time').toBe(held)
    for (const simulation of [leaking, standing]) simulation.runUntil(at(200))
    expect(finals(standing)[0]).toBe(held)
    for (const node of [0, 1, 2]) expect(finals(leaking)[node]).toBeGreaterThan(held! + LEAK + 20)
    const { rounds } = leaking.nodes[0]!.core
    expect(rounds.setAt(rounds.round)!.weights.size).toBe(3)
    expect(leaking.nodes[0]!.core.stalled).toBe(false)
  })

  it('L3: who was away comes back over the stretch that nobody voted on, and gets a seat again', () => {
    const simulation = room({ seed: 2 })
    simulation.runUntil(at(40))
    for (const gone of [3, 4, 5, 6]) simulation.crash(gone, null)
    simulation.runUntil(at(160))
    for (const back of [3, 4, 5, 6]) simulation.restart(back)
    simulation.runUntil(at(260))
    const now = finals(simulation)
    expect(Math.max(...now) - Math.min(...now)).toBeLessThanOrEqual(1)
    const { rounds } = simulation.nodes[5]!.core
    expect(rounds.setAt(rounds.round)!.weights.size).toBe(7)
  })

  it('R6: those who are left may crash in the middle of it and come back', () => {
    const simulation = room({ seed: 3 })
    simulation.runUntil(at(40))
    for (const gone of [3, 4, 5, 6]) simulation.crash(gone, null)
    simulation.runUntil(at(120))
    for (const node of [0, 1, 2]) simulation.crash(node, 4000 + 3000 * node, 'kept')
    simulation.runUntil(at(150))
    for (const node of [0, 1, 2]) simulation.crash(node, 1000)
    simulation.runUntil(at(320))
    expect(Math.min(...finals(simulation).slice(0, 3))).toBeGreaterThan(finals(simulation)[3]! + LEAK + 20)
  })

  it('a partition that is shorter than the leak stays safe, whatever its sides: 8 seeds', () => {
    for (let seed = 1; seed <= 8; seed++) {
      const told: string[] = []
      const simulation = room({ seed, lossMilli: 30, delayMilli: 50, healAtMs: 100_000, virtualMs: 160_000 })
      Object.assign(simulation.observer, { event: (_: number, { kind }: { kind: string }) => told.push(kind) })
      simulation.runUntil(at(20))
      const left = [0, 1, 2, 3, 4, 5, 6].filter(node => ((seed * 37) >> node) % 2 === 1)
      const cut = simulation.split(left)
      simulation.runUntil(at(20 + (LEAK_MS - 8000) / 1000))
      simulation.heal(cut)
      const apart = Math.min(...finals(simulation))
      expect(brokenBy(simulation, 110), `seed ${seed}, ${left.length} of 7 apart`).toBeNull()
      // Ten seconds after the last loss all are together again, and from then on no interval is lost.
      const together = Math.min(...finals(simulation))
      expect(together, `seed ${seed}`).toBeGreaterThan(apart + 3)
      expect(brokenBy(simulation, 160), `seed ${seed}, ${left.length} of 7 apart`).toBeNull()
      expect(told, `seed ${seed}`).not.toContain('leaked')
      expect(Math.min(...finals(simulation)) - together, `seed ${seed}`).toBeGreaterThanOrEqual(25)
    }
  })

  it('S1 breaks when both sides of a partition hold a third and wait for longer: the stated price', () => {
    const simulation = room({ seed: 4 })
    simulation.runUntil(at(20))
    simulation.split([0, 1, 2])
    expect(brokenBy(simulation, 300)).toBe('S1')
  })

  it('one that is cut off from six never makes a chain of its own final: it holds no third, and comes back to theirs', () => {
    const simulation = room({ seed: 5 })
    simulation.runUntil(at(20))
    const cut = simulation.split([0])
    simulation.runUntil(at(200))
    const alone = simulation.nodes[0]!.core
    expect(alone.head().height, 'it has waited for longer than the leak').toBeGreaterThan(alone.tree.final.height + LEAK + 4)
    expect(finals(simulation)[1]! - finals(simulation)[0]!).toBeGreaterThan(60)
    simulation.heal(cut)
    simulation.runUntil(at(240))
    expect(Math.max(...finals(simulation)) - finals(simulation)[0]!).toBeLessThanOrEqual(1)
  })

  it('where it is healed while one side has begun to leak, no two blocks of a height are final: 4 seeds', () => {
    for (let seed = 1; seed <= 4; seed++) {
      const begun = new Set<boolean>()
      // Three of five hold no quorum, two of five hold a third.
      const simulation = room({ seed, nodes: 5 })
      Object.assign(simulation.observer, { event: (node: number, { kind }: { kind: string }) => (kind === 'leaked' ? begun.add(node < 2) : undefined) })
      simulation.runUntil(at(20))
      const cut = simulation.split([0, 1])
      // One side sleeps for a while, so that the other is first.
      for (const asleep of seed % 2 === 1 ? [0, 1] : [2, 3, 4]) simulation.crash(asleep, 12_000, 'kept')
      let now = 20_000
      while (begun.size === 0 && now < 300_000) simulation.runUntil(SIM_EPOCH_MS + (now += 20))
      expect(begun.size, `seed ${seed}: one side is first`).toBe(1)
      simulation.heal(cut)
      expect(brokenBy(simulation, 240), `seed ${seed}`).toBeNull()
      expect(Math.min(...finals(simulation)), `seed ${seed}`).toBeGreaterThan(8 + LEAK)
    }
  })
})
