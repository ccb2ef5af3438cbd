/**
 * Every consensus datum: the schema value is the type. Field order is part of the protocol; a change needs a new protocol major.
 * Integers only. Heights, nonces, ranks are numbers below 2^32; times are milliseconds since 1970 below 2^53; amounts are u64 as bigint.
 */
import {
  MAX_AGENTS,
  MAX_BLOCK_TRANSACTIONS,
  MAX_BODY_REQUEST,
  MAX_CLAIM_BYTES,
  MAX_GENESIS_AGENTS,
  MAX_PAYLOAD_BYTES,
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

const GenesisAgent = new ContainerType({ publicKey: Bytes32, name: Bytes32, balance: Amount })

/**
 * The first block's stand-in: its hash is the network id. `membership` 1 = open (whoever registers counts 1), 2 = invited (only the agents
 * listed here). `authority` is all zero when nobody may re-anchor the network.
 */
export const Genesis = new ContainerType({
  schemaVersion: U16,
  name: Bytes32,
  /** Milliseconds since 1970; the time grid of all blocks starts here. */
  time: TimeMs,
  salt: Bytes32,
  family: U8,
  familyMode: U8,
  blockIntervalMs: U32,
  /** 2Δ: how long one rank waits for the one before it (R2). */
  slotMs: U32,
  epochLength: U32,
  /** Blocks without a heartbeat after which an agent counts as gone. */
  heartbeatTtl: U32,
  /** Below this many members only the longest-registered one validates: sets of two and three are stopped by any one closed tab. */
  minCommittee: U16,
  membership: U8,
  authority: Bytes32,
  treasury: Amount,
  registrationGrant: Amount,
  blockReward: Amount,
  agents: new ListCompositeType(GenesisAgent, MAX_GENESIS_AGENTS)
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
 * `stateRoot` is the root after this block. `seed` is the seed chain's value after it. `claim` is the family's evidence that the proposer
 * holds `rank`. The hash of these bytes is the block's id; signatures stay outside it.
 */
export const Header = new ContainerType({
  height: U32,
  parent: Bytes32,
  timestamp: TimeMs,
  proposer: Bytes32,
  rank: U16,
  txRoot: Bytes32,
  stateRoot: Bytes32,
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

/** One agent. `name` is UTF-8 padded with zeros. Heights of registration and of the last heartbeat on chain. */
export const AgentRecord = new ContainerNodeStructType({
  publicKey: Bytes32,
  name: Bytes32,
  status: U8,
  balance: Amount,
  nonce: U32,
  registeredAt: U32,
  lastHeartbeat: U32,
  blocksMade: U32
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

/** R9: `current` is the set of the epoch of the next height, `next` that of the epoch after it. */
const ValidatorSets = new ContainerType({ epoch: U32, current: ValidatorList, next: ValidatorList })

export const State = new ContainerType({
  schemaVersion: U16,
  treasury: Amount,
  chain: ChainRecord,
  validators: ValidatorSets,
  agents: new ListCompositeType(AgentRecord, MAX_AGENTS)
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
