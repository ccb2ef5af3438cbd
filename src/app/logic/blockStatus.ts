/** Where a block stands, as the screens show it: the node's status, and `fault` for a maker caught with two blocks at that height. */
import type { BlockStatus, BlockView, Candidate } from '../../bridge/views'

export type ShownStatus = BlockStatus | 'fault'

export const STATUS_ICON: Record<ShownStatus, string> = { tentative: '◌', proposed: '◌', notarised: '○', final: '✓', stale: '✕', fault: '!' }

/** @param line the order of tickets at the block's height, where it is known */
export function shownStatus(block: Pick<BlockView, 'status' | 'proposer'>, line: readonly Candidate[] | undefined): ShownStatus {
  const caught = line?.some(c => c.proposer === block.proposer && c.disqualified) ?? false
  return caught && block.status !== 'final' ? 'fault' : block.status
}

/** False for a block that came final with its chain (catching up): nobody told this node who voted for that very block, and zero would be wrong. */
export const votesSeen = (block: Pick<BlockView, 'status' | 'notarisedWeight'>): boolean => block.status !== 'final' || block.notarisedWeight > 0
