/**
 * What this node keeps of past states, for its own next start and for peers that fetch a state (T052–T058): snapshots, each with the state header that certifies it.
 *
 * A state is immutable, so a snapshot is a pointer (F-28): blocks go on while its parts are written, a slice at each turn. A state header needs a certificate for its block or for one shortly above
 * it; a block of which a snapshot is due waits here until one has come.
 */
import { toHex } from '../core/bytes'
import type { BlockEntry } from '../core/chain/blockTree'
import { decode, encode } from '../core/codec'
import { MAX_DESCENDANTS } from '../core/light/schema'
import type { StateHeader } from '../core/light/schema'
import { inspectStateHeader, lightNetwork, makeStateHeader } from '../core/light/stateHeader'
import type { LightNetwork } from '../core/light/stateHeader'
import { Certificate } from '../core/schema'
import type { Header } from '../core/schema'
import { chunkOf, manifestOf } from '../core/state/chunks'
import type { ChunkPlace, StateManifest } from '../core/state/chunks'
import type { WorldState } from '../core/state/worldState'
import type { SyncOutcome } from '../core/sync/snapshotSync'
import { storedBlock } from './answers'
import type { Desk } from './desk'
import { EMPTY_BATCH, KEPT_SNAPSHOTS } from './ports'
import type { Stored, StoredChunk, StoredSnapshot } from './ports'

/** Final blocks between two snapshots: replaying so many at a start takes well under a second. All nodes take them at the same heights, so that any of them has the parts that another one names. */
export const SNAPSHOT_EVERY = 64
/** Chunks written in one turn: a few milliseconds, also where the first snapshot of a large state holds thousands. */
const CHUNKS_PER_TURN = 64

/** A final block whose state header waits for a certificate. */
interface Waiting {
  entry: BlockEntry
  state: WorldState
  /** Headers of the final blocks above it, ascending. */
  descendants: Header[]
}

/** A snapshot that can be served. */
interface Kept {
  entry: BlockEntry
  state: WorldState
  manifest: StateManifest
  /** Null: no certificate came near it. It is good for an own start, and for nobody else. */
  header: StateHeader | null
  places: ReadonlyMap<string, ChunkPlace>
}

/** A snapshot on its way to the disk. */
interface Job {
  kept: Kept
  left: ChunkPlace[]
  chunks: StoredChunk[]
}

export class Snapshots {
  readonly network: LightNetwork
  /** On the disk, newest first. */
  #kept: Kept[] = []
  #waiting: Waiting[] = []
  #job: Job | null = null

  /** @param prunes blocks below the oldest kept snapshot are removed (role `full`) */
  constructor(
    readonly desk: Desk,
    readonly prunes: boolean,
    stored: Stored | null
  ) {
    this.network = lightNetwork(desk.genesis)
    const entry = stored?.snapshot === null || stored === null ? undefined : desk.tree.get(stored.snapshot.hash)
    if (entry?.state != null) this.#kept = [keptOf(entry, entry.state, this.#certifiedBy(entry, entry.state, stored!))]
  }

  /** The state header of a block that was read back, if a certificate of one of its next descendants was stored. */
  #certifiedBy(entry: BlockEntry, state: WorldState, stored: Stored): StateHeader | null {
    for (const { kind, hash, bytes } of stored.certificates) {
      const last = kind === 'finalise' ? this.desk.tree.get(hash) : undefined
      const certificate = last === undefined ? null : decode(Certificate, bytes)
      if (last === undefined || last.height < entry.height || last.height > entry.height + MAX_DESCENDANTS || certificate?.ok !== true) continue
      const descendants = this.desk.tree.path(entry, last).map(({ header }) => header)
      const header = last === entry || descendants.length > 0 ? this.#certify(entry, state, descendants, certificate.value) : null
      if (header !== null) return header
    }
    return null
  }

  /** Null when the certificate is not for a height whose set this state names. */
  #certify(entry: BlockEntry, state: WorldState, descendants: readonly Header[], certificate: Certificate): StateHeader | null {
    const header = makeStateHeader(entry.header, state, certificate, descendants)
    return inspectStateHeader(this.network, header).ok ? header : null
  }

  // ----------------------------------------------------------------------------------------------------------------- new ones

  /** These blocks have become final, the last of them by this certificate; null where an anchor made it final. */
  note(finals: readonly BlockEntry[], certificate: Certificate | null): void {
    for (const entry of finals) {
      for (const { descendants } of this.#waiting) descendants.push(entry.header)
      if (entry.state !== null && isDue(entry.height)) this.#waiting.push({ entry, state: entry.state, descendants: [] })
    }
    this.#waiting = this.#waiting.filter(({ entry, state, descendants }) => {
      const near = descendants.length <= MAX_DESCENDANTS
      const header = certificate !== null && near ? this.#certify(entry, state, descendants, certificate) : null
      if (header === null && near) return true
      this.#begin(keptOf(entry, state, header))
      return false
    })
  }

  #begin(kept: Kept): void {
    // One at a time: where writing is slower than the chain, the next one is taken at the height after.
    if (this.#job !== null) return
    const onDisk = new Set(this.#kept.flatMap(({ places }) => [...places.keys()]))
    this.#job = { kept, left: [...kept.places.values()].filter(({ root }) => !onDisk.has(root)), chunks: [] }
  }

  /** A snapshot is being written. */
  get busy(): boolean {
    return this.#job !== null
  }

  /** Writes a slice of the snapshot that is being taken, if one is. @returns whether that was the last one, and the snapshot goes to the disk */
  work(now: number): boolean {
    const job = this.#job
    if (job === null) return false
    for (const place of job.left.splice(0, CHUNKS_PER_TURN)) job.chunks.push({ root: place.root, bytes: chunkOf(job.kept.state, place) })
    if (job.left.length > 0) return false
    this.#job = null
    this.#kept = [job.kept, ...this.#kept].slice(0, KEPT_SNAPSHOTS)
    const snapshot = { snapshot: storedSnapshot(job.kept, now), chunks: job.chunks }
    this.desk.effect({ type: 'commit', batch: { ...EMPTY_BATCH, snapshot, pruneBelow: this.#pruneBelow() } })
    return true
  }

  /** Up to the oldest kept snapshot: who is less far behind catches up block by block, who is further fetches the state. */
  #pruneBelow(): number {
    return this.prunes && this.#kept.length === KEPT_SNAPSHOTS ? this.#kept.at(-1)!.entry.height : 0
  }

  /**
   * This node has taken over a state from peers: it goes to the disk as its newest snapshot, together with its block and the headers that certify it.
   * @param kept roots of chunks that are on the disk already
   */
  adopt(entry: BlockEntry, { state, header }: SyncOutcome, kept: ReadonlySet<string>, removeBlocks: string[], now: number): void {
    const own = keptOf(entry, state, header)
    this.#job = null
    this.#waiting = []
    this.#kept = [own]
    const { certificate } = header
    const certificates =
      certificate.height === entry.height
        ? [{ kind: 'finalise' as const, height: entry.height, hash: entry.hash, bytes: encode(Certificate, certificate) }]
        : []
    const missing = [...own.places.values()].filter(({ root }) => !kept.has(root))
    this.desk.effect({
      type: 'commit',
      batch: {
        blocks: [storedBlock(entry)],
        certificates,
        final: { height: entry.height, hash: entry.hash },
        snapshot: { snapshot: storedSnapshot(own, now), chunks: missing.map(place => ({ root: place.root, bytes: chunkOf(state, place) })) },
        stateHeaders: [],
        pruneBelow: this.prunes ? entry.height : 0,
        removeBlocks
      }
    })
  }

  // ------------------------------------------------------------------------------------------------------------------ serving

  /** The newest snapshot above this height that somebody else can check. */
  newest(above: number): { header: StateHeader; entry: BlockEntry; manifest: Uint8Array } | null {
    for (const { header, entry, manifest } of this.#kept) if (header !== null && entry.height > above) return { header, entry, manifest: manifest.bytes }
    return null
  }

  chunk(root: string): Uint8Array | null {
    for (const { places, state } of this.#kept) {
      const place = places.get(root)
      if (place !== undefined) return chunkOf(state, place)
    }
    return null
  }
}

/** First heights of a span, so that the state names the set of its own height wherever the span is a whole number of epochs. */
function isDue(height: number): boolean {
  return height > 1 && (height - 1) % SNAPSHOT_EVERY === 0
}

function keptOf(entry: BlockEntry, state: WorldState, header: StateHeader | null): Kept {
  const manifest = manifestOf(state)
  return { entry, state, manifest, header, places: new Map(manifest.places.map(place => [place.root, place])) }
}

function storedSnapshot({ entry, manifest, places }: Kept, at: number): StoredSnapshot {
  return { height: entry.height, hash: entry.hash, stateRoot: toHex(manifest.stateRoot), at, manifest: manifest.bytes, chunkRoots: [...places.keys()] }
}
