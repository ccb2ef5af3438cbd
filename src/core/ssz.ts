/**
 * SSZ (SimpleSerialize): one schema value is at once the TypeScript type, the canonical bytes, the Merkle tree and the proof format.
 * This module is the only door to the library, because two things must happen before it loads: the hasher is chosen and browsers get `Buffer`.
 */
import './bufferShim'
import './hasher'

export {
  ByteListType,
  ByteVectorType,
  ContainerType,
  ContainerNodeStructType,
  ListCompositeType,
  UintBigintType,
  UintNumberType,
  VectorCompositeType
} from '@chainsafe/ssz'
export type { CompositeViewDU, ValueOf } from '@chainsafe/ssz'
export { BranchNode, createProof, getNode, getNodesAtDepth, LeafNode, ProofType, setNode, zeroNode } from '@chainsafe/persistent-merkle-tree'
export type { Node as MerkleNode } from '@chainsafe/persistent-merkle-tree'
