/** What signatures and the random function share of the curve's arithmetic: numbers as bytes, and points as bytes, many at once. */
import { Point, etc, hashes, utils } from '@noble/ed25519'
import { sha512 } from '@noble/hashes/sha2.js'
import { toHex } from '../bytes'

hashes.sha512 = sha512

/** Length of an encoded point and of an encoded scalar, in bytes. */
export const POINT_BYTES = 32

/** The order of the base point, and that of the field. */
const { n: L, p: P } = Point.CURVE()
export { L as GROUP_ORDER }

/** A little-endian number of at least one byte. The copy is not made by `slice`: that of a Node Buffer shares its memory, and the caller's bytes would turn. */
export function toNumber(bytes: Uint8Array): bigint {
  return BigInt(`0x${toHex(Uint8Array.from(bytes).reverse())}`)
}

/** 32 bytes, little-endian, of a number below 2²⁵⁶. */
export function numberBytes(number: bigint): Uint8Array {
  const bytes = new Uint8Array(POINT_BYTES)
  const words = new DataView(bytes.buffer)
  for (let i = 0; i < 4; i++) words.setBigUint64(8 * i, BigInt.asUintN(64, number >> BigInt(64 * i)), true)
  return bytes
}

/** What RFC 8032 §5.1.5 makes of a seed: it costs as much as half a signature, so whoever signs again and again keeps it. */
export interface SecretScalar {
  readonly scalar: bigint
  /** Seeds the nonces of signatures and proofs. */
  readonly prefix: Uint8Array
  readonly publicKey: Uint8Array
}

/** @throws RangeError unless the secret has 32 bytes */
export function expandSecret(secret: Uint8Array): SecretScalar {
  const { scalar, prefix, pointBytes } = utils.getExtendedPublicKey(secret)
  return { scalar, prefix, publicKey: pointBytes }
}

/** RFC 8032 §5.1.2 for several points, with one inversion in all (Montgomery's trick): an inversion costs as much as a third of an encoding's multiplications together. */
export function encodePoints(points: readonly Point[]): Uint8Array[] {
  const products: bigint[] = []
  let product = 1n
  for (const { Z } of points) {
    products.push(product)
    product = (product * Z) % P
  }
  let inverse = etc.invert(product, P)
  const encoded: Uint8Array[] = Array.from(points, () => new Uint8Array())
  for (let i = points.length - 1; i >= 0; i--) {
    const { X, Y, Z } = points[i]!
    const iz = (inverse * products[i]!) % P
    inverse = (inverse * Z) % P
    const bytes = numberBytes((Y * iz) % P)
    if (((X * iz) % P) & 1n) bytes[POINT_BYTES - 1]! |= 0x80
    encoded[i] = bytes
  }
  return encoded
}
