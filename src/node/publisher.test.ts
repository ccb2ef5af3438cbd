import { describe, expect, it } from 'vitest'
import type { NodeSlices, Update } from '../bridge/views'
import type { Clock } from './clock'
import { Publisher } from './publisher'

/** A clock that runs only when told to. */
class HandClock implements Clock {
  time = 0
  #timers: { at: number; callback: () => void }[] = []

  now(): number {
    return this.time
  }

  after(ms: number, callback: () => void): () => void {
    const timer = { at: this.time + ms, callback }
    this.#timers.push(timer)
    return () => (this.#timers = this.#timers.filter(other => other !== timer))
  }

  async advance(ms: number): Promise<void> {
    this.time += ms
    for (const timer of this.#timers.filter(each => each.at <= this.time)) {
      this.#timers = this.#timers.filter(other => other !== timer)
      timer.callback()
    }
    await Promise.resolve()
    await Promise.resolve()
  }
}

function setUp() {
  const clock = new HandClock()
  const slices: Partial<NodeSlices> = { agents: [], peers: [] }
  const publisher = new Publisher<Update>({ slices: () => slices, eventsSince: () => [], decorate: update => update }, clock)
  return { clock, slices, publisher }
}

const pulse = { from: 'a', to: 'b', kind: 'vote', height: 1, sentAt: 0, arriveAt: 1, lost: false } as const

describe('the publisher', () => {
  it('sends every slice first, then only what changed', async () => {
    const { clock, slices, publisher } = setUp()
    const got: Update[] = []
    publisher.subscribe(update => void got.push(update))
    await clock.advance(100)
    expect(Object.keys(got[0]!.slices).sort()).toEqual(['agents', 'peers'])
    slices.peers = [{ peerId: 'x', transport: 'tab', publicKey: null, name: null, finalHeight: null, sinceS: 0, cut: false }]
    publisher.changed()
    await clock.advance(100)
    expect(Object.keys(got[1]!.slices)).toEqual(['peers'])
    publisher.changed()
    await clock.advance(100)
    expect(got).toHaveLength(2)
  })

  it('coalesces ten thousand changes into ten updates a second', async () => {
    const { clock, slices, publisher } = setUp()
    let count = 0
    publisher.subscribe(() => {
      count++
    })
    for (let i = 0; i < 10; i++) {
      for (let j = 0; j < 1000; j++) {
        slices.agents = [{ blocksFinal: i * 1000 + j } as never]
        publisher.changed()
      }
      await clock.advance(100)
    }
    expect(count).toBe(10)
  })

  it('waits for a slow listener, and then sends the newest state once', async () => {
    const { clock, slices, publisher } = setUp()
    const got: Update[] = []
    let release = (): void => undefined
    publisher.subscribe(update => {
      got.push(update)
      return new Promise<void>(resolve => (release = resolve))
    })
    await clock.advance(100)
    for (let i = 1; i <= 5; i++) {
      slices.agents = [{ blocksFinal: i } as never]
      publisher.changed()
      await clock.advance(100)
    }
    expect(got).toHaveLength(1)
    release()
    await clock.advance(0)
    await clock.advance(100)
    expect(got).toHaveLength(2)
    expect(got[1]!.slices.agents).toEqual([{ blocksFinal: 5 }])
  })

  it('is silent while hidden, and keeps no more pulses than its limit', async () => {
    const { clock, publisher } = setUp()
    const got: Update[] = []
    publisher.subscribe(update => void got.push(update))
    publisher.setVisible(false)
    await clock.advance(1000)
    expect(got).toHaveLength(0)
    publisher.setVisible(true)
    for (let i = 0; i < 1000; i++) publisher.pulse(pulse)
    await clock.advance(100)
    expect(got[0]!.pulses.length).toBeLessThanOrEqual(256)
    expect(got[0]!.pulses.length + got[0]!.droppedPulses).toBe(1000)
  })
})
