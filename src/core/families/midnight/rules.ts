/**
 * Midnight (M001–M062): a block at every period, and four ways to agree on whose.
 *
 * | mode | who speaks at the start | who is preferred |
 * |---|---|---|
 * | `lowestHash`, option A | everybody | the lowest ticket |
 * | `vrf`, option B | everybody | the lottery's leader, then as in A |
 * | `firstToQuorum`, option C | everybody | what arrives first at each validator |
 * | `leader`, the design before | the leader; the others slot by slot | as in B |
 *
 * The seed compares the hashes of the *blocks* in option A; whoever tries many contents then wins almost always (F-07). Here a ticket is H("rank", rankSeed, proposer):
 * fixed by the chain two blocks ago and by who you are, so there is nothing to try. The seed chain holds outputs of verifiable random functions and
 * no content of a block (F-06).
 */
import { decode, encode } from '../../codec'
import { taggedHash } from '../../crypto/hash'
import { assert } from '../../result'
import type { AgentRecord, ChainConfig, Genesis } from '../../schema'
import { votingPower } from '../../state/stake'
import type { WorldState } from '../../state/worldState'
import {
  allToProposer,
  byTicket,
  checkGridTimestamp,
  checkListedTurn,
  familyDefaults,
  gridTimestamp,
  NO_CLAIM,
  perParent,
  rankIn,
  settledAgents,
  silentAgents
} from '../common'
import type { Family, FamilyModule, PlacedHeader, RankedProposer, RoundClock } from '../family'
import { drawLeader, leaderDraw, LeaderMemory, NO_LEADER } from './lottery'
import { checkParameters, decodeParameters, DEFAULT_PERIOD_MS, DEFAULT_SLOT_MS, encodeParameters, REWARDS_BY_TIER } from './parameters'
import { payByTier, rewardList } from './rewards'

const FAMILY_MIDNIGHT = 2

const MODES = ['lowestHash', 'vrf', 'firstToQuorum', 'leader'] as const

/** Turns that one block may count as missed: as many as taste can delay (R8). */
const MAX_MISSED_TURNS = 7

/** @param rankSeed seed(h − 2) on the block's own branch */
export function ticketOf(rankSeed: Uint8Array, proposer: Uint8Array): Uint8Array {
  return taggedHash('rank', rankSeed, proposer)
}

/** R1 in option A: the same for whatever order the proposers are named in. */
export function lowestTicketFirst(rankSeed: Uint8Array, proposers: readonly Uint8Array[]): RankedProposer[] {
  return proposers.map(publicKey => ({ publicKey, ticket: ticketOf(rankSeed, publicKey) })).sort(byTicket)
}

/** R1 with a leader: it has rank 0, the others keep their order. A leader that is not among them changes nothing. Its ticket is the draw. */
export function leaderFirst(rankSeed: Uint8Array, leader: Uint8Array, proposers: readonly Uint8Array[]): RankedProposer[] {
  const ranking = lowestTicketFirst(rankSeed, proposers)
  const rank = rankIn(ranking, leader)
  if (rank === null) return ranking
  return [{ publicKey: ranking[rank]!.publicKey, ticket: leaderDraw(rankSeed) }, ...ranking.filter((_, i) => i !== rank)]
}

/** @param masternodes those that may propose. @returns the leader by the voting power of its tier, at least 1; zeros when there is none */
function leaderAmong(seed: Uint8Array, masternodes: readonly AgentRecord[]): Uint8Array {
  const candidates = masternodes.map(({ publicKey, deposit }) => ({ publicKey, weight: Math.max(1, votingPower(deposit)) }))
  return drawLeader(seed, candidates) ?? NO_LEADER
}

function readLeaders(parent: WorldState): LeaderMemory {
  const memory = decode(LeaderMemory, parent.memory)
  assert(memory.ok, 'a mode with a leader remembers leaders')
  return memory.value
}

/** What the modes with a leader remember: leaders drawn over candidates that were fixed before the draw (lottery.ts). */
function leaderMemory(masternodes: (parent: WorldState) => readonly AgentRecord[]): Pick<Family, 'initialMemory' | 'advance'> {
  return {
    initialMemory(state) {
      const { seed, previousSeed } = state.chain
      // Only here candidates and seed are of one age: there is no older state to draw from.
      const candidates = masternodes(state)
      return encode(LeaderMemory, { next: leaderAmong(previousSeed, candidates), afterNext: leaderAmong(seed, candidates) })
    },
    advance: (parent: WorldState, header: PlacedHeader) =>
      encode(LeaderMemory, { next: readLeaders(parent).afterNext, afterNext: leaderAmong(header.seed, masternodes(parent)) })
  }
}

function create(config: ChainConfig, genesis: Genesis): Family {
  const mode = MODES[config.mode]
  const decoded = decodeParameters(config.parameters)
  assert(mode !== undefined && decoded.ok, 'a configuration that has passed `check`')
  const parameters = decoded.value
  const { blockIntervalMs } = config
  const origin = parameters.daily === 1 ? 0 : genesis.time
  const masternodes = perParent(parent => settledAgents(parent, genesis.heartbeatTtl))
  const hasLeader = mode === 'vrf' || mode === 'leader'

  const ranking = perParent(parent => {
    const rankSeed = parent.chain.previousSeed
    const keys = masternodes(parent).map(({ publicKey }) => publicKey)
    const first = hasLeader ? leaderFirst(rankSeed, readLeaders(parent).next, keys) : lowestTicketFirst(rankSeed, keys)
    const silent = silentAgents(parent, genesis.heartbeatTtl, keys).map(({ publicKey }) => publicKey)
    return [...first, ...lowestTicketFirst(rankSeed, silent)]
  })
  const rewards = perParent(parent => rewardList(masternodes(parent)))

  /** R2, and not before the first midnight that a child may carry: after a change of pace the parent lies beside the grid. */
  const midnightAfter = (parent: WorldState, clock: RoundClock): number =>
    Math.max(clock.start, gridTimestamp(origin, blockIntervalMs, parent, parent.timestamp))
  const slotOf = (rank: number, parent: WorldState, clock: RoundClock): number => midnightAfter(parent, clock) + rank * clock.slotMs

  return {
    ...familyDefaults(config, genesis),
    name: 'midnight',
    voting: mode === 'firstToQuorum' ? 'arrival' : 'rank',
    deadlineMs: parameters.voteLimitMs,
    ranking,
    turnOf(parent, self) {
      const rank = rankIn(ranking(parent), self)
      return rank === null ? null : { rank, claim: NO_CLAIM }
    },
    checkTurn: (parent, header) => checkListedTurn(ranking(parent), header) ?? checkGridTimestamp(origin, blockIntervalMs, parent, header),
    proposalTime: (parent, turn, _self, clock) => slotOf(mode === 'leader' ? turn.rank : 0, parent, clock),
    voteTime: (parent, header, clock) => slotOf(header.rank, parent, clock),
    timestamp: (parent, _turn, now) => gridTimestamp(origin, blockIntervalMs, parent, now),
    payouts: (parent, proposer, fees, treasury) =>
      parameters.rewards === REWARDS_BY_TIER
        ? payByTier(rewards(parent), parameters, proposer, fees, treasury)
        : allToProposer(genesis.blockReward, proposer, fees, treasury),
    // Where all speak at once nobody waits for anybody, and a worse rank may win by mere latency: only a leader's silence is a missed turn.
    missed: (parent, header) =>
      mode === 'leader'
        ? ranking(parent)
            .slice(0, Math.min(header.rank, MAX_MISSED_TURNS))
            .map(({ publicKey }) => publicKey)
        : [],
    ...(hasLeader ? leaderMemory(masternodes) : {})
  }
}

export const midnight: FamilyModule = {
  id: FAMILY_MIDNIGHT,
  name: 'midnight',
  modes: MODES,
  defaultConfig: mode => ({
    family: FAMILY_MIDNIGHT,
    mode,
    blockIntervalMs: DEFAULT_PERIOD_MS,
    slotMs: DEFAULT_SLOT_MS,
    parameters: encodeParameters()
  }),
  check: checkParameters,
  create
}
