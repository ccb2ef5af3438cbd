/** What became of a proposal (P088–P095), read off the round: votes decide, the clock only says how long it has taken. */

import type { Acceptance } from '../bridge/views'

export interface ProposalFacts {
  /** Hash of the final block at the height of the proposal; null while none is final there. */
  finalHash: string | null
  hash: string
  notarised: boolean
  invalid: boolean
  /** When this node first saw it, and now: its own clock, ms. */
  seenAt: number
  now: number
  /** P091: what the family allows for a decision, ms. */
  deadlineMs: number
}

/** Pure. A late decision replaces `timeout`, and finality is the last word: a notarised block whose sibling became final was rejected. */
export function acceptanceOf({ finalHash, hash, notarised, invalid, seenAt, now, deadlineMs }: ProposalFacts): Acceptance {
  if (finalHash !== null) return finalHash === hash ? 'accepted' : 'rejected'
  if (invalid) return 'rejected'
  if (notarised) return 'accepted'
  return now - seenAt >= deadlineMs ? 'timeout' : 'pending'
}
