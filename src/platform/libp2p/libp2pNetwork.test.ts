import { afterEach, describe, expect, it, vi } from 'vitest'
import '../headless/polyfills'
import type { Network, NetworkHandlers } from '../../node/ports'
import { networkContract } from '../contract/networkContract'
import { createRelayNetwork } from '../headless/relayNode'
import type { RelayNode } from '../headless/relayNode'
import { MAX_GOSSIP_BYTES, MAX_INBOUND_REQUESTS_PER_PEER, MAX_REQUEST_BYTES } from './limits'
import { createTabNetwork } from './tabNode'

const NETWORK_ID = 'contract'
const noRtc = () => ({ dataPath: 'none' as const, peerConnectionsMade: 0 })
const randomSeed = () => crypto.getRandomValues(new Uint8Array(32))
const createRelay = (listenPort = 0, secretKey = randomSeed()) => createRelayNetwork({ secretKey, networkId: NETWORK_ID, listenPort, announce: [] })
const createTab = (relays: string[]): Promise<Network> => createTabNetwork({ secretKey: randomSeed(), networkId: NETWORK_ID, relays, webrtc: null, rtc: noRtc })

/** Tabs without WebRTC around one relay, which is itself a peer: WebSockets to the relay, relayed links among the tabs. */
networkContract('libp2p over WebSockets and a relay', {
  create: async count => {
    const relay = await createRelay()
    return [relay.network, ...(await Promise.all(Array.from({ length: count - 1 }, () => createTab([relay.localAddress]))))]
  },
  // Two relays that do not know each other, and a tab that is linked to both.
  createLine: async () => {
    const [left, right] = await Promise.all([createRelay(), createRelay()])
    return [left.network, await createTab([left.localAddress, right.localAddress]), right.network]
  },
  dispose: async () => undefined,
  maxRequestBytes: MAX_REQUEST_BYTES
})

const eventually = { timeout: 20_000, interval: 20 }
const accepting: NetworkHandlers = { onGossip: async () => 'accept', onRequest: async (_from, bytes) => bytes, onLinks: () => undefined }

describe('libp2p beyond the contract', () => {
  let running: Network[] = []
  const start = async (network: Network, handlers: Partial<NetworkHandlers> = {}) => {
    running.push(network)
    await network.start({ ...accepting, ...handlers })
    return network
  }
  const startRelay = async (handlers: Partial<NetworkHandlers> = {}): Promise<RelayNode> => {
    const relay = await createRelay()
    await start(relay.network, handlers)
    return relay
  }
  const linked = (a: Network, b: Network) => vi.waitFor(() => expect(a.links().map(({ peerId }) => peerId)).toContain(b.peerId), eventually)

  afterEach(async () => {
    await Promise.all(running.map(network => network.stop()))
    running = []
  })

  it('names transports and relays as they are', async () => {
    const relay = await startRelay()
    const [a, b] = [await start(await createTab([relay.localAddress])), await start(await createTab([relay.localAddress]))]
    await Promise.all([linked(a, b), linked(b, a)])
    expect(new Map(a.links().map(({ peerId, transport }) => [peerId, transport]))).toEqual(
      new Map([
        [relay.network.peerId, 'websocket'],
        [b.peerId, 'relayed']
      ])
    )
    expect(a.info().relays).toEqual([{ address: relay.localAddress, state: 'connected', error: null }])
    expect(a.info().addresses).toEqual([`${relay.localAddress}/p2p-circuit/p2p/${a.peerId}`])
  })

  it('comes back to a relay that was restarted, and to the others through it', async () => {
    const secretKey = randomSeed()
    const first = await createRelay(0, secretKey)
    await first.network.start(accepting)
    const [a, b] = [await start(await createTab([first.localAddress])), await start(await createTab([first.localAddress]))]
    await linked(a, b)
    await first.network.stop()
    await vi.waitFor(() => expect([...a.links(), ...b.links(), a.info().relays[0]!.state]).toEqual(['failed']), eventually)
    const second = await createRelay(first.listenPort, secretKey)
    await start(second.network)
    await Promise.all([linked(a, second.network), linked(a, b), linked(b, a)])
    await vi.waitFor(async () => expect(await a.request(b.peerId, Uint8Array.of(5), 5_000)).toEqual(Uint8Array.of(5)), eventually)
  })

  it('refuses what one peer asks above its share, and answers others meanwhile', async () => {
    const release: (() => void)[] = []
    const relay = await startRelay({
      onRequest: (_from, bytes) => (bytes[0] === 1 ? new Promise(resolve => release.push(() => resolve(bytes))) : Promise.resolve(bytes))
    })
    const [greedy, modest] = [await start(await createTab([relay.localAddress])), await start(await createTab([relay.localAddress]))]
    await Promise.all([linked(greedy, relay.network), linked(modest, relay.network)])
    const held = Array.from({ length: MAX_INBOUND_REQUESTS_PER_PEER }, () => greedy.request(relay.network.peerId, Uint8Array.of(1), 15_000))
    await vi.waitFor(() => expect(release).toHaveLength(MAX_INBOUND_REQUESTS_PER_PEER), eventually)
    await expect(greedy.request(relay.network.peerId, Uint8Array.of(1), 5_000)).rejects.toMatchObject({ code: 'refused' })
    expect(await modest.request(relay.network.peerId, Uint8Array.of(2), 5_000)).toEqual(Uint8Array.of(2))
    for (const answer of release) answer()
    expect(await Promise.all(held)).toHaveLength(MAX_INBOUND_REQUESTS_PER_PEER)
    expect(await greedy.request(relay.network.peerId, Uint8Array.of(2), 5_000)).toEqual(Uint8Array.of(2))
  })

  it('stops listening to a peer that the node keeps penalising, and answers it no more', async () => {
    const heard: string[] = []
    const relay = await startRelay({ onGossip: async (from, _topic, bytes) => (heard.push(`${from} ${bytes.join()}`), 'accept') })
    const liar = await start(await createTab([relay.localAddress]))
    await linked(liar, relay.network)
    await vi.waitFor(() => {
      void liar.publish('tx', Uint8Array.of(1))
      expect(heard).toContain(`${liar.peerId} 1`)
    }, eventually)
    for (let count = 0; count < 12; count++) relay.network.penalise(liar.peerId, 'a bad signature')
    await expect(liar.request(relay.network.peerId, Uint8Array.of(1), 5_000)).rejects.toMatchObject({ code: 'refused' })
    // Gossip reads scores once per heartbeat: after that, nothing published reaches the node.
    await vi.waitFor(
      async () => {
        const before = heard.length
        void liar.publish('tx', Uint8Array.of(2))
        await liar.request(relay.network.peerId, Uint8Array.of(1), 300).catch(() => undefined)
        expect(heard.length).toBe(before)
      },
      { ...eventually, interval: 200 }
    )
  })

  it('refuses to publish above the limit', async () => {
    const { network } = await startRelay()
    expect(() => network.publish('announce', new Uint8Array(MAX_GOSSIP_BYTES + 1))).toThrow(RangeError)
  })

  it('keeps networks apart that share a relay', async () => {
    const relay = await startRelay()
    const stranger = await createTabNetwork({ secretKey: randomSeed(), networkId: 'another', relays: [relay.localAddress], webrtc: null, rtc: noRtc })
    const onGossip = vi.fn(async () => 'accept' as const)
    await start(stranger, { onGossip })
    const [a, b] = [await start(await createTab([relay.localAddress])), await start(await createTab([relay.localAddress]))]
    await Promise.all([linked(a, b), linked(b, a)])
    void a.publish('tx', Uint8Array.of(1))
    expect(stranger.links()).toEqual([])
    expect([...a.links(), ...b.links(), ...relay.network.links()].map(({ peerId }) => peerId)).not.toContain(stranger.peerId)
    expect(onGossip).not.toHaveBeenCalled()
  })

  it('refuses a relay address that cannot be read', async () => {
    await expect(createTab(['not an address'])).rejects.toThrow()
  })
})
