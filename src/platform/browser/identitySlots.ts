/**
 * One tab holds one identity. Slot 0 is the first tab's, each further tab takes the next free slot: an agent with a name and database of
 * its own, resumed when as many tabs are open again. Runs in the worker, so that the hold ends with the node and not with the page.
 *
 * A Web Lock says who holds a slot; on insecure origins, where there are none, a lease row in the origin's database does. Neither is
 * trusted alone: a tab that was reloaded or killed a moment ago may still seem to hold its slot, and its identity must come back within
 * seconds. So a taken slot is *asked*: its holder answers over a BroadcastChannel at once, or it is on its way out and the slot is ours.
 * A holder that was only frozen finds its lease gone when it wakes up (`onLost`); until then the votes of both are still judged by one
 * database (R6), so that nothing conflicting can be signed.
 */
import { StoreError } from '../../node/ports'
import { databaseName } from './idbStore'
import { openOriginDatabase } from './originDb'
import type { OriginDatabase } from './originDb'
import { toStoreError } from './idbErrors'

/** Tabs of one origin in one network. A browser starts to suffer well before. */
const MAX_SLOTS = 64

/** A live worker answers within a few milliseconds; one whose thread is busy with a long task has this long. */
const PROBE_MS = 300

/** How often a silent holder is asked before a Web Lock that it keeps is given up on: a killed tab's lock is free within a second. */
const LOCK_PROBES = 8

/** A lease is taken from a holder only after this many unanswered probes: one may reach a tab whose lease was written a moment ago. */
const LEASE_PROBES = 2

/** How often a holder looks whether its lease is still its own. Two tabs on one identity cost traffic, not safety, so this need not be fast. */
const LEASE_CHECK_MS = 2_000

/** The identity that this tab holds. */
export interface HeldSlot {
  slot: number
  /** How it is held; 'lease' on insecure origins. */
  by: 'lock' | 'lease'
  release(): Promise<void>
}

/**
 * Takes the lowest free slot.
 * @param onLost the lease went to another tab while this one was frozen: stop the node. Never called with Web Locks.
 * @throws StoreError 'unavailable' when all MAX_SLOTS are held, 'denied' when the browser lets this site keep nothing
 */
export async function takeSlot(networkId: string, onLost: () => void): Promise<HeldSlot> {
  const presence = new Presence()
  try {
    const held = hasLocks() ? await takeByLock(networkId, presence) : await takeByLease(networkId, presence, onLost)
    if (held) return held
  } catch (error) {
    presence.close()
    throw toStoreError(error)
  }
  presence.close()
  throw new StoreError('unavailable', `${MAX_SLOTS} tabs of this site are open in this network already. Close some of them and reload.`)
}

const hasLocks = (): boolean => typeof navigator !== 'undefined' && 'locks' in navigator

async function takeByLock(networkId: string, presence: Presence): Promise<HeldSlot | null> {
  for (let slot = 0; slot < MAX_SLOTS; slot++) {
    const name = databaseName(networkId, slot)
    const unlock = await lockOrHolderAlive(name, presence)
    if (unlock === null) continue
    presence.hold(name)
    return {
      slot,
      by: 'lock',
      release: async () => {
        presence.close()
        await unlock()
      }
    }
  }
  return null
}

/** @returns how to unlock, or null when a live tab holds the lock (or a dead one will not let go) */
async function lockOrHolderAlive(name: string, presence: Presence): Promise<(() => Promise<void>) | null> {
  for (let probe = 0; probe < LOCK_PROBES; probe++) {
    const unlock = await tryLock(name)
    if (unlock !== null) return unlock
    if (await presence.isAlive(name)) return null
  }
  return null
}

function tryLock(name: string): Promise<(() => Promise<void>) | null> {
  return new Promise((resolve, reject) => {
    const request = navigator.locks.request(name, { ifAvailable: true }, lock => {
      if (lock === null) return resolve(null)
      return new Promise<void>(release =>
        resolve(async () => {
          release()
          await request
        })
      )
    })
    request.catch(reject)
  })
}

async function takeByLease(networkId: string, presence: Presence, onLost: () => void): Promise<HeldSlot | null> {
  const db = await openOriginDatabase()
  for (let slot = 0; slot < MAX_SLOTS; slot++) {
    const name = databaseName(networkId, slot)
    if (await leaseFrom(db, name, presence)) return keepLease(db, slot, name, presence, onLost)
  }
  db.close()
  return null
}

/** Compare and swap: only the row that was asked in vain is overwritten, so of two tabs that ask at once one gets the slot. */
async function leaseFrom(db: OriginDatabase, name: string, presence: Presence): Promise<boolean> {
  const holder = (await db.get('leases', name))?.token ?? null
  for (let probe = 0; holder !== null && probe < LEASE_PROBES; probe++) {
    if (await presence.isAlive(name)) return false
  }
  const tx = db.transaction('leases', 'readwrite')
  const now = (await tx.store.get(name))?.token ?? null
  if (now === holder) await tx.store.put({ name, token: presence.token })
  await tx.done
  return now === holder
}

function keepLease(db: OriginDatabase, slot: number, name: string, presence: Presence, onLost: () => void): HeldSlot {
  presence.hold(name)
  const isMine = async (): Promise<boolean> => (await db.get('leases', name))?.token === presence.token
  let over = false
  const end = (): void => {
    over = true
    clearInterval(timer)
    presence.close()
  }
  const check = async (): Promise<void> => {
    // A database that cannot be read says nothing about the lease; the store will say what is wrong.
    if ((await isMine().catch(() => true)) || over) return
    end()
    db.close()
    onLost()
  }
  const timer = setInterval(() => void check(), LEASE_CHECK_MS)
  return {
    slot,
    by: 'lease',
    release: async () => {
      if (over) return
      end()
      const tx = db.transaction('leases', 'readwrite')
      if ((await tx.store.get(name))?.token === presence.token) await tx.store.delete(name)
      await tx.done
      db.close()
    }
  }
}

interface Probe {
  kind: 'ask' | 'answer'
  /** The slot's name. */
  name: string
  /** Who asks, or whom the answer is for. */
  token: string
}

/** Answers for the slot that this tab holds, and asks about others'. */
class Presence {
  readonly token = randomToken()
  private readonly channel = new BroadcastChannel('quorumble/slots')
  private readonly held = new Set<string>()
  private readonly asking = new Map<string, () => void>()

  constructor() {
    this.channel.addEventListener('message', event => this.receive(event.data as Probe))
  }

  hold(name: string): void {
    this.held.add(name)
  }

  /** Does another tab answer for this slot? Resolves after PROBE_MS at the latest. */
  isAlive(name: string): Promise<boolean> {
    return new Promise(resolve => {
      const settle = (alive: boolean): void => {
        clearTimeout(timer)
        this.asking.delete(name)
        resolve(alive)
      }
      const timer = setTimeout(() => settle(false), PROBE_MS)
      this.asking.set(name, () => settle(true))
      this.send({ kind: 'ask', name, token: this.token })
    })
  }

  close(): void {
    this.held.clear()
    this.channel.close()
  }

  private receive({ kind, name, token }: Probe): void {
    if (kind === 'ask' && this.held.has(name)) this.send({ kind: 'answer', name, token })
    if (kind === 'answer' && token === this.token) this.asking.get(name)?.()
  }

  private send(probe: Probe): void {
    this.channel.postMessage(probe)
  }
}

/** `crypto.randomUUID` is for secure origins only; `getRandomValues` works everywhere. */
function randomToken(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), byte => byte.toString(16).padStart(2, '0')).join('')
}
