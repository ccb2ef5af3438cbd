/**
 * How much two contents have in common, from 256 bytes of each (D-03): the 64 smallest hashes of all four-byte shingles ("bottom-k sketch", Broder 1997). Of the 64 smallest
 * hashes of both together, the share that is in both estimates |A ∩ B| / |A ∪ B|. Integers only, the same on every machine.
 */
import { SKETCH_BYTES } from '../limits'

const SHINGLE_BYTES = 4
const SKETCH_SIZE = SKETCH_BYTES / 4

/** A permutation of 32-bit numbers that scatters neighbours (the finaliser of MurmurHash3, Appleby). */
function scatter(value: number): number {
  let mixed = value
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85ebca6b)
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35)
  return (mixed ^ (mixed >>> 16)) >>> 0
}

/** @returns up to 64 little-endian numbers, ascending, each once. Content shorter than a shingle is one shingle, filled up with zeros. */
export function sketchOf(content: Uint8Array): Uint8Array {
  const bytes = content.length >= SHINGLE_BYTES ? content : Uint8Array.from({ length: SHINGLE_BYTES }, (_, i) => content[i] ?? 0)
  const hashes = new Set<number>()
  for (let start = 0; start + SHINGLE_BYTES <= bytes.length; start++)
    hashes.add(scatter(bytes[start]! | (bytes[start + 1]! << 8) | (bytes[start + 2]! << 16) | (bytes[start + 3]! << 24)))
  const smallest = Uint32Array.from(hashes).sort().slice(0, SKETCH_SIZE)
  const sketch = new Uint8Array(smallest.length * 4)
  const view = new DataView(sketch.buffer)
  smallest.forEach((hash, i) => view.setUint32(4 * i, hash, true))
  return sketch
}

function numbersOf(sketch: Uint8Array): number[] {
  const view = new DataView(sketch.buffer, sketch.byteOffset, sketch.byteLength)
  return Array.from({ length: sketch.length / 4 }, (_, i) => view.getUint32(4 * i, true))
}

/** Milli-units: 1000 for the same content, 0 where nothing agrees. */
export function overlap(one: Uint8Array, other: Uint8Array): number {
  const a = numbersOf(one)
  const b = numbersOf(other)
  let [i, j, seen, common] = [0, 0, 0, 0]
  while (seen < SKETCH_SIZE && (i < a.length || j < b.length)) {
    const left = a[i] ?? Infinity
    const right = b[j] ?? Infinity
    if (left === right) common++
    if (left <= right) i++
    if (right <= left) j++
    seen++
  }
  return seen === 0 ? 0 : Math.floor((1000 * common) / seen)
}
