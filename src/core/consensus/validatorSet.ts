/**
 * Who votes (R9). The registry at the last block of epoch e − 2 decides the set of epoch e, so everybody knows it long before it matters.
 *
 * A set of two or three is stopped by any single closed tab, while it tolerates no liar either (f = 0). Therefore the committee stays with
 * the longest-registered living member until `minCommittee` members are there; then all of them vote.
 */
import { compareBytes } from '../bytes'
import { MAX_VALIDATORS } from '../limits'
import type { AgentRecord, Genesis, ValidatorEntry } from '../schema'
import { isAlive } from '../state/worldState'

export type CommitteeRules = Pick<Genesis, 'heartbeatTtl' | 'minCommittee'>

/** Epoch of a height; heights 1…E are epoch 0. */
export function epochOf(height: number, epochLength: number): number {
  return height === 0 ? 0 : Math.floor((height - 1) / epochLength)
}

export function isLastOfEpoch(height: number, epochLength: number): boolean {
  return height > 0 && height % epochLength === 0
}

function bySeniority(a: AgentRecord, b: AgentRecord): number {
  return a.registeredAt - b.registeredAt || compareBytes(a.publicKey, b.publicKey)
}

/**
 * @param height the block whose registry this is
 * @returns at most MAX_VALIDATORS entries of weight 1, the seniors first; empty only when nobody is alive (the caller keeps the old set)
 */
export function committee(agents: readonly AgentRecord[], height: number, rules: CommitteeRules): ValidatorEntry[] {
  const alive = agents.filter(agent => isAlive(agent, height, rules.heartbeatTtl)).sort(bySeniority)
  const seats = alive.length >= rules.minCommittee ? alive.slice(0, MAX_VALIDATORS) : alive.slice(0, 1)
  return seats.map(agent => ({ publicKey: agent.publicKey, weight: 1 }))
}
