/** State headers on the disk, for a start. */
import { encode } from '../../core/codec'
import { StateHeader } from '../../core/light/schema'
import type { NodeStore, StoredStateHeader } from '../ports'

/** Headers read at once. */
const PAGE = 64
/** Headers read in all: as many changes of the validator sets as a busy room has in a month. */
const MAX_READ_HEADERS = 4096

/**
 * A light node's way to its head, for the disk. The store keeps the first header of each `epoch`, and the newest of all: so every step that others rest on has a number of its own, and all heads after the same step
 * share one.
 * @param steps each linked to the one before
 */
export function storedSteps(steps: readonly StateHeader[]): StoredStateHeader[] {
  return steps.map((step, i) => {
    const { height } = step.header
    const isHead = i === steps.length - 1
    return { height, epoch: isHead ? (steps[i - 1]?.header.height ?? 0) + 1 : height, bytes: encode(StateHeader, step) }
  })
}

/** @returns encoded, ascending */
export async function keptHeaders(store: Pick<NodeStore, 'stateHeaders'>): Promise<Uint8Array[]> {
  const found: Uint8Array[] = []
  for (let from = 0; found.length < MAX_READ_HEADERS;) {
    const page = await store.stateHeaders(from, PAGE)
    found.push(...page.map(({ bytes }) => bytes))
    const last = page.at(-1)
    if (last === undefined) break
    from = last.height + 1
  }
  return found
}
