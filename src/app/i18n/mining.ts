/** What the mining panel says: kept apart from the other messages, because only a screen that is loaded later says it. */
import type { ClaimView, MiningStatus } from '../../bridge/views'
import type { CheckName, Undelivered } from '../logic/mining'
import { duration } from '../logic/format'
import { plural } from './en'

export const miningText = {
  heading: 'Turns',
  lead: 'Who makes the next block, whether it may be you, and who made the last ones.',
  notYet: 'This tab only watches. Once it is a node, its turns are told here.',
  waiting: 'The node has not told about its turns yet.',
  light: 'This tab is a light node: it checks by signatures and neither makes blocks nor votes. As a full node it has turns.',
  next: (height: number) => `Next block, #${height}`,
  winner: 'First in line',
  unknownWinner: 'Known when a proof arrives: only a claim shows whose turn it is.',
  backups: 'Backups, in order',
  noBackups: 'Nobody else is in line.',
  backup: (place: number) => (place === 0 ? 'winner' : `backup ${place}`),
  mine: 'Your place',
  myPlace: (slot: number | null) => (slot === null ? 'not in this line' : slot === 0 ? 'first in line' : `backup ${slot}`),
  countdown: 'Your turn',
  noTurn: 'none on this block',
  turnIn: (ms: number, first: boolean) => `in ${(Math.max(0, ms) / 1000).toFixed(1)} s${first ? '' : ', if nobody before you sends a block'}`,
  turnNow: (first: boolean) => (first ? 'now' : 'now, unless somebody before you has sent a block'),
  mayNot: 'You would let it pass: a condition is not met.',
  checks: {
    heading: 'May this node make blocks?',
    yes: 'Yes. It uses its turn when it comes.',
    no: 'Not now.',
    met: 'met',
    notMet: 'not met',
    streak: (now: number, needed: number) => `${Math.min(now, needed)} of ${needed}`,
    names: { pool: 'In the pool', peers: 'Peers answer', state: 'In step', lag: 'Close enough', streak: 'Steady' } satisfies Record<CheckName, string>,
    values: {
      pool: ({ eligible_pool_size }: MiningStatus) => `${plural(eligible_pool_size, 'agent')} may be drawn`,
      peers: ({ ready_peers, gate }: MiningStatus) => `${ready_peers} of at least ${gate?.min_ready_peers ?? 0}`,
      state: ({ sync_state }: MiningStatus) => sync_state,
      lag: ({ lag_blocks, gate }: MiningStatus) => `${plural(lag_blocks, 'block')} behind, ${gate?.max_desync_blocks ?? 0} allowed`,
      streak: ({ eligible_streak, gate }: MiningStatus) =>
        `level ${Math.min(eligible_streak, gate?.eligible_streak ?? 0)} of ${gate?.eligible_streak ?? 0} looks in a row`
    } satisfies Record<CheckName, (mining: MiningStatus) => string>,
    todo: {
      pool: 'Keep this tab open: its registration and a heartbeat have to reach the chain, then it may be drawn.',
      peers: 'Invite somebody, or open another tab: alone, a node cannot tell whether it is up to date.',
      state: 'Nothing to do: it is fetching what it missed. If that lasts, look at the connections on the Node screen.',
      lag: 'Nothing to do: it makes blocks again once it has caught up.',
      streak: 'Wait a few seconds: it has been level with the others only for a moment.'
    } satisfies Record<CheckName, string>,
    free: 'This family asks for nothing more.'
  },
  claims: {
    heading: 'Your turns',
    none: 'You have not had a turn yet.',
    totals: (claimed: number, produced: number) => `${plural(claimed, 'turn')} taken, ${plural(produced, 'block')} sent since the start.`,
    handed: ({ sent, failed, unheard }: { sent: number; failed: number; unheard: number }) =>
      `Handed to peers ${plural(sent, 'time')}${failed === 0 ? '' : `, ${failed} times a peer could not be reached`}${unheard === 0 ? '' : `; ${plural(unheard, 'block')} reached nobody`}.`,
    columns: { height: 'Height', slot: 'Place', outcome: 'What became of it' },
    outcomes: {
      claimed: 'being made',
      produced: 'sent, not decided yet',
      accepted: 'won',
      lost: 'another block won',
      failed: 'not sent'
    } satisfies Record<ClaimView['status'], string>,
    undelivered: {
      'no-peers': 'Your blocks reach nobody: no peer is connected. Check the connection, or invite somebody.',
      'no-direct-link': 'Your blocks take the way round by a relay, and may come too late. The Node screen says why no direct link comes about.',
      'no-relay': 'No relay answers, so other browsers cannot find this one. Ask the teacher for a new link, or reload.',
      'lost-turns': 'Most of your blocks lose although they are sent. Others were before you in line, or your connection is slower than theirs.'
    } satisfies Record<Undelivered, string>
  },
  history: {
    heading: 'Who made the last blocks',
    none: 'No block has been decided yet.',
    strip: (heights: number) => `The last ${plural(heights, 'height')}, oldest first`,
    win: (height: number, name: string, rank: number) => `#${height}: ${name}, ${rank === 0 ? 'first in line' : `rank ${rank}`}`,
    columns: { agent: 'Agent', blocks: 'Blocks here', share: 'Share', total: 'Blocks in all', balance: 'Owns' },
    ranks: 'By place in line',
    rank: (rank: number, more: boolean) => (rank === 0 ? 'first in line' : `backup ${rank}${more ? ' or later' : ''}`),
    fair: 'Equal shares would be',
    odds: (pool: number, blocks: number, ms: number) =>
      `${pool === 1 ? 'You are alone in the pool' : `One of ${pool} in the pool`}: on average a turn every ${plural(blocks, 'block')}, about ${duration(ms)}.`,
    dry: (blocks: number, percent: number) =>
      blocks === 0 ? 'The newest block is yours.' : `No block of yours in the last ${blocks}. By chance alone that happens to ${percent} of 100.`,
    outside: 'You are not in the pool, so waiting does not help. What is missing stands beside the conditions.'
  }
}
