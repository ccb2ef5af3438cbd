/**
 * A model of the random function: as unique and as checkable as the real one, but anybody could compute it. Nobody in a simulation tries, and long runs need not pay
 * three milliseconds for each block of each proposer. Never for a live network.
 */
import { concat, equalBytes } from '../core/bytes'
import { publicKeyOf } from '../core/crypto/ed25519'
import { taggedHash } from '../core/crypto/hash'
import { VRF_PROOF_BYTES } from '../core/crypto/vrf'
import type { VrfScheme } from '../core/crypto/vrfScheme'

function proofOf(publicKey: Uint8Array, alpha: Uint8Array): Uint8Array {
  const proof = new Uint8Array(VRF_PROOF_BYTES)
  proof.set(taggedHash('model-vrf', publicKey, alpha))
  return proof
}

function outputOf(proof: Uint8Array): Uint8Array {
  return concat(taggedHash('model-vrf-low', proof), taggedHash('model-vrf-high', proof))
}

export const MODEL_VRF: VrfScheme = {
  prover(secret) {
    const publicKey = publicKeyOf(secret)
    return alpha => proofOf(publicKey, alpha)
  },
  verify: (publicKey, alpha, proof) => (equalBytes(proof, proofOf(publicKey, alpha)) ? outputOf(proof) : null),
  output: proof => (proof.length === VRF_PROOF_BYTES ? outputOf(proof) : null)
}
