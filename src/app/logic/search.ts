/** Finding blocks among those on screen. */
import type { BlockView } from '../../bridge/views'

/** Hits shown: a maker's last hundred blocks; older ones are found by height. */
const SEARCH_HITS = 100

/** @param wanted lower-case: a height, the start of a hash, or part of a maker's name @returns newest first */
export function matchingBlocks(blocks: readonly BlockView[], wanted: string): BlockView[] {
  return blocks
    .filter(b => String(b.height) === wanted || (wanted.length >= 4 && b.hash.startsWith(wanted)) || b.proposerName.toLowerCase().includes(wanted))
    .sort((a, b) => b.height - a.height || a.rank - b.rank)
    .slice(0, SEARCH_HITS)
}
