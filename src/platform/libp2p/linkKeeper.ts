import type { Connection, Libp2p } from '@libp2p/interface'
import type { Multiaddr } from '@multiformats/multiaddr'
import type { LinkTransport } from '../../node/ports'
import { compareTransports } from '../network/transports'
import { Backoff } from './backoff'
import { asError, closeStream } from './frames'
import {
  DIAL_JITTER_MS,
  DIAL_TIMEOUT_MS,
  DIAL_TURN_MS,
  LIVENESS_TIMEOUT_MS,
  MAX_CONCURRENT_DIALS,
  MAX_DIAL_BACKOFF_MS,
  MAX_LINKS,
  MAX_UPGRADE_BACKOFF_MS,
  MIN_DIAL_BACKOFF_MS,
  MIN_UPGRADE_BACKOFF_MS,
  RELAYED_LINGER_MS,
  TARGET_LINKS
} from './limits'

/** Which of the port's transports a connection is. An address with both parts is a direct link that was negotiated through a relay. */
export function transportOf(connection: Connection): LinkTransport {
  const names = connection.remoteAddr.getComponents().map(({ name }) => name)
  if (names.includes('webrtc')) return 'webrtc'
  return names.includes('p2p-circuit') ? 'relayed' : 'websocket'
}

/** libp2p's ping; it answers on every node. */
const PING_PROTOCOL = '/ipfs/ping/1.0.0'

export interface LinkKeeperInit {
  libp2p: Libp2p
  /** Try to replace relayed links by direct ones. */
  webrtc: boolean
  isRelay(peer: string): boolean
  knownPeers(): Map<string, Multiaddr[]>
}

/** What is remembered of a peer while a relay names it. */
interface Attempt {
  knownSince: number
  dialling: boolean
  dial: Backoff
  upgrade: Backoff
}

/**
 * Turns the list of peers into links: dials those that are missing, replaces relayed links by direct ones, and closes what is double.
 * The lower peer id dials, so that two tabs do not dial each other at once; after a while the other may try too.
 */
export class LinkKeeper {
  readonly #init: LinkKeeperInit
  readonly #attempts = new Map<string, Attempt>()
  /** Peers that were let in and may still be shaking hands, and since when. */
  readonly #admitted = new Map<string, number>()
  #dialling = 0

  constructor(init: LinkKeeperInit) {
    this.#init = init
  }

  /** A tab with its links full lets no further peer in; those that it has a link with already may come again. */
  admits(peer: string, now: number): boolean {
    const linked = this.#linkedPeers()
    if (linked.has(peer)) return true
    for (const [other, since] of this.#admitted) if (linked.has(other) || now - since > DIAL_TIMEOUT_MS) this.#admitted.delete(other)
    if (!this.#admitted.has(peer) && linked.size + this.#admitted.size + this.#dialling >= MAX_LINKS) return false
    this.#admitted.set(peer, now)
    return true
  }

  /** Does what is due. Called on events and at intervals. */
  upkeep(now: number): void {
    const known = this.#init.knownPeers()
    for (const [peer, { dialling }] of this.#attempts) {
      if (known.has(peer) || dialling) continue
      this.#attempts.delete(peer)
      // It left a relay that is still there: perhaps it is gone altogether, and WebRTC would take half a minute to notice. A relay that died says nothing
      // of its peers, and their links could not be made again without it.
      if (this.#relayThere()) for (const connection of this.#connections(peer)) void closeIfDead(connection)
    }
    for (const [peer, relays] of shuffled([...known])) this.#consider(peer, relays[0]!, now)
    this.#closeDoubles(now)
  }

  #consider(peer: string, relay: Multiaddr, now: number): void {
    const attempt = this.#attemptOf(peer, now)
    if (attempt.dialling || this.#dialling >= MAX_CONCURRENT_DIALS) return
    const transports = this.#connections(peer).map(transportOf)
    const ourTurn = this.#init.libp2p.peerId.toString() < peer || now - attempt.knownSince > DIAL_TURN_MS
    if (!ourTurn || transports.includes('webrtc') || transports.includes('websocket')) return
    const upgrade = this.#init.webrtc && attempt.upgrade.ready(now)
    if (transports.length > 0 ? upgrade : attempt.dial.ready(now) && this.#linkedPeers().size + this.#dialling < TARGET_LINKS) {
      void this.#dial(peer, relay, attempt, upgrade)
    }
  }

  /** A direct dial opens the relayed link on its way and leaves it in place if it fails. */
  async #dial(peer: string, relay: Multiaddr, attempt: Attempt, direct: boolean): Promise<void> {
    attempt.dialling = true
    this.#dialling++
    await new Promise(resolve => setTimeout(resolve, Math.random() * DIAL_JITTER_MS))
    const address = relay.encapsulate(direct ? `/p2p-circuit/webrtc/p2p/${peer}` : `/p2p-circuit/p2p/${peer}`)
    try {
      // `force`: a relayed connection exists already, and libp2p would hand it back as good enough.
      await this.#init.libp2p.dial(address, { force: direct, signal: AbortSignal.timeout(DIAL_TIMEOUT_MS) })
      attempt.dial.succeeded()
      attempt.upgrade.succeeded()
    } catch {
      if (direct) attempt.upgrade.failed(Date.now())
      if (this.#connections(peer).length === 0) attempt.dial.failed(Date.now())
    } finally {
      attempt.dialling = false
      this.#dialling--
    }
  }

  /**
   * One link per peer is enough; the newest of the best is kept, for an older one may lead to a tab that was killed and came back.
   * The lower peer id decides; the other follows later, should the first have gone deaf.
   */
  #closeDoubles(now: number): void {
    for (const peer of this.#linkedPeers()) {
      const patience = this.#init.libp2p.peerId.toString() < peer ? RELAYED_LINGER_MS : 2 * RELAYED_LINGER_MS
      const [best, ...others] = this.#connections(peer).sort(byPreference)
      if (!best || transportOf(best) === 'relayed' || now - best.timeline.open < patience) continue
      others.forEach(closeConnection)
    }
  }

  #attemptOf(peer: string, now: number): Attempt {
    const known = this.#attempts.get(peer)
    if (known) return known
    const attempt: Attempt = {
      knownSince: now,
      dialling: false,
      dial: new Backoff(MIN_DIAL_BACKOFF_MS, MAX_DIAL_BACKOFF_MS),
      upgrade: new Backoff(MIN_UPGRADE_BACKOFF_MS, MAX_UPGRADE_BACKOFF_MS)
    }
    this.#attempts.set(peer, attempt)
    return attempt
  }

  #connections(peer: string): Connection[] {
    return this.#init.libp2p.getConnections().filter(({ remotePeer, status }) => status === 'open' && remotePeer.toString() === peer)
  }

  #relayThere(): boolean {
    return this.#init.libp2p.getConnections().some(({ remotePeer, status }) => status === 'open' && this.#init.isRelay(remotePeer.toString()))
  }

  #linkedPeers(): Set<string> {
    const peers = this.#init.libp2p.getConnections().map(({ remotePeer }) => remotePeer.toString())
    return new Set(peers.filter(peer => !this.#init.isRelay(peer)))
  }
}

/** Orders connections to one peer: the one to use first. */
export function byPreference(a: Connection, b: Connection): number {
  return compareTransports(transportOf(a), transportOf(b)) || b.timeline.open - a.timeline.open
}

/** Closes a connection that does not answer: a stream opens only after a round trip. */
async function closeIfDead(connection: Connection): Promise<void> {
  try {
    const stream = await connection.newStream(PING_PROTOCOL, { signal: AbortSignal.timeout(LIVENESS_TIMEOUT_MS), runOnLimitedConnection: true })
    closeStream(stream)
  } catch (error) {
    connection.abort(asError(error))
  }
}

function closeConnection(connection: Connection): void {
  connection.close().catch((error: unknown) => connection.abort(asError(error)))
}

/** Each tab starts with another peer, so that links spread over the room. */
function shuffled<T>(items: T[]): T[] {
  for (let index = items.length - 1; index > 0; index--) {
    const other = Math.floor(Math.random() * (index + 1))
    ;[items[index], items[other]] = [items[other]!, items[index]!]
  }
  return items
}
