import 'fake-indexeddb/auto'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { databaseName } from './idbStore'
import { takeSlot } from './identitySlots'
import type { HeldSlot } from './identitySlots'
import { withOriginDatabase } from './originDb'

/** The part of `LockManager` that slots use. */
class Locks {
  readonly held = new Set<string>()
  attempts = 0
  onAttempt: () => void = () => undefined

  async request(name: string, options: { ifAvailable: true }, use: (lock: object | null) => unknown): Promise<unknown> {
    expect(options).toEqual({ ifAvailable: true })
    this.attempts++
    this.onAttempt()
    if (this.held.has(name)) return use(null)
    this.held.add(name)
    try {
      return await use({ name })
    } finally {
      this.held.delete(name)
    }
  }
}

let networks = 0
let network = ''
const open: HeldSlot[] = []
const take = async (onLost: () => void = () => undefined): Promise<HeldSlot> => {
  const held = await takeSlot(network, onLost)
  open.push(held)
  return held
}
const release = async (held: HeldSlot | undefined): Promise<void> => {
  open.splice(open.indexOf(held as HeldSlot), 1)
  await held?.release()
}

beforeEach(() => {
  network = (++networks).toString(16).padStart(16, 'c')
})
afterEach(async () => {
  await Promise.all(open.splice(0).map(held => held.release()))
  vi.unstubAllGlobals()
})

describe.each(['lock', 'lease'] as const)('identity slots held by %s', by => {
  beforeEach(() => vi.stubGlobal('navigator', by === 'lock' ? { locks: new Locks() } : {}))

  it('gives the first tab slot 0 and each further tab the next', async () => {
    expect(await take()).toMatchObject({ slot: 0, by })
    expect((await take()).slot).toBe(1)
    expect((await take()).slot).toBe(2)
  })

  it('gives a slot that was let go to the next tab', async () => {
    await take()
    const second = await take()
    await take()
    await release(second)
    expect((await take()).slot).toBe(1)
  })

  it('gives tabs that open at once a slot each', async () => {
    const held = await Promise.all([take(), take(), take(), take()])
    expect(new Set(held.map(({ slot }) => slot)).size).toBe(4)
  })

  it('counts slots per network', async () => {
    await take()
    network = network.replace('c', 'd')
    expect((await take()).slot).toBe(0)
  })
})

describe('a tab that was killed a moment ago', () => {
  it('gives its identity back: a lease whose holder does not answer is taken over', async () => {
    vi.stubGlobal('navigator', {})
    await withOriginDatabase(db => db.put('leases', { name: databaseName(network, 0), token: 'of a dead tab' }))
    expect((await take()).slot).toBe(0)
    expect((await take()).slot).toBe(1)
  })

  it('gives its identity to one tab only, however many ask', async () => {
    vi.stubGlobal('navigator', {})
    await withOriginDatabase(db => db.put('leases', { name: databaseName(network, 0), token: 'of a dead tab' }))
    const slots = (await Promise.all([take(), take(), take()])).map(({ slot }) => slot)
    expect(slots.sort()).toEqual([0, 1, 2])
  })

  it('gives its identity back as soon as the browser has freed its lock', async () => {
    const locks = new Locks()
    vi.stubGlobal('navigator', { locks })
    locks.held.add(databaseName(network, 0))
    locks.onAttempt = () => {
      if (locks.attempts === 3) locks.held.delete(databaseName(network, 0))
    }
    expect((await take()).slot).toBe(0)
    expect(locks.attempts).toBe(3)
  })

  it('is told when it was only frozen and another tab has its identity now', async () => {
    vi.stubGlobal('navigator', {})
    const lost = new Promise<void>(resolve => void take(resolve))
    await vi.waitFor(() => expect(open).toHaveLength(1))
    await withOriginDatabase(db => db.put('leases', { name: databaseName(network, 0), token: 'of another tab' }))
    await lost
    // Letting go of what is no longer ours must not take it from the other.
    await release(open[0])
    expect((await withOriginDatabase(db => db.get('leases', databaseName(network, 0))))?.token).toBe('of another tab')
  })
})
