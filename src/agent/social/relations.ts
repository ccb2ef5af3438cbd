/** How an agent treats the others (P025, P072, P081, P082, D-06): whom it supports or opposes, whose offers it takes, and which alliances it leaves. Pure. */
import { ACCEPT_ABOVE, compatibility, PROPOSE_ABOVE } from '../allies'
import type { ProducerConfig, RelationshipStrategy } from '../config/config'
import type { Person, SeenAlliance, SocialMoment } from './view'

/** Trust below which the reciprocal answer in kind. */
const SLIGHTED = -100
/** Trust below which they leave an alliance. */
const BETRAYED = -250

export interface Gesture {
  readonly to: string
  readonly what: 'support' | 'oppose'
}

const byKey = (moment: SocialMoment, key: string): Person | null => moment.people.find(({ publicKey }) => publicKey === key) ?? null

function most(people: readonly Person[], worth: (person: Person) => number): Person | null {
  return people.reduce<Person | null>((found, person) => (found === null || worth(person) > worth(found) ? person : found), null)
}

const allies = ({ alliances }: SocialMoment): Set<string> => new Set(alliances.filter(({ state }) => state === 'active').flatMap(({ others }) => others))

/** One small word per turn to speak; null: nothing to say to anybody. @param turn counts this agent's gestures, so that nobody hears it twice in a row */
export function gestureOf(strategy: RelationshipStrategy, moment: SocialMoment, turn: number): Gesture | null {
  const { people } = moment
  const friends = people.filter(({ publicKey }) => allies(moment).has(publicKey))
  const inTurn = (list: readonly Person[]): Person | null => list[turn % Math.max(1, list.length)] ?? null
  const say = (to: Person | null, what: Gesture['what']): Gesture | null => (to === null ? null : { to: to.publicKey, what })
  switch (strategy) {
    case 'reciprocal': {
      const enemy = most(people, ({ trustsMe }) => -trustsMe)
      if (enemy !== null && enemy.trustsMe < SLIGHTED) return say(enemy, 'oppose')
      const friend = most(people, ({ trustsMe, trusted }) => trustsMe - trusted)
      return friend !== null && friend.trustsMe > friend.trusted ? say(friend, 'support') : null
    }
    case 'cooperative':
      return say(inTurn(people), 'support')
    case 'opportunistic':
      return say(
        most(people, ({ influence }) => influence),
        'support'
      )
    case 'loyal':
      return say(inTurn(friends), 'support')
    case 'rival':
      return say(
        most(people, ({ influence }) => influence),
        'oppose'
      )
    case 'hermit':
      return null
  }
}

/** What compatibility an agent of this strategy wants before it signs, milli; Infinity: never. */
function acceptsAbove(strategy: RelationshipStrategy): number {
  return {
    reciprocal: ACCEPT_ABOVE,
    cooperative: ACCEPT_ABOVE - 200,
    opportunistic: ACCEPT_ABOVE,
    loyal: ACCEPT_ABOVE,
    rival: PROPOSE_ABOVE,
    hermit: Infinity
  }[strategy]
}

/** P072. @returns false: it declines. An opportunist takes whoever is weightier than itself. */
export function accepts({ social }: ProducerConfig, moment: SocialMoment, { proposer }: SeenAlliance): boolean {
  const other = byKey(moment, proposer)
  if (!social.allianceFormation || other === null) return false
  if (social.relationshipStrategy === 'opportunistic' && other.influence > moment.influence) return true
  return compatibility(moment.personality, other.personality) > acceptsAbove(social.relationshipStrategy) && other.influence >= social.influenceThreshold
}

/** An alliance that an agent of this strategy has had enough of. The loyal and the cooperative keep theirs to the end. */
export function leaves(strategy: RelationshipStrategy, moment: SocialMoment): SeenAlliance | null {
  const active = moment.alliances.filter(({ state }) => state === 'active')
  const any = (bad: (person: Person) => boolean) =>
    active.find(({ others }) => others.some(key => byKey(moment, key) !== null && bad(byKey(moment, key)!))) ?? null
  switch (strategy) {
    case 'reciprocal':
      return any(({ trustsMe }) => trustsMe < BETRAYED)
    case 'opportunistic':
      return any(({ influence }) => 2 * influence < moment.influence)
    default:
      return null
  }
}
