/**
 * What agents do to each other in a simulated room, beside transfers: memes, reactions, alliances and their end, praise, disputes, judgements, polls. Chosen from what the
 * agent's own node knows, as a person at its page would, so that most of it is valid where it is said; by the time that a block takes it some of it is not, as in life.
 */
import { compareBytes, equalBytes, utf8 } from '../core/bytes'
import { encode } from '../core/codec'
import type { Schema } from '../core/codec'
import {
  ALLIANCE_ACTIVE,
  ALLIANCE_OFFERED,
  AlliancePayload,
  AllianceReferencePayload,
  ClashEvidence,
  ConflictOpinionPayload,
  ConflictPayload,
  CustomPayload,
  MemePayload,
  PollAction,
  ProfilePayload,
  ReactPayload,
  SocialPayload
} from '../core/schema'
import type { AllianceRecord } from '../core/schema'
import { CHOICE_FIRST, CONFLICT_CLASH, conflictAt } from '../core/state/conflicts'
import { recentMemes } from '../core/state/memes'
import { poll, POLL_ANSWER, POLL_ASK } from '../core/state/poll'
import {
  TX_ALLIANCE,
  TX_ALLIANCE_BREAK,
  TX_ALLIANCE_SIGN,
  TX_CONFLICT,
  TX_CONFLICT_OPINION,
  TX_CUSTOM,
  TX_MEME,
  TX_PROFILE,
  TX_REACT,
  TX_SOCIAL
} from '../core/state/transactions'
import type { WorldState } from '../core/state/worldState'
import type { Intent } from '../node/messages'
import type { Random } from './random'

const WORDS = ['cat', 'quorum', 'seven', 'fork', 'tea', 'late', 'again', 'moon', 'vote', 'nobody', 'slot', 'dog'] as const
/** Blocks for which simulated alliances last: short, so that runs see them end. */
const SHORT = 6
const LONG = 40
/** Alliances, memes and conflicts that an agent looks at before it decides. */
const LOOKED_AT = 16

export function compose<P>(transaction: number, schema: Schema<P>, payload: P): Intent {
  return { kind: 'compose', transaction, payload: encode(schema, payload) }
}

/** @param self public key. @returns null when there was nothing to do of the kind that chance has picked */
export function socialIntent(random: Random, state: WorldState, self: Uint8Array): Intent | null {
  const others = state
    .agents()
    .map(({ publicKey }) => publicKey)
    .filter(key => !equalBytes(key, self))
  if (others.length === 0) return null
  switch (random.below(10)) {
    case 0:
    case 1:
      return publish(random, state, others)
    case 2:
    case 3:
      return reaction(random, state, self)
    case 4:
      return offer(random, self, others)
    case 5:
    case 6:
      return signOrBreak(random, state, self)
    case 7:
      return compose(
        TX_SOCIAL,
        SocialPayload,
        random.chance(300) ? { to: random.pick(others), kind: 3, amount: 500n } : { to: random.pick(others), kind: 1 + random.below(2), amount: 0n }
      )
    case 8:
      return judgeOrDispute(random, state, self)
    default:
      return askOrTell(random)
  }
}

export function publish(random: Random, state: WorldState, others: readonly Uint8Array[]): Intent {
  const text = Array.from({ length: random.between(3, 12) }, () => random.pick(WORDS)).join(' ')
  const [newest] = recentMemes(state)
  const references = newest !== undefined && random.chance(400) ? [newest.id] : []
  return compose(TX_MEME, MemePayload, {
    format: 1 + random.below(4),
    recipe: utf8(text),
    caption: utf8(random.pick(WORDS)),
    tags: [utf8(random.pick(WORDS))],
    references,
    targets: random.chance(500) ? [random.pick(others)] : []
  })
}

function reaction(random: Random, state: WorldState, self: Uint8Array): Intent | null {
  const memes = [...recentMemes(state)].slice(0, LOOKED_AT).filter(({ creator }) => !equalBytes(creator, self))
  return memes.length === 0 ? null : compose(TX_REACT, ReactPayload, { meme: random.pick(memes).id, reaction: 1 + random.below(3) })
}

function offer(random: Random, self: Uint8Array, others: readonly Uint8Array[]): Intent {
  const partner = random.pick(others)
  const third = random.pick(others)
  const members = [self, partner, ...(equalBytes(partner, third) || random.chance(500) ? [] : [third])].sort(compareBytes)
  const terms = {
    durationBlocks: random.chance(500) ? SHORT : LONG,
    supportVote: random.below(2),
    exclusive: random.below(2),
    memeBoost: random.below(201),
    rewardShare: random.below(501),
    breakPenalty: random.below(501)
  }
  return compose(TX_ALLIANCE, AlliancePayload, { purpose: 1 + random.below(4), label: new Uint8Array(32), members, terms })
}

/** Alliances and offers that name this agent, the newest first. */
export function ownAlliances(state: WorldState, self: Uint8Array): AllianceRecord[] {
  const { alliances } = state.view.social
  const found: AllianceRecord[] = []
  for (let place = alliances.length - 1; place >= 0 && found.length < LOOKED_AT; place--) {
    const record = alliances.getReadonly(place).toValue()
    if (record.offer.members.some(member => equalBytes(member, self))) found.push(record)
  }
  return found
}

function signOrBreak(random: Random, state: WorldState, self: Uint8Array): Intent | null {
  const own = ownAlliances(state, self)
  const signed = state.agent(self)?.alliances ?? []
  const open = own.filter(({ status, id }) => status === ALLIANCE_OFFERED && !signed.some(other => equalBytes(other, id)))
  if (open.length > 0) return compose(random.chance(900) ? TX_ALLIANCE_SIGN : TX_ALLIANCE_BREAK, AllianceReferencePayload, { alliance: random.pick(open).id })
  const active = own.filter(({ status }) => status === ALLIANCE_ACTIVE)
  return active.length > 0 && random.chance(200) ? compose(TX_ALLIANCE_BREAK, AllianceReferencePayload, { alliance: random.pick(active).id }) : null
}

function judgeOrDispute(random: Random, state: WorldState, self: Uint8Array): Intent | null {
  const open = state.view.social.conflicts
    .getAllReadonly()
    .map((_, place) => conflictAt(state, place))
    .filter(({ outcome, subject }) => outcome === 0 && !equalBytes(subject, self))
  if (open.length > 0) return compose(TX_CONFLICT_OPINION, ConflictOpinionPayload, { conflict: random.pick(open).id, choice: CHOICE_FIRST + random.below(3) })
  const exclusive = ownAlliances(state, self).filter(({ status, offer: { terms } }) => status === ALLIANCE_ACTIVE && terms.exclusive === 1)
  if (exclusive.length < 2) return null
  const [first, second] = exclusive
    .slice(0, 2)
    .map(({ id }) => id)
    .sort(compareBytes) as [Uint8Array, Uint8Array]
  return compose(TX_CONFLICT, ConflictPayload, { kind: CONFLICT_CLASH, evidence: encode(ClashEvidence, { member: self, first, second }) })
}

function askOrTell(random: Random): Intent {
  if (random.chance(300)) return compose(TX_PROFILE, ProfilePayload, { status: 1, personality: 1 + random.below(9), traitsHash: new Uint8Array(32) })
  const nothing = new Uint8Array(0)
  const action = random.chance(300)
    ? { step: POLL_ASK, question: utf8(`${random.pick(WORDS)}?`), options: [utf8('yes'), utf8('no')], option: 0 }
    : { step: POLL_ANSWER, question: nothing, options: [], option: random.below(2) }
  return compose(TX_CUSTOM, CustomPayload, { kind: poll.number, action: encode(PollAction, action) })
}
