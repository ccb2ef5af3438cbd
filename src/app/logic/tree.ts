/**
 * Where each block of the recent tree is drawn. Rows are heights, newest first; lane 0 is the chain that the head stands on,
 * every other branch keeps one lane for as long as it lives.
 */
import type { BlockView, ChainView, Hex } from '../../bridge/views'

export interface TreeCell {
  block: BlockView
  lane: number
  /** On the path from the head down. */
  main: boolean
  /** Lane of the parent, when the parent is drawn. */
  parentLane: number | null
}

export interface TreeRow {
  height: number
  cells: TreeCell[]
  /** Blocks of this height that found no lane. */
  hidden: number
}

export interface Tree {
  rows: TreeRow[]
  /** Lanes in use, at least 1. */
  lanes: number
}

/** Lanes that fit a phone with 44 px targets beside the height; further forks are counted, and listed in the table. */
export const TREE_LANES = 6

export function layoutTree(chain: ChainView, maxLanes = TREE_LANES): Tree {
  const byHash = new Map(chain.blocks.map(b => [b.hash, b]))
  const main = pathTo(byHash, chain.headHash)
  const lanes = assignLanes(chain.blocks, main)
  const heights = new Map<number, BlockView[]>()
  for (const block of chain.blocks) heights.set(block.height, [...(heights.get(block.height) ?? []), block])
  const rows = [...heights.keys()]
    .sort((a, b) => b - a)
    .map((height): TreeRow => {
      const all = heights.get(height)!.map((block): TreeCell => {
        const parent = byHash.has(block.parent) ? (lanes.get(block.parent) ?? null) : null
        return { block, lane: lanes.get(block.hash)!, main: main.has(block.hash), parentLane: parent !== null && parent < maxLanes ? parent : null }
      })
      const cells = all.filter(cell => cell.lane < maxLanes).sort((a, b) => a.lane - b.lane)
      return { height, cells, hidden: all.length - cells.length }
    })
  return { rows, lanes: Math.max(1, ...rows.flatMap(row => row.cells.map(cell => cell.lane + 1))) }
}

function pathTo(byHash: ReadonlyMap<Hex, BlockView>, head: Hex): Set<Hex> {
  const path = new Set<Hex>()
  for (let block = byHash.get(head); block && !path.has(block.hash); block = byHash.get(block.parent)) path.add(block.hash)
  return path
}

/** Greedy: a branch takes the first lane that is free from its first height to its last. Better ranks choose first. */
function assignLanes(blocks: readonly BlockView[], main: ReadonlySet<Hex>): Map<Hex, number> {
  const lanes = new Map<Hex, number>([...main].map(hash => [hash, 0]))
  const busyUntil: number[] = []
  for (const branch of branches(blocks, main)) {
    const first = branch[0]!.height
    let lane = 1
    while ((busyUntil[lane] ?? -1) >= first) lane++
    busyUntil[lane] = branch.at(-1)!.height
    for (const block of branch) lanes.set(block.hash, lane)
  }
  return lanes
}

/** Paths of blocks off the main chain, each starting where it leaves another path, by ascending start. */
function branches(blocks: readonly BlockView[], main: ReadonlySet<Hex>): BlockView[][] {
  const off = blocks.filter(b => !main.has(b.hash)).sort((a, b) => a.height - b.height || a.rank - b.rank || (a.hash < b.hash ? -1 : 1))
  const tipOf = new Map<Hex, BlockView[]>()
  const found: BlockView[][] = []
  for (const block of off) {
    const branch = tipOf.get(block.parent)
    tipOf.delete(block.parent)
    const grown = branch ?? []
    if (!branch) found.push(grown)
    grown.push(block)
    tipOf.set(block.hash, grown)
  }
  return found
}
