/** Conflicts between agents, and facts that could become one, as the page sees them (T066–T076, D-15). */
import type { Hex } from './hex'

/** Two transactions of one sender with one nonce; a signed word about one's own record that a proof contradicts; one member in two alliances that exclude each other. */
export type ConflictKind = 'divergent' | 'inconsistent' | 'clash'
export type ConflictChoice = 'keepFirst' | 'keepSecond' | 'void'
/** How opinions are weighed; the room's genesis names one. */
export type ConflictStrategy = 'majority' | 'personality' | 'social'

export interface NamedAgent {
  publicKey: Hex
  name: string
}

/** One of the two that exclude each other. `label`: an alliance's, or the names of its members, as far as this state still has it; null: it is none. */
export interface DisputedView {
  id: Hex
  label: string | null
}

export interface OpinionOnConflict extends NamedAgent {
  choice: ConflictChoice
  /** What the voice weighs; null: the state in which it was weighed is no longer here. */
  weight: number | null
  /** What it would weigh without the cap, where that is more; else null. */
  uncapped: number | null
}

export interface ConflictView {
  id: Hex
  /** Its record is proved as `state/social/conflicts/<place>`. */
  place: number
  kind: ConflictKind
  strategy: ConflictStrategy
  subject: NamedAgent
  openedBy: NamedAgent
  openedAt: number
  /** Height at whose start it is decided. */
  closesAt: number
  /** Blocks that may still bring an opinion. */
  blocksLeft: number
  /** Reputation that the subject may lose, of 1000; null: what its broken alliance costs. */
  stake: number | null
  first: DisputedView
  second: DisputedView
  opinions: OpinionOnConflict[]
  /** Weights; null: no longer known. */
  tally: Record<ConflictChoice, number> | null
  /** How many validators there are (or were, when it was decided), and how many voices it takes; null: no longer known. */
  validators: number | null
  voicesNeeded: number | null
  /** What would come out if it closed now, or what has come out. */
  standing: ConflictChoice
  decided: boolean
  /** May this agent say what it thinks? */
  mayJudge: 'yes' | 'subject' | 'said' | 'closed' | 'stranger'
}

/** A fact that this node knows of and nobody has brought before the room. */
export type DisputableView = { subject: NamedAgent; first: DisputedView; second: DisputedView } & (
  { kind: 'clash' } | { kind: 'divergent'; /** Hex of both transactions. */ evidence: [Hex, Hex]; /** Of the block that has one of them. */ height: number }
)
