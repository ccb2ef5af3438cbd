/**
 * What a store should do, written as plainly as possible over arrays and without sharing a line with the adapters: the voting rules are
 * spelled out again here (R5, R6), so that a slip in the shared guard shows as well.
 */
import type { VoteOutcome, VoteRow } from '../../core/consensus/voteGuard'
import type { CommitBatch, Stored, StoredBlock, StoredCertificate, StoredChunk, StoredSnapshot, StoredStateHeader } from '../../node/ports'

const by =
  <T>(key: (item: T) => string) =>
  (a: T, b: T): number =>
    key(a).localeCompare(key(b), 'en')
const pad = (height: number): string => String(height).padStart(9, '0')

export class StoreModel {
  private genesis: Uint8Array | null = null
  private final: { height: number; hash: string } | null = null
  /** Newest first. */
  private kept: StoredSnapshot[] = []
  private chunks: StoredChunk[] = []
  private ahead: string[] = []
  private headers: StoredStateHeader[] = []
  private blocks: StoredBlock[] = []
  private certificates: StoredCertificate[] = []
  private votes: VoteRow[] = []

  async init(genesis: Uint8Array): Promise<void> {
    this.genesis = genesis
  }

  async load(): Promise<Stored | null> {
    if (this.genesis === null) return null
    const snapshot = this.kept[0]
    const from = snapshot?.height ?? 0
    return {
      genesis: this.genesis,
      final: this.final ?? { height: 0, hash: '' },
      snapshot: snapshot ? { ...snapshot, chunks: new Map(snapshot.chunkRoots.map(root => [root, this.chunks.find(c => c.root === root)!.bytes])) } : null,
      blocks: this.sorted().filter(b => b.height >= from),
      certificates: this.certificates.filter(c => c.height >= from).sort(by(c => `${pad(c.height)} ${c.kind} ${c.hash}`)),
      votes: this.inStoredOrder()
    }
  }

  async castVote(row: VoteRow, blocks: StoredBlock[]): Promise<VoteOutcome> {
    if (row.height <= (this.final?.height ?? 0)) return { ok: false, code: 'below-watermark', existing: null }
    const rows = this.inStoredOrder().filter(old => old.height === row.height)
    const same = rows.some(old => old.kind === row.kind && old.hash === row.hash && (row.kind !== 'propose' || old.parent === row.parent))
    const refusal = same ? null : this.refusal(rows, row)
    if (refusal) return refusal
    if (!rows.some(old => JSON.stringify(old) === JSON.stringify(row))) this.votes.push(row)
    for (const block of blocks) this.keep(block)
    return { ok: true }
  }

  async commit(batch: CommitBatch): Promise<void> {
    for (const hash of batch.removeBlocks.filter(h => this.blocks.some(b => b.hash === h))) {
      this.blocks = this.blocks.filter(b => b.hash !== hash)
      this.certificates = this.certificates.filter(c => c.hash !== hash)
    }
    for (const block of batch.blocks) this.keep(block)
    for (const c of batch.certificates) {
      this.certificates = this.certificates.filter(old => old.kind !== c.kind || old.height !== c.height || old.hash !== c.hash).concat(c)
    }
    if (batch.final && batch.final.height > (this.final?.height ?? -1)) this.final = batch.final
    for (const header of batch.stateHeaders) this.headers = this.headers.filter(h => h.height !== header.height).concat(header)
    this.headers.sort((a, b) => a.height - b.height)
    this.headers = this.headers.filter((h, i) => i === this.headers.length - 1 || this.headers.findIndex(other => other.epoch === h.epoch) === i)
    if (batch.snapshot && batch.snapshot.snapshot.height > (this.kept[0]?.height ?? -1)) this.keepSnapshot(batch.snapshot)
    this.votes = this.votes.filter(row => row.height > (this.final?.height ?? 0))
    const floor = this.final && this.kept[0] ? Math.min(batch.pruneBelow, this.final.height, this.kept[0].height) : 0
    const stays = ({ height }: { height: number }): boolean => height >= floor || this.kept.some(snapshot => snapshot.height === height)
    this.blocks = this.blocks.filter(stays)
    this.certificates = this.certificates.filter(stays)
  }

  private keepSnapshot({ snapshot, chunks }: NonNullable<CommitBatch['snapshot']>): void {
    for (const chunk of chunks) this.chunks = this.chunks.filter(c => c.root !== chunk.root).concat(chunk)
    if (this.ahead.some(root => snapshot.chunkRoots.includes(root))) this.ahead = []
    this.kept = [snapshot, ...this.kept].slice(0, 3)
    this.chunks = this.chunks.filter(c => this.ahead.includes(c.root) || this.kept.some(s => s.chunkRoots.includes(c.root)))
  }

  async keepChunks(chunks: StoredChunk[]): Promise<void> {
    const fresh = chunks.filter(chunk => !this.chunks.some(c => c.root === chunk.root))
    this.chunks.push(...fresh)
    this.ahead.push(...fresh.map(chunk => chunk.root))
  }

  async chunkRoots(): Promise<string[]> {
    return this.chunks.map(chunk => chunk.root).sort()
  }

  async snapshots(): Promise<StoredSnapshot[]> {
    return this.kept
  }

  async stateHeaders(from: number, count: number): Promise<StoredStateHeader[]> {
    return this.headers.filter(header => header.height >= from).slice(0, count)
  }

  async blocksOf(subject: string, before: number, count: number): Promise<StoredBlock[]> {
    return this.sorted()
      .reverse()
      .filter(b => b.height < before && b.height <= (this.final?.height ?? 0) && b.subjects.includes(subject))
      .slice(0, count)
  }

  async block(hash: string): Promise<StoredBlock | null> {
    return this.blocks.find(b => b.hash === hash) ?? null
  }

  async range(from: number, count: number): Promise<StoredBlock[]> {
    return this.sorted()
      .filter(b => b.height >= from && b.height <= (this.final?.height ?? 0))
      .slice(0, count)
  }

  async certificate(kind: string, height: number): Promise<StoredCertificate | null> {
    return this.certificates.filter(c => c.kind === kind && c.height === height).sort(by(c => c.hash))[0] ?? null
  }

  async erase(): Promise<void> {
    Object.assign(this, new StoreModel())
  }

  private sorted(): StoredBlock[] {
    return [...this.blocks].sort(by(b => `${pad(b.height)} ${b.hash}`))
  }

  private inStoredOrder(): VoteRow[] {
    return [...this.votes].sort(by(v => `${pad(v.height)} ${v.kind} ${v.hash} ${v.parent}`))
  }

  private keep(block: StoredBlock): void {
    this.blocks = this.blocks.filter(b => b.hash !== block.hash).concat(block)
  }

  private refusal(rows: VoteRow[], row: VoteRow): VoteOutcome | null {
    const clash = (code: Exclude<VoteOutcome, { ok: true }>['code'], is: (old: VoteRow) => boolean): VoteOutcome | null => {
      const existing = rows.find(is)
      return existing ? { ok: false, code, existing } : null
    }
    if (row.kind === 'propose') return clash('proposed-another', old => old.kind === 'propose' && old.parent === row.parent)
    if (row.kind === 'notarise') return clash('already-finalised', old => old.kind === 'finalise')
    return clash('already-finalised', old => old.kind === 'finalise') ?? clash('notarised-another', old => old.kind === 'notarise' && old.hash !== row.hash)
  }
}
