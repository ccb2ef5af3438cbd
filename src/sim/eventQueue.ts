/**
 * Virtual time. Events come out by time (integer milliseconds) and, at equal times, in the order in which they were planned.
 *
 * Nearly all of them are messages a fraction of a second ahead, so the near future is a wheel with one slot per millisecond, where putting and taking cost
 * the same however much is planned. What lies further ahead waits in a heap and moves to the wheel when its time comes into sight.
 */

/** Milliseconds that the wheel covers: longer than any delay of a message but a clogged one's. */
const WHEEL_MS = 8192

interface Planned<E> {
  at: number
  seq: number
  event: E
}

/** Times never run backwards: what is planned for before the newest event taken out happens now. */
export class EventQueue<E> {
  readonly #wheel: E[][] = Array.from({ length: WHEEL_MS }, () => [])
  readonly #far: Planned<E>[] = []
  /** Time of the newest event taken out; the wheel holds [#base, #base + WHEEL_MS). */
  #base: number
  /** How many events of #base's slot have been taken out. */
  #taken = 0
  #near = 0
  #seq = 0
  /** Time of the next event, or null: look for it. */
  #next: number | null = Infinity

  /** @param start no event is earlier, ms */
  constructor(start = 0) {
    this.#base = start
  }

  get size(): number {
    return this.#near + this.#far.length
  }

  /** Time of the next event; Infinity when there is none. */
  get nextAt(): number {
    return (this.#next ??= this.#look())
  }

  /** @param time finite, ms; a fraction is rounded up */
  push(time: number, event: E): void {
    const at = Math.max(this.#base, Math.ceil(time))
    if (at < this.#base + WHEEL_MS) {
      this.#wheel[at % WHEEL_MS]!.push(event)
      this.#near++
    } else this.#pushFar({ at, seq: this.#seq++, event })
    if (this.#next !== null && at < this.#next) this.#next = at
  }

  /** The next event, whose time is `nextAt` before the call; undefined when there is none. */
  pop(): E | undefined {
    const at = this.nextAt
    if (at === Infinity) return undefined
    if (at > this.#base) this.#advance(at)
    const slot = this.#wheel[at % WHEEL_MS]!
    const event = slot[this.#taken++]!
    this.#near--
    if (this.#taken === slot.length) {
      slot.length = 0
      this.#taken = 0
      this.#next = null
    }
    return event
  }

  #look(): number {
    if (this.#near === 0) return this.#far[0]?.at ?? Infinity
    for (let at = this.#base; ; at++) if (this.#wheel[at % WHEEL_MS]!.length > 0) return at
  }

  /** Far events that have come into sight go first into their slots: whoever is planned for the same time from now on was planned later. */
  #advance(at: number): void {
    this.#base = at
    while (this.#far.length > 0 && this.#far[0]!.at < at + WHEEL_MS) {
      const planned = this.#popFar()
      this.#wheel[planned.at % WHEEL_MS]!.push(planned.event)
      this.#near++
    }
  }

  #pushFar(planned: Planned<E>): void {
    const heap = this.#far
    let i = heap.length
    heap.push(planned)
    while (i > 0) {
      const up = (i - 1) >> 1
      if (!before(planned, heap[up]!)) break
      heap[i] = heap[up]!
      i = up
    }
    heap[i] = planned
  }

  #popFar(): Planned<E> {
    const heap = this.#far
    const top = heap[0]!
    const last = heap.pop()!
    if (heap.length > 0) this.#sink(last)
    return top
  }

  #sink(item: Planned<E>): void {
    const heap = this.#far
    let i = 0
    for (;;) {
      let down = 2 * i + 1
      if (down >= heap.length) break
      if (down + 1 < heap.length && before(heap[down + 1]!, heap[down]!)) down++
      if (!before(heap[down]!, item)) break
      heap[i] = heap[down]!
      i = down
    }
    heap[i] = item
  }
}

function before(a: Planned<unknown>, b: Planned<unknown>): boolean {
  return a.at < b.at || (a.at === b.at && a.seq < b.seq)
}
