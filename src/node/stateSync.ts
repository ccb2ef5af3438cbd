/**
 * Drives the fetching of a state (core/sync/snapshotSync.ts) for a node that is too far behind to replay blocks, or whose peers have them no more: sends what it asks for, hands it what comes, keeps verified
 * chunks on the disk so that an interrupted sync resumes (T064), and gives the node its new root in the end (T065).
 */
import { hashBytesOf, rootEntry } from '../core/chain/blockTree'
import type { BlockEntry } from '../core/chain/blockTree'
import { MAX_REQUESTS } from '../core/limits'
import { lightNetwork } from '../core/light/stateHeader'
import type { TrustedState } from '../core/light/stateHeader'
import type { MessageOf } from '../core/wire'
import { StateIndex } from '../core/state/worldState'
import { rootBytes, SnapshotSync } from '../core/sync/snapshotSync'
import type { Ask, SyncOutcome, SyncProgress } from '../core/sync/snapshotSync'
import { blockHash } from '../core/signing'
import type { Desk } from './desk'
import type { PeerId, StoredChunk } from './ports'
import { SNAPSHOT_EVERY } from './snapshots'

/** Final blocks behind from which on a state is fetched: nodes that prune have at least so many blocks, so whoever is nearer can replay them. */
export const STATE_SYNC_FROM = 2 * SNAPSHOT_EVERY
/** After an attempt that led nowhere: so long until the next one, ms. Blocks are asked for meanwhile. */
const RETRY_MS = 10_000
/** Requests that are left to the node's other questions. */
const SPARED_REQUESTS = 4

/** How far a sync is, for people. Times by this node's clock, ms. */
export interface StateSyncProgress extends SyncProgress {
  startedAt: number
  /** When the first chunk came, or could come. */
  chunksSince: number | null
  /** Of what is here, from this attempt's start on. */
  fetched: number
}

export class StateSync {
  #sync: SnapshotSync | null = null
  #startedAt = 0
  #chunksSince: number | null = null
  #doneBefore = 0
  #retryAt = 0
  /** Roots whose chunks are on the disk. */
  readonly #kept = new Set<string>()
  /** Peers that had no blocks above this node's final one: they are pruned there. */
  readonly #pruned = new Set<PeerId>()

  /** @param keepsAll an archive: it fetches blocks as long as anybody has them, however many they are, since a state leaves a gap below it */
  constructor(
    readonly desk: Desk,
    readonly keepsAll = false
  ) {}

  get active(): boolean {
    return this.#sync !== null
  }

  get progress(): StateSyncProgress | null {
    if (this.#sync === null) return null
    const { progress } = this.#sync
    return { ...progress, startedAt: this.#startedAt, chunksSince: this.#chunksSince, fetched: progress.done - this.#doneBefore }
  }

  /** A range of blocks that this peer should have was not there. */
  noteBlocksGone(peer: PeerId): void {
    this.#pruned.add(peer)
  }

  /** How far behind this node has to be for a state to be worth fetching, final blocks. */
  #worthFrom(): number {
    if (!this.keepsAll) return this.#pruned.size > 0 ? 2 : STATE_SYNC_FROM
    const ahead = this.desk.peers.aheadOf(this.desk.tree.final.height)
    return ahead.length > 0 && ahead.every(peer => this.#pruned.has(peer)) ? 2 : Infinity
  }

  /** Begins, if this node is far enough behind; goes on, if it has begun. @returns when to call again, this node's clock */
  pursue(now: number): number {
    this.#begin(now)
    const sync = this.#sync
    if (sync === null) return Infinity
    const { peers } = this.desk
    sync.setPeers(peers.aheadOf(this.desk.tree.final.height))
    for (const ask of sync.wants(now, MAX_REQUESTS - SPARED_REQUESTS - this.desk.requestCount)) {
      const id = this.#send(ask)
      if (id === null) break
      sync.sent(id, ask)
    }
    if (sync.phase === 'failed') this.#end(now + RETRY_MS)
    return sync.wakeAt(now)
  }

  #begin(now: number): void {
    const { tree, peers, genesis } = this.desk
    const { final } = tree
    const behind = peers.distance(final.height)
    if (this.#sync !== null || now < this.#retryAt || behind < this.#worthFrom() || final.state === null) return
    this.#pruned.clear()
    this.#startedAt = now
    this.#chunksSince = null
    this.#sync = new SnapshotSync(lightNetwork(genesis), trustedOf(final), final.state, final.height)
    this.desk.event({ kind: 'state-sync', step: 'begun', height: final.height, detail: `${behind} blocks behind` })
  }

  #send(ask: Ask): number | null {
    switch (ask.kind) {
      case 'manifest':
        return this.desk.request(ask.peer, 'manifestRequest', { above: ask.above })
      case 'stateHeader':
        return this.desk.request(ask.peer, 'stateHeaderRequest', ask.query)
      case 'chunks':
        return this.desk.request(ask.peer, 'chunksRequest', { roots: rootBytes(ask.roots) })
    }
  }

  #end(retryAt: number): void {
    this.#sync = null
    this.#retryAt = retryAt
    if (retryAt > 0)
      this.desk.event({ kind: 'state-sync', step: 'given-up', height: this.desk.tree.final.height, detail: 'no peer has a snapshot that can be checked' })
  }

  // ------------------------------------------------------------------------------------------------------------------- answers

  failed(id: number, from: PeerId, now: number): void {
    const sync = this.#sync
    if (sync?.failed(id, now) !== true) return
    this.desk.event({ kind: 'state-sync', step: 'unanswered', height: this.desk.tree.final.height, detail: from.slice(-8) })
  }

  take(id: number, from: PeerId, { kind, value }: MessageOf<'stateHeaderReply' | 'manifestReply' | 'chunksReply'>, now: number): void {
    const sync = this.#sync
    if (sync === null) return
    const before = sync.phase
    const reason =
      kind === 'manifestReply'
        ? sync.takeManifest(id, value)
        : kind === 'stateHeaderReply'
          ? sync.takeStateHeader(id, value.headers[0] ?? null)
          : sync.takeChunks(id, value.chunks)
    if (reason !== null) {
      this.desk.penalise(from, reason)
      this.desk.event({ kind: 'state-sync', step: 'refused', height: this.desk.tree.final.height, detail: `${from.slice(-8)}: ${reason}` })
    }
    const fresh = sync.takeFresh()
    if (fresh.length > 0) this.desk.effect({ type: 'keepChunks', chunks: fresh })
    if (sync.phase === 'stored' && before !== 'stored') this.#askDisk(sync, now)
  }

  #askDisk(sync: SnapshotSync, now: number): void {
    this.#chunksSince = now
    this.#doneBefore = sync.progress.done
    this.desk.effect({ type: 'findChunks', roots: sync.missing() })
  }

  /** @param last no more will come from the disk */
  takeStored(chunks: readonly StoredChunk[], last: boolean): void {
    for (const { root } of chunks) this.#kept.add(root)
    this.#sync?.takeStored(chunks, last)
    if (this.#sync !== null) this.#doneBefore = Math.max(this.#doneBefore, this.#sync.progress.done)
  }

  /** An own snapshot has gone to the disk meanwhile; what it does not name may have been collected. */
  forgetKept(): void {
    this.#kept.clear()
  }

  noteKept(roots: readonly string[]): void {
    for (const root of roots) this.#kept.add(root)
  }

  /** The state that has been fetched, once; null while it is not complete, or when this node has come further by itself meanwhile. */
  takeOutcome(): { entry: BlockEntry; outcome: SyncOutcome; kept: ReadonlySet<string> } | null {
    const sync = this.#sync
    if (sync?.phase !== 'complete') return null
    const { bytes, done, peers } = sync.progress
    const kept = this.#doneBefore
    const outcome = sync.outcome(new StateIndex())
    this.#end(0)
    const { header, signature, transactions } = outcome.block
    if (header.height <= this.desk.tree.final.height) return null
    const entry = rootEntry(blockHash(this.desk.networkId, header), header, outcome.state, signature, transactions)
    this.desk.event({
      kind: 'state-sync',
      step: 'complete',
      height: header.height,
      detail: `${done} chunks, ${kept} of them here before, ${bytes} bytes, ${peers} peers`
    })
    const roots = new Set(this.#kept)
    this.#kept.clear()
    return { entry, outcome, kept: roots }
  }
}

/** What this node has executed itself is what it trusts. */
function trustedOf({ height, hash, header, state }: BlockEntry): TrustedState {
  return { height, hash: hashBytesOf(hash), stateRoot: header.stateRoot, timestamp: header.timestamp, sets: state!.sets }
}
