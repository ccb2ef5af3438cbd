/** The simulation as the page sees it: a node's view through the eyes of one of them, the others' heads, and a virtual clock. */
import type { SimNodeView, SimStart, SimUpdate } from '../../bridge/api'
import { NodeState } from './nodeState.svelte'

/** Five nodes, fast enough that a first visitor sees a block within seconds, slow enough to follow a message by eye. */
export const FIRST_SIMULATION: Omit<SimStart, 'seed'> = { nodes: 5, family: 'midnight', blockIntervalMs: 4000, slotMs: 1200, latencyMs: [90, 320], speed: 1 }

export class SimState extends NodeState {
  nodes = $state.raw<SimNodeView[]>([])
  playing = $state(true)
  /** True after "Split 3/2" until "Heal". */
  split = $state(false)
  readonly seed: number
  #virtualNow = 0
  #receivedAt = 0

  constructor(seed: number) {
    super()
    this.seed = seed
  }

  override now(): number {
    return this.#virtualNow + (this.playing ? (performance.now() - this.#receivedAt) * this.pace : 0)
  }

  override get pace(): number {
    return FIRST_SIMULATION.speed
  }

  applySim(update: SimUpdate): void {
    this.#virtualNow = update.virtualNow
    this.#receivedAt = performance.now()
    this.nodes = update.nodes
    this.apply(update)
  }
}

/** The seed of `?seed=7f3` (hex, 32 bit), or a random one. */
export function seedOf(search: string): number {
  const named = new URLSearchParams(search).get('seed') ?? ''
  if (/^[0-9a-f]{1,8}$/i.test(named)) return Number.parseInt(named, 16)
  return crypto.getRandomValues(new Uint32Array(1))[0]!
}
