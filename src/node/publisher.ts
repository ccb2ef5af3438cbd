/**
 * Sends views to subscribers: only slices that changed, at most ten times a second, the next only after the last was taken, nothing while hidden. Ten
 * thousand single callbacks would block a page for a fifth of a second; ten coalesced ones do not show.
 */
import type { EventView, NodeSlices, Pulse, SliceName, Update } from '../bridge/views'
import type { Clock } from './clock'

/** Ten updates a second: what an eye can follow. */
const UPDATE_INTERVAL_MS = 100
/** Pulses kept for the next update; more are counted, not sent. */
const PULSES_KEPT = 256

interface Subscriber<U> {
  listener: (update: U) => void | Promise<void>
  sent: Map<SliceName, string>
  lastSeq: number
  busy: boolean
}

export interface PublisherSource<U> {
  slices(): Partial<NodeSlices>
  eventsSince(seq: number): EventView[]
  /** Adds what a plain update does not have. */
  decorate(update: Update): U
}

export class Publisher<U extends Update> {
  readonly #subscribers = new Map<number, Subscriber<U>>()
  #nextId = 1
  #version = 0
  #visible = true
  #due = false
  #cancel: (() => void) | null = null
  /** Earliest next update. */
  #nextAt = 0
  #pulses: Pulse[] = []
  #dropped = 0
  readonly #texts = new Map<string, { slice: unknown; text: string }>()

  constructor(
    readonly source: PublisherSource<U>,
    readonly clock: Clock
  ) {}

  subscribe(listener: Subscriber<U>['listener']): number {
    const id = this.#nextId++
    this.#subscribers.set(id, { listener, sent: new Map(), lastSeq: 0, busy: false })
    this.changed()
    return id
  }

  unsubscribe(id: number): void {
    this.#subscribers.delete(id)
  }

  setVisible(visible: boolean): void {
    this.#visible = visible
    if (visible) this.changed()
  }

  pulse(pulse: Pulse): void {
    if (this.#subscribers.size === 0 || !this.#visible) return
    if (this.#pulses.length >= PULSES_KEPT) this.#dropped++
    else this.#pulses.push(pulse)
    this.changed()
  }

  /** Something may have changed: an update follows, at once after a pause and else when it is time for the next. */
  changed(): void {
    this.#due = true
    if (this.#cancel !== null || !this.#visible || this.#subscribers.size === 0) return
    this.#cancel = this.clock.after(Math.max(0, this.#nextAt - this.clock.now()), () => {
      this.#cancel = null
      if (this.#due && this.#visible) this.#push()
    })
  }

  stop(): void {
    this.#cancel?.()
    this.#subscribers.clear()
  }

  #push(): void {
    this.#due = false
    this.#nextAt = this.clock.now() + UPDATE_INTERVAL_MS
    const slices = this.source.slices()
    const texts = Object.entries(slices).map(([name, slice]) => [name as SliceName, this.#textOf(name, slice)] as const)
    const pulses = this.#pulses
    const droppedPulses = this.#dropped
    this.#pulses = []
    this.#dropped = 0
    for (const [id, subscriber] of this.#subscribers) {
      if (subscriber.busy) {
        this.#due = true
        continue
      }
      const changed = texts.filter(([name, text]) => subscriber.sent.get(name) !== text)
      const events = this.source.eventsSince(subscriber.lastSeq)
      if (changed.length === 0 && events.length === 0 && pulses.length === 0) continue
      for (const [name, text] of changed) subscriber.sent.set(name, text)
      subscriber.lastSeq = events.at(-1)?.seq ?? subscriber.lastSeq
      const update = { version: ++this.#version, slices: Object.fromEntries(changed.map(([name]) => [name, slices[name]])), events, pulses, droppedPulses }
      void this.#deliver(id, subscriber, this.source.decorate(update))
    }
    if (this.#due) this.changed()
  }

  /** What is compared. A slice that is derived once for each state is the same object until the next. */
  #textOf(name: string, slice: unknown): string {
    const last = this.#texts.get(name)
    if (last !== undefined && last.slice === slice) return last.text
    const text = JSON.stringify(slice)
    this.#texts.set(name, { slice, text })
    return text
  }

  async #deliver(id: number, subscriber: Subscriber<U>, update: U): Promise<void> {
    subscriber.busy = true
    try {
      await subscriber.listener(update)
    } catch {
      // The page went away in the middle of a call: nobody is listening any more.
      this.#subscribers.delete(id)
    } finally {
      subscriber.busy = false
    }
  }
}
