/** P116: four habits of those whose blocks are liked, each with how this node stands to it now and where to look. */
import type { AgentRunView, MiningStatus, Status } from '../../bridge/views'

export const PRACTICES = ['network', 'selection', 'memes', 'relations'] as const
export type Practice = (typeof PRACTICES)[number]

/** Attempts that are looked at: the newest that were made. */
const RECENT_ATTEMPTS = 8

/** What a habit is measured by; null where there is nothing to measure yet. */
export interface PracticeFigures {
  network: { peers: number; lag: number | null; ready: boolean } | null
  /** Transactions that the newest own blocks left out for want of room, and how full these were, milli. */
  selection: { blocks: number; leftOut: number; fillMilli: number } | null
  /** Memes since the agent began, and reactions per meme in the last blocks, milli. */
  memes: { made: number; effect: number } | null
  /** Opinions of those that it cares for on its blocks. */
  relations: { approvals: number; rejections: number; influence: number } | null
}

interface Seen {
  status: Pick<Status, 'peers' | 'eligible'> | null
  mining: Pick<MiningStatus, 'lag_blocks' | 'network_height'> | null
  agent: Pick<AgentRunView, 'attempts' | 'metrics' | 'social'> | null
}

export function practiceFigures({ status, mining, agent }: Seen): PracticeFigures {
  const made = (agent?.attempts ?? []).filter(({ hash }) => hash !== null).slice(0, RECENT_ATTEMPTS)
  const fillMilli = agent?.metrics.fillTransactionsMilli ?? null
  const social = agent?.social ?? null
  const sum = (numbers: readonly number[]) => numbers.reduce((all, number) => all + number, 0)
  return {
    network:
      status === null
        ? null
        : { peers: status.peers.length, lag: mining === null || mining.network_height === null ? null : mining.lag_blocks, ready: status.eligible },
    selection: made.length === 0 || fillMilli === null ? null : { blocks: made.length, leftOut: sum(made.map(({ full }) => full)), fillMilli },
    memes: social === null || social.counts.memes === 0 ? null : { made: social.counts.memes, effect: social.effectiveness.meme },
    relations:
      social === null
        ? null
        : {
            approvals: sum(social.preferences.map(({ approvals }) => approvals)),
            rejections: sum(social.preferences.map(({ rejections }) => rejections)),
            influence: social.influence
          }
  }
}
