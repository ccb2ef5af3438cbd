import { sha256 } from '@noble/hashes/sha2.js'
import type { Delivery, Network, NetworkHandlers, NetworkInfo, PeerId, PeerLink, Topic, Verdict } from '../../node/ports'
import { RequestError } from '../../node/ports'
import { compareTransports } from './transports'

/** Messages whose copies from another adapter are still expected. At 50 messages a second this is more than a minute, far beyond any delay. */
const MAX_SEEN_MESSAGES = 4096

/** What is known of one content: the verdicts of its deliveries in order, and how many of them each adapter has brought. */
interface Seen {
  verdicts: Promise<Verdict>[]
  brought: number[]
}

/**
 * Several adapters of one peer as one network: a tab may reach the same peer over WebRTC and over a BroadcastChannel. Publishes over all; hands
 * each message on once, whichever adapter brings it first; asks over the best link, and then over the others.
 * It does not bridge: what one adapter brings is not published over another, for every tab that has both would do the same.
 */
export class CompositeNetwork implements Network {
  readonly peerId: PeerId
  readonly #networks: readonly Network[]
  readonly #seen = new Map<string, Seen>()
  #running: Network[] = []

  /** All of the same peer id, at least one. */
  constructor(networks: readonly Network[]) {
    const [first, ...others] = networks
    if (!first || others.some(({ peerId }) => peerId !== first.peerId)) throw new RangeError('a composite needs networks of one peer')
    this.peerId = first.peerId
    this.#networks = networks
  }

  /** Resolves when at least one adapter runs; rejects with the first error if none does. */
  async start(handlers: NetworkHandlers): Promise<void> {
    const outcomes = await Promise.allSettled(this.#networks.map((network, index) => network.start(this.#handlersOf(index, handlers))))
    this.#running = this.#networks.filter((_network, index) => outcomes[index]!.status === 'fulfilled')
    const failure = outcomes.find(outcome => outcome.status === 'rejected')
    if (failure && this.#running.length === 0) throw failure.reason
    handlers.onLinks(this.links())
  }

  /** Who is reached by one way is reached. */
  async publish(topic: Topic, bytes: Uint8Array): Promise<Delivery> {
    const deliveries = await Promise.all(this.#running.map(network => network.publish(topic, bytes)))
    const sent = new Set(deliveries.flatMap(delivery => delivery.sent))
    const failed = new Set(deliveries.flatMap(delivery => delivery.failed))
    return { sent: [...sent], failed: [...failed].filter(peer => !sent.has(peer)) }
  }

  async request(peer: PeerId, bytes: Uint8Array, timeoutMs: number): Promise<Uint8Array> {
    const candidates = this.#bestFirst(peer)
    const end = Date.now() + timeoutMs
    let last = new RequestError('unreachable', `no link to ${peer}`)
    for (const [index, network] of candidates.entries()) {
      // Each attempt gets its share of what is left, so that a dead first link leaves time for the second.
      const share = (end - Date.now()) / (candidates.length - index)
      if (share <= 0) break
      try {
        return await network.request(peer, bytes, share)
      } catch (error) {
        if (!(error instanceof RequestError)) throw error
        last = error
        if (error.code === 'refused' || error.code === 'too-large') break
      }
    }
    throw last
  }

  links(): PeerLink[] {
    return this.#running.flatMap(network => network.links()).sort((a, b) => compareTransports(a.transport, b.transport))
  }

  info(): NetworkInfo {
    const infos = this.#running.map(network => network.info())
    return {
      addresses: infos.flatMap(({ addresses }) => addresses),
      relays: infos.flatMap(({ relays }) => relays),
      peerConnectionsMade: infos.reduce((sum, info) => sum + info.peerConnectionsMade, 0),
      dataPath: infos.map(({ dataPath }) => dataPath).find(path => path !== 'none') ?? 'none'
    }
  }

  cut(peers: readonly PeerId[]): void {
    for (const network of this.#running) network.cut(peers)
  }

  penalise(peer: PeerId, reason: string): void {
    for (const network of this.#running) network.penalise(peer, reason)
  }

  async stop(): Promise<void> {
    const stopping = this.#running
    this.#running = []
    await Promise.all(stopping.map(network => network.stop()))
  }

  #handlersOf(index: number, handlers: NetworkHandlers): NetworkHandlers {
    return {
      onGossip: (from, topic, bytes) => this.#once(index, topic, bytes, () => handlers.onGossip(from, topic, bytes)),
      onRequest: (from, bytes) => handlers.onRequest(from, bytes),
      onLinks: () => handlers.onLinks(this.links())
    }
  }

  /**
   * The nth time that an adapter brings some content is a copy of the nth time that another did. Counting, rather than dropping whatever was
   * seen before, lets through what a peer repeats on purpose (R7): each adapter drops true copies itself.
   */
  #once(index: number, topic: Topic, bytes: Uint8Array, judge: () => Promise<Verdict>): Promise<Verdict> {
    const key = `${topic} ${sha256(bytes).join()}`
    const seen = this.#seen.get(key) ?? { verdicts: [], brought: this.#networks.map(() => 0) }
    const delivery = seen.brought[index]!++
    const verdict = (seen.verdicts[delivery] ??= judge())
    this.#seen.delete(key)
    this.#seen.set(key, seen)
    if (this.#seen.size > MAX_SEEN_MESSAGES) this.#seen.delete(this.#seen.keys().next().value!)
    return verdict
  }

  #bestFirst(peer: PeerId): Network[] {
    const ranked = this.#running.flatMap(network => {
      const best = network
        .links()
        .filter(({ peerId }) => peerId === peer)
        .sort((a, b) => compareTransports(a.transport, b.transport))[0]
      return best ? [{ network, best }] : []
    })
    return ranked.sort((a, b) => compareTransports(a.best.transport, b.best.transport)).map(({ network }) => network)
  }
}
