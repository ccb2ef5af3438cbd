import { setMaxListeners } from 'node:events'
import { createServer } from 'node:net'
import './polyfills'
import { circuitRelayServer } from '@libp2p/circuit-relay-v2'
import { webSockets } from '@libp2p/websockets'
import type { Network } from '../../node/ports'
import { createNode } from '../libp2p/createNode'
import { Libp2pNetwork } from '../libp2p/libp2pNetwork'
import { MAX_RELAY_CONNECTIONS, MAX_RELAYED_STREAMS, MAX_RESERVATIONS } from '../libp2p/limits'

/** Only the server in front of us connects to it; the outside never does. */
const LOOPBACK = '127.0.0.1'
/** All peers come through that server, so libp2p's limit of new connections per host and second is one for the whole room. */
const MAX_INBOUND_PER_SECOND = MAX_RESERVATIONS

export interface RelayNodeInit {
  /** Ed25519 seed, 32 bytes. */
  secretKey: Uint8Array
  networkId: string
  /** TCP port of the WebSocket listener on loopback; 0 takes any that is free. */
  listenPort: number
  /** The multiaddrs under which tabs reach the server in front, without `/p2p/…`. */
  announce: string[]
}

export interface RelayNode {
  network: Network
  /** Where the server in front hands its upgraded sockets to. */
  listenPort: number
  /** Multiaddr of the listener itself, with the peer id: what a peer on the same machine may dial. */
  localAddress: string
}

/**
 * A node that relays for tabs, tells them of each other, and takes part in gossip and requests like every peer. It listens from
 * `network.start` on, which rejects when the port is taken.
 */
export async function createRelayNetwork(init: RelayNodeInit): Promise<RelayNode> {
  // libp2p listens once per relayed stream to the end of its reservation; Node takes more than ten for a leak and says so.
  setMaxListeners(MAX_RELAYED_STREAMS)
  const listenPort = init.listenPort === 0 ? await freePort() : init.listenPort
  const parts = await createNode({
    secretKey: init.secretKey,
    networkId: init.networkId,
    listen: [`/ip4/${LOOPBACK}/tcp/${listenPort}/ws`],
    announce: init.announce,
    transports: [webSockets()],
    gater: {},
    connectionManager: {
      maxConnections: MAX_RELAY_CONNECTIONS,
      maxIncomingPendingConnections: MAX_RESERVATIONS,
      inboundConnectionThreshold: MAX_INBOUND_PER_SECOND
    },
    services: {
      relay: circuitRelayServer({
        maxInboundHopStreams: MAX_RELAYED_STREAMS,
        maxOutboundStopStreams: MAX_RELAYED_STREAMS,
        // Where WebRTC is blocked the relayed link is the link: it must not end after 128 KiB or two minutes.
        reservations: { maxReservations: MAX_RESERVATIONS, applyDefaultLimit: false }
      })
    }
  })
  const network = new Libp2pNetwork(parts, {
    networkId: init.networkId,
    relays: [],
    reservations: { reserve: async () => undefined },
    webrtc: false,
    directory: true,
    rtc: () => ({ dataPath: 'none', peerConnectionsMade: 0 })
  })
  return { network, listenPort, localAddress: `/ip4/${LOOPBACK}/tcp/${listenPort}/ws/p2p/${network.peerId}` }
}

/** A port that is free now. libp2p would tell its own choice only after the start, which is the runtime's to do. */
async function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', reject)
    server.listen(0, LOOPBACK, () => {
      const address = server.address()
      server.close(() => (typeof address === 'object' && address ? resolve(address.port) : reject(new Error('no TCP address'))))
    })
  })
}
