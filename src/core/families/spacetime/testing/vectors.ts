/**
 * Golden vectors of spacetime: three founders with plots of 8, 16 and 32 leaves, a chain of fourteen blocks, one founder alone, and adjustments of the difficulty at the
 * edges of a u64. Written to vectors/spacetime.json; a test makes them anew, and computes every score, rank and root a second time by other code.
 */
import { toHex } from '../../../bytes'
import type { BlockEntry } from '../../../chain/blockTree'
import { encode } from '../../../codec'
import { Genesis } from '../../../schema'
import { addBlock, clockOn, makeBlock } from '../../../testing/network'
import type { TestNetwork } from '../../../testing/network'
import { challengeOf, claimIn } from '../claim'
import { expectedMilliRank, retarget, SpaceMemory, targetOf } from '../difficulty'
import { createSpaceNetwork } from './spaceNetwork'

const VECTOR_HEIGHTS = 14
const SINGLE_HEIGHTS = 3

/** What each founder has to show on this parent, the ticket of last resort left out. */
function turnsOn(network: TestNetwork, parent: BlockEntry): object[] {
  const family = network.rules.familyOf(parent.state!)
  return network.signers.flatMap(({ publicKey }) => {
    const turn = family.turnOf(parent.state!, publicKey, clockOn(parent))
    const claim = turn === null ? null : claimIn(turn.claim)
    if (turn === null || claim === null) return []
    const { plot, leaf, window, score, siblings } = claim
    return [{ proposer: toHex(publicKey), rank: turn.rank, plot, leaf, window, score: toHex(score), siblings: siblings.map(toHex) }]
  })
}

function blockVector(network: TestNetwork, parent: BlockEntry, entry: BlockEntry): object {
  const { header } = entry
  const { previousSeed } = parent.state!.chain
  return {
    height: header.height,
    rankSeed: toHex(previousSeed),
    challenge: toHex(challengeOf(previousSeed, header.height, 0)),
    turns: turnsOn(network, parent),
    proposer: toHex(header.proposer),
    rank: header.rank,
    timestamp: header.timestamp,
    claim: toHex(header.claim),
    seed: toHex(header.seed),
    stateRoot: toHex(header.stateRoot),
    hash: entry.hash,
    difficulty: SpaceMemory.deserialize(entry.state!.memory).difficulty.toString()
  }
}

function chainVector(leaves: readonly number[], heights: number): object {
  const network = createSpaceNetwork(leaves)
  let parent = network.tree.final
  const blocks: object[] = []
  for (let height = 1; height <= heights; height++) {
    const made = makeBlock(network, parent)
    const entry = addBlock(network.tree, made)
    network.tree.adoptState(entry, made.state!)
    blocks.push(blockVector(network, parent, entry))
    parent = entry
  }
  return {
    genesis: toHex(encode(Genesis, network.genesis)),
    networkId: toHex(network.networkId),
    genesisTime: network.genesis.time,
    genesisSeed: toHex(network.tree.final.header.seed),
    plots: network.genesis.plots.map(({ owner, seed, leaves: count, root }) => ({ owner: toHex(owner), seed: toHex(seed), leaves: count, root: toHex(root) })),
    blocks
  }
}

/** Difficulty, expected and actual milliseconds. */
const RETARGETS: readonly (readonly [bigint, bigint, bigint])[] = [
  [100n, 1_120_000n, 1_120_000n],
  [100n, 1_120_000n, 2_240_000n],
  [100n, 1_120_000n, 560_000n],
  [1n, 1_120_000n, 1n << 52n],
  [1n << 63n, 1_120_000n, 1_120_000n],
  [(1n << 63n) + 1n, 1_120_000n, 1_120_000n],
  [(1n << 63n) + 1n, 1_120_000n, 1_119_999n],
  [(1n << 64n) - 1n, 1_120_000n, 1_000_000n],
  [(1n << 64n) - 1n, 1_120_000n, 2_240_000n]
]

/** Score, leaves, window. */
const RANKS: readonly (readonly [bigint, bigint, number])[] = [
  [0n, 1n, 0],
  [(1n << 256n) - 1n, 1n, 0],
  [1n << 255n, 7n, 0],
  [(1n << 256n) - 1n, 1n << 37n, 0],
  [(1n << 256n) - 1n, 1n << 37n, 19],
  [(1n << 256n) - 1n, 1n << 37n, 20],
  [(1n << 256n) - 1n, 1n << 37n, 740],
  [1n << 255n, 3n, 0xffff_ffff]
]

/** Difficulty, window. */
const TARGETS: readonly (readonly [bigint, number])[] = [
  [1n, 0],
  [86n, 0],
  [86n, 19],
  [86n, 20],
  [86n, 60],
  [1n << 63n, 0],
  [(1n << 64n) - 1n, 39]
]

/** @returns plain data, ready for JSON; bytes in hex, large integers in decimal */
export function spacetimeVectors(): object {
  return {
    about: 'Golden vectors of spacetime. Made by src/core/families/spacetime/testing/vectors.ts; vectors.test.ts beside the rules compares.',
    chain: chainVector([8, 16, 32], VECTOR_HEIGHTS),
    single: chainVector([2], SINGLE_HEIGHTS),
    retargets: RETARGETS.map(([difficulty, expectedMs, actualMs]) => ({
      difficulty: difficulty.toString(),
      expectedMs: expectedMs.toString(),
      actualMs: actualMs.toString(),
      next: retarget(difficulty, expectedMs, actualMs).toString()
    })),
    ranks: RANKS.map(([score, leaves, window]) => ({
      score: score.toString(),
      leaves: leaves.toString(),
      window,
      milliRank: expectedMilliRank(score, leaves, window)
    })),
    targets: TARGETS.map(([difficulty, window]) => ({ difficulty: difficulty.toString(), window, target: targetOf(difficulty, window).toString() }))
  }
}
