/**
 * What an agent does to the others because of what it is: nine personalities in one room (P061–P072, D-01, D-02, D-06). The same pure functions decide here that suggest and react in a tab;
 * chance only picks what an agent turns to, in proportion to its traits.
 */
import { ACCEPT_ABOVE, compatibility, PROPOSE_ABOVE, suggestAllies } from '../agent/allies'
import type { Candidate } from '../agent/allies'
import { reactionTo } from '../agent/taste'
import { compareBytes, equalBytes, hexOf } from '../core/bytes'
import { AGENT_ACTIVE, ALLIANCE_ACTIVE, ALLIANCE_OFFERED, AlliancePayload, AllianceReferencePayload, ReactPayload, SocialPayload } from '../core/schema'
import type { AgentRecord } from '../core/schema'
import { influenceAt, memePlace, REACTIONS, recentMemes } from '../core/state/memes'
import { TX_ALLIANCE, TX_ALLIANCE_BREAK, TX_ALLIANCE_SIGN, TX_REACT, TX_SOCIAL } from '../core/state/transactions'
import { influenceOf, trustIn } from '../core/state/trust'
import type { WorldState } from '../core/state/worldState'
import type { Personality } from '../core/taste/personalities'
import type { Intent } from '../node/messages'
import type { Random } from './random'
import { compose, ownAlliances, publish } from './socialLoad'

/** Memes that an agent looks at before it reacts. */
const MEMES_SEEN = 8
/** Chance in 1000 that one who loves drama and is tired of an alliance breaks it. */
const FICKLE_MILLI = 150
/** What the greedy pay for trust, thousandths. */
const OFFER = 500n
/** Kinds of SocialPayload. */
const [SUPPORT, OPPOSE, PAY] = [1, 2, 3]

/** By public key; null: nobody's that one knows. */
export type PersonalityOf = (publicKey: Uint8Array) => Personality | null

interface Self {
  readonly random: Random
  readonly state: WorldState
  readonly place: number
  readonly record: AgentRecord
  readonly personality: Personality
  readonly personalityOf: PersonalityOf
}

/** @param self public key. @returns null when it has nothing to do of the kind that it turned to */
export function personalIntent(random: Random, state: WorldState, self: Uint8Array, personalityOf: PersonalityOf): Intent | null {
  const place = state.place(self)
  const personality = personalityOf(self)
  if (place === null || personality === null) return null
  const me: Self = { random, state, place, record: state.agentAt(place), personality, personalityOf }
  const { meme, alliance, drama } = me.personality.traits
  const answered = answer(me)
  if (answered !== null) return answered
  const turn = random.below(meme + alliance + drama + 300)
  if (turn < meme) return random.chance(500) ? publish(random, state, others(me)) : reaction(me)
  if (turn < meme + alliance) return proposal(me) ?? word(me)
  if (turn < meme + alliance + drama) return scene(me)
  return reaction(me)
}

const others = ({ state, record }: Self): Uint8Array[] =>
  state.agents().flatMap(({ publicKey, status }) => (status === AGENT_ACTIVE && !equalBytes(publicKey, record.publicKey) ? [publicKey] : []))

/** P072: an offer is taken from whom it suits with, and declined else. */
function answer({ random, state, record, personality, personalityOf }: Self): Intent | null {
  const open = ownAlliances(state, record.publicKey).filter(
    ({ status, id }) => status === ALLIANCE_OFFERED && !record.alliances.some(signed => equalBytes(signed, id))
  )
  if (open.length === 0) return null
  const { id, offer } = random.pick(open)
  const other = personalityOf(offer.proposer)
  const suits = other !== null && compatibility(personality, other) > ACCEPT_ABOVE
  return compose(suits ? TX_ALLIANCE_SIGN : TX_ALLIANCE_BREAK, AllianceReferencePayload, { alliance: id })
}

/** P062–P068: on the terms that are made for the very one. */
function proposal(self: Self): Intent | null {
  const { state, record, personality, personalityOf } = self
  const own = ownAlliances(state, record.publicKey).filter(({ status }) => status === ALLIANCE_OFFERED || status === ALLIANCE_ACTIVE)
  const candidates = others(self).flatMap((key): Candidate[] => {
    const theirs = personalityOf(key)
    const taken = own.some(({ offer }) => offer.members.some(member => equalBytes(member, key)))
    return theirs === null ? [] : [{ publicKey: hexOf(key), personality: theirs, influence: influenceOf(state, state.place(key)!, state.height), taken }]
  })
  const [best] = suggestAllies(personality, candidates, state.config.blockIntervalMs)
  if (best === undefined || best.compatibility <= PROPOSE_ABOVE) return null
  const partner = others(self).find(key => hexOf(key) === best.candidate.publicKey)!
  const { supportVote, exclusive, ...numbers } = best.terms
  const terms = { ...numbers, supportVote: supportVote ? 1 : 0, exclusive: exclusive ? 1 : 0 }
  return compose(TX_ALLIANCE, AlliancePayload, { purpose: 1, label: new Uint8Array(32), members: [record.publicKey, partner].sort(compareBytes), terms })
}

/** D-03: to the newest meme that it has said nothing about. */
function reaction({ state, place, record, personality }: Self): Intent | null {
  let seen = 0
  for (const meme of recentMemes(state)) {
    if (seen++ >= MEMES_SEEN) return null
    const at = memePlace(state, meme.id)
    if (equalBytes(meme.creator, record.publicKey) || at === null || influenceAt(state, at).reactions.some(({ agent }) => agent === place)) continue
    const trust = trustIn(state, place, state.place(meme.creator)!, state.height)
    const name = reactionTo(personality, { quality: meme.quality, relevance: meme.relevance, trust })
    return compose(TX_REACT, ReactPayload, { meme: meme.id, reaction: REACTIONS.find(row => row.name === name)!.number })
  }
  return null
}

/** Praise for an ally. */
function word({ random, state, record }: Self): Intent | null {
  const allies = ownAlliances(state, record.publicKey)
    .filter(({ status }) => status === ALLIANCE_ACTIVE)
    .flatMap(({ offer }) => offer.members.filter(member => !equalBytes(member, record.publicKey)))
  return allies.length === 0 ? null : compose(TX_SOCIAL, SocialPayload, { to: random.pick(allies), kind: SUPPORT, amount: 0n })
}

/** The fickle break what they have signed, the greedy pay for trust, the rest speak against the most influential. */
function scene(self: Self): Intent | null {
  const { random, state, record, personality } = self
  const active = ownAlliances(state, record.publicKey).filter(({ status }) => status === ALLIANCE_ACTIVE)
  if (active.length > 0 && personality.traits.drama > 500 && random.chance(FICKLE_MILLI))
    return compose(TX_ALLIANCE_BREAK, AllianceReferencePayload, { alliance: random.pick(active).id })
  const everybody = others(self)
  if (everybody.length === 0) return null
  if (personality.type === 'greedy') return compose(TX_SOCIAL, SocialPayload, { to: random.pick(everybody), kind: PAY, amount: OFFER })
  const influence = (key: Uint8Array): number => influenceOf(state, state.place(key)!, state.height)
  const first = everybody.reduce((most, key) => (influence(key) > influence(most) ? key : most))
  return compose(TX_SOCIAL, SocialPayload, { to: first, kind: OPPOSE, amount: 0n })
}
