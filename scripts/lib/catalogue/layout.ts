/** What a schema says of itself: its fields in order, and which bytes of an encoded value are which field. */
import type { CatalogueField } from '../../../src/bridge/catalogue'
import {
  ByteListType,
  ByteVectorType,
  ContainerNodeStructType,
  ContainerType,
  ListBasicType,
  ListCompositeType,
  UintBigintType,
  UintNumberType
} from '../../../src/core/ssz'

/** The part of an SSZ type that sizes are read from. */
interface Sized {
  readonly fixedSize: number | null
  readonly minSize: number
  readonly maxSize: number
}
type Container = Sized & { readonly fields: Readonly<Record<string, unknown>> }
type List = Sized & { readonly elementType: unknown; readonly limit: number }

/** Bytes of an offset, and of the first of them in a list: it says where the first element begins. */
const OFFSET_BYTES = 4
export const OFFSET = 'offset'
const RECORD = 'record'

/** From a schema to the entry that explains it. */
export type Names = ReadonlyMap<unknown, string>
/** How a type is called: an entry, by another name than its own. */
export type Titles = ReadonlyMap<unknown, string>

export const isContainer = (schema: unknown): schema is Container => schema instanceof ContainerType || schema instanceof ContainerNodeStructType
const isList = (schema: unknown): schema is List => schema instanceof ListBasicType || schema instanceof ListCompositeType

/** @throws TypeError for a kind of schema that nothing here uses: whoever begins to use one teaches it to this file */
function typeName(schema: unknown, titles: Titles): string {
  const title = titles.get(schema)
  if (title !== undefined) return title
  if (schema instanceof UintNumberType) return schema.byteLength === 8 ? 'uint64 below 2^53' : `uint${8 * schema.byteLength}`
  if (schema instanceof UintBigintType) return `uint${8 * schema.byteLength}`
  if (schema instanceof ByteVectorType) return `Bytes${schema.lengthBytes}`
  if (schema instanceof ByteListType) return `ByteList[${schema.limitBytes}]`
  if (isList(schema)) return `List[${typeName(schema.elementType, titles)}, ${schema.limit}]`
  if (isContainer(schema)) return RECORD
  throw new TypeError('a kind of schema that the catalogue does not know')
}

/** Through lists, to what they are lists of. */
const elementOf = (schema: unknown): unknown => (isList(schema) ? elementOf(schema.elementType) : schema)

export function fieldsOf(schema: unknown, names: Names, titles: Titles, depth = 0): CatalogueField[] {
  if (!isContainer(schema)) return []
  return Object.entries(schema.fields).flatMap(([name, type]) => {
    const { minSize, maxSize } = type as Sized
    const inner = elementOf(type)
    const own = { name, type: typeName(type, titles), min: minSize, max: maxSize, depth, entry: names.get(inner) ?? null }
    return titles.has(inner) || !isContainer(inner) ? [own] : [own, ...fieldsOf(inner, names, titles, depth + 1)]
  })
}

/** A stretch of bytes: a value that holds no others, or an offset. */
export interface Span {
  readonly path: string
  readonly type: string
  readonly bytes: Uint8Array
}

/**
 * Cuts an encoded value into its stretches (SimpleSerialize, "Serialization"): in the order of the bytes, without a gap. An empty list is a stretch of no bytes.
 * @param bytes of this schema: they decode
 */
export function spansOf(schema: unknown, bytes: Uint8Array, titles: Titles, path = ''): Span[] {
  const at = (step: string | number) => (path === '' ? String(step) : `${path}/${step}`)
  const whole = [{ path, type: typeName(schema, titles), bytes }]
  if (isContainer(schema))
    return join(
      Object.entries(schema.fields).map(([name, type]) => ({ type, path: at(name) })),
      bytes,
      titles
    )
  if (!isList(schema) || bytes.length === 0) return whole
  const { fixedSize } = schema.elementType as Sized
  const count = fixedSize === null ? readOffset(bytes, 0) / OFFSET_BYTES : bytes.length / fixedSize
  return join(
    Array.from({ length: count }, (_, i) => ({ type: schema.elementType, path: at(i) })),
    bytes,
    titles
  )
}

/** Fixed parts and offsets first, then what the offsets point at. */
function join(parts: readonly { type: unknown; path: string }[], bytes: Uint8Array, titles: Titles): Span[] {
  const head: Span[] = []
  const later: { type: unknown; path: string; start: number }[] = []
  let position = 0
  for (const { type, path } of parts) {
    const { fixedSize } = type as Sized
    const end = position + (fixedSize ?? OFFSET_BYTES)
    const own = bytes.subarray(position, end)
    if (fixedSize !== null) head.push(...spansOf(type, own, titles, path))
    else {
      head.push({ path, type: OFFSET, bytes: own })
      later.push({ type, path, start: readOffset(bytes, position) })
    }
    position = end
  }
  const tail = later.flatMap(({ type, path, start }, i) => spansOf(type, bytes.subarray(start, later[i + 1]?.start ?? bytes.length), titles, path))
  return [...head, ...tail]
}

function readOffset(bytes: Uint8Array, position: number): number {
  return new DataView(bytes.buffer, bytes.byteOffset + position, OFFSET_BYTES).getUint32(0, true)
}
