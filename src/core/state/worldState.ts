/**
 * The world after one block: an immutable Merkle tree. `edit` gives a mutable overlay that shares all untouched nodes, so snapshot, fork and
 * rollback are a pointer to an older root (F-22, F-23, F-28). Where in the tree something stands is known here and in the files beside this one, nowhere else.
 */
import { equalBytes, hexOf, toHex } from '../bytes'
import { RECENT_HASHES } from '../limits'
import { assert } from '../result'
import { AGENT_ACTIVE, AgentRecord, AllianceRecord, Bytes32, RelationList, ScheduledConfigs, State, ValidatorSetList } from '../schema'
import type { BlockRecord, ChainConfig, Plot, ValidatorEntry } from '../schema'
import type { CompositeViewDU } from '../ssz'
import { KeyIndex, linkAt, placeOf } from './orderedList'
import type { OrderedList } from './orderedList'

export type StateView = CompositeViewDU<typeof State>

/**
 * Where records stand in their lists, for all branches at once. Two branches may disagree about who stands at a place; every look-up is therefore checked
 * against the record itself. A cache, never a truth.
 */
export class StateIndex {
  readonly agents = new KeyIndex()
  readonly memes = new KeyIndex()
  readonly alliances = new KeyIndex()
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

/** The order of the registry, as the tree has it now. */
function agentOrder(view: StateView): OrderedList {
  const { agents } = view
  return {
    get length() {
      return agents.records.length
    },
    get first() {
      return agents.first
    },
    set first(pointer) {
      agents.first = pointer
    },
    keyAt: place => agents.records.getReadonly(place).publicKey,
    nextAt: place => agents.records.getReadonly(place).next,
    setNext: (place, next) => agents.records.set(place, AgentRecord.toViewDU({ ...agents.records.getReadonly(place).toValue(), next }))
  }
}

/** The order of the alliances. */
export function allianceOrder({ social }: StateView): OrderedList {
  const { alliances } = social
  return {
    get length() {
      return alliances.length
    },
    get first() {
      return social.firstAlliance
    },
    set first(pointer) {
      social.firstAlliance = pointer
    },
    keyAt: place => alliances.getReadonly(place).toValue().id,
    nextAt: place => alliances.getReadonly(place).next,
    setNext: (place, next) => alliances.set(place, AllianceRecord.toViewDU({ ...alliances.getReadonly(place).toValue(), next }))
  }
}

/** What can be read from a committed state and from one under construction alike. */
export abstract class StateReader {
  constructor(
    readonly view: StateView,
    readonly index: StateIndex
  ) {}

  /** Of the newest block. */
  get chain() {
    return this.view.blocks.chain
  }

  /** What nobody owns, milli-units. */
  get treasury(): bigint {
    return this.view.agents.treasury
  }

  /** What the family in force remembers, by its own schema. */
  get memory(): Uint8Array {
    return this.view.blocks.config.memory
  }

  /** A configuration that waits for its epoch. */
  get scheduled(): { epoch: number; config: ChainConfig } | null {
    const { scheduled } = this.view.blocks.config
    return scheduled.length === 0 ? null : scheduled.getReadonly(0).toValue()
  }

  get agentCount(): number {
    return this.view.agents.records.length
  }

  /** Where an agent stands in the registry; null if the key is not registered. */
  place(publicKey: Uint8Array): number | null {
    const { records } = this.view.agents
    for (const place of this.index.agents.places(publicKey)) {
      if (place < records.length && equalBytes(records.getReadonly(place).publicKey, publicKey)) return place
    }
    return placeOf(agentOrder(this.view), this.index.agents, publicKey)
  }

  agent(publicKey: Uint8Array): AgentRecord | null {
    const place = this.place(publicKey)
    return place === null ? null : this.agentAt(place)
  }

  agentAt(place: number): AgentRecord {
    return this.view.agents.records.getReadonly(place).toValue()
  }

  /** An offer or an alliance, also one that has ended, until its record has given way. */
  alliance(id: Uint8Array): AllianceRecord | null {
    const place = placeOf(allianceOrder(this.view), this.index.alliances, id)
    return place === null ? null : this.view.social.alliances.getReadonly(place).toValue()
  }

  plots(): readonly Plot[] {
    return plotsOf(this.view)
  }

  /** The record of an ancestor, the newest of which is the parent of the next block to be; null outside the last RECENT_HASHES. */
  blockRecord(height: number): BlockRecord | null {
    const { recent } = this.view.blocks
    const place = height % RECENT_HASHES
    if (place >= recent.length) return null
    const record = recent.getReadonly(place).toValue()
    return record.height === height ? record : null
  }

  /** Validators by epoch, from the next height's on. */
  decidedSets(): { epoch: number; sets: ValidatorEntry[][] } {
    const { epoch, sets } = this.view.blocks.validators
    return { epoch, sets: sets.getAllReadonly().map(list => list.getAllReadonlyValues()) }
  }
}

export class WorldState extends StateReader {
  #root: Uint8Array | null = null
  #sets: ValidatorSet[] | null = null
  #agents: AgentRecord[] | null = null
  #config: ChainConfig | null = null
  readonly #records = new Map<string, AgentRecord>()

  /** @throws an error of the library for bytes that are no state */
  static decode(bytes: Uint8Array, index: StateIndex): WorldState {
    return WorldState.of(State.deserializeToViewDU(bytes), index)
  }

  /** A state whose records the index does not know yet. */
  static of(view: StateView, index: StateIndex): WorldState {
    view.agents.records.getAllReadonly().forEach(({ publicKey }, place) => index.agents.note(publicKey, place))
    view.memes.records.getAllReadonly().forEach(({ id }, place) => index.memes.note(id, place))
    view.social.alliances.getAllReadonly().forEach(({ id }, place) => index.alliances.note(id, place))
    return new WorldState(view, index)
  }

  encode(): Uint8Array {
    return this.view.serialize()
  }

  get root(): Uint8Array {
    return (this.#root ??= this.view.hashTreeRoot())
  }

  get height(): number {
    return this.chain.height
  }

  get timestamp(): number {
    return this.chain.timestamp
  }

  /** @returns a record that is shared by all who ask */
  override agent(publicKey: Uint8Array): AgentRecord | null {
    const key = hexOf(publicKey)
    const known = this.#records.get(key)
    if (known !== undefined) return known
    const record = super.agent(publicKey)
    if (record !== null) this.#records.set(key, record)
    return record
  }

  agents(): readonly AgentRecord[] {
    return (this.#agents ??= this.view.agents.records.getAllReadonlyValues())
  }

  /** What decides about the next block. */
  get config(): ChainConfig {
    return (this.#config ??= this.view.blocks.config.active.toValue())
  }

  /** The validator set of the next height's epoch, then those of the epochs after it, as far as they are decided (R9). */
  get sets(): readonly ValidatorSet[] {
    if (this.#sets === null) {
      const { epoch, sets } = this.decidedSets()
      this.#sets = sets.map((entries, i) => validatorSet(epoch + i, entries))
    }
    return this.#sets
  }

  /** The validator set of the next height. */
  get currentSet(): ValidatorSet {
    const [current] = this.sets
    assert(current !== undefined, 'a state has validators')
    return current
  }

  /** Mutable copy; commit it by `finish`. */
  edit(): StateEdit {
    return new StateEdit(this.view.clone(true), this.index)
  }
}

/** A state under construction. Dropping it undoes everything. */
export class StateEdit extends StateReader {
  /** Records as they are in the tree now, by public key (hex): a block of transfers asks for the same few again and again. */
  readonly #known = new Map<string, { place: number; record: AgentRecord }>()

  /** @returns a record that is shared by all who ask */
  override agent(publicKey: Uint8Array): AgentRecord | null {
    return this.#find(publicKey)?.record ?? null
  }

  #find(publicKey: Uint8Array): { place: number; record: AgentRecord } | null {
    const key = hexOf(publicKey)
    const known = this.#known.get(key)
    if (known !== undefined) return known
    const place = this.place(publicKey)
    if (place === null) return null
    const found = { place, record: this.agentAt(place) }
    this.#known.set(key, found)
    return found
  }

  override get treasury(): bigint {
    return this.view.agents.treasury
  }

  override set treasury(amount: bigint) {
    this.view.agents.treasury = amount
  }

  override get memory(): Uint8Array {
    return this.view.blocks.config.memory
  }

  override set memory(bytes: Uint8Array) {
    this.view.blocks.config.memory = bytes
  }

  get config(): ChainConfig {
    return this.view.blocks.config.active.toValue()
  }

  set config(config: ChainConfig) {
    const record = this.view.blocks.config
    record.active = record.type.fields.active.toViewDU(config)
  }

  override get scheduled(): { epoch: number; config: ChainConfig } | null {
    return super.scheduled
  }

  override set scheduled(change: { epoch: number; config: ChainConfig } | null) {
    this.view.blocks.config.scheduled = ScheduledConfigs.toViewDU(change === null ? [] : [change])
  }

  /** Replaces the decided validator sets. */
  decideSets(epoch: number, sets: readonly (readonly ValidatorEntry[])[]): void {
    const { validators } = this.view.blocks
    validators.epoch = epoch
    validators.sets = ValidatorSetList.toViewDU(sets.map(set => [...set]))
  }

  /** Every agent as it is now. */
  agents(): AgentRecord[] {
    // The library reads a whole list only when nothing in it is pending.
    this.view.commit()
    return this.view.agents.records.getAllReadonlyValues()
  }

  /** Writes the given fields of a registered agent. */
  update(publicKey: Uint8Array, change: Partial<Omit<AgentRecord, 'publicKey' | 'id' | 'next'>>): void {
    const found = this.#find(publicKey)
    assert(found !== null, 'only registered agents are updated')
    found.record = { ...found.record, ...change }
    this.view.agents.records.set(found.place, AgentRecord.toViewDU(found.record))
  }

  /** Registers an agent; its place in the order is found here. */
  append(record: Omit<AgentRecord, 'next'>): void {
    const place = this.agentCount
    // The neighbour in the order names another one after it now.
    this.#known.clear()
    const next = linkAt(agentOrder(this.view), this.index.agents, record.publicKey, place)
    this.view.agents.records.push(AgentRecord.toViewDU({ ...record, next }))
    this.view.social.relationships.push(RelationList.defaultViewDU())
  }

  /** Adds space to the register. */
  appendPlot(plot: Plot): void {
    const { plots } = this.view.agents
    plots.push(plots.type.elementType.toViewDU(plot))
  }

  /** T040: the block that the state so far belongs to gets its record, now that its hash is known. A full round of records goes into the history as one root. */
  recordBlock(parent: WorldState, hash: Uint8Array): void {
    const { height, parent: parentHash, timestamp, producer, txRoot } = parent.chain
    const { recent, history } = this.view.blocks
    const record = recent.type.elementType.toViewDU({ height, hash, parentHash, timestamp, producer, txRoot, stateRoot: parent.root })
    const place = height % RECENT_HASHES
    if (place < recent.length) recent.set(place, record)
    else recent.push(record)
    if (place === RECENT_HASHES - 1) history.push(Bytes32.toViewDU(recent.hashTreeRoot()))
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
  const { plots } = view.agents
  plots.commit()
  const { node } = plots
  let values = plotValues.get(node)
  if (values === undefined) plotValues.set(node, (values = plots.getAllReadonlyValues()))
  return values
}

/** Active, and heard from on chain within `ttl` blocks before `height`. */
export function isAlive(agent: AgentRecord, height: number, ttl: number): boolean {
  return agent.status === AGENT_ACTIVE && agent.lastHeartbeat + ttl >= height
}
