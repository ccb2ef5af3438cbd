/** Seed 004: winners drawn from a pool, six backups, and a producer loop with timers of its own. */
import { equalBytes, u32le } from '../../core/bytes'
import type { BlockEntry } from '../../core/chain/blockTree'
import { RankedRounds } from '../../core/consensus/rankedRounds'
import type { ConsensusAction } from '../../core/consensus/rankedRounds'
import { taggedHash } from '../../core/crypto/hash'
import { firstOpenRank, NO_CLAIM, perParent, slotAfterAnchor } from '../../core/families/common'
import type { Family, Turn } from '../../core/families/family'
import { fail } from '../../core/result'
import type { ChainConfig, Genesis } from '../../core/schema'
import type { WorldState } from '../../core/state/worldState'
import type { SimPlatform } from '../simulation'
import { asWritten } from './asWritten'
import { openLab, percent } from './lab'
import type { Room } from './lab'
import { drawOf, plainFamily, rankSeedOf } from './labFamily'
import type { RoundsArguments } from './rules'

/** The winner and its six backups. */
const DRAWS = 7
/** Rotations that a node looks ahead for a turn of its own. */
const MAX_ROTATIONS = 32
/** Heights that a rule is tried on where no network is needed. */
const TRIED_HEIGHTS = 20_000

/** Winners by index into the sorted pool. With replacement, as the seed has it, one member may be drawn again and again. */
function winnersOf(seed: Uint8Array, pool: readonly Uint8Array[], draws: number, replacement: boolean): Uint8Array[] {
  const left = [...pool]
  const winners: Uint8Array[] = []
  for (let i = 0; i < draws && left.length > 0; i++) {
    const place = drawOf(seed, i) % left.length
    winners.push(left[place]!)
    if (!replacement) left.splice(place, 1)
  }
  return winners
}

interface SlotRules {
  replacement: boolean
  /** After the last slot the draw is repeated with a rotation number in its seed. */
  rotations: boolean
  pool?: (parent: WorldState) => readonly Uint8Array[]
  seed?: (parent: WorldState) => Uint8Array
}

/** Slots count from the parent's time; the slot's number is the rank. */
function slotFamily(config: ChainConfig, genesis: Genesis, { replacement, rotations, pool, seed: seedOf = rankSeedOf }: SlotRules): Family {
  const plain = plainFamily(config, genesis)
  const poolOf = pool ?? ((parent: WorldState) => parent.agents().map(({ publicKey }) => publicKey))
  const drawn = perParent(() => new Map<number, Uint8Array[]>())
  const winners = (parent: WorldState, rotation: number): Uint8Array[] => {
    const known = drawn(parent)
    let list = known.get(rotation)
    if (list === undefined) {
      const seed = rotation === 0 ? seedOf(parent) : taggedHash('lab-rotation', u32le(rotation), seedOf(parent))
      known.set(rotation, (list = winnersOf(seed, poolOf(parent), DRAWS, replacement)))
    }
    return list
  }
  return {
    ...plain,
    ranking: parent => winners(parent, 0).map(publicKey => ({ publicKey, ticket: NO_CLAIM })),
    turnOf(parent, self, clock) {
      const first = Math.floor(firstOpenRank(clock) / DRAWS)
      const last = rotations ? first + MAX_ROTATIONS : 0
      for (let rotation = rotations ? first : 0; rotation <= last; rotation++) {
        const slot = winners(parent, rotation).findIndex(winner => equalBytes(winner, self))
        if (slot !== -1) return { rank: rotation * DRAWS + slot, claim: NO_CLAIM }
      }
      return null
    },
    checkTurn(parent, { rank, proposer }) {
      const rotation = Math.floor(rank / DRAWS)
      const winner = winners(parent, rotation)[rank % DRAWS]
      return winner !== undefined && equalBytes(winner, proposer) && (rotations || rotation === 0) ? null : fail('bad-rank')
    },
    proposalTime: (_parent, turn, _self, clock) => slotAfterAnchor(turn.rank, clock),
    voteTime: (_parent, header, clock) => slotAfterAnchor(header.rank, clock)
  }
}

function syntheticSeed(number: number): Uint8Array {
  return taggedHash('lab-height', u32le(number))
}

function heightsTried(): number[] {
  return Array.from({ length: TRIED_HEIGHTS }, (_, height) => height)
}

function syntheticPool(size: number): Uint8Array[] {
  return Array.from({ length: size }, (_, i) => Uint8Array.of(i))
}

// ------------------------------------------------------------------------------------------------------------------ the pool

/** Gives each node a family of its own, as if it knew only the peers it is connected to. */
function ownPools(room: Room, family: (node: number) => Family): typeof RankedRounds {
  return class extends RankedRounds {
    constructor(...args: RoundsArguments) {
      const [tree, options] = args
      const own = family(room.indexOf(options.self))
      // Results are no longer the same for all, so they must not be shared.
      Object.assign(tree.rules, { familyOf: () => own, executions: undefined })
      super(...args)
    }
  }
}

/** The one missing link: between these two. */
const APART: readonly [number, number] = [0, 1]

/** Members by number that a node counts into its pool. */
function seenBy(node: number, members: readonly number[]): number[] {
  const [left, right] = APART
  return members.filter(member => !((node === left && member === right) || (node === right && member === left)))
}

export const localPool = asWritten({
  id: 'local-pool',
  family: 'vision',
  seeds: ['004', '001'],
  flaws: ['F-02'],
  seedRule: 'The pool that winners are drawn from is "the peers I am connected to, and me".',
  soundRule: "The pool is the registry in the parent's state, the same on every node.",
  seen: 'Of 28 links among 8 nodes one is missing. The two without it draw from 7 names instead of 8, take other winners and refuse the blocks of the rest.',
  storedSeed: 1,
  measures: {
    agree: { label: 'heights, of 20,000, at which the node without the link draws the same winner', unit: '%', expected: '12 %' },
    heights: { label: 'heights final in 60 s on most nodes', unit: '' },
    behind: { label: 'heights by which the node without the link is behind', unit: '', expected: 'nearly all' }
  },
  run(soundRule, seed, platform) {
    const base = { replacement: false, rotations: true }
    const family = (config: ChainConfig, genesis: Genesis): Family => slotFamily(config, genesis, base)
    const lab = openLab(
      {
        seed,
        nodes: 8,
        family,
        ...(soundRule
          ? {}
          : {
              rounds: room => {
                const everybody = room.signers.map((_, i) => i)
                const poolOf = (node: number) => seenBy(node, everybody).map(member => room.signers[member]!.publicKey)
                return ownPools(room, node => slotFamily(room.genesis.config, room.genesis, { ...base, pool: () => poolOf(node) }))
              }
            })
      },
      platform
    ).runUntil(60_000)
    const heights = lab.heights()
    return {
      figures: { agree: agreement(soundRule), heights: Math.max(...heights), behind: Math.max(...heights) - heights[APART[0]]! },
      violation: lab.violation()
    }
  },
  failed: ({ agree, behind }) => agree < 50 && behind > 5
})

/** How often the node without the link draws whom the others draw. */
function agreement(soundRule: boolean): number {
  const everybody = syntheticPool(8)
  const members = everybody.map((_, i) => i)
  const own = (soundRule ? members : seenBy(APART[0], members)).map(member => everybody[member]!)
  const winner = (height: number, pool: readonly Uint8Array[]): number => winnersOf(syntheticSeed(height), pool, 1, true)[0]![0]!
  return percent(heightsTried().filter(height => winner(height, own) === winner(height, everybody)).length, TRIED_HEIGHTS)
}

// ------------------------------------------------------------------------------------------------------------------- rerolls

/** The node that is off. */
const DEAD = 3

export const rerollsWithReplacement = asWritten({
  id: 'rerolls-with-replacement',
  family: 'vision',
  seeds: ['004'],
  flaws: ['F-50'],
  seedRule: 'Each of the six backups is drawn from the whole pool again.',
  soundRule: 'Winner and backups are distinct.',
  seen: 'Backup 1 is the dead winner again in one of n heights, and its slot is lost once more.',
  storedSeed: 1,
  measures: {
    again: { label: 'heights, of 20,000 with n = 3, at which backup 1 is the winner again', unit: '%', expected: '33 %' },
    distinct: { label: 'distinct names among 7 draws, n = 8, in hundredths', unit: '', expected: '486' },
    allSame: { label: 'heights with n = 2 at which all 7 draws name one node', unit: '%', expected: '1.5 %' },
    longest: { label: 'longest wait for a dead winner in 120 s with n = 4, slots', unit: '', expected: '> 1' }
  },
  run(soundRule, seed, platform) {
    const draw = (height: number, size: number): number[] => winnersOf(syntheticSeed(height), syntheticPool(size), DRAWS, !soundRule).map(winner => winner[0]!)
    const heights = heightsTried()
    const again = heights.filter(height => draw(height, 3)[0] === draw(height, 3)[1]).length
    const allSame = heights.filter(height => new Set(draw(height, 2)).size === 1).length
    const names = heights.reduce((sum, height) => sum + new Set(draw(height, 8)).size, 0)
    const lab = openLab({ seed, nodes: 4, family: (config, genesis) => slotFamily(config, genesis, { replacement: !soundRule, rotations: true }) }, platform)
    lab.simulation.crash(DEAD, null)
    lab.runUntil(120_000)
    const longest = Math.max(...lab.finals.map(({ rank }) => rank))
    return {
      figures: { again: percent(again, TRIED_HEIGHTS), distinct: Math.round((100 * names) / TRIED_HEIGHTS), allSame: percent(allSame, TRIED_HEIGHTS), longest },
      violation: lab.violation()
    }
  },
  failed: ({ again }) => again > 20
})

/** The height at which the draws of `unluckyRoom` all name the dead node. */
const UNLUCKY_HEIGHT = 10
/** A room like that is one of 4⁷ = 16,384. */
const MAX_ROOMS = 1_000_000

function saltedSeed(salt: Uint8Array, height: number): Uint8Array {
  return taggedHash('lab-salted', u32le(height), salt)
}

/** The salt of a room whose draws at one height are all lost: nobody has the time to wait for it. */
function unluckyRoom(seed: number): Uint8Array {
  for (let room = 0; room < MAX_ROOMS; room++) {
    const salt = taggedHash('lab-salt', u32le(seed), u32le(room))
    const drawn = saltedSeed(salt, UNLUCKY_HEIGHT)
    let lost = 0
    while (lost < DRAWS && drawOf(drawn, lost) % 4 === DEAD) lost++
    if (lost === DRAWS) return salt
  }
  throw new Error('assertion failed: one room of 16,384 is unlucky')
}

export const heightTriedOnce = asWritten({
  id: 'height-tried-once',
  family: 'vision',
  seeds: ['004'],
  flaws: ['F-51', 'F-50'],
  seedRule: 'A height is tried once: after the seven slots of its draw nobody tries again.',
  soundRule: 'After seven slots the draw is repeated with a rotation number in its seed.',
  seen: `All seven draws of height ${UNLUCKY_HEIGHT} name the node that is off, and the chain stands still for ever. By chance that takes 4⁷ heights; the room's salt was searched for it.`,
  storedSeed: 1,
  measures: {
    heights: { label: 'heights final in 120 s', unit: '', expected: String(UNLUCKY_HEIGHT - 1) },
    silent: { label: 'seconds without a final block at the end', unit: 's', expected: 'until the end of the run' }
  },
  run(soundRule, seed, platform) {
    const salt = unluckyRoom(seed)
    const lab = openLab(
      {
        seed,
        nodes: 4,
        family: (config, genesis) =>
          slotFamily(config, genesis, { replacement: true, rotations: soundRule, seed: parent => saltedSeed(genesis.salt, parent.height + 1) }),
        scenario: { genesis: () => ({ salt }) }
      },
      platform
    )
    lab.simulation.crash(DEAD, null)
    lab.runUntil(120_000)
    return { figures: { heights: lab.topHeight(), silent: lab.silentSeconds() }, violation: lab.violation() }
  },
  failed: ({ heights, silent }) => heights < UNLUCKY_HEIGHT && silent > 60
})

// ---------------------------------------------------------------------------------------------------------- the producer loop

/** The seed's timers, ms. */
const TICK_MS = 250
const SNAPSHOT_MS = 1000
const JITTER_MIN_MS = 50
const JITTER_SPAN_MS = 350

function jitterOf(parent: WorldState, self: Uint8Array): number {
  return JITTER_MIN_MS + (drawOf(taggedHash('lab-jitter', rankSeedOf(parent), self), 0) % JITTER_SPAN_MS)
}

/**
 * The seed's producer loop: a snapshot of the tip once a second, a tick four times a second, the slot counted from the tick that noticed a new tip, the jitter
 * added to it, and before it speaks a look at the last snapshot, which may be a second old.
 */
class NoticesLate extends RankedRounds {
  readonly #self: Uint8Array
  #tickAt: number
  #snapshotAt: number
  #tip: BlockEntry
  #attempted = 0
  #claim: { parent: BlockEntry; turn: Turn; at: number } | null = null

  constructor(...args: RoundsArguments) {
    super(...args)
    const [tree, options, now] = args
    this.#self = options.self
    // Nodes are not started in step.
    const phase = taggedHash('lab-phase', options.self)
    this.#tickAt = now + (drawOf(phase, 0) % TICK_MS)
    this.#snapshotAt = now + (drawOf(phase, 1) % SNAPSHOT_MS)
    this.#tip = tree.final
  }

  override isDue(now: number): boolean {
    return super.isDue(now) || now >= this.#nextAt
  }

  override advance(now: number): { actions: ConsensusAction[]; wakeAt: number } {
    const { actions, wakeAt } = super.advance(now)
    const own: ConsensusAction[] = actions.filter(action => action.do !== 'propose')
    while (this.#nextAt <= now) own.push(...this.#step())
    return { actions: own, wakeAt: Math.min(wakeAt, this.#nextAt) }
  }

  get #nextAt(): number {
    return Math.min(this.#snapshotAt, this.#claim?.at ?? this.#tickAt)
  }

  #step(): ConsensusAction[] {
    const at = this.#nextAt
    if (at === this.#snapshotAt) {
      this.#snapshotAt += SNAPSHOT_MS
      this.#tip = this.#newest()
      return []
    }
    if (this.#claim !== null) {
      const { parent, turn } = this.#claim
      this.#claim = null
      this.#tickAt = at
      return this.#tip.height === parent.height ? [{ do: 'propose', parent, turn, tentative: false }] : []
    }
    this.#tickAt += TICK_MS
    if (this.#tip.height + 1 > this.#attempted) this.#tryNext(at)
    return []
  }

  #tryNext(now: number): void {
    const parent = this.#tip
    const turn = this.tree.rules.familyOf(parent.state!).turnOf(parent.state!, this.#self, { start: now, anchor: now, slotMs: this.slotMs })
    if (turn === null) return
    this.#attempted = parent.height + 1
    this.#claim = { parent, turn, at: now + turn.rank * this.slotMs + jitterOf(parent.state!, this.#self) }
  }

  /** The first block of the highest height that is here and valid. */
  #newest(): BlockEntry {
    let tip = this.tree.final
    for (let height = tip.height + 1; ; height++) {
      const next = this.tree.at(height).find(entry => this.tree.stateOf(entry) !== null)
      if (next === undefined) return tip
      tip = next
    }
  }
}

/** Timers of a room keep their phases, so one room says little. */
const ROOMS = 4

/** Percentage of heights at which more than one node produced, at this latency (one way, ms). */
function doubleProduction(soundRule: boolean, latencyMs: number, seed: number, platform: SimPlatform) {
  const family = (config: ChainConfig, genesis: Genesis): Family => {
    const slots = slotFamily(config, genesis, { replacement: false, rotations: true })
    return {
      ...slots,
      proposalTime: (parent, turn, self, clock) => slotAfterAnchor(turn.rank, clock) + jitterOf(parent, self),
      timestamp: (parent, _turn, now) => Math.max(parent.timestamp + config.blockIntervalMs, now)
    }
  }
  // The loop has a pace of its own as written; under the sound rule the interval sets it.
  const scenario = { latencyMs: [latencyMs, latencyMs] as const, blockIntervalMs: soundRule ? 1000 : 100 }
  let heights = 0
  let twice = 0
  let violation: string | null = null
  for (let room = 0; room < ROOMS; room++) {
    const setup = { seed: seed * ROOMS + room, nodes: 4, family, scenario }
    const lab = openLab(soundRule ? setup : { ...setup, rounds: () => NoticesLate }, platform).runUntil(30_000)
    const makers = new Map<number, Set<number>>()
    for (const { height, node } of lab.proposals) makers.set(height, (makers.get(height) ?? new Set()).add(node))
    const counted = [...makers].filter(([height]) => height <= lab.topHeight())
    heights += counted.length
    twice += counted.filter(([, nodes]) => nodes.size > 1).length
    violation ??= lab.violation()
  }
  return { twice: percent(twice, heights), heights, violation }
}

export const slotFromNotice = asWritten({
  id: 'slot-from-notice',
  family: 'vision',
  seeds: ['004'],
  flaws: ['F-55'],
  seedRule: 'A slot counts from the moment at which a node notices the new tip, and the tip is checked on a snapshot of up to one second ago.',
  soundRule: "Slots count from the parent's time, jitter lies inside the slot, and a new head is noticed at once.",
  seen: 'The backup speaks although the winner has spoken: seldom on fast links, in a third of the heights and more on slow ones.',
  storedSeed: 1,
  measures: {
    at20: { label: 'heights made twice at 20 ms', unit: '%', expected: '10.4 %' },
    at100: { label: 'heights made twice at 100 ms', unit: '%', expected: '13.5 %' },
    at300: { label: 'heights made twice at 300 ms', unit: '%', expected: '23.8 %' },
    heights: { label: 'heights final at 100 ms in four rooms of 30 s', unit: '' }
  },
  run(soundRule, seed, platform) {
    const [fast, usual, slow] = [20, 100, 300].map(latency => doubleProduction(soundRule, latency, seed, platform))
    return { figures: { at20: fast!.twice, at100: usual!.twice, at300: slow!.twice, heights: usual!.heights }, violation: usual!.violation }
  },
  failed: ({ at100, at300 }) => at100 > 3 && at300 > 3
})
