/**
 * The world after one block: an immutable Merkle tree. `edit` gives a mutable overlay that shares all untouched nodes, so snapshot, fork and
 * rollback are a pointer to an older root (F-22, F-23, F-28).
 */
import { equalBytes, toHex } from '../bytes'
import { AGENT_ACTIVE, State } from '../schema'
import type { AgentRecord, ChainConfig, Plot, ValidatorEntry } from '../schema'
import type { CompositeViewDU } from '../ssz'

export type StateView = CompositeViewDU<typeof State>

/**
 * Where an agent's record stands in the list, for all branches at once. The list only grows, so two branches can at most disagree about who
 * came at an index; every look-up is therefore checked against the record itself. A cache, never a truth.
 */
export class AgentIndex {
  readonly #places = new Map<string, number[]>()

  find(view: StateView, publicKey: Uint8Array): number | null {
    for (const place of this.#places.get(toHex(publicKey)) ?? []) {
      if (place < view.agents.length && equalBytes(view.agents.getReadonly(place).publicKey, publicKey)) return place
    }
    return null
  }

  note(publicKey: Uint8Array, place: number): void {
    const key = toHex(publicKey)
    const places = this.#places.get(key)
    if (places === undefined) this.#places.set(key, [place])
    else if (!places.includes(place)) places.push(place)
  }
}

export interface ValidatorSet {
  epoch: number
  /** Weight by public key, hex. */
  weights: ReadonlyMap<string, number>
  total: number
}

export function validatorSet(epoch: number, entries: readonly ValidatorEntry[]): ValidatorSet {
  const weights = new Map(entries.map(entry => [toHex(entry.publicKey), entry.weight]))
  return { epoch, weights, total: entries.reduce((sum, entry) => sum + entry.weight, 0) }
}

/** PROTOCOL §1: strictly more than two thirds of the registered weight (F-11, D-23). */
export function isQuorum(weight: number, total: number): boolean {
  return 3 * weight > 2 * total
}

/** Smallest integer weight that is a quorum of `total`. */
export function quorumWeight(total: number): number {
  return Math.floor((2 * total) / 3) + 1
}

export class WorldState {
  #root: Uint8Array | null = null
  #sets: ValidatorSet[] | null = null
  #agents: AgentRecord[] | null = null
  #config: ChainConfig | null = null

  constructor(
    /** Committed; nobody may write to it. */
    readonly view: StateView,
    readonly index: AgentIndex
  ) {}

  static decode(bytes: Uint8Array, index: AgentIndex): WorldState {
    return WorldState.of(State.deserializeToViewDU(bytes), index)
  }

  /** A state that did not grow here block by block: its agents are noted in the index. */
  static of(view: StateView, index: AgentIndex): WorldState {
    for (let place = 0; place < view.agents.length; place++) index.note(view.agents.getReadonly(place).publicKey, place)
    return new WorldState(view, index)
  }

  encode(): Uint8Array {
    return this.view.serialize()
  }

  get root(): Uint8Array {
    return (this.#root ??= this.view.hashTreeRoot())
  }

  get height(): number {
    return this.view.chain.height
  }

  get timestamp(): number {
    return this.view.chain.timestamp
  }

  agent(publicKey: Uint8Array): AgentRecord | null {
    const place = this.index.find(this.view, publicKey)
    return place === null ? null : this.view.agents.getReadonly(place).toValue()
  }

  agents(): readonly AgentRecord[] {
    return (this.#agents ??= this.view.agents.getAllReadonlyValues())
  }

  plots(): readonly Plot[] {
    return plotsOf(this.view)
  }

  /** What decides about the next block. */
  get config(): ChainConfig {
    return (this.#config ??= this.view.config.active.toValue())
  }

  /** The validator set of the next height's epoch, then those of the epochs after it, as far as they are decided (R9). */
  get sets(): readonly ValidatorSet[] {
    if (this.#sets === null) {
      const { epoch, sets } = this.view.validators
      this.#sets = sets.getAllReadonly().map((list, i) => validatorSet(epoch + i, list.getAllReadonlyValues()))
    }
    return this.#sets
  }

  /** The validator set of the next height. */
  get currentSet(): ValidatorSet {
    const [current] = this.sets
    if (current === undefined) throw new Error('assertion failed: a state without validators')
    return current
  }

  /** Mutable copy; commit it by `finish`. */
  edit(): StateEdit {
    return new StateEdit(this.view.clone(true), this.index)
  }
}

/** A state under construction. Dropping it undoes everything. */
export class StateEdit {
  constructor(
    readonly view: StateView,
    readonly index: AgentIndex
  ) {}

  agent(publicKey: Uint8Array): AgentRecord | null {
    const place = this.index.find(this.view, publicKey)
    return place === null ? null : this.view.agents.getReadonly(place).toValue()
  }

  /** Writes the given fields of a registered agent. */
  update(publicKey: Uint8Array, change: Partial<Omit<AgentRecord, 'publicKey'>>): void {
    const place = this.index.find(this.view, publicKey)
    if (place === null) throw new Error('assertion failed: update of an unknown agent')
    const record = this.view.agents.get(place)
    Object.assign(record, change)
    // A record that is not committed reads as it was before.
    record.commit()
  }

  append(record: AgentRecord): void {
    this.index.note(record.publicKey, this.view.agents.length)
    this.view.agents.push(this.view.agents.type.elementType.toViewDU(record))
  }

  plots(): readonly Plot[] {
    return plotsOf(this.view)
  }

  /** The state as it is now, while the edit goes on. */
  preview(): WorldState {
    this.view.commit()
    return new WorldState(this.view.clone(true), this.index)
  }

  finish(): WorldState {
    this.view.commit()
    return new WorldState(this.view, this.index)
  }
}

/** Plots change seldom: states that share the list's tree share the values read from it. */
const plotValues = new WeakMap<object, readonly Plot[]>()

function plotsOf(view: StateView): readonly Plot[] {
  view.plots.commit()
  const { node } = view.plots
  let values = plotValues.get(node)
  if (values === undefined) plotValues.set(node, (values = view.plots.getAllReadonlyValues()))
  return values
}

/** Active, and heard from on chain within `ttl` blocks before `height`. */
export function isAlive(agent: AgentRecord, height: number, ttl: number): boolean {
  return agent.status === AGENT_ACTIVE && agent.lastHeartbeat + ttl >= height
}
