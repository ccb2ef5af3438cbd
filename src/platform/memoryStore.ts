/**
 * A store without a disk: where a browser denies storage, and in tests. It keeps every promise of the port but one: closing the tab
 * erases it, key included.
 *
 * Each write happens on a draft that replaces the old content in one assignment, so a refused write leaves nothing behind.
 */
import { admitVote, KEY_IN_USE } from '../core/consensus/voteGuard'
import type { VoteOutcome, VoteRow } from '../core/consensus/voteGuard'
import { KEPT_SNAPSHOTS, StoreError } from '../node/ports'
import type {
  CommitBatch,
  Identity,
  NodeStore,
  PromiseMark,
  SealedKey,
  Stored,
  StoredBlock,
  StoredCertificate,
  StoredChunk,
  StoredSnapshot,
  StoredStateHeader,
  StoreFinding,
  StoreUsage
} from '../node/ports'
import { KeyMark } from './keyMark'
import { isSealed, KeySafe } from './keptKey'
import type { KeptKey } from './keptKey'
import type { OpenMark } from './promiseMark'
import {
  byHeightAndHash,
  byHeightKindHash,
  byVote,
  checkBatch,
  checkBlocks,
  checkChunks,
  checkComplete,
  checkIdentity,
  checkSealed,
  checkVote,
  closedBy,
  freshWriter,
  GENESIS_FINAL,
  newer,
  otherGenesis,
  pruneFloor,
  RANGE_MAX_BLOCKS,
  sameBytes,
  sameVote,
  supersededHeaders
} from './storeRules'
import type { FinalMark } from './storeRules'

/** Half of the memory that a tab's node may take beyond an empty page (64 MiB); the rest is for the node itself. */
const MEMORY_STORE_BYTES = 32 * 1024 * 1024

interface Content {
  identity: KeptKey | null
  genesis: Uint8Array | null
  final: FinalMark | null
  watermark: number
  promises: number
  writer: number
  /** Newest first. */
  snapshots: StoredSnapshot[]
  chunks: Map<string, Uint8Array>
  /** Roots of chunks that came before their snapshot. */
  ahead: Set<string>
  blocks: Map<string, StoredBlock>
  certificates: Map<string, StoredCertificate>
  stateHeaders: StoredStateHeader[]
  votes: VoteRow[]
}

const empty = (): Content => ({
  identity: null,
  genesis: null,
  final: null,
  watermark: 0,
  promises: 0,
  writer: freshWriter(),
  snapshots: [],
  chunks: new Map(),
  ahead: new Set(),
  blocks: new Map(),
  certificates: new Map(),
  stateHeaders: [],
  votes: []
})

const draftOf = (content: Content): Content => ({
  ...content,
  snapshots: [...content.snapshots],
  chunks: new Map(content.chunks),
  ahead: new Set(content.ahead),
  blocks: new Map(content.blocks),
  certificates: new Map(content.certificates),
  stateHeaders: [...content.stateHeaders],
  votes: [...content.votes]
})

/** What several handles share: the medium itself. It outlives the handles, as a disk does. */
export class MemoryMedium {
  content = empty()

  /** @param limitBytes more than this is refused as 'full' */
  constructor(readonly limitBytes: number = MEMORY_STORE_BYTES) {}

  /** @returns what puts it back to how it is now, as a restored backup does */
  backup(): () => void {
    const { content } = this
    return () => {
      this.content = content
    }
  }
}

const sized = (items: Iterable<{ bytes: Uint8Array }>): number => {
  let bytes = 0
  for (const item of items) bytes += item.bytes.length
  return bytes
}

const usedBytes = ({ blocks, certificates, chunks, snapshots, stateHeaders, genesis }: Content): number => {
  let bytes = genesis?.length ?? 0
  for (const chunk of chunks.values()) bytes += chunk.length
  for (const snapshot of snapshots) bytes += snapshot.manifest.length
  return bytes + sized(blocks.values()) + sized(certificates.values()) + sized(stateHeaders)
}

const copy = <T extends { bytes: Uint8Array }>(item: T): T => ({ ...item, bytes: item.bytes.slice() })
const copyOfBlock = (block: StoredBlock): StoredBlock => ({ ...copy(block), subjects: [...block.subjects] })
const copyOfSnapshot = (snapshot: StoredSnapshot): StoredSnapshot => ({
  ...snapshot,
  manifest: snapshot.manifest.slice(),
  chunkRoots: [...snapshot.chunkRoots]
})

/** `NodeStore` in memory. Handles on one medium see the same data at once. */
export class MemoryStore implements NodeStore {
  private closed = false
  private readonly mark: KeyMark
  private readonly safe = new KeySafe()

  /** @param openMark the place of marks, which this medium does not share its end with; left out where the medium ends with the tab and its key */
  constructor(
    private readonly medium: MemoryMedium = new MemoryMedium(),
    openMark: OpenMark | null = null
  ) {
    this.mark = new KeyMark(openMark, {
      owner: async () => {
        const { genesis, identity, writer } = this.read()
        return genesis === null || identity === null ? null : { genesis, identity: this.safe.open(identity), writer }
      },
      compare: async mark => {
        const before = this.read()
        const closed = closedBy({ watermark: before.watermark, ...promisedBy(before) }, mark)
        if (closed !== null)
          this.write(draft => {
            draft.promises = closed.promises
            closeUpTo(draft, closed.watermark)
            if (mark.foreign) draft.votes = []
          })
        return { known: promisedBy(this.read()), older: closed?.older ?? false }
      }
    })
  }

  async identity(create: () => Identity, protect: (made: Identity) => SealedKey | null = () => null): Promise<Identity> {
    if (this.read().identity === null) {
      const identity = create()
      checkIdentity(identity)
      this.write(draft => {
        draft.identity = this.safe.written(identity, protect(identity))
      })
    }
    const identity = this.safe.open(this.read().identity as KeptKey)
    return { ...identity, secretKey: identity.secretKey.slice() }
  }

  async sealedKey(): Promise<SealedKey | null> {
    const { identity } = this.read()
    return identity !== null && isSealed(identity) ? { ...identity, sealed: identity.sealed.slice() } : null
  }

  unlock(sealed: SealedKey, identity: Identity): void {
    this.safe.unlock(sealed, identity)
  }

  async protectKey(identity: Identity, sealed: SealedKey | null): Promise<void> {
    checkSealed(sealed)
    this.write(draft => {
      draft.identity = this.safe.protected(draft.identity, identity, sealed)
    })
  }

  async replaceIdentity(identity: Identity, mark: PromiseMark, sealed: SealedKey | null = null): Promise<void> {
    checkIdentity(identity)
    checkSealed(sealed)
    const promised = await this.mark.merged(this.read().genesis, identity, mark)
    this.write(draft => {
      const same = draft.identity !== null && sameBytes(this.safe.open(draft.identity).secretKey, identity.secretKey)
      closeUpTo(draft, Math.max(promised.height, same ? 0 : promisedBy(draft).height))
      draft.promises = same ? Math.max(draft.promises, promised.promises) : promised.promises
      if (!same) draft.votes = []
      draft.identity = this.safe.written(identity, sealed)
    })
    await this.mark.replaced()
  }

  async promised(): Promise<PromiseMark> {
    await this.mark.ready()
    return promisedBy(this.read())
  }

  async load(): Promise<Stored | null> {
    this.read()
    await this.mark.ready()
    const { genesis, final, snapshots, chunks, blocks, certificates, votes } = this.read()
    if (genesis === null) return null
    const snapshot = snapshots[0]
    const from = snapshot?.height ?? 0
    return {
      genesis: genesis.slice(),
      final: { ...(final ?? GENESIS_FINAL) },
      snapshot: snapshot ? { ...copyOfSnapshot(snapshot), chunks: new Map(snapshot.chunkRoots.map(root => [root, chunks.get(root)!.slice()])) } : null,
      blocks: [...blocks.values()]
        .filter(block => block.height >= from)
        .sort(byHeightAndHash)
        .map(copyOfBlock),
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
    this.read()
    const mark = await this.mark.forVote()
    const { votes, watermark } = this.read()
    const rows = votes.filter(old => old.height === row.height)
    const outcome = admitVote(rows, watermark, row)
    if (!outcome.ok) return outcome
    this.write(draft => {
      for (const block of blocks) draft.blocks.set(block.hash, copyOfBlock(block))
      if (rows.some(old => sameVote(old, row))) return
      draft.votes = [...draft.votes, { ...row }].sort(byVote)
      draft.promises++
    })
    return (await this.mark.raise(mark, promisedBy(this.read()))) ? outcome : KEY_IN_USE
  }

  async commit(batch: CommitBatch): Promise<void> {
    checkBatch(batch)
    this.write(draft => applyBatch(draft, batch))
  }

  async keepChunks(chunks: StoredChunk[]): Promise<void> {
    checkChunks(chunks)
    this.write(draft => {
      for (const { root, bytes } of chunks) {
        if (draft.chunks.has(root)) continue
        draft.chunks.set(root, bytes.slice())
        draft.ahead.add(root)
      }
    })
  }

  async chunkRoots(): Promise<string[]> {
    return [...this.read().chunks.keys()].sort()
  }

  async chunk(root: string): Promise<Uint8Array | null> {
    return this.read().chunks.get(root)?.slice() ?? null
  }

  async snapshots(): Promise<StoredSnapshot[]> {
    return this.read().snapshots.map(copyOfSnapshot)
  }

  async block(hash: string): Promise<StoredBlock | null> {
    const block = this.read().blocks.get(hash)
    return block ? copyOfBlock(block) : null
  }

  async range(fromHeight: number, count: number): Promise<StoredBlock[]> {
    const { blocks, final } = this.read()
    return [...blocks.values()]
      .filter(block => block.height >= fromHeight && block.height <= (final?.height ?? 0))
      .sort(byHeightAndHash)
      .slice(0, Math.max(0, Math.min(count, RANGE_MAX_BLOCKS)))
      .map(copyOfBlock)
  }

  async blocksOf(subject: string, beforeHeight: number, count: number): Promise<StoredBlock[]> {
    const { blocks, final } = this.read()
    return [...blocks.values()]
      .filter(block => block.height < beforeHeight && block.height <= (final?.height ?? 0) && block.subjects.includes(subject))
      .sort((a, b) => byHeightAndHash(b, a))
      .slice(0, Math.max(0, Math.min(count, RANGE_MAX_BLOCKS)))
      .map(copyOfBlock)
  }

  async certificate(kind: 'notarise' | 'finalise', height: number): Promise<StoredCertificate | null> {
    const found = [...this.read().certificates.values()].filter(c => c.kind === kind && c.height === height).sort(byHeightKindHash)[0]
    return found ? copy(found) : null
  }

  async stateHeaders(fromHeight: number, count: number): Promise<StoredStateHeader[]> {
    return this.read()
      .stateHeaders.filter(({ height }) => height >= fromHeight)
      .slice(0, Math.max(0, Math.min(count, RANGE_MAX_BLOCKS)))
      .map(copy)
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

  findings(): readonly StoreFinding[] {
    return this.mark.findings
  }

  async erase(): Promise<void> {
    this.read()
    this.medium.content = empty()
    await this.mark.release()
  }

  async close(): Promise<void> {
    this.closed = true
    await this.mark.release()
  }

  private read(): Content {
    if (this.closed) throw new StoreError('closed', 'The store was closed.')
    return this.medium.content
  }

  private write(change: (draft: Content) => void): void {
    const draft = draftOf(this.read())
    change(draft)
    // What only makes room is never refused.
    if (usedBytes(draft) > Math.max(this.medium.limitBytes, usedBytes(this.medium.content))) {
      throw new StoreError('full', 'The memory kept for blocks is used up. Allow this site to store data, or close the tab and open it again.')
    }
    this.medium.content = draft
  }
}

const promisedBy = ({ votes, watermark, promises }: Content): PromiseMark => ({
  height: votes.reduce((highest, { height }) => Math.max(highest, height), promises === 0 ? 0 : watermark),
  promises
})

const certificateKey = (certificate: { kind: string; height: number; hash: string }): string => `${certificate.kind}/${certificate.height}/${certificate.hash}`

/** The watermark goes up, and the vote rows that it covers go. */
function closeUpTo(draft: Content, height: number): void {
  draft.watermark = Math.max(draft.watermark, height)
  draft.votes = draft.votes.filter(row => row.height > draft.watermark)
}

function applyBatch(draft: Content, batch: CommitBatch): void {
  for (const hash of batch.removeBlocks) removeBlock(draft, hash)
  for (const block of batch.blocks) draft.blocks.set(block.hash, copyOfBlock(block))
  for (const certificate of batch.certificates) draft.certificates.set(certificateKey(certificate), copy(certificate))
  draft.final = newer(draft.final, batch.final && { ...batch.final })
  closeUpTo(draft, draft.final?.height ?? 0)
  keepHeaders(draft, batch.stateHeaders)
  if (batch.snapshot !== null) keepSnapshot(draft, batch.snapshot)
  prune(draft, pruneFloor(batch.pruneBelow, draft.final, draft.snapshots[0] ?? null))
}

/** A removed block takes its certificates with it: they would point nowhere. */
function removeBlock(draft: Content, hash: string): void {
  const block = draft.blocks.get(hash)
  if (!block) return
  draft.blocks.delete(hash)
  for (const kind of ['notarise', 'finalise']) draft.certificates.delete(certificateKey({ kind, height: block.height, hash }))
}

function keepHeaders(draft: Content, offered: readonly StoredStateHeader[]): void {
  const all = [...new Map([...draft.stateHeaders, ...offered.map(copy)].map(header => [header.height, header])).values()]
  const going = new Set(supersededHeaders(all))
  draft.stateHeaders = all.filter(({ height }) => !going.has(height)).sort((a, b) => a.height - b.height)
}

function keepSnapshot(draft: Content, { snapshot, chunks }: NonNullable<CommitBatch['snapshot']>): void {
  if (newer<{ height: number }>(draft.snapshots[0] ?? null, snapshot) !== snapshot) return
  for (const { root, bytes } of chunks) draft.chunks.set(root, bytes.slice())
  checkComplete(snapshot, root => draft.chunks.has(root))
  if (snapshot.chunkRoots.some(root => draft.ahead.has(root))) draft.ahead.clear()
  draft.snapshots = [copyOfSnapshot(snapshot), ...draft.snapshots].slice(0, KEPT_SNAPSHOTS)
  const named = new Set(draft.snapshots.flatMap(({ chunkRoots }) => chunkRoots))
  for (const root of draft.chunks.keys()) if (!named.has(root) && !draft.ahead.has(root)) draft.chunks.delete(root)
}

function prune(draft: Content, floor: number): void {
  const kept = new Set(draft.snapshots.map(({ height }) => height))
  const goes = ({ height }: { height: number }): boolean => height < floor && !kept.has(height)
  for (const [hash, block] of draft.blocks) if (goes(block)) draft.blocks.delete(hash)
  for (const [key, certificate] of draft.certificates) if (goes(certificate)) draft.certificates.delete(key)
}
