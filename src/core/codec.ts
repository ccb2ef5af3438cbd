/**
 * Canonical bytes, one decoder. A value has exactly one encoding: what does not re-encode to the same bytes is refused, so that no two
 * spellings of one message exist. Decoding never throws; it gives a value or a typed failure.
 */
import { equalBytes } from './bytes'
import { MAX_BLOCK_BYTES } from './limits'
import { fail, ok } from './result'
import type { Result } from './result'

/** The part of an SSZ type that the codec needs. */
export interface Schema<T> {
  serialize(value: T): Uint8Array
  deserialize(bytes: Uint8Array): T
}

/** No message is longer: a range reply is the longest, and it is cut to fit. */
const MAX_MESSAGE_BYTES = 8 * MAX_BLOCK_BYTES

export function encode<T>(schema: Schema<T>, value: T): Uint8Array {
  return schema.serialize(value)
}

/**
 * @param maxBytes cap for this kind of message, checked before anything is read
 * @returns `too-large`, `malformed` (with the library's reason) or `not-canonical`
 */
export function decode<T>(schema: Schema<T>, bytes: Uint8Array, maxBytes: number = MAX_MESSAGE_BYTES): Result<T> {
  if (bytes.length > maxBytes) return fail('too-large', `${bytes.length} bytes, ${maxBytes} allowed`)
  let value: T
  let again: Uint8Array
  try {
    value = schema.deserialize(bytes)
    again = schema.serialize(value)
  } catch (error) {
    return fail('malformed', error instanceof Error ? error.message : String(error))
  }
  return equalBytes(again, bytes) ? ok(value) : fail('not-canonical')
}
