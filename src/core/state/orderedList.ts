/**
 * A list of records that also is a chain in the order of their keys: every record names the place of the one with the next higher key ("indexed Merkle
 * list"). So the tree itself proves both that a key is there (its record) and that it is not (the record below it, which names one above). Nothing has to be sorted when a
 * record comes: it is appended, and its neighbour's pointer changes.
 *
 * Where a key stands is looked up in a `KeyIndex`, a cache for all branches at once that is never believed: each look-up is checked against the records.
 */
import { compareBytes, equalBytes, fromHex, hexOf, toHex } from '../bytes'
import { assert } from '../result'

/** The list, as far as its order needs it. Places count from 0; pointers are 1 + a place, 0 after the last. */
export interface OrderedList {
  readonly length: number
  /** Pointer to the record with the lowest key. */
  first: number
  keyAt(place: number): Uint8Array
  nextAt(place: number): number
  setNext(place: number, next: number): void
}

/** Where a key has been seen, on whichever branch. */
export class KeyIndex {
  readonly #places = new Map<string, number[]>()
  /** All keys, hex, ascending; null until somebody asks for neighbours. */
  #sorted: string[] | null = null
  #followed: { other: KeyIndex; told: (place: number) => void } | null = null

  /** Answers from another index, and tells which places it gave away. What is noted here stays here. */
  follow(other: KeyIndex, told: (place: number) => void): void {
    this.#followed = { other, told }
  }

  note(key: Uint8Array, place: number): void {
    const name = toHex(key)
    const places = this.#places.get(name)
    if (places === undefined) {
      this.#places.set(name, [place])
      if (this.#sorted !== null) this.#sorted.splice(lowerBound(this.#sorted, name), 0, name)
    } else if (!places.includes(place)) places.push(place)
  }

  /** The key has gone from its place on one branch; others may still have it there, and ask the list itself. */
  forget(key: Uint8Array, place: number): void {
    const name = toHex(key)
    const left = (this.#places.get(name) ?? []).filter(other => other !== place)
    if (left.length > 0) {
      this.#places.set(name, left)
      return
    }
    this.#places.delete(name)
    if (this.#sorted !== null) this.#sorted.splice(lowerBound(this.#sorted, name), 1)
  }

  places(key: Uint8Array): readonly number[] {
    const own = this.#places.get(hexOf(key))
    if (this.#followed === null) return own ?? []
    const { other, told } = this.#followed
    const known = other.places(key)
    known.forEach(told)
    return own === undefined ? known : [...own, ...known]
  }

  /** Keys below this one, the highest first. */
  *below(key: Uint8Array): Iterable<Uint8Array> {
    if (this.#followed !== null) {
      yield* this.#followed.other.below(key)
      return
    }
    this.#sorted ??= [...this.#places.keys()].sort()
    for (let i = lowerBound(this.#sorted, toHex(key)) - 1; i >= 0; i--) yield fromHex(this.#sorted[i]!)!
  }
}

/** How many of the sorted names come before this one. */
function lowerBound(sorted: readonly string[], name: string): number {
  let low = 0
  let high = sorted.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if (sorted[middle]! < name) low = middle + 1
    else high = middle
  }
  return low
}

function knownPlace(list: OrderedList, index: KeyIndex, key: Uint8Array): number | null {
  for (const place of index.places(key)) {
    if (place < list.length && equalBytes(list.keyAt(place), key)) return place
  }
  return null
}

/** Pointer (1 + place) to the record with the highest key below this one; 0 if there is none. Its successor is not below the key: that is checked. */
function neighbourBelow(list: OrderedList, index: KeyIndex, key: Uint8Array): number {
  let below = 0
  for (const candidate of index.below(key)) {
    const place = knownPlace(list, index, candidate)
    if (place === null) continue
    below = place + 1
    break
  }
  // The index may not know every record; the chain does.
  for (let next = after(list, below); next !== 0 && compareBytes(list.keyAt(next - 1), key) < 0; next = after(list, below)) below = next
  return below
}

function after(list: OrderedList, pointer: number): number {
  return pointer === 0 ? list.first : list.nextAt(pointer - 1)
}

/** @returns the place of the record with this key; null when the order proves that there is none */
export function placeOf(list: OrderedList, index: KeyIndex, key: Uint8Array): number | null {
  const known = knownPlace(list, index, key)
  if (known !== null) return known
  const next = after(list, neighbourBelow(list, index, key))
  if (next === 0 || !equalBytes(list.keyAt(next - 1), key)) return null
  index.note(key, next - 1)
  return next - 1
}

/**
 * Makes room in the order for a record that will stand at `place`.
 * @returns what the new record has to name as its next
 */
export function linkAt(list: OrderedList, index: KeyIndex, key: Uint8Array, place: number): number {
  const below = neighbourBelow(list, index, key)
  const next = after(list, below)
  if (below === 0) list.first = place + 1
  else list.setNext(below - 1, place + 1)
  index.note(key, place)
  return next
}

/** Takes the record at this place out of the order; its place may be written anew afterwards. */
export function unlink(list: OrderedList, index: KeyIndex, place: number): void {
  const key = list.keyAt(place)
  const below = neighbourBelow(list, index, key)
  assert(after(list, below) === place + 1, 'the order names every record')
  if (below === 0) list.first = list.nextAt(place)
  else list.setNext(below - 1, list.nextAt(place))
}

/** `next` pointers for records whose keys are given in the order of their places, and the pointer to the first. */
export function chainOf(keys: readonly Uint8Array[]): { first: number; next: number[] } {
  const order = keys.map((key, place) => ({ key, place })).sort((a, b) => compareBytes(a.key, b.key))
  const next = Array.from({ length: keys.length }, () => 0)
  order.forEach(({ place }, i) => (next[place] = (order[i + 1]?.place ?? -1) + 1))
  return { first: (order[0]?.place ?? -1) + 1, next }
}
