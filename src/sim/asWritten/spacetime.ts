/** Seed 002: proofs of space, their challenges, and what binds a plot to its owner. */
import { compareBytes, concat, equalBytes, u32le } from '../../core/bytes'
import { encode } from '../../core/codec'
import { taggedHash } from '../../core/crypto/hash'
import { byTicket, checkGridTimestamp, firstOpenRank, NO_CLAIM, perParent, rankIn } from '../../core/families/common'
import type { Family, PlacedHeader, RankedProposer } from '../../core/families/family'
import { fail } from '../../core/result'
import { Header } from '../../core/schema'
import type { ChainConfig, Genesis } from '../../core/schema'
import type { WorldState } from '../../core/state/worldState'
import { asWritten } from './asWritten'
import { grinding } from './grinding'
import { openLab } from './lab'
import type { Room } from './lab'
import { parallelFamily, plainFamily, rankSeedOf } from './labFamily'

/** Leaves of a plot: few, for every verifier in the lab computes them all. */
const LEAVES = 8

function leafOf(owner: Uint8Array, index: number): Uint8Array {
  return taggedHash('lab-leaf', u32le(index), owner)
}

function scoreOf(challenge: Uint8Array, leaf: Uint8Array): Uint8Array {
  return taggedHash('lab-score', challenge, leaf)
}

/** The best leaf of an honest plot; lower scores win. */
function bestLeaf(challenge: Uint8Array, owner: Uint8Array): { score: Uint8Array; index: number } {
  const scores = Array.from({ length: LEAVES }, (_, index) => ({ score: scoreOf(challenge, leafOf(owner, index)), index }))
  return scores.reduce((best, next) => (compareBytes(next.score, best.score) < 0 ? next : best))
}

function byScore(challenge: Uint8Array, agents: readonly { publicKey: Uint8Array }[]): RankedProposer[] {
  return agents.map(({ publicKey }) => ({ publicKey, ticket: bestLeaf(challenge, publicKey).score })).sort(byTicket)
}

// ------------------------------------------------------------------------------------------------------------- the challenge

/** The miner that tries contents, and how many per block. */
const GRINDER = 0
const VARIANTS = 100

/** The next challenge as the seed has it: a hash of this block. The state root is not known yet when a family remembers; all else is covered. */
function challengeAfter(header: PlacedHeader): Uint8Array {
  return taggedHash('lab-challenge', encode(Header, { ...header, stateRoot: new Uint8Array(32) }))
}

/** Anybody may write anything into the claim, which stands for the contents that a miner chooses. */
function challengeFamily(config: ChainConfig, genesis: Genesis, fromBlock: boolean): Family {
  const challengeOf = (parent: WorldState): Uint8Array => {
    const { memory } = parent
    return fromBlock && memory.length > 0 ? memory : rankSeedOf(parent)
  }
  const plain = plainFamily(config, genesis, parent => byScore(challengeOf(parent), parent.agents()))
  return {
    ...plain,
    checkTurn: (parent, header) =>
      rankIn(plain.ranking(parent), header.proposer) === header.rank
        ? checkGridTimestamp(genesis.time, config.blockIntervalMs, parent, header)
        : fail('bad-rank'),
    advance: (_parent, header) => challengeAfter(header)
  }
}

/** What the grinder wants of a block: that its own plot wins the challenge that follows. Best first by (own rank, own score). */
function nextWin(room: Room): (header: Header) => Uint8Array {
  const agents = room.signers
  return header => {
    const ranking = byScore(challengeAfter(header), agents)
    const rank = ranking.findIndex(({ publicKey }) => equalBytes(publicKey, agents[GRINDER]!.publicKey))
    return concat(Uint8Array.of(rank), ranking[rank]!.ticket)
  }
}

export const challengeIsBlockHash = asWritten({
  id: 'challenge-is-block-hash',
  family: 'spacetime',
  seeds: ['002'],
  flaws: ['F-49', 'F-06'],
  seedRule: 'The next challenge is derived from the hash of the accepted block.',
  soundRule: 'The challenge comes from the seed chain, which holds no content of a block.',
  seen: `Five miners have equal plots. One tries ${VARIANTS} contents for each block that it makes, until the next challenge suits its own plot, and hardly ever loses again.`,
  storedSeed: 1,
  measures: {
    share: { label: 'blocks after its first one that the grinder made, of 5 equal miners', unit: '%', expected: '99 %' },
    heights: { label: 'heights final in 120 s', unit: '' }
  },
  run(soundRule, seed, platform) {
    const lab = openLab(
      {
        seed,
        nodes: 5,
        family: (config, genesis) => challengeFamily(config, genesis, !soundRule),
        rounds: room => grinding(room.signers[GRINDER]!, VARIANTS, nextWin(room))
      },
      platform
    ).runUntil(120_000)
    return { figures: { share: lab.shareAfterFirst(GRINDER), heights: lab.topHeight() }, violation: lab.violation() }
  },
  failed: ({ share }) => share > 75
})

/** A score's first byte below this wins: 102 of 256, so that of four miners nobody wins in one draw of eight. */
const TARGET = 102
/** Challenges looked ahead for a turn. */
const MAX_EPOCHS = 64
/** Ranks of one epoch; more miners than this are not in the lab. */
const RANKS_PER_EPOCH = 256

/** Who meets the target at a challenge, lowest score first. Rank = epoch · 256 + place. */
function targetFamily(config: ChainConfig, genesis: Genesis, epochs: number): Family {
  const winners = perParent(parent => {
    const known = new Map<number, RankedProposer[]>()
    return (epoch: number): RankedProposer[] => {
      let list = known.get(epoch)
      if (list === undefined) {
        const scores = byScore(taggedHash('lab-epoch', u32le(epoch), rankSeedOf(parent)), parent.agents())
        known.set(epoch, (list = scores.filter(({ ticket }) => taggedHash('lab-draw-score', ticket)[0]! < TARGET)))
      }
      return list
    }
  })
  const plain = plainFamily(config, genesis)
  const epochOf = (rank: number): number => Math.floor(rank / RANKS_PER_EPOCH)
  const slotOf = (rank: number): number => epochOf(rank) + (rank % RANKS_PER_EPOCH)
  return {
    ...plain,
    ranking: parent => winners(parent)(0),
    turnOf(parent, self, clock) {
      const first = epochs === 1 ? 0 : firstOpenRank(clock)
      for (let epoch = first; epoch < first + epochs; epoch++) {
        const place = rankIn(winners(parent)(epoch), self)
        if (place !== null) return { rank: epoch * RANKS_PER_EPOCH + place, claim: NO_CLAIM }
      }
      return null
    },
    checkTurn(parent, header) {
      const epoch = epochOf(header.rank)
      if (epochs === 1 && epoch > 0) return fail('bad-rank', 'there is one challenge per block')
      if (rankIn(winners(parent)(epoch), header.proposer) !== header.rank % RANKS_PER_EPOCH) return fail('bad-rank')
      return checkGridTimestamp(genesis.time, config.blockIntervalMs, parent, header)
    },
    proposalTime: (_parent, turn, _self, clock) => clock.start + Math.max(0, slotOf(turn.rank) - firstOpenRank(clock)) * clock.slotMs,
    voteTime: (_parent, header, clock) => clock.start + Math.max(0, slotOf(header.rank) - firstOpenRank(clock)) * clock.slotMs
  }
}

export const challengeOnlyFromBlocks = asWritten({
  id: 'challenge-only-from-blocks',
  family: 'spacetime',
  seeds: ['002'],
  flaws: ['F-40'],
  seedRule: 'A new challenge appears only with an accepted block.',
  soundRule: 'A new challenge appears with every epoch of time, block or not.',
  seen: 'At some height no plot meets the target. No block, no new challenge: the chain stands still for ever.',
  storedSeed: 1,
  measures: {
    heights: { label: 'heights final in 120 s', unit: '' },
    silent: { label: 'seconds without a final block at the end', unit: 's', expected: 'until the end of the run' }
  },
  run(soundRule, seed, platform) {
    const family = (config: ChainConfig, genesis: Genesis): Family => targetFamily(config, genesis, soundRule ? MAX_EPOCHS : 1)
    const lab = openLab({ seed, nodes: 4, family }, platform).runUntil(120_000)
    return { figures: { heights: lab.topHeight(), silent: lab.silentSeconds() }, violation: lab.violation() }
  },
  failed: ({ silent }) => silent > 40
})

// ------------------------------------------------------------------------------------------------------------------ the plot

/** The node without a plot. */
const FORGER = 3
/** Leaves that the forger invents per block: one hash each, and no disk. */
const INVENTED = 1000

/** The lowest score among leaves that were made up for this challenge. */
function inventLeaf(challenge: Uint8Array): Uint8Array {
  let best = taggedHash('lab-invented', u32le(0), challenge)
  for (let i = 1; i < INVENTED; i++) {
    const leaf = taggedHash('lab-invented', u32le(i), challenge)
    if (compareBytes(scoreOf(challenge, leaf), scoreOf(challenge, best)) < 0) best = leaf
  }
  return best
}

/**
 * A claim is a proof and its score. As written the proof is a leaf and the root of its tree, and a tree of one leaf is a tree: any leaf will do. Sound: the proof names a
 * leaf by its index in the plot that its owner has registered, and the verifier computes that leaf. The forger has registered none.
 */
function plotFamily(config: ChainConfig, genesis: Genesis, room: Room, bound: boolean): Family {
  const forger = room.signers[FORGER]!.publicKey
  const leafIn = (proposer: Uint8Array, proof: Uint8Array): Uint8Array | null => {
    if (!bound) return proof.length === 64 && equalBytes(proof.subarray(32), taggedHash('lab-root', proof.subarray(0, 32))) ? proof.subarray(0, 32) : null
    const count = equalBytes(proposer, forger) ? 0 : LEAVES
    return proof.length === 1 && proof[0]! < count ? leafOf(proposer, proof[0]!) : null
  }
  const claims = perParent(() => new Map<number, Uint8Array>())
  const claimOf = (parent: WorldState, self: Uint8Array): Uint8Array => {
    const known = claims(parent)
    const owner = room.indexOf(self)
    let claim = known.get(owner)
    if (claim === undefined) {
      const challenge = rankSeedOf(parent)
      const { index } = bestLeaf(challenge, self)
      const leaf = owner === FORGER ? inventLeaf(challenge) : leafOf(self, index)
      const proof = bound ? Uint8Array.of(index) : concat(leaf, taggedHash('lab-root', leaf))
      known.set(owner, (claim = concat(proof, scoreOf(challenge, leaf))))
    }
    return claim
  }
  const honestLeaves = (room.signers.length - 1) * LEAVES
  /** Expected rank: how many honest leaves would score lower. */
  const rankOf = (claim: Uint8Array): number => {
    const score = claim.subarray(-32)
    return Math.floor(((score[0]! * 256 + score[1]!) * honestLeaves) / 65_536)
  }
  return {
    ...parallelFamily(config, genesis),
    ranking: () => [],
    turnOf(parent, self) {
      const claim = claimOf(parent, self)
      return { rank: rankOf(claim), claim }
    },
    checkTurn(parent, header) {
      const { claim } = header
      const leaf = leafIn(header.proposer, claim.subarray(0, -32))
      if (leaf === null || !equalBytes(claim.subarray(-32), scoreOf(rankSeedOf(parent), leaf))) return fail('bad-proof', 'not a leaf of a registered plot')
      if (header.rank !== rankOf(claim)) return fail('bad-rank')
      return checkGridTimestamp(genesis.time, config.blockIntervalMs, parent, header)
    },
    compare: (a, b) => a.rank - b.rank || compareBytes(a.claim.subarray(-32), b.claim.subarray(-32))
  }
}

export const plotNotBound = asWritten({
  id: 'plot-not-bound',
  family: 'spacetime',
  seeds: ['002'],
  flaws: ['F-45'],
  seedRule: "The verifier takes the plot's root from the block and does not compute the leaf.",
  soundRule: 'A plot is registered with its owner, and the verifier computes the leaf from owner and index.',
  seen: `One of four has no plot. It makes up ${INVENTED} leaves per challenge, shows the best one as a tree of one leaf, and makes nearly all blocks.`,
  storedSeed: 1,
  measures: {
    share: { label: 'blocks made by the one without a plot', unit: '%', expected: '98 %' },
    heights: { label: 'heights final in 120 s', unit: '' }
  },
  run(soundRule, seed, platform) {
    const lab = openLab({ seed, nodes: 4, family: (config, genesis, room) => plotFamily(config, genesis, room, soundRule) }, platform).runUntil(120_000)
    return { figures: { share: lab.shareOf(FORGER), heights: lab.topHeight() }, violation: lab.violation() }
  },
  failed: ({ share }) => share > 50
})
