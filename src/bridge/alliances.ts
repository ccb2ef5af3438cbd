/** Alliances, trust and drama as the page sees them. */
import type { ConflictView, DisputableView } from './conflicts'
import type { Hex } from './hex'

export type AlliancePurpose = 'blockProduction' | 'mutualVote' | 'memePromotion' | 'defence' | 'custom'
export type AllianceStatus = 'offered' | 'active' | 'expired' | 'broken' | 'lapsed'

/** D-07; ratios in milli-units. `breakPenalty` is taken from the breaker's reputation. */
export interface AllianceTermsView {
  durationBlocks: number
  supportVote: boolean
  exclusive: boolean
  memeBoost: number
  rewardShare: number
  breakPenalty: number
}

export interface AllianceView {
  id: Hex
  status: AllianceStatus
  purpose: AlliancePurpose
  label: string
  proposer: Hex
  members: { publicKey: Hex; name: string; signed: boolean }[]
  terms: AllianceTermsView
  offeredAt: number
  /** 0 while it is an offer. */
  formedAt: number
  /** Height at whose start the offer lapses, or the alliance expires. */
  until: number
  brokenBy: Hex | null
  /** This agent is a member; and whether it has signed. */
  mine: boolean
  signedByMe: boolean
}

/** P062–P067: somebody to propose to, and what. */
export interface AllySuggestion {
  publicKey: Hex
  name: string
  personality: string
  /** Milli-units: traits alone (D-02), what the chain says of the agent (D-14), and both together. */
  compatibility: number
  influence: number
  score: number
  /** Sentences. */
  reasons: string[]
  terms: AllianceTermsView
}

export interface TrustView {
  from: Hex
  to: Hex
  /** −1000 … 1000. */
  trust: number
}

export interface DramaView {
  number: number
  height: number
  kind: string
  level: number
  participants: Hex[]
  refs: Hex[]
  text: string
}

/** D-14: influence = reputation · allied / 1000 · trusted / 1000 + fame, at most 1000. Milli-units all. */
export interface InfluenceView {
  publicKey: Hex
  personality: string
  influence: number
  reputation: number
  /** 1000, and 50 more for each alliance in force. */
  allied: number
  /** 500 where nobody trusts or distrusts. */
  trusted: number
  /** Fades by half every 32 blocks. */
  fame: number
}

/** Social state as of this node's head. */
export interface SocialView {
  /** Memes ever published, and a value that changes whenever anything about memes does. */
  memes: { total: number; version: string }
  /** One's own first, then those that were active last. */
  influence: InfluenceView[]
  suggestions: AllySuggestion[]
  /** Newest first. */
  alliances: AllianceView[]
  trust: TrustView[]
  /** Newest first. */
  drama: DramaView[]
  /** Open ones first, then the newest. */
  conflicts: ConflictView[]
  /** Facts that this node knows of and nobody has brought before the room. */
  disputable: DisputableView[]
}
