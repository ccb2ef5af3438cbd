/**
 * Golden vectors of vision: a fixed network of nine founders and a chain of fourteen blocks in which members come, go, lapse and let turns pass; and the edges of the
 * draw's arithmetic. Written to vectors/vision.json; a test makes them anew, compares, and recomputes every draw with another hash and another shuffle.
 */
import { concat, toHex, u32le } from '../bytes'
import type { BlockEntry } from '../chain/blockTree'
import { decode, encode } from '../codec'
import { epochSalt, indexOfDraw, jitterOf, rotationSeed, u64FromSeed } from '../families/vision/lottery'
import { DEFAULT_JITTER_MAX_MS, DEFAULT_JITTER_MIN_MS, encodeParameters } from '../families/vision/parameters'
import { vision, VisionMemory } from '../families/vision/rules'
import { assert } from '../result'
import { AGENT_ACTIVE, Genesis } from '../schema'
import type { Transaction } from '../schema'
import { addBlock, clockOn, compose, createNetwork, makeBlock, signerAt } from './network'
import type { TestNetwork } from './network'

const VECTOR_HEIGHTS = 14
const FOUNDERS = 9
/** Short, so that fourteen blocks show what the defaults show in fifty. */
const PARAMETERS = encodeParameters({ heartbeatWithin: 4, settlingBlocks: 5 })

/** Founder 8 never sends a heartbeat, founder 7 leaves at height 5, and a guest registers at height 2. */
function transactionsAt(height: number, network: TestNetwork, parent: BlockEntry): Transaction[] {
  const { networkId, signers } = network
  const nonceOf = (number: number): number => parent.state!.agent(signers[number]!.publicKey)?.nonce ?? 0
  const alive = height % 2 === 0 ? [0, 1, 2, 3, 4, 5, 6, 9] : []
  const members = alive.filter(number => parent.state!.agent(signers[number]!.publicKey) !== null)
  return [
    ...(height === 2 ? [compose.register(networkId, signers[9]!, 'Ørsted')] : []),
    ...(height === 5 ? [compose.leave(networkId, signers[7]!, nonceOf(7))] : []),
    ...members.map(number => compose.heartbeat(networkId, signers[number]!, nonceOf(number), parent.height, parent.hashBytes))
  ]
}

/** Every third block is a backup's, and one in seven comes after a whole list. */
function rankAt(height: number, network: TestNetwork, parent: BlockEntry): number {
  const family = network.rules.familyOf(parent.state!)
  const turns = network.signers.flatMap(({ publicKey }) => family.turnOf(parent.state!, publicKey, clockOn(parent)) ?? [])
  const ranks = turns.map(({ rank }) => rank).sort((a, b) => a - b)
  if (height % 7 === 6) return ranks.find(rank => rank >= family.ranking(parent.state!).length) ?? 0
  return ranks[height % 3 === 0 ? 2 : 0]!
}

function blockVector(entry: BlockEntry, parent: BlockEntry, network: TestNetwork): object {
  const { header } = entry
  const state = parent.state!
  const family = network.rules.familyOf(state)
  const memory = decode(VisionMemory, state.memory)
  assert(memory.ok, 'vision remembers')
  const baseSeed = rotationSeed(state.chain.previousSeed, header.height, epochSalt(network.networkId, memory.value.began), 0)
  return {
    height: header.height,
    rankSeed: toHex(state.chain.previousSeed),
    began: memory.value.began,
    registered: state.agents().map(({ publicKey, registeredAt, status }) => ({ publicKey: toHex(publicKey), registeredAt, active: status === AGENT_ACTIVE })),
    pool: family.pool!(state).map(toHex),
    list: family.ranking(state).map(({ publicKey, ticket }) => ({
      publicKey: toHex(publicKey),
      ticket: toHex(ticket),
      jitterMs: jitterOf(baseSeed, publicKey, DEFAULT_JITTER_MIN_MS, DEFAULT_JITTER_MAX_MS)
    })),
    missed: family.missed(state, header).map(toHex),
    proposer: toHex(header.proposer),
    rank: header.rank,
    claim: toHex(header.claim),
    timestamp: header.timestamp,
    seed: toHex(header.seed),
    stateRoot: toHex(header.stateRoot),
    hash: entry.hash
  }
}

/** Draws at the edges of 64 bits, each with pools of one, two, seven and a thousand. */
function edges(): object[] {
  const tail = new Uint8Array(24).fill(0xab)
  const heads = [
    new Uint8Array(8),
    concat(u32le(1), u32le(0)),
    concat(u32le(0xffff_ffff), u32le(0x7fff_ffff)),
    concat(u32le(0), u32le(0x8000_0000)),
    new Uint8Array(8).fill(0xff)
  ]
  return heads.map(head => {
    const seed = concat(head, tail)
    const draw = u64FromSeed(seed)
    return {
      seed: toHex(seed),
      draw: String(draw),
      indexOf1: indexOfDraw(draw, 1),
      indexOf2: indexOfDraw(draw, 2),
      indexOf7: indexOfDraw(draw, 7),
      indexOf1000: indexOfDraw(draw, 1000)
    }
  })
}

/** @returns plain data, ready for JSON; hashes and keys in hex */
export function visionVectors(): object {
  const config = { ...vision.defaultConfig(0), parameters: PARAMETERS }
  const network = createNetwork(FOUNDERS, { config, heartbeatTtl: 8 })
  network.signers.push(signerAt(FOUNDERS))
  const { genesis, networkId, tree } = network
  let parent = tree.final
  const blocks: object[] = []
  for (let height = 1; height <= VECTOR_HEIGHTS; height++) {
    const made = makeBlock(network, parent, { rank: rankAt(height, network, parent), transactions: transactionsAt(height, network, parent) })
    const entry = addBlock(tree, made)
    tree.adoptState(entry, made.state!)
    blocks.push(blockVector(entry, parent, network))
    parent = entry
  }
  return {
    about: 'Golden vectors of vision. Made by src/core/testing/visionVectors.ts; src/core/families/vision/vectors.test.ts compares.',
    genesis: toHex(encode(Genesis, genesis)),
    networkId: toHex(networkId),
    settlingBlocks: 5,
    epochSalt: toHex(epochSalt(networkId, 0)),
    blocks,
    edges: edges()
  }
}
