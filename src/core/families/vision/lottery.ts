/**
 * The draw of a winner and its backups (V011–V014, V088–V094), as pure functions of bytes. `vectors/vision.json` holds examples.
 *
 *     salt      H("mining-epoch-v1", chain id, height at which the family began to rule)
 *     seed      H("mining", rankSeed, next height, salt, rotation)
 *     draw 0    u64(seed); draw i + 1: u64(H("reroll", seed, i))
 *     index     (u64 · n) >> 64 among the n names that are left
 *
 * The seed of the original draws with replacement, so that a backup may be the winner once more (F-50); here a drawn name is taken off the roll: a Fisher–Yates shuffle that
 * stops when the list is full.
 *
 * The roll is every *settled* registration, sorted by key; whoever is drawn and not in the pool is passed over. Drawing by index among the pool alone would
 * be open to grinding: the seed of a height is known one block before the pool is, and one heartbeat more or less in that block would draw everybody anew. Registrations
 * older than the seed cannot be chosen any more, so a proposer can only move itself in or out, and all others keep their order.
 */
import { u32le, u64le } from '../../bytes'
import { taggedHash } from '../../crypto/hash'
import type { RankedProposer } from '../family'

/** Bits of a draw. */
const DRAW_BITS = 64n

/** D-42. @param chainId hash of the genesis, 32 bytes. @param began height of the state in which the family began to rule: a change of family changes the salt */
export function epochSalt(chainId: Uint8Array, began: number): Uint8Array {
  return taggedHash('mining-epoch-v1', chainId, u32le(began))
}

/** V011. @param rankSeed seed(h − 2) of the block's own branch. @param height of the block to be made. @param rotation how many full lists have passed (F-51) */
export function rotationSeed(rankSeed: Uint8Array, height: number, salt: Uint8Array, rotation: number): Uint8Array {
  return taggedHash('mining', rankSeed, u64le(height), salt, u32le(rotation))
}

/** D-43: the first eight bytes, little-endian. */
export function u64FromSeed(seed: Uint8Array): bigint {
  return new DataView(seed.buffer, seed.byteOffset, 8).getBigUint64(0, true)
}

/** D-43: scales a draw to 0 … n − 1 without a modulo; the bias is at most n / 2⁶⁴. */
export function indexOfDraw(draw: bigint, n: number): number {
  return Number((draw * BigInt(n)) >> DRAW_BITS)
}

/** V092. The 32 bytes whose first eight are draw number `draw`. */
function ticketOfDraw(seed: Uint8Array, draw: number): Uint8Array {
  return draw === 0 ? seed : taggedHash('reroll', seed, u32le(draw - 1))
}

/**
 * V012, V013. At most one hash per name on the roll, and `size` hashes where everybody on it is in the pool.
 * @param roll distinct public keys in ascending order. @param inPool by place on the roll
 * @returns winner first; shorter than `size` only when the pool is
 */
export function drawList(seed: Uint8Array, roll: readonly Uint8Array[], inPool: (place: number) => boolean, size: number): RankedProposer[] {
  const list: RankedProposer[] = []
  // A shuffle of a few places: only what has been moved is written down.
  const moved = new Map<number, number>()
  for (let draw = 0; draw < roll.length && list.length < size; draw++) {
    const ticket = ticketOfDraw(seed, draw)
    const at = draw + indexOfDraw(u64FromSeed(ticket), roll.length - draw)
    const place = moved.get(at) ?? at
    moved.set(at, moved.get(draw) ?? draw)
    if (inPool(place)) list.push({ publicKey: roll[place]!, ticket })
  }
  return list
}

/** V014, V094: from `minMs` to `maxMs` − 1. @param baseSeed that of rotation 0 */
export function jitterOf(baseSeed: Uint8Array, publicKey: Uint8Array, minMs: number, maxMs: number): number {
  return minMs + Number(u64FromSeed(taggedHash('jitter', baseSeed, publicKey)) % BigInt(maxMs - minMs))
}

/** Where a rank stands: ranks count through the lists of all rotations. */
export interface Place {
  rotation: number
  /** 0: the winner; k: backup k. */
  slot: number
}

/** @param size places in one list, at least 1 */
export function placeOfRank(rank: number, size: number): Place {
  return { rotation: Math.floor(rank / size), slot: rank % size }
}

export function rankOfPlace({ rotation, slot }: Place, size: number): number {
  return rotation * size + slot
}
