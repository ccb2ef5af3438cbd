/** What an agent sees of the others before it does something about them: plain data, the newest state at its head, and the person's own words nowhere in it. */
import type { Personality } from '../../core/taste/personalities'

/** Somebody else who is active. Keys are hex; ratios milli-units, trust −1000 … 1000. */
export interface Person {
  readonly publicKey: string
  readonly name: string
  readonly personality: Personality
  readonly influence: number
  /** How much it trusts this agent, and this agent it. */
  readonly trustsMe: number
  readonly trusted: number
  /** Votes at this height: its preferences are those of a validator (P053). */
  readonly validator: boolean
  /** P055: what it said of this agent's recent blocks. */
  readonly approvals: number
  readonly rejections: number
}

/** One meme of the chain, the newest first. */
export interface SeenMeme {
  readonly id: string
  readonly creator: string
  readonly mine: boolean
  readonly height: number
  readonly quality: number
  readonly relevance: number
  readonly tags: readonly string[]
  readonly reactions: { readonly love: number; readonly like: number; readonly dislike: number; readonly neutral: number }
  /** This agent has reacted. */
  readonly answered: boolean
}

export interface SeenAlliance {
  readonly id: string
  /** Without this agent. */
  readonly others: readonly string[]
  readonly proposer: string
  readonly state: 'offered-to-me' | 'offered-by-me' | 'active'
}

export interface SocialMoment {
  /** Of the head. */
  readonly height: number
  readonly blockIntervalMs: number
  readonly self: string
  readonly personality: Personality
  readonly influence: number
  /** Mean of what the others trust this agent, −1000 … 1000. */
  readonly meanTrust: number
  /** It may make the next block. */
  readonly hasTurn: boolean
  /** A meme of its own waits for a block, whoever made it. */
  readonly memeWaits: boolean
  /** By key, ascending. */
  readonly people: readonly Person[]
  readonly alliances: readonly SeenAlliance[]
  readonly memes: readonly SeenMeme[]
  /** Tags of recent memes and the names of recent dramas: what counts as relevant (D-03). */
  readonly air: readonly string[]
}

/**
 * Chance that anybody can check: H(agent's key, hash of the head, label). @param below exclusive
 * @returns 0 … below − 1
 */
export type Chance = (label: string, below: number) => number
