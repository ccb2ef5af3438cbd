/**
 * Random values of any schema: the schema is walked, so that a new field or message is covered on the day it is added. Lengths are small and sizes are at the
 * edges (0, the largest) more often than chance would have it.
 */
import {
  ByteListType,
  ByteVectorType,
  ContainerNodeStructType,
  ContainerType,
  ListBasicType,
  ListCompositeType,
  UintBigintType,
  UintNumberType,
  VectorCompositeType
} from '../ssz'

/** Gives an integer in [0, below). Everything random comes from here. */
export type Draw = (below: number) => number

/** Longest list or byte list that is drawn; caps are tested by themselves. */
const MAX_SAMPLE_LENGTH = 4

/** Largest value of a number field: times are below 2⁵³, and no field of another size holds more than its bytes. */
function numberOf(byteLength: number, draw: Draw): number {
  const largest = byteLength >= 7 ? Number.MAX_SAFE_INTEGER : 2 ** (8 * byteLength) - 1
  const way = draw(4)
  if (way === 0) return 0
  if (way === 1) return largest
  return byteLength <= 4 ? draw(largest) : draw(2 ** 21) * 2 ** 32 + draw(2 ** 31)
}

function bytesOf(length: number, draw: Draw): Uint8Array {
  return Uint8Array.from({ length }, () => draw(256))
}

/** @param schema one of src/core/schema.ts. @throws TypeError for a kind of schema that is not used there */
export function sampleOf(schema: unknown, draw: Draw): unknown {
  if (schema instanceof UintNumberType) return numberOf(schema.byteLength, draw)
  if (schema instanceof UintBigintType) return draw(4) === 0 ? 2n ** 64n - 1n : BigInt(draw(2 ** 31)) * BigInt(draw(2 ** 31))
  if (schema instanceof ByteVectorType) return bytesOf(schema.lengthBytes, draw)
  if (schema instanceof ByteListType) return bytesOf(draw(Math.min(schema.limitBytes, 40) + 1), draw)
  if (schema instanceof ListBasicType || schema instanceof ListCompositeType)
    return Array.from({ length: draw(Math.min(schema.limit, MAX_SAMPLE_LENGTH) + 1) }, () => sampleOf(schema.elementType, draw))
  if (schema instanceof VectorCompositeType) return Array.from({ length: schema.length }, () => sampleOf(schema.elementType, draw))
  if (schema instanceof ContainerType || schema instanceof ContainerNodeStructType) {
    return Object.fromEntries(Object.entries(schema.fields as Record<string, unknown>).map(([name, field]) => [name, sampleOf(field, draw)]))
  }
  throw new TypeError('a kind of schema that the sampler does not know')
}
