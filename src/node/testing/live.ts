/** Live runtimes in one process, for tests: a clock that moves only when the test says so, and a network in memory. */
import type { Clock } from '../clock'
import { RequestError } from '../ports'
import type { Network, NetworkHandlers, PeerId } from '../ports'
import { TEST_TIME } from '../../core/testing/network'

const LATENCY_MS = 20

export class TestClock implements Clock {
  #now: number
  #timers: { at: number; callback: () => void }[] = []

  /** @param settle lets all promises that are under way come to rest. @param now ms */
  constructor(
    readonly settle: () => Promise<void>,
    now: number = TEST_TIME
  ) {
    this.#now = now
  }

  /** How many callbacks wait. */
  get waiting(): number {
    return this.#timers.length
  }

  now(): number {
    return this.#now
  }

  after(ms: number, callback: () => void): () => void {
    const timer = { at: this.#now + ms, callback }
    this.#timers.push(timer)
    return () => void (this.#timers = this.#timers.filter(other => other !== timer))
  }

  async runFor(ms: number): Promise<void> {
    const until = this.#now + ms
    for (;;) {
      await this.settle()
      const next = this.#timers.filter(({ at }) => at <= until).sort((a, b) => a.at - b.at)[0]
      if (next === undefined) break
      this.#timers.splice(this.#timers.indexOf(next), 1)
      this.#now = Math.max(this.#now, next.at)
      next.callback()
    }
    this.#now = until
  }
}

/** A network in memory: everything arrives, a little later. */
export class Hub {
  readonly members = new Map<PeerId, NetworkHandlers>()
  constructor(readonly clock: Clock) {}

  member(peerId: PeerId): Network {
    const { members, clock } = this
    const links = () => [...members.keys()].filter(other => other !== peerId).map(other => ({ peerId: other, transport: 'tab' as const, since: clock.now() }))
    return {
      peerId,
      start: async handlers => {
        members.set(peerId, handlers)
        for (const [other, handlers] of members) {
          clock.after(1, () =>
            handlers.onLinks([...members.keys()].filter(id => id !== other).map(id => ({ peerId: id, transport: 'tab', since: clock.now() })))
          )
        }
      },
      publish: (topic, bytes) => {
        for (const [other, handlers] of members) if (other !== peerId) clock.after(LATENCY_MS, () => void handlers.onGossip(peerId, topic, bytes))
        return Promise.resolve({ sent: [...members.keys()].filter(other => other !== peerId), failed: [] })
      },
      request: (peer, bytes) =>
        new Promise((resolve, reject) => {
          const handlers = members.get(peer)
          if (handlers === undefined) return reject(new RequestError('unreachable', peer))
          clock.after(LATENCY_MS, () => void handlers.onRequest(peerId, bytes).then(resolve, reject))
        }),
      links,
      info: () => ({ addresses: [], relays: [], peerConnectionsMade: 0, dataPath: 'none' }),
      cut: () => undefined,
      penalise: () => undefined,
      stop: async () => void members.delete(peerId)
    }
  }
}
