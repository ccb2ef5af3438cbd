import { createHash } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { spacetimeVectors } from './testing/vectors'

const FILE = new URL('../../../../vectors/spacetime.json', import.meta.url)
/** `UPDATE_VECTORS=1 npx vitest run` on this file writes the vectors anew: a deliberate change of the protocol. */
const fresh = `${JSON.stringify(spacetimeVectors(), null, 2)}\n`
if (process.env['UPDATE_VECTORS'] === '1') writeFileSync(FILE, fresh)

interface Turn {
  proposer: string
  rank: number
  plot: number
  leaf: number
  window: number
  score: string
  siblings: string[]
}
interface Chain {
  genesis: string
  networkId: string
  genesisTime: number
  genesisSeed: string
  plots: { owner: string; seed: string; leaves: number; root: string }[]
  blocks: {
    height: number
    rankSeed: string
    challenge: string
    turns: Turn[]
    proposer: string
    rank: number
    timestamp: number
    claim: string
    seed: string
    difficulty: string
  }[]
}
interface Vectors {
  chain: Chain
  single: Chain
  retargets: { difficulty: string; expectedMs: string; actualMs: string; next: string }[]
  ranks: { score: string; leaves: string; window: number; milliRank: number }[]
  targets: { difficulty: string; window: number; target: string }[]
}
const stored = readFileSync(FILE, 'utf8')
const vectors = JSON.parse(stored) as Vectors

// From here on nothing but Node's hash and the rules as README.md tells them, so that the vectors do not only agree with the code that made them.

const SLOTS = 9
const INTERVAL_MS = 10_000
const SLOT_MS = 1200
const SPAN = 2n ** 256n
const U64 = 2n ** 64n - 1n

const bytes = (hex: string) => Buffer.from(hex, 'hex')
const u32 = (value: number) => {
  const number = Buffer.alloc(4)
  number.writeUInt32LE(value)
  return number
}
const sha = (...parts: Buffer[]) => parts.reduce((hash, part) => hash.update(part), createHash('sha256')).digest()
const tagged = (tag: string, ...parts: Buffer[]) => sha(Buffer.of(tag.length), Buffer.from(tag), ...parts)
const leafOf = ({ owner, seed }: Chain['plots'][0], index: number) => tagged('plot-leaf', bytes(owner), bytes(seed), u32(index))
const scoreOf = (challenge: Buffer, leaf: Buffer) => BigInt(`0x${sha(challenge, leaf).toString('hex')}`)
const halved = (value: bigint, window: number) => {
  let left = value
  for (let i = 20; i <= window && left > 1n; i += 20) left /= 2n
  return left
}

function rootOf(leaves: Buffer[]): Buffer {
  if (leaves.length === 1) return tagged('merkle-leaf', leaves[0]!)
  const half = leaves.length / 2
  return tagged('merkle-node', rootOf(leaves.slice(0, half)), rootOf(leaves.slice(half)))
}

/** Follows the rules for one owner, window by window. */
function turnOf(chain: Chain, block: Chain['blocks'][0], owner: string, difficulty: bigint): Omit<Turn, 'siblings'> {
  const total = chain.plots.reduce((sum, { leaves }) => sum + BigInt(leaves), 0n)
  for (let window = 0; ; window++) {
    const challenge = tagged('challenge', bytes(block.rankSeed), u32(block.height), u32(window))
    let best: { plot: number; leaf: number; score: bigint } | null = null
    for (const [plot, entry] of chain.plots.entries()) {
      if (entry.owner !== owner) continue
      for (let leaf = 0; leaf < entry.leaves; leaf++) {
        const score = scoreOf(challenge, leafOf(entry, leaf))
        if (best === null || score < best.score) best = { plot, leaf, score }
      }
    }
    const place = Number((best!.score * halved(total, window)) / SPAN)
    if (place >= SLOTS || best!.score >= ((SPAN - 1n) / difficulty) * 2n ** BigInt(Math.floor(window / 20))) continue
    return { proposer: owner, rank: window * SLOTS + place, plot: best!.plot, leaf: best!.leaf, window, score: best!.score.toString(16).padStart(64, '0') }
  }
}

describe('golden vectors of spacetime', () => {
  it('the file holds what this code makes, byte for byte', () => {
    expect(stored).toBe(fresh)
  })

  it.each(['chain', 'single'] as const)('%s: the registered roots are the roots of the owners’ leaves (S049, D-32, S079)', name => {
    for (const plot of vectors[name].plots) {
      expect(rootOf(Array.from({ length: plot.leaves }, (_, index) => leafOf(plot, index))).toString('hex')).toBe(plot.root)
    }
  })

  it.each(['chain', 'single'] as const)('%s: challenges come from the seed two heights before (S032, F-49)', name => {
    const { genesisSeed, networkId, genesis, blocks } = vectors[name]
    expect(tagged('genesis', bytes(genesis)).toString('hex')).toBe(networkId)
    let [previous, seed] = [tagged('seed', bytes(genesisSeed)).toString('hex'), genesisSeed]
    for (const block of blocks) {
      expect(block.rankSeed).toBe(previous)
      expect(block.challenge).toBe(tagged('challenge', bytes(previous), u32(block.height), u32(0)).toString('hex'))
      ;[previous, seed] = [seed, block.seed]
    }
  })

  it.each(['chain', 'single'] as const)('%s: every owner’s turn, by a second implementation (S035, S044, S041)', name => {
    const chain = vectors[name]
    const total = chain.plots.reduce((sum, { leaves }) => sum + leaves, 0)
    const difficulty = BigInt(Math.ceil(total / 3))
    let time = chain.genesisTime
    for (const block of chain.blocks) {
      expect(block.turns.length).toBeGreaterThan(0)
      for (const { siblings, ...turn } of block.turns) {
        expect(turn, `height ${block.height}`).toEqual(turnOf(chain, block, turn.proposer, difficulty))
        let node = tagged('merkle-leaf', leafOf(chain.plots[turn.plot]!, turn.leaf))
        siblings.forEach((sibling, level) => {
          node = (turn.leaf >> level) % 2 === 0 ? tagged('merkle-node', node, bytes(sibling)) : tagged('merkle-node', bytes(sibling), node)
        })
        expect(node.toString('hex'), 'S045: the path leads to the registered root').toBe(chain.plots[turn.plot]!.root)
      }
      expect(block.difficulty).toBe(difficulty.toString())
      const ranks = block.turns.map(({ rank }) => rank)
      expect(block.rank).toBe(Math.min(...ranks))
      expect(block.turns.find(({ rank, proposer }) => rank === block.rank && proposer === block.proposer)).toBeDefined()
      time += INTERVAL_MS + block.rank * SLOT_MS
      expect(block.timestamp).toBe(time)
    }
  })

  it('a claim is plot, leaf, window, score, offset and siblings, little-endian', () => {
    for (const { claim, turns, proposer } of vectors.chain.blocks) {
      const { plot, leaf, window, score, siblings } = turns.find(turn => turn.proposer === proposer)!
      expect(claim).toBe([...[plot, leaf, window].map(value => u32(value).toString('hex')), score, u32(48).toString('hex'), ...siblings].join(''))
    }
  })

  it('adjustments, expected ranks and targets, up to the top bit of a u64 (D-31)', () => {
    for (const { difficulty, expectedMs, actualMs, next } of vectors.retargets) {
      const [d, expected, actual] = [difficulty, expectedMs, actualMs].map(BigInt) as [bigint, bigint, bigint]
      // Twice the exact value, then half up.
      const rounded = ((d * (3n * actual + expected) * 2n) / (4n * actual) + 1n) / 2n
      expect(BigInt(next)).toBe(rounded > U64 ? U64 : rounded < 1n ? 1n : rounded)
    }
    for (const { score, leaves, window, milliRank } of vectors.ranks) {
      expect(BigInt(milliRank)).toBe((BigInt(score) * halved(BigInt(leaves), window) * 1000n) / SPAN)
    }
    for (const { difficulty, window, target } of vectors.targets) {
      expect(BigInt(target)).toBe(((SPAN - 1n) / BigInt(difficulty)) * 2n ** BigInt(Math.floor(window / 20)))
    }
  })
})
