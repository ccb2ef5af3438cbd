import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { PERSONALITIES, personalityOf } from '../core/taste/personalities'
import { likingOf, reactionTo } from './taste'

const facts = fc.record({
  quality: fc.integer({ min: 0, max: 1000 }),
  relevance: fc.integer({ min: 0, max: 1000 }),
  trust: fc.integer({ min: -1000, max: 1000 })
})

describe('D-03: what a viewer thinks of a meme', () => {
  it.each([
    ['a good and topical one', { quality: 850, relevance: 1000, trust: 0 }, 'love', 'like'],
    ['one like any other', { quality: 450, relevance: 0, trust: 0 }, 'dislike', 'neutral'],
    ['a good one about nothing', { quality: 480, relevance: 500, trust: 300 }, 'like', 'like']
  ] as const)('%s', (_, meme, memetic, lawful) => {
    expect(reactionTo(personalityOf('memetic'), meme)).toBe(memetic)
    expect(reactionTo(personalityOf('lawful'), meme)).toBe(lawful)
  })

  it('is a whole number, and grows with quality, relevance and trust, for every personality', () => {
    fc.assert(
      fc.property(facts, fc.constantFrom(...PERSONALITIES), (meme, personality) => {
        const liking = likingOf(personality, meme)
        expect(Number.isInteger(liking)).toBe(true)
        for (const more of [
          { ...meme, quality: 1000 },
          { ...meme, relevance: 1000 },
          { ...meme, trust: 1000 }
        ])
          expect(likingOf(personality, more)).toBeGreaterThanOrEqual(liking)
      })
    )
  })
})
