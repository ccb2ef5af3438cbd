import { describe, expect, it } from 'vitest'
import { equalBytes, toHex } from '../../core/bytes'
import { VerificationCache } from '../../core/crypto/verificationCache'
import { createSyncVerifier } from '../../core/crypto/verifier'
import { checkProof } from '../../core/proof/check'
import { proofFile } from '../../core/proof/file'
import { AGENT_LEFT } from '../../core/schema'
import type { AgentRecord, Genesis } from '../../core/schema'
import { signerAt } from '../../core/testing/network'
import { decodeMessage, encodeMessage } from '../../core/wire'
import { createNodeFast } from '../../platform/crypto/nodeFast'
import { LightSeat } from '../testing/lightSeat'
import type { Tamper } from '../testing/lightSeat'
import { NodeTable } from '../testing/table'

const verifier = createSyncVerifier({ cache: new VerificationCache(), fast: createNodeFast() })
const PARAMETERS = { minCommittee: 1, heartbeatTtl: 100_000 } satisfies Partial<Genesis>
const LIGHT = 50

const tableOf = (founders = 4, parameters: Partial<Genesis> = PARAMETERS): NodeTable =>
  new NodeTable({ verify: check => verifier.verify(check), founders, parameters })

/** Every head that the light node has taken is on the final chain of this full node. */
function expectOnChain(table: NodeTable, seat: LightSeat): void {
  const core = table.cores[0]!
  for (const state of seat.core.states) {
    if (state.height === 0) continue
    const final = core.tree.at(state.height).find(entry => core.tree.isAncestor(entry, core.tree.final))
    if (final !== undefined) expect(toHex(state.hash)).toBe(final.hash)
  }
}

describe('a light node (PROTOCOL “Light client”)', () => {
  it('follows the final head, gets a balance, sends, and is in no validator set', () => {
    const table = tableOf()
    table.run(6000)
    const seat = new LightSeat(table, LIGHT, [0, 1, 2])
    seat.run(30_000)
    expect(seat.core.head.height).toBeGreaterThanOrEqual(table.cores[0]!.tree.final.height - 2)
    expectOnChain(table, seat)
    const { record } = seat.core.own!
    expect(record).toMatchObject({ balance: 100_000n, nonce: 2, status: AGENT_LEFT })
    const to = signerAt(2).publicKey
    const before = table.cores[0]!.tree.final.state!.agent(to)!.balance
    seat.give({ type: 'submit', id: 7, intent: { kind: 'transfer', to, amount: 1234n, fee: 0n } })
    seat.give({ type: 'submit', id: 8, intent: { kind: 'transfer', to, amount: 1n, fee: 0n } })
    seat.give({ type: 'submit', id: 9, intent: { kind: 'transfer', to, amount: 10n ** 12n, fee: 0n } })
    expect(seat.done.map(({ result }) => (result.ok ? 'ok' : result.code))).toEqual(['ok', 'ok', 'insufficient-balance'])
    seat.run(20_000)
    expect(seat.core.own!.record).toMatchObject({ balance: 98_765n, nonce: 4 })
    expect(seat.events.filter(({ kind }) => kind === 'included')).toHaveLength(4)
    expect(table.cores[0]!.tree.final.state!.agent(to)!.balance - before).toBeGreaterThanOrEqual(1235n)
    for (const set of table.cores[0]!.tree.final.state!.sets) expect(set.weights.has(toHex(signerAt(LIGHT).publicKey))).toBe(false)
  })

  it('looks up any agent, and its answer makes a file that holds by itself (T045)', () => {
    const table = tableOf()
    table.run(20_000)
    const seat = new LightSeat(table, LIGHT, [1, 2])
    seat.run(2000)
    const { publicKey } = signerAt(3)
    seat.give({ type: 'lookUp', id: 1, subject: `agent/${toHex(publicKey)}` })
    seat.give({ type: 'lookUp', id: 2, subject: `agent/${'11'.repeat(32)}` })
    seat.give({ type: 'lookUp', id: 3, subject: 'nonsense' })
    seat.run(4000)
    const results = new Map(seat.done.map(effect => [effect.id, effect.result]))
    expect(results.get(2)).toMatchObject({ ok: false, code: 'unknown-agent' })
    expect(results.get(3)).toMatchObject({ ok: false, code: 'bad-subject' })
    const found = results.get(1)
    if (found?.ok !== true || !('proof' in found.value)) throw new Error('the agent is found')
    const core = table.cores[0]!
    const at = core.tree.at(found.value.height).find(entry => core.tree.isAncestor(entry, core.tree.final))!
    expect((found.value.value as AgentRecord).balance).toBe(at.state!.agent(publicKey)!.balance)
    expect(checkProof(proofFile(core.genesis, null, found.value.steps, found.value.proof), verifier).ok).toBe(true)
  })

  it('T041–T045: runs a final block again without its state, by height and by hash, whatever a liar sends for it', () => {
    const table = tableOf()
    table.run(8000)
    const sender = table.cores[0]!
    table.give(0, { type: 'submit', id: 1, intent: { kind: 'transfer', to: signerAt(2).publicKey, amount: 5n, fee: 0n } })
    table.run(20_000)
    const finalAt = (height: number) => sender.tree.at(height).find(entry => sender.tree.isAncestor(entry, sender.tree.final))!
    const blocks = Array.from({ length: sender.tree.final.height }, (_, i) => finalAt(i + 1))
    const full = blocks.find(({ transactions }) => (transactions?.length ?? 0) > 0)!
    // Peer 1 shows an honest proof, and a witness in which one node is another one.
    const seat = new LightSeat(table, LIGHT, [1, 2], {}, (peer, name, bytes) => {
      if (peer !== 1 || name !== 'witnessRequest') return bytes
      const message = decodeMessage(bytes, ['witnessReply'])
      const [found] = message.ok ? message.value.value.found : []
      if (found === undefined) return bytes
      const leaves = found.witness.leaves.with(0, new Uint8Array(32).fill(1))
      return encodeMessage('witnessReply', { found: [{ ...found, witness: { ...found.witness, leaves } }], code: new Uint8Array(0) })
    })
    seat.run(2000)
    seat.give({ type: 'checkBlock', id: 1, block: { hash: [], height: 1 } })
    seat.give({ type: 'checkBlock', id: 2, block: { hash: [full.hashBytes], height: 0 } })
    seat.give({ type: 'checkBlock', id: 3, block: { hash: [new Uint8Array(32)], height: 0 } })
    seat.run(8000)
    const results = new Map(seat.done.map(effect => [effect.id, effect.result]))
    expect(results.get(3)).toMatchObject({ ok: false, code: 'unknown-block' })
    for (const [id, entry] of [
      [1, blocks[0]!],
      [2, full]
    ] as const) {
      const checked = results.get(id)
      if (checked?.ok !== true || !('verdict' in checked.value)) throw new Error(`block ${entry.height} is checked`)
      expect(toHex(checked.value.verdict.newRoot)).toBe(toHex(entry.state!.root))
      expect(checked.value.verdict).toMatchObject({ height: entry.height, finding: null, transactions: entry.transactions!.length })
    }
    expect(seat.penalised).toContain('1')
    expect(seat.penalised).not.toContain('2')
    expect(seat.events.some(({ kind }) => kind === 'broken')).toBe(false)
  })

  it('goes on at once from what an earlier run has kept', () => {
    const table = tableOf()
    table.run(20_000)
    const first = new LightSeat(table, LIGHT, [0])
    first.run(3000)
    const again = new LightSeat(table, LIGHT, [], { steps: first.kept })
    expect(again.core.head.height).toBe(first.core.head.height)
    expect(again.core.steps).toHaveLength(1)
  })

  it('has nothing to give: full nodes neither ask it nor count its heights', () => {
    const table = tableOf()
    const seat = new LightSeat(table, LIGHT, [0])
    seat.run(3000)
    const ask = (bytes: Uint8Array) => {
      const message = decodeMessage(bytes, ['helloRequest', 'rangeRequest', 'genesisRequest'])
      if (!message.ok) throw new Error(message.code)
      return seat.core.handle({ type: 'request', id: 4, from: '0', message: message.value as never }, table.now).map(({ type }) => type)
    }
    expect(ask(encodeMessage('rangeRequest', { from: 1, count: 9 }))).toContain('refuse')
    expect(ask(encodeMessage('genesisRequest', { networkId: seat.core.network.networkId }))).toContain('reply')
    expect(ask(encodeMessage('genesisRequest', { networkId: new Uint8Array(32) }))).toContain('refuse')
  })
})

describe('liars (F-29): a light node believes no forged answer, and goes on with those who are honest', () => {
  const proofsOf = (change: (reply: Extract<ReturnType<typeof openReply>, object>) => void): Tamper => {
    return (peer, name, bytes) => {
      if (peer !== 1 || name !== 'proofRequest') return bytes
      const reply = openReply(bytes)
      if (reply === null) return bytes
      change(reply)
      return encodeMessage('proofReply', { proof: [reply], code: new Uint8Array(0) })
    }
  }
  const changed = (value: Uint8Array): Uint8Array => {
    const place = Math.min(70, value.length - 1)
    return value.with(place, value[place]! ^ 0xff)
  }
  const openReply = (bytes: Uint8Array) => {
    const message = decodeMessage(bytes, ['proofReply'])
    return message.ok ? (message.value.value.proof[0] ?? null) : null
  }

  it.each<[string, Tamper]>([
    ['a larger balance', proofsOf(proof => void (proof.claim[0]!.value = changed(proof.claim[0]!.value)))],
    ['another path', proofsOf(proof => void (proof.claim[0]!.path = Uint8Array.from(Buffer.from('agents/records/1'))))],
    ['a sibling', proofsOf(proof => void (proof.claim[0]!.siblings[2] = new Uint8Array(32).fill(1)))],
    ['a state root', proofsOf(proof => void (proof.header.header.stateRoot = new Uint8Array(32).fill(1)))],
    ['too few signatures', proofsOf(proof => void proof.header.certificate.signatures.splice(1))],
    ['invented signatures', proofsOf(proof => proof.header.certificate.signatures.forEach(vote => (vote.signature = new Uint8Array(64))))],
    ['nothing', proofsOf(proof => void (proof.claim = []))],
    ['rubbish', (peer, name, bytes) => (peer === 1 && name === 'proofRequest' ? bytes.slice(0, 40) : bytes)],
    ['rubbish for a header', (peer, name, bytes) => (peer === 1 && name === 'stateHeaderRequest' ? bytes.with(60, 0xff) : bytes)]
  ])('%s', (_name, tamper) => {
    const table = tableOf()
    table.run(6000)
    const seat = new LightSeat(table, LIGHT, [1, 0], {}, tamper)
    seat.run(24_000)
    expect(new Set(seat.penalised)).toEqual(new Set(['1']))
    expect(seat.core.head.height).toBeGreaterThanOrEqual(table.cores[0]!.tree.final.height - 3)
    expectOnChain(table, seat)
    expect(seat.core.own!.record!.balance).toBe(100_000n)
    expect(seat.core.registry!.records.every(record => equalBytes(record.publicKey, table.cores[0]!.agent(record.publicKey)!.publicKey))).toBe(true)
  })

  it('who is asked alone and lies gets nothing believed', () => {
    const table = tableOf()
    table.run(6000)
    const seat = new LightSeat(table, LIGHT, [1], {}, (_peer, name, bytes) => (name === 'stateHeaderRequest' ? bytes.with(100, bytes[100]! ^ 1) : bytes))
    seat.run(10_000)
    expect(seat.core.head.height).toBe(0)
    expect(seat.core.own).toBeNull()
  })
})
