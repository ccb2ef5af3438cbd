/** What one simulated run is made of. A scenario and a seed are one history. */
import type { RankedRounds } from '../core/consensus/rankedRounds'
import type { Header } from '../core/schema'

/**
 * What a liar does with the real node's output. `equivocate`: two blocks at its turn, one per half, and votes for both. `twoFaces`: the same, but it never
 * votes, so that no half has a quorum. `doubleVote`: signs every block and every finalisation it hears of.
 */
export type LiarKind = 'equivocate' | 'twoFaces' | 'doubleVote' | 'withhold' | 'forge' | 'silent' | 'height'
export const LIAR_KINDS: readonly LiarKind[] = ['equivocate', 'twoFaces', 'doubleVote', 'withhold', 'forge', 'silent', 'height']

/** Deliberate bugs. Each must be caught by the checkers, or the simulator proves nothing. */
export interface Mutant {
  name: string
  /** What it breaks, in a line. */
  breaks: string
  rounds?: typeof RankedRounds
  /** The disk accepts every promise, whatever it has promised before: without it the second line of defence would hide the bug. */
  blindStore?: boolean
  /** The disk forgets all promises in a crash. */
  forgetVotes?: boolean
  /** Answers about unfinalised rounds leave out certificates. */
  withholdProofs?: boolean
  taste?: (node: number, header: Header) => number
  /** What brings it to light soonest. */
  scenario?: Partial<Scenario>
  /** Seeds that suffice to kill it. */
  seeds?: number
}

export interface Scenario {
  seed: number
  nodes: number
  /** The last `byzantine` of the nodes lie. */
  byzantine: number
  /** Which lies they may choose from. */
  liars: readonly LiarKind[]
  virtualMs: number
  /** Faults stop here (global stabilisation time); afterwards liveness is demanded. */
  healAtMs: number
  blockIntervalMs: number
  slotMs: number
  epochLength: number
  /**
   * Long by default: f < n/3 is promised for every validator set, and a set that shrinks because honest heartbeats are held up can hold a third of liars.
   * Scenarios about membership set it short and have no liars.
   */
  heartbeatTtl: number
  /** 1 here: a committee that falls back to its senior would leave nothing to break. */
  minCommittee: number
  latencyMs: readonly [number, number]
  /** Largest extra delay of a message during the faulty phase. */
  extraDelayMs: number
  lossMilli: number
  duplicateMilli: number
  /** Chances per virtual second in the faulty phase, in 1000. */
  partitionMilli: number
  crashMilli: number
  freezeMilli: number
  diskMs: readonly [number, number]
  /** Clock error of each node: offset up to so many ms, rate up to so many parts in 1000. */
  clockOffsetMs: number
  clockDriftMilli: number
  transfersPerMinute: number
  taste: boolean
  mutant: Mutant | null
}

export const STANDARD: Omit<Scenario, 'seed' | 'nodes' | 'byzantine'> = {
  liars: LIAR_KINDS,
  virtualMs: 600_000,
  healAtMs: 420_000,
  blockIntervalMs: 2000,
  slotMs: 1200,
  epochLength: 8,
  heartbeatTtl: 100_000,
  minCommittee: 1,
  latencyMs: [10, 150],
  extraDelayMs: 2500,
  lossMilli: 80,
  duplicateMilli: 30,
  partitionMilli: 25,
  crashMilli: 20,
  freezeMilli: 10,
  diskMs: [1, 12],
  clockOffsetMs: 100,
  clockDriftMilli: 2,
  transfersPerMinute: 12,
  taste: true,
  mutant: null
}
