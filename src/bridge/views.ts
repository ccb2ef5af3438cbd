/**
 * What a screen may know about a node, live or simulated. Plain, cloneable data: hex strings, integers, arrays.
 *
 * The publisher in a worker derives these from `NodeCore`; the page only reads them. The simulator publishes the very same shapes, so
 * that every component works on both. Nothing here is consensus data; nothing flows from here back into the core.
 */

/** Lower-case hex of 32 bytes (hash, public key) or 20 bytes (agent id). */
export type Hex = string

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
export type ReasonCode = 'eligible' | 'starting' | 'not-registered' | 'left' | 'penalised' | 'syncing' | 'no-quorum' | 'alone' | 'store-doubtful' | 'no-network'

/** The shape of `quorumble.status()` and of `GET /api/status`. */
export interface Status {
  networkId: Hex
  family: string
  agentId: Hex
  peerId: string
  name: string
  role: 'full' | 'archive'
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
  version: string
  /** Milliseconds since 1970 of the node's clock when this was taken. */
  at: number
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
  disqualified: boolean
  mine: boolean
}

/** The round that is being played now. */
export interface RoundView {
  height: number
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
  status: 'active' | 'left' | 'penalised'
  validator: boolean
  balance: string
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
  kind: 'final' | 'won' | 'lost' | 'reorg' | 'evidence' | 'joined' | 'left' | 'no-quorum' | 'quorum-back' | 'sync' | 'peer' | 'warning' | 'error'
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
  /** Worst gap between two ticks of the worker's own clock in the last minute, milliseconds. */
  worstGapMs: number
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

export interface TransactionView {
  id: Hex
  kind: 'register' | 'transfer' | 'heartbeat' | 'leave' | 'evidence'
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
  candidates: Candidate[]
  notarisation: { signatures: SignatureView[]; weight: number; totalWeight: number } | null
  finalisation: { signatures: SignatureView[]; weight: number; totalWeight: number; height: number; hash: Hex } | null
  children: Hex[]
}
