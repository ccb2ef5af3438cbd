/** What the explorer is run on: small cases of the real rules, and deliberate bugs that it must find. */
import { toHex } from '../core/bytes'
import { makeCertificate } from '../core/consensus/certificates'
import { RankedRounds } from '../core/consensus/rankedRounds'
import { VOTE_FINALISE } from '../core/schema'
import type { Vote } from '../core/schema'
import type { Explored, ExploreOptions } from './explore'
import { QUORUM } from './exploreSeat'
import { MUTANTS } from './mutants'

const NO_LIMIT = {
  /** More steps than any schedule within the other bounds has. */
  maxSteps: 1000,
  /** Some four gigabytes; the cases below end long before. */
  maxStates: 20_000_000
}

/** One height, clocks up to the second rank: every order of events there is. */
export const ONE_HEIGHT: ExploreOptions = { heights: 1, slots: 1, crashes: 0, deviations: null, progress: 'every', ...NO_LIMIT }

/** The same with a crash of any seat at any moment. */
export const ONE_CRASH: ExploreOptions = { ...ONE_HEIGHT, crashes: 1 }

/** Two heights, clocks up to the third rank. @param deviations from a fair schedule */
export function twoHeights(deviations: number): ExploreOptions {
  return { heights: 2, slots: 2, crashes: 0, deviations, progress: 'drained', ...NO_LIMIT }
}

/** Takes half of the votes for a quorum. */
class HalfIsEnough extends RankedRounds {
  override addVote(vote: Vote): ReturnType<RankedRounds['addVote']> {
    const failure = super.addVote(vote)
    const record = this.peek(vote.height)
    const hash = toHex(vote.hash)
    const votes = (vote.kind === VOTE_FINALISE ? record?.finalise : record?.notarise)?.get(hash)
    if (record === undefined || votes?.size !== QUORUM - 1 || vote.height <= this.tree.final.height) return failure
    const certificate = makeCertificate(vote.kind, vote.height, vote.hash, votes)
    if (vote.kind === VOTE_FINALISE) record.finalisation ??= certificate
    else if (!record.notarisations.has(hash)) record.notarisations.set(hash, certificate)
    this.touch()
    return failure
  }
}

export interface ExploreMutant {
  name: string
  breaks: string
  finds: Explored
  options: ExploreOptions
}

const roundsOf = (name: string): typeof RankedRounds | undefined => MUTANTS.find(mutant => mutant.name === name)?.rounds

/** Seats 0 and 1 dislike each other's and seat 2's blocks; nobody lies. */
const tasteOf = (seat: number, proposer: number): number => ((seat === 0 && proposer === 2) || (seat === 1 && proposer === 0) ? 3 : 0)

/** Each must be found, and with the fewest steps (or deviations) that it takes. */
export const EXPLORE_MUTANTS: readonly ExploreMutant[] = [
  {
    name: 'finalise-always',
    breaks: 'R5: finalise although another block was notarised',
    finds: 'S5',
    options: { ...ONE_HEIGHT, progress: 'none', rules: { rounds: roundsOf('finalise-always'), blind: true } }
  },
  {
    name: 'finalise-always, to the end',
    breaks: 'the same: until two blocks of one height are final',
    finds: 'S1',
    options: { ...twoHeights(4), progress: 'none', onlyForks: true, rules: { rounds: roundsOf('finalise-always'), blind: true } }
  },
  {
    name: 'half-is-enough',
    breaks: 'R4: a quorum of two out of four',
    finds: 'S3',
    options: { ...ONE_HEIGHT, progress: 'none', quorum: QUORUM - 1, rules: { rounds: HalfIsEnough } }
  },
  {
    name: 'no-disqualification',
    breaks: 'R3: two blocks of one proposer keep blocking the ranks behind it',
    finds: 'L1',
    options: { ...ONE_HEIGHT, rules: { rounds: roundsOf('no-disqualification') } }
  },
  {
    name: 'taste-in-comparison',
    breaks: 'R3: taste decides which block is better',
    finds: 'L1',
    options: { ...ONE_HEIGHT, rules: { rounds: roundsOf('taste-in-comparison'), taste: tasteOf } }
  },
  { name: 'votes-forgotten', breaks: 'R6: promises are lost in a crash', finds: 'S5', options: { ...ONE_CRASH, progress: 'none', rules: { forgetful: true } } },
  {
    name: 'certificates-forgotten',
    breaks: 'R6: the promise to finalise outlives a crash, the certificate that it rests on does not',
    finds: 'L1',
    options: { ...ONE_CRASH, rules: { losesCertificates: true } }
  }
]

/** With the same tastes the real rules go on (R8). */
export const ONE_HEIGHT_WITH_TASTES: ExploreOptions = { ...ONE_HEIGHT, rules: { taste: tasteOf } }
