/** Network parameters and the state before the first block (PROTOCOL §9). Whoever opens a network makes one; its hash is the network id. */
import { toHex } from './bytes'
import { nameToBytes } from './names'
import { isAcceptableKey } from './crypto/ed25519'
import { taggedHash } from './crypto/hash'
import { fail, ok } from './result'
import type { Result } from './result'
import { AGENT_ACTIVE, Genesis, State } from './schema'
import { committee } from './consensus/validatorSet'
import { networkIdOf } from './signing'
import { WorldState } from './state/worldState'
import type { AgentIndex } from './state/worldState'
import { decode } from './codec'

export const FAMILY_MIDNIGHT = 2
export const MEMBERSHIP_OPEN = 1
export const MEMBERSHIP_INVITED = 2

/** Milli-units: balances are integers, screens divide by 1000. */
const DEFAULT_TREASURY = 1_000_000_000_000n
const DEFAULT_GRANT = 100_000n
const DEFAULT_REWARD = 1_000n

/** Parameters of a playground network: a newcomer votes after one or two epochs of 16 seconds. */
const DEFAULT_PARAMETERS = {
  schemaVersion: 1,
  family: FAMILY_MIDNIGHT,
  familyMode: 0,
  blockIntervalMs: 2000,
  slotMs: 1200,
  epochLength: 8,
  heartbeatTtl: 16,
  minCommittee: 4,
  membership: MEMBERSHIP_OPEN,
  authority: new Uint8Array(32),
  treasury: DEFAULT_TREASURY,
  registrationGrant: DEFAULT_GRANT,
  blockReward: DEFAULT_REWARD
} as const

export interface Founder {
  publicKey: Uint8Array
  name: string
}

export function createGenesis(
  options: { name: string; time: number; salt: Uint8Array; founders: readonly Founder[] } & Partial<
    Pick<Genesis, 'blockIntervalMs' | 'slotMs' | 'epochLength' | 'heartbeatTtl' | 'minCommittee' | 'membership' | 'familyMode'>
  >
): Genesis {
  const { name, time, salt, founders, ...parameters } = options
  const agents = founders.map(founder => ({ publicKey: founder.publicKey, name: nameToBytes(founder.name), balance: DEFAULT_GRANT }))
  return { ...DEFAULT_PARAMETERS, ...parameters, name: nameToBytes(name), time, salt, agents }
}

/** @returns `bad-genesis` with the reason, for bytes that came from a peer, a link or a file */
export function checkGenesis(genesis: Genesis): Result<Genesis> {
  const refuse = (detail: string) => fail('bad-genesis', detail)
  if (genesis.schemaVersion !== 1) return refuse(`schema version ${genesis.schemaVersion} is not known here`)
  if (genesis.family !== FAMILY_MIDNIGHT) return refuse(`family ${genesis.family} is not known here`)
  if (genesis.blockIntervalMs < 100 || genesis.blockIntervalMs > 86_400_000) return refuse('block interval outside 100 ms … one day')
  if (genesis.slotMs < 20 || genesis.slotMs > 600_000) return refuse('slot outside 20 ms … ten minutes')
  if (genesis.epochLength < 1 || genesis.epochLength > 10_000) return refuse('epoch length outside 1 … 10,000')
  if (genesis.heartbeatTtl < genesis.epochLength) return refuse('heartbeat lifetime shorter than an epoch')
  if (genesis.membership !== MEMBERSHIP_OPEN && genesis.membership !== MEMBERSHIP_INVITED) return refuse('unknown membership')
  if (genesis.agents.length === 0) return refuse('no agents')
  const keys = new Set(genesis.agents.map(agent => toHex(agent.publicKey)))
  if (keys.size !== genesis.agents.length) return refuse('an agent is listed twice')
  if (!genesis.agents.every(agent => isAcceptableKey(agent.publicKey))) return refuse('a public key is not acceptable')
  return ok(genesis)
}

export function decodeGenesis(bytes: Uint8Array): Result<Genesis> {
  const decoded = decode(Genesis, bytes, 16 * 1024)
  return decoded.ok ? checkGenesis(decoded.value) : decoded
}

/** The state of height 0. The founders are alive and, if enough, the first validators. */
export function genesisState(genesis: Genesis, index: AgentIndex): WorldState {
  const networkId = networkIdOf(genesis)
  const seed = taggedHash('seed', networkId)
  const value = State.defaultValue()
  value.schemaVersion = genesis.schemaVersion
  value.treasury = genesis.treasury
  value.chain.timestamp = genesis.time
  value.chain.seed = seed
  // Heights 1 and 2 draw from different seeds, too.
  value.chain.previousSeed = taggedHash('seed', seed)
  value.chain.recent[0] = networkId
  value.agents = genesis.agents.map(agent => ({
    publicKey: agent.publicKey,
    name: agent.name,
    status: AGENT_ACTIVE,
    balance: agent.balance,
    nonce: 0,
    registeredAt: 0,
    lastHeartbeat: 0,
    blocksMade: 0
  }))
  const first = committee(value.agents, 0, genesis)
  value.validators = { epoch: 0, current: first, next: first }
  const view = State.toViewDU(value)
  value.agents.forEach((agent, place) => index.note(agent.publicKey, place))
  return new WorldState(view, index)
}
