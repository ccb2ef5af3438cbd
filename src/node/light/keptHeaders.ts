/** State headers on the disk, for a start. */
import type { NodeStore } from '../ports'

/** Headers read at once. */
const PAGE = 64
/** Headers read in all: as many changes of the validator sets as a busy room has in a month. */
const MAX_READ_HEADERS = 4096

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
