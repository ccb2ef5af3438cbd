/**
 * Byte strings as values: text forms, order, equality, joining. Everything here is plain ECMAScript or @noble/hashes and behaves the same in
 * a page, a worker, Node and the simulator.
 */
import { bytesToHex, concatBytes, hexToBytes, utf8ToBytes } from '@noble/hashes/utils.js'

/** Whole bytes, either case; nothing else, so no `0x`, no blanks. */
const HEX = /^(?:[0-9a-fA-F]{2})*$/

/** Lower-case hex, two digits a byte: the only text form of hashes and keys. */
export function toHex(bytes: Uint8Array): string {
  return bytesToHex(bytes)
}

const hexForms = new WeakMap<Uint8Array, string>()

/**
 * `toHex` for bytes that are never written to again, remembered with the array: decoded messages, hashes and keys, which every reader looks up by
 * their hex form.
 */
export function hexOf(bytes: Uint8Array): string {
  let hex = hexForms.get(bytes)
  if (hex === undefined) hexForms.set(bytes, (hex = bytesToHex(bytes)))
  return hex
}

/** The inverse of `toHex`; upper case is understood too. @returns null for anything but an even number of hex digits */
export function fromHex(text: string): Uint8Array | null {
  return HEX.test(text) ? hexToBytes(text) : null
}

/** One new array with all parts in order. */
export function concat(...parts: Uint8Array[]): Uint8Array {
  return concatBytes(...parts)
}

/** Equal length and content. Not constant time: never compare secrets with it. */
export function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false
  return true
}

/**
 * Lexicographic order of unsigned bytes, a prefix before its extensions: the order of hashes wherever a tie must fall the same way on all nodes.
 * It is also the order of the hex forms.
 * @returns negative, zero or positive, as `Array.prototype.sort` wants it
 */
export function compareBytes(a: Uint8Array, b: Uint8Array): number {
  const shared = Math.min(a.length, b.length)
  for (let i = 0; i < shared; i++) {
    const difference = (a[i] as number) - (b[i] as number)
    if (difference !== 0) return difference
  }
  return a.length - b.length
}

/** UTF-8. A lone surrogate has no UTF-8 form and becomes U+FFFD: admit user text by `text === fromUtf8(utf8(text))` where that matters. */
export function utf8(text: string): Uint8Array {
  return utf8ToBytes(text)
}

/** `%` itself must be escaped, or data could smuggle an escape in. */
const PERCENT = 0x25

/**
 * Strict inverse of `utf8`: no overlong forms, no surrogates, no truncation, and a leading U+FEFF is kept (TextDecoder would drop it and two
 * byte strings would decode to one text). Made with `decodeURIComponent`, whose UTF-8 rules ECMA-262 fixes and which needs no host.
 * Linear time, but dear for non-ASCII: cap the length first.
 * @returns null when the bytes are not well-formed UTF-8
 */
export function fromUtf8(bytes: Uint8Array): string | null {
  let text = ''
  for (const byte of bytes) text += byte < 0x80 && byte !== PERCENT ? String.fromCharCode(byte) : `%${byte.toString(16).padStart(2, '0')}`
  try {
    return decodeURIComponent(text)
  } catch {
    return null
  }
}

/** Unsigned 32 bits, little-endian (the byte order of SSZ). @throws RangeError unless an integer in [0, 2³²) */
export function u32le(value: number): Uint8Array {
  if (!Number.isInteger(value) || value < 0 || value > 0xffff_ffff) throw new RangeError(`not a u32: ${value}`)
  const bytes = new Uint8Array(4)
  new DataView(bytes.buffer).setUint32(0, value, true)
  return bytes
}

/** Unsigned 64 bits, little-endian (the byte order of SSZ). A number must be a safe integer. @throws RangeError outside [0, 2⁶⁴) */
export function u64le(value: bigint | number): Uint8Array {
  if (typeof value === 'number' && !Number.isSafeInteger(value)) throw new RangeError(`not a u64: ${value}`)
  const wide = BigInt(value)
  if (wide < 0n || wide > 0xffff_ffff_ffff_ffffn) throw new RangeError(`not a u64: ${value}`)
  const bytes = new Uint8Array(8)
  new DataView(bytes.buffer).setBigUint64(0, wide, true)
  return bytes
}
