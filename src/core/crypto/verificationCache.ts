/**
 * Remembers verdicts on signatures, accepts and rejects. One instance serves all nodes of a tab or process: fifty simulated nodes look at the
 * same hundred votes per height, and each is verified once instead of fifty times.
 */
import type { SignatureCheck } from './ed25519'
import { KEY_BYTES, SIGNATURE_BYTES } from './ed25519'
import { GenerationMap } from './generationMap'
import { HASH_BYTES, sha256 } from './hash'

/** Some hundred heights of a hundred votes for fifty nodes; about 120 bytes each, so at most 4 MiB. */
const MAX_ACCEPTED_VERDICTS = 32_768

/** Apart from the accepted ones, so that a flood of bad signatures evicts only its own kind; smaller, since a peer that sends many is cut off. */
const MAX_REJECTED_VERDICTS = 4_096

/** Room for key, signature and the largest vote or transaction; longer messages are hashed through a temporary array. */
const SCRATCH_BYTES = 1_024

export interface VerificationCacheStats {
  /** Look-ups that were answered. */
  hits: number
  /** Look-ups that were not: each of them was a signature that had to be verified. */
  misses: number
  /** Entries now, accepted and rejected together. */
  entries: number
}

/** A verdict is a pure function of the check, so an entry never becomes wrong; it only falls out. */
export class VerificationCache {
  private readonly accepted = new GenerationMap<string, true>(MAX_ACCEPTED_VERDICTS)
  private readonly rejected = new GenerationMap<string, true>(MAX_REJECTED_VERDICTS)
  private readonly scratch = new Uint8Array(SCRATCH_BYTES)
  private hits = 0
  private misses = 0

  /**
   * The name of a check: SHA-256 over public key ‖ signature ‖ message, unambiguous as the first two have fixed lengths. A full collision-resistant
   * digest and not a cheap fingerprint, because an enemy who finds two checks with one name could pass a forged vote off as a verified one.
   * @param check well-formed (`isWellFormed`)
   */
  keyOf({ publicKey, message, signature }: SignatureCheck): string {
    const length = KEY_BYTES + SIGNATURE_BYTES + message.length
    const input = length <= SCRATCH_BYTES ? this.scratch.subarray(0, length) : new Uint8Array(length)
    input.set(publicKey, 0)
    input.set(signature, KEY_BYTES)
    input.set(message, KEY_BYTES + SIGNATURE_BYTES)
    return textOf(sha256(input))
  }

  /** @returns the verdict, or undefined when it is not known */
  get(key: string): boolean | undefined {
    if (this.accepted.get(key)) {
      this.hits++
      return true
    }
    if (this.rejected.get(key)) {
      this.hits++
      return false
    }
    this.misses++
    return undefined
  }

  /** Is the verdict known? Counts as no look-up. */
  knows(key: string): boolean {
    return this.accepted.get(key) !== undefined || this.rejected.get(key) !== undefined
  }

  set(key: string, verdict: boolean): void {
    const verdicts = verdict ? this.accepted : this.rejected
    verdicts.set(key, true)
  }

  stats(): VerificationCacheStats {
    return { hits: this.hits, misses: this.misses, entries: this.accepted.size + this.rejected.size }
  }
}

/**
 * Sixteen UTF-16 units: a Map compares and hashes short strings faster than hex ones. It never leaves this process, so byte order is no matter.
 * Spelled out, because spreading a typed array into a call costs three times as much, and this runs for each signature.
 */
function textOf(digest: Uint8Array): string {
  const u = new Uint16Array(digest.buffer, digest.byteOffset, HASH_BYTES / 2) as unknown as Sixteen
  return String.fromCharCode(u[0], u[1], u[2], u[3], u[4], u[5], u[6], u[7], u[8], u[9], u[10], u[11], u[12], u[13], u[14], u[15])
}

type Sixteen = readonly [number, number, number, number, number, number, number, number, number, number, number, number, number, number, number, number]
