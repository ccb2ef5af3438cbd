/**
 * A network that is started before the node is there: a room link names a network by its hash only, so the genesis must come from a peer first. Until the
 * node takes over, gossip is ignored and requests are refused.
 */
import { decodeMessage, encodeMessage } from '../src/core/wire'
import { checkGenesis } from '../src/core/genesis'
import { equalBytes } from '../src/core/bytes'
import { encode } from '../src/core/codec'
import { Genesis } from '../src/core/schema'
import { networkIdOf } from '../src/core/signing'
import { RequestError } from '../src/node/ports'
import type { Network, NetworkHandlers, PeerId, PeerLink } from '../src/node/ports'

/** A peer that knows the network answers at once; others do not count. */
const GENESIS_TIMEOUT_MS = 4000

const idle: NetworkHandlers = {
  onGossip: async () => 'ignore',
  onRequest: async () => Promise.reject(new RequestError('refused', 'this node is still starting')),
  onLinks: () => undefined
}

export class LateNetwork implements Network {
  #handlers: NetworkHandlers = idle
  #started: Promise<void> | null = null
  #waiting: (() => void)[] = []

  constructor(readonly inner: Network) {}

  get peerId(): PeerId {
    return this.inner.peerId
  }

  /** Goes online without a node. */
  open(): Promise<void> {
    this.#started ??= this.inner.start({
      onGossip: (from, topic, bytes) => this.#handlers.onGossip(from, topic, bytes),
      onRequest: (from, bytes) => this.#handlers.onRequest(from, bytes),
      onLinks: links => {
        for (const wake of this.#waiting.splice(0)) wake()
        this.#handlers.onLinks(links)
      }
    })
    return this.#started
  }

  async start(handlers: NetworkHandlers): Promise<void> {
    this.#handlers = handlers
    await this.open()
    handlers.onLinks(this.inner.links())
  }

  /** Asks every peer for the genesis of this network until one has it. Whoever gives it need not be trusted: the hash decides. */
  async fetchGenesis(networkId: Uint8Array): Promise<Uint8Array> {
    await this.open()
    const asked = new Set<PeerId>()
    for (;;) {
      for (const { peerId } of this.inner.links()) {
        if (asked.has(peerId)) continue
        const genesis = await this.#ask(peerId, networkId)
        if (genesis !== null) return genesis
        asked.add(peerId)
      }
      await new Promise<void>(resolve => this.#waiting.push(resolve))
    }
  }

  async #ask(peer: PeerId, networkId: Uint8Array): Promise<Uint8Array | null> {
    const bytes = await this.inner.request(peer, encodeMessage('genesisRequest', { networkId }), GENESIS_TIMEOUT_MS).catch(() => null)
    const reply = bytes === null ? null : decodeMessage(bytes, ['genesisReply'])
    const genesis = reply?.ok ? reply.value.value.genesis[0] : undefined
    if (genesis === undefined || !checkGenesis(genesis).ok || !equalBytes(networkIdOf(genesis), networkId)) return null
    return encode(Genesis, genesis)
  }

  publish: Network['publish'] = (topic, bytes) => this.inner.publish(topic, bytes)
  request: Network['request'] = (peer, bytes, timeoutMs) => this.inner.request(peer, bytes, timeoutMs)
  links = (): PeerLink[] => this.inner.links()
  info: Network['info'] = () => this.inner.info()
  cut: Network['cut'] = peers => this.inner.cut(peers)
  penalise: Network['penalise'] = (peer, reason) => this.inner.penalise(peer, reason)
  stop: Network['stop'] = () => this.inner.stop()
}
