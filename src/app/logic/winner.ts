/**
 * Why a block won, told from the order of tickets alone. In family midnight everybody creates, and the order is that of
 * H(rankSeed, proposer) (PROTOCOL R1): the smallest ticket is first in line.
 */
import type { BlockView, Candidate } from '../../bridge/views'
import { telltale } from './format'

export type WinnerStory =
  /** The first in line won. `runnerUp` is the next smaller ticket, `line` everybody by rank. */
  | { kind: 'first'; winner: Candidate; runnerUp: Candidate; line: readonly Candidate[]; tickets: [string, string] }
  /** Nobody else was in line. */
  | { kind: 'only'; winner: Candidate }
  /** Somebody further back won, because those before sent no block in time or two. */
  | { kind: 'fallback'; winner: Candidate; skipped: Candidate[] }
  /** The order of that height is not known here (caught up from others). */
  | { kind: 'unknown'; proposerName: string }

/**
 * @param candidates everyone in line at the block's height, in any order
 * @param block the block that the chain went on with
 */
export function winnerStory(candidates: readonly Candidate[], block: Pick<BlockView, 'proposer' | 'proposerName'>): WinnerStory {
  const line = [...candidates].sort((a, b) => a.rank - b.rank)
  const place = line.findIndex(c => c.proposer === block.proposer)
  const winner = line[place]
  if (!winner) return { kind: 'unknown', proposerName: block.proposerName }
  if (place > 0) return { kind: 'fallback', winner, skipped: line.slice(0, place) }
  const runnerUp = line[1]
  return runnerUp ? { kind: 'first', winner, runnerUp, line, tickets: telltale(winner.ticket, runnerUp.ticket) } : { kind: 'only', winner }
}

/** The block that the chain goes on with at the newest decided height: the head, unless it is merely somebody's proposal. */
export function decidedHead(blocks: readonly BlockView[], headHash: string): BlockView | null {
  const byHash = new Map(blocks.map(b => [b.hash, b]))
  let block = byHash.get(headHash)
  while (block?.status === 'proposed') block = byHash.get(block.parent)
  return block ?? null
}
