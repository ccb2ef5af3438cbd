/** The node's numbers in Prometheus' text format, read from the node when somebody asks. */
import { collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'
import type { HeadlessNode } from './node'

/** Values of one label. Reasons and counter names are ours and few; a bug must not make an endless page of them. */
const MAX_SERIES = 128

/** V054, since the start, by topic. */
const DELIVERY_HELP = {
  messages: 'Own messages that were published.',
  sent: 'Peers that own messages were handed to, each message and peer counted.',
  failed: 'Linked peers that an own message could not be handed to.',
  unheard: 'Own messages that no peer at all was handed.'
}

/** @param relaySockets how many WebSockets are open through the gate */
export function createMetrics(node: () => HeadlessNode | null, relaySockets: () => number): Registry {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry })
  const gauge = (name: string, help: string, read: (node: HeadlessNode) => number): void => {
    new Gauge({
      name: `quorumble_${name}`,
      help,
      registers: [registry],
      collect() {
        const present = node()
        if (present) this.set(read(present))
      }
    })
  }
  const byLabel = (name: string, help: string, label: string, read: (node: HeadlessNode) => Record<string, number>): void => {
    new Gauge({
      name: `quorumble_${name}`,
      help,
      labelNames: [label],
      registers: [registry],
      collect() {
        this.reset()
        const present = node()
        for (const [key, value] of Object.entries(present ? read(present) : {}).slice(0, MAX_SERIES)) this.set({ [label]: key }, value)
      }
    })
  }

  gauge('height', 'Height of the head.', n => n.status().height)
  gauge('final_height', 'Height of the newest final block.', n => n.status().finalHeight)
  gauge('finality_lag_blocks', 'Blocks between the newest final one and the head.', n => n.status().height - n.status().finalHeight)
  gauge('store_blocks', 'Blocks on the disk.', n => n.slices().storage.blocks)
  gauge('store_used_bytes', 'What the store takes on the disk; -1 where that is unknown.', n => n.slices().storage.usedBytes ?? -1)
  gauge('store_troubles', 'What is wrong with the store, and what was found amiss at the start.', n => n.slices().storage.troubles.length)
  gauge('state_cache_states', 'Hot states by root (T047).', n => n.slices().storage.cache.states)
  gauge('state_cache_hits', 'Older states that were found hot since the start (T077).', n => n.slices().storage.cache.hits)
  gauge('state_cache_misses', 'Older states that were asked for and not hot any more.', n => n.slices().storage.cache.misses)
  gauge(
    'state_checked_height',
    'Height of the state whose root was computed once more last (T084); -1: none yet.',
    n => n.slices().info.validation.checkedHeight ?? -1
  )
  gauge('state_mismatch', '1 when that root was not the one in the header.', n => (n.slices().info.validation.mismatch === null ? 0 : 1))
  gauge('mempool_transactions', 'Transactions that wait for a block.', n => n.status().mempool)
  gauge('validators', 'Validators of the next height.', n => n.status().quorum.validators)
  gauge('validator_weight', 'Registered weight of the next height.', n => n.status().quorum.weight)
  gauge('validator_weight_present', 'Weight heard from in the last rounds.', n => n.status().quorum.present)
  gauge('stored_blocks', 'Blocks in the store.', n => n.slices().storage.blocks)
  gauge('worst_tick_gap_ms', 'Worst gap between two ticks in the last minute, milliseconds.', n => n.slices().info.worstGapMs)
  byLabel('signatures', 'Signatures since the start by where the verdict came from: known, here, elsewhere (T031).', 'verdict', n => ({
    ...n.slices().info.signatures
  }))
  byLabel('peers', 'Peers by transport.', 'transport', n => countBy(n.status().peers.map(peer => peer.transport)))
  byLabel('round_votes', 'Notarisation votes seen in the running round, by rank of the candidate.', 'rank', n =>
    Object.fromEntries((n.slices().round?.candidates ?? []).map(candidate => [candidate.rank, candidate.votes]))
  )
  byLabel('messages_by_verdict', 'Messages from peers since the start, by verdict.', 'verdict', n => {
    const { accept, ignore, reject } = n.slices().info.verdicts
    return { accept, ignore, reject }
  })
  byLabel('messages_refused_by_reason', 'Messages not accepted since the start, by reason.', 'reason', n => n.slices().info.verdicts.reasons)
  for (const count of ['messages', 'sent', 'failed', 'unheard'] as const)
    byLabel(`deliveries_${count}`, DELIVERY_HELP[count], 'topic', n =>
      Object.fromEntries(Object.entries(n.slices().info.deliveries).map(([topic, of]) => [topic, of[count]]))
    )
  byLabel('events', 'What the node did since the start, by name.', 'event', n => ({ ...n.counters }))
  gauge('mining_eligible_nodes', 'Agents that may be drawn for the next height (V129).', n => n.mining().eligible_pool_size)
  gauge('mining_my_slot', "This node's place in the list of the next height: 0 winner, k backup k, -1 none (V130).", n => n.mining().my_slot ?? -1)
  gauge('mining_claims_total', 'Turns that this node has claimed since the start (V131).', n => n.mining().claims_total)
  gauge('mining_blocks_produced', 'Claimed blocks that this node has published since the start (V132).', n => n.mining().blocks_produced)
  slotHistogram(registry, node)
  new Gauge({
    name: 'quorumble_relay_sockets',
    help: 'WebSockets open to the relay.',
    registers: [registry],
    collect() {
      this.set(relaySockets())
    }
  })
  return registry
}

/** V133. The node keeps the counts; only what has been added since the last look is observed. */
function slotHistogram(registry: Registry, node: () => HeadlessNode | null): void {
  const observed: number[] = []
  new Histogram({
    name: 'quorumble_mining_slot_distribution',
    help: 'Final blocks since the start by the slot that won; those after the first list are in the last bucket.',
    buckets: [0, 1, 2, 3, 4, 5, 6],
    registers: [registry],
    collect() {
      for (const [slot, count] of (node()?.mining().winning_slots ?? []).entries()) {
        for (let seen = observed[slot] ?? 0; seen < count; seen++) this.observe(slot)
        observed[slot] = count
      }
    }
  })
}

function countBy(names: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const name of names) counts[name] = (counts[name] ?? 0) + 1
  return counts
}
