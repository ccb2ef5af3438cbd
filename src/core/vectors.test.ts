import { createHash } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { fromHex } from './bytes'
import { ECVRF } from './crypto/vrfScheme'
import { midnightVectors } from './testing/midnightVectors'

const FILE = new URL('../../vectors/midnight.json', import.meta.url)
/** `UPDATE_VECTORS=1 npx vitest run src/core/vectors.test.ts` writes the file anew: a deliberate change of the protocol. */
const fresh = `${JSON.stringify(midnightVectors(), null, 2)}\n`
if (process.env['UPDATE_VECTORS'] === '1') writeFileSync(FILE, fresh)

interface BlockVector {
  height: number
  ranking: { publicKey: string; ticket: string }[]
  rankSeed: string
  vrf: string
  vrfOutput: string
  seed: string
  memory: string
  proposer: string
  rank: number
  fees: number
  balances: { publicKey: string; balance: string; missed: number }[]
}

interface Vectors {
  agents: { publicKey: string; agentId: string; deposit: string }[]
  chains: { mode: number; name: string; genesis: string; networkId: string; genesisSeed: string; blocks: BlockVector[] }[]
  lottery: { seed: string; draw: string; candidates: { publicKey: string; weight: number }[]; leader: string }[]
  rewards: {
    scale: number
    pools: { masternodes: number; pool: string }[]
    oneOfEachTier: { pool: string; treasury: string; shares: { to: string; amount: string }[] }
  }
}
const stored = readFileSync(FILE, 'utf8')
const vectors = JSON.parse(stored) as Vectors

/** Written out with Node's own hash, so that the vectors do not only agree with the code that made them. */
function tagged(tag: string, ...parts: (string | Buffer)[]): string {
  const hash = createHash('sha256').update(Buffer.of(tag.length)).update(tag)
  for (const part of parts) hash.update(typeof part === 'string' ? Buffer.from(part, 'hex') : part)
  return hash.digest('hex')
}

function u32(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32LE(value)
  return bytes
}

/** Voting power and reward weight by deposit (D-22). */
const POWER: Record<string, [voting: number, reward: number]> = { '0': [0, 1], '1000': [1, 10], '10000': [10, 100], '100000': [100, 1000] }
const powerOf = (publicKey: string) => POWER[vectors.agents.find(agent => agent.publicKey === publicKey)!.deposit]!

/** Lays the candidates side by side by ascending key and looks where the draw points. */
function leaderOf(seed: string, candidates: { publicKey: string; weight: number }[]): string {
  const line = [...candidates].sort((a, b) => (a.publicKey < b.publicKey ? -1 : 1)).flatMap(({ publicKey, weight }) => Array<string>(weight).fill(publicKey))
  return line[Number((BigInt(`0x${tagged('leader', seed)}`) * BigInt(line.length)) / (1n << 256n))]!
}

const weighted = (block: BlockVector) => block.ranking.map(({ publicKey }) => ({ publicKey, weight: Math.max(1, powerOf(publicKey)[0]) }))
const bytes = (hex: string) => fromHex(hex)!

describe('golden vectors of midnight', () => {
  it('the file holds what this code makes, byte for byte (M032: two builds, the same bytes)', () => {
    expect(stored).toBe(fresh)
    expect(`${JSON.stringify(midnightVectors(), null, 2)}\n`).toBe(fresh)
  })

  it('M020–M023: all four modes, twelve heights each', () => {
    expect(vectors.chains.map(({ name }) => name)).toEqual(['lowestHash', 'vrf', 'firstToQuorum', 'leader'])
    for (const { blocks } of vectors.chains) expect(blocks.map(({ height }) => height)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12])
  })

  it('network id and agent ids are the tagged hashes that PROTOCOL names', () => {
    for (const { genesis, networkId, genesisSeed } of vectors.chains) {
      expect(tagged('genesis', genesis)).toBe(networkId)
      expect(tagged('seed', networkId)).toBe(genesisSeed)
    }
    for (const { publicKey, agentId } of vectors.agents) expect(tagged('agent', publicKey).slice(0, 40)).toBe(agentId)
  })

  it('the seed chain holds the random number of each proposer, its height, and nothing else of a block (F-06)', () => {
    for (const { networkId, genesisSeed, blocks } of vectors.chains) {
      let seed = genesisSeed
      let previous = tagged('seed', seed)
      for (const block of blocks) {
        expect(block.rankSeed, `height ${block.height}: seed of two heights before`).toBe(previous)
        const alpha = bytes(tagged('vrf', networkId, u32(block.height), seed))
        expect(ECVRF.verify(bytes(block.proposer), alpha, bytes(block.vrf))).toEqual(bytes(block.vrfOutput))
        previous = seed
        seed = tagged('seed', seed, block.vrfOutput, u32(block.height))
        expect(block.seed).toBe(seed)
      }
    }
  })

  it('tickets are H("rank", rank seed, proposer) and the ranking is their order, behind the leader if there is one (R1, M020, M021)', () => {
    for (const { mode, genesisSeed, blocks } of vectors.chains) {
      const leaders = [leaderOf(tagged('seed', genesisSeed), weighted(blocks[0]!)), leaderOf(genesisSeed, weighted(blocks[0]!))]
      const led: string[] = []
      for (const block of blocks) {
        const { ranking, rankSeed, proposer, rank } = block
        const order = ranking
          .map(({ publicKey }) => ({ publicKey, ticket: tagged('rank', rankSeed, publicKey) }))
          .sort((a, b) => (a.ticket < b.ticket ? -1 : 1))
        const leader = leaders.shift()!
        const hasLeader = (mode === 1 || mode === 3) && order.some(({ publicKey }) => publicKey === leader)
        if (hasLeader) led.push(leader)
        const expected = hasLeader
          ? [{ publicKey: leader, ticket: tagged('leader', rankSeed) }, ...order.filter(({ publicKey }) => publicKey !== leader)]
          : order
        expect(ranking, `mode ${mode}, height ${block.height}`).toEqual(expected)
        expect(ranking[rank]!.publicKey).toBe(proposer)
        // Drawn from the candidates before this block: they could not be chosen after its seed was known.
        leaders.push(leaderOf(block.seed, weighted(block)))
        expect(block.memory).toBe(mode === 1 || mode === 3 ? leaders.join('') : '')
      }
      expect(led.length > 0, 'modes 1 and 3 have leaders').toBe(mode === 1 || mode === 3)
    }
  })

  it('who registers in block 3 is ranked from block 6 on, who leaves in block 6 no longer in block 7', () => {
    for (const { blocks } of vectors.chains) {
      const ranked = (height: number, number: number) => blocks[height - 1]!.ranking.some(({ publicKey }) => publicKey === vectors.agents[number]!.publicKey)
      expect([4, 5, 6].map(height => ranked(height, 4))).toEqual([false, false, true])
      expect([6, 7, 8].map(height => ranked(height, 3))).toEqual([true, false, false])
    }
  })

  it('the lottery, from the lowest draw to the highest', () => {
    for (const { seed, draw, candidates, leader } of vectors.lottery) {
      expect(tagged('leader', seed)).toBe(draw)
      expect(leaderOf(seed, candidates)).toBe(leader)
    }
    expect(new Set(vectors.lottery.map(({ draw }) => draw.slice(0, 2)))).toEqual(new Set(['00', '3f', '7f', '80', 'c0', 'ff']))
    expect(vectors.lottery.some(({ candidates }) => candidates.length === 1)).toBe(true)
  })

  it('M015: pools and shares (D-22)', () => {
    const { scale, pools, oneOfEachTier } = vectors.rewards
    for (const { masternodes, pool } of pools) expect(Math.abs(Number(pool) - scale * Math.log(1 + masternodes / 50))).toBeLessThanOrEqual(1)
    const shared = BigInt(oneOfEachTier.pool) - BigInt(oneOfEachTier.pool) / 10n
    const shares = vectors.agents.slice(0, 4).map(({ publicKey }) => ({ to: publicKey, amount: String((shared * BigInt(powerOf(publicKey)[1])) / 1111n) }))
    expect(oneOfEachTier.shares).toEqual(shares.sort((a, b) => (a.to < b.to ? -1 : 1)))
    expect(shares.reduce((sum, { amount }) => sum + BigInt(amount), BigInt(oneOfEachTier.treasury))).toBe(BigInt(oneOfEachTier.pool))
  })

  it('M015: what block 1 pays is that table, in every mode and to the same agents', () => {
    for (const { blocks } of vectors.chains) {
      const paid = blocks[0]!.balances.map(({ publicKey, balance }) => ({ to: publicKey, amount: String(BigInt(balance) - 100_000n) }))
      expect(paid.sort((a, b) => (a.to < b.to ? -1 : 1))).toEqual(vectors.rewards.oneOfEachTier.shares)
    }
  })

  it('a missed turn is counted in the mode with a leader, and there only', () => {
    for (const { mode, blocks } of vectors.chains) {
      for (const block of blocks) {
        const skipped = block.ranking.slice(0, block.rank).map(({ publicKey }) => block.balances.find(entry => entry.publicKey === publicKey)!.missed)
        for (const missed of skipped) expect(missed > 0).toBe(mode === 3)
      }
      expect(blocks.filter(({ rank }) => rank > 0)).toHaveLength(4)
    }
  })
})
