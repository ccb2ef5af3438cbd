/** P104: peers come and go, and a tab keeps as many links as it wants and no more than it may. Connections are rows of a table here; what decides about them is the real keeper. */
import type { Connection, Libp2p } from '@libp2p/interface'
import { multiaddr } from '@multiformats/multiaddr'
import type { Multiaddr } from '@multiformats/multiaddr'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { MAX_LINKS, TARGET_LINKS, UPKEEP_INTERVAL_MS } from './limits'
import { LinkKeeper } from './linkKeeper'
import { peerIdOfPublicKey } from './peerIds'

beforeEach(() => void vi.useFakeTimers({ now: 1_700_000_000_000 }))
afterEach(() => void vi.useRealTimers())

const peerNamed = (number: number): string => peerIdOfPublicKey(new Uint8Array(32).fill(number))
const RELAY = peerNamed(255)
const RELAY_ADDRESS = multiaddr(`/ip4/127.0.0.1/tcp/8080/ws/p2p/${RELAY}`)

interface Row {
  peer: string
  connection: Connection
}

/** A room of peers behind one relay, as one tab sees it. */
class Room {
  readonly known = new Map<string, Multiaddr[]>()
  /** Peers that are gone although the relay may still name them. */
  readonly dead = new Set<string>()
  rows: Row[] = []
  dials = 0
  most = 0
  readonly keeper: LinkKeeper

  constructor() {
    this.link(RELAY, RELAY_ADDRESS)
    const libp2p = {
      peerId: { toString: () => peerNamed(0) },
      getConnections: () => this.rows.map(({ connection }) => connection),
      dial: async (address: Multiaddr) => {
        this.dials++
        const peer = address.getComponents().at(-1)!.value!
        await new Promise(resolve => setTimeout(resolve, 100))
        if (this.dead.has(peer)) throw new Error('nobody answers')
        this.link(peer, address)
      }
    }
    this.keeper = new LinkKeeper({
      libp2p: libp2p as unknown as Libp2p,
      webrtc: true,
      isRelay: peer => peer === RELAY,
      knownPeers: () => this.known
    })
  }

  link(peer: string, address: Multiaddr): void {
    const row: Row = { peer, connection: null as unknown as Connection }
    const end = (): void => void (this.rows = this.rows.filter(other => other !== row))
    const connection = {
      remotePeer: { toString: () => peer },
      remoteAddr: address,
      status: 'open',
      timeline: { open: Date.now() },
      close: async () => end(),
      abort: end,
      newStream: () => Promise.reject(new Error('no answer'))
    }
    row.connection = connection as unknown as Connection
    this.rows.push(row)
    this.most = Math.max(this.most, this.linked().size)
  }

  arrive(peer: string): void {
    this.dead.delete(peer)
    this.known.set(peer, [RELAY_ADDRESS])
  }

  /** Closes its tab: its links end, and the relay forgets it. */
  leave(peer: string): void {
    this.dead.add(peer)
    this.known.delete(peer)
    this.rows = this.rows.filter(row => row.peer !== peer)
  }

  linked(): Set<string> {
    return new Set(this.rows.map(({ peer }) => peer).filter(peer => peer !== RELAY))
  }

  async pass(ms: number): Promise<void> {
    for (let left = ms; left > 0; left -= UPKEEP_INTERVAL_MS) {
      this.keeper.upkeep(Date.now())
      await vi.advanceTimersByTimeAsync(UPKEEP_INTERVAL_MS)
    }
  }
}

describe('P104: links of a tab', () => {
  it('goes up to the target among many, and stays there', async () => {
    const room = new Room()
    for (let i = 1; i <= 40; i++) room.arrive(peerNamed(i))
    await room.pass(30_000)
    expect(room.linked().size).toBe(TARGET_LINKS)
    const { dials } = room
    await room.pass(60_000)
    expect(room.dials).toBe(dials)
  })

  it('under churn it is back at the target each time, and never above what it may hold', async () => {
    const room = new Room()
    for (let i = 1; i <= 20; i++) room.arrive(peerNamed(i))
    await room.pass(20_000)
    let next = 21
    for (let round = 0; round < 12; round++) {
      // Half of the links end at once, and as many others come.
      for (const peer of [...room.linked()].slice(0, TARGET_LINKS / 2)) {
        room.leave(peer)
        room.arrive(peerNamed(next++))
      }
      expect(room.linked().size).toBe(TARGET_LINKS / 2)
      await room.pass(20_000)
      expect(room.linked().size, `round ${round}`).toBe(TARGET_LINKS)
      for (const peer of room.linked()) expect(room.dead.has(peer)).toBe(false)
    }
    expect(room.most).toBeLessThanOrEqual(MAX_LINKS)
  })

  it('who cannot be reached is tried ever more rarely, and taken at once when others are there', async () => {
    const room = new Room()
    for (let i = 1; i <= 3; i++) {
      room.arrive(peerNamed(i))
      room.dead.add(peerNamed(i))
    }
    await room.pass(60_000)
    const early = room.dials
    await room.pass(60_000)
    expect(room.dials - early).toBeLessThan(early)
    expect(room.linked().size).toBe(0)
    room.arrive(peerNamed(4))
    await room.pass(15_000)
    expect([...room.linked()]).toEqual([peerNamed(4)])
  })

  it('lets others in up to its limit, and those who are linked always', async () => {
    const room = new Room()
    for (let i = 1; i <= MAX_LINKS; i++) room.link(peerNamed(i), multiaddr(`/ip4/127.0.0.1/tcp/8080/ws/p2p/${RELAY}/p2p-circuit/webrtc/p2p/${peerNamed(i)}`))
    expect(room.keeper.admits(peerNamed(MAX_LINKS + 1), Date.now())).toBe(false)
    expect(room.keeper.admits(peerNamed(1), Date.now())).toBe(true)
    room.leave(peerNamed(1))
    expect(room.keeper.admits(peerNamed(MAX_LINKS + 1), Date.now())).toBe(true)
    expect(room.keeper.admits(peerNamed(MAX_LINKS + 2), Date.now())).toBe(false)
    await room.pass(0)
  })
})
