/** The four scenarios of the seed (V102–V112), run on real nodes under virtual time. */
import { describe, expect, it } from 'vitest'
import { equalBytes, toHex } from '../core/bytes'
import { decode } from '../core/codec'
import { vision, VisionMemory } from '../core/families/vision/rules'
import type { CoreEvent } from '../node/messages'
import { miningView } from '../node/miningView'
import { createNodeFast, nodeFastSign } from '../platform/crypto/nodeFast'
import { MODEL_VRF } from './modelVrf'
import { CALM, STANDARD } from './scenario'
import type { Scenario } from './scenario'
import { SIM_EPOCH_MS, Simulation } from './simulation'

const platform = { fastVerify: createNodeFast(), fastSign: nodeFastSign, vrf: MODEL_VRF }

interface Told {
  at: number
  node: number
  event: CoreEvent
}

function start(change: Partial<Scenario> = {}): { simulation: Simulation; told: Told[]; until: (seconds: number) => void } {
  const told: Told[] = []
  const scenario = { ...STANDARD, ...CALM, family: 'vision', nodes: 4, byzantine: 0, seed: 5, virtualMs: 600_000, ...change }
  const simulation = new Simulation(scenario, platform, { event: (node, event, now) => void told.push({ at: (now - SIM_EPOCH_MS) / 1000, node, event }) })
  return { simulation, told, until: seconds => simulation.runUntil(SIM_EPOCH_MS + 1000 * seconds) }
}

const of = <K extends CoreEvent['kind']>(told: readonly Told[], kind: K) =>
  told.flatMap(({ event, ...rest }) => (event.kind === kind ? [{ ...rest, ...(event as Extract<CoreEvent, { kind: K }>) }] : []))
const finals = (told: readonly Told[], node: number) => of(told, 'final').filter(final => final.node === node)
const heights = (simulation: Simulation): number[] => simulation.nodes.map(({ core }) => core.tree.final.height)

// Virtual minutes take real seconds, and more on a busy machine.
describe('vision in the simulator', { timeout: 120_000 }, () => {
  it('V102–V105, V108, V109: normal: all level, one winner everywhere, the primary produces, a block about every two seconds', () => {
    const { simulation, told, until } = start()
    until(120)
    const [first, ...others] = simulation.nodes.map(({ core }) => miningView(core, 0))
    for (const other of others)
      expect([other.next_height, other.current_winner, other.backups]).toEqual([first!.next_height, first!.current_winner, first!.backups])
    expect(Math.max(...heights(simulation)) - Math.min(...heights(simulation))).toBeLessThanOrEqual(2)
    const ranks = finals(told, 0).map(({ rank }) => rank)
    // The first turn waits for the streak; from then on every block is the winner's.
    expect(ranks.slice(2).every(rank => rank === 0)).toBe(true)
    expect(ranks.length).toBeGreaterThanOrEqual(50)
    expect(ranks.length).toBeLessThanOrEqual(60)
    const claims = simulation.nodes.map(({ core }) => core.claims.totals.produced)
    expect(claims.every(produced => produced >= 5)).toBe(true)
  })

  it('V107, V046: one proposal a height: whoever comes later sees in time that the height is made', () => {
    const { told, until } = start({ seed: 6, latencyMs: [10, 300] })
    until(120)
    const proposed = of(told, 'proposed').filter(({ height }) => height > 3)
    expect(new Set(proposed.map(({ height }) => height)).size).toBeGreaterThan(40)
    expect(proposed.length).toBe(new Set(proposed.map(({ height }) => height)).size)
  })

  it('V101, V112: rapid heights, jittery links: once open, no gate closes, and nothing stands still', () => {
    const { simulation, told, until } = start({ seed: 7, blockIntervalMs: 100, slotMs: 600, latencyMs: [5, 120] })
    until(90)
    expect(of(told, 'sync-state').filter(({ at, snapshot }) => at > 10 && !snapshot.eligible)).toEqual([])
    expect(Math.min(...heights(simulation))).toBeGreaterThan(150)
    expect(Math.max(...heights(simulation)) - Math.min(...heights(simulation))).toBeLessThanOrEqual(2)
  })

  it('V004, V106, V110: the winner is gone: backup 1 builds 1.2 s later; after eight blocks the dead one is not drawn any more', () => {
    const { simulation, told, until } = start({ seed: 8 })
    until(40)
    const dead = toHex(simulation.nodes[3]!.signer.publicKey)
    simulation.crash(3, null)
    const from = simulation.nodes[0]!.core.tree.final.height + 1
    until(120)
    const { tree, rules } = simulation.nodes[0]!.core
    const after = finals(told, 0).filter(({ height }) => height > from)
    let itsTurns = 0
    for (const { height, hash, rank } of after) {
      const entry = tree.get(hash)
      const parent = entry === undefined ? undefined : tree.get(entry.parent)
      if (parent?.state == null) continue
      const winner = toHex(rules.familyOf(parent.state).ranking(parent.state)[0]!.publicKey)
      if (winner === dead) itsTurns++
      expect(rank, `height ${height}`).toBe(winner === dead ? 1 : 0)
      expect(entry!.header.timestamp - parent.header.timestamp).toBe(2000 + 1200 * rank)
      if (height > from + 10) expect(winner).not.toBe(dead)
    }
    expect(itsTurns).toBeGreaterThan(0)
    expect(after.length).toBeGreaterThan(25)
  })

  it('V140: an attacker who takes the winner of each height off the network gets a chain of backups, not a standstill', () => {
    const { simulation, told } = start({ seed: 6, nodes: 7 })
    simulation.runUntil(SIM_EPOCH_MS + 15_000)
    const before = Math.max(...heights(simulation))
    let cut: number | null = null
    let attacked = 0
    for (let now = 15_000; now < 75_000; now += 200) {
      simulation.runUntil(SIM_EPOCH_MS + now)
      const { rounds } = simulation.nodes.find(({ index }) => index !== attacked)!.core
      const state = rounds.notarisedAt(rounds.round - 1)[0]?.state
      const winner = state == null ? undefined : rounds.family.ranking(state)[0]
      const victim = simulation.nodes.findIndex(({ signer }) => winner !== undefined && equalBytes(signer.publicKey, winner.publicKey))
      if (victim === -1 || victim === attacked) continue
      if (cut !== null) simulation.heal(cut)
      cut = simulation.split([victim])
      attacked = victim
    }
    expect(Math.max(...heights(simulation))).toBeGreaterThan(before + 8)
    const late = of(told, 'final').filter(({ node, height, rank }) => node === 0 && height > before && rank > 0)
    expect(late.length, 'backups made blocks').toBeGreaterThan(2)
  })

  it('V111, F-60: who is cut off becomes isolated and stops, the others go on; back again it catches up and earns its turns anew', () => {
    const { simulation, told, until } = start({ seed: 9 })
    until(30)
    const cut = simulation.split([3])
    until(90)
    const states = (after: number) => of(told, 'sync-state').filter(({ node, at }) => node === 3 && at > after)
    expect(simulation.nodes[3]!.core.sync.latest).toMatchObject({ state: 'Isolated', eligible: false, networkHeight: null })
    const closedAt = states(30).find(({ snapshot }) => !snapshot.eligible)!.at
    expect(of(told, 'proposed').filter(({ node, at, tentative }) => node === 3 && at > closedAt && !tentative)).toEqual([])
    expect(Math.min(...heights(simulation).slice(0, 3))).toBeGreaterThan(heights(simulation)[3]! + 15)
    simulation.heal(cut)
    until(150)
    expect(states(90).map(({ snapshot }) => snapshot.eligible)).toContain(true)
    expect(simulation.nodes[3]!.core.sync.latest).toMatchObject({ eligible: true })
    expect(Math.max(...heights(simulation)) - Math.min(...heights(simulation))).toBeLessThanOrEqual(2)
    expect(of(told, 'proposed').some(({ node, at }) => node === 3 && at > 100)).toBe(true)
  })

  it('V023, F-53: all were down: nobody is eligible, all come back, and the chain goes on', () => {
    const { simulation, until } = start({ seed: 10 })
    until(30)
    for (const node of [0, 1, 2, 3]) simulation.crash(node, 20_000 + 3000 * node)
    until(50)
    const before = Math.max(...heights(simulation))
    until(100)
    expect(Math.min(...heights(simulation))).toBeGreaterThan(before + 10)
  })

  it('D-42: a room that turns to vision remembers where it began, and only from then on nodes look at themselves', () => {
    const { simulation, told, until } = start({ family: 'midnight', seed: 11 })
    until(20)
    expect(simulation.nodes.map(({ core }) => core.sync.latest)).toEqual([null, null, null, null])
    simulation.submit(0, { kind: 'configure', config: vision.defaultConfig(0) })
    until(110)
    const { core } = simulation.nodes[1]!
    expect(core.rounds.family.name).toBe('vision')
    const memory = decode(VisionMemory, core.tree.final.state!.memory)
    expect(memory.ok && memory.value.began).toBeGreaterThan(4)
    expect(memory.ok && memory.value.began % simulation.genesis.epochLength).toBe(0)
    expect(core.sync.latest?.eligible).toBe(true)
    expect(finals(told, 1).filter(({ at, rank }) => at > 80 && rank === 0).length).toBeGreaterThan(8)
  })
})
