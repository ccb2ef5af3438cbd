/** What the Learn screen says; loaded with it. The sentences about each message come with the catalogue, which is made from the code. */
import type { CatalogueGroup } from '../../bridge/catalogue'
import type { Status } from '../../bridge/views'
import { percent } from '../logic/agentRun'
import { interval } from '../logic/format'
import { amountText } from '../logic/amount'
import type { RoomNumbers } from '../logic/roomNumbers'
import { plural } from './en'

const MEMBERSHIP: Record<Status['room']['membership'], string> = {
  open: 'Whoever registers counts one. An attacker needs a third of the registrations, which are free.',
  invited: 'Those on the list count one. An attacker needs a third of the list.',
  stake: 'A vote weighs as its owner’s deposit. An attacker needs a third of that, and loses it when convicted.',
  space: 'A vote weighs as its owner’s registered disk space. An attacker needs a third of that.'
}

const votes = (n: number) => plural(n, 'vote')
const amount = (thousandths: string) => `${amountText(thousandths)} ${thousandths === '1000' ? 'unit' : 'units'}`

function payoutText(payout: RoomNumbers['payout']): string {
  if (payout === null) return 'told by a full node'
  const { amount: milli, recipients, feesToMakerMilli } = payout
  return `${amount(milli)} to ${recipients === 1 ? 'one agent' : plural(recipients, 'member')}, and ${percent(feesToMakerMilli)} of its fees to its maker`
}

/** What a chapter tells: sentences, and figures of the room on the screen with their names. */
export interface Chapter {
  id: string
  heading: string
  text: readonly string[]
  /** The sentences are steps. */
  steps?: true
  figures?: (room: RoomNumbers) => readonly [name: string, value: string][]
  /** Where it can be seen. */
  links: readonly [text: string, href: string][]
}

export const CHAPTERS: readonly Chapter[] = [
  {
    id: 'agents',
    heading: 'Agents',
    text: [
      'An agent is a key with a name. Whoever has the key is the agent; this tab keeps one for you.',
      'It decides three things: which transactions go into its own blocks, which of its turns it uses, and what it likes about the blocks of others. A personality, a file of settings or a script may decide that for it.',
      'It never decides what is valid. An agent that likes everything still cannot make a wrong block count.'
    ],
    figures: room => [['Known here', plural(room.agents, 'agent')]],
    links: [
      ['Your agent', '#/agent'],
      ['Your key', '#/node']
    ]
  },
  {
    id: 'roles',
    heading: 'Producers and validators',
    text: [
      'A producer makes a block when its turn comes. Whose turn it is, a family of rules decides: a lottery that nobody can cheat, being level with the others, disk space, or taking turns.',
      'A validator votes for blocks that it has executed itself. Both are usually the same agents, but a block needs only one producer and more than two thirds of the validators.',
      'Who validates is fixed some blocks ahead and lasts for an epoch, so nobody can step in just to change a vote that is under way.'
    ],
    figures: room => [
      ['Validators of the next block', String(room.quorum.validators)],
      ['Set for', `${plural(room.terms.epochLength, 'block')}, decided ${plural(room.terms.lookahead, 'epoch')} ahead`],
      ['A newcomer votes', `at most ${plural(room.votesWithin, 'block')} after it was registered`],
      [
        'All vote from',
        room.terms.minCommittee > 1 ? `${plural(room.terms.minCommittee, 'member')} on; below that the senior one votes alone` : 'the first member on'
      ]
    ],
    links: [
      ['Whose turn it is', '#/miner'],
      ['Your way to a vote', '#/']
    ]
  },
  {
    id: 'flow',
    steps: true,
    heading: 'The life of a block',
    text: [
      'Made. One interval after the block before it, the producers in line choose transactions, run them, and sign a header with the result.',
      'Announced. The proposal goes from peer to peer, together with the certificate of the block that it builds on.',
      'Notarised. Each validator runs it and votes for the best block that has come in time. With more than two thirds of the votes it has a certificate, and the next round begins.',
      'Final. Validators that have voted for no other block of this height say so. With more than two thirds of these words no other block of the height can ever get there: nothing moves it any more.'
    ],
    figures: room => [
      ['A block every', interval(room.intervalMs)],
      ['Patience with one producer', room.slotMs === null ? 'told while a round is played' : interval(room.slotMs)],
      ['A quorum is', `${room.quorum.needed} of ${votes(room.quorum.weight)}`],
      ['Heard from just now', votes(room.quorum.present)]
    ],
    links: [
      ['The newest blocks', '#/chain'],
      ['Prove the newest final block', '#/proof/head']
    ]
  },
  {
    id: 'security',
    heading: 'What a liar can do',
    text: [
      'As long as fewer than a third of the votes lie, two different blocks of one height cannot both become final: their quorums would share an honest validator, and that one does not vote for both.',
      'A liar can be silent, be late, withhold its own block, or say that it dislikes everything. That costs time.',
      'It can sign two blocks for one place, or votes that exclude each other. That is proof against itself: whoever sees both sends it in, and the liar loses its seat, its deposit and half of its balance.',
      'It cannot spend what is not its own, change a block without changing its name, or move what is final. If more than a third are gone, nothing is decided until they come back.'
    ],
    figures: room => [
      ['Liars that do no harm here', `fewer than a third: ${room.tolerated} of ${votes(room.quorum.weight)}`],
      ['What an attack would take', MEMBERSHIP[room.membership]]
    ],
    links: [
      ['Check a proof yourself', '#/proof'],
      ['Cut yourself off and see', '#/']
    ]
  },
  {
    id: 'economics',
    heading: 'Money, deposits, influence',
    text: [
      'Units are play money and there is a fixed number of them. A newcomer gets some from the treasury. A block pays out of it, too: to its maker or to all members by their deposits, as the family says. Fees go to its maker, as far as the family does not keep a part for the treasury.',
      'Whoever sends a transaction may add a fee. Producers that want fees take such a transaction sooner; without one it is taken when there is room.',
      'A deposit is what an agent can lose. It comes back 256 blocks after it has left. In rooms by stake it is also what a vote weighs.',
      'Memes, allies and trust make up an agent’s influence. It decides whom others like to ally with. It adds no weight to any vote and makes nothing valid.'
    ],
    figures: room => [
      ['A newcomer gets', amount(room.terms.registrationGrant)],
      ['The next block pays', payoutText(room.payout)],
      ['A turn let pass costs', `${amount(room.terms.missedSlotPenalty)}, where the family counts turns`]
    ],
    links: [
      ['Your balance and deposit', '#/node'],
      ['Influence and its parts', '#/alliances'],
      ['Make a meme', '#/memes']
    ]
  }
]

/** Rules that do not hold, as docs/ASWRITTEN.md names them: a test knows whether the simulator has them. */
export const FAILURES: readonly (readonly [id: string, text: string])[] = [
  ['received-votes-only', 'Count two thirds of the votes that arrived, not of all that there are'],
  ['votes-not-persisted', 'Forget after a crash what one has voted for'],
  ['lowest-block-hash', 'Let the lowest block hash win'],
  ['veto-for-ever', 'Let a taste veto a valid block for ever']
]

export const learnText = {
  heading: 'Learn',
  pages: 'Pages',
  concepts: 'How it works',
  messages: 'All messages',
  guide: 'Your first agent, step by step',
  figures: 'In numbers',
  see: 'See it',
  intro: 'Five short chapters. The numbers beside them are not examples: they are those of what you are looking at.',
  of: {
    live: (name: string, family: string) => `Numbers of the room “${name}”, family ${family}, as of now.`,
    simulation: (family: string) => `Numbers of the simulation on the first screen, family ${family}. Join a room, and they are that room’s.`,
    none: 'No room is open and the simulation does not run, so there are no numbers. The words hold all the same.'
  },
  failures: {
    heading: 'Rules that do not hold',
    intro:
      'Each of these sounds right and was written down by somebody. The simulator plays it and the sound rule on the same seed, in this browser; it takes some seconds.',
    run: 'Play it',
    running: 'Playing both…',
    written: 'As written',
    sound: 'Sound rule',
    rule: 'What was written',
    instead: 'What holds',
    figure: 'Figure',
    outcome: (written: boolean, sound: boolean) =>
      `It ${written ? 'failed' : 'did not fail'} as written, and ${sound ? 'failed' : 'did not fail'} with the sound rule.`
  },
  catalogue: {
    intro: (messages: number, protocol: number) =>
      `${messages} kinds of messages, transactions, blocks and state, as this program encodes them (protocol ${protocol}). Made from the code’s own schemas; a test holds it there.`,
    find: 'Find',
    findHint: 'a name, a field, a rule',
    none: 'Nothing has that in its name, fields or rules.',
    all: 'All messages',
    unknown: (name: string) => `There is no “${name}” in the catalogue. It may be of another version.`,
    number: (n: number) => `number ${n}`,
    topic: (topic: string) => `topic ${topic}`,
    bytes: (min: number, max: number) => (min === max ? plural(min, 'byte') : `${min.toLocaleString('en-US')} to ${max.toLocaleString('en-US')} bytes`),
    cap: (cap: number) => `at most ${cap.toLocaleString('en-US')} are read`,
    who: 'Who, and when',
    where: 'Where',
    serves: 'Serves',
    fields: 'Fields',
    column: { field: 'Field', type: 'Type', bytes: 'Bytes' },
    noBytes: 'It has no bytes.',
    example: 'A real one, byte by byte',
    exampleSize: (size: number) => `${plural(size, 'byte')}. Point at a stretch to see which field it is; the table below says the same.`,
    span: { at: 'At', field: 'Field', value: 'Says', bytes: 'Bytes' },
    offset: (at: number) => `begins at byte ${at}`,
    empty: 'nothing',
    more: (n: number) => `${n} more stretches follow.`,
    longer: (n: number) => `and ${n.toLocaleString('en-US')} more`,
    note: 'Numbers are little-endian. A field of variable length leaves an offset of four bytes in its place and stands behind the others.',
    groups: {
      gossip: 'Gossip, from peer to peer',
      requests: 'Requests to one peer',
      replies: 'Replies',
      transactions: 'Transactions, by payload',
      blocks: 'Blocks and their network',
      proofs: 'Proofs',
      evidence: 'Inside payloads',
      state: 'The state'
    } satisfies Record<CatalogueGroup, string>
  }
}
