import { describe, expect, it } from 'vitest'
import type { TransactionIntent } from '../../bridge/api'
import { DEFAULT_CONFIG } from '../config/config'
import type { ProducerConfig } from '../config/config'
import { INTENTS_PER_HEIGHT, MEME_PAUSE, SocialCycle } from './cycle'
import { alliance, chance, moment, person, seenMeme } from './testing/moments'
import type { SocialMoment } from './view'

const configOf = (meme: Partial<ProducerConfig['meme']>, social: Partial<ProducerConfig['social']>): ProducerConfig => ({
  ...DEFAULT_CONFIG,
  meme: { ...DEFAULT_CONFIG.meme, enabled: false, ...meme },
  social: { ...DEFAULT_CONFIG.social, influenceThreshold: 0, relationshipStrategy: 'hermit', ...social }
})
const step = (cycle: SocialCycle, config: ProducerConfig, now: SocialMoment, quality: number | null = 1000): TransactionIntent[] =>
  cycle.step(config, now, chance, () => quality)
const kinds = (intents: readonly TransactionIntent[]): string[] => intents.map(({ kind }) => kind)

describe('alliances of an agent (P061–P072)', () => {
  const social = configOf({}, { allianceFormation: true, influenceThreshold: 400, relationshipStrategy: 'loyal' })

  it('P062–P068: proposes to the best who suits, for an hour of block production, on terms for that very one', () => {
    const [intent, ...more] = step(new SocialCycle(), social, moment(10))
    expect(more).toEqual([])
    expect(intent).toMatchObject({
      kind: 'propose-alliance',
      purpose: 'blockProduction',
      members: [person('2', 'lawful').publicKey],
      terms: { durationBlocks: 1800 }
    })
    const other = step(
      new SocialCycle(),
      configOf({}, { allianceFormation: true, relationshipStrategy: 'loyal' }),
      moment(10, { people: [person('4', 'neutral')] })
    )
    expect(other[0]).toMatchObject({ members: [person('4', 'neutral').publicKey] })
    expect((other[0] as { terms: unknown }).terms).not.toEqual((intent as { terms: unknown }).terms)
  })

  it('P063: influence at the threshold is enough, one below is not', () => {
    const at = (influence: number) => kinds(step(new SocialCycle(), social, moment(10, { people: [person('2', 'lawful', { influence })] })))
    expect(at(400)).toEqual(['propose-alliance'])
    expect(at(399)).toEqual([])
  })

  it('P064: nobody is asked twice in a row, who is allied is not asked, and nobody while an offer is open', () => {
    const cycle = new SocialCycle()
    const only = { people: [person('2', 'lawful')] }
    expect(kinds(step(cycle, social, moment(10, only)))).toEqual(['propose-alliance'])
    for (let height = 11; height < 70; height++) expect(step(cycle, social, moment(height, only)), `height ${height}`).toEqual([])
    expect(kinds(step(cycle, social, moment(80, only)))).toEqual(['propose-alliance'])
    expect(kinds(step(new SocialCycle(), social, moment(10, { ...only, alliances: [alliance('a', '2', 'active')] })))).not.toContain('propose-alliance')
    expect(step(new SocialCycle(), social, moment(10, { alliances: [alliance('a', '3', 'offered-by-me', '0')] }))).toEqual([])
  })

  it('P072: more offers than one height has room for are answered at the next ones, and each once', () => {
    const cycle = new SocialCycle()
    const ids = ['a', 'b', 'c', 'd', 'e', 'f']
    const alliances = ids.map(id => alliance(id, '2', 'offered-to-me'))
    const answered = [10, 11, 12].map(height => step(cycle, social, moment(height, { alliances, people: [] })))
    expect(answered.map(({ length }) => length)).toEqual([INTENTS_PER_HEIGHT, ids.length - INTENTS_PER_HEIGHT, 0])
    const named = answered.flat().map(intent => (intent as { alliance: string }).alliance)
    expect(named.toSorted()).toEqual(alliances.map(({ id }) => id).toSorted())
  })

  it('a height that is full of answers costs nothing else its turn: the meme comes at the next', () => {
    const cycle = new SocialCycle()
    const config = configOf({ enabled: true, qualityThreshold: 0 }, { allianceFormation: true, relationshipStrategy: 'loyal' })
    const alliances = ['a', 'b', 'c', 'd'].map(id => alliance(id, '2', 'offered-to-me'))
    expect(kinds(step(cycle, config, moment(10, { alliances, people: [], hasTurn: true })))).not.toContain('meme')
    expect(kinds(step(cycle, config, moment(11, { people: [], hasTurn: true })))).toContain('meme')
  })

  it('P026: allies are looked for among the target personalities', () => {
    const targeted = configOf({ targetPersonalities: ['neutral'] }, { allianceFormation: true, relationshipStrategy: 'loyal' })
    const people = [person('2', 'lawful', { influence: 900 }), person('4', 'neutral')]
    expect(step(new SocialCycle(), targeted, moment(10, { people }))).toMatchObject([{ members: [people[1]!.publicKey] }])
    expect(step(new SocialCycle(), social, moment(10, { people }))).toMatchObject([{ members: [people[0]!.publicKey] }])
  })

  it('P072: what suits is signed, what does not is declined, each once', () => {
    const cycle = new SocialCycle()
    const offers = [alliance('a', '2', 'offered-to-me'), alliance('b', '3', 'offered-to-me')]
    const answers = step(cycle, social, moment(10, { alliances: offers }))
    expect(answers.filter(({ kind }) => kind !== 'propose-alliance')).toEqual([
      { kind: 'accept-alliance', alliance: offers[0]!.id },
      { kind: 'decline-alliance', alliance: offers[1]!.id }
    ])
    expect(kinds(step(cycle, social, moment(11, { alliances: offers })))).toEqual([])
  })

  it('P023: off, it proposes nothing and declines everything', () => {
    const off = configOf({}, { allianceFormation: false, relationshipStrategy: 'cooperative' })
    const kept = kinds(step(new SocialCycle(), off, moment(10, { alliances: [alliance('a', '2', 'offered-to-me')] })))
    expect(kept).toEqual(['decline-alliance', 'interact'])
  })

  it('P061: what holds and what has ended is told', () => {
    const cycle = new SocialCycle()
    step(cycle, social, moment(10, { alliances: [alliance('a', '2', 'active', '0')] }))
    step(cycle, social, moment(11, { people: [] }))
    const { told, counts } = cycle.life(social)
    expect(told.map(({ text }) => text)).toEqual(['An alliance holds.', 'An alliance has ended.'])
    expect(told.map(({ height }) => height)).toEqual([10, 11])
    expect(counts.accepted).toBe(1)
  })
})

describe('strategies towards others (P025, D-06)', () => {
  const people = [
    person('1', 'emotional', { trustsMe: 200, influence: 300 }),
    person('2', 'lawful', { trustsMe: -300, influence: 200 }),
    person('3', 'memetic', { influence: 900 })
  ]
  const said = (relationshipStrategy: ProducerConfig['social']['relationshipStrategy'], change: Partial<SocialMoment> = {}) =>
    step(new SocialCycle(), configOf({}, { relationshipStrategy }), moment(10, { people, ...change }))

  it('P025, P081: each treats the same people in its own way', () => {
    expect(said('reciprocal')).toEqual([{ kind: 'interact', to: people[1]!.publicKey, what: 'oppose' }])
    expect(said('cooperative')).toEqual([{ kind: 'interact', to: people[0]!.publicKey, what: 'support' }])
    expect(said('opportunistic')).toEqual([{ kind: 'interact', to: people[2]!.publicKey, what: 'support' }])
    expect(said('rival')).toEqual([{ kind: 'interact', to: people[2]!.publicKey, what: 'oppose' }])
    expect(said('loyal')).toEqual([])
    expect(said('loyal', { alliances: [alliance('a', '3', 'active')] })).toEqual([{ kind: 'interact', to: people[2]!.publicKey, what: 'support' }])
    expect(said('hermit', { memes: [seenMeme('a', '1')] })).toEqual([])
  })

  it('P025: the reciprocal leave an ally that has turned against them, the loyal do not', () => {
    const alliances = [alliance('a', '2', 'active')]
    expect(kinds(said('reciprocal', { alliances }))).toContain('break-alliance')
    expect(kinds(said('loyal', { alliances }))).not.toContain('break-alliance')
  })

  it('P082: words come now and then, to one after another, and the answer to each meme once', () => {
    const cycle = new SocialCycle()
    const config = configOf({}, { relationshipStrategy: 'cooperative' })
    const heard: string[] = []
    for (let height = 1; height <= 12; height++)
      for (const intent of step(cycle, config, moment(height, { memes: [seenMeme('a', '1')] })))
        heard.push(intent.kind === 'interact' ? intent.to[0]! : intent.kind)
    expect(heard).toEqual(['react', '1', '2', '3'])
  })
})

describe('memes of an agent (P018, P037, P057–P060)', () => {
  const on = configOf({ enabled: true, qualityThreshold: 500 }, {})

  it('P018, P037: one for the own block when it is on, none when it is off', () => {
    expect(step(new SocialCycle(), on, moment(10))).toMatchObject([{ kind: 'meme', attach: true }])
    expect(step(new SocialCycle(), configOf({ enabled: false }, {}), moment(10))).toEqual([])
  })

  it('is not made without a turn, nor while one waits, nor again at once', () => {
    expect(step(new SocialCycle(), on, moment(10, { hasTurn: false }))).toEqual([])
    expect(step(new SocialCycle(), on, moment(10, { memeWaits: true }))).toEqual([])
    const cycle = new SocialCycle()
    const made = Array.from({ length: 3 * MEME_PAUSE }, (_, i) => step(cycle, on, moment(10 + i)).length)
    expect(made.flatMap((count, i) => (count > 0 ? [i] : []))).toEqual([0, MEME_PAUSE, 2 * MEME_PAUSE])
  })

  it('P019, P059: at the threshold it is attached, one below it is not', () => {
    expect(kinds(step(new SocialCycle(), on, moment(10), 500))).toEqual(['meme'])
    expect(step(new SocialCycle(), on, moment(10), 499)).toEqual([])
  })

  it('P080: who has too little influence and no turn shares one with everybody', () => {
    const weak = configOf({ enabled: true }, { influenceThreshold: 600 })
    expect(step(new SocialCycle(), weak, moment(10, { hasTurn: false, influence: 599 }))).toMatchObject([{ kind: 'meme', attach: false }])
    expect(step(new SocialCycle(), weak, moment(10, { hasTurn: false, influence: 600 }))).toEqual([])
  })
})

describe('influence (P073–P079)', () => {
  const config = configOf({}, { influenceThreshold: 400 })

  it('P073: every height is a look', () => {
    const cycle = new SocialCycle()
    for (const height of [4, 5, 9]) {
      step(cycle, config, moment(height, { influence: 100 * height }))
      expect(cycle.life(config)).toMatchObject({ at: height, influence: 100 * height })
    }
    expect(step(cycle, config, moment(9))).toEqual([])
  })

  it('P074, P075: at the threshold nothing changes, one below it does, and it is told', () => {
    const after = (influence: number) => {
      const cycle = new SocialCycle()
      step(cycle, config, moment(20, { influence }))
      return cycle.life(config)
    }
    expect(after(400)).toMatchObject({ counts: { adjustments: 0 }, told: [] })
    expect(after(399)).toMatchObject({ counts: { adjustments: 1 }, told: [{ height: 20 }] })
  })

  it('P076: three numbers, from reactions, alliances and opinions, and trust', () => {
    const cycle = new SocialCycle()
    step(cycle, config, moment(20, { meanTrust: 100 }))
    const people = [person('1', 'lawful', { approvals: 3, rejections: 1 })]
    const memes = [seenMeme('a', '0', { mine: true, height: 20, reactions: { love: 1, like: 2, dislike: 1, neutral: 3 } })]
    step(cycle, config, moment(21, { meanTrust: 160, people, memes }))
    expect(cycle.life(config).effectiveness).toEqual({ meme: 1300, social: 375, relationship: 60 })
  })

  it.each([
    ['P077: memes that nobody likes are made otherwise', { memeStrategy: 'adaptive' }, { meme: -700, approvals: 4, trust: 10 }],
    ['P078: who finds no allies asks less of them', { asksOfAllies: 650 }, { meme: 1000, approvals: 0, trust: 10 }],
    ['P079: who is trusted less speaks more', { gesturePause: 3 }, { meme: 1000, approvals: 4, trust: -50 }]
  ])('%s', (_, changed, { meme, approvals, trust }) => {
    const cycle = new SocialCycle()
    step(cycle, config, moment(1, { meanTrust: 0 }))
    const reactions = { love: meme > 0 ? 1 : 0, like: 0, dislike: meme < 0 ? 1 : 0, neutral: 0 }
    const people = [person('1', 'lawful', { approvals, rejections: 0 })]
    step(cycle, config, moment(20, { influence: 1, meanTrust: trust, people, memes: [seenMeme('a', '0', { mine: true, height: 19, reactions })] }))
    expect(cycle.life(config)).toMatchObject({ ...changed, counts: { adjustments: 1 } })
  })
})

describe('as a whole', () => {
  it('the same history, the same life (F-34)', () => {
    const lived = () => {
      const cycle = new SocialCycle()
      const config = configOf(
        { enabled: true, qualityThreshold: 0, creationStrategy: 'adaptive' },
        { allianceFormation: true, relationshipStrategy: 'cooperative' }
      )
      const all = Array.from({ length: 60 }, (_, i) =>
        step(cycle, config, moment(i + 1, { memes: [seenMeme('a', '1'), seenMeme('b', '2')], air: ['fork', 'vote'] }))
      )
      return { all, life: cycle.life(config) }
    }
    expect(lived()).toEqual(lived())
  })

  it('is no flood: a few intents per height at most, whatever is offered', () => {
    const alliances = Array.from({ length: 16 }, (_, i) => alliance(i.toString(16), '2', 'offered-to-me'))
    const config = configOf({ enabled: true, qualityThreshold: 0 }, { allianceFormation: true, relationshipStrategy: 'cooperative' })
    expect(step(new SocialCycle(), config, moment(10, { alliances, memes: [seenMeme('e', '1')] }))).toHaveLength(INTENTS_PER_HEIGHT)
  })
})
