import { describe, expect, it } from 'vitest'
import { equalBytes, toHex } from '../../bytes'
import type { BlockEntry } from '../../chain/blockTree'
import { buildBlock, executeBlock } from '../../chain/execute'
import { encode } from '../../codec'
import { genesisState } from '../../genesis'
import { assert } from '../../result'
import type { Genesis, Transaction } from '../../schema'
import { StateIndex } from '../../state/worldState'
import type { WorldState } from '../../state/worldState'
import { addBlock, clockOn, compose, createNetwork, makeBlock, signerAt, TEST_TIME } from '../../testing/network'
import type { TestNetwork } from '../../testing/network'
import { slotAfterAnchor } from '../common'
import { checkConfig } from '../registry'
import { backupsByAvailability, jitterByPool, timeoutAfterBlock } from './adaptive'
import { encodeParameters } from './parameters'
import type { VisionParameters } from './parameters'
import { vision, VisionClaim } from './rules'

const SLOT_MS = 1200
const INTERVAL_MS = 2000
const NEVER = 100_000

/** @param mode 0 fixed, 1 adaptive */
function visionNetwork(founders: number, changes: Partial<VisionParameters> = {}, parameters: Partial<Genesis> = {}, mode = 0): TestNetwork {
  const config = { ...vision.defaultConfig(mode), parameters: encodeParameters(changes) }
  return createNetwork(founders, { config, heartbeatTtl: NEVER, ...parameters })
}

const stateOf = (entry: BlockEntry): WorldState => {
  assert(entry.state !== null, 'an executed block')
  return entry.state
}
const familyOn = (network: TestNetwork, parent: BlockEntry) => network.rules.familyOf(stateOf(parent))
const keysOf = (list: readonly { publicKey: Uint8Array }[]): string[] => list.map(({ publicKey }) => toHex(publicKey))
const poolOf = (network: TestNetwork, parent: BlockEntry): string[] => familyOn(network, parent).pool!(stateOf(parent)).map(toHex)

/** The next block, executed and in the tree. */
function grow(network: TestNetwork, parent: BlockEntry, options: Parameters<typeof makeBlock>[2] = {}): BlockEntry {
  const entry = addBlock(network.tree, makeBlock(network, parent, options))
  assert(network.tree.stateOf(entry) !== null, 'a valid block')
  return entry
}

/** Heartbeats of these founders, as they would put them into the block after `parent`. */
function heartbeats(network: TestNetwork, parent: BlockEntry, numbers: readonly number[]): Transaction[] {
  return numbers.map(number => {
    const signer = network.signers[number]!
    return compose.heartbeat(network.networkId, signer, stateOf(parent).agent(signer.publicKey)!.nonce, parent.height, parent.hashBytes)
  })
}

/** The rank 0 … of whoever of these founders comes first in the list. */
function rankAmong(network: TestNetwork, parent: BlockEntry, numbers: readonly number[]): number {
  const wanted = new Set(numbers.map(number => toHex(network.signers[number]!.publicKey)))
  return keysOf(familyOn(network, parent).ranking(stateOf(parent))).findIndex(key => wanted.has(key))
}

describe('the pool (V042, V070, D-45)', () => {
  it('V042: sorted by key, each once, and the same for every node that has the state (V002, V104, F-02)', () => {
    const network = visionNetwork(9)
    const pool = poolOf(network, network.tree.final)
    expect(pool).toEqual([...pool].sort())
    expect(new Set(pool)).toEqual(new Set(network.signers.map(({ publicKey }) => toHex(publicKey))))
    const copy = genesisState(network.genesis, new StateIndex())
    expect(keysOf(vision.create(network.genesis.config, network.genesis).ranking(copy))).toEqual(
      keysOf(familyOn(network, network.tree.final).ranking(stateOf(network.tree.final)))
    )
  })

  it('D-45: who sends no heartbeat for eight blocks drops out, and is back with the next one', () => {
    const network = visionNetwork(4)
    let parent = network.tree.final
    const sleeper = toHex(network.signers[3]!.publicKey)
    for (let height = 1; height <= 9; height++) {
      expect(poolOf(network, parent).includes(sleeper), `block ${height} may be the sleeper's`).toBe(height <= 8)
      parent = grow(network, parent, { rank: rankAmong(network, parent, [0, 1, 2]), transactions: heartbeats(network, parent, [0, 1, 2]) })
    }
    expect(poolOf(network, parent)).toHaveLength(3)
    parent = grow(network, parent, { transactions: heartbeats(network, parent, [3]) })
    expect(poolOf(network, parent)).toHaveLength(4)
  })

  it('a proposer that leaves all other heartbeats out does not get the pool for itself: below two thirds of the members the short window does not count', () => {
    const network = visionNetwork(4, {}, { heartbeatTtl: 16 })
    let parent = network.tree.final
    for (let height = 1; height <= 12; height++) {
      parent = grow(network, parent, { rank: rankAmong(network, parent, [0]), transactions: heartbeats(network, parent, [0]) })
      expect(poolOf(network, parent)).toHaveLength(4)
    }
  })

  it('F-03, D-44: a new key is drawn only once its registration is older than any seed that it could have been chosen for', () => {
    const network = visionNetwork(4, { settlingBlocks: 5 })
    const guest = signerAt(4)
    network.signers.push(guest)
    let parent = grow(network, network.tree.final, { transactions: [compose.register(network.networkId, guest, 'Guest')] })
    for (let height = 2; height <= 8; height++) {
      expect(poolOf(network, parent).includes(toHex(guest.publicKey)), `block ${height}`).toBe(height >= 6)
      parent = grow(network, parent, { rank: rankAmong(network, parent, [0, 1, 2, 3]), transactions: heartbeats(network, parent, [0, 1, 2, 3, 4]) })
    }
  })

  it('V118: a pool of a thousand gives lists of seven', () => {
    const { genesis, rules } = visionNetwork(1)
    const state = genesisState(genesis, new StateIndex())
    const [founder] = state.agents()
    const edit = state.edit()
    for (let i = 1; i < 1000; i++) edit.append({ ...founder!, publicKey: signerAt(0).publicKey.map((byte, at) => (at < 2 ? (i >> (8 * at)) & 0xff : byte)) })
    const crowd = edit.finish()
    const family = rules.familyOf(crowd)
    expect(family.pool!(crowd)).toHaveLength(1000)
    expect(new Set(keysOf(family.ranking(crowd))).size).toBe(7)
    const clock = { start: TEST_TIME + INTERVAL_MS, anchor: TEST_TIME + INTERVAL_MS, slotMs: SLOT_MS }
    const turns = crowd.agents().map(({ publicKey }) => family.turnOf(crowd, publicKey, clock))
    const ranks = turns.flatMap(turn => turn?.rank ?? [])
    expect(new Set(ranks).size, 'no place has two owners').toBe(ranks.length)
    expect([...ranks].sort((a, b) => a - b).slice(0, 7)).toEqual([0, 1, 2, 3, 4, 5, 6])
  })
})

describe('turns and claims (F-51, F-54)', () => {
  const network = visionNetwork(9)
  const parent = network.tree.final
  const state = stateOf(parent)
  const family = familyOn(network, parent)
  const clock = clockOn(parent)
  const list = family.ranking(state)

  it('V043: who is on the list has the turn of its place; the claim says which', () => {
    list.forEach(({ publicKey }, slot) => {
      expect(family.turnOf(state, publicKey, clock)).toEqual({ rank: slot, claim: encode(VisionClaim, { rotation: 0, slot }) })
    })
  })

  it('F-51: who is not on this list comes up on a later one, and nobody is asked twice for one place', () => {
    const others = network.signers.filter(({ publicKey }) => !list.some(entry => equalBytes(entry.publicKey, publicKey)))
    expect(others).toHaveLength(2)
    const turns = others.map(({ publicKey }) => family.turnOf(state, publicKey, clock)!)
    for (const turn of turns) expect(turn.rank).toBeGreaterThanOrEqual(7)
    expect(new Set(turns.map(({ rank }) => rank)).size).toBe(2)
  })

  it('V040, F-51: after a full rotation each gets another try, by a fresh draw', () => {
    const later = { ...clock, start: clock.anchor + 7 * SLOT_MS }
    const ranks = network.signers.map(({ publicKey }) => family.turnOf(state, publicKey, later)!.rank)
    expect(Math.min(...ranks)).toBeGreaterThanOrEqual(7)
    const order = (at: typeof clock): string[] =>
      network.signers
        .map(({ publicKey }) => ({ key: toHex(publicKey), rank: family.turnOf(state, publicKey, at)!.rank }))
        .sort((a, b) => a.rank - b.rank)
        .map(({ key }) => key)
    expect(order(later)).not.toEqual(order(clock))
  })

  it('a chain that has slept for a day goes on with the slot of this moment', () => {
    const start = clock.anchor + 86_400_000
    const turn = family.turnOf(state, list[0]!.publicKey, { ...clock, start })!
    expect(turn.rank).toBeGreaterThanOrEqual(86_400_000 / SLOT_MS)
    expect(family.timestamp(state, turn, start)).toBeGreaterThan(start - SLOT_MS)
  })

  const header = (slot: number, change: object = {}) => {
    const { publicKey } = list[slot]!
    const signer = network.signers.find(each => equalBytes(each.publicKey, publicKey))!
    const turn = family.turnOf(state, publicKey, clock)!
    const { header: made } = buildBlock(network.rules, state, parent.hashBytes, signer, turn, family.timestamp(state, turn, 0), [])
    return { ...made, ...change }
  }

  it('V049: a block from the holder of a slot passes', () => {
    for (let slot = 0; slot < 7; slot++) expect(family.checkTurn(state, header(slot))).toBeNull()
  })

  it.each([
    ['another proposer', { proposer: signerAt(77).publicKey }, 'bad-rank'],
    ['the rank of another slot', { rank: 2 }, 'bad-claim'],
    ['a claim to another slot', { claim: encode(VisionClaim, { rotation: 0, slot: 2 }) }, 'bad-claim'],
    ['a slot beyond the list', { rank: 7, claim: encode(VisionClaim, { rotation: 0, slot: 7 }) }, 'bad-claim'],
    ['a later rotation that it did not win', { rank: 700, claim: encode(VisionClaim, { rotation: 100, slot: 0 }) }, 'bad-rank'],
    ['no claim', { claim: new Uint8Array(0) }, 'bad-claim'],
    ['a claim with a byte to spare', { claim: new Uint8Array(6) }, 'bad-claim'],
    ['a slot that has not begun', { timestamp: TEST_TIME + INTERVAL_MS + SLOT_MS - 1 }, 'bad-timestamp'],
    ['a slot that has begun for a while', { timestamp: TEST_TIME + INTERVAL_MS + SLOT_MS + 1 }, 'bad-timestamp']
  ])('F-54, V049: %s is refused', (_what, change, code) => {
    expect(family.checkTurn(state, header(1, change))).toMatchObject({ code })
  })

  it('V117: slot k begins k · 1200 ms after the first, up to 7200 ms', () => {
    expect([0, 1, 6].map(slot => header(slot).timestamp - TEST_TIME - INTERVAL_MS)).toEqual([0, 1200, 7200])
  })

  it('V044: a proposer speaks in its slot plus a jitter of 50 … 399 ms; votes are due when the slot begins (F-55)', () => {
    list.forEach(({ publicKey }, slot) => {
      const turn = family.turnOf(state, publicKey, clock)!
      const jitter = family.proposalTime(state, turn, publicKey, clock) - clock.anchor - slot * SLOT_MS
      expect(jitter).toBeGreaterThanOrEqual(50)
      expect(jitter).toBeLessThan(400)
      expect(family.voteTime(state, header(slot), clock)).toBe(clock.anchor + slot * SLOT_MS)
    })
  })

  it('the jitter stays within a third of a short slot', () => {
    const quick = createNetwork(9, { config: { ...vision.defaultConfig(0), slotMs: 120 }, heartbeatTtl: NEVER })
    const quickState = stateOf(quick.tree.final)
    const quickFamily = quick.rules.familyOf(quickState)
    const at = clockOn(quick.tree.final)
    const jitters = quickFamily.ranking(quickState).map(({ publicKey }, slot) => {
      const turn = quickFamily.turnOf(quickState, publicKey, at)!
      return quickFamily.proposalTime(quickState, turn, publicKey, at) - slotAfterAnchor(slot, at)
    })
    expect(Math.max(...jitters)).toBeLessThanOrEqual(40)
    expect(Math.min(...jitters)).toBeGreaterThanOrEqual(5)
    expect(new Set(jitters).size).toBeGreaterThan(1)
  })

  it('V119: the number of backups is a parameter; a list is never longer than the pool', () => {
    const sizeOf = (founders: number, backups: number): number => {
      const other = visionNetwork(founders, { backups })
      return familyOn(other, other.tree.final).ranking(stateOf(other.tree.final)).length
    }
    expect([sizeOf(9, 0), sizeOf(9, 2), sizeOf(9, 7), sizeOf(3, 6), sizeOf(1, 6)]).toEqual([1, 3, 8, 3, 1])
  })

  it('F-53: a single node wins every slot', () => {
    const alone = visionNetwork(1)
    const aloneState = stateOf(alone.tree.final)
    const aloneFamily = alone.rules.familyOf(aloneState)
    for (const slots of [0, 1, 5]) {
      const at = { ...clockOn(alone.tree.final), start: clock.anchor + slots * SLOT_MS }
      expect(aloneFamily.turnOf(aloneState, alone.signers[0]!.publicKey, at)).toMatchObject({ rank: slots })
    }
  })
})

describe('blocks', () => {
  it('V039, V108: a chain of primaries has a block every two seconds', () => {
    const network = visionNetwork(4)
    let parent = network.tree.final
    for (let height = 1; height <= 5; height++) {
      parent = grow(network, parent)
      expect([parent.height, parent.header.timestamp]).toEqual([height, TEST_TIME + height * INTERVAL_MS])
    }
  })

  it('V110, V148: a backup builds on, and those before it are charged for their turn', () => {
    const network = visionNetwork(4)
    const parent = network.tree.final
    const list = familyOn(network, parent).ranking(stateOf(parent))
    const entry = grow(network, parent, { rank: 2 })
    const missed = (slot: number): number => stateOf(entry).agent(list[slot]!.publicKey)!.missed
    const balance = (slot: number, at: BlockEntry): bigint => stateOf(at).agent(list[slot]!.publicKey)!.balance
    expect([0, 1, 2, 3].map(missed)).toEqual([1, 1, 0, 0])
    expect(balance(0, parent) - balance(0, entry)).toBe(network.genesis.missedSlotPenalty)
    expect(balance(3, parent) - balance(3, entry)).toBe(0n)
    expect(balance(2, entry) - balance(2, parent)).toBe(network.genesis.blockReward)
    // The next block of one that was late clears its count.
    const next = familyOn(network, entry).ranking(stateOf(entry))
    const again = grow(network, entry, { rank: keysOf(next).indexOf(toHex(list[0]!.publicKey)) })
    expect(stateOf(again).agent(list[0]!.publicKey)!.missed).toBe(0)
  })

  it('what a block holds does not move the list of the next height (F-06, F-07)', () => {
    const lists = [0, 1, 2, 3, 4, 5].map(count => {
      const network = visionNetwork(4)
      const [a, b] = network.signers
      const transactions = Array.from({ length: count }, (_, i) => compose.transfer(network.networkId, a!, i, b!.publicKey, BigInt(i + 1)))
      const entry = grow(network, network.tree.final, { transactions })
      return keysOf(familyOn(network, entry).ranking(stateOf(entry)))
    })
    for (const list of lists) expect(list).toEqual(lists[0])
  })

  it('a second execution comes to the same state (V016)', () => {
    const network = visionNetwork(4, {}, {}, 1)
    let parent = network.tree.final
    for (let height = 1; height <= 6; height++) {
      const made = makeBlock(network, parent, { rank: height % Math.min(3, familyOn(network, parent).ranking(stateOf(parent)).length) })
      const again = executeBlock(network.rules, stateOf(parent), parent.hashBytes, made.header, made.transactions!)
      assert(again.ok, 'the block is valid')
      expect(toHex(again.value.root)).toBe(toHex(made.header.stateRoot))
      parent = addBlock(network.tree, made)
      network.tree.stateOf(parent)
    }
  })
})

describe('the mode adaptive', () => {
  it('V152: the fewer are doubtful, the fewer backups; the list is long enough that all of it is doubtful in less than one case of 1,024', () => {
    expect(backupsByAvailability(10, 0, 6)).toBe(1)
    expect(backupsByAvailability(10, 1, 6)).toBe(1)
    expect(backupsByAvailability(1000, 100, 6)).toBe(2)
    expect(backupsByAvailability(1000, 900, 6)).toBe(6)
    expect(backupsByAvailability(10, 10, 0)).toBe(0)
    for (let doubtful = 0; doubtful <= 40; doubtful++) {
      const backups = backupsByAvailability(40, doubtful, 6)
      let odds = 1
      for (let i = 0; i <= backups; i++) odds *= (doubtful - i) / (40 - i)
      expect(backups === 6 || odds <= 1 / 1024).toBe(true)
    }
  })

  it('V151: jitter grows with the pool up to eight members; one alone has none', () => {
    expect([1, 2, 8, 1000].map(pool => jitterByPool(399, pool))).toEqual([0, 57, 399, 399])
  })

  it('V149: the timeout follows latency, within one and four times the configured one', () => {
    let timeout = SLOT_MS
    for (let i = 0; i < 20; i++) timeout = timeoutAfterBlock(timeout, SLOT_MS, true)
    expect(timeout).toBe(4 * SLOT_MS)
    for (let i = 0; i < 200; i++) timeout = timeoutAfterBlock(timeout, SLOT_MS, false)
    expect(timeout).toBe(SLOT_MS)
  })

  it('V149: on the chain it grows when somebody reliable was passed over, and not for those who were silent already', () => {
    const network = visionNetwork(4, {}, {}, 1)
    const slotLength = (parent: BlockEntry): number => {
      const family = familyOn(network, parent)
      const time = (rank: number): number => family.timestamp(stateOf(parent), { rank, claim: new Uint8Array(0) }, 0)
      return time(1) - time(0)
    }
    let parent = network.tree.final
    expect(slotLength(parent)).toBe(SLOT_MS)
    parent = grow(network, parent, { rank: 1 })
    expect(slotLength(parent)).toBe(1500)
    const silent = keysOf(familyOn(network, network.tree.final).ranking(stateOf(network.tree.final)))[0]
    let passedOver = 0
    for (let i = 0; i < 12; i++) {
      const before = slotLength(parent)
      const leads = keysOf(familyOn(network, parent).ranking(stateOf(parent)))[0] === silent
      if (leads) passedOver++
      parent = grow(network, parent, { rank: leads ? 1 : 0 })
      expect(slotLength(parent)).toBe(Math.max(SLOT_MS, before - Math.ceil(before / 32)))
    }
    expect(passedOver).toBeGreaterThan(0)
  })
})

describe('configuration', () => {
  it('V017–V025: the defaults are those of the seed, and they pass', () => {
    for (const mode of [0, 1]) expect(checkConfig(vision.defaultConfig(mode))).toBeNull()
    const { gate, heartbeatTtl, config } = vision.create(vision.defaultConfig(0), createNetwork(1).genesis)
    expect(gate).toMatchObject({ minReadyPeers: 1, maxDesyncBlocks: 2, eligibleStreak: 3, snapshotMs: 1000, backups: 6, jitterMinMs: 50, jitterMaxMs: 400 })
    expect([heartbeatTtl, config.slotMs, config.blockIntervalMs]).toEqual([8, 1200, 2000])
  })

  it.each<[string, Partial<VisionParameters>]>([
    ['heartbeats within two blocks', { heartbeatWithin: 2 }],
    ['registrations that settle at once', { settlingBlocks: 0 }],
    ['more backups than can be counted as missed', { backups: 8 }],
    ['no room for a jitter', { jitterMinMs: 400, jitterMaxMs: 400 }],
    ['no jitter at all', { jitterMinMs: 0, jitterMaxMs: 0 }],
    ['a jitter like a slot', { jitterMaxMs: 20_000 }],
    ['snapshots without end', { snapshotMs: 10 }],
    ['a streak that nobody reaches', { eligibleStreak: 61 }]
  ])('refuses %s', (_what, changes) => {
    expect(checkConfig({ ...vision.defaultConfig(0), parameters: encodeParameters(changes) })).toMatchObject({ code: 'bad-config' })
  })

  it('refuses parameters that are not one canonical encoding', () => {
    const { parameters } = vision.defaultConfig(0)
    for (const bytes of [new Uint8Array(0), parameters.slice(1), Uint8Array.of(...parameters, 0)])
      expect(checkConfig({ ...vision.defaultConfig(0), parameters: bytes })).toMatchObject({ code: 'bad-config' })
  })
})
