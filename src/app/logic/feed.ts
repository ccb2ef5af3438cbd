/** Which events the feed shows, and with which sign. */
import type { EventView } from '../../bridge/views'

export type FeedFilter = 'all' | 'blocks' | 'network' | 'faults'

/** Rows shown at once; older ones are in the chain. */
export const FEED_ROWS = 60

const GROUP: Record<EventView['kind'], Exclude<FeedFilter, 'all'>> = {
  final: 'blocks',
  won: 'blocks',
  lost: 'blocks',
  reorg: 'faults',
  evidence: 'faults',
  'no-quorum': 'faults',
  'quorum-back': 'faults',
  warning: 'faults',
  error: 'faults',
  joined: 'network',
  left: 'network',
  sync: 'network',
  peer: 'network'
}

export const EVENT_SIGN: Record<EventView['kind'], string> = {
  final: '✓',
  won: '★',
  lost: '·',
  reorg: '⤺',
  evidence: '⚠',
  'no-quorum': '⏸',
  'quorum-back': '▶',
  warning: '⚠',
  error: '✕',
  joined: '→',
  left: '←',
  sync: '⇣',
  peer: '⇄'
}

/** Newest first, at most FEED_ROWS. @param events oldest first */
export function feedRows(events: readonly EventView[], filter: FeedFilter): EventView[] {
  return events
    .filter(event => filter === 'all' || GROUP[event.kind] === filter)
    .slice(-FEED_ROWS)
    .reverse()
}

/** News that a person wants to hear without looking. */
export const isNews = (event: EventView) => event.kind === 'won' || GROUP[event.kind] === 'faults'
