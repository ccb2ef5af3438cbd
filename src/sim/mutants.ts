/**
 * Deliberate bugs. The simulator must catch each of them; a checker that lets one live is not worth its name. Two of them once looked like sound ideas:
 * taste inside the comparison, and proofs left out to save bytes.
 */
import type { BlockEntry } from '../core/chain/blockTree'
import { RankedRounds } from '../core/consensus/rankedRounds'
import type { ValidatorSet } from '../core/state/worldState'
import { decodeMessage, encodeMessage } from '../core/wire'
import type { Mutant } from './scenario'

/** R5 without its condition: signs finalise for the winner although it notarised another block, too. */
class FinaliseAlways extends RankedRounds {
  protected override mayFinalise(): boolean {
    return true
  }
}

/** R3 with taste in the comparison: each side waits for its own favourite. */
class TasteInComparison extends RankedRounds {
  protected override compare(a: BlockEntry, b: BlockEntry): number {
    return a.header.rank + this.tasteOf(a) - b.header.rank - this.tasteOf(b)
  }
}

/** R3 without disqualification: an equivocator is voted for again and again. */
class NoDisqualification extends RankedRounds {
  protected override get disqualifies(): boolean {
    return false
  }
}

/** R4 with a quorum of half the weight. */
class HalfQuorum extends RankedRounds {
  override setAt(height: number): ValidatorSet | null {
    const set = super.setAt(height)
    return set === null ? null : { ...set, total: Math.ceil((set.total * 2) / 3) }
  }
}

/** R9 with the set of four epochs before: who was convicted since then still votes. */
class OldSet extends RankedRounds {
  override setAt(height: number): ValidatorSet | null {
    return super.setAt(Math.max(1, height - 4 * this.tree.rules.genesis.epochLength))
  }
}

export const MUTANTS: readonly Mutant[] = [
  { name: 'finalise-always', breaks: 'R5: finalise although another block was notarised', rounds: FinaliseAlways, blindStore: true },
  { name: 'votes-forgotten', breaks: 'R6: promises are not on the disk before they are sent', forgetVotes: true },
  { name: 'taste-in-comparison', breaks: 'R3: taste decides which block is better', rounds: TasteInComparison },
  {
    name: 'no-disqualification',
    breaks: 'R3: two blocks of one proposer keep blocking the ranks behind it',
    rounds: NoDisqualification,
    scenario: { liars: ['twoFaces'] }
  },
  {
    name: 'mark-of-finals',
    breaks: 'R6: the mark beside the database follows final blocks, so a database that comes back old votes a second time above them',
    lowMark: true,
    scenario: { byzantine: 0, wipeMilli: 30 }
  },
  { name: 'half-quorum', breaks: 'R4: half of the weight is a quorum', rounds: HalfQuorum },
  { name: 'old-set', breaks: 'R9: certificates are judged by the set of an earlier epoch', rounds: OldSet, scenario: { liars: ['equivocate'] } },
  { name: 'proofs-withheld', breaks: 'R7: what is sent again leaves out the proofs of earlier rounds', withholdProofs: true }
]

/** An answer about unfinalised rounds as the mutant gives it: the newest votes, and no certificate. */
export function withoutProofs(bytes: Uint8Array): Uint8Array {
  const decoded = decodeMessage(bytes, ['roundsReply'])
  if (!decoded.ok) return bytes
  const { announces, votes } = decoded.value.value
  const newest = Math.max(0, ...votes.map(vote => vote.height))
  return encodeMessage('roundsReply', {
    announces: announces.map(announce => ({ ...announce, parentCertificate: [] })),
    votes: votes.filter(vote => vote.height === newest),
    certificates: []
  })
}
