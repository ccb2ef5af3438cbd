/**
 * How this page's own main thread does: its worst gap, to show beside the worker's (the node lives in a worker so that a busy page cannot
 * hold it up), and whether the tab slept.
 */

const TICK_MS = 100
/** The window over which the worst gap is kept, as in the worker. */
const WINDOW_MS = 60_000
/** A longer gap than this is a sleep (phone in a pocket, laptop closed), not a busy page. */
export const SLEEP_MS = 20_000

export class PageClock {
  /** Longest time between two ticks in the last minute beyond the tick itself, milliseconds. */
  worstGapMs = $state(0)
  /** Length of the last sleep, milliseconds; 0 when there was none, or after `awake()`. */
  sleptMs = $state(0)
  /** Milliseconds since 1970, once a second: for ages and countdowns in text. */
  seconds = $state(Date.now())

  #last = Date.now()
  #gaps: { at: number; ms: number }[] = []

  /** @returns stop */
  start(): () => void {
    this.#last = Date.now()
    const timer = setInterval(() => this.tick(Date.now()), TICK_MS)
    return () => clearInterval(timer)
  }

  /** One tick of the timer. @param now milliseconds since 1970 */
  tick(now: number): void {
    const gap = Math.max(0, now - this.#last - TICK_MS)
    this.#last = now
    if (gap >= SLEEP_MS) this.sleptMs = gap
    this.#remember(now, gap)
    if (now - this.seconds >= 1000) {
      this.seconds = now
      this.worstGapMs = this.#gaps[0]?.ms ?? 0
    }
  }

  /** The node has caught up: the sleep is told no more. */
  awake(): void {
    this.sleptMs = 0
  }

  /** Keeps falling maxima only, so the list stays short: each entry is later and smaller than the one before. */
  #remember(at: number, ms: number): void {
    while (this.#gaps.length > 0 && this.#gaps.at(-1)!.ms <= ms) this.#gaps.pop()
    this.#gaps.push({ at, ms })
    while (this.#gaps[0]!.at < at - WINDOW_MS) this.#gaps.shift()
  }
}
