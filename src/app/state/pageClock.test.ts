import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { Announcer } from './announcer.svelte'
import { PageClock, SLEEP_MS } from './pageClock.svelte'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

describe('PageClock', () => {
  it('keeps the worst gap of the last minute and forgets it after', () => {
    const clock = new PageClock()
    const stop = clock.start()
    vi.advanceTimersByTime(2000)
    const stall = Date.now() + 1100
    clock.tick(stall)
    expect(clock.worstGapMs).toBeGreaterThanOrEqual(1000)
    for (let at = stall; at <= stall + 70_000; at += 100) clock.tick(at)
    expect(clock.worstGapMs).toBe(0)
    stop()
  })

  it('tells a sleep from a busy page, until it is told that all is caught up', () => {
    const clock = new PageClock()
    const stop = clock.start()
    clock.tick(Date.now() + SLEEP_MS - 1000)
    expect(clock.sleptMs).toBe(0)
    clock.tick(Date.now() + SLEEP_MS * 10)
    expect(clock.sleptMs).toBeGreaterThan(SLEEP_MS)
    clock.awake()
    expect(clock.sleptMs).toBe(0)
    stop()
  })
})

describe('Announcer: at most one message in five seconds', () => {
  it('says the first at once, then only the newest of those that wait', () => {
    const announcer = new Announcer()
    announcer.say('one')
    announcer.say('two')
    announcer.say('three')
    expect(announcer.text).toBe('one')
    vi.advanceTimersByTime(4999)
    expect(announcer.text).toBe('one')
    vi.advanceTimersByTime(1)
    expect(announcer.text).toBe('three')
    vi.advanceTimersByTime(5000)
    expect(announcer.text).toBe('')
  })

  it('lets the answer to a person’s own action through', () => {
    const announcer = new Announcer()
    announcer.say('news')
    announcer.answer('Copied.')
    expect(announcer.text).toBe('Copied.')
  })

  it('is silent while it is paused', () => {
    const announcer = new Announcer()
    announcer.paused = true
    announcer.say('news')
    expect(announcer.text).toBe('')
  })
})
