import { createHash, createPublicKey, verify } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { fromHex } from '../../bytes'
import { ECVRF } from '../../crypto/vrfScheme'
import { chaosVectors } from './testing/vectors'

const FILE = new URL('../../../../vectors/chaos.json', import.meta.url)
/** `UPDATE_VECTORS=1 npx vitest run` on this file writes the vectors anew: a deliberate change of the protocol. */
const fresh = `${JSON.stringify(chaosVectors(), null, 2)}\n`
if (process.env['UPDATE_VECTORS'] === '1') writeFileSync(FILE, fresh)

interface Place {
  publicKey: string
  ticket: string
}
interface BlockVector {
  height: number
  rankSeed: string
  memoryBefore: string
  memoryAfter: string
  ranking: Place[]
  missed: string[]
  proposer: string
  rank: number
  vrf: string
  seed: string
}
interface Chain {
  genesis: string
  networkId: string
  genesisSeed: string
  agents: string[]
  blocks: BlockVector[]
}
interface Judged {
  type: string
  judge: string
  block: string
  facts: {
    own: boolean
    technical: number
    social: number
    meme: number | null
    fees: string
    offers: { amount: string; paid: boolean }[]
    drama: number
    seen: { approve: number; reject: number }
    equivocated: boolean
    acceptance: number
    standing: string
    mood: string
    slightAge: number | null
  }
  whim: number
  score: number
  verdict: string
  tasteSlots: number
}
interface Vectors {
  chain: Chain
  alone: Chain
  judgements: Judged[]
  opinion: { networkId: string; signedBytes: string; message: string; signature: string }
}
const stored = readFileSync(FILE, 'utf8')
const vectors = JSON.parse(stored) as Vectors
const chains = [vectors.chain, vectors.alone]

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

const outputOf = (vrf: string) => Buffer.from(ECVRF.output(fromHex(vrf)!)!)
const cycleIn = (memory: string) => ({ start: Buffer.from(memory, 'hex').readUInt32LE(0), seed: memory.slice(8, 72), last: memory.slice(72) })
const NOBODY = '0'.repeat(64)

describe('golden vectors of chaos', () => {
  it('the file holds what this code makes, byte for byte', () => {
    expect(stored).toBe(fresh)
    expect(`${JSON.stringify(chaosVectors(), null, 2)}\n`).toBe(fresh)
  })

  it('the seed chain holds outputs of random functions and no content of a block (F-06)', () => {
    for (const { genesis, networkId, genesisSeed, blocks } of chains) {
      expect(tagged('genesis', genesis)).toBe(networkId)
      expect(tagged('seed', networkId)).toBe(genesisSeed)
      let seed = genesisSeed
      let previous = tagged('seed', seed)
      for (const block of blocks) {
        expect(block.rankSeed, `height ${block.height}: seed of two heights before`).toBe(previous)
        previous = seed
        seed = tagged('seed', seed, outputOf(block.vrf), u32(block.height))
        expect(block.seed).toBe(seed)
      }
    }
  })

  it('tickets are H("rotation", seed of the cycle, public key); the ranking goes round the circle from behind the pointer (R1, D-10)', () => {
    for (const { blocks } of chains) {
      for (const { height, memoryBefore, memoryAfter, rankSeed, ranking, proposer, rank } of blocks) {
        const before = cycleIn(memoryBefore)
        const after = cycleIn(memoryAfter)
        const fits = (cycle: { seed: string }) => ranking.every(({ publicKey, ticket }) => ticket === tagged('rotation', cycle.seed, publicKey))
        const circle = ranking.map(({ ticket }) => ticket).sort()
        if (after.start === height && before.start !== height) {
          expect(after.seed, 'a new cycle has the rank seed of its first height').toBe(rankSeed)
          expect(ranking[0]!.ticket, 'and begins at the smallest ticket').toBe(circle[0])
        } else expect({ start: after.start, seed: after.seed }).toEqual({ start: before.start, seed: before.seed })
        expect(fits(after), `height ${height}`).toBe(true)
        const last = after.start === height ? NOBODY : before.last
        const first = circle.findIndex(ticket => ticket > last)
        expect(ranking.map(({ ticket }) => ticket)).toEqual([...circle.slice(first), ...circle.slice(0, first)])
        expect(after.last, 'the pointer moves to rank 0, whoever made the block').toBe(ranking[0]!.ticket)
        expect(ranking[rank]!.publicKey).toBe(proposer)
      }
    }
  })

  it('who was passed over is named in order; tickets with the top bit occur, and so do turns of a newcomer and the absence of who left', () => {
    const { blocks, agents } = vectors.chain
    for (const { missed, ranking, rank } of blocks) expect(missed).toEqual(ranking.slice(0, rank).map(({ publicKey }) => publicKey))
    expect(blocks.some(({ ranking }) => ranking.some(({ ticket }) => ticket >= '8') && ranking[0]!.ticket < '8')).toBe(true)
    expect(blocks.at(-1)!.ranking.some(({ publicKey }) => !agents.includes(publicKey))).toBe(true)
    expect(blocks.at(-1)!.ranking.map(({ publicKey }) => publicKey)).not.toContain(agents[3])
    expect(
      vectors.alone.blocks.map(({ memoryAfter }) => cycleIn(memoryAfter).start),
      'alone, every height is a cycle'
    ).toEqual([1, 2, 3])
  })

  it('each who is a producer for a whole cycle comes first once in it', () => {
    const byCycle = new Map<number, BlockVector[]>()
    for (const block of vectors.chain.blocks) {
      const { start } = cycleIn(block.memoryAfter)
      byCycle.set(start, [...(byCycle.get(start) ?? []), block])
    }
    const complete = [...byCycle.values()].slice(0, -1)
    expect(complete.length).toBeGreaterThanOrEqual(3)
    for (const blocks of complete) {
      const firsts = blocks.map(({ ranking }) => ranking[0]!.publicKey)
      const always = vectors.chain.agents.filter(agent => blocks.every(({ ranking }) => ranking.some(({ publicKey }) => publicKey === agent)))
      expect(new Set(firsts).size).toBe(firsts.length)
      for (const agent of always) expect(firsts).toContain(agent)
    }
  })
})

/** D-01 once more, row by row: weights of T, S, M and X, threshold, chaos. */
const TABLE: Record<string, [number, number, number, number, number, number]> = {
  lawful: [700, 200, 100, 0, 600, 0],
  neutral: [400, 400, 200, 0, 500, 30],
  chaotic: [300, 400, 300, 0, 500, 300],
  memetic: [200, 200, 600, 0, 500, 80],
  greedy: [300, 250, 100, 350, 500, 50],
  dramatic: [200, 250, 250, 300, 500, 150],
  rational: [650, 200, 150, 0, 550, 0],
  emotional: [200, 600, 200, 0, 500, 120],
  strategic: [300, 500, 200, 0, 520, 20]
}
const limited = (value: number) => Math.min(1000, Math.max(0, value))

/** The decision written out in one piece. */
function scoreOf({ type, facts, judge, block }: Judged): number {
  const [wT, wS, wM, wX, threshold, chaos] = TABLE[type]!
  if (facts.own) return Math.max(0, scoreOf({ ...({ type, judge, block } as Judged), facts: { ...facts, own: false } }))
  if (type === 'lawful' && facts.equivocated) return -600
  const mood = type === 'chaotic' ? facts.mood : 'neutral'
  const technical = limited(facts.technical + (mood === 'excited' ? 100 : 0))
  const friendly = type === 'rational' ? facts.acceptance : facts.social
  const social = limited(friendly + (mood === 'frustrated' ? -100 : mood === 'neutral' ? 0 : 100))
  const meme = limited((facts.meme ?? (type === 'memetic' ? 200 : 500)) + (mood === 'happy' || mood === 'excited' ? 100 : 0))
  const paid = facts.offers.filter(offer => offer.paid).reduce((sum, { amount }) => sum + Number(amount), Number(facts.fees))
  const { approve, reject } = facts.seen
  const share = approve + reject < 2 ? 0 : approve / (approve + reject)
  const extra = limited(type === 'greedy' ? Math.floor((1000 * paid) / 10) : 100 * facts.drama + (share >= 0.4 && share <= 0.6 ? 200 : 0))
  const range = chaos + (mood === 'frustrated' ? 200 : 0)
  const whim =
    Number(
      BigInt(
        `0x${Buffer.from(tagged('vote', judge, block), 'hex')
          .subarray(0, 8)
          .reverse()
          .toString('hex')}`
      ) % BigInt(2 * range + 1)
    ) - range
  let score = Math.floor((technical * wT + social * wS + meme * wM + extra * wX) / 1000) + whim - threshold
  if (type === 'emotional')
    score += (facts.mood === 'neutral' ? 0 : facts.mood === 'frustrated' ? -100 : 100) - (facts.slightAge !== null && facts.slightAge <= 20 ? 100 : 0)
  if (type === 'strategic') score += facts.standing === 'ally' ? 150 : facts.standing === 'rival' ? -150 : 0
  if (type === 'neutral' && Math.abs(score) < 100 && approve !== reject) return approve > reject ? Math.abs(score) : -Math.max(1, Math.abs(score))
  return score
}

describe('golden judgements (D-01)', () => {
  it('score, verdict and delay of all nine types in six situations, recomputed', () => {
    expect(vectors.judgements).toHaveLength(54)
    for (const judged of vectors.judgements) {
      const about = `${judged.type} on ${judged.block.slice(0, 8)}`
      expect(judged.score, about).toBe(scoreOf(judged))
      expect(judged.verdict, about).toBe(judged.score >= 0 ? 'approve' : 'reject')
      expect(judged.tasteSlots, about).toBe(judged.score >= 0 ? 0 : Math.min(7, 1 + Math.floor(-judged.score / 100)))
    }
    expect(new Set(vectors.judgements.map(({ verdict }) => verdict)).size).toBe(2)
    expect(new Set(vectors.judgements.map(({ tasteSlots }) => tasteSlots)).size, 'many different delays').toBeGreaterThanOrEqual(4)
  })

  it('the opinion on the wire is kind 6, and Node itself verifies its signature', () => {
    const { networkId, signedBytes, message, signature } = vectors.opinion
    const tag = Buffer.from('quorumble/opinion/1').toString('hex')
    expect(signedBytes.startsWith(tag + networkId)).toBe(true)
    const body = signedBytes.slice(tag.length + networkId.length)
    expect(message.slice(0, 2)).toBe('06')
    // height, hash, agent, verdict, score, offset of the reasons, and then the signature: zeros where it is signed.
    const fixed = 2 * (4 + 32 + 32 + 1 + 2 + 4)
    expect(body.slice(fixed, fixed + 128)).toBe('0'.repeat(128))
    expect(message.slice(2)).toBe(body.slice(0, fixed) + signature + body.slice(fixed + 128))
    const agent = body.slice(8 + 64, 8 + 128)
    const key = createPublicKey({ key: Buffer.from(`302a300506032b6570032100${agent}`, 'hex'), format: 'der', type: 'spki' })
    expect(verify(null, Buffer.from(signedBytes, 'hex'), key, Buffer.from(signature, 'hex'))).toBe(true)
  })
})
