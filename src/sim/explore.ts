/**
 * Every order of messages, for a small case: four seats of which one lies, two heights, a bound on time. Not a sample: all choices are followed, breadth first, until nothing
 * new comes or a bound is reached; so the first violation that is found is one with the fewest steps.
 *
 * How so many schedules fit into seconds:
 * - A seat is deterministic and hears of others only through messages. Its states form a graph of its own, explored once: each edge runs the real code, seats that a state needs are
 *   made again by replaying their steps. A state of the whole room is then three numbers, and following a choice is one look-up.
 * - Messages are a pool: what was said may arrive at any later time, or never. The liar's two blocks per parent and its votes for everything are always in the pool.
 * - Votes arrive as quorums. Votes that complete nothing change nothing but a tally (rule R4 knows no smaller number), so all orders of them are one.
 * - A block arrives when its parent is notarised at that seat, or when a certificate has named it: before, no rule looks at it.
 */
import { toHex } from '../core/bytes'
import { assert } from '../core/result'
import { VOTE_FINALISE, VOTE_NOTARISE } from '../core/schema'
import { LIAR, popcount, QUORUM, Seat, SEATS, SLOT_MS, START_MS, Table } from './exploreSeat'
import type { SeatRules, Step } from './exploreSeat'

export interface ExploreOptions {
  /** A mutant; the real rules unless told. */
  rules?: SeatRules
  /** Weight at which votes are handed over; a mutant may react to fewer than a quorum. */
  quorum?: number
  heights: number
  /** Seats' clocks go up to so many slots after the start. */
  slots: number
  /** Crashes in a run, all seats together. */
  crashes: number
  /**
   * Null: every choice in every state. Otherwise the room follows one fair schedule, in which the liar is silent, and may leave it so many times: by any other step, or by
   * cutting a seat off from what arrives, or ending that.
   */
  deviations: number | null
  maxSteps: number
  maxStates: number
  /**
   * From which states to look whether a fair network makes a new block final, the liveness half of the rules: from every one, or from those in which everything sayable has been
   * said and all clocks have come to the bound (only with `deviations`), or from none.
   */
  progress: 'every' | 'drained' | 'none'
  /** Broken promises that one seat shows by itself (S2, S3, S5) do not end the search: how far do they lead? */
  onlyForks?: boolean
  /** Asked now and then; true ends the search. */
  stop?: () => boolean
}

export type Explored = 'S1' | 'S2' | 'S3' | 'S5' | 'L1'

export interface Counterexample {
  invariant: Explored
  detail: string
  /** What happened, step by step. */
  schedule: readonly string[]
}

export interface ExploreReport {
  /** States of the room. */
  states: number
  /** States of single seats; each was reached by running the real code. */
  seatStates: number
  /** Choices followed. */
  transitions: number
  /** Orders of events that lead to states in which nothing more is to come, at least. */
  schedules: number
  depth: number
  /** Nothing was left to try within the bounds on heights, time and crashes. */
  exhausted: boolean
  /** States from which the fair continuation was followed to the end. */
  progressChecked: number
  violation: Counterexample | null
  /** Seat states that were met by two histories, tried on: see `AUDIT_EVERY`. */
  audited: number
}

/** Heights above the explored ones that a fair continuation may need until something is final. */
const MAX_FAIR_HEIGHTS = 8
/** Steps of a fair continuation; more would be a stall. */
const MAX_FAIR_STEPS = 2000
/** Seats that are kept alive so that their next step needs no replay. */
const MAX_LIVE_SEATS = 20_000
/** States of one seat: the numbers of three seats make one key below 2^53. The search ends when they are used up. */
const MAX_SEAT_STATES = 200_000
const HONEST = SEATS - 1
/**
 * Two histories of a seat count as one when their digests are equal. Of so many such meetings one is tried on at the end of the search: both histories are replayed, and
 * must answer every step that was taken from there alike.
 */
const AUDIT_EVERY = 4
/** Steps of a stalled continuation that are told. */
const MAX_TOLD_STEPS = 24
/** How often `stop` is asked, in states. */
const ASK_EVERY = 256

const STEP_CODES: readonly Step['do'][] = ['block', 'votes', 'timer', 'crash']

/** A step as one number: kind, block, kind of vote, voters. */
function codeOf(step: Step): number {
  const kind = STEP_CODES.indexOf(step.do)
  if (step.do === 'block') return kind + 4 * step.block
  if (step.do === 'votes') return kind + 4 * (step.who + 16 * (step.kind + 4 * step.block))
  return kind
}

function stepOf(code: number): Step {
  const rest = Math.floor(code / 4)
  switch (STEP_CODES[code % 4]!) {
    case 'block':
      return { do: 'block', block: rest }
    case 'votes':
      return { do: 'votes', who: rest % 16, kind: Math.floor(rest / 16) % 4, block: Math.floor(rest / 64) }
    case 'timer':
      return { do: 'timer' }
    case 'crash':
      return { do: 'crash' }
  }
}

/** One state of one seat, and what the search asks about it. */
interface SeatState {
  id: number
  number: number
  before: SeatState | null
  code: number
  next: Map<number, SeatState>
  wakeAt: number
  lives: number
  round: number
  finals: readonly number[]
  /** Blocks that it has made. */
  made: readonly number[]
  /** Votes that it has signed: block · 2 + kind − 1. */
  votes: readonly number[]
  /** Blocks in its tree, from the final one up. */
  blocks: ReadonlySet<number>
  /** Blocks of unfinalised heights and the final one that children may build on. */
  parents: ReadonlySet<number>
  /** Certificates that it has, by the same number. */
  certificates: ReadonlySet<number>
  problem: Seat['problem']
}

/** The states of all seats, found by running them. */
class SeatGraph {
  /** By seat. */
  readonly states: SeatState[][] = Array.from({ length: HONEST }, () => [])
  /** There are more states than keys have room for: the search must end. */
  full = false
  readonly #byDigest = new Map<string, SeatState>()
  readonly #live = new Map<SeatState, Seat>()
  /** Meetings of another history with a known state. */
  readonly #met: { state: SeatState; before: SeatState; code: number }[] = []
  #meetings = 0

  constructor(readonly table: Table) {}

  start(number: number): SeatState {
    return this.#meet(new Seat(this.table, number), null, -1)
  }

  after(state: SeatState, code: number): SeatState {
    const known = state.next.get(code)
    if (known !== undefined) return known
    const seat = this.#seatAt(state)
    seat.take(stepOf(code))
    const next = this.#meet(seat, state, code)
    state.next.set(code, next)
    return next
  }

  /** A seat in this state, to be used up. */
  #seatAt(state: SeatState): Seat {
    const live = this.#live.get(state)
    if (live !== undefined) {
      this.#live.delete(state)
      return live
    }
    return this.#replay(state, [])
  }

  /** A new seat with a state's history and further steps. */
  #replay(state: SeatState, further: readonly number[]): Seat {
    const codes = [...further].reverse()
    for (let at = state; at.before !== null; at = at.before) codes.push(at.code)
    const seat = new Seat(this.table, state.number)
    for (const code of codes.reverse()) seat.take(stepOf(code))
    return seat
  }

  /** @returns how many answers were compared. @throws when two histories with one digest part */
  audit(): number {
    let compared = 0
    for (const { state, before, code } of this.#met) {
      for (const further of state.next.keys()) {
        const known = this.#replay(state, [further]).digest()
        const other = this.#replay(before, [code, further]).digest()
        assert(known === other, 'seats with one digest behave alike')
        compared++
      }
    }
    return compared
  }

  #meet(seat: Seat, before: SeatState | null, code: number): SeatState {
    const digest = `${seat.number} ${seat.digest()}`
    let state = this.#byDigest.get(digest)
    if (state === undefined) {
      state = this.#describe(seat, before, code)
      this.states[seat.number]!.push(state)
      this.full ||= state.id >= MAX_SEAT_STATES
      this.#byDigest.set(digest, state)
    } else if (before !== null && this.#meetings++ % AUDIT_EVERY === 0) this.#met.push({ state, before, code })
    if (this.#live.size < MAX_LIVE_SEATS) this.#live.set(state, seat)
    return state
  }

  #describe(seat: Seat, before: SeatState | null, code: number): SeatState {
    const { table } = this
    const blocks = new Set<number>()
    const parents = new Set<number>()
    const certificates = new Set<number>()
    for (const entry of seat.tree.all()) {
      // What lies below the final block is no part of the state any more.
      if (entry.height < seat.finals.length - 1) continue
      blocks.add(table.idOf(entry.hash))
      if (seat.rounds.isNotarised(entry)) parents.add(table.idOf(entry.hash))
    }
    for (let height = seat.finals.length; height <= table.topHeight; height++) {
      const record = seat.rounds.peek(height)
      if (record === undefined) continue
      for (const hash of record.notarisations.keys()) certificates.add(table.idOf(hash) * 2 + VOTE_NOTARISE - 1)
      if (record.finalisation !== null) certificates.add(table.idOf(toHex(record.finalisation.hash)) * 2 + VOTE_FINALISE - 1)
    }
    if (seat.finalProof !== null) certificates.add(table.idOf(toHex(seat.finalProof.hash)) * 2 + VOTE_FINALISE - 1)
    return {
      id: this.states[seat.number]!.length,
      number: seat.number,
      before,
      code,
      next: new Map(),
      wakeAt: seat.wakeAt,
      lives: seat.lives,
      round: seat.rounds.round,
      finals: [...seat.finals],
      made: seat.signed.filter(({ kind }) => kind === 'propose').map(({ hash }) => table.idOf(hash)),
      votes: seat.signed
        .filter(({ kind }) => kind !== 'propose')
        .map(({ hash, kind }) => table.idOf(hash) * 2 + (kind === 'finalise' ? VOTE_FINALISE : VOTE_NOTARISE) - 1),
      blocks,
      parents,
      certificates,
      problem: seat.problem
    }
  }
}

/** The three honest seats. */
type Room = readonly SeatState[]

/** What a seat can do next in a room. */
interface Choice {
  seat: number
  code: number
}

/** The code of a choice that is no step: a seat is cut off, or no longer. */
const TOGGLE_CUT = -1

/** The rooms that were met, in the order in which they were met. Columns instead of objects: there are millions. */
class RoomList {
  #columns = columnsFor(1024)
  length = 0

  /** @param from the room before, -1 for the first; `choice` leads from there to here */
  add(room: Room, cut: number, from: number, choice: Choice, depth: number, deviations: number, paths: number): void {
    if (this.length === this.#columns.from.length) this.#grow()
    const { seats, cuts, from: before, by, codes, depths, left, paths: counts } = this.#columns
    const at = this.length++
    for (let i = 0; i < HONEST; i++) seats[at * HONEST + i] = room[i]!.id
    cuts[at] = cut
    before[at] = from
    by[at] = choice.seat
    codes[at] = choice.code
    depths[at] = depth
    left[at] = deviations
    counts[at] = paths
  }

  #grow(): void {
    const old = this.#columns
    this.#columns = columnsFor(old.from.length * 2)
    for (const name of Object.keys(old) as (keyof typeof old)[]) this.#columns[name].set(old[name])
  }

  seatIn(at: number, seat: number): number {
    return this.#columns.seats[at * HONEST + seat]!
  }

  cut(at: number): number {
    return this.#columns.cuts[at]!
  }

  from(at: number): number {
    return this.#columns.from[at]!
  }

  choice(at: number): Choice {
    return { seat: this.#columns.by[at]!, code: this.#columns.codes[at]! }
  }

  depth(at: number): number {
    return this.#columns.depths[at]!
  }

  deviations(at: number): number {
    return this.#columns.left[at]!
  }

  paths(at: number): number {
    return this.#columns.paths[at]!
  }

  /** Nothing more is to come from here. */
  markEnd(at: number): void {
    this.#columns.ends[at] = 1
  }

  isEnd(at: number): boolean {
    return this.#columns.ends[at] === 1
  }

  addPaths(at: number, paths: number): void {
    this.#columns.paths[at]! += paths
  }
}

function columnsFor(size: number) {
  return {
    seats: new Int32Array(size * HONEST),
    cuts: new Uint8Array(size),
    from: new Int32Array(size),
    by: new Uint8Array(size),
    codes: new Int32Array(size),
    depths: new Uint16Array(size),
    left: new Uint8Array(size),
    paths: new Float64Array(size),
    ends: new Uint8Array(size)
  }
}

class Explorer {
  readonly #table: Table
  readonly #graph: SeatGraph
  readonly #quorum: number
  readonly #rooms = new RoomList()
  /** Places of rooms in the list, by key; one map per set of cut seats. */
  readonly #places = Array.from({ length: 2 ** HONEST }, () => new Map<number, number>())
  readonly #fair = new Set<number>()
  #transitions = 0
  #progressChecked = 0

  constructor(readonly options: ExploreOptions) {
    this.#table = new Table(options.rules ?? {})
    this.#graph = new SeatGraph(this.#table)
    this.#quorum = options.quorum ?? QUORUM
  }

  run(): ExploreReport {
    const { deviations } = this.options
    const start: Room = Array.from({ length: HONEST }, (_, number) => this.#graph.start(number))
    this.#rooms.add(start, 0, -1, { seat: 0, code: 0 }, 0, 0, 1)
    this.#places[0]!.set(keyOf(start), 0)
    // Rooms by the number of deviations that lead to them; without that bound, one list.
    const levels: number[][] = [[0]]
    for (let level = 0; level < levels.length; level++) {
      // Rooms are added to the list while it is worked off.
      for (const at of levels[level]!) {
        const verdict = this.#visit(at)
        if (verdict !== null) return verdict === 'stopped' ? this.#report(null, false) : this.#report(verdict, false)
        for (const { room, cut, choice, costs } of this.#successors(at)) {
          const cost = level + (costs && deviations !== null ? 1 : 0)
          if (cost > (deviations ?? 0)) continue
          const place = this.#meet(at, room, cut, choice, cost)
          if (place === null) return this.#report(null, false)
          if (place !== -1) (levels[cost] ??= []).push(place)
        }
      }
    }
    return this.#report(null, true)
  }

  /** Judges a room. */
  #visit(at: number): Counterexample | 'stopped' | null {
    const room = this.#roomAt(at)
    const broken = this.#broken(room)
    if (broken !== null) return { ...broken, schedule: this.#story(at) }
    const { progress } = this.options
    if (progress === 'every' || (progress === 'drained' && this.#usualStep(at, room) === null)) {
      const stalled = this.#stalls(room)
      if (stalled !== null) return { ...stalled.problem, schedule: [...this.#story(at), ...stalled.story] }
    }
    return this.#graph.full || (at % ASK_EVERY === 0 && this.options.stop?.() === true) ? 'stopped' : null
  }

  /** What a room does that keeps to the fair schedule; null: nothing more within the bounds. */
  #usualStep(at: number, room: Room): Choice | null {
    const { heights, slots } = this.options
    return this.#fairChoice(room, heights, START_MS + slots * SLOT_MS, this.#rooms.cut(at))
  }

  #successors(at: number): { room: Room; cut: number; choice: Choice; costs: boolean }[] {
    const { deviations, maxSteps } = this.options
    if (this.#rooms.depth(at) >= maxSteps) return []
    const room = this.#roomAt(at)
    const cut = this.#rooms.cut(at)
    const usual = deviations === null ? null : this.#usualStep(at, room)
    const successors: { room: Room; cut: number; choice: Choice; costs: boolean }[] = []
    if (usual !== null) successors.push({ room: this.#follow(room, usual), cut, choice: usual, costs: false })
    if (deviations !== null && usual === null) this.#rooms.markEnd(at)
    if (deviations !== null && this.#rooms.deviations(at) >= deviations) return successors
    for (const choice of this.#choices(room)) {
      const after = this.#follow(room, choice)
      if (after !== room) successors.push({ room: after, cut, choice, costs: true })
    }
    if (deviations === null && successors.length === 0) this.#rooms.markEnd(at)
    if (deviations !== null) {
      for (let seat = 0; seat < HONEST; seat++) successors.push({ room, cut: cut ^ (1 << seat), choice: { seat, code: TOGGLE_CUT }, costs: true })
    }
    return successors
  }

  /** @returns the place of a room that is new, -1 for one that is known, null when there is no more room */
  #meet(from: number, room: Room, cut: number, choice: Choice, deviations: number): number | null {
    this.#transitions++
    const depth = this.#rooms.depth(from) + 1
    const paths = this.#rooms.paths(from)
    const places = this.#places[cut]!
    const key = keyOf(room)
    const known = places.get(key)
    if (known !== undefined) {
      if (this.#rooms.depth(known) === depth) this.#rooms.addPaths(known, paths)
      return -1
    }
    if (this.#rooms.length >= this.options.maxStates || this.#graph.full) return null
    const place = this.#rooms.length
    places.set(key, place)
    this.#rooms.add(room, cut, from, choice, depth, deviations, paths)
    return place
  }

  #roomAt(at: number): Room {
    return Array.from({ length: HONEST }, (_, seat) => this.#graph.states[seat]![this.#rooms.seatIn(at, seat)]!)
  }

  #report(violation: Counterexample | null, exhausted: boolean): ExploreReport {
    const { length } = this.#rooms
    let depth = 0
    for (let at = 0; at < length; at++) depth = Math.max(depth, this.#rooms.depth(at))
    let schedules = 0
    for (let at = 0; at < length; at++) if (this.#rooms.isEnd(at)) schedules += this.#rooms.paths(at)
    return {
      states: length,
      seatStates: this.#graph.states.reduce((sum, { length }) => sum + length, 0),
      transitions: this.#transitions,
      schedules,
      depth,
      exhausted: exhausted && depth < this.options.maxSteps,
      progressChecked: this.#progressChecked,
      violation,
      audited: this.#graph.audit()
    }
  }

  #story(at: number): string[] {
    const steps: string[] = []
    for (let place = at; this.#rooms.from(place) !== -1; place = this.#rooms.from(place)) {
      const choice = this.#rooms.choice(place)
      if (choice.code !== TOGGLE_CUT) steps.push(this.#tell(choice))
      else steps.push(`seat ${choice.seat} ${(this.#rooms.cut(place) >> choice.seat) & 1 ? 'is cut off' : 'is connected again'}`)
    }
    return steps.reverse()
  }

  /** @returns the very same room when nothing changes */
  #follow(room: Room, { seat, code }: Choice): Room {
    const before = room[seat]!
    const after = this.#graph.after(before, code)
    return after === before ? room : room.map(state => (state === before ? after : state))
  }

  /** S1–S3, S5. */
  #broken(room: Room): { invariant: Explored; detail: string } | null {
    if (this.options.onlyForks !== true) for (const { problem } of room) if (problem !== null) return problem
    for (const { number, finals } of room) {
      for (const other of room) {
        for (let height = 1; height < Math.min(finals.length, other.finals.length); height++) {
          if (finals[height] !== other.finals[height])
            return {
              invariant: 'S1',
              detail: `height ${height}: block ${finals[height]} is final at seat ${number}, block ${other.finals[height]} at seat ${other.number}`
            }
        }
      }
    }
    return null
  }

  /** All that may happen now within the bounds. */
  #choices(room: Room): Choice[] {
    const { heights, slots, crashes } = this.options
    const until = START_MS + slots * SLOT_MS
    const choices: Choice[] = []
    const said = this.#votesIn(room)
    const made = room.flatMap(state => state.made)
    const mayCrash = room.reduce((sum, { lives }) => sum + lives, 0) < crashes
    for (const state of room) {
      for (const block of this.#arrivals(state, [...made, ...[...state.blocks].flatMap(parent => this.#twins(parent, heights))], heights))
        choices.push({ seat: state.number, code: codeOf({ do: 'block', block }) })
      for (const [vote, who] of said) {
        const step = this.#quorumFor(state, vote, who | (1 << LIAR), heights)
        if (step !== null) choices.push({ seat: state.number, code: codeOf(step) })
      }
      // Who has passed the last height that is looked at has nothing to wait for.
      if (state.wakeAt <= until && state.round <= heights) choices.push({ seat: state.number, code: codeOf({ do: 'timer' }) })
      if (mayCrash) choices.push({ seat: state.number, code: codeOf({ do: 'crash' }) })
    }
    return choices
  }

  #twins(parent: number, heights: number): readonly number[] {
    return this.#table.blocks[parent]!.height < heights ? this.#table.liarBlocks(parent) : []
  }

  /** Blocks that this seat lacks and that some rule would look at. */
  #arrivals(state: SeatState, blocks: readonly number[], heights: number): number[] {
    return blocks.filter(block => {
      const { height, parent } = this.#table.blocks[block]!
      if (height > heights || height < state.finals.length || state.blocks.has(block)) return false
      const below = this.#table.idOf(parent)
      if (state.parents.has(below)) return true
      return state.blocks.has(below) && (state.certificates.has(block * 2) || state.certificates.has(block * 2 + 1))
    })
  }

  /** Honest voters by vote. */
  #votesIn(room: Room): Map<number, number> {
    const said = new Map<number, number>()
    for (const { number, votes } of room) for (const vote of votes) said.set(vote, (said.get(vote) ?? 0) | (1 << number))
    return said
  }

  #quorumFor(state: SeatState, vote: number, who: number, heights: number): Step | null {
    const block = vote >> 1
    const { height } = this.#table.blocks[block]!
    if (height > heights || height < state.finals.length || state.certificates.has(vote) || popcount(who) < this.#quorum) return null
    return { do: 'votes', kind: (vote & 1) + 1, block, who }
  }

  // --------------------------------------------------------------------------------------------------------------- progress

  /**
   * From here on the liar is silent and the network is fair: everything that an honest seat has said or heard reaches all, then clocks go on together. Something new must become final.
   * @returns what stalls and how it came to that, or null
   */
  #stalls(room: Room): { problem: { invariant: Explored; detail: string }; story: string[] } | null {
    const path: number[] = []
    const taken: Choice[] = []
    const height = (of: Room): number => Math.min(...of.map(({ finals }) => finals.length))
    const goal = Math.max(...room.map(({ finals }) => finals.length)) + 1
    this.#progressChecked++
    for (let at = room; height(at) < goal;) {
      const key = keyOf(at)
      if (this.#graph.full) return null
      if (this.#fair.has(key)) break
      path.push(key)
      const choice = path.length > MAX_FAIR_STEPS ? null : this.#fairChoice(at, this.options.heights + MAX_FAIR_HEIGHTS, Infinity, 0)
      if (choice === null) {
        const story = this.#tellFair(taken.slice(0, MAX_TOLD_STEPS))
        if (taken.length > story.length) story.push(`fair: and so on, ${taken.length - story.length} steps`)
        return { problem: { invariant: 'L1', detail: `a fair network makes nothing final at ${height(at)}` }, story }
      }
      const after = this.#follow(at, choice)
      taken.push(choice)
      const broken = this.#broken(after)
      if (broken !== null) return { problem: broken, story: this.#tellFair(taken) }
      at = after
    }
    for (const key of path) this.#fair.add(key)
    return null
  }

  /** The next step of a fair schedule: what has arrived anywhere arrives everywhere, and when all is quiet the clock that is due first goes on. */
  #fairChoice(room: Room, heights: number, until: number, cut: number): Choice | null {
    const known = [...new Set(room.flatMap(({ blocks, made, finals }) => [...made, ...finals, ...blocks]))]
    const said = this.#votesIn(room)
    // A certificate that is here holds, besides honest votes, at most the liar's.
    for (const { certificates } of room) for (const vote of certificates) said.set(vote, (said.get(vote) ?? 0) | (1 << LIAR))
    for (const state of room) {
      if ((cut >> state.number) & 1) continue
      const [block] = this.#arrivals(state, known, heights)
      if (block !== undefined) return { seat: state.number, code: codeOf({ do: 'block', block }) }
      for (const [vote, who] of said) {
        const step = this.#quorumFor(state, vote, who, heights)
        if (step !== null) return { seat: state.number, code: codeOf(step) }
      }
    }
    const waiting = room.filter(({ round, wakeAt }) => round <= heights && wakeAt < Infinity && wakeAt <= until)
    const first = waiting.reduce<SeatState | null>((best, state) => (best === null || state.wakeAt < best.wakeAt ? state : best), null)
    return first === null ? null : { seat: first.number, code: codeOf({ do: 'timer' }) }
  }

  #tellFair(choices: readonly Choice[]): string[] {
    return choices.map(choice => `fair: ${this.#tell(choice)}`)
  }

  #tell({ seat, code }: Choice): string {
    const step = stepOf(code)
    switch (step.do) {
      case 'block':
        return `seat ${seat} gets ${this.#table.describe(step.block)}`
      case 'votes': {
        const voters = Array.from({ length: SEATS }, (_, i) => i).filter(i => (step.who >> i) & 1)
        const names = voters.map(voter => (voter === LIAR ? 'the liar' : `seat ${voter}`))
        return `seat ${seat} gets votes to ${step.kind === VOTE_FINALISE ? 'finalise' : 'notarise'} block ${step.block} by ${names.join(', ')}`
      }
      case 'timer':
        return `seat ${seat}: the next timer fires`
      case 'crash':
        return `seat ${seat} crashes and comes back`
    }
  }
}

function keyOf(room: Room): number {
  return room.reduce((key, { id }) => key * MAX_SEAT_STATES + id, 0)
}

/** Follows the choices and judges every room that they lead to: S1–S3 and S5, and progress if asked. The first violation ends it. */
export function explore(options: ExploreOptions): ExploreReport {
  return new Explorer(options).run()
}

/** A report for a terminal. @param seconds wall time */
export function linesOf({ violation, ...report }: ExploreReport, seconds: number): string[] {
  const { states, seatStates, transitions, schedules, depth, exhausted, progressChecked, audited } = report
  const steps = violation === null ? [] : [`${violation.invariant}: ${violation.detail}`, ...violation.schedule.map((step, i) => `  ${i + 1}. ${step}`)]
  return [
    ...steps,
    `${states} states (${seatStates} of single seats), ${transitions} transitions, ${schedules.toExponential(1)} schedules of up to ${depth} steps`,
    `${progressChecked} fair continuations, ${audited} answers of merged histories compared, ${seconds.toFixed(1)} s`,
    violation === null
      ? exhausted
        ? 'everything within the bounds was tried, no violation'
        : 'not everything within the bounds was tried, no violation so far'
      : 'violated'
  ]
}
