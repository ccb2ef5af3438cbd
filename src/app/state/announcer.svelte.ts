/** One voice for the page: a short visible notice and one polite live region, at most one message in five seconds. */

/** WCAG asks that a screen reader is not flooded; the product promises one message in five seconds. */
const MESSAGE_GAP_MS = 5000

export class Announcer {
  /** What is shown and spoken now, or ''. */
  text = $state('')
  paused = $state(false)
  #waiting: string | null = null
  #timer: ReturnType<typeof setTimeout> | null = null

  /** Says it now, or when the last message has had its time; of several that wait only the newest is said. */
  say(text: string): void {
    if (this.paused) return
    this.#waiting = text
    if (this.#timer === null) this.#next()
  }

  /** The answer to something the person just did (copied, saved): it may not wait behind the chain's news. */
  answer(text: string): void {
    if (this.#timer !== null) clearTimeout(this.#timer)
    this.#timer = null
    this.#waiting = text
    this.#next()
  }

  #next(): void {
    this.text = this.#waiting ?? ''
    if (this.#waiting === null) {
      this.#timer = null
      return
    }
    this.#waiting = null
    this.#timer = setTimeout(() => this.#next(), MESSAGE_GAP_MS)
  }
}
