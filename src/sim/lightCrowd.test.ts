import { describe, expect, it } from 'vitest'
import { VerificationCache } from '../core/crypto/verificationCache'
import { createSyncVerifier } from '../core/crypto/verifier'
import { createNodeFast, nodeFastSign } from '../platform/crypto/nodeFast'
import { LightCrowd } from './lightCrowd'
import { MODEL_VRF } from './modelVrf'
import { Random } from './random'
import { CALM, STANDARD } from './scenario'
import type { Scenario } from './scenario'
import { SIM_EPOCH_MS, Simulation } from './simulation'

const platform = { fastVerify: createNodeFast(), fastSign: nodeFastSign, vrf: MODEL_VRF }
const verifier = createSyncVerifier({ cache: new VerificationCache(), fast: createNodeFast() })

function crowd(change: Partial<Scenario> & { seed: number }, lights: number, liars: number[]) {
  const simulation = new Simulation({ ...STANDARD, nodes: 4, byzantine: 0, ...change }, platform)
  return { simulation, crowd: new LightCrowd(simulation, lights, new Set(liars), check => verifier.verify(check), new Random(change.seed, 9)) }
}

// Virtual minutes take real seconds, and more on a busy machine.
describe('light nodes in the simulator (T045, T060, F-29)', { timeout: 240_000 }, () => {
  it.each([1, 2, 3])('seed %i: with three of four peers lying to them under every fault they accept only what is final', seed => {
    const { simulation, crowd: lights } = crowd({ seed, byzantine: 1, virtualMs: 150_000, healAtMs: 90_000 }, 3, [0, 1, 3])
    const report = lights.runUntil(SIM_EPOCH_MS + 150_000)
    expect(report.wrong).toEqual([])
    expect(report.lies).toBeGreaterThan(30)
    expect(report.heads).toBeGreaterThan(20)
    expect(report.values).toBeGreaterThan(20)
    const final = Math.max(...simulation.nodes.map(({ core }) => core.tree.final.height))
    for (const { core } of lights.lights) expect(core.head.height).toBeGreaterThan(final - 20)
  })

  it('follows a room whose validator sets change by tens', () => {
    const change = { seed: 5, ...CALM, nodes: 6, heartbeatTtl: 8, minCommittee: 2, epochLength: 2, lookahead: 1, virtualMs: 600_000 }
    const { simulation, crowd: lights } = crowd(change, 2, [2])
    // Somebody falls asleep and comes back, in turn: the set is another one every few epochs.
    for (let round = 0; round < 12; round++) {
      const asleep = 3 + (round % 3)
      simulation.crash(asleep, 20_000, 'kept')
      lights.runUntil(simulation.now + 25_000)
    }
    expect(lights.report.wrong).toEqual([])
    expect(lights.report.changes).toBeGreaterThanOrEqual(10)
  })

  it('does not change the history of the full nodes', () => {
    const change = { seed: 4, virtualMs: 60_000, healAtMs: 40_000 }
    const alone = new Simulation({ ...STANDARD, nodes: 4, byzantine: 0, ...change }, platform)
    alone.runUntil(SIM_EPOCH_MS + 60_000)
    const { simulation, crowd: lights } = crowd(change, 2, [1])
    lights.runUntil(SIM_EPOCH_MS + 60_000)
    expect(simulation.result().logHash).toBe(alone.result().logHash)
  })
})
