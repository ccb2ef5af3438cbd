/**
 * node:crypto (OpenSSL) as the synchronous fast verifier and signer, for the simulator and the headless node. Like WebCrypto it only ever
 * says yes (core/crypto/verifier.ts).
 */
import { createPrivateKey, createPublicKey, sign, verify } from 'node:crypto'
import type { KeyObject } from 'node:crypto'
import type { FastSign } from '../../core/crypto/ed25519'
import { GenerationMap } from '../../core/crypto/generationMap'
import type { SyncFastVerifier } from '../../core/crypto/verifier'

/** Eight validator sets of the largest size; a key object is some hundred bytes outside the heap. */
const MAX_KEY_OBJECTS = 1_024

/** DER up to the raw 32 bytes: SubjectPublicKeyInfo and PKCS #8 with the OID 1.3.101.112 (RFC 8410 §4, §7). */
const SPKI_PREFIX = Buffer.from('302a300506032b6570032100', 'hex')
const PKCS8_PREFIX = Buffer.from('302e020100300506032b657004220420', 'hex')

/** A fast verifier with its own bounded cache of key objects. */
export function createNodeFast(): SyncFastVerifier {
  const keys = new GenerationMap<string, KeyObject>(MAX_KEY_OBJECTS)

  function keyObject(publicKey: Uint8Array): KeyObject {
    const name = String.fromCharCode(...publicKey)
    let key = keys.get(name)
    if (!key) {
      key = createPublicKey({ key: Buffer.concat([SPKI_PREFIX, publicKey]), format: 'der', type: 'spki' })
      keys.set(name, key)
    }
    return key
  }

  return {
    verify({ publicKey, message, signature }) {
      try {
        return verify(null, message, keyObject(publicKey), signature)
      } catch {
        // A key that OpenSSL refuses: not a yes, so the exact check decides.
        return false
      }
    }
  }
}

/** Signs as `createSigner`'s fast path: RFC 8032 is deterministic, so the bytes are those of the slow one. @throws Error unless the secret has 32 bytes */
export const nodeFastSign: FastSign = secret => {
  const key = createPrivateKey({ key: Buffer.concat([PKCS8_PREFIX, secret]), format: 'der', type: 'pkcs8' })
  // A copy, so that no Buffer (and no pooled memory) gets into the core.
  return message => Uint8Array.from(sign(null, message, key))
}
