/** T040, T045: blocks that the state has only the root of the era of. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { toHex } from '../bytes'
import { decode, encode } from '../codec'
import { VerificationCache } from '../crypto/verificationCache'
import { createSyncVerifier } from '../crypto/verifier'
import { lightNetwork, makeStateHeader } from '../light/stateHeader'
import { RECENT_HASHES } from '../limits'
import { VOTE_FINALISE } from '../schema'
import type { BlockRecord } from '../schema'
import { flip, isHex, leaves, replaced } from '../testing/alteredProof'
import type { Json } from '../testing/alteredProof'
import { certificateFor, compose } from '../testing/network'
import { Room } from '../testing/room'
import { createNodeFast } from '../../platform/crypto/nodeFast'
import { checkProof } from './check'
import { formatProofFile, parseProofFile, proofFile } from './file'
import type { ProofFile } from './file'
import { eraOf, prove } from './prove'
import type { EraLookup } from './prove'
import { StateProof } from './schema'
import { formatSubject, parseSubject } from './subject'
import type { Subject } from './subject'
import { openProof } from './verify'

const verifier = createSyncVerifier({ cache: new VerificationCache(), fast: createNodeFast() })
/** Height of the transfers. */
const TRANSFER_AT = 3
/** More than an era above them, and not the end of an epoch, whose state could not be shown by itself. */
const HEIGHT = RECENT_HASHES + 9

/** A chain just older than an era, with three transfers near its beginning. */
function oldChain() {
  const room = new Room(4)
  const blocks = [room.tip]
  while (room.tip.height < HEIGHT) {
    if (room.next === TRANSFER_AT)
      for (const i of [0, 1, 2]) room.say(compose.transfer(room.network.networkId, room.signers[i]!, 0, room.key(3), BigInt(i + 1)))
    blocks.push(room.mine().tip)
  }
  const { networkId } = room.network
  const records = blocks.slice(0, RECENT_HASHES).map(({ hashBytes, header, state }, height): BlockRecord => {
    const { parent, timestamp, producer, txRoot } = state!.chain
    return { height, hash: hashBytes, parentHash: parent, timestamp, producer, txRoot, stateRoot: height === 0 ? state!.root : header.stateRoot }
  })
  const header = makeStateHeader(room.tip.header, room.state, certificateFor(room.network, room.signers.slice(1), room.tip, VOTE_FINALISE))
  const body = (hash: Uint8Array) => {
    const found = blocks.find(block => toHex(block.hashBytes) === toHex(hash))
    return found?.transactions == null ? null : { header: found.header, transactions: found.transactions }
  }
  const honest: EraLookup = era => (era === 0 ? records : null)
  const proofOf = (subject: Subject, era = honest) => prove(networkId, header, room.state, subject, body, era)
  const fileOf = (subject: Subject): ProofFile => {
    const proof = proofOf(subject)
    if (!proof.ok) throw new Error(proof.code)
    return proofFile(room.network.genesis, null, [], proof.value)
  }
  return { room, blocks, records, proofOf, fileOf, light: lightNetwork(room.network.genesis) }
}

const chain = oldChain()
const old: Subject = { kind: 'transaction', block: chain.blocks[TRANSFER_AT]!.hashBytes, place: 1 }
const record = (height: number): Subject => ({ kind: 'block', height })
const failed = (file: ProofFile): string[] => checkProof(file, verifier).steps.flatMap(step => (step.ok ? [] : [`${step.section} ${step.kind} ${step.code}`]))

describe('T040, T045: blocks and transactions of any age are proved under the newest state', () => {
  it('a transaction older than the records of the state, over the wire and as a file', () => {
    const proof = chain.proofOf(old)
    if (!proof.ok) throw new Error(proof.code)
    expect(proof.value.claim).toHaveLength(2)
    const again = decode(StateProof, encode(StateProof, proof.value))
    if (!again.ok) throw new Error(again.code)
    const opened = openProof(chain.light, old, again.value)
    expect(opened).toMatchObject({ ok: true, value: { value: chain.blocks[TRANSFER_AT]!.transactions![1] } })
    const file = chain.fileOf(old)
    expect(file).toMatchObject({ version: 2, claim: { path: 'blocks/history/0' }, era: { path: `${TRANSFER_AT}/hash` } })
    expect(failed(file)).toEqual([])
    expect(checkProof(file, verifier)).toMatchObject({ ok: true, height: HEIGHT, proved: { kind: 'transaction' } })
    expect(parseProofFile(formatProofFile(file))).toEqual({ ok: true, value: file })
  })

  it('the record of every ancestor, on both sides of the edge, genesis included', () => {
    const edge = HEIGHT - RECENT_HASHES
    for (const height of [0, 1, edge - 2, edge - 1, edge, edge + 1, RECENT_HASHES - 1, RECENT_HASHES, HEIGHT - 1]) {
      const subject = record(height)
      const proof = chain.proofOf(subject)
      if (!proof.ok) throw new Error(`${height}: ${proof.code}`)
      expect(proof.value.claim).toHaveLength(height < edge ? 2 : 1)
      const opened = openProof(chain.light, subject, proof.value)
      expect(opened).toMatchObject({ ok: true, value: { value: { height, hash: chain.blocks[height]!.hashBytes } } })
      expect(failed(chain.fileOf(subject))).toEqual([])
      expect(parseSubject(formatSubject(subject))).toEqual({ ok: true, value: subject })
      // What is proved of one block is no answer about another.
      for (const other of [height + 1, height + RECENT_HASHES])
        expect(openProof(chain.light, record(other), proof.value)).toMatchObject({ code: 'other-subject' })
    }
  })

  it('says by name why it has no proof', () => {
    expect(chain.proofOf(old, () => null)).toMatchObject({ code: 'too-old' })
    expect(chain.proofOf(record(HEIGHT))).toMatchObject({ code: 'not-yet' })
    expect(chain.proofOf(record(1), () => chain.records.with(9, { ...chain.records[9]!, timestamp: 1 }))).toMatchObject({ code: 'other-era' })
    expect(chain.proofOf(record(1), () => chain.records.slice(1))).toMatchObject({ code: 'other-era' })
    for (const text of ['block/', 'block/-1', 'block/01', 'block/4294967296', 'block/1/2', 'block/x'])
      expect(parseSubject(text)).toMatchObject({ code: 'bad-subject' })
  })
})

describe('forgeries (F-29)', () => {
  it('a record from another place, era or list is refused where it is', () => {
    const file = chain.fileOf(record(1))
    const two = chain.fileOf(record(2))
    // Another record, honestly proved, does not become the first one's.
    expect(failed({ ...file, era: { ...two.era!, path: file.era!.path } })[0]).toBe('era path bad-index')
    expect(checkProof({ ...file, claim: null }, verifier).ok).toBe(false)
    expect(failed({ ...file, claim: chain.fileOf({ kind: 'state', path: ['blocks', 'chain', 'parent'] }).claim })).toContain('era ancestor bad-path')
    // The hash of one block, shown for the transaction of another.
    const transaction = chain.fileOf(old)
    const other = chain.proofOf(record(2))
    if (!other.ok) throw new Error(other.code)
    expect(failed({ ...transaction, era: two.era })).toContain('block ancestor bad-path')
    const proof = chain.proofOf(old)
    if (!proof.ok) throw new Error(proof.code)
    expect(openProof(chain.light, old, { ...proof.value, claim: [proof.value.claim[0]!, other.value.claim[1]!] })).toMatchObject({ ok: false })
    expect(openProof(chain.light, old, { ...proof.value, claim: [proof.value.claim[1]!, proof.value.claim[0]!] })).toMatchObject({ ok: false })
    expect(openProof(chain.light, old, { ...proof.value, claim: proof.value.claim.slice(0, 1) })).toMatchObject({ code: 'other-subject' })
  })

  it('a second claim is no part of a proof about anything else', () => {
    const agent: Subject = { kind: 'agent', key: chain.room.key(3) }
    const proof = chain.proofOf(agent)
    const era = chain.proofOf(old)
    if (!proof.ok || !era.ok) throw new Error('both are proved')
    expect(openProof(chain.light, agent, proof.value)).toMatchObject({ ok: true })
    expect(openProof(chain.light, agent, { ...proof.value, claim: [proof.value.claim[0]!, era.value.claim[1]!] })).toMatchObject({ code: 'other-subject' })
    expect(failed({ ...chain.fileOf(agent), version: 2, era: chain.fileOf(record(1)).era })).not.toEqual([])
  })

  it.each([
    ['a transaction', () => chain.fileOf(old)],
    ['a record', () => chain.fileOf(record(5))]
  ])('%s: one byte in each field is found where it is', (_name, make) => {
    const file = make()
    const fields = leaves(file as unknown as Json).filter(({ value }) => isHex(value))
    expect(fields.filter(({ pointer }) => pointer.startsWith('/era/')).length).toBeGreaterThan(8)
    for (const { pointer, value } of fields) {
      if (/\/(path|index)$/.test(pointer)) continue
      const text = value as string
      const report = checkProof(replaced(file, pointer, flip(text, Math.floor(text.length / 4), 1)), verifier)
      expect({ pointer, ok: report.ok }).toEqual({ pointer, ok: false })
      expect(report.steps[report.failed!]!.inputs.map(input => input.pointer)).toContain(pointer)
    }
  })

  it('4,000 mutations are refused, each as a value', () => {
    const files = [chain.fileOf(old), chain.fileOf(record(4))]
    const known = files.map(file => leaves(file as unknown as Json).filter(({ value }) => isHex(value)))
    fc.assert(
      fc.property(fc.nat(1), fc.nat(), fc.nat(), fc.nat(), fc.integer({ min: 1, max: 255 }), fc.nat(3), (which, at, from, byte, bits, way) => {
        const { pointer, value } = known[which]![at % known[which]!.length]!
        const text = value as string
        const other = known[1 - which]![from % known[1 - which]!.length]!.value as string
        const altered = way === 0 ? other : way === 1 ? text.slice(2) : way === 2 ? `${text}00` : flip(text, byte % (text.length / 2), bits)
        if (altered === text) return
        const parsed = parseProofFile(formatProofFile(replaced(files[which]!, pointer, altered)))
        if (parsed.ok) expect(checkProof(parsed.value, verifier).ok).toBe(false)
        else expect(parsed.code).toBe('bad-field')
      }),
      { numRuns: 4000 }
    )
  }, 120_000)

  it('the era of a height is told by the height alone', () => {
    expect([0, 255, 256, 511, 512].map(eraOf)).toEqual([0, 0, 1, 1, 2])
  })
})
