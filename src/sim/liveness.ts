/**
 * The promises about progress (PROTOCOL §4, L1–L4), judged by what is final and when, never by what a node says about itself. They hold after the last fault only; the
 * allowances are stated here.
 */
import { toHex } from '../core/bytes'
import type { Transaction } from '../core/schema'
import { transactionId } from '../core/signing'
import type { Effect } from '../node/messages'
import type { NodeCore } from '../node/nodeCore'
import { Violation } from './violation'
import type { Scenario } from './scenario'

/** After the last fault: nodes come back, fetch what they missed, agree on a round, and the slots that grew shrink again. ms */
export const SETTLE_MS = 60_000
/**
 * L2: a valid transaction of an honest sender is final within so many blocks that were made after the last fault. Its first copies may be lost to a liar's block, then it
 * is handed to peers directly. Blocks that a partition made without hearing of it do not count.
 */
export const INCLUSION_HEIGHTS = 20
/** L3: an honest node stands at most so many heights behind where the first stood a slot ago. */
const MAX_LAG = 3
/** Two tastes may cost a height its finality; as they fade, at most so many heights in a row. */
const TASTE_HEIGHTS = 8
/** Largest taste, slots (R8). */
const MAX_TASTE = 7
/** Slots without finality that are due to nothing but chance, where nobody has a taste. */
const PATIENCE_SLOTS = 20

export interface Progress {
  scenario: Scenario
  /** How many nodes lie. */
  liars: number
  /** Virtual ms since the start; `lastFinal`: when something became final last. */
  now: number
  lastFinal: number
  /** Heights that were final when the last fault ended. */
  finalAtHeal: number
  /** Heights that were final somewhere one slot ago. Certificates need a moment to arrive, and one may make many tentative heights final at once. */
  settled: number
  honest: readonly { index: number; final: number }[]
}

/** @throws Violation L1, L3 */
export function demandLiveness({ scenario, liars, now, lastFinal, finalAtHeal, settled, honest }: Progress): void {
  const { slotMs, blockIntervalMs, taste } = scenario
  const calmMs = now - scenario.healAtMs
  const top = Math.max(...honest.map(node => node.final))
  const patience = slotMs * (taste ? TASTE_HEIGHTS * (liars + 1 + MAX_TASTE) : PATIENCE_SLOTS)
  const silence = now - Math.max(lastFinal, scenario.healAtMs)
  if (silence > patience) throw new Violation('L1', `nothing became final for ${(silence / 1000).toFixed(1)} s after healing (final ${top})`)
  // A height takes at most f + 1 turns of 2Δ each way, and the largest taste.
  const perHeight = blockIntervalMs + slotMs * (2 * (liars + 1) + (taste ? MAX_TASTE : 0))
  const due = Math.floor((calmMs - SETTLE_MS) / perHeight)
  if (top - finalAtHeal < due) throw new Violation('L1', `only ${top - finalAtHeal} heights became final in ${calmMs / 1000} s after healing, ${due} are due`)
  if (calmMs < SETTLE_MS) return
  const late = honest.find(node => settled - node.final > MAX_LAG)
  if (late !== undefined) throw new Violation('L3', `node ${late.index} stands at ${late.final}, the others stood at ${settled} a slot ago`)
}

/** L2: follows the transactions of honest senders that were valid when they were handed in. */
export class InclusionWatch {
  readonly #waiting = new Map<string, { height: number; sender: number; nonce: number; madeSince: number }>()
  /** Heights that the slowest one took so far. */
  slowest = 0
  included = 0

  /** @param senderOf index of the node that signed a transaction, -1: none */
  constructor(readonly senderOf: (transaction: Transaction) => number) {}

  /** A node has taken an own transaction while the highest head stood there. */
  submitted(id: string, sender: number, nonce: number, height: number): void {
    this.#waiting.set(id, { height, sender, nonce, madeSince: 0 })
  }

  /** Nothing is promised any more for what waits now. */
  forget(): void {
    this.#waiting.clear()
  }

  /** @param calm the block was made after the last fault. @throws Violation L2 */
  finalBlock(height: number, calm: boolean, transactions: readonly Transaction[]): void {
    if (this.#waiting.size === 0) return
    for (const transaction of transactions) {
      const id = toHex(transactionId(transaction))
      const since = this.#waiting.get(id)
      if (since === undefined) continue
      this.slowest = Math.max(this.slowest, height - since.height)
      this.included++
      this.#waiting.delete(id)
    }
    // After a crash a node has forgotten what it sent and may sign another transaction with the same nonce. The chain takes one of the two; the other is void.
    for (const [id, { sender, nonce }] of this.#waiting) {
      if (transactions.some(other => other.nonce === nonce && this.senderOf(other) === sender)) this.#waiting.delete(id)
    }
    for (const [id, waiting] of this.#waiting) {
      if (calm && height > waiting.height) waiting.madeSince++
      if (waiting.madeSince > INCLUSION_HEIGHTS)
        throw new Violation('L2', `transaction ${id.slice(0, 8)} of node ${waiting.sender} was valid at ${waiting.height} and is not final at ${height}`)
    }
  }
}

/**
 * L4: in a calm network no step towards finality waits for a timer. Timers set the pace of proposals; a vote for the best block, a certificate and a final block
 * follow from messages. `effects` are those of a tick.
 * @throws Violation L4
 */
export function demandNoTimer(node: number, core: NodeCore, effects: readonly Effect[]): void {
  for (const effect of effects) {
    if (effect.type === 'event' && (effect.event.kind === 'notarised' || effect.event.kind === 'final'))
      throw new Violation('L4', `node ${node}: height ${effect.event.height} became ${effect.event.kind} by a timer`)
    if (effect.type !== 'store' || effect.row.kind === 'propose') continue
    const first = (core.rounds.peek(effect.row.height)?.promised.size ?? 0) <= 1
    const best = core.tree.get(effect.row.hash)?.header.rank === 0
    if (effect.row.kind === 'finalise' || (first && best))
      throw new Violation('L4', `node ${node}: its promise to ${effect.row.kind} at ${effect.row.height} waited for a timer`)
  }
}
