/** Waits that double with each failure and end with a success. One per thing that may fail. */
export class Backoff {
  #failures = 0
  #notBefore = 0

  constructor(
    readonly minMs: number,
    readonly maxMs: number
  ) {}

  /** May it be tried again? */
  ready(now: number): boolean {
    return now >= this.#notBefore
  }

  /** Up to a quarter is added at random, so that all who failed together do not come back together. */
  failed(now: number): void {
    const wait = Math.min(this.maxMs, this.minMs * 2 ** this.#failures)
    this.#failures++
    this.#notBefore = now + wait * (1 + Math.random() / 4)
  }

  succeeded(): void {
    this.#failures = 0
    this.#notBefore = 0
  }
}
