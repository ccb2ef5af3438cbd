import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { toHex } from '../bytes'
import { MAX_VALIDATORS } from '../limits'
import { AGENT_LEFT, AGENT_PENALISED } from '../schema'
import type { AgentRecord, Plot } from '../schema'
import { TIERS } from '../state/stake'
import { addBlock, compose, createNetwork, makeBlock, signerAt } from '../testing/network'
import {
  committee,
  epochOf,
  isLastOfEpoch,
  LEAVES_PER_WEIGHT,
  MAX_SPACE_WEIGHT,
  MEMBERSHIP_INVITED,
  MEMBERSHIP_OPEN,
  MEMBERSHIP_SPACE,
  MEMBERSHIP_STAKE,
  STAKE_AGE
} from './validatorSet'
import { agentRecord } from '../testing/agents'

const agent = (number: number, change: Partial<AgentRecord> = {}): AgentRecord => agentRecord(new Uint8Array(32).fill(number), change)
const rules = { heartbeatTtl: 16, minCommittee: 4, membership: MEMBERSHIP_OPEN }
const numbers = (agents: AgentRecord[], height = 1, limits = rules) => committee(agents, [], height, limits).map(seat => seat.publicKey[0])

describe('epochs', () => {
  it('heights 1 … E are epoch 0, E + 1 … 2E epoch 1', () => {
    expect([0, 1, 8, 9, 16, 17].map(height => epochOf(height, 8))).toEqual([0, 0, 0, 1, 1, 2])
    expect([0, 1, 7, 8, 9, 16].map(height => isLastOfEpoch(height, 8))).toEqual([false, false, false, true, false, true])
  })

  it('the last height of an epoch and the next belong to neighbours', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 1_000_000 }), fc.integer({ min: 1, max: 500 }), (height, length) => {
        expect(epochOf(height + 1, length) - epochOf(height, length)).toBe(isLastOfEpoch(height, length) ? 1 : 0)
      })
    )
  })
})

describe('committee', () => {
  it('below minCommittee only the longest-registered living member votes; from it on all do', () => {
    const agents = [agent(3, { registeredAt: 5 }), agent(1, { registeredAt: 9 }), agent(2, { registeredAt: 7 })]
    expect(numbers(agents)).toEqual([3])
    expect(numbers([...agents, agent(4, { registeredAt: 6 })])).toEqual([3, 4, 2, 1])
  })

  it('members of equal age are ordered by key, and the order of the registry does not matter', () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.integer({ min: 1, max: 250 }), { minLength: 1, maxLength: 12 }),
        fc.array(fc.nat({ max: 5 }), { minLength: 12, maxLength: 12 }),
        (keys, ages) => {
          const agents = keys.map((key, i) => agent(key, { registeredAt: ages[i]! }))
          expect(numbers([...agents].reverse())).toEqual(numbers(agents))
        }
      )
    )
  })

  it('the silent, the departed and the penalised have no seat', () => {
    const agents = [
      agent(1, { lastHeartbeat: 80 }),
      agent(2, { lastHeartbeat: 83 }),
      agent(3, { lastHeartbeat: 99, status: AGENT_LEFT }),
      agent(4, { lastHeartbeat: 99, status: AGENT_PENALISED })
    ]
    expect(numbers(agents, 100, { ...rules, minCommittee: 1 })).toEqual([])
    expect(numbers(agents, 99, { ...rules, minCommittee: 1 })).toEqual([2])
    expect(numbers(agents, 96, { ...rules, minCommittee: 1 })).toEqual([1, 2])
  })

  it('never more seats than MAX_VALIDATORS, the seniors first, each of weight 1', () => {
    const agents = Array.from({ length: MAX_VALIDATORS + 40 }, (_, i) =>
      agent(i, { publicKey: new Uint8Array(32).fill(i & 255).fill(i >> 8, 0, 1), registeredAt: 1000 - i })
    )
    const seats = committee(agents, [], 1, rules)
    expect(seats).toHaveLength(MAX_VALIDATORS)
    expect(toHex(seats[0]!.publicKey)).toBe(toHex(agents.at(-1)!.publicKey))
    expect(seats.every(seat => seat.weight === 1)).toBe(true)
  })
})

/** Weights by the number of each agent, in the order of the seats. */
const weights = (agents: AgentRecord[], plots: Plot[], height: number, membership: number) =>
  committee(agents, plots, height, { heartbeatTtl: 10_000, minCommittee: 1, membership }).map(({ publicKey, weight }) => [publicKey[0], weight])

describe('weights by space (PROTOCOL §2, F-46)', () => {
  const plot = (owner: number, leaves: number, registeredAt = 0): Plot => ({
    owner: new Uint8Array(32).fill(owner),
    seed: new Uint8Array(32),
    leaves,
    leafFunction: 1,
    root: new Uint8Array(32),
    registeredAt
  })
  const agents = [1, 2, 3, 4].map(number => agent(number))
  const bySpace = (plots: Plot[], height = 1) => weights(agents, plots, height, MEMBERSHIP_SPACE)

  it('one for each 64 leaves, all plots of an owner together; who has fewer has no vote', () => {
    const plots = [plot(1, LEAVES_PER_WEIGHT), plot(2, 256), plot(2, 128), plot(3, LEAVES_PER_WEIGHT / 2)]
    expect(bySpace(plots)).toEqual([
      [1, 1],
      [2, 6]
    ])
    expect(bySpace([...plots, plot(3, LEAVES_PER_WEIGHT / 2)])).toEqual([
      [1, 1],
      [2, 6],
      [3, 1]
    ])
  })

  it('no more than the cap, however much space: space alone must not buy a room', () => {
    const cap = LEAVES_PER_WEIGHT * MAX_SPACE_WEIGHT
    expect(bySpace([plot(1, cap / 2), plot(2, cap), plot(3, 2 * cap), plot(4, 1 << 21), plot(4, 1 << 21)])).toEqual([
      [1, MAX_SPACE_WEIGHT / 2],
      [2, MAX_SPACE_WEIGHT],
      [3, MAX_SPACE_WEIGHT],
      [4, MAX_SPACE_WEIGHT]
    ])
  })

  it('a plot counts 16 blocks after its registration, that of the genesis at once', () => {
    const plots = [plot(1, 64), plot(2, 64, 5)]
    expect(bySpace(plots, 4 + STAKE_AGE)).toEqual([[1, 1]])
    expect(bySpace(plots, 5 + STAKE_AGE)).toEqual([
      [1, 1],
      [2, 1]
    ])
  })

  it('space of who is not alive, or of nobody, has no vote; deposits count for nothing here', () => {
    const some = [agent(1, { deposit: 1_000_000n }), agent(2, { status: AGENT_LEFT }), agent(3, { status: AGENT_PENALISED })]
    expect(weights(some, [plot(2, 640), plot(3, 640), plot(9, 640)], 1, MEMBERSHIP_SPACE)).toEqual([])
  })
})

describe('weights by stake (D-22, F-03)', () => {
  const byStake = (agents: AgentRecord[], height = 1) => weights(agents, [], height, MEMBERSHIP_STAKE)

  it('the tier of a deposit decides, at its exact border', () => {
    const agents = TIERS.flatMap(({ deposit }, i) => [agent(10 * i + 1, { deposit }), agent(10 * i + 2, { deposit: deposit === 0n ? 0n : deposit - 1n })])
    expect(new Map(byStake(agents) as [number, number][])).toEqual(
      new Map([
        [11, 1],
        [21, 10],
        [22, 1],
        [31, 100],
        [32, 10]
      ])
    )
  })

  it('a deposit counts 16 blocks after its last change', () => {
    const agents = [agent(1, { deposit: 1_000n }), agent(2, { deposit: 1_000n, depositedAt: 7 })]
    expect(byStake(agents, 6 + STAKE_AGE)).toEqual([[1, 1]])
    expect(byStake(agents, 7 + STAKE_AGE)).toEqual([
      [1, 1],
      [2, 1]
    ])
  })

  it('open and invited rooms count heads, whatever is deposited', () => {
    const agents = [agent(1, { deposit: 1_000_000n }), agent(2)]
    for (const membership of [MEMBERSHIP_OPEN, MEMBERSHIP_INVITED])
      expect(weights(agents, [], 1, membership)).toEqual([
        [1, 1],
        [2, 1]
      ])
  })
})

describe('R9: the set of an epoch is the registry `lookahead` epochs before it begins', () => {
  it('with a look-ahead of one, a newcomer of epoch 0 votes from epoch 2 on', () => {
    const network = createNetwork(1, { epochLength: 3, lookahead: 1, minCommittee: 1, heartbeatTtl: 100 })
    const newcomer = signerAt(50)
    const sets: number[][] = []
    let parent = network.tree.final
    for (let height = 1; height <= 9; height++) {
      const transactions = height === 2 ? [compose.register(network.networkId, newcomer, 'Nina')] : []
      // A registered agent has a rank, too: take the founder's.
      const rank = network.rules
        .familyOf(parent.state!)
        .ranking(parent.state!)
        .findIndex(({ publicKey }) => toHex(publicKey) === toHex(network.signers[0]!.publicKey))
      const block = makeBlock(network, parent, { rank, transactions })
      parent = addBlock(network.tree, block)
      expect(network.tree.stateOf(parent)).not.toBeNull()
      const [current, next] = parent.state!.sets
      sets.push([current!.epoch, current!.total, next!.total])
    }
    // After height 3 the registry with the newcomer decides epoch 2, which begins at height 7.
    expect(sets).toEqual([
      [0, 1, 1],
      [0, 1, 1],
      [1, 1, 2],
      [1, 1, 2],
      [1, 1, 2],
      [2, 2, 2],
      [2, 2, 2],
      [2, 2, 2],
      [3, 2, 2]
    ])
  })

  it('with the look-ahead of a playground it votes three epochs later, and every set in between is known', () => {
    const network = createNetwork(1, { epochLength: 2, lookahead: 3, minCommittee: 1, heartbeatTtl: 100 })
    let parent = network.tree.final
    const totals: number[][] = []
    for (let height = 1; height <= 9; height++) {
      const transactions = height === 2 ? [compose.register(network.networkId, signerAt(50), 'Nina')] : []
      const family = network.rules.familyOf(parent.state!)
      const rank = family.ranking(parent.state!).findIndex(({ publicKey }) => toHex(publicKey) === toHex(network.signers[0]!.publicKey))
      parent = addBlock(network.tree, makeBlock(network, parent, { rank, transactions }))
      expect(network.tree.stateOf(parent)).not.toBeNull()
      expect(parent.state!.sets.map(({ epoch }) => epoch)).toEqual([0, 1, 2, 3].map(i => epochOf(height + 1, 2) + i))
      totals.push(parent.state!.sets.map(({ total }) => total))
    }
    expect(totals[0]).toEqual([1, 1, 1, 1])
    // Height 2 closes epoch 0: its registry decides epoch 4, which begins at height 9.
    expect(totals[1]).toEqual([1, 1, 1, 2])
    expect(totals[6]).toEqual([1, 2, 2, 2])
    expect(totals[7]).toEqual([2, 2, 2, 2])
  })

  it('when nobody is alive the old set stays: the chain can still be woken', () => {
    const network = createNetwork(4, { epochLength: 2, heartbeatTtl: 2 })
    let parent = network.tree.final
    for (let height = 1; height <= 12; height++) {
      parent = addBlock(network.tree, makeBlock(network, parent))
      expect(network.tree.stateOf(parent)).not.toBeNull()
      expect(parent.state!.currentSet.total).toBe(4)
    }
  })
})
