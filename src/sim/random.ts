/**
 * Seeded randomness (sfc32). Every draw of a simulation comes from here, so one seed is one history, in Node and in a browser alike. Each purpose has a stream
 * of its own: one draw more for the disk does not change what the network does.
 */

/** Numbers of the purposes of a simulation. */
export const streams = { keys: 1, plan: 2, network: 3, disk: 4, load: 5, liars: 6, clocks: 7, social: 8 } as const

/** One stream. */
export class Random {
  #a: number
  #b: number
  #c: number
  #d: number

  /** @param stream number of the purpose, 1 unless told */
  constructor(seed: number, stream = 1) {
    this.#d = stream
    this.#a = 0x9e3779b9 ^ seed
    this.#b = 0x243f6a88 ^ Math.imul(seed, 0x85ebca6b)
    this.#c = 0xb7e15162 ^ Math.imul(seed, 0xc2b2ae35)
    for (let i = 0; i < 12; i++) this.uint32()
  }

  uint32(): number {
    const t = (((this.#a + this.#b) | 0) + this.#d) | 0
    this.#d = (this.#d + 1) | 0
    this.#a = this.#b ^ (this.#b >>> 9)
    this.#b = (this.#c + (this.#c << 3)) | 0
    this.#c = (this.#c << 21) | (this.#c >>> 11)
    this.#c = (this.#c + t) | 0
    return t >>> 0
  }

  /** Integer in [0, below). */
  below(below: number): number {
    return Math.floor((this.uint32() / 0x1_0000_0000) * below)
  }

  /** Integer in [low, high], both included. */
  between(low: number, high: number): number {
    return low + this.below(high - low + 1)
  }

  /** True in `milli` of 1000 cases. */
  chance(milli: number): boolean {
    return this.below(1000) < milli
  }

  pick<T>(items: readonly T[]): T {
    const item = items[this.below(items.length)]
    if (item === undefined) throw new Error('assertion failed: pick from an empty list')
    return item
  }

  bytes(length: number): Uint8Array {
    return Uint8Array.from({ length }, () => this.below(256))
  }
}
