import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { SimClock } from './clock'
import { fairWeather, LOST, SimNetwork } from './network'
import { Random } from './random'

const network = (nodes = 4, latency: readonly [number, number] = [10, 50]) => new SimNetwork(nodes, latency, new Random(1))

describe('SimNetwork', () => {
  it('delivers within its latency, never at once', () => {
    const fair = network()
    for (let i = 0; i < 500; i++) expect(fair.arrival(0, 1, 1000) - 1000).toSatisfy((ms: number) => ms >= 10 && ms <= 50)
    expect(network(2, [0, 0]).arrival(0, 1, 7)).toBe(8)
  })

  it('a cut is both ways or one way, cuts add up, and each heals by itself', () => {
    const cut = network()
    const both = cut.split([0, 1], false)
    const oneWay = cut.split([0], true)
    expect([cut.arrival(0, 2, 0), cut.arrival(2, 0, 0), cut.arrival(0, 1, 0)]).toEqual([LOST, LOST, LOST])
    expect(cut.arrival(1, 0, 0)).toBeGreaterThan(0)
    cut.heal(both)
    expect([cut.isCut(2, 0), cut.isCut(0, 2), cut.isCut(0, 1)]).toEqual([false, true, true])
    cut.heal(oneWay)
    cut.heal(oneWay)
    for (let a = 0; a < 4; a++) for (let b = 0; b < 4; b++) expect(cut.isCut(a, b)).toBe(false)
  })

  it('a clogged link holds everything back and delivers it in one burst', () => {
    const clogged = network()
    clogged.clog(0, null, 5000)
    expect([1000, 2000, 4900].map(at => clogged.arrival(0, 1, at))).toEqual([5000, 5000, 5000])
    expect(clogged.arrival(1, 0, 1000)).toBeLessThan(1100)
    expect(clogged.arrival(0, 2, 6000)).toBeLessThan(6100)
  })

  it('weather: so many in 1000 are lost, doubled, delayed, overtaken', () => {
    const stormy = network()
    const share = (hit: () => boolean) => Array.from({ length: 4000 }, hit).filter(Boolean).length / 4
    stormy.weather = { ...fairWeather, lossMilli: 200 }
    expect(share(() => stormy.arrival(0, 1, 0) === LOST)).toSatisfy((milli: number) => milli > 160 && milli < 240)
    stormy.weather = { ...fairWeather, duplicateMilli: 100 }
    expect(share(() => stormy.doubles())).toSatisfy((milli: number) => milli > 70 && milli < 130)
    stormy.weather = { ...fairWeather, delayMilli: 300, delayMs: 3000, reorderMilli: 300, reorderMs: 300 }
    expect(share(() => stormy.arrival(0, 1, 0) > 350)).toSatisfy((milli: number) => milli > 200 && milli < 330)
    expect(share(() => stormy.arrival(0, 1, 0) > 50)).toSatisfy((milli: number) => milli > 400 && milli < 560)
  })
})

describe('SimClock', () => {
  it('`when` is the first whole millisecond at which `at` shows the time, also after a change of rate', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: -100, max: 100 }),
        fc.integer({ min: -500, max: 500 }),
        fc.integer({ min: -100, max: 100 }),
        fc.nat(100_000),
        (rate, offset, drift, ahead) => {
          const clock = new SimClock(1_000_000, offset, rate)
          clock.drift(1_050_000, drift)
          const local = clock.at(1_050_000) + ahead
          const when = clock.when(local)
          expect(clock.at(when)).toBeGreaterThanOrEqual(local)
          expect(clock.at(when - 1)).toBeLessThan(local)
        }
      )
    )
  })

  it('runs a tenth fast, and jumps back when it is set right', () => {
    const clock = new SimClock(0, 5, 0)
    clock.drift(1000, 100)
    expect(clock.at(11_000)).toBe(12_005)
    clock.setRight()
    expect(clock.at(11_000)).toBe(11_005)
  })
})
