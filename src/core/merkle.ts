/**
 * Binary Merkle trees over a power of two of values (S079). Leaves and inner nodes are hashed under different tags, so that no inner node can be shown as a value
 * (the second-preimage attack on undistinguished trees; RFC 9162, section 2.1, separates them for the same reason).
 */
import { concat, utf8 } from './bytes'
import { HASH_BYTES, sha256, taggedHash } from './crypto/hash'
import { assert } from './result'

/** All nodes, root first: node i stands at byte 32·i and has the children 2i and 2i + 1; node 1 is the root, value v is node count + v. */
export interface MerkleTree {
  readonly nodes: Uint8Array
  /** How many values there are, a power of two. */
  readonly count: number
}

const TAG_NODE = 'merkle-node'

/** Beyond this the nodes would not fit into one array of 1 GiB. */
const MAX_VALUES = 1 << 24

function leafHash(value: Uint8Array): Uint8Array {
  return taggedHash('merkle-leaf', value)
}

/** `taggedHash` for two children. One message serves all calls: a tree hashes thousands of pairs. */
const pairMessage = concat(Uint8Array.of(TAG_NODE.length), utf8(TAG_NODE), new Uint8Array(2 * HASH_BYTES))
const LEFT_AT = 1 + TAG_NODE.length

function pairHash(left: Uint8Array, right: Uint8Array): Uint8Array {
  pairMessage.set(left, LEFT_AT)
  pairMessage.set(right, LEFT_AT + HASH_BYTES)
  return sha256(pairMessage)
}

function isPowerOfTwo(count: number): boolean {
  return Number.isInteger(count) && count >= 1 && count <= MAX_VALUES && (count & (count - 1)) === 0
}

function nodeAt(nodes: Uint8Array, number: number): Uint8Array {
  return nodes.subarray(number * HASH_BYTES, (number + 1) * HASH_BYTES)
}

/** @param count a power of two. @param valueAt the value with this number, 0 … count − 1; any bytes */
export function merkleTree(count: number, valueAt: (index: number) => Uint8Array): MerkleTree {
  assert(isPowerOfTwo(count), 'a Merkle tree has a power of two of values')
  const nodes = new Uint8Array(2 * count * HASH_BYTES)
  for (let index = 0; index < count; index++) nodes.set(leafHash(valueAt(index)), (count + index) * HASH_BYTES)
  for (let number = count - 1; number >= 1; number--) nodes.set(pairHash(nodeAt(nodes, 2 * number), nodeAt(nodes, 2 * number + 1)), number * HASH_BYTES)
  return { nodes, count }
}

export function rootOf(tree: MerkleTree): Uint8Array {
  return nodeAt(tree.nodes, 1).slice()
}

/** The root alone, with memory for one node per level. */
export function merkleRoot(count: number, valueAt: (index: number) => Uint8Array): Uint8Array {
  assert(isPowerOfTwo(count), 'a Merkle tree has a power of two of values')
  const waiting: Uint8Array[] = []
  for (let index = 0; index < count; index++) {
    let node = leafHash(valueAt(index))
    for (let pairs = index; pairs % 2 === 1; pairs = (pairs - 1) / 2) node = pairHash(waiting.pop()!, node)
    waiting.push(node)
  }
  return waiting[0]!
}

/** What a verifier needs besides the value: the sibling at each level, from the value up. */
export function merklePath(tree: MerkleTree, index: number): Uint8Array[] {
  assert(index >= 0 && index < tree.count, 'no such value')
  const siblings: Uint8Array[] = []
  for (let number = tree.count + index; number > 1; number >>= 1) siblings.push(nodeAt(tree.nodes, number ^ 1).slice())
  return siblings
}

/**
 * The root that a value and its path lead to. It proves the value's place only where the verifier fixes the height of the tree: compare the number of
 * siblings with it first.
 */
export function rootFromPath(value: Uint8Array, index: number, siblings: readonly Uint8Array[]): Uint8Array {
  let place = index
  let node = leafHash(value)
  for (const sibling of siblings) {
    node = place % 2 === 0 ? pairHash(node, sibling) : pairHash(sibling, node)
    place = Math.floor(place / 2)
  }
  return node
}
