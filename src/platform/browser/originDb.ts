/**
 * What all tabs of one origin share, in the database `quorumble`: the genesis of the origin's own network, the networks met so far, and the
 * leases by which tabs hold identities where there are no Web Locks.
 */
import { openDB } from 'idb'
import type { DBSchema, IDBPDatabase } from 'idb'
import { StoreError } from '../../node/ports'
import { toStoreError, withinTime } from './idbErrors'

const DATABASE = 'quorumble'
const SCHEMA_VERSION = 1

/** Rooms that a browser remembers; the one not joined for longest is forgotten first. A genesis is a few hundred bytes. */
export const KNOWN_NETWORKS = 32

/** A network that this browser has been in. */
export interface KnownNetwork {
  /** Lower-case hex. */
  networkId: string
  genesis: Uint8Array
  /** Milliseconds since 1970. */
  usedAt: number
}

/** Who holds an identity slot, where Web Locks do not say it. It has no end: what keeps it is that its holder answers. */
export interface Lease {
  /** `quorumble/<network>/<slot>`. */
  name: string
  /** Random, made by the tab that holds it. */
  token: string
}

interface Schema extends DBSchema {
  settings: { key: 'originGenesis' | 'lastNetwork'; value: unknown }
  networks: { key: string; value: KnownNetwork; indexes: { usedAt: number } }
  leases: { key: string; value: Lease }
}
export type OriginDatabase = IDBPDatabase<Schema>

/** @throws StoreError 'denied' or 'unavailable' */
export async function openOriginDatabase(): Promise<OriginDatabase> {
  if (typeof indexedDB === 'undefined') throw new StoreError('denied', 'This browser has no IndexedDB here; all is kept in memory.')
  let db: OriginDatabase | null = null
  const opening = openDB<Schema>(DATABASE, SCHEMA_VERSION, {
    upgrade(fresh) {
      fresh.createObjectStore('settings')
      fresh.createObjectStore('networks', { keyPath: 'networkId' }).createIndex('usedAt', 'usedAt')
      fresh.createObjectStore('leases', { keyPath: 'name' })
    },
    blocking: () => db?.close()
  })
  db = await withinTime(opening, late => late.close())
  return db
}

/** Opens, works, closes; whatever goes wrong is a StoreError. */
export async function withOriginDatabase<T>(work: (db: OriginDatabase) => Promise<T>): Promise<T> {
  const db = await openOriginDatabase()
  try {
    return await work(db)
  } catch (error) {
    throw toStoreError(error)
  } finally {
    db.close()
  }
}

/**
 * The origin's own network, for a host without a server: the first tab's genesis, for every tab and for ever. Decided in one readwrite
 * transaction, so two tabs opened at once agree.
 * @param create called only when there is none yet; synchronous, because a transaction does not wait
 */
export function originGenesis(create: () => Uint8Array): Promise<Uint8Array> {
  return withOriginDatabase(async db => {
    const tx = db.transaction('settings', 'readwrite', { durability: 'strict' })
    const kept = await tx.store.get('originGenesis')
    const genesis = kept instanceof Uint8Array ? kept : create()
    if (genesis !== kept) await tx.store.put(genesis, 'originGenesis')
    await tx.done
    return genesis
  })
}

/** Forgets the origin's own network: the next `originGenesis` makes another. The old one stays among the known networks. */
export function forgetOriginGenesis(): Promise<void> {
  return withOriginDatabase(async db => {
    await db.delete('settings', 'originGenesis')
  })
}

/** Notes that this browser joins the network now; it becomes `lastNetwork`. */
export function rememberNetwork(networkId: string, genesis: Uint8Array, now: number): Promise<void> {
  return withOriginDatabase(async db => {
    const tx = db.transaction(['settings', 'networks'], 'readwrite')
    const networks = tx.objectStore('networks')
    await networks.put({ networkId, genesis, usedAt: now })
    await tx.objectStore('settings').put(networkId, 'lastNetwork')
    let surplus = (await networks.count()) - KNOWN_NETWORKS
    for (let cursor = await networks.index('usedAt').openCursor(); cursor && surplus > 0; cursor = await cursor.continue(), surplus--) await cursor.delete()
    await tx.done
  })
}

/** The network joined last, or null in a browser that has been in none. */
export function lastNetwork(): Promise<KnownNetwork | null> {
  return withOriginDatabase(async db => {
    const networkId = await db.get('settings', 'lastNetwork')
    return typeof networkId === 'string' ? ((await db.get('networks', networkId)) ?? null) : null
  })
}

/** Newest first, at most KNOWN_NETWORKS. */
export function knownNetworks(): Promise<KnownNetwork[]> {
  return withOriginDatabase(async db => (await db.getAllFromIndex('networks', 'usedAt')).reverse())
}
