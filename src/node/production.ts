/**
 * The producer of a node (P014–P016, P027–P048, P084–P096): which configuration and which decision of the script are in force, when the next block may begin, and what became of each
 * attempt. The trace is a ring; a step that fails ends its attempt with the reason (P044).
 */
import { DEFAULT_CONFIG } from '../agent/config/config'
import type { ProducerConfig } from '../agent/config/config'
import { NEVER, ordered, produceFrom, selectionFor, tasteFor } from '../agent/producer'
import type { Selection } from '../agent/producer'
import type { Decision } from '../agent/script/decision'
import type { AttemptOutcome, AttemptStep, AttemptView, ProducerMetrics } from '../bridge/views'
import { equalBytes } from '../core/bytes'
import type { Built } from '../core/chain/execute'
import type { Mempool } from '../core/chain/mempool'
import { Transaction } from '../core/schema'
import type { Personality } from '../core/taste/personalities'
import type { ClaimReceipt } from './claimLedger'

/** Attempts that are remembered: as many as claims. */
export const ATTEMPTS_KEPT = 100
/** P028: full blocks of the producer's own size that may wait. */
const MEMPOOL_BLOCKS = 10

type Attempt = { -readonly [K in keyof AttemptView]: AttemptView[K] }

/** Where an attempt is made. */
interface Place {
  readonly height: number
  /** Hash of the parent, hex. */
  readonly tip: string
  readonly rank: number
}

export class Production {
  #config: ProducerConfig = DEFAULT_CONFIG
  #decision: { height: number; decision: Decision } | null = null
  #lastStart: number | null = null
  readonly #attempts = new Map<string, Attempt>()
  readonly #totals = { made: 0, accepted: 0, lost: 0, failed: 0, passed: 0, fillTransactions: 0, fillBytes: 0 }

  /** @param own personality of somebody who configures none; null: no opinions */
  constructor(readonly own: Personality | null) {}

  /** P027. */
  get config(): ProducerConfig {
    return this.#config
  }

  /** From the next block on. */
  configure(config: ProducerConfig): void {
    this.#config = config
    this.#decision = null
  }

  /** What the script says about one height; null: it has no say in it. */
  decide(height: number, decision: Decision | null): void {
    this.#decision = decision === null ? null : { height, decision }
  }

  /** Weights hold until the script says otherwise; what to do with a turn holds for its height. */
  get personality(): Personality | null {
    return tasteFor(this.#config, this.own, this.#decision?.decision ?? null)
  }

  get mempoolCapacity(): number {
    return MEMPOOL_BLOCKS * this.#config.maxTransactions
  }

  #decisionAt(height: number): Decision | null {
    return this.#decision?.height === height ? this.#decision.decision : null
  }

  /** P014: the earliest start of a block here, ms; a turn that is not used yet, or not at all, is noted. */
  from(place: Place, now: number): number {
    const decision = this.#decisionAt(place.height)
    const from = produceFrom(this.#config, { lastStart: this.#lastStart, decision })
    if (from <= now) return from
    const attempt = this.#attempts.get(keyOf(place)) ?? this.#open(place, now)
    if (attempt.outcome !== 'waiting' && attempt.outcome !== 'passed') return from
    attempt.scripted = decision !== null
    attempt.note = decision?.note ?? ''
    attempt.outcome = 'waiting'
    attempt.reason = from === NEVER ? 'script' : 'interval'
    return from
  }

  /** P035, P045: a block begins; what is tried for it, and under which limits. */
  select(place: Place, mempool: Mempool, self: Uint8Array, now: number): { candidates: readonly Transaction[]; limits: Selection } {
    this.#lastStart = now
    const decision = this.#decisionAt(place.height)
    const limits = selectionFor(this.#config, decision)
    const attempt = this.#open(place, now)
    attempt.outcome = 'open'
    attempt.scripted = decision !== null
    attempt.note = decision?.note ?? ''
    attempt.maxTransactions = limits.maxTransactions
    attempt.maxBytes = limits.maxBytes
    this.#step(attempt, 'select', now)
    return { candidates: inOrder(limits, mempool, self), limits }
  }

  #open({ height, tip, rank }: Place, now: number): Attempt {
    const { maxBlockSize, maxTransactions } = this.#config
    const attempt: Attempt = {
      height,
      tip,
      rank,
      startedAt: now,
      steps: [],
      outcome: 'waiting',
      reason: null,
      hash: null,
      transactions: 0,
      bytes: 0,
      maxTransactions,
      maxBytes: maxBlockSize,
      full: 0,
      refused: 0,
      scripted: false,
      note: ''
    }
    const key = keyOf({ height, tip })
    this.#attempts.delete(key)
    this.#attempts.set(key, attempt)
    // Insertion order is age: the oldest go first.
    for (const oldest of this.#attempts.keys()) if (this.#attempts.size > ATTEMPTS_KEPT) this.#attempts.delete(oldest)
    return attempt
  }

  #step(attempt: Attempt, name: AttemptStep, at: number): void {
    if (!attempt.steps.some(step => step.name === name)) attempt.steps = [...attempt.steps, { name, at }]
  }

  /** P036–P043: transitions, root and signature are there. */
  built(
    place: Pick<Place, 'height' | 'tip'>,
    hash: string,
    { transactions, bytes, skipped }: Pick<Built, 'transactions' | 'bytes' | 'skipped'>,
    now: number
  ): void {
    const attempt = this.#attempts.get(keyOf(place))
    if (attempt === undefined) return
    attempt.hash = hash
    attempt.transactions = transactions.length
    attempt.bytes = bytes
    attempt.full = skipped.full
    attempt.refused = skipped.refused
    this.#step(attempt, 'build', now)
  }

  /** P084, R6: the promise is on the disk, and the block went out. */
  announced(place: Pick<Place, 'height' | 'tip'>, now: number): void {
    const attempt = this.#attempts.get(keyOf(place))
    if (attempt === undefined) return
    this.#step(attempt, 'store', now)
    this.#step(attempt, 'announce', now)
    this.#totals.made++
    this.#totals.fillTransactions += shareOf(attempt.transactions, attempt.maxTransactions)
    this.#totals.fillBytes += shareOf(attempt.bytes, attempt.maxBytes)
  }

  /** P088: a quorum stands behind an own block. */
  notarised(height: number, hash: string, now: number): void {
    for (const attempt of this.#attempts.values()) if (attempt.height === height && attempt.hash === hash) this.#step(attempt, 'notarised', now)
  }

  /** P095, P096: the claims that have just been closed. */
  close(receipts: readonly ClaimReceipt[], now: number): void {
    for (const { height, tipHash, status, reason } of receipts) {
      const attempt = this.#attempts.get(keyOf({ height, tip: tipHash }))
      if (attempt?.outcome === 'open' && (status === 'accepted' || status === 'lost' || status === 'failed')) this.#close(attempt, status, reason, now)
    }
  }

  /** A turn at or below this height that was not used is over. */
  settle(finalHeight: number, now: number): void {
    for (const attempt of this.#attempts.values())
      if (attempt.outcome === 'waiting' && attempt.height <= finalHeight) this.#close(attempt, 'passed', attempt.reason, now)
  }

  #close(attempt: Attempt, outcome: Exclude<AttemptOutcome, 'waiting' | 'open'>, reason: string | null, now: number): void {
    attempt.outcome = outcome
    attempt.reason = reason
    this.#step(attempt, 'result', now)
    this.#totals[outcome]++
  }

  /** Newest first. */
  attempts(): AttemptView[] {
    return [...this.#attempts.values()].reverse()
  }

  /** P033. @param missed what the chain counts */
  metrics(missed: number): ProducerMetrics {
    const { made, accepted, lost, failed, passed, fillTransactions, fillBytes } = this.#totals
    const decided = accepted + lost + failed
    return {
      blocksMade: made,
      accepted,
      lost,
      failed,
      passed,
      acceptanceMilli: decided === 0 ? null : Math.floor((1000 * accepted) / decided),
      fillTransactionsMilli: made === 0 ? null : Math.floor(fillTransactions / made),
      fillBytesMilli: made === 0 ? null : Math.floor(fillBytes / made),
      missed
    }
  }
}

function keyOf({ height, tip }: Pick<Place, 'height' | 'tip'>): string {
  return `${height}/${tip}`
}

function shareOf(used: number, limit: number): number {
  return limit === 0 ? 0 : Math.floor((1000 * used) / limit)
}

/** Only an order that the person or the script asks for costs a walk over the pool. */
function inOrder({ ordering }: Selection, mempool: Mempool, self: Uint8Array): readonly Transaction[] {
  if (ordering === 'fee') return mempool.ordered()
  const facts = (transactions: readonly Transaction[]) =>
    transactions.map(transaction => ({ transaction, bytes: Transaction.value_serializedSize(transaction), own: equalBytes(transaction.sender, self) }))
  return ordered(ordering, facts(mempool.ordered()), facts(mempool.arrived())).map(({ transaction }) => transaction)
}
