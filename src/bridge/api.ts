/**
 * The commands that a page may send to the workers, over Comlink. The same interface is behind the screens and `window.quorumble`.
 * Every argument and result is plain cloneable data. Expected failures are `Failure` values; a rejected promise is a bug.
 */
import type { AgentProgram } from '../agent/config/config'
import type { ProofReport } from '../core/proof/check'
import type { BlockAudit, BlockCheck } from './audit'
import type { AlliancePurpose, AllianceTermsView } from './alliances'
import type { MemeDraft, MemeInspection, MemePage, MemeView, ReactionName } from './memes'
import type { BlockDetail, Checkpoint, DryRunRow, Hex, MiningStatus, Status, Update } from './views'

/** An expected failure: a stable code, a sentence for people with cause and action. */
export interface Failure {
  ok: false
  code: string
  message: string
}
export type Result<T> = { ok: true; value: T } | Failure

/**
 * `type` of the very first message to the node worker, before any Comlink call: `{ type, port }`, where `port` is the worker's end of the
 * page's WebRTC broker, or null where the page has no RTCPeerConnection.
 */
export const RTC_PORT_MESSAGE = 'rtc-port'

/** How to find the network. Made by the page from the address bar and from `/api/bootstrap`. */
export interface StartOptions {
  /** From `#/room/<networkId>`: join exactly this network. Null: the server's network, else the origin's own. */
  networkId: Hex | null
  /** Relay multiaddrs from the room link or from `/api/bootstrap`. */
  relays: string[]
  /** Genesis bytes from `/api/bootstrap`, hex, or null. */
  genesis: Hex | null
  /** The name a new agent asks for; null lets the node choose. */
  name: string | null
  /** `light`: keep no blocks, check by signatures, do not vote. */
  role: 'light' | 'full'
  /** From the room link: a block to begin at as a light node. Null: genesis. A full node, and a tab that holds a chain already, only compare it with theirs. */
  checkpoint: Checkpoint | null
  /** Opens the agent's key where it is under a passphrase (T085); null: none was given. */
  passphrase: string | null
  /** Hex public key of an agent whose passphrase is lost: if it is the one that this start meets, its key and chain are erased and a new agent begins. The person was asked before. */
  forget: Hex | null
  /** Transports to use; all by default. Tests and the Node screen switch them. */
  transports: { tab: boolean; webrtc: boolean; relay: boolean }
  iceServers: { urls: string[] }[]
  /** What the page knows and a worker cannot: is this a secure context, can data channels be transferred. */
  page: { secureContext: boolean; origin: string }
}

/** What a person or a script wants to do; the node adds nonce, fee default and signature. */
export type PersonalityName = 'lawful' | 'neutral' | 'chaotic' | 'memetic' | 'greedy' | 'dramatic' | 'rational' | 'emotional' | 'strategic' | 'unset'

export type TransactionIntent =
  | { kind: 'transfer'; to: Hex; amount: string; fee?: string }
  | { kind: 'register'; name: string; personality?: PersonalityName }
  | { kind: 'leave' }
  | { kind: 'heartbeat' }
  /** Asks to be ranked in families where producers have to ask, or gives it up. */
  | { kind: 'produce'; on: boolean }
  | { kind: 'deposit' | 'withdraw'; amount: string }
  /** By the room's authority: a member for an invited network. */
  | { kind: 'invite'; publicKey: Hex; name: string }
  /** By the room's authority: another family or mode from the next possible epoch on; what is left out stays as the family's default. */
  | { kind: 'configure'; family: string; mode?: string; blockIntervalMs?: number; slotMs?: number }
  /** By the room's authority, when the quorum is gone: this node's chain counts, and those who are here validate from now on. */
  | { kind: 'reanchor' }
  /** What this agent says of itself; what is left out stays as it is. */
  | { kind: 'profile'; status?: 'active' | 'inactive' | 'maintenance'; personality?: PersonalityName }
  /** Praise, blame, or a paid offer (`amount`, thousandths): it moves trust. */
  | { kind: 'interact'; to: Hex; what: 'support' | 'oppose' | 'offer'; amount?: string }
  /** Shows that a member is in two alliances that exclude each other. */
  | { kind: 'dispute'; member: Hex; first: Hex; second: Hex }
  /** Shows two signed transactions of one sender with one nonce, hex of their bytes. */
  | { kind: 'dispute-divergent'; first: Hex; second: Hex }
  /** Shows an agent's signed word about its own record, hex of its bytes; the node adds what the record was, with the proof. */
  | { kind: 'dispute-claim'; claim: Hex }
  /** An opinion on an open conflict. */
  | { kind: 'judge'; conflict: Hex; choice: 'keepFirst' | 'keepSecond' | 'void' }
  /** Asks the room, or answers the question that is open: options count from 0. */
  | { kind: 'poll'; question: string; options: string[] }
  | { kind: 'answer'; option: number }
  /** `attach`: not to the network at once, but into this agent's own next block. */
  | { kind: 'meme'; draft: MemeDraft; attach: boolean }
  | { kind: 'react'; meme: Hex; reaction: ReactionName }
  | { kind: 'propose-alliance'; members: Hex[]; purpose: AlliancePurpose; label: string; terms: AllianceTermsView }
  | { kind: 'accept-alliance' | 'decline-alliance' | 'break-alliance'; alliance: Hex }

/** A start that met a key under a passphrase, without it (`needs-passphrase`) or with another one (`wrong-passphrase`). Nothing has changed. */
export interface LockedFailure extends Failure {
  agent: { publicKey: Hex; name: string }
}

/** How an agent's key lies on this device: `memory` is no disk at all, gone with the tab. */
export type KeyProtection = 'open' | 'passphrase' | 'memory'

/** What came out of an imported file. */
export interface ImportedNode {
  networkId: Hex
  finalHeight: number
  agentId: Hex
  /** Key file of the agent that was here before, when another key has taken its place. */
  replaced: string | null
}

/** @see NodeApi.checkpoint */
export interface SharedCheckpoint extends Checkpoint {
  /** For so many blocks after it full nodes keep what a newcomer needs to begin at it. */
  keptBlocks: number
}

export interface NodeApi {
  /** Opens store and network and starts the node. Named steps arrive through `subscribe` as events while it runs. */
  start(options: StartOptions): Promise<Result<Status> | LockedFailure>
  status(): Promise<Status>
  /** Turns, claims and proof of sync, as of now. */
  mining(): Promise<MiningStatus>
  block(heightOrHash: number | string): Promise<Result<BlockDetail>>
  /** What a block changed, step by step (T082). @returns `state-gone` for blocks whose states are no longer in memory */
  audit(heightOrHash: number | string): Promise<Result<BlockAudit>>
  /** Runs a final block again without its state, on a witness: a light node asks a peer for it (T041). @returns a failure where no witness can be had; the check, which may find something, else */
  checkBlock(heightOrHash: number | string): Promise<Result<BlockCheck>>
  submit(intent: TransactionIntent): Promise<Result<{ id: Hex }>>
  /**
   * A proof of a value, as the text of a file (docs/PROTOCOL.md, "Light client"). `subject`: `head`, `agent/<public key>`, `alliance/<id>`, `meme/<id>`, `transaction/<block hash>/<place>`,
   * `block/<height>` or `state/<path>`; in a light node that has seen a fork also `fork`: both certificates. As of the newest state with a certificate of its own.
   */
  prove(subject: string): Promise<Result<string>>
  /**
   * The youngest block that a room link may name as its checkpoint.
   * @returns `no-checkpoint` before the first; a light node, which cannot show it to others, gives the one that it has begun at, or `light`
   */
  checkpoint(): Promise<Result<SharedCheckpoint>>
  /** From now on the slice `social` is pushed, or not: it is worked out only for a screen that shows it. A light node has none. */
  watchSocial(on: boolean): Promise<void>
  /** Replaces the agent that runs here: from the next own block on, without a restart. What cannot run changes nothing. */
  runAgent(program: AgentProgram): Promise<Result<{ fromHeight: number }>>
  /** What this program's script would have decided about the last heights, newest first. Nothing is made, sent or spent. */
  dryRun(program: AgentProgram): Promise<Result<DryRunRow[]>>
  /** What the chain would make of this draft now; nothing is sent. */
  inspectMeme(draft: MemeDraft): Promise<Result<MemeInspection>>
  /** @param before number of the meme that the page ends above; null: the newest */
  memes(before: number | null): Promise<Result<MemePage>>
  meme(id: Hex): Promise<Result<MemeView>>
  /** Pushes at most ten updates a second, the next only after `listener` has settled. The first one holds every slice. Returns an id for `unsubscribe`. */
  subscribe(listener: (update: Update) => void | Promise<void>): Promise<number>
  unsubscribe(id: number): Promise<void>
  /** The page was hidden or shown: updates pause while nobody looks. Consensus never pauses. */
  setVisible(visible: boolean): Promise<void>
  /** Fault injection: drop all traffic with these peers, both ways; an empty list heals. */
  cut(peerIds: string[]): Promise<void>
  /** The agent's secret as a small JSON text; whoever holds it is the agent. */
  exportKey(): Promise<Result<string>>
  keyProtection(): Promise<Result<KeyProtection>>
  /**
   * The key at rest goes under a passphrase, another one, or (next: null) into the open. One step on the disk: it can always be opened by one or the other.
   * @param current the present one; null where the key is in the open
   * @returns `needs-passphrase`, `wrong-passphrase`, `weak-passphrase`, or a store's failure: nothing has changed
   */
  changePassphrase(current: string | null, next: string | null): Promise<Result<KeyProtection>>
  /** Replaces the agent of this slot, under the same passphrase if there is one; the old key stays in the returned text so that nothing is lost. Takes effect at the next start. */
  importKey(text: string): Promise<Result<{ agentId: Hex; replaced: string | null }>>
  /**
   * This whole node as one file: newest snapshot, final chain, certificates, and the key if wished; whoever holds a key is the agent.
   * @param passphrase the key is under it; null: it is in the open
   */
  exportNode(withKey: boolean, passphrase: string | null): Promise<Result<Uint8Array>>
  /**
   * Takes a node in from a file, after all of it has been checked; on failure nothing has changed. Where the file's network is the one that runs here, this node halts:
   * start it anew. A key in the file replaces the one of this slot.
   */
  importNode(file: Uint8Array, passphrase: string | null): Promise<Result<ImportedNode>>
  /** Lets go of every block below the newest snapshot. @returns how many went */
  prune(): Promise<Result<number>>
  /** The tab is going away (`pagehide`): signs a Leave and hands it to the network at once, where that helps those who stay. */
  leave(): Promise<void>
  /** Erases this agent's database. The caller has asked the person first. */
  erase(): Promise<Result<null>>
  /**
   * Forgets which network is this origin's own, so that the next start without server and room founds a new one. Chains and keys of the old one stay; its
   * room link leads back to it. Tabs that run go on in theirs.
   */
  forgetNetwork(): Promise<Result<null>>
  /** Newest log lines, oldest first, at most LOG_LINES. */
  log(): Promise<{ at: number; level: 'info' | 'warn' | 'error'; scope: string; text: string }[]>
  stop(): Promise<void>
}

/** Checks proof files, in a worker of its own: without a node, a server or the network. */
export interface ProofApi {
  /** @returns a failure for a text that is no proof file; a report, which may say no, for one that is */
  check(text: string): Promise<Result<ProofReport>>
}

/** Faults a person may inject into the simulation on the first screen. Node indexes count from 0. */
export type SimFault =
  { kind: 'offline'; node: number } | { kind: 'online'; node: number } | { kind: 'split'; left: number[] } | { kind: 'heal' } | { kind: 'drop'; milli: number }

export interface SimStart {
  seed: number
  nodes: number
  family: string
  /** Name of the family's mode; its first one when left out. */
  mode?: string
  blockIntervalMs: number
  slotMs: number
  latencyMs: [number, number]
  /** Virtual milliseconds per real millisecond. */
  speed: number
}

/** One run of the simulator as fast as it goes: a lab's, a benchmark's, a comparison's. */
export interface SimRun {
  family: string
  /** Name of the family's mode; its first one when left out. */
  mode?: string
  seed: number
  nodes: number
  virtualSeconds: number
  /** How many of the nodes lie; none when left out. */
  byzantine?: number
  /** The faults of the standard scenario, for the first seven tenths of the run; a calm network when left out. */
  faults?: boolean
  /** The family's own pace when left out. */
  blockIntervalMs?: number
}

export interface SimRunReport {
  finalHeight: number
  /** Hash over every input of every node: equal for equal settings, in whatever realm the run took place. */
  logHash: string
  messages: number
  /** Different signatures that were really verified. */
  signaturesVerified: number
  virtualMs: number
  wallMs: number
}

/** A rule of the seeds as it is written, tried beside the sound one on the same seed. For labs; no live network has such rules. */
export interface AsWrittenRun {
  /** Its id: docs/ASWRITTEN.md has all of them. */
  asWritten: string
  /** A shipped family that it runs on with the family's other rules in force; the lab's plain one when left out. */
  family?: string
  /** The stored one, which shows the failure, when left out. */
  seed?: number
}

export interface AsWrittenReport {
  id: string
  seed: number
  /** Null: the lab's plain family. */
  family: string | null
  seedRule: string
  soundRule: string
  seen: string
  figures: { label: string; expected: string; written: string; sound: string }[]
  /** Was the failure there with either rule? */
  failed: { written: boolean; sound: boolean }
  /** The first invariant that broke with the rule as written. */
  violation: string | null
  wallMs: number
}

/** The simulator in its worker: the same slices as a live node, seen from one node in focus. */
export interface SimApi {
  /** @returns `unknown-family` for a family or mode that this build does not have; what ran before is over all the same */
  start(options: SimStart): Promise<Result<null>>
  pause(): Promise<void>
  play(): Promise<void>
  fault(fault: SimFault): Promise<void>
  /** Beside the simulation on the screen; every signature and every random number is the real one. `violation` when an invariant broke. */
  run(options: SimRun): Promise<Result<SimRunReport>>
  /** Both rules one after another, some seconds each. `unknown-rule` for a rule, or a family that it does not concern. */
  asWritten(options: AsWrittenRun): Promise<Result<AsWrittenReport>>
  focus(node: number): Promise<void>
  /** `nodes` tells each simulated node's own head, so that a ring can show who lags. */
  subscribe(listener: (update: SimUpdate) => void | Promise<void>): Promise<number>
  unsubscribe(id: number): Promise<void>
  block(heightOrHash: number | string): Promise<Result<BlockDetail>>
  audit(heightOrHash: number | string): Promise<Result<BlockAudit>>
  stop(): Promise<void>
}

export interface SimNodeView {
  publicKey: Hex
  name: string
  online: boolean
  headHeight: number
  headHash: Hex
  finalHeight: number
}

export interface SimUpdate extends Update {
  virtualNow: number
  nodes: SimNodeView[]
}
