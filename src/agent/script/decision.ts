/**
 * What a script may decide, and the door that its answer comes in by. An answer is bytes of somebody unknown: each field is checked against what the person has allowed, and one that is
 * out of bounds makes the whole answer void, with the reason. What passes is an intent; the node checks it like any other.
 */
import { MAX_MEME_REFERENCES, MAX_MEME_TAGS, MAX_MEME_TARGETS } from '../../core/limits'
import { fail, ok } from '../../core/result'
import type { Result } from '../../core/result'
import type { Personality } from '../../core/taste/personalities'

export const ORDERINGS = ['fee', 'age', 'own', 'small'] as const
export type Ordering = (typeof ORDERINGS)[number]

/** Transfers in one decision. */
export const MAX_TRANSFERS = 4
/** Characters of the remark that a decision may carry. */
export const MAX_NOTE_LENGTH = 160
/** Characters of JSON that a script may hand to its next decision. */
export const MAX_MEMORY_LENGTH = 4096
/** By how much a script may move a weight of its personality, milli. */
export const MAX_WEIGHT_SHIFT = 200
/** Words to others, and answers to alliances, in one decision. */
export const MAX_WORDS = 2
const MAX_ANSWERS = 4
/** Characters of a meme that a script writes. */
export const MAX_SCRIPT_MEME_LENGTH = 280
/** Fields that are looked at; an answer with more is a mistake. */
const KNOWN = ['produce', 'maxTransactions', 'order', 'weights', 'transfers', 'social', 'memory', 'note']
const KNOWN_SOCIAL = ['meme', 'words', 'answers']
const KNOWN_MEME = ['text', 'tags', 'references', 'targets']

/** A meme of words; ids and keys in hex. */
export interface ScriptMeme {
  readonly text: string
  readonly tags: readonly string[]
  /** Memes that it answers. */
  readonly references: readonly string[]
  /** Whom it is for. */
  readonly targets: readonly string[]
}

/** P119, P120: what a script does about memes and people, in the place of what the configuration would do at this height. */
export interface SocialDecision {
  readonly meme: ScriptMeme | null
  readonly words: readonly { readonly to: string; readonly what: 'support' | 'oppose' }[]
  readonly answers: readonly { readonly alliance: string; readonly accept: boolean }[]
}

export interface Decision {
  /** False: let the turn pass. */
  readonly produce: boolean
  readonly maxTransactions: number | null
  readonly ordering: Ordering | null
  readonly weights: Personality['weights'] | null
  /** Amounts in thousandths, `to` a public key in hex. */
  readonly transfers: readonly { readonly to: string; readonly amount: number }[]
  /** Null: the configuration decides. */
  readonly social: SocialDecision | null
  /** JSON for the next decision; null: nothing. */
  readonly memory: string | null
  readonly note: string
}

export interface DecisionBounds {
  /** Of the configuration: weights are moved from here. */
  readonly personality: Personality
  /** What may still be spent, thousandths. */
  readonly spendLeft: number
}

/** @param json what `decide` returned, as JSON @returns `bad-decision` with the field and what it should be */
export function admitDecision(json: string, bounds: DecisionBounds): Result<Decision> {
  let raw: unknown
  try {
    raw = JSON.parse(json)
  } catch {
    return bad('the answer', 'plain data')
  }
  if (typeof raw !== 'object' || raw === null || Array.isArray(raw)) return bad('the answer', 'an object such as { produce: true }')
  const fields = raw as Record<string, unknown>
  const stranger = Object.keys(fields).find(key => !KNOWN.includes(key))
  if (stranger !== undefined) return bad(`“${stranger.slice(0, MAX_NOTE_LENGTH)}”`, `one of ${KNOWN.join(', ')}`)
  const { produce, maxTransactions = null, order = null, note = '', memory = null } = fields
  if (typeof produce !== 'boolean') return bad('produce', 'true or false')
  if (maxTransactions !== null && !isCount(maxTransactions)) return bad('maxTransactions', 'a whole number from 0 on')
  const ordering = order === null ? null : ORDERINGS.find(known => known === order)
  if (ordering === undefined) return bad('order', `one of ${ORDERINGS.join(', ')}`)
  if (typeof note !== 'string' || note.length > MAX_NOTE_LENGTH) return bad('note', `a text of at most ${MAX_NOTE_LENGTH} characters`)
  const kept = memory === null ? null : JSON.stringify(memory)
  if (kept !== null && kept.length > MAX_MEMORY_LENGTH) return bad('memory', `at most ${MAX_MEMORY_LENGTH} characters of JSON`)
  const weights = readWeights(fields.weights, bounds.personality.weights)
  if (!weights.ok) return weights
  const transfers = readTransfers(fields.transfers, bounds.spendLeft)
  if (!transfers.ok) return transfers
  const social = readSocial(fields.social)
  if (!social.ok) return social
  return ok({ produce, maxTransactions, ordering, weights: weights.value, transfers: transfers.value, social: social.value, memory: kept, note })
}

function bad(field: string, shape: string): Result<never> {
  return fail('bad-decision', `${field} should be ${shape}`)
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0
}

function readWeights(raw: unknown, base: Personality['weights']): Result<Personality['weights'] | null> {
  if (raw === undefined || raw === null) return ok(null)
  const { technical, social, meme, extra } = fieldsOf(raw)
  const all = [technical, social, meme, extra]
  if (!all.every(isCount) || all.reduce((sum, weight) => sum + weight, 0) !== 1000)
    return bad('weights', '{ technical, social, meme, extra }: thousandths that add up to 1000')
  const [a, b, c, d] = all as [number, number, number, number]
  const weights = { technical: a, social: b, meme: c, extra: d }
  const moved = (Object.keys(base) as (keyof typeof base)[]).find(key => Math.abs(weights[key] - base[key]) > MAX_WEIGHT_SHIFT)
  return moved === undefined ? ok(weights) : bad(`weights.${moved}`, `within ${MAX_WEIGHT_SHIFT} of the configured ${base[moved]}`)
}

function readTransfers(raw: unknown, spendLeft: number): Result<Decision['transfers']> {
  const transfers = readList(raw, MAX_TRANSFERS, ({ to, amount }) => (isId(to) && isCount(amount) && amount > 0 ? { to, amount } : null))
  if (transfers === null) return bad('transfers', `at most ${MAX_TRANSFERS} of { to: a public key, amount: thousandths above 0 }`)
  const sum = transfers.reduce((all, { amount }) => all + amount, 0)
  return sum > spendLeft ? bad('transfers', `within the spend limit, of which ${spendLeft / 1000} is left`) : ok(transfers)
}

const isId = (value: unknown): value is string => typeof value === 'string' && /^[0-9a-f]{64}$/.test(value)
const fieldsOf = (value: unknown): Record<string, unknown> => (typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : {})
const strangerIn = (fields: Record<string, unknown>, known: readonly string[]): string | undefined => Object.keys(fields).find(key => !known.includes(key))

function readSocial(raw: unknown): Result<SocialDecision | null> {
  if (raw === undefined || raw === null) return ok(null)
  const fields = fieldsOf(raw)
  if (typeof raw !== 'object' || Array.isArray(raw) || strangerIn(fields, KNOWN_SOCIAL) !== undefined) return bad('social', '{ meme, words, answers }')
  const meme = readMeme(fields.meme)
  if (!meme.ok) return meme
  const words = readList<SocialDecision['words'][number]>(fields.words, MAX_WORDS, ({ to, what }) =>
    isId(to) && (what === 'support' || what === 'oppose') ? { to, what } : null
  )
  if (words === null) return bad('social.words', `at most ${MAX_WORDS} of { to: a public key, what: "support" or "oppose" }`)
  const answers = readList(fields.answers, MAX_ANSWERS, ({ alliance, accept }) => (isId(alliance) && typeof accept === 'boolean' ? { alliance, accept } : null))
  if (answers === null) return bad('social.answers', `at most ${MAX_ANSWERS} of { alliance: an id, accept: true or false }`)
  return ok({ meme: meme.value, words, answers })
}

/** Whether the chain takes it is asked when it is sent, like everything that a person draws. */
function readMeme(raw: unknown): Result<ScriptMeme | null> {
  if (raw === undefined || raw === null) return ok(null)
  const fields = fieldsOf(raw)
  const { text, tags = [], references = [], targets = [] } = fields
  const areTexts = (list: unknown, most: number, good: (text: string) => boolean): list is string[] =>
    Array.isArray(list) && list.length <= most && list.every(each => typeof each === 'string' && good(each))
  if (strangerIn(fields, KNOWN_MEME) !== undefined) return bad('social.meme', '{ text, tags, references, targets }')
  if (typeof text !== 'string' || text.trim() === '' || text.length > MAX_SCRIPT_MEME_LENGTH)
    return bad('social.meme.text', `a text of 1 to ${MAX_SCRIPT_MEME_LENGTH} characters`)
  if (!areTexts(tags, MAX_MEME_TAGS, tag => tag !== '')) return bad('social.meme.tags', `at most ${MAX_MEME_TAGS} words`)
  if (!areTexts(references, MAX_MEME_REFERENCES, isId)) return bad('social.meme.references', `at most ${MAX_MEME_REFERENCES} ids of memes`)
  if (!areTexts(targets, MAX_MEME_TARGETS, isId)) return bad('social.meme.targets', `at most ${MAX_MEME_TARGETS} public keys`)
  return ok({ text, tags, references, targets })
}

/** @returns null when it is no list, too long, or holds something else */
function readList<T>(raw: unknown, most: number, read: (fields: Record<string, unknown>) => T | null): T[] | null {
  if (raw === undefined || raw === null) return []
  if (!Array.isArray(raw) || raw.length > most) return null
  const items = raw.map(each => read(fieldsOf(each)))
  return items.every(each => each !== null) ? items : null
}
