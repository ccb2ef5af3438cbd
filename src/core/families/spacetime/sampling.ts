/**
 * Which leaves of a plot a miner reads for a challenge (S042, D-33). A matter of the miner alone: whoever reads less finds less, and a proof is checked the same way
 * however it was found. Every choice hangs on the challenge: a fixed selection would read the same few leaves for ever, and all others would be wasted (F-47).
 */
import { taggedHash } from '../../crypto/hash'

export type Sampling =
  | { readonly kind: 'full' }
  /** So many leaves, spread over the plot from a start and with a stride that the challenge draws. */
  | { readonly kind: 'sample'; readonly leaves: number }
  /** So many neighbouring leaves from a start that the challenge draws: one read of a disk. */
  | { readonly kind: 'block'; readonly leaves: number }
  /** The whole plot for one challenge in 2^zeroBits, nothing for the others. */
  | { readonly kind: 'filter'; readonly zeroBits: number }
  /** As many leaves as hold, on average, this many proofs under the target of this difficulty (S090). */
  | { readonly kind: 'adaptive'; readonly difficulty: bigint; readonly proofs: number }

/** The leaves start, start + stride, … modulo the size of the plot; `count` of them. */
export interface Reading {
  readonly start: number
  readonly stride: number
  readonly count: number
}

/** The draw of a filter has so many bits. */
const MAX_FILTER_BITS = 32

/**
 * @param root tells plots apart, so that two plots of one size do not read the same places
 * @param leaves the size of the plot, a power of two
 */
export function readingOf(sampling: Sampling, root: Uint8Array, leaves: number, challenge: Uint8Array): Reading {
  if (sampling.kind === 'full') return { start: 0, stride: 1, count: leaves }
  const hash = taggedHash('sample', challenge, root)
  const draw = new DataView(hash.buffer, hash.byteOffset)
  const start = draw.getUint32(0, true) % leaves
  if (sampling.kind === 'block') return { start, stride: 1, count: Math.min(leaves, sampling.leaves) }
  if (sampling.kind === 'filter') return { start: 0, stride: 1, count: passesFilter(draw.getUint32(8, true), sampling.zeroBits) ? leaves : 0 }
  const wanted = sampling.kind === 'sample' ? sampling.leaves : expectedLeaves(sampling.difficulty, sampling.proofs, leaves)
  // An odd stride meets every leaf of a power of two before it meets one again.
  return { start, stride: (draw.getUint32(4, true) % leaves) | 1, count: Math.min(leaves, wanted) }
}

function passesFilter(draw: number, zeroBits: number): boolean {
  return draw % 2 ** Math.min(MAX_FILTER_BITS, zeroBits) === 0
}

/** A proof under the target is found once in `difficulty` leaves. */
function expectedLeaves(difficulty: bigint, proofs: number, leaves: number): number {
  const wanted = difficulty * BigInt(proofs)
  return wanted > BigInt(leaves) ? leaves : Number(wanted)
}

/** The numbers of the leaves that are read, in order. */
export function* leavesIn(reading: Reading, leaves: number): Generator<number> {
  for (let i = 0; i < reading.count; i++) yield (reading.start + i * reading.stride) % leaves
}
