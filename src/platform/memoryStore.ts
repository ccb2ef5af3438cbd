/**
 * A store without a disk: where a browser denies storage, and in tests. It keeps every promise of the port but one: closing the tab
 * erases it, key included.
 *
 * Each write happens on a draft that replaces the old content in one assignment, so a refused write leaves nothing behind.
 */
import { admitVote } from '../core/consensus/voteGuard'
import type { VoteOutcome, VoteRow } from '../core/consensus/voteGuard'
import { StoreError } from '../node/ports'
import type { CommitBatch, Identity, NodeStore, Stored, StoredBlock, StoredCertificate, StoredSnapshot, StoreUsage } from '../node/ports'
import {
  byHeightAndHash,
  byHeightKindHash,
  byVote,
  checkBatch,
  checkBlocks,
  checkIdentity,
  checkVote,
  GENESIS_FINAL,
  newer,
  otherGenesis,
  pruneFloor,
  RANGE_MAX_BLOCKS,
  sameBytes,
  sameVote
} from './storeRules'
import type { FinalMark } from './storeRules'

/** Half of the memory that a tab's node may take beyond an empty page (64 MiB); the rest is for the node itself. */
const MEMORY_STORE_BYTES = 32 * 1024 * 1024

interface Content {
  identity: Identity | null
  genesis: Uint8Array | null
  final: FinalMark | null
  watermark: number
  snapshot: StoredSnapshot | null
  blocks: Map<string, StoredBlock>
  certificates: Map<string, StoredCertificate>
  votes: VoteRow[]
}

const empty = (): Content => ({
  identity: null,
  genesis: null,
  final: null,
  watermark: 0,
  snapshot: null,
  blocks: new Map(),
  certificates: new Map(),
  votes: []
})

const draftOf = (content: Content): Content => ({
  ...content,
  blocks: new Map(content.blocks),
  certificates: new Map(content.certificates),
  votes: [...content.votes]
})

/** What several handles share: the medium itself. It outlives the handles, as a disk does. */
export class MemoryMedium {
  content = empty()

  /** @param limitBytes more than this is refused as 'full' */
  constructor(readonly limitBytes: number = MEMORY_STORE_BYTES) {}
}

const sized = (items: Iterable<{ bytes: Uint8Array }>): number => {
  let bytes = 0
  for (const item of items) bytes += item.bytes.length
  return bytes
}

const usedBytes = (content: Content): number =>
  sized(content.blocks.values()) + sized(content.certificates.values()) + (content.snapshot?.bytes.length ?? 0) + (content.genesis?.length ?? 0)

const copy = <T extends { bytes: Uint8Array }>(item: T): T => ({ ...item, bytes: item.bytes.slice() })

/** `NodeStore` in memory. Handles on one medium see the same data at once. */
export class MemoryStore implements NodeStore {
  private closed = false

  constructor(private readonly medium: MemoryMedium = new MemoryMedium()) {}

  async identity(create: () => Identity): Promise<Identity> {
    const kept = this.read().identity
    if (kept === null) await this.replaceIdentity(create())
    const identity = this.read().identity as Identity
    return { ...identity, secretKey: identity.secretKey.slice() }
  }

  async replaceIdentity(identity: Identity): Promise<void> {
    checkIdentity(identity)
    this.write(draft => {
      draft.identity = { name: identity.name, secretKey: identity.secretKey.slice() }
    })
  }

  async load(): Promise<Stored | null> {
    const { genesis, final, snapshot, blocks, certificates, votes } = this.read()
    if (genesis === null) return null
    const from = snapshot?.height ?? 0
    return {
      genesis: genesis.slice(),
      final: { ...(final ?? GENESIS_FINAL) },
      snapshot: snapshot && copy(snapshot),
      blocks: [...blocks.values()]
        .filter(block => block.height >= from)
        .sort(byHeightAndHash)
        .map(copy),
      certificates: [...certificates.values()]
        .filter(certificate => certificate.height >= from)
        .sort(byHeightKindHash)
        .map(copy),
      votes: votes.map(row => ({ ...row }))
    }
  }

  async init(genesis: Uint8Array): Promise<void> {
    this.write(draft => {
      if (draft.genesis !== null && !sameBytes(draft.genesis, genesis)) throw otherGenesis()
      draft.genesis = genesis.slice()
    })
  }

  async castVote(row: VoteRow, blocks: StoredBlock[]): Promise<VoteOutcome> {
    checkVote(row)
    checkBlocks(blocks)
    const { votes, watermark } = this.read()
    const rows = votes.filter(old => old.height === row.height)
    const outcome = admitVote(rows, watermark, row)
    if (!outcome.ok) return outcome
    this.write(draft => {
      if (!rows.some(old => sameVote(old, row))) draft.votes = [...draft.votes, { ...row }].sort(byVote)
      for (const block of blocks) draft.blocks.set(block.hash, copy(block))
    })
    return outcome
  }

  async commit(batch: CommitBatch): Promise<void> {
    checkBatch(batch)
    this.write(draft => applyBatch(draft, batch))
  }

  async block(hash: string): Promise<StoredBlock | null> {
    const block = this.read().blocks.get(hash)
    return block ? copy(block) : null
  }

  async range(fromHeight: number, count: number): Promise<StoredBlock[]> {
    const { blocks, final } = this.read()
    return [...blocks.values()]
      .filter(block => block.height >= fromHeight && block.height <= (final?.height ?? 0))
      .sort(byHeightAndHash)
      .slice(0, Math.max(0, Math.min(count, RANGE_MAX_BLOCKS)))
      .map(copy)
  }

  async certificate(kind: 'notarise' | 'finalise', height: number): Promise<StoredCertificate | null> {
    const found = [...this.read().certificates.values()].filter(c => c.kind === kind && c.height === height).sort(byHeightKindHash)[0]
    return found ? copy(found) : null
  }

  async usage(): Promise<StoreUsage> {
    const content = this.read()
    const heights = [...content.blocks.values()].map(block => block.height)
    return {
      kind: 'memory',
      usedBytes: usedBytes(content),
      quotaBytes: this.medium.limitBytes,
      persisted: false,
      blocks: heights.length,
      lowestBlock: heights.reduce((low, height) => Math.min(low, height), heights[0] ?? 0)
    }
  }

  async erase(): Promise<void> {
    this.read()
    this.medium.content = empty()
  }

  async close(): Promise<void> {
    this.closed = true
  }

  private read(): Content {
    if (this.closed) throw new StoreError('closed', 'The store was closed.')
    return this.medium.content
  }

  private write(change: (draft: Content) => void): void {
    const draft = draftOf(this.read())
    change(draft)
    if (usedBytes(draft) > this.medium.limitBytes) {
      throw new StoreError('full', 'The memory kept for blocks is used up. Allow this site to store data, or close the tab and open it again.')
    }
    this.medium.content = draft
  }
}

const certificateKey = (certificate: { kind: string; height: number; hash: string }): string => `${certificate.kind}/${certificate.height}/${certificate.hash}`

function applyBatch(draft: Content, batch: CommitBatch): void {
  for (const block of batch.blocks) draft.blocks.set(block.hash, copy(block))
  for (const certificate of batch.certificates) draft.certificates.set(certificateKey(certificate), copy(certificate))
  for (const hash of batch.removeBlocks) removeBlock(draft, hash)
  draft.final = newer(draft.final, batch.final && { ...batch.final })
  draft.snapshot = newer(draft.snapshot, batch.snapshot && copy(batch.snapshot))
  draft.watermark = Math.max(draft.watermark, draft.final?.height ?? 0)
  draft.votes = draft.votes.filter(row => row.height > draft.watermark)
  const floor = pruneFloor(batch.pruneBelow, draft.final, draft.snapshot)
  for (const [hash, block] of draft.blocks) if (block.height < floor) draft.blocks.delete(hash)
  for (const [key, certificate] of draft.certificates) if (certificate.height < floor) draft.certificates.delete(key)
}

/** A removed block takes its certificates with it: they would point nowhere. */
function removeBlock(draft: Content, hash: string): void {
  const block = draft.blocks.get(hash)
  if (!block) return
  draft.blocks.delete(hash)
  for (const kind of ['notarise', 'finalise']) draft.certificates.delete(certificateKey({ kind, height: block.height, hash }))
}
