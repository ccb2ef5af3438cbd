import type { Connection, Libp2p, Stream } from '@libp2p/interface'
import { RequestError } from '../../node/ports'
import { asError, closeStream, FrameTooLargeError, readFrames, writeFrame } from './frames'
import {
  INBOUND_REQUEST_TIMEOUT_MS,
  MAX_INBOUND_REQUESTS,
  MAX_INBOUND_REQUESTS_PER_PEER,
  MAX_OUTBOUND_REQUESTS_PER_CONNECTION,
  MAX_REQUEST_BYTES,
  MAX_RESPONSE_BYTES
} from './limits'
import { requestProtocol } from './protocols'

/** Kinds of frames. A refusal says why, so that the asker need not guess from a reset stream. */
const ASK = 0
const ANSWER = 1
const REFUSED = 2
const TOO_LARGE = 3

/** Answers one request; see NetworkHandlers.onRequest. */
export type Answer = (from: string, request: Uint8Array) => Promise<Uint8Array>

/**
 * The request protocol of one network: a stream per request, one frame each way. It runs over relayed links as well.
 * Inbound requests are bounded per peer and in all; what is above is refused at once.
 */
export class Requests {
  readonly #libp2p: Libp2p
  readonly #protocol: string
  readonly #open = new Map<string, number>()
  #openInAll = 0

  constructor(libp2p: Libp2p, networkId: string) {
    this.#libp2p = libp2p
    this.#protocol = requestProtocol(networkId)
  }

  /** `isCut` peers are not answered: their streams are reset. */
  async serve(answer: Answer, isCut: (peer: string) => boolean): Promise<void> {
    const handler = async (stream: Stream, connection: Connection) => {
      const peer = connection.remotePeer.toString()
      if (isCut(peer)) stream.abort(new Error('traffic with this peer is cut'))
      else await this.#handle(stream, peer, answer)
    }
    await this.#libp2p.handle(this.#protocol, handler, {
      runOnLimitedConnection: true,
      // One more per peer than is answered, so that the surplus gets its refusal instead of a reset.
      maxInboundStreams: 2 * MAX_INBOUND_REQUESTS_PER_PEER,
      maxOutboundStreams: MAX_OUTBOUND_REQUESTS_PER_CONNECTION
    })
  }

  /** Asks over this connection. Rejects with RequestError only. */
  async ask(connection: Connection, request: Uint8Array, timeoutMs: number): Promise<Uint8Array> {
    if (request.length > MAX_REQUEST_BYTES) throw new RequestError('too-large', `a request has at most ${MAX_REQUEST_BYTES} bytes, not ${request.length}`)
    const signal = AbortSignal.timeout(timeoutMs)
    const stream = await this.#openStream(connection, signal)
    const onTimeout = () => stream.abort(new RequestError('timeout', `no answer within ${timeoutMs} ms`))
    signal.addEventListener('abort', onTimeout, { once: true })
    try {
      await writeFrame(stream, ASK, request, signal)
      const answer = await readAnswer(stream)
      closeStream(stream)
      return answer
    } catch (error) {
      stream.abort(asError(error))
      if (error instanceof RequestError) throw error
      if (signal.aborted) throw new RequestError('timeout', `no answer within ${timeoutMs} ms`)
      throw new RequestError('refused', `the peer closed the stream: ${asError(error).message}`)
    } finally {
      signal.removeEventListener('abort', onTimeout)
    }
  }

  async #openStream(connection: Connection, signal: AbortSignal): Promise<Stream> {
    try {
      return await connection.newStream(this.#protocol, { signal, runOnLimitedConnection: true })
    } catch (error) {
      const { name, message } = asError(error)
      if (signal.aborted) throw new RequestError('timeout', 'the peer did not open a stream in time')
      const refused = name === 'UnsupportedProtocolError' || name === 'TooManyOutboundProtocolStreamsError'
      throw new RequestError(refused ? 'refused' : 'unreachable', message)
    }
  }

  async #handle(stream: Stream, peer: string, answer: Answer): Promise<void> {
    const signal = AbortSignal.timeout(INBOUND_REQUEST_TIMEOUT_MS)
    const mine = (this.#open.get(peer) ?? 0) + 1
    if (mine > MAX_INBOUND_REQUESTS_PER_PEER || this.#openInAll >= MAX_INBOUND_REQUESTS) {
      await writeFrame(stream, REFUSED, new Uint8Array(), signal)
      return closeStream(stream)
    }
    const onTimeout = () => stream.abort(new Error('the request was not finished in time'))
    signal.addEventListener('abort', onTimeout, { once: true })
    this.#open.set(peer, mine)
    this.#openInAll++
    try {
      await respond(stream, peer, answer, signal)
    } catch (error) {
      stream.abort(asError(error))
    } finally {
      signal.removeEventListener('abort', onTimeout)
      this.#openInAll--
      const left = this.#open.get(peer)! - 1
      if (left > 0) this.#open.set(peer, left)
      else this.#open.delete(peer)
    }
  }
}

async function respond(stream: Stream, peer: string, answer: Answer, signal: AbortSignal): Promise<void> {
  for await (const { kind, body } of readFrames(stream, MAX_REQUEST_BYTES)) {
    if (kind !== ASK) throw new Error('not a request')
    const bytes = await answer(peer, body)
    if (bytes.length > MAX_RESPONSE_BYTES) await writeFrame(stream, TOO_LARGE, new Uint8Array(), signal)
    else await writeFrame(stream, ANSWER, bytes, signal)
    return closeStream(stream)
  }
  throw new Error('the stream ended before a request was complete')
}

async function readAnswer(stream: Stream): Promise<Uint8Array> {
  try {
    for await (const { kind, body } of readFrames(stream, MAX_RESPONSE_BYTES)) {
      if (kind === ANSWER) return body
      if (kind === TOO_LARGE) throw new RequestError('too-large', `the answer is above ${MAX_RESPONSE_BYTES} bytes`)
      throw new RequestError('refused', 'the peer is busy with other requests of ours')
    }
  } catch (error) {
    if (error instanceof FrameTooLargeError) throw new RequestError('too-large', error.message)
    throw error
  }
  throw new RequestError('refused', 'the peer ended the stream without an answer')
}
