/** Memes: what one is worth by its bytes and the state before it (D-03), and what others make of it. No number of an author's own enters (F-20). */
import { concat, equalBytes, utf8 } from '../bytes'
import { taggedHash } from '../crypto/hash'
import { MAX_MEMES, MAX_REACTIONS, MAX_SKETCHES } from '../limits'
import { assert } from '../result'
import { MemeInfluence, MemeRecord } from '../schema'
import type { MemePayload } from '../schema'
import { recentDrama, dramaName, recordDrama } from './drama'
import { linkAt, placeOf, unlink } from './orderedList'
import type { OrderedList } from './orderedList'
import { overlap, sketchOf } from './sketch'
import { activeAlliances, adjustTrust, fameAfter, TRUST_OF } from './trust'
import type { StateEdit, StateReader, StateView } from './worldState'

/** D-04. `points` are what the form alone adds to virality, milli. A remix names its parent as its first reference. */
export const MEME_FORMATS = [
  { number: 1, name: 'text', points: 300 },
  { number: 2, name: 'ascii', points: 400 },
  { number: 3, name: 'template', points: 500 },
  { number: 4, name: 'drawing', points: 600 },
  { number: 5, name: 'remix', points: 500 }
] as const
export const FORMAT_REMIX = 5

/** `sentiment` −1000 … 1000; `trust` is what the creator's word is worth more to who reacts. A reference is a reaction, too: its author thought of the meme. */
export const REACTIONS = [
  { number: 1, name: 'love', sentiment: 1000, trust: TRUST_OF.love },
  { number: 2, name: 'like', sentiment: 500, trust: TRUST_OF.like },
  { number: 3, name: 'dislike', sentiment: -700, trust: TRUST_OF.dislike },
  { number: 4, name: 'reference', sentiment: 300, trust: TRUST_OF.like },
  // Seen, and left alone: the meme spreads by it, nobody's trust moves.
  { number: 5, name: 'neutral', sentiment: 0, trust: 0 }
] as const
export const REACTION_REFERENCE = 4
const REACTION_DISLIKE = 3

/** Blocks that count as recent for tags, referrers and reactions. */
const RECENT_BLOCKS = 32
/** Points per referrer or reaction that is recent, and per tag that others use. */
const PER_REACTION = 200
const PER_TAG = 250
/** From so many reactions on a meme has all the impact that its quality allows: quality/5. */
const FULL_IMPACT_REACTIONS = 8
/** An eighth of a fifth. */
const IMPACT_PART = 40
/** Friends and foes from which a meme is a war. */
const WAR_SIDE = 3

/** D-04: the same content is the same meme, whoever publishes it with whatever caption. */
export function memeId(format: number, recipe: Uint8Array): Uint8Array {
  return taggedHash('meme', concat(Uint8Array.of(format), recipe))
}

function memeOrder({ memes }: StateView): OrderedList {
  const { records } = memes
  return {
    get length() {
      return records.length
    },
    get first() {
      return memes.first
    },
    set first(pointer) {
      memes.first = pointer
    },
    keyAt: place => records.getReadonly(place).toValue().id,
    nextAt: place => records.getReadonly(place).next,
    setNext: (place, next) => records.set(place, MemeRecord.toViewDU({ ...records.getReadonly(place).toValue(), next }))
  }
}

/** Where a meme stands; null if it was never published, or so long ago that its record has given way. */
export function memePlace(state: StateReader, id: Uint8Array): number | null {
  return placeOf(memeOrder(state.view), state.index.memes, id)
}

export function memeAt(state: StateReader, place: number): MemeRecord {
  return state.view.memes.records.getReadonly(place).toValue()
}

export function influenceAt(state: StateReader, place: number): MemeInfluence {
  return state.view.social.memeInfluence.getReadonly(place).toValue()
}

/** The newest memes, the newest first. */
export function* recentMemes(state: StateReader): Iterable<MemeRecord> {
  const { count, records } = state.view.memes
  for (let number = count - 1; number >= 0 && count - number <= records.length; number--) yield records.getReadonly(number % MAX_MEMES).toValue()
}

/** Tags that are in the air: of recent memes, and what recent dramas are called. */
function recentTags(state: StateReader, height: number): Uint8Array[] {
  const tags: Uint8Array[] = []
  let looked = 0
  for (const meme of recentMemes(state)) {
    if (meme.height + RECENT_BLOCKS < height || looked++ >= MAX_SKETCHES) break
    tags.push(...meme.tags)
  }
  for (const event of recentDrama(state)) {
    if (event.height + RECENT_BLOCKS < height) break
    tags.push(utf8(dramaName(event.kind)))
  }
  return tags
}

function viralityOf(format: number, reactions: number): number {
  const points = MEME_FORMATS.find(({ number }) => number === format)?.points ?? 0
  return Math.min(1000, PER_REACTION * reactions + points)
}

export type Score = Pick<MemeRecord, 'creativity' | 'relevance' | 'virality' | 'quality'>

/** D-03, the part that every node agrees about. */
export function scoreMeme(state: StateReader, payload: Pick<MemePayload, 'format' | 'recipe' | 'tags'>, height: number): Score {
  const sketch = sketchOf(payload.recipe)
  const { sketches } = state.view.memes
  let most = 0
  for (let place = 0; place < sketches.length; place++) most = Math.max(most, overlap(sketch, sketches.getReadonly(place)))
  const air = recentTags(state, height)
  const relevance = Math.min(1000, PER_TAG * payload.tags.filter(tag => air.some(other => equalBytes(other, tag))).length)
  const creativity = 1000 - most
  const virality = viralityOf(payload.format, 0)
  return { creativity, relevance, virality, quality: Math.floor((300 * creativity + 400 * relevance + 300 * virality) / 1000) }
}

/** T022: the meme gets its record, its creator its fame, and the memes that it refers to a reaction. */
export function publishMeme(edit: StateEdit, creator: Uint8Array, payload: MemePayload, height: number): void {
  const { memes, social } = edit.view
  const { records, sketches } = memes
  const id = memeId(payload.format, payload.recipe)
  const score = scoreMeme(edit, payload, height)
  const number = memes.count++
  const place = number % MAX_MEMES
  const order = memeOrder(edit.view)
  if (place < records.length) {
    unlink(order, edit.index.memes, place)
    edit.index.memes.forget(memeAt(edit, place).id, place)
  }
  const next = linkAt(order, edit.index.memes, id, place)
  const { format, tags, references, targets } = payload
  const record = MemeRecord.toViewDU({ id, number, creator, height, format, size: payload.recipe.length, tags, references, targets, ...score, next })
  const influence = MemeInfluence.toViewDU({ meme: id, influence: 0, virality: score.virality, at: height, reactions: [] })
  if (place < records.length) {
    records.set(place, record)
    social.memeInfluence.set(place, influence)
  } else {
    records.push(record)
    social.memeInfluence.push(influence)
  }
  const sketch = sketches.type.elementType.toViewDU(sketchOf(payload.recipe))
  if (number % MAX_SKETCHES < sketches.length) sketches.set(number % MAX_SKETCHES, sketch)
  else sketches.push(sketch)
  const agent = edit.agent(creator)
  assert(agent !== null, 'a creator is registered')
  const boost = activeAlliances(edit, agent).reduce((most, { offer }) => Math.max(most, offer.terms.memeBoost), 0)
  edit.update(creator, fameAfter(agent, score.quality, boost, height))
  for (const reference of references) refer(edit, creator, reference, height)
}

/** Who refers to a meme of somebody else has reacted to it, unless it has already or the meme has all the reactions that count. */
function refer(edit: StateEdit, creator: Uint8Array, reference: Uint8Array, height: number): void {
  const place = memePlace(edit, reference)
  const author = edit.place(creator)
  assert(author !== null, 'a creator is registered')
  if (place === null || equalBytes(memeAt(edit, place).creator, creator)) return
  const { reactions } = influenceAt(edit, place)
  if (reactions.length < MAX_REACTIONS && !reactions.some(({ agent }) => agent === author)) react(edit, creator, place, REACTION_REFERENCE, height)
}

/**
 * T031–T034: a reaction counts by its meme's quality and by how many have come so far, and reaches whom the meme was meant for.
 * @param place of the meme
 */
export function react(edit: StateEdit, reactor: Uint8Array, place: number, kind: number, height: number): void {
  const meme = memeAt(edit, place)
  const row = REACTIONS.find(({ number }) => number === kind)
  const from = edit.place(reactor)
  const creator = edit.place(meme.creator)
  assert(row !== undefined && from !== null && creator !== null, 'checked')
  const record = edit.view.social.memeInfluence.get(place)
  record.reactions.push(record.reactions.type.elementType.toViewDU({ agent: from, kind, height }))
  const all = influenceAfter(edit, place)
  const impact = impactOf(meme.quality, all.length)
  record.influence = Math.min(0xffff_ffff, record.influence + impact)
  record.virality = viralityOf(meme.format, all.filter(other => other.height + RECENT_BLOCKS >= height).length)
  record.at = height
  adjustTrust(edit, from, creator, row.trust, height)
  const ripple = Math.trunc((impact * row.sentiment) / 1000)
  for (const target of meme.targets) {
    const affected = edit.place(target)
    if (affected !== null && affected !== from) adjustTrust(edit, affected, creator, ripple, height)
  }
  const against = all.filter(other => other.kind === REACTION_DISLIKE).length
  const side = kind === REACTION_DISLIKE ? against : all.length - against
  if (side === WAR_SIDE && Math.min(against, all.length - against) === WAR_SIDE) recordDrama(edit, 'memeWar', height, [meme.creator, reactor], [meme.id])
}

function influenceAfter(edit: StateEdit, place: number): MemeInfluence['reactions'] {
  return edit.view.social.memeInfluence
    .getReadonly(place)
    .reactions.getAllReadonly()
    .map(reaction => reaction.toValue())
}

/** F-20: what the n-th reaction to a meme of this quality moves, 0 … 200. */
export function impactOf(quality: number, reactions: number): number {
  return Math.floor((quality * Math.min(reactions, FULL_IMPACT_REACTIONS)) / IMPACT_PART)
}
