/** The real relay behind the real port: what a tab does that got its relay address from /api/bootstrap. */
import '../src/platform/headless/polyfills'
import { afterEach, expect, it, vi } from 'vitest'
import type { Network, NetworkHandlers } from '../src/node/ports'
import { createRelayNetwork } from '../src/platform/headless/relayNode'
import { createTabNetwork } from '../src/platform/libp2p/tabNode'
import { relayMultiaddr } from './address'
import { FrontServer } from './frontServer'
import { RelayGate } from './relayGate'

const NETWORK_ID = 'through-the-front'
/** Two libp2p nodes with handshakes on two busy cores. */
const REACH_MS = 20_000

const closing: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close()
})

const seed = (): Uint8Array => crypto.getRandomValues(new Uint8Array(32))
const handlers: NetworkHandlers = { onGossip: async () => 'accept', onRequest: async (_, bytes) => bytes, onLinks: () => undefined }

async function started(network: Network): Promise<Network> {
  await network.start(handlers)
  closing.push(() => network.stop())
  return network
}

it('lets two tabs reach the relay and, through it, each other', async () => {
  const relay = await createRelayNetwork({ secretKey: seed(), networkId: NETWORK_ID, listenPort: 0, announce: [] })
  const gate = new RelayGate(() => relay.listenPort)
  const front = new FrontServer({ files: new Map(), gate, handler: async () => false })
  const port = await front.listen('127.0.0.1', 0)
  closing.push(() => front.close())
  await started(relay.network)
  const address = relayMultiaddr({ host: '127.0.0.1', port, secure: false }, relay.network.peerId)
  const tab = (): Promise<Network> =>
    createTabNetwork({ secretKey: seed(), networkId: NETWORK_ID, relays: [address], webrtc: null, rtc: () => ({ dataPath: 'none', peerConnectionsMade: 0 }) })
  const [a, b] = [await started(await tab()), await started(await tab())]
  await vi.waitFor(() => expect(a.links().map(link => link.peerId)).toContain(b.peerId), { timeout: REACH_MS, interval: 100 })
  expect(gate.size).toBe(2)
  const answer = await a.request(b.peerId, Uint8Array.of(1, 2, 3), 5_000)
  expect(answer).toEqual(Uint8Array.of(1, 2, 3))
})
