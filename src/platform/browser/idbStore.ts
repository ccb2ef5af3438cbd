/**
 * The browser's `NodeStore`: one IndexedDB database per network and identity slot.
 *
 * The disk is a cache that may vanish. What must never be half there is written in ONE readwrite transaction with durability 'strict':
 * a commit with its blocks, certificates, final mark, watermark and pruning; a vote with the rows that allowed it (R6). Transactions of
 * two tabs on one database run one after the other, so even two tabs that share a key cannot both get a conflicting vote through.
 */
import { openDB, deleteDB } from 'idb'
import type { DBSchema, IDBPDatabase, IDBPTransaction, StoreNames } from 'idb'
import { admitVote } from '../../core/consensus/voteGuard'
import type { VoteOutcome, VoteRow } from '../../core/consensus/voteGuard'
import { StoreError } from '../../node/ports'
import type { CommitBatch, Identity, NodeStore, Stored, StoredBlock, StoredCertificate, StoredSnapshot, StoreUsage } from '../../node/ports'
import {
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
  readRecord,
  sameBytes,
  sameVote
} from '../storeRules'
import type { FinalMark } from '../storeRules'
import { toStoreError, withinTime } from './idbErrors'
import type { WatermarkCopy } from './watermarkFile'

/** Raised when object stores change; `upgrade` then moves what older pages wrote. */
const SCHEMA_VERSION = 1

/** Hex digits of the network id in a database's name: 64 bits tell networks of one origin apart. */
const NETWORK_ID_DIGITS = 16

const KINDS = ['finalise', 'notarise'] as const

interface Schema extends DBSchema {
  /** identity, genesis, final, watermark; checked when read. */
  meta: { key: 'identity' | 'genesis' | 'final' | 'watermark'; value: unknown }
  /** By hash. */
  blocks: { key: string; value: StoredBlock; indexes: { height: number } }
  /** By kind, height and hash: several notarised blocks at one height are lawful. */
  certificates: { key: [string, number, string]; value: StoredCertificate }
  votes: { key: number; value: VoteRow; indexes: { height: number } }
  /** By height; only the newest is kept. */
  snapshots: { key: number; value: StoredSnapshot }
}
type Name = StoreNames<Schema>
type WriteTransaction = IDBPTransaction<Schema, Name[], 'readwrite'>
type ReadTransaction = IDBPTransaction<Schema, Name[]>
type Database = IDBPDatabase<Schema>

/** `quorumble/<first 16 hex digits of the network id>/<slot>`: also the name of the lock and of the watermark's copy. */
export const databaseName = (networkId: string, slot: number): string => `quorumble/${networkId.slice(0, NETWORK_ID_DIGITS)}/${slot}`

/**
 * Opens the database of one identity, making it when it is not there.
 * @param copy second copy of the vote watermark; null where there is no file system for it
 * @throws StoreError 'denied' (no storage for this site), 'unavailable' (written by a newer page, or broken)
 */
export async function openIdbStore(networkId: string, slot: number, copy: WatermarkCopy | null): Promise<NodeStore> {
  const store = new IdbStore(databaseName(networkId, slot), copy)
  await store.open()
  return store
}

class IdbStore implements NodeStore {
  private db: Database | null = null
  /** What the copy outside the database says; votes at or below it are refused whatever the database holds. */
  private outerWatermark = 0

  constructor(
    private readonly name: string,
    private readonly copy: WatermarkCopy | null
  ) {}

  async open(): Promise<void> {
    this.outerWatermark = (await this.copy?.read()) ?? 0
    if (typeof indexedDB === 'undefined') throw new StoreError('denied', 'This browser has no IndexedDB here; all is kept in memory.')
    const opening = openDB<Schema>(this.name, SCHEMA_VERSION, {
      upgrade: createStores,
      // Another tab wants to erase or upgrade: let go at once, or it would wait for ever.
      blocking: () => this.letGo(),
      terminated: () => this.letGo()
    })
    this.db = await withinTime(opening, late => late.close())
  }

  async identity(create: () => Identity): Promise<Identity> {
    return this.write(['meta'], async tx => {
      const kept = await tx.objectStore('meta').get('identity')
      if (kept !== undefined) return readRecord.identity(kept)
      const identity = create()
      checkIdentity(identity)
      await tx.objectStore('meta').put(identity, 'identity')
      return identity
    })
  }

  async replaceIdentity(identity: Identity): Promise<void> {
    checkIdentity(identity)
    await this.write(['meta'], tx => tx.objectStore('meta').put(identity, 'identity'))
  }

  async load(): Promise<Stored | null> {
    return this.read(['meta', 'blocks', 'certificates', 'votes', 'snapshots'], async tx => {
      const genesis = await tx.objectStore('meta').get('genesis')
      if (genesis === undefined) return null
      const snapshot = await readSnapshot(tx)
      const from = snapshot?.height ?? 0
      const certificates = await Promise.all(KINDS.map(kind => tx.objectStore('certificates').getAll(certificateRange(kind, from, Infinity))))
      return {
        genesis: readRecord.genesis(genesis),
        final: (await readFinal(tx)) ?? GENESIS_FINAL,
        snapshot,
        // The index orders by height, equal heights by hash.
        blocks: (await tx.objectStore('blocks').index('height').getAll(IDBKeyRange.lowerBound(from))).map(readRecord.block),
        certificates: certificates.flat().map(readRecord.certificate).sort(byHeightKindHash),
        votes: (await tx.objectStore('votes').getAll()).map(readRecord.vote).sort(byVote)
      }
    })
  }

  async init(genesis: Uint8Array): Promise<void> {
    await this.write(['meta'], async tx => {
      const kept = await tx.objectStore('meta').get('genesis')
      if (kept === undefined) await tx.objectStore('meta').put(compact(genesis), 'genesis')
      else if (!sameBytes(readRecord.genesis(kept), genesis)) throw otherGenesis()
    })
  }

  async castVote(row: VoteRow, blocks: StoredBlock[]): Promise<VoteOutcome> {
    checkVote(row)
    checkBlocks(blocks)
    return this.write(['meta', 'votes', 'blocks'], async tx => {
      const rows = (await tx.objectStore('votes').index('height').getAll(row.height)).map(readRecord.vote).sort(byVote)
      const watermark = Math.max(await readWatermark(tx), this.outerWatermark)
      const outcome = admitVote(rows, watermark, row)
      if (!outcome.ok) return outcome
      if (!rows.some(old => sameVote(old, row))) await tx.objectStore('votes').add(row)
      await putAll(tx, blocks)
      return outcome
    })
  }

  async commit(batch: CommitBatch): Promise<void> {
    checkBatch(batch)
    const final = await this.write(['meta', 'blocks', 'certificates', 'votes', 'snapshots'], tx => commitIn(tx, batch))
    if (final === null || this.copy === null) return
    // Not awaited: the copy is best effort and a commit must not wait for a second disk write.
    void this.copy.raise(final.height)
    this.outerWatermark = Math.max(this.outerWatermark, final.height)
  }

  async block(hash: string): Promise<StoredBlock | null> {
    return this.read(['blocks'], async tx => {
      const block = await tx.objectStore('blocks').get(hash)
      return block === undefined ? null : readRecord.block(block)
    })
  }

  async range(fromHeight: number, count: number): Promise<StoredBlock[]> {
    return this.read(['meta', 'blocks'], async tx => {
      const final = await readFinal(tx)
      const to = final?.height ?? 0
      if (fromHeight > to || count < 1) return []
      const index = tx.objectStore('blocks').index('height')
      return (await index.getAll(IDBKeyRange.bound(fromHeight, to), Math.min(count, RANGE_MAX_BLOCKS))).map(readRecord.block)
    })
  }

  async certificate(kind: 'notarise' | 'finalise', height: number): Promise<StoredCertificate | null> {
    return this.read(['certificates'], async tx => {
      const found = await tx.objectStore('certificates').get(certificateRange(kind, height, height))
      return found === undefined ? null : readRecord.certificate(found)
    })
  }

  async usage(): Promise<StoreUsage> {
    const { blocks, lowestBlock } = await this.read(['blocks'], async tx => {
      const lowest = await tx.objectStore('blocks').index('height').openKeyCursor()
      return { blocks: await tx.objectStore('blocks').count(), lowestBlock: lowest?.key ?? 0 }
    })
    return { kind: 'indexeddb', ...(await originUsage()), blocks, lowestBlock }
  }

  /** Empties every object store in one step. A database too broken for that is deleted and made anew. The watermark's copy stays: a key that is imported later may be the old one. */
  async erase(): Promise<void> {
    try {
      await this.write(['meta', 'blocks', 'certificates', 'votes', 'snapshots'], async tx => {
        for (const name of tx.objectStoreNames) await tx.objectStore(name).clear()
      })
    } catch {
      this.letGo()
      await withinTime(deleteDB(this.name), () => undefined)
      await this.open()
    }
  }

  async close(): Promise<void> {
    this.letGo()
  }

  private letGo(): void {
    this.db?.close()
    this.db = null
  }

  private write<T>(names: Name[], work: (tx: WriteTransaction) => Promise<T>): Promise<T> {
    return this.transact(db => db.transaction(names, 'readwrite', { durability: 'strict' }), work)
  }

  private read<T>(names: Name[], work: (tx: ReadTransaction) => Promise<T>): Promise<T> {
    return this.transact(db => db.transaction(names, 'readonly'), work)
  }

  /** All of `work` or nothing: whatever it throws aborts the transaction, and the result counts only once the transaction is complete. */
  private async transact<T, Tx extends { done: Promise<void>; abort(): void }>(begin: (db: Database) => Tx, work: (tx: Tx) => Promise<T>): Promise<T> {
    if (this.db === null) throw new StoreError('closed', 'The database was closed: the browser or another tab took it away. Reload the page.')
    let tx: Tx
    try {
      tx = begin(this.db)
    } catch (error) {
      throw toStoreError(error)
    }
    // `done` says why the browser broke off (quota, for one) where the request itself only says AbortError.
    const end = tx.done.then(
      () => null,
      (error: unknown) => toStoreError(error ?? new DOMException('aborted', 'AbortError'))
    )
    try {
      const result = await work(tx)
      const failure = await end
      if (failure !== null) throw failure
      return result
    } catch (error) {
      abort(tx)
      const failure = await end
      throw toStoreError(isAbort(error) && failure !== null ? failure : error)
    }
  }
}

const isAbort = (error: unknown): boolean => (error as { name?: unknown } | null)?.name === 'AbortError'

function abort(tx: { abort(): void }): void {
  try {
    tx.abort()
  } catch {
    // It is over already.
  }
}

function createStores(db: Database): void {
  db.createObjectStore('meta')
  db.createObjectStore('blocks', { keyPath: 'hash' }).createIndex('height', 'height')
  db.createObjectStore('certificates', { keyPath: ['kind', 'height', 'hash'] })
  db.createObjectStore('votes', { autoIncrement: true }).createIndex('height', 'height')
  db.createObjectStore('snapshots', { keyPath: 'height' })
}

/** A view into a larger buffer would be cloned with the whole of it. */
const compact = (bytes: Uint8Array): Uint8Array => (bytes.byteLength === bytes.buffer.byteLength ? bytes : bytes.slice())

const certificateRange = (kind: string, from: number, to: number): IDBKeyRange => IDBKeyRange.bound([kind, from], [kind, to, []])

async function readFinal(tx: ReadTransaction | WriteTransaction): Promise<FinalMark | null> {
  const kept = await (tx as ReadTransaction).objectStore('meta').get('final')
  return kept === undefined ? null : readRecord.final(kept)
}

async function readWatermark(tx: WriteTransaction): Promise<number> {
  const kept = await tx.objectStore('meta').get('watermark')
  return kept === undefined ? 0 : readRecord.watermark(kept)
}

async function readSnapshot(tx: ReadTransaction): Promise<StoredSnapshot | null> {
  const cursor = await tx.objectStore('snapshots').openCursor(null, 'prev')
  return cursor === null ? null : readRecord.snapshot(cursor.value)
}

async function putAll(tx: WriteTransaction, blocks: readonly StoredBlock[]): Promise<void> {
  const store = tx.objectStore('blocks')
  for (const { hash, height, bytes } of blocks) await store.put({ hash, height, bytes: compact(bytes) })
}

/** @returns the final mark that holds afterwards */
async function commitIn(tx: WriteTransaction, batch: CommitBatch): Promise<FinalMark | null> {
  await putAll(tx, batch.blocks)
  for (const { kind, height, hash, bytes } of batch.certificates) await tx.objectStore('certificates').put({ kind, height, hash, bytes: compact(bytes) })
  for (const hash of batch.removeBlocks) await removeBlock(tx, hash)
  const final = await raiseFinal(tx, batch.final)
  const snapshot = await keepNewestSnapshot(tx, batch.snapshot)
  await prune(tx, pruneFloor(batch.pruneBelow, final, snapshot))
  return final
}

/** A removed block takes its certificates with it: they would point nowhere. */
async function removeBlock(tx: WriteTransaction, hash: string): Promise<void> {
  const block = await tx.objectStore('blocks').get(hash)
  if (block === undefined) return
  await tx.objectStore('blocks').delete(hash)
  for (const kind of KINDS) await tx.objectStore('certificates').delete([kind, block.height, hash])
}

/** Moves final mark and watermark up, and drops the vote rows that the watermark now covers. */
async function raiseFinal(tx: WriteTransaction, offered: FinalMark | null): Promise<FinalMark | null> {
  const stored = await readFinal(tx)
  const final = newer(stored, offered)
  if (final === null || final === stored) return stored
  const watermark = Math.max(await readWatermark(tx), final.height)
  await tx.objectStore('meta').put({ height: final.height, hash: final.hash }, 'final')
  await tx.objectStore('meta').put(watermark, 'watermark')
  for (const key of await tx.objectStore('votes').index('height').getAllKeys(IDBKeyRange.upperBound(watermark))) await tx.objectStore('votes').delete(key)
  return final
}

/** Works on heights alone: a snapshot may be megabytes, and a commit comes with every block. @returns the height of the one that is kept */
async function keepNewestSnapshot(tx: WriteTransaction, offered: StoredSnapshot | null): Promise<{ height: number } | null> {
  const cursor = await tx.objectStore('snapshots').openKeyCursor(null, 'prev')
  const stored = cursor && { height: cursor.key }
  if (offered === null || newer(stored, { height: offered.height }) === stored) return stored
  await tx.objectStore('snapshots').clear()
  await tx.objectStore('snapshots').put({ hash: offered.hash, height: offered.height, bytes: compact(offered.bytes) })
  return { height: offered.height }
}

async function prune(tx: WriteTransaction, floor: number): Promise<void> {
  if (floor === 0) return
  const blocks = tx.objectStore('blocks')
  for (const hash of await blocks.index('height').getAllKeys(IDBKeyRange.upperBound(floor, true))) await blocks.delete(hash)
  for (const kind of KINDS) await tx.objectStore('certificates').delete(IDBKeyRange.bound([kind, 0], [kind, floor]))
}

/** What the whole origin uses: browsers do not tell it by database. */
async function originUsage(): Promise<{ usedBytes: number | null; quotaBytes: number | null; persisted: boolean | null }> {
  const storage = typeof navigator === 'undefined' ? undefined : (navigator.storage as StorageManager | undefined)
  try {
    const estimate = await storage?.estimate()
    const persisted = await storage?.persisted()
    return { usedBytes: estimate?.usage ?? null, quotaBytes: estimate?.quota ?? null, persisted: persisted ?? null }
  } catch {
    return { usedBytes: null, quotaBytes: null, persisted: null }
  }
}
