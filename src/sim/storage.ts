/**
 * A simulated disk: what has been written survives a crash, what was on its way does not. Decides by the same `admitVote` as every real store.
 * Faults: lose what is under way (crash), forget the votes but keep the key (a restored backup, for mutants), lose everything (wipe).
 */
import { admitVote } from '../core/consensus/voteGuard'
import type { VoteOutcome, VoteRow } from '../core/consensus/voteGuard'
import type { CommitBatch, Stored, StoredBlock, StoredCertificate, StoredSnapshot } from '../node/ports'

export class SimStore {
  readonly #blocks = new Map<string, StoredBlock>()
  readonly #certificates = new Map<string, StoredCertificate>()
  #votes: VoteRow[] = []
  #final: { height: number; hash: string } | null = null
  #snapshot: StoredSnapshot | null = null

  constructor(readonly genesis: Uint8Array) {}

  load(): Stored | null {
    if (this.#final === null && this.#votes.length === 0) return null
    const from = this.#snapshot?.height ?? 0
    return {
      genesis: this.genesis,
      final: this.#final ?? { height: 0, hash: '' },
      snapshot: this.#snapshot,
      blocks: [...this.#blocks.values()].filter(block => block.height >= from).sort((a, b) => a.height - b.height),
      certificates: [...this.#certificates.values()].filter(certificate => certificate.height >= from).sort((a, b) => a.height - b.height),
      votes: [...this.#votes]
    }
  }

  /** @param blind keep the promise without looking at earlier ones (a mutant) */
  castVote(row: VoteRow, blocks: readonly StoredBlock[], blind = false): VoteOutcome {
    const rows = this.#votes.filter(old => old.height === row.height)
    const outcome: VoteOutcome = blind ? { ok: true } : admitVote(rows, this.#final?.height ?? 0, row)
    if (!outcome.ok) return outcome
    this.#votes.push(row)
    for (const block of blocks) this.#blocks.set(block.hash, block)
    return outcome
  }

  commit(batch: CommitBatch): void {
    for (const block of batch.blocks) this.#blocks.set(block.hash, block)
    for (const certificate of batch.certificates) this.#certificates.set(`${certificate.kind}/${certificate.hash}`, certificate)
    for (const hash of batch.removeBlocks) this.#blocks.delete(hash)
    if (batch.final !== null) {
      this.#final = batch.final
      this.#votes = this.#votes.filter(row => row.height > batch.final!.height)
    }
    if (batch.snapshot !== null) this.#snapshot = batch.snapshot
  }

  range(from: number, count: number): StoredBlock[] {
    const top = this.#final?.height ?? 0
    return [...this.#blocks.values()]
      .filter(block => block.height >= from && block.height <= top && block.height < from + count)
      .sort((a, b) => a.height - b.height)
  }

  certificate(height: number): StoredCertificate | null {
    return [...this.#certificates.values()].find(certificate => certificate.kind === 'finalise' && certificate.height === height) ?? null
  }

  block(hash: string): StoredBlock | null {
    return this.#blocks.get(hash) ?? null
  }

  forgetVotes(): void {
    this.#votes = []
  }
}
