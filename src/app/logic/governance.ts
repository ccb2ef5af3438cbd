/** What a room's authority has asked for, and how far it has come. */
import type { AgentView, FamilyRules, RoomRules, Status } from '../../bridge/views'
import { sameRules } from './families'

/** A change of family that was handed to the network. */
export interface SentChange {
  rules: FamilyRules
  /** Height of the head when it was sent. */
  atHeight: number
}

export type ChangeProgress =
  /** In no block yet. */
  | { kind: 'waiting'; blocks: number }
  /** In no block, and its epoch is too near by now: the chain will not take it any more. */
  | { kind: 'late' }
  | { kind: 'scheduled'; fromHeight: number; blocks: number }
  | { kind: 'in-force'; fromHeight: number }

/** A change is sent for an epoch that leaves it so many blocks of a playground's epochs to get into one. */
const TOO_LATE_HEIGHTS = 8

/** @param fromHeight the change's first height, once it was seen scheduled; null before */
export function changeProgress(sent: SentChange, fromHeight: number | null, status: Pick<Status, 'height'>): ChangeProgress {
  if (fromHeight !== null) {
    const blocks = blocksUntil(fromHeight, status)
    return blocks === 0 ? { kind: 'in-force', fromHeight } : { kind: 'scheduled', fromHeight, blocks }
  }
  const blocks = Math.max(0, status.height - sent.atHeight)
  return blocks > TOO_LATE_HEIGHTS ? { kind: 'late' } : { kind: 'waiting', blocks }
}

/** The first height of a change that was asked for, if that is the one that is decided. */
export function scheduledHeight({ rules, atHeight }: SentChange, scheduled: RoomRules['scheduled']): number | null {
  return scheduled !== null && sameRules(scheduled, rules) && scheduled.fromHeight > atHeight ? scheduled.fromHeight : null
}

/** Blocks until the one with this height is made: 1 when it is the next. 0 when it is there. */
export const blocksUntil = (height: number, status: Pick<Status, 'height'>): number => Math.max(0, height - status.height)

/** Voters beside oneself: those who are here, and those who are not. */
export function presentAndMissing(agents: readonly AgentView[]): { present: AgentView[]; missing: AgentView[] } {
  const others = agents.filter(agent => !agent.mine && agent.validator)
  return { present: others.filter(agent => agent.online), missing: others.filter(agent => !agent.online) }
}

/** The node has given up waiting *and* voters are missing: with all of them here a slow round is no reason to go on without anybody. */
export const quorumGone = ({ reasonCode, quorum }: Pick<Status, 'reasonCode' | 'quorum'>): boolean =>
  reasonCode === 'no-quorum' && quorum.present < quorum.needed
