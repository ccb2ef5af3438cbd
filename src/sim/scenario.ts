/** What one simulated run is made of. A scenario and a seed are one history. */
import { MEMBERSHIP_INVITED } from '../core/consensus/validatorSet'
import type { RankedRounds } from '../core/consensus/rankedRounds'
import type { ChainRules } from '../core/chain/execute'
import type { Signer } from '../core/crypto/ed25519'
import type { FamilyOf } from '../core/families/registry'
import type { NetworkOptions } from '../core/genesis'
import type { Genesis, Header } from '../core/schema'
import type { NodeOptions } from '../node/nodeCore'
import type { CommitBatch } from '../node/ports'
import type { Invariant } from './violation'

/**
 * What a liar does with the real node's output. `equivocate`: two blocks at its turn, one per half, and votes for both. `twoFaces`: the same, but it never
 * votes, so that no half has a quorum. `doubleVote`: signs every block and every finalisation it hears of. `withhold`: each message reaches some. `forge`: a damaged
 * copy of each message. `silent`: makes and votes for nothing. `height`: boasts of final blocks. `replay`: says again what it heard long ago. `grind`: makes many
 * variants of its block and shows the one with the lowest hash. `sybil`: registers as many agents as the network takes. `ahead`: its blocks carry times to come.
 * `impostor`: makes blocks at the turns of others, with their claims or with old ones of its own. `foreign`: its heartbeats name blocks of another chain. `flood`: blocks
 * without parents, and transactions that wait for others. `lyingSnapshot`: honest but for the states that it serves: damaged parts, and now and then a damaged manifest.
 * `stalledServer`: honest but for parts of states, which it never sends.
 */
export const LIAR_KINDS = [
  'equivocate',
  'twoFaces',
  'doubleVote',
  'withhold',
  'forge',
  'silent',
  'height',
  'replay',
  'grind',
  'sybil',
  'ahead',
  'impostor',
  'foreign',
  'flood',
  'lyingSnapshot',
  'stalledServer'
] as const
export type LiarKind = (typeof LIAR_KINDS)[number]

/** Deliberate bugs. Each must be caught by the checkers, or the simulator proves nothing. */
export interface Mutant {
  name: string
  /** What it breaks, in a line. */
  breaks: string
  /** Invariants of which one has to break. */
  finds: readonly Invariant[]
  rounds?: typeof RankedRounds
  /** Other rules of blocks and transactions, on every node. */
  rules?: (rules: ChainRules) => Partial<Pick<ChainRules, 'familyOf' | 'transactions'>>
  /** The checkers compute by the same wrong rules, as they would with a bug that nobody knows of: only what they judge by themselves can find it. */
  everywhere?: boolean
  /** Other bounds of a node. */
  limits?: NodeOptions['limits']
  /** What goes to the disk instead. */
  commit?: (batch: CommitBatch) => CommitBatch
  /** The disk accepts every promise, whatever it has promised before: without it the second line of defence would hide the bug. */
  blindStore?: boolean
  /** The disk forgets all promises in a crash. */
  forgetVotes?: boolean
  /** The mark beside the database (storage.ts) follows final blocks only, not promises. */
  lowMark?: boolean
  /** Answers about unfinalised rounds leave out certificates. */
  withholdProofs?: boolean
  taste?: (node: number, header: Header) => number
  /** What brings it to light soonest. */
  scenario?: Partial<Scenario>
  /** Seeds that suffice to kill it. */
  seeds?: number
}

export interface Scenario {
  seed: number
  family: string
  /** Number of the family's mode. */
  mode: number
  nodes: number
  /** The last `byzantine` of the nodes lie. */
  byzantine: number
  /** Which lies they may choose from. */
  liars: readonly LiarKind[]
  virtualMs: number
  /** Faults stop here (global stabilisation time); afterwards liveness is demanded. */
  healAtMs: number
  blockIntervalMs: number
  slotMs: number
  epochLength: number
  lookahead: number
  /**
   * Long by default: f < n/3 is promised for every validator set, and a set that shrinks because honest heartbeats are held up can hold a third of liars.
   * Scenarios about membership set it short and have no liars.
   */
  heartbeatTtl: number
  /** 1 here: a committee that falls back to its senior would leave nothing to break. */
  minCommittee: number
  latencyMs: readonly [number, number]
  /** Faults are planned from these by the seed (faultPlan.ts); each kind whose figure is above 0 happens at least once in the faulty phase. */
  /** Chances per message in 1000, all through the faulty phase: lost, doubled, held up for up to `extraDelayMs`, overtaken. */
  lossMilli: number
  duplicateMilli: number
  delayMilli: number
  extraDelayMs: number
  reorderMilli: number
  /** Chances per virtual second in 1000. */
  partitionMilli: number
  /** A link, or all links of a node, holds everything back and then delivers in a burst. */
  clogMilli: number
  /** Power off, with the last writes there, torn or lost. */
  crashMilli: number
  /** The database is gone or replaced by a backup, the key is kept. Hits only as many honest nodes as the third of the weight that may fail has room for. */
  wipeMilli: number
  freezeMilli: number
  /** A clock that runs up to a tenth too fast or slow for a while, and is then set right. */
  clockMilli: number
  diskMs: readonly [number, number]
  /** Lasting clock error of each node: offset up to so many ms, rate up to so many parts in 1000. */
  clockOffsetMs: number
  clockDriftMilli: number
  transfersPerMinute: number
  /** Memes, reactions, alliances and the like, all nodes together. */
  socialPerMinute: number
  /** Each does what its personality would (society.ts), in the place of whatever chance picks. */
  society: boolean
  /** Of the genesis. Where anybody may register, a sybil outvotes the others: f < n/3 is no longer given. */
  membership: number
  taste: boolean
  mutant: Mutant | null
  /** Other families in the place of the real ones: the lab's unsound rules. */
  familyOf?: (genesis: Genesis) => FamilyOf
  /** Other parts of the genesis, made from the nodes' keys. */
  genesis?: (signers: readonly Signer[]) => Partial<NetworkOptions>
}

export const STANDARD: Omit<Scenario, 'seed' | 'nodes' | 'byzantine'> = {
  family: 'midnight',
  mode: 0,
  liars: LIAR_KINDS,
  virtualMs: 600_000,
  healAtMs: 420_000,
  blockIntervalMs: 2000,
  slotMs: 1200,
  epochLength: 4,
  lookahead: 3,
  heartbeatTtl: 100_000,
  minCommittee: 1,
  latencyMs: [10, 150],
  lossMilli: 80,
  duplicateMilli: 30,
  delayMilli: 100,
  extraDelayMs: 2500,
  reorderMilli: 50,
  partitionMilli: 25,
  clogMilli: 15,
  crashMilli: 20,
  wipeMilli: 4,
  freezeMilli: 10,
  clockMilli: 8,
  diskMs: [1, 12],
  clockOffsetMs: 100,
  clockDriftMilli: 2,
  transfersPerMinute: 12,
  socialPerMinute: 12,
  society: false,
  membership: MEMBERSHIP_INVITED,
  taste: true,
  mutant: null
}

/** No fault at all, exact clocks, no tastes: what is left is the protocol at its own pace. */
export const CALM = {
  byzantine: 0,
  healAtMs: 0,
  lossMilli: 0,
  duplicateMilli: 0,
  delayMilli: 0,
  reorderMilli: 0,
  partitionMilli: 0,
  clogMilli: 0,
  crashMilli: 0,
  wipeMilli: 0,
  freezeMilli: 0,
  clockMilli: 0,
  clockOffsetMs: 0,
  clockDriftMilli: 0,
  taste: false
} as const satisfies Partial<Scenario>
