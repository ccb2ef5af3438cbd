import type { Connection, PeerId, Topology } from '@libp2p/interface'
import type { GossipSub, GossipSubComponents } from '@libp2p/gossipsub'

type Registrar = GossipSubComponents['registrar']

/**
 * Stands between gossipsub and libp2p's registrar, for two things that gossipsub cannot do by itself.
 * - It attaches to the first connection of a peer and never again: when a relayed link is replaced by a direct one, gossip would end with
 *   the relayed one. `attach` gives it another connection.
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

  /** From now on no gossip stream exists with exactly these peers. (An aborted stream leaves the list that we walk: hence the copy.) */
  block(peers: ReadonlySet<string>, connections: readonly Connection[]): void {
    this.#blocked.clear()
    for (const peer of peers) this.#blocked.add(peer)
    for (const connection of connections) {
      if (!this.#blocked.has(connection.remotePeer.toString())) continue
      for (const stream of [...connection.streams]) if (isGossipProtocol(stream.protocol)) stream.abort(new Error('gossip with this peer is blocked'))
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
      const onConnect = async (peerId: PeerId, connection: Connection) => {
        if (!this.#blocked.has(peerId.toString())) await topology.onConnect?.(peerId, connection)
      }
      return registrar.register(protocol, { ...topology, onConnect }, options)
    }
    return Object.create(registrar, { handle: { value: handle }, register: { value: register } }) as Registrar
  }
}

/** Does the peer hear our gossip over one of these connections? */
export function hasGossipStream(connections: readonly Connection[]): boolean {
  return connections.some(({ streams }) => streams.some(({ protocol, direction, status }) => direction === 'outbound' && status === 'open' && isGossipProtocol(protocol)))
}

/** The prefix of every version of gossipsub's protocol. */
export const isGossipProtocol = (protocol: string) => protocol.startsWith('/meshsub/')
