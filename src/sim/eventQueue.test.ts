import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { EventQueue } from './eventQueue'

describe('EventQueue', () => {
  it('gives events by time, equal times in the order of planning, however far ahead and whenever they were planned', () => {
    const delay = fc.oneof(fc.nat(5), fc.nat(300), fc.nat(40_000))
    const step = fc.record({ delay, pops: fc.nat(2) })
    fc.assert(
      fc.property(fc.array(step, { maxLength: 120 }), steps => {
        const queue = new EventQueue<number>(1000)
        const model: { at: number; id: number }[] = []
        let now = 1000
        const takeOne = () => {
          model.sort((a, b) => a.at - b.at || a.id - b.id)
          const expected = model.shift()
          expect(queue.nextAt).toBe(expected?.at ?? Infinity)
          now = Math.max(now, expected?.at ?? now)
          expect(queue.pop()).toBe(expected?.id)
          expect(queue.size).toBe(model.length)
        }
        for (const [id, { delay: ahead, pops }] of steps.entries()) {
          queue.push(now + ahead, id)
          model.push({ at: now + ahead, id })
          for (let i = 0; i < pops; i++) takeOne()
        }
        while (model.length > 0) takeOne()
        expect(queue.pop()).toBeUndefined()
      }),
      { numRuns: 300 }
    )
  })

  it('looking ahead does not keep an earlier event out', () => {
    const queue = new EventQueue<string>(0)
    queue.push(5000, 'late')
    expect(queue.nextAt).toBe(5000)
    queue.push(7.2, 'early')
    expect([queue.nextAt, queue.pop(), queue.nextAt, queue.pop()]).toEqual([8, 'early', 5000, 'late'])
  })

  it('what is planned for the past happens now', () => {
    const queue = new EventQueue<string>(0)
    queue.push(20_000, 'first')
    queue.pop()
    queue.push(3, 'second')
    expect([queue.nextAt, queue.pop()]).toEqual([20_000, 'second'])
  })
})
