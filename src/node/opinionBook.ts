/**
 * What validators think of the blocks of recent heights (R8), beside the votes and apart from them: nothing here is asked when a vote is given or counted. Opinions that come
 * before their block are kept as well (F-33). Bounded by the set of a height, whose members alone are let in, and by MAX_BLOCKS_PER_JUDGE.
 */
import { toHex } from '../core/bytes'
import { fail } from '../core/result'
import type { Failure } from '../core/result'
import { VERDICT_APPROVE } from '../core/schema'
import type { Opinion } from '../core/schema'

/** Blocks of one height about which one agent is heard: as many as it may vote for there. */
export const MAX_BLOCKS_PER_JUDGE = 16

/** How many think well and badly of a block, and how often each reason was named. */
export interface Tally {
  approve: number
  reject: number
  /** By code. */
  reasons: ReadonlyMap<number, number>
}

export class OpinionBook {
  /** By height, block hash and agent (hex). */
  readonly #heights = new Map<number, Map<string, Map<string, Opinion>>>()

  /**
   * Counts an opinion whose signature holds and whose author is in the set of that height. The first one on a block counts: who contradicts itself is not heard twice.
   * @returns `duplicate` or `too-many`, or null
   */
  add(opinion: Opinion): Failure | null {
    const blocks = this.#heights.get(opinion.height) ?? new Map<string, Map<string, Opinion>>()
    const hash = toHex(opinion.hash)
    const agent = toHex(opinion.agent)
    const judges = blocks.get(hash) ?? new Map<string, Opinion>()
    if (judges.has(agent)) return fail('duplicate')
    if ([...blocks.values()].filter(others => others.has(agent)).length >= MAX_BLOCKS_PER_JUDGE) return fail('too-many')
    judges.set(agent, opinion)
    blocks.set(hash, judges)
    this.#heights.set(opinion.height, blocks)
    return null
  }

  /** In the order in which they came. */
  of(height: number, hash: string): readonly Opinion[] {
    return [...(this.#heights.get(height)?.get(hash)?.values() ?? [])]
  }

  /** The opinion of one agent (hex) on one block, if it has been heard. */
  by(height: number, hash: string, agent: string): Opinion | null {
    return this.#heights.get(height)?.get(hash)?.get(agent) ?? null
  }

  tally(height: number, hash: string): Tally {
    const opinions = this.of(height, hash)
    const approve = opinions.filter(({ verdict }) => verdict === VERDICT_APPROVE).length
    const reasons = new Map<number, number>()
    for (const opinion of opinions) for (const { code } of opinion.reasons) reasons.set(code, (reasons.get(code) ?? 0) + 1)
    return { approve, reject: opinions.length - approve, reasons }
  }

  /** Drops all below this height. */
  forgetBelow(height: number): void {
    for (const known of this.#heights.keys()) if (known < height) this.#heights.delete(known)
  }

  /** Opinions held. */
  get size(): number {
    let size = 0
    for (const blocks of this.#heights.values()) for (const judges of blocks.values()) size += judges.size
    return size
  }
}
