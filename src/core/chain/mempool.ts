/**
 * Transactions that wait for a block. Bounded in all and per sender; the order is total (fee per byte descending, then id), so that nodes with
 * the same transactions build the same list (M014).
 */
import { hexOf } from '../bytes'
import { MAX_MEMPOOL_PER_SENDER, MAX_MEMPOOL_TRANSACTIONS } from '../limits'
import { fail } from '../result'
import type { Failure } from '../result'
import { Transaction } from '../schema'
import { transactionId } from '../signing'

interface Waiting {
  readonly id: string
  readonly transaction: Transaction
  readonly sender: string
  /** Fee in milli-units per 1,000 bytes. */
  readonly feeRate: bigint
}

/** What of a transaction the order looks at, the same in every mempool that holds this very object. */
const known = new WeakMap<Transaction, Waiting>()

function waiting(transaction: Transaction): Waiting {
  let entry = known.get(transaction)
  if (entry !== undefined) return entry
  const feeRate = (transaction.fee * 1000n) / BigInt(Transaction.value_serializedSize(transaction))
  entry = { id: hexOf(transactionId(transaction)), transaction, sender: hexOf(transaction.sender), feeRate }
  known.set(transaction, entry)
  return entry
}

function before(a: Waiting, b: Waiting): number {
  if (a.feeRate !== b.feeRate) return a.feeRate > b.feeRate ? -1 : 1
  return a.id < b.id ? -1 : 1
}

/** A producer's own limit may make the pool smaller (P028), but one sender's transactions always find room, the node's own among them. */
export const MIN_MEMPOOL_TRANSACTIONS = MAX_MEMPOOL_PER_SENDER

/** How many transactions wait at most: all together, and of one sender. */
export interface MempoolLimits {
  readonly transactions: number
  readonly perSender: number
}

export class Mempool {
  readonly #byId = new Map<string, Waiting>()
  readonly #bySender = new Map<string, Map<number, string>>()
  #ordered: Waiting[] | null = null
  #capacity: number

  constructor(readonly limits: MempoolLimits = { transactions: MAX_MEMPOOL_TRANSACTIONS, perSender: MAX_MEMPOOL_PER_SENDER }) {
    this.#capacity = limits.transactions
  }

  get capacity(): number {
    return this.#capacity
  }

  /** P028: how many may wait here; what is too much goes at once, the worst-paying first. Kept between MIN_MEMPOOL_TRANSACTIONS and the pool's own limit. */
  resize(capacity: number): void {
    this.#capacity = Math.min(this.limits.transactions, Math.max(MIN_MEMPOOL_TRANSACTIONS, capacity))
    for (const { id } of this.#sorted().slice(this.#capacity)) this.remove(id)
  }

  /** Most transactions that wait of one sender. */
  get largestShare(): number {
    return Math.max(0, ...[...this.#bySender.values()].map(({ size }) => size))
  }

  get size(): number {
    return this.#byId.size
  }

  has(id: string): boolean {
    return this.#byId.has(id)
  }

  /** A second transaction with the same sender and nonce replaces the first only if it pays more per byte. */
  add(transaction: Transaction): Failure | null {
    const entry = waiting(transaction)
    const { id, sender } = entry
    if (this.#byId.has(id)) return fail('duplicate')
    const nonces = this.#bySender.get(sender) ?? new Map<number, string>()
    const rivalId = nonces.get(transaction.nonce)
    const rival = rivalId === undefined ? undefined : this.#byId.get(rivalId)
    if (rival !== undefined && rival.feeRate >= entry.feeRate) return fail('nonce-taken', 'another transaction with this nonce pays as much')
    if (rival === undefined && nonces.size >= this.limits.perSender) return fail('mempool-sender-full')
    if (rival === undefined && this.#byId.size >= this.#capacity && !this.#evictWorseThan(entry)) return fail('mempool-full')
    if (rival !== undefined) this.remove(rival.id)
    this.#byId.set(id, entry)
    nonces.set(transaction.nonce, id)
    this.#bySender.set(sender, nonces)
    this.#ordered = null
    return null
  }

  remove(id: string): void {
    const entry = this.#byId.get(id)
    if (entry === undefined) return
    this.#byId.delete(id)
    const nonces = this.#bySender.get(entry.sender)
    nonces?.delete(entry.transaction.nonce)
    if (nonces?.size === 0) this.#bySender.delete(entry.sender)
    this.#ordered = null
  }

  /** Best first. */
  ordered(): Transaction[] {
    return this.#sorted().map(entry => entry.transaction)
  }

  /** Oldest first, as they came here. */
  arrived(): Transaction[] {
    return [...this.#byId.values()].map(entry => entry.transaction)
  }

  #sorted(): Waiting[] {
    return (this.#ordered ??= [...this.#byId.values()].sort(before))
  }

  /** The next free nonce of a sender whose nonce on chain is `onChain`. */
  nextNonce(sender: Uint8Array, onChain: number): number {
    const nonces = this.#bySender.get(hexOf(sender))
    let nonce = onChain
    while (nonces?.has(nonce)) nonce++
    return nonce
  }

  of(sender: Uint8Array): Transaction[] {
    return [...(this.#bySender.get(hexOf(sender))?.values() ?? [])].map(id => this.#byId.get(id)!.transaction)
  }

  /** Drops what can never be included any more. */
  prune(isDead: (transaction: Transaction) => boolean): void {
    for (const entry of [...this.#byId.values()]) if (isDead(entry.transaction)) this.remove(entry.id)
  }

  #evictWorseThan(entry: Waiting): boolean {
    const worst = this.#sorted().at(-1)
    if (worst === undefined || before(entry, worst) >= 0) return false
    this.remove(worst.id)
    return true
  }
}
