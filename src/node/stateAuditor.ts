/**
 * Looks after the node's own state in the background (T084): every so many final blocks the root is computed once more from the records, in slices short enough that nobody
 * waits for them, and held against the header that a quorum has signed. A difference means that memory or code is broken: the node says so and does not hide it.
 */
import { toHex } from '../core/bytes'
import type { BlockEntry } from '../core/chain/blockTree'
import { recomputeRoot } from '../core/state/recompute'
import type { ValidationView } from '../bridge/views'

/** Final blocks from one look to the next: a minute of a playground. */
const VALIDATE_EVERY_BLOCKS = 32
/** How long one slice may take, ms. One step more than this is a millisecond or two. */
const SLICE_MS = 8

export class StateAuditor {
  #work: { height: number; expected: string; steps: Generator<void, Uint8Array> } | null = null
  #view: ValidationView = { checkedHeight: null, checks: 0, mismatch: null }

  /** @param alarm told once per difference */
  constructor(
    private readonly now: () => number,
    private readonly alarm: (text: string) => void
  ) {}

  view(): ValidationView {
    return this.#view
  }

  /** One slice. @param final the newest final block */
  step(final: BlockEntry): void {
    const due = this.#view.checkedHeight === null || final.height >= this.#view.checkedHeight + VALIDATE_EVERY_BLOCKS
    if (this.#work === null && due && final.state !== null)
      this.#work = { height: final.height, expected: toHex(final.header.stateRoot), steps: recomputeRoot(final.state) }
    const until = this.now() + SLICE_MS
    while (this.#work !== null) {
      const done = this.#work.steps.next()
      if (done.done === true) this.#finish(this.#work.height, this.#work.expected, toHex(done.value))
      if (this.now() >= until) return
    }
  }

  #finish(height: number, expected: string, computed: string): void {
    this.#work = null
    const mismatch = computed === expected ? this.#view.mismatch : { height, expected, computed }
    this.#view = { checkedHeight: height, checks: this.#view.checks + 1, mismatch }
    if (computed !== expected)
      this.alarm(
        `The state after block ${height} does not have the root that its header names (${computed.slice(0, 8)} instead of ${expected.slice(0, 8)}). Reload to fetch it anew.`
      )
  }
}
