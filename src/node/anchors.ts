/**
 * PROTOCOL "Without a quorum": the authority of the genesis, and nobody else, may declare a block final and name who validates after it. A node whose own final block is not
 * below the anchored one refuses: what was final here stays.
 */
import { equalBytes, toHex } from '../core/bytes'
import type { BlockEntry } from '../core/chain/blockTree'
import { decode, encode } from '../core/codec'
import { MAX_VALIDATORS } from '../core/limits'
import { assert, fail, ok } from '../core/result'
import type { Failure, Result } from '../core/result'
import { AGENT_ACTIVE, ReanchorPayload } from '../core/schema'
import type { Block, Transaction } from '../core/schema'
import { signTransaction, transactionId } from '../core/signing'
import { isAuthority } from '../core/state/rule'
import { TX_REANCHOR } from '../core/state/transactions'
import type { Desk } from './desk'

/** Tentative heights that an anchor makes final at most; less than a range reply holds. */
const MAX_ANCHOR_DEPTH = 48

export class Anchors {
  /** The newest anchor that holds here and that no final block carries yet: own blocks carry it. */
  #toCarry: Transaction | null = null
  #anchored: string | null = null
  /** One whose block is not here yet. */
  #pending: Transaction | null = null

  constructor(readonly desk: Desk) {}

  get toCarry(): Transaction | null {
    return this.#toCarry
  }

  /** A final block carries the anchor. */
  carried(): void {
    this.#toCarry = null
  }

  /** A later state was taken over: whatever was declared final below is in it. */
  forget(): void {
    this.#toCarry = null
    this.#pending = null
  }

  /** Blocks that a waiting anchor names and that are missing here. */
  missing(): string[] {
    return this.#pending === null ? [] : anchoredHashes(this.#pending).filter(hash => this.desk.tree.get(hash)?.transactions == null)
  }

  /** Does this block carry an anchor by the authority? Then it changes the set that later certificates are judged by. */
  isIn({ transactions }: Block): boolean {
    return transactions.some(({ kind, sender }) => kind === TX_REANCHOR && isAuthority(this.desk.genesis, sender))
  }

  /** A block may carry the authority's anchor of its own parent: that decides which votes for it count. */
  find(entry: BlockEntry, now: number): void {
    const anchor = entry.transactions?.find(({ kind }) => kind === TX_REANCHOR)
    if (anchor !== undefined) this.take(anchor, now)
  }

  retry(now: number): void {
    if (this.#pending !== null) this.take(this.#pending, now)
  }

  take(transaction: Transaction, now: number): Failure | null {
    const { desk } = this
    const payload = decode(ReanchorPayload, transaction.payload)
    if (!payload.ok) return payload
    if (!isAuthority(desk.genesis, transaction.sender)) return fail('not-authority')
    const { height, hash, validators } = payload.value
    const key = toHex(hash)
    if (this.#anchored === key) {
      // The same anchor, signed again (see `renew`).
      const held = this.#toCarry
      if (held !== null && equalBytes(transaction.payload, held.payload) && transaction.nonce > held.nonce) this.#toCarry = transaction
      return null
    }
    if (height < desk.tree.final.height) return fail('below-final')
    const entry = desk.tree.get(key)
    if (entry === undefined || desk.tree.stateOf(entry) === null) {
      this.#pending = transaction
      return fail('unknown-parent')
    }
    if (!desk.tree.isAncestor(desk.tree.final, entry)) {
      desk.event({ kind: 'anchor-refused', height, hash: key })
      return fail('conflicts-with-final', 'the anchored block does not descend from what is final here')
    }
    this.#anchored = key
    this.#pending = null
    this.#toCarry = transaction
    desk.rounds.anchor(
      entry,
      validators,
      block => (block.transactions ?? []).some(other => other.kind === TX_REANCHOR && equalBytes(other.payload, transaction.payload)),
      now
    )
    desk.touchAt = 0
    desk.event({ kind: 'anchored', height, hash: key, validators: validators.length })
    return null
  }

  /**
   * An anchor has a nonce like any transaction, and a block that was made before it was known may have used that one for something else. Its author then signs the same
   * anchor again: until a block carries it, nobody who catches up can know the new set, and the set that is known by heart ends.
   */
  renew(): void {
    const { desk } = this
    const held = this.#toCarry
    const own = desk.agent(desk.publicKey)
    if (held === null || own === null || !isAuthority(desk.genesis, desk.publicKey) || own.nonce <= held.nonce) return
    this.#toCarry = signTransaction(desk.networkId, { ...held, nonce: own.nonce }, desk.signer)
    desk.publish('tx', 'transaction', this.#toCarry)
  }

  /** The authority's deliberate act: its own head becomes final, and those who were heard from lately validate from there on. */
  submit(now: number): Result<{ id: string }> {
    const transaction = this.#compose(now)
    if (!transaction.ok) return transaction
    const failure = this.take(transaction.value, now)
    if (failure !== null) return failure
    this.desk.publish('tx', 'transaction', transaction.value)
    return ok({ id: toHex(transactionId(transaction.value)) })
  }

  #compose(now: number): Result<Transaction> {
    const { desk } = this
    if (!isAuthority(desk.genesis, desk.publicKey)) return fail('not-authority', 'only the key that opened this network can do that')
    let { head } = desk
    // Who catches up later gets the tentative stretch and the certificate after it in one reply.
    while (head.height > desk.tree.final.height + MAX_ANCHOR_DEPTH) head = desk.tree.get(head.parent)!
    const { state } = head
    assert(state !== null, 'the head has been executed')
    const own = state.agent(desk.publicKey)
    if (own === null || head.height === 0) return fail('too-early', 'there is no block yet')
    const since = desk.presentSince(now)
    const present = state.agents().filter(({ status, publicKey }) => status === AGENT_ACTIVE && desk.isPresent(toHex(publicKey), since))
    const validators = present.slice(0, MAX_VALIDATORS).map(({ publicKey }) => ({ publicKey, weight: 1 }))
    const payload = encode(ReanchorPayload, { height: head.height, hash: head.hashBytes, validators })
    return ok(signTransaction(desk.networkId, { kind: TX_REANCHOR, sender: desk.publicKey, nonce: own.nonce, fee: 0n, payload }, desk.signer))
  }
}

function anchoredHashes(transaction: Transaction): string[] {
  const payload = decode(ReanchorPayload, transaction.payload)
  return payload.ok ? [toHex(payload.value.hash)] : []
}
