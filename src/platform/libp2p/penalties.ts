import { PENALTY_SCORE } from './gossip'
import { MAX_PENALISED_PEERS, PENALTY_HALF_LIFE_MS } from './limits'

/** What the node holds against its peers; it fades with time. */
export class Penalties {
  readonly #points = new Map<string, { points: number; at: number }>()

  add(peer: string, now: number): void {
    const points = this.#pointsOf(peer, now) + 1
    this.#points.delete(peer)
    this.#points.set(peer, { points, at: now })
    if (this.#points.size > MAX_PENALISED_PEERS) this.#points.delete(this.#points.keys().next().value!)
  }

  /** At most 0: what gossip scoring adds for this peer. */
  score(peer: string, now: number): number {
    return -PENALTY_SCORE * this.#pointsOf(peer, now)
  }

  #pointsOf(peer: string, now: number): number {
    const entry = this.#points.get(peer)
    return entry ? entry.points * 0.5 ** ((now - entry.at) / PENALTY_HALF_LIFE_MS) : 0
  }
}
