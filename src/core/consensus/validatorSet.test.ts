import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { toHex } from '../bytes'
import { MAX_VALIDATORS } from '../limits'
import { AGENT_ACTIVE, AGENT_LEFT, AGENT_PENALISED } from '../schema'
import type { AgentRecord } from '../schema'
import { addBlock, compose, createNetwork, makeBlock, signerAt } from '../testing/network'
import { committee, epochOf, isLastOfEpoch } from './validatorSet'

const agent = (number: number, change: Partial<AgentRecord> = {}): AgentRecord => ({
  publicKey: new Uint8Array(32).fill(number),
  name: new Uint8Array(32),
  status: AGENT_ACTIVE,
  balance: 0n,
  nonce: 0,
  registeredAt: 0,
  lastHeartbeat: 0,
  blocksMade: 0,
  ...change
})
const rules = { heartbeatTtl: 16, minCommittee: 4 }
const numbers = (agents: AgentRecord[], height = 1, limits = rules) => committee(agents, height, limits).map(seat => seat.publicKey[0])

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
    expect(numbers(agents, 100, { heartbeatTtl: 16, minCommittee: 1 })).toEqual([])
    expect(numbers(agents, 99, { heartbeatTtl: 16, minCommittee: 1 })).toEqual([2])
    expect(numbers(agents, 96, { heartbeatTtl: 16, minCommittee: 1 })).toEqual([1, 2])
  })

  it('never more seats than MAX_VALIDATORS, the seniors first, each of weight 1', () => {
    const agents = Array.from({ length: MAX_VALIDATORS + 40 }, (_, i) =>
      agent(i, { publicKey: new Uint8Array(32).fill(i & 255).fill(i >> 8, 0, 1), registeredAt: 1000 - i })
    )
    const seats = committee(agents, 1, rules)
    expect(seats).toHaveLength(MAX_VALIDATORS)
    expect(toHex(seats[0]!.publicKey)).toBe(toHex(agents.at(-1)!.publicKey))
    expect(seats.every(seat => seat.weight === 1)).toBe(true)
  })
})

describe('R9: the set of epoch e is the registry at the last block of epoch e − 2', () => {
  it('a newcomer of epoch 0 votes from epoch 2 on', () => {
    const network = createNetwork(1, { epochLength: 3, minCommittee: 1, heartbeatTtl: 100 })
    const newcomer = signerAt(50)
    const sets: number[][] = []
    let parent = network.tree.final
    for (let height = 1; height <= 9; height++) {
      const transactions = height === 2 ? [compose.register(network.networkId, newcomer, 'Nina')] : []
      // A registered agent has a rank, too: take the founder's.
      const rank = network.rules.family.ranking(parent.state!).findIndex(({ publicKey }) => toHex(publicKey) === toHex(network.signers[0]!.publicKey))
      const block = makeBlock(network, parent, { rank, transactions })
      parent = addBlock(network.tree, block)
      expect(network.tree.stateOf(parent)).not.toBeNull()
      const { current, next } = parent.state!.sets
      sets.push([current.epoch, current.total, next.total])
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

  it('when nobody is alive the old set stays: the chain can still be woken', () => {
    const network = createNetwork(4, { epochLength: 2, heartbeatTtl: 2 })
    let parent = network.tree.final
    for (let height = 1; height <= 12; height++) {
      parent = addBlock(network.tree, makeBlock(network, parent))
      expect(network.tree.stateOf(parent)).not.toBeNull()
      expect(parent.state!.sets.current.total).toBe(4)
    }
  })
})
