import { describe, expect, it } from 'vitest'
import { concat, equalBytes, toHex, u32le } from '../../bytes'
import { BlockTree, genesisHeader, rootEntry } from '../../chain/blockTree'
import type { BlockEntry } from '../../chain/blockTree'
import { RankedRounds } from '../../consensus/rankedRounds'
import type { ConsensusAction } from '../../consensus/rankedRounds'
import { taggedHash } from '../../crypto/hash'
import type { VrfScheme } from '../../crypto/vrfScheme'
import { playgroundConfig } from '../../genesis'
import { VOTE_FINALISE, VOTE_NOTARISE } from '../../schema'
import type { Vote } from '../../schema'
import { addBlock, createNetwork, makeBlock, TEST_TIME, voteFor } from '../../testing/network'
import type { TestNetwork } from '../../testing/network'
import { encodeParameters } from './parameters'
import { midnight } from './rules'

const [LOWEST_HASH, VRF, FIRST_TO_QUORUM, LEADER] = [0, 1, 2, 3] as const
const MODES = midnight.modes.map((name, mode) => [name, mode] as const)
const INTERVAL = 2000
const SLOT = 1200
const DELAY = 50

/** Nobody lies in these rooms, so numbers and signatures need not be proofs; real ones would take most of the time. */
const proofFor = (publicKey: Uint8Array, alpha: Uint8Array) => concat(taggedHash('test-vrf', publicKey, alpha), new Uint8Array(48))
const HONEST_VRF: VrfScheme = {
  prover: () => () => new Uint8Array(80),
  output: proof => concat(proof.slice(0, 32), proof.slice(0, 32)),
  verify: (publicKey, alpha, proof) => (equalBytes(proof, proofFor(publicKey, alpha)) ? HONEST_VRF.output(proof) : null)
}

type Message = { block: BlockEntry } | { vote: Vote }

/** A validator, its view of the tree, and what it did. Its disk answers at once. */
interface Seat {
  number: number
  tree: BlockTree
  rounds: RankedRounds
  /** Blocks it made, with the time of day. */
  made: { block: BlockEntry; at: number }[]
  /** When a height was notarised, and became final, here. */
  notarisedAt: Map<number, number>
  finals: BlockEntry[]
  /** Came before what they build on. */
  waiting: Message[]
}

interface RoomOptions {
  size: number
  mode: number
  /** Milliseconds on the way; Infinity: never. */
  delay?: (from: number, to: number, now: number) => number
  voteLimitMs?: number
}

/** Real rounds over a message queue in virtual time: no loss, no liars, any delays. */
class Room {
  readonly network: TestNetwork
  readonly seats: Seat[]
  now = TEST_TIME
  readonly #queue: { at: number; to: number; message: Message }[] = []
  readonly #delay: NonNullable<RoomOptions['delay']>

  constructor({ size, mode, delay = () => DELAY, voteLimitMs = 60_000 }: RoomOptions) {
    const config = playgroundConfig({ ...midnight.defaultConfig(mode), parameters: encodeParameters({ voteLimitMs }) })
    const made = createNetwork(size, { config, heartbeatTtl: 10_000, minCommittee: 1 })
    const signers = made.signers.map(({ publicKey }) => ({
      publicKey,
      sign: () => new Uint8Array(64),
      prove: (alpha: Uint8Array) => proofFor(publicKey, alpha)
    }))
    this.network = { ...made, signers, rules: { ...made.rules, vrf: HONEST_VRF, executions: new Map() } }
    this.#delay = delay
    const { state } = made.tree.final
    this.seats = made.signers.map(({ publicKey }, number) => {
      const tree = new BlockTree(this.network.rules, rootEntry(made.networkId, genesisHeader(made.genesis.time, state!), state!))
      return { number, tree, rounds: new RankedRounds(tree, { self: publicKey }, TEST_TIME), made: [], notarisedAt: new Map(), finals: [], waiting: [] }
    })
  }

  run(ms: number): this {
    for (const end = this.now + ms; this.now <= end; this.now += 10) {
      for (const [i, { at, to, message }] of [...this.#queue.entries()].reverse()) {
        if (at > this.now) continue
        this.#queue.splice(i, 1)
        this.seats[to]!.waiting.push(message)
      }
      for (const seat of this.seats) this.#look(seat)
    }
    return this
  }

  #look(seat: Seat): void {
    seat.waiting = seat.waiting.filter(message => !this.#hear(seat, message))
    for (;;) {
      const { actions } = seat.rounds.advance(this.now)
      if (actions.length === 0) return
      for (const action of actions) this.#perform(seat, action)
    }
  }

  /** @returns whether the message is dealt with */
  #hear(seat: Seat, message: Message): boolean {
    if ('vote' in message) return seat.rounds.addVote(message.vote)?.code !== 'unknown-set'
    const { block } = message
    if (block.height <= seat.tree.final.height) return true
    if (seat.tree.get(block.parent) === undefined) return false
    seat.rounds.noteBlock(addBlock(seat.tree, block, this.now))
    return true
  }

  #perform(seat: Seat, action: ConsensusAction): void {
    if (action.do === 'propose') {
      const state = action.parent.state!
      const timestamp = this.network.rules.familyOf(state).timestamp(state, action.turn, this.now)
      const block = makeBlock(this.network, action.parent, { rank: action.turn.rank, timestamp })
      seat.made.push({ block, at: this.now })
      this.#send(seat, { block })
    }
    if (action.do === 'store') {
      this.#send(seat, {
        vote: voteFor(this.network, this.network.signers[seat.number]!, action.entry, action.row.kind === 'finalise' ? VOTE_FINALISE : VOTE_NOTARISE)
      })
    }
    if (action.do === 'notarised') seat.notarisedAt.set(action.entry.height, this.now)
    if (action.do === 'finalised') seat.finals.push(...action.finals)
  }

  #send(seat: Seat, message: Message): void {
    this.#hear(seat, message)
    for (const { number } of this.seats) {
      if (number === seat.number) continue
      const at = this.now + this.#delay(seat.number, number, this.now)
      if (at < Infinity) this.#queue.push({ at, to: number, message })
    }
  }

  /** One chain on all of these seats, up to the shortest; its blocks. */
  agreed(seats = this.seats): BlockEntry[] {
    const shortest = Math.min(...seats.map(({ finals }) => finals.length))
    for (const { finals } of seats) {
      expect(finals.map(({ height }) => height)).toEqual(finals.map((_, i) => i + 1))
      expect(finals.slice(0, shortest).map(({ hash }) => hash)).toEqual(seats[0]!.finals.slice(0, shortest).map(({ hash }) => hash))
    }
    return seats[0]!.finals.slice(0, shortest)
  }

  /** The seat whose block this is. */
  makerOf(block: BlockEntry): number {
    return this.network.signers.findIndex(({ publicKey }) => toHex(publicKey) === toHex(block.header.proposer))
  }

  /** The seat with rank 0 for the child of a final block. */
  firstFor(height: number, seat: Seat): number {
    const parent = seat.finals[height - 2] ?? null
    const state = parent === null ? this.network.tree.final.state! : parent.state!
    const { publicKey } = this.network.rules.familyOf(state).ranking(state)[0]!
    return this.network.signers.findIndex(signer => toHex(signer.publicKey) === toHex(publicKey))
  }
}

/** Nothing comes from or goes to these. */
const without =
  (...dead: number[]) =>
  (from: number, to: number) =>
    dead.includes(from) || dead.includes(to) ? Infinity : DELAY
/** Between 10 and 400 ms, different for every message and the same in every run. */
const scattered = (from: number, to: number, now: number) => 10 + (taggedHash('test-key', u32le(from), u32le(to), u32le(now - TEST_TIME))[0]! * 390) / 255

describe('every mode, every small room', () => {
  for (const [name, mode] of MODES) {
    it.each([
      ['M057: one alone', 1],
      ['M058: two', 2],
      ['M059, M062: three', 3],
      ['M059: five', 5]
    ])(`${name}: %s: one chain, the same on all`, (_, size) => {
      const room = new Room({ size, mode }).run(16 * INTERVAL)
      expect(room.agreed().length).toBeGreaterThanOrEqual(6)
      const heights = Math.min(...room.seats.map(({ rounds }) => rounds.round)) - 1
      if (mode !== LEADER) for (const { made } of room.seats) expect(made.length, 'M012: everybody creates').toBeGreaterThanOrEqual(heights)
    })
  }

  it('M003, M004, M005: in the old design only the leader creates, all hear it, and each signs one vote', () => {
    const room = new Room({ size: 4, mode: LEADER }).run(10 * INTERVAL)
    const chain = room.agreed()
    expect(chain.length).toBeGreaterThanOrEqual(8)
    for (const block of chain) {
      expect(block.header.rank).toBe(0)
      expect(room.seats.flatMap(({ made }) => made).filter(({ block: { height } }) => height === block.height)).toHaveLength(1)
      for (const { rounds } of room.seats) expect(rounds.record(block.height).promised).toEqual(new Set([block.hash]))
    }
  })

  it.each(MODES)('M033 (%s): in good weather everybody wins now and then', (_, mode) => {
    const room = new Room({ size: 4, mode, delay: scattered }).run(40 * INTERVAL)
    expect(new Set(room.agreed().map(block => room.makerOf(block))).size).toBeGreaterThanOrEqual(3)
  })
})

describe('a leader that is silent (M007, M008, M022, M029, M031, F-09)', () => {
  const DEAD = 2
  const rooms = new Map(MODES.map(([, mode]) => [mode, new Room({ size: 4, mode, delay: without(DEAD) }).run(60_000)]))
  const alive = (room: Room) => room.seats.filter(({ number }) => number !== DEAD)
  /** By height: milliseconds from the block's timestamp to its certificate, where the first in line was or was not the dead one. */
  function latencies(room: Room, leaderDead: boolean): number[] {
    const [seat] = alive(room)
    return room
      .agreed(alive(room))
      .filter(({ height }) => (room.firstFor(height, seat!) === DEAD) === leaderDead)
      .map(({ height, header }) => seat!.notarisedAt.get(height)! - header.timestamp)
  }
  const mean = (list: number[]) => list.reduce((sum, value) => sum + value, 0) / list.length

  it.each(MODES)('M029, M031 (%s): the three others go on', (_, mode) => {
    const room = rooms.get(mode)!
    expect(room.agreed(alive(room)).length).toBeGreaterThanOrEqual(15)
    expect(room.seats[DEAD]!.finals).toEqual([])
    expect(latencies(room, true).length, 'the dead one was first in line').toBeGreaterThan(1)
  })

  it('M007, M008, M022: in the old design everybody waits one slot, then the second in line creates its block', () => {
    const room = rooms.get(LEADER)!
    const [seat] = alive(room)
    const heard = room.agreed(alive(room)).filter(({ height }) => room.firstFor(height, seat!) === DEAD)
    for (const block of heard) {
      expect(block.header.rank).toBe(1)
      const { at } = room.seats[room.makerOf(block)]!.made.find(({ block: { hash } }) => hash === block.hash)!
      expect(at - block.header.timestamp).toBe(SLOT)
      const others = alive(room).flatMap(({ made }) => made.filter(other => other.block.height === block.height && other.block.hash !== block.hash))
      expect(others, 'nobody else had to speak').toEqual([])
    }
    for (const ms of latencies(room, true)) expect(ms).toBeGreaterThanOrEqual(SLOT + 2 * DELAY)
  })

  it('M030, M009: with everything ready beforehand a fall-back saves the way of one message, and with a living leader nothing', () => {
    const [a, b, leader] = [LOWEST_HASH, VRF, LEADER].map(mode => mean(latencies(rooms.get(mode)!, true)))
    // The block of the second in line has long arrived when its slot begins.
    expect(a).toBeLessThan(leader! - DELAY / 2)
    expect(b).toBeLessThan(leader! - DELAY / 2)
    for (const mode of [LOWEST_HASH, VRF, LEADER]) expect(mean(latencies(rooms.get(mode)!, false))).toBe(2 * DELAY)
  })

  it('M009, F-10: option C is not the fastest but the slowest: each validator sees its own block first, so the first votes never meet', () => {
    expect(mean(latencies(rooms.get(FIRST_TO_QUORUM)!, false))).toBeGreaterThan(SLOT / 2)
  })
})

describe('option C (M023, M024, F-10)', () => {
  it('never two winners, and finality does not stop, whatever the order of arrival', () => {
    for (const size of [3, 4, 7]) {
      const room = new Room({ size, mode: FIRST_TO_QUORUM, delay: scattered }).run(60_000)
      expect(room.agreed().length, `${size} seats`).toBeGreaterThanOrEqual(10)
    }
  })

  it('M024: a node with fast links wins more than its share; in option A it does not', () => {
    const FAST = 1
    const delay = (from: number, to: number, now: number) => (from === FAST ? 10 : 200 + scattered(from, to, now))
    const share = (mode: number) => {
      const room = new Room({ size: 5, mode, delay }).run(100_000)
      const chain = room.agreed()
      expect(chain.length).toBeGreaterThanOrEqual(20)
      return chain.filter(block => room.makerOf(block) === FAST).length / chain.length
    }
    expect(share(FIRST_TO_QUORUM)).toBeGreaterThan(0.5)
    expect(share(LOWEST_HASH)).toBeLessThan(0.4)
  })
})

describe('the vote limit', () => {
  it('M044, M045, M049: two of four reach no quorum of those registered; at the limit nothing has happened; when the others are back the rounds go on', () => {
    const LIMIT = 20_000
    const back = TEST_TIME + 30_000
    // The links of two seats hold everything back until then.
    const delay = (from: number, to: number, now: number) => (from >= 2 || to >= 2 ? Math.max(DELAY, back - now) : DELAY)
    const room = new Room({ size: 4, mode: LOWEST_HASH, voteLimitMs: LIMIT, delay })
    const before = toHex(room.network.tree.final.state!.root)
    const family = room.network.rules.familyOf(room.network.tree.final.state!)
    expect(family.deadlineMs).toBe(LIMIT)
    room.run(INTERVAL + family.deadlineMs)
    for (const { tree, rounds, notarisedAt } of room.seats) {
      expect(rounds.round, 'still the first').toBe(1)
      expect(notarisedAt.size).toBe(0)
      expect(tree.final.height).toBe(0)
      expect(toHex(tree.final.state!.root), 'no partial state').toBe(before)
    }
    room.run(40_000)
    expect(room.agreed().length).toBeGreaterThanOrEqual(5)
  })

  it.each(MODES)('M061 (%s): one slow node of four does not hold the others up', (_, mode) => {
    const SLOW = 3
    const room = new Room({ size: 4, mode, delay: (from, to) => (from === SLOW || to === SLOW ? 3000 : DELAY) }).run(60_000)
    const others = room.seats.filter(({ number }) => number !== SLOW)
    expect(room.agreed(others).length).toBeGreaterThanOrEqual(14)
    room.agreed()
  })
})
