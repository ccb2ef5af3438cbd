/** What one node knows and has promised at one height. Plain bookkeeping; the rules are in rankedRounds.ts. */
import { equalBytes, hexOf, toHex } from '../bytes'
import type { BlockEntry } from '../chain/blockTree'
import { VOTE_FINALISE, VOTE_NOTARISE } from '../schema'
import type { Turn } from '../families/family'
import type { Certificate, Vote } from '../schema'
import { isQuorum } from '../state/worldState'
import type { ValidatorSet } from '../state/worldState'
import { makeCertificate } from './certificates'

/** Different hashes one voter may notarise at a height before further ones are ignored: honest nodes need one per better rank that was late. */
export const MAX_HASHES_PER_VOTER = 16

type Votes = Map<string, Map<string, Vote>>

interface RankedBlocks {
  readonly from: readonly BlockEntry[]
  readonly parents: readonly BlockEntry[]
  taken: number
  readonly entries: BlockEntry[]
}

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
  /** This node's own turn by parent hash; null: none. */
  readonly turns = new Map<string, Turn | null>()
  /** For RankedRounds alone: the blocks on these parents among the first `taken` of the tree's list, best first. */
  ranked: RankedBlocks = { from: [], parents: [], taken: 0, entries: [] }
  /** Weight of the votes of each kind, by block hash. */
  readonly #notarised = new Map<string, number>()
  readonly #finalised = new Map<string, number>()
  /** Voters whose contradiction has been told. */
  readonly #exposed = new Set<string>()

  constructor(readonly height: number) {}

  /**
   * Counts one verified vote of a member, per kind and hash (F-13).
   * @returns the certificate it completes; null when it completes none; 'duplicate' or 'too-many' when it does not count
   */
  count(vote: Vote, set: ValidatorSet): Certificate | null | 'duplicate' | 'too-many' {
    const votes = vote.kind === VOTE_NOTARISE ? this.notarise : this.finalise
    const weights = vote.kind === VOTE_NOTARISE ? this.#notarised : this.#finalised
    const hash = hexOf(vote.hash)
    const voter = hexOf(vote.voter)
    let forHash = votes.get(hash)
    if (forHash?.has(voter)) return 'duplicate'
    if (forHash === undefined) {
      // Per voter only: a bound on all hashes together would let liars crowd out the hash that the others vote for.
      if ([...votes.values()].filter(others => others.has(voter)).length >= MAX_HASHES_PER_VOTER) return 'too-many'
      votes.set(hash, (forHash = new Map<string, Vote>()))
    }
    forHash.set(voter, vote)
    const weight = (weights.get(hash) ?? 0) + (set.weights.get(voter) ?? 0)
    weights.set(hash, weight)
    const known = vote.kind === VOTE_NOTARISE ? this.notarisations.has(hash) : this.finalisation !== null
    if (known || !isQuorum(weight, set.total)) return null
    return makeCertificate(vote.kind, vote.height, vote.hash, forHash)
  }

  /**
   * F-12: two finalisations, or a finalisation beside a notarisation of another block, by the voter of this vote. Told once per voter.
   * @returns the two votes in the order in which evidence takes them
   */
  contradiction(vote: Vote): { first: Vote; second: Vote } | null {
    if (this.finalise.size === 0) return null
    const voter = hexOf(vote.voter)
    if (this.#exposed.has(voter)) return null
    const first = voteOf(this.finalise, voter, null)
    if (first === null) return null
    const second = voteOf(this.finalise, voter, first) ?? voteOf(this.notarise, voter, first)
    if (second === null) return null
    this.#exposed.add(voter)
    return second.kind === VOTE_FINALISE && toHex(first.hash) > toHex(second.hash) ? { first: second, second: first } : { first, second }
  }

  /** The validator set of this height was replaced. */
  forgetVotes(): void {
    this.notarise.clear()
    this.finalise.clear()
    this.#notarised.clear()
    this.#finalised.clear()
    this.notarisations.clear()
    this.finalisation = null
    this.left = false
    this.turns.clear()
  }

  /** Weight that has voted for this block, by the set that the votes were counted under. */
  weightOf(kind: number, hash: string): number {
    return (kind === VOTE_NOTARISE ? this.#notarised : this.#finalised).get(hash) ?? 0
  }
}

/** A vote of this voter for another hash than `other`'s. */
function voteOf(votes: Votes, voter: string, other: Vote | null): Vote | null {
  for (const others of votes.values()) {
    const vote = others.get(voter)
    if (vote !== undefined && (other === null || !equalBytes(vote.hash, other.hash))) return vote
  }
  return null
}
