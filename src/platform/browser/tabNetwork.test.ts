import { networkContract } from '../contract/networkContract'
import { peerIdOfPublicKey } from '../libp2p/peerIds'
import { TabNetwork } from './tabNetwork'

const randomPeerId = () => peerIdOfPublicKey(crypto.getRandomValues(new Uint8Array(32)))
let rooms = 0

networkContract('the tab-to-tab network', {
  create: async count => {
    const networkId = `tabs-${process.pid}-${++rooms}`
    return Array.from({ length: count }, () => new TabNetwork(randomPeerId(), networkId))
  },
  createLine: null,
  dispose: async () => undefined,
  maxRequestBytes: 64 * 1024
})
