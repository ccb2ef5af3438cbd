/** The numbers of the room that is on the screen, as the page of concepts tells them. */
import type { FamilyRules, RoundView, Status } from '../../bridge/views'

export interface RoomNumbers {
  /** Of the validator set of the next height, and the weight that makes a quorum. */
  quorum: Status['quorum']
  /** The room's own name. */
  name: string
  rules: FamilyRules
  /** Everybody in the registry that is known here. */
  agents: number
  membership: Status['room']['membership']
  /** Most weight that may lie or be gone without harm: less than a third. */
  tolerated: number
  intervalMs: number
  /** Of the round that is played; null between rounds, and in a light node. */
  slotMs: number | null
  terms: Status['room']['terms']
  payout: Status['room']['payout']
  /** Heights after its registration from which a newcomer votes at the latest (R9). */
  votesWithin: number
  finalHash: string
}

/** PROTOCOL, "The rounds": a quorum is more than two thirds, so with liars below a third two quorums meet in an honest member. */
export const tolerated = (weight: number): number => Math.max(0, Math.ceil(weight / 3) - 1)

/** @returns null before there is anything to tell of: no simulation and no node */
export function roomNumbers(view: { status: Status | null; round: RoundView | null; agents: readonly unknown[] }): RoomNumbers | null {
  const { status } = view
  if (status === null) return null
  const { room, quorum } = status
  const { epochLength, lookahead } = room.terms
  return {
    quorum,
    name: room.name,
    rules: { family: status.family, mode: status.mode },
    agents: view.agents.length,
    membership: room.membership,
    tolerated: tolerated(quorum.weight),
    intervalMs: room.blockIntervalMs,
    slotMs: view.round?.slotMs ?? null,
    terms: room.terms,
    payout: room.payout,
    // The last block of the epoch in which it registers decides the set `lookahead` epochs after the next.
    votesWithin: (lookahead + 1) * epochLength,
    finalHash: status.finalHash
  }
}
