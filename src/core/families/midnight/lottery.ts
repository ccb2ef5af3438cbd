/**
 * The lottery of the modes with a leader (M002, D-21). One draw, weighted, exact: no modulo and no floating point, so that each candidate's chance is its
 * share of the weight up to W/2²⁵⁶.
 *
 * Walking along a list of weights has a weak point: whoever knows the draw and may still change the list chooses the winner, by registering a key that sorts
 * into the right place, by waking a sleeping one, or by a deposit. Therefore the list is older than the draw. When block h is executed, its seed is drawn over the
 * candidates of the state *before* h, and the winner is remembered as the leader of h + 2 (`LeaderMemory`).
 */
import { compareBytes } from '../../bytes'
import { taggedHash } from '../../crypto/hash'
import { ByteVectorType, ContainerType } from '../../ssz'
import type { ValueOf } from '../../ssz'

const Bytes32 = new ByteVectorType(32)

/** Bits of a draw: those of SHA-256. */
const DRAW_BITS = 256n

/** Leaders of the next height and the one after it: public keys, or zeros when there was nobody to draw from. */
export const LeaderMemory = new ContainerType({ next: Bytes32, afterNext: Bytes32 })
export type LeaderMemory = ValueOf<typeof LeaderMemory>

export const NO_LEADER = new Uint8Array(32)

export interface LotteryCandidate {
  publicKey: Uint8Array
  /** A positive integer. */
  weight: number
}

/** The drawn number as bytes: H("leader", rankSeed), read as a big-endian integer below 2²⁵⁶. */
export function leaderDraw(rankSeed: Uint8Array): Uint8Array {
  return taggedHash('leader', rankSeed)
}

/**
 * Candidates lie side by side in ascending order of their keys, each as long as its weight; the draw, scaled to the whole length, points at one.
 * @returns the public key, or null when there is nobody
 */
export function drawLeader(rankSeed: Uint8Array, candidates: readonly LotteryCandidate[]): Uint8Array | null {
  const total = candidates.reduce((sum, { weight }) => sum + weight, 0)
  let left = Number((toInteger(leaderDraw(rankSeed)) * BigInt(total)) >> DRAW_BITS)
  for (const { publicKey, weight } of [...candidates].sort((a, b) => compareBytes(a.publicKey, b.publicKey))) {
    if (left < weight) return publicKey
    left -= weight
  }
  return null
}

function toInteger(bytes: Uint8Array): bigint {
  return bytes.reduce((value, byte) => (value << 8n) | BigInt(byte), 0n)
}
