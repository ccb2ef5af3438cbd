/**
 * The root of a state once more, from its encoding and not from the hashes that its tree carries along (T084): every record is written out, read back, and hashed anew. In
 * steps, so that whoever asks can do something else in between.
 */
import { sha256 } from '../crypto/hash'
import { concat } from '../bytes'
import { State } from '../schema'
import { ContainerNodeStructType, ContainerType, getNode, getNodesAtDepth, ListCompositeType } from '../ssz'
import type { MerkleNode } from '../ssz'
import type { WorldState } from './worldState'

/** Records between two pauses: a millisecond or two. */
const RECORDS_PER_STEP = 16
const LEFT_HALF = 2n

interface AnyType {
  serialize(value: unknown): Uint8Array
  deserialize(bytes: Uint8Array): unknown
  hashTreeRoot(value: unknown): Uint8Array
  tree_toValue(node: MerkleNode): unknown
  tree_getFromNode(node: MerkleNode): unknown
  readonly isBasic: boolean
}

/** Yields whenever it has done a step; returns the root. */
export function* recomputeRoot(state: WorldState): Generator<void, Uint8Array> {
  return yield* rootOf(State, state.view.node)
}

function* rootOf(type: unknown, node: MerkleNode): Generator<void, Uint8Array> {
  if (type instanceof ListCompositeType) return yield* rootOfList(type, node)
  if (type instanceof ContainerType && !(type instanceof ContainerNodeStructType)) {
    const nodes = getNodesAtDepth(node, type.depth, 0, type.fieldsEntries.length)
    const roots: Uint8Array[] = []
    for (const [i, { fieldType }] of type.fieldsEntries.entries()) roots.push(yield* rootOf(fieldType, nodes[i]!))
    return merkle(roots, type.depth)
  }
  const plain = type as AnyType
  const value = plain.isBasic ? plain.tree_getFromNode(node) : plain.tree_toValue(node)
  return plain.hashTreeRoot(plain.deserialize(plain.serialize(value)))
}

function* rootOfList(
  type: { elementType: unknown; chunkDepth: number; tree_getLength(node: MerkleNode): number },
  node: MerkleNode
): Generator<void, Uint8Array> {
  const length = type.tree_getLength(node)
  const elements = getNodesAtDepth(getNode(node, LEFT_HALF), type.chunkDepth, 0, length)
  const roots: Uint8Array[] = []
  for (const element of elements) {
    roots.push(yield* rootOf(type.elementType, element))
    if (roots.length % RECORDS_PER_STEP === 0) yield
  }
  const mixed = new Uint8Array(32)
  new DataView(mixed.buffer).setUint32(0, length, true)
  return sha256(concat(merkle(roots, type.chunkDepth), mixed))
}

/** Root of these leaves in a tree of this depth; what is not there is zero (SimpleSerialize, "Merkleization"). */
function merkle(leaves: readonly Uint8Array[], depth: number): Uint8Array {
  let level = leaves
  let zero: Uint8Array = new Uint8Array(32)
  for (let i = 0; i < depth; i++) {
    const above: Uint8Array[] = []
    for (let at = 0; at < level.length; at += 2) above.push(sha256(concat(level[at]!, level[at + 1] ?? zero)))
    level = above
    zero = sha256(concat(zero, zero))
  }
  return level[0] ?? zero
}
