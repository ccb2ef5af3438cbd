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

/** The part of a composite SSZ type that is needed to walk it. A container knows its fields, a list its length and where its places are. */
export interface Walkable {
  readonly fields?: Readonly<Record<string, unknown>>
  readonly elementType?: unknown
  readonly limit?: number
  readonly length?: number
  getPropertyGindex?(place: never): bigint | null
}

/** A type at the end of a path: its values have bytes and a root. */
export interface Rooted {
  readonly isBasic: boolean
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

/** One step down; null where there is nothing of that name. The library stops at records that it keeps as values; their fields are in the tree all the same. */
function stepInto(type: Walkable, step: string | number): Place | null {
  if (typeof step === 'string') {
    const names = Object.keys(type.fields ?? {})
    const number = names.indexOf(step)
    // A container is a tree over its fields, as many leaves as the next power of two.
    if (number === -1) return null
    let leaves = 1
    while (leaves < names.length) leaves *= 2
    return { gindex: BigInt(leaves + number), type: type.fields![step] as Rooted }
  }
  const size = type.length ?? type.limit
  if (type.elementType === undefined || size === undefined || !Number.isSafeInteger(step) || step < 0 || step >= size) return null
  const gindex = type.getPropertyGindex?.(step as never) ?? null
  return gindex === null ? null : { gindex, type: type.elementType as Rooted }
}

/** @returns `bad-path` for what the schema does not have, and for places beyond a list's limit */
export function placeOf(schema: Walkable, path: Path): Result<Place> {
  if (path.length === 0 || path.length > MAX_PATH) return fail('bad-path', `${path.length} steps`)
  let place: Place = { gindex: 1n, type: schema as unknown as Rooted }
  for (const step of path) {
    const next = stepInto(place.type as unknown as Walkable, step)
    if (next === null) return fail('bad-path', `${String(step)} is not there`)
    place = { gindex: below(place.gindex, next.gindex), type: next.type }
  }
  return depthOf(place.gindex) <= MAX_BRANCH ? ok(place) : fail('bad-path', 'too deep')
}

/** The index of a node of a subtree, from the root of the whole. */
function below(top: bigint, inner: bigint): bigint {
  const depth = BigInt(depthOf(inner))
  return (top << depth) + inner - (1n << depth)
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
