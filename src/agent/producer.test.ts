import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { personalityOf } from '../core/taste/personalities'
import { DEFAULT_CONFIG } from './config/config'
import { NEVER, ordered, produceFrom, selectionFor, tasteFor } from './producer'
import { ORDERINGS } from './script/decision'
import type { Decision } from './script/decision'

const DECISION: Decision = { produce: true, maxTransactions: null, ordering: null, weights: null, transfers: [], social: null, memory: null, note: '' }

describe('P014, F-34: when a block may begin', () => {
  const config = { ...DEFAULT_CONFIG, blockIntervalMs: 10_000 }
  it('at once when none was made, then one interval from start to start', () => {
    expect(produceFrom(config, { lastStart: null, decision: null })).toBe(0)
    expect(produceFrom(config, { lastStart: 5000, decision: null })).toBe(15_000)
    expect(produceFrom(DEFAULT_CONFIG, { lastStart: 5000, decision: null })).toBe(5000)
  })
  it('a script may let a turn pass, and cannot hasten one', () => {
    expect(produceFrom(config, { lastStart: null, decision: { ...DECISION, produce: false } })).toBe(NEVER)
    expect(produceFrom(config, { lastStart: 5000, decision: DECISION })).toBe(15_000)
  })
})

describe('P015, P016: how much goes in', () => {
  it('a script may ask for less than the person allows, never for more', () => {
    const config = { ...DEFAULT_CONFIG, maxTransactions: 60, maxBlockSize: 5000 }
    expect(selectionFor(config, null)).toEqual({ maxBytes: 5000, maxTransactions: 60, ordering: 'fee' })
    expect(selectionFor(config, { ...DECISION, maxTransactions: 7, ordering: 'own' })).toEqual({ maxBytes: 5000, maxTransactions: 7, ordering: 'own' })
    expect(selectionFor(config, { ...DECISION, maxTransactions: 1000 }).maxTransactions).toBe(60)
  })
})

describe('P045: the order', () => {
  const byFee = [
    { id: 'a', bytes: 300, own: false },
    { id: 'b', bytes: 100, own: true },
    { id: 'c', bytes: 200, own: false }
  ]
  const byAge = [byFee[2]!, byFee[0]!, byFee[1]!]
  it.each([
    ['fee', 'abc'],
    ['age', 'cab'],
    ['own', 'bac'],
    ['small', 'bca']
  ] as const)('%s', (ordering, expected) =>
    expect(
      ordered(ordering, byFee, byAge)
        .map(({ id }) => id)
        .join('')
    ).toBe(expected)
  )

  it('drops nothing and doubles nothing', () => {
    const items = fc.array(fc.record({ id: fc.nat(), bytes: fc.nat(), own: fc.boolean() }))
    fc.assert(
      fc.property(items, fc.constantFrom(...ORDERINGS), (list, ordering) => {
        expect(new Set(ordered(ordering, list, [...list].reverse()))).toEqual(new Set(list))
        expect(ordered(ordering, list, [...list].reverse())).toHaveLength(list.length)
      })
    )
  })
})

describe('which blocks to like (P054)', () => {
  const own = personalityOf('lawful')
  it('the configured personality, else the key’s; weights of a script on top', () => {
    const weights = { technical: 500, social: 300, meme: 200, extra: 0 }
    expect(tasteFor(DEFAULT_CONFIG, own, null)).toBe(own)
    expect(tasteFor({ ...DEFAULT_CONFIG, personality: personalityOf('greedy') }, own, null)?.type).toBe('greedy')
    expect(tasteFor(DEFAULT_CONFIG, own, { ...DECISION, weights })).toEqual({ ...own, weights })
    expect(tasteFor(DEFAULT_CONFIG, null, { ...DECISION, weights })).toBeNull()
  })
})
