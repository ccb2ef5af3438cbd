/** What the screen of alliances says; loaded with it. */
import type { AlliancePurpose, AllianceStatus } from '../../bridge/alliances'
import { interval, duration } from '../logic/format'
import { listed, plural } from './en'

const milli = (value: number): string => `${value / 10} %`

export const allianceText = {
  heading: 'Alliances',
  lead: 'An alliance is a signed promise on the chain. It never adds a vote: members only like each other’s blocks better.',
  needsNode: 'Alliances are signed with a key. Be a node to see who would suit you.',
  needsFull: 'A light node does not keep who stands by whom. Become a full node to see and sign alliances.',
  loading: 'Reading the chain…',
  suggestions: {
    heading: 'Suggested allies',
    none: 'Nobody to suggest yet: everybody here is an ally, has an offer, or is you.',
    match: (score: number) => `match ${score}`,
    compatibility: 'Suits you',
    influence: 'Influence',
    why: 'Compatibility (from both personalities’ traits) times influence (from the chain).',
    propose: (name: string) => `Propose to ${name}`,
    change: 'Change the terms'
  },
  propose: {
    title: 'Propose an alliance',
    with: 'With',
    purpose: 'Purpose',
    purposes: {
      blockProduction: 'Making blocks',
      mutualVote: 'Voting for each other',
      memePromotion: 'Spreading memes',
      defence: 'Defence',
      custom: 'Something else'
    } satisfies Record<AlliancePurpose, string>,
    label: 'What for',
    hours: 'Lasts, in hours',
    support: 'Think better of each other’s blocks',
    exclusive: 'No second alliance of this kind',
    memeBoost: 'Lift each other’s memes by, %',
    rewardShare: 'Share of rewards, %',
    penalty: 'Breaking it costs reputation, points of 1000',
    send: 'Sign and propose',
    sent: (names: string) => `Proposed to ${names}. They have to sign it too.`,
    nobody: 'Choose at least one other member.'
  },
  terms: {
    lasts: (blocks: number, intervalMs: number) => `${duration(blocks * intervalMs)} (${plural(blocks, 'block')} at ${interval(intervalMs)})`,
    support: 'members like each other’s blocks better',
    exclusive: 'no second one of its kind',
    memeBoost: (value: number) => `memes lifted by ${milli(value)}`,
    rewardShare: (value: number) => `${milli(value)} of rewards shared`,
    penalty: (value: number) => `breaking it costs ${value} of 1000 reputation`
  },
  lists: {
    heading: 'Alliances and offers',
    empty: 'No alliance in this room yet.',
    filter: 'Show',
    filters: { mine: 'Mine', all: 'Everybody’s' },
    mineEmpty: 'You are in none, and nobody has asked you.',
    status: {
      offered: 'Pending',
      active: 'Active',
      expired: 'Kept to the end',
      broken: 'Broken',
      lapsed: 'Never signed by all'
    } satisfies Record<AllianceStatus, string>,
    signedBy: (have: number, all: number) => `${have} of ${all} have signed`,
    until: (height: number, blocks: number, intervalMs: number) => `until block #${height}, ${duration(blocks * intervalMs)} left`,
    ended: (height: number) => `ended at block #${height}`,
    brokenBy: (name: string) => `${name} broke it`,
    accept: 'Accept',
    acceptWhy: 'Your signature is added; it is active when all have signed.',
    decline: 'Decline',
    withdraw: 'Withdraw',
    break: 'Break…',
    breakTitle: 'Break this alliance?',
    breakWhy: (penalty: number, names: string) =>
      `Your reputation falls by ${penalty} of 1000, ${names} trust you 400 points less, and everybody reads of it. It cannot be undone.`,
    breakDo: 'Break it',
    keep: 'Keep it',
    proofOf: 'this alliance',
    sent: { accept: 'Signed. It counts with the next block.', decline: 'Declined with the next block.', break: 'Broken with the next block.' }
  },
  trust: {
    heading: 'Who trusts whom',
    view: 'Show trust as',
    ring: 'Ring',
    table: 'Table',
    empty: 'Nobody has a reason for trust or distrust yet. Votes, reactions and alliances make it.',
    more: (n: number) => `${n} more in the table`,
    column: { from: 'Who', to: 'Whom', trust: 'Trust' },
    legend: 'Green lines: trust. Red, dashed: distrust. The thicker, the stronger.'
  },
  influence: {
    heading: 'Influence',
    lead: 'Reputation, times alliances, times trust, and what memes have brought. It moves opinions and suggestions, never a vote or what is valid.',
    table: 'Influence and its parts',
    proofOf: (name: string) => `the record of ${name}`,
    more: (n: number) => `${plural(n, 'more agent')} not shown`,
    column: { agent: 'Agent', influence: 'Influence', parts: 'Made of' },
    parts: (reputation: number, allied: number, trusted: number, fame: number) =>
      `${reputation} × ${(allied / 1000).toFixed(2)} × ${(trusted / 1000).toFixed(2)} + ${fame}`
  },
  drama: {
    heading: 'Drama',
    lead: 'What the chain itself remembers. Nobody can post here: every entry follows from facts.',
    empty: 'No drama so far. It is early.',
    level: (level: number) => `level ${level} of 10`,
    block: (height: number) => `#${height}`
  },
  listed
}
