/** One thing at a time, in the order of arrival. */

/** More waiting writes than this mean that the disk hangs; refusing is better than an ever longer queue. A node has a handful. */
const MAX_WAITING = 1_024

export class Mutex {
  private tail: Promise<unknown> = Promise.resolve()
  private waiting = 0

  /**
   * Runs `work` when all earlier work has settled.
   * @param refuse makes the error when MAX_WAITING are waiting already
   */
  run<T>(work: () => Promise<T>, refuse: () => Error): Promise<T> {
    if (this.waiting >= MAX_WAITING) return Promise.reject(refuse())
    this.waiting++
    const result = this.tail.then(work).finally(() => {
      this.waiting--
    })
    this.tail = result.catch(() => undefined)
    return result
  }
}
