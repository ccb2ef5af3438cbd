import type { Network } from '../../node/ports'
import type { Libp2pNetworkInit } from '../libp2p/libp2pNetwork'
import { installRtcFacade } from './rtcFacade'

export interface BrowserLibp2pInit {
  /** Ed25519 seed, 32 bytes. */
  secretKey: Uint8Array
  networkId: string
  relays: readonly string[]
  /** STUN and TURN servers that the user chose; none by default, so that nobody outside the room hears of it. */
  iceServers: RTCIceServer[]
  /** The port to the page's broker (`serveRtc`), or null to stay with relayed links. */
  rtcPort: MessagePort | null
  /** Forward buffers over the port even where channels can be transferred. */
  forwardOnly: boolean
}

/**
 * libp2p in this worker. Its code, 180 kB, is loaded only now: a node without relays starts without it. The facade comes first, because
 * `@libp2p/webrtc` looks for RTCPeerConnection when it is loaded. Rejects on a relay address that cannot be read.
 */
export async function createLibp2pNetwork(init: BrowserLibp2pInit): Promise<Network> {
  const facade = init.rtcPort && (await installRtcFacade(init.rtcPort, { transfer: !init.forwardOnly }))
  const usable = facade !== null && facade.dataPath() !== 'none'
  const [{ createTabNetwork }, webrtc] = await Promise.all([import('../libp2p/tabNode'), usable ? import('@libp2p/webrtc') : null])
  const rtc: Libp2pNetworkInit['rtc'] = () => ({
    dataPath: facade?.dataPath() ?? 'none',
    peerConnectionsMade: facade?.peerConnectionsMade() ?? 0
  })
  const { secretKey, networkId, relays, iceServers } = init
  const transport = webrtc?.webRTC({ rtcConfiguration: { iceServers } }) ?? null
  const network = await createTabNetwork({ secretKey, networkId, relays, webrtc: transport, rtc })
  const stop = network.stop.bind(network)
  network.stop = async () => {
    await stop()
    facade?.uninstall()
  }
  return network
}
