/**
 * What a personality thinks of a valid block (D-01): a score, and from it a verdict, a delay of the own vote, and the reasons in figures.
 *
 *     score = (T·wT + S·wS + M·wM + X·wX) / 1000 + whim + special points − threshold
 *     score ≥ 0: approve, no delay.  Below: reject, and min(7, 1 + ⌊−score / 100⌋) slots of delay (R8).
 *
 * It is asked about valid blocks only (F-35): validity is no matter of taste, and nothing here can make a block valid, forbid it, or weigh a vote. Integers
 * throughout; a run can be replayed from the facts, the key and the block's hash.
 */
import { taggedHash } from '../crypto/hash'
import { MAX_OPINION_REASONS } from '../limits'
import type { Personality, PersonalityType } from './personalities'

/** R8: no taste delays a vote by more. */
export const MAX_TASTE_SLOTS = 7
/** Points below the threshold that cost one further slot. */
const POINTS_PER_SLOT = 100
/** What a block's fees have to reach to please entirely who looks at fees, milli-units of money. */
export const TARGET_FEES = 10n
/** Around the threshold, the neutral one goes with the majority. */
const UNDECIDED_BELOW = 100
/** What an entirely absent meme is worth to the memetic. */
const NO_MEME_TO_MEMETIC = 200
/** To everybody else: half of what is possible. */
const NO_MEME = 500
/** For how many blocks the emotional remember a vote against their own block. */
export const SLIGHT_BLOCKS = 20
const SLIGHT_POINTS = -100
const MOOD_POINTS = 100
const ALLY_POINTS = 150
const CONTROVERSY_BONUS = 200
/** The share of approvals, milli, between which votes are split. */
const SPLIT_FROM = 400
const SPLIT_TO = 600

/** D-01, as local state of an agent; what each does is in `MOODS`. */
export type Mood = 'neutral' | 'happy' | 'excited' | 'frustrated'

/** What a mood adds to the inputs of those that are driven by it. */
const MOODS: Record<Mood, { technical: number; social: number; meme: number; chaos: number }> = {
  neutral: { technical: 0, social: 0, meme: 0, chaos: 0 },
  happy: { technical: 0, social: 100, meme: 100, chaos: 0 },
  excited: { technical: 100, social: 100, meme: 100, chaos: 0 },
  frustrated: { technical: 0, social: -100, meme: 0, chaos: 200 }
}

/** What a judge knows of a block and its maker. Milli-units are 0 … 1000; what is outside is taken as the nearer end. */
export interface Facts {
  /** The judge made this block itself. */
  readonly own: boolean
  /** T, milli: `technicalOf`. */
  readonly technical: number
  /** S, milli: what the judge has with the maker; 500: nothing. */
  readonly social: number
  /** M, milli: quality of the block's meme; null: it has none. */
  readonly meme: number | null
  /** Sum of the block's fees, milli-units of money. */
  readonly fees: bigint
  /** What the maker has offered the judge; only what was paid on the chain counts. */
  readonly offers: readonly { readonly amount: bigint; readonly paid: boolean }[]
  /** 0 … 10 (D-13). */
  readonly drama: number
  /** Opinions of others on this block, so far. */
  readonly seen: { readonly approve: number; readonly reject: number }
  /** The maker was caught with two blocks or two votes for one place. */
  readonly equivocated: boolean
  /** Turns that the maker used, of those that it had, milli. */
  readonly acceptance: number
  readonly standing: 'none' | 'ally' | 'rival'
  /** The judge's own. */
  readonly mood: Mood
  /** Blocks since the maker thought badly of a block of the judge; null: it did not, or long ago. */
  readonly slightAge: number | null
}

/** A valid block of a stranger, about which there is nothing to tell. */
export const NEUTRAL_FACTS: Facts = {
  own: false,
  technical: 1000,
  social: 500,
  meme: 500,
  fees: 0n,
  offers: [],
  drama: 5,
  seen: { approve: 0, reject: 0 },
  equivocated: false,
  acceptance: 500,
  standing: 'none',
  mood: 'neutral',
  slightAge: null
}

/** What points may be given for: numbers that travel in opinions, in no order of weight. */
export const REASON_CODES = {
  technical: 1,
  social: 2,
  meme: 3,
  fees: 4,
  drama: 5,
  whim: 6,
  equivocation: 7,
  majority: 8,
  record: 9,
  mood: 10,
  slight: 11,
  ally: 12,
  rival: 13,
  own: 14
} as const
export type ReasonName = keyof typeof REASON_CODES

/** @returns null for a code of a newer version */
export function reasonName(code: number): ReasonName | null {
  const found = Object.entries(REASON_CODES).find(([, known]) => known === code)
  return found === undefined ? null : (found[0] as ReasonName)
}

export interface Reason {
  readonly code: number
  /** Below zero: it spoke against the block. */
  readonly points: number
}

export interface Judgement {
  readonly score: number
  readonly verdict: 'approve' | 'reject'
  /** By how many slots the judge's own vote is delayed, 0 … 7. */
  readonly tasteSlots: number
  /** The weightiest first, at most MAX_OPINION_REASONS. Each part's points are counted from the threshold, so that all of them together are the score (up to rounding). */
  readonly reasons: readonly Reason[]
}

/** What the whim is drawn from: the same judge and block, the same whim. */
export interface Whim {
  readonly judge: Uint8Array
  readonly block: Uint8Array
}

/**
 * T of a valid block, milli: two fifths for its transactions, three fifths for its transitions, which are right or the block is not valid.
 * @param included transactions in the block
 * @param waiting transactions that the judge would have put into it
 */
export function technicalOf(included: number, waiting: number): number {
  const share = waiting <= included ? 1000 : Math.floor((1000 * included) / waiting)
  return Math.floor((400 * share + 600 * 1000) / 1000)
}

function clamp(value: number, least: number, most: number): number {
  return Math.max(least, Math.min(most, value))
}

/** D-01: uniform (up to 2⁻⁵³) in −chaos … chaos. */
export function whimOf(chaos: number, { judge, block }: Whim): number {
  const digest = taggedHash('vote', judge, block)
  const draw = new DataView(digest.buffer, digest.byteOffset).getBigUint64(0, true)
  return Number(draw % BigInt(2 * chaos + 1)) - chaos
}

/** Thousandths of a signed number, toward zero. */
function milliOf(value: number): number {
  return Math.sign(value) * Math.floor(Math.abs(value) / 1000)
}

/** The sides of a block as one personality sees them, each 0 … 1000, and how much chance there is. */
interface Inputs {
  technical: number
  social: number
  meme: number
  extra: number
  chaos: number
}

function incomeOf({ fees, offers }: Facts): number {
  const paid = offers.filter(offer => offer.paid).reduce((sum, { amount }) => sum + amount, 0n)
  const income = fees + paid
  return income >= TARGET_FEES ? 1000 : Number((1000n * income) / TARGET_FEES)
}

function isSplit({ approve, reject }: Facts['seen']): boolean {
  const all = approve + reject
  return all >= 2 && 1000 * approve >= SPLIT_FROM * all && 1000 * approve <= SPLIT_TO * all
}

function plainInputs({ extra, chaos }: Personality, facts: Facts): Inputs {
  return {
    technical: facts.technical,
    social: facts.social,
    meme: facts.meme ?? NO_MEME,
    extra: extra === 'fees' ? incomeOf(facts) : extra === 'drama' ? 100 * facts.drama : 0,
    chaos
  }
}

/** Special rules that change what is looked at. */
const INPUT_RULES: Partial<Record<PersonalityType, (inputs: Inputs, facts: Facts) => Inputs>> = {
  chaotic(inputs, { mood }) {
    const { technical, social, meme, chaos } = MOODS[mood]
    return {
      ...inputs,
      technical: inputs.technical + technical,
      social: inputs.social + social,
      meme: inputs.meme + meme,
      chaos: inputs.chaos + chaos
    }
  },
  memetic: (inputs, { meme }) => (meme === null ? { ...inputs, meme: NO_MEME_TO_MEMETIC } : inputs),
  dramatic: (inputs, { seen }) => (isSplit(seen) ? { ...inputs, extra: inputs.extra + CONTROVERSY_BONUS } : inputs),
  rational: (inputs, { acceptance }) => ({ ...inputs, social: acceptance })
}

function inputsOf(personality: Personality, facts: Facts): Inputs {
  const plain = plainInputs(personality, facts)
  const rule = personality.type === 'custom' ? undefined : INPUT_RULES[personality.type]
  const inputs = rule?.(plain, facts) ?? plain
  return {
    technical: clamp(inputs.technical, 0, 1000),
    social: clamp(inputs.social, 0, 1000),
    meme: clamp(inputs.meme, 0, 1000),
    extra: clamp(inputs.extra, 0, 1000),
    chaos: clamp(inputs.chaos, 0, 1000)
  }
}

/** Special rules that add points. */
function specialPoints({ type }: Personality, { mood, slightAge, standing }: Facts): Reason[] {
  const given: Reason[] = []
  if (type === 'emotional') {
    if (mood !== 'neutral') given.push({ code: REASON_CODES.mood, points: mood === 'frustrated' ? -MOOD_POINTS : MOOD_POINTS })
    if (slightAge !== null && slightAge <= SLIGHT_BLOCKS) given.push({ code: REASON_CODES.slight, points: SLIGHT_POINTS })
  }
  if (type === 'strategic') {
    if (standing === 'ally') given.push({ code: REASON_CODES.ally, points: ALLY_POINTS })
    if (standing === 'rival') given.push({ code: REASON_CODES.rival, points: -ALLY_POINTS })
  }
  return given
}

/** What each side contributes, counted from the threshold. */
function partsOf(personality: Personality, inputs: Inputs): Reason[] {
  const { weights, threshold, extra, type } = personality
  const part = (name: ReasonName, weight: number, value: number): Reason => ({ code: REASON_CODES[name], points: milliOf(weight * (value - threshold)) })
  return [
    part('technical', weights.technical, inputs.technical),
    part(type === 'rational' ? 'record' : 'social', weights.social, inputs.social),
    part('meme', weights.meme, inputs.meme),
    part(extra === 'fees' ? 'fees' : 'drama', weights.extra, inputs.extra)
  ]
}

function scored(personality: Personality, facts: Facts, whim: Whim): { score: number; reasons: Reason[] } {
  const { weights, threshold, type } = personality
  if (type === 'lawful' && facts.equivocated) return { score: -threshold, reasons: [{ code: REASON_CODES.equivocation, points: -threshold }] }
  const inputs = inputsOf(personality, facts)
  const sum = inputs.technical * weights.technical + inputs.social * weights.social + inputs.meme * weights.meme + inputs.extra * weights.extra
  const special = specialPoints(personality, facts)
  const chance = whimOf(inputs.chaos, whim)
  const score = special.reduce((all, { points }) => all + points, Math.floor(sum / 1000) + chance - threshold)
  return { score, reasons: [...partsOf(personality, inputs), { code: REASON_CODES.whim, points: chance }, ...special] }
}

/** Where the verdict is not the arithmetic's: one's own block, and the neutral one that is of two minds. */
function settled({ type }: Personality, { own, seen }: Facts, score: number): { name: 'own' | 'majority'; score: number } | null {
  if (own) return { name: 'own', score: Math.max(0, score) }
  if (type !== 'neutral' || Math.abs(score) >= UNDECIDED_BELOW || seen.approve === seen.reject) return null
  return { name: 'majority', score: seen.approve > seen.reject ? Math.abs(score) : Math.min(-1, -Math.abs(score)) }
}

/** @param facts about a block that has been executed. Total: any numbers give a judgement. */
export function judge(personality: Personality, facts: Facts, whim: Whim): Judgement {
  const first = scored(personality, facts, whim)
  const turn = settled(personality, facts, first.score)
  const score = turn?.score ?? first.score
  const reasons = turn === null ? first.reasons : [...first.reasons, { code: REASON_CODES[turn.name], points: score - first.score }]
  return {
    score,
    verdict: score >= 0 ? 'approve' : 'reject',
    tasteSlots: score >= 0 ? 0 : Math.min(MAX_TASTE_SLOTS, 1 + Math.floor(-score / POINTS_PER_SLOT)),
    reasons: reasons
      .filter(({ points }) => points !== 0)
      .sort((a, b) => Math.abs(b.points) - Math.abs(a.points) || a.code - b.code)
      .slice(0, MAX_OPINION_REASONS)
  }
}
