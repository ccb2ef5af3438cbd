/**
 * Ed25519: keys, signing, and the one verdict on a signature.
 *
 * Why one verdict. A certificate is a list of signatures, and whether it has a quorum decides what is final. So "is this signature valid?" is a
 * consensus question, and all nodes must answer it alike, for every byte string an enemy can think of and not only for honest ones. RFC 8032 does not
 * give that: it leaves open whether the equation is multiplied by the cofactor 8, which encodings of a point are admitted, and what to do
 * with points of small order. OpenSSL, BoringSSL, NSS, CryptoKit and the JavaScript libraries have each settled this in a way of their own. For an honest
 * signature they agree. The holder of a key, however, can add a point of order 2, 4 or 8 to R or to the key and get a signature that one half of the
 * browsers takes and the other half refuses. One such vote in a certificate that needs it, and Chrome tabs have a final block that
 * Firefox tabs will never accept.
 *
 * Why ZIP215 (Zcash, https://zips.z.cash/zip-0215). It was written to remove this freedom: S is below the group order L; A and R may be any encodings of
 * curve points, also non-canonical ones and ones of small order; and [8][S]B = [8]R + [8][k]A, with k hashed over the bytes as they came.
 * That is the widest of the sensible rules: whatever satisfies the equation without the factor 8, or with a stricter decoding, satisfies this one too.
 *
 * Why that lets us be fast. A verifier that a platform gives us may be narrower than ZIP215 but, being correct, never wider. Its *yes* is therefore our
 * yes, and its *no* means nothing: then the slow and exact check decides. Nodes with different fast verifiers, or with none (an insecure
 * origin has no WebCrypto), cannot disagree; they only differ in speed. S < L is checked by ourselves before that, as it is where old
 * verifiers have been too wide. The rule is `signatureRule` in verifier.ts and exists once; the tests run every public edge vector through it
 * with each fast verifier and compare.
 *
 * What it costs. An honest signature takes the fast path. A bad one takes both, which makes it a lever for a flood: ingress admits by token
 * bucket before it verifies, verdicts are remembered (also the rejections), and a peer that hands over bad signatures is penalised.
 *
 * Why keys are held to more. Under ZIP215 a key of small order has signatures that fit *every* message, and a key with two encodings is two agents. Nobody
 * gets such a key by honest means, so registration refuses them (`isAcceptableKey`), and the verdict on signatures stays the same
 * for all keys.
 */
import { Point, getPublicKey, verify as nobleVerify } from '@noble/ed25519'
import { sha512 } from '@noble/hashes/sha2.js'
import { concat } from '../bytes'
import { encodePoints, expandSecret, GROUP_ORDER, numberBytes, toNumber } from './curve'
import { ECVRF } from './vrfScheme'
import type { VrfScheme } from './vrfScheme'

/** Length of a public key and of a secret seed, in bytes (RFC 8032 §5.1.5). */
export const KEY_BYTES = 32
/** Length of a signature R ‖ S, in bytes. */
export const SIGNATURE_BYTES = 64

/** One question to a verifier. Lengths are free: a wrong length is a rejected signature, not an error. */
export interface SignatureCheck {
  publicKey: Uint8Array
  message: Uint8Array
  signature: Uint8Array
}

/** Signs for one identity. The secret stays inside. */
export interface Signer {
  readonly publicKey: Uint8Array
  /** @returns the deterministic 64-byte signature of RFC 8032: equal messages give equal bytes */
  sign(message: Uint8Array): Uint8Array
  /** @returns the 80-byte proof of this identity's random number for an input (RFC 9381) */
  prove(alpha: Uint8Array): Uint8Array
}

/**
 * A platform's faster way to sign: takes the seed once, prepares its key, and gives the function that signs. The signatures must be the very bytes of
 * `sign`; Ed25519 is deterministic, so any correct implementation gives them.
 */
export type FastSign = (secret: Uint8Array) => (message: Uint8Array) => Uint8Array

/** The public key of a 32-byte seed. @throws RangeError for another length */
export function publicKeyOf(secret: Uint8Array): Uint8Array {
  return getPublicKey(secret)
}

/** RFC 8032 §5.1.6 for one seed, whose key is prepared once: the library prepares it for each signature, which doubles the price. */
function signerOf(secret: Uint8Array): (message: Uint8Array) => Uint8Array {
  const { scalar, prefix, publicKey } = expandSecret(secret)
  return message => {
    const nonce = toNumber(sha512(concat(prefix, message))) % GROUP_ORDER
    const [r] = encodePoints([Point.BASE.multiply(nonce)]) as [Uint8Array]
    const challenge = toNumber(sha512(concat(r, publicKey, message))) % GROUP_ORDER
    return concat(r, numberBytes((nonce + challenge * scalar) % GROUP_ORDER))
  }
}

/** RFC 8032 §5.1.6. Begin the message with a domain tag and the network id (PROTOCOL §6). @throws RangeError unless the secret has 32 bytes */
export function sign(message: Uint8Array, secret: Uint8Array): Uint8Array {
  return signerOf(secret)(message)
}

/** A signer of this seed. The seed is copied: clearing the caller's array does not break the signer. @throws RangeError unless the secret has 32 bytes */
export function createSigner(secret: Uint8Array, fastSign?: FastSign, vrf: VrfScheme = ECVRF): Signer {
  const seed = secret.slice()
  return { publicKey: publicKeyOf(seed), sign: fastSign ? fastSign(seed) : signerOf(seed), prove: vrf.prover(seed) }
}

/**
 * May this key be registered? 32 bytes, the canonical encoding of a curve point, and not one of the eight points of small order.
 * Asked once per registration, not per signature; it costs about a twentieth of a slow verification.
 */
export function isAcceptableKey(publicKey: Uint8Array): boolean {
  if (publicKey.length !== KEY_BYTES) return false
  try {
    return !Point.fromBytes(publicKey, false).isSmallOrder()
  } catch {
    return false
  }
}

/** L = 2²⁵² + 27742317777372353535851937790883648493, the order of the base point (RFC 8032 §5.1), 32 bytes little-endian. */
const GROUP_ORDER_BYTES = numberBytes(GROUP_ORDER)

/** S < L, on the bytes: the second half of the signature as a little-endian number, compared from its highest byte down. */
function isScalarReduced(signature: Uint8Array): boolean {
  for (let i = KEY_BYTES - 1; i >= 0; i--) {
    const difference = (signature[KEY_BYTES + i] as number) - (GROUP_ORDER_BYTES[i] as number)
    if (difference !== 0) return difference < 0
  }
  return false
}

/** The cheap half of the verdict: lengths, and S < L. What fails here is rejected without asking anyone. */
export function isWellFormed(check: SignatureCheck): boolean {
  return check.publicKey.length === KEY_BYTES && check.signature.length === SIGNATURE_BYTES && isScalarReduced(check.signature)
}

/**
 * The deciding half: ZIP215, by big integers in plain JavaScript, the same in every realm. Slow (about a millisecond); go through a verifier
 * (verifier.ts) unless speed is of no matter. Never throws: wrong lengths and undecodable points are `false`.
 */
export function verifyZip215({ publicKey, message, signature }: SignatureCheck): boolean {
  if (publicKey.length !== KEY_BYTES || signature.length !== SIGNATURE_BYTES) return false
  return nobleVerify(signature, message, publicKey, { zip215: true })
}
