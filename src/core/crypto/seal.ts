/**
 * Bytes under a passphrase: scrypt (RFC 7914) makes the key, AES-256-GCM (NIST SP 800-38D) hides and authenticates. Both in JavaScript, because insecure origins have
 * no WebCrypto and one way is enough; it happens once per file.
 */
import { gcm } from '@noble/ciphers/aes.js'
import { scrypt } from '@noble/hashes/scrypt.js'
import { concat, utf8 } from '../bytes'
import { fail, ok } from '../result'
import type { Result } from '../result'

export const SEAL_SALT_BYTES = 16
export const SEAL_NONCE_BYTES = 12
/** What GCM appends. */
const TAG_BYTES = 16
/** RFC 7914 calls 2^14 interactive; twice that takes a few tenths of a second and 32 MiB on a phone. */
const SCRYPT = { N: 2 ** 15, r: 8, p: 1, dkLen: 32 }

/**
 * @param random SEAL_SALT_BYTES + SEAL_NONCE_BYTES fresh random bytes
 * @returns random, ciphertext, tag
 */
export function seal(plain: Uint8Array, passphrase: string, random: Uint8Array): Uint8Array {
  const [salt, nonce] = [random.slice(0, SEAL_SALT_BYTES), random.slice(SEAL_SALT_BYTES)]
  return concat(random, gcm(keyOf(passphrase, salt), nonce).encrypt(plain))
}

/** @returns `wrong-passphrase` also when the bytes were changed: the two cannot be told apart */
export function unseal(sealed: Uint8Array, passphrase: string): Result<Uint8Array> {
  const head = SEAL_SALT_BYTES + SEAL_NONCE_BYTES
  if (sealed.length < head + TAG_BYTES) return fail('malformed', 'the sealed part is cut short')
  try {
    return ok(gcm(keyOf(passphrase, sealed.slice(0, SEAL_SALT_BYTES)), sealed.slice(SEAL_SALT_BYTES, head)).decrypt(sealed.slice(head)))
  } catch {
    return fail('wrong-passphrase', 'The passphrase is not the one that this file was made with, or the file was changed.')
  }
}

/** NFKC: the same passphrase typed on another keyboard is the same bytes (RFC 8265). */
function keyOf(passphrase: string, salt: Uint8Array): Uint8Array {
  return scrypt(utf8(passphrase.normalize('NFKC')), salt, SCRYPT)
}
