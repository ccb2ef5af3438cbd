import type { Connection, IdentifyResult } from '@libp2p/interface'
import type { Message } from '@libp2p/gossipsub'
import { TopicValidatorResult } from '@libp2p/gossipsub'
import type { Multiaddr } from '@multiformats/multiaddr'
import type { Delivery, Network, NetworkHandlers, NetworkInfo, PeerId, PeerLink, Topic, Verdict } from '../../node/ports'
import { RequestError, TOPICS } from '../../node/ports'
import type { NodeParts } from './createNode'
import { SCORE_THRESHOLDS } from './gossip'
import { hasGossipStream } from './gossipGate'
import { GOSSIP_ATTACH_INTERVAL_MS, GOSSIP_TOPICS_WAIT_MS, GOSSIP_UPGRADE_WAIT_MS, MAX_GOSSIP_BYTES, UPKEEP_INTERVAL_MS } from './limits'
import { byPreference, LinkKeeper, transportOf } from './linkKeeper'
import { PeerDirectory } from './peerExchange'
import { requestProtocol, topicName } from './protocols'
import type { Reservations } from './relayKeeper'
import { RelayKeeper } from './relayKeeper'
import { Requests } from './requests'

/**
 * Each published message is led by this many bytes that no other has (a random part per node and a count). Gossip forgets a message only
 * after two minutes; without them a repeated vote (R7), byte for byte the same, would never leave again after a partition.
 */
const NONCE_BYTES = 8

const VERDICTS: Record<Verdict, TopicValidatorResult> = {
  accept: TopicValidatorResult.Accept,
  ignore: TopicValidatorResult.Ignore,
  reject: TopicValidatorResult.Reject
}

export interface Libp2pNetworkInit {
  networkId: string
  /** Multiaddrs of relays to stay connected to; none for a relay itself. */
  relays: readonly string[]
  reservations: Reservations
  /** Replace relayed links by WebRTC. */
  webrtc: boolean
  /** Tell those who ask which peers are here: the relay's job. */
  directory: boolean
  /** How WebRTC data reaches this node, and how many peer connections were made for it so far. */
  rtc(): Pick<NetworkInfo, 'dataPath' | 'peerConnectionsMade'>
}

/** The port `Network` over a libp2p node; the same class in a tab's worker and in a headless node. */
export class Libp2pNetwork implements Network {
  readonly peerId: PeerId
  readonly #parts: NodeParts
  readonly #init: Libp2pNetworkInit
  readonly #requests: Requests
  readonly #relays: RelayKeeper
  readonly #links: LinkKeeper
  readonly #directory = new PeerDirectory()
  readonly #stopped = new AbortController()
  /** Connected peers that speak this network's request protocol: only they are links. */
  readonly #members = new Set<PeerId>()
  readonly #attachedAt = new Map<PeerId, number>()
  readonly #nonce = crypto.getRandomValues(new Uint8Array(NONCE_BYTES))
  #published = 0
  #cut: ReadonlySet<PeerId> = new Set()
  #handlers: NetworkHandlers | null = null
  #announced: PeerLink[] = []

  /** Throws on a relay address that cannot be read. */
  constructor(parts: NodeParts, init: Libp2pNetworkInit) {
    this.#parts = parts
    this.#init = init
    this.peerId = parts.libp2p.peerId.toString()
    this.#requests = new Requests(parts.libp2p, init.networkId)
    this.#relays = new RelayKeeper(parts.libp2p, init.networkId, init.relays, init.reservations, () => this.#upkeep())
    this.#links = new LinkKeeper({
      libp2p: parts.libp2p,
      webrtc: init.webrtc,
      isRelay: peer => this.#relays.isRelay(peer),
      knownPeers: (): Map<string, Multiaddr[]> => this.#relays.knownPeers()
    })
  }

  /** For the connection gater: may this peer open a link to us? */
  admits(peer: PeerId): boolean {
    return this.#links.admits(peer, Date.now())
  }

  async start(handlers: NetworkHandlers): Promise<void> {
    const { libp2p } = this.#parts
    this.#handlers = handlers
    await this.#requests.serve(
      (from, bytes) => handlers.onRequest(from, bytes),
      peer => this.#cut.has(peer) || this.#isGraylisted(peer)
    )
    if (this.#init.directory) await this.#directory.serve(libp2p, this.#init.networkId)
    for (const topic of TOPICS) {
      const name = topicName(this.#init.networkId, topic)
      libp2p.services.pubsub.topicValidators.set(name, (from, message) => this.#validate(from.toString(), topic, message))
    }
    this.#listen()
    await libp2p.start()
    for (const topic of TOPICS) libp2p.services.pubsub.subscribe(topicName(this.#init.networkId, topic))
    const timer = setInterval(() => this.#upkeep(), UPKEEP_INTERVAL_MS)
    this.#stopped.signal.addEventListener('abort', () => clearInterval(timer), { once: true })
    this.#upkeep()
  }

  publish(topic: Topic, bytes: Uint8Array): Promise<Delivery> {
    if (bytes.length > MAX_GOSSIP_BYTES) throw new RangeError(`a gossip message has at most ${MAX_GOSSIP_BYTES} bytes, not ${bytes.length}`)
    const data = new Uint8Array(NONCE_BYTES + bytes.length)
    data.set(this.#nonce)
    new DataView(data.buffer).setUint32(NONCE_BYTES - 4, this.#published++)
    data.set(bytes, NONCE_BYTES)
    const linked = [...new Set(this.links().map(({ peerId }) => peerId))]
    return this.#parts.libp2p.services.pubsub.publish(topicName(this.#init.networkId, topic), data).then(
      ({ recipients }) => {
        const sent = recipients.map(String).filter(peer => linked.includes(peer) && !this.#cut.has(peer))
        return { sent, failed: linked.filter(peer => !sent.includes(peer)) }
      },
      // Before start, and after stop.
      () => ({ sent: [], failed: linked })
    )
  }

  async request(peer: PeerId, bytes: Uint8Array, timeoutMs: number): Promise<Uint8Array> {
    const connection = this.#cut.has(peer) ? undefined : this.#connections(peer).sort(byPreference)[0]
    if (!connection) throw new RequestError('unreachable', `no link to ${peer}`)
    return this.#requests.ask(connection, bytes, timeoutMs)
  }

  links(): PeerLink[] {
    const links = new Map<string, PeerLink>()
    for (const connection of this.#parts.libp2p.getConnections()) {
      const peerId = connection.remotePeer.toString()
      const transport = transportOf(connection)
      const link = links.get(peerId + transport)
      if (connection.status !== 'open' || !this.#members.has(peerId) || (link && link.since <= connection.timeline.open)) continue
      links.set(peerId + transport, { peerId, transport, since: connection.timeline.open })
    }
    return [...links.values()]
  }

  info(): NetworkInfo {
    const listening = this.#parts.libp2p.getMultiaddrs().map(address => address.toString())
    return { addresses: [...listening, ...this.#relays.ownAddresses(this.#init.webrtc)], relays: this.#relays.info(), ...this.#init.rtc() }
  }

  cut(peers: readonly PeerId[]): void {
    this.#cut = new Set(peers)
    this.#parts.gate.block(this.#cut, this.#parts.libp2p.getConnections())
    this.#attachedAt.clear()
    this.#upkeep()
  }

  penalise(peer: PeerId, _reason: string): void {
    this.#parts.penalties.add(peer, Date.now())
  }

  async stop(): Promise<void> {
    this.#stopped.abort()
    await this.#parts.libp2p.stop()
  }

  async #validate(from: PeerId, topic: Topic, message: Message): Promise<TopicValidatorResult> {
    if (this.#cut.has(from)) return TopicValidatorResult.Ignore
    const size = message.data.length - NONCE_BYTES
    if (size < 0 || size > MAX_GOSSIP_BYTES) return TopicValidatorResult.Reject
    const verdict = await this.#handlers!.onGossip(from, topic, message.data.slice(NONCE_BYTES))
    return VERDICTS[verdict]
  }

  #listen(): void {
    const { libp2p } = this.#parts
    const { signal } = this.#stopped
    const changed = () => this.#upkeep()
    const onIdentify = ({ detail }: CustomEvent<IdentifyResult>) => {
      if (detail.protocols.includes(requestProtocol(this.#init.networkId))) this.#members.add(detail.peerId.toString())
      changed()
    }
    libp2p.addEventListener('peer:identify', onIdentify, { signal })
    libp2p.addEventListener('connection:open', changed, { signal })
    libp2p.addEventListener('connection:close', changed, { signal })
    libp2p.addEventListener(
      'peer:disconnect',
      ({ detail }) => {
        this.#members.delete(detail.toString())
        this.#attachedAt.delete(detail.toString())
        changed()
      },
      { signal }
    )
  }

  /** Brings relays, links and gossip to what they should be, and tells the node what links there are. Cheap when nothing changed. */
  #upkeep(): void {
    if (this.#stopped.signal.aborted || this.#parts.libp2p.status !== 'started') return
    const now = Date.now()
    this.#relays.upkeep(now)
    this.#links.upkeep(now)
    for (const peer of this.#members) this.#attachGossip(peer, now)
    this.#announceLinks()
  }

  /** Gossip needs a stream over some connection to the peer: the first time, and whenever that connection was replaced. */
  #attachGossip(peer: PeerId, now: number): void {
    const { gate, libp2p } = this.#parts
    const connections = this.#connections(peer)
    const best = connections.sort(byPreference)[0]
    if (!best || this.#cut.has(peer)) return
    const upgrading = this.#init.webrtc && transportOf(best) === 'relayed' && now - best.timeline.open < GOSSIP_UPGRADE_WAIT_MS
    const attachedAt = this.#attachedAt.get(peer) ?? 0
    const { pubsub } = libp2p.services
    if (!hasGossipStream(connections) || !includes(pubsub.getPeers(), peer)) {
      if (upgrading || now - attachedAt < GOSSIP_ATTACH_INTERVAL_MS) return
      this.#attachedAt.set(peer, now)
      void gate.attach(best)
    } else if (now - attachedAt > GOSSIP_TOPICS_WAIT_MS && !includes(pubsub.getSubscribers(topicName(this.#init.networkId, TOPICS[0])), peer)) {
      this.#attachedAt.set(peer, now)
      gate.reset(connections)
    }
  }

  #announceLinks(): void {
    const links = this.links()
    const same = links.length === this.#announced.length && links.every((link, index) => sameLink(link, this.#announced[index]!))
    if (same) return
    this.#announced = links
    this.#handlers?.onLinks(links)
  }

  #connections(peer: PeerId): Connection[] {
    return this.#parts.libp2p.getConnections().filter(({ remotePeer, status }) => status === 'open' && remotePeer.toString() === peer)
  }

  #isGraylisted(peer: PeerId): boolean {
    return this.#parts.penalties.score(peer, Date.now()) <= SCORE_THRESHOLDS.graylistThreshold
  }
}

const includes = (peers: readonly { toString(): string }[], peer: PeerId) => peers.some(each => each.toString() === peer)

const sameLink = (a: PeerLink, b: PeerLink) => a.peerId === b.peerId && a.transport === b.transport && a.since === b.since
