/**
 * What a producer does with a turn (P014–P016, P045–P048), as functions of its configuration, of what its script has decided for this height, and of what it sees. Which turns there are
 * is the family's business (D-10), what is valid is the chain's.
 */
import type { Personality } from '../core/taste/personalities'
import type { ProducerConfig } from './config/config'
import type { Decision, Ordering } from './script/decision'

/** A block that is not to be made on this parent. */
export const NEVER = Infinity

export interface TurnView {
  /** When this node last began to make a block, ms; null: never since it started. */
  readonly lastStart: number | null
  /** What the script said about this height; null: there is none, or it has not said anything. */
  readonly decision: Decision | null
}

/** P014, F-34: measured from start to start, however long the block in between took. @returns the earliest time, ms; NEVER where the script lets the turn pass */
export function produceFrom({ blockIntervalMs }: ProducerConfig, { lastStart, decision }: TurnView): number {
  if (decision?.produce === false) return NEVER
  return lastStart === null ? 0 : lastStart + blockIntervalMs
}

/** How much goes into a block, and in which order it is tried. */
export interface Selection {
  /** P015: of the encoded list. */
  readonly maxBytes: number
  /** P016. */
  readonly maxTransactions: number
  readonly ordering: Ordering
}

/** A script may ask for less than the person has allowed, never for more. */
export function selectionFor({ maxBlockSize, maxTransactions }: ProducerConfig, decision: Decision | null): Selection {
  return {
    maxBytes: maxBlockSize,
    maxTransactions: Math.min(maxTransactions, decision?.maxTransactions ?? maxTransactions),
    ordering: decision?.ordering ?? 'fee'
  }
}

/** What a policy may know of a transaction that waits. */
export interface Waiting {
  readonly bytes: number
  readonly own: boolean
}

/**
 * P045: the order in which what waits is tried. The greedy choice under both limits, skipping what does not fit (P046–P048), is made while the block is built, since whether a
 * transaction can be in it depends on those before it.
 * @param byFee best fee per byte first; ties broken
 * @param byAge the same ones, oldest first
 */
export function ordered<T extends Waiting>(ordering: Ordering, byFee: readonly T[], byAge: readonly T[]): readonly T[] {
  switch (ordering) {
    case 'fee':
      return byFee
    case 'age':
      return byAge
    case 'own':
      return [...byFee].sort((a, b) => Number(b.own) - Number(a.own))
    case 'small':
      return [...byFee].sort((a, b) => a.bytes - b.bytes)
  }
}

/** Which blocks to like: the configured personality, else the agent's own, with the weights that the script asked for. */
export function tasteFor({ personality }: ProducerConfig, own: Personality | null, decision: Decision | null): Personality | null {
  const base = personality ?? own
  return base === null || decision?.weights == null ? base : { ...base, weights: decision.weights }
}
