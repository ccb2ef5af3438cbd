/**
 * How rare a proof has to be (D-31), in integers only. Difficulty d: one leaf in d has a score under the target ⌊(2²⁵⁶ − 1) / d⌋ on average.
 *
 * Two things decide about a score. Its expected rank ⌊score · leaves / 2²⁵⁶⌋ orders the proofs of a window: by that scale one proof is expected below rank 1, whatever
 * the size of the network, because n uniform scores have n · 1/n of them below 1/n. The target decides which scores count at all. With n leaves and difficulty d a
 * window stays empty with probability e^(−n/d).
 */
import { ContainerType, UintBigintType, UintNumberType } from '../../ssz'
import type { ValueOf } from '../../ssz'

/** A new difficulty after so many blocks. */
export const RETARGET_BLOCKS = 100
/** One adjustment goes this fraction of the way to what the last period asks for. */
export const DAMPING = 4n
/** Proofs under the target that a full window is expected to have at first: it is empty once in e³ = 20 windows. */
export const PROOFS_PER_WINDOW = 3n
/** After so many empty windows, and so many again, scores count double (F-40). */
export const EASE_AFTER_WINDOWS = 20
/** Difficulty is a u64. */
const MAX_DIFFICULTY = (1n << 64n) - 1n
/** Scores are 256 bits. */
const SCORE_BITS = 256n
const MAX_SCORE = (1n << SCORE_BITS) - 1n
/** Ranks are compared in thousandths, so that close scores are told apart in time. */
export const MILLI = 1000

/** What the family remembers. Difficulty 0: there has been no plot to derive one from. The period is what the next adjustment looks back on. */
export const SpaceMemory = new ContainerType({
  difficulty: new UintBigintType(8),
  /** Timestamp and height of the block after which the period began, ms since 1970. */
  periodStart: new UintBigintType(8),
  periodStartHeight: new UintNumberType(4)
})
export type SpaceMemory = ValueOf<typeof SpaceMemory>

function atLeastOne(value: bigint): bigint {
  return value < 1n ? 1n : value
}

/** From what is registered, so that a first block does not wait for adjustments. 0 without leaves. */
export function initialDifficulty(leaves: bigint): bigint {
  return (leaves + PROOFS_PER_WINDOW - 1n) / PROOFS_PER_WINDOW
}

/**
 * What a block has to meet: never more than one proof in all that is registered, so that a network from which most of the space has gone is not held up until
 * hundreds of blocks have been adjusted to.
 */
export function effectiveDifficulty(remembered: bigint, leaves: bigint): bigint {
  const difficulty = remembered === 0n ? initialDifficulty(leaves) : remembered
  return atLeastOne(difficulty < leaves ? difficulty : leaves)
}

/**
 * d + (d · expected / actual − d) / DAMPING in one division, rounded to the nearest, so that small difficulties move, too.
 * @param expectedMs what the period should have lasted. @param actualMs what it lasted
 */
export function retarget(difficulty: bigint, expectedMs: bigint, actualMs: bigint): bigint {
  const actual = atLeastOne(actualMs)
  const divisor = DAMPING * actual
  const next = (difficulty * ((DAMPING - 1n) * actual + expectedMs) + divisor / 2n) / divisor
  return next > MAX_DIFFICULTY ? MAX_DIFFICULTY : atLeastOne(next)
}

/** How many times the demands of this window are halved; after as many as a score has bits nothing is left of them. @param window empty windows since the parent */
function easing(window: number): bigint {
  return BigInt(Math.min(Number(SCORE_BITS), Math.floor(window / EASE_AFTER_WINDOWS)))
}

/** A score counts in this window when it is below this. */
export function targetOf(difficulty: bigint, window: number): bigint {
  return (MAX_SCORE / difficulty) << easing(window)
}

/**
 * The expected rank of a score in thousandths: how many better scores so many leaves have on average. It eases with the target; otherwise a network in which
 * most of the space sleeps would have its few waking proofs fall behind the end of every window.
 */
export function expectedMilliRank(score: bigint, leaves: bigint, window: number): number {
  return Number((score * atLeastOne(leaves >> easing(window)) * BigInt(MILLI)) >> SCORE_BITS)
}

/** A score's bytes as the number that is compared, big-endian. */
export function scoreNumber(score: Uint8Array): bigint {
  let value = 0n
  for (const byte of score) value = (value << 8n) | BigInt(byte)
  return value
}
