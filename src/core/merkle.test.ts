import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { toHex, utf8 } from './bytes'
import { taggedHash } from './crypto/hash'
import { merklePath, merkleRoot, merkleTree, rootFromPath, rootOf } from './merkle'

const valuesOf = (count: number, salt = 0) => Array.from({ length: count }, (_, i) => utf8(`value ${salt} ${i}`))
const treeOf = (values: Uint8Array[]) => merkleTree(values.length, index => values[index]!)

/** Node's own hash and recursion instead of levels: a second opinion. */
function sha(tag: string, ...parts: Uint8Array[]): Buffer {
  const hash = createHash('sha256').update(Buffer.of(tag.length)).update(tag)
  for (const part of parts) hash.update(part)
  return hash.digest()
}
function naive(values: Uint8Array[]): Buffer {
  if (values.length === 1) return sha('merkle-leaf', values[0]!)
  const half = values.length / 2
  return sha('merkle-node', naive(values.slice(0, half)), naive(values.slice(half)))
}

describe('S079: Merkle trees', () => {
  it('golden roots, computed by another program as well', () => {
    expect([1, 2, 8].map(count => toHex(rootOf(treeOf(valuesOf(count)))))).toEqual([
      'f66f522505d2f58f48c5614eac0db48f0e7c639af060ff615e1808f12b04a9e0',
      '2959e446f7a9a12a6002b6133fcebc7d994ea11008b3c19badd7cc631d557a25',
      '54cf3bf45a1512742e2580bb04532aef916d9f6b15defb5195e5024870acb4cb'
    ])
  })

  it.each([1, 2, 4, 8, 64, 512])('%i values: root, streamed root and a naive recursion agree', count => {
    const values = valuesOf(count)
    expect(toHex(rootOf(treeOf(values)))).toBe(naive(values).toString('hex'))
    expect(merkleRoot(count, index => values[index]!)).toEqual(rootOf(treeOf(values)))
  })

  it('every value has a path to the root, and no other value, place or root fits it', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 8 }), fc.nat(), fc.nat(), (height, a, b) => {
        const values = valuesOf(2 ** height)
        const tree = treeOf(values)
        const index = a % values.length
        const other = b % values.length
        const path = merklePath(tree, index)
        expect(path).toHaveLength(height)
        expect(rootFromPath(values[index]!, index, path)).toEqual(rootOf(tree))
        if (other === index) return
        expect(rootFromPath(values[other]!, index, path)).not.toEqual(rootOf(tree))
        expect(rootFromPath(values[index]!, other, path)).not.toEqual(rootOf(tree))
      })
    )
  })

  it('any changed bit of a path leads elsewhere', () => {
    const tree = treeOf(valuesOf(16))
    const path = merklePath(tree, 5)
    for (let level = 0; level < path.length; level++) {
      for (const bit of [0, 7, 100, 255]) {
        const changed = path.map(sibling => sibling.slice())
        changed[level]![bit >> 3]! ^= 1 << (bit & 7)
        expect(rootFromPath(valuesOf(16)[5]!, 5, changed)).not.toEqual(rootOf(tree))
      }
    }
  })

  it('leaf and node are told apart: an inner node cannot be shown as a value of a shorter tree', () => {
    const values = valuesOf(4)
    const tree = treeOf(values)
    const [sibling, uncle] = merklePath(tree, 0) as [Uint8Array, Uint8Array]
    const inner = new Uint8Array([...taggedHash('merkle-leaf', values[0]!), ...sibling])
    expect(rootFromPath(inner, 0, [uncle]), 'its two children as one value').not.toEqual(rootOf(tree))
    expect(rootFromPath(taggedHash('merkle-node', inner), 0, [uncle]), 'its hash as a value').not.toEqual(rootOf(tree))
    expect(toHex(taggedHash('merkle-node', inner)), 'the hashes that such a forger would need do exist').toBe(toHex(tree.nodes.slice(2 * 32, 3 * 32)))
  })

  it('a number of values that is no power of two, and a place that is not there, are bugs', () => {
    for (const count of [0, 3, 6, -2, 1.5]) expect(() => merkleTree(count, () => new Uint8Array(1))).toThrow('power of two')
    expect(() => merkleRoot(3, () => new Uint8Array(1))).toThrow('power of two')
    expect(() => merklePath(treeOf(valuesOf(4)), 4)).toThrow('no such value')
  })

  it('what is handed out is a copy: writing into it leaves the tree alone', () => {
    const tree = treeOf(valuesOf(4))
    const before = toHex(rootOf(tree))
    rootOf(tree).fill(0)
    merklePath(tree, 1)[0]!.fill(0)
    expect(toHex(rootOf(tree))).toBe(before)
    expect(rootFromPath(valuesOf(4)[1]!, 1, merklePath(tree, 1))).toEqual(rootOf(tree))
  })
})
