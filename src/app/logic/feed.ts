/** Which events the feed shows, and with which sign. */
import type { EventView } from '../../bridge/views'

export type FeedFilter = 'all' | 'blocks' | 'social' | 'network' | 'faults'

/** Rows shown at once; older ones are in the chain. */
export const FEED_ROWS = 60

const GROUP: Record<EventView['kind'], Exclude<FeedFilter, 'all'>> = {
  final: 'blocks',
  won: 'blocks',
  lost: 'blocks',
  opinion: 'blocks',
  reorg: 'faults',
  evidence: 'faults',
  'no-quorum': 'faults',
  'quorum-back': 'faults',
  warning: 'faults',
  error: 'faults',
  joined: 'network',
  left: 'network',
  social: 'social',
  sync: 'network',
  peer: 'network'
}

export const EVENT_SIGN: Record<EventView['kind'], string> = {
  final: '✓',
  won: '★',
  lost: '·',
  opinion: '·',
  reorg: '⤺',
  evidence: '⚠',
  'no-quorum': '⏸',
  'quorum-back': '▶',
  warning: '⚠',
  error: '✕',
  joined: '→',
  left: '←',
  social: '♥',
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

/** Older events than this are history (a first push, a catch-up), not news. */
const NEWS_MS = 10_000

/** News that a person wants to hear without looking. @param now milliseconds since 1970 */
export const isNews = (event: EventView, now: number) => now - event.at < NEWS_MS && (event.kind === 'won' || GROUP[event.kind] === 'faults')

/** An event's sentence around the block that it names, so that the name itself can be the link. */
export function linkParts(event: EventView): { before: string; label: string; after: string } | null {
  if (event.hash === null || event.height === null) return null
  const label = `#${event.height}`
  const at = event.text.search(new RegExp(`${label}(?!\\d)`))
  return at < 0 ? { before: `${event.text} `, label, after: '' } : { before: event.text.slice(0, at), label, after: event.text.slice(at + label.length) }
}
