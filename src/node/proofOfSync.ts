/**
 * The local half of proof of sync (V009, V010, V027–V036, V095–V101): once a second a node compares itself with its peers, and uses its turns only while it has been level
 * with them for a while. It is an opinion about oneself: no other node can check it, no vote depends on it, and a node that it bars goes on voting.
 *
 * Repairs of the seed: the network's height is a median of what ready peers said, so no single liar moves it (D-40); lag is signed, so being ahead shows (F-52); "within two
 * blocks" is what the streak counts, so a peer that is one block ahead at the wrong moment bars nobody (F-59); who hears nobody is isolated and not "at the tip" (F-60).
 */
import type { GateRules } from '../core/families/family'

/** V080. `Isolated`: no ready peer, so there is nothing to compare with. */
export type SyncState = 'AtTip' | 'CatchingUp' | 'Behind' | 'TooFarAhead' | 'Isolated'

/** V155: what keeps a node from its turn. */
export type SyncCheck = 'lag' | 'peers' | 'streak'

/** One look at the network. Never changed after it was made, so nobody reads half of it (V036). */
export interface NetworkSnapshot {
  /** This node's clock, ms. */
  readonly at: number
  /** The head. */
  readonly localHeight: number
  /** Hash of the head, hex. */
  readonly tipHash: string
  readonly readyPeers: number
  /** `localHeight + lag`; null without a ready peer. */
  readonly networkHeight: number | null
  /** Blocks behind the network; negative when ahead. Measured at the final blocks, which no fork takes back. 0 without a ready peer. */
  readonly lag: number
  readonly state: SyncState
  /** Snapshots in a row in which the node was within the tolerance. */
  readonly eligibleStreak: number
  /** In the order in which to look at them. */
  readonly failing: readonly SyncCheck[]
  readonly eligible: boolean
}

/** What a snapshot is made of. */
export interface SyncFacts {
  readonly localHeight: number
  readonly tipHash: string
  /** Of each ready peer: blocks that it is ahead of this node, negative when behind (`PeerBook.leads`). */
  readonly leads: readonly number[]
  /** F-53: this node alone is the validator set, so it needs nobody. */
  readonly solo: boolean
}

/** A longer silence than so many snapshots breaks the streak: what was seen before a tab slept says nothing about now. */
const MAX_GAP_SNAPSHOTS = 3
/** How often a node whose family asks for no proof of sync looks whether that has changed, ms. */
const IDLE_LOOK_MS = 1000

/** D-40. Of two middle values the one nearer to this node. @returns null without a peer */
export function medianLead(leads: readonly number[]): number | null {
  const sorted = [...leads].sort((a, b) => a - b)
  const low = sorted[(sorted.length - 1) >> 1]
  const high = sorted[sorted.length >> 1]
  if (low === undefined || high === undefined) return null
  return Math.abs(low) <= Math.abs(high) ? low : high
}

/** V032–V035, with F-52 and F-60. @param lag signed */
export function syncStateOf(readyPeers: number, lag: number, maxDesyncBlocks: number): SyncState {
  if (readyPeers === 0) return 'Isolated'
  if (lag > maxDesyncBlocks) return 'Behind'
  if (lag < -maxDesyncBlocks) return 'TooFarAhead'
  return lag > 0 ? 'CatchingUp' : 'AtTip'
}

/** @param previous the snapshot before this one, or null for the first */
export function takeSnapshot(previous: NetworkSnapshot | null, facts: SyncFacts, rules: GateRules, now: number): NetworkSnapshot {
  const { localHeight, tipHash, leads, solo } = facts
  const lead = medianLead(leads)
  const lag = lead ?? 0
  const minReadyPeers = solo ? 0 : rules.minReadyPeers
  // Without a peer there is nothing to be level with, unless nobody is needed.
  const within = lead === null ? minReadyPeers === 0 : Math.abs(lag) <= rules.maxDesyncBlocks
  const unbroken = previous !== null && now >= previous.at && now - previous.at <= MAX_GAP_SNAPSHOTS * rules.snapshotMs
  const eligibleStreak = within ? (unbroken ? previous.eligibleStreak : 0) + 1 : 0
  const failing: SyncCheck[] = []
  if (!within && lead !== null) failing.push('lag')
  if (leads.length < minReadyPeers) failing.push('peers')
  if (eligibleStreak < rules.eligibleStreak) failing.push('streak')
  return Object.freeze({
    at: now,
    localHeight,
    tipHash,
    readyPeers: leads.length,
    networkHeight: lead === null ? null : localHeight + lag,
    lag,
    state: syncStateOf(leads.length, lag, rules.maxDesyncBlocks),
    eligibleStreak,
    failing: Object.freeze(failing),
    eligible: failing.length === 0
  })
}

/** Takes the snapshots when their time has come, and keeps the newest. */
export class ProofOfSync {
  #latest: NetworkSnapshot | null = null
  #dueAt = -Infinity
  #lookedAt = -Infinity

  /** Null while the family in force asks for none. */
  get latest(): NetworkSnapshot | null {
    return this.#latest
  }

  /** When the next snapshot is due, this node's clock; Infinity while none is asked for. */
  get wakeAt(): number {
    return this.#latest === null ? Infinity : this.#dueAt
  }

  /** A clock that was set back must not stop the snapshots. */
  isDue(now: number): boolean {
    return now >= this.#dueAt || now < this.#lookedAt
  }

  /**
   * @param rules of the family in force; undefined when it has none
   * @returns the new snapshot when state or eligibility are not what they were, else null
   */
  observe(rules: GateRules | undefined, facts: () => SyncFacts, now: number): NetworkSnapshot | null {
    const before = this.#latest
    this.#lookedAt = now
    this.#dueAt = now + (rules?.snapshotMs ?? IDLE_LOOK_MS)
    this.#latest = rules === undefined ? null : takeSnapshot(before, facts(), rules, now)
    return this.#latest !== null && (this.#latest.state !== before?.state || this.#latest.eligible !== before.eligible) ? this.#latest : null
  }
}
