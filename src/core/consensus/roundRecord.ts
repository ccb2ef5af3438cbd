/** What one node knows and has promised at one height. Plain bookkeeping; the rules are in rankedRounds.ts. */
import { toHex } from '../bytes'
import { VOTE_NOTARISE } from '../schema'
import type { Certificate, Vote } from '../schema'
import { isQuorum } from '../state/worldState'
import type { ValidatorSet } from '../state/worldState'
import { makeCertificate } from './certificates'

/** Different hashes one voter may notarise at a height before further ones are ignored: honest nodes need one per better rank that was late. */
export const MAX_HASHES_PER_VOTER = 16

type Votes = Map<string, Map<string, Vote>>

export class RoundRecord {
  /** This node's clock when it entered the round; null while it has not. */
  enteredAt: number | null = null
  left = false
  /** Votes by block hash, then by voter. */
  readonly notarise: Votes = new Map()
  readonly finalise: Votes = new Map()
  /** By block hash, in the order in which they became known. */
  readonly notarisations = new Map<string, Certificate>()
  finalisation: Certificate | null = null
  /** `parent/proposer` of those caught with two blocks on one parent (R3). */
  readonly disqualified = new Set<string>()
  /** Hashes this node has promised to notarise, stored or being stored: both bind (R5). */
  readonly promised = new Set<string>()
  /** The hash this node has promised to finalise. */
  finalisePromise: string | null = null
  /** Parents this node has proposed on. */
  readonly proposedOn = new Set<string>()
  /** Own signed votes, for R7. */
  readonly ownVotes: Vote[] = []

  constructor(readonly height: number) {}

  /**
   * Counts one verified vote of a member, per kind and hash (F-13).
   * @returns the certificate it completes; null when it completes none; 'duplicate' or 'too-many' when it does not count
   */
  count(vote: Vote, set: ValidatorSet): Certificate | null | 'duplicate' | 'too-many' {
    const votes = vote.kind === VOTE_NOTARISE ? this.notarise : this.finalise
    const hash = toHex(vote.hash)
    const voter = toHex(vote.voter)
    let forHash = votes.get(hash)
    if (forHash?.has(voter)) return 'duplicate'
    if (forHash === undefined) {
      // Per voter only: a bound on all hashes together would let liars crowd out the hash that the others vote for.
      if ([...votes.values()].filter(others => others.has(voter)).length >= MAX_HASHES_PER_VOTER) return 'too-many'
      votes.set(hash, (forHash = new Map<string, Vote>()))
    }
    forHash.set(voter, vote)
    const known = vote.kind === VOTE_NOTARISE ? this.notarisations.has(hash) : this.finalisation !== null
    if (known || !isQuorum(this.weightOf(vote.kind, hash, set), set.total)) return null
    return makeCertificate(vote.kind, vote.height, vote.hash, forHash)
  }

  weightOf(kind: number, hash: string, set: ValidatorSet): number {
    let weight = 0
    for (const voter of (kind === VOTE_NOTARISE ? this.notarise : this.finalise).get(hash)?.keys() ?? []) weight += set.weights.get(voter) ?? 0
    return weight
  }
}
