/**
 * The way from the start of trust to the newest trusted state, as few state headers as link. A header is dropped as soon as the one after it links without it, so the trail grows with changes of the validator sets
 * and not with time.
 */
import { inspectStateHeader, linkStateHeader } from '../../core/light/stateHeader'
import type { Inspected, LightNetwork, TrustedState } from '../../core/light/stateHeader'
import type { StateHeader } from '../../core/light/schema'
import { equalBytes } from '../../core/bytes'
import { fail, ok } from '../../core/result'
import type { Result } from '../../core/result'

/** Trusted states that are remembered besides the trail: a peer may be some blocks behind. */
const REMEMBERED_STATES = 32

export class Trail {
  readonly #network: LightNetwork
  readonly #start: TrustedState
  /** Of the block that trust begins at; null: genesis, which needs none. */
  readonly #startHeader: StateHeader | null
  readonly #steps: Inspected[] = []
  /** Ascending; the newest one is the head. */
  readonly #states: TrustedState[] = []
  /** Those that the head has moved to, ascending. Each links to the one before it. */
  readonly #recent: Inspected[] = []

  /** @param startHeader shows `start`, where that is a checkpoint */
  constructor(network: LightNetwork, start: TrustedState, startHeader: StateHeader | null = null) {
    this.#network = network
    this.#start = start
    this.#startHeader = startHeader
    this.#states.push(start)
  }

  get head(): TrustedState {
    return this.#states.at(-1)!
  }

  /** What leads to the head, the checkpoint's own header first where trust begins at one. */
  get steps(): readonly StateHeader[] {
    return [...this.#first, ...this.#steps.map(({ header }) => header)]
  }

  get #first(): StateHeader[] {
    return this.#startHeader === null ? [] : [this.#startHeader]
  }

  /** The newest trusted states, ascending. */
  get states(): readonly TrustedState[] {
    return this.#states
  }

  /** Of the newest trusted states, ascending. */
  get headers(): readonly StateHeader[] {
    return [...this.#first, ...this.#recent.map(({ header }) => header)]
  }

  /**
   * @param header its signatures verified
   * @returns whether the head has moved; `fork` for another block at a trusted height; or why it does not link
   */
  take(header: StateHeader): Result<boolean> {
    const inspected = inspectStateHeader(this.#network, header)
    return inspected.ok ? this.#take(inspected.value) : inspected
  }

  #take(next: Inspected): Result<boolean> {
    const { state } = next
    const known = this.#states.find(({ height }) => height === state.height)
    if (known !== undefined) {
      if (equalBytes(known.hash, state.hash)) return ok(false)
      const before = this.#before(state.height)
      const link = before === null ? fail('not-linked') : linkStateHeader(before, next)
      return link.ok ? fail('fork', `two certified blocks at height ${state.height}`) : link
    }
    const before = this.#before(state.height)
    if (before === null) return fail('not-later', 'older than what is remembered')
    const link = linkStateHeader(before, next)
    if (!link.ok) return link
    if (state.height < this.head.height) return ok(false)
    this.#append(next)
    return ok(true)
  }

  #before(height: number): TrustedState | null {
    return this.#states.filter(state => state.height < height).at(-1) ?? (this.#start.height < height ? this.#start : null)
  }

  #append(next: Inspected): void {
    for (let last = this.#steps.at(-1); last !== undefined; last = this.#steps.at(-1)) {
      const before = this.#steps.at(-2)?.state ?? this.#start
      if (!linkStateHeader(before, next).ok) break
      this.#steps.pop()
    }
    this.#steps.push(next)
    this.#states.push(next.state)
    this.#recent.push(next)
    if (this.#states.length > REMEMBERED_STATES) this.#states.shift()
    if (this.#recent.length > REMEMBERED_STATES) this.#recent.shift()
  }

  /**
   * The headers that lead to this one, each linked to the one before it. The trail alone does not always do: it has dropped what its newest header does without, and it came to a block by the signatures of
   * some, while this header may bring those of others; then the block is shown by the header that was linked.
   * @param header of a block that is trusted
   * @returns null: what led to it is not remembered any more
   */
  stepsTo(header: StateHeader): StateHeader[] | null {
    const target = inspectStateHeader(this.#network, header)
    if (!target.ok) return null
    const { height, hash } = target.value.state
    const known = [...this.#steps, ...this.#recent].filter(({ state }) => state.height < height || equalBytes(state.hash, hash))
    const way = [...this.#first]
    for (let at = this.#start; !equalBytes(at.hash, hash);) {
      if (linkStateHeader(at, target.value).ok) return [...way, header]
      const next = known.filter(other => linkStateHeader(at, other).ok).reduce<Inspected | null>(farther, null)
      if (next === null) return null
      way.push(next.header)
      at = next.state
    }
    return way
  }
}

const farther = (a: Inspected | null, b: Inspected): Inspected => (a === null || b.state.height > a.state.height ? b : a)
