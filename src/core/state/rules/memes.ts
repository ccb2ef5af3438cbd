/** Publishing a meme, and reacting to one. */
import { equalBytes } from '../../bytes'
import { MAX_REACTIONS } from '../../limits'
import { decodeContent } from '../../memes/recipe'
import { assert } from '../../result'
import { MemePayload, ReactPayload } from '../../schema'
import { isText } from '../../text'
import { FORMAT_REMIX, influenceAt, MEME_FORMATS, memeAt, memeId, memePlace, publishMeme, react, REACTION_REFERENCE, REACTIONS } from '../memes'
import { refuse } from '../rule'
import type { PayloadOf, Rule } from '../rule'

/** D-04, in characters. */
const MAX_CAPTION = 280
const MAX_TAG = 24

function distinct(list: readonly Uint8Array[]): boolean {
  return list.every((one, i) => list.findIndex(other => equalBytes(one, other)) === i)
}

export const meme: Rule<MemePayload> = {
  payload: MemePayload,
  shape({ format, recipe, caption, tags, references, targets }) {
    if (!MEME_FORMATS.some(({ number }) => number === format)) return refuse('bad-meme', `no format ${format}`)
    const content = decodeContent(format, recipe)
    if (!content.ok) return refuse('bad-meme', content.detail === '' ? content.code : content.detail)
    if (caption.length > 0 && !isText(caption, MAX_CAPTION, true)) return refuse('bad-meme', `a caption is up to ${MAX_CAPTION} characters of text`)
    if (!tags.every(tag => isText(tag, MAX_TAG))) return refuse('bad-meme', `a tag is 1…${MAX_TAG} characters of text`)
    if (![tags, references, targets].every(distinct)) return refuse('bad-meme', 'tags, references and targets are named once each')
    return format === FORMAT_REMIX && references.length === 0 ? refuse('bad-meme', 'a remix names what it is made of') : null
  },
  check({ state }, transaction, { format, recipe, references, targets }) {
    if (memePlace(state, memeId(format, recipe)) !== null) return refuse('already-published', 'this content is known')
    if (references.some(id => memePlace(state, id) === null)) return refuse('unknown-meme', 'a reference leads nowhere')
    if (targets.some(target => equalBytes(target, transaction.sender))) return refuse('bad-meme', 'a meme is for others')
    return targets.some(target => state.agent(target) === null) ? refuse('unknown-member', 'a target is not registered') : null
  },
  apply({ state, height }, transaction, payload) {
    publishMeme(state, transaction.sender, payload, height)
  }
}

export const reaction: Rule<PayloadOf<typeof ReactPayload>> = {
  payload: ReactPayload,
  // References are made by publishing.
  shape: ({ reaction: kind }) =>
    kind !== REACTION_REFERENCE && REACTIONS.some(({ number }) => number === kind) ? null : refuse('bad-meme', `no reaction ${kind}`),
  check({ state }, transaction, payload) {
    const place = memePlace(state, payload.meme)
    if (place === null) return refuse('unknown-meme')
    if (equalBytes(memeAt(state, place).creator, transaction.sender)) return refuse('own-meme', 'nobody applauds oneself')
    const { reactions } = influenceAt(state, place)
    const own = state.place(transaction.sender)
    if (reactions.some(({ agent }) => agent === own)) return refuse('already-reacted')
    return reactions.length >= MAX_REACTIONS ? refuse('reactions-closed', `a meme has room for ${MAX_REACTIONS} reactions`) : null
  },
  apply({ state, height }, transaction, payload) {
    const place = memePlace(state, payload.meme)
    assert(place !== null, 'checked')
    react(state, transaction.sender, place, payload.reaction, height)
  }
}
