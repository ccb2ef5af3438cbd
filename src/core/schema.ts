/**
 * Every consensus datum: the schema value is the type. Field order is part of the protocol; a change needs a new protocol major.
 * Integers only. Heights, nonces, ranks are numbers below 2^32; times are milliseconds since 1970 below 2^53; amounts are u64 as bigint.
 */
import {
  MAX_AGENTS,
  MAX_BLOCK_TRANSACTIONS,
  MAX_BODY_REQUEST,
  MAX_APPROVALS,
  MAX_CLAIM_BYTES,
  MAX_GENESIS_AGENTS,
  MAX_LOOKAHEAD_EPOCHS,
  MAX_MEMORY_BYTES,
  MAX_OPINION_REASONS,
  MAX_PARAMETER_BYTES,
  MAX_PAYLOAD_BYTES,
  MAX_PLOTS,
  MAX_RANGE_BLOCKS,
  MAX_ROUND_ANNOUNCES,
  MAX_ROUND_CERTIFICATES,
  MAX_ROUND_VOTES,
  MAX_SUBMIT_TRANSACTIONS,
  MAX_VALIDATORS,
  RECENT_HASHES
} from './limits'
import {
  ByteListType,
  ByteVectorType,
  ContainerNodeStructType,
  ContainerType,
  ListCompositeType,
  UintBigintType,
  UintNumberType,
  VectorCompositeType
} from './ssz'
import type { ValueOf } from './ssz'

const Bytes32 = new ByteVectorType(32)
const Bytes64 = new ByteVectorType(64)
const Bytes80 = new ByteVectorType(80)
const U8 = new UintNumberType(1)
const U16 = new UintNumberType(2)
const U32 = new UintNumberType(4)
/** u64 below 2^53: what a JavaScript number would round is refused, not rounded. */
class SafeUint64Type extends UintNumberType {
  constructor() {
    super(8)
  }

  override value_deserializeFromBytes(...bytes: Parameters<UintNumberType['value_deserializeFromBytes']>): number {
    const value = super.value_deserializeFromBytes(...bytes)
    if (!Number.isSafeInteger(value)) throw new Error('a time from 2^53 on')
    return value
  }
}

/** Milliseconds since 1970. */
const TimeMs = new SafeUint64Type()
const Amount = new UintBigintType(8)

// ---------------------------------------------------------------------------------------------------------------- genesis

/**
 * Who may make blocks, and at what pace (PROTOCOL §8). `family` and `mode` are numbers of src/core/families; `parameters` are the family's own,
 * encoded by its own schema. It is part of the state: an authority or a quorum changes it by transaction, from an epoch boundary on.
 */
export const ChainConfig = new ContainerType({
  family: U8,
  mode: U8,
  blockIntervalMs: U32,
  /** 2Δ: how long one rank waits for the one before it (R2). */
  slotMs: U32,
  parameters: new ByteListType(MAX_PARAMETER_BYTES)
})
export type ChainConfig = ValueOf<typeof ChainConfig>

/** `deposit` counts as old enough from the first block on. */
const GenesisAgent = new ContainerType({ publicKey: Bytes32, name: Bytes32, balance: Amount, deposit: Amount })

/**
 * Space that an agent has committed to (D-32): leaf i is a function of (owner, seed, i), so nobody else can use it, and `root` is the Merkle root of
 * the leaves. It counts from `registeredAt` + the maturity of the family on.
 */
export const Plot = new ContainerNodeStructType({ owner: Bytes32, seed: Bytes32, leaves: U32, leafFunction: U8, root: Bytes32, registeredAt: U32 })
export type Plot = ValueOf<typeof Plot>

/**
 * The first block's stand-in: its hash is the network id. `membership`: genesis.ts. `authority` is all zero when nobody may re-anchor the network.
 */
export const Genesis = new ContainerType({
  schemaVersion: U16,
  name: Bytes32,
  /** Milliseconds since 1970; the time grid of all blocks starts here. */
  time: TimeMs,
  salt: Bytes32,
  config: ChainConfig,
  epochLength: U32,
  /** Epochs between the block that decides a validator set and its first height (R9). */
  lookahead: U8,
  /** Blocks without a heartbeat after which an agent counts as gone. */
  heartbeatTtl: U32,
  /** Below this many members only the longest-registered one validates: sets of two and three are stopped by any one closed tab. */
  minCommittee: U16,
  membership: U8,
  authority: Bytes32,
  treasury: Amount,
  registrationGrant: Amount,
  blockReward: Amount,
  /** What an agent pays for a turn that it let pass, where the family names such turns. */
  missedSlotPenalty: Amount,
  agents: new ListCompositeType(GenesisAgent, MAX_GENESIS_AGENTS),
  plots: new ListCompositeType(Plot, MAX_GENESIS_AGENTS)
})
export type Genesis = ValueOf<typeof Genesis>

// ----------------------------------------------------------------------------------------------------------- transactions

/** What the sender signs; `payload` is decoded by the schema of its `kind` (state/transactions.ts). */
export const UnsignedTransaction = new ContainerType({ kind: U8, sender: Bytes32, nonce: U32, fee: Amount, payload: new ByteListType(MAX_PAYLOAD_BYTES) })
export type UnsignedTransaction = ValueOf<typeof UnsignedTransaction>

export const Transaction = new ContainerType({ ...UnsignedTransaction.fields, signature: Bytes64 })
export type Transaction = ValueOf<typeof Transaction>

export const TransactionList = new ListCompositeType(Transaction, MAX_BLOCK_TRANSACTIONS)

// ----------------------------------------------------------------------------------------------------------------- blocks

/**
 * `stateRoot` is the root after this block. `vrf` proves the proposer's random number for this height (RFC 9381), and `seed` is the seed chain's value with it. `claim` is
 * the family's evidence that the proposer holds `rank`. The hash of these bytes is the block's id; signatures stay outside it.
 */
export const Header = new ContainerType({
  height: U32,
  parent: Bytes32,
  timestamp: TimeMs,
  proposer: Bytes32,
  rank: U32,
  txRoot: Bytes32,
  stateRoot: Bytes32,
  vrf: Bytes80,
  seed: Bytes32,
  claim: new ByteListType(MAX_CLAIM_BYTES)
})
export type Header = ValueOf<typeof Header>

export const Block = new ContainerType({ header: Header, signature: Bytes64, transactions: TransactionList })
export type Block = ValueOf<typeof Block>

// -------------------------------------------------------------------------------------------------------------- consensus

export const VOTE_NOTARISE = 1
export const VOTE_FINALISE = 2

/** R3 and R5. Signed over tag, network, kind, height, hash. */
export const Vote = new ContainerType({ kind: U8, height: U32, hash: Bytes32, voter: Bytes32, signature: Bytes64 })
export type Vote = ValueOf<typeof Vote>

const VoteSignature = new ContainerType({ voter: Bytes32, signature: Bytes64 })

/** R4: a quorum of votes of one kind for one hash. Signatures ascend by voter, each voter once. */
export const Certificate = new ContainerType({ kind: U8, height: U32, hash: Bytes32, signatures: new ListCompositeType(VoteSignature, MAX_VALIDATORS) })
export type Certificate = ValueOf<typeof Certificate>

export const ValidatorEntry = new ContainerNodeStructType({ publicKey: Bytes32, weight: U32 })
export type ValidatorEntry = ValueOf<typeof ValidatorEntry>
export const ValidatorList = new ListCompositeType(ValidatorEntry, MAX_VALIDATORS)

/**
 * A proposal on its way: header, proposer's signature, the certificate of its parent (none on a tentative chain, none for the child of
 * genesis), and the body when it is short. A certificate and a body are lists of at most one.
 */
export const Announce = new ContainerType({
  header: Header,
  signature: Bytes64,
  parentCertificate: new ListCompositeType(Certificate, 1),
  body: new ListCompositeType(TransactionList, 1)
})
export type Announce = ValueOf<typeof Announce>

/** "I am here, at this height": says who is awake and who is behind. Informational; never decides anything. */
export const Presence = new ContainerType({ sender: Bytes32, time: TimeMs, height: U32, finalHeight: U32, finalHash: Bytes32, signature: Bytes64 })
export type Presence = ValueOf<typeof Presence>

export const VERDICT_APPROVE = 1
export const VERDICT_REJECT = 2
/** Scores and points travel as themselves plus this: they are signed, and no field is. */
export const POINTS_OFFSET = 1 << 15

/** `code` as in core/taste/judge.ts; `points` plus POINTS_OFFSET. */
const OpinionReason = new ContainerType({ code: U8, points: U16 })

/**
 * R8: what a validator thinks of a valid block, and why. It is counted and shown, and decides nothing: it is no vote, and the delay of its author's own vote is its author's
 * business. `score` (plus POINTS_OFFSET) from zero on is an approval.
 */
export const Opinion = new ContainerType({
  height: U32,
  hash: Bytes32,
  agent: Bytes32,
  verdict: U8,
  score: U16,
  reasons: new ListCompositeType(OpinionReason, MAX_OPINION_REASONS),
  signature: Bytes64
})
export type Opinion = ValueOf<typeof Opinion>

// --------------------------------------------------------------------------------------------------------- request, reply

export const Hello = new ContainerType({ protocolMajor: U16, networkId: Bytes32, publicKey: Bytes32, height: U32, finalHeight: U32, finalHash: Bytes32 })
export type Hello = ValueOf<typeof Hello>
export const BodiesRequest = new ContainerType({ hashes: new ListCompositeType(Bytes32, MAX_BODY_REQUEST) })
export const BodiesReply = new ContainerType({ blocks: new ListCompositeType(Block, MAX_BODY_REQUEST) })
export type BodiesReply = ValueOf<typeof BodiesReply>
export const RangeRequest = new ContainerType({ from: U32, count: U16 })
/** Final blocks from `from` on, and the finalisation certificate of the last one. */
export const RangeReply = new ContainerType({ blocks: new ListCompositeType(Block, MAX_RANGE_BLOCKS), certificate: new ListCompositeType(Certificate, 1) })
export type RangeReply = ValueOf<typeof RangeReply>
export const RoundsRequest = new ContainerType({ from: U32 })
/** What is known above `from` and not final: gossip is never the only path. */
export const RoundsReply = new ContainerType({
  announces: new ListCompositeType(Announce, MAX_ROUND_ANNOUNCES),
  votes: new ListCompositeType(Vote, MAX_ROUND_VOTES),
  certificates: new ListCompositeType(Certificate, MAX_ROUND_CERTIFICATES)
})
export type RoundsReply = ValueOf<typeof RoundsReply>
/** Own transactions that have not been included for a while, handed to a peer directly. */
export const SubmitRequest = new ContainerType({ transactions: new ListCompositeType(Transaction, MAX_SUBMIT_TRANSACTIONS) })
export const SubmitReply = new ContainerType({ accepted: U16 })
export const GenesisRequest = new ContainerType({ networkId: Bytes32 })
export const GenesisReply = new ContainerType({ genesis: new ListCompositeType(Genesis, 1) })
export type GenesisReply = ValueOf<typeof GenesisReply>

// ------------------------------------------------------------------------------------------------------------------ state

export const AGENT_ACTIVE = 1
export const AGENT_LEFT = 2
export const AGENT_PENALISED = 3

/**
 * One agent. `name` is UTF-8 padded with zeros. Heights of registration, of the last heartbeat on chain (of leaving, once it has left), and of the last change of the
 * deposit. `missed` counts turns let pass since its last block. `producer` 1: wants to make blocks in families where one has to ask.
 */
export const AgentRecord = new ContainerNodeStructType({
  publicKey: Bytes32,
  name: Bytes32,
  status: U8,
  balance: Amount,
  nonce: U32,
  registeredAt: U32,
  lastHeartbeat: U32,
  blocksMade: U32,
  deposit: Amount,
  depositedAt: U32,
  missed: U32,
  producer: U8
})
export type AgentRecord = ValueOf<typeof AgentRecord>

/**
 * What is known of the chain itself after block `height`: a block cannot hold its own hash, so `recent[h mod RECENT_HASHES]` covers heights
 * below it. `seed` is seed(height), `previousSeed` is seed(height − 1).
 */
const ChainRecord = new ContainerType({
  height: U32,
  timestamp: TimeMs,
  seed: Bytes32,
  previousSeed: Bytes32,
  recent: new VectorCompositeType(Bytes32, RECENT_HASHES),
  transactions: Amount
})

/** R9: the set of the epoch of the next height, then those of the epochs after it, as far as they are decided. */
export const ValidatorSetList = new ListCompositeType(ValidatorList, MAX_LOOKAHEAD_EPOCHS + 1)
export const ValidatorSets = new ContainerType({ epoch: U32, sets: ValidatorSetList })
export type ValidatorSets = ValueOf<typeof ValidatorSets>

/** A configuration that will hold from the first height of `epoch` on. */
export const ScheduledConfigs = new ListCompositeType(new ContainerType({ epoch: U32, config: ChainConfig }), 1)

/** `memory` is what the family in force has to remember from block to block, by its own schema. */
const ConfigRecord = new ContainerType({ active: ChainConfig, scheduled: ScheduledConfigs, memory: new ByteListType(MAX_MEMORY_BYTES) })

export const State = new ContainerType({
  schemaVersion: U16,
  treasury: Amount,
  chain: ChainRecord,
  config: ConfigRecord,
  validators: ValidatorSets,
  agents: new ListCompositeType(AgentRecord, MAX_AGENTS),
  plots: new ListCompositeType(Plot, MAX_PLOTS)
})
export type State = ValueOf<typeof State>

/** Payloads by transaction kind. A leave has none. */
export const RegisterPayload = new ContainerType({ name: Bytes32 })
export const TransferPayload = new ContainerType({ to: Bytes32, amount: Amount })
export const HeartbeatPayload = new ContainerType({ height: U32, hash: Bytes32 })
const SignedHeader = new ContainerType({ header: Header, signature: Bytes64 })
/** Two different headers of one proposer with the same height and parent, at most EVIDENCE_WINDOW heights old. */
export const EvidencePayload = new ContainerType({ first: SignedHeader, second: SignedHeader })
export type EvidencePayload = ValueOf<typeof EvidencePayload>

/** Two votes of one voter at one height that R5 forbids together: two finalisations, or a finalisation beside a notarisation of another block. */
export const VoteEvidencePayload = new ContainerType({ first: Vote, second: Vote })
export type VoteEvidencePayload = ValueOf<typeof VoteEvidencePayload>
export const DepositPayload = new ContainerType({ amount: Amount })
/** 1: rank me; 0: do not. */
export const ProducerPayload = new ContainerType({ on: U8 })
export const PlotPayload = new ContainerType({ seed: Bytes32, leaves: U32, leafFunction: U8, root: Bytes32 })
/** By the authority: a member for an invited network. */
export const InvitePayload = new ContainerType({ publicKey: Bytes32, name: Bytes32 })
/** By the authority alone, or by anybody with the signatures of a quorum of the set in force. */
export const ConfigurePayload = new ContainerType({ epoch: U32, config: ChainConfig, approvals: new ListCompositeType(VoteSignature, MAX_APPROVALS) })
export type ConfigurePayload = ValueOf<typeof ConfigurePayload>
/** By the authority: the block with this hash is final, and from the next height on these agents validate. */
export const ReanchorPayload = new ContainerType({ height: U32, hash: Bytes32, validators: ValidatorList })
export type ReanchorPayload = ValueOf<typeof ReanchorPayload>
