/**
 * Fetching a state instead of replaying the blocks that made it (PROTOCOL "Catching up"; T057–T065): a pure state machine. What it wants to know comes out as data, what peers answered goes in;
 * whoever drives it owns the sending, the clock and the disk. (The shape is that of smoldot's `lib/src/sync/all.rs`: desired requests out, responses in.)
 *
 *     manifest ──► headers ──► stored ──► chunks ──► complete
 *     a peer's     its header   what an    the rest,
 *     snapshot     linked to    earlier    from all
 *                  what this    attempt    peers at
 *                  node trusts  has left   once
 *
 * Who is believed what: a snapshot's state header only when a chain of certificates leads to it from the state that this node has executed itself (F-29, core/light); the manifest because it hashes up to
 * that header's state root; a chunk because it hashes up to its name in the manifest. So any peer may deliver any part, in any order, and a lie costs its teller the link and nobody else more than
 * one answer. A peer that is merely slow keeps nothing waiting: what it was asked for goes to others when its time is up, and as soon as nothing else is left to ask for.
 */
import { equalBytes, fromHex } from '../bytes'
import { MAX_CHUNK_REQUEST } from '../limits'
import { HeaderSync } from '../light/headerSync'
import type { HeaderQuery } from '../light/headerSync'
import type { StateHeader } from '../light/schema'
import type { LightNetwork, TrustedState } from '../light/stateHeader'
import { assert } from '../result'
import type { Block } from '../schema'
import { blockHash, transactionRoot } from '../signing'
import { readManifest, StateAssembly } from '../state/chunks'
import type { StateIndex, WorldState } from '../state/worldState'
import type { ManifestReply } from './messages'

/** Chunk requests that one peer is given at a time: the second travels while the first is answered. */
const ASKS_PER_PEER = 2
/** Chunk requests under way, all peers together: leaves room for the node's other questions. */
const MAX_ASKS = 8
/** How many peers are asked for the same chunks when there is nothing else left to ask for: the slowest one does not decide when it ends. */
const MAX_COPIES = 2
/** A peer that has failed rests so long, ms, doubled with each failure in a row … */
const REST_MS = 1000
/** … and is not asked any more after so many. */
const MAX_FAILURES = 4
/** Snapshots that are tried one after another: peers move on to newer ones while this node fetches. */
const MAX_TARGETS = 16

export type Ask =
  | { kind: 'manifest'; peer: string; above: number }
  | { kind: 'stateHeader'; peer: string; query: HeaderQuery }
  | { kind: 'chunks'; peer: string; roots: readonly string[] }

export type SyncPhase = 'manifest' | 'headers' | 'stored' | 'chunks' | 'complete' | 'failed'

export interface SyncProgress {
  phase: SyncPhase
  /** Of the snapshot, once its header is certified. */
  height: number | null
  /** Chunks of the state that are here, and all. */
  done: number
  total: number
  /** Fetched from peers and from the disk. */
  bytes: number
  /** Peers that are asked, or may be. */
  peers: number
}

/** What the way ended with. `steps`: the state headers that lead to `header`, itself the last. */
export interface SyncOutcome {
  state: WorldState
  block: Block
  header: StateHeader
  steps: readonly StateHeader[]
}

interface Peer {
  /** It has shown its snapshot, or has none. */
  tried: boolean
  failures: number
  restsUntil: number
  /** It lied; nothing more of it is looked at. */
  out: boolean
  /** Chunks that it has not. */
  readonly lacks: Set<string>
}

interface Target {
  header: StateHeader
  block: Block
  steps: readonly StateHeader[]
}

export class SnapshotSync {
  readonly #peers = new Map<string, Peer>()
  readonly #asks = new Map<number, Ask>()
  #phase: SyncPhase = 'manifest'
  /** The snapshot that a peer has shown, while its header is being linked. */
  #shown: { peer: string; header: StateHeader; block: Block; manifest: Uint8Array; way: HeaderSync } | null = null
  #target: Target | null = null
  #targets = 0
  #assembly: StateAssembly | null = null
  #fresh: { root: string; bytes: Uint8Array }[] = []

  /**
   * @param trusted the final block of this node, and the sets that its state names
   * @param own its state: what it shares with the newer one need not be fetched
   * @param above only snapshots above this height are worth the way
   */
  constructor(
    readonly network: LightNetwork,
    readonly trusted: TrustedState,
    readonly own: WorldState,
    readonly above: number
  ) {}

  get phase(): SyncPhase {
    return this.#phase
  }

  get progress(): SyncProgress {
    const assembly = this.#assembly
    return {
      phase: this.#phase,
      height: this.#target?.header.header.height ?? null,
      done: assembly?.done ?? 0,
      total: assembly?.total ?? 0,
      bytes: assembly?.bytes ?? 0,
      peers: [...this.#peers.values()].filter(({ out }) => !out).length
    }
  }

  /** Who can be asked now, the best first. Who lied is remembered for as long as it is linked. */
  setPeers(peers: readonly string[]): void {
    for (const peer of this.#peers.keys()) {
      if (peers.includes(peer)) continue
      this.#peers.delete(peer)
      this.#turnAway(peer)
    }
    for (const peer of peers) {
      if (!this.#peers.has(peer)) this.#peers.set(peer, { tried: false, failures: 0, restsUntil: 0, out: false, lacks: new Set() })
    }
  }

  // -------------------------------------------------------------------------------------------------------------------- asking

  /** What to ask next; each must be sent, and reported by `sent`. @param room for so many requests at most */
  wants(now: number, room: number): Ask[] {
    const asks: Ask[] = []
    for (let next = this.#next(now); next !== null && asks.length < room; next = this.#next(now)) {
      asks.push(next)
      // Counts as under way while the list is made; `sent` gives it its number.
      this.#asks.set(-asks.length, next)
    }
    for (let i = 1; i <= asks.length; i++) this.#asks.delete(-i)
    return asks
  }

  sent(id: number, ask: Ask): void {
    this.#asks.set(id, ask)
  }

  /** When a peer that rests may be asked again; Infinity when none rests. */
  wakeAt(now: number): number {
    return Math.min(Infinity, ...[...this.#peers.values()].filter(({ out, restsUntil }) => !out && restsUntil > now).map(({ restsUntil }) => restsUntil))
  }

  #next(now: number): Ask | null {
    switch (this.#phase) {
      case 'manifest':
        return this.#nextManifest(now)
      case 'headers': {
        const shown = this.#shown
        const query = shown?.way.wants ?? null
        return shown === null || query === null || this.#asks.size > 0 ? null : { kind: 'stateHeader', peer: shown.peer, query }
      }
      case 'chunks':
        return this.#nextChunks(now)
      default:
        return null
    }
  }

  #mayAsk(peer: Peer, now: number): boolean {
    return !peer.out && peer.restsUntil <= now
  }

  #nextManifest(now: number): Ask | null {
    if ([...this.#asks.values()].some(({ kind }) => kind === 'manifest')) return null
    const live = [...this.#peers].filter(([, { out, tried }]) => !out && !tried)
    if (live.length === 0) {
      this.#phase = 'failed'
      return null
    }
    const next = live.find(([, peer]) => this.#mayAsk(peer, now))
    return next === undefined ? null : { kind: 'manifest', peer: next[0], above: this.above }
  }

  #nextChunks(now: number): Ask | null {
    const under = [...this.#asks.values()].filter(ask => ask.kind === 'chunks')
    if (under.length >= MAX_ASKS) return null
    const missing = this.#assembly!.missing()
    const asked = new Set(under.flatMap(({ roots }) => roots))
    for (const [name, peer] of this.#idlest(under, now)) {
      const roots = missing.filter(root => !asked.has(root) && !peer.lacks.has(root)).slice(0, MAX_CHUNK_REQUEST)
      if (roots.length > 0) return { kind: 'chunks', peer: name, roots }
    }
    return this.#copy(under, now) ?? this.#giveUp(under, missing)
  }

  /** Peers with room for a request, the least busy first. */
  #idlest(under: readonly Ask[], now: number): [string, Peer][] {
    const busy = (name: string): number => under.filter(({ peer }) => peer === name).length
    return [...this.#peers].filter(([name, peer]) => this.#mayAsk(peer, now) && busy(name) < ASKS_PER_PEER).sort((a, b) => busy(a[0]) - busy(b[0]))
  }

  /** Everything has been asked for: whoever is idle is asked for what others still owe, the oldest debt first. */
  #copy(under: readonly Extract<Ask, { kind: 'chunks' }>[], now: number): Ask | null {
    for (const [name, peer] of this.#idlest(under, now)) {
      if (under.some(ask => ask.peer === name)) continue
      for (const { roots } of under) {
        const owed = roots.filter(
          root => this.#assembly!.isMissing(root) && !peer.lacks.has(root) && under.filter(ask => ask.roots.includes(root)).length < MAX_COPIES
        )
        if (owed.length > 0) return { kind: 'chunks', peer: name, roots: owed }
      }
    }
    return null
  }

  /** Nobody who is left has what is missing: the peers have moved on to a newer snapshot, or are gone. */
  #giveUp(under: readonly Ask[], missing: readonly string[]): null {
    const live = [...this.#peers.values()].filter(({ out }) => !out)
    if (under.length > 0 || live.some(peer => missing.some(root => !peer.lacks.has(root)))) return null
    for (const peer of live) {
      peer.tried = false
      peer.lacks.clear()
    }
    this.#phase = live.length === 0 || this.#targets >= MAX_TARGETS ? 'failed' : 'manifest'
    return null
  }

  // ------------------------------------------------------------------------------------------------------------------- answers

  /** The request was not answered, or refused. @returns whether it was one of these requests */
  failed(id: number, now: number): boolean {
    const ask = this.#asks.get(id)
    this.#asks.delete(id)
    const peer = ask === undefined ? undefined : this.#peers.get(ask.peer)
    if (ask === undefined || peer === undefined) {
      this.#settle()
      return ask !== undefined
    }
    peer.failures++
    peer.restsUntil = now + REST_MS * 2 ** (peer.failures - 1)
    if (peer.failures >= MAX_FAILURES) peer.out = true
    if (ask.kind === 'stateHeader') this.#turnAway(ask.peer)
    this.#settle()
    return true
  }

  /** @returns why the peer is to be penalised, or null */
  takeManifest(id: number, { headers, blocks, manifest }: ManifestReply): string | null {
    const peer = this.#answered(id, 'manifest')
    if (peer === null || this.#phase !== 'manifest') return null
    peer.state.tried = true
    const [header] = headers
    const [block] = blocks
    if (header === undefined || block === undefined || header.header.height <= this.above) return null
    if (!sameBlock(this.network.networkId, header, block)) return this.#expose(peer.name, 'a snapshot with another block')
    const way = new HeaderSync(this.network, this.trusted)
    this.#shown = { peer: peer.name, header, block, manifest, way }
    this.#phase = 'headers'
    return this.#walk(header)
  }

  /** @param header none: the peer has none there. @returns why the peer is to be penalised, or null */
  takeStateHeader(id: number, header: StateHeader | null): string | null {
    const peer = this.#answered(id, 'stateHeader')
    return peer === null || this.#phase !== 'headers' ? null : this.#walk(header)
  }

  /** One header further; at the end of the way the manifest is read. */
  #walk(answer: StateHeader | null): string | null {
    const { peer, header, block, manifest, way } = this.#shown!
    const taken = way.take(answer)
    if (!taken.ok) {
      this.#turnAway(peer)
      // What does not link may be the fault of nobody: it is too far away, and the headers between are not stored there.
      return taken.code === 'unlinked' || taken.code === 'not-linked' ? null : this.#expose(peer, `state header: ${taken.code}`)
    }
    if (taken.value === 'more') return null
    const { trusted, steps } = way.outcome
    if (trusted.height !== header.header.height) {
      this.#turnAway(peer)
      return null
    }
    const read = readManifest(manifest, trusted.stateRoot)
    if (!read.ok) {
      this.#turnAway(peer)
      return this.#expose(peer, `manifest: ${read.code}`)
    }
    const assembly = new StateAssembly(read.value)
    assembly.reuse(this.own)
    if (this.#assembly !== null) assembly.inherit(this.#assembly)
    this.#assembly = assembly
    this.#target = { header, block, steps }
    this.#targets++
    this.#shown = null
    this.#phase = 'stored'
    this.#settle()
    return null
  }

  /** Chunks that an earlier attempt has left on the disk (T064); they are verified like any. @param last nothing more will come from there */
  takeStored(chunks: readonly { root: string; bytes: Uint8Array }[], last: boolean): void {
    if (this.#phase !== 'stored' && this.#phase !== 'chunks') return
    for (const { root, bytes } of chunks) if (this.#assembly!.isMissing(root)) this.#assembly!.take(root, bytes)
    if (last && this.#phase === 'stored') this.#phase = 'chunks'
    this.#settle()
  }

  /** T063: each chunk is verified before it counts. @returns why the peer is to be penalised, or null */
  takeChunks(id: number, chunks: readonly Uint8Array[]): string | null {
    const ask = this.#asks.get(id)
    const peer = this.#answered(id, 'chunks')
    if (peer === null || ask?.kind !== 'chunks' || this.#assembly === null) return null
    if (chunks.length !== ask.roots.length) return this.#expose(peer.name, 'chunks: another number than asked for')
    for (const [i, root] of ask.roots.entries()) {
      const bytes = chunks[i]!
      if (bytes.length === 0) peer.state.lacks.add(root)
      if (bytes.length === 0 || !this.#assembly.isMissing(root)) continue
      const failure = this.#assembly.take(root, bytes)
      if (failure !== null) return this.#expose(peer.name, `chunk: ${failure.code}`)
      this.#fresh.push({ root, bytes })
    }
    this.#settle()
    return null
  }

  /** Names of the chunks that are still missing. */
  missing(): string[] {
    return this.#assembly?.missing() ?? []
  }

  /** Chunks that have come and been verified since the last call, to be kept on the disk. */
  takeFresh(): { root: string; bytes: Uint8Array }[] {
    const fresh = this.#fresh
    this.#fresh = []
    return fresh
  }

  /** T065. @param index where the places of agents are noted. Call when complete. */
  outcome(index: StateIndex): SyncOutcome {
    assert(this.#target !== null && this.#assembly !== null, 'the way is complete')
    return { ...this.#target, state: this.#assembly.finish(index) }
  }

  // ---------------------------------------------------------------------------------------------------------------------- peers

  /** The peer that answers this request; null when nobody waits for it, or it is out. */
  #answered(id: number, kind: Ask['kind']): { name: string; state: Peer } | null {
    const ask = this.#asks.get(id)
    this.#asks.delete(id)
    const state = ask === undefined ? undefined : this.#peers.get(ask.peer)
    if (ask?.kind !== kind || state === undefined || state.out) return null
    state.failures = 0
    return { name: ask.peer, state }
  }

  #turnAway(peer: string): void {
    if (this.#shown?.peer !== peer) return
    this.#shown = null
    this.#phase = 'manifest'
  }

  #expose(peer: string, reason: string): string {
    const state = this.#peers.get(peer)
    if (state !== undefined) state.out = true
    this.#turnAway(peer)
    this.#settle()
    return reason
  }

  #settle(): void {
    if ((this.#phase === 'chunks' || this.#phase === 'stored') && this.#assembly!.complete) this.#phase = 'complete'
  }
}

/** Is this the block whose header the state header shows, body included? */
function sameBlock(networkId: Uint8Array, { header }: StateHeader, block: Block): boolean {
  return equalBytes(blockHash(networkId, header), blockHash(networkId, block.header)) && equalBytes(transactionRoot(block.transactions), header.txRoot)
}

/** The roots of a chunks request, for the wire. */
export function rootBytes(roots: readonly string[]): Uint8Array[] {
  return roots.map(root => {
    const bytes = fromHex(root)
    assert(bytes?.length === 32, 'a chunk is named by 32 bytes of hex')
    return bytes
  })
}
