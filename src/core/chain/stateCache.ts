/**
 * Hot states by their root (T047, T077): never by height, which means another state on each fork (F-27). States share what they have in common, so one more costs
 * what its block has changed. Whoever asks for an older block or a proof under an older root finds the state here instead of replaying from a snapshot.
 */
import { toHex } from '../bytes'
import type { WorldState } from '../state/worldState'

/** Some minutes of a room's history, and all forks of it, beyond the blocks that the tree keeps. */
export const HOT_STATES = 256

export class StateCache {
  hits = 0
  misses = 0
  /** The one used last comes last. */
  readonly #states = new Map<string, WorldState>()

  get size(): number {
    return this.#states.size
  }

  put(state: WorldState): void {
    const root = toHex(state.root)
    this.#states.delete(root)
    this.#states.set(root, state)
    if (this.#states.size > HOT_STATES) this.#states.delete(this.#states.keys().next().value!)
  }

  get(root: Uint8Array): WorldState | null {
    const key = toHex(root)
    const state = this.#states.get(key)
    if (state === undefined) {
      this.misses++
      return null
    }
    this.hits++
    this.#states.delete(key)
    this.#states.set(key, state)
    return state
  }
}
