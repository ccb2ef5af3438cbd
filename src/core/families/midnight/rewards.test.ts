import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { compareBytes, toHex, u32le } from '../../bytes'
import { executeBlock } from '../../chain/execute'
import { taggedHash } from '../../crypto/hash'
import { playgroundConfig } from '../../genesis'
import type { AgentRecord, Genesis } from '../../schema'
import { TIERS } from '../../state/stake'
import type { WorldState } from '../../state/worldState'
import { compose, createNetwork, makeBlock } from '../../testing/network'
import { tieredNetwork } from '../../testing/midnightVectors'
import { defaultParameters, DEFAULT_REWARD_SCALE, encodeParameters, REWARDS_TO_PROPOSER } from './parameters'
import { MAX_REWARD_RECIPIENTS, payByTier, rewardList, rewardPool, splitPool } from './rewards'
import { midnight } from './rules'
import { agentRecord } from '../../testing/agents'

const agent = (number: number, deposit = 0n, registeredAt = 0): AgentRecord => agentRecord(taggedHash('test-key', u32le(number)), { registeredAt, deposit })
const agents = (count: number) => Array.from({ length: count }, (_, i) => agent(i))
const RICH = 1n << 60n
const deposits = fc.array(fc.constantFrom(0n, 999n, 1_000n, 9_999n, 10_000n, 100_000n, 5_000_000n), { minLength: 0, maxLength: 40 })

describe('D-22: the pool, 2,000 · ln(1 + n/50) units in milli-units', () => {
  it('is within one milli-unit of the floating-point formula, from none to all that a registry holds', () => {
    const counts = [...Array.from({ length: 3000 }, (_, n) => n), 10_000, 100_000, 1 << 20]
    for (const n of counts)
      expect(Math.abs(Number(rewardPool(n, DEFAULT_REWARD_SCALE)) - DEFAULT_REWARD_SCALE * Math.log(1 + n / 50)), `n = ${n}`).toBeLessThanOrEqual(1)
  })

  it('nobody: nothing; ten: 364.643 units, not the 526 of the table in the original; fifty: 2,000 · ln 2', () => {
    expect([0, 10, 50].map(n => rewardPool(n, DEFAULT_REWARD_SCALE))).toEqual([0n, 364_643n, 1_386_294n])
  })

  it('grows with every masternode, and each adds less than the one before', () => {
    const pools = Array.from({ length: 400 }, (_, n) => Number(rewardPool(n, DEFAULT_REWARD_SCALE)))
    const steps = pools.slice(1).map((pool, i) => pool - pools[i]!)
    expect(steps.every(step => step > 0)).toBe(true)
    // Rounding moves a step by at most one.
    expect(steps.slice(1).every((step, i) => step <= steps[i]! + 1)).toBe(true)
  })
})

describe('D-22: how it is shared', () => {
  it('treasury and shares are the pool, exactly; no share is more than its part (S6)', () => {
    fc.assert(
      fc.property(deposits, fc.integer({ min: 0, max: 1000 }), fc.bigInt({ min: 0n, max: 2_000_000n }), (list, treasuryPermille, available) => {
        const members = rewardList(list.map((deposit, i) => agent(i, deposit)))
        const { pool, treasury, shares } = splitPool(members, { ...defaultParameters, treasuryPermille }, available)
        expect(shares.reduce((sum, { amount }) => sum + amount, treasury)).toBe(pool)
        expect(pool <= available && treasury >= 0n && treasury >= (pool * BigInt(treasuryPermille)) / 1000n).toBe(true)
        // What rounding leaves is less than one milli-unit per recipient.
        expect(treasury <= (pool * BigInt(treasuryPermille)) / 1000n + BigInt(Math.max(1, shares.length)) || shares.length === 0).toBe(true)
      })
    )
  })

  it('one of each tier: 1 : 10 : 100 : 1000', () => {
    const { pool, shares } = splitPool(rewardList(TIERS.map(({ deposit }, i) => agent(i, deposit))), defaultParameters, RICH)
    const shared = pool - pool / 10n
    const byKey = new Map(shares.map(({ to, amount }) => [toHex(to), amount]))
    expect(TIERS.map((_, i) => byKey.get(toHex(agent(i).publicKey)))).toEqual([1n, 10n, 100n, 1000n].map(weight => (shared * weight) / 1111n))
  })

  it('M015: the list is sorted by key, whatever order the registry has', () => {
    fc.assert(
      fc.property(fc.shuffledSubarray(agents(30), { minLength: 30 }), shuffled => {
        expect(rewardList(shuffled)).toEqual(rewardList(agents(30)))
      })
    )
    const { recipients } = rewardList(agents(30))
    for (let i = 1; i < 30; i++) expect(compareBytes(recipients[i - 1]!.publicKey, recipients[i]!.publicKey)).toBeLessThan(0)
  })

  it('more than 128: the longest registered are paid, and the pool counts everybody', () => {
    const list = rewardList(Array.from({ length: 300 }, (_, i) => agent(i, 0n, 300 - i)))
    expect(list.masternodes).toBe(300)
    expect(list.recipients.map(({ publicKey }) => toHex(publicKey)).sort()).toEqual(
      Array.from({ length: MAX_REWARD_RECIPIENTS }, (_, i) => toHex(agent(299 - i).publicKey)).sort()
    )
    expect(splitPool(list, defaultParameters, RICH).pool).toBe(rewardPool(300, DEFAULT_REWARD_SCALE))
  })

  it('an empty treasury pays what it has', () => {
    const list = rewardList(agents(4))
    expect(splitPool(list, defaultParameters, 1000n)).toMatchObject({ pool: 1000n, treasury: 100n })
    expect(payByTier(list, defaultParameters, agent(0).publicKey, 0n, 0n)).toEqual([])
  })
})

describe('on a chain', () => {
  const paidTo = (before: WorldState, after: WorldState) =>
    new Map(after.agents().map(({ publicKey, balance }) => [toHex(publicKey), balance - (before.agent(publicKey)?.balance ?? 0n)]))
  const supply = (state: WorldState) => state.agents().reduce((sum, { balance, deposit }) => sum + balance + deposit, state.treasury)
  const parametersOf = (changes: Parameters<typeof encodeParameters>[0]): Partial<Genesis> => ({
    config: playgroundConfig({ ...midnight.defaultConfig(0), parameters: encodeParameters(changes) })
  })

  it('M015: whoever proposes, everybody gets the same but for half of the fees; the other half goes to the treasury', () => {
    const network = tieredNetwork(0)
    const parent = network.tree.final
    const [a, b] = network.signers
    const transactions = [compose.transfer(network.networkId, a!, 0, b!.publicKey, 10n, 7n)]
    const blocks = [0, 1, 2, 3].map(rank => makeBlock(network, parent, { rank, transactions }))
    const expected = new Map(
      splitPool(rewardList(parent.state!.agents()), defaultParameters, network.genesis.treasury).shares.map(({ to, amount }) => [toHex(to), amount])
    )
    for (const { header, state } of blocks) {
      const paid = paidTo(parent.state!, state!)
      for (const { publicKey } of network.signers) {
        const moved = publicKey === a!.publicKey ? -17n : publicKey === b!.publicKey ? 10n : 0n
        const fee = toHex(publicKey) === toHex(header.proposer) ? 3n : 0n
        expect(paid.get(toHex(publicKey))).toBe(expected.get(toHex(publicKey))! + moved + fee)
      }
      expect(supply(state!)).toBe(supply(parent.state!))
    }
    expect(new Set(blocks.map(({ state }) => state!.treasury)).size, 'the treasury is the same, too').toBe(1)
  })

  it('shares of pool and fees are parameters', () => {
    const network = createNetwork(4, parametersOf({ treasuryPermille: 1000, feeToProposerPermille: 1000 }))
    const [a, b] = network.signers
    const block = makeBlock(network, network.tree.final, { transactions: [compose.transfer(network.networkId, a!, 0, b!.publicKey, 10n, 7n)] })
    expect(block.state!.treasury, 'all of the pool stays, no fee comes in').toBe(network.genesis.treasury)
  })

  it('rewards 0: the block reward and all fees to the proposer, one payout for any number of members', () => {
    const network = createNetwork(4, parametersOf({ rewards: REWARDS_TO_PROPOSER }))
    const block = makeBlock(network, network.tree.final)
    const paid = paidTo(network.tree.final.state!, block.state!)
    expect([...paid.values()].filter(amount => amount !== 0n)).toEqual([network.genesis.blockReward])
    expect(paid.get(toHex(block.header.proposer))).toBe(network.genesis.blockReward)
  })

  it('a block that pays otherwise has another state root and is refused', () => {
    const network = createNetwork(4)
    const generous = createNetwork(4, parametersOf({ rewardScale: 2 * DEFAULT_REWARD_SCALE }))
    const parent = network.tree.final
    const honest = makeBlock(network, parent)
    const edit = honest.state!.edit()
    edit.update(honest.header.proposer, { balance: honest.state!.agent(honest.header.proposer)!.balance + 1n })
    const forged = { ...honest.header, stateRoot: edit.finish().root }
    expect(executeBlock(network.rules, parent.state!, parent.hashBytes, honest.header, [])).toMatchObject({ ok: true })
    expect(executeBlock(network.rules, parent.state!, parent.hashBytes, forged, [])).toMatchObject({ code: 'bad-state-root' })
    expect(paidTo(generous.tree.final.state!, makeBlock(generous, generous.tree.final).state!)).not.toEqual(paidTo(parent.state!, honest.state!))
  })
})
