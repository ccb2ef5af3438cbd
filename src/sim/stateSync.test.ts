/**
 * Late comers that fetch a state, among nodes that prune, lie and stall: the real node in the simulator. Its checkers hold S1 and S8 after each commit: what was fetched is, byte for byte, what a replay
 * from genesis gives.
 */
import { describe, expect, it } from 'vitest'
import { VerificationCache } from '../core/crypto/verificationCache'
import type { CoreEvent } from '../node/messages'
import { STATE_SYNC_FROM } from '../node/stateSync'
import { createNodeFast, nodeFastSign } from '../platform/crypto/nodeFast'
import { MODEL_VRF } from './modelVrf'
import { CALM, STANDARD } from './scenario'
import type { LiarKind, Scenario } from './scenario'
import { Simulation } from './simulation'

const LATE = 3
/** The one that comes late where it keeps all blocks: its number is even. */
const LATE_ARCHIVE = 4
/** So far behind that a state is worth fetching when it comes. */
const FAR = STATE_SYNC_FROM + 20
const fast = createNodeFast()

/** Five nodes, blocks every half second; those with odd numbers prune. One of them is off from the start. */
function setUp(seed: number, lies: Readonly<Record<number, LiarKind>> = {}, scenario: Partial<Scenario> = {}, comesLate = LATE) {
  const told: Extract<CoreEvent, { kind: 'state-sync' }>[] = []
  const plan = Object.entries(lies).map(([node, lie]) => ({ kind: 'liar' as const, node: Number(node), lie }))
  const simulation = new Simulation(
    { ...STANDARD, ...CALM, seed, nodes: 5, blockIntervalMs: 500, slotMs: 400, epochLength: 8, transfersPerMinute: 20, ...scenario },
    { fastVerify: fast, fastSign: nodeFastSign, vrf: MODEL_VRF, cache: new VerificationCache() },
    {
      event: (node, event) => {
        if (node === comesLate && event.kind === 'state-sync') told.push(event)
      }
    },
    plan
  )
  simulation.crash(comesLate, null, 'lost')
  const late = () => simulation.nodes[comesLate]!.core
  const tip = () => simulation.nodes[0]!.core.tree.final.height
  /** @returns whether it came to pass */
  const until = (what: () => boolean, ms: number, step = 100) => {
    for (const end = simulation.now + ms; !what() && simulation.now < end;) simulation.runUntil(simulation.now + step)
    return what()
  }
  const steps = () => told.map(({ step }) => step)
  return { simulation, late, tip, until, steps, told }
}

describe('a node that comes late (T057–T065)', () => {
  it('fetches the state, then the last blocks, and goes on with the others (T065, S8)', () => {
    const { simulation, late, tip, until, steps } = setUp(1)
    expect(until(() => tip() > FAR, 600_000, 5000)).toBe(true)
    simulation.restart(LATE)
    expect(until(() => late().tree.final.height >= tip() - 2, 20_000)).toBe(true)
    expect(steps()).toEqual(['begun', 'complete'])
    const { final } = late().tree
    expect(final.state?.encode()).toEqual(simulation.nodes[0]!.core.tree.get(final.hash)?.state?.encode())
    // It takes part: its own blocks become final.
    const made = () => late().agent(late().publicKey)?.blocksMade ?? 0
    const before = made()
    expect(until(() => made() > before, 60_000)).toBe(true)
    for (const node of simulation.nodes) simulation.checkers.checkStored(node.index, node.store.peek())
  })

  it('a server that lies and one that never answers cost it no more than themselves (T059, T062)', () => {
    const { simulation, late, tip, until, told, steps } = setUp(2, { 1: 'lyingSnapshot', 2: 'stalledServer' })
    expect(until(() => tip() > FAR, 600_000, 5000)).toBe(true)
    simulation.restart(LATE)
    expect(until(() => late().tree.final.height >= tip() - 2, 60_000)).toBe(true)
    expect(steps()).toContain('complete')
    for (const { step, detail } of told) if (step === 'refused') expect(detail).toMatch(/^1: (chunk|manifest): /)
  })

  it('where every server of states lies, all are found out, and the blocks are replayed (F-29)', () => {
    const lies = { 0: 'lyingSnapshot', 1: 'lyingSnapshot', 2: 'lyingSnapshot', 4: 'lyingSnapshot' } as const
    const { simulation, late, tip, until, told, steps } = setUp(5, lies)
    expect(until(() => tip() > FAR, 600_000, 5000)).toBe(true)
    simulation.restart(LATE)
    expect(until(() => late().tree.final.height >= tip() - 2, 90_000)).toBe(true)
    const refused = told.filter(({ step }) => step === 'refused').map(({ detail }) => detail[0])
    expect([...new Set(refused)].sort()).toEqual(['0', '1', '2', '4'])
    expect(steps()).toContain('given-up')
    expect(steps()).not.toContain('complete')
  })

  it('goes on after power failures in the middle, whatever the disk has kept (T064)', () => {
    const { simulation, late, tip, until, steps } = setUp(9, { 1: 'stalledServer' })
    expect(until(() => tip() > FAR, 600_000, 5000)).toBe(true)
    simulation.restart(LATE)
    for (const [phase, writes] of [
      ['manifest', 'lost'],
      ['stored', 'torn'],
      ['chunks', 'kept'],
      ['chunks', 'torn']
    ] as const) {
      until(() => late().stateSync?.phase === phase, 5000, 1)
      simulation.crash(LATE, 700, writes)
      until(() => simulation.nodes[LATE]!.online, 2000)
    }
    expect(until(() => late().tree.final.height >= tip() - 2, 60_000)).toBe(true)
    expect(steps()).toContain('complete')
    simulation.checkers.checkStored(LATE, simulation.nodes[LATE]!.store.peek())
  })

  it('loses, doubles and delays of messages do not stop it', () => {
    const { simulation, late, tip, until } = setUp(10, { 2: 'lyingSnapshot' }, { lossMilli: 100, duplicateMilli: 50 })
    simulation.setLoss(100)
    expect(until(() => tip() > FAR, 900_000, 5000)).toBe(true)
    simulation.restart(LATE)
    expect(until(() => late().tree.final.height >= tip() - 4, 90_000)).toBe(true)
  })

  it('an archive that is far behind fetches every block, although two of its peers have pruned theirs', () => {
    const { simulation, late, tip, until, steps } = setUp(13, {}, {}, LATE_ARCHIVE)
    // So far that those who prune have let go of the first blocks.
    expect(until(() => tip() > 2 * FAR, 900_000, 5000)).toBe(true)
    simulation.restart(LATE_ARCHIVE)
    expect(until(() => late().tree.final.height >= tip() - 2, 60_000)).toBe(true)
    expect(steps()).toEqual([])
    const { store } = simulation.nodes[LATE_ARCHIVE]!
    expect(store.range(1, FAR).map(({ height }) => height)).toEqual(Array.from({ length: FAR }, (_, i) => i + 1))
  })

  it('who is only a little behind replays blocks', () => {
    const { simulation, late, tip, until, steps } = setUp(11)
    expect(until(() => tip() > STATE_SYNC_FROM / 2, 600_000, 1000)).toBe(true)
    simulation.restart(LATE)
    expect(until(() => late().tree.final.height >= tip() - 2, 60_000)).toBe(true)
    expect(steps()).toEqual([])
  })
})

describe('snapshots while blocks go on (T052–T056)', () => {
  it('are taken at the same heights everywhere, three are kept, and who prunes keeps no block below them', () => {
    const { simulation, tip, until } = setUp(12)
    expect(until(() => tip() > 260, 900_000, 5000)).toBe(true)
    for (const { index, store } of simulation.nodes.filter(({ online }) => online)) {
      const heights = store.snapshots().map(({ height }) => height)
      expect(heights).toEqual([257, 193, 129])
      expect(store.range(1, 1000)[0]?.height).toBe(index % 2 === 0 ? 1 : 129)
    }
  })
})
