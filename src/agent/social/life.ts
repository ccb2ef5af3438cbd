/** What an agent's social life is, for the person whose agent it is. */
import type { MemeStrategy } from '../config/config'
import type { Effectiveness } from './effectiveness'
import type { Preference } from './memeMaker'

/** One thing that happened, for the person. */
export interface ToldLine {
  readonly height: number
  readonly text: string
}

export interface SocialLife {
  readonly influence: number
  readonly threshold: number
  /** P073: height of the last look. */
  readonly at: number
  readonly effectiveness: Effectiveness
  /** What is done now; it departs from the configuration where an adjustment says so. */
  readonly memeStrategy: MemeStrategy
  readonly asksOfAllies: number
  readonly gesturePause: number
  readonly preferences: readonly Preference[]
  readonly told: readonly ToldLine[]
  readonly counts: { readonly memes: number; readonly proposed: number; readonly accepted: number; readonly gestures: number; readonly adjustments: number }
}
