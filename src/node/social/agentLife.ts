/** The social life of the agent that a person runs (P052–P082): what it sees is read from the newest state, what it wants goes the way of a person's wishes. */
import { SocialCycle } from '../../agent/social/cycle'
import type { SocialLife } from '../../agent/social/life'
import { WINDOW } from '../../agent/social/effectiveness'
import type { Chance, Person, SeenAlliance, SeenMeme, SocialMoment } from '../../agent/social/view'
import type { TransactionIntent } from '../../bridge/api'
import type { MemeDraft } from '../../bridge/memes'
import { equalBytes, fromUtf8, hexOf, toHex, utf8 } from '../../core/bytes'
import type { BlockEntry } from '../../core/chain/blockTree'
import { taggedHash } from '../../core/crypto/hash'
import { MAX_MEMES } from '../../core/limits'
import { nameFromBytes } from '../../core/names'
import { AGENT_ACTIVE, ALLIANCE_ACTIVE, ALLIANCE_OFFERED, VERDICT_APPROVE } from '../../core/schema'
import type { AgentRecord, AllianceRecord } from '../../core/schema'
import { dramaName, recentDrama } from '../../core/state/drama'
import { influenceAt, REACTIONS, recentMemes } from '../../core/state/memes'
import { incomingTrust, influenceOf, trustIn } from '../../core/state/trust'
import { TX_MEME } from '../../core/state/transactions'
import type { WorldState } from '../../core/state/worldState'
import type { NodeCore } from '../nodeCore'
import { payloadOfDraft } from './content'
import { inspect } from './memes'
import { personalityOfRecord } from './personality'
import { alliancesNaming } from './socialView'

/** Others that an agent looks at: two classes, those that were active last. */
const PEOPLE_SEEN = 64
/** Newest memes that it looks at. */
const MEMES_SEEN = 48

export class AgentLife {
  readonly cycle = new SocialCycle()
  #height = -1

  constructor(readonly core: NodeCore) {}

  /**
   * Call whenever something happened; it acts once per height, and not before the node has caught up.
   * @param silent it looks and measures, and somebody else decides
   */
  step(silent = false): TransactionIntent[] {
    const { core } = this
    const head = core.head()
    if (head.height === this.#height || head.state === null || core.syncTarget > head.height + 1) return []
    this.#height = head.height
    const own = head.state.agent(core.publicKey)
    if (own?.status !== AGENT_ACTIVE) return []
    const moment = momentOf(core, head, head.state, own)
    const chance: Chance = (label, below) => {
      const digest = taggedHash('agent', core.publicKey, head.hashBytes, utf8(label))
      return new DataView(digest.buffer, digest.byteOffset).getUint32(0, true) % below
    }
    return this.cycle.step(core.production.config, moment, chance, draft => qualityOf(core, draft), silent)
  }

  life(): SocialLife {
    return this.cycle.life(this.core.production.config)
  }
}

/** P058: by the very rule that every node applies. Null: it cannot be published, or is on the chain already. */
export function qualityOf(core: NodeCore, draft: MemeDraft): number | null {
  const payload = payloadOfDraft(draft)
  if (!payload.ok) return null
  const { quality, published } = inspect(core, payload.value)
  return published ? null : quality.quality
}

/** What there is to see on this block. */
export function momentOf(core: NodeCore, head: BlockEntry, state: WorldState, own: AgentRecord): SocialMoment {
  const { height } = state
  const me = state.place(core.publicKey)!
  const incoming = new Map(incomingTrust(state, me, height).map(({ from, trust }) => [from, trust]))
  const trusts = [...incoming.values()]
  const memes = memesOf(core, state, me)
  return {
    height,
    blockIntervalMs: state.config.blockIntervalMs,
    self: toHex(core.publicKey),
    personality: core.production.personality ?? personalityOfRecord(own),
    influence: influenceOf(state, me, height),
    meanTrust: trusts.length === 0 ? 0 : Math.trunc(trusts.reduce((sum, trust) => sum + trust, 0) / trusts.length),
    hasTurn: core.hasTurn(),
    memeWaits: core.memeAttached || core.mempool.of(core.publicKey).some(({ kind }) => kind === TX_MEME),
    people: peopleOf(core, head, state, me, incoming),
    alliances: alliancesOf(core, state),
    memes,
    air: [...memes.flatMap(({ tags, height: at }) => (at + WINDOW >= height ? tags : [])), ...recentDramas(state)]
  }
}

function peopleOf(core: NodeCore, head: BlockEntry, state: WorldState, me: number, incoming: ReadonlyMap<number, number>): Person[] {
  const opinions = opinionsOnOwn(core, head)
  const weights = core.rounds.setAt(core.rounds.round)?.weights
  return state
    .agents()
    .flatMap((record, place) => (record.status === AGENT_ACTIVE && place !== me ? [{ record, place }] : []))
    .sort((a, b) => b.record.lastActivity - a.record.lastActivity || a.place - b.place)
    .slice(0, PEOPLE_SEEN)
    .map(({ record, place }): Person => {
      const publicKey = toHex(record.publicKey)
      return {
        publicKey,
        name: nameFromBytes(record.name) ?? '',
        personality: personalityOfRecord(record),
        influence: influenceOf(state, place, state.height),
        trustsMe: incoming.get(place) ?? 0,
        trusted: trustIn(state, me, place, state.height),
        validator: weights?.has(publicKey) ?? false,
        ...(opinions.get(publicKey) ?? { approvals: 0, rejections: 0 })
      }
    })
    .sort((a, b) => (a.publicKey < b.publicKey ? -1 : 1))
}

/** P055: what each judge said of this agent's blocks among the last WINDOW. */
function opinionsOnOwn(core: NodeCore, head: BlockEntry): Map<string, { approvals: number; rejections: number }> {
  const found = new Map<string, { approvals: number; rejections: number }>()
  let looked = 0
  for (let entry: BlockEntry | undefined = head; entry !== undefined && looked < WINDOW; entry = core.tree.get(entry.parent)) {
    looked++
    if (!equalBytes(entry.header.proposer, core.publicKey)) continue
    for (const { agent, verdict } of core.opinions.of(entry.height, entry.hash)) {
      const key = hexOf(agent)
      const known = found.get(key) ?? { approvals: 0, rejections: 0 }
      found.set(key, verdict === VERDICT_APPROVE ? { ...known, approvals: known.approvals + 1 } : { ...known, rejections: known.rejections + 1 })
    }
  }
  return found
}

function alliancesOf(core: NodeCore, state: WorldState): SeenAlliance[] {
  const mine = (record: AllianceRecord): SeenAlliance['state'] | null => {
    if (record.status === ALLIANCE_ACTIVE) return 'active'
    if (record.status !== ALLIANCE_OFFERED) return null
    const me = record.offer.members.findIndex(member => equalBytes(member, core.publicKey))
    return (record.signed & (1 << me)) === 0 ? 'offered-to-me' : 'offered-by-me'
  }
  return alliancesNaming(core.publicKey, state).flatMap(record => {
    const how = mine(record)
    const { members, proposer } = record.offer
    const others = members.filter(member => !equalBytes(member, core.publicKey)).map(toHex)
    return how === null ? [] : [{ id: toHex(record.id), others, proposer: toHex(proposer), state: how }]
  })
}

function memesOf(core: NodeCore, state: WorldState, me: number): SeenMeme[] {
  const seen: SeenMeme[] = []
  for (const record of recentMemes(state)) {
    if (seen.length >= MEMES_SEEN) break
    const { reactions } = influenceAt(state, record.number % MAX_MEMES)
    const count = (name: string): number => reactions.filter(({ kind }) => REACTIONS.find(({ number }) => number === kind)?.name === name).length
    seen.push({
      id: toHex(record.id),
      creator: toHex(record.creator),
      mine: equalBytes(record.creator, core.publicKey),
      height: record.height,
      quality: record.quality,
      relevance: record.relevance,
      tags: record.tags.map(tag => fromUtf8(tag) ?? ''),
      reactions: { love: count('love'), like: count('like'), neutral: count('neutral'), dislike: count('dislike') },
      answered: reactions.some(({ agent }) => agent === me)
    })
  }
  return seen
}

function recentDramas(state: WorldState): string[] {
  const names: string[] = []
  for (const { kind, height } of recentDrama(state)) {
    if (height + WINDOW < state.height) break
    names.push(dramaName(kind))
  }
  return names
}
