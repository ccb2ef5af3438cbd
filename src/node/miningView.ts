/** What a person may see of turns, claims and proof of sync (V073–V087, V113, V155). Derived afresh from the core each time; works for every family as far as it applies. */
import { toHex } from '../core/bytes'
import type { BlockEntry } from '../core/chain/blockTree'
import { eligibleAgents } from '../core/families/common'
import type { Family } from '../core/families/family'
import type { WorldState } from '../core/state/worldState'
import type { ClaimView, MiningStatus } from '../bridge/views'
import type { ClaimReceipt } from './claimLedger'
import type { NodeCore } from './nodeCore'
import { takeSnapshot } from './proofOfSync'
import type { NetworkSnapshot } from './proofOfSync'

/** V076: backups that are named, whatever the family. */
const BACKUPS_SHOWN = 6

/** A look without consequences, for families that ask for no proof of sync: these tolerances are vision's. */
const onlooker = { minReadyPeers: 0, maxDesyncBlocks: 2, eligibleStreak: 1, snapshotMs: 1000 }

/** Hex keys of those who may get a turn on this state. */
function poolOf(family: Family, state: WorldState): string[] {
  if (family.pool !== undefined) return family.pool(state).map(toHex)
  return eligibleAgents(state, family.heartbeatTtl)
    .filter(agent => !family.producersAsk || agent.producer === 1)
    .map(({ publicKey }) => toHex(publicKey))
}

function claimView(receipt: ClaimReceipt): ClaimView {
  const { winnerId, tipHash, claimedAt, slotIndex, status, reason } = receipt
  return { winner_id: winnerId, tip_hash: tipHash, claimed_at: claimedAt, slot_idx: slotIndex, status, reason }
}

/** R2 for this node on this parent, its own clock. */
function turnTime({ rounds, publicKey }: NodeCore, parent: BlockEntry, family: Family): number | null {
  const turn = rounds.turnOn(parent)
  const state = parent.state!
  if (turn === null) return null
  const clock = { start: rounds.startOf(parent), anchor: state.timestamp + state.config.blockIntervalMs, slotMs: rounds.slotMs }
  return family.proposalTime(state, turn, publicKey, clock)
}

/** @param now this node's clock, ms */
export function miningView(core: NodeCore, now: number): MiningStatus {
  const { rounds } = core
  const parent = core.stalled ? core.head() : (rounds.notarisedAt(rounds.round - 1)[0] ?? core.tree.final)
  const state = parent.state!
  const family = core.rules.familyOf(state)
  const listed = family
    .ranking(state)
    .slice(0, BACKUPS_SHOWN + 1)
    .map(({ publicKey }) => toHex(publicKey))
  const me = toHex(core.publicKey)
  const pool = poolOf(family, state)
  const sync = core.sync.latest ?? takeSnapshot(null, core.syncFacts(), onlooker, now)
  const slot = listed.indexOf(me)
  const { claimed, produced } = core.claims.totals
  return {
    next_height: parent.height + 1,
    current_winner: listed[0] ?? null,
    backups: listed.slice(1),
    my_node_id: me,
    my_slot: slot === -1 ? null : slot,
    eligible: pool.includes(me) && (family.gate === undefined || sync.eligible),
    sync_state: sync.state,
    local_height: sync.localHeight,
    network_height: sync.networkHeight,
    lag_blocks: Math.max(0, sync.lag),
    eligible_pool_size: pool.length,
    ready_peers: sync.readyPeers,
    eligible_streak: sync.eligibleStreak,
    recent_claims: core.claims.recent().map(receipt => [receipt.height, claimView(receipt)]),
    in_pool: pool.includes(me),
    my_turn_at: turnTime(core, parent, family),
    gate:
      family.gate === undefined
        ? null
        : { min_ready_peers: family.gate.minReadyPeers, max_desync_blocks: family.gate.maxDesyncBlocks, eligible_streak: family.gate.eligibleStreak },
    failing_checks: family.gate === undefined ? [] : [...sync.failing],
    claims_total: claimed,
    blocks_produced: produced,
    winning_slots: [...core.claims.winningSlots]
  }
}

/** V155: which condition is not met, and what helps. */
export function gateReason({ failing, lag, readyPeers, eligibleStreak }: NetworkSnapshot): string {
  if (failing.includes('peers'))
    return `Only ${readyPeers} peers answer, so this node cannot tell whether it is up to date. Invite somebody, or check the connection.`
  if (failing.includes('lag') && lag > 0) return `${lag} blocks behind the network: it makes blocks again once it has caught up.`
  if (failing.includes('lag')) return `${-lag} blocks ahead of the network, so this node may be on a branch of its own. It waits until the others are level.`
  return `Level with the network in ${eligibleStreak} looks in a row; a few more are asked for.`
}
