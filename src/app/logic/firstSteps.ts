/** Where a newcomer stands on the way from a fresh key to a vote. */
import type { AgentView, ChainView, EventView, SeatView, Status } from '../../bridge/views'

export interface FirstSteps extends SeatView {
  /** Height of the newest own block that waits for its decision; null while there is none. */
  proposing: number | null
  /** The newest own block that was decided: won or lost, and why. */
  outcome: EventView | null
  voting: boolean
}

/** Heights over which a node counts as new. */
const NEW_FOR_HEIGHTS = 24

/** @returns null when there is nothing left to tell: the node votes and its blocks have been decided, or it is long since here */
export function firstSteps(status: Status, me: AgentView | null, chain: ChainView | null, events: readonly EventView[]): FirstSteps | null {
  const { seat, validator, height } = status
  if (me !== null && me.status !== 'active') return null
  if (seat.registeredAt !== null && height > Math.max(seat.registeredAt, seat.votesFrom ?? 0) + NEW_FOR_HEIGHTS) return null
  const outcome = events.findLast(event => event.kind === 'won' || event.kind === 'lost') ?? null
  const own = chain?.blocks.findLast(
    block => block.proposer === me?.publicKey && (block.status === 'proposed' || block.status === 'notarised' || block.status === 'tentative')
  )
  return { ...seat, proposing: own?.height ?? null, outcome, voting: validator }
}

/** What stands between an agent and a vote in this room. */
export type VoteOutlook =
  | { kind: 'voting' }
  /** Votes weigh by what the agent has not brought yet, as far as is known here. */
  | { kind: 'needs-deposit' | 'needs-space' }
  | { kind: 'from'; height: number }
  | { kind: 'too-few'; members: number; needed: number }
  /** Registered or not, it takes some epochs. */
  | { kind: 'later' }

export function voteOutlook(status: Pick<Status, 'validator' | 'seat' | 'room'>, me: AgentView | null): VoteOutlook {
  const { validator, seat, room } = status
  if (validator) return { kind: 'voting' }
  if (room.membership === 'space') return { kind: 'needs-space' }
  if (room.membership === 'stake' && (me?.deposit ?? '0') === '0') return { kind: 'needs-deposit' }
  if (seat.votesFrom !== null) return { kind: 'from', height: seat.votesFrom }
  return seat.members < seat.membersNeeded ? { kind: 'too-few', members: seat.members, needed: seat.membersNeeded } : { kind: 'later' }
}
