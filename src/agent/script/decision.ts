/**
 * What a script may decide, and the door that its answer comes in by. An answer is bytes of somebody unknown: each field is checked against what the person has allowed, and one that is
 * out of bounds makes the whole answer void, with the reason. What passes is an intent; the node checks it like any other.
 */
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
/** Fields that are looked at; an answer with more is a mistake. */
const KNOWN = ['produce', 'maxTransactions', 'order', 'weights', 'transfers', 'memory', 'note']

export interface Decision {
  /** False: let the turn pass. */
  readonly produce: boolean
  readonly maxTransactions: number | null
  readonly ordering: Ordering | null
  readonly weights: Personality['weights'] | null
  /** Amounts in thousandths, `to` a public key in hex. */
  readonly transfers: readonly { readonly to: string; readonly amount: number }[]
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
  return ok({ produce, maxTransactions, ordering, weights: weights.value, transfers: transfers.value, memory: kept, note })
}

function bad(field: string, shape: string): Result<never> {
  return fail('bad-decision', `${field} should be ${shape}`)
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0
}

function readWeights(raw: unknown, base: Personality['weights']): Result<Personality['weights'] | null> {
  if (raw === undefined || raw === null) return ok(null)
  const { technical, social, meme, extra } = (typeof raw === 'object' ? raw : {}) as Record<string, unknown>
  const all = [technical, social, meme, extra]
  if (!all.every(isCount) || all.reduce((sum, weight) => sum + weight, 0) !== 1000)
    return bad('weights', '{ technical, social, meme, extra }: thousandths that add up to 1000')
  const [a, b, c, d] = all as [number, number, number, number]
  const weights = { technical: a, social: b, meme: c, extra: d }
  const moved = (Object.keys(base) as (keyof typeof base)[]).find(key => Math.abs(weights[key] - base[key]) > MAX_WEIGHT_SHIFT)
  return moved === undefined ? ok(weights) : bad(`weights.${moved}`, `within ${MAX_WEIGHT_SHIFT} of the configured ${base[moved]}`)
}

function readTransfers(raw: unknown, spendLeft: number): Result<Decision['transfers']> {
  if (raw === undefined || raw === null) return ok([])
  if (!Array.isArray(raw) || raw.length > MAX_TRANSFERS) return bad('transfers', `a list of at most ${MAX_TRANSFERS}`)
  const transfers: { to: string; amount: number }[] = []
  for (const each of raw as unknown[]) {
    const { to, amount } = (typeof each === 'object' && each !== null ? each : {}) as Record<string, unknown>
    if (typeof to !== 'string' || !/^[0-9a-f]{64}$/.test(to) || !isCount(amount) || amount === 0)
      return bad('transfers', '{ to: a public key, amount: thousandths above 0 }')
    transfers.push({ to, amount })
  }
  const sum = transfers.reduce((all, { amount }) => all + amount, 0)
  return sum > spendLeft ? bad('transfers', `within the spend limit, of which ${spendLeft / 1000} is left`) : ok(transfers)
}
