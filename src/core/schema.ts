/**
 * Every consensus datum: the schema value is the type. Field order is part of the protocol; a change needs a new protocol major.
 * Integers only. Heights, nonces, ranks are numbers below 2^32; times are milliseconds since 1970 below 2^53; amounts are u64 as bigint.
 */
import {
  MAX_AGENDA,
  MAX_AGENTS,
  MAX_ALLIANCES,
  MAX_ALLIANCES_PER_AGENT,
  MAX_ALLIANCE_MEMBERS,
  MAX_APPROVALS,
  MAX_BALLOTS,
  MAX_BLOCK_TRANSACTIONS,
  MAX_BODY_REQUEST,
  MAX_RECORD_BRANCH,
  MAX_CAPTION_BYTES,
  MAX_CLAIM_BYTES,
  MAX_CONFLICTS,
  MAX_CONFLICT_EVIDENCE_BYTES,
  MAX_CUSTOM_ACTION_BYTES,
  MAX_CUSTOM_BYTES,
  MAX_CUSTOM_KINDS,
  MAX_DRAMA_EVENTS,
  MAX_DRAMA_PARTICIPANTS,
  MAX_DRAMA_REFS,
  MAX_ERAS,
  MAX_GENESIS_AGENTS,
  MAX_LOOKAHEAD_EPOCHS,
  MAX_MEMES,
  MAX_MEME_REFERENCES,
  MAX_MEME_TAGS,
  MAX_MEME_TARGETS,
  MAX_MEMORY_BYTES,
  MAX_OPINION_REASONS,
  MAX_PARAMETER_BYTES,
  MAX_PAYLOAD_BYTES,
  MAX_PLOTS,
  MAX_POLL_OPTION_BYTES,
  MAX_POLL_OPTIONS,
  MAX_POLL_QUESTION_BYTES,
  MAX_POLL_ANSWERS,
  MAX_RANGE_BLOCKS,
  MAX_REACTIONS,
  MAX_RECIPE_BYTES,
  MAX_RELATIONS_PER_AGENT,
  MAX_ROUND_ANNOUNCES,
  MAX_ROUND_CERTIFICATES,
  MAX_ROUND_VOTES,
  MAX_SKETCHES,
  MAX_SUBMIT_TRANSACTIONS,
  MAX_TAG_BYTES,
  MAX_VALIDATORS,
  RECENT_HASHES,
  SKETCH_BYTES
} from './limits'
import {
  ByteListType,
  ByteVectorType,
  ContainerNodeStructType,
  ContainerType,
  InnerRecordType,
  ListCompositeType,
  RecordListType,
  UintBigintType,
  UintNumberType
} from './ssz'
import type { ValueOf } from './ssz'

const Bytes20 = new ByteVectorType(20)
export const Bytes32 = new ByteVectorType(32)
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
  /** R12: heights without a final block after which a branch decides by itself who votes on it; 0: never. */
  leakAfter: U32,
  membership: U8,
  authority: Bytes32,
  treasury: Amount,
  registrationGrant: Amount,
  blockReward: Amount,
  /** What an agent pays for a turn that it let pass, where the family names such turns. */
  missedSlotPenalty: Amount,
  /** How conflicts among agents are resolved (D-15): a number of STRATEGIES in state/conflicts.ts. */
  conflictStrategy: U8,
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

export const ROLE_FULL = 1
/** Keeps no blocks and has nothing to give: nobody asks it, and its heights say nothing. */
export const ROLE_LIGHT = 2

export const Hello = new ContainerType({
  protocolMajor: U16,
  role: U8,
  networkId: Bytes32,
  publicKey: Bytes32,
  height: U32,
  finalHeight: U32,
  finalHash: Bytes32
})
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
/** By the agent's own word: it is there and takes no part. */
export const AGENT_INACTIVE = 4
export const AGENT_MAINTENANCE = 5

/**
 * One agent (T003–T009). `id` is `agentIdOf(publicKey)`; `name` is UTF-8 padded with zeros. `personality` is a number of taste/personalities.ts, and `traitsHash` names the
 * rules that a custom one claims to follow. `reputation` is in milli-units. `alliances` are ids in ascending order, of offers that the agent has signed and of alliances that
 * it is in. `lastActivity` is the height of its last transaction or block. Then heights of registration, of the last heartbeat on chain (of leaving, once it has left), and of
 * the last change of the deposit. `missed` counts turns let pass since its last block. `producer` 1: wants to make blocks in families where one has to ask. `fame` is what its
 * memes add to its influence, as of height `fameAt` (D-14). `next` is 1 + the place of the agent with the next higher key, 0 after the last: what proves that a key is *not*
 * registered (state/orderedList.ts).
 */
export const AgentRecord = new ContainerNodeStructType({
  id: Bytes20,
  publicKey: Bytes32,
  name: Bytes32,
  personality: U8,
  traitsHash: Bytes32,
  reputation: U16,
  alliances: new RecordListType(Bytes32, MAX_ALLIANCES_PER_AGENT),
  status: U8,
  lastActivity: U32,
  balance: Amount,
  nonce: U32,
  registeredAt: U32,
  lastHeartbeat: U32,
  blocksMade: U32,
  deposit: Amount,
  depositedAt: U32,
  missed: U32,
  producer: U8,
  fame: U16,
  fameAt: U32,
  next: U32
})
export type AgentRecord = ValueOf<typeof AgentRecord>

/** T002, T037: `first` is 1 + the place of the agent with the lowest key. */
const AgentState = new ContainerType({
  treasury: Amount,
  first: U32,
  records: new ListCompositeType(AgentRecord, MAX_AGENTS),
  plots: new ListCompositeType(Plot, MAX_PLOTS)
})

/**
 * One block of the chain (T010–T016). `stateRoot` is the root after it. Its certificate (T017) is kept beside it and not in it: several sets of signatures may certify one
 * block, and the state must not depend on which of them somebody has seen.
 */
export const BlockRecord = new ContainerNodeStructType({
  height: U32,
  hash: Bytes32,
  parentHash: Bytes32,
  timestamp: TimeMs,
  producer: Bytes32,
  txRoot: Bytes32,
  stateRoot: Bytes32
})
export type BlockRecord = ValueOf<typeof BlockRecord>

/**
 * What is known of the newest block, `height`. It cannot hold its own hash or state root, hence no BlockRecord (F-24); `parent`, `producer` and `txRoot` wait here until the next block
 * makes one. `seed` is seed(height), `previousSeed` is seed(height − 1).
 */
const ChainRecord = new ContainerType({
  height: U32,
  parent: Bytes32,
  timestamp: TimeMs,
  seed: Bytes32,
  previousSeed: Bytes32,
  producer: Bytes32,
  txRoot: Bytes32,
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

/** Records of the newest blocks below the state's own height; that of height h stands at h mod RECENT_HASHES. */
export const RecentBlocks = new ListCompositeType(BlockRecord, RECENT_HASHES)

/**
 * T040. Whenever `recent` has been filled anew, its root goes into `history`: entry e covers heights e·RECENT_HASHES … (e + 1)·RECENT_HASHES − 1. Whoever still has
 * the headers of an era can rebuild its list and prove any old block under today's state root.
 */
const BlockState = new ContainerType({
  schemaVersion: U16,
  chain: ChainRecord,
  config: ConfigRecord,
  validators: ValidatorSets,
  recent: RecentBlocks,
  history: new ListCompositeType(Bytes32, MAX_ERAS)
})

export const ALLIANCE_OFFERED = 1
export const ALLIANCE_ACTIVE = 2
export const ALLIANCE_EXPIRED = 3
export const ALLIANCE_BROKEN = 4
/** An offer that not everybody signed in time, or that a member has declined. */
export const ALLIANCE_LAPSED = 5

/** D-07. Ratios in milli-units. `supportVote` 1: members count each other's blocks as an ally's when they judge them; it never adds weight. `exclusive` 1: no member is in another one like it. */
const AllianceTerms = new InnerRecordType({
  durationBlocks: U32,
  supportVote: U8,
  exclusive: U8,
  memeBoost: U16,
  rewardShare: U16,
  breakPenalty: U16
})
export type AllianceTerms = ValueOf<typeof AllianceTerms>

/** What all members of an alliance sign (F-21): its hash is the alliance's id. `members` are public keys in ascending order. `nonce` is the proposer's: the same terms can be offered again. */
export const AllianceOffer = new InnerRecordType({
  proposer: Bytes32,
  nonce: U32,
  purpose: U8,
  label: Bytes32,
  members: new RecordListType(Bytes32, MAX_ALLIANCE_MEMBERS),
  terms: AllianceTerms
})
export type AllianceOffer = ValueOf<typeof AllianceOffer>

/**
 * T018, T027. `signed` has bit i set once member i has signed. `until` is the height at whose start the offer lapses or the alliance expires. `brokenBy` is all zero until somebody
 * has broken it. `number` counts all offers ever made; the record stands at `number` mod MAX_ALLIANCES. `next` as in AgentRecord.
 */
export const AllianceRecord = new ContainerNodeStructType({
  id: Bytes32,
  number: U32,
  status: U8,
  offer: AllianceOffer,
  signed: U8,
  offeredAt: U32,
  formedAt: U32,
  until: U32,
  brokenBy: Bytes32,
  next: U32
})
export type AllianceRecord = ValueOf<typeof AllianceRecord>

/** Trust −1000 … 1000 travels as itself plus this. */
export const TRUST_OFFSET = 1000

/** T019: how much the agent at place `from` trusts the one whose list this is in, as of height `at`; it fades with every DECAY_BLOCKS. `trust` plus TRUST_OFFSET. */
export const Relation = new ContainerNodeStructType({ from: U32, trust: U16, at: U32 })
export type Relation = ValueOf<typeof Relation>

/** Incoming relations of one agent, ascending by `from`: ordered pairs, so A → B and B → A are two. */
export const RelationList = new ListCompositeType(Relation, MAX_RELATIONS_PER_AGENT)

/** `kind` is a number of REACTIONS (state/memes.ts). */
const Reaction = new ContainerNodeStructType({ agent: U32, kind: U8, height: U32 })

/**
 * T020: what came of a meme. `reactions` hold each agent once, in the order of their coming. `virality` as of height `at`. The record stands at the place of its meme.
 */
export const MemeInfluence = new ContainerType({
  meme: Bytes32,
  influence: U32,
  virality: U16,
  at: U32,
  reactions: new ListCompositeType(Reaction, MAX_REACTIONS)
})
export type MemeInfluence = ValueOf<typeof MemeInfluence>

/** T021, D-13. `kind` is a number of DRAMA (state/drama.ts), `level` 0 … 10; `refs` are ids of what it is about. */
export const DramaEvent = new ContainerNodeStructType({
  height: U32,
  kind: U8,
  level: U8,
  participants: new RecordListType(Bytes32, MAX_DRAMA_PARTICIPANTS),
  refs: new RecordListType(Bytes32, MAX_DRAMA_REFS)
})
export type DramaEvent = ValueOf<typeof DramaEvent>

/** `folded` is H(folded, root of the event) over all events that have left the ring; event n stands at n mod MAX_DRAMA_EVENTS. */
const DramaState = new ContainerType({ count: U32, folded: Bytes32, events: new ListCompositeType(DramaEvent, MAX_DRAMA_EVENTS) })

/** D-15: how opinions on a conflict are weighed. */
export const STRATEGY_MAJORITY = 1
export const STRATEGY_PERSONALITY = 2
export const STRATEGY_SOCIAL = 3

/** `agent` is a place in the registry. `choice` is a number of CHOICES (state/conflicts.ts). */
const Ballot = new InnerRecordType({ agent: U32, choice: U8 })

/**
 * T066–T075, D-15. `first` and `second` name what is disputed (hashes of transitions, of records, ids of alliances). `outcome` is 0 while opinions are heard, then a choice.
 * The record stands at its number mod MAX_CONFLICTS.
 */
export const ConflictRecord = new ContainerNodeStructType({
  id: Bytes32,
  kind: U8,
  strategy: U8,
  subject: Bytes32,
  first: Bytes32,
  second: Bytes32,
  openedBy: Bytes32,
  openedAt: U32,
  closesAt: U32,
  ballots: new RecordListType(Ballot, MAX_BALLOTS),
  outcome: U8
})
export type ConflictRecord = ValueOf<typeof ConflictRecord>

/** What has to happen at the start of a height: `kind` is a number of DUE (state/agenda.ts), `place` what it happens to. A binary heap, the soonest first. */
export const AgendaEntry = new ContainerNodeStructType({ at: U32, kind: U8, place: U32 })
export type AgendaEntry = ValueOf<typeof AgendaEntry>

/** What a custom kind of transition keeps (T001), by its own schema. */
export const CustomRecord = new ContainerType({ kind: U16, data: new ByteListType(MAX_CUSTOM_BYTES) })

/** T038. `allianceCount` and `conflictCount` number the offers and conflicts of all time; `firstAlliance` is 1 + the place of the alliance with the lowest id. `relationships` run parallel to the registry. */
const SocialState = new ContainerType({
  allianceCount: U32,
  firstAlliance: U32,
  alliances: new ListCompositeType(AllianceRecord, MAX_ALLIANCES),
  relationships: new ListCompositeType(RelationList, MAX_AGENTS),
  memeInfluence: new ListCompositeType(MemeInfluence, MAX_MEMES),
  drama: DramaState,
  conflictCount: U32,
  conflicts: new ListCompositeType(ConflictRecord, MAX_CONFLICTS),
  agenda: new ListCompositeType(AgendaEntry, MAX_AGENDA),
  custom: new ListCompositeType(CustomRecord, MAX_CUSTOM_KINDS)
})

/**
 * T022, D-04. Content stays in the block that published it; `id` is its hash. `quality` and its parts (D-03) were computed when it was published, from its bytes and the state
 * before it. `number` counts all memes ever published; the record stands at `number` mod MAX_MEMES. `next` as in AgentRecord.
 */
export const MemeRecord = new ContainerNodeStructType({
  id: Bytes32,
  number: U32,
  creator: Bytes32,
  height: U32,
  format: U8,
  size: U16,
  tags: new RecordListType(new ByteListType(MAX_TAG_BYTES), MAX_MEME_TAGS),
  references: new RecordListType(Bytes32, MAX_MEME_REFERENCES),
  targets: new RecordListType(Bytes32, MAX_MEME_TARGETS),
  creativity: U16,
  relevance: U16,
  virality: U16,
  quality: U16,
  next: U32
})
export type MemeRecord = ValueOf<typeof MemeRecord>

/** T039. `sketches` are those of the newest memes, as state/sketch.ts makes them; that of number n stands at n mod MAX_SKETCHES. */
const MemeState = new ContainerType({
  count: U32,
  first: U32,
  records: new ListCompositeType(MemeRecord, MAX_MEMES),
  sketches: new ListCompositeType(new ByteListType(SKETCH_BYTES), MAX_SKETCHES)
})

/** T002, T036: four subtrees in this order; the state root is H(H(agents, blocks), H(social, memes)). */
export const State = new ContainerType({ agents: AgentState, blocks: BlockState, social: SocialState, memes: MemeState })
export type State = ValueOf<typeof State>

/** Payloads by transaction kind. A leave has none. */
export const RegisterPayload = new ContainerType({ name: Bytes32, personality: U8, traitsHash: Bytes32 })
/** What an agent says of itself: status (active, inactive, maintenance) and personality. */
export const ProfilePayload = new ContainerType({ status: U8, personality: U8, traitsHash: Bytes32 })
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

/** D-04. `recipe` is what the format makes of it (state/memes.ts); tags, references and targets ascend or keep their author's order, each once. */
export const MemePayload = new ContainerType({
  format: U8,
  recipe: new ByteListType(MAX_RECIPE_BYTES),
  caption: new ByteListType(MAX_CAPTION_BYTES),
  tags: new ListCompositeType(new ByteListType(MAX_TAG_BYTES), MAX_MEME_TAGS),
  references: new ListCompositeType(Bytes32, MAX_MEME_REFERENCES),
  targets: new ListCompositeType(Bytes32, MAX_MEME_TARGETS)
})
export type MemePayload = ValueOf<typeof MemePayload>
export const ReactPayload = new ContainerType({ meme: Bytes32, reaction: U8 })
/** The offer is this with the proposer and its nonce. */
export const AlliancePayload = new ContainerType({
  purpose: U8,
  label: Bytes32,
  members: new ListCompositeType(Bytes32, MAX_ALLIANCE_MEMBERS),
  terms: AllianceTerms
})
export type AlliancePayload = ValueOf<typeof AlliancePayload>
/** By id, which is the hash of the offer: whoever signs this signs those terms. */
export const AllianceReferencePayload = new ContainerType({ alliance: Bytes32 })
/** `kind` is a number of SOCIAL (state/social.ts). */
export const SocialPayload = new ContainerType({ to: Bytes32, kind: U8, amount: Amount })
export const CustomPayload = new ContainerType({ kind: U16, action: new ByteListType(MAX_CUSTOM_ACTION_BYTES) })
/** `evidence` by the schema of its `kind` (state/conflicts.ts). */
export const ConflictPayload = new ContainerType({ kind: U8, evidence: new ByteListType(MAX_CONFLICT_EVIDENCE_BYTES) })
/** Two transactions of one sender with one nonce. */
export const DivergentEvidence = new ContainerType({ first: Transaction, second: Transaction })
export type DivergentEvidence = ValueOf<typeof DivergentEvidence>
/** An agent's signed word about its own record: its hash tree root after the block of `height`. */
export const RecordClaim = new ContainerType({ agent: Bytes32, height: U32, record: Bytes32, signature: Bytes64 })
export type RecordClaim = ValueOf<typeof RecordClaim>
/** The claim, and what was there: the root of the record at `place`, and its siblings up to the state root of that height, the lowest first. */
export const InconsistentEvidence = new ContainerType({
  claim: RecordClaim,
  place: U32,
  record: Bytes32,
  branch: new ListCompositeType(Bytes32, MAX_RECORD_BRANCH)
})
export type InconsistentEvidence = ValueOf<typeof InconsistentEvidence>
/** A member of two alliances that both exclude the other. */
export const ClashEvidence = new ContainerType({ member: Bytes32, first: Bytes32, second: Bytes32 })
export type ClashEvidence = ValueOf<typeof ClashEvidence>
export const ConflictOpinionPayload = new ContainerType({ conflict: Bytes32, choice: U8 })

/** The custom kind `poll` (state/poll.ts): the question that is open or was the last one, and who has chosen what, ascending by place in the registry. */
const PollOptions = new ListCompositeType(new ByteListType(MAX_POLL_OPTION_BYTES), MAX_POLL_OPTIONS)
export const PollMemory = new ContainerType({
  question: new ByteListType(MAX_POLL_QUESTION_BYTES),
  options: PollOptions,
  askedBy: U32,
  askedAt: U32,
  answers: new ListCompositeType(new ContainerNodeStructType({ agent: U32, option: U8 }), MAX_POLL_ANSWERS)
})
export type PollMemory = ValueOf<typeof PollMemory>
/** Asks (`question`, `options`) or answers (`option`); what the step does not need is empty or 0. */
export const PollAction = new ContainerType({ step: U8, question: new ByteListType(MAX_POLL_QUESTION_BYTES), options: PollOptions, option: U8 })
export type PollAction = ValueOf<typeof PollAction>
