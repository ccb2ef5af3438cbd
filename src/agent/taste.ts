/** What an agent thinks of a meme (D-03, the part that differs from viewer to viewer). Pure; decides nothing by itself. */
import type { Personality } from '../core/taste/personalities'

export type Reaction = 'love' | 'like' | 'neutral' | 'dislike'

/** Points above which it is each; below the last: dislike. */
const THRESHOLDS: readonly (readonly [Reaction, number])[] = [
  ['love', 700],
  ['like', 500],
  ['neutral', 300]
]

/** Points of a meme that leaves everybody alike cold or warm: between neutral and like. */
const MIDDLE = 450

/** All milli-units; `trust` −1000 … 1000. */
export interface MemeFacts {
  readonly quality: number
  readonly relevance: number
  /** In its creator. */
  readonly trust: number
}

/**
 * (400·quality + 300·relevance + 300·what it has with the creator) / 1000. Sensitivity to memes does not scale the points, as in the definition, for then the lawful would dislike all there are: it
 * scales how far they are from the middle, so that who does not care for memes is lukewarm about them.
 */
export function likingOf({ traits }: Personality, { quality, relevance, trust }: MemeFacts): number {
  const relation = 500 + Math.trunc(trust / 2)
  const raw = Math.floor((400 * quality + 300 * relevance + 300 * relation) / 1000)
  return MIDDLE + Math.trunc(((raw - MIDDLE) * (500 + traits.meme)) / 1000)
}

export function reactionTo(personality: Personality, facts: MemeFacts): Reaction {
  const points = likingOf(personality, facts)
  return THRESHOLDS.find(([, least]) => points > least)?.[0] ?? 'dislike'
}
