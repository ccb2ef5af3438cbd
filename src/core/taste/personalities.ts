/**
 * The nine personalities (D-01, P054), as numbers. One table: a row says how much each side of a block counts, how many points it takes to please, and how much chance
 * is in it. What a row cannot say, its special rule, is in judge.ts.
 */
import { fail } from '../result'
import type { Failure } from '../result'

export const PERSONALITY_TYPES = ['lawful', 'neutral', 'chaotic', 'memetic', 'greedy', 'dramatic', 'rational', 'emotional', 'strategic'] as const
export type PersonalityType = (typeof PERSONALITY_TYPES)[number]

/** In records: 1 … 9 are the nine in this order, then one whose rules only its owner knows; 0 says nothing. */
export const PERSONALITY_CUSTOM = PERSONALITY_TYPES.length + 1

/** All numbers are milli-units, 0 … 1000. */
export interface Personality {
  readonly type: PersonalityType | 'custom'
  /** How much each side of a block counts; together 1000. */
  readonly weights: { readonly technical: number; readonly social: number; readonly meme: number; readonly extra: number }
  /** What the fourth side is. */
  readonly extra: 'none' | 'fees' | 'drama'
  /** Points that a block needs. */
  readonly threshold: number
  /** The largest whim, up or down. */
  readonly chaos: number
  /** What it is like towards others; a block is not judged by these. */
  readonly traits: { readonly chaos: number; readonly meme: number; readonly alliance: number; readonly drama: number; readonly reason: number }
}

type Four = readonly [technical: number, social: number, meme: number, extra: number]
type Five = readonly [chaos: number, meme: number, alliance: number, drama: number, reason: number]

function row(
  type: PersonalityType,
  [technical, social, meme, extra]: Four,
  fourth: Personality['extra'],
  threshold: number,
  chaos: number,
  traits: Five
): Personality {
  const [wild, memes, alliance, drama, reason] = traits
  return {
    type,
    weights: { technical, social, meme, extra },
    extra: fourth,
    threshold,
    chaos,
    traits: { chaos: wild, meme: memes, alliance, drama, reason }
  }
}

/** In the order of `PERSONALITY_TYPES`. */
export const PERSONALITIES: readonly Personality[] = [
  row('lawful', [700, 200, 100, 0], 'none', 600, 0, [0, 200, 400, 0, 900]),
  row('neutral', [400, 400, 200, 0], 'none', 500, 30, [200, 400, 400, 200, 600]),
  row('chaotic', [300, 400, 300, 0], 'none', 500, 300, [900, 700, 400, 800, 200]),
  row('memetic', [200, 200, 600, 0], 'none', 500, 80, [500, 1000, 500, 500, 300]),
  row('greedy', [300, 250, 100, 350], 'fees', 500, 50, [300, 200, 600, 300, 600]),
  row('dramatic', [200, 250, 250, 300], 'drama', 500, 150, [700, 700, 500, 1000, 200]),
  row('rational', [650, 200, 150, 0], 'none', 550, 0, [0, 200, 300, 0, 1000]),
  row('emotional', [200, 600, 200, 0], 'none', 500, 120, [500, 600, 700, 600, 100]),
  row('strategic', [300, 500, 200, 0], 'none', 520, 20, [200, 300, 900, 300, 800])
]

export function personalityOf(type: PersonalityType): Personality {
  return PERSONALITIES[PERSONALITY_TYPES.indexOf(type)]!
}

/** The personality of somebody who has not chosen one: the same for the same key, each of the nine about as often. */
export function defaultPersonality(publicKey: Uint8Array): Personality {
  return PERSONALITIES[(publicKey[3] ?? 0) % PERSONALITIES.length]!
}

/** For a vector that somebody has typed in (`custom`). @returns `bad-personality` with the first reason, or null */
export function checkPersonality({ weights, threshold, chaos, traits }: Personality): Failure | null {
  const shares = Object.values(weights)
  const isMilli = (value: number): boolean => Number.isInteger(value) && value >= 0 && value <= 1000
  if (![...shares, threshold, chaos, ...Object.values(traits)].every(isMilli)) return fail('bad-personality', 'every number is an integer from 0 to 1000')
  if (shares.reduce((sum, share) => sum + share, 0) !== 1000) return fail('bad-personality', 'the four weights add up to 1000')
  return null
}
