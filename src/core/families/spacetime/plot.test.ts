import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { compareBytes, toHex, u32le } from '../../bytes'
import { taggedHash } from '../../crypto/hash'
import { rootFromPath } from '../../merkle'
import { bestProof, bestScore, createPlot, plotLeaf, plotRoot, scoreOf } from './plot'
import { leavesIn, readingOf } from './sampling'
import type { Sampling } from './sampling'

const owner = taggedHash('test-key', u32le(1))
const other = taggedHash('test-key', u32le(2))
const seed = taggedHash('test-plot', u32le(0))
const challengeAt = (number: number) => taggedHash('challenge', new Uint8Array(32), u32le(number), u32le(0))
const every = (count: number) => Array.from({ length: count }, (_, i) => i)

describe('S049, F-45: leaves belong to their owner', () => {
  it('leaf i is the tagged SHA-256 of owner, seed and i (D-32)', () => {
    for (const index of [0, 1, 255, 2 ** 21 - 1]) {
      const number = Buffer.alloc(4)
      number.writeUInt32LE(index)
      const expected = createHash('sha256').update('\x09plot-leaf').update(owner).update(seed).update(number).digest('hex')
      expect(toHex(plotLeaf(owner, seed, index))).toBe(expected)
      expect(plotLeaf(owner, seed, index)).toEqual(taggedHash('plot-leaf', owner, seed, u32le(index)))
    }
  })

  it('another owner, another seed or another number is another leaf', () => {
    const leaves = [plotLeaf(owner, seed, 0), plotLeaf(other, seed, 0), plotLeaf(owner, other, 0), plotLeaf(owner, seed, 1), plotLeaf(seed, owner, 0)]
    expect(new Set(leaves.map(toHex)).size).toBe(leaves.length)
  })

  it.each([2, 16, 256])('the root that is registered is the root of the plot in memory, %i leaves', leaves => {
    const plot = createPlot(owner, seed, leaves)
    expect(plotRoot(owner, seed, leaves)).toEqual(plot.root)
    expect(plotRoot(other, seed, leaves)).not.toEqual(plot.root)
    expect(plot.values).toHaveLength(32 * leaves)
  })

  it('a plot of a number of leaves that is no power of two is a bug of the caller', () => {
    expect(() => createPlot(owner, seed, 12)).toThrow('power of two')
  })
})

describe('proofs', () => {
  const plot = createPlot(owner, seed, 64)

  it('S044: the score is SHA-256 of challenge and leaf', () => {
    const leaf = plotLeaf(owner, seed, 7)
    expect(toHex(scoreOf(challengeAt(3), leaf))).toBe(createHash('sha256').update(challengeAt(3)).update(leaf).digest('hex'))
    expect(toHex(scoreOf(new Uint8Array(32), new Uint8Array(32))), 'a vector of others: SHA-256 of 64 zero bytes').toBe(
      'f5a5fd42d16a20302798ef6ed309979b43003d2320d9f0e8ea9831a92759fb4b'
    )
  })

  it('S035, S045: the lowest score wins, and its path leads to the root', () => {
    fc.assert(
      fc.property(fc.nat(), number => {
        const challenge = challengeAt(number % 2 ** 32)
        const scores = every(64).map(leaf => ({ leaf, score: scoreOf(challenge, plotLeaf(owner, seed, leaf)) }))
        const lowest = scores.sort((a, b) => compareBytes(a.score, b.score))[0]!
        const best = bestProof(plot, challenge)!
        expect({ leaf: best.leaf, score: best.score }).toEqual(lowest)
        expect(rootFromPath(plotLeaf(owner, seed, best.leaf), best.leaf, best.siblings)).toEqual(plot.root)
      }),
      { numRuns: 30 }
    )
  })

  it('who reads nothing finds nothing', () => {
    expect(bestProof(plot, challengeAt(0), { start: 0, stride: 1, count: 0 })).toBeNull()
  })
})

describe('S042, D-33: what a miner reads', () => {
  const root = plotRoot(owner, seed, 64)
  const read = (sampling: Sampling, number: number, leaves = 64) => [...leavesIn(readingOf(sampling, root, leaves, challengeAt(number)), leaves)]
  const distinct = (numbers: readonly number[]) => new Set(numbers).size === numbers.length
  const STRATEGIES: Sampling[] = [
    { kind: 'full' },
    { kind: 'sample', leaves: 10 },
    { kind: 'block', leaves: 16 },
    { kind: 'filter', zeroBits: 2 },
    { kind: 'adaptive', difficulty: 5n, proofs: 3 }
  ]

  it('full reads every leaf once', () => {
    expect(read({ kind: 'full' }, 0)).toEqual(every(64))
  })

  it.each(STRATEGIES)('$kind: leaves of the plot, none twice, the same for the same challenge', sampling => {
    for (let number = 0; number < 200; number++) {
      const leaves = read(sampling, number)
      expect(distinct(leaves)).toBe(true)
      expect(leaves.every(leaf => leaf >= 0 && leaf < 64)).toBe(true)
      expect(read(sampling, number)).toEqual(leaves)
    }
  })

  it('sample, block and adaptive read as many as they say, and never more than there are', () => {
    expect(STRATEGIES.map(sampling => read(sampling, 1).length).toSpliced(3, 1)).toEqual([64, 10, 16, 15])
    expect(read({ kind: 'sample', leaves: 100 }, 1)).toHaveLength(64)
    expect(read({ kind: 'block', leaves: 100 }, 1)).toHaveLength(64)
    expect(read({ kind: 'adaptive', difficulty: 2n ** 63n, proofs: 3 }, 1), 'S090: a target that is hard to meet takes all').toHaveLength(64)
  })

  it('a block is a run of neighbours', () => {
    const leaves = read({ kind: 'block', leaves: 16 }, 5)
    for (let i = 1; i < leaves.length; i++) expect(leaves[i]).toBe((leaves[i - 1]! + 1) % 64)
  })

  it('a filter of k bits lets one challenge in 2^k through, and then the whole plot is read', () => {
    const sizes = every(4000).map(number => read({ kind: 'filter', zeroBits: 3 }, number).length)
    const passed = sizes.filter(size => size > 0)
    expect(new Set(passed)).toEqual(new Set([64]))
    // 500 expected, standard deviation 21.
    expect(passed.length).toBeGreaterThan(400)
    expect(passed.length).toBeLessThan(600)
    expect(read({ kind: 'filter', zeroBits: 0 }, 0)).toHaveLength(64)
  })

  it.each([{ kind: 'sample', leaves: 4 } as const, { kind: 'block', leaves: 4 } as const])(
    'F-47: over many challenges $kind reads every leaf about equally often, whereas even steps read the same for ever',
    sampling => {
      const times = every(64).map(() => 0)
      for (let number = 0; number < 4000; number++) for (const leaf of read(sampling, number)) times[leaf]!++
      // 250 each expected. χ² with 63 degrees of freedom exceeds 103.4 with probability 0.001; readings of one challenge are not independent, hence the margin.
      expect(times.reduce((sum, count) => sum + (count - 250) ** 2 / 250, 0)).toBeLessThan(130)
      const evenSteps = new Set(every(4000).flatMap(() => every(4).map(i => (i * 64) / 4)))
      expect(evenSteps.size).toBe(4)
    }
  )

  it('two plots of one owner are not read at the same places', () => {
    const again = readingOf({ kind: 'sample', leaves: 10 }, plotRoot(owner, other, 64), 64, challengeAt(0))
    expect(again).not.toEqual(readingOf({ kind: 'sample', leaves: 10 }, root, 64, challengeAt(0)))
  })

  it('a sample finds the best of what it read', () => {
    const plot = createPlot(owner, seed, 64)
    const reading = readingOf({ kind: 'sample', leaves: 8 }, plot.root, 64, challengeAt(9))
    const found = bestScore(plot, challengeAt(9), reading)!
    expect([...leavesIn(reading, 64)]).toContain(found.leaf)
    for (const leaf of leavesIn(reading, 64)) expect(compareBytes(found.score, scoreOf(challengeAt(9), plotLeaf(owner, seed, leaf)))).toBeLessThanOrEqual(0)
  })
})
