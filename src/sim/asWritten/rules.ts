/** Votes as the seeds count them, built on the real rounds by overriding one step each. */
import { toHex } from '../../core/bytes'
import type { BlockEntry } from '../../core/chain/blockTree'
import { makeCertificate } from '../../core/consensus/certificates'
import { RankedRounds } from '../../core/consensus/rankedRounds'
import type { ConsensusAction } from '../../core/consensus/rankedRounds'
import type { RoundRecord } from '../../core/consensus/roundRecord'
import { VOTE_FINALISE } from '../../core/schema'
import type { Vote } from '../../core/schema'

export type RoundsArguments = ConstructorParameters<typeof RankedRounds>

/** One phase: a vote for a block is a vote to make it final, and it may be followed by one for another block. No evidence: nothing is forbidden. */
export class OnePhaseRounds extends RankedRounds {
  override advance(now: number): { actions: ConsensusAction[]; wakeAt: number } {
    const { actions, wakeAt } = super.advance(now)
    return {
      wakeAt,
      actions: actions.flatMap(action => {
        if (action.do === 'voteEvidence') return []
        if (action.do !== 'store' || action.row.kind !== 'notarise') return [action]
        return [action, { ...action, row: { ...action.row, kind: 'finalise' as const } }]
      })
    }
  }

  /** Already said with the vote. */
  protected override mayFinalise(): boolean {
    return false
  }
}

/** One phase, and one vote per height: whoever has voted stays with it. */
export class SingleVoteRounds extends OnePhaseRounds {
  protected override tasteOf(entry: BlockEntry): number {
    const { promised } = this.record(entry.height)
    return promised.size === 0 || promised.has(entry.hash) ? 0 : Infinity
  }
}

/** Votes to make final at a height, by voter: one each, the first that came. */
export function votersAt(record: RoundRecord): ReadonlyMap<string, Vote> {
  const voters = new Map<string, Vote>()
  for (const votes of record.finalise.values()) for (const [voter, vote] of votes) if (!voters.has(voter)) voters.set(voter, vote)
  return voters
}

/** Makes a block final here by whatever votes there are for it: no quorum is asked for. @returns how many there are */
export function declareFinal(rounds: RankedRounds, record: RoundRecord, entry: BlockEntry): number {
  const votes = record.finalise.get(entry.hash) ?? new Map<string, Vote>()
  record.finalisation = makeCertificate(VOTE_FINALISE, entry.height, entry.hashBytes, votes)
  rounds.touch()
  return votes.size
}

/** The block at this height that has most votes, of equals the one with the lower hash; null while none is executed here. */
export function mostVoted(rounds: RankedRounds, record: RoundRecord): BlockEntry | null {
  const known = rounds.tree.at(record.height).filter(entry => rounds.tree.stateOf(entry) !== null)
  const count = (entry: BlockEntry): number => record.finalise.get(entry.hash)?.size ?? 0
  return known.sort((a, b) => count(b) - count(a) || (a.hash < b.hash ? -1 : 1))[0] ?? null
}

/** Weight of these voters in the set of a height; 0 while the set is unknown. */
export function weightOf(rounds: RankedRounds, height: number, voters: Iterable<string>): { weight: number; total: number } {
  const set = rounds.setAt(height)
  if (set === null) return { weight: 0, total: 0 }
  return { weight: [...voters].reduce((sum, voter) => sum + (set.weights.get(voter) ?? 0), 0), total: set.total }
}

/** Key of a node, as the tallies use it. */
export function selfOf([, options]: RoundsArguments): string {
  return toHex(options.self)
}
