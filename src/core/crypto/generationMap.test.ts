import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { GenerationMap } from './generationMap'

describe('GenerationMap', () => {
  it('S10: never holds more than its limit, never a wrong value, and always the limit / 2 keys used last', () => {
    const operations = fc.array(fc.tuple(fc.boolean(), fc.nat(14)), { minLength: 100, maxLength: 200 })
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 12 }), operations, (limit, list) => {
        const map = new GenerationMap<number, string>(limit)
        const written = new Map<number, string>()
        let recent: number[] = []
        const use = (key: number) => (recent = [key, ...recent.filter(other => other !== key)].slice(0, Math.floor(limit / 2)))
        list.forEach(([write, key], i) => {
          if (write) {
            map.set(key, `${key}/${i}`)
            written.set(key, `${key}/${i}`)
            use(key)
          } else {
            const value = map.get(key)
            if (recent.includes(key)) expect(value).toBe(written.get(key))
            if (value !== undefined) {
              expect(value).toBe(written.get(key))
              use(key)
            }
          }
          expect(map.size).toBeLessThanOrEqual(limit)
        })
      }),
      { numRuns: 500 }
    )
  })

  it.each([0, 1, 2.5, NaN, -2])('refuses the limit %s', limit => {
    expect(() => new GenerationMap(limit)).toThrow(RangeError)
  })
})
