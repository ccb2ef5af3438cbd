import type { Network } from '../../node/ports'
import { peerIdOfPublicKey } from '../libp2p/peerIds'
import { CompositeNetwork } from '../network/compositeNetwork'
import { TabNetwork } from './tabNetwork'

const libp2pNetwork = () => import('./libp2pNetwork')

/** For a caller that is going to need it and has something else to wait for. */
export function preloadLibp2p(): void {
  libp2pNetwork().catch(() => undefined)
}

export interface BrowserNetworkInit {
  /** Ed25519 seed, 32 bytes, and the public key that belongs to it: the tab network needs no more than the name. */
  secretKey: Uint8Array
  publicKey: Uint8Array
  networkId: string
  /** Multiaddrs of the room's relays, `/ip4/…/tcp/…/ws` or `/dns4/…/tcp/…/wss`, with or without `/p2p/…`. */
  relays: readonly string[]
  /** What may be used. Relays carry gossip, requests and relayed links; WebRTC needs one to begin; tabs are those of this browser and origin. */
  transports: { webrtc: boolean; relay: boolean; tab: boolean }
  /** STUN and TURN servers that the user chose; none by default, so that nobody outside the room hears of it. */
  iceServers: RTCIceServer[]
  /** The port to the page's broker (`serveRtc`), null where the page gave none. */
  rtcPort: MessagePort | null
  /** For tests: forward data channels over the port even where they can be transferred. */
  forwardOnly: boolean
}

/**
 * The network of a tab, not started. libp2p is loaded only if there is a relay to use: without one the tabs of this browser are a network by
 * themselves at once. Rejects on a relay address that cannot be read, if the keys do not
 * belong together, and if nothing at all may be used.
 */
export async function createBrowserNetwork(init: BrowserNetworkInit): Promise<Network> {
  const { secretKey, networkId, relays, transports, iceServers, forwardOnly } = init
  const networks: Network[] = []
  if (transports.tab) networks.push(new TabNetwork(peerIdOfPublicKey(init.publicKey), networkId))
  if (transports.relay && relays.length > 0) {
    const { createLibp2pNetwork } = await libp2pNetwork()
    const rtcPort = transports.webrtc ? init.rtcPort : null
    networks.push(await createLibp2pNetwork({ secretKey, networkId, relays, iceServers, rtcPort, forwardOnly }))
  }
  return new CompositeNetwork(networks)
}
