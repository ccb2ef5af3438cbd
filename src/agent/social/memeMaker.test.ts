import { describe, expect, it } from 'vitest'
import type { MemeDraft } from '../../bridge/memes'
import { DEFAULT_CONFIG, MEME_STRATEGIES } from '../config/config'
import type { MemeStrategy } from '../config/config'
import { chooseArm, makeMeme, MEME_ATTEMPTS, PLAIN_STRATEGIES, preferencesOf, trendingTags } from './memeMaker'
import type { PlainStrategy, Rewards } from './memeMaker'
import { chance, moment, person, seenMeme } from './testing/moments'

const NOTHING_KNOWN = Object.fromEntries(PLAIN_STRATEGIES.map(name => [name, { points: 0, memes: 0 }])) as Rewards
const config = { ...DEFAULT_CONFIG.meme, qualityThreshold: 500 }
const now = moment(12, { memes: [seenMeme('a', '1', { tags: ['tea'] })], air: ['fork', 'vote', 'vote', 'tea'] })
const view = { moment: now, preferences: preferencesOf(DEFAULT_CONFIG, now), chance }
const made = (strategy: MemeStrategy, quality: (draft: MemeDraft) => number | null = () => 1000) => makeMeme(config, strategy, NOTHING_KNOWN, view, quality)

describe('preferences (P052–P056)', () => {
  const people = [person('1', 'emotional', { approvals: 2, rejections: 5 }), person('2', 'lawful', { validator: false }), person('3', 'emotional')]

  it('P053–P056: of each validator id, personality and what it said lately; nobody else without targets', () => {
    expect(preferencesOf(DEFAULT_CONFIG, moment(1, { people }))).toEqual([
      { publicKey: people[0]!.publicKey, name: '1', personality: 'emotional', approvals: 2, rejections: 5 },
      { publicKey: people[2]!.publicKey, name: '3', personality: 'emotional', approvals: 0, rejections: 0 }
    ])
  })

  it('P021: with targets those of these kinds, whether they vote or not', () => {
    const targeted = { ...DEFAULT_CONFIG, meme: { ...DEFAULT_CONFIG.meme, targetPersonalities: ['lawful' as const] } }
    expect(preferencesOf(targeted, moment(1, { people })).map(({ name }) => name)).toEqual(['2'])
  })
})

describe('drafts (P020, P057–P060)', () => {
  it('P057: the same moment gives the same meme', () => {
    for (const strategy of MEME_STRATEGIES) expect(made(strategy)).toEqual(made(strategy))
  })

  it('P020: each strategy makes something of its own', () => {
    const drafts = PLAIN_STRATEGIES.map(strategy => made(strategy)!.draft)
    expect(new Set(drafts.map(draft => JSON.stringify(draft))).size).toBe(PLAIN_STRATEGIES.length)
    expect(made('remix')!.draft.references).toEqual([now.memes[0]!.id])
    expect(made('trending')!.draft.tags).toEqual(['vote', 'fork', 'tea'])
    expect(made('experimental')!.draft.content).toMatchObject({ picture: { template: 0 } })
  })

  it('P021: the targeted one names whom it is for, most of all those who thought badly of this agent’s blocks', () => {
    const people = [person('1', 'lawful'), person('2', 'lawful'), person('3', 'greedy', { rejections: 9 })]
    const there = moment(3, { people })
    const { draft } = makeMeme(config, 'targeted', NOTHING_KNOWN, { moment: there, preferences: preferencesOf(DEFAULT_CONFIG, there), chance }, () => 1000)!
    expect(draft.targets).toEqual([people[2]!.publicKey])
  })

  it('P060, F-32: other drafts are tried, a bounded number of them, and then there is none', () => {
    const seen: string[] = []
    const judge = (quality: (n: number) => number) => (draft: MemeDraft) => quality(seen.push(JSON.stringify(draft)))
    expect(
      made(
        'template',
        judge(() => 499)
      )
    ).toBeNull()
    expect(seen).toHaveLength(MEME_ATTEMPTS)
    expect(new Set(seen).size).toBeGreaterThan(1)
    seen.length = 0
    expect(
      made(
        'template',
        judge(n => (n === 3 ? 500 : 499))
      )
    ).toMatchObject({ attempt: 3, quality: 500 })
  })

  it('what cannot be published is no meme', () => {
    expect(made('template', () => null)).toBeNull()
    expect(makeMeme(config, 'remix', NOTHING_KNOWN, { ...view, moment: moment(2) }, () => 1000)).toBeNull()
  })

  it('D-05: the adaptive one tries everything, then keeps to what is liked', () => {
    const known = (best: PlainStrategy): Rewards =>
      Object.fromEntries(PLAIN_STRATEGIES.map(name => [name, { points: name === best ? 9 : 0, memes: 3 }])) as Rewards
    expect(chooseArm(NOTHING_KNOWN, chance)).toBe(PLAIN_STRATEGIES[0])
    expect(chooseArm({ ...known('remix'), trending: { points: 0, memes: 0 } }, chance)).toBe('trending')
    for (const best of PLAIN_STRATEGIES) expect(chooseArm(known(best), (_, below) => below - 1)).toBe(best)
    expect(made('adaptive', draft => (draft.references.length > 0 ? 900 : 100))).toMatchObject({ strategy: 'remix' })
  })

  it('trending: the most frequent first, ties by the alphabet', () => {
    expect(trendingTags(['b', 'a', 'c', 'c'], 2)).toEqual(['c', 'a'])
  })
})
