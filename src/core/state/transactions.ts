/**
 * Transaction kinds. Each is one row: the schema of its payload, a pure check and an application that cannot fail once the check has passed,
 * so that applying is atomic by construction (F-22). A new kind is a new row.
 */
import { compareBytes, equalBytes } from '../bytes'
import { decode } from '../codec'
import type { Schema } from '../codec'
import { isAcceptableKey } from '../crypto/ed25519'
import type { SignatureCheck } from '../crypto/ed25519'
import { MEMBERSHIP_OPEN } from '../genesis'
import { EVIDENCE_WINDOW, MAX_AGENTS, MAX_PAYLOAD_BYTES, RECENT_HASHES } from '../limits'
import { nameFromBytes } from '../names'
import { assert, fail, ok } from '../result'
import type { Failure, Result } from '../result'
import { AGENT_ACTIVE, AGENT_LEFT, AGENT_PENALISED, EvidencePayload, HeartbeatPayload, RegisterPayload, TransferPayload } from '../schema'
import type { AgentRecord, Genesis, Transaction } from '../schema'
import { blockHash, proposalBytes, transactionBytes } from '../signing'
import type { StateEdit } from './worldState'

export const TX_REGISTER = 1
export const TX_TRANSFER = 2
export const TX_HEARTBEAT = 3
export const TX_LEAVE = 4
export const TX_EVIDENCE = 5

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

type PayloadOf<S> = S extends { deserialize(bytes: Uint8Array): infer T } ? T : never

const register: Rule<PayloadOf<typeof RegisterPayload>> = {
  payload: RegisterPayload,
  shape: payload => (nameFromBytes(payload.name) === null ? fail('bad-name', 'the name is not 1…32 bytes of visible UTF-8') : null),
  check({ state, genesis }, transaction, _payload, sender) {
    if (sender !== null) return fail('already-registered')
    if (genesis.membership !== MEMBERSHIP_OPEN) return fail('not-invited', 'this network lists its members in its genesis')
    if (!isAcceptableKey(transaction.sender)) return fail('bad-key', 'a public key must be canonical and not of small order')
    if (transaction.fee !== 0n) return fail('bad-fee', 'a registration is free')
    if (state.view.agents.length >= MAX_AGENTS) return fail('registry-full')
    return null
  },
  apply({ state, height, genesis }, transaction, payload) {
    const grant = state.view.treasury < genesis.registrationGrant ? state.view.treasury : genesis.registrationGrant
    state.view.treasury -= grant
    state.append({
      publicKey: transaction.sender,
      name: payload.name,
      status: AGENT_ACTIVE,
      balance: grant,
      nonce: 1,
      registeredAt: height,
      lastHeartbeat: height,
      blocksMade: 0
    })
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
    if (!equalBytes(state.view.chain.recent.getReadonly(payload.height % RECENT_HASHES), payload.hash))
      return fail('foreign-heartbeat', 'that block is not an ancestor')
    return null
  },
  apply({ state, height }, transaction) {
    state.update(transaction.sender, { lastHeartbeat: height, status: AGENT_ACTIVE })
  }
}

const leave: Rule<null> = {
  payload: null,
  check: (_context, _transaction, _payload, sender) => (sender?.status === AGENT_ACTIVE ? null : fail('not-active')),
  apply({ state }, transaction) {
    state.update(transaction.sender, { status: AGENT_LEFT })
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
    const accused = state.agent(first.header.proposer)
    assert(accused !== null, 'checked')
    const penalty = accused.balance / 2n
    state.view.treasury += penalty
    state.update(first.header.proposer, { status: AGENT_PENALISED, balance: accused.balance - penalty })
  }
}

const RULES = new Map<number, Rule<never>>([
  [TX_REGISTER, register],
  [TX_TRANSFER, transfer],
  [TX_HEARTBEAT, heartbeat],
  [TX_LEAVE, leave],
  [TX_EVIDENCE, evidence]
] as unknown as [number, Rule<never>][])

interface Parsed {
  rule: Rule<unknown>
  payload: unknown
}

function parse(transaction: Transaction): Result<Parsed> {
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
