/** One node's own clock, which may be off, run at a wrong rate for a while, and be set right again: then it jumps. */

export class SimClock {
  /** Virtual time since which the present rate holds, and what this clock showed then. */
  #since: number
  #shown: number
  #rateMilli: number

  /**
   * @param start virtual time, ms
   * @param offsetMs how far it is off at `start`; what it is set right to keeps this error
   * @param rateMilli parts in 1000 by which it runs fast (negative: slow)
   */
  constructor(
    readonly start: number,
    readonly offsetMs: number,
    readonly rateMilli: number
  ) {
    this.#since = start
    this.#shown = start + offsetMs
    this.#rateMilli = rateMilli
  }

  /** What the clock shows at a virtual time not before the last change, whole ms. */
  at(time: number): number {
    return Math.floor(this.#shown + ((time - this.#since) * (1000 + this.#rateMilli)) / 1000)
  }

  /** The first whole virtual millisecond at which the clock shows `local` or more. */
  when(local: number): number {
    let time = Math.floor(this.#since + ((local - this.#shown) * 1000) / (1000 + this.#rateMilli)) - 1
    while (this.at(time) < local) time++
    return time
  }

  /** Runs at another rate from now on. */
  drift(now: number, rateMilli: number): void {
    this.#shown = this.at(now)
    this.#since = now
    this.#rateMilli = rateMilli
  }

  /** Shows again what it would show had it never drifted: a jump, forwards or back. */
  setRight(): void {
    this.#since = this.start
    this.#shown = this.start + this.offsetMs
    this.#rateMilli = this.rateMilli
  }
}
