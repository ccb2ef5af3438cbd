/**
 * The browser's `NodeStore`: one IndexedDB database per network and identity slot.
 *
 * The disk is a cache that may vanish. What must never be half there is written in ONE readwrite transaction with durability 'strict':
 * a commit with its blocks, certificates, final mark, watermark and pruning; a vote with the rows that allowed it (R6). Transactions of
 * two tabs on one database run one after the other, so even two tabs that share a key cannot both get a conflicting vote through.
 */
import { openDB, deleteDB } from 'idb'
import type { IDBPDatabase, IDBPTransaction, StoreNames } from 'idb'
import { admitVote, KEY_IN_USE } from '../../core/consensus/voteGuard'
import type { VoteOutcome, VoteRow } from '../../core/consensus/voteGuard'
import { KEPT_SNAPSHOTS, StoreError } from '../../node/ports'
import type {
  CommitBatch,
  Identity,
  LoadedSnapshot,
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
} from '../../node/ports'
import { KeyMark } from '../keyMark'
import type { ForeignMark } from '../promiseMark'
import { isSealed, KeySafe } from '../keptKey'
import {
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
  prunedRanges,
  pruneFloor,
  RANGE_MAX_BLOCKS,
  readRecord,
  sameBytes,
  sameVote
} from '../storeRules'
import type { FinalMark } from '../storeRules'
import { SCHEMA_VERSION, upgrade } from './idbSchema'
import type { Schema } from './idbSchema'
import { toStoreError, withinTime } from './idbErrors'
import type { Beside } from './privateFiles'

/** Hex digits of the network id in a database's name: 64 bits tell networks of one origin apart. */
const NETWORK_ID_DIGITS = 16

const KINDS = ['finalise', 'notarise'] as const

type Name = StoreNames<Schema>
type WriteTransaction = IDBPTransaction<Schema, Name[], 'readwrite'>
type ReadTransaction = IDBPTransaction<Schema, Name[]>
type Database = IDBPDatabase<Schema>

const COMMITTED: Name[] = ['meta', 'blocks', 'subjects', 'certificates', 'votes', 'snapshots', 'chunks', 'ahead', 'stateHeaders']

/** `quorumble/<first 16 hex digits of the network id>/<slot>`: also the name of the lock. */
export const databaseName = (networkId: string, slot: number): string => `quorumble/${networkId.slice(0, NETWORK_ID_DIGITS)}/${slot}`

/**
 * Opens the database of one identity, making it when it is not there.
 * @param beside what lies outside the database and does not share its fate
 * @throws StoreError 'denied' (no storage for this site), 'unavailable' (written by a newer page, or broken)
 */
export async function openIdbStore(networkId: string, slot: number, beside: Beside): Promise<NodeStore> {
  const store = new IdbStore(databaseName(networkId, slot), beside)
  await store.open()
  return store
}

class IdbStore implements NodeStore {
  private db: Database | null = null
  private readonly mark: KeyMark
  private readonly safe = new KeySafe()

  constructor(
    private readonly name: string,
    private readonly beside: Beside
  ) {
    this.mark = new KeyMark(beside.openMark, {
      owner: () =>
        this.write(['meta'], async tx => {
          const meta = tx.objectStore('meta')
          const [genesis, identity, kept] = [await meta.get('genesis'), await meta.get('identity'), await meta.get('writer')]
          if (genesis === undefined || identity === undefined) return null
          const writer = kept === undefined ? freshWriter() : readRecord.writer(kept)
          if (kept === undefined) await meta.put(writer, 'writer')
          return { genesis: readRecord.genesis(genesis), identity: this.safe.open(readRecord.key(identity)), writer }
        }),
      compare: mark => this.write(['meta', 'votes'], tx => compareIn(tx, mark))
    })
  }

  async open(): Promise<void> {
    if (typeof indexedDB === 'undefined') throw new StoreError('denied', 'This browser has no IndexedDB here; all is kept in memory.')
    const made = { fresh: false }
    const opening = openDB<Schema>(this.name, SCHEMA_VERSION, {
      upgrade: (db, from, _to, tx) => {
        made.fresh = from === 0
        upgrade(db, from, tx).catch(() => tx.abort())
      },
      // Another tab wants to erase or upgrade: let go at once, or it would wait for ever.
      blocking: () => this.letGo(),
      terminated: () => this.letGo()
    })
    this.db = await withinTime(opening, late => late.close())
    // Chromium makes a database that it cannot read anew and empty; outside it is known that there was one.
    const agentId = made.fresh ? await this.beside.maker.read() : null
    if (agentId !== null) this.mark.found({ code: 'database-lost', agentId })
  }

  async identity(create: () => Identity, protect: (made: Identity) => SealedKey | null = () => null): Promise<Identity> {
    const identity = await this.write(['meta'], async tx => {
      const kept = await tx.objectStore('meta').get('identity')
      if (kept !== undefined) return this.safe.open(readRecord.key(kept))
      const created = create()
      checkIdentity(created)
      await tx.objectStore('meta').put(this.safe.written(created, protect(created)), 'identity')
      return created
    })
    await this.beside.maker.write(identity)
    return identity
  }

  async sealedKey(): Promise<SealedKey | null> {
    const kept = await this.read(['meta'], tx => tx.objectStore('meta').get('identity'))
    if (kept === undefined) return null
    const key = readRecord.key(kept)
    return isSealed(key) ? key : null
  }

  unlock(sealed: SealedKey, identity: Identity): void {
    this.safe.unlock(sealed, identity)
  }

  async protectKey(identity: Identity, sealed: SealedKey | null): Promise<void> {
    checkSealed(sealed)
    await this.write(['meta'], async tx => {
      const kept = await tx.objectStore('meta').get('identity')
      await tx.objectStore('meta').put(this.safe.protected(kept === undefined ? null : readRecord.key(kept), identity, sealed), 'identity')
    })
  }

  async replaceIdentity(identity: Identity, told: PromiseMark, sealed: SealedKey | null = null): Promise<void> {
    checkIdentity(identity)
    checkSealed(sealed)
    const genesis = await this.read(['meta'], tx => tx.objectStore('meta').get('genesis'))
    const promised = await this.mark.merged(genesis === undefined ? null : readRecord.genesis(genesis), identity, told)
    await this.write(['meta', 'votes'], tx => replaceIn(tx, identity, promised, this.safe, sealed))
    await this.mark.replaced()
    await this.beside.maker.write(identity)
  }

  async promised(): Promise<PromiseMark> {
    await this.mark.ready()
    return this.read(['meta', 'votes'], promisedIn)
  }

  async load(): Promise<Stored | null> {
    await this.mark.ready()
    return this.read(['meta', 'blocks', 'certificates', 'votes', 'snapshots', 'chunks'], async tx => {
      const genesis = await tx.objectStore('meta').get('genesis')
      if (genesis === undefined) return null
      const snapshot = await loadSnapshot(tx)
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
    const mark = await this.mark.forVote()
    const { outcome, known } = await this.write(['meta', 'votes', 'blocks', 'subjects'], async tx => {
      const rows = (await tx.objectStore('votes').index('height').getAll(row.height)).map(readRecord.vote).sort(byVote)
      const outcome = admitVote(rows, await readWatermark(tx), row)
      if (outcome.ok) {
        if (!rows.some(old => sameVote(old, row))) {
          await tx.objectStore('votes').add(row)
          await tx.objectStore('meta').put((await readPromises(tx)) + 1, 'promises')
        }
        await putAll(tx, blocks)
      }
      return { outcome, known: await promisedIn(tx) }
    })
    return outcome.ok && !(await this.mark.raise(mark, known)) ? KEY_IN_USE : outcome
  }

  async commit(batch: CommitBatch): Promise<void> {
    checkBatch(batch)
    await this.write(COMMITTED, tx => commitIn(tx, batch))
  }

  async keepChunks(chunks: StoredChunk[]): Promise<void> {
    checkChunks(chunks)
    await this.write(['chunks', 'ahead'], async tx => {
      for (const { root, bytes } of chunks) {
        if ((await tx.objectStore('chunks').getKey(root)) !== undefined) continue
        await tx.objectStore('chunks').put({ root, bytes: compact(bytes) })
        await tx.objectStore('ahead').put(true, root)
      }
    })
  }

  async chunkRoots(): Promise<string[]> {
    return this.read(['chunks'], tx => tx.objectStore('chunks').getAllKeys())
  }

  async chunk(root: string): Promise<Uint8Array | null> {
    return this.read(['chunks'], async tx => {
      const chunk = await tx.objectStore('chunks').get(root)
      return chunk === undefined ? null : readRecord.chunk(chunk).bytes
    })
  }

  async snapshots(): Promise<StoredSnapshot[]> {
    return this.read(['snapshots'], async tx => (await tx.objectStore('snapshots').getAll()).map(readRecord.snapshot).reverse())
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

  async blocksOf(subject: string, beforeHeight: number, count: number): Promise<StoredBlock[]> {
    return this.read(['meta', 'blocks', 'subjects'], async tx => {
      const to = Math.min(beforeHeight - 1, (await readFinal(tx))?.height ?? 0)
      const blocks: StoredBlock[] = []
      if (to < 0 || count < 1) return blocks
      const range = IDBKeyRange.bound([subject, 0], [subject, to, []])
      for (
        let at = await tx.objectStore('subjects').openKeyCursor(range, 'prev');
        at && blocks.length < Math.min(count, RANGE_MAX_BLOCKS);
        at = await at.continue()
      ) {
        blocks.push(readRecord.block(await tx.objectStore('blocks').get(at.key[2])))
      }
      return blocks
    })
  }

  async certificate(kind: 'notarise' | 'finalise', height: number): Promise<StoredCertificate | null> {
    return this.read(['certificates'], async tx => {
      const found = await tx.objectStore('certificates').get(certificateRange(kind, height, height))
      return found === undefined ? null : readRecord.certificate(found)
    })
  }

  async stateHeaders(fromHeight: number, count: number): Promise<StoredStateHeader[]> {
    if (count < 1) return []
    return this.read(['stateHeaders'], async tx =>
      (await tx.objectStore('stateHeaders').getAll(IDBKeyRange.lowerBound(fromHeight), Math.min(count, RANGE_MAX_BLOCKS))).map(readRecord.stateHeader)
    )
  }

  async usage(): Promise<StoreUsage> {
    const { blocks, lowestBlock } = await this.read(['blocks'], async tx => {
      const lowest = await tx.objectStore('blocks').index('height').openKeyCursor()
      return { blocks: await tx.objectStore('blocks').count(), lowestBlock: lowest?.key ?? 0 }
    })
    return { kind: 'indexeddb', ...(await originUsage()), blocks, lowestBlock }
  }

  findings(): readonly StoreFinding[] {
    return this.mark.findings
  }

  /** Empties every object store in one step. A database too broken for that is deleted and made anew. The key's mark stays: the key may be imported later. */
  async erase(): Promise<void> {
    await this.mark.release()
    // From here on an empty database is what was asked for.
    await this.beside.maker.remove()
    try {
      await this.write(COMMITTED, async tx => {
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
    await this.mark.release()
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

/** A view into a larger buffer would be cloned with the whole of it. */
const compact = (bytes: Uint8Array): Uint8Array => (bytes.byteLength === bytes.buffer.byteLength ? bytes : bytes.slice())

const certificateRange = (kind: string, from: number, to: number): IDBKeyRange => IDBKeyRange.bound([kind, from], [kind, to, []])

async function readFinal(tx: ReadTransaction | WriteTransaction): Promise<FinalMark | null> {
  const kept = await (tx as ReadTransaction).objectStore('meta').get('final')
  return kept === undefined ? null : readRecord.final(kept)
}

async function readWatermark(tx: ReadTransaction | WriteTransaction): Promise<number> {
  const kept = await (tx as ReadTransaction).objectStore('meta').get('watermark')
  return kept === undefined ? 0 : readRecord.watermark(kept)
}

async function readPromises(tx: ReadTransaction | WriteTransaction): Promise<number> {
  const kept = await (tx as ReadTransaction).objectStore('meta').get('promises')
  return kept === undefined ? 0 : readRecord.promises(kept)
}

/** Where all rows are gone the watermark covers them. */
async function promisedIn(tx: ReadTransaction | WriteTransaction): Promise<PromiseMark> {
  const promises = await readPromises(tx)
  const highest = await (tx as ReadTransaction).objectStore('votes').index('height').openKeyCursor(null, 'prev')
  return { height: Math.max(highest?.key ?? 0, promises === 0 ? 0 : await readWatermark(tx)), promises }
}

async function compareIn(tx: WriteTransaction, mark: ForeignMark): Promise<{ known: PromiseMark; older: boolean }> {
  const known = await promisedIn(tx)
  const closed = closedBy({ ...known, watermark: await readWatermark(tx) }, mark)
  if (closed === null) return { known, older: false }
  await closeUpTo(tx, closed.watermark)
  if (mark.foreign) await tx.objectStore('votes').clear()
  await tx.objectStore('meta').put(closed.promises, 'promises')
  return { known: await promisedIn(tx), older: closed.older }
}

/** The watermark is moved up, and the vote rows that it covers go. */
async function closeUpTo(tx: WriteTransaction, watermark: number): Promise<void> {
  await tx.objectStore('meta').put(watermark, 'watermark')
  for (const key of await tx.objectStore('votes').index('height').getAllKeys(IDBKeyRange.upperBound(watermark))) await tx.objectStore('votes').delete(key)
}

async function replaceIn(tx: WriteTransaction, identity: Identity, promised: PromiseMark, safe: KeySafe, sealed: SealedKey | null): Promise<void> {
  const meta = tx.objectStore('meta')
  const kept = await meta.get('identity')
  const same = kept !== undefined && sameBytes(safe.open(readRecord.key(kept)).secretKey, identity.secretKey)
  const known = await promisedIn(tx)
  await closeUpTo(tx, Math.max(await readWatermark(tx), promised.height, same ? 0 : known.height))
  await meta.put(same ? Math.max(known.promises, promised.promises) : promised.promises, 'promises')
  if (!same) await tx.objectStore('votes').clear()
  await meta.put(safe.written(identity, sealed), 'identity')
}

async function loadSnapshot(tx: ReadTransaction): Promise<LoadedSnapshot | null> {
  const cursor = await tx.objectStore('snapshots').openCursor(null, 'prev')
  if (cursor === null) return null
  const snapshot = readRecord.snapshot(cursor.value)
  const chunks = await Promise.all(snapshot.chunkRoots.map(root => tx.objectStore('chunks').get(root)))
  return { ...snapshot, chunks: new Map(chunks.map(chunk => readRecord.chunk(chunk)).map(({ root, bytes }) => [root, bytes])) }
}

async function putAll(tx: WriteTransaction, blocks: readonly StoredBlock[]): Promise<void> {
  for (const { hash, height, bytes, subjects } of blocks) {
    await tx.objectStore('blocks').put({ hash, height, bytes: compact(bytes), subjects })
    for (const subject of subjects) await tx.objectStore('subjects').put({ subject, height, hash })
  }
}

async function commitIn(tx: WriteTransaction, batch: CommitBatch): Promise<void> {
  for (const hash of batch.removeBlocks) await removeBlock(tx, hash)
  await putAll(tx, batch.blocks)
  for (const { kind, height, hash, bytes } of batch.certificates) await tx.objectStore('certificates').put({ kind, height, hash, bytes: compact(bytes) })
  const final = await raiseFinal(tx, batch.final)
  if (batch.stateHeaders.length > 0) await keepHeaders(tx, batch.stateHeaders)
  if (batch.snapshot !== null) await keepSnapshot(tx, batch.snapshot)
  if (batch.pruneBelow > 0) await prune(tx, batch.pruneBelow, final)
}

/** A removed block takes its certificates with it: they would point nowhere. */
async function removeBlock(tx: WriteTransaction, hash: string): Promise<void> {
  const block = await tx.objectStore('blocks').get(hash)
  if (block === undefined) return
  await tx.objectStore('blocks').delete(hash)
  for (const subject of block.subjects) await tx.objectStore('subjects').delete([subject, block.height, hash])
  for (const kind of KINDS) await tx.objectStore('certificates').delete([kind, block.height, hash])
}

/** Moves final mark and watermark up, and drops the vote rows that the watermark now covers. @returns the final mark that holds afterwards */
async function raiseFinal(tx: WriteTransaction, offered: FinalMark | null): Promise<FinalMark | null> {
  const stored = await readFinal(tx)
  const final = newer(stored, offered)
  if (final === null || final === stored) return stored
  await tx.objectStore('meta').put({ height: final.height, hash: final.hash }, 'final')
  await closeUpTo(tx, Math.max(await readWatermark(tx), final.height))
  return final
}

async function keepHeaders(tx: WriteTransaction, offered: readonly StoredStateHeader[]): Promise<void> {
  const store = tx.objectStore('stateHeaders')
  const before = await store.openCursor(null, 'prev')
  for (const { height, epoch, bytes } of offered) await store.put({ height, epoch, bytes: compact(bytes) })
  const newest = (await store.openKeyCursor(null, 'prev'))?.key
  // Other epochs were settled when their headers came.
  for (const epoch of new Set([...(before ? [before.value.epoch] : []), ...offered.map(header => header.epoch)])) {
    const heights = await store.index('epoch').getAllKeys(IDBKeyRange.bound([epoch], [epoch, []]))
    for (const height of heights.slice(1)) if (height !== newest) await store.delete(height)
  }
}

/** The newest KEPT_SNAPSHOTS stay; chunks that none of them names go in the same step. */
async function keepSnapshot(tx: WriteTransaction, { snapshot, chunks }: NonNullable<CommitBatch['snapshot']>): Promise<void> {
  const snapshots = tx.objectStore('snapshots')
  const newest = await snapshots.openKeyCursor(null, 'prev')
  if (newest !== null && newest.key >= snapshot.height) return
  for (const { root, bytes } of chunks) await tx.objectStore('chunks').put({ root, bytes: compact(bytes) })
  const present = new Set(await tx.objectStore('chunks').getAllKeys())
  checkComplete(snapshot, root => present.has(root))
  const ahead = new Set(await tx.objectStore('ahead').getAllKeys())
  if (snapshot.chunkRoots.some(root => ahead.has(root))) {
    await tx.objectStore('ahead').clear()
    ahead.clear()
  }
  await snapshots.put({ ...snapshot, manifest: compact(snapshot.manifest) })
  for (const height of (await snapshots.getAllKeys()).slice(0, -KEPT_SNAPSHOTS)) await snapshots.delete(height)
  const named = new Set((await snapshots.getAll()).flatMap(({ chunkRoots }) => chunkRoots))
  for (const root of present) if (!named.has(root) && !ahead.has(root)) await tx.objectStore('chunks').delete(root)
}

async function prune(tx: WriteTransaction, below: number, final: FinalMark | null): Promise<void> {
  const kept = await tx.objectStore('snapshots').getAllKeys()
  const newest = kept.at(-1)
  const floor = pruneFloor(below, final, newest === undefined ? null : { height: newest })
  for (const { from, to } of prunedRanges(floor, kept)) {
    const heights = IDBKeyRange.bound(from, to)
    for (const name of ['blocks', 'subjects'] as const) {
      const keys: IDBValidKey[] = await tx.objectStore(name).index('height').getAllKeys(heights)
      for (const key of keys) await tx.objectStore(name).delete(key as never)
    }
    for (const kind of KINDS) await tx.objectStore('certificates').delete(certificateRange(kind, from, to))
  }
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
