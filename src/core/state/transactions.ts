/**
 * All kinds of transactions. Each is one row of the table below; a new kind is a new row. Checking is pure, and an application cannot fail once the check has passed (rule.ts).
 */
import { decode } from '../codec'
import type { Schema } from '../codec'
import type { SignatureCheck } from '../crypto/ed25519'
import { MAX_PAYLOAD_BYTES } from '../limits'
import { assert, ok } from '../result'
import type { Result } from '../result'
import { AGENT_PENALISED } from '../schema'
import type { Transaction } from '../schema'
import { transactionBytes } from '../signing'
import { refuse } from './rule'
import type { Refusal, Rule, StateError, TransactionContext } from './rule'
import { alliance, breakUp, signAlliance } from './rules/alliances'
import { conflict, conflictOpinion } from './rules/conflicts'
import { custom } from './rules/custom'
import { configure, reanchor } from './rules/governance'
import { heartbeat, invite, leave, producer, profile, register } from './rules/membership'
import { meme, reaction } from './rules/memes'
import { deposit, transfer, withdraw } from './rules/money'
import { evidence, voteEvidence } from './rules/offences'
import { plot } from './rules/plots'
import { social } from './rules/social'

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
export const TX_PROFILE = 14
export const TX_MEME = 15
export const TX_REACT = 16
/** An offer; others sign it, and any member may break it. */
export const TX_ALLIANCE = 17
export const TX_ALLIANCE_SIGN = 18
export const TX_ALLIANCE_BREAK = 19
export const TX_SOCIAL = 20
export const TX_CONFLICT = 21
export const TX_CONFLICT_OPINION = 22
export const TX_CUSTOM = 23

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
  [TX_REANCHOR, reanchor],
  [TX_PROFILE, profile],
  [TX_MEME, meme],
  [TX_REACT, reaction],
  [TX_ALLIANCE, alliance],
  [TX_ALLIANCE_SIGN, signAlliance],
  [TX_ALLIANCE_BREAK, breakUp],
  [TX_SOCIAL, social],
  [TX_CONFLICT, conflict],
  [TX_CONFLICT_OPINION, conflictOpinion],
  [TX_CUSTOM, custom]
] as unknown as [number, Rule<never>][])

/** Every kind that there is, ascending, with the schema of its payload; null: it has none. For whoever lists them. */
export function transactionKinds(): { kind: number; payload: Schema<unknown> | null }[] {
  return [...RULES].map(([kind, { payload }]) => ({ kind, payload }))
}

interface Parsed {
  rule: Rule<unknown>
  payload: unknown
}

type Reading = { readonly ok: true; readonly value: Parsed } | Refusal

/** Transactions are never changed once they are made: what was read from the very same object need not be read again. */
const parsedBefore = new WeakMap<Transaction, Reading>()

function parse(transaction: Transaction): Reading {
  let result = parsedBefore.get(transaction)
  if (result === undefined) parsedBefore.set(transaction, (result = read(transaction)))
  return result
}

function read(transaction: Transaction): Reading {
  const rule = RULES.get(transaction.kind) as Rule<unknown> | undefined
  if (rule === undefined) return refuse('unknown-transaction', `kind ${transaction.kind}`)
  if (rule.payload === null)
    return transaction.payload.length === 0 ? { ok: true, value: { rule, payload: null } } : refuse('malformed', 'this kind has no payload')
  const payload = decode(rule.payload, transaction.payload, MAX_PAYLOAD_BYTES)
  if (!payload.ok) return refuse(payload.code as StateError, payload.detail)
  const shape = rule.shape?.(payload.value)
  return shape ?? { ok: true, value: { rule, payload: payload.value } }
}

/** What can be said without a state, and every signature that must hold. For ingress. */
export function inspectTransaction(networkId: Uint8Array, transaction: Transaction): Result<SignatureCheck[]> {
  const parsed = parse(transaction)
  if (!parsed.ok) return parsed
  const own = { publicKey: transaction.sender, message: transactionBytes(networkId, transaction), signature: transaction.signature }
  return ok([own, ...(parsed.value.rule.signatures?.(parsed.value.payload, networkId) ?? [])])
}

/** The rules of one transaction on top of a state. Pure. Signatures are ingress's business and are taken for granted here. */
export function checkTransaction(context: TransactionContext, transaction: Transaction): Refusal | null {
  const parsed = parse(transaction)
  if (!parsed.ok) return parsed
  const { rule, payload } = parsed.value
  const sender = context.state.agent(transaction.sender)
  if (sender === null && transaction.kind !== TX_REGISTER) return refuse('unknown-sender', 'register first')
  if (sender?.status === AGENT_PENALISED) return refuse('penalised')
  const expected = sender?.nonce ?? 0
  if (transaction.nonce !== expected) return refuse(transaction.nonce < expected ? 'nonce-used' : 'nonce-gap', `expected ${expected}, got ${transaction.nonce}`)
  if (sender !== null && sender.balance < transaction.fee) return refuse('insufficient-balance')
  return rule.check(context, transaction, payload, sender)
}

/** Applies a transaction that has just passed `checkTransaction` on this very state. The fee is held by nobody until the block pays it out. */
export function applyTransaction(context: TransactionContext, transaction: Transaction): void {
  const parsed = parse(transaction)
  assert(parsed.ok, 'applying an unchecked transaction')
  const { rule, payload } = parsed.value
  const sender = context.state.agent(transaction.sender)
  if (sender !== null)
    context.state.update(transaction.sender, { nonce: sender.nonce + 1, balance: sender.balance - transaction.fee, lastActivity: context.height })
  rule.apply(context, transaction, payload)
}
