/**
 * What a screen may know about a node, live or simulated. Plain, cloneable data: hex strings, integers, arrays.
 *
 * The publisher in a worker derives these from `NodeCore`; the page only reads them. The simulator publishes the very same shapes, so
 * that every component works on both. Nothing here is consensus data; nothing flows from here back into the core.
 */

import type { SocialLife } from '../agent/social/life'
import type { SocialView } from './alliances'
import type { Hex } from './hex'

export type { Hex } from './hex'

/** How a peer is reached. When several links exist the best one is named, in this order: webrtc, tab, websocket, relayed. */
export type Transport = 'webrtc' | 'websocket' | 'tab' | 'relayed'

/** Where a block stands. `stale`: a sibling became final. `tentative`: built without a quorum (PROTOCOL "Without a quorum"). */
export type BlockStatus = 'tentative' | 'proposed' | 'notarised' | 'final' | 'stale'

export interface PeerView {
  peerId: string
  transport: Transport
  /** Public key behind the peer id (one identity = one Ed25519 key), hex; null when it is not known yet. */
  publicKey: Hex | null
  /** Registered name of the agent with that key, or null. */
  name: string | null
  /** Final height the peer told last, or null. */
  finalHeight: number | null
  /** Seconds since the link came up. */
  sinceS: number
  cut: boolean
}

/** Why the node may or may not make the next block, or vote. `code` is stable, `text` is a sentence for people. */
export type ReasonCode =
  | 'eligible'
  | 'starting'
  | 'not-registered'
  | 'left'
  | 'resting'
  | 'penalised'
  | 'syncing'
  | 'no-quorum'
  | 'not-synced'
  | 'alone'
  | 'store-doubtful'
  | 'no-network'
  | 'light'
  | 'fork'
  | 'no-turn'

/** The shape of `quorumble.status()` and of `GET /api/status`. */
export interface Status {
  networkId: Hex
  family: string
  mode: string
  room: RoomRules
  publicKey: Hex
  agentId: Hex
  peerId: string
  name: string
  /** `light`: keeps no blocks, checks by signatures, does not vote; its height is that of the newest final block that it has verified. */
  role: 'light' | 'full' | 'archive'
  height: number
  headHash: Hex
  finalHeight: number
  finalHash: Hex
  /** State root after the final block. */
  stateRoot: Hex
  peers: { peerId: string; transport: Transport }[]
  /** May this node propose at the next height? */
  eligible: boolean
  reason: string
  reasonCode: ReasonCode
  /** Is this node in the validator set of the next height? */
  validator: boolean
  /** This node's way into the validator set. */
  seat: SeatView
  /** Validator set of the next height: registered weight, and the weight heard from in the last rounds. */
  quorum: { validators: number; weight: number; present: number; needed: number }
  mempool: number
  /** A later state is being fetched instead of the blocks that led to it; null: not now. */
  syncing: SyncingView | null
  version: string
  /** Milliseconds since 1970 of the node's clock when this was taken. */
  at: number
}

/** How far the fetching of a state is (T057–T065). */
export interface SyncingView {
  /** `checking`: whether a peer's newest snapshot is certified by what this node trusts; `fetching`: its parts. */
  phase: 'checking' | 'fetching'
  /** Of the snapshot; null while it is being checked. */
  height: number | null
  /** Parts of the state that are here and verified, and all. */
  done: number
  total: number
  /** Of what is here. */
  bytes: number
  /** Peers that are asked. */
  peers: number
  /** At the pace so far; null before there is one. */
  etaMs: number | null
}

/** What holds for the whole room. */
export interface RoomRules {
  name: string
  membership: 'open' | 'invited' | 'stake' | 'space'
  /** Who may change the family, invite, and anchor the room anew; null: nobody. */
  authority: { publicKey: Hex; name: string; mine: boolean } | null
  /** R12: heights without a final block after which those who are here vote alone; null: never. */
  leakAfter: number | null
  /** The change that is decided, and its first height. */
  scheduled: { family: string; mode: string; fromHeight: number } | null
  blockIntervalMs: number
  /** The family in force ranks only those who ask (transaction `produce`). */
  producersAsk: boolean
  /** What the authority may choose from. */
  families: { name: string; modes: string[] }[]
  terms: RoomTerms
  /** What the next block pays by the family's rule; null: a light node, which has no state to say it. */
  payout: PayoutView | null
}

/** Without fees; amounts in thousandths. */
export interface PayoutView {
  /** Out of the treasury, to all recipients together. */
  amount: string
  recipients: number
  /** Thousandths of the fees that its maker gets; the rest stays in the treasury. */
  feesToMakerMilli: number
}

/** What the genesis of a room has fixed for good. Amounts in thousandths. */
export interface RoomTerms {
  /** What a newcomer gets out of the treasury. */
  registrationGrant: string
  /** What a turn costs that was let pass, in families that name such turns. */
  missedSlotPenalty: string
  /** Heights of one validator set, and how many sets are decided ahead (R9). */
  epochLength: number
  lookahead: number
  /** Blocks without a heartbeat after which an agent counts as gone. */
  heartbeatTtl: number
  /** Below so many members the senior one votes alone. */
  minCommittee: number
}

/** Which family and mode decided about a height. */
export interface FamilyRules {
  family: string
  mode: string
}

/** What stands between a newcomer and a vote (R9): a set is fixed an epoch ahead, and small networks leave the vote to their senior member. */
export interface SeatView {
  /** Height of the block that holds the registration; null while none does. */
  registeredAt: number | null
  /** First height at which this node votes, as far as it is decided or can be foreseen; null while too few members are here. */
  votesFrom: number | null
  /** Living members, and how many there must be before all of them vote. */
  members: number
  membersNeeded: number
}

/**
 * What became of a proposal: `accepted` once a quorum stands behind it, `rejected` when another block of its height became final or it is invalid, `timeout` when
 * neither has happened by the family's deadline (it still may).
 */
export type Acceptance = 'pending' | 'accepted' | 'rejected' | 'timeout'

/** How many validators think well and badly of a block, as far as this node has heard. It decides nothing. */
export interface OpinionCount {
  approve: number
  reject: number
}

/** One validator's signed opinion of a block (R8). */
export interface OpinionView {
  judge: Hex
  name: string
  verdict: 'approve' | 'reject'
  /** From zero on it approves. */
  score: number
  /** The weightiest first, by name (`technical`, `fees`, `whim`, …); points below zero spoke against the block. */
  reasons: { name: string; points: number }[]
  signature: Hex
}

export interface BlockView {
  hash: Hex
  height: number
  parent: Hex
  status: BlockStatus
  /** Public key of the proposer, hex. */
  proposer: Hex
  proposerName: string
  rank: number
  timestamp: number
  transactions: number
  /** Weight that notarised it, as far as this node knows, of the set's whole weight. */
  notarisedWeight: number
  finalisedWeight: number
  totalWeight: number
  acceptance: Acceptance
}

/** The recent part of the block tree: every block at or above `from`, parents before children, at most CHAIN_VIEW_BLOCKS. */
export interface ChainView {
  from: number
  headHash: Hex
  headHeight: number
  finalHash: Hex
  finalHeight: number
  blocks: BlockView[]
}

export interface Candidate {
  proposer: Hex
  name: string
  rank: number
  /** First 8 hex digits of H(rankSeed, proposer): what the order is decided by. */
  ticket: string
  /** Hash of the proposal when it is here, else null. */
  hash: Hex | null
  /** Weight of the notarisation votes seen for it. */
  votes: number
  /** What validators think of the proposal; zeros where personalities have no say. */
  opinions: OpinionCount
  disqualified: boolean
  mine: boolean
}

/** The round that is being played now. */
export interface RoundView {
  height: number
  /** The rules of this very height: an authority may change them. */
  rules: FamilyRules
  /** When the round may start, milliseconds since 1970; the screen counts down to it. */
  startAt: number
  slotMs: number
  blockIntervalMs: number
  candidates: Candidate[]
  totalWeight: number
  neededWeight: number
  /** True while no quorum is heard and the node builds a tentative chain. */
  tentative: boolean
}

export interface AgentView {
  publicKey: Hex
  agentId: Hex
  name: string
  /** `inactive`, `maintenance`: it says of itself that it is away, or under repair (T005); then it neither makes blocks nor votes. */
  status: 'active' | 'inactive' | 'maintenance' | 'left' | 'penalised'
  validator: boolean
  balance: string
  /** Thousandths that stand to be lost; they count in votes where membership is `stake`. */
  deposit: string
  /** Has asked for a place among the producers. */
  producer: boolean
  registeredAt: number
  lastHeartbeat: number
  blocksFinal: number
  /** True for the agent of this very node (or, in the simulator, the node in focus). */
  mine: boolean
  /** Reachable from here at this moment. */
  online: boolean
}

/** One fact worth telling. `text` is a sentence; ids let a component link to block and agents. */
export interface EventView {
  seq: number
  at: number
  kind:
    | 'final'
    | 'won'
    | 'lost'
    | 'opinion'
    | 'reorg'
    | 'evidence'
    | 'joined'
    | 'left'
    | 'social'
    | 'no-quorum'
    | 'quorum-back'
    | 'sync'
    | 'peer'
    | 'warning'
    | 'error'
  text: string
  height: number | null
  hash: Hex | null
  agents: Hex[]
}

/** A message in flight, for the ring: drawn once, then forgotten. Live nodes know only their own end. */
export interface Pulse {
  from: Hex
  to: Hex | '*'
  kind: 'announce' | 'vote' | 'finalise' | 'tx' | 'certificate'
  height: number
  /** Milliseconds of the publishing clock at sending and (planned) arrival. */
  sentAt: number
  arriveAt: number
  lost: boolean
}

export interface StorageView {
  /** 'memory' when the browser denies storage: everything is kept until the tab closes. */
  kind: 'indexeddb' | 'memory' | 'disk'
  /** Bytes that the origin uses and may use, where the browser tells. */
  usedBytes: number | null
  quotaBytes: number | null
  persisted: boolean | null
  blocks: number
  lowestBlock: number
  /** From this on blocks below the newest snapshot are let go; null: everything is kept. */
  budgetBytes: number | null
  /** Newest first. */
  snapshots: SnapshotView[]
  /** Hot states by root, and how often one was found or not. */
  cache: { states: number; hits: number; misses: number }
  /** What is wrong with the disk, and what was found amiss at the start. */
  troubles: Missing[]
}

export interface SnapshotView {
  height: number
  hash: Hex
  stateRoot: Hex
  /** When it was taken, milliseconds since 1970. */
  at: number
  /** With its chunks; consecutive snapshots share most of them. */
  bytes: number
  chunks: number
  /** A finalisation certificate of its block is kept. */
  certified: boolean
}

/** One thing that this browser or origin does not give, what it costs, and what to do about it. */
export interface Missing {
  what: string
  effect: string
  remedy: string
}

export interface NodeInfoView {
  missing: Missing[]
  /** Multiaddrs under which this node can be reached. */
  addresses: string[]
  relays: { address: string; state: 'connecting' | 'connected' | 'failed'; error: string | null }[]
  peerConnectionsMade: number
  /** Where data channels run: moved into the worker, or forwarded from the page. */
  dataPath: 'transferred' | 'forwarded' | 'none'
  /** Messages from peers by verdict, and the refused ones by reason code. */
  verdicts: { accept: number; ignore: number; reject: number; reasons: Record<string, number> }
  /** Own messages since the start, by topic; `announce` are one's blocks. */
  deliveries: Record<string, DeliveryView>
  /** Worst gap between two ticks of the worker's own clock in the last minute, milliseconds. */
  worstGapMs: number
  signatures: SignatureCountView
  validation: ValidationView
  /** A light node's way to its head; null: not a light node. */
  light: LightWayView | null
}

/** Signatures of peers since the start, by where their verdict came from. */
export interface SignatureCountView {
  /** Seen before: the cache knew. */
  known: number
  /** Verified by the node's own thread. */
  here: number
  /** Verified by the compute thread. */
  elsewhere: number
}

/** What it took to know the head without its blocks (T060). */
export interface LightWayView {
  /** Bytes of answers from peers since the start. */
  bytesRead: number
  /** From the start to the first verified head, ms; 0: it was kept from an earlier run; null: none yet. */
  firstHeadMs: number | null
  /** From the start until a peer had shown its newest head, ms; null: none has yet. */
  newestHeadMs: number | null
  /** Where trust begins, if not at genesis (PROTOCOL “Light client”). */
  checkpoint: CheckpointTrustView | null
}

/** A block that a room link vouches for, hex hash; a light node begins at it. */
export interface Checkpoint {
  height: number
  hash: Hex
}

export interface CheckpointTrustView extends Checkpoint {
  /** A peer has shown it: everything newer is proved from there on. Before, nothing is believed. */
  begun: boolean
  /** Why it does not go on, as a code and a sentence with cause and action; null: nothing speaks against it. */
  trouble: { code: string; message: string } | null
}

/** To how many peers one's own messages were handed, and how often one could not be (V054). */
export interface DeliveryView {
  messages: number
  sent: number
  failed: number
  /** Messages that nobody at all was handed. */
  unheard: number
}

/** T084: the node computes the root of its own state once more, now and then. */
export interface ValidationView {
  /** Height of the state that was looked at last; null: none yet. */
  checkedHeight: number | null
  checks: number
  /** The root that was computed is not the one that the block's header names. */
  mismatch: { height: number; expected: Hex; computed: Hex } | null
}

/** P035–P044: how far an attempt to make a block has come. */
export type AttemptStep = 'select' | 'build' | 'store' | 'announce' | 'notarised' | 'result'

/**
 * `waiting`: the own interval is not over yet. `open`: made, and not decided. `passed`: a turn that was not used. `lost`: another block of the height is final.
 */
export type AttemptOutcome = 'waiting' | 'open' | 'accepted' | 'lost' | 'failed' | 'passed'

/** One turn of this node, and what it made of it. */
export interface AttemptView {
  height: number
  /** Hash of the parent. */
  tip: Hex
  rank: number
  startedAt: number
  /** Each once, in the order in which they were taken. */
  steps: { name: AttemptStep; at: number }[]
  outcome: AttemptOutcome
  /** Code, for `failed` and `passed`. */
  reason: string | null
  /** Of the block, once it is signed. */
  hash: Hex | null
  transactions: number
  bytes: number
  /** What the configuration, or the script within it, allowed. */
  maxTransactions: number
  maxBytes: number
  /** Candidates left out because a limit was reached, and because they cannot be in this block. */
  full: number
  refused: number
  /** The script had a say in it, and its remark. */
  scripted: boolean
  note: string
}

/** Since this node started. */
export interface ProducerMetrics {
  blocksMade: number
  accepted: number
  lost: number
  failed: number
  passed: number
  /** Accepted of those that are decided, milli; null before the first. */
  acceptanceMilli: number | null
  /** Mean share of the limits that the blocks made have used, milli; null before the first. */
  fillTransactionsMilli: number | null
  fillBytesMilli: number | null
  /** Turns that the chain counts as missed since the agent's last block. */
  missed: number
}

/** What the running script did last. */
export interface ScriptStatus {
  state: 'running' | 'stopped'
  /** Why it was stopped, or what went wrong last; null: all is well. */
  problem: string | null
  decisions: number
  /** Calls that gave no decision. */
  failures: number
  /** Of the last call. */
  fuelMilli: number
  memoryBytes: number
  wallMs: number
  /** Thousandths. */
  spent: number
  spendLimit: number
  lastHeight: number | null
  note: string
}

/** The agent of this node: what it runs, and how it does. */
export interface AgentRunView {
  /** What the node started with is `default`; what a person runs is `own`, with the first height that it decides about. */
  program: 'default' | 'own'
  fromHeight: number
  script: ScriptStatus | null
  /** What it does about memes, allies and influence; null: the default does nothing of the kind. */
  social: SocialLife | null
  metrics: ProducerMetrics
  /** The last ATTEMPTS_KEPT, newest first. */
  attempts: AttemptView[]
  mempool: { waiting: number; capacity: number }
}

/** What a script decides about one past height, in a dry run. */
export interface DryRunRow {
  height: number
  hash: Hex
  maker: string
  mine: boolean
  waiting: number
  fees: string
  decision: {
    produce: boolean
    maxTransactions: number | null
    order: string | null
    transfers: number
    weights: boolean
    /** Null: the configuration decides about memes and people. */
    social: { meme: boolean; words: number; answers: number } | null
    note: string
  } | null
  problem: string | null
  line: number | null
  fuelMilli: number
  memoryBytes: number
  wallMs: number
}

/** The slices of one node. A publisher sends only those that changed. */
export interface NodeSlices {
  status: Status
  chain: ChainView
  round: RoundView | null
  agents: AgentView[]
  peers: PeerView[]
  storage: StorageView
  info: NodeInfoView
  /** Null: a light node, which has no turns. */
  mining: MiningStatus | null
  /** Null while nobody looks (`NodeApi.watchSocial`), and of a light node, which has no state. */
  social: SocialView | null
  agent: AgentRunView
}

export type SliceName = keyof NodeSlices

/** One push over the bridge: changed slices, new events (oldest first), animation pulses and how many of those were dropped. */
export interface Update {
  version: number
  slices: Partial<NodeSlices>
  events: EventView[]
  pulses: Pulse[]
  droppedPulses: number
}

/** V061–V064: one turn that this node claimed, and what became of it. Fields as in the JSON of the API. */
export interface ClaimView {
  winner_id: Hex
  /** Hash of the block that the claimed one builds on. */
  tip_hash: Hex
  /** Milliseconds since 1970. */
  claimed_at: number
  /** 0: primary; k: backup k. */
  slot_idx: number
  status: 'claimed' | 'produced' | 'accepted' | 'lost' | 'failed'
  reason: string | null
}

/** V073–V087: the shape of `GET /api/mining/status` and of `quorumble.mining()`. */
export interface MiningStatus {
  next_height: number
  /** Public key; null where only a claim shows who has won. */
  current_winner: Hex | null
  /** At most six public keys, in order. */
  backups: Hex[]
  my_node_id: Hex
  /** 0: winner; k: backup k; null: neither. */
  my_slot: number | null
  /** May this node use a turn now? */
  eligible: boolean
  sync_state: 'AtTip' | 'CatchingUp' | 'Behind' | 'TooFarAhead' | 'Isolated'
  local_height: number
  /** Median of what ready peers told; null without one. */
  network_height: number | null
  /** Never negative; `sync_state` says when this node is ahead. */
  lag_blocks: number
  eligible_pool_size: number
  ready_peers: number
  /** Looks in a row at which this node was level with its peers. */
  eligible_streak: number
  /** The last ten, newest first: height and receipt. */
  recent_claims: [number, ClaimView][]
  /** Is this node among those who may be drawn? */
  in_pool: boolean
  /** When this node speaks at the next height if nobody before it does, milliseconds since 1970; null: it has no turn. */
  my_turn_at: number | null
  /** What the family asks of a node before it uses a turn; null: nothing. */
  gate: { min_ready_peers: number; max_desync_blocks: number; eligible_streak: number } | null
  /** Which of the local conditions are not met; empty where the family has none. */
  failing_checks: ('lag' | 'peers' | 'streak')[]
  /** Since the start. */
  claims_total: number
  blocks_produced: number
  /** Final blocks since the start by the slot that won: slots 0 … 6, and all later ones. */
  winning_slots: number[]
}

export interface TransactionView {
  id: Hex
  kind:
    | 'register'
    | 'transfer'
    | 'heartbeat'
    | 'leave'
    | 'evidence'
    | 'deposit'
    | 'withdraw'
    | 'produce'
    | 'plot'
    | 'invite'
    | 'configure'
    | 'reanchor'
    | 'profile'
    | 'interact'
    | 'dispute'
    | 'judge'
    | 'custom'
    | 'meme'
    | 'react'
    | 'propose-alliance'
    | 'accept-alliance'
    | 'break-alliance'
  /** The meme that it publishes or reacts to. */
  meme: Hex | null
  sender: Hex
  senderName: string
  nonce: number
  fee: string
  /** One sentence: "Moth sends 5 to Fern". */
  text: string
  signature: Hex
}

export interface SignatureView {
  voter: Hex
  name: string
  signature: Hex
  /** When the vote came in here, milliseconds since 1970; null: with a certificate, or too long ago. It is told, and decides nothing (M041). */
  heardAt: number | null
}

/** Everything about one block, for the detail page and `quorumble.block(…)`. */
export interface BlockDetail extends BlockView {
  networkId: Hex
  txRoot: Hex
  stateRoot: Hex
  seed: Hex
  signature: Hex
  sizeBytes: number
  transactionList: TransactionView[]
  /** The rules of its height; null where the state before it is no longer in memory. */
  rules: FamilyRules | null
  candidates: Candidate[]
  /** In the order in which they were heard; of recent blocks only. */
  opinions: OpinionView[]
  notarisation: { signatures: SignatureView[]; weight: number; totalWeight: number } | null
  finalisation: { signatures: SignatureView[]; weight: number; totalWeight: number; height: number; hash: Hex } | null
  children: Hex[]
}
