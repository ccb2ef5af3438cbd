import { circuitRelayTransport } from '@libp2p/circuit-relay-v2'
import type { Transport } from '@libp2p/interface'
import { webSockets } from '@libp2p/websockets'
import type { Libp2pOptions } from 'libp2p'
import { createNode } from './createNode'
import { Libp2pNetwork } from './libp2pNetwork'
import type { Libp2pNetworkInit } from './libp2pNetwork'
import { MAX_CONCURRENT_DIALS, MAX_LINKS, MAX_RELAYS, MAX_TAB_CONNECTIONS } from './limits'
import type { Reservations } from './relayKeeper'

type TransportFactory = NonNullable<Libp2pOptions['transports']>[number]
type Components = Parameters<TransportFactory>[0]

/** The part of the relay transport that makes reservations; its declared type names only what every transport has. */
interface CircuitTransport extends Transport {
  reservationStore: { addRelay(relay: Parameters<Reservations['reserve']>[0], type: 'configured'): Promise<unknown> }
}

export interface TabNodeInit {
  /** Ed25519 seed, 32 bytes. */
  secretKey: Uint8Array
  networkId: string
  /** Multiaddrs of relays, `/ip4/…/tcp/…/ws` or `/dns4/…/tcp/…/wss`, with or without `/p2p/…`. */
  relays: readonly string[]
  /** The WebRTC transport of libp2p, or null to stay with relayed links. */
  webrtc: TransportFactory | null
  rtc: Libp2pNetworkInit['rtc']
}

/** A network that cannot be dialled from outside: it reaches peers through relays, and directly where WebRTC works. */
export async function createTabNetwork(init: TabNodeInit): Promise<Libp2pNetwork> {
  let circuit: CircuitTransport | null = null
  const keepCircuit = (components: Components) => (circuit = circuitRelayTransport()(components) as CircuitTransport)
  const admission = { admits: (_peer: string): boolean => true }
  const parts = await createNode({
    secretKey: init.secretKey,
    networkId: init.networkId,
    listen: init.webrtc ? ['/webrtc'] : [],
    announce: [],
    transports: [webSockets(), keepCircuit, ...(init.webrtc ? [init.webrtc] : [])],
    gater: {
      // A room on a school's network has an insecure, private address by nature; the default of browsers refuses both.
      denyDialMultiaddr: () => false,
      denyInboundRelayedConnection: (_relay, peer) => !admission.admits(peer.toString())
    },
    connectionManager: {
      maxConnections: MAX_TAB_CONNECTIONS,
      maxParallelDials: MAX_CONCURRENT_DIALS + MAX_RELAYS,
      // Thirty tabs behind one relay look like one host that is in a hurry.
      inboundConnectionThreshold: MAX_TAB_CONNECTIONS,
      maxIncomingPendingConnections: MAX_LINKS
    },
    services: {}
  })
  const reserve: Reservations['reserve'] = async relay => {
    await circuit?.reservationStore.addRelay(relay, 'configured')
  }
  const { networkId, relays, rtc } = init
  const network = new Libp2pNetwork(parts, { networkId, relays, reservations: { reserve }, webrtc: init.webrtc !== null, directory: false, rtc })
  admission.admits = peer => network.admits(peer)
  return network
}
