/** The configuration of a producer as the node uses it (P010–P026), and what a node begins with. Ratios and amounts are milli-units, times milliseconds, all integers (F-01). */
import { MAX_BLOCK_BYTES, MAX_BLOCK_TRANSACTIONS } from '../../core/limits'
import type { Personality, PersonalityType } from '../../core/taste/personalities'

/** D-05. */
export const MEME_STRATEGIES = ['template', 'targeted', 'trending', 'remix', 'experimental', 'adaptive'] as const
export type MemeStrategy = (typeof MEME_STRATEGIES)[number]

/** D-06. */
export const RELATIONSHIP_STRATEGIES = ['reciprocal', 'cooperative', 'opportunistic', 'loyal', 'rival', 'hermit'] as const
export type RelationshipStrategy = (typeof RELATIONSHIP_STRATEGIES)[number]

export interface ProducerConfig {
  /** P010: what a new agent is registered as; null: the node chooses. */
  readonly name: string | null
  /** P013: multiaddrs that are dialled when the node starts. */
  readonly peers: readonly string[]
  /** D-01; null: the one that the agent's key gives it. */
  readonly personality: Personality | null
  /** P014: from the start of one production attempt to the next, at least; 0: every turn is used. */
  readonly blockIntervalMs: number
  /** P015: bytes of the encoded transaction list of an own block. */
  readonly maxBlockSize: number
  /** P016. */
  readonly maxTransactions: number
  /** P017–P021. */
  readonly meme: {
    readonly enabled: boolean
    /** Milli. */
    readonly qualityThreshold: number
    readonly creationStrategy: MemeStrategy
    /** P021, P026: whom memes are made for, and among whom allies are looked for. Empty: everybody. */
    readonly targetPersonalities: readonly PersonalityType[]
  }
  /** P022–P025. */
  readonly social: {
    readonly allianceFormation: boolean
    /** Milli. */
    readonly influenceThreshold: number
    readonly relationshipStrategy: RelationshipStrategy
  }
  readonly script: {
    /** Thousandths that a script may send away in all while it runs, fees included. */
    readonly spendLimit: number
  }
}

/** What runs: a configuration and, if the person wants one, a script that decides within its bounds. */
export interface AgentProgram {
  readonly toml: string
  readonly script: string | null
}

export const DEFAULT_CONFIG: ProducerConfig = {
  name: null,
  peers: [],
  personality: null,
  blockIntervalMs: 0,
  maxBlockSize: MAX_BLOCK_BYTES,
  maxTransactions: MAX_BLOCK_TRANSACTIONS,
  meme: { enabled: true, qualityThreshold: 500, creationStrategy: 'template', targetPersonalities: [] },
  social: { allianceFormation: false, influenceThreshold: 300, relationshipStrategy: 'reciprocal' },
  script: { spendLimit: 0 }
}
