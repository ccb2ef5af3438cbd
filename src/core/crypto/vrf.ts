/**
 * ECVRF-EDWARDS25519-SHA512-TAI (RFC 9381 §5.5, suite 0x03): a random number per key and input that only the holder of the key can compute, of which
 * there is exactly one, and which everybody can check.
 *
 * What is unique is the output, not the proof. Whoever holds the key can make other proofs for one input, by taking another nonce or by adding a point
 * of small order to Gamma, and all of them verify with the same output. So only outputs may feed randomness; the bytes of a proof, or a hash over them,
 * can be ground.
 *
 * A key of small order has the same output for every input, and everybody can prove it; such keys are refused (RFC 9381 §5.4.5), also when nobody has
 * validated the key before. Points have one encoding here, that of RFC 8032 §5.1.3; the wider decoding of signatures (ed25519.ts) does not apply.
 *
 * Multiplications by a secret do the same curve operations whatever the secret is (`secretMultiples`); what the engine's big integers tell by their timing, no JavaScript can
 * hide. Those of a verification take short cuts, since all their numbers are public.
 */
import { Point } from '@noble/ed25519'
import { sha512 } from '@noble/hashes/sha2.js'
import { concat, equalBytes, toHex } from '../bytes'
import { encodePoints, expandSecret, GROUP_ORDER, numberBytes, POINT_BYTES, toNumber } from './curve'
import { GenerationMap } from './generationMap'

/** Length of a proof Gamma ‖ c ‖ s, in bytes: 32 + 16 + 32. */
export const VRF_PROOF_BYTES = 80
/** Length of an output, in bytes: one SHA-512 digest. */
export const VRF_OUTPUT_BYTES = 64

/** Length of a challenge, in bytes: cLen of the suite. */
const CHALLENGE_BYTES = 16

/** Inputs hashed to the curve: of the members of some hundred heights. A point is half a kilobyte. */
const MAX_HASHED_INPUTS = 512
/** Decoded keys, the same. */
const MAX_DECODED_KEYS = 512

/** The purposes of a hash, its second byte (RFC 9381 §5.4.1.1, §5.4.3, §5.2). The first byte is the suite. */
type Purpose = 1 | 2 | 3

/** SHA-512 in the frame of the suite: 0x03 ‖ purpose ‖ parts ‖ 0x00. */
function suiteHash(purpose: Purpose, ...parts: Uint8Array[]): Uint8Array {
  return sha512(concat(Uint8Array.of(3, purpose), ...parts, Uint8Array.of(0)))
}

/** RFC 8032 §5.1.3. @returns null for a wrong length, for y ≥ 2²⁵⁵ − 19, for x = 0 with a sign, and when no point of the curve has this y */
function decodePoint(bytes: Uint8Array): Point | null {
  try {
    return Point.fromBytes(bytes, false)
  } catch {
    return null
  }
}

interface HashedInput {
  point: Point
  bytes: Uint8Array
}

/** By key and input: the prover and each verifier of a process need the same point. */
const hashedInputs = new GenerationMap<string, HashedInput>(MAX_HASHED_INPUTS)

/**
 * RFC 9381 §5.4.1.1, try and increment: a point of the prime-order group that nobody knows as a multiple of another. Time depends on key and input;
 * both are public.
 * @returns null when all 256 counters fail, which has probability 2⁻²⁵⁶ and which prover and verifier see alike
 */
function hashToCurve(publicKey: Uint8Array, alpha: Uint8Array): HashedInput | null {
  const name = toHex(concat(publicKey, alpha))
  const known = hashedInputs.get(name)
  if (known !== undefined) return known
  for (let counter = 0; counter < 256; counter++) {
    const decoded = decodePoint(suiteHash(1, publicKey, alpha, Uint8Array.of(counter)).subarray(0, POINT_BYTES))
    const point = decoded === null ? null : timesCofactor(decoded)
    if (point === null || point.is0()) continue
    const hashed = { point, bytes: encodePoints([point])[0]! }
    hashedInputs.set(name, hashed)
    return hashed
  }
  return null
}

/** 8·P. */
function timesCofactor(point: Point): Point {
  return point.double().double().double()
}

/** By key: null where it has no valid proofs. */
const decodedKeys = new GenerationMap<string, { point: Point | null }>(MAX_DECODED_KEYS)

/** RFC 9381 §5.4.5. @returns null for what is no canonical point, and for one of small order */
function decodeKey(publicKey: Uint8Array): Point | null {
  const name = toHex(publicKey)
  let known = decodedKeys.get(name)
  if (known === undefined) {
    const point = decodePoint(publicKey)
    decodedKeys.set(name, (known = { point: point === null || timesCofactor(point).is0() ? null : point }))
  }
  return known.point
}

/** RFC 9381 §5.4.3: 16 bytes over the encoded points Y, H, Gamma, U, V. */
function challengeOf(...points: [y: Uint8Array, h: Uint8Array, gamma: Uint8Array, u: Uint8Array, v: Uint8Array]): Uint8Array {
  return suiteHash(2, ...points).subarray(0, CHALLENGE_BYTES)
}

/** RFC 9381 §5.2: the output that belongs to Gamma. The cofactor removes what a prover may have added of small order. */
function outputOf(gamma: Point): Uint8Array {
  return suiteHash(3, timesCofactor(gamma).toBytes())
}

interface Proof {
  gamma: Point
  gammaBytes: Uint8Array
  c: Uint8Array
  s: Uint8Array
}

/** RFC 9381 §5.4.4. @returns null for a wrong length, a Gamma that does not decode, or s ≥ L */
function decodeProof(proof: Uint8Array): Proof | null {
  if (proof.length !== VRF_PROOF_BYTES) return null
  const gammaBytes = proof.subarray(0, POINT_BYTES)
  const s = proof.subarray(POINT_BYTES + CHALLENGE_BYTES)
  if (toNumber(s) >= GROUP_ORDER) return null
  const gamma = decodePoint(gammaBytes)
  return gamma && { gamma, gammaBytes, c: proof.subarray(POINT_BYTES, POINT_BYTES + CHALLENGE_BYTES), s }
}

/** The digits −7…8 to the base 16 of a little-endian number, lowest first, with one more for the last carry. */
function signedDigits(bytes: Uint8Array): number[] {
  const digits: number[] = []
  let carry = 0
  for (const byte of bytes) {
    for (const nibble of [byte & 15, byte >> 4]) {
      const digit = nibble + carry
      carry = digit > 8 ? 1 : 0
      digits.push(digit - 16 * carry)
    }
  }
  digits.push(carry)
  return digits
}

/** P, 2P … 8P. */
function smallMultiples(point: Point): Point[] {
  const multiples = [point]
  for (let i = 1; i < 8; i++) multiples.push((multiples[i - 1] as Point).add(point))
  return multiples
}

/**
 * Σ nᵢ·Pᵢ, for public numbers only: the time tells the digits. The terms share the doublings, which are most of the work, and add once per four bits
 * (Straus): a whole verification takes about a quarter less than with one multiplication after the other.
 * @param terms each a point and a little-endian number
 */
function sumOfMultiples(...terms: [point: Point, number: Uint8Array][]): Point {
  const tables = terms.map(([point, number]) => ({ digits: signedDigits(number), multiples: smallMultiples(point) }))
  let sum = Point.ZERO
  for (let i = Math.max(...tables.map(({ digits }) => digits.length)) - 1; i >= 0; i--) {
    sum = sum.double().double().double().double()
    for (const { digits, multiples } of tables) {
      const digit = digits[i] ?? 0
      if (digit > 0) sum = sum.add(multiples[digit - 1] as Point)
      else if (digit < 0) sum = sum.subtract(multiples[-digit - 1] as Point)
    }
  }
  return sum
}

/**
 * n·P for several secret numbers below 2²⁵². They share the doublings, which are most of the work (Yao): for each four bits, 16ⁱ·P goes into the bucket of its digit, and the
 * buckets are summed up by their digits at the end. Every digit adds once, zero too, so the operations are the same for all numbers.
 */
function secretMultiples(point: Point, numbers: readonly bigint[]): Point[] {
  const digits = numbers.map(number => Array.from(numberBytes(number), byte => [byte & 15, byte >> 4]).flat())
  const buckets = numbers.map(() => new Array<Point>(16).fill(Point.ZERO))
  let power = point
  for (let i = 0; i < 2 * POINT_BYTES; i++) {
    buckets.forEach((bucket, which) => {
      const digit = digits[which]![i]!
      bucket[digit] = bucket[digit]!.add(power)
    })
    power = power.double().double().double().double()
  }
  return buckets.map(bucket => {
    let suffix = Point.ZERO
    let sum = Point.ZERO
    for (let digit = 15; digit > 0; digit--) {
      suffix = suffix.add(bucket[digit]!)
      sum = sum.add(suffix)
    }
    return sum
  })
}

/**
 * RFC 9381 §5.1, with the deterministic nonce of §5.4.2.2: equal arguments give equal bytes. About a millisecond for each proof.
 * @param secretKey the 32-byte seed of an Ed25519 key (RFC 8032 §5.1.5), the one that also signs
 * @returns from the input, of any length, to the 80-byte proof Gamma ‖ c ‖ s
 * @throws RangeError unless the secret has 32 bytes
 */
export function vrfProver(secretKey: Uint8Array): (alpha: Uint8Array) => Uint8Array {
  const { scalar, prefix, publicKey } = expandSecret(secretKey)
  return alpha => {
    const h = hashToCurve(publicKey, alpha)
    if (h === null) throw new Error('no counter gives a point')
    const nonce = toNumber(sha512(concat(prefix, h.bytes))) % GROUP_ORDER
    const [gamma, v] = secretMultiples(h.point, [scalar, nonce]) as [Point, Point]
    const [gammaBytes, uBytes, vBytes] = encodePoints([gamma, Point.BASE.multiply(nonce), v]) as [Uint8Array, Uint8Array, Uint8Array]
    const c = challengeOf(publicKey, h.bytes, gammaBytes, uBytes, vBytes)
    return concat(gammaBytes, c, numberBytes((nonce + toNumber(c) * scalar) % GROUP_ORDER))
  }
}

/**
 * RFC 9381 §5.3, with the key validated (§5.4.5). Pure: all nodes answer alike for all bytes. Never throws. About a millisecond.
 * @param publicKey 32 bytes; a key that is not a canonical point, or one of small order, has no valid proofs
 * @param alpha the input, of any length
 * @returns the 64-byte output, the only one this key has for this input, or null when the proof does not hold
 */
export function verifyVrf(publicKey: Uint8Array, alpha: Uint8Array, proof: Uint8Array): Uint8Array | null {
  const decoded = decodeProof(proof)
  const y = decodeKey(publicKey)
  if (decoded === null || y === null) return null
  const h = hashToCurve(publicKey, alpha)
  if (h === null) return null
  const { gamma, gammaBytes, c, s } = decoded
  // U = sB − cY and V = sH − cGamma. The multiples of B come from the library's table.
  const u = Point.BASE.multiply(toNumber(s), false).subtract(sumOfMultiples([y, c]))
  const v = sumOfMultiples([h.point, s], [gamma.negate(), c])
  const [uBytes, vBytes, product] = encodePoints([u, v, timesCofactor(gamma)]) as [Uint8Array, Uint8Array, Uint8Array]
  return equalBytes(challengeOf(publicKey, h.bytes, gammaBytes, uBytes, vBytes), c) ? suiteHash(3, product) : null
}

/**
 * RFC 9381 §5.2: the output of a proof that is not checked. For one's own proof; anybody else's goes through `verifyVrf`.
 * @returns 64 bytes, or null when the bytes do not decode as a proof
 */
export function vrfOutput(proof: Uint8Array): Uint8Array | null {
  const decoded = decodeProof(proof)
  return decoded && outputOf(decoded.gamma)
}
