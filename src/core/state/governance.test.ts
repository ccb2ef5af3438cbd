/** Deposits, votes that contradict, invitations, changes of configuration, anchors. */
import { describe, expect, it } from 'vitest'
import { toHex } from '../bytes'
import type { BlockEntry } from '../chain/blockTree'
import { encode } from '../codec'
import { epochOf, MEMBERSHIP_INVITED, MEMBERSHIP_STAKE, STAKE_AGE } from '../consensus/validatorSet'
import type { Signer } from '../crypto/ed25519'
import { EVIDENCE_WINDOW } from '../limits'
import { nameToBytes } from '../names'
import {
  AGENT_LEFT,
  AGENT_PENALISED,
  ConfigurePayload,
  DepositPayload,
  InvitePayload,
  PlotPayload,
  ProducerPayload,
  ReanchorPayload,
  VOTE_FINALISE,
  VOTE_NOTARISE,
  VoteEvidencePayload
} from '../schema'
import type { Transaction, Vote } from '../schema'
import { configBytes, signTransaction, signVote } from '../signing'
import { addBlock, compose, createNetwork, makeBlock, signerAt } from '../testing/network'
import {
  applyTransaction,
  checkTransaction,
  inspectTransaction,
  TX_CONFIGURE,
  TX_DEPOSIT,
  TX_INVITE,
  TX_PLOT,
  TX_PRODUCER,
  TX_REANCHOR,
  TX_VOTE_EVIDENCE,
  TX_WITHDRAW
} from './transactions'
import type { WorldState } from './worldState'
import type { TestNetwork } from '../testing/network'

const authority = signerAt(0).publicKey
const network = createNetwork(4, { authority })
const { networkId, genesis } = network
const [alice, bob, carol, dave] = network.signers as [Signer, Signer, Signer, Signer]
const root = network.tree.final.state!

type Change = Partial<typeof genesis>
const contextOn = (state: WorldState, change: Change = {}, height = state.height + 1) => ({
  state: state.edit(),
  height,
  genesis: { ...genesis, ...change },
  networkId
})
const codeOf = (transaction: Transaction, state = root, change: Change = {}, height?: number) =>
  checkTransaction(contextOn(state, change, height), transaction)?.code ?? 'ok'

function after(transactions: Transaction[], state = root, change: Change = {}, height?: number): WorldState {
  const context = contextOn(state, change, height)
  for (const transaction of transactions) {
    expect(checkTransaction(context, transaction)).toBeNull()
    applyTransaction(context, transaction)
  }
  return context.state.finish()
}

const signed = (signer: Signer, nonce: number, kind: number, payload: Uint8Array, id = networkId) =>
  signTransaction(id, { kind, sender: signer.publicKey, nonce, fee: 0n, payload }, signer)
const supplyOf = (state: WorldState) => state.agents().reduce((sum, agent) => sum + agent.balance + agent.deposit, state.treasury)

describe('F-03: a deposit is what stands to be lost', () => {
  const pay = (signer: Signer, nonce: number, amount: bigint) => signed(signer, nonce, TX_DEPOSIT, encode(DepositPayload, { amount }))
  const take = (signer: Signer, nonce: number, amount: bigint) => signed(signer, nonce, TX_WITHDRAW, encode(DepositPayload, { amount }))

  it('moves from the balance and is young again', () => {
    const state = after([pay(alice, 0, 10_000n)], root, {}, 30)
    expect(state.agent(alice.publicKey)).toMatchObject({ balance: 90_000n, deposit: 10_000n, depositedAt: 30 })
    expect(supplyOf(state)).toBe(supplyOf(root))
    expect(codeOf(pay(alice, 0, 0n))).toBe('bad-amount')
    expect(codeOf(pay(alice, 0, 100_001n))).toBe('insufficient-balance')
  })

  it('comes back only to who has left, and after the window of evidence', () => {
    const paid = after([pay(alice, 0, 10_000n)])
    expect(codeOf(take(alice, 1, 10_000n), paid)).toBe('still-active')
    const left = after([compose.leave(networkId, alice, 1)], paid, {}, 5)
    expect(left.agent(alice.publicKey)).toMatchObject({ status: AGENT_LEFT, lastHeartbeat: 5 })
    expect(codeOf(take(alice, 2, 10_000n), left, {}, 5 + EVIDENCE_WINDOW)).toBe('too-early')
    expect(codeOf(take(alice, 2, 10_001n), left, {}, 6 + EVIDENCE_WINDOW)).toBe('bad-amount')
    const state = after([take(alice, 2, 10_000n)], left, {}, 6 + EVIDENCE_WINDOW)
    expect(state.agent(alice.publicKey)).toMatchObject({ balance: 100_000n, deposit: 0n })
  })

  it('decides about votes where membership is by stake: tier and age count', () => {
    const net = createNetwork(4, { membership: MEMBERSHIP_STAKE, minCommittee: 1, epochLength: 4, lookahead: 1, heartbeatTtl: 1000 })
    let parent = net.tree.final
    const weights: number[] = []
    for (let height = 1; height <= 2 * STAKE_AGE; height++) {
      const transactions = height === 1 ? [signed(net.signers[0]!, 0, TX_DEPOSIT, encode(DepositPayload, { amount: 10_000n }), net.networkId)] : []
      parent = addBlock(net.tree, makeBlock(net, parent, { transactions }))
      expect(net.tree.stateOf(parent)).not.toBeNull()
      weights.push(parent.state!.sets.at(-1)!.weights.get(toHex(net.signers[0]!.publicKey)) ?? 0)
    }
    // Height 20 is the first end of an epoch at which a deposit of height 1 is old enough; silver weighs 10.
    expect(weights[18]).toBe(0)
    expect(weights[19]).toBe(10)
    expect([...parent.state!.sets.at(-1)!.weights]).toHaveLength(1)
  })
})

describe('R5, F-12: votes that contradict each other', () => {
  const hash = (byte: number) => new Uint8Array(32).fill(byte)
  const vote = (kind: number, byte: number, signer = dave, height = 1): Vote => signVote(networkId, { kind, height, hash: hash(byte) }, signer)
  const accuse = (first: Vote, second: Vote, nonce = 0) => signed(alice, nonce, TX_VOTE_EVIDENCE, encode(VoteEvidencePayload, { first, second }))
  const codeFor = (first: Vote, second: Vote, height = 2) => {
    const transaction = accuse(first, second)
    const inspected = inspectTransaction(networkId, transaction)
    return inspected.ok ? codeOf(transaction, root, {}, height) : inspected.code
  }

  it('two finalisations, or a finalisation beside a notarisation of another block, cost seat, deposit and half the balance', () => {
    for (const [first, second] of [
      [vote(VOTE_FINALISE, 1), vote(VOTE_FINALISE, 2)],
      [vote(VOTE_FINALISE, 2), vote(VOTE_NOTARISE, 1)]
    ] as const) {
      const rich = after([signed(dave, 0, TX_DEPOSIT, encode(DepositPayload, { amount: 20_000n }))])
      const state = after([accuse(first, second)], rich)
      expect(state.agent(dave.publicKey)).toMatchObject({ status: AGENT_PENALISED, balance: 40_000n, deposit: 0n })
      expect(supplyOf(state)).toBe(supplyOf(root))
      expect(codeOf(accuse(first, second, 1), state)).toBe('already-penalised')
    }
    const inspected = inspectTransaction(networkId, accuse(vote(VOTE_FINALISE, 1), vote(VOTE_FINALISE, 2)))
    expect(inspected.ok && inspected.value.length, 'the accuser and both votes').toBe(3)
  })

  it('what honest validators do is no evidence', () => {
    expect(codeFor(vote(VOTE_NOTARISE, 1), vote(VOTE_NOTARISE, 2)), 'notarising two blocks is allowed').toBe('bad-evidence')
    expect(codeFor(vote(VOTE_FINALISE, 1), vote(VOTE_NOTARISE, 1)), 'the same block').toBe('bad-evidence')
    expect(codeFor(vote(VOTE_FINALISE, 1), vote(VOTE_FINALISE, 2, carol)), 'two voters').toBe('bad-evidence')
    expect(codeFor(vote(VOTE_FINALISE, 1), vote(VOTE_FINALISE, 2, dave, 3)), 'two heights').toBe('bad-evidence')
    expect(codeFor(vote(VOTE_FINALISE, 2), vote(VOTE_FINALISE, 1)), 'the other order').toBe('bad-evidence')
    expect(codeFor(vote(VOTE_FINALISE, 1, signerAt(77)), vote(VOTE_FINALISE, 2, signerAt(77))), 'a stranger').toBe('already-penalised')
    expect(codeFor(vote(VOTE_FINALISE, 1), vote(VOTE_FINALISE, 2), 2 + EVIDENCE_WINDOW), 'too old').toBe('stale-evidence')
  })
})

describe('producers, plots, invitations', () => {
  it('a place among the producers is asked for and given up', () => {
    const ask = (on: number, nonce = 0) => signed(alice, nonce, TX_PRODUCER, encode(ProducerPayload, { on }))
    expect(codeOf(ask(1)), 'founders are producers').toBe('no-change')
    expect(codeOf(ask(2))).toBe('malformed')
    expect(after([ask(0)]).agent(alice.publicKey)!.producer).toBe(0)
  })

  it('a plot is registered once per owner and seed, with a power of two of leaves', () => {
    const plot = (leaves: number, nonce = 0, leafFunction = 1, signer = alice) =>
      signed(signer, nonce, TX_PLOT, encode(PlotPayload, { seed: new Uint8Array(32), leaves, leafFunction, root: new Uint8Array(32) }))
    for (const leaves of [0, 1, 3, 2 ** 22]) expect(codeOf(plot(leaves)), `${leaves} leaves`).toBe('bad-plot')
    expect(codeOf(plot(64, 0, 2))).toBe('bad-plot')
    const state = after([plot(64)], root, {}, 9)
    expect(state.plots()).toMatchObject([{ leaves: 64, registeredAt: 9 }])
    expect(codeOf(plot(128, 1), state)).toBe('already-registered')
    expect(codeOf(plot(64, 0, 1, bob), state), 'the leaves of another owner are others').toBe('ok')
    expect(root.plots(), 'the parent state is untouched').toEqual([])
  })

  it('only the authority invites, and only where invitations are needed', () => {
    const guest = signerAt(60)
    const invite = (signer: Signer, publicKey = guest.publicKey) =>
      signed(signer, 0, TX_INVITE, encode(InvitePayload, { publicKey, name: nameToBytes('Guest') }))
    const invited = { membership: MEMBERSHIP_INVITED }
    expect(codeOf(invite(alice), root, invited)).toBe('ok')
    expect(codeOf(invite(bob), root, invited)).toBe('not-authority')
    expect(codeOf(invite(alice))).toBe('not-invited')
    expect(codeOf(invite(alice, bob.publicKey), root, invited)).toBe('already-registered')
    expect(codeOf(invite(alice, new Uint8Array(32)), root, invited)).toBe('bad-key')
    expect(codeOf(invite(alice), root, { ...invited, authority: new Uint8Array(32) }), 'nobody is the authority').toBe('not-authority')
    const state = after([invite(alice)], root, invited)
    expect(state.agent(guest.publicKey)).toMatchObject({ nonce: 0, balance: 100_000n })
    expect(codeOf(compose.heartbeat(networkId, guest, 0, 0, networkId), state, invited)).not.toBe('unknown-sender')
  })
})

/** A chain with the given transactions by height; the founders of the network propose. */
function chain(net: TestNetwork, heights: number, transactionsAt: (height: number, parent: BlockEntry) => Transaction[]): BlockEntry[] {
  const entries: BlockEntry[] = [net.tree.final]
  for (let height = 1; height <= heights; height++) {
    const parent = entries.at(-1)!
    const entry = addBlock(net.tree, makeBlock(net, parent, { transactions: transactionsAt(height, parent) }))
    expect(net.tree.stateOf(entry), `height ${height}: ${entry.invalid?.code}`).not.toBeNull()
    entries.push(entry)
  }
  return entries
}

describe('PROTOCOL §8: a change of configuration', () => {
  const config = { ...genesis.config, slotMs: 900, blockIntervalMs: 1000 }
  const change = (signer: Signer, epoch: number, approvals: { voter: Uint8Array; signature: Uint8Array }[] = [], nonce = 0, wanted = config) =>
    signed(signer, nonce, TX_CONFIGURE, encode(ConfigurePayload, { epoch, config: wanted, approvals }))
  const soonest = epochOf(1, genesis.epochLength) + genesis.lookahead + 1
  const approve = (signers: Signer[], epoch = soonest) =>
    signers
      .map(signer => ({ voter: signer.publicKey, signature: signer.sign(configBytes(networkId, { epoch, config })) }))
      .sort((a, b) => (toHex(a.voter) < toHex(b.voter) ? -1 : 1))

  it('by the authority, or by a quorum of the set in force; never sooner than the window in which sets are decided', () => {
    expect(codeOf(change(alice, soonest))).toBe('ok')
    expect(codeOf(change(alice, soonest - 1))).toBe('too-early')
    expect(codeOf(change(bob, soonest))).toBe('not-authority')
    expect(codeOf(change(bob, soonest, approve([bob, carol])))).toBe('not-authority')
    expect(codeOf(change(bob, soonest, approve([bob, carol, dave])))).toBe('ok')
    expect(codeOf(change(bob, soonest, approve([bob, signerAt(70), signerAt(71), signerAt(72)]))), 'strangers do not count').toBe('not-authority')
    const inspected = inspectTransaction(networkId, change(bob, soonest, approve([bob, carol, dave])))
    expect(inspected.ok && inspected.value.length).toBe(4)
    expect(codeOf(change(bob, soonest, approve([bob, carol, dave]).reverse())), 'each voter once, in order').toBe('bad-config')
    expect(codeOf(change(alice, soonest, [], 0, { ...config, family: 99 }))).toBe('bad-config')
    expect(codeOf(change(alice, soonest, [], 1), after([change(alice, soonest)]))).toBe('already-scheduled')
  })

  it('takes effect at exactly the first height of its epoch, on every branch, with the state kept (M053)', () => {
    const net = createNetwork(4, { authority, heartbeatTtl: 1000 })
    const first = soonest * net.genesis.epochLength + 1
    const entries = chain(net, first + 2, height =>
      height === 1 ? [signed(alice, 0, TX_CONFIGURE, encode(ConfigurePayload, { epoch: soonest, config, approvals: [] }), net.networkId)] : []
    )
    for (const [height, entry] of entries.entries()) {
      const expected = height + 1 < first ? 2000 : 1000
      expect(entry.state!.config.blockIntervalMs, `after height ${height}`).toBe(expected)
    }
    expect(entries[first]!.header.timestamp - entries[first - 1]!.header.timestamp).toBe(1000)
    expect(entries.at(-1)!.state!.scheduled).toBeNull()
    expect(supplyOf(entries.at(-1)!.state!)).toBe(supplyOf(root))
  })
})

describe('an anchor by the authority', () => {
  const anchorOn = (net: TestNetwork, entry: BlockEntry, signer = alice, validators = [alice, bob]) => {
    const nonce = entry.state!.agent(signer.publicKey)!.nonce
    const payload = encode(ReanchorPayload, {
      height: entry.height,
      hash: entry.hashBytes,
      validators: validators.map(({ publicKey }) => ({ publicKey, weight: 1 }))
    })
    return signed(signer, nonce, TX_REANCHOR, payload, net.networkId)
  }
  const net = createNetwork(4, { authority, heartbeatTtl: 1000 })
  const [, one, two] = chain(net, 2, () => []) as [BlockEntry, BlockEntry, BlockEntry]

  it('stands in one of the next blocks and replaces all known sets', () => {
    const block = addBlock(net.tree, makeBlock(net, two, { transactions: [anchorOn(net, two)] }))
    const state = net.tree.stateOf(block)!
    expect(block.transactions).toHaveLength(1)
    expect(state.sets).toHaveLength(net.genesis.lookahead + 1)
    for (const set of state.sets) expect([...set.weights.keys()].sort()).toEqual([alice, bob].map(({ publicKey }) => toHex(publicKey)).sort())
  })

  it('holds nowhere else, and from nobody else', () => {
    const included = (transaction: Transaction, parent: BlockEntry) => makeBlock(net, parent, { transactions: [transaction] }).transactions!.length
    expect(included(anchorOn(net, one), two), 'one block later, too').toBe(1)
    expect(included(anchorOn(net, two, bob), two), 'another key').toBe(0)
    expect(included(anchorOn(net, two, alice, [alice, signerAt(90)]), two), 'a stranger as validator').toBe(0)
    expect(included(anchorOn(net, two, alice, [alice, alice]), two), 'one validator twice').toBe(0)
    expect(included(anchorOn(net, two, alice, []), two), 'nobody').toBe(0)
  })
})
