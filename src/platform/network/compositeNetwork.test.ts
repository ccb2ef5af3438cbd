import { describe, expect, it } from 'vitest'
import '../headless/polyfills'
import { generateKeyPairFromSeed } from '@libp2p/crypto/keys'
import type { Delivery, LinkTransport, Network, NetworkHandlers, Verdict } from '../../node/ports'
import { RequestError } from '../../node/ports'
import { TabNetwork } from '../browser/tabNetwork'
import { networkContract } from '../contract/networkContract'
import { createRelayNetwork } from '../headless/relayNode'
import { peerIdOfPublicKey } from '../libp2p/peerIds'
import { createTabNetwork } from '../libp2p/tabNode'
import { CompositeNetwork } from './compositeNetwork'

let rooms = 0
let relays: Network[] = []

/** Tabs that have both adapters, around a relay that is no part of the test. */
networkContract('the composite of tab-to-tab and libp2p', {
  create: async count => {
    const networkId = `composite-${process.pid}-${++rooms}`
    const relay = await createRelayNetwork({ secretKey: crypto.getRandomValues(new Uint8Array(32)), networkId, listenPort: 0, announce: [] })
    await relay.network.start({ onGossip: async () => 'ignore', onRequest: () => Promise.reject(new Error('only a relay')), onLinks: () => undefined })
    relays.push(relay.network)
    return Promise.all(Array.from({ length: count }, () => compositeOf(networkId, relay.localAddress)))
  },
  createLine: null,
  dispose: async () => {
    await Promise.all(relays.map(relay => relay.stop()))
    relays = []
  },
  maxRequestBytes: 64 * 1024
})

async function compositeOf(networkId: string, relay: string): Promise<Network> {
  const secretKey = crypto.getRandomValues(new Uint8Array(32))
  const { publicKey } = await generateKeyPairFromSeed('Ed25519', secretKey)
  const rtc = () => ({ dataPath: 'none' as const, peerConnectionsMade: 0 })
  const libp2p = await createTabNetwork({ secretKey, networkId, relays: [relay], webrtc: null, rtc })
  return new CompositeNetwork([new TabNetwork(peerIdOfPublicKey(publicKey.raw), networkId), libp2p])
}

/** An adapter that does what the test says. */
class Scripted implements Network {
  readonly peerId = 'me'
  handlers: NetworkHandlers | null = null
  asked: string[] = []
  published = 0
  delivery: Delivery = { sent: [], failed: [] }
  failsToStart = false

  constructor(
    readonly transport: LinkTransport,
    readonly answer: () => Promise<Uint8Array>
  ) {}

  async start(handlers: NetworkHandlers): Promise<void> {
    if (this.failsToStart) throw new Error(`no ${this.transport}`)
    this.handlers = handlers
  }
  async publish(): Promise<Delivery> {
    this.published++
    return this.delivery
  }
  request(peer: string): Promise<Uint8Array> {
    this.asked.push(peer)
    return this.answer()
  }
  links() {
    return [{ peerId: 'friend', transport: this.transport, since: 1 }]
  }
  info() {
    return { addresses: [this.transport], relays: [], peerConnectionsMade: 1, dataPath: 'none' as const }
  }
  cut(): void {}
  penalise(): void {}
  async stop(): Promise<void> {}
}

const silent: NetworkHandlers = { onGossip: async () => 'accept', onRequest: async (_from, bytes) => bytes, onLinks: () => undefined }
const fails = (code: RequestError['code']) => () => Promise.reject(new RequestError(code, code))

describe('the composite network', () => {
  it('judges copies from two adapters once, and gives both the same verdict; a repetition is judged anew (R7)', async () => {
    const [a, b] = [new Scripted('tab', fails('refused')), new Scripted('webrtc', fails('refused'))]
    const verdicts: Verdict[] = ['ignore', 'accept']
    let judged = 0
    const composite = new CompositeNetwork([a, b])
    await composite.start({ ...silent, onGossip: async () => verdicts[judged++]! })
    const deliver = (network: Scripted) => network.handlers!.onGossip('friend', 'vote', Uint8Array.of(1, 2, 3))
    expect([await deliver(a), await deliver(b), judged]).toEqual(['ignore', 'ignore', 1])
    expect([await deliver(b), await deliver(a), judged]).toEqual(['accept', 'accept', 2])
  })

  it('keeps topics apart', async () => {
    const adapter = new Scripted('tab', fails('refused'))
    const topics: string[] = []
    await new CompositeNetwork([adapter, new Scripted('webrtc', fails('refused'))]).start({
      ...silent,
      onGossip: async (_from, topic) => (topics.push(topic), 'accept')
    })
    await adapter.handlers!.onGossip('friend', 'vote', Uint8Array.of(1))
    await adapter.handlers!.onGossip('friend', 'tx', Uint8Array.of(1))
    expect(topics).toEqual(['vote', 'tx'])
  })

  it('asks over the best link, then over the others, but not after a refusal', async () => {
    const relayed = new Scripted('relayed', async () => Uint8Array.of(7))
    const direct = new Scripted('webrtc', fails('unreachable'))
    const both = new CompositeNetwork([relayed, direct])
    await both.start(silent)
    expect(await both.request('friend', Uint8Array.of(1), 1000)).toEqual(Uint8Array.of(7))
    expect([direct.asked.length, relayed.asked.length]).toEqual([1, 1])
    const refusing = new CompositeNetwork([relayed, new Scripted('tab', fails('refused'))])
    await refusing.start(silent)
    await expect(refusing.request('friend', Uint8Array.of(1), 1000)).rejects.toMatchObject({ code: 'refused' })
    await expect(refusing.request('stranger', Uint8Array.of(1), 1000)).rejects.toMatchObject({ code: 'unreachable' })
    expect(relayed.asked.length).toBe(1)
  })

  it('V054: counts a peer once, and as reached if one way reaches it', async () => {
    const [tab, direct] = [new Scripted('tab', fails('refused')), new Scripted('webrtc', fails('refused'))]
    tab.delivery = { sent: ['near'], failed: ['both'] }
    direct.delivery = { sent: ['both', 'near'], failed: ['far'] }
    const composite = new CompositeNetwork([tab, direct])
    await composite.start(silent)
    expect(await composite.publish('announce', Uint8Array.of(1))).toEqual({ sent: ['near', 'both'], failed: ['far'] })
  })

  it('lives on with the adapters that start, and fails if none does', async () => {
    const [tab, broken] = [new Scripted('tab', fails('refused')), new Scripted('webrtc', fails('refused'))]
    broken.failsToStart = true
    const composite = new CompositeNetwork([broken, tab])
    await composite.start(silent)
    await composite.publish('tx', Uint8Array.of(1))
    expect([tab.published, broken.published]).toEqual([1, 0])
    expect(composite.links().map(({ transport }) => transport)).toEqual(['tab'])
    tab.failsToStart = true
    await expect(new CompositeNetwork([broken, tab]).start(silent)).rejects.toThrow('no webrtc')
  })
})
