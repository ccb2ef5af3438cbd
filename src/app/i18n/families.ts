/**
 * How each family of block production, and each of its modes, is told in English. The page knows no rules: names of families and modes arrive as data, and
 * one that is not here is told in the general words of `ANY_FAMILY`.
 */

/** Whose block it was, in the words of a sentence: a name, or `You`. */
type Who = (name: string, mine: boolean) => string
const subject: Who = (name, mine) => (mine ? 'You' : name)
const whose: Who = (name, mine) => (mine ? 'Your' : `${name}’s`)

/** Everything that the page says differently from family to family. */
export interface FamilyText {
  name: string
  /** One sentence: how it comes about whose block it is. */
  rule: string
  /** Follows "Five nodes." */
  question: string
  /** Above and below the countdown: before the round, and once it runs. */
  clock: readonly [before: string, running: string]
  /** @param time such as `0:07` */
  emptyIn: (time: string) => string
  noBlockYet: string
  /** What a newcomer waits for. */
  willPropose: string
  /** Heading of the column with what the order was decided by. */
  ticket: string
  /** Why the order is as it is, for the dialog behind "Why?". */
  why: string
  /** Instead of a line in which nobody stands yet. */
  emptyLine: string
  /** @param tickets the two that decided, cut where they differ; null where the values do not say it */
  first: (name: string, mine: boolean, tickets: readonly [string, string] | null) => string
  only: (name: string, mine: boolean) => string
  /** @param skipped those before the winner, as words */
  fallback: (name: string, mine: boolean, skipped: string) => string
  /** Whether a place in line means anything to whoever did not win. */
  places: boolean
}

/** A family, or a mode, says what it has to say; the rest is said in general. */
export type FamilyWords = Partial<FamilyText> & {
  /** In a family of claims: what is different as long as nobody can claim anything, and a draw decides. */
  drawn?: Partial<FamilyText>
  /** By name of the mode; `mode` is what a person calls it. */
  modes?: Record<string, Partial<FamilyText> & { mode: string }>
}

export const ANY_FAMILY: Omit<FamilyText, 'name'> = {
  rule: 'The rules put everybody in line, and the best place with a block in time wins.',
  question: 'Which block wins?',
  clock: ['Next block in', 'Next block'],
  emptyIn: time => `No blocks yet; the first is due in ${time}.`,
  noBlockYet: 'The first block is not here yet.',
  willPropose: 'At its next turn this node makes its first block.',
  ticket: 'Ticket',
  why: 'The rules of the family put everybody in line, and the best place with a block in time wins.',
  emptyLine: 'Nobody is in line yet.',
  first: (name, mine, tickets) => `${mine ? 'You were' : `${name} was`} first in line${tickets === null ? '.' : `: ${tickets[0]} < ${tickets[1]}`}`,
  only: (name, mine) => (mine ? 'You were the only one in line.' : `${name} was the only one in line.`),
  fallback: (name, mine, skipped) => `${subject(name, mine)} won from behind: ${skipped}, earlier in line, sent no block in time.`,
  places: true
}

const LEADER: Partial<FamilyText> = {
  first: (name, mine) => `The draw made ${mine ? 'you' : name} the leader, and the leader’s block came in time.`,
  fallback: (name, mine, skipped) => `${subject(name, mine)} stepped in: ${skipped}, earlier in line, sent no block in time.`
}

export const FAMILIES: Record<string, FamilyWords> = {
  chaos: {
    name: 'Chaos',
    rule: 'Producers take turns in an order that nobody can choose; whoever misses a turn is passed over.',
    question: 'One line. Whose turn is it?',
    clock: ['Next turn in', 'Turns run'],
    emptyIn: time => `No blocks yet; the first turn comes in ${time}.`,
    noBlockYet: 'The first turn has not come yet.',
    ticket: 'Place on the circle',
    why: 'The producers stand on a circle, in an order drawn anew once all have had their turn. The one whose turn it is has the first slot; then the next one on the circle may speak. The draw is fixed two blocks earlier, so nobody can pick a better place.',
    first: (name, mine) => `It was ${mine ? 'your' : `${name}’s`} turn, and the block came in time.`,
    only: (name, mine) => (mine ? 'You were the only producer.' : `${name} was the only producer.`),
    fallback: (name, mine, skipped) => `${subject(name, mine)} stepped in: ${skipped} let the turn pass.`,
    modes: { rotation: { mode: 'rotation' } }
  },
  midnight: {
    name: 'Midnight',
    rule: 'Everybody makes a block at once when the clock strikes; the lowest ticket wins.',
    question: 'One midnight. Which block wins?',
    clock: ['Midnight in', 'Midnight'],
    emptyIn: time => `No blocks yet; midnight in ${time}.`,
    noBlockYet: 'The first midnight has not struck yet.',
    willPropose: 'At the next midnight this node makes its first block.',
    why: 'Each node draws a ticket: the hash of the round’s seed and its own key. The smallest ticket is first in line. The seed is fixed two blocks earlier, so nobody can pick a better ticket by changing a block.',
    modes: {
      lowestHash: { mode: 'lowest ticket' },
      vrf: {
        mode: 'leader first',
        rule: 'Everybody makes a block at once; a draw names a leader whose block goes first, then the lowest tickets follow.',
        why: 'A draw over the members, fixed before anybody could know the seed, names a leader. The leader’s block goes first; behind it the others stand in the order of their tickets. All make their blocks at once.',
        ...LEADER
      },
      firstToQuorum: {
        mode: 'first to quorum',
        rule: 'Everybody makes a block at once; the one that reaches enough voters first wins.',
        why: 'Each voter goes by the order in which blocks reach it: it votes for the first at once, for the next ones slot by slot. The place in line plays no part, fast nodes win more often, and blocks take longer to become final.',
        first: (name, mine) => `${whose(name, mine)} block was the first to reach enough voters.`,
        fallback: (name, mine) => `${whose(name, mine)} block was the first to reach enough voters.`,
        places: false
      },
      leader: {
        mode: 'leader alone',
        rule: 'A draw names one leader; the others make a block only if the leader stays silent.',
        why: 'A draw over the members, fixed before anybody could know the seed, names a leader. It alone speaks at first; slot by slot the others may follow, in the order of their tickets.',
        ...LEADER
      }
    }
  },
  spacetime: {
    name: 'Spacetime',
    rule: 'Everybody searches the disk space they set aside; the proof closest to the challenge goes first.',
    question: 'One challenge. Whose proof is closest?',
    clock: ['Challenge ends in', 'Proofs arrive'],
    emptyIn: time => `No blocks yet; the first challenge ends in ${time}.`,
    noBlockYet: 'The first challenge is still open.',
    willPropose: 'This node makes its first block once a proof out of its own disk space is good enough.',
    why: 'Whoever has disk space registered looks through it for the leaf closest to the challenge. The closer it is, the earlier its owner may speak. Nobody knows the order beforehand: it shows as proofs arrive.',
    emptyLine: 'No proof has arrived yet: here nobody knows the order beforehand.',
    first: (name, mine) => `${whose(name, mine)} proof came closest to the challenge.`,
    only: (name, mine) => `${whose(name, mine)} proof was the only one in time.`,
    fallback: (name, mine, skipped) => `${whose(name, mine)} block came in time; a closer proof of ${skipped} did not.`,
    modes: { proofOfSpace: { mode: 'proof of space' } },
    drawn: {
      why: 'No disk space counts here yet, so there is nothing to prove. Until then tickets decide: the hash of the round’s seed and each node’s own key, the smallest first.',
      first: ANY_FAMILY.first,
      only: ANY_FAMILY.only,
      fallback: ANY_FAMILY.fallback
    }
  },
  vision: {
    name: 'Vision',
    rule: 'One winner is drawn, with backups; each has a short slot to speak, then the next one takes over.',
    question: 'One winner and its backups. Who speaks in time?',
    clock: ['First slot in', 'Slots run'],
    emptyIn: time => `No blocks yet; the first slot begins in ${time}.`,
    noBlockYet: 'The first slot has not begun yet.',
    willPropose: 'In its next slot this node makes its first block.',
    ticket: 'Draw',
    why: 'The round’s seed draws a winner and backups out of all members who lately proved that they are here. The winner has the first slot; whoever comes after it speaks only if those before stayed silent. When all have passed, a new rotation begins.',
    first: (name, mine) => `${mine ? 'You were' : `${name} was`} drawn as the winner and spoke in time.`,
    only: (name, mine) => (mine ? 'You were the only one drawn.' : `${name} was the only one drawn.`),
    fallback: (name, mine, skipped) => `${subject(name, mine)} stepped in as backup: ${skipped} did not speak in time.`,
    modes: {
      fixed: { mode: 'fixed slots' },
      adaptive: {
        mode: 'adaptive slots',
        rule: 'One winner is drawn, with as many backups as are needed; slots grow longer when blocks come late.'
      }
    }
  }
}
