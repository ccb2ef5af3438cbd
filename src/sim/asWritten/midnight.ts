/** Seed 001: parallel creation at midnight, and its three ways to pick a block. */
import { compareBytes, toHex } from '../../core/bytes'
import type { BlockEntry } from '../../core/chain/blockTree'
import { RankedRounds } from '../../core/consensus/rankedRounds'
import type { ConsensusAction } from '../../core/consensus/rankedRounds'
import { checkGridTimestamp, NO_CLAIM, rankIn } from '../../core/families/common'
import type { Family } from '../../core/families/family'
import { fail } from '../../core/result'
import type { ChainConfig, Genesis, Header, Vote } from '../../core/schema'
import { VOTE_FINALISE } from '../../core/schema'
import { blockHash, networkIdOf } from '../../core/signing'
import { isQuorum } from '../../core/state/worldState'
import { asWritten } from './asWritten'
import { grinding } from './grinding'
import { onStage, openLab } from './lab'
import { byTicketOf, plainFamily, rankSeedOf } from './labFamily'
import { declareFinal, mostVoted, OnePhaseRounds, selfOf, SingleVoteRounds, votersAt, weightOf } from './rules'
import type { RoundsArguments } from './rules'

/** Approves of nothing but its own block, and of that only while it is the canonical one. */
class OwnBlockOnly extends RankedRounds {
  readonly #own: string

  constructor(...args: RoundsArguments) {
    super(...args)
    this.#own = selfOf(args)
  }

  protected override tasteOf(entry: BlockEntry): number {
    const [canonical] = this.tree
      .at(entry.height)
      .filter(other => this.tree.stateOf(other) !== null)
      .sort((a, b) => this.compare(a, b))
    return canonical === entry && toHex(entry.header.proposer) === this.#own ? 0 : Infinity
  }
}

export const ownBlockOnly = asWritten({
  id: 'own-block-only',
  family: 'midnight',
  seeds: ['001'],
  flaws: ['F-08'],
  seedRule: 'A node approves the canonical block if and only if it is its own.',
  soundRule: 'A node approves the best-ranked valid block, whoever made it (R3).',
  seen: 'Blocks differ by signer, so the canonical block gets the one approval of its maker, and no height is ever reached.',
  storedSeed: 1,
  shipped: { chaos: 1, midnight: 1, spacetime: 1, vision: 1 },
  measures: {
    heights: { label: 'heights final in 60 s', unit: '', expected: '0' },
    approvals: { label: 'approvals of the best block of height 1, of 4', unit: '', expected: '1' }
  },
  run(soundRule, seed, platform) {
    const lab = openLab({ seed, nodes: 4, family: onStage, ...(soundRule ? {} : { rounds: () => OwnBlockOnly }) }, platform).runUntil(60_000)
    const { nodes } = lab.simulation
    const approvals = nodes.flatMap(({ core }) => [...(core.rounds.peek(1)?.notarise.values() ?? [])].map(votes => votes.size))
    return { figures: { heights: lab.topHeight(), approvals: Math.max(...approvals) }, violation: lab.violation() }
  },
  failed: ({ heights, approvals }) => heights === 0 && approvals === 1
})

// ------------------------------------------------------------------------------------------------------ option A: lowest hash

/** The node that tries contents. */
const GRINDER = 0
/** Contents that it tries per block. */
const VARIANTS = 100

/** Blocks with a free field: anybody may write anything into the claim. What decides between them is `compare`. */
function contestFamily(config: ChainConfig, genesis: Genesis, byBlockHash: boolean): Family {
  const plain = plainFamily(config, genesis)
  const networkId = networkIdOf(genesis)
  const hashes = new WeakMap<Header, Uint8Array>()
  const hashOf = (header: Header): Uint8Array => {
    let hash = hashes.get(header)
    if (hash === undefined) hashes.set(header, (hash = blockHash(networkId, header)))
    return hash
  }
  return {
    ...plain,
    turnOf(parent, self) {
      const rank = rankIn(plain.ranking(parent), self)
      return rank === null ? null : { rank: byBlockHash ? 0 : rank, claim: NO_CLAIM }
    },
    checkTurn(parent, header) {
      const rank = rankIn(plain.ranking(parent), header.proposer)
      if (rank === null || header.rank !== (byBlockHash ? 0 : rank)) return fail('bad-rank')
      return checkGridTimestamp(genesis.time, config.blockIntervalMs, parent, header)
    },
    compare: byBlockHash ? (a, b) => compareBytes(hashOf(a), hashOf(b)) : (a, b) => plain.compare(a, b),
    proposalTime: (_parent, _turn, _self, clock) => clock.start,
    // Proposals are collected for one slot before the lowest is looked for; ranks need no such window.
    voteTime: (parent, header, clock) => (byBlockHash ? clock.start + clock.slotMs : plain.voteTime(parent, header, clock))
  }
}

export const lowestBlockHash = asWritten({
  id: 'lowest-block-hash',
  family: 'midnight',
  seeds: ['001'],
  flaws: ['F-07', 'F-09'],
  seedRule: 'All create a block, and the one with the lowest block hash is canonical (option A).',
  soundRule: 'The lowest H(seed of the chain, proposer) is canonical: nothing in it can be varied (R1).',
  seen: `One of seven tries ${VARIANTS} contents per block and wins almost always.`,
  storedSeed: 1,
  measures: {
    share: { label: `blocks made by the one who tries ${VARIANTS} contents, of 7 nodes`, unit: '%', expected: '94 %' },
    heights: { label: 'heights final in 120 s', unit: '' }
  },
  run(soundRule, seed, platform) {
    const lab = openLab(
      {
        seed,
        nodes: 7,
        family: (config, genesis) => contestFamily(config, genesis, !soundRule),
        rounds: room => grinding(room.signers[GRINDER]!, VARIANTS, (header, { networkId }) => blockHash(networkId, header))
      },
      platform
    ).runUntil(120_000)
    return { figures: { share: lab.shareOf(GRINDER), heights: lab.topHeight() }, violation: lab.violation() }
  },
  failed: ({ share }) => share > 75
})

// --------------------------------------------------------------------------------------------------------- option B: a leader

/** The node that is off. */
const DEAD = 3

export const leaderOnly = asWritten({
  id: 'leader-only',
  family: 'midnight',
  seeds: ['001'],
  flaws: ['F-09'],
  seedRule: 'Only the drawn leader\'s block can be canonical; without it selection ends with "leader\'s proposal not found" (option B).',
  soundRule: 'The leader has rank 0; the others follow slot by slot (R2).',
  seen: 'One of four is switched off. The chain stands still for ever at the first height whose leader it is.',
  storedSeed: 6,
  measures: {
    heights: { label: 'heights final in 60 s', unit: '' },
    silent: { label: 'seconds without a final block at the end', unit: 's', expected: 'until the end of the run' }
  },
  run(soundRule, seed, platform) {
    const family = (config: ChainConfig, genesis: Genesis): Family =>
      soundRule ? plainFamily(config, genesis) : plainFamily(config, genesis, parent => byTicketOf(rankSeedOf(parent), parent.agents()).slice(0, 1))
    const lab = openLab({ seed, nodes: 4, family }, platform)
    lab.simulation.crash(DEAD, null)
    lab.runUntil(60_000)
    return { figures: { heights: lab.topHeight(), silent: lab.silentSeconds() }, violation: lab.violation() }
  },
  failed: ({ silent }) => silent > 20
})

// ---------------------------------------------------------------------------------------------------- option C: first quorum

export const revoteWithoutLock = asWritten({
  id: 'revote-without-lock',
  family: 'midnight',
  seeds: ['001'],
  flaws: ['F-10', 'F-12'],
  seedRule: 'The first block to reach a quorum is final; who sees no quorum votes again, for another block (option C).',
  soundRule: 'Voting again is allowed, but whoever did so withholds its finalisation (R5).',
  seen: 'Two blocks of one height gather a quorum each, and different nodes call different ones final. Nobody lies.',
  storedSeed: 1,
  shipped: { midnight: 1 },
  measures: {
    forked: { label: 'heights with two final blocks, until the first one or 60 s', unit: '', expected: '1' },
    heights: { label: 'heights final', unit: '' }
  },
  run(soundRule, seed, platform) {
    const lab = openLab(
      {
        seed,
        nodes: 4,
        endsAtFork: true,
        family: (_config, _genesis, { stage }) => ({ ...stage, voting: 'arrival' }),
        ...(soundRule ? {} : { rounds: () => OnePhaseRounds, mutant: { blindStore: true } })
      },
      platform
    ).runUntil(60_000)
    return { figures: { forked: lab.forkedHeights() + lab.refusals, heights: lab.topHeight() }, violation: lab.violation('S1') ?? lab.violation() }
  },
  failed: ({ forked }) => forked > 0
})

// ------------------------------------------------------------------------------------------------------------- counting votes

/** How long proposals are collected before one vote is given, ms. */
const COLLECT_MS = 300

/** Calls its own choice final as soon as a quorum has voted for anything at all at that height. */
class TalliesAllHashes extends SingleVoteRounds {
  override addVote(vote: Vote): ReturnType<RankedRounds['addVote']> {
    const failure = super.addVote(vote)
    const record = this.peek(vote.height)
    if (vote.kind !== VOTE_FINALISE || record === undefined || record.finalisation !== null || vote.height <= this.tree.final.height) return failure
    const { weight, total } = weightOf(this, vote.height, votersAt(record).keys())
    const choice = [...record.promised].map(hash => this.tree.get(hash))[0]
    if (choice !== undefined && isQuorum(weight, total)) declareFinal(this, record, choice)
    return failure
  }
}

export const tallyAllHashes = asWritten({
  id: 'tally-all-hashes',
  family: 'midnight',
  seeds: ['001'],
  flaws: ['F-13'],
  seedRule: 'Approvals are summed over all votes of a height, whatever block they name.',
  soundRule: 'Votes are counted per height, kind and block hash (R4).',
  seen: 'Slow proposals split the votes. Their sum is a quorum, so that each node calls its own choice final, with a minority of votes.',
  storedSeed: 1,
  shipped: { midnight: 1, vision: 2 },
  measures: {
    fewest: { label: 'fewest votes, of 4, that made a block final', unit: '', expected: '1 or 2' },
    forked: { label: 'heights with two final blocks in 60 s', unit: '', expected: '> 0' },
    heights: { label: 'heights final', unit: '' }
  },
  run(soundRule, seed, platform) {
    const lab = openLab(
      {
        seed,
        nodes: 4,
        family: (_config, _genesis, { stage }) => ({ ...stage, voteTime: (_parent, _header, clock) => clock.start + COLLECT_MS }),
        ...(soundRule ? {} : { rounds: () => TalliesAllHashes, mutant: { blindStore: true } }),
        scenario: { latencyMs: [10, 500] }
      },
      platform
    ).runUntil(60_000)
    return { figures: { fewest: lab.fewestVotes(), forked: lab.forkedHeights(), heights: lab.topHeight() }, violation: lab.violation() }
  },
  failed: ({ fewest, forked }) => fewest < 3 && forked > 0
})

/** Counts, one slot after its own vote, what has arrived: more than two thirds of the votes *received* make a block final. */
class TalliesReceived extends SingleVoteRounds {
  /** When to count, by height. */
  readonly #countAt = new Map<number, number>()

  override isDue(now: number): boolean {
    return super.isDue(now) || now >= this.#nextCount()
  }

  override advance(now: number): { actions: ConsensusAction[]; wakeAt: number } {
    for (const [height, at] of this.#countAt) if (at <= now) this.#count(height)
    const { actions, wakeAt } = super.advance(now)
    for (const action of actions) if (action.do === 'store' && action.row.kind === 'notarise') this.#countAt.set(action.row.height, now + this.slotMs)
    return { actions, wakeAt: Math.min(wakeAt, this.#nextCount()) }
  }

  #nextCount(): number {
    return Math.min(Infinity, ...this.#countAt.values())
  }

  #count(height: number): void {
    this.#countAt.delete(height)
    const record = this.record(height)
    if (height <= this.tree.final.height || record.finalisation !== null) return
    const received = votersAt(record).size
    const best = mostVoted(this, record)
    if (best !== null && 3 * (record.finalise.get(best.hash)?.size ?? 0) > 2 * received) declareFinal(this, record, best)
  }
}

export const receivedVotesOnly = asWritten({
  id: 'received-votes-only',
  family: 'chaos',
  seeds: ['000', '001'],
  flaws: ['F-11'],
  seedRule: 'A block is final with two thirds of the votes that were received.',
  soundRule: 'A quorum is more than two thirds of all registered weight (R4).',
  seen: 'Four nodes are cut into two and two for 30 s. Each half hears two votes of two and goes on; their final chains differ for ever.',
  storedSeed: 1,
  shipped: { chaos: 1, midnight: 1, spacetime: 1, vision: 1 },
  measures: {
    fewest: { label: 'fewest votes, of 4, that made a block final', unit: '', expected: '2' },
    forked: { label: 'heights with two final blocks in 90 s', unit: '', expected: '> 0' },
    heights: { label: 'heights final', unit: '' }
  },
  run(soundRule, seed, platform) {
    const rounds = soundRule ? {} : { rounds: () => TalliesReceived, mutant: { blindStore: true } }
    const lab = openLab({ seed, nodes: 4, family: onStage, ...rounds }, platform).runUntil(20_000)
    const cut = lab.simulation.split([0, 1])
    lab.runUntil(50_000).simulation.heal(cut)
    lab.runUntil(90_000)
    return { figures: { fewest: lab.fewestVotes(), forked: lab.forkedHeights(), heights: lab.topHeight() }, violation: lab.violation() }
  },
  failed: ({ fewest, forked }) => fewest < 3 && forked > 0
})
