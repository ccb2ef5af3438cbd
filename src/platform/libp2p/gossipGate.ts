import type { Connection, Topology } from '@libp2p/interface'
import type { GossipSub, GossipSubComponents } from '@libp2p/gossipsub'

type Registrar = GossipSubComponents['registrar']

/**
 * Stands between gossipsub and libp2p's registrar, for two things that gossipsub cannot do by itself.
 * - It attaches to the first connection of a peer and never again: when a relayed link is replaced by a direct one, gossip would end with
 *   the relayed one. So it hears of no connection by itself; `attach` gives it one.
 * - It cannot be told to leave a peer alone. `block` ends its streams with that peer and lets no new one through, either way; links stay.
 */
export class GossipGate {
  readonly #blocked = new Set<string>()
  #topology: Topology | null = null

  /** Wraps the factory of gossipsub. */
  guard(create: (components: GossipSubComponents) => GossipSub): (components: GossipSubComponents) => GossipSub {
    return components => create(Object.create(components, { registrar: { value: this.#guardRegistrar(components.registrar) } }) as GossipSubComponents)
  }

  /** Makes gossipsub open its stream to the peer over this connection, unless it has one already. */
  async attach(connection: Connection): Promise<void> {
    if (this.#blocked.has(connection.remotePeer.toString())) return
    await this.#topology?.onConnect?.(connection.remotePeer, connection)
  }

  /**
   * Ends all gossip streams over these connections, for a peer that is connected but seems not to follow our topics: gossipsub forgets a
   * peer's topics when an old stream of it breaks, even if the new one has already told them. Both sides attach again and tell anew.
   */
  reset(connections: readonly Connection[]): void {
    for (const connection of connections) abortGossip(connection, 'gossip starts anew')
  }

  /** From now on no gossip stream exists with exactly these peers. */
  block(peers: ReadonlySet<string>, connections: readonly Connection[]): void {
    this.#blocked.clear()
    for (const peer of peers) this.#blocked.add(peer)
    for (const connection of connections) {
      if (this.#blocked.has(connection.remotePeer.toString())) abortGossip(connection, 'gossip with this peer is blocked')
    }
  }

  #guardRegistrar(registrar: Registrar): Registrar {
    const handle: Registrar['handle'] = (protocol, handler, options) =>
      registrar.handle(
        protocol,
        (stream, connection) => {
          if (!this.#blocked.has(connection.remotePeer.toString())) return handler(stream, connection)
          stream.abort(new Error('gossip with this peer is blocked'))
        },
        options
      )
    const register: Registrar['register'] = (protocol, topology, options) => {
      this.#topology = topology
      return registrar.register(protocol, { ...topology, onConnect: undefined }, options)
    }
    return Object.create(registrar, { handle: { value: handle }, register: { value: register } }) as Registrar
  }
}

/** An aborted stream leaves the list of its connection: hence the copy. */
function abortGossip(connection: Connection, reason: string): void {
  for (const stream of [...connection.streams]) if (isGossipProtocol(stream.protocol)) stream.abort(new Error(reason))
}

/** Does the peer hear our gossip over one of these connections? */
export function hasGossipStream(connections: readonly Connection[]): boolean {
  return connections.some(({ streams }) =>
    streams.some(({ protocol, direction, status }) => direction === 'outbound' && status === 'open' && isGossipProtocol(protocol))
  )
}

/** The prefix of every version of gossipsub's protocol. */
const isGossipProtocol = (protocol: string) => protocol.startsWith('/meshsub/')
