/**
 * The simulated network: for each message from one node to another, when it arrives, or that it never does. It carries no bytes; the simulation plans
 * the arrival. All state is in flat tables, since this is asked for every delivery.
 */
import type { Random } from './random'

/** What goes wrong on all links at once; chances in 1000 per message. */
export interface Weather {
  lossMilli: number
  /** A second copy arrives, by its own way. */
  duplicateMilli: number
  /** Held up for up to `delayMs`. */
  delayMilli: number
  delayMs: number
  /** Held up just long enough to be overtaken: up to `reorderMs`. */
  reorderMilli: number
  reorderMs: number
}

/** Nothing goes wrong by itself. */
export const fairWeather: Weather = { lossMilli: 0, duplicateMilli: 0, delayMilli: 0, delayMs: 0, reorderMilli: 0, reorderMs: 0 }

/** Least time that a message takes, ms: what is published now is never read now, which lets signatures be checked ahead. */
const MIN_LATENCY_MS = 1

/** `arrival` of a message that is lost. */
export const LOST = -1

export class SimNetwork {
  weather: Weather = fairWeather
  /** Per ordered pair: how many cuts are open, and until when the link holds everything back. */
  readonly #cuts: Uint16Array
  readonly #clogs: Float64Array
  /** What a link takes longer than others, ms. */
  readonly #extra: Float64Array
  readonly #open = new Map<number, readonly number[]>()
  #nextCut = 1

  /** @param latencyMs least and most that a message takes in fair weather */
  constructor(
    readonly nodes: number,
    readonly latencyMs: readonly [number, number],
    readonly random: Random
  ) {
    this.#cuts = new Uint16Array(nodes * nodes)
    this.#clogs = new Float64Array(nodes * nodes)
    this.#extra = new Float64Array(nodes * nodes)
  }

  /** No message takes less, ms. */
  get leastLatencyMs(): number {
    return Math.max(MIN_LATENCY_MS, this.latencyMs[0])
  }

  isCut(from: number, to: number): boolean {
    return this.#cuts[from * this.nodes + to]! > 0
  }

  /** @returns when a message sent now arrives, virtual ms, or LOST */
  arrival(from: number, to: number, now: number): number {
    const link = from * this.nodes + to
    const { weather, random } = this
    if (this.#cuts[link]! > 0) return LOST
    if (weather.lossMilli > 0 && random.chance(weather.lossMilli)) return LOST
    const [low, high] = this.latencyMs
    let delay = Math.max(MIN_LATENCY_MS, low + random.below(high - low + 1)) + this.#extra[link]!
    if (weather.delayMilli > 0 && random.chance(weather.delayMilli)) delay += random.below(weather.delayMs)
    if (weather.reorderMilli > 0 && random.chance(weather.reorderMilli)) delay += random.below(weather.reorderMs)
    return Math.max(now + delay, this.#clogs[link]!)
  }

  /** From now on everything to and from this node takes so much longer, ms. */
  slow(node: number, extraMs: number): void {
    for (let other = 0; other < this.nodes; other++) {
      this.#extra[node * this.nodes + other] = extraMs
      this.#extra[other * this.nodes + node] = extraMs
    }
  }

  /** Does a second copy of the next message go out? */
  doubles(): boolean {
    return this.weather.duplicateMilli > 0 && this.random.chance(this.weather.duplicateMilli)
  }

  /**
   * Nothing gets from `left` to the others; unless `oneWay`, nothing comes back either.
   * @returns a handle for `heal`
   */
  split(left: readonly number[], oneWay: boolean): number {
    const inside = new Set(left)
    const links: number[] = []
    for (const a of inside) {
      for (let b = 0; b < this.nodes; b++) {
        if (inside.has(b)) continue
        links.push(a * this.nodes + b)
        if (!oneWay) links.push(b * this.nodes + a)
      }
    }
    for (const link of links) this.#cuts[link]!++
    this.#open.set(this.#nextCut, links)
    return this.#nextCut++
  }

  heal(cut: number): void {
    for (const link of this.#open.get(cut) ?? []) this.#cuts[link]!--
    this.#open.delete(cut)
  }

  healAll(): void {
    this.#cuts.fill(0)
    this.#open.clear()
  }

  /** Links hold everything back until then and deliver it in one burst, in the order in which it was sent. Null: every node. */
  clog(from: number | null, to: number | null, until: number): void {
    for (let a = 0; a < this.nodes; a++) {
      if (from !== null && a !== from) continue
      for (let b = 0; b < this.nodes; b++) {
        const link = a * this.nodes + b
        if (to === null || b === to) this.#clogs[link] = Math.max(this.#clogs[link]!, until)
      }
    }
  }
}
