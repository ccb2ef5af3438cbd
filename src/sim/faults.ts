/** Carries out a fault plan: what each event does when it begins and when it ends. Everything has ended when the plan's last event has. */
import type { Fault, FaultPlan, Writes } from './faultPlan'
import { fairWeather } from './network'
import type { SimNetwork, Weather } from './network'

/** What a fault may do to a simulation. Nodes go by their number, times are virtual. */
export interface FaultTarget {
  readonly network: SimNetwork
  /** The virtual time of a moment of the plan. */
  timeOf(ms: number): number
  /** @returns false when it was off already */
  switchOff(node: number, writes: Writes): boolean
  switchOn(node: number): void
  wipe(node: number, backup: boolean): void
  freeze(node: number, until: number): void
  /** Null: the clock is set right. */
  drift(node: number, rateMilli: number | null): void
}

export class Faults {
  readonly #active = new Set<number>()
  /** What is to be undone at the end, by event. */
  readonly #undo = new Map<number, () => void>()
  #baseLossMilli = 0

  constructor(
    readonly plan: FaultPlan,
    readonly target: FaultTarget
  ) {}

  /** Loss besides the plan's, for people who turn a knob; chance in 1000. */
  setLoss(milli: number): void {
    this.#baseLossMilli = milli
    this.#setWeather()
  }

  begin(index: number): void {
    const fault = this.plan[index]!
    const { target } = this
    this.#active.add(index)
    switch (fault.kind) {
      case 'loss':
      case 'duplicate':
      case 'delay':
      case 'reorder':
        return this.#setWeather()
      case 'partition': {
        const cut = target.network.split(fault.left, fault.oneWay)
        this.#undo.set(index, () => target.network.heal(cut))
        return
      }
      case 'clog':
        return target.network.clog(fault.from, fault.to, target.timeOf(fault.until))
      case 'crash':
        if (target.switchOff(fault.node, fault.writes)) this.#undo.set(index, () => target.switchOn(fault.node))
        return
      case 'wipe':
        // Whoever is off already comes back when that other fault ends, with an empty disk.
        if (target.switchOff(fault.node, 'kept')) this.#undo.set(index, () => target.switchOn(fault.node))
        return target.wipe(fault.node, fault.backup)
      case 'freeze':
        return target.freeze(fault.node, target.timeOf(fault.until))
      case 'clock':
        target.drift(fault.node, fault.rateMilli)
        this.#undo.set(index, () => target.drift(fault.node, null))
        return
      case 'liar':
        return
    }
  }

  end(index: number): void {
    this.#active.delete(index)
    this.#undo.get(index)?.()
    this.#undo.delete(index)
    if (isWeather(this.plan[index]!)) this.#setWeather()
  }

  /** Several at once: the worst of each kind holds. */
  #setWeather(): void {
    const weather: Weather = { ...fairWeather, lossMilli: this.#baseLossMilli }
    for (const index of this.#active) {
      const fault = this.plan[index]!
      if (fault.kind === 'loss') weather.lossMilli = Math.max(weather.lossMilli, fault.milli)
      if (fault.kind === 'duplicate') weather.duplicateMilli = Math.max(weather.duplicateMilli, fault.milli)
      if (fault.kind === 'delay' && fault.milli > weather.delayMilli) Object.assign(weather, { delayMilli: fault.milli, delayMs: fault.ms })
      if (fault.kind === 'reorder' && fault.milli > weather.reorderMilli) Object.assign(weather, { reorderMilli: fault.milli, reorderMs: fault.ms })
    }
    this.target.network.weather = weather
  }
}

function isWeather({ kind }: Fault): boolean {
  return kind === 'loss' || kind === 'duplicate' || kind === 'delay' || kind === 'reorder'
}
