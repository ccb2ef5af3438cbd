/** Where a node's proofs come from. Here: small plots, computed anew in memory. A miner with plots on disk is another source behind the same function. */
import { compareBytes, equalBytes, toHex } from '../../bytes'
import type { Plot } from '../../schema'
import { bestProof, createPlot, LEAF_FUNCTION } from './plot'
import type { PlotTree } from './plot'
import { readingOf } from './sampling'

/** Leaves of one owner that are scanned in the node's own thread: some 0.2 s per challenge on a slow machine. Whoever has more needs a miner. */
export const MAX_SCANNED_LEAVES = 1 << 16
/** Leaves of all plots that are kept in memory, 96 bytes each: those of four such owners. */
const MAX_KEPT_LEAVES = 4 * MAX_SCANNED_LEAVES

/** A registered plot and its place in the state's list. */
export interface NumberedPlot {
  readonly number: number
  readonly plot: Plot
}

/** A leaf with its way to the registered root. It need not be the best one, and it is checked like anybody's. */
export interface FoundProof {
  /** Place of the plot in the state's list. */
  plot: number
  leaf: number
  siblings: Uint8Array[]
}

/**
 * @param plots those of one owner that count
 * @param leaves how many leaves may be read in the caller's thread. @returns the best proof that is known for the challenge, or null
 */
export type ProofSource = (plots: readonly NumberedPlot[], challenge: Uint8Array, leaves: number) => FoundProof | null

/** Plots by owner and seed, the oldest dropped first. */
function plotMemory(): (plot: Plot) => PlotTree {
  const trees = new Map<string, PlotTree>()
  let kept = 0
  return ({ owner, seed, leaves }) => {
    const key = `${toHex(owner)}/${toHex(seed)}/${leaves}`
    let tree = trees.get(key)
    if (tree !== undefined) return tree
    trees.set(key, (tree = createPlot(owner, seed, leaves)))
    kept += leaves
    for (const [oldest, { leaves: freed }] of trees) {
      if (kept <= MAX_KEPT_LEAVES) break
      trees.delete(oldest)
      kept -= freed
    }
    return tree
  }
}

/** The plots, in order, that fit into the limit together. */
function scannable(plots: readonly NumberedPlot[]): NumberedPlot[] {
  let room = MAX_SCANNED_LEAVES
  return plots.filter(({ plot }) => {
    if (plot.leafFunction !== LEAF_FUNCTION || plot.leaves > room) return false
    room -= plot.leaves
    return true
  })
}

/** Scans an owner's small plots, all of them or the sample that fits into what may be read. */
export function memoryProofs(): ProofSource {
  const treeOf = plotMemory()
  return (plots, challenge, leaves) => {
    const own = scannable(plots)
    const total = own.reduce((sum, { plot }) => sum + plot.leaves, 0)
    let best: { score: Uint8Array; found: FoundProof } | null = null
    for (const { number, plot } of own) {
      const tree = treeOf(plot)
      // Somebody registered a root that is not theirs: nothing can be proved from it.
      if (!equalBytes(tree.root, plot.root)) continue
      const share = Math.max(1, Math.floor((plot.leaves * leaves) / total))
      const sampling = leaves >= total ? ({ kind: 'full' } as const) : ({ kind: 'sample', leaves: share } as const)
      const proof = bestProof(tree, challenge, readingOf(sampling, plot.root, plot.leaves, challenge))
      if (proof === null || (best !== null && compareBytes(proof.score, best.score) >= 0)) continue
      best = { score: proof.score, found: { plot: number, leaf: proof.leaf, siblings: proof.siblings } }
    }
    return best?.found ?? null
  }
}
