/**
 * The way from a trusted state to a peer's newest one, as a pure state machine: what it wants to know comes out, what a peer answered goes in. It jumps as far as the
 * link rule allows (stateHeader.ts) and halves the distance where it does not, so it pays for changes of the validator set and never for blocks.
 *
 * One session is with one peer. Whatever that peer invents, nothing is believed that does not link; it can only waste a bounded number of answers.
 */
import { equalBytes } from '../bytes'
import { fail, ok } from '../result'
import type { Result } from '../result'
import { inspectStateHeader, linkStateHeader } from './stateHeader'
import type { Inspected, LightNetwork, TrustedState } from './stateHeader'
import type { StateHeader } from './schema'

/** Headers on hold, each nearer than the one before it. Halving 2³² heights takes 32 steps. */
const MAX_PIVOTS = 40
/** Answers in one session; a validator set that changes completely every epoch needs one per change. */
const MAX_ANSWERS = 1024
/** The largest height there can be: asks a peer for its newest header. */
const NEWEST = 0xffff_ffff

/** The stored state header with the greatest height in (above, height], or else the lowest one above `above`. */
export interface HeaderQuery {
  above: number
  height: number
}

/** `steps` are the headers that led here, each linked to the one before; an export of a proof needs them. */
export interface SyncOutcome {
  trusted: TrustedState
  steps: readonly StateHeader[]
}

export class HeaderSync {
  readonly #network: LightNetwork
  #trusted: TrustedState
  readonly #pivots: Inspected[] = []
  readonly #steps: StateHeader[] = []
  #answers = 0
  #done = false

  constructor(network: LightNetwork, trusted: TrustedState) {
    this.#network = network
    this.#trusted = trusted
  }

  /** What to ask next; null when the session is over. */
  get wants(): HeaderQuery | null {
    if (this.#done) return null
    const above = this.#trusted.height
    const nearest = this.#pivots.at(-1)
    return { above, height: nearest === undefined ? NEWEST : above + Math.floor((nearest.state.height - above) / 2) }
  }

  /** How far this session has come. What was reached before a failure stays good. */
  get outcome(): SyncOutcome {
    return { trusted: this.#trusted, steps: this.#steps }
  }

  get done(): boolean {
    return this.#done
  }

  /**
   * @param answer the peer's answer to `wants`, its signatures verified; null when it has none
   * @returns whether the session is over; a failure ends it, and is the peer's: `unlinked` when it has nothing between here and its newest, `useless-answer`, or what
   * `inspectStateHeader` and `linkStateHeader` say
   */
  take(answer: StateHeader | null): Result<'more' | 'done'> {
    const result = this.#take(answer)
    if (!result.ok || result.value === 'done') this.#done = true
    return result
  }

  #take(answer: StateHeader | null): Result<'more' | 'done'> {
    const nearest = this.#pivots.at(-1)
    if (answer === null) return nearest === undefined ? ok('done') : fail('unlinked', 'the peer has no header in between')
    if (++this.#answers > MAX_ANSWERS) return fail('useless-answer', 'too many answers')
    const inspected = inspectStateHeader(this.#network, answer)
    if (!inspected.ok) return inspected
    const { state } = inspected.value
    if (nearest === undefined && state.height === this.#trusted.height && equalBytes(state.hash, this.#trusted.hash)) return ok('done')
    if (state.height <= this.#trusted.height) return fail('useless-answer', `height ${state.height} was not asked for`)
    if (nearest !== undefined && state.height >= nearest.state.height) return fail('unlinked', 'the peer has no header in between')
    if (this.#pivots.push(inspected.value) > MAX_PIVOTS) return fail('useless-answer', 'too many headers that do not link')
    return this.#advance()
  }

  #advance(): Result<'more' | 'done'> {
    for (let next = this.#pivots.at(-1); next !== undefined; next = this.#pivots.at(-1)) {
      const link = linkStateHeader(this.#trusted, next)
      if (!link.ok) return link.code === 'not-linked' ? ok('more') : link
      this.#trusted = next.state
      this.#steps.push(next.header)
      this.#pivots.pop()
    }
    return ok('done')
  }
}
