/**
 * What differs between two states, found by comparing their trees and not by asking the code that made the difference (T082). States share what they have in common, so only what
 * has changed is looked at.
 */
import { equalBytes } from '../bytes'
import { State } from '../schema'
import { ByteListType, ByteVectorType, ContainerNodeStructType, ContainerType, getNode, getNodesAtDepth, ListCompositeType } from '../ssz'
import type { MerkleNode } from '../ssz'
import type { WorldState } from './worldState'

/** One field of one record. `before` is null where there was no record, `after` where there is none any more. */
export interface Change {
  /** Names and places from the root down to the field. */
  readonly path: readonly (string | number)[]
  readonly before: unknown
  readonly after: unknown
}

/** The part of a field's type that is needed here. */
interface FieldType {
  readonly isBasic: boolean
  serialize(value: unknown): Uint8Array
  tree_toValue(node: MerkleNode): unknown
}

const LEFT_HALF = 2n
const RIGHT_HALF = 3n

/** All differences, in the order of the tree. */
export function changesBetween(before: WorldState, after: WorldState): Change[] {
  const changes: Change[] = []
  compare(State, before.view.node, after.view.node, [], changes)
  return changes
}

function compare(type: unknown, before: MerkleNode | null, after: MerkleNode | null, path: Change['path'], into: Change[]): void {
  if (before === after) return
  if (type instanceof ContainerNodeStructType) return compareFields(type, valueOf(before), valueOf(after), path, into)
  if (type instanceof ListCompositeType) return compareLists(type, before, after, path, into)
  if (type instanceof ContainerType) {
    const fields = type.fieldsEntries
    const [old, young] = [before, after].map(node => (node === null ? null : getNodesAtDepth(node, type.depth, 0, fields.length)))
    fields.forEach(({ fieldName, fieldType }, i) => compare(fieldType, old?.[i] ?? null, young?.[i] ?? null, [...path, String(fieldName)], into))
    return
  }
  const field = type as FieldType
  const read = (node: MerkleNode | null): unknown => (node === null ? null : field.isBasic ? basicValue(field, node) : field.tree_toValue(node))
  const [old, young] = [read(before), read(after)]
  if (!isSame(field, old, young)) into.push({ path, before: old, after: young })
}

/** A number that has a leaf to itself. */
function basicValue(field: FieldType, node: MerkleNode): unknown {
  return (field as unknown as { tree_getFromNode(node: MerkleNode): unknown }).tree_getFromNode(node)
}

function valueOf(node: MerkleNode | null): Record<string, unknown> | null {
  return node === null ? null : (node as unknown as { value: Record<string, unknown> }).value
}

function isSame(field: FieldType, old: unknown, young: unknown): boolean {
  if (old === null || young === null) return old === young
  if (typeof old !== 'object') return old === young
  if (field instanceof ByteListType || field instanceof ByteVectorType) return equalBytes(old as Uint8Array, young as Uint8Array)
  return equalBytes(field.serialize(old), field.serialize(young))
}

function compareFields(
  type: { fieldsEntries: readonly { fieldName: PropertyKey; fieldType: unknown }[] },
  old: Record<string, unknown> | null,
  young: Record<string, unknown> | null,
  path: Change['path'],
  into: Change[]
): void {
  for (const { fieldName, fieldType } of type.fieldsEntries) {
    const name = String(fieldName)
    const [before, after] = [old?.[name] ?? null, young?.[name] ?? null]
    if (!isSame(fieldType as FieldType, before, after)) into.push({ path: [...path, name], before, after })
  }
}

interface AnyList {
  readonly elementType: unknown
  readonly chunkDepth: number
  tree_getLength(node: MerkleNode): number
}

function compareLists(type: AnyList, before: MerkleNode | null, after: MerkleNode | null, path: Change['path'], into: Change[]): void {
  const lengthOf = (node: MerkleNode | null): number => (node === null ? 0 : type.tree_getLength(node))
  const [oldLength, newLength] = [lengthOf(before), lengthOf(after)]
  const elements = (node: MerkleNode | null): MerkleNode | null => (node === null ? null : getNode(node, LEFT_HALF))
  const down = (old: MerkleNode | null, young: MerkleNode | null, depth: number, place: number): void => {
    if (old === young || place * 2 ** depth >= Math.max(oldLength, newLength)) return
    if (depth === 0) {
      compare(type.elementType, place < oldLength ? old : null, place < newLength ? young : null, [...path, place], into)
      return
    }
    const child = (node: MerkleNode | null, half: bigint): MerkleNode | null => (node === null || node.isLeaf() ? null : getNode(node, half))
    down(child(old, LEFT_HALF), child(young, LEFT_HALF), depth - 1, 2 * place)
    down(child(old, RIGHT_HALF), child(young, RIGHT_HALF), depth - 1, 2 * place + 1)
  }
  down(elements(before), elements(after), type.chunkDepth, 0)
}
