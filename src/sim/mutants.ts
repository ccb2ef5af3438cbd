/**
 * Deliberate bugs. The simulator must catch each of them; a checker that lets one live is not worth its name. Two of them once looked like sound ideas:
 * taste inside the comparison, and proofs left out to save bytes.
 */
import type { BlockEntry } from '../core/chain/blockTree'
import { RankedRounds } from '../core/consensus/rankedRounds'
import type { Mutant } from './scenario'

/** R5 without its condition: signs finalise for the winner although it notarised another block, too. */
class FinaliseAlways extends RankedRounds {
  protected override mayFinalise(): boolean {
    return true
  }
}

/** R3 with taste in the comparison: each side waits for its own favourite. */
class TasteInComparison extends RankedRounds {
  protected override standing(entry: BlockEntry): number {
    return entry.header.rank + this.tasteOf(entry)
  }
}

/** R3 without disqualification: an equivocator is voted for again and again. */
class NoDisqualification extends RankedRounds {
  protected override get disqualifies(): boolean {
    return false
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
  { name: 'proofs-withheld', breaks: 'R7: what is sent again leaves out the proofs of earlier rounds', withholdProofs: true }
]
