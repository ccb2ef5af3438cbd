/** What is said about conflicts between agents; loaded with the screens that show them. */
import type { ConflictChoice, ConflictKind, ConflictStrategy, ConflictView } from '../../bridge/conflicts'
import { duration } from '../logic/format'
import { plural } from './en'

const choices: Record<ConflictKind, Record<ConflictChoice, string>> = {
  divergent: { keepFirst: 'The first stands', keepSecond: 'The second stands', void: 'Let it be' },
  inconsistent: { keepFirst: 'The word stands', keepSecond: 'The proof stands', void: 'Let it be' },
  clash: { keepFirst: 'Keep the first', keepSecond: 'Keep the second', void: 'Leave both' }
}

function consequence({ kind, subject: { name }, stake }: Pick<ConflictView, 'kind' | 'subject' | 'stake'>, choice: ConflictChoice): string {
  if (choice === 'void') return 'Nothing changes.'
  if (kind === 'clash') return `The ${choice === 'keepFirst' ? 'second' : 'first'} alliance ends, as broken by ${name}, at the price in its terms.`
  if (kind === 'inconsistent' && choice === 'keepFirst') return 'Nothing changes.'
  return `${name} loses ${stake ?? 0} of 1000 reputation.`
}

/** Which of the rule's two conditions decides: a third of the validators' number has spoken, and one side has more than half of the weight. */
function reason({ kind, opinions, tally, validators, voicesNeeded, standing }: ConflictView): string {
  if (tally === null || validators === null || voicesNeeded === null)
    return 'The state in which the voices were weighed is no longer here. The record on the chain has the outcome.'
  const cast = tally.keepFirst + tally.keepSecond + tally.void
  if (opinions.length < voicesNeeded)
    return `${plural(opinions.length, 'voice')} of at least ${voicesNeeded}: a third of ${plural(validators, 'validator')} has to speak, or nothing is decided.`
  const most = Math.max(tally.keepFirst, tally.keepSecond, tally.void)
  if (2 * most <= cast) return `No side has more than half of the weight (${most} of ${cast}), so nothing is decided.`
  return `“${choices[kind][standing]}” has ${tally[standing]} of ${cast}, more than half, and ${plural(opinions.length, 'voice')} of at least ${voicesNeeded} spoke.`
}

export const conflictText = {
  heading: 'Conflicts',
  lead: 'Who says two things can be brought before the room. For 16 blocks everybody else may say what they think; then the chain counts.',
  empty: 'No conflict in this room. That is the usual state of things.',
  never: 'What opinions can never touch',
  neverText:
    'final blocks, balances and signatures. A double spend is refused by the rules, not by a vote, and nothing that is final comes back. Opinions move reputation, and which of two clashing alliances stands.',
  open: 'Open',
  closed: 'Decided',
  kind: {
    divergent: 'Two transactions with one number',
    inconsistent: 'A false word about itself',
    clash: 'Two alliances that exclude each other'
  } satisfies Record<ConflictKind, string>,
  about: 'About',
  openedBy: 'Brought by',
  evidence: 'Evidence',
  evidenceIn: (height: number) => `in block #${height}`,
  first: 'First',
  second: 'Second',
  disputed: {
    divergent: ['transaction', 'transaction'],
    inconsistent: ['what it signed', 'what the state had'],
    clash: ['alliance', 'alliance']
  } satisfies Record<ConflictKind, [string, string]>,
  strategy: {
    majority: ['every voice counts one', 'Majority: each agent’s voice weighs 1.'],
    personality: ['weighed by reason', 'Personality: a voice weighs 500 and half of what its agent’s personality has of reason.'],
    social: ['weighed by influence', 'Influence: a voice weighs its agent’s influence, but never more than three times the median of those who spoke.']
  } satisfies Record<ConflictStrategy, [string, string]>,
  decides: 'Decided by',
  left: (blocks: number, intervalMs: number, closesAt: number) =>
    blocks === 0
      ? `closed; decided with block #${closesAt}`
      : `${plural(blocks, 'block')} left, about ${duration(blocks * intervalMs)}; decided with block #${closesAt}`,
  decidedAt: (height: number) => `decided with block #${height}`,
  window: 'Window',
  choices,
  consequence,
  opinions: 'Opinions so far',
  opinionsOf: 'Opinions',
  noOpinions: 'Nobody has said anything yet.',
  column: { agent: 'Agent', choice: 'Says', weight: 'Weight' },
  weight: (weight: number | null, uncapped: number | null) =>
    weight === null ? '–' : uncapped === null ? `${weight}` : `${weight} (capped; ${uncapped} by influence)`,
  tally: 'Weight',
  now: 'If it closed now',
  outcome: 'Outcome',
  reason,
  judge: 'What do you think?',
  judgeNote: 'Your opinion is signed and counts once. It cannot be taken back.',
  say: 'Say it',
  sent: 'Your opinion is on its way into a block.',
  may: {
    subject: 'It is about you, and nobody judges oneself.',
    said: 'You have said what you think.',
    closed: 'The window is closed.',
    stranger: 'You are not registered yet. That takes a block or two.'
  },
  proofOf: 'this conflict',
  proofOfAgent: (name: string) => `the record of ${name}`,
  proofOfAlliance: 'this alliance',
  disputable: 'What could be disputed',
  disputableNote: 'Facts that this node has seen and nobody has brought before the room.',
  disputableClash: (name: string, first: string, second: string) => `${first} and ${second}: two alliances that exclude each other, and ${name} is in both.`,
  disputableDivergent: (name: string, height: number) => `${name} has signed two different transactions with one number; one of them is in block #${height}.`,
  clashHere: (name: string) => `${name} is in another one that this excludes.`,
  dispute: 'Dispute…',
  disputeOf: (name: string) => `Dispute: ${name}`,
  title: 'Bring it before the room?',
  explain:
    'The evidence goes into a block with your signature. For 16 blocks everybody but the one it is about may say what they think, then the chain counts. It costs no fee.',
  ifUpheld: {
    divergent: (name: string) => `If a side is upheld, ${name} loses reputation. Whichever transaction is final stays final.`,
    inconsistent: (name: string) => `If the proof is upheld, ${name} loses reputation.`,
    clash: (name: string) => `The alliance that is not upheld ends, as broken by ${name}.`
  } satisfies Record<ConflictKind, (name: string) => string>,
  bring: 'Bring it before the room',
  brought: 'The evidence is on its way into a block.',
  other: 'Bring other evidence…',
  otherTitle: 'Bring other evidence',
  otherKind: 'What it is',
  otherKinds: { divergent: 'Two transactions', claim: 'A signed word' },
  firstHex: 'First transaction, hex',
  secondHex: 'Second transaction, hex',
  claimHex: 'Signed word about its own record, hex',
  claimNote:
    'Agent, height, root of the record, signature. This node adds what the record was at that height, with the proof, as long as it still has that state.'
}
