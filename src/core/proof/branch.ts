/**
 * Branches of an SSZ Merkle tree (SimpleSerialize, "Merkleization" and "generalized indices"): from a node up to the root by one sibling per level. The generalised index
 * of a node says where it stands: 1 is the root, 2k and 2k + 1 are the children of k. Its binary digits after the first are the turns from the root down.
 *
 * A path of names and numbers (`['agents', 'records', 3]`) is turned into an index by the schema alone, so a verifier never takes a prover's word for where a value stands.
 */
import { concat } from '../bytes'
import { sha256 } from '../crypto/hash'
import { assert, fail, ok } from '../result'
import type { Result } from '../result'
import { createProof, ProofType } from '../ssz'
import type { MerkleNode } from '../ssz'

/** Names of fields and places in lists, from the root of a schema on. */
export type Path = readonly (string | number)[]

/** The part of a composite SSZ type that is needed to walk it. `getPathInfo` throws for what is not there. */
export interface Walkable {
  getPathInfo(path: (string | number)[]): { gindex: bigint; type: unknown }
}

/** A type at the end of a path: its values have bytes and a root. */
export interface Rooted {
  readonly isBasic: boolean
  readonly limit?: number
  readonly length?: number
  deserialize(bytes: Uint8Array): unknown
  serialize(value: unknown): Uint8Array
  hashTreeRoot(value: unknown): Uint8Array
  tree_toValue(node: MerkleNode): unknown
}

export interface Place {
  /** Generalised index. */
  gindex: bigint
  type: Rooted
}

/** Levels between the deepest value of a schema and its root: registry, list, record and field together stay well below. */
export const MAX_BRANCH = 96
/** Steps of a path: subtree, list, place, field, and as many again. */
const MAX_PATH = 8

/** How far a node stands below the root: the length of its branch. */
export function depthOf(gindex: bigint): number {
  return gindex.toString(2).length - 1
}

/**
 * Where a path leads in a schema.
 * @returns `bad-path` for what the schema does not have, for places beyond a list's limit, and for paths that end where they began
 */
export function placeOf(schema: Walkable, path: Path): Result<Place> {
  if (path.length === 0 || path.length > MAX_PATH) return fail('bad-path', `${path.length} steps`)
  try {
    let type = schema as Walkable & Partial<Rooted>
    for (const step of path) {
      const size = type.length ?? type.limit
      const fits = typeof step === 'number' ? size !== undefined && Number.isSafeInteger(step) && step >= 0 && step < size : size === undefined
      if (!fits) return fail('bad-path', `${String(step)} is not there`)
      type = type.getPathInfo([step]).type as Walkable & Partial<Rooted>
    }
    const { gindex, type: end } = schema.getPathInfo([...path])
    return gindex > 1n && depthOf(gindex) <= MAX_BRANCH ? ok({ gindex, type: end as Rooted }) : fail('bad-path', 'the path leads nowhere')
  } catch (error) {
    return fail('bad-path', error instanceof Error ? error.message : String(error))
  }
}

/** The node above two children. */
export function pairHash(left: Uint8Array, right: Uint8Array): Uint8Array {
  return sha256(concat(left, right))
}

/** One level of the way up: which hash goes left, which right. */
export interface Rung {
  left: Uint8Array
  right: Uint8Array
  /** Is the sibling the right one? */
  siblingRight: boolean
  parent: Uint8Array
}

/** @param siblings exactly `depthOf(gindex)`, from the leaf's own up. @returns the levels, the last one's parent being the root */
export function climb(leaf: Uint8Array, gindex: bigint, siblings: readonly Uint8Array[]): Rung[] {
  const rungs: Rung[] = []
  let node = leaf
  let place = gindex
  for (const sibling of siblings) {
    const siblingRight = place % 2n === 0n
    const [left, right] = siblingRight ? [node, sibling] : [sibling, node]
    node = pairHash(left, right)
    rungs.push({ left, right, siblingRight, parent: node })
    place /= 2n
  }
  return rungs
}

/** The root that a leaf at this place and its siblings lead to; null when the number of siblings does not fit the place. */
export function rootOfBranch(leaf: Uint8Array, gindex: bigint, siblings: readonly Uint8Array[]): Uint8Array | null {
  if (siblings.length !== depthOf(gindex)) return null
  return climb(leaf, gindex, siblings).at(-1)?.parent ?? leaf
}

/** The siblings of a node, from its own up to the root's child. */
export function branchOf(root: MerkleNode, gindex: bigint): Uint8Array[] {
  const proof = createProof(root, { type: ProofType.single, gindex })
  assert(proof.type === ProofType.single, 'a single proof was asked for')
  return proof.witnesses
}
