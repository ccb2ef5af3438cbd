import '../headless/polyfills'
import type { Network } from '../../node/ports'
import { networkContract } from '../contract/networkContract'
import { createRelayNetwork } from '../headless/relayNode'
import { MAX_REQUEST_BYTES } from './limits'
import { createTabNetwork } from './tabNode'

const NETWORK_ID = 'contract'
const noRtc = () => ({ dataPath: 'none' as const, peerConnectionsMade: 0 })
const seed = () => crypto.getRandomValues(new Uint8Array(32))
const relayNetwork = () => createRelayNetwork({ secretKey: seed(), networkId: NETWORK_ID, listenPort: 0, announce: [] })
const tabNetwork = (relays: string[]): Promise<Network> => createTabNetwork({ secretKey: seed(), networkId: NETWORK_ID, relays, webrtc: null, rtc: noRtc })

/** Tabs without WebRTC around one relay, which is itself a peer: WebSockets to the relay, relayed links among the tabs. */
networkContract('libp2p over WebSockets and a relay', {
  create: async count => {
    const relay = await relayNetwork()
    return [relay.network, ...(await Promise.all(Array.from({ length: count - 1 }, () => tabNetwork([relay.localAddress]))))]
  },
  createLine: null,
  dispose: async () => undefined,
  maxRequestBytes: MAX_REQUEST_BYTES
})
