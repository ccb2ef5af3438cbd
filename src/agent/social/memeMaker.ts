/**
 * Memes that an agent makes by itself (P052–P060, D-05). A draft is a function of configuration, preferences and chance, so that the same moment gives the same meme; what it is
 * worth is computed by the chain's own rule, and one that is not worth the threshold is not shown to anybody.
 */
import type { MemeDraft, MemeLayer } from '../../bridge/memes'
import { MAX_MEME_TAGS, MAX_MEME_TARGETS } from '../../core/limits'
import type { PersonalityType } from '../../core/taste/personalities'
import type { MemeStrategy, ProducerConfig } from '../config/config'
import type { Chance, Person, SeenMeme, SocialMoment } from './view'

/** P060, F-32: drafts that are tried before the agent does without. */
export const MEME_ATTEMPTS = 6
/** Of the page's templates (D-05, "Template"); a page that does not know one draws a placeholder. */
const TEMPLATES = 10
/** How many stickers the page has. */
const STICKERS = 18

/** P056. */
export interface Preference {
  readonly publicKey: string
  readonly name: string
  readonly personality: Person['personality']['type']
  readonly approvals: number
  readonly rejections: number
}

/** P052–P056: whom a meme could please: the validators, or where targets are configured those among all who are of these kinds. */
export function preferencesOf({ meme: { targetPersonalities } }: ProducerConfig, { people }: SocialMoment): Preference[] {
  const wanted = people.filter(({ personality: { type }, validator }) =>
    targetPersonalities.length === 0 ? validator : type !== 'custom' && targetPersonalities.includes(type)
  )
  return wanted.map(({ publicKey, name, personality, approvals, rejections }) => ({ publicKey, name, personality: personality.type, approvals, rejections }))
}

/** What each kind smiles about: two lines, and tags. */
const LINES: Record<PersonalityType, { top: string; bottom: string; tags: readonly string[] }> = {
  lawful: { top: 'I read the rules', bottom: 'all of them', tags: ['rules', 'order'] },
  neutral: { top: 'Both sides have a point', bottom: 'I have a block', tags: ['calm', 'middle'] },
  chaotic: { top: 'There was a plan', bottom: 'it forked', tags: ['fork', 'chaos'] },
  memetic: { top: 'A block without a meme', bottom: 'is a receipt', tags: ['meme', 'block'] },
  greedy: { top: 'First the fees', bottom: 'then the poetry', tags: ['fees', 'coins'] },
  dramatic: { top: 'One vote was missing', bottom: 'and it was yours', tags: ['drama', 'vote'] },
  rational: { top: 'Two thirds', bottom: 'and one more', tags: ['quorum', 'proof'] },
  emotional: { top: 'You notarised me', bottom: 'I will not forget it', tags: ['love', 'vote'] },
  strategic: { top: 'My ally leads', bottom: 'by accident', tags: ['ally', 'plan'] }
}
const KINDS = Object.keys(LINES) as PersonalityType[]

function textLayer(text: string, y: number, chance: Chance, label: string): MemeLayer {
  return { kind: 'text', text, style: 'outlined', x: 500, y, size: 64 + chance(`${label} size`, 24), turn: 0, colour: chance(`${label} colour`, 16) }
}

function picture(template: number, layers: MemeLayer[], ground: number, rest: Partial<MemeDraft>): MemeDraft {
  return { content: { format: 'picture', picture: { template, ground, layers } }, caption: '', tags: [], references: [], targets: [], ...rest }
}

/** The kind that most of the audience is of, weighed by how little it liked this agent's blocks: those are the ones to win. Of equal ones the first of the list. */
function audienceKind(preferences: readonly Preference[], chance: Chance): PersonalityType {
  if (preferences.length === 0) return KINDS[chance('kind', KINDS.length)]!
  const weight = (kind: PersonalityType): number =>
    preferences.reduce((sum, { personality, approvals, rejections }) => sum + (personality === kind ? 1 + Math.max(0, rejections - approvals) : 0), 0)
  return KINDS.reduce((best, kind) => (weight(kind) > weight(best) ? kind : best))
}

function best(memes: readonly SeenMeme[]): SeenMeme | null {
  const worth = ({ quality, reactions }: SeenMeme): number => quality + 100 * (2 * reactions.love + reactions.like - reactions.dislike)
  return memes.filter(({ mine }) => !mine).reduce<SeenMeme | null>((found, meme) => (found === null || worth(meme) > worth(found) ? meme : found), null)
}

/** The tags that are heard most, the most frequent first; of equal ones by the alphabet. */
export function trendingTags(air: readonly string[], most: number): string[] {
  const counts = new Map<string, number>()
  for (const tag of air) counts.set(tag, (counts.get(tag) ?? 0) + 1)
  return [...counts]
    .sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1))
    .slice(0, most)
    .map(([tag]) => tag)
}

export interface MakerView {
  readonly moment: SocialMoment
  readonly preferences: readonly Preference[]
  readonly chance: Chance
}

export type PlainStrategy = Exclude<MemeStrategy, 'adaptive'>
export const PLAIN_STRATEGIES: readonly PlainStrategy[] = ['template', 'targeted', 'trending', 'remix', 'experimental']

/** P020: each strategy makes something else of the same moment. @returns null where there is nothing to make it of */
const MAKERS: Record<PlainStrategy, (view: MakerView) => MemeDraft | null> = {
  /** A known picture with a known joke. */
  template({ moment, chance }) {
    const { top, bottom, tags } = LINES[KINDS[chance('line', KINDS.length)]!]
    const layers = [textLayer(top, 130, chance, 'top'), textLayer(`${bottom} #${moment.height + 1}`, 870, chance, 'bottom')]
    return picture(1 + chance('template', TEMPLATES), layers, chance('ground', 16), { tags: tags.slice(0, MAX_MEME_TAGS) })
  },
  /** P021: for somebody, and with the tags that are in the air as far as there is room. */
  targeted({ moment, preferences, chance }) {
    const kind = audienceKind(preferences, chance)
    const { top, bottom, tags } = LINES[kind]
    const targets = preferences
      .filter(({ personality }) => personality === kind)
      .map(({ publicKey }) => publicKey)
      .slice(0, MAX_MEME_TARGETS)
    const layers = [textLayer(top, 130, chance, 'top'), textLayer(bottom, 870, chance, 'bottom')]
    const words = [...new Set([...tags, ...trendingTags(moment.air, MAX_MEME_TAGS)])].slice(0, MAX_MEME_TAGS)
    return picture(1 + chance('template', TEMPLATES), layers, chance('ground', 16), { tags: words, targets })
  },
  /** What everybody talks about. */
  trending({ moment, chance }) {
    const tags = trendingTags(moment.air, MAX_MEME_TAGS)
    if (tags.length === 0) return null
    const layers = [
      textLayer(`Everybody says ${tags[0]}`, 130, chance, 'top'),
      textLayer(`so ${tags.at(-1)} it is at #${moment.height + 1}`, 870, chance, 'bottom')
    ]
    return picture(1 + chance('template', TEMPLATES), layers, chance('ground', 16), { tags })
  },
  /** An answer to the best one lately. */
  remix({ moment, chance }) {
    const parent = best(moment.memes)
    if (parent === null) return null
    const stickers = Array.from({ length: 2 }, (_, i): MemeLayer => ({
      kind: 'sticker',
      sticker: 1 + chance(`sticker ${i}`, STICKERS),
      x: 200 + chance(`x ${i}`, 600),
      y: 250 + chance(`y ${i}`, 500),
      size: 180 + chance(`s ${i}`, 200),
      turn: chance(`t ${i}`, 360),
      colour: chance(`c ${i}`, 16)
    }))
    const layers = [...stickers, textLayer(`And again, at #${moment.height + 1}`, 870, chance, 'bottom')]
    const tags = [...new Set([...parent.tags, ...trendingTags(moment.air, MAX_MEME_TAGS)])].slice(0, MAX_MEME_TAGS)
    return picture(1 + chance('template', TEMPLATES), layers, chance('ground', 16), { references: [parent.id], tags })
  },
  /** Anything within the bounds: a drawing by chance. */
  experimental({ moment, chance }) {
    const strokes = Array.from({ length: 3 }, (_, i): MemeLayer => ({
      kind: 'stroke',
      steps: Array.from({ length: 24 }, (__, j) => chance(`step ${i}.${j}`, 61) - 30),
      x: 200 + chance(`x ${i}`, 600),
      y: 200 + chance(`y ${i}`, 600),
      size: 8 + chance(`s ${i}`, 40),
      turn: 0,
      colour: chance(`c ${i}`, 16)
    }))
    const tags = trendingTags(moment.air, MAX_MEME_TAGS).slice(chance('skip', 2))
    return picture(0, [...strokes, textLayer(`untitled ${chance('number', 900) + 100}`, 900, chance, 'title')], chance('ground', 16), { tags })
  }
}

/** What is known of each strategy by the reactions to its memes: points, and how many memes. */
export type Rewards = Readonly<Record<PlainStrategy, { readonly points: number; readonly memes: number }>>

/** How often, in a thousand, the adaptive one tries another than the best (ε). */
const EXPLORE_MILLI = 200

/** D-05, "Adaptive": an ε-greedy bandit; whoever was never tried comes first. */
export function chooseArm(rewards: Rewards, chance: Chance): PlainStrategy {
  const untried = PLAIN_STRATEGIES.find(name => rewards[name].memes === 0)
  if (untried !== undefined) return untried
  if (chance('explore', 1000) < EXPLORE_MILLI) return PLAIN_STRATEGIES[chance('arm', PLAIN_STRATEGIES.length)]!
  const mean = (name: PlainStrategy): number => rewards[name].points / rewards[name].memes
  return PLAIN_STRATEGIES.reduce((found, name) => (mean(name) > mean(found) ? name : found))
}

export interface MadeMeme {
  readonly draft: MemeDraft
  readonly strategy: PlainStrategy
  readonly quality: number
  /** Which draft it was, from 1. */
  readonly attempt: number
}

/**
 * P057–P060. @param qualityOf the chain's own rule (D-03) on the state at the head; null for what cannot be published
 * @returns null: no draft was worth the threshold
 */
export function makeMeme(
  { qualityThreshold }: ProducerConfig['meme'],
  strategy: MemeStrategy,
  rewards: Rewards,
  view: MakerView,
  qualityOf: (draft: MemeDraft) => number | null
): MadeMeme | null {
  const first = strategy === 'adaptive' ? chooseArm(rewards, view.chance) : strategy
  for (let attempt = 1; attempt <= MEME_ATTEMPTS; attempt++) {
    const chance: Chance = (label, below) => view.chance(`meme ${attempt} ${label}`, below)
    // The adaptive one tries its other arms, too; the others stay what they are.
    const arm = strategy === 'adaptive' ? PLAIN_STRATEGIES[(PLAIN_STRATEGIES.indexOf(first) + attempt - 1) % PLAIN_STRATEGIES.length]! : first
    const draft = MAKERS[arm]({ ...view, chance })
    const quality = draft === null ? null : qualityOf(draft)
    if (draft !== null && quality !== null && quality >= qualityThreshold) return { draft, strategy: arm, quality, attempt }
  }
  return null
}
