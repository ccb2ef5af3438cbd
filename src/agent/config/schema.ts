/**
 * The configuration of a producer (P010–P026, D-11): which keys there are, what they mean, in which bounds, what they are without being set, and when they
 * matter. The form, the TOML in both directions and the documentation are all made from this one table.
 *
 * Inside, ratios and amounts are milli-units and times are milliseconds, all integers (F-01); in a file they are decimals with at most three places.
 */
import { MAX_BLOCK_BYTES, MAX_BLOCK_TRANSACTIONS } from '../../core/limits'
import type { Personality, PersonalityType } from '../../core/taste/personalities'
import { PERSONALITY_TYPES } from '../../core/taste/personalities'
import { MEME_STRATEGIES, RELATIONSHIP_STRATEGIES } from './config'
import type { MemeStrategy, ProducerConfig, RelationshipStrategy } from './config'

/** Longest own interval of a producer: who wants to make fewer blocks can leave. */
const MAX_INTERVAL_MS = 3_600_000
/** Smallest body limit, bytes: room for a few transactions. */
const MIN_BODY_BYTES = 1024
/** Addresses in one configuration: as many as a server's bootstrap list may hold. */
const MAX_PEERS = 16
/** Characters of one multiaddr; real ones are below 200. */
const MAX_PEER_LENGTH = 512
/** The most that a script may be trusted with, thousandths: a million. */
const MAX_SPEND_MILLI = 1_000_000_000

/** When a key's value begins to matter: with the next own block, with the next height, or when the node starts. */
export type Effect = 'next-block' | 'next-height' | 'next-start'

export type KeyKind =
  | { readonly type: 'text' }
  | { readonly type: 'toggle' }
  /** A decimal of a thousand parts; `unit` says what one is. Bounds in thousandths. */
  | { readonly type: 'milli'; readonly least: number; readonly most: number; readonly unit: '' | 's' | 'units' }
  | { readonly type: 'integer'; readonly least: number; readonly most: number; readonly unit: 'bytes' | '' }
  | { readonly type: 'choice'; readonly options: readonly string[] }
  | { readonly type: 'choices'; readonly options: readonly string[] }
  | { readonly type: 'addresses'; readonly most: number; readonly length: number }
  | { readonly type: 'personality'; readonly options: readonly string[] }

export interface ConfigKey {
  /** Table and key of the file; '' is the top. */
  readonly table: '' | 'meme_config' | 'social_config' | 'script_config'
  readonly key: string
  readonly kind: KeyKind
  readonly effect: Effect
  /** The rule of FEATURES that it is. */
  readonly rule: string
  /** One sentence for the file and the form. */
  readonly doc: string
  /** Other places and names under which a file may have it (F-30, D-11): `table.key`. */
  readonly aliases: readonly string[]
  readonly get: (config: ProducerConfig) => unknown
  readonly set: (config: ProducerConfig, value: never) => ProducerConfig
}

const MILLI = { type: 'milli', least: 0, most: 1000, unit: '' } as const

export const CONFIG_KEYS: readonly ConfigKey[] = [
  {
    table: '',
    key: 'name',
    kind: { type: 'text' },
    effect: 'next-start',
    rule: 'P010',
    doc: 'Name of a new agent: 1 to 32 bytes. A registered agent keeps the one it has.',
    aliases: [],
    get: config => config.name,
    set: (config, name: string | null) => ({ ...config, name })
  },
  {
    table: '',
    key: 'personality',
    kind: { type: 'personality', options: PERSONALITY_TYPES },
    effect: 'next-block',
    rule: 'D-01',
    doc: 'What it likes about the blocks of others: one of nine types, or a table of own weights. Left out: what its key gives it.',
    aliases: [],
    get: config => config.personality,
    set: (config, personality: Personality | null) => ({ ...config, personality })
  },
  {
    table: '',
    key: 'block_interval',
    kind: { type: 'milli', least: 0, most: MAX_INTERVAL_MS, unit: 's' },
    effect: 'next-block',
    rule: 'P014',
    doc: 'Seconds from the start of one own block to the start of the next, at least. 0: every turn is used.',
    aliases: [],
    get: config => config.blockIntervalMs,
    set: (config, blockIntervalMs: number) => ({ ...config, blockIntervalMs })
  },
  {
    table: '',
    key: 'max_block_size',
    kind: { type: 'integer', least: MIN_BODY_BYTES, most: MAX_BLOCK_BYTES, unit: 'bytes' },
    effect: 'next-block',
    rule: 'P015',
    doc: 'Most bytes of transactions in an own block.',
    aliases: [],
    get: config => config.maxBlockSize,
    set: (config, maxBlockSize: number) => ({ ...config, maxBlockSize })
  },
  {
    table: '',
    key: 'max_transactions',
    kind: { type: 'integer', least: 1, most: MAX_BLOCK_TRANSACTIONS, unit: '' },
    effect: 'next-block',
    rule: 'P016',
    doc: 'Most transactions in an own block; ten times as many may wait here.',
    aliases: [],
    get: config => config.maxTransactions,
    set: (config, maxTransactions: number) => ({ ...config, maxTransactions })
  },
  {
    table: '',
    key: 'peers',
    kind: { type: 'addresses', most: MAX_PEERS, length: MAX_PEER_LENGTH },
    effect: 'next-start',
    rule: 'P013',
    doc: 'Multiaddrs of relays that are dialled when the node starts.',
    aliases: [],
    get: config => config.peers,
    set: (config, peers: readonly string[]) => ({ ...config, peers })
  },
  {
    table: 'meme_config',
    key: 'enabled',
    kind: { type: 'toggle' },
    effect: 'next-height',
    rule: 'P018',
    doc: 'Attach a meme to own blocks.',
    aliases: ['meme.enabled'],
    get: config => config.meme.enabled,
    set: (config, enabled: boolean) => ({ ...config, meme: { ...config.meme, enabled } })
  },
  {
    table: 'meme_config',
    key: 'quality_threshold',
    kind: MILLI,
    effect: 'next-height',
    rule: 'P019',
    doc: 'A meme below this quality is not attached, 0 to 1.',
    aliases: ['meme.quality_threshold', 'meme.threshold'],
    get: config => config.meme.qualityThreshold,
    set: (config, qualityThreshold: number) => ({ ...config, meme: { ...config.meme, qualityThreshold } })
  },
  {
    table: 'meme_config',
    key: 'creation_strategy',
    kind: { type: 'choice', options: MEME_STRATEGIES },
    effect: 'next-height',
    rule: 'P020',
    doc: 'How memes are made.',
    aliases: ['meme.creation_strategy', 'meme.strategy'],
    get: config => config.meme.creationStrategy,
    set: (config, creationStrategy: MemeStrategy) => ({ ...config, meme: { ...config.meme, creationStrategy } })
  },
  {
    table: 'meme_config',
    key: 'target_personalities',
    kind: { type: 'choices', options: PERSONALITY_TYPES },
    effect: 'next-height',
    rule: 'P021',
    doc: 'Whom memes are made for, and among whom allies are looked for. Empty: everybody.',
    // F-30: the seed declares it here and reads it there.
    aliases: ['social_config.target_personalities', 'meme.targets', 'meme.target_personalities', 'social.target_personalities'],
    get: config => config.meme.targetPersonalities,
    set: (config, targetPersonalities: readonly PersonalityType[]) => ({ ...config, meme: { ...config.meme, targetPersonalities } })
  },
  {
    table: 'social_config',
    key: 'alliance_formation',
    kind: { type: 'toggle' },
    effect: 'next-height',
    rule: 'P023',
    doc: 'Propose alliances, and accept those that fit.',
    aliases: ['social.alliance_formation', 'social.alliances'],
    get: config => config.social.allianceFormation,
    set: (config, allianceFormation: boolean) => ({ ...config, social: { ...config.social, allianceFormation } })
  },
  {
    table: 'social_config',
    key: 'influence_threshold',
    kind: MILLI,
    effect: 'next-height',
    rule: 'P024',
    doc: 'Least influence of an ally, and own influence below which the strategy is changed, 0 to 1.',
    aliases: ['social.influence_threshold'],
    get: config => config.social.influenceThreshold,
    set: (config, influenceThreshold: number) => ({ ...config, social: { ...config.social, influenceThreshold } })
  },
  {
    table: 'social_config',
    key: 'relationship_strategy',
    kind: { type: 'choice', options: RELATIONSHIP_STRATEGIES },
    effect: 'next-height',
    rule: 'P025',
    doc: 'How others are treated.',
    aliases: ['social.relationship_strategy', 'social.relationship'],
    get: config => config.social.relationshipStrategy,
    set: (config, relationshipStrategy: RelationshipStrategy) => ({ ...config, social: { ...config.social, relationshipStrategy } })
  },
  {
    table: 'script_config',
    key: 'spend_limit',
    kind: { type: 'milli', least: 0, most: MAX_SPEND_MILLI, unit: 'units' },
    effect: 'next-block',
    rule: 'spend limit',
    doc: 'The most that a script may send away in all while it runs, fees included. 0: nothing.',
    aliases: ['script.spend_limit'],
    get: config => config.script.spendLimit,
    set: (config, spendLimit: number) => ({ ...config, script: { spendLimit } })
  }
]

/** `meme_config.enabled`; a key of the top table is its own path. */
export function pathOf({ table, key }: Pick<ConfigKey, 'table' | 'key'>): string {
  return table === '' ? key : `${table}.${key}`
}
