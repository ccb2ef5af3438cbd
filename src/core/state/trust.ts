/** Who trusts whom, how much, and what an agent's word weighs because of it (D-14). Trust is −1000 … 1000 and fades; it moves opinions, never votes. */
import { MAX_RELATIONS_PER_AGENT } from '../limits'
import { ALLIANCE_ACTIVE, Relation, RelationList, TRUST_OFFSET } from '../schema'
import type { AgentRecord } from '../schema'
import type { MerkleNode } from '../ssz'
import type { StateReader, StateEdit, WorldState } from './worldState'

/** Blocks after which trust has faded by one step. */
const DECAY_BLOCKS = 32
/** A step takes this part of it, rounded up, so that it ends. */
const DECAY_PART = 64
/** From 1000 trust fades to nothing in so many steps; a test counts them. */
export const DECAY_STEPS = 214
/** Fainter trust than this is forgotten (F-25). */
const FAINT = 16
const MOST_TRUST = 1000
const MOST_INFLUENCE = 1000
/** What an alliance adds to the weight of a reputation, milli. */
const PER_ALLIANCE = 50
/** What the memes of one agent add at most. */
const MOST_FAME = 300
/** A meme of quality q adds q/8. */
const FAME_PART = 8
/** Fame halves in so many blocks. */
const HALF_LIFE = 32

/** What happens between two agents, and what the trust of one in the other becomes by it (D-14). */
export const TRUST_OF = {
  allianceFormed: 200,
  allianceKept: 50,
  allianceBroken: -400,
  support: 30,
  oppose: -30,
  love: 60,
  like: 30,
  dislike: -40,
  offerPaid: 200
} as const

/** −1000 … 1000. */
function clampTrust(trust: number): number {
  return Math.max(-MOST_TRUST, Math.min(MOST_TRUST, trust))
}

/** Trust that was noted at `at`, as it is at `height`. Lazily, so that no block has to touch every relation of a large network. */
export function fadedTrust(trust: number, at: number, height: number): number {
  let steps = Math.floor(height / DECAY_BLOCKS) - Math.floor(at / DECAY_BLOCKS)
  if (steps >= DECAY_STEPS) return 0
  let size = Math.abs(trust)
  for (; steps > 0 && size > 0; steps--) size -= Math.ceil(size / DECAY_PART)
  return trust < 0 && size > 0 ? -size : size
}

function currentTrust(relation: Relation, height: number): number {
  return fadedTrust(relation.trust - TRUST_OFFSET, relation.at, height)
}

function relationsOf(state: StateReader, place: number): Relation[] {
  return state.view.social.relationships
    .getReadonly(place)
    .getAllReadonly()
    .map(relation => relation.toValue())
}

/** How much the agent at place `from` trusts the one at place `to`. */
export function trustIn(state: StateReader, from: number, to: number, height: number): number {
  const relation = relationsOf(state, to).find(other => other.from === from)
  return relation === undefined ? 0 : currentTrust(relation, height)
}

/** Everybody's trust in the agent at this place, as of `height`, by the places of those who trust. */
export function incomingTrust(state: StateReader, place: number, height: number): IncomingTrust[] {
  return trustAsOf(relationsOf(state, place), height)
}

export interface IncomingTrust {
  /** Place. */
  from: number
  trust: number
}

export function trustAsOf(relations: readonly Relation[], height: number): IncomingTrust[] {
  return relations.map(relation => ({ from: relation.from, trust: currentTrust(relation, height) })).filter(({ trust }) => trust !== 0)
}

const decodedRelations = new WeakMap<MerkleNode, readonly Relation[]>()

/** Whoever has something to say of the agent at this place, decoded once for as long as nobody's trust in it changes, over any number of states. */
export function keptRelations(state: WorldState, place: number): readonly Relation[] {
  const list = state.view.social.relationships.getReadonly(place)
  let relations = decodedRelations.get(list.node)
  if (relations === undefined) decodedRelations.set(list.node, (relations = relationsOf(state, place)))
  return relations
}

/**
 * T019, T033: `from` trusts `to` by so much more or less. Faint relations are dropped; where an agent's list is full, the faintest of all gives way, and of equally faint ones that of
 * the lowest place.
 */
export function adjustTrust(edit: StateEdit, from: number, to: number, change: number, height: number): void {
  if (from === to || change === 0) return
  const list = edit.view.social.relationships.get(to)
  const known = relationsOf(edit, to)
  const place = known.findIndex(relation => relation.from >= from)
  const own = place >= 0 && known[place]!.from === from ? known[place]! : null
  const trust = clampTrust((own === null ? 0 : currentTrust(own, height)) + change)
  const relation: Relation = { from, trust: trust + TRUST_OFFSET, at: height }
  if (own !== null && Math.abs(trust) >= FAINT) {
    list.set(place, Relation.toViewDU(relation))
    return
  }
  const others = known.filter(other => other.from !== from)
  if (Math.abs(trust) < FAINT) {
    if (own !== null) write(edit, to, others)
    return
  }
  if (others.length >= MAX_RELATIONS_PER_AGENT) {
    const strength = (other: Relation): number => Math.abs(currentTrust(other, height))
    const faintest = others.reduce((least, other) => (strength(other) < strength(least) ? other : least))
    if (strength(faintest) >= Math.abs(trust)) return
    others.splice(others.indexOf(faintest), 1)
  }
  write(
    edit,
    to,
    [...others, relation].sort((a, b) => a.from - b.from)
  )
}

function write(edit: StateEdit, place: number, relations: Relation[]): void {
  edit.view.social.relationships.set(place, RelationList.toViewDU(relations))
}

/** A liar has lost the trust of everybody who knew it. */
export function losesAllTrust(edit: StateEdit, place: number, height: number): void {
  const relations = relationsOf(edit, place)
  if (relations.length > 0)
    write(
      edit,
      place,
      relations.map(({ from }) => ({ from, trust: TRUST_OFFSET - MOST_TRUST, at: height }))
    )
}

/** ⌊65536 · 2^(−i/32)⌋: what a half-life leaves after i blocks. */
const HALVES = [
  65536, 64132, 62757, 61413, 60097, 58809, 57549, 56316, 55108, 53928, 52772, 51641, 50535, 49452, 48392, 47356, 46340, 45347, 44376, 43425, 42495, 41584,
  40693, 39821, 38967, 38132, 37315, 36516, 35733, 34968, 34218, 33485
]

/** Fame that was noted at `at`, as it is at `height`. */
export function fadedFame(fame: number, at: number, height: number): number {
  const age = Math.max(0, height - at)
  const halvings = Math.floor(age / HALF_LIFE)
  return halvings > 16 ? 0 : Math.floor((fame * HALVES[age % HALF_LIFE]!) / 65536 / 2 ** halvings)
}

/** What a meme of this quality adds to its creator's fame, with the boost (milli) that an alliance gives it. */
export function fameAfter(creator: AgentRecord, quality: number, boost: number, height: number): { fame: number; fameAt: number } {
  const gain = Math.floor((quality * (1000 + boost)) / (1000 * FAME_PART))
  return { fame: Math.min(MOST_FAME, fadedFame(creator.fame, creator.fameAt, height) + gain), fameAt: height }
}

/** Alliances of this agent that are in force. */
export function activeAlliances(state: StateReader, agent: AgentRecord) {
  return agent.alliances.flatMap(id => {
    const alliance = state.alliance(id)
    return alliance?.status === ALLIANCE_ACTIVE ? [alliance] : []
  })
}

/** D-14: what an agent's word weighs among others, 0 … 1000. Reputation, times alliances, times how it is trusted, and what its memes add. */
export function influenceOf(state: StateReader, place: number, height: number): number {
  const agent = state.agentAt(place)
  return influenceParts(agent, incomingTrust(state, place, height), activeAlliances(state, agent).length, height).influence
}

/** influence = reputation · allied / 1000 · trusted / 1000 + fame, at most 1000; every part an integer. */
export interface InfluenceParts {
  influence: number
  /** 0 … 1000. */
  reputation: number
  /** 1000, and more for each alliance in force. */
  allied: number
  /** 0 … 1000; 500: nobody trusts or distrusts. */
  trusted: number
  /** What is left of what its memes have brought. */
  fame: number
}

/** D-14 from what is known already. @param alliances in force */
export function influenceParts(agent: AgentRecord, incoming: readonly IncomingTrust[], alliances: number, height: number): InfluenceParts {
  const mean = incoming.length === 0 ? 0 : Math.trunc(incoming.reduce((sum, { trust }) => sum + trust, 0) / incoming.length)
  const { reputation } = agent
  const allied = 1000 + PER_ALLIANCE * alliances
  const trusted = 500 + Math.trunc(mean / 2)
  const fame = fadedFame(agent.fame, agent.fameAt, height)
  const base = Math.floor((reputation * allied * trusted) / 1_000_000)
  return { influence: Math.min(MOST_INFLUENCE, base + fame), reputation, allied, trusted, fame }
}
