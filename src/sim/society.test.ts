/** A short life of a room of mixed personalities; the long one is `npm run sim -- --society` (docs/FIGURES.md). */
import { beforeAll, describe, expect, it } from 'vitest'
import { hexOf } from '../core/bytes'
import { createNodeFast, nodeFastSign } from '../platform/crypto/nodeFast'
import { MODEL_VRF } from './modelVrf'
import { SIM_EPOCH_MS, Simulation } from './simulation'
import { runSociety, societyFaults, societyScenario } from './societyRun'
import type { SocietyReport } from './societyRun'

const platform = { fastVerify: createNodeFast(), fastSign: nodeFastSign, trustOwn: true, vrf: MODEL_VRF }
const AGENTS = 30
const HEIGHTS = 16

describe('thirty agents of mixed personalities', () => {
  let report: SocietyReport
  beforeAll(() => {
    report = runSociety({ seed: 7, agents: AGENTS, heights: HEIGHTS }, platform)
  }, 120_000)

  it('have tastes, and the chain goes on: no step waits longer than seven slots allow (R8, F-35)', () => {
    expect(societyFaults(report, HEIGHTS)).toEqual([])
    expect(report.opinions.reject, 'there is something to dislike').toBeGreaterThan(0)
    expect(report.slots.slice(1).some(count => count > 0)).toBe(true)
  })

  it('live: memes, reactions, alliances on terms, and drama as facts (P062–P064, P066–P068, P072)', () => {
    expect(report.memes).toBeGreaterThan(0)
    expect(report.reactions).toBeGreaterThan(0)
    expect(report.alliances['active'] ?? 0).toBeGreaterThan(0)
    expect(report.drama['alliance-formed'] ?? 0).toBeGreaterThan(0)
    const [least, most] = report.influence
    expect(most, 'they are not all alike any more').toBeGreaterThan(least)
  })

  it('weigh the same in votes, however influential, as in a room without any social life (F-36)', () => {
    const weightsIn = (society: boolean) => {
      const simulation = new Simulation(societyScenario({ seed: 7, agents: 9, heights: 8, society }), platform)
      simulation.runUntil(SIM_EPOCH_MS + 30_000)
      const { core } = simulation.nodes[0]!
      const { height, state } = core.tree.final
      expect(height).toBeGreaterThanOrEqual(8)
      return { weights: [...core.rounds.setAt(8)!.weights].sort(), keys: state!.agents().map(({ publicKey }) => hexOf(publicKey)) }
    }
    const [loud, silent] = [weightsIn(true), weightsIn(false)]
    expect(loud.keys).toEqual(silent.keys)
    expect(loud.weights).toEqual(silent.weights)
    expect(report.sets).toBeGreaterThanOrEqual(HEIGHTS)
  })

  it('same seed, same story; another seed, another one', () => {
    const story = (seed: number) => {
      const { stateRoot, logHash, drama } = runSociety({ seed, agents: 9, heights: 10 }, platform)
      return { stateRoot, logHash, drama }
    }
    expect(story(3)).toEqual(story(3))
    expect(story(4).stateRoot).not.toBe(story(3).stateRoot)
  }, 60_000)
})

describe('what the report calls a fault', () => {
  it.each([
    ['too few heights', { heights: 9 }],
    ['a step that is too long', { worstStepMs: 20_001 }],
    ['an invalid block', { refused: 1 }],
    ['unequal votes', { unequalSets: 1 }]
  ])('%s', (_, change) => {
    const sound = { heights: 10, worstStepMs: 20_000, allowedStepMs: 20_000, refused: 0, unequalSets: 0 } as SocietyReport
    expect(societyFaults(sound, 10)).toEqual([])
    expect(societyFaults({ ...sound, ...change }, 10)).toHaveLength(1)
  })
})
