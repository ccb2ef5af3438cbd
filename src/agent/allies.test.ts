import { describe, expect, it } from 'vitest'
import { PERSONALITIES, personalityOf } from '../core/taste/personalities'
import type { PersonalityType } from '../core/taste/personalities'
import { compatibility, LEAST_INFLUENCE, suggestAllies, SUGGESTIONS, termsFor } from './allies'
import type { Candidate } from './allies'

const key = (n: number) => n.toString(16).padStart(64, '0')
const candidate = (n: number, type: PersonalityType, change: Partial<Candidate> = {}): Candidate => ({
  publicKey: key(n),
  personality: personalityOf(type),
  influence: 500,
  taken: false,
  ...change
})

describe('P062, D-02: compatibility', () => {
  it('is 1000 less the mean difference of the five traits', () => {
    // memetic 500/1000/500/500/300, emotional 500/600/700/600/100: 0 + 400 + 200 + 100 + 200 = 900.
    expect(compatibility(personalityOf('memetic'), personalityOf('emotional'))).toBe(820)
    for (const one of PERSONALITIES.filter(({ type }) => type !== 'chaotic')) {
      expect(compatibility(one, one)).toBe(1000)
      for (const other of PERSONALITIES.filter(({ type }) => type !== 'chaotic')) expect(compatibility(one, other)).toBe(compatibility(other, one))
    }
  })

  it.each([
    ['chaotic', 800],
    ['lawful', 300],
    ['memetic', 700],
    ['dramatic', 900],
    ['greedy', 500],
    ['rational', 500]
  ] as const)('the chaotic see the %s by kind: %i', (type, milli) => {
    expect(compatibility(personalityOf('chaotic'), personalityOf(type))).toBe(milli)
  })
})

describe('P063, P064: suggestions', () => {
  it('leave out those below the threshold of influence, allies, and those with an offer', () => {
    const found = suggestAllies(
      personalityOf('neutral'),
      [
        candidate(1, 'neutral', { influence: LEAST_INFLUENCE }),
        candidate(2, 'neutral', { influence: LEAST_INFLUENCE - 1 }),
        candidate(3, 'neutral', { taken: true })
      ],
      1000
    )
    expect(found.map(each => each.candidate.publicKey)).toEqual([key(1)])
  })

  it('come by compatibility times influence, equal ones by key, and not too many', () => {
    const many = Array.from({ length: 20 }, (_, i) => candidate(20 - i, 'neutral', { influence: 300 + 10 * Math.floor(i / 2) }))
    const found = suggestAllies(personalityOf('neutral'), many, 1000)
    expect(found).toHaveLength(SUGGESTIONS)
    expect(found.map(each => each.score)).toEqual([390, 390, 380, 380, 370, 370])
    expect(found[0]!.candidate.publicKey < found[1]!.candidate.publicKey).toBe(true)
    const best = suggestAllies(personalityOf('lawful'), [candidate(1, 'chaotic', { influence: 900 }), candidate(2, 'rational', { influence: 500 })], 1000)
    expect(best[0]!.candidate.publicKey).toBe(key(2))
  })
})

describe('P066–P068: terms', () => {
  it('last an hour, at the pace of the room, and never longer than the chain allows', () => {
    expect(termsFor(personalityOf('lawful'), 10_000).durationBlocks).toBe(360)
    expect(termsFor(personalityOf('lawful'), 1000).durationBlocks).toBe(3600)
    expect(termsFor(personalityOf('lawful'), 100).durationBlocks).toBe(10_000)
    expect(termsFor(personalityOf('lawful'), 86_400_000).durationBlocks).toBe(1)
  })

  it('differ by the target', () => {
    const all = PERSONALITIES.map(personality => JSON.stringify(termsFor(personality, 1000)))
    expect(new Set(all).size).toBeGreaterThanOrEqual(7)
    expect(termsFor(personalityOf('greedy'), 1000).rewardShare).toBeGreaterThan(0)
    expect(termsFor(personalityOf('memetic'), 1000).memeBoost).toBe(200)
  })
})
