/** The family that the switches change: as plain as a family can be, so that one changed rule is all that differs between two runs. */
import { u32le } from '../../core/bytes'
import { taggedHash } from '../../core/crypto/hash'
import { byTicket, checkGridTimestamp, checkListedTurn, familyDefaults, NO_CLAIM, perParent, rankIn, slotAfterStart } from '../../core/families/common'
import type { Family, RankedProposer } from '../../core/families/family'
import type { ChainConfig, Genesis } from '../../core/schema'
import type { WorldState } from '../../core/state/worldState'

/** An order of the registered agents that depends on the seed chain and on nothing that a proposer can vary. */
export function byTicketOf(seed: Uint8Array, agents: readonly { publicKey: Uint8Array }[]): RankedProposer[] {
  return agents.map(({ publicKey }) => ({ publicKey, ticket: taggedHash('lab-ticket', seed, publicKey) })).sort(byTicket)
}

/** R1's seed of the height after `parent`. */
export function rankSeedOf(parent: WorldState): Uint8Array {
  return parent.chain.previousSeed
}

/**
 * Every registered agent is ranked; who has rank r speaks r slots after the start, and gets votes then.
 * @param ranking best first; by tickets of the seed chain unless told
 */
export function plainFamily(
  config: ChainConfig,
  genesis: Genesis,
  ranking: (parent: WorldState) => RankedProposer[] = parent => byTicketOf(rankSeedOf(parent), parent.agents())
): Family {
  const ranked = perParent(ranking)
  return {
    ...familyDefaults(config, genesis),
    name: 'lab',
    ranking: ranked,
    turnOf(parent, self) {
      const rank = rankIn(ranked(parent), self)
      return rank === null ? null : { rank, claim: NO_CLAIM }
    },
    checkTurn: (parent, header) => checkListedTurn(ranked(parent), header) ?? checkGridTimestamp(genesis.time, config.blockIntervalMs, parent, header),
    proposalTime: (_parent, turn, _self, clock) => slotAfterStart(turn.rank, clock)
  }
}

/** The same where all speak at the start (parallel creation): ranks order only the votes. */
export function parallelFamily(config: ChainConfig, genesis: Genesis): Family {
  return { ...plainFamily(config, genesis), proposalTime: (_parent, _turn, _self, clock) => clock.start }
}

/** Of 2³² values, as the seeds draw: the first four bytes of a hash. */
export function drawOf(seed: Uint8Array, number: number): number {
  const hash = taggedHash('lab-draw', u32le(number), seed)
  return ((hash[0]! << 24) | (hash[1]! << 16) | (hash[2]! << 8) | hash[3]!) >>> 0
}
