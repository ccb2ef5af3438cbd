/**
 * Transaction kinds. Each is one row: the schema of its payload, a pure check and an application that cannot fail once the check has passed,
 * so that applying is atomic by construction (F-22). A new kind is a new row.
 */
import { compareBytes, equalBytes, toHex } from '../bytes'
import { decode } from '../codec'
import type { Schema } from '../codec'
import { isAcceptableKey } from '../crypto/ed25519'
import type { SignatureCheck } from '../crypto/ed25519'
import { inspectCertificate } from '../consensus/certificates'
import { epochOf, MEMBERSHIP_INVITED } from '../consensus/validatorSet'
import { checkConfig } from '../families/registry'
import { EVIDENCE_WINDOW, MAX_AGENTS, MAX_PAYLOAD_BYTES, MAX_PLOTS, RECENT_HASHES } from '../limits'
import { nameFromBytes } from '../names'
import { assert, fail, ok } from '../result'
import type { Failure, Result } from '../result'
import {
  AGENT_ACTIVE,
  AGENT_LEFT,
  AGENT_PENALISED,
  ConfigurePayload,
  DepositPayload,
  EvidencePayload,
  HeartbeatPayload,
  InvitePayload,
  PlotPayload,
  ProducerPayload,
  ReanchorPayload,
  RegisterPayload,
  TransferPayload,
  VOTE_FINALISE,
  VoteEvidencePayload
} from '../schema'
import type { AgentRecord, Genesis, Transaction } from '../schema'
import { blockHash, configBytes, proposalBytes, transactionBytes, voteBytes } from '../signing'
import { newAgent } from './agents'
import { isQuorum, validatorSet } from './worldState'
import type { StateEdit } from './worldState'

export const TX_REGISTER = 1
export const TX_TRANSFER = 2
export const TX_HEARTBEAT = 3
export const TX_LEAVE = 4
export const TX_EVIDENCE = 5
export const TX_VOTE_EVIDENCE = 6
export const TX_DEPOSIT = 7
export const TX_WITHDRAW = 8
export const TX_PRODUCER = 9
export const TX_PLOT = 10
export const TX_INVITE = 11
export const TX_CONFIGURE = 12
export const TX_REANCHOR = 13

/** Heights within which an anchor has to get into a block; until then those who took it know the new set by heart. */
const ANCHOR_WINDOW = 16

/** Leaves of one plot: what a tab can hold, 64 MiB (D-32). */
export const MAX_PLOT_LEAVES = 1 << 21

/** What a rule may look at: the state before the transaction, the height of the block that holds it, the network's parameters. */
export interface TransactionContext {
  state: StateEdit
  height: number
  genesis: Genesis
  networkId: Uint8Array
}

interface Rule<P> {
  /** Null: the payload must be empty. */
  readonly payload: Schema<P> | null
  /** What is wrong in any state, and by itself. */
  shape?(payload: P): Failure | null
  /** Signatures inside the payload. */
  signatures?(payload: P, networkId: Uint8Array): SignatureCheck[]
  /** `sender` is null only for a key that is not registered. */
  check(context: TransactionContext, transaction: Transaction, payload: P, sender: AgentRecord | null): Failure | null
  apply(context: TransactionContext, transaction: Transaction, payload: P): void
}

/** Whether the state knows this block as one that it builds on. */
function isAncestor(state: StateEdit, { height, hash }: { height: number; hash: Uint8Array }): boolean {
  const record = state.blockRecord(height)
  return record !== null && equalBytes(record.hash, hash)
}

type PayloadOf<S> = S extends { deserialize(bytes: Uint8Array): infer T } ? T : never

const register: Rule<PayloadOf<typeof RegisterPayload>> = {
  payload: RegisterPayload,
  shape: payload => (nameFromBytes(payload.name) === null ? fail('bad-name', 'the name is not 1…32 bytes of visible UTF-8') : null),
  check({ state, genesis }, transaction, _payload, sender) {
    if (sender !== null) return fail('already-registered')
    if (genesis.membership === MEMBERSHIP_INVITED) return fail('not-invited', 'this network lists its members in its genesis')
    if (!isAcceptableKey(transaction.sender)) return fail('bad-key', 'a public key must be canonical and not of small order')
    if (transaction.fee !== 0n) return fail('bad-fee', 'a registration is free')
    if (state.agentCount >= MAX_AGENTS) return fail('registry-full')
    return null
  },
  apply({ state, height, genesis }, transaction, payload) {
    const grant = state.treasury < genesis.registrationGrant ? state.treasury : genesis.registrationGrant
    state.treasury -= grant
    state.append({ ...newAgent(transaction.sender, payload.name, grant, height), nonce: 1, personality: payload.personality, traitsHash: payload.traitsHash })
  }
}

const transfer: Rule<PayloadOf<typeof TransferPayload>> = {
  payload: TransferPayload,
  check({ state }, transaction, payload, sender) {
    assert(sender !== null, 'checked by the caller')
    if (payload.amount === 0n) return fail('bad-amount', 'nothing to send')
    if (equalBytes(payload.to, transaction.sender)) return fail('bad-recipient', 'sender and recipient are the same')
    if (state.agent(payload.to) === null) return fail('bad-recipient', 'the recipient is not registered')
    if (sender.balance < payload.amount + transaction.fee) return fail('insufficient-balance')
    return null
  },
  apply({ state }, transaction, payload) {
    const sender = state.agent(transaction.sender)
    const recipient = state.agent(payload.to)
    assert(sender !== null && recipient !== null, 'checked')
    state.update(transaction.sender, { balance: sender.balance - payload.amount })
    state.update(payload.to, { balance: recipient.balance + payload.amount })
  }
}

const heartbeat: Rule<PayloadOf<typeof HeartbeatPayload>> = {
  payload: HeartbeatPayload,
  check({ state, height, genesis }, _transaction, payload) {
    // D-45: the sender has seen this chain, and lately.
    if (payload.height >= height || payload.height + Math.min(genesis.heartbeatTtl, RECENT_HASHES - 1) < height) return fail('stale-heartbeat')
    if (!isAncestor(state, payload)) return fail('foreign-heartbeat', 'that block is not an ancestor')
    return null
  },
  apply({ state, height }, transaction) {
    const sender = state.agent(transaction.sender)
    assert(sender !== null, 'checked')
    state.update(transaction.sender, { lastHeartbeat: height, status: sender.status === AGENT_LEFT ? AGENT_ACTIVE : sender.status })
  }
}

const leave: Rule<null> = {
  payload: null,
  check: (_context, _transaction, _payload, sender) => (sender?.status === AGENT_ACTIVE ? null : fail('not-active')),
  apply({ state, height }, transaction) {
    state.update(transaction.sender, { status: AGENT_LEFT, lastHeartbeat: height })
  }
}

/** F-12: two signed headers for one place in the tree. The liar loses its seat and half of its balance to the treasury. */
const evidence: Rule<EvidencePayload> = {
  payload: EvidencePayload,
  shape({ first, second }) {
    const a = first.header
    const b = second.header
    if (a.height !== b.height || !equalBytes(a.parent, b.parent) || !equalBytes(a.proposer, b.proposer))
      return fail('bad-evidence', 'the headers do not compete')
    return null
  },
  signatures: ({ first, second }, networkId) =>
    [first, second].map(({ header, signature }) => ({
      publicKey: header.proposer,
      message: proposalBytes(networkId, blockHash(networkId, header)),
      signature
    })),
  check({ state, height, networkId }, _transaction, { first, second }) {
    // One order only, so that one fact has one spelling.
    if (compareBytes(blockHash(networkId, first.header), blockHash(networkId, second.header)) >= 0)
      return fail('bad-evidence', 'the headers are equal or out of order')
    if (first.header.height > height || first.header.height + EVIDENCE_WINDOW < height) return fail('stale-evidence')
    const accused = state.agent(first.header.proposer)
    if (accused === null || accused.status === AGENT_PENALISED) return fail('already-penalised')
    return null
  },
  apply({ state }, _transaction, { first }) {
    penalise(state, first.header.proposer)
  }
}

/** The liar loses its seat, its deposit and half of its balance. */
function penalise(state: StateEdit, publicKey: Uint8Array): void {
  const accused = state.agent(publicKey)
  assert(accused !== null, 'checked')
  const half = accused.balance / 2n
  state.treasury += half + accused.deposit
  state.update(publicKey, { status: AGENT_PENALISED, balance: accused.balance - half, deposit: 0n })
}

/** R5: two signed votes that no honest validator gives together. Notarisations of several blocks are allowed. */
const voteEvidence: Rule<VoteEvidencePayload> = {
  payload: VoteEvidencePayload,
  shape({ first, second }) {
    if (first.height !== second.height || !equalBytes(first.voter, second.voter) || equalBytes(first.hash, second.hash) || first.kind !== VOTE_FINALISE)
      return fail('bad-evidence', 'the votes do not contradict each other')
    // One order only, so that one fact has one spelling.
    if (second.kind === VOTE_FINALISE && compareBytes(first.hash, second.hash) > 0) return fail('bad-evidence', 'the votes are out of order')
    return null
  },
  signatures: ({ first, second }, networkId) =>
    [first, second].map(vote => ({ publicKey: vote.voter, message: voteBytes(networkId, vote), signature: vote.signature })),
  check({ state, height }, _transaction, { first }) {
    if (first.height > height || first.height + EVIDENCE_WINDOW < height) return fail('stale-evidence')
    const accused = state.agent(first.voter)
    if (accused === null || accused.status === AGENT_PENALISED) return fail('already-penalised')
    return null
  },
  apply({ state }, _transaction, { first }) {
    penalise(state, first.voter)
  }
}

/** F-03: what stands to be lost. Adding to it makes it young again. */
const deposit: Rule<PayloadOf<typeof DepositPayload>> = {
  payload: DepositPayload,
  check(_context, transaction, { amount }, sender) {
    assert(sender !== null, 'checked by the caller')
    if (amount === 0n) return fail('bad-amount', 'nothing to deposit')
    return sender.balance < amount + transaction.fee ? fail('insufficient-balance') : null
  },
  apply({ state, height }, transaction, { amount }) {
    const sender = state.agent(transaction.sender)
    assert(sender !== null, 'checked')
    state.update(transaction.sender, { balance: sender.balance - amount, deposit: sender.deposit + amount, depositedAt: height })
  }
}

/** A deposit comes back once its owner has left and can no longer be convicted of what it did before. */
const withdraw: Rule<PayloadOf<typeof DepositPayload>> = {
  payload: DepositPayload,
  check({ height }, _transaction, { amount }, sender) {
    assert(sender !== null, 'checked by the caller')
    if (amount === 0n || amount > sender.deposit) return fail('bad-amount', 'the deposit is smaller')
    if (sender.status !== AGENT_LEFT) return fail('still-active', 'leave first')
    return height <= sender.lastHeartbeat + EVIDENCE_WINDOW ? fail('too-early', `a deposit is held for ${EVIDENCE_WINDOW} blocks after leaving`) : null
  },
  apply({ state }, transaction, { amount }) {
    const sender = state.agent(transaction.sender)
    assert(sender !== null, 'checked')
    state.update(transaction.sender, { balance: sender.balance + amount, deposit: sender.deposit - amount })
  }
}

/** Asks for a place among the producers, or gives it up. */
const producer: Rule<PayloadOf<typeof ProducerPayload>> = {
  payload: ProducerPayload,
  shape: ({ on }) => (on > 1 ? fail('malformed', 'neither on nor off') : null),
  check: (_context, _transaction, { on }, sender) => (sender?.producer === on ? fail('no-change') : null),
  apply({ state }, transaction, { on }) {
    state.update(transaction.sender, { producer: on })
  }
}

/** F-45: space is bound to its owner and known before it counts. One seed of one owner is one plot: the same leaves must not count twice. */
const plot: Rule<PayloadOf<typeof PlotPayload>> = {
  payload: PlotPayload,
  shape: ({ leaves }) =>
    leaves < 2 || leaves > MAX_PLOT_LEAVES || (leaves & (leaves - 1)) !== 0 ? fail('bad-plot', `leaves must be a power of two up to ${MAX_PLOT_LEAVES}`) : null,
  check({ state }, transaction, { seed, leafFunction }) {
    if (leafFunction !== 1) return fail('bad-plot', 'unknown leaf function')
    if (state.plots().length >= MAX_PLOTS) return fail('registry-full')
    const twice = state.plots().some(other => equalBytes(other.owner, transaction.sender) && equalBytes(other.seed, seed))
    return twice ? fail('already-registered', 'this plot is registered') : null
  },
  apply({ state, height }, transaction, payload) {
    state.appendPlot({ ...payload, owner: transaction.sender, registeredAt: height })
  }
}

/**
 * Does this key rule the network? All zero means that nobody does. It must never be compared with a key by itself: zeros are an encoding of a point of small order, and
 * under ZIP215 such a key has a signature for every message.
 */
export function isAuthority(genesis: Genesis, key: Uint8Array): boolean {
  return equalBytes(genesis.authority, key) && genesis.authority.some(byte => byte !== 0)
}

/** An invited network grows by its authority's list. */
const invite: Rule<PayloadOf<typeof InvitePayload>> = {
  payload: InvitePayload,
  shape: payload => (nameFromBytes(payload.name) === null ? fail('bad-name', 'the name is not 1…32 bytes of visible UTF-8') : null),
  check({ state, genesis }, transaction, { publicKey }) {
    if (!isAuthority(genesis, transaction.sender)) return fail('not-authority', 'only the authority of this network invites')
    if (genesis.membership !== MEMBERSHIP_INVITED) return fail('not-invited', 'this network needs no invitations')
    if (state.agent(publicKey) !== null) return fail('already-registered')
    if (!isAcceptableKey(publicKey)) return fail('bad-key', 'a public key must be canonical and not of small order')
    return state.agentCount >= MAX_AGENTS ? fail('registry-full') : null
  },
  apply({ state, height, genesis }, _transaction, { publicKey, name }) {
    const grant = state.treasury < genesis.registrationGrant ? state.treasury : genesis.registrationGrant
    state.treasury -= grant
    state.append(newAgent(publicKey, name, grant, height))
  }
}

/**
 * PROTOCOL §8. A change takes effect only in an epoch whose first vote waits for this transaction to be final (R9), so that no two branches ever disagree about the
 * family of a height.
 */
const configure: Rule<ConfigurePayload> = {
  payload: ConfigurePayload,
  shape({ config, epoch, approvals }) {
    const order = inspectCertificate({ kind: VOTE_FINALISE, height: epoch, hash: new Uint8Array(32), signatures: approvals })
    return order ?? checkConfig(config)
  },
  signatures: (payload, networkId) => {
    const message = configBytes(networkId, payload)
    return payload.approvals.map(({ voter, signature }) => ({ publicKey: voter, message, signature }))
  },
  check({ state, height, genesis }, transaction, { epoch, approvals }) {
    const soonest = epochOf(height, genesis.epochLength) + genesis.lookahead + 1
    if (epoch < soonest) return fail('too-early', `the earliest epoch for a change is ${soonest}`)
    if (state.scheduled !== null) return fail('already-scheduled', 'another change is scheduled')
    if (isAuthority(genesis, transaction.sender)) return null
    const set = validatorSet(0, state.decidedSets().sets[0]!)
    const weight = approvals.reduce((sum, { voter }) => sum + (set.weights.get(toHex(voter)) ?? 0), 0)
    return isQuorum(weight, set.total) ? null : fail('not-authority', 'neither the authority nor a quorum of the validators')
  },
  apply({ state }, _transaction, { epoch, config }) {
    state.scheduled = { epoch, config }
  }
}

/**
 * PROTOCOL "Without a quorum": the authority declares a block final and names the validators from there on. It stands in one of the next blocks on top of it, once.
 * Weak subjectivity: whoever trusts the authority's key trusts this.
 */
const reanchor: Rule<ReanchorPayload> = {
  payload: ReanchorPayload,
  shape({ validators }) {
    const keys = new Set(validators.map(({ publicKey }) => toHex(publicKey)))
    const sound = validators.length > 0 && keys.size === validators.length && validators.every(({ weight }) => weight > 0)
    return sound ? null : fail('bad-validators', 'validators must be distinct and have weights')
  },
  check({ state, height, genesis }, transaction, payload) {
    if (!isAuthority(genesis, transaction.sender)) return fail('not-authority', 'only the authority of this network anchors it anew')
    if (payload.height >= height || payload.height + ANCHOR_WINDOW < height || !isAncestor(state, payload))
      return fail('bad-anchor', 'the anchored block is not one of the last ancestors')
    return payload.validators.every(({ publicKey }) => state.agent(publicKey) !== null) ? null : fail('bad-validators', 'a validator is not registered')
  },
  apply({ state }, _transaction, { validators }) {
    const { epoch, sets } = state.decidedSets()
    state.decideSets(
      epoch,
      sets.map(() => validators)
    )
  }
}

const RULES = new Map<number, Rule<never>>([
  [TX_REGISTER, register],
  [TX_TRANSFER, transfer],
  [TX_HEARTBEAT, heartbeat],
  [TX_LEAVE, leave],
  [TX_EVIDENCE, evidence],
  [TX_VOTE_EVIDENCE, voteEvidence],
  [TX_DEPOSIT, deposit],
  [TX_WITHDRAW, withdraw],
  [TX_PRODUCER, producer],
  [TX_PLOT, plot],
  [TX_INVITE, invite],
  [TX_CONFIGURE, configure],
  [TX_REANCHOR, reanchor]
] as unknown as [number, Rule<never>][])

interface Parsed {
  rule: Rule<unknown>
  payload: unknown
}

/** Transactions are never changed once they are made: what was read from the very same object need not be read again. */
const parsedBefore = new WeakMap<Transaction, Result<Parsed>>()

function parse(transaction: Transaction): Result<Parsed> {
  let result = parsedBefore.get(transaction)
  if (result === undefined) parsedBefore.set(transaction, (result = read(transaction)))
  return result
}

function read(transaction: Transaction): Result<Parsed> {
  const rule = RULES.get(transaction.kind) as Rule<unknown> | undefined
  if (rule === undefined) return fail('unknown-transaction', `kind ${transaction.kind}`)
  if (rule.payload === null) return transaction.payload.length === 0 ? ok({ rule, payload: null }) : fail('malformed', 'this kind has no payload')
  const payload = decode(rule.payload, transaction.payload, MAX_PAYLOAD_BYTES)
  if (!payload.ok) return payload
  const shape = rule.shape?.(payload.value)
  return shape ?? ok({ rule, payload: payload.value })
}

/** What can be said without a state, and every signature that must hold. For ingress. */
export function inspectTransaction(networkId: Uint8Array, transaction: Transaction): Result<SignatureCheck[]> {
  const parsed = parse(transaction)
  if (!parsed.ok) return parsed
  const own = { publicKey: transaction.sender, message: transactionBytes(networkId, transaction), signature: transaction.signature }
  return ok([own, ...(parsed.value.rule.signatures?.(parsed.value.payload, networkId) ?? [])])
}

/** The rules of one transaction on top of a state. Pure. Signatures are ingress's business and are taken for granted here. */
export function checkTransaction(context: TransactionContext, transaction: Transaction): Failure | null {
  const parsed = parse(transaction)
  if (!parsed.ok) return parsed
  const { rule, payload } = parsed.value
  const sender = context.state.agent(transaction.sender)
  if (sender === null && transaction.kind !== TX_REGISTER) return fail('unknown-sender', 'register first')
  if (sender?.status === AGENT_PENALISED) return fail('penalised')
  const expected = sender?.nonce ?? 0
  if (transaction.nonce !== expected) return fail(transaction.nonce < expected ? 'nonce-used' : 'nonce-gap', `expected ${expected}, got ${transaction.nonce}`)
  if (sender !== null && sender.balance < transaction.fee) return fail('insufficient-balance')
  return rule.check(context, transaction, payload, sender)
}

/** Applies a transaction that has just passed `checkTransaction` on this very state. The fee is held by nobody until the block pays it out. */
export function applyTransaction(context: TransactionContext, transaction: Transaction): void {
  const parsed = parse(transaction)
  assert(parsed.ok, 'applying an unchecked transaction')
  const { rule, payload } = parsed.value
  const sender = context.state.agent(transaction.sender)
  if (sender !== null) context.state.update(transaction.sender, { nonce: sender.nonce + 1, balance: sender.balance - transaction.fee })
  rule.apply(context, transaction, payload)
}
