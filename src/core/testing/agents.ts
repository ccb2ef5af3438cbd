/** Records of agents that need no chain. */
import type { AgentRecord } from '../schema'
import { newAgent } from '../state/agents'

/** An agent as registration leaves it at height 0, poor and nameless, with the given differences. */
export function agentRecord(publicKey: Uint8Array, change: Partial<AgentRecord> = {}): AgentRecord {
  return { ...newAgent(publicKey, new Uint8Array(32), 0n, 0), next: 0, ...change }
}
