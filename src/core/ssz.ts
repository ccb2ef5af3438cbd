/**
 * SSZ (SimpleSerialize): one schema value is at once the TypeScript type, the canonical bytes, the Merkle tree and the proof format.
 * This module is the only door to the library, because two things must happen before it loads: the hasher is chosen and browsers get `Buffer`.
 */
import './bufferShim'
import './hasher'

import { ContainerType, ListCompositeType } from '@chainsafe/ssz'
import type { CompositeType, Type } from '@chainsafe/ssz'

export {
  BranchNodeStruct,
  ByteListType,
  ByteVectorType,
  ContainerType,
  ContainerNodeStructType,
  ListBasicType,
  ListCompositeType,
  UintBigintType,
  UintNumberType,
  VectorCompositeType
} from '@chainsafe/ssz'
export type { CompositeViewDU, ValueOf } from '@chainsafe/ssz'
export {
  BranchNode,
  createNodeFromProof,
  createProof,
  getNode,
  Node,
  getNodesAtDepth,
  LeafNode,
  ProofType,
  setNode,
  zeroNode
} from '@chainsafe/persistent-merkle-tree'
export type { Node as MerkleNode } from '@chainsafe/persistent-merkle-tree'

/**
 * A list inside a ContainerNodeStruct, which keeps its fields as values and so refuses lists whose views write through (the library's type says that all lists do). Encoding, root and proofs are those of any list.
 */
// eslint-disable-next-line @typescript-eslint/no-explicit-any -- the library's own bound for element types
export class RecordListType<E extends CompositeType<any, any, any>> extends ListCompositeType<E> {
  override readonly isViewMutable = false as unknown as true
}

/**
 * A record inside a record. It is a plain container: the outer one keeps it as part of its value, and reads it out of a proof by its nodes, which a ContainerNodeStruct has none of.
 */
// eslint-disable-next-line @typescript-eslint/no-explicit-any -- the library's own bound for field types
export class InnerRecordType<Fields extends Record<string, Type<any>>> extends ContainerType<Fields> {
  override readonly isViewMutable = false as unknown as true
}
