import fc from 'fast-check'
import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { judge, MAX_TASTE_SLOTS, NEUTRAL_FACTS, REASON_CODES, reasonName, SLIGHT_BLOCKS, TARGET_FEES, technicalOf, whimOf } from './judge'
import type { Facts, Mood, ReasonName } from './judge'
import { checkPersonality, defaultPersonality, PERSONALITIES, PERSONALITY_TYPES, personalityOf } from './personalities'
import type { Personality, PersonalityType } from './personalities'

const bytes = (fill: number) => new Uint8Array(32).fill(fill)
const whim = { judge: bytes(1), block: bytes(2) }
/** The same type without its whims: what is left is arithmetic. */
const sober = (type: PersonalityType): Personality => ({ ...personalityOf(type), chaos: 0 })
const of = (personality: Personality, facts: Partial<Facts> = {}, on = whim) => judge(personality, { ...NEUTRAL_FACTS, ...facts }, on)
const scoreOf = (type: PersonalityType, facts: Partial<Facts> = {}) => of(sober(type), facts).score
const named = (reasons: readonly { code: number }[]) => reasons.map(({ code }) => reasonName(code))

const milli = fc.integer({ min: 0, max: 1000 })
const someFacts: fc.Arbitrary<Facts> = fc.record({
  own: fc.boolean(),
  technical: milli,
  social: milli,
  meme: fc.option(milli),
  fees: fc.bigInt(0n, 100n),
  offers: fc.array(fc.record({ amount: fc.bigInt(0n, 50n), paid: fc.boolean() }), { maxLength: 3 }),
  drama: fc.integer({ min: 0, max: 10 }),
  seen: fc.record({ approve: fc.nat(40), reject: fc.nat(40) }),
  equivocated: fc.boolean(),
  acceptance: milli,
  standing: fc.constantFrom('none', 'ally', 'rival'),
  mood: fc.constantFrom<Mood>('neutral', 'happy', 'excited', 'frustrated'),
  slightAge: fc.option(fc.integer({ min: 1, max: 40 }))
})
const someVector: fc.Arbitrary<Personality> = fc
  .tuple(milli, milli, milli, milli, milli, fc.constantFrom<Personality['extra']>('none', 'fees', 'drama'))
  .map(([a, b, c, threshold, chaos, extra]) => {
    const [low, mid, high] = [a, b, c].sort((x, y) => x - y) as [number, number, number]
    const weights = { technical: low, social: mid - low, meme: high - mid, extra: 1000 - high }
    return { type: 'custom', weights, extra, threshold, chaos, traits: { chaos: 0, meme: 0, alliance: 0, drama: 0, reason: 0 } }
  })
const anybody = fc.oneof(fc.constantFrom(...PERSONALITIES), someVector)
const anyKey = fc.uint8Array({ minLength: 32, maxLength: 32 })

describe('the table (D-01, P054)', () => {
  it('nine types, each a vector that could also be typed in', () => {
    expect(PERSONALITIES.map(({ type }) => type)).toEqual(PERSONALITY_TYPES)
    expect(new Set(PERSONALITY_TYPES).size).toBe(9)
    for (const personality of PERSONALITIES) expect(checkPersonality(personality), personality.type).toBeNull()
    for (const type of PERSONALITY_TYPES) expect(personalityOf(type).type).toBe(type)
  })

  it.each<[PersonalityType, number[]]>([
    ['lawful', [700, 200, 100, 0, 600, 0]],
    ['neutral', [400, 400, 200, 0, 500, 30]],
    ['chaotic', [300, 400, 300, 0, 500, 300]],
    ['memetic', [200, 200, 600, 0, 500, 80]],
    ['greedy', [300, 250, 100, 350, 500, 50]],
    ['dramatic', [200, 250, 250, 300, 500, 150]],
    ['rational', [650, 200, 150, 0, 550, 0]],
    ['emotional', [200, 600, 200, 0, 500, 120]],
    ['strategic', [300, 500, 200, 0, 520, 20]]
  ])('%s', (type, row) => {
    const { weights, threshold, chaos } = personalityOf(type)
    expect([weights.technical, weights.social, weights.meme, weights.extra, threshold, chaos]).toEqual(row)
  })

  it('a typed-in vector is refused when it is out of range, broken, or does not add up', () => {
    const base = personalityOf('neutral')
    const bad: Personality[] = [
      { ...base, threshold: 1001 },
      { ...base, chaos: -1 },
      { ...base, threshold: 0.5 },
      { ...base, weights: { ...base.weights, extra: 1 } },
      { ...base, weights: { ...base.weights, technical: 1400, social: -600 } },
      { ...base, traits: { ...base.traits, drama: 2000 } }
    ]
    for (const personality of bad) expect(checkPersonality(personality)).toMatchObject({ code: 'bad-personality' })
  })

  it('a key that has chosen nothing has one of the nine, always the same, and all nine occur', () => {
    const types = Array.from({ length: 256 }, (_, i) => defaultPersonality(Uint8Array.of(0, 0, 0, i)).type)
    expect(new Set(types).size).toBe(9)
    for (const type of PERSONALITY_TYPES) expect(types.filter(other => other === type).length).toBeGreaterThanOrEqual(28)
  })
})

describe('R8: a judgement is a delay of 0 … 7 slots and never more', () => {
  it('for any personality and any facts: integers, in range, verdict and delay by the score, the same again', () => {
    fc.assert(
      fc.property(anybody, someFacts, anyKey, anyKey, (personality, facts, key, block) => {
        const judgement = judge(personality, facts, { judge: key, block })
        const { score, verdict, tasteSlots, reasons } = judgement
        expect(Number.isInteger(score) && Math.abs(score) < 4096).toBe(true)
        expect(verdict).toBe(score >= 0 ? 'approve' : 'reject')
        expect(tasteSlots).toBe(score >= 0 ? 0 : Math.min(7, 1 + Math.floor(-score / 100)))
        expect(reasons.length).toBeLessThanOrEqual(4)
        expect(new Set(reasons.map(({ code }) => code)).size).toBe(reasons.length)
        for (const { points } of reasons) expect(Number.isInteger(points) && points !== 0 && Math.abs(points) < 4096).toBe(true)
        expect(judge(personality, facts, { judge: key, block }), 'a run can be replayed').toEqual(judgement)
      }),
      { numRuns: 2000 }
    )
  })

  it('facts out of range are taken as the nearest end', () => {
    const low = of(sober('dramatic'), { technical: -5000, social: -1, meme: -99, drama: -3 })
    const high = of(sober('dramatic'), { technical: 9999, social: 1001, meme: 5000, drama: 99 })
    expect([low.score, high.score]).toEqual([-500, 500])
  })

  it.each([
    [0, 'approve', 0],
    [-1, 'reject', 1],
    [-99, 'reject', 1],
    [-100, 'reject', 2],
    [-599, 'reject', 6],
    [-600, 'reject', 7],
    [-1000, 'reject', 7]
  ])('a score of %i: %s, %i slots', (score, verdict, slots) => {
    const strict: Personality = { ...personalityOf('rational'), type: 'custom', weights: { technical: 1000, social: 0, meme: 0, extra: 0 }, threshold: 1000 }
    expect(of(strict, { technical: 1000 + score })).toMatchObject({ score, verdict, tasteSlots: slots })
    expect(MAX_TASTE_SLOTS).toBe(7)
  })

  it('the reasons, all of them together, are the score up to rounding', () => {
    const strangers = someFacts.map(facts => ({ ...facts, own: false }))
    fc.assert(
      fc.property(someVector, strangers, (vector, facts) => {
        // Without whims no more than four things can be said, so that none is left out.
        const { score, reasons } = judge({ ...vector, chaos: 0 }, facts, whim)
        expect(Math.abs(reasons.reduce((sum, { points }) => sum + points, 0) - score)).toBeLessThanOrEqual(4)
      })
    )
  })

  it('reasons come by weight, and a code of a newer version has no name', () => {
    const { reasons } = of(sober('lawful'), { technical: 0, social: 400, meme: 0 })
    expect(named(reasons)).toEqual(['technical', 'meme', 'social'])
    expect(reasons.map(({ points }) => points)).toEqual([-420, -60, -40])
    expect(reasonName(200)).toBeNull()
    for (const [name, code] of Object.entries(REASON_CODES)) expect(reasonName(code)).toBe(name as ReasonName)
  })
})

describe('the whim: H("vote", judge, block)', () => {
  it('is what SHA-256 of the framed tag, key and hash says, by Node itself', () => {
    const digest = createHash('sha256').update(Buffer.of(4)).update('vote').update(whim.judge).update(whim.block).digest()
    for (const chaos of [0, 1, 30, 300, 1000]) expect(whimOf(chaos, whim)).toBe(Number(digest.readBigUInt64LE(0) % BigInt(2 * chaos + 1)) - chaos)
  })

  it('stays within the chaos of the type, reaches both ends, and leans neither way', () => {
    const whims = Array.from({ length: 4000 }, (_, i) => whimOf(30, { judge: bytes(3), block: Uint8Array.of(i & 255, i >> 8) }))
    expect(Math.min(...whims)).toBe(-30)
    expect(Math.max(...whims)).toBe(30)
    expect(Math.abs(whims.reduce((sum, value) => sum + value, 0) / whims.length)).toBeLessThan(1.5)
  })

  it('lawful and rational have none: any block with the same facts gets the same score', () => {
    for (const type of ['lawful', 'rational'] as const) {
      const scores = new Set(Array.from({ length: 50 }, (_, i) => of(personalityOf(type), {}, { judge: bytes(1), block: bytes(i) }).score))
      expect(scores.size).toBe(1)
    }
  })
})

describe('a block of a stranger about which there is nothing to tell', () => {
  it.each<[PersonalityType, number]>([
    ['lawful', 250],
    ['neutral', 200],
    ['chaotic', 150],
    ['memetic', 100],
    ['greedy', -25],
    ['dramatic', 100],
    ['rational', 275],
    ['emotional', 100],
    ['strategic', 130]
  ])('%s: %i, before any whim', (type, score) => {
    expect(scoreOf(type)).toBe(score)
  })
})

describe('special rules', () => {
  it('lawful: whoever was caught with two blocks gets everything it has against it', () => {
    const caught = of(personalityOf('lawful'), { equivocated: true, technical: 1000, social: 1000, meme: 1000 })
    expect(caught).toEqual({ score: -600, verdict: 'reject', tasteSlots: 7, reasons: [{ code: REASON_CODES.equivocation, points: -600 }] })
    expect(scoreOf('neutral', { equivocated: true }), 'nobody else looks at that').toBe(scoreOf('neutral'))
  })

  it('neutral: of two minds, it goes with the majority of the opinions seen; sure of itself, it does not', () => {
    const torn = { technical: 700 }
    expect(scoreOf('neutral', torn)).toBe(80)
    const against = of(sober('neutral'), { ...torn, seen: { approve: 1, reject: 2 } })
    expect(against).toMatchObject({ score: -80, verdict: 'reject', tasteSlots: 1 })
    expect(named(against.reasons)[0]).toBe('majority')
    expect(of(sober('neutral'), { ...torn, seen: { approve: 2, reject: 2 } }).score).toBe(80)
    const worse = { technical: 400 }
    expect(scoreOf('neutral', worse)).toBe(-40)
    expect(scoreOf('neutral', { ...worse, seen: { approve: 3, reject: 0 } })).toBe(40)
    expect(scoreOf('neutral', { technical: 500, seen: { approve: 0, reject: 1 } }), 'a score of zero can be turned, too').toBe(-1)
    expect(scoreOf('neutral', { technical: 750, seen: { approve: 0, reject: 9 } }), 'a hundred points are enough to be sure').toBe(100)
  })

  it('chaotic: its mood moves what it sees', () => {
    const calm = scoreOf('chaotic')
    expect(scoreOf('chaotic', { mood: 'happy' }) - calm).toBe(70)
    expect(scoreOf('chaotic', { mood: 'frustrated' }) - calm, 'without whims').not.toBe(0)
    expect(scoreOf('chaotic', { technical: 800, mood: 'excited' }) - scoreOf('chaotic', { technical: 800 })).toBe(100)
    const scores = Array.from({ length: 3000 }, (_, i) => {
      const block = Uint8Array.of(i & 255, i >> 8)
      return of(personalityOf('chaotic'), { mood: 'frustrated' }, { judge: bytes(9), block }).score
    })
    expect(Math.min(...scores), 'frustration makes the whims larger').toBeLessThan(calm - 40 - 450)
    expect(scoreOf('lawful', { mood: 'frustrated' })).toBe(scoreOf('lawful'))
  })

  it('memetic: a block without a meme is worth 200 to it, and 500 to the others', () => {
    expect(scoreOf('memetic', { meme: null })).toBe(scoreOf('memetic', { meme: 200 }))
    expect(scoreOf('dramatic', { meme: null })).toBe(scoreOf('dramatic', { meme: 500 }))
    expect(named(of(sober('memetic'), { meme: null }).reasons)[0]).toBe('meme')
  })

  it('greedy: fees count, offers only once they are paid on the chain', () => {
    const none = scoreOf('greedy')
    expect(scoreOf('greedy', { fees: TARGET_FEES }) - none).toBe(350)
    expect(scoreOf('greedy', { fees: 100n * TARGET_FEES }) - none, 'enough is enough').toBe(350)
    expect(scoreOf('greedy', { offers: [{ amount: TARGET_FEES, paid: false }] })).toBe(none)
    expect(scoreOf('greedy', { offers: [{ amount: TARGET_FEES, paid: true }] }) - none).toBe(350)
    expect(scoreOf('greedy', { fees: TARGET_FEES / 2n }) - none).toBe(175)
    expect(scoreOf('rational', { fees: TARGET_FEES })).toBe(scoreOf('rational'))
  })

  it('dramatic: drama counts by level, and split opinions on top of it', () => {
    expect(scoreOf('dramatic', { drama: 10 }) - scoreOf('dramatic', { drama: 0 })).toBe(300)
    const calm = scoreOf('dramatic', { drama: 2 })
    const split = (approve: number, reject: number) => scoreOf('dramatic', { drama: 2, seen: { approve, reject } }) - calm
    expect([split(2, 3), split(3, 2), split(1, 1)]).toEqual([60, 60, 60])
    expect([split(1, 2), split(2, 1), split(1, 0), split(0, 0)]).toEqual([0, 0, 0, 0])
    expect(scoreOf('dramatic', { drama: 10, seen: { approve: 1, reject: 1 } }), 'no more than everything').toBe(scoreOf('dramatic', { drama: 10 }))
  })

  it('rational: it asks for the record of the maker and not for its friends', () => {
    expect(scoreOf('rational', { social: 0 })).toBe(scoreOf('rational', { social: 1000 }))
    expect(scoreOf('rational', { acceptance: 1000 }) - scoreOf('rational', { acceptance: 0 })).toBe(200)
    expect(named(of(sober('rational'), { acceptance: 0 }).reasons)).toContain('record')
  })

  it('emotional: its mood counts, and a slight for twenty blocks', () => {
    const calm = scoreOf('emotional')
    expect(scoreOf('emotional', { mood: 'happy' }) - calm).toBe(100)
    expect(scoreOf('emotional', { mood: 'excited' }) - calm).toBe(100)
    expect(scoreOf('emotional', { mood: 'frustrated' }) - calm).toBe(-100)
    expect(scoreOf('emotional', { slightAge: 1 }) - calm).toBe(-100)
    expect(scoreOf('emotional', { slightAge: SLIGHT_BLOCKS }) - calm).toBe(-100)
    expect(scoreOf('emotional', { slightAge: SLIGHT_BLOCKS + 1 })).toBe(calm)
    expect(scoreOf('rational', { slightAge: 1 })).toBe(scoreOf('rational'))
  })

  it('strategic: an ally is favoured, a rival is not', () => {
    expect(scoreOf('strategic', { standing: 'ally' }) - scoreOf('strategic')).toBe(150)
    expect(scoreOf('strategic', { standing: 'rival' }) - scoreOf('strategic')).toBe(-150)
    expect(scoreOf('emotional', { standing: 'rival' })).toBe(scoreOf('emotional'))
  })

  it('everybody approves of its own block', () => {
    fc.assert(
      fc.property(anybody, someFacts, (personality, facts) => {
        expect(judge(personality, { ...facts, own: true }, whim)).toMatchObject({ verdict: 'approve', tasteSlots: 0 })
      })
    )
  })

  it('a custom vector has no special rule: memes, moods, slights, rivals and majorities leave it cold', () => {
    const custom: Personality = { ...sober('memetic'), type: 'custom' }
    const torn = of(custom, { technical: 400, meme: 450 }).score
    expect(Math.abs(torn)).toBeLessThan(100)
    const facts = {
      technical: 400,
      meme: 450,
      mood: 'frustrated',
      slightAge: 1,
      standing: 'rival',
      equivocated: true,
      seen: { approve: 0, reject: 9 }
    } as const
    expect(of(custom, facts).score).toBe(torn)
    expect(of(custom, { meme: null }).score).toBe(of(custom, { meme: 500 }).score)
  })
})

describe('T: what the technical side of a valid block is worth', () => {
  it.each([
    [0, 0, 1000],
    [5, 5, 1000],
    [7, 5, 1000],
    [0, 5, 600],
    [1, 2, 800],
    [1, 3, 733]
  ])('%i transactions where %i were waiting: %i', (included, waiting, technical) => {
    expect(technicalOf(included, waiting)).toBe(technical)
  })
})
