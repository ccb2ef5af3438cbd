/**
 * What an agent does to become and stay a member: register, then tell the chain now and then that it is alive. Pure; the node submits what
 * comes back.
 */
import { AGENT_ACTIVE, AGENT_PENALISED } from '../core/schema'
import type { AgentRecord } from '../core/schema'

export interface MembershipView {
  /** The agent's own record on the chain, null before registration. */
  record: AgentRecord | null
  /** Height the next block will have. */
  height: number
  /** Blocks without a heartbeat after which the agent is not counted any more. */
  heartbeatTtl: number
  /** The family in force ranks only those who ask. */
  producersAsk: boolean
  /** Is an own transaction of this kind waiting already? */
  pending: (kind: 'register' | 'heartbeat' | 'produce') => boolean
  /** The person has asked to leave: do nothing until they return. */
  leaving: boolean
}

export type MembershipIntent = 'register' | 'heartbeat' | 'produce' | null

/** Three heartbeats fit into one lifetime, so that two may get lost. */
export function heartbeatEvery(heartbeatTtl: number): number {
  return Math.max(1, Math.floor(heartbeatTtl / 3))
}

export function membershipIntent({ record, height, heartbeatTtl, producersAsk, pending, leaving }: MembershipView): MembershipIntent {
  if (leaving) return null
  if (record === null) return pending('register') ? null : 'register'
  if (record.status === AGENT_PENALISED) return null
  const due = record.status !== AGENT_ACTIVE || record.lastHeartbeat + heartbeatEvery(heartbeatTtl) <= height
  if (due && !pending('heartbeat')) return 'heartbeat'
  return producersAsk && record.producer === 0 && !pending('produce') ? 'produce' : null
}
