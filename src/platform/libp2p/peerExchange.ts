import type { Connection, Libp2p, Stream } from '@libp2p/interface'
import { asError, readFrames, writeFrame } from './frames'
import { MAX_KNOWN_PEERS } from './limits'
import { publicKeyOfPeerId } from './peerIds'
import { peersProtocol } from './protocols'

/** The one kind of frame: the peer ids that are there, separated by line feeds. */
const PEERS = 0
/** A peer id and its line feed have at most 53 bytes. */
const MAX_FRAME_BYTES = 53 * MAX_KNOWN_PEERS
/** A subscriber that does not take a list within this time is dropped; it asks again. */
const WRITE_TIMEOUT_MS = 10_000

/**
 * The relay's half: each tab keeps one stream open, and hears the whole list of tabs at once and again whenever it changes. Gossip
 * cannot do this job: a newcomer must know whom to link with before it has a link, and a repeated announcement is a duplicate to drop.
 */
export class PeerDirectory {
  readonly #subscribers = new Map<string, { stream: Stream; writing: boolean; stale: boolean }>()

  async serve(libp2p: Libp2p, networkId: string): Promise<void> {
    await libp2p.handle(peersProtocol(networkId), (stream, connection) => this.#subscribe(stream, connection), { maxInboundStreams: 2 })
  }

  #subscribe(stream: Stream, connection: Connection): void {
    const peer = connection.remotePeer.toString()
    const before = this.#subscribers.get(peer)
    if (!before && this.#subscribers.size >= MAX_KNOWN_PEERS) return stream.abort(new Error('this relay names no more peers'))
    this.#subscribers.set(peer, { stream, writing: false, stale: false })
    before?.stream.abort(new Error('replaced by a newer stream'))
    stream.addEventListener('close', () => {
      if (this.#subscribers.get(peer)?.stream !== stream) return
      this.#subscribers.delete(peer)
      this.#announce()
    })
    this.#announce()
  }

  #announce(): void {
    for (const peer of this.#subscribers.keys()) void this.#send(peer)
  }

  /** One list under way per subscriber; what changes meanwhile makes one more, not a queue. */
  async #send(peer: string): Promise<void> {
    const subscriber = this.#subscribers.get(peer)
    if (!subscriber) return
    subscriber.stale = true
    if (subscriber.writing) return
    subscriber.writing = true
    try {
      while (subscriber.stale) {
        subscriber.stale = false
        const others = [...this.#subscribers.keys()].filter(other => other !== peer)
        await writeFrame(subscriber.stream, PEERS, new TextEncoder().encode(others.join('\n')), AbortSignal.timeout(WRITE_TIMEOUT_MS))
      }
    } catch (error) {
      subscriber.stream.abort(asError(error))
    } finally {
      subscriber.writing = false
    }
  }
}

/** The tab's half: calls `onPeers` with every list until the stream ends, and then resolves. Never rejects. */
export async function followPeers(connection: Connection, networkId: string, onPeers: (peers: string[]) => void): Promise<void> {
  let stream: Stream | null = null
  try {
    stream = await connection.newStream(peersProtocol(networkId))
    for await (const { body } of readFrames(stream, MAX_FRAME_BYTES)) {
      const peers = new TextDecoder().decode(body).split('\n')
      onPeers(peers.filter(peer => publicKeyOfPeerId(peer) !== null))
    }
  } catch (error) {
    stream?.abort(asError(error))
  }
}
