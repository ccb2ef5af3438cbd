/**
 * Why a block won, told from the line alone (PROTOCOL R1): who stood before whom, and whose block came. What put them in line is the family's business; its words
 * are chosen by `storyText`.
 */
import type { BlockView, Candidate } from '../../bridge/views'
import { telltale } from './format'

export type WinnerStory =
  /** The first in line won. `runnerUp` is the next one, `line` everybody by rank; `tickets` are null where the line has none (claims decide). */
  | { kind: 'first'; winner: Candidate; runnerUp: Candidate; line: readonly Candidate[]; tickets: readonly [string, string] | null }
  /** Nobody else was in line. */
  | { kind: 'only'; winner: Candidate }
  /** Somebody further back won, because those before sent no block in time or two. */
  | { kind: 'fallback'; winner: Candidate; skipped: Candidate[] }
  /** The order of that height is not known here (caught up from others). */
  | { kind: 'unknown'; proposerName: string }

/** What is asked about a block that the chain went on with. */
export type Winner = Pick<BlockView, 'proposer' | 'proposerName'>

/**
 * @param candidates everyone in line at the block's height, in any order
 */
export function winnerStory(candidates: readonly Candidate[], block: Winner): WinnerStory {
  const line = [...candidates].sort((a, b) => a.rank - b.rank)
  const place = line.findIndex(c => c.proposer === block.proposer)
  const winner = line[place]
  if (!winner) return { kind: 'unknown', proposerName: block.proposerName }
  if (place > 0) return { kind: 'fallback', winner, skipped: line.slice(0, place) }
  const runnerUp = line[1]
  if (!runnerUp) return { kind: 'only', winner }
  const tickets = winner.ticket === '' || runnerUp.ticket === '' ? null : telltale(winner.ticket, runnerUp.ticket)
  return { kind: 'first', winner, runnerUp, line, tickets }
}

/** The block that the chain goes on with at the newest decided height: the head, unless it is merely somebody's proposal. */
export function decidedHead(blocks: readonly BlockView[], headHash: string): BlockView | null {
  const byHash = new Map(blocks.map(b => [b.hash, b]))
  let block = byHash.get(headHash)
  while (block?.status === 'proposed') block = byHash.get(block.parent)
  return block ?? null
}
