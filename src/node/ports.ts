/**
 * All that the platform must give a node. An adapter exists only if it passes the contract suite of its port (src/platform/contract).
 * Bytes cross these ports; meaning does not: nothing outside `src/core` decodes a message.
 */
import type { ScriptRun, ScriptView } from '../agent/script/view'
import type { VoteOutcome, VoteRow } from '../core/consensus/voteGuard'

/** libp2p's textual peer id (base58btc, `12D3Koo…`). It is the encoding of the agent's Ed25519 public key: one identity, one key. */
export type PeerId = string

/** Gossip topics; on the wire `/quorumble/<network id>/<topic>`. */
export const TOPICS = ['announce', 'vote', 'tx', 'presence'] as const
export type Topic = (typeof TOPICS)[number]

/** What ingress thought of a gossip message; gossip scoring and forwarding follow it. */
export type Verdict = 'accept' | 'ignore' | 'reject'

export type LinkTransport = 'webrtc' | 'websocket' | 'tab' | 'relayed'

export interface PeerLink {
  peerId: PeerId
  transport: LinkTransport
  /** Milliseconds since 1970. */
  since: number
}

export interface NetworkHandlers {
  /** A gossip message. It is forwarded to others only after 'accept'. `from` is the peer that handed it over, not its author. */
  onGossip(from: PeerId, topic: Topic, bytes: Uint8Array): Promise<Verdict>
  /** A request by a peer; the answer goes back as it is. A rejected promise closes the stream. */
  onRequest(from: PeerId, bytes: Uint8Array): Promise<Uint8Array>
  /** The whole list of present links, each time it changes. One entry per peer and transport. */
  onLinks(links: PeerLink[]): void
}

export class RequestError extends Error {
  constructor(
    readonly code: 'timeout' | 'unreachable' | 'refused' | 'too-large',
    message: string
  ) {
    super(message)
  }
}

export interface NetworkInfo {
  addresses: string[]
  relays: { address: string; state: 'connecting' | 'connected' | 'failed'; error: string | null }[]
  peerConnectionsMade: number
  dataPath: 'transferred' | 'forwarded' | 'none'
}

/** To whom a published message was handed (V054). Nobody knows more than this: what arrives, the answers tell. */
export interface Delivery {
  sent: readonly PeerId[]
  /** Linked peers whom it could not be handed to. */
  failed: readonly PeerId[]
}

/** One network of peers. Messages may be lost, doubled and reordered; they are never altered. */
export interface Network {
  readonly peerId: PeerId
  start(handlers: NetworkHandlers): Promise<void>
  /**
   * Hands a message to every reachable peer that follows the topic. Never to itself. The lack of peers is no error, and nobody has to wait for the answer.
   * @throws RangeError at once for a message that is too large to be gossip
   */
  publish(topic: Topic, bytes: Uint8Array): Promise<Delivery>
  /** Asks one peer. Rejects with RequestError only. */
  request(peer: PeerId, bytes: Uint8Array, timeoutMs: number): Promise<Uint8Array>
  links(): PeerLink[]
  info(): NetworkInfo
  /** Fault injection: from now on drop everything to and from these peers; an empty list heals. Links may stay up. */
  cut(peers: readonly PeerId[]): void
  /** The peer sent rubbish; adapters lower its score, and may close its links. */
  penalise(peer: PeerId, reason: string): void
  stop(): Promise<void>
}

export interface StoredBlock {
  hash: string
  height: number
  bytes: Uint8Array
  /** Hex ids of the agents and memes that the block touches: what `blocksOf` finds it by (T051). */
  subjects: string[]
}
export interface StoredCertificate {
  kind: 'notarise' | 'finalise'
  height: number
  hash: string
  bytes: Uint8Array
}

/** A part of a state, named by what it holds: its SSZ subtree root, hex. Equal parts of several snapshots are one chunk. */
export interface StoredChunk {
  root: string
  bytes: Uint8Array
}
/** The whole state after `height`, so that a start need not replay from genesis: a manifest, and the chunks that it names (T050, T053). */
export interface StoredSnapshot {
  height: number
  /** Of the block after which this is the state. */
  hash: string
  stateRoot: string
  /** When it was taken, ms since 1970. */
  at: number
  manifest: Uint8Array
  /** Each once, in the manifest's order. */
  chunkRoots: string[]
}
/** With what it names. */
export type LoadedSnapshot = StoredSnapshot & { chunks: ReadonlyMap<string, Uint8Array> }

/** What a light client checks the chain by (T057). Never pruned: of each `epoch` the first stays, and beside these the newest of all. */
export interface StoredStateHeader {
  height: number
  /** The epoch since which the validator set is the one it shows: equal sets that follow each other have one. */
  epoch: number
  bytes: Uint8Array
}

/** What a start finds. `votes` are those above the newest final height; older ones are covered by the watermark. */
export interface Stored {
  genesis: Uint8Array
  final: { height: number; hash: string }
  snapshot: LoadedSnapshot | null
  /** Ascending height, at and above the snapshot (or all). */
  blocks: StoredBlock[]
  certificates: StoredCertificate[]
  votes: VoteRow[]
}

/** Snapshots that a store keeps. The newest is what a start needs; a peer that has begun with the one before it can end with it. */
export const KEPT_SNAPSHOTS = 3

/** One atomic step: all of it is there after a crash, or none. */
export interface CommitBatch {
  blocks: StoredBlock[]
  certificates: StoredCertificate[]
  final: { height: number; hash: string } | null
  /**
   * The newest snapshot with those of its chunks that are not stored yet; refused as a whole when one is missing. The store keeps the newest KEPT_SNAPSHOTS
   * and collects, in the same step, the chunks that none of them names.
   */
  snapshot: { snapshot: StoredSnapshot; chunks: StoredChunk[] } | null
  stateHeaders: StoredStateHeader[]
  /** Remove blocks and certificates below this height that are not needed (0: nothing): at most up to the newest snapshot, and never those of a kept one. */
  pruneBelow: number
  /** Remove these blocks with their certificates (stale siblings of final ones), before anything else: what the same step adds stays. */
  removeBlocks: string[]
}

/** A commit that changes nothing. */
export const EMPTY_BATCH: Readonly<CommitBatch> = {
  blocks: [],
  certificates: [],
  final: null,
  snapshot: null,
  stateHeaders: [],
  pruneBelow: 0,
  removeBlocks: []
}

export interface StoreUsage {
  kind: 'indexeddb' | 'memory' | 'disk'
  usedBytes: number | null
  quotaBytes: number | null
  persisted: boolean | null
  blocks: number
  lowestBlock: number
}

export interface Identity {
  /** Ed25519 seed, 32 bytes. */
  secretKey: Uint8Array
  name: string
}

/** A key under a passphrase, as it lies on a disk (T085): who it is stays readable, so that a person can be asked for the right passphrase. */
export interface SealedKey {
  name: string
  /** Hex. */
  publicKey: string
  /** The seed, by core/crypto/seal. */
  sealed: Uint8Array
}

/**
 * How much was ever promised with one key in one network. The count tells a database that is older than this from one that is not, where the height could
 * not: promises of one height are several.
 */
export interface PromiseMark {
  /** Of the highest promise; nothing at or below it may be promised by a database that does not know it. */
  height: number
  promises: number
}

/** What a store has found amiss since it was opened: what happened, and what it does about it is told to people. */
export type StoreFinding =
  /** The database is older than its key's mark (restored, or wiped under an imported key): no votes up to that height. */
  | { code: 'older-than-mark'; closedUpTo: number }
  /** There is no place for a mark beside the database: a restored database could not be told. */
  | { code: 'no-mark' }
  /** Another database of this browser or machine promises with the same key: no votes up to where it has. */
  | { code: 'key-in-use'; closedUpTo: number }
  /** The browser has thrown the database away, key and chain included. */
  | { code: 'database-lost'; agentId: string }

export class StoreError extends Error {
  constructor(
    readonly code: 'full' | 'denied' | 'damaged' | 'closed' | 'unavailable' | 'locked',
    message: string
  ) {
    super(message)
  }
}

/**
 * The disk of one identity in one network. Treat it as a cache that may vanish: key and votes live together so that they die together.
 * All methods reject with StoreError only.
 */
export interface NodeStore {
  /** The key kept here, or the one that `create` makes (kept before it is returned), under a passphrase from the first byte on if `protect` says so. */
  identity(create: () => Identity, protect?: (made: Identity) => SealedKey | null): Promise<Identity>
  /** The key as it lies here, when it is under a passphrase: until `unlock`, whatever needs the key rejects with 'locked'. Null: it is in the open, or there is none. */
  sealedKey(): Promise<SealedKey | null>
  /** What `sealed` has been opened to: this handle goes by it for as long as the key here is that one, whatever passphrase it is under by then. Writes nothing. */
  unlock(sealed: SealedKey, identity: Identity): void
  /**
   * From now on the key lies under a passphrase, or (null) in the open. One step: after a crash it is kept the one way or the other, never neither.
   * @param identity the key that this is about; rejects with 'closed' when another one has taken over, with 'locked' before `unlock`
   */
  protectKey(identity: Identity, sealed: SealedKey | null): Promise<void>
  /**
   * Another key takes over. The rows of the old one go: they are its own promises.
   * @param mark what this key is known to have promised elsewhere; heights up to there are closed
   * @param sealed how it lies here, when under a passphrase
   */
  replaceIdentity(identity: Identity, mark: PromiseMark, sealed?: SealedKey | null): Promise<void>
  /** What was ever promised with the key kept here. */
  promised(): Promise<PromiseMark>
  /** Null when nothing is stored: a normal start. */
  load(): Promise<Stored | null>
  /** Keeps the genesis of an empty store. */
  init(genesis: Uint8Array): Promise<void>
  /**
   * R6: reads the rows of that height and the watermark, decides by `admitVote`, and writes, all in ONE atomic step.
   * `blocks` (the one proposed or voted for) are kept in the same step, so that whoever promised a block can also serve it after a crash.
   * Before it reports `{ok: true}` the key's mark beside the database is at least as high: a database that comes back older than that abstains.
   * The vote may leave the tab only after `{ok: true}`; a rejected promise means: abstain.
   */
  castVote(row: VoteRow, blocks: StoredBlock[]): Promise<VoteOutcome>
  commit(batch: CommitBatch): Promise<void>
  /** Chunks of a snapshot that is still being fetched. They outlive a restart, and are collected once a committed snapshot names one of them. */
  keepChunks(chunks: StoredChunk[]): Promise<void>
  /** Roots of all chunks that are here. */
  chunkRoots(): Promise<string[]>
  chunk(root: string): Promise<Uint8Array | null>
  /** Newest first. */
  snapshots(): Promise<StoredSnapshot[]>
  block(hash: string): Promise<StoredBlock | null>
  /** Final blocks by ascending height, for peers that catch up. */
  range(fromHeight: number, count: number): Promise<StoredBlock[]>
  /** Final blocks below `beforeHeight` that touch this agent or meme, newest first. */
  blocksOf(subject: string, beforeHeight: number, count: number): Promise<StoredBlock[]>
  certificate(kind: 'notarise' | 'finalise', height: number): Promise<StoredCertificate | null>
  /** By ascending height. */
  stateHeaders(fromHeight: number, count: number): Promise<StoredStateHeader[]>
  usage(): Promise<StoreUsage>
  findings(): readonly StoreFinding[]
  erase(): Promise<void>
  close(): Promise<void>
}

/** Runs people's scripts where they can hurt nobody: each call in a sandbox of its own, with fuel, memory and time limited. Never rejects. */
export interface ScriptRunner {
  run(source: string, view: ScriptView): Promise<ScriptRun>
  /** Ends what runs; calls under way settle as `unavailable`. */
  stop(): void
}
