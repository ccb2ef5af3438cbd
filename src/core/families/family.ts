/**
 * What differs between the families of block production, and nothing else. Validity, votes, finality, state and evidence belong to the fixed
 * core, so that no family can break them (PROTOCOL §1, §2).
 *
 * A family answers three questions about the block after `parent`: whose turn is it (`ranking`, `turnOf`, `checkTurn`), when may that be said and voted for
 * (`proposalTime`, `voteTime`, `timestamp`), and what follows from it (`payouts`, `missed`, `advance`). All answers are pure functions of the parent state and
 * the arguments.
 */
import type { Failure } from '../result'
import type { ChainConfig, Genesis, Header } from '../schema'
import type { WorldState } from '../state/worldState'

export interface RankedProposer {
  publicKey: Uint8Array
  /** What the order was decided by, for people: the value that was compared. */
  ticket: Uint8Array
}

/** A proposer's place in a round: what goes into the header. */
export interface Turn {
  rank: number
  /** The family's evidence; empty where the rank can be recomputed without it. */
  claim: Uint8Array
}

/** One node's clock for the children of one parent; all milliseconds. */
export interface RoundClock {
  /** R2: the later of the moment this node entered the round and `anchor`. */
  start: number
  /** The parent's timestamp + one block interval: the same on every node. */
  anchor: number
  /** 2Δ as it is now: longer than configured while finality lags. */
  slotMs: number
}

export interface Payout {
  to: Uint8Array
  amount: bigint
}

/** A header whose state root is still being computed. */
export type PlacedHeader = Omit<Header, 'stateRoot'>

export interface Family {
  readonly name: string
  readonly config: ChainConfig
  /** `rank`: R3 as it stands. `arrival`: the i-th valid block that reached this validator has rank i for its votes (midnight C). */
  readonly voting: 'rank' | 'arrival'
  /** Blocks without a heartbeat after which an agent is not ranked any more. */
  readonly heartbeatTtl: number
  /** An agent has to ask for its place (`producer` of its record) before it is ranked. */
  readonly producersAsk: boolean
  /** Slots that a healthy round may take before its first block can be voted for; a round counts as stalled only some slots after that. */
  readonly patienceSlots: number
  /** After so many milliseconds without a decision, a proposal counts as timed out on screens. Decides nothing. */
  readonly deadlineMs: number
  /** R8: the most slots by which a personality may delay its own vote here; 0: personalities have no say. */
  readonly tasteSlots: number
  /** R1: who may propose first, as far as the parent decides it; empty where only a claim shows it. */
  ranking(parent: WorldState): readonly RankedProposer[]
  /** The first turn of this agent on `parent` whose time is not over at `clock.start`; null: none. */
  turnOf(parent: WorldState, self: Uint8Array, clock: RoundClock): Turn | null
  /** R1: `header.proposer` holds `header.rank` by its claim, and its timestamp is the one of that turn. */
  checkTurn(parent: WorldState, header: Header): Failure | null
  /** R3's order between two blocks of one height that passed `checkTurn`: negative when `a` is better. */
  compare(a: Header, b: Header): number
  /** R2: when this agent speaks. Local time, ms. */
  proposalTime(parent: WorldState, turn: Turn, self: Uint8Array, clock: RoundClock): number
  /** R3 without taste: when a vote for this block may be given. Local time, ms. */
  voteTime(parent: WorldState, header: Header, clock: RoundClock): number
  /** R10: the timestamp of a block made now. */
  timestamp(parent: WorldState, turn: Turn, now: number): number
  /** What the block pays out, in order, from the treasury and the fees. The sum is at most `treasury + fees`; what is left of the fees goes to the treasury. */
  payouts(parent: WorldState, proposer: Uint8Array, fees: bigint, treasury: bigint): readonly Payout[]
  /** Whose turn passed unused before this block's. */
  missed(parent: WorldState, header: PlacedHeader): readonly Uint8Array[]
  /** What to remember when the family begins to rule. */
  initialMemory(state: WorldState): Uint8Array
  /** What to remember after this block; null: as before. */
  advance(parent: WorldState, header: PlacedHeader): Uint8Array | null
  /** Public keys of everybody who may get a turn on `parent`, for screens; absent: all that are alive. */
  pool?(parent: WorldState): readonly Uint8Array[]
  /** What a node asks of itself before it uses a turn; absent: nothing. */
  readonly gate?: GateRules
}

/** V095–V098: a node's own judgement about itself. It decides nothing about validity. */
export interface GateRules {
  /** Peers that have to answer. */
  readonly minReadyPeers: number
  /** How far the node may be off the network's height, blocks, either way. */
  readonly maxDesyncBlocks: number
  /** Snapshots in a row within that. */
  readonly eligibleStreak: number
  /** Between two snapshots, ms. */
  readonly snapshotMs: number
}

/** How a folder of this directory presents itself to the registry. */
export interface FamilyModule {
  /** Number in the configuration. */
  readonly id: number
  readonly name: string
  /** Names of the modes, by number. */
  readonly modes: readonly string[]
  /** The seed's defaults, encoded. */
  defaultConfig(mode: number): ChainConfig
  /** @returns what is wrong with the mode or the parameters, or null */
  check(config: ChainConfig): Failure | null
  create(config: ChainConfig, genesis: Genesis): Family
}
