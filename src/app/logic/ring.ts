/** Who stands where on the clock ring. Twelve o'clock is left free: that is where blocks arrive. */
import type { AgentView, Hex, PeerView, Status, Transport } from '../../bridge/views'
import type { SimNodeView } from '../../bridge/api'

export interface RingNode {
  publicKey: Hex
  name: string
  online: boolean
  validator: boolean
  /** This tab's own agent; in the simulation, the node whose eyes we look through. */
  mine: boolean
  headHeight: number | null
  headHash: Hex | null
  finalHeight: number | null
  transport: Transport | null
  peerId: string | null
  cut: boolean
  /** Index in the simulation, null in a live network. */
  index: number | null
}

/** Places of the ring, unit vectors from its centre; y grows downwards. */
export interface Place {
  x: number
  y: number
}

/** Focusable nodes on the ring. More would be smaller than a finger (44 px) on the circle; the table lists the rest. */
export const RING_NODES = 48
/** From here on a small phone's ring has no room for all. */
export const RING_CROWD = 12
/** Heights after its last heartbeat at which an agent that is not here is no longer drawn: two lifetimes of a heartbeat. */
const GONE_AFTER_HEIGHTS = 32
/** Rows of the table beside the ring. */
export const RING_TABLE_ROWS = 200

/** Members of the simulation, in the order of their indexes. */
export function simulatedNodes(nodes: readonly SimNodeView[], agents: readonly AgentView[]): RingNode[] {
  const byKey = new Map(agents.map(a => [a.publicKey, a]))
  return nodes.map((node, index) => ({
    publicKey: node.publicKey,
    name: node.name,
    online: node.online,
    validator: byKey.get(node.publicKey)?.validator ?? true,
    mine: byKey.get(node.publicKey)?.mine ?? false,
    headHeight: node.headHeight,
    headHash: node.headHash,
    finalHeight: node.finalHeight,
    transport: null,
    peerId: null,
    cut: false,
    index
  }))
}

/**
 * Agents known to a live node: itself first, then by name, so that everyone keeps a place whoever comes and goes. A crowd does not fit on the
 * ring: there those who are here come before those who are gone.
 */
export function liveNodes(agents: readonly AgentView[], peers: readonly PeerView[], status: Status | null): RingNode[] {
  const peerByKey = new Map(peers.filter(p => p.publicKey !== null).map(p => [p.publicKey!, p]))
  const crowd = agents.length > RING_CROWD
  const order = (node: RingNode) => (node.mine ? 0 : node.online || !crowd ? 1 : 2)
  return agents
    .filter(
      agent => agent.mine || (agent.status !== 'left' && (agent.online || agent.validator || (status?.height ?? 0) - agent.lastHeartbeat <= GONE_AFTER_HEIGHTS))
    )
    .map((agent): RingNode => {
      const peer = peerByKey.get(agent.publicKey)
      return {
        publicKey: agent.publicKey,
        name: agent.name,
        online: agent.mine || agent.online,
        validator: agent.validator,
        mine: agent.mine,
        headHeight: agent.mine ? (status?.height ?? null) : null,
        headHash: agent.mine ? (status?.headHash ?? null) : null,
        finalHeight: agent.mine ? (status?.finalHeight ?? null) : (peer?.finalHeight ?? null),
        transport: peer?.transport ?? null,
        peerId: peer?.peerId ?? null,
        cut: peer?.cut ?? false,
        index: null
      }
    })
    .sort((a, b) => order(a) - order(b) || (a.name < b.name ? -1 : a.name > b.name ? 1 : a.publicKey < b.publicKey ? -1 : 1))
}

/** `count` places, evenly spread, symmetric around the free place at twelve o'clock. */
export function ringPlaces(count: number): Place[] {
  return Array.from({ length: count }, (_, i) => {
    const angle = ((i + 0.5) / count) * 2 * Math.PI
    return { x: Math.sin(angle), y: -Math.cos(angle) }
  })
}
