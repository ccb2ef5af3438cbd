/**
 * The seed's `select_canonical_block` (M036): from the proposals that have arrived to the one to vote for. One pure function for all modes.
 *
 * The rounds of the core do the same over time, with slots in place of the question "has everything arrived?"; this function is the rule at one moment. It names what
 * the seed's code left open (F-09): no proposal at all, a leader that is silent, no quorum yet.
 */
import { compareBytes, equalBytes } from '../../bytes'
import { fail, ok } from '../../result'
import type { Failure, Result } from '../../result'
import { isQuorum } from '../../state/worldState'
import type { RankedProposer } from '../family'

/** A valid proposal as far as choosing needs it. */
export interface Proposal {
  proposer: Uint8Array
  /** Of the block; it only parts two blocks of one proposer. */
  hash: Uint8Array
  /** Weight of the votes that it has. */
  weight: number
}

export interface Selection<P> {
  proposal: P
  /** `leader-missing`: why it is not the mode's first choice. Null: it is. */
  fallback: Failure | null
}

interface Rules {
  /** Of the family, for the same parent. */
  ranking: readonly RankedProposer[]
  /** Registered weight. */
  total: number
}

type Selector = <P extends Proposal>(proposals: readonly P[], rules: Rules) => Result<Selection<P>>

/** The best-ranked one that is there. Blocks of strangers do not count. */
function bestRanked<P extends Proposal>(proposals: readonly P[], ranking: readonly RankedProposer[]): P | null {
  const ranked = proposals
    .map(proposal => ({ proposal, rank: ranking.findIndex(({ publicKey }) => equalBytes(publicKey, proposal.proposer)) }))
    .filter(({ rank }) => rank >= 0)
    .sort((a, b) => a.rank - b.rank || compareBytes(a.proposal.hash, b.proposal.hash))
  return ranked[0]?.proposal ?? null
}

/** Option A (M020): that of the lowest ticket. */
const byTicket: Selector = (proposals, { ranking }) => {
  const proposal = bestRanked(proposals, ranking)
  return proposal === null ? fail('no-proposal') : ok({ proposal, fallback: null })
}

/** Option B (M021, M022) and the seed's old design: the leader's, and without it the next rank's. */
const leaderFirst: Selector = (proposals, { ranking }) => {
  const proposal = bestRanked(proposals, ranking)
  if (proposal === null) return fail('no-proposal')
  const [leader] = ranking
  const led = leader !== undefined && equalBytes(leader.publicKey, proposal.proposer)
  return ok({ proposal, fallback: led ? null : fail('leader-missing', 'the leader has sent no proposal; the next rank takes its place') })
}

/** Option C (M023): the first in the order of arrival that a quorum has voted for. */
const firstWithQuorum: Selector = (proposals, { total }) => {
  const proposal = proposals.find(({ weight }) => isQuorum(weight, total))
  return proposal === undefined ? fail('no-quorum', 'no proposal has the votes of more than two thirds yet') : ok({ proposal, fallback: null })
}

/** By the number of the mode. */
const SELECTORS: readonly Selector[] = [byTicket, leaderFirst, firstWithQuorum, leaderFirst]

/**
 * @param mode number of the family's mode
 * @param proposals valid ones for one parent, in the order of arrival
 * @returns `no-proposal` (M027) when nothing fits, `no-quorum` in option C
 */
export function selectCanonical<P extends Proposal>(mode: number, proposals: readonly P[], rules: Rules): Result<Selection<P>> {
  const select = SELECTORS[mode]
  if (select === undefined) return fail('unknown-mode', `midnight has no mode ${mode}`)
  return proposals.length === 0 ? fail('no-proposal') : select(proposals, rules)
}
