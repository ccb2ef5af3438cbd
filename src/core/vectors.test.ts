import { createHash } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { midnightVectors } from './testing/midnightVectors'

const FILE = new URL('../../vectors/midnight.json', import.meta.url)
/** `UPDATE_VECTORS=1 npx vitest run src/core/vectors.test.ts` writes the file anew: a deliberate change of the protocol. */
const fresh = `${JSON.stringify(midnightVectors(), null, 2)}\n`
if (process.env['UPDATE_VECTORS'] === '1') writeFileSync(FILE, fresh)

interface Vectors {
  genesis: string
  networkId: string
  genesisSeed: string
  agents: { publicKey: string; agentId: string }[]
  blocks: { height: number; ranking: { publicKey: string; ticket: string }[]; rankSeed: string; seed: string; proposer: string; rank: number; hash: string }[]
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

describe('golden vectors of midnight', () => {
  it('the file holds what this code makes, byte for byte (M032: two builds, the same bytes)', () => {
    expect(stored).toBe(fresh)
    expect(`${JSON.stringify(midnightVectors(), null, 2)}\n`).toBe(fresh)
  })

  it('network id and agent ids are the tagged hashes that PROTOCOL names', () => {
    expect(tagged('genesis', vectors.genesis)).toBe(vectors.networkId)
    expect(tagged('seed', vectors.networkId)).toBe(vectors.genesisSeed)
    for (const { publicKey, agentId } of vectors.agents) expect(tagged('agent', publicKey).slice(0, 40)).toBe(agentId)
  })

  it('the seed chain holds proposer and height and nothing else of a block (F-06)', () => {
    let seed = vectors.genesisSeed
    let previous = tagged('seed', seed)
    for (const block of vectors.blocks) {
      expect(block.rankSeed, `height ${block.height}: seed of two heights before`).toBe(previous)
      previous = seed
      seed = tagged('seed', seed, block.proposer, u32(block.height))
      expect(block.seed).toBe(seed)
    }
  })

  it('tickets are H("rank", rank seed, proposer) and the ranking is their order (R1, M020)', () => {
    for (const { ranking, rankSeed, proposer, rank } of vectors.blocks) {
      const expected = vectors.agents
        .map(({ publicKey }) => ({ publicKey, ticket: tagged('rank', rankSeed, publicKey) }))
        .filter(({ publicKey }) => ranking.some(entry => entry.publicKey === publicKey))
        .sort((a, b) => (a.ticket < b.ticket ? -1 : 1))
      expect(ranking).toEqual(expected)
      expect(ranking[rank]!.publicKey).toBe(proposer)
    }
  })
})
