/** What follows from a final block: people are told, stale transactions come back, and the disk gets one batch. */
import { toHex } from '../core/bytes'
import type { BlockEntry } from '../core/chain/blockTree'
import { decode, encode } from '../core/codec'
import { Certificate, EvidencePayload, VOTE_FINALISE, VoteEvidencePayload } from '../core/schema'
import type { Transaction } from '../core/schema'
import {
  TX_ALLIANCE,
  TX_ALLIANCE_BREAK,
  TX_ALLIANCE_SIGN,
  TX_EVIDENCE,
  TX_LEAVE,
  TX_MEME,
  TX_REANCHOR,
  TX_REGISTER,
  TX_VOTE_EVIDENCE
} from '../core/state/transactions'
import { storedBlock } from './answers'
import type { Anchors } from './anchors'
import type { Desk } from './desk'
import type { CoreEvent } from './messages'
import { EMPTY_BATCH } from './ports'
import type { CommitBatch, Stored, StoredBlock, StoredStateHeader } from './ports'

/** Reactions are left out: a popular meme would be all that anybody reads. */
const TOLD_SOCIAL: ReadonlySet<number> = new Set([TX_MEME, TX_ALLIANCE, TX_ALLIANCE_SIGN, TX_ALLIANCE_BREAK])
/** A block full of memes is told by its first few, so that it does not push everything else out of what people read. */
const SOCIAL_TOLD_PER_BLOCK = 4

export class Finality {
  /** Hashes of unfinalised blocks that the disk has. */
  readonly #stored = new Set<string>()

  constructor(
    readonly desk: Desk,
    readonly anchors: Anchors,
    stored: Stored | null
  ) {
    for (const block of stored?.blocks ?? []) this.#stored.add(block.hash)
  }

  /** A promise has taken this block to the disk. */
  noteStored(hash: string): void {
    this.#stored.add(hash)
  }

  /** What has to go to the disk with a promise for this block. */
  unstored(entry: BlockEntry): StoredBlock[] {
    return this.#stored.has(entry.hash) ? [] : [storedBlock(entry)]
  }

  /**
   * The certificate that ended the round goes to the disk before the promise to finalise. A crash in between would leave a validator that may not notarise at that height
   * any more and cannot show why; with a liar's vote in the certificate, nobody else could complete it, and the height would be lost for ever.
   */
  keepProof({ height, hash }: BlockEntry): void {
    const proof = this.desk.rounds.peek(height)?.notarisations.get(hash)
    if (proof === undefined) return
    const certificates = [{ kind: 'notarise' as const, height, hash, bytes: encode(Certificate, proof) }]
    this.desk.effect({ type: 'commit', batch: { ...EMPTY_BATCH, certificates } })
  }

  /** Nothing of what was unfinalised has a future any more. @returns hashes of those blocks that the disk has */
  dropAll(dropped: readonly BlockEntry[]): string[] {
    const stored = dropped.filter(({ hash }) => this.#stored.has(hash)).map(({ hash }) => hash)
    for (const hash of stored) this.#stored.delete(hash)
    return stored
  }

  /** A promise took this block to the disk when its height had become final meanwhile: unless it is the final one it goes. */
  dropLate(hash: string): void {
    const { tree } = this.desk
    const entry = tree.get(hash)
    if (entry === undefined || !tree.isAncestor(entry, tree.final)) this.desk.effect({ type: 'commit', batch: { ...EMPTY_BATCH, removeBlocks: [hash] } })
  }

  tell(finals: readonly BlockEntry[]): void {
    for (const entry of finals) {
      const { height, hash, header } = entry
      this.desk.event({ kind: 'final', height, hash, rank: header.rank, proposer: header.proposer, transactions: entry.transactions?.length ?? 0 })
      for (const transaction of entry.transactions ?? []) {
        if (transaction.kind === TX_REANCHOR) this.anchors.carried()
        const event = membershipEvent(height, transaction)
        if (event !== null) this.desk.event(event)
      }
      const social = (entry.transactions ?? []).filter(({ kind }) => TOLD_SOCIAL.has(kind))
      for (const transaction of social.slice(0, SOCIAL_TOLD_PER_BLOCK)) this.desk.event({ kind: 'social', height, hash, transaction })
    }
  }

  commit(finals: readonly BlockEntry[], stale: readonly BlockEntry[], certificate: Certificate | null, stateHeaders: StoredStateHeader[]): void {
    this.desk.effect({ type: 'commit', batch: { ...this.#batch(finals, stale, certificate), stateHeaders } })
  }

  #batch(finals: readonly BlockEntry[], stale: readonly BlockEntry[], certificate: Certificate | null): CommitBatch {
    const { height, hash } = this.desk.tree.final
    const certificates = [
      ...(certificate === null ? [] : [certificate]),
      ...finals.flatMap(entry => this.desk.rounds.peek(entry.height)?.notarisations.get(entry.hash) ?? [])
    ]
    const batch: CommitBatch = {
      ...EMPTY_BATCH,
      blocks: finals.filter(entry => !this.#stored.has(entry.hash)).map(storedBlock),
      certificates: certificates.map(proof => ({
        kind: proof.kind === VOTE_FINALISE ? ('finalise' as const) : ('notarise' as const),
        height: proof.height,
        hash: toHex(proof.hash),
        bytes: encode(Certificate, proof)
      })),
      final: { height, hash },
      removeBlocks: stale.filter(entry => this.#stored.has(entry.hash)).map(entry => entry.hash)
    }
    for (const entry of [...finals, ...stale]) this.#stored.delete(entry.hash)
    return batch
  }
}

/** What a final transaction means for who is a member, for people. */
function membershipEvent(height: number, transaction: Transaction): CoreEvent | null {
  switch (transaction.kind) {
    case TX_REGISTER:
      return { kind: 'registered', height, agent: transaction.sender }
    case TX_LEAVE:
      return { kind: 'left', height, agent: transaction.sender }
    case TX_VOTE_EVIDENCE: {
      const votes = decode(VoteEvidencePayload, transaction.payload)
      return votes.ok ? { kind: 'penalised', height, agent: votes.value.first.voter } : null
    }
    case TX_EVIDENCE: {
      const evidence = decode(EvidencePayload, transaction.payload)
      return evidence.ok ? { kind: 'penalised', height, agent: evidence.value.first.header.proposer } : null
    }
    default:
      return null
  }
}
