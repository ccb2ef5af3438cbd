/**
 * Bytes under a passphrase: scrypt (RFC 7914) makes the key, AES-256-GCM (NIST SP 800-38D) hides and authenticates. Both in JavaScript, because insecure origins have
 * no WebCrypto and one way is enough; it happens once per file, and once per start where a key lies under a passphrase.
 */
import { gcm } from '@noble/ciphers/aes.js'
import { scrypt } from '@noble/hashes/scrypt.js'
import { concat, utf8 } from '../bytes'
import { fail, ok } from '../result'
import type { Failure, Result } from '../result'

const SEAL_SALT_BYTES = 16
const SEAL_NONCE_BYTES = 12
/** Fresh random bytes that each sealing takes: salt and nonce. */
export const SEAL_RANDOM_BYTES = SEAL_SALT_BYTES + SEAL_NONCE_BYTES
/** What GCM appends. */
const TAG_BYTES = 16
/** RFC 7914 calls 2^14 interactive; twice that takes a few tenths of a second and 32 MiB on a phone. */
const SCRYPT = { N: 2 ** 15, r: 8, p: 1, dkLen: 32 }

/** Shorter passphrases are guessed: scrypt makes each guess slow, not many. In UTF-16 code units, as an input field counts them. */
const MIN_PASSPHRASE = 8

/** @returns null for one that may be used, else `weak-passphrase` */
export function checkPassphrase(passphrase: string): Failure | null {
  return passphrase.length >= MIN_PASSPHRASE
    ? null
    : fail('weak-passphrase', `A passphrase has at least ${MIN_PASSPHRASE} characters; several words are better.`)
}

/**
 * @param random SEAL_RANDOM_BYTES fresh random bytes
 * @returns random, ciphertext, tag
 */
export function seal(plain: Uint8Array, passphrase: string, random: Uint8Array): Uint8Array {
  const [salt, nonce] = [random.slice(0, SEAL_SALT_BYTES), random.slice(SEAL_SALT_BYTES)]
  return concat(random, gcm(keyOf(passphrase, salt), nonce).encrypt(plain))
}

/** @returns `wrong-passphrase` also when the bytes were changed: the two cannot be told apart */
export function unseal(sealed: Uint8Array, passphrase: string): Result<Uint8Array> {
  const head = SEAL_RANDOM_BYTES
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
