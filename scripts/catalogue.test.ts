/** The catalogue of messages: it is what the schemas say, it leaves nothing out, and its examples are real. */
import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { concat, fromUtf8, toHex, u32le, u64le } from '../src/core/bytes'
import { decode, encode } from '../src/core/codec'
import type { Schema } from '../src/core/codec'
import { certificateChecks, inspectCertificate } from '../src/core/consensus/certificates'
import { verifyZip215 } from '../src/core/crypto/ed25519'
import { VerificationCache } from '../src/core/crypto/verificationCache'
import { createSyncVerifier } from '../src/core/crypto/verifier'
import * as lightSchema from '../src/core/light/schema'
import { genesisTrust, lightNetwork, verifyStateHeader } from '../src/core/light/stateHeader'
import { judgeBlockWitness, openBlockWitness } from '../src/core/proof/blockWitness'
import * as proofSchema from '../src/core/proof/schema'
import { parseSubject } from '../src/core/proof/subject'
import { openProof } from '../src/core/proof/verify'
import * as witnessReplySchema from '../src/core/proof/witnessSchema'
import * as coreSchema from '../src/core/schema'
import { blockHash, opinionBytes, presenceBytes, proposalBytes, voteBytes } from '../src/core/signing'
import { readChunk, readManifest } from '../src/core/state/chunks'
import { inspectTransaction, transactionKinds } from '../src/core/state/transactions'
import * as witnessSchema from '../src/core/state/witnessSchema'
import * as syncSchema from '../src/core/sync/messages'
import { sampleOf } from '../src/core/testing/sample'
import type { Draw } from '../src/core/testing/sample'
import { decodeMessage, encodeMessage, MESSAGES } from '../src/core/wire'
import { createNodeFast } from '../src/platform/crypto/nodeFast'
import { makeCatalogue, MESSAGE_NAMES, RECORD_NAMES, TRANSACTION_NAMES } from './lib/catalogue/catalogue'
import { makeExamples } from './lib/catalogue/examples'
import { isContainer, OFFSET, spansOf } from './lib/catalogue/layout'
import { RECORDS_MEAN, TRANSACTIONS_MEAN } from './lib/catalogue/meanings'
import { dataOf, pageOf } from './lib/catalogue/page'

const examples = makeExamples()
const catalogue = makeCatalogue(examples)
const read = (path: string) => readFileSync(new URL(`../${path}`, import.meta.url), 'utf8')
const entryOf = (name: string) => catalogue.entries.find(entry => entry.name === name)!

/** Everything that has fields and a name in the code. */
const exported = Object.entries({ ...lightSchema, ...proofSchema, ...witnessReplySchema, ...coreSchema, ...witnessSchema, ...syncSchema }).filter(
  ([, schema]) => isContainer(schema)
)
const payloads = transactionKinds().flatMap(({ payload }) => (payload === null ? [] : [payload as unknown]))
const messages = MESSAGE_NAMES.map(name => MESSAGES[name].schema as unknown)
const records = RECORD_NAMES.map(name => RECORDS_MEAN[name].schema as unknown)

const drawn = fc.gen().map(
  (g): Draw =>
    below =>
      g(fc.nat, { max: below - 1 })
)

describe('P008: a catalogue of all messages, made from the schemas', () => {
  it('P008: the committed pages are what `npm run catalogue -- --write` would write', () => {
    expect(read('docs/MESSAGES.md') === pageOf(catalogue), 'docs/MESSAGES.md is old: run the command').toBe(true)
    expect(read('src/app/screens/learn/catalogue.json') === dataOf(catalogue), 'the page’s file is old: run the command').toBe(true)
  })

  it('P008: every message, every kind of transaction, every schema with a name is in it, and nothing else', () => {
    expect(catalogue.entries.map(({ name }) => name).sort()).toEqual([...MESSAGE_NAMES, ...TRANSACTION_NAMES, ...RECORD_NAMES].sort())
    const kinds = TRANSACTION_NAMES.map(name => TRANSACTIONS_MEAN[name].kind as number)
    expect(kinds.sort((a, b) => a - b)).toEqual(transactionKinds().map(({ kind }) => kind))
    const known = new Set([...messages, ...payloads, ...records])
    expect(exported.filter(([, schema]) => !known.has(schema)).map(([name]) => name)).toEqual([])
    const named = new Set(exported.map(([, schema]) => schema as unknown))
    expect(RECORD_NAMES.filter(name => !named.has(RECORDS_MEAN[name].schema))).toEqual([])
    for (const name of RECORD_NAMES) expect(exported.find(([, schema]) => schema === RECORDS_MEAN[name].schema)?.[0], 'called as in the code').toBe(name)
  })

  it('each says in a sentence what it is and who sends it, and names a rule', () => {
    for (const { name, what, who, rules } of catalogue.entries) {
      expect(what, name).toMatch(/\w.*\.$/)
      expect(who, name).toMatch(/\w.*\.$/)
      expect(rules.length, name).toBeGreaterThan(0)
    }
  })

  it('types link to entries that are there', () => {
    const names = new Set(catalogue.entries.map(({ name }) => name))
    for (const { fields } of catalogue.entries) for (const { entry } of fields) if (entry !== null) expect(names).toContain(entry)
    expect(entryOf('announce').fields.map(({ name, entry }) => [name, entry])).toEqual([
      ['header', 'Header'],
      ['signature', null],
      ['parentCertificate', 'certificate'],
      ['body', 'transaction']
    ])
  })

  it('sizes hold: a value of a fixed size is the sum of its fields, any other lies between', () => {
    for (const { name, min, max, fields, example } of catalogue.entries) {
      const size = example?.size ?? 0
      expect(size, name).toBeGreaterThanOrEqual(min)
      expect(size, name).toBeLessThanOrEqual(max)
      const sum = fields.filter(({ depth }) => depth === 0).reduce((all, field) => all + field.max, 0)
      if (min === max) expect(sum, name).toBe(max)
    }
    expect(entryOf('vote')).toMatchObject({ number: 2, topic: 'vote', min: 133, max: 133, cap: MESSAGES.vote.maxBytes })
  })
})

/** What a leaf of a value looks like in bytes, written a second time on purpose. */
function bytesOf(value: unknown, size: number): Uint8Array {
  if (value instanceof Uint8Array) return value
  if (typeof value === 'bigint') return u64le(value)
  if (typeof value === 'number') return size === 8 ? u64le(value) : u32le(value).subarray(0, size)
  expect(value).toEqual([])
  return new Uint8Array(0)
}

const at = (value: unknown, path: string): unknown => path.split('/').reduce((part, step) => (part as Record<string, unknown>)[step], value)

describe('which bytes are which field', () => {
  it.each(exported)('%s: the stretches follow each other without a gap, and each holds the value of its path', (_, schema) => {
    const codec = schema as unknown as Schema<unknown>
    fc.assert(
      fc.property(drawn, draw => {
        const value = sampleOf(schema, draw)
        const bytes = encode(codec, value)
        const spans = spansOf(schema, bytes, new Map())
        expect(toHex(concat(...spans.map(span => span.bytes)))).toBe(toHex(bytes))
        for (const { path, type, bytes: own } of spans) if (type !== OFFSET) expect(toHex(own), path).toBe(toHex(bytesOf(at(value, path), own.length)))
      }),
      { numRuns: 20 }
    )
  })
})

describe('the examples are real', () => {
  it.each(MESSAGE_NAMES)('%s decodes, and is no longer than what is read', name => {
    const bytes = encodeMessage(name, examples.messages[name] as never)
    expect(decodeMessage(bytes, MESSAGE_NAMES)).toMatchObject({ ok: true, value: { kind: name } })
  })

  const { rules, messages: traffic } = examples
  const { networkId, genesis } = rules
  const light = lightNetwork(genesis)
  const holds = (publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array) => verifyZip215({ publicKey, message, signature })

  it('what is signed carries its signer’s signature', () => {
    const { announce, vote, presence, opinion, certificate } = traffic
    const { header } = announce
    expect(holds(header.proposer, proposalBytes(networkId, blockHash(networkId, header)), announce.signature)).toBe(true)
    expect(holds(vote.voter, voteBytes(networkId, vote), vote.signature)).toBe(true)
    expect(holds(presence.sender, presenceBytes(networkId, presence), presence.signature)).toBe(true)
    expect(holds(opinion.agent, opinionBytes(networkId, opinion), opinion.signature)).toBe(true)
    for (const each of [certificate, ...announce.parentCertificate, ...traffic.rangeReply.certificate]) {
      expect(inspectCertificate(each)).toBeNull()
      expect(certificateChecks(networkId, each).map(check => verifyZip215(check))).toEqual([true, true, true])
    }
  })

  it('what is proved holds: a state header from genesis on, an agent’s record, a block without its state', () => {
    const verifier = createSyncVerifier({ cache: new VerificationCache(), fast: createNodeFast() })
    const [header] = traffic.stateHeaderReply.headers
    expect(verifyStateHeader(light, genesisTrust(genesis), header!, verifier).ok).toBe(true)
    const subject = parseSubject(fromUtf8(traffic.proofRequest.subject))
    const opened = subject.ok && openProof(light, subject.value, traffic.proofReply.proof[0]!)
    expect(opened).toMatchObject({ ok: true, value: { value: { nonce: 1, publicKey: traffic.transaction.sender } } })
    const [found] = traffic.witnessReply.found
    expect(openBlockWitness(rules, traffic.witnessRequest, found!).ok).toBe(true)
    expect(judgeBlockWitness(rules, found!, check => verifyZip215(check))).toMatchObject({ ok: true, value: { height: 1, transactions: 1, finding: null } })
  })

  it('a fetched state’s parts are those that the manifest names', () => {
    const { headers, manifest } = traffic.manifestReply
    const opened = readManifest(manifest, headers[0]!.header.stateRoot)
    if (!opened.ok) throw new Error(opened.code)
    const [place] = opened.value.places
    expect(place!.root).toBe(toHex(traffic.chunksRequest.roots[0]!))
    expect(readChunk(place!, traffic.chunksReply.chunks[0]!).ok).toBe(true)
  })

  it.each(TRANSACTION_NAMES)('%s is of its kind, and every signature in it holds', name => {
    const transaction = examples.transactions[name]
    expect(transaction.kind).toBe(TRANSACTIONS_MEAN[name].kind)
    const signed = examples.networkIds.some(network => {
      const checks = inspectTransaction(network, transaction)
      return checks.ok && checks.value.length > 0 && checks.value.every(check => verifyZip215(check))
    })
    expect(signed).toBe(true)
  })

  it.each(RECORD_NAMES)('%s decodes to what was encoded', name => {
    const schema = RECORDS_MEAN[name].schema as unknown as Schema<unknown>
    const bytes = encode(schema, examples.records[name])
    const again = decode(schema, bytes)
    expect(again.ok && toHex(encode(schema, again.value))).toBe(toHex(bytes))
  })
})
