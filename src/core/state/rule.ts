/**
 * What one kind of transaction is: the schema of its payload, a pure check and an application that cannot fail once the check has passed, so that applying is atomic by
 * construction (T023, T024, F-22).
 */
import { equalBytes } from '../bytes'
import type { Schema } from '../codec'
import type { SignatureCheck } from '../crypto/ed25519'
import type { Failure } from '../result'
import type { AgentRecord, Genesis, Transaction } from '../schema'
import type { StateEdit } from './worldState'

/** T035: everything that a state may refuse a transaction for. The first group concerns any kind; `check` of a kind gives one of the others. */
export const STATE_ERRORS = [
  'unknown-transaction',
  'malformed',
  'not-canonical',
  'too-large',
  'unknown-sender',
  'penalised',
  'nonce-used',
  'nonce-gap',
  'insufficient-balance',
  // Membership.
  'bad-name',
  'bad-key',
  'bad-fee',
  'bad-personality',
  'bad-status',
  'already-registered',
  'not-invited',
  'not-authority',
  'registry-full',
  'not-active',
  'still-active',
  'stale-heartbeat',
  'foreign-heartbeat',
  'no-change',
  // Money and space.
  'bad-amount',
  'bad-recipient',
  'too-early',
  'bad-plot',
  // Offences.
  'bad-evidence',
  'stale-evidence',
  'already-penalised',
  // Governance.
  'bad-config',
  'bad-validators',
  'bad-anchor',
  'already-scheduled',
  // Memes.
  'bad-meme',
  'unknown-meme',
  'already-published',
  'already-reacted',
  'own-meme',
  'reactions-closed',
  // Alliances and relations.
  'bad-alliance',
  'unknown-member',
  'unknown-alliance',
  'not-a-member',
  'already-signed',
  'not-open',
  'too-many-alliances',
  'bad-interaction',
  // Conflicts.
  'bad-conflict',
  'unknown-conflict',
  'already-open',
  'already-voted',
  'opinions-closed',
  // Custom kinds.
  'unknown-custom-kind',
  'custom-refused'
] as const
export type StateError = (typeof STATE_ERRORS)[number]

export interface Refusal extends Failure {
  readonly code: StateError
}

export function refuse(code: StateError, detail = ''): Refusal {
  return { ok: false, code, detail }
}

/** What a rule may look at: the state before the transaction, the height of the block that holds it, the network's parameters. */
export interface TransactionContext {
  state: StateEdit
  height: number
  genesis: Genesis
  networkId: Uint8Array
}

export interface Rule<P> {
  /** Null: the payload must be empty. */
  readonly payload: Schema<P> | null
  /** What is wrong in any state, and by itself. */
  shape?(payload: P): Refusal | null
  /** Signatures inside the payload. */
  signatures?(payload: P, networkId: Uint8Array): SignatureCheck[]
  /** `sender` is null only for a key that is not registered. */
  check(context: TransactionContext, transaction: Transaction, payload: P, sender: AgentRecord | null): Refusal | null
  apply(context: TransactionContext, transaction: Transaction, payload: P): void
}

export type PayloadOf<S> = S extends { deserialize(bytes: Uint8Array): infer T } ? T : never

/** Whether the state knows this block as one that it builds on. */
export function isAncestor(state: StateEdit, { height, hash }: { height: number; hash: Uint8Array }): boolean {
  const record = state.blockRecord(height)
  return record !== null && equalBytes(record.hash, hash)
}

/**
 * Does this key rule the network? All zero means that nobody does. It must never be compared with a key by itself: zeros are an encoding of a point of small order, and
 * under ZIP215 such a key has a signature for every message.
 */
export function isAuthority(genesis: Genesis, key: Uint8Array): boolean {
  return equalBytes(genesis.authority, key) && genesis.authority.some(byte => byte !== 0)
}
