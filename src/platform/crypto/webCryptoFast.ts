/**
 * WebCrypto as the fast verifier of a browser (and of Node, for the tests). It is a host's C++ code, some fifteen times as fast as the exact check in
 * JavaScript, and it only ever says yes (core/crypto/verifier.ts), so that browsers whose WebCrypto differs in edge cases still agree.
 */
import { fromHex } from '../../core/bytes'
import type { SignatureCheck } from '../../core/crypto/ed25519'
import { GenerationMap } from '../../core/crypto/generationMap'
import type { AsyncFastVerifier } from '../../core/crypto/verifier'

/** Eight validator sets of the largest size; an imported key is some hundred bytes. */
const MAX_IMPORTED_KEYS = 1_024

const ALGORITHM = 'Ed25519'

/** RFC 8032 §7.1 TEST 2. A host is trusted with the fast path only if it accepts this, and refuses it with one bit changed. */
const PROBE = {
  publicKey: '3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c',
  message: '72',
  signature: '92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00'
}

/** Our byte strings are never shared memory, which WebCrypto's types exclude. */
function source(bytes: Uint8Array): BufferSource {
  return bytes as Uint8Array<ArrayBuffer>
}

/**
 * @param subtle `crypto.subtle` of this realm; undefined on an insecure origin
 * @returns null where there is no WebCrypto, or none with a working Ed25519: the caller goes on with the slow path alone
 */
export async function createWebCryptoFast(subtle: SubtleCrypto | undefined): Promise<AsyncFastVerifier | null> {
  if (!subtle) return null
  const fast = fastVerifierOn(subtle)
  return (await passesProbe(fast)) ? fast : null
}

function fastVerifierOn(subtle: SubtleCrypto): AsyncFastVerifier {
  const keys = new GenerationMap<string, Promise<CryptoKey>>(MAX_IMPORTED_KEYS)

  /** The import is kept as a promise, also a failed one: checks in parallel under one key import it once, and a bad key is not tried again. */
  function importedKey(publicKey: Uint8Array): Promise<CryptoKey> {
    const name = String.fromCharCode(...publicKey)
    let key = keys.get(name)
    if (!key) {
      key = subtle.importKey('raw', source(publicKey), ALGORITHM, false, ['verify'])
      keys.set(name, key)
    }
    return key
  }

  return {
    async verify({ publicKey, message, signature }) {
      try {
        return await subtle.verify(ALGORITHM, await importedKey(publicKey), source(signature), source(message))
      } catch {
        // A key that this host refuses to import, or a host failure: not a yes, so the exact check decides.
        return false
      }
    }
  }
}

async function passesProbe(fast: AsyncFastVerifier): Promise<boolean> {
  const good: SignatureCheck = { publicKey: probeBytes('publicKey'), message: probeBytes('message'), signature: probeBytes('signature') }
  const bad = { ...good, message: Uint8Array.of(0x73) }
  return (await fast.verify(good)) && !(await fast.verify(bad))
}

function probeBytes(field: keyof typeof PROBE): Uint8Array {
  return fromHex(PROBE[field]) ?? new Uint8Array()
}
