/**
 * Midnight, option A (M011–M020): at every period all registered agents create a block at once, and the lowest ticket wins.
 *
 * The seed compares the hashes of the *blocks*; whoever tries many contents then wins almost always (F-07). Here the ticket is
 * H("rank", rankSeed, proposer): fixed by the chain two blocks ago and by who you are, so there is nothing to try.
 */
import { compareBytes } from '../../bytes'
import { taggedHash } from '../../crypto/hash'
import { fail } from '../../result'
import { AGENT_PENALISED } from '../../schema'
import { isAlive } from '../../state/worldState'
import type { WorldState } from '../../state/worldState'
import type { Family, RankedProposer } from '../family'

/** @param rankSeed seed(h − 2) on the block's own branch */
export function ticketOf(rankSeed: Uint8Array, proposer: Uint8Array): Uint8Array {
  return taggedHash('rank', rankSeed, proposer)
}

export function lowestTicketFirst(rankSeed: Uint8Array, proposers: readonly Uint8Array[]): RankedProposer[] {
  return proposers.map(publicKey => ({ publicKey, ticket: ticketOf(rankSeed, publicKey) })).sort((a, b) => compareBytes(a.ticket, b.ticket))
}

export function midnight(parameters: { heartbeatTtl: number }): Family {
  const ranked = new WeakMap<WorldState, RankedProposer[]>()

  function ranking(parent: WorldState): RankedProposer[] {
    const known = ranked.get(parent)
    if (known !== undefined) return known
    const agents = parent.agents()
    const alive = agents.filter(agent => isAlive(agent, parent.height + 1, parameters.heartbeatTtl))
    // A chain that outlived every heartbeat, or that everybody has left, must still be able to wake up.
    const eligible = alive.length > 0 ? alive : agents.filter(agent => agent.status !== AGENT_PENALISED)
    const result = lowestTicketFirst(
      parent.view.chain.previousSeed,
      eligible.map(agent => agent.publicKey)
    )
    ranked.set(parent, result)
    return result
  }

  return {
    name: 'midnight',
    ranking,
    proposalDelaySlots: () => 0,
    verifyClaim: (_parent, header) => (header.claim.length === 0 ? null : fail('bad-claim', 'midnight by lowest ticket carries no claim')),
    makeClaim: () => new Uint8Array(0)
  }
}
