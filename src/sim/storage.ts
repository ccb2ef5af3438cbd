/**
 * A simulated disk. It decides by the same `admitVote` as every real store, and writes one thing after another, as a database does: what has been handed over
 * is seen at once, reaches the disk a little later, and is safe once a later promise has been acknowledged or the system has flushed it. So a crash leaves a
 * prefix of what was written, and that prefix holds every acknowledged vote.
 *
 * Beside the database lies a mark: how many promises were ever made with this key, and the height of the highest. A database that knows of fewer is an old one
 * (wiped, or restored from a backup), and its owner abstains up to that height. The count tells old from new where the height alone could not: promises of
 * one height are several.
 */
import { admitVote } from '../core/consensus/voteGuard'
import type { VoteOutcome, VoteRow } from '../core/consensus/voteGuard'
import { assert } from '../core/result'
import { KEPT_SNAPSHOTS } from '../node/ports'
import type { CommitBatch, Stored, StoredBlock, StoredCertificate, StoredChunk, StoredSnapshot, StoredStateHeader } from '../node/ports'
import type { Writes } from './faultPlan'

/** After this long the system has flushed a write that nobody waited for, ms. */
const FLUSH_MS = 5000

interface Content {
  blocks: Map<string, StoredBlock>
  certificates: Map<string, StoredCertificate>
  votes: VoteRow[]
  final: { height: number; hash: string } | null
  /** Newest first. */
  snapshots: StoredSnapshot[]
  chunks: Map<string, Uint8Array>
  /** Roots of chunks that came before their snapshot. */
  ahead: Set<string>
  stateHeaders: StoredStateHeader[]
  /** Heights at or below are closed for votes, besides the final ones. */
  watermark: number
  /** Promises ever made, also those whose rows are gone. */
  promises: number
}

type Write =
  { kind: 'vote'; row: VoteRow; blocks: readonly StoredBlock[] } | { kind: 'commit'; batch: CommitBatch } | { kind: 'chunks'; chunks: readonly StoredChunk[] }

interface Pending {
  number: number
  doneAt: number
  write: Write
}

const empty = (): Content => ({
  blocks: new Map(),
  certificates: new Map(),
  votes: [],
  final: null,
  snapshots: [],
  chunks: new Map(),
  ahead: new Set(),
  stateHeaders: [],
  watermark: 0,
  promises: 0
})

const copyOf = (content: Content): Content => ({
  ...content,
  blocks: new Map(content.blocks),
  certificates: new Map(content.certificates),
  votes: [...content.votes],
  snapshots: [...content.snapshots],
  chunks: new Map(content.chunks),
  ahead: new Set(content.ahead),
  stateHeaders: [...content.stateHeaders]
})

const sameRow = (a: VoteRow, b: VoteRow): boolean => a.kind === b.kind && a.height === b.height && a.hash === b.hash && a.parent === b.parent

function apply(content: Content, write: Write): void {
  switch (write.kind) {
    case 'vote': {
      const { row, blocks } = write
      if (!content.votes.some(old => sameRow(old, row))) {
        content.votes.push(row)
        content.promises++
      }
      for (const block of blocks) content.blocks.set(block.hash, block)
      return
    }
    case 'chunks':
      for (const { root, bytes } of write.chunks) {
        if (!content.chunks.has(root)) content.ahead.add(root)
        content.chunks.set(root, bytes)
      }
      return
    case 'commit':
      applyBatch(content, write.batch)
  }
}

function applyBatch(content: Content, { blocks, certificates, removeBlocks, final, snapshot, stateHeaders, pruneBelow }: CommitBatch): void {
  for (const hash of removeBlocks) content.blocks.delete(hash)
  for (const block of blocks) content.blocks.set(block.hash, block)
  for (const certificate of certificates) content.certificates.set(`${certificate.kind}/${certificate.hash}`, certificate)
  if (final !== null && final.height > (content.final?.height ?? -1)) content.final = final
  content.votes = content.votes.filter(row => row.height > (content.final?.height ?? 0))
  for (const header of stateHeaders) keepHeader(content, header)
  if (snapshot !== null && snapshot.snapshot.height > (content.snapshots[0]?.height ?? -1)) keepSnapshot(content, snapshot)
  const floor = Math.min(pruneBelow, content.final?.height ?? 0, content.snapshots[0]?.height ?? 0)
  const kept = new Set(content.snapshots.map(({ height }) => height))
  const goes = ({ height }: { height: number }): boolean => height < floor && !kept.has(height)
  for (const [hash, block] of content.blocks) if (goes(block)) content.blocks.delete(hash)
  for (const [key, certificate] of content.certificates) if (goes(certificate)) content.certificates.delete(key)
}

/** Of each epoch the first stays, and the newest of all. */
function keepHeader(content: Content, header: StoredStateHeader): void {
  const rest = content.stateHeaders.filter(({ height }) => height !== header.height)
  const all = [...rest, header].sort((a, b) => a.height - b.height)
  content.stateHeaders = all.filter(({ epoch }, i) => i === all.length - 1 || all.findIndex(other => other.epoch === epoch) === i)
}

function keepSnapshot(content: Content, { snapshot, chunks }: NonNullable<CommitBatch['snapshot']>): void {
  for (const { root, bytes } of chunks) content.chunks.set(root, bytes)
  for (const root of snapshot.chunkRoots) assert(content.chunks.has(root), 'a snapshot is committed with all its chunks')
  if (snapshot.chunkRoots.some(root => content.ahead.has(root))) content.ahead.clear()
  content.snapshots = [snapshot, ...content.snapshots].slice(0, KEPT_SNAPSHOTS)
  const named = new Set(content.snapshots.flatMap(({ chunkRoots }) => chunkRoots))
  for (const root of content.chunks.keys()) if (!named.has(root) && !content.ahead.has(root)) content.chunks.delete(root)
}

/** What `SimStore` does otherwise for a mutant. */
export interface StoreOptions {
  /** Keep every promise without looking at earlier ones. */
  blind?: boolean
  /** A crash forgets all promises. */
  forgetful?: boolean
  /** The mark follows final blocks only. */
  lowMark?: boolean
}

export class SimStore {
  /** What the node sees, and what is safe; between them the journal. */
  #view = empty()
  #safe = empty()
  #backup = empty()
  #journal: Pending[] = []
  #number = 0
  #busyUntil = 0
  #mark = { height: 0, promises: 0 }

  constructor(
    readonly genesis: Uint8Array,
    readonly options: StoreOptions = {}
  ) {}

  /** Opens the store after a start: what is there, or null. A database older than its mark is closed up to the mark's height. */
  load(): Stored | null {
    if (this.#mark.promises > this.#safe.promises) {
      this.#safe.watermark = Math.max(this.#safe.watermark, this.#mark.height)
      this.#safe.promises = this.#mark.promises
    }
    this.#view = copyOf(this.#safe)
    this.#backup = copyOf(this.#safe)
    return storedOf(this.#view, this.genesis)
  }

  /** What a start would find now, as `load` gives it; changes nothing. */
  peek(): Stored | null {
    return storedOf(this.#view, this.genesis)
  }

  /**
   * R6: decides, and begins to write.
   * @returns the outcome, and for a promise the number to acknowledge it by, and when it is on the disk
   */
  castVote(row: VoteRow, blocks: readonly StoredBlock[], now: number, takesMs: number): { outcome: VoteOutcome; number: number; doneAt: number } {
    const rows = this.#view.votes.filter(old => old.height === row.height)
    const watermark = Math.max(this.#view.final?.height ?? 0, this.#view.watermark)
    const outcome: VoteOutcome = this.options.blind === true || this.options.forgetful === true ? { ok: true } : admitVote(rows, watermark, row)
    if (!outcome.ok) return { outcome, number: 0, doneAt: now + takesMs }
    return { outcome, ...this.#write({ kind: 'vote', row, blocks }, now, takesMs) }
  }

  /** The promise with this number is known to be on the disk, and so is all that was written before it; the mark says so. Only then may it be signed. */
  acknowledge(number: number): void {
    this.#flush(pending => pending.number <= number)
    const height = this.options.lowMark === true ? (this.#safe.final?.height ?? 0) : Math.max(0, ...this.#safe.votes.map(row => row.height))
    this.#mark = { height: Math.max(this.#mark.height, height), promises: Math.max(this.#mark.promises, this.#safe.promises) }
  }

  /** @returns when it is on the disk */
  commit(batch: CommitBatch, now: number, takesMs: number): number {
    return this.#write({ kind: 'commit', batch }, now, takesMs).doneAt
  }

  /** Chunks of a snapshot that is still being fetched. @returns when they are on the disk */
  keepChunks(chunks: readonly StoredChunk[], now: number, takesMs: number): number {
    return this.#write({ kind: 'chunks', chunks }, now, takesMs).doneAt
  }

  #write(write: Write, now: number, takesMs: number): { number: number; doneAt: number } {
    this.#flush(pending => pending.doneAt + FLUSH_MS <= now)
    this.#busyUntil = Math.max(this.#busyUntil, now) + takesMs
    apply(this.#view, write)
    this.#journal.push({ number: ++this.#number, doneAt: this.#busyUntil, write })
    return { number: this.#number, doneAt: this.#busyUntil }
  }

  #flush(isSafe: (pending: Pending) => boolean): void {
    let count = 0
    while (count < this.#journal.length && isSafe(this.#journal[count]!)) apply(this.#safe, this.#journal[count++]!.write)
    if (count > 0) this.#journal.splice(0, count)
  }

  /** Power off. `load` shows what is left. */
  crash(now: number, writes: Writes): void {
    if (writes === 'kept') this.#flush(() => true)
    if (writes === 'torn') this.#flush(pending => pending.doneAt <= now)
    this.#journal = []
    this.#busyUntil = now
    if (this.options.forgetful === true) this.#safe.votes = []
  }

  /** The database is gone, or is replaced by what it was at the last start. The mark lies elsewhere and stays. */
  wipe(backup: boolean): void {
    this.#journal = []
    this.#safe = backup ? copyOf(this.#backup) : empty()
  }

  /** Final blocks by ascending height. */
  range(from: number, count: number): StoredBlock[] {
    const top = this.#view.final?.height ?? 0
    return [...this.#view.blocks.values()]
      .filter(block => block.height >= from && block.height <= top && block.height < from + count)
      .sort((a, b) => a.height - b.height)
  }

  /** The finalisation certificate of a height. */
  certificate(height: number): StoredCertificate | null {
    for (const certificate of this.#view.certificates.values()) if (certificate.kind === 'finalise' && certificate.height === height) return certificate
    return null
  }

  block(hash: string): StoredBlock | null {
    return this.#view.blocks.get(hash) ?? null
  }

  /** Newest first. */
  snapshots(): readonly StoredSnapshot[] {
    return this.#view.snapshots
  }

  chunk(root: string): Uint8Array | null {
    return this.#view.chunks.get(root) ?? null
  }

  /** What the disk holds: every byte string, without the room that keys and indexes take. */
  get usedBytes(): number {
    const { blocks, certificates, snapshots, chunks, stateHeaders } = this.#view
    const long = (parts: Iterable<{ bytes: Uint8Array }>): number => [...parts].reduce((sum, { bytes }) => sum + bytes.length, 0)
    const manifests = snapshots.reduce((sum, { manifest }) => sum + manifest.length, 0)
    return (
      long(blocks.values()) + long(certificates.values()) + long(stateHeaders) + manifests + [...chunks.values()].reduce((sum, bytes) => sum + bytes.length, 0)
    )
  }

  /** Roots of all chunks that are here. */
  chunkRoots(): string[] {
    return [...this.#view.chunks.keys()]
  }

  /** By ascending height. */
  stateHeaders(from: number, count: number): StoredStateHeader[] {
    return this.#view.stateHeaders.filter(({ height }) => height >= from).slice(0, count)
  }
}

function storedOf({ blocks, certificates, votes, final, snapshots, chunks }: Content, genesis: Uint8Array): Stored | null {
  if (final === null && votes.length === 0) return null
  const snapshot = snapshots[0]
  const from = snapshot?.height ?? 0
  return {
    genesis,
    final: final ?? { height: 0, hash: '' },
    snapshot: snapshot === undefined ? null : { ...snapshot, chunks: new Map(snapshot.chunkRoots.map(root => [root, chunks.get(root)!])) },
    blocks: [...blocks.values()].filter(block => block.height >= from).sort((a, b) => a.height - b.height),
    certificates: [...certificates.values()].filter(certificate => certificate.height >= from).sort((a, b) => a.height - b.height),
    votes: [...votes]
  }
}
