/**
 * Golden vectors of midnight: a fixed network of four founders and a chain of twelve blocks, with every hash that other implementations must come to. Written to
 * vectors/midnight.json; a test makes them anew and compares, so that no change of the protocol goes unnoticed.
 */
import { toHex } from '../bytes'
import { encode } from '../codec'
import { Genesis } from '../schema'
import { agentIdOf, transactionId } from '../signing'
import { addBlock, compose, createNetwork, makeBlock, signerAt } from './network'
import type { TestNetwork } from './network'
import type { BlockEntry } from '../chain/blockTree'
import type { Transaction } from '../schema'

/** Blocks of the golden chain: one and a half epochs of eight. */
const VECTOR_HEIGHTS = 12

/** What the golden chain holds, by height: each kind of transaction once. */
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
  return {
    height: header.height,
    ranking: network.rules.family.ranking(parent.state!).map(({ publicKey, ticket }) => ({ publicKey: toHex(publicKey), ticket: toHex(ticket) })),
    rankSeed: toHex(parent.state!.view.chain.previousSeed),
    seed: toHex(header.seed),
    timestamp: header.timestamp,
    proposer: toHex(header.proposer),
    rank: header.rank,
    transactionIds: (entry.transactions ?? []).map(transaction => toHex(transactionId(transaction))),
    txRoot: toHex(header.txRoot),
    stateRoot: toHex(header.stateRoot),
    hash: entry.hash,
    signature: toHex(entry.signature)
  }
}

/** @returns plain data, ready for JSON; hashes and keys in hex */
export function midnightVectors(): object {
  const founders = createNetwork(4)
  // Who registers at height 3 proposes later, too.
  founders.signers.push(signerAt(4))
  let parent = founders.tree.final
  const blocks: object[] = []
  for (let height = 1; height <= VECTOR_HEIGHTS; height++) {
    // Every third block is that of the second rank: ranks enter the seed chain through the proposer.
    const made = makeBlock(founders, parent, { rank: height % 3 === 0 ? 1 : 0, transactions: transactionsAt(height, founders, parent) })
    const entry = addBlock(founders.tree, made)
    founders.tree.adoptState(entry, made.state!)
    blocks.push(blockVector(entry, parent, founders))
    parent = entry
  }
  return {
    about: 'Golden vectors of midnight by lowest ticket. Made by src/core/testing/midnightVectors.ts; src/core/vectors.test.ts compares.',
    genesis: toHex(encode(Genesis, founders.genesis)),
    networkId: toHex(founders.networkId),
    genesisStateRoot: toHex(founders.tree.final.header.stateRoot),
    genesisSeed: toHex(founders.tree.final.header.seed),
    agents: founders.signers.map(({ publicKey }) => ({ publicKey: toHex(publicKey), agentId: toHex(agentIdOf(publicKey)) })),
    blocks
  }
}
