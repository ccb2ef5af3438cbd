/** D-08: is what an agent does any good? Three numbers over the last WINDOW heights, milli-units, and what is changed when its influence is too small (P074–P079). */
import type { SocialMoment } from './view'

/** Heights that are looked back on. */
export const WINDOW = 32

export interface Effectiveness {
  /** Mean of what a meme of this agent earned by reactions: a love 1000, a like 500, a dislike −700. */
  readonly meme: number
  /** Accepted of the alliances that it proposed, and approvals of the opinions on its blocks, in equal parts. */
  readonly social: number
  /** Change of the mean trust in it. */
  readonly relationship: number
}

const REACTION_WORTH = { love: 1000, like: 500, neutral: 0, dislike: -700 } as const

export function memeEffectiveness({ memes, height }: SocialMoment): number {
  const own = memes.filter(meme => meme.mine && meme.height + WINDOW > height)
  if (own.length === 0) return 0
  const earned = own.reduce(
    (sum, { reactions }) =>
      sum + (Object.keys(REACTION_WORTH) as (keyof typeof REACTION_WORTH)[]).reduce((all, name) => all + REACTION_WORTH[name] * reactions[name], 0),
    0
  )
  return Math.trunc(earned / own.length)
}

/** @param proposed and accepted: alliances of this agent within the window */
export function socialEffectiveness({ people }: SocialMoment, proposed: number, accepted: number): number {
  const approvals = people.reduce((sum, person) => sum + person.approvals, 0)
  const opinions = approvals + people.reduce((sum, person) => sum + person.rejections, 0)
  const share = (part: number, whole: number): number => (whole === 0 ? 0 : Math.floor((1000 * part) / whole))
  return Math.floor((share(accepted, proposed) + share(approvals, opinions)) / 2)
}

/** Which of the three does least; of equal ones the first. */
export function weakest({ meme, social, relationship }: Effectiveness): keyof Effectiveness {
  if (meme <= social && meme <= relationship) return 'meme'
  return social <= relationship ? 'social' : 'relationship'
}
