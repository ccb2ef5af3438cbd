/** Alliances, trust and drama as people see them, and who would make an ally. Derived from the newest state, once for each. */
import type { AllianceStatus, AllianceView, AllySuggestion, DramaView, SocialView, TrustView } from '../../bridge/alliances'
import { equalBytes, hexOf, toHex } from '../../core/bytes'
import { MAX_ALLIANCES } from '../../core/limits'
import { nameFromBytes } from '../../core/names'
import { AGENT_ACTIVE, ALLIANCE_ACTIVE, ALLIANCE_BROKEN, ALLIANCE_EXPIRED, ALLIANCE_LAPSED, ALLIANCE_OFFERED } from '../../core/schema'
import type { AgentRecord, AllianceRecord, DramaEvent } from '../../core/schema'
import { ALLIANCE_PURPOSES } from '../../core/state/alliances'
import { dramaName, recentDrama } from '../../core/state/drama'
import { activeAlliances, influenceParts, keptRelations, trustAsOf } from '../../core/state/trust'
import type { IncomingTrust, InfluenceParts } from '../../core/state/trust'
import type { WorldState } from '../../core/state/worldState'
import type { Personality } from '../../core/taste/personalities'
import { ACCEPT_ABOVE, PROPOSE_ABOVE, suggestAllies } from '../../agent/allies'
import type { Candidate, Suggestion } from '../../agent/allies'
import type { NodeCore } from '../nodeCore'
import { nameOf } from '../views'
import { conflictViews, disputable, Weighings } from './conflictView'
import { stateOf } from './memes'
import { personalityOfRecord } from './personality'

/** Newest offers and alliances that are shown; one's own among older ones are found through one's own record. */
const ALLIANCES_SHOWN = 64
/** Agents whose relations and influence are told: two classes. */
const AGENTS_SHOWN = 64
const TRUST_SHOWN = 400
const DRAMA_SHOWN = 40

const STATUS: Record<number, AllianceStatus> = {
  [ALLIANCE_OFFERED]: 'offered',
  [ALLIANCE_ACTIVE]: 'active',
  [ALLIANCE_EXPIRED]: 'expired',
  [ALLIANCE_BROKEN]: 'broken',
  [ALLIANCE_LAPSED]: 'lapsed'
}

export class SocialBook {
  #of: WorldState | null = null
  #view: SocialView | null = null
  readonly #weighings = new Weighings()

  constructor(readonly core: NodeCore) {}

  view(): SocialView {
    const state = stateOf(this.core)
    if (this.#of !== state || this.#view === null) {
      this.#of = state
      this.#view = socialView(this.core, state, this.#weighings)
    }
    return this.#view
  }
}

/** The state after the block of this height on the way to the head, as far as it is in memory. */
export function stateAt(core: NodeCore, height: number): WorldState | null {
  const head = core.head()
  return core.tree.at(height).find(entry => entry === head || core.tree.isAncestor(entry, head))?.state ?? null
}

function socialView(core: NodeCore, state: WorldState, weighings: Weighings): SocialView {
  const { memes, social } = state.view
  const conflictSource = { state, self: core.publicKey, nameOf: (key: Uint8Array) => nameOf(core, key), stateAt: (height: number) => stateAt(core, height) }
  const people = peopleShown(core, state)
  const alliances = newestAlliances(core.publicKey, state)
  return {
    memes: { total: memes.count, version: toHex(memes.hashTreeRoot()).slice(0, 16) + toHex(social.memeInfluence.hashTreeRoot()).slice(0, 16) },
    influence: people.map(({ publicKey, parts, personality }) => ({ publicKey, personality: personality.type, ...parts })),
    suggestions: suggestionsOf(core, state, people, alliances),
    alliances: alliances.map(alliance => allianceView(core, alliance)),
    trust: trustOf(people),
    drama: dramaOf(core, state),
    conflicts: conflictViews(conflictSource, weighings),
    disputable: disputable(conflictSource, core.tree)
  }
}

interface Person {
  readonly place: number
  readonly record: AgentRecord
  /** Hex. */
  readonly publicKey: string
  readonly personality: Personality
  readonly incoming: readonly IncomingTrust[]
  readonly influence: number
  readonly parts: InfluenceParts
}

function peopleShown(core: NodeCore, state: WorldState): Person[] {
  const records = state.agents()
  return placesShown(core, state).map((place): Person => {
    const record = records[place]!
    const incoming = trustAsOf(keptRelations(state, place), state.height)
    const parts = influenceParts(record, incoming, activeAlliances(state, record).length, state.height)
    return { place, record, publicKey: hexOf(record.publicKey), personality: personalityOfRecord(record), incoming, influence: parts.influence, parts }
  })
}

/** One's own, then those that were active last. */
function placesShown(core: NodeCore, state: WorldState): number[] {
  const me = state.place(core.publicKey)
  const agents = state.agents()
  const others = agents.flatMap(({ status }, place) => (status === AGENT_ACTIVE && place !== me ? [place] : []))
  others.sort((a, b) => agents[b]!.lastActivity - agents[a]!.lastActivity || a - b)
  return [...(me === null ? [] : [me]), ...others].slice(0, AGENTS_SHOWN)
}

/** Offers and alliances that name this agent, as far as the newest go, and those that it is in. */
export function alliancesNaming(publicKey: Uint8Array, state: WorldState): AllianceRecord[] {
  return newestAlliances(publicKey, state).filter(({ offer }) => offer.members.some(member => equalBytes(member, publicKey)))
}

/** The newest first; an older one that one is in follows. */
function newestAlliances(publicKey: Uint8Array, state: WorldState): AllianceRecord[] {
  const { allianceCount, alliances } = state.view.social
  const shown: AllianceRecord[] = []
  const least = Math.max(0, allianceCount - alliances.length, allianceCount - ALLIANCES_SHOWN)
  for (let number = allianceCount - 1; number >= least; number--) shown.push(alliances.getReadonly(number % MAX_ALLIANCES).toValue())
  for (const id of state.agent(publicKey)?.alliances ?? []) {
    const own = state.alliance(id)
    if (own !== null && own.number < least) shown.push(own)
  }
  return shown
}

function allianceView(core: NodeCore, { id, status, offer, signed, offeredAt, formedAt, until, brokenBy }: AllianceRecord): AllianceView {
  const { proposer, purpose, label, members, terms } = offer
  const me = members.findIndex(member => equalBytes(member, core.publicKey))
  const hasSigned = (place: number): boolean => (signed & (1 << place)) !== 0
  return {
    id: toHex(id),
    status: STATUS[status] ?? 'lapsed',
    purpose: ALLIANCE_PURPOSES[purpose - 1] ?? 'custom',
    label: nameFromBytes(label) ?? '',
    proposer: toHex(proposer),
    members: members.map((member, place) => ({ publicKey: toHex(member), name: nameOf(core, member), signed: hasSigned(place) })),
    terms: { ...terms, supportVote: terms.supportVote === 1, exclusive: terms.exclusive === 1 },
    offeredAt,
    formedAt,
    until,
    brokenBy: brokenBy.some(byte => byte !== 0) ? toHex(brokenBy) : null,
    mine: me >= 0,
    signedByMe: me >= 0 && hasSigned(me)
  }
}

function suggestionsOf(core: NodeCore, state: WorldState, people: readonly Person[], alliances: readonly AllianceRecord[]): AllySuggestion[] {
  const own = state.agent(core.publicKey)
  if (own === null || own.status !== AGENT_ACTIVE) return []
  const self = personalityOfRecord(own)
  const open = alliances.filter(
    ({ status, offer }) => (status === ALLIANCE_ACTIVE || status === ALLIANCE_OFFERED) && offer.members.some(member => equalBytes(member, own.publicKey))
  )
  const candidates = people
    .filter(({ record }) => !equalBytes(record.publicKey, own.publicKey))
    .map(({ record, publicKey, personality, influence }): Candidate => ({
      publicKey,
      personality,
      influence,
      taken: open.some(({ offer }) => offer.members.some(member => equalBytes(member, record.publicKey)))
    }))
  return suggestAllies(self, candidates, state.config.blockIntervalMs).map(suggestion => ({
    publicKey: suggestion.candidate.publicKey,
    name: nameFromBytes(people.find(({ publicKey }) => publicKey === suggestion.candidate.publicKey)!.record.name) ?? '',
    personality: suggestion.candidate.personality.type,
    compatibility: suggestion.compatibility,
    influence: suggestion.candidate.influence,
    score: suggestion.score,
    reasons: reasonsFor(self, suggestion),
    terms: suggestion.terms
  }))
}

/** The trait in which two are nearest, what an agent would do by itself, and what is in the terms for this very one. */
function reasonsFor(self: Personality, { candidate, compatibility, terms }: Suggestion): string[] {
  const words = {
    chaos: 'a taste for chaos',
    meme: 'a love of memes',
    alliance: 'a liking for alliances',
    drama: 'a nose for drama',
    reason: 'trust in reason'
  } as const
  const names = Object.keys(words) as (keyof typeof words)[]
  const apart = (name: keyof typeof words): number => Math.abs(self.traits[name] - candidate.personality.traits[name])
  const nearest = names.reduce((best, name) => (apart(name) < apart(best) ? name : best))
  const reasons = [
    self.type === 'chaotic'
      ? `The chaotic judge by kind: ${candidate.personality.type}.`
      : `Nearest in ${words[nearest]}: you ${self.traits[nearest]}, it ${candidate.personality.traits[nearest]}.`
  ]
  if (compatibility > PROPOSE_ABOVE) reasons.push(`Above ${PROPOSE_ABOVE} your agent would propose by itself.`)
  else if (compatibility <= ACCEPT_ABOVE) reasons.push(`Unlikely: at ${ACCEPT_ABOVE} or below an agent of your kind would decline.`)
  if (terms.rewardShare > 0) reasons.push('A share of rewards is what the greedy look for.')
  else if (terms.memeBoost >= 100) reasons.push('Memes matter to it, so the terms lift them.')
  return reasons
}

/** The strongest first. */
function trustOf(people: readonly Person[]): TrustView[] {
  const keys = new Map(people.map(({ place, publicKey }) => [place, publicKey]))
  const all = people.flatMap(({ incoming, publicKey: to }) =>
    incoming.flatMap(({ from, trust }) => (keys.has(from) ? [{ from: keys.get(from)!, to, trust }] : []))
  )
  return all.sort((a, b) => Math.abs(b.trust) - Math.abs(a.trust)).slice(0, TRUST_SHOWN)
}

function dramaOf(core: NodeCore, state: WorldState): DramaView[] {
  const shown: DramaView[] = []
  let number = state.view.social.drama.count
  for (const event of recentDrama(state)) {
    number--
    if (shown.length >= DRAMA_SHOWN) break
    const { height, level, participants, refs } = event
    shown.push({
      number,
      height,
      level,
      kind: dramaName(event.kind),
      participants: participants.map(toHex),
      refs: refs.map(toHex),
      text: dramaSentence(core, event)
    })
  }
  return shown
}

function dramaSentence(core: NodeCore, { kind, participants }: DramaEvent): string {
  const names = participants.map(key => nameOf(core, key))
  const [first = 'Somebody', ...rest] = names
  const others = rest.join(', ')
  switch (dramaName(kind)) {
    case 'alliance-formed':
      return `${first} and ${others} are allies now.`
    case 'alliance-broken':
      return `${first} broke the alliance with ${others}.`
    case 'equivocation':
      return `${first} was caught saying two things at once.`
    case 'split-vote':
      return others === '' ? 'Opinions on a conflict are split.' : `Opinions are split between ${first} and ${others}.`
    case 'meme-war':
      return `A meme of ${first} divides the room.`
    case 'leader-missed':
      return `${first} let its turn pass.`
    case 'partition-healed':
      return 'What was cut in two is one again.'
    case 'bribe':
      return `${first} paid ${others} for its trust.`
    default:
      return `${first} did something of its own.`
  }
}
