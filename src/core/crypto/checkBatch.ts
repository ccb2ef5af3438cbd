/** Signature checks as one run of bytes, for another thread: a buffer that changes hands costs the same however much is in it, five hundred small arrays do not. */
import type { SignatureCheck } from './ed25519'
import { KEY_BYTES, SIGNATURE_BYTES } from './ed25519'

/** Bytes of each check besides its message: key, signature, length of the message. */
const FIXED_BYTES = KEY_BYTES + SIGNATURE_BYTES + 4

/** @param checks well-formed ones. @returns memory that nobody else holds */
export function packChecks(checks: readonly SignatureCheck[]): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(checks.reduce((sum, { message }) => sum + FIXED_BYTES + message.length, 0))
  const numbers = new DataView(bytes.buffer)
  let at = 0
  for (const { publicKey, message, signature } of checks) {
    bytes.set(publicKey, at)
    bytes.set(signature, at + KEY_BYTES)
    numbers.setUint32(at + KEY_BYTES + SIGNATURE_BYTES, message.length, true)
    bytes.set(message, at + FIXED_BYTES)
    at += FIXED_BYTES + message.length
  }
  return bytes
}

/** The inverse. The arrays are windows into `bytes`. */
export function unpackChecks(bytes: Uint8Array): SignatureCheck[] {
  const numbers = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  const checks: SignatureCheck[] = []
  for (let at = 0; at < bytes.length;) {
    const from = at + FIXED_BYTES
    const end = from + numbers.getUint32(at + KEY_BYTES + SIGNATURE_BYTES, true)
    checks.push({
      publicKey: bytes.subarray(at, at + KEY_BYTES),
      signature: bytes.subarray(at + KEY_BYTES, at + KEY_BYTES + SIGNATURE_BYTES),
      message: bytes.subarray(from, end)
    })
    at = end
  }
  return checks
}

/** @returns one byte each, 1: the signature holds */
export function packVerdicts(verdicts: readonly boolean[]): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(verdicts, verdict => (verdict ? 1 : 0))
}

/** The inverse. */
export function unpackVerdicts(bytes: Uint8Array): boolean[] {
  return Array.from(bytes, byte => byte === 1)
}
