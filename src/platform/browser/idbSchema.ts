/** The object stores of a node's database, and how one that an older page wrote becomes one of today's. */
import type { DBSchema, IDBPDatabase, IDBPTransaction, StoreNames } from 'idb'
import type { VoteRow } from '../../core/consensus/voteGuard'
import type { StoredBlock, StoredCertificate, StoredChunk, StoredSnapshot, StoredStateHeader } from '../../node/ports'

/** Raised when object stores change; `upgrade` then moves what older pages wrote. */
export const SCHEMA_VERSION = 2

export interface Schema extends DBSchema {
  /** identity, genesis, final, watermark, promises, writer; checked when read. */
  meta: { key: 'identity' | 'genesis' | 'final' | 'watermark' | 'promises' | 'writer'; value: unknown }
  /** By hash. */
  blocks: { key: string; value: StoredBlock; indexes: { height: number } }
  /** Which blocks touch an agent or meme. */
  subjects: { key: [string, number, string]; value: { subject: string; height: number; hash: string }; indexes: { height: number } }
  /** By kind, height and hash: several notarised blocks at one height are lawful. */
  certificates: { key: [string, number, string]; value: StoredCertificate }
  votes: { key: number; value: VoteRow; indexes: { height: number } }
  /** By height. */
  snapshots: { key: number; value: StoredSnapshot }
  /** By root. */
  chunks: { key: string; value: StoredChunk }
  /** Roots of chunks that came before their snapshot. */
  ahead: { key: string; value: true }
  /** By height. */
  stateHeaders: { key: number; value: StoredStateHeader; indexes: { epoch: [number, number] } }
}

type Upgrade = IDBPTransaction<Schema, StoreNames<Schema>[], 'versionchange'>

export async function upgrade(db: IDBPDatabase<Schema>, from: number, tx: Upgrade): Promise<void> {
  if (from === 0) {
    db.createObjectStore('meta')
    db.createObjectStore('blocks', { keyPath: 'hash' }).createIndex('height', 'height')
    db.createObjectStore('certificates', { keyPath: ['kind', 'height', 'hash'] })
    db.createObjectStore('votes', { autoIncrement: true }).createIndex('height', 'height')
    db.createObjectStore('snapshots', { keyPath: 'height' })
  }
  db.createObjectStore('subjects', { keyPath: ['subject', 'height', 'hash'] }).createIndex('height', 'height')
  db.createObjectStore('chunks', { keyPath: 'root' })
  db.createObjectStore('ahead')
  db.createObjectStore('stateHeaders', { keyPath: 'height' }).createIndex('epoch', ['epoch', 'height'])
  if (from === 1) await fromFirst(tx)
}

/**
 * Version 1 kept one snapshot as a whole, never pruned, counted no promises and knew of no subjects. Its snapshot goes: all blocks are there to start from. Its
 * blocks are found by height and hash only. Each vote that is left was a promise.
 */
async function fromFirst(tx: Upgrade): Promise<void> {
  await tx.objectStore('snapshots').clear()
  await tx.objectStore('meta').put(await tx.objectStore('votes').count(), 'promises')
  for (let at = await tx.objectStore('blocks').openCursor(); at; at = await at.continue()) await at.update({ ...at.value, subjects: [] })
}
