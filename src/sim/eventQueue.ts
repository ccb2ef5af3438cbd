/** Virtual time: a binary heap of (integer millisecond, sequence number). Equal times keep the order in which they were planned. */
interface Planned<E> {
  at: number
  seq: number
  event: E
}

export class EventQueue<E> {
  readonly #heap: Planned<E>[] = []
  #seq = 0

  get size(): number {
    return this.#heap.length
  }

  get nextAt(): number {
    return this.#heap[0]?.at ?? Infinity
  }

  push(at: number, event: E): void {
    const heap = this.#heap
    const planned = { at: Math.ceil(at), seq: this.#seq++, event }
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

  pop(): { at: number; event: E } | null {
    const heap = this.#heap
    const top = heap[0]
    const last = heap.pop()
    if (top === undefined || last === undefined) return null
    if (heap.length > 0) this.#sink(last)
    return top
  }

  #sink(item: Planned<E>): void {
    const heap = this.#heap
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
