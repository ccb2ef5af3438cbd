/** The one thing a person should know right now about a live node, chosen from its views: cause and next step, worst first. */
import type { ChainView, PeerView, Status, StorageView, SyncingView, ValidationView } from '../../bridge/views'

export type Condition =
  | { kind: 'fine' }
  /** T084: this node's state is not the one that the quorum has signed. Nothing it shows can be relied on. */
  | { kind: 'state-mismatch'; height: number }
  /** The browser says there is no network, and no peer is left. */
  | { kind: 'offline'; sinceMs: number }
  /** The tab slept (phone in a pocket) and is behind. */
  | { kind: 'asleep'; sleptMs: number; behind: number }
  | { kind: 'syncing'; behind: number }
  | { kind: 'fetching'; sync: SyncingView }
  | { kind: 'no-quorum'; present: number; weight: number; needed: number }
  | { kind: 'alone' }
  | { kind: 'storage-denied' }
  | { kind: 'storage-full'; usedBytes: number; quotaBytes: number }

export interface ConditionInput {
  status: Status
  chain: ChainView | null
  peers: readonly PeerView[]
  storage: StorageView | null
  validation: ValidationView | null
  /** `navigator.onLine`. */
  browserOnline: boolean
  /** Time since a peer was last connected. */
  lonelyMs: number
  /** Length of the last sleep of this tab while it has not caught up since, else 0. */
  sleptMs: number
}

/** From this share of the quota on the node must prune, and the page says so. */
const STORAGE_FULL_SHARE = 0.9

export function conditionOf(input: ConditionInput): Condition {
  const { status, peers, storage, validation } = input
  if (validation?.mismatch) return { kind: 'state-mismatch', height: validation.mismatch.height }
  if (!input.browserOnline && peers.length === 0) return { kind: 'offline', sinceMs: input.lonelyMs }
  const behind = blocksBehind(status, peers)
  if (input.sleptMs > 0 && behind > 0) return { kind: 'asleep', sleptMs: input.sleptMs, behind }
  if (status.syncing !== null) return { kind: 'fetching', sync: status.syncing }
  if (status.reasonCode === 'syncing') return { kind: 'syncing', behind }
  if (storage?.kind === 'memory') return { kind: 'storage-denied' }
  if (storage?.usedBytes != null && storage.quotaBytes !== null && storage.usedBytes > storage.quotaBytes * STORAGE_FULL_SHARE) {
    return { kind: 'storage-full', usedBytes: storage.usedBytes, quotaBytes: storage.quotaBytes }
  }
  const { present, weight, needed } = status.quorum
  if (weight > 0 && present < needed) return { kind: 'no-quorum', present, weight, needed }
  if (peers.length === 0) return { kind: 'alone' }
  return { kind: 'fine' }
}

/** How many final blocks the best informed peer is ahead. */
function blocksBehind(status: Status, peers: readonly PeerView[]): number {
  const best = Math.max(status.finalHeight, ...peers.map(p => p.finalHeight ?? 0))
  return best - status.finalHeight
}
