import { createHash } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { visionVectors } from '../../testing/visionVectors'

const FILE = new URL('../../../../vectors/vision.json', import.meta.url)
/** `UPDATE_VECTORS=1 npx vitest run src/core/families/vision/vectors.test.ts` writes the file anew: a deliberate change of the protocol. */
const fresh = `${JSON.stringify(visionVectors(), null, 2)}\n`
if (process.env['UPDATE_VECTORS'] === '1') writeFileSync(FILE, fresh)

interface Vectors {
  genesis: string
  networkId: string
  settlingBlocks: number
  epochSalt: string
  blocks: {
    height: number
    rankSeed: string
    began: number
    registered: { publicKey: string; registeredAt: number; active: boolean }[]
    pool: string[]
    list: { publicKey: string; ticket: string; jitterMs: number }[]
    missed: string[]
    proposer: string
    rank: number
    claim: string
    timestamp: number
    seed: string
  }[]
  edges: { seed: string; draw: string; indexOf1: number; indexOf2: number; indexOf7: number; indexOf1000: number }[]
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

function u64(value: number): Buffer {
  const bytes = Buffer.alloc(8)
  bytes.writeBigUInt64LE(BigInt(value))
  return bytes
}

const drawOf = (hash: string): bigint => Buffer.from(hash, 'hex').readBigUInt64LE(0)

/** The whole roll shuffled in the plainest way, then those who may not be drawn struck out, then cut. */
function shuffled(block: Vectors['blocks'][number], rotation: number, size: number): { publicKey: string; ticket: string }[] {
  const seed = tagged('mining', block.rankSeed, u64(block.height), vectors.epochSalt, u32(rotation))
  const left = block.registered
    .filter(({ registeredAt }) => registeredAt === 0 || registeredAt + vectors.settlingBlocks <= block.height)
    .map(({ publicKey }) => publicKey)
    .sort()
  const order: { publicKey: string; ticket: string }[] = []
  for (let i = 0; left.length > 0; i++) {
    const ticket = i === 0 ? seed : tagged('reroll', seed, u32(i - 1))
    const at = Number((drawOf(ticket) * BigInt(left.length)) / 2n ** 64n)
    order.push({ publicKey: left[at]!, ticket })
    // Fisher–Yates puts the first of those left into the hole.
    left[at] = left[0]!
    left.shift()
  }
  // From the eighth rotation on those whose heartbeats have run out may be drawn, too.
  const awake = block.registered.filter(({ active }) => active && rotation >= 8).map(({ publicKey }) => publicKey)
  return order.filter(({ publicKey }) => block.pool.includes(publicKey) || awake.includes(publicKey)).slice(0, size)
}

describe('golden vectors of vision', () => {
  it('the file holds what this code makes, byte for byte', () => {
    expect(stored).toBe(fresh)
    expect(`${JSON.stringify(visionVectors(), null, 2)}\n`).toBe(fresh)
  })

  it('V090, D-42: the salt is the hash of tag, chain id and the height at which the family began', () => {
    expect(vectors.networkId).toBe(tagged('genesis', vectors.genesis))
    expect(vectors.epochSalt).toBe(tagged('mining-epoch-v1', vectors.networkId, u32(0)))
    for (const { began } of vectors.blocks) expect(began).toBe(0)
  })

  it('V011–V013, V088–V092: winner and backups of every height', () => {
    expect(vectors.blocks.length).toBeGreaterThanOrEqual(12)
    for (const block of vectors.blocks) {
      const list = block.list.map(({ publicKey, ticket }) => ({ publicKey, ticket }))
      expect(list, `height ${block.height}`).toEqual(shuffled(block, 0, Math.min(7, block.pool.length)))
    }
    // The chain shows what it is meant to show: some are passed over, and the guest is drawn in the end.
    expect(vectors.blocks.some(({ pool, registered }) => pool.length < registered.length - 1)).toBe(true)
    const guest = vectors.blocks.at(-1)!.registered.find(({ registeredAt }) => registeredAt > 0)!.publicKey
    expect(vectors.blocks.filter(({ pool }) => pool.includes(guest)).map(({ height }) => height)[0]).toBe(7)
  })

  it('F-54: the proposer stands where its claim says, and those before it on its list have missed their turn', () => {
    let parentTime: number | null = null
    for (const block of vectors.blocks) {
      const claim = Buffer.from(block.claim, 'hex')
      const rotation = claim.readUInt32LE(0)
      const slot = claim.readUInt8(4)
      const size = block.list.length
      expect([claim.length, block.rank]).toEqual([5, rotation * size + slot])
      const list = shuffled(block, rotation, size).map(({ publicKey }) => publicKey)
      expect(list[slot]).toBe(block.proposer)
      expect(block.missed).toEqual(list.slice(0, slot))
      if (parentTime !== null) expect(block.timestamp).toBe(parentTime + 2000 + block.rank * 1200)
      parentTime = block.timestamp
    }
    expect(
      vectors.blocks.some(({ rank, list }) => rank >= list.length),
      'one of them comes after a whole list'
    ).toBe(true)
  })

  it('V093, V094: jitter', () => {
    for (const block of vectors.blocks) {
      const seed = block.list[0] === undefined ? '' : tagged('mining', block.rankSeed, u64(block.height), vectors.epochSalt, u32(0))
      for (const { publicKey, jitterMs } of block.list) expect(jitterMs).toBe(Number(drawOf(tagged('jitter', seed, publicKey)) % 350n) + 50)
    }
  })

  it('V091, D-43: the edges of 64 bits', () => {
    for (const { seed, draw, indexOf1, indexOf2, indexOf7, indexOf1000 } of vectors.edges) {
      expect(String(drawOf(seed))).toBe(draw)
      const index = (n: bigint): number => Number((BigInt(draw) * n) / 2n ** 64n)
      expect([indexOf1, indexOf2, indexOf7, indexOf1000]).toEqual([index(1n), index(2n), index(7n), index(1000n)])
    }
    expect(vectors.edges.at(-1)).toMatchObject({ indexOf1: 0, indexOf2: 1, indexOf7: 6, indexOf1000: 999 })
  })
})
