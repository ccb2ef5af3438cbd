/**
 * Spacetime (seed 002): space decides. Whoever has registered plots answers a challenge with its best-scoring leaf; the better the score, the earlier the turn. README.md
 * tells the idea and its numbers.
 *
 * Time after the parent is divided into windows of `windowSlots` slots. Every window has its own challenge, so a window in which nobody has a proof under the target is
 * simply followed by the next (S041, F-40). Rank = window · slots + expected rank inside the window.
 */
import { equalBytes, toHex } from '../../bytes'
import { decode, encode } from '../../codec'
import { taggedHash } from '../../crypto/hash'
import { rootFromPath } from '../../merkle'
import { assert, fail } from '../../result'
import type { Failure } from '../../result'
import type { ChainConfig, Genesis, Header, Plot } from '../../schema'
import { ContainerType, UintNumberType } from '../../ssz'
import type { ValueOf } from '../../ssz'
import type { WorldState } from '../../state/worldState'
import { byTicket, eligibleAgents, familyDefaults, firstOpenRank, NO_CLAIM, perParent, rankIn } from '../common'
import type { Family, FamilyModule, PlacedHeader, RankedProposer, RoundClock, Turn } from '../family'
import { challengeOf, claimIn, shownScore, SpaceClaim } from './claim'
import { effectiveDifficulty, expectedMilliRank, initialDifficulty, MILLI, RETARGET_BLOCKS, retarget, scoreNumber, SpaceMemory, targetOf } from './difficulty'
import { plotLeaf, scoreOf } from './plot'
import { MAX_SCANNED_LEAVES, memoryProofs } from './proofSource'
import type { NumberedPlot, ProofSource } from './proofSource'

export const FAMILY_SPACETIME = 3

/** The seed's window. A playground has its own pace. */
const DEFAULT_INTERVAL_MS = 10_000
/** One expected rank: 2Δ, as in the other families. */
const DEFAULT_SLOT_MS = 1200
/** Blocks between the registration of a plot and its first proof: its seed is then chosen long before any challenge that it answers (F-45). */
const DEFAULT_MATURITY = 32
/** Leaves of one owner that count: one plot of the largest size. */
const DEFAULT_LEAVES_PER_OWNER = 1 << 21
/** A challenge is known two blocks ahead, so a plot has to be older than that. */
const MIN_MATURITY = 3
/** Longer waits have no use: a day at the seed's pace. */
const MAX_MATURITY = 10_000

/** Leaves read for one turn, all windows together; then a small sample of each further window. Two windows of the largest owner. */
const SCAN_BUDGET = 2 * MAX_SCANNED_LEAVES
/** That sample: a whole plot of the size that comes by itself. */
const MIN_READ = 256
/** Windows in which a turn is looked for. Longer waits end with the tickets, or with the next round. */
const MAX_WINDOWS_SCANNED = 64
/** A rank is a u32. */
const MAX_RANK = 0xffff_ffff
/** No heartbeat lifetime makes the tickets wait for more slots than this: some eighty years. */
const MAX_TICKET_DELAY = 0x8000_0000

/** `maturity` in blocks; `leavesPerOwner`: plots of one owner count in the order of their registration while they fit into so many leaves. */
export const SpaceParameters = new ContainerType({ maturity: new UintNumberType(4), leavesPerOwner: new UintNumberType(4) })
export type SpaceParameters = ValueOf<typeof SpaceParameters>

/** What counts for the block after a state. */
interface Space {
  /** All leaves that count. */
  readonly leaves: bigint
  readonly byNumber: ReadonlyMap<number, Plot>
  /** By the owner's key, hex. */
  readonly byOwner: ReadonlyMap<string, readonly NumberedPlot[]>
}

/** Slots of one window: as many as cover a block interval. */
export function windowSlots(config: Pick<ChainConfig, 'blockIntervalMs' | 'slotMs'>): number {
  return Math.max(1, Math.ceil(config.blockIntervalMs / config.slotMs))
}

function decodeParameters(config: ChainConfig): SpaceParameters {
  const parameters = decode(SpaceParameters, config.parameters)
  assert(parameters.ok, 'a configuration in force was checked')
  return parameters.value
}

/** Old enough for the block at `height`; what the genesis brought always is. */
function isMature(plot: Plot, height: number, maturity: number): boolean {
  return plot.registeredAt === 0 || plot.registeredAt + maturity <= height
}

function memoryOf(parent: WorldState): SpaceMemory {
  const memory = decode(SpaceMemory, parent.memory)
  assert(memory.ok, 'the family wrote its own memory')
  return memory.value
}

/** All matured plots of owners who are alive; when nobody is, of all but the penalised. */
function measureSpace(parent: WorldState, ttl: number, { maturity, leavesPerOwner }: SpaceParameters): Space {
  const owners = new Set(eligibleAgents(parent, ttl).map(agent => toHex(agent.publicKey)))
  const counted = new Map<string, number>()
  const byNumber = new Map<number, Plot>()
  const byOwner = new Map<string, NumberedPlot[]>()
  let leaves = 0n
  for (const [number, plot] of parent.plots().entries()) {
    const owner = toHex(plot.owner)
    const sum = (counted.get(owner) ?? 0) + plot.leaves
    if (sum > leavesPerOwner || !isMature(plot, parent.height + 1, maturity) || !owners.has(owner)) continue
    counted.set(owner, sum)
    byNumber.set(number, plot)
    const own = byOwner.get(owner)
    if (own === undefined) byOwner.set(owner, [{ number, plot }])
    else own.push({ number, plot })
    leaves += BigInt(plot.leaves)
  }
  return { leaves, byNumber, byOwner }
}

/** The order of those who may go on without a proof (see `ticketsFrom`). */
function ticketOrder(parent: WorldState, ttl: number): readonly RankedProposer[] {
  return eligibleAgents(parent, ttl)
    .map(({ publicKey }) => ({ publicKey, ticket: taggedHash('rank', parent.chain.previousSeed, publicKey) }))
    .sort(byTicket)
}

function createSpacetime(config: ChainConfig, genesis: Genesis, proofs: ProofSource): Family {
  const { heartbeatTtl } = genesis
  const { blockIntervalMs, slotMs } = config
  const parameters = decodeParameters(config)
  const slots = windowSlots(config)
  const lastWindow = Math.floor(MAX_RANK / slots) - 1
  const spaceOf = perParent(parent => measureSpace(parent, heartbeatTtl, parameters))
  const ticketsOf = perParent(parent => ticketOrder(parent, heartbeatTtl))
  const difficultyOf = perParent(parent => effectiveDifficulty(memoryOf(parent).difficulty, spaceOf(parent).leaves))
  const turnsOf = perParent(() => new Map<string, Turn | null>())

  /**
   * From which rank on tickets do instead of proofs. At once while no plot counts. Later, when so many windows have gone by as a heartbeat lasts in blocks: the owners
   * of the space are gone then, and without blocks their heartbeats would never run out.
   */
  function ticketsFrom(parent: WorldState): number {
    return spaceOf(parent).leaves === 0n ? 0 : Math.min(heartbeatTtl * slots, MAX_TICKET_DELAY)
  }

  function checkTicket(parent: WorldState, header: Pick<Header, 'proposer' | 'rank'>): Failure | null {
    const from = ticketsFrom(parent)
    if (header.rank < from) return fail('no-proof', `a block of this rank needs a proof of space; from rank ${from} on a ticket will do`)
    const ranked = ticketsOf(parent)
    const due = ranked[(header.rank - from) % ranked.length]
    return due !== undefined && equalBytes(due.publicKey, header.proposer) ? null : fail('bad-rank', 'the proposer does not hold this rank')
  }

  function checkPlot(parent: WorldState, proposer: Uint8Array, number: number): Failure | null {
    const plot = parent.plots()[number]
    if (plot === undefined) return fail('unknown-plot', `there is no plot ${number}`)
    if (!equalBytes(plot.owner, proposer)) return fail('foreign-plot', 'the plot belongs to somebody else')
    if (!isMature(plot, parent.height + 1, parameters.maturity))
      return fail('immature-plot', `a plot counts ${parameters.maturity} blocks after its registration`)
    if (spaceOf(parent).byNumber.has(number)) return null
    const known = spaceOf(parent).byOwner.has(toHex(proposer)) || eligibleAgents(parent, heartbeatTtl).some(agent => equalBytes(agent.publicKey, proposer))
    return known ? fail('uncounted-plot', 'its owner has more leaves than count') : fail('owner-gone', 'its owner is not active')
  }

  function milliRankOf(parent: WorldState, score: Uint8Array, window: number): number {
    return expectedMilliRank(scoreNumber(score), spaceOf(parent).leaves, window)
  }

  /** S048: each way to be wrong has its own code. */
  function checkProof(parent: WorldState, proposer: Uint8Array, rank: number, claim: SpaceClaim): Failure | null {
    const bad = checkPlot(parent, proposer, claim.plot)
    if (bad !== null) return bad
    const plot = parent.plots()[claim.plot]!
    if (claim.leaf >= plot.leaves) return fail('wrong-leaf', `the plot has ${plot.leaves} leaves`)
    if (2 ** claim.siblings.length !== plot.leaves) return fail('wrong-path', 'the path has another length than the tree is high')
    if (Math.floor(rank / slots) !== claim.window) return fail('wrong-challenge', 'the proof is for another window')
    const leaf = plotLeaf(plot.owner, plot.seed, claim.leaf)
    if (!equalBytes(rootFromPath(leaf, claim.leaf, claim.siblings), plot.root)) return fail('wrong-root', 'the path does not lead to the registered root')
    const score = scoreOf(challengeOf(parent.chain.previousSeed, parent.height + 1, claim.window), leaf)
    if (!equalBytes(score, claim.score)) return fail('wrong-score', 'the leaf has another score for this challenge')
    if (scoreNumber(score) >= targetOf(difficultyOf(parent), claim.window)) return fail('above-target', 'the score is not under the target')
    const place = Math.floor(milliRankOf(parent, score, claim.window) / MILLI)
    if (place >= slots) return fail('outside-window', 'the expected rank lies behind the end of the window')
    return rank % slots === place ? null : fail('wrong-rank', `the score has rank ${place} in its window`)
  }

  /** The turn that the best known proof gives in this window. What an outside miner found is checked like anybody's: a wrong block never leaves this node. */
  function proofTurn(parent: WorldState, self: Uint8Array, window: number, leaves: number): Turn | null {
    const space = spaceOf(parent)
    const challenge = challengeOf(parent.chain.previousSeed, parent.height + 1, window)
    const found = proofs(space.byOwner.get(toHex(self)) ?? [], challenge, leaves)
    const plot = found === null ? undefined : space.byNumber.get(found.plot)
    if (found === null || plot === undefined) return null
    const score = scoreOf(challenge, plotLeaf(plot.owner, plot.seed, found.leaf))
    const rank = window * slots + Math.floor(milliRankOf(parent, score, window) / MILLI)
    const claim = { ...found, window, score }
    return checkProof(parent, self, rank, claim) === null ? { rank, claim: encode(SpaceClaim, claim) } : null
  }

  /** Tickets go round: the first rank of this agent whose slot is not over. */
  function ticketTurn(parent: WorldState, self: Uint8Array, clock: RoundClock): Turn | null {
    const ranked = ticketsOf(parent)
    const place = rankIn(ranked, self)
    if (place === null) return null
    const from = ticketsFrom(parent)
    const open = Math.max(from, Math.min(firstOpenRank(clock), MAX_RANK - ranked.length))
    const passed = (open - from) % ranked.length
    return { rank: open + ((place - passed + ranked.length) % ranked.length), claim: NO_CLAIM }
  }

  function findTurn(parent: WorldState, self: Uint8Array, clock: RoundClock): Turn | null {
    const ticket = ticketTurn(parent, self, clock)
    const own = spaceOf(parent).byOwner.get(toHex(self))
    if (own === undefined) return ticket
    const size = own.reduce((sum, { plot }) => sum + plot.leaves, 0)
    const open = firstOpenRank(clock)
    const first = Math.min(Math.floor(open / slots), lastWindow)
    const end = ticket === null ? lastWindow : Math.min(lastWindow, Math.floor(ticket.rank / slots))
    let left = SCAN_BUDGET
    for (let window = first; window <= end && window < first + MAX_WINDOWS_SCANNED; window++) {
      const turn = proofTurn(parent, self, window, Math.max(MIN_READ, left))
      // Several may have a proof for the slots of a window that have gone by, and would all speak at once.
      if (turn !== null && (turn.rank >= open || window === lastWindow)) return turn
      left -= size
    }
    return ticket
  }

  /** R2 and R3 in thousandths of a slot: two scores of one rank do not speak at the same moment. */
  function timeOf(parent: WorldState, { rank, claim }: Turn, clock: RoundClock): number {
    const proof = claimIn(claim)
    const fraction = proof === null ? 0 : milliRankOf(parent, proof.score, proof.window) % MILLI
    const ahead = Math.max(0, (rank - firstOpenRank(clock)) * MILLI + fraction)
    return clock.start + Math.floor((ahead * clock.slotMs) / MILLI)
  }

  function advance(parent: WorldState, header: PlacedHeader): Uint8Array | null {
    const { difficulty, periodStart, periodStartHeight } = memoryOf(parent)
    const begins = { periodStart: BigInt(header.timestamp), periodStartHeight: header.height }
    const { leaves } = spaceOf(parent)
    // The first block with a proof brings the first difficulty.
    if (difficulty === 0n) return leaves === 0n ? null : encode(SpaceMemory, { difficulty: initialDifficulty(leaves), ...begins })
    if (header.height - periodStartHeight < RETARGET_BLOCKS) return null
    // A block cannot follow within less than an interval, and the best of all scores waits one slot on average.
    const expected = BigInt(RETARGET_BLOCKS) * BigInt(blockIntervalMs + slotMs)
    return encode(SpaceMemory, { difficulty: retarget(difficulty, expected, begins.periodStart - periodStart), ...begins })
  }

  return {
    ...familyDefaults(config, genesis),
    name: 'spacetime',
    // A window without a proof happens, and the next one's best proof waits for its rank.
    patienceSlots: 2 * slots,
    ranking: parent => (spaceOf(parent).leaves === 0n ? ticketsOf(parent) : []),
    turnOf(parent, self, clock) {
      const turns = turnsOf(parent)
      const key = `${toHex(self)}/${firstOpenRank(clock)}`
      let turn = turns.get(key)
      if (turn === undefined) turns.set(key, (turn = findTurn(parent, self, clock)))
      return turn
    },
    checkTurn(parent, header) {
      if (header.timestamp !== parent.timestamp + blockIntervalMs + header.rank * slotMs)
        return fail('off-slot', 'the timestamp is not the beginning of the slot of its rank')
      if (header.claim.length === 0) return checkTicket(parent, header)
      const claim = claimIn(header.claim)
      return claim === null ? fail('bad-claim', 'the claim is not a proof of space') : checkProof(parent, header.proposer, header.rank, claim)
    },
    compare(a, b) {
      if (a.rank !== b.rank) return a.rank - b.rank
      const [mine, other] = [shownScore(a), shownScore(b)]
      if (mine === null || other === null) return Number(mine === null) - Number(other === null)
      const difference = scoreNumber(mine) - scoreNumber(other)
      return difference < 0n ? -1 : Number(difference > 0n)
    },
    proposalTime: (parent, turn, _self, clock) => timeOf(parent, turn, clock),
    voteTime: (parent, header, clock) => timeOf(parent, header, clock),
    timestamp: (parent, turn) => parent.timestamp + blockIntervalMs + turn.rank * slotMs,
    initialMemory: ({ timestamp, height }) => encode(SpaceMemory, { difficulty: 0n, periodStart: BigInt(timestamp), periodStartHeight: height }),
    advance
  }
}

function check(config: ChainConfig): Failure | null {
  const parameters = decode(SpaceParameters, config.parameters)
  if (!parameters.ok) return fail('bad-config', `parameters of spacetime: ${parameters.code}`)
  const { maturity, leavesPerOwner } = parameters.value
  if (maturity < MIN_MATURITY || maturity > MAX_MATURITY) return fail('bad-config', `maturity outside ${MIN_MATURITY} … ${MAX_MATURITY} blocks`)
  return leavesPerOwner < 2 ? fail('bad-config', 'an owner needs at least two leaves') : null
}

/** The family with another source of proofs: a miner's, for plots that do not fit into memory. @param source called once per instance of the rules */
export function spacetimeWith(source: () => ProofSource): FamilyModule {
  return {
    id: FAMILY_SPACETIME,
    name: 'spacetime',
    modes: ['proofOfSpace'],
    defaultConfig: mode => ({
      family: FAMILY_SPACETIME,
      mode,
      blockIntervalMs: DEFAULT_INTERVAL_MS,
      slotMs: DEFAULT_SLOT_MS,
      parameters: encode(SpaceParameters, { maturity: DEFAULT_MATURITY, leavesPerOwner: DEFAULT_LEAVES_PER_OWNER })
    }),
    check: config => (config.mode === 0 ? check(config) : fail('bad-config', 'spacetime has one mode')),
    create: (config, genesis) => createSpacetime(config, genesis, source())
  }
}

/** Proofs from small plots in memory. */
export const spacetime: FamilyModule = spacetimeWith(memoryProofs)
