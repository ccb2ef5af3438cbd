import type { Stream } from '@libp2p/interface'
import { SEND_CHUNK_BYTES } from './limits'

/** A frame is a kind (one byte), the length of its body (unsigned 32 bit, big-endian) and the body. */
const HEADER_BYTES = 5

export interface Frame {
  kind: number
  body: Uint8Array
}

/** The other side announced a body larger than allowed. */
export class FrameTooLargeError extends Error {
  constructor(readonly length: number) {
    super(`a frame of ${length} bytes is above the limit`)
  }
}

/**
 * The frames of a stream, in order, until the other side closes its half. Rejects with FrameTooLargeError, or with the stream's own
 * error when it is reset. A body that is never completed ends the sequence without a frame.
 */
export async function* readFrames(stream: Stream, maxBodyBytes: number): AsyncGenerator<Frame, void, undefined> {
  let chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of stream) {
    chunks.push(chunk.subarray())
    size += chunk.byteLength
    while (size >= HEADER_BYTES) {
      const head = peek(chunks, HEADER_BYTES)
      const length = new DataView(head.buffer, head.byteOffset).getUint32(1)
      if (length > maxBodyBytes) throw new FrameTooLargeError(length)
      if (size < HEADER_BYTES + length) break
      const all = chunks.length === 1 ? chunks[0]! : concat(chunks, size)
      yield { kind: all[0]!, body: all.slice(HEADER_BYTES, HEADER_BYTES + length) }
      const rest = all.subarray(HEADER_BYTES + length)
      chunks = rest.length > 0 ? [rest] : []
      size = rest.length
    }
  }
}

/** Hands a frame to the stream, waiting whenever the other side reads slower than we write. */
export async function writeFrame(stream: Stream, kind: number, body: Uint8Array, signal: AbortSignal): Promise<void> {
  const bytes = new Uint8Array(HEADER_BYTES + body.length)
  bytes[0] = kind
  new DataView(bytes.buffer).setUint32(1, body.length)
  bytes.set(body, HEADER_BYTES)
  for (let offset = 0; offset < bytes.length; offset += SEND_CHUNK_BYTES) {
    signal.throwIfAborted()
    if (!stream.send(bytes.subarray(offset, offset + SEND_CHUNK_BYTES))) await stream.onDrain({ signal })
  }
}

/** Closes our half and lets the rest happen: nobody waits for a peer's acknowledgement of a farewell. */
export function closeStream(stream: Stream): void {
  stream.close().catch((error: unknown) => stream.abort(asError(error)))
}

/** WebSockets reject with their 'error' event, which by design says nothing. */
export function asError(cause: unknown): Error {
  if (cause instanceof Error) return cause
  return new Error(cause instanceof Event ? 'the address does not answer' : String(cause))
}

/** The first bytes, which may lie across chunks. */
function peek(chunks: readonly Uint8Array[], count: number): Uint8Array {
  const first = chunks[0]!
  return first.length >= count ? first : concat(chunks, count)
}

/** The first `size` bytes of all chunks. */
function concat(chunks: readonly Uint8Array[], size: number): Uint8Array {
  const all = new Uint8Array(size)
  let offset = 0
  for (const chunk of chunks) {
    if (offset >= size) break
    all.set(chunk.subarray(0, size - offset), offset)
    offset += chunk.length
  }
  return all
}
