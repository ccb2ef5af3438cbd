/** T040, T045: proofs of blocks that are neither in memory nor in the state's own records, out of a store, and from others where this store has let go of them. */
import { beforeAll, describe, expect, it } from 'vitest'
import { toHex } from '../../core/bytes'
import { decode, encode } from '../../core/codec'
import { VerificationCache } from '../../core/crypto/verificationCache'
import { createSyncVerifier } from '../../core/crypto/verifier'
import { lightNetwork } from '../../core/light/stateHeader'
import { RECENT_HASHES } from '../../core/limits'
import { checkProof } from '../../core/proof/check'
import { parseProofFile } from '../../core/proof/file'
import { parseSubject } from '../../core/proof/subject'
import { openProof } from '../../core/proof/verify'
import { Block } from '../../core/schema'
import type { Transaction } from '../../core/schema'
import { blockHash } from '../../core/signing'
import { signerAt } from '../../core/testing/network'
import { decodeMessage, encodeMessage } from '../../core/wire'
import { createNodeFast } from '../../platform/crypto/nodeFast'
import { fail, ok } from '../../core/result'
import type { StoredBlock } from '../ports'
import { NodeTable } from '../testing/table'
import { Eras } from './eras'
import { proofFileOf } from './proofFileOf'
import { ProofDesk } from './proofDesk'
import type { Others } from './proofDesk'

const verifier = createSyncVerifier({ cache: new VerificationCache(), fast: createNodeFast() })
const NOBODY: Others = { peers: () => [], ask: async () => fail('timeout') }

/** A store that counts what is read. */
class Shelf {
  reads = 0

  constructor(readonly blocks: readonly StoredBlock[]) {}

  async range(from: number, count: number): Promise<StoredBlock[]> {
    this.reads++
    return this.blocks.filter(({ height }) => height >= from).slice(0, count)
  }

  async block(hash: string): Promise<StoredBlock | null> {
    return this.blocks.find(block => block.hash === hash) ?? null
  }
}

describe('old blocks', () => {
  let table: NodeTable
  /** All final blocks, and beside each tenth a sibling that never became final. */
  let stored: StoredBlock[]
  let old: { hash: string; height: number; transaction: Transaction }
  let shelf: Shelf
  const core = () => table.cores[0]!
  const desk = (blocks = shelf, others = NOBODY) => new ProofDesk(core(), blocks, others)

  beforeAll(() => {
    table = new NodeTable({ verify: check => verifier.verify(check), founders: 2, parameters: { minCommittee: 1, heartbeatTtl: 100_000 } })
    table.run(4000)
    table.submit(1, { kind: 'transfer', to: signerAt(0).publicKey, amount: 5n, fee: 1n })
    while (core().tree.final.height < RECENT_HASHES + 12) table.run(10_000)
    stored = [...table.disks[0]!.blocks.values()]
      .filter(({ height }) => height <= core().tree.final.height)
      .flatMap(({ hash, height, bytes }) => {
        const own = { hash, height, bytes, subjects: [] }
        const block = decode(Block, bytes)
        if (!block.ok || height % 10 !== 0) return [own]
        const sibling = { ...block.value, header: { ...block.value.header, timestamp: block.value.header.timestamp + 1 } }
        return [{ hash: toHex(blockHash(core().networkId, sibling.header)), height, bytes: encode(Block, sibling), subjects: [] }, own]
      })
      .sort((a, b) => a.height - b.height)
    shelf = new Shelf(stored)
    for (const { hash, height, bytes } of stored) {
      const block = decode(Block, bytes)
      const transaction = block.ok ? block.value.transactions.find(({ kind }) => kind === 2) : undefined
      if (transaction !== undefined && old === undefined) old = { hash, height, transaction }
    }
  }, 120_000)

  it('are proved out of the store, siblings or not, each era read once', async () => {
    expect(old.height).toBeLessThan(core().tree.final.height - RECENT_HASHES)
    const service = desk()
    const before = shelf.reads
    for (const height of [0, 1, 7, old.height]) {
      const proof = await service.proofOf(`block/${height}`)
      if (!proof.ok) throw new Error(`${height}: ${proof.code}`)
      expect(proof.value.claim).toHaveLength(2)
      expect(openProof(lightNetwork(core().genesis), { kind: 'block', height }, proof.value)).toMatchObject({ ok: true, value: { value: { height } } })
      const file = proofFileOf(core(), proof.value)
      const parsed = file.ok ? parseProofFile(file.value) : file
      if (!parsed.ok) throw new Error(parsed.code)
      expect(checkProof(parsed.value, verifier)).toMatchObject({ ok: true, proved: { value: { height } } })
    }
    // Eight pages of 32, and one more for each that ended with a sibling.
    expect(shelf.reads - before).toBeLessThanOrEqual(16)
  })

  it('their transactions, too; on the wire as for a person', async () => {
    const text = `transaction/${old.hash}/0`
    const message = decodeMessage(await desk().answer(new TextEncoder().encode(text)), ['proofReply'])
    const subject = parseSubject(text)
    if (!message.ok || !subject.ok) throw new Error('an answer')
    const [proof] = message.value.value.proof
    const opened = openProof(lightNetwork(core().genesis), subject.value, proof!)
    expect(opened).toMatchObject({ ok: true })
    expect(opened.ok && (opened.value.value as Transaction).signature).toEqual(old.transaction.signature)
  })

  it('a block that lost is none, and what was let go of is said', async () => {
    const sibling = stored.find(({ height }, i) => height === 10 && stored[i + 1]!.height === 10)!
    expect(await desk().proofOf(`transaction/${sibling.hash}/0`)).toMatchObject({ ok: false })
    const pruned = new Shelf(stored.filter(({ height }) => height > 20))
    expect(await desk(pruned).proofOf('block/3')).toMatchObject({ code: 'too-old' })
    expect(await desk(pruned).proofOf(`transaction/${old.hash}/0`)).toMatchObject({ code: 'unknown-block' })
    expect(await new Eras(core().genesis, pruned).records(0, new Uint8Array(32))).toBeNull()
    expect(await desk().proofOf(`block/${core().tree.final.height + 9}`)).toMatchObject({ code: 'not-yet' })
  })

  it('many who ask at once read an era once, and no more wait than there is room for', async () => {
    const counted = new Shelf(stored)
    const service = desk(counted)
    const answers = await Promise.all(Array.from({ length: 40 }, (_, i) => service.proofOf(`block/${i % 8}`)))
    const done = answers.filter(answer => answer.ok).length
    expect(done).toBeGreaterThanOrEqual(16)
    expect(answers.every(answer => answer.ok || answer.code === 'too-old')).toBe(true)
    expect(done).toBeLessThan(40)
    expect(counted.reads).toBeLessThanOrEqual(16)
    expect(await service.proofOf('block/3')).toMatchObject({ ok: true })
  })

  it('a store that fails is no proof, and no crash', async () => {
    const broken = { range: async () => Promise.reject(new Error('disk')), block: async () => Promise.reject(new Error('disk')) }
    expect(await new ProofDesk(core(), broken, NOBODY).proofOf('block/3')).toMatchObject({ code: 'too-old' })
  })

  it('whoever has let go of them asks others, and believes only what hangs from its own final chain', async () => {
    const pruned = new Shelf([])
    const honest = await desk().answer(new TextEncoder().encode('block/3'))
    const asked: string[] = []
    const others = (answers: Record<string, Uint8Array | null>): Others => ({
      peers: () => Object.keys(answers),
      ask: async peer => {
        asked.push(peer)
        const bytes = answers[peer]
        const message = bytes == null ? fail('timeout') : decodeMessage(bytes, ['proofReply'])
        return message.ok ? ok(message.value as never) : fail(message.code)
      }
    })
    const none = encodeMessage('proofReply', { proof: [], code: new Uint8Array(0) })
    const found = await desk(pruned, others({ silent: null, pruned: none, archive: honest })).findProof('block/3')
    expect(found).toMatchObject({ ok: true })
    expect(asked).toEqual(['silent', 'pruned', 'archive'])
    // A proof of another block, and one under a header that is not of this chain.
    const another = await desk().answer(new TextEncoder().encode('block/4'))
    const read = decodeMessage(honest, ['proofReply'])
    if (!read.ok) throw new Error(read.code)
    const [proof] = read.value.value.proof
    const forged = { ...proof!, header: { ...proof!.header, header: { ...proof!.header.header, stateRoot: new Uint8Array(32) } } }
    const lie = encodeMessage('proofReply', { proof: [forged], code: new Uint8Array(0) })
    expect(await desk(pruned, others({ another, lie })).findProof('block/3')).toMatchObject({ code: 'too-old' })
  })
})
