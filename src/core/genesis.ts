/** Network parameters and the state before the first block (PROTOCOL §9). Whoever opens a network makes one; its hash is the network id. */
import { toHex } from './bytes'
import { nameToBytes } from './names'
import { isAcceptableKey } from './crypto/ed25519'
import { taggedHash } from './crypto/hash'
import { assert, fail, ok } from './result'
import type { Result } from './result'
import { checkConfig, FAMILIES, familiesOf } from './families/registry'
import { LONGEST_LEAK, MAX_LOOKAHEAD_EPOCHS } from './limits'
import { Genesis, State, STRATEGY_MAJORITY, STRATEGY_SOCIAL } from './schema'
import type { ChainConfig, Plot } from './schema'
import { committee, MEMBERSHIP_OPEN, MEMBERSHIPS } from './consensus/validatorSet'
import { networkIdOf } from './signing'
import { newAgent } from './state/agents'
import { STATE_VERSION } from './state/version'
import { chainOf } from './state/orderedList'
import { WorldState } from './state/worldState'
import type { StateIndex, StateView } from './state/worldState'
import { decode } from './codec'

/** Milli-units: balances are integers, screens divide by 1000. */
const DEFAULT_TREASURY = 1_000_000_000_000n
const DEFAULT_GRANT = 100_000n
const DEFAULT_REWARD = 1_000n
const DEFAULT_PENALTY = 100n
/** The pace of a playground: the seeds' ten seconds are long for people who watch. */
const PLAYGROUND_INTERVAL_MS = 2000

/** Parameters of a playground network: a newcomer votes after three to four epochs of eight seconds. */
const DEFAULT_PARAMETERS = {
  schemaVersion: STATE_VERSION,
  epochLength: 4,
  lookahead: 3,
  heartbeatTtl: 16,
  minCommittee: 4,
  leakAfter: 0,
  membership: MEMBERSHIP_OPEN,
  authority: new Uint8Array(32),
  treasury: DEFAULT_TREASURY,
  registrationGrant: DEFAULT_GRANT,
  blockReward: DEFAULT_REWARD,
  missedSlotPenalty: DEFAULT_PENALTY,
  conflictStrategy: STRATEGY_MAJORITY
} as const

export interface Founder {
  publicKey: Uint8Array
  name: string
  /** Milli-units, besides the balance. */
  deposit?: bigint
}

/** The family that a room begins with unless told: the one that is explained in a sentence. */
const FIRST_FAMILY = 'midnight'

/** A family's first mode at the pace of a playground. */
export function playgroundConfig(config?: ChainConfig): ChainConfig {
  const first = FAMILIES.find(({ name }) => name === FIRST_FAMILY)
  assert(first !== undefined, 'the first family is registered')
  return { ...(config ?? first.defaultConfig(0)), blockIntervalMs: PLAYGROUND_INTERVAL_MS }
}

export type NetworkOptions = { name: string; time: number; salt: Uint8Array; founders: readonly Founder[]; plots?: readonly Plot[] } & Partial<
  Pick<
    Genesis,
    | 'config'
    | 'epochLength'
    | 'lookahead'
    | 'heartbeatTtl'
    | 'minCommittee'
    | 'leakAfter'
    | 'membership'
    | 'authority'
    | 'registrationGrant'
    | 'blockReward'
    | 'missedSlotPenalty'
    | 'conflictStrategy'
  >
>

export function createGenesis(options: NetworkOptions): Genesis {
  const { name, time, salt, founders, plots = [], config = playgroundConfig(), ...parameters } = options
  const agents = founders.map(founder => ({
    publicKey: founder.publicKey,
    name: nameToBytes(founder.name),
    balance: DEFAULT_GRANT,
    deposit: founder.deposit ?? 0n
  }))
  return { ...DEFAULT_PARAMETERS, ...parameters, config, name: nameToBytes(name), time, salt, agents, plots: [...plots] }
}

/** @returns `bad-genesis` with the reason, for bytes that came from a peer, a link or a file */
export function checkGenesis(genesis: Genesis): Result<Genesis> {
  const refuse = (detail: string) => fail('bad-genesis', detail)
  if (genesis.schemaVersion !== STATE_VERSION) return refuse(`schema version ${genesis.schemaVersion} is not known here`)
  const bad = checkConfig(genesis.config)
  if (bad !== null) return refuse(bad.detail)
  if (genesis.epochLength < 1 || genesis.epochLength > 10_000) return refuse('epoch length outside 1 … 10,000')
  if (genesis.heartbeatTtl < genesis.epochLength) return refuse('heartbeat lifetime shorter than an epoch')
  if (genesis.lookahead < 1 || genesis.lookahead > MAX_LOOKAHEAD_EPOCHS) return refuse(`lookahead outside 1 … ${MAX_LOOKAHEAD_EPOCHS} epochs`)
  const leak = checkLeak(genesis)
  if (leak !== null) return refuse(leak)
  if (!MEMBERSHIPS.includes(genesis.membership)) return refuse('unknown membership')
  if (genesis.conflictStrategy < STRATEGY_MAJORITY || genesis.conflictStrategy > STRATEGY_SOCIAL) return refuse('unknown way to resolve conflicts')
  if (genesis.agents.length === 0) return refuse('no agents')
  const keys = new Set(genesis.agents.map(agent => toHex(agent.publicKey)))
  if (keys.size !== genesis.agents.length) return refuse('an agent is listed twice')
  if (!genesis.agents.every(agent => isAcceptableKey(agent.publicKey))) return refuse('a public key is not acceptable')
  if (!isNobody(genesis.authority) && !isAcceptableKey(genesis.authority)) return refuse('the authority key is not acceptable')
  if (!genesis.plots.every(plot => keys.has(toHex(plot.owner)) && plot.registeredAt === 0)) return refuse('a plot without an owner')
  return ok(genesis)
}

/** R12: the fewest heights after which a branch's own sets hold nobody any more who has been silent all along. */
export function shortestLeak({ heartbeatTtl, epochLength, lookahead }: Pick<Genesis, 'heartbeatTtl' | 'epochLength' | 'lookahead'>): number {
  return heartbeatTtl + (lookahead + 2) * epochLength
}

function checkLeak(genesis: Genesis): string | null {
  const { leakAfter, minCommittee, authority } = genesis
  if (leakAfter === 0) return null
  if (!isNobody(authority)) return 'a room goes on by its authority or by a leak, not by both'
  // A set that falls back to its senior could be one member of many: then the others might have a quorum, too.
  if (minCommittee !== 1) return 'a leak needs a committee from the first member on'
  const shortest = shortestLeak(genesis)
  return leakAfter < shortest || leakAfter > LONGEST_LEAK ? `a leak outside ${shortest} … ${LONGEST_LEAK} heights` : null
}

export function decodeGenesis(bytes: Uint8Array): Result<Genesis> {
  const decoded = decode(Genesis, bytes, 32 * 1024)
  return decoded.ok ? checkGenesis(decoded.value) : decoded
}

/** All zero: no authority. */
export function isNobody(key: Uint8Array): boolean {
  return key.every(byte => byte === 0)
}

/** By the very object, which is never changed: all nodes of a process, and all parts of a node, begin with one tree. Its nodes cannot be written to; a view can. */
const genesisTrees = new WeakMap<Genesis, StateView['node']>()

/** The state of height 0. The founders are alive and, if enough, the first validators. */
export function genesisState(genesis: Genesis, index: StateIndex): WorldState {
  const tree = genesisTrees.get(genesis)
  if (tree !== undefined) return WorldState.of(State.getViewDU(tree), index)
  const state = makeGenesisState(genesis, index)
  genesisTrees.set(genesis, state.view.node)
  return state
}

function makeGenesisState(genesis: Genesis, index: StateIndex): WorldState {
  const networkId = networkIdOf(genesis)
  const seed = taggedHash('seed', networkId)
  const value = State.defaultValue()
  const records = genesis.agents.map(agent => ({ ...newAgent(agent.publicKey, agent.name, agent.balance, 0), deposit: agent.deposit, producer: 1 }))
  const { first, next } = chainOf(records.map(({ publicKey }) => publicKey))
  value.agents = { treasury: genesis.treasury, first, records: records.map((record, place) => ({ ...record, next: next[place]! })), plots: genesis.plots }
  value.blocks.schemaVersion = genesis.schemaVersion
  value.blocks.chain.timestamp = genesis.time
  value.blocks.chain.seed = seed
  // Heights 1 and 2 draw from different seeds, too.
  value.blocks.chain.previousSeed = taggedHash('seed', seed)
  value.blocks.config.active = genesis.config
  const seats = committee(value.agents.records, value.agents.plots, 0, genesis)
  value.blocks.validators = { epoch: 0, sets: Array.from({ length: genesis.lookahead + 1 }, () => seats) }
  value.social.relationships = records.map(() => [])
  const state = WorldState.of(State.toViewDU(value), index)
  const memory = familiesOf(genesis)(state).initialMemory(state)
  if (memory.length === 0) return state
  const edit = state.edit()
  edit.memory = memory
  return edit.finish()
}
