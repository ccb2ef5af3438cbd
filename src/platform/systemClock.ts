import type { Clock } from '../node/clock'

/** The system's clock and timers, in a tab, a worker or a server. */
export const systemClock: Clock = {
  now: () => Date.now(),
  after(ms, callback) {
    const timer = setTimeout(callback, Math.min(ms, 0x7fff_ffff))
    return () => clearTimeout(timer)
  }
}
