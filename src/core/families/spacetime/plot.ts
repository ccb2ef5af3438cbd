/**
 * Plots (D-32): leaves that only their owner can use, under a Merkle root that the chain knows. Leaf i = H("plot-leaf", owner, seed, i); the owner's key is in it, so
 * a proof from somebody else's leaf does not verify (F-45).
 */
import { compareBytes, concat, u32le, utf8 } from '../../bytes'
import { HASH_BYTES, sha256 } from '../../crypto/hash'
import { merklePath, merkleRoot, merkleTree, rootOf } from '../../merkle'
import type { MerkleTree } from '../../merkle'
import { leavesIn } from './sampling'
import type { Reading } from './sampling'

/** The leaf function of `Plot.leafFunction`: one SHA-256. Computing a leaf costs as much as scoring it, so it commits space and cannot force it (F-46). */
export const LEAF_FUNCTION = 1

const TAG_LEAF = 'plot-leaf'

/** A plot in memory: its leaves for scanning, and the tree above them for proofs. 96 bytes a leaf. */
export interface PlotTree {
  readonly owner: Uint8Array
  readonly seed: Uint8Array
  readonly leaves: number
  readonly root: Uint8Array
  /** Leaf i at byte 32·i. */
  readonly values: Uint8Array
  readonly tree: MerkleTree
}

/** The messages of one plot's leaves differ in their last four bytes only. */
function leafReader(owner: Uint8Array, seed: Uint8Array): (index: number) => Uint8Array {
  const message = concat(Uint8Array.of(TAG_LEAF.length), utf8(TAG_LEAF), owner, seed, new Uint8Array(4))
  return index => {
    message.set(u32le(index), message.length - 4)
    return sha256(message)
  }
}

/** Leaf function 1. @param seed 32 bytes of the owner's choice. @param index from 0 */
export function plotLeaf(owner: Uint8Array, seed: Uint8Array, index: number): Uint8Array {
  return leafReader(owner, seed)(index)
}

/** What is registered. @param leaves a power of two */
export function plotRoot(owner: Uint8Array, seed: Uint8Array, leaves: number): Uint8Array {
  return merkleRoot(leaves, leafReader(owner, seed))
}

/** @param leaves a power of two */
export function createPlot(owner: Uint8Array, seed: Uint8Array, leaves: number): PlotTree {
  const read = leafReader(owner, seed)
  const values = new Uint8Array(leaves * HASH_BYTES)
  for (let index = 0; index < leaves; index++) values.set(read(index), index * HASH_BYTES)
  const tree = merkleTree(leaves, index => leafOf(values, index))
  return { owner, seed, leaves, root: rootOf(tree), values, tree }
}

function leafOf(values: Uint8Array, index: number): Uint8Array {
  return values.subarray(index * HASH_BYTES, (index + 1) * HASH_BYTES)
}

/**
 * S044: SHA-256 of challenge and leaf, 64 bytes. It needs no tag: the challenge is the tagged hash of a seed that nobody chooses, and nothing is ever
 * identified by a score.
 */
export function scoreOf(challenge: Uint8Array, leaf: Uint8Array): Uint8Array {
  return sha256(concat(challenge, leaf))
}

/** A leaf and what it scored; the lower the better, as a big-endian number. */
export interface LeafScore {
  leaf: number
  score: Uint8Array
}

/**
 * S035: the lowest score.
 * @param reading which leaves are looked at; all unless told
 * @returns null when none is read
 */
export function bestScore(plot: PlotTree, challenge: Uint8Array, reading?: Reading): LeafScore | null {
  const message = concat(challenge, new Uint8Array(HASH_BYTES))
  let best: LeafScore | null = null
  for (const leaf of leavesIn(reading ?? { start: 0, stride: 1, count: plot.leaves }, plot.leaves)) {
    message.set(leafOf(plot.values, leaf), HASH_BYTES)
    const score = sha256(message)
    if (best === null || compareBytes(score, best.score) < 0) best = { leaf, score }
  }
  return best
}

/** S045: the best leaf with the path that proves it. */
export function bestProof(plot: PlotTree, challenge: Uint8Array, reading?: Reading): (LeafScore & { siblings: Uint8Array[] }) | null {
  const best = bestScore(plot, challenge, reading)
  return best === null ? null : { ...best, siblings: merklePath(plot.tree, best.leaf) }
}
