import type { Connection, Libp2p, PeerId } from '@libp2p/interface'
import type { Multiaddr } from '@multiformats/multiaddr'
import { multiaddr } from '@multiformats/multiaddr'
import type { NetworkInfo } from '../../node/ports'
import { Backoff } from './backoff'
import { asError } from './frames'
import { MAX_KNOWN_PEERS, MAX_RELAY_BACKOFF_MS, MAX_RELAYS, MIN_RELAY_BACKOFF_MS, DIAL_TIMEOUT_MS } from './limits'
import { followPeers } from './peerExchange'

/** What is asked of the circuit relay transport: a slot at a relay, so that others can reach us through it. Renewed by itself. */
export interface Reservations {
  reserve(relay: PeerId): Promise<void>
}

interface Relay {
  address: Multiaddr
  state: NetworkInfo['relays'][number]['state']
  error: string | null
  connection: Connection | null
  peers: Set<string>
  backoff: Backoff
  busy: boolean
}

/** Keeps a connection, a reservation and the list of peers at each relay of the room, and redials those that are gone. */
export class RelayKeeper {
  readonly #relays: Relay[]
  readonly #libp2p: Libp2p
  readonly #networkId: string
  readonly #reservations: Reservations
  readonly #onChange: () => void

  /** `onChange` is called when a relay comes or goes and when its list of peers is another. Throws on an address that cannot be read. */
  constructor(libp2p: Libp2p, networkId: string, addresses: readonly string[], reservations: Reservations, onChange: () => void) {
    this.#libp2p = libp2p
    this.#networkId = networkId
    this.#reservations = reservations
    this.#onChange = onChange
    this.#relays = addresses.slice(0, MAX_RELAYS).map(address => ({
      address: multiaddr(address),
      state: 'connecting',
      error: null,
      connection: null,
      peers: new Set(),
      backoff: new Backoff(MIN_RELAY_BACKOFF_MS, MAX_RELAY_BACKOFF_MS),
      busy: false
    }))
  }

  info(): NetworkInfo['relays'] {
    return this.#relays.map(({ address, state, error }) => ({ address: address.toString(), state, error }))
  }

  /** Peer ids of the relays that we are connected to. */
  isRelay(peer: string): boolean {
    return this.#relays.some(({ connection }) => connection?.remotePeer.toString() === peer)
  }

  /** Every peer that a living relay names, with the addresses of the relays that can reach it (each ends in the relay's peer id). */
  knownPeers(): Map<string, Multiaddr[]> {
    const known = new Map<string, Multiaddr[]>()
    for (const { connection, address, peers } of this.#relays) {
      if (connection?.status !== 'open') continue
      const relay = withPeer(address, connection.remotePeer)
      for (const peer of peers) known.set(peer, [...(known.get(peer) ?? []), relay])
    }
    return known
  }

  /** The addresses under which others reach us. */
  ownAddresses(webrtc: boolean): string[] {
    const connected = this.#relays.filter(({ state }) => state === 'connected')
    const suffix = `/p2p-circuit${webrtc ? '/webrtc' : ''}/p2p/${this.#libp2p.peerId.toString()}`
    return connected.map(({ address, connection }) => withPeer(address, connection!.remotePeer).toString() + suffix)
  }

  /** Does what is due. Called on events and at intervals. */
  upkeep(now: number): void {
    for (const relay of this.#relays) {
      if (relay.connection && relay.connection.status !== 'open') this.#lost(relay, 'the connection to the relay was lost', now)
      if (!relay.connection && !relay.busy && relay.backoff.ready(now)) void this.#connect(relay)
    }
  }

  async #connect(relay: Relay): Promise<void> {
    relay.busy = true
    relay.state = 'connecting'
    try {
      const connection = await this.#libp2p.dial(relay.address, { signal: AbortSignal.timeout(DIAL_TIMEOUT_MS) })
      await this.#reservations.reserve(connection.remotePeer)
      Object.assign(relay, { connection, state: 'connected', error: null })
      relay.backoff.succeeded()
      void this.#follow(relay, connection)
    } catch (error) {
      this.#lost(relay, asError(error).message, Date.now())
    } finally {
      relay.busy = false
      this.#onChange()
    }
  }

  /** A list that ends while the connection lives is asked for again: the relay may have dropped a slow reader. */
  async #follow(relay: Relay, connection: Connection): Promise<void> {
    await followPeers(connection, this.#networkId, peers => {
      relay.peers = new Set(peers.slice(0, MAX_KNOWN_PEERS))
      this.#onChange()
    })
    if (relay.connection !== connection) return
    if (connection.status === 'open') connection.abort(new Error('the relay names no peers for this room'))
    this.#lost(relay, 'the relay names no peers for this room', Date.now())
    this.#onChange()
  }

  #lost(relay: Relay, error: string, now: number): void {
    Object.assign(relay, { connection: null, state: 'failed', error })
    relay.peers.clear()
    relay.backoff.failed(now)
  }
}

/** A join link may name a relay without its peer id; the first dial learns it. */
function withPeer(address: Multiaddr, peer: PeerId): Multiaddr {
  const named = address.getComponents().some(({ name }) => name === 'p2p')
  return named ? address : address.encapsulate(`/p2p/${peer.toString()}`)
}
