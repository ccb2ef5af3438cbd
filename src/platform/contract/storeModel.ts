/**
 * What a store should do, written as plainly as possible over arrays and without sharing a line with the adapters: the voting rules are
 * spelled out again here (R5, R6), so that a slip in the shared guard shows as well.
 */
import type { VoteOutcome, VoteRow } from '../../core/consensus/voteGuard'
import type { CommitBatch, Stored, StoredBlock, StoredCertificate, StoredSnapshot } from '../../node/ports'

const by =
  <T>(key: (item: T) => string) =>
  (a: T, b: T): number =>
    key(a).localeCompare(key(b), 'en')
const pad = (height: number): string => String(height).padStart(9, '0')

export class StoreModel {
  private genesis: Uint8Array | null = null
  private final: { height: number; hash: string } | null = null
  private snapshot: StoredSnapshot | null = null
  private blocks: StoredBlock[] = []
  private certificates: StoredCertificate[] = []
  private votes: VoteRow[] = []

  async init(genesis: Uint8Array): Promise<void> {
    this.genesis = genesis
  }

  async load(): Promise<Stored | null> {
    if (this.genesis === null) return null
    const from = this.snapshot?.height ?? 0
    return {
      genesis: this.genesis,
      final: this.final ?? { height: 0, hash: '' },
      snapshot: this.snapshot,
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
    for (const block of batch.blocks) this.keep(block)
    for (const c of batch.certificates) {
      this.certificates = this.certificates.filter(old => old.kind !== c.kind || old.height !== c.height || old.hash !== c.hash).concat(c)
    }
    for (const hash of batch.removeBlocks.filter(h => this.blocks.some(b => b.hash === h))) {
      this.blocks = this.blocks.filter(b => b.hash !== hash)
      this.certificates = this.certificates.filter(c => c.hash !== hash)
    }
    if (batch.final && batch.final.height > (this.final?.height ?? -1)) this.final = batch.final
    if (batch.snapshot && batch.snapshot.height > (this.snapshot?.height ?? -1)) this.snapshot = batch.snapshot
    this.votes = this.votes.filter(row => row.height > (this.final?.height ?? 0))
    const floor = this.final && this.snapshot ? Math.min(batch.pruneBelow, this.final.height, this.snapshot.height) : 0
    this.blocks = this.blocks.filter(b => b.height >= floor)
    this.certificates = this.certificates.filter(c => c.height >= floor)
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
