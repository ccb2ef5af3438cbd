/** The simulation as the page sees it: a node's view through the eyes of one of them, the others' heads, and a virtual clock. */
import type { SimNodeView, SimStart, SimUpdate } from '../../bridge/api'
import type { FamilyRules } from '../../bridge/views'
import { NodeState } from './nodeState.svelte'

/** Five nodes, fast enough that a first visitor sees a block within seconds, slow enough to follow a message by eye. */
export const FIRST_SIMULATION: Omit<SimStart, 'seed' | 'family' | 'mode'> = { nodes: 5, blockIntervalMs: 4000, slotMs: 1200, latencyMs: [90, 320], speed: 1 }

/** What plays for who has never chosen. */
export const FIRST_RULES: FamilyRules = { family: 'midnight', mode: 'lowestHash' }

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

/** Family and mode of `?family=chaos&mode=rotation`, as a link to a simulation names them; null without one. An empty mode is the family's first. */
export function rulesOf(search: string): FamilyRules | null {
  const named = new URLSearchParams(search)
  const family = named.get('family')
  return family === null ? null : { family, mode: named.get('mode') ?? '' }
}

/** The query of a link that shows this very simulation to somebody else. */
export function simulationQuery(seed: number, { family, mode }: FamilyRules): string {
  return `?${String(new URLSearchParams({ seed: seed.toString(16), family, ...(mode === '' ? {} : { mode }) }))}`
}
