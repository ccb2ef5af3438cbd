/**
 * Chaos (P001–P177, of which the rules are P014, P094, P106, P159): registered producers take turns, and every validator has a personality.
 *
 * The turns are a rotation (rotation.ts) and decide who may make which block. The personalities (core/taste) decide about nothing: they may delay their owner's own vote by a
 * few slots, and say why in a signed opinion that is counted and shown (R8, F-35). The seed lets personalities approve what is invalid and reject for ever.
 */
import { decode, encode } from '../../codec'
import { taggedHash } from '../../crypto/hash'
import { assert } from '../../result'
import type { AgentRecord, ChainConfig, Genesis } from '../../schema'
import type { WorldState } from '../../state/worldState'
import {
  byTicket,
  checkGridTimestamp,
  checkListedTurn,
  eligibleAgents,
  familyDefaults,
  NO_CLAIM,
  perParent,
  rankIn,
  SETTLING_BLOCKS,
  silentAgents,
  slotAfterStart
} from '../common'
import type { Family, FamilyModule, RankedProposer } from '../family'
import { checkParameters, DEFAULT_INTERVAL_MS, DEFAULT_SLOT_MS, encodeParameters, parametersOf } from './parameters'
import { Cycle, NOBODY_YET, turnsIn } from './rotation'

const FAMILY_CHAOS = 1

const MODES = ['rotation'] as const

/** Turns that one block may count as missed: as many as taste can delay (R8). */
const MAX_MISSED_TURNS = 7

/** A cycle that begins with the block after this state. Its seed is the rank seed of its first height, seed(h − 2). */
function cycleAfter({ chain }: Pick<WorldState, 'chain'>): Cycle {
  return { start: chain.height + 1, seed: chain.previousSeed, last: NOBODY_YET }
}

function remembered(parent: WorldState): Cycle {
  const cycle = decode(Cycle, parent.memory)
  assert(cycle.ok, 'chaos remembers its cycle')
  return cycle.value
}

/** The cycle in force for the block after a state, and the turns that are left in it, rank 0 first. */
interface Rotation {
  cycle: Cycle
  turns: readonly RankedProposer[]
}

function create(config: ChainConfig, genesis: Genesis): Family {
  const { deadlineMs, tasteSlots } = parametersOf(config)

  /** P106: who has asked for a place; everybody who is alive when nobody has, so that a room without producers does not stand still. */
  const producers = perParent(parent => {
    const eligible = eligibleAgents(parent, genesis.heartbeatTtl)
    const asked = eligible.filter(({ producer }) => producer === 1)
    return asked.length > 0 ? asked : eligible
  })

  /** Who has a turn in this cycle: a key younger than the cycle's seed could have been chosen for its place, so its turn comes in the next one. */
  function membersOf({ start }: Cycle, parent: WorldState): readonly AgentRecord[] {
    const settled = producers(parent).filter(({ registeredAt }) => registeredAt === 0 || registeredAt + SETTLING_BLOCKS <= start)
    return settled.length > 0 ? settled : producers(parent)
  }

  const rotation = perParent((parent): Rotation => {
    for (const cycle of [remembered(parent), cycleAfter(parent)]) {
      const members = membersOf(cycle, parent)
      const turns = turnsIn(
        cycle,
        members.map(({ publicKey }) => publicKey)
      )
      if (turns !== null) return { cycle, turns }
    }
    return { cycle: cycleAfter(parent), turns: [] }
  })
  const ranking = perParent((parent): readonly RankedProposer[] => {
    const { turns } = rotation(parent)
    const keys = turns.map(({ publicKey }) => publicKey)
    const silent = silentAgents(parent, genesis.heartbeatTtl, keys).filter(({ producer }) => producer === 1)
    const ticketed = silent.map(({ publicKey }) => ({ publicKey, ticket: taggedHash('rank', parent.chain.previousSeed, publicKey) }))
    return [...turns, ...ticketed.sort(byTicket)]
  })

  return {
    ...familyDefaults(config, genesis),
    name: 'chaos',
    producersAsk: true,
    deadlineMs,
    tasteSlots,
    patienceSlots: tasteSlots,
    ranking,
    turnOf(parent, self) {
      const rank = rankIn(ranking(parent), self)
      return rank === null ? null : { rank, claim: NO_CLAIM }
    },
    checkTurn: (parent, header) => checkListedTurn(ranking(parent), header) ?? checkGridTimestamp(genesis.time, config.blockIntervalMs, parent, header),
    proposalTime: (_parent, turn, _self, clock) => slotAfterStart(turn.rank, clock),
    // Whoever never asked for a place owes nobody a block.
    missed: (parent, header) =>
      ranking(parent)
        .slice(0, Math.min(header.rank, MAX_MISSED_TURNS))
        .map(({ publicKey }) => publicKey)
        .filter(publicKey => parent.agent(publicKey)?.producer === 1),
    initialMemory: state => encode(Cycle, cycleAfter(state)),
    advance(parent) {
      const { cycle, turns } = rotation(parent)
      return encode(Cycle, { ...cycle, last: turns[0]?.ticket ?? cycle.last })
    }
  }
}

export const chaos: FamilyModule = {
  id: FAMILY_CHAOS,
  name: 'chaos',
  modes: MODES,
  defaultConfig: mode => ({
    family: FAMILY_CHAOS,
    mode,
    blockIntervalMs: DEFAULT_INTERVAL_MS,
    slotMs: DEFAULT_SLOT_MS,
    parameters: encodeParameters()
  }),
  check: checkParameters,
  create
}
