/**
 * Vision (V001–V158): a public lottery among those whom the chain has heard from lately. Each height has a list of a winner and its backups, drawn from the seed of two
 * heights ago; each place has its slot, counted from the parent's timestamp, and after the last one the next list (rotation) begins.
 *
 * "Proof of sync" has two halves that must not be confused. The one that decides is on the chain: a heartbeat names a recent block (D-45), so all nodes come to the same
 * pool (F-02). The other is a node's opinion of itself, `gate` below: peers, lag and streak say whether it should use its turn, and nobody else can check them.
 */
import { compareBytes, equalBytes } from '../../bytes'
import { decode, encode } from '../../codec'
import { assert, fail } from '../../result'
import { AGENT_ACTIVE } from '../../schema'
import type { AgentRecord, ChainConfig, Genesis, Header } from '../../schema'
import { networkIdOf } from '../../signing'
import { ContainerType, UintNumberType } from '../../ssz'
import type { ValueOf } from '../../ssz'
import { isAlive } from '../../state/worldState'
import type { WorldState } from '../../state/worldState'
import { eligibleAgents, familyDefaults, firstOpenRank, perParent, rankIn, slotAfterAnchor } from '../common'
import type { Family, FamilyModule, PlacedHeader, RankedProposer, RoundClock, Turn } from '../family'
import { backupsByAvailability, jitterByPool, timeoutAfterBlock } from './adaptive'
import { drawList, epochSalt, jitterOf, placeOfRank, rankOfPlace, rotationSeed } from './lottery'
import type { Place } from './lottery'
import { checkParameters, DEFAULT_INTERVAL_MS, DEFAULT_SLOT_MS, encodeParameters, parametersOf } from './parameters'
import type { VisionParameters } from './parameters'

const FAMILY_VISION = 4

const MODES = ['fixed', 'adaptive'] as const

/** Rotations in which an agent looks for its next turn. In a pool of a thousand most find none in so many; 448 others have one by then. */
const MAX_ROTATIONS = 64
/** The jitter takes at most this part of a slot: the rest is for the block to arrive and be voted for. */
const JITTER_PART = 3

const U8 = new UintNumberType(1)
const U32 = new UintNumberType(4)

/** The claim in a header (F-54): where on which list its proposer stands. */
export const VisionClaim = new ContainerType({ rotation: U32, slot: U8 })

/**
 * From this rotation on members whose heartbeats have run out may be drawn, too. When all the living are cut off, those who are here must be able to go on: without a block
 * no heartbeat reaches the chain.
 */
const WAKE_ROTATION = 8

/** What vision remembers: the height of the state in which it began to rule, and the claim timeout now in force. */
export const VisionMemory = new ContainerType({ began: U32, timeoutMs: U32 })
export type VisionMemory = ValueOf<typeof VisionMemory>

/** All that a parent state says about the turns on it. */
interface Draw {
  /** Those who may be drawn, by ascending public key. */
  readonly pool: readonly AgentRecord[]
  /** Places in one list. */
  readonly size: number
  /** Length of a slot, ms. */
  readonly timeoutMs: number
  /** Seed of rotation 0. */
  readonly baseSeed: Uint8Array
  listOf(rotation: number): readonly RankedProposer[]
}

/**
 * The pool (D-45): registered, active, and heard from within `within` blocks. A proposer may leave heartbeats out, and whoever makes eight blocks in a row could leave all
 * others out for ever; therefore the short window counts only while it holds two thirds of the members by the room's own, longer lifetime. While fewer
 * than a third lie, their part of the pool stays below one half.
 */
function syncedAgents(parent: WorldState, within: number, lifetime: number): readonly AgentRecord[] {
  const members = eligibleAgents(parent, Math.max(within, lifetime))
  const synced = members.filter(agent => isAlive(agent, parent.height + 1, within))
  return 3 * synced.length >= 2 * members.length ? synced : members
}

/** Registrations that are older than any seed that could still be chosen for them, by ascending key. */
function settledRoll(parent: WorldState, settlingBlocks: number): AgentRecord[] {
  return parent
    .agents()
    .filter(({ registeredAt }) => registeredAt === 0 || registeredAt + settlingBlocks <= parent.height + 1)
    .sort((a, b) => compareBytes(a.publicKey, b.publicKey))
}

function memoryOf(parent: WorldState): VisionMemory {
  const memory = decode(VisionMemory, parent.memory)
  assert(memory.ok, 'vision remembers when it began')
  return memory.value
}

function drawOn(parent: WorldState, parameters: VisionParameters, genesis: Genesis, chainId: Uint8Array, adaptive: boolean): Draw {
  const synced = syncedAgents(parent, parameters.heartbeatWithin, genesis.heartbeatTtl)
  const members = new Set(synced)
  const settled = settledRoll(parent, parameters.settlingBlocks)
  // Nobody settled is left: newcomers must be able to go on.
  const roll = settled.some(agent => members.has(agent)) ? settled : [...synced].sort((a, b) => compareBytes(a.publicKey, b.publicKey))
  const pool = roll.filter(agent => members.has(agent))
  const doubtful = pool.filter(({ missed }) => missed > 0).length
  const backups = adaptive ? backupsByAvailability(pool.length, doubtful, parameters.backups) : parameters.backups
  const size = Math.min(backups + 1, pool.length)
  const { began, timeoutMs } = memoryOf(parent)
  const salt = epochSalt(chainId, began)
  const keys = roll.map(({ publicKey }) => publicKey)
  const seedOf = (rotation: number): Uint8Array => rotationSeed(parent.chain.previousSeed, parent.height + 1, salt, rotation)
  const baseSeed = seedOf(0)
  const draw = (rotation: number): RankedProposer[] =>
    drawList(seedOf(rotation), keys, place => members.has(roll[place]!) || (rotation >= WAKE_ROTATION && roll[place]!.status === AGENT_ACTIVE), size)
  const first = draw(0)
  return { pool, size, timeoutMs, baseSeed, listOf: rotation => (rotation === 0 ? first : draw(rotation)) }
}

function readClaim(header: Pick<Header, 'claim'>): Place | null {
  const claim = decode(VisionClaim, header.claim)
  return claim.ok ? claim.value : null
}

function create(config: ChainConfig, genesis: Genesis): Family {
  const parameters = parametersOf(config)
  const adaptive = MODES[config.mode] === 'adaptive'
  const chainId = networkIdOf(genesis)
  const { blockIntervalMs, slotMs } = config
  const drawFor = perParent(parent => drawOn(parent, parameters, genesis, chainId, adaptive))

  /** The clock with slots as long as the timeout now is, stretched as the round's are. */
  const paced = (clock: RoundClock, { timeoutMs }: Draw): RoundClock => ({ ...clock, slotMs: Math.floor((clock.slotMs * timeoutMs) / slotMs) })

  const slotTime = (draw: Draw, rank: number, clock: RoundClock): number => slotAfterAnchor(rank, paced(clock, draw))

  const jitterMs = (draw: Draw, self: Uint8Array): number => {
    const { jitterMinMs, jitterMaxMs } = parameters
    const full = jitterOf(draw.baseSeed, self, jitterMinMs, jitterMaxMs)
    const room = Math.floor(draw.timeoutMs / JITTER_PART)
    const fitting = room >= jitterMaxMs ? full : Math.floor((full * room) / jitterMaxMs)
    return adaptive ? jitterByPool(fitting, draw.pool.length) : fitting
  }

  const timeOfRank = (parent: WorldState, rank: number): number => parent.timestamp + blockIntervalMs + rank * drawFor(parent).timeoutMs

  const missed = (parent: WorldState, header: PlacedHeader): readonly Uint8Array[] => {
    const place = readClaim(header)
    assert(place !== null, 'a block with a turn')
    return drawFor(parent)
      .listOf(place.rotation)
      .slice(0, place.slot)
      .map(({ publicKey }) => publicKey)
  }

  return {
    ...familyDefaults(config, genesis),
    name: 'vision',
    heartbeatTtl: parameters.heartbeatWithin,
    gate: parameters,
    pool: parent => drawFor(parent).pool.map(({ publicKey }) => publicKey),
    ranking: parent => drawFor(parent).listOf(0),

    turnOf(parent, self, clock): Turn | null {
      const draw = drawFor(parent)
      const agent = parent.agent(self)
      if (agent?.status !== AGENT_ACTIVE) return null
      const open = firstOpenRank(paced(clock, draw))
      const inPool = draw.pool.some(({ publicKey }) => equalBytes(publicKey, self))
      const first = Math.max(placeOfRank(open, draw.size).rotation, inPool ? 0 : WAKE_ROTATION)
      for (let rotation = first; rotation < first + MAX_ROTATIONS; rotation++) {
        const slot = rankIn(draw.listOf(rotation), self)
        const rank = slot === null ? -1 : rankOfPlace({ rotation, slot }, draw.size)
        if (slot !== null && rank >= open) return { rank, claim: encode(VisionClaim, { rotation, slot }) }
      }
      return null
    },

    checkTurn(parent, header) {
      const place = readClaim(header)
      const draw = drawFor(parent)
      if (place === null || place.slot >= draw.size || rankOfPlace(place, draw.size) !== header.rank)
        return fail('bad-claim', 'the claim does not say where this rank stands')
      if (!equalBytes(draw.listOf(place.rotation)[place.slot]!.publicKey, header.proposer)) return fail('bad-rank', 'the proposer does not hold this slot')
      return header.timestamp === timeOfRank(parent, header.rank) ? null : fail('bad-timestamp', 'the timestamp is not the one of this slot')
    },

    proposalTime(parent, turn, self, clock) {
      const draw = drawFor(parent)
      return slotTime(draw, turn.rank, clock) + jitterMs(draw, self)
    },
    voteTime: (parent, header, clock) => slotTime(drawFor(parent), header.rank, clock),
    timestamp: (parent, turn) => timeOfRank(parent, turn.rank),
    missed,

    initialMemory: state => encode(VisionMemory, { began: state.height, timeoutMs: slotMs }),
    advance(parent, header) {
      if (!adaptive) return null
      const memory = memoryOf(parent)
      const late = missed(parent, header).some(publicKey => parent.agent(publicKey)?.missed === 0)
      const timeoutMs = timeoutAfterBlock(memory.timeoutMs, slotMs, late)
      return timeoutMs === memory.timeoutMs ? null : encode(VisionMemory, { ...memory, timeoutMs })
    }
  }
}

export const vision: FamilyModule = {
  id: FAMILY_VISION,
  name: 'vision',
  modes: MODES,
  defaultConfig: mode => ({ family: FAMILY_VISION, mode, blockIntervalMs: DEFAULT_INTERVAL_MS, slotMs: DEFAULT_SLOT_MS, parameters: encodeParameters() }),
  check: checkParameters,
  create
}
