/**
 * Who votes (R9). The registry at the last block of an epoch decides the set of a later epoch, `lookahead` epochs on, so everybody knows it long before it matters.
 *
 * A set of two or three is stopped by any single closed tab, while it tolerates no liar either (f = 0). Therefore the committee stays with
 * the longest-registered living member until `minCommittee` members are there; then all of them vote.
 */
import { compareBytes, toHex } from '../bytes'
import { MAX_VALIDATORS } from '../limits'
import type { AgentRecord, Genesis, Plot, ValidatorEntry } from '../schema'
import { votingPower } from '../state/stake'
import { isAlive } from '../state/worldState'

/** Whoever registers counts 1. */
export const MEMBERSHIP_OPEN = 1
/** Only agents of the genesis, and those whom the authority invites; each counts 1. */
export const MEMBERSHIP_INVITED = 2
/** The deposit decides: its tier's voting power, once it is old enough. */
export const MEMBERSHIP_STAKE = 3
/** The registered leaves decide, once they are old enough, up to a cap. */
export const MEMBERSHIP_SPACE = 4
export const MEMBERSHIPS: readonly number[] = [MEMBERSHIP_OPEN, MEMBERSHIP_INVITED, MEMBERSHIP_STAKE, MEMBERSHIP_SPACE]

/** Blocks after which a deposit or a plot counts in votes (F-03). */
export const STAKE_AGE = 16
/** One unit of weight for so many leaves, and no more than so many units for one agent: space alone must not buy a room. */
export const LEAVES_PER_WEIGHT = 64
export const MAX_SPACE_WEIGHT = 64

export type CommitteeRules = Pick<Genesis, 'heartbeatTtl' | 'minCommittee' | 'membership'>

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

/** Old enough at `height`; what the genesis brought always is. */
function hasAged(since: number, height: number): boolean {
  return since === 0 || since + STAKE_AGE <= height
}

/** Weight in votes by public key (hex) where plots decide. */
function spaceWeights(plots: readonly Plot[], height: number): ReadonlyMap<string, number> {
  const leaves = new Map<string, number>()
  for (const plot of plots) {
    if (hasAged(plot.registeredAt, height)) leaves.set(toHex(plot.owner), (leaves.get(toHex(plot.owner)) ?? 0) + plot.leaves)
  }
  return new Map([...leaves].map(([owner, count]) => [owner, Math.min(MAX_SPACE_WEIGHT, Math.floor(count / LEAVES_PER_WEIGHT))]))
}

/** How much an agent's vote counts by the network's membership; 0: not at all. */
function weigher(plots: readonly Plot[], height: number, membership: number): (agent: AgentRecord) => number {
  if (membership === MEMBERSHIP_STAKE) return agent => (hasAged(agent.depositedAt, height) ? votingPower(agent.deposit) : 0)
  if (membership !== MEMBERSHIP_SPACE) return () => 1
  const weights = spaceWeights(plots, height)
  return agent => weights.get(toHex(agent.publicKey)) ?? 0
}

/**
 * @param height the block whose registry this is
 * @returns at most MAX_VALIDATORS entries, the seniors first; empty only when nobody with a weight is alive (the caller keeps the old set)
 */
export function committee(agents: readonly AgentRecord[], plots: readonly Plot[], height: number, rules: CommitteeRules): ValidatorEntry[] {
  const weightOf = weigher(plots, height, rules.membership)
  const alive = agents
    .filter(agent => isAlive(agent, height, rules.heartbeatTtl))
    .map(agent => ({ agent, weight: weightOf(agent) }))
    .filter(({ weight }) => weight > 0)
    .sort((a, b) => bySeniority(a.agent, b.agent))
  const seats = alive.length >= rules.minCommittee ? alive.slice(0, MAX_VALIDATORS) : alive.slice(0, 1)
  return seats.map(({ agent, weight }) => ({ publicKey: agent.publicKey, weight }))
}
