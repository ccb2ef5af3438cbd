/** A verifiable random function, as the chain uses it. One scheme holds for a whole network. */
import { vrfProver, verifyVrf, vrfOutput } from './vrf'

export interface VrfScheme {
  /** @param secret 32-byte Ed25519 seed, not changed later. @returns gives the one 80-byte proof of this key for an input */
  prover(secret: Uint8Array): (alpha: Uint8Array) => Uint8Array
  /** The 64-byte output of one's own proof, without checking it; null when the bytes are no proof. */
  output(proof: Uint8Array): Uint8Array | null
  /** @returns the 64-byte output, or null when the proof does not hold. Never throws */
  verify(publicKey: Uint8Array, alpha: Uint8Array, proof: Uint8Array): Uint8Array | null
}

/** ECVRF-EDWARDS25519-SHA512-TAI (RFC 9381). */
export const ECVRF: VrfScheme = { prover: vrfProver, verify: verifyVrf, output: vrfOutput }
