/** An agent's record as it begins. */
import type { AgentRecord } from '../schema'
import { AGENT_ACTIVE } from '../schema'
import { agentIdOf } from '../signing'

/** Milli-units: nobody is trusted or distrusted yet (D-12). */
const FIRST_REPUTATION = 500

/** @param height of the block that registers it; everything counts from there */
export function newAgent(publicKey: Uint8Array, name: Uint8Array, balance: bigint, height: number): Omit<AgentRecord, 'next'> {
  return {
    id: agentIdOf(publicKey),
    publicKey,
    name,
    personality: 0,
    traitsHash: new Uint8Array(32),
    reputation: FIRST_REPUTATION,
    alliances: [],
    status: AGENT_ACTIVE,
    lastActivity: height,
    balance,
    nonce: 0,
    registeredAt: height,
    lastHeartbeat: height,
    blocksMade: 0,
    deposit: 0n,
    depositedAt: height,
    missed: 0,
    producer: 0,
    fame: 0,
    fameAt: height
  }
}
