import { describe, expect, it } from 'vitest'
import { MEMBERSHIP_OPEN } from '../core/consensus/validatorSet'
import { VerificationCache } from '../core/crypto/verificationCache'
import { createPrefetch } from '../core/crypto/verifier'
import { toHex } from '../core/bytes'
import { createNodeFast, nodeFastSign } from '../platform/crypto/nodeFast'
import { createWebCryptoFast } from '../platform/crypto/webCryptoFast'
import type { LogLine } from './eventLog'
import { FAULT_KINDS, planFaults } from './faultPlan'
import type { FaultKind } from './faultPlan'
import { MODEL_VRF } from './modelVrf'
import { MUTANTS } from './mutants'
import { CALM, LIAR_KINDS, STANDARD } from './scenario'
import type { Mutant, Scenario } from './scenario'
import { SIM_EPOCH_MS, Simulation } from './simulation'
import { Violation } from './violation'

const fast = createNodeFast()
const platform = { fastVerify: fast, fastSign: nodeFastSign, vrf: MODEL_VRF }

function scenario(change: Partial<Scenario> & { seed: number }): Scenario {
  return { ...STANDARD, nodes: 4, byzantine: 1, virtualMs: 240_000, healAtMs: 150_000, ...change }
}

/** Without faults, transfers go on. */
const calm = (change: Partial<Scenario> & { seed: number }) => scenario({ ...CALM, virtualMs: 400_000, ...change })

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

const finals = (simulation: Simulation) => simulation.nodes.map(node => node.core.tree.final.height)

// Virtual minutes take real seconds, and more on a busy machine.
describe('the simulator', { timeout: 240_000 }, () => {
  it('S1–S10, L1–L3 hold with one liar of four under every fault', () => {
    expect(firstBroken(6, {})).toBeNull()
  })

  it('a standard plan has every kind of fault, all over when the network heals', () => {
    for (let seed = 1; seed <= 20; seed++) {
      const plan = planFaults(scenario({ seed }))
      expect(new Set(plan.map(({ kind }) => kind))).toEqual(new Set<FaultKind>(FAULT_KINDS))
      for (const fault of plan) if (fault.kind !== 'liar') expect(fault.until).toBeLessThanOrEqual(150_000)
    }
  })

  it.each(LIAR_KINDS)('f < n/3: a liar of the kind %s does no harm', kind => {
    expect(broken({ seed: 21, liars: [kind], virtualMs: 150_000, healAtMs: 60_000 })).toBeNull()
  })

  it('the same seed is the same history, another seed another one', () => {
    const run = (seed: number) => new Simulation(scenario({ seed, virtualMs: 60_000, healAtMs: 40_000 }), platform)
    const first = run(42)
    const second = run(42)
    for (const simulation of [first, second]) simulation.runUntil(SIM_EPOCH_MS + 60_000)
    expect(second.result()).toEqual(first.result())
    const other = run(43)
    other.runUntil(SIM_EPOCH_MS + 60_000)
    expect(other.result().logHash).not.toBe(first.result().logHash)
  })

  it('exporting the log changes nothing, and its lines tell of inputs, events and faults in the order of time', () => {
    const lines: LogLine[] = []
    const quiet = new Simulation(scenario({ seed: 4 }), platform)
    const told = new Simulation(scenario({ seed: 4 }), platform, { log: line => lines.push(line) })
    for (const simulation of [quiet, told]) simulation.runUntil(SIM_EPOCH_MS + 30_000)
    expect(told.result()).toEqual(quiet.result())
    expect(lines.map(({ t }) => t)).toEqual(lines.map(({ t }) => t).sort((a, b) => a - b))
    for (const kind of ['gossip', 'request', 'reply', 'stored', 'links', 'submit', 'tick', 'begin', 'end', 'proposed', 'notarised', 'final'])
      expect(
        lines.some(line => line.k === kind),
        kind
      ).toBe(true)
    const final = lines.find(line => line.k === 'final')!
    expect(told.checkers.hashAt(final.h as number)?.startsWith(final.hash as string)).toBe(true)
  })

  it('each different signature is verified once, and sharing messages between their readers changes nothing but that', () => {
    const asked: string[] = []
    const counting = {
      verify: (check: Parameters<typeof fast.verify>[0]) => {
        asked.push(toHex(check.publicKey) + toHex(check.signature) + toHex(check.message))
        return fast.verify(check)
      }
    }
    const shared = new Simulation(scenario({ seed: 8, nodes: 7, byzantine: 2 }), { ...platform, fastVerify: counting })
    shared.runUntil(SIM_EPOCH_MS + 40_000)
    expect(new Set(asked).size).toBe(asked.length)
    expect(shared.work.signaturesVerified).toBe(asked.length)
    expect(shared.work.deliveries).toBeGreaterThan(3 * shared.work.distinctMessages)
    const apart = new Simulation(scenario({ seed: 8, nodes: 7, byzantine: 2 }), { ...platform, shareMessages: false })
    apart.runUntil(SIM_EPOCH_MS + 40_000)
    expect(apart.result()).toEqual(shared.result())
  })

  it('by promise (WebCrypto) it is the same history, and no signature has to be judged on the spot', async () => {
    const plan = scenario({ seed: 6, virtualMs: 60_000, healAtMs: 40_000, liars: ['forge'] })
    const expected = new Simulation(plan, platform)
    expected.runUntil(SIM_EPOCH_MS + 60_000)
    const cache = new VerificationCache()
    let onTheSpot = 0
    const late = {
      verify: () => {
        onTheSpot++
        return false
      }
    }
    const simulation = new Simulation(plan, {
      ...platform,
      fastVerify: late,
      cache,
      prefetch: createPrefetch({ cache, fast: await createWebCryptoFast(crypto.subtle) })
    })
    for (let at = 0; at <= 60_000; at += 777) await simulation.runUntilAsync(SIM_EPOCH_MS + at)
    await simulation.runUntilAsync(SIM_EPOCH_MS + 60_000)
    expect(simulation.result()).toEqual(expected.result())
    expect(onTheSpot).toBe(0)
    // Some are judged ahead that nobody asks for: every reader has refused the message by then.
    expect(simulation.work.signaturesVerified).toBeGreaterThanOrEqual(expected.work.signaturesVerified)
  })

  it('more liars than a third break safety or liveness: the checkers can see', () => {
    expect(firstBroken(30, { byzantine: 2, liars: ['equivocate', 'doubleVote'], virtualMs: 240_000, healAtMs: 168_000 })).not.toBeNull()
  })

  it.each(MUTANTS.map(mutant => [mutant.name, mutant.breaks, mutant] as const))('kills the mutant %s (%s)', (_, __, mutant) => {
    expect(mutant.finds).toContain(firstBroken(mutant.seeds ?? 20, { mutant, ...mutant.scenario }))
  })

  it('a mutant that is only found by what the checkers judge for themselves runs with the same rules in the checkers', () => {
    const alone = MUTANTS.filter(({ everywhere }) => everywhere === true).flatMap(({ finds }) => finds)
    expect(new Set(alone)).toEqual(new Set(['S6', 'S9', 'F1', 'F2']))
  })

  it('S10: with room for a handful, what is new makes room for itself, and nothing stops', () => {
    const limits = { mempool: { transactions: 6, perSender: 3 }, orphans: { blocks: 2, parentsPerProposer: 2 } }
    const mutant: Mutant = { name: 'little-room', breaks: 'nothing', finds: [], limits }
    const simulation = new Simulation(calm({ seed: 3, byzantine: 1, liars: ['flood'], mutant, transfersPerMinute: 60, virtualMs: 100_000 }), platform)
    simulation.runUntil(SIM_EPOCH_MS + 60_000)
    for (const { core } of simulation.nodes) {
      expect(core.orphanCount).toBeLessThanOrEqual(2)
      expect(core.mempool.size).toBeLessThanOrEqual(6)
      expect(core.mempool.largestShare).toBeLessThanOrEqual(3)
    }
    expect(Math.min(...finals(simulation))).toBeGreaterThan(20)
  })

  it('V143, F-03: a sybil gets nowhere where members are invited, and where anybody may register it stops the room', () => {
    const agents = (simulation: Simulation) => simulation.nodes[0]!.core.tree.final.state!.agents().length
    const invited = new Simulation(calm({ seed: 3, byzantine: 1, liars: ['sybil'] }), platform)
    const open = new Simulation(calm({ seed: 3, byzantine: 1, liars: ['sybil'], membership: MEMBERSHIP_OPEN, virtualMs: 200_000 }), platform)
    invited.runUntil(SIM_EPOCH_MS + 100_000)
    expect(agents(invited)).toBe(4)
    expect(finals(invited)[0]).toBeGreaterThan(30)
    expect(() => open.run()).toThrow(/^L1/)
    expect(agents(open)).toBeGreaterThan(6)
  })

  it('R6: a node whose database is gone and whose key is not abstains where it may have voted, and is back soon after', () => {
    const abstained: number[] = []
    const simulation = new Simulation(
      calm({ seed: 13 }),
      platform,
      {
        event: (node, event) => {
          if (node === 1 && event.kind === 'abstained' && event.code === 'below-watermark') abstained.push(event.height)
        }
      },
      [{ kind: 'wipe', node: 1, backup: false, at: 40_500, until: 40_900 }]
    )
    simulation.runUntil(SIM_EPOCH_MS + 40_900)
    const before = finals(simulation)
    expect(before[1]).toBe(0)
    simulation.runUntil(SIM_EPOCH_MS + 80_000)
    expect(abstained.length).toBeGreaterThan(0)
    expect(Math.max(...abstained)).toBeLessThanOrEqual(before[0]! + 2)
    expect(Math.max(...finals(simulation)) - finals(simulation)[1]!).toBeLessThanOrEqual(1)
    expect(Math.min(...finals(simulation))).toBeGreaterThan(before[0]! + 10)
    simulation.judge()
  })

  it('S7, S8, L4: on a calm network nothing waits for a timer, and a start from snapshot and blocks is a replay from genesis', () => {
    for (const nodes of [1, 4, 10]) {
      const simulation = new Simulation(calm({ seed: 1, nodes, virtualMs: nodes === 4 ? 180_000 : 60_000 }), platform)
      const { minFinalHeight } = simulation.run()
      expect(minFinalHeight).toBeGreaterThanOrEqual(nodes === 4 ? 85 : 27)
      if (nodes === 4) for (const node of simulation.nodes) expect(node.store.peek()?.snapshot?.height).toBeGreaterThanOrEqual(64)
    }
  })

  it('L2: transfers of honest senders are final within a few heights', () => {
    const simulation = new Simulation(calm({ seed: 2, transfersPerMinute: 60, virtualMs: 150_000 }), platform)
    simulation.run()
    expect(simulation.inclusion.included).toBeGreaterThan(50)
    expect(simulation.inclusion.slowest).toBeLessThanOrEqual(3)
  })

  it('R11, M057: one node alone makes and finalises blocks', () => {
    const result = new Simulation(calm({ seed: 1, nodes: 1, virtualMs: 60_000 }), platform).run()
    expect(result.minFinalHeight).toBeGreaterThanOrEqual(25)
  })

  it('M061, M031: one dead node of four costs slots, not finality', () => {
    const simulation = new Simulation(calm({ seed: 5 }), platform)
    simulation.runUntil(SIM_EPOCH_MS + 20_000)
    const before = finals(simulation)[0]!
    simulation.crash(3, null)
    simulation.runUntil(SIM_EPOCH_MS + 120_000)
    expect(finals(simulation)[0]).toBeGreaterThan(before + 25)
  })

  it('M060: two halves stop finalising, build tentative chains, and agree after healing with nothing final moved', () => {
    const simulation = new Simulation(calm({ seed: 7 }), platform)
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
    expect(Math.min(...finals(simulation))).toBeGreaterThan(Math.max(...held.map(entry => entry.height)) + 10)
    for (const entry of held) expect(simulation.checkers.hashAt(entry.height)).toBe(entry.hash)
  })

  it('L3: a node that was off for minutes catches up', () => {
    const simulation = new Simulation(calm({ seed: 9 }), platform)
    simulation.crash(2, null)
    simulation.runUntil(SIM_EPOCH_MS + 240_000)
    simulation.restart(2)
    simulation.runUntil(SIM_EPOCH_MS + 250_000)
    expect(Math.max(...finals(simulation)) - finals(simulation)[2]!).toBeLessThanOrEqual(1)
  })
})
