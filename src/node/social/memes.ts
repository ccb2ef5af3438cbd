/** Memes as people see them: the record that the state keeps, and the content out of the block that published it. */
import type { MemeContentView, MemeInspection, MemeView, ReactionName } from '../../bridge/memes'
import { equalBytes, fromUtf8, toHex } from '../../core/bytes'
import { decode } from '../../core/codec'
import { MAX_MEMES, MAX_RECIPE_BYTES } from '../../core/limits'
import { MemePayload } from '../../core/schema'
import type { AgentRecord, MemeRecord, Transaction } from '../../core/schema'
import { influenceAt, memeAt, memeId, memePlace, REACTIONS, recentMemes, scoreMeme } from '../../core/state/memes'
import { TX_MEME } from '../../core/state/transactions'
import { trustIn } from '../../core/state/trust'
import type { WorldState } from '../../core/state/worldState'
import { reactionTo } from '../../agent/taste'
import type { NodeCore } from '../nodeCore'
import { nameOf } from '../views'
import { personalityOfRecord } from './personality'

/** Memes of one page. */
const MEME_PAGE = 24
/** Memes that are looked through for those that refer to one. */
const REFERRERS_SOUGHT = 512
const REFERRERS_SHOWN = 16

/** What only the block knows. */
export interface PublishedMeme {
  content: MemeContentView | null
  caption: string
}

/** The transaction that published it. */
export function publicationOf(transactions: readonly Transaction[], id: Uint8Array): MemePayload | null {
  for (const { kind, payload } of transactions) {
    const decoded = kind === TX_MEME ? decode(MemePayload, payload) : null
    if (decoded?.ok && equalBytes(memeId(decoded.value.format, decoded.value.recipe), id)) return decoded.value
  }
  return null
}

export function stateOf(core: NodeCore): WorldState {
  return core.head().state ?? core.tree.final.state!
}

/** @param before number above which nothing is wanted; null: from the newest on */
export function memesBelow(state: WorldState, before: number | null): { records: MemeRecord[]; total: number; next: number | null } {
  const { count: total, records } = state.view.memes
  const from = Math.min(before ?? total, total)
  const least = Math.max(0, total - records.length)
  const page: MemeRecord[] = []
  for (let number = from - 1; number >= least && page.length < MEME_PAGE; number--) page.push(memeAt(state, number % MAX_MEMES))
  const last = from - page.length
  return { records: page, total, next: last > least ? last : null }
}

function referrersOf(state: WorldState, id: Uint8Array): string[] {
  const found: string[] = []
  let looked = 0
  for (const record of recentMemes(state)) {
    if (looked++ >= REFERRERS_SOUGHT || found.length >= REFERRERS_SHOWN) break
    if (record.references.some(reference => equalBytes(reference, id))) found.push(toHex(record.id))
  }
  return found
}

export function memeView(core: NodeCore, record: MemeRecord, published: PublishedMeme): MemeView {
  const state = stateOf(core)
  const { creativity, relevance, virality, quality } = record
  const { influence, virality: nowViral, reactions } = influenceAt(state, record.number % MAX_MEMES)
  const me = state.place(core.publicKey)
  const counts: Record<ReactionName, number> = { love: 0, like: 0, neutral: 0, dislike: 0 }
  let mine: ReactionName | null = null
  for (const { agent, kind } of reactions) {
    const name = nameOfReaction(kind)
    if (name === null) continue
    counts[name]++
    if (agent === me) mine = name
  }
  const own = equalBytes(record.creator, core.publicKey)
  return {
    id: toHex(record.id),
    number: record.number,
    creator: toHex(record.creator),
    creatorName: nameOf(core, record.creator),
    mine: own,
    height: record.height,
    final: record.height <= core.tree.final.height,
    ...published,
    tags: record.tags.map(tag => fromUtf8(tag) ?? ''),
    references: record.references.map(toHex),
    referredBy: referrersOf(state, record.id),
    quality: { creativity, relevance, virality, quality },
    influence,
    virality: nowViral,
    reactions: counts,
    myReaction: mine,
    suggestion: own || me === null ? null : suggestionFor(state, state.agentAt(me), me, record)
  }
}

/** Those that a person gives; a reference is one, too, and is shown as such. */
function nameOfReaction(kind: number): ReactionName | null {
  const name = REACTIONS.find(({ number }) => number === kind)?.name
  return name === undefined || name === 'reference' ? null : name
}

function suggestionFor(state: WorldState, viewer: AgentRecord, place: number, { creator, quality, relevance }: MemeRecord): MemeView['suggestion'] {
  const personality = personalityOfRecord(viewer)
  const maker = state.place(creator)
  const trust = maker === null ? 0 : trustIn(state, place, maker, state.height)
  return { personality: personality.type, reaction: reactionTo(personality, { quality, relevance, trust }) }
}

/** D-03: the very functions that a block is executed with, on the newest state. */
export function inspect(core: NodeCore, payload: MemePayload): MemeInspection {
  const state = stateOf(core)
  const id = memeId(payload.format, payload.recipe)
  return {
    id: toHex(id),
    sizeBytes: payload.recipe.length,
    maxBytes: MAX_RECIPE_BYTES,
    quality: scoreMeme(state, payload, state.height + 1),
    published: memePlace(state, id) !== null
  }
}
