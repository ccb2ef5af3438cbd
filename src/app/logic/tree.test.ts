import { describe, expect, it } from 'vitest'
import type { BlockView, ChainView } from '../../bridge/views'
import { layoutTree, TREE_LANES } from './tree'

const block = (hash: string, height: number, parent: string, rank = 0) => ({ hash, height, parent, rank }) as BlockView
const chain = (headHash: string, blocks: BlockView[]): ChainView => ({ from: 1, headHash, headHeight: 0, finalHash: '', finalHeight: 0, blocks })
const lanesOf = (view: ChainView, max?: number) =>
  Object.fromEntries(layoutTree(view, max).rows.flatMap(row => row.cells.map(cell => [cell.block.hash, cell.lane])))

describe('layoutTree', () => {
  it('draws newest first and the path to the head in lane 0', () => {
    const tree = layoutTree(chain('c', [block('a', 1, 'g'), block('b', 2, 'a'), block('x', 2, 'a', 1), block('c', 3, 'b')]))
    expect(tree.rows.map(row => row.height)).toEqual([3, 2, 1])
    expect(tree.rows.flatMap(row => row.cells.filter(cell => cell.main).map(cell => [cell.block.hash, cell.lane]))).toEqual([
      ['c', 0],
      ['b', 0],
      ['a', 0]
    ])
    expect(tree.lanes).toBe(2)
  })

  it('keeps a branch in one lane for as long as it lives', () => {
    const view = chain('c', [block('a', 1, 'g'), block('b', 2, 'a'), block('c', 3, 'b'), block('x', 2, 'a', 1), block('y', 3, 'x', 1), block('z', 3, 'b', 2)])
    const lanes = lanesOf(view)
    expect(lanes.x).toBe(1)
    expect(lanes.y).toBe(1)
    expect(lanes.z).toBe(2)
  })

  it('uses a lane again once its branch has ended', () => {
    expect(lanesOf(chain('d', [block('a', 1, 'g'), block('x', 1, 'g', 1), block('b', 2, 'a'), block('y', 2, 'a', 1), block('d', 3, 'b')]))).toMatchObject({
      x: 1,
      y: 1
    })
  })

  it('never puts two blocks of one height into one lane', () => {
    const blocks = [block('m', 1, 'g'), ...Array.from({ length: 4 }, (_, i) => block(`s${i}`, 1, 'g', i + 1)), block('n', 2, 'm'), block('t', 2, 's2', 1)]
    for (const row of layoutTree(chain('n', blocks)).rows) {
      const lanes = row.cells.map(cell => cell.lane)
      expect(new Set(lanes).size).toBe(lanes.length)
    }
  })

  it('counts what finds no lane, losing no block', () => {
    const blocks = [block('m', 1, 'g'), ...Array.from({ length: 30 }, (_, i) => block(`s${i}`, 1, 'g', i + 1))]
    const [row] = layoutTree(chain('m', blocks)).rows
    expect(row!.cells).toHaveLength(TREE_LANES)
    expect(row!.cells.length + row!.hidden).toBe(31)
    expect(row!.cells[1]!.block.rank).toBe(1)
  })

  it('draws an edge only to a parent that is drawn', () => {
    const rows = layoutTree(chain('b', [block('a', 5, 'older'), block('b', 6, 'a')])).rows
    expect(rows[0]!.cells[0]!.parentLane).toBe(0)
    expect(rows[1]!.cells[0]!.parentLane).toBeNull()
  })

  it('is empty for an empty chain', () => {
    expect(layoutTree(chain('', []))).toEqual({ rows: [], lanes: 1 })
  })
})
