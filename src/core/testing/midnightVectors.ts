/**
 * Golden vectors of midnight: for each mode a fixed network of four founders, one of each tier, and a chain of twelve blocks with every hash that other
 * implementations must come to; and tables for the lottery and the reward pool. Written to vectors/midnight.json; a test makes them anew and compares, so
 * that no change of the protocol goes unnoticed.
 */
import { toHex, u32le } from '../bytes'
import { encode } from '../codec'
import { taggedHash } from '../crypto/hash'
import { ECVRF } from '../crypto/vrfScheme'
import { drawLeader, leaderDraw } from '../families/midnight/lottery'
import { defaultParameters, DEFAULT_REWARD_SCALE } from '../families/midnight/parameters'
import { rewardList, rewardPool, splitPool } from '../families/midnight/rewards'
import { midnight } from '../families/midnight/rules'
import { playgroundConfig } from '../genesis'
import { nameToBytes } from '../names'
import { assert } from '../result'
import { Genesis } from '../schema'
import { agentIdOf, transactionId } from '../signing'
import { TIERS } from '../state/stake'
import { addBlock, compose, createNetwork, makeBlock, signerAt } from './network'
import type { TestNetwork } from './network'
import type { BlockEntry } from '../chain/blockTree'
import type { Transaction } from '../schema'

/** Blocks of a golden chain: three epochs of four. */
const VECTOR_HEIGHTS = 12
const FOUNDERS = 4
const BALANCE = 100_000n

/** A network in this mode whose founders are one of each tier, the lowest first. */
export function tieredNetwork(mode: number, parameters: Partial<Genesis> = {}): TestNetwork {
  const agents = Array.from({ length: FOUNDERS }, (_, i) => ({
    publicKey: signerAt(i).publicKey,
    name: nameToBytes(`Agent ${i}`),
    balance: BALANCE,
    deposit: TIERS[i]!.deposit
  }))
  return createNetwork(FOUNDERS, { config: playgroundConfig(midnight.defaultConfig(mode)), agents, ...parameters })
}

/** What the golden chain holds, by height. */
function transactionsAt(height: number, network: TestNetwork, parent: BlockEntry): Transaction[] {
  const [a, b, c, d] = network.signers
  const { networkId } = network
  if (height === 2) return [compose.transfer(networkId, a!, 0, b!.publicKey, 1234n, 5n), compose.transfer(networkId, a!, 1, c!.publicKey, 1n)]
  if (height === 3) return [compose.register(networkId, signerAt(4), 'Ørsted')]
  if (height === 5) return [compose.heartbeat(networkId, c!, 0, parent.height, parent.hashBytes)]
  if (height === 6) return [compose.leave(networkId, d!, 0)]
  return []
}

function blockVector(entry: BlockEntry, parent: BlockEntry, network: TestNetwork): object {
  const { header } = entry
  const output = ECVRF.output(header.vrf)
  assert(output !== null && entry.state !== null, 'made a moment ago')
  return {
    height: header.height,
    ranking: network.rules
      .familyOf(parent.state!)
      .ranking(parent.state!)
      .map(({ publicKey, ticket }) => ({ publicKey: toHex(publicKey), ticket: toHex(ticket) })),
    rankSeed: toHex(parent.state!.chain.previousSeed),
    vrf: toHex(header.vrf),
    vrfOutput: toHex(output),
    seed: toHex(header.seed),
    memory: toHex(entry.state.memory),
    timestamp: header.timestamp,
    proposer: toHex(header.proposer),
    rank: header.rank,
    fees: (entry.transactions ?? []).reduce((sum, { fee }) => sum + Number(fee), 0),
    transactionIds: (entry.transactions ?? []).map(transaction => toHex(transactionId(transaction))),
    balances: entry.state.agents().map(({ publicKey, balance, missed }) => ({ publicKey: toHex(publicKey), balance: String(balance), missed })),
    txRoot: toHex(header.txRoot),
    stateRoot: toHex(header.stateRoot),
    hash: entry.hash,
    signature: toHex(entry.signature)
  }
}

function chainVector(mode: number): object {
  const network = tieredNetwork(mode)
  // Who registers at height 3 proposes later, too.
  network.signers.push(signerAt(FOUNDERS))
  let parent = network.tree.final
  const blocks: object[] = []
  for (let height = 1; height <= VECTOR_HEIGHTS; height++) {
    // Every third block is that of the second rank: ranks enter the seed chain through the proposer.
    const made = makeBlock(network, parent, { rank: height % 3 === 0 ? 1 : 0, transactions: transactionsAt(height, network, parent) })
    const entry = addBlock(network.tree, made)
    network.tree.adoptState(entry, made.state!)
    blocks.push(blockVector(entry, parent, network))
    parent = entry
  }
  return {
    mode,
    name: midnight.modes[mode],
    genesis: toHex(encode(Genesis, network.genesis)),
    networkId: toHex(network.networkId),
    genesisStateRoot: toHex(network.tree.final.header.stateRoot),
    genesisSeed: toHex(network.tree.final.header.seed),
    blocks
  }
}

/** The first of many seeds whose draw begins with this byte. */
function seedWithDraw(firstByte: number): Uint8Array {
  for (let i = 0; ; i++) {
    const seed = taggedHash('seed', u32le(i))
    if (leaderDraw(seed)[0] === firstByte) return seed
  }
}

/** One candidate, equal weights, one of each tier, one that outweighs all; draws from the lowest to the highest, also with the top bit. */
function lotteryVectors(): object[] {
  const weights = [[1], [1, 1], [1, 1, 10, 100], [100, 1, 1], [1, 1, 1, 1, 1, 1, 1]]
  const seeds = [0x00, 0x3f, 0x7f, 0x80, 0xc0, 0xff].map(seedWithDraw)
  return weights.flatMap(list =>
    seeds.map(seed => {
      const candidates = list.map((weight, i) => ({ publicKey: signerAt(i).publicKey, weight }))
      return {
        seed: toHex(seed),
        draw: toHex(leaderDraw(seed)),
        candidates: candidates.map(({ publicKey, weight }) => ({ publicKey: toHex(publicKey), weight })),
        leader: toHex(drawLeader(seed, candidates) ?? new Uint8Array(0))
      }
    })
  )
}

function rewardVectors(): object {
  const split = splitPool(rewardList(tieredNetwork(0).tree.final.state!.agents()), defaultParameters, 1n << 62n)
  return {
    scale: DEFAULT_REWARD_SCALE,
    pools: [0, 1, 2, 3, 4, 7, 10, 49, 50, 51, 128, 129, 1000, 1 << 20].map(masternodes => ({
      masternodes,
      pool: String(rewardPool(masternodes, DEFAULT_REWARD_SCALE))
    })),
    oneOfEachTier: {
      pool: String(split.pool),
      treasury: String(split.treasury),
      shares: split.shares.map(({ to, amount }) => ({ to: toHex(to), amount: String(amount) }))
    }
  }
}

/** @returns plain data, ready for JSON; hashes and keys in hex, amounts of milli-units as decimal text */
export function midnightVectors(): object {
  return {
    about: 'Golden vectors of midnight in its four modes. Made by src/core/testing/midnightVectors.ts; src/core/vectors.test.ts compares.',
    agents: Array.from({ length: FOUNDERS + 1 }, (_, i) => signerAt(i)).map(({ publicKey }, i) => ({
      publicKey: toHex(publicKey),
      agentId: toHex(agentIdOf(publicKey)),
      deposit: String(TIERS[i]?.deposit ?? 0n)
    })),
    chains: midnight.modes.map((_, mode) => chainVector(mode)),
    lottery: lotteryVectors(),
    rewards: rewardVectors()
  }
}
