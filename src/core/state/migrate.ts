/**
 * States as earlier versions wrote them (T086). A version is told by the first two bytes: version 2 begins with its number, later ones with the offset of their first subtree.
 * What a version did not know begins as it would have at registration; whatever it did know is kept, and its root is computed by its own schema, to be held against its block.
 */
import { STATE_VERSION } from './version'
import { assert } from '../result'
import { Plot, ScheduledConfigs, State, ValidatorSetList, ChainConfig } from '../schema'
import type { BlockRecord } from '../schema'
import {
  ByteListType,
  ByteVectorType,
  ContainerNodeStructType,
  ContainerType,
  ListCompositeType,
  UintBigintType,
  UintNumberType,
  VectorCompositeType
} from '../ssz'
import type { ValueOf } from '../ssz'
import { newAgent } from './agents'
import { chainOf } from './orderedList'
import type { StateIndex } from './worldState'
import { WorldState } from './worldState'

const Bytes32 = new ByteVectorType(32)
const U16 = new UintNumberType(2)
const U32 = new UintNumberType(4)
const U64 = new UintBigintType(8)

/** Version 2, of 2025: one flat container. Never to be changed. */
const AgentV2 = new ContainerNodeStructType({
  publicKey: Bytes32,
  name: Bytes32,
  status: new UintNumberType(1),
  balance: U64,
  nonce: U32,
  registeredAt: U32,
  lastHeartbeat: U32,
  blocksMade: U32,
  deposit: U64,
  depositedAt: U32,
  missed: U32,
  producer: new UintNumberType(1)
})
/** Hashes of the newest blocks; that of height h stands at h mod this. */
const RECENT_V2 = 256
const StateV2 = new ContainerType({
  schemaVersion: U16,
  treasury: U64,
  chain: new ContainerType({
    height: U32,
    timestamp: U64,
    seed: Bytes32,
    previousSeed: Bytes32,
    recent: new VectorCompositeType(Bytes32, RECENT_V2),
    transactions: U64
  }),
  config: new ContainerType({ active: ChainConfig, scheduled: ScheduledConfigs, memory: new ByteListType(256) }),
  validators: new ContainerType({ epoch: U32, sets: ValidatorSetList }),
  agents: new ListCompositeType(AgentV2, 1 << 20),
  plots: new ListCompositeType(Plot, 1 << 16)
})
type StateV2 = ValueOf<typeof StateV2>

/** A state as it is needed today, and the root that it had when it was written. */
export interface ReadState {
  state: WorldState
  /** Of the schema that wrote it. */
  version: number
  writtenRoot: Uint8Array
}

/** @throws an error of the library for bytes that are no state of any version */
export function readState(bytes: Uint8Array, index: StateIndex): ReadState {
  if (bytes[0] === 2 && bytes[1] === 0) {
    const old = StateV2.deserialize(bytes)
    return { state: fromV2(old, index), version: 2, writtenRoot: StateV2.hashTreeRoot(old) }
  }
  const state = WorldState.decode(bytes, index)
  return { state, version: STATE_VERSION, writtenRoot: state.root }
}

function fromV2(old: StateV2, index: StateIndex): WorldState {
  const value = State.defaultValue()
  const { first, next } = chainOf(old.agents.map(({ publicKey }) => publicKey))
  value.agents = {
    treasury: old.treasury,
    first,
    records: old.agents.map((agent, place) => ({
      ...newAgent(agent.publicKey, agent.name, agent.balance, agent.registeredAt),
      ...agent,
      lastActivity: agent.lastHeartbeat,
      next: next[place]!
    })),
    plots: old.plots
  }
  const { height, timestamp, seed, previousSeed, recent, transactions } = old.chain
  assert(timestamp <= BigInt(Number.MAX_SAFE_INTEGER), 'times of version 2 are below 2^53, too')
  const unknown = new Uint8Array(32)
  value.blocks = {
    schemaVersion: STATE_VERSION,
    chain: {
      height,
      parent: recent[(height + RECENT_V2 - 1) % RECENT_V2]!,
      timestamp: Number(timestamp),
      seed,
      previousSeed,
      producer: unknown,
      txRoot: unknown,
      transactions
    },
    config: old.config,
    validators: old.validators,
    recent: recent.slice(0, Math.min(height, RECENT_V2)).map((hash, place) => recordV2(hash, place, height, recent)),
    history: Array.from({ length: Math.floor(height / RECENT_V2) }, () => unknown)
  }
  value.social.relationships = old.agents.map(() => [])
  return WorldState.of(State.toViewDU(value), index)
}

/** Version 2 kept hashes alone: what else a block was is not known any more. */
function recordV2(hash: Uint8Array, place: number, height: number, recent: readonly Uint8Array[]): BlockRecord {
  const unknown = new Uint8Array(32)
  const newest = height - 1
  const at = newest - ((((newest - place) % RECENT_V2) + RECENT_V2) % RECENT_V2)
  const before = at > 0 && at - 1 > newest - RECENT_V2
  const parentHash = before ? recent[(at - 1) % RECENT_V2]! : unknown
  return { height: at, hash, parentHash, timestamp: 0, producer: unknown, txRoot: unknown, stateRoot: unknown }
}
