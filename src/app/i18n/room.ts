/**
 * What is said about a room's rules and by its authority: part of the messages, but kept apart, because only screens and dialogs that are loaded later say it
 * and the first screen has a budget.
 */
import type { RoomRules } from '../../bridge/views'
import { duration, interval } from '../logic/format'
import { listed, plural } from './en'

export const roomText = {
  card: {
    heading: 'This room',
    name: 'Name',
    family: 'Family',
    pace: 'Pace',
    paceValue: (ms: number) => `a block every ${interval(ms)}`,
    membership: 'Membership',
    memberships: {
      open: ['open', 'Whoever registers counts one. An attacker would only have to register often, which one person can: for people who trust each other.'],
      invited: [
        'by invitation',
        'Whoever is on the authority’s list counts one. An attacker would have to own a third of the invited keys, or the authority’s own.'
      ],
      stake: [
        'by deposit',
        'A vote weighs as much as its deposit, once that is 16 blocks old. An attacker would have to own a third of the deposits, and loses them when caught.'
      ],
      space: ['by disk space', 'A vote weighs as much as its registered leaves, up to a cap. An attacker would have to own a third of the registered leaves.']
    } satisfies Record<RoomRules['membership'], [string, string]>,
    authority: 'Authority',
    nobody: 'nobody',
    may: 'May change the family, and go on without those who are missing when there is no quorum.',
    mayInvite: 'May invite members, change the family, and go on without those who are missing when there is no quorum.',
    nobodyMay: 'The rules stay as they are, unless a quorum of the voters changes them.',
    leak: 'Without a quorum',
    leakOff: 'stands still',
    leakOffNote: 'Nothing becomes final until enough voters are back, however long that takes.',
    leakOffAuthority: 'Nothing becomes final until enough voters are back, or the authority goes on without them.',
    leakOn: (heights: number, intervalMs: number) => `goes on after ${heights} heights, about ${duration(heights * intervalMs)}`,
    leakOnNote:
      'Then those who are here vote alone, if they hold at least a third. If the others were not gone but cut off for longer than that, and do the same, there are two chains afterwards that never become one again.',
    scheduled: (name: string, height: number, blocks: number) =>
      `Decided: ${name} from #${height} on, ${blocks > 0 ? `in ${plural(blocks, 'block')}` : 'now'}.`,
    change: 'Change the family…',
    admit: 'Invite a member…',
    reanchor: 'Go on with those who are here…'
  },
  family: {
    title: 'Change the family',
    intro:
      'Blocks, balances and members stay. The change begins with an epoch some blocks ahead, so that everybody agrees on it before anybody votes by it. Until then all goes on as it is.',
    pace: 'Seconds between blocks',
    badPace: 'The pace is a number of seconds from 0.1 to 86400, with at most three decimals.',
    same: 'These are the rules that are in force. Choose others.',
    busy: (name: string, height: number) => `A change to ${name} from #${height} on is decided already. The next one can be asked for after it.`,
    noQuorum: 'There is no quorum: the change waits until enough voters are back.',
    do: 'Change it',
    steps: { sent: 'Sent to the network', block: 'In a block', force: 'In force' },
    waiting: (blocks: number) => (blocks === 0 ? 'It waits for the next block.' : `It has been waiting for ${plural(blocks, 'block')}.`),
    late: 'It is in no block, and by now it would come too late for its epoch. Ask for it again.',
    from: (height: number, blocks: number) => (blocks > 0 ? `From #${height} on, in ${plural(blocks, 'block')}.` : `Since #${height}.`),
    again: 'Ask again'
  },
  admit: {
    title: 'Invite a member',
    intro: 'Whoever holds this key becomes a member: its node may make blocks and, some epochs later, vote. Their Node screen shows the key.',
    guest: 'Guest',
    peer: (key: string, link: string) => `Key ${key}, connected (${link})`,
    key: 'Public key',
    name: 'Name',
    badKey: 'A public key has 64 hex digits. Copy it from the guest’s Node screen.',
    known: 'This key belongs to a member already.',
    badName: 'Give the guest a name of 1 to 32 characters.',
    do: 'Invite',
    sent: (name: string) => `The invitation of ${name} is on its way into a block.`,
    done: (name: string) => `${name} is a member.`,
    another: 'Invite another'
  },
  reanchor: {
    title: 'Go on with those who are here?',
    missing: (names: string[], more: number) =>
      `${listed(names, more)} ${names.length + more === 1 ? 'is' : 'are'} missing, and without them nothing can be decided.`,
    alone: 'Nobody else is here: you would vote alone.',
    here: (names: string[], more: number) => `From now on you and ${listed(names, more)} would vote.`,
    means: [
      'The chain as you see it becomes final, signed by you as the authority of this room. Everybody is told.',
      'Whoever is missing can come back: their node follows this chain.',
      'If the missing ones have gone on without you and made other blocks final, the room is split for good: their nodes refuse this chain.'
    ],
    first: 'If they may come back soon, wait: then nothing has to be given up.',
    do: 'Go on without them',
    wait: 'Wait',
    done: 'Done. This chain counts from now on.',
    over: 'The quorum is back: there is nothing to do.'
  }
}
