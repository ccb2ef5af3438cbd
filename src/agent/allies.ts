/**
 * Whom an agent would ally with, and on which terms (P061–P068, P122). Pure: it sees what the chain says of the others and returns suggestions; a person, or the agent's configuration, decides what
 * becomes of them.
 */
import type { Personality } from '../core/taste/personalities'

/** D-02: what the chaotic see in others is no matter of traits. */
const CHAOTIC_VIEW: Partial<Record<Personality['type'], number>> = { chaotic: 800, lawful: 300, memetic: 700, dramatic: 900 }
const CHAOTIC_REST = 500
/** Compatibility above which an agent would propose, and accept. */
export const PROPOSE_ABOVE = 700
export const ACCEPT_ABOVE = 600
/** P063: influence below which nobody is suggested. */
export const LEAST_INFLUENCE = 200
/** Suggestions at once: what a person reads. */
export const SUGGESTIONS = 6
/** P068. */
const DEFAULT_DURATION_MS = 3_600_000
/** D-07: bounds of the terms, milli; and F-21: of the duration. */
const MOST_MEME_BOOST = 200
const MOST_DURATION_BLOCKS = 10_000
/** What the greedy are offered of the rewards, milli. */
const GREEDY_SHARE = 100

/** D-02, milli: how well the other suits who looks. */
export function compatibility(viewer: Personality, other: Personality): number {
  if (viewer.type === 'chaotic') return CHAOTIC_VIEW[other.type] ?? CHAOTIC_REST
  const names = ['chaos', 'meme', 'alliance', 'drama', 'reason'] as const
  const apart = names.reduce((sum, name) => sum + Math.abs(viewer.traits[name] - other.traits[name]), 0)
  return 1000 - Math.floor(apart / names.length)
}

export interface Candidate {
  /** Hex. */
  readonly publicKey: string
  readonly personality: Personality
  readonly influence: number
  /** An alliance or an offer with it is under way (P064). */
  readonly taken: boolean
}

export interface Terms {
  readonly durationBlocks: number
  readonly supportVote: boolean
  readonly exclusive: boolean
  readonly memeBoost: number
  readonly rewardShare: number
  readonly breakPenalty: number
}

/** P066–P068: an hour, and what this very target cares for. Who goes by reason, and who loves alliances, binds itself harder. */
export function termsFor({ type, traits }: Personality, blockIntervalMs: number): Terms {
  return {
    durationBlocks: Math.min(MOST_DURATION_BLOCKS, Math.max(1, Math.ceil(DEFAULT_DURATION_MS / blockIntervalMs))),
    supportVote: true,
    exclusive: false,
    memeBoost: Math.min(MOST_MEME_BOOST, Math.floor(traits.meme / 5)),
    rewardShare: type === 'greedy' ? GREEDY_SHARE : 0,
    breakPenalty: 50 + Math.floor((traits.alliance + traits.reason) / 20)
  }
}

export interface Suggestion {
  readonly candidate: Candidate
  readonly compatibility: number
  /** Compatibility × influence, milli. */
  readonly score: number
  readonly terms: Terms
}

/** P062–P064, the best first; of equal ones the lower key. */
export function suggestAllies(self: Personality, candidates: readonly Candidate[], blockIntervalMs: number): Suggestion[] {
  return candidates
    .filter(({ influence, taken }) => !taken && influence >= LEAST_INFLUENCE)
    .map(candidate => {
      const suits = compatibility(self, candidate.personality)
      const score = Math.floor((suits * candidate.influence) / 1000)
      return { candidate, compatibility: suits, score, terms: termsFor(candidate.personality, blockIntervalMs) }
    })
    .sort((a, b) => b.score - a.score || (a.candidate.publicKey < b.candidate.publicKey ? -1 : 1))
    .slice(0, SUGGESTIONS)
}
