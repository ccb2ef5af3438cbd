/** What most families do alike. A family that wants it otherwise writes its own. */
import { compareBytes, equalBytes, toHex } from '../bytes'
import { fail } from '../result'
import type { Failure } from '../result'
import { AGENT_ACTIVE, AGENT_PENALISED } from '../schema'
import type { AgentRecord, ChainConfig, Genesis, Header } from '../schema'
import { isAlive } from '../state/worldState'
import type { WorldState } from '../state/worldState'
import type { Family, Payout, RankedProposer, RoundClock, Turn } from './family'

export const NO_CLAIM = new Uint8Array(0)

/** The latest grid point not after `time`. All honest proposers of a round come to the same timestamp (F-15, D-20). */
export function gridFloor(origin: number, intervalMs: number, time: number): number {
  return origin + Math.floor((time - origin) / intervalMs) * intervalMs
}

/** R10 on the grid of periods: one period after the parent, or the present period when the chain has slept. */
export function gridTimestamp(origin: number, intervalMs: number, parent: WorldState, now: number): number {
  const next = parent.timestamp + intervalMs
  // A change of pace can leave the parent off the new grid.
  const aligned = gridFloor(origin, intervalMs, next + intervalMs - 1)
  return Math.max(aligned, gridFloor(origin, intervalMs, now))
}

export function checkGridTimestamp(origin: number, intervalMs: number, parent: WorldState, header: Header): Failure | null {
  if (header.timestamp < parent.timestamp + intervalMs) return fail('too-early', 'less than one block interval after its parent')
  if ((header.timestamp - origin) % intervalMs !== 0) return fail('off-grid', 'the timestamp is not the start of a period')
  return null
}

/** Everybody alive; when nobody is, everybody but the penalised: a chain that outlived every heartbeat must still be able to wake up. */
export function eligibleAgents(parent: WorldState, ttl: number): readonly AgentRecord[] {
  const agents = parent.agents()
  const alive = agents.filter(agent => isAlive(agent, parent.height + 1, ttl))
  return alive.length > 0 ? alive : agents.filter(agent => agent.status !== AGENT_PENALISED)
}

/** Blocks from a registration until the agent is ranked: the seed that ranks it must be younger than its key. */
export const SETTLING_BLOCKS = 3

function isSettled({ registeredAt }: AgentRecord, parent: WorldState): boolean {
  return registeredAt === 0 || registeredAt + SETTLING_BLOCKS <= parent.height + 1
}

/**
 * Who may be ranked. R1 wants nothing in a rank that a proposer can vary, and a key can be varied: block h is ranked by seed(h − 2), so a key that comes into block h − 1 could
 * have been chosen to rank first. Eligible agents registered up to h − 3 count; when there are none, every eligible one.
 */
export function settledAgents(parent: WorldState, ttl: number): readonly AgentRecord[] {
  const eligible = eligibleAgents(parent, ttl)
  const settled = eligible.filter(agent => isSettled(agent, parent))
  return settled.length > 0 ? settled : eligible
}

/**
 * Last in a public order: members whose heartbeats have run out, and who are not ranked before. When all the living are cut off, those who are here must be
 * able to go on: without a block no heartbeat reaches the chain.
 */
export function silentAgents(parent: WorldState, ttl: number, ranked: readonly Uint8Array[]): readonly AgentRecord[] {
  const named = new Set(ranked.map(toHex))
  return parent
    .agents()
    .filter(agent => agent.status === AGENT_ACTIVE && !isAlive(agent, parent.height + 1, ttl) && isSettled(agent, parent) && !named.has(toHex(agent.publicKey)))
}

export function byTicket(a: RankedProposer, b: RankedProposer): number {
  return compareBytes(a.ticket, b.ticket)
}

export function rankIn(ranking: readonly RankedProposer[], publicKey: Uint8Array): number | null {
  const rank = ranking.findIndex(proposer => equalBytes(proposer.publicKey, publicKey))
  return rank === -1 ? null : rank
}

/** `checkTurn` of a public ranking: the proposer stands where it says, and claims nothing more. */
export function checkListedTurn(ranking: readonly RankedProposer[], header: Header): Failure | null {
  const ranked = ranking[header.rank]
  if (ranked === undefined || !equalBytes(ranked.publicKey, header.proposer)) return fail('bad-rank', 'the proposer does not hold this rank')
  return header.claim.length === 0 ? null : fail('bad-claim', 'this family takes no claim')
}

/** A value computed once per parent state. */
export function perParent<T>(compute: (parent: WorldState) => T): (parent: WorldState) => T {
  const known = new WeakMap<WorldState, { value: T }>()
  return parent => {
    let found = known.get(parent)
    if (found === undefined) known.set(parent, (found = { value: compute(parent) }))
    return found.value
  }
}

/** R2, R3 where slots count from the round's start. */
export function slotAfterStart(rank: number, clock: RoundClock): number {
  return clock.start + rank * clock.slotMs
}

/**
 * Slots anchored at the parent (F-55): the first rank whose slot was open when this node entered the round. Ranks before it are as good as missed; they keep their
 * place in the order, and their time has come at once. Counted in slots as long as they are now: with shorter ones, of two validators that enter a late round a little apart one
 * would have passed ranks that the other still waits long for, and both would notarise several blocks.
 */
export function firstOpenRank({ start, anchor, slotMs }: RoundClock): number {
  return Math.max(0, Math.floor((start - anchor) / slotMs))
}

/** R2, R3 where slots count from the parent's time: as `slotAfterStart`, from the first open rank on. */
export function slotAfterAnchor(rank: number, clock: RoundClock): number {
  return clock.start + Math.max(0, rank - firstOpenRank(clock)) * clock.slotMs
}

/** Reward and all fees to the proposer. */
export function allToProposer(reward: bigint, proposer: Uint8Array, fees: bigint, treasury: bigint): readonly Payout[] {
  return [{ to: proposer, amount: fees + (treasury < reward ? treasury : reward) }]
}

/** The parts that most families share; spread it and override. */
export function familyDefaults(config: ChainConfig, genesis: Genesis) {
  const { blockIntervalMs } = config
  return {
    config,
    voting: 'rank' as const,
    heartbeatTtl: genesis.heartbeatTtl,
    producersAsk: false,
    patienceSlots: 0,
    deadlineMs: 30_000,
    tasteSlots: 0,
    compare: (a: Header, b: Header): number => a.rank - b.rank,
    voteTime: (_parent: WorldState, header: Header, clock: RoundClock): number => slotAfterStart(header.rank, clock),
    timestamp: (parent: WorldState, _turn: Turn, now: number): number => gridTimestamp(genesis.time, blockIntervalMs, parent, now),
    payouts: (_parent: WorldState, proposer: Uint8Array, fees: bigint, treasury: bigint): readonly Payout[] =>
      allToProposer(genesis.blockReward, proposer, fees, treasury),
    missed: (): readonly Uint8Array[] => [],
    initialMemory: (): Uint8Array => NO_CLAIM,
    advance: (): Uint8Array | null => null
  } satisfies Partial<Family>
}
