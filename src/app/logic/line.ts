/** Who stands in line for one height, as far as anybody can know it. */
import type { Candidate, FamilyRules } from '../../bridge/views'

/** The line of one height, and the rules that made it; null where a node has forgotten them. */
export interface Line {
  rules: FamilyRules | null
  candidates: readonly Candidate[]
}

/** False where only claims tell the order (proofs of space): then the line is no longer than what has arrived. */
export const knownBeforehand = (candidates: readonly Candidate[]): boolean => candidates.some(candidate => candidate.ticket !== '')
