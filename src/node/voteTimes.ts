/**
 * When votes came in, by this node's own clock: for people, who see a quorum gather (M041). A vote carries no time of its own: what a voter says of its clock nobody could
 * check, and two votes that differ in nothing else would be two messages. Nothing that decides reads this.
 */
import { hexOf } from '../core/bytes'
import { GenerationMap } from '../core/crypto/generationMap'
import type { Vote } from '../core/schema'

/** Votes whose time is kept: twenty heights of a hundred validators. */
const MAX_VOTE_TIMES = 4096

export class VoteTimes {
  readonly #times = new GenerationMap<string, number>(MAX_VOTE_TIMES)

  /** @param now this node's clock, ms. The first time counts. */
  note({ kind, hash, voter }: Pick<Vote, 'kind' | 'hash' | 'voter'>, now: number): void {
    const key = keyOf(kind, hash, voter)
    if (this.#times.get(key) === undefined) this.#times.set(key, now)
  }

  /** @returns ms since 1970; null: it came within a certificate, or is forgotten */
  at(kind: number, hash: Uint8Array, voter: Uint8Array): number | null {
    return this.#times.get(keyOf(kind, hash, voter)) ?? null
  }
}

const keyOf = (kind: number, hash: Uint8Array, voter: Uint8Array): string => `${kind}${hexOf(hash)}${hexOf(voter)}`
