/** A block's way from the mempool to all others, step by step, in rooms where all speak at once and where one waits for the other. */
import { describe, expect, it } from 'vitest'
import { equalBytes, toHex } from '../core/bytes'
import { buildBlock, executeBlock } from '../core/chain/execute'
import { decode } from '../core/codec'
import { VerificationCache } from '../core/crypto/verificationCache'
import { createSyncVerifier } from '../core/crypto/verifier'
import { midnight } from '../core/families/midnight/rules'
import { INLINE_BODY_BYTES, MAX_BLOCK_BYTES, MAX_BLOCK_TRANSACTIONS } from '../core/limits'
import { Block, HeartbeatPayload, Transaction, VERDICT_APPROVE, VERDICT_REJECT, VOTE_FINALISE, VOTE_NOTARISE } from '../core/schema'
import type { Announce, Vote } from '../core/schema'
import { blockHash, messageId, signTransaction, signVote, transactionId, transactionRoot } from '../core/signing'
import { TX_HEARTBEAT, TX_LEAVE } from '../core/state/transactions'
import { addBlock, compose, createNetwork, makeBlock, signerAt, TEST_TIME } from '../core/testing/network'
import { decodeMessage, encodeMessage } from '../core/wire'
import { createNodeFast } from '../platform/crypto/nodeFast'
import { announceOf } from './answers'
import { Ingress } from './ingress'
import { miningLine } from './narrator'
import { NodeTable } from './testing/table'

const verifier = createSyncVerifier({ cache: new VerificationCache(), fast: createNodeFast() })
const PARAMETERS = { minCommittee: 1, heartbeatTtl: 100_000 }
const INTERVAL_MS = 2000

function tableOf(founders: number, mode = 0): NodeTable {
  const config = { ...midnight.defaultConfig(mode), blockIntervalMs: INTERVAL_MS }
  return new NodeTable({ verify: check => verifier.verify(check), founders, parameters: { ...PARAMETERS, config } })
}

const said = <K extends 'announce' | 'vote'>(table: NodeTable, kind: K) =>
  table.published.flatMap(({ node, at, bytes }) => {
    const decoded = decodeMessage(bytes, [kind])
    return decoded.ok ? [{ node, at, value: (decoded.value as { value: unknown }).value as K extends 'vote' ? Vote : Announce }] : []
  })

describe('at the scheduled time', () => {
  it('M011, M019: all four wake at the start of the period and send a proposal that names its parent and is bound to its transactions by their Merkle root', () => {
    const table = tableOf(4)
    table.run(3 * INTERVAL_MS)
    const proposals = said(table, 'announce').filter(({ value }) => value.header.height === 1)
    expect(new Set(proposals.map(({ node }) => node)).size).toBe(4)
    const disk = 100
    for (const { at, value } of proposals) {
      expect(at).toBeGreaterThanOrEqual(TEST_TIME + INTERVAL_MS)
      expect(at).toBeLessThanOrEqual(TEST_TIME + INTERVAL_MS + disk)
      expect(value.header.timestamp).toBe(TEST_TIME + INTERVAL_MS)
      expect(equalBytes(transactionRoot(value.body[0]!), value.header.txRoot)).toBe(true)
    }
  })

  it('M019: a long body stays at home; what is sent is the header, and the body comes by its hash', () => {
    const network = createNetwork(4, PARAMETERS)
    const [alice, bob] = network.signers
    const transactions = Array.from({ length: 60 }, (_, nonce) => compose.transfer(network.networkId, alice!, nonce, bob!.publicKey, 1n))
    const many = Array.from({ length: 4 }, (_, i) =>
      Array.from({ length: 60 }, (_, nonce) => compose.transfer(network.networkId, network.signers[i]!, nonce, network.signers[(i + 1) % 4]!.publicKey, 1n))
    ).flat()
    const [short, long] = [makeBlock(network, network.tree.final, { transactions }), makeBlock(network, network.tree.final, { rank: 1, transactions: many })]
    const table = tableOf(1)
    for (const block of [short, long]) {
      const entry = addBlock(network.tree, block)
      const announce = announceOf(network.tree, table.cores[0]!.rounds, entry)
      const fits = Block.value_serializedSize({ header: block.header, signature: block.signature, transactions: block.transactions! }) <= INLINE_BODY_BYTES
      expect(announce.body.length).toBe(fits ? 1 : 0)
      expect(toHex(blockHash(network.networkId, announce.header))).toBe(block.hash)
    }
    expect(announceOf(network.tree, table.cores[0]!.rounds, long).body).toEqual([])
    expect(encodeMessage('announce', announceOf(network.tree, table.cores[0]!.rounds, long)).length).toBeLessThan(1000)
  })

  it('M025: each node signs one vote per height, for the block that is selected there', () => {
    const table = tableOf(4)
    table.run(12 * INTERVAL_MS)
    const finals = table.finals(0)
    expect(finals.length).toBeGreaterThan(8)
    const votes = said(table, 'vote').filter(({ value }) => value.kind === VOTE_NOTARISE && value.height <= finals.length)
    for (let height = 1; height <= finals.length; height++) {
      const here = votes.filter(({ value }) => value.height === height)
      expect(here.map(({ node }) => node).sort(), `height ${height}`).toEqual([0, 1, 2, 3])
      for (const { value } of here) expect(toHex(value.hash)).toBe(finals[height - 1])
    }
  })

  it('M010: in the old design the leader logs that it makes the block, and each other one that it waits, and how long; where all speak at once nobody has to', () => {
    const table = tableOf(4, midnight.modes.indexOf('leader'))
    table.run(5 * INTERVAL_MS)
    const lines = table.events.map(events => events.flatMap(event => miningLine(event) ?? []))
    const leader = lines.findIndex(log => log.some(line => line.startsWith('primary for height 2,')))
    expect(lines[leader]).toEqual(expect.arrayContaining(['proposing block 2', 'produced block 2']))
    const others = lines.filter((_, node) => node !== leader)
    for (const log of others) {
      const line = log.find(each => each.includes('for height 2,'))
      expect(line).toMatch(/^backup [123] for height 2, waiting \d+ ms$/)
      expect(Number(/waiting (\d+)/.exec(line!)![1])).toBeGreaterThan(1000)
      expect(log).not.toContain('proposing block 2')
    }
    const together = tableOf(4)
    together.run(3 * INTERVAL_MS)
    expect(together.events.flat().flatMap(event => miningLine(event) ?? [])).toEqual([])
  })
})

describe('what is in a block', () => {
  it('P001, P003, V051, V052, V053: transactions leave the mempool for a block, are executed on its parent, and are gone from every mempool once it is final', () => {
    const table = tableOf(4)
    table.run(INTERVAL_MS - 100)
    const to = signerAt(1).publicKey
    for (const amount of [1n, 2n, 3n]) table.submit(0, { kind: 'transfer', to, amount, fee: 1n })
    table.run(50)
    for (const core of table.cores) expect(core.mempool.size).toBe(3)
    table.run(2 * INTERVAL_MS)
    for (const core of table.cores) {
      const [first] = core.tree.at(1).filter(({ hash }) => hash === table.finals(0)[0])
      expect(first!.transactions).toHaveLength(3)
      const parent = core.tree.get(first!.parent)!
      const again = executeBlock(core.rules, parent.state!, parent.hashBytes, first!.header, first!.transactions!)
      expect(again.ok && toHex(again.value.root)).toBe(toHex(first!.header.stateRoot))
      expect(first!.state!.agent(to)!.balance - core.tree.get(first!.parent)!.state!.agent(to)!.balance).toBeGreaterThanOrEqual(6n)
      expect(core.mempool.size).toBe(0)
    }
  })

  it('a heartbeat that names the newest final block is taken while that is also the head, survives the next finality, and is in the next block (D-45)', () => {
    const table = tableOf(4)
    table.run(2 * INTERVAL_MS - 100)
    const [core] = table.cores
    expect(core!.head().hash).toBe(core!.tree.final.hash)
    const before = core!.tree.final.height
    table.submit(0, { kind: 'heartbeat' })
    table.run(50)
    for (const { mempool } of table.cores) expect(mempool.size).toBe(1)
    table.run(INTERVAL_MS)
    expect(core!.tree.final.height).toBe(before + 1)
    expect(core!.tree.final.transactions!.map(({ kind }) => kind)).toEqual([TX_HEARTBEAT])
  })

  it('a void transaction of one’s own does not keep back those behind it, though nothing is under way: its place is filled at once', () => {
    const table = tableOf(4)
    table.run(2 * INTERVAL_MS - 100)
    const [core] = table.cores
    const state = core!.tree.final.state!
    const nonce = state.agent(core!.publicKey)!.nonce
    const [gone, behind] = [nonce, nonce + 1].map(each => compose.transfer(core!.networkId, signerAt(0), each, signerAt(1).publicKey, 1n))
    core!.mempool.add(gone!)
    core!.mempool.add(behind!)
    core!.mempool.remove(toHex(transactionId(gone!)))
    table.run(3 * INTERVAL_MS)
    expect(core!.tree.final.state!.agent(core!.publicKey)!.nonce).toBe(nonce + 2)
    expect(core!.mempool.size).toBe(0)
  })

  it('heartbeats that name blocks of a branch that has lost are void whenever their turn comes: all their places are filled at once', () => {
    const table = tableOf(4)
    table.run(2 * INTERVAL_MS - 100)
    const [core] = table.cores
    const nonce = core!.tree.final.state!.agent(core!.publicKey)!.nonce
    const lost = new Uint8Array(32).fill(7)
    for (let i = 0; i < 6; i++) core!.mempool.add(compose.heartbeat(core!.networkId, signerAt(0), nonce + i, 1, lost))
    core!.mempool.add(compose.transfer(core!.networkId, signerAt(0), nonce + 6, signerAt(1).publicKey, 1n))
    table.run(3 * INTERVAL_MS)
    expect(core!.tree.final.state!.agent(core!.publicKey)!.nonce).toBe(nonce + 7)
    expect(core!.mempool.size).toBe(0)
  })

  it('a heartbeat on a tentative chain names the final block, valid on every branch, as long as half the lifetime of a heartbeat lasts', () => {
    const named = [5, 7].map(blocks => {
      const table = new NodeTable({ verify: check => verifier.verify(check), founders: 4, parameters: { ...PARAMETERS, heartbeatTtl: 10 } })
      table.run(2 * INTERVAL_MS - 100)
      table.cut(2)
      table.cut(3)
      const [core] = table.cores
      const ahead = (): number => core!.head().height - core!.tree.final.height
      for (let i = 0; i < 600 && ahead() < blocks; i++) table.run(100)
      expect(ahead()).toBe(blocks)
      const before = new Set(core!.mempool.of(core!.publicKey).map(({ nonce }) => nonce))
      table.submit(0, { kind: 'heartbeat' })
      const heartbeat = core!.mempool.of(core!.publicKey).find(({ nonce }) => !before.has(nonce))!
      const payload = decode(HeartbeatPayload, heartbeat.payload)
      if (!payload.ok) throw new Error(payload.detail)
      return payload.value.height - core!.tree.final.height
    })
    expect(named).toEqual([0, 5])
  })

  it('V026: as many as the limit lets in, and no more bytes than a block may have, whatever waits', () => {
    const network = createNetwork(16, { ...PARAMETERS, treasury: 10n ** 12n })
    const { rules, tree, networkId, signers } = network
    const state = tree.final.state!
    const turn = rules.familyOf(state).turnOf(state, signers[0]!.publicKey, { start: 0, anchor: 0, slotMs: 1 })!
    const build = (candidates: Transaction[]) => buildBlock(rules, state, tree.final.hashBytes, signers[0]!, turn, state.timestamp + INTERVAL_MS, candidates)
    const transfers = signers.flatMap((signer, i) =>
      Array.from({ length: 40 }, (_, nonce) => compose.transfer(networkId, signer, nonce, signers[(i + 1) % 16]!.publicKey, 1n))
    )
    expect(transfers.length).toBeGreaterThan(MAX_BLOCK_TRANSACTIONS)
    expect(build(transfers).transactions).toHaveLength(MAX_BLOCK_TRANSACTIONS)
    expect(MAX_BLOCK_TRANSACTIONS, 'the seed has 500').toBeGreaterThanOrEqual(500)
    // A weight limit: what does not fit is left out, what comes after and is small gets in.
    const bulky = signTransaction(networkId, { kind: TX_LEAVE, sender: signers[0]!.publicKey, nonce: 0, fee: 0n, payload: new Uint8Array(0) }, signers[0]!)
    const { transactions } = build([...transfers, bulky])
    expect(transactions.reduce((sum, each) => sum + Transaction.value_serializedSize(each) + 4, 0)).toBeLessThanOrEqual(MAX_BLOCK_BYTES)
  })

  it('M048, F-17: a body that is fetched later is the one that was voted for, or none', () => {
    const network = createNetwork(4, PARAMETERS)
    const block = makeBlock(network, network.tree.final, {
      transactions: [compose.transfer(network.networkId, network.signers[0]!, 0, network.signers[1]!.publicKey, 5n)]
    })
    const table = new NodeTable({ verify: check => verifier.verify(check), founders: 4, parameters: PARAMETERS })
    const core = table.cores[3]!
    const hear = (value: Announce) => core.handle({ type: 'gossip', from: 'x', message: { kind: 'announce', value } as never }, TEST_TIME + INTERVAL_MS)
    const announce = { header: block.header, signature: block.signature, parentCertificate: [] }
    hear({ ...announce, body: [] })
    const other = [compose.transfer(network.networkId, network.signers[0]!, 0, network.signers[1]!.publicKey, 6n)]
    expect(hear({ ...announce, body: [other] })).toContainEqual({ type: 'verdict', verdict: 'ignore', code: 'bad-transaction-root' })
    expect(core.tree.get(block.hash)!.transactions).toBeNull()
    hear({ ...announce, body: [block.transactions!] })
    const added = core.tree.get(block.hash)!
    expect(core.tree.stateOf(added)).not.toBeNull()
    expect(toHex(added.state!.root)).toBe(toHex(block.header.stateRoot))
  })
})

describe('announce, ask, send, count', () => {
  it('P083–P087: the announcement has height, hash, maker and time and comes before a long body, which each validator asks of its maker by the hash and gets, late ones too', () => {
    const table = tableOf(4)
    const asked: { node: number; to: string; hash: string }[] = []
    const give = table.give.bind(table)
    table.give = (node, input) => {
      const effects = give(node, input)
      for (const effect of effects) {
        if (effect.type !== 'request' || effect.name !== 'bodiesRequest') continue
        const message = decodeMessage(effect.bytes, ['bodiesRequest'])
        if (message.ok) for (const hash of message.value.value.hashes) asked.push({ node, to: effect.to, hash: toHex(hash) })
      }
      return effects
    }
    table.run(INTERVAL_MS - 200)
    for (const node of [0, 1, 2, 3])
      for (let i = 0; i < 60; i++) table.submit(node, { kind: 'transfer', to: signerAt((node + 1) % 4).publicKey, amount: 1n, fee: 1n })
    table.run(2 * INTERVAL_MS)
    const [final] = table.finals(0)
    const announced = said(table, 'announce').find(({ value }) => toHex(blockHash(table.network.networkId, value.header)) === final)!
    const { header, body } = announced.value
    expect(body).toEqual([])
    expect([header.height, header.timestamp, toHex(header.proposer)]).toEqual([1, TEST_TIME + INTERVAL_MS, toHex(signerAt(announced.node).publicKey)])
    const askers = asked.filter(({ hash }) => hash === final)
    expect(askers.map(({ node }) => node).sort()).toEqual(table.others(announced.node))
    expect(new Set(askers.map(({ to }) => to))).toEqual(new Set([String(announced.node)]))
    for (const core of table.cores) expect(core.tree.get(final!)!.transactions!.length).toBeGreaterThan(100)
    // It has been final for a while.
    const hashes = [header].map(each => blockHash(table.network.networkId, each))
    const [reply] = table.give(announced.node, { type: 'request', id: 1e6, from: '9', message: { kind: 'bodiesRequest', value: { hashes } } as never })
    const answer = reply?.type === 'reply' ? decodeMessage(reply.bytes, ['bodiesReply']) : null
    expect(answer?.ok === true && answer.value.value.blocks.map(block => toHex(blockHash(table.network.networkId, block.header)))).toEqual([final])
  })

  it('P089, P090, P092: votes that come before the block they name are kept, one of each validator, and count when it is there; the last one that is needed changes its status at once', () => {
    const network = createNetwork(4, PARAMETERS)
    const block = makeBlock(network, network.tree.final)
    const core = new NodeTable({ verify: check => verifier.verify(check), founders: 4, parameters: PARAMETERS }).cores[3]!
    const hear = (kind: 'vote' | 'announce', value: unknown) =>
      core.handle({ type: 'gossip', from: 'x', message: { kind, value } as never }, TEST_TIME + INTERVAL_MS).filter(({ type }) => type === 'event')
    const vote = (signer: number) => signVote(network.networkId, { kind: VOTE_NOTARISE, height: 1, hash: block.hashBytes }, signerAt(signer))
    for (const signer of [0, 1, 1, 1, 0]) expect(hear('vote', vote(signer))).toEqual([])
    const announce = { header: block.header, signature: block.signature, parentCertificate: [], body: [block.transactions!] }
    expect(hear('announce', announce)).not.toContainEqual(expect.objectContaining({ event: expect.objectContaining({ kind: 'notarised' }) as object }))
    expect(core.rounds.weights(core.tree.get(block.hash)!).notarised).toBe(2)
    expect(hear('vote', vote(2))).toContainEqual(expect.objectContaining({ event: expect.objectContaining({ kind: 'notarised', height: 1 }) as object }))
  })
})

describe('what a vote says', () => {
  const network = createNetwork(4, PARAMETERS)
  const [alice] = network.signers
  const context = { networkId: network.networkId, finalHeight: () => 0, isMember: () => true, isAgent: () => true }
  const hash = new Uint8Array(32).fill(7)

  it('M040: a vote can only approve; to think badly of a block there is the opinion, which has a verdict of two values', () => {
    const open = (kind: number) => {
      const bytes = encodeMessage('vote', signVote(network.networkId, { kind, height: 1, hash }, alice!))
      return new Ingress(context).openGossip('x', 'vote', bytes, messageId(bytes), 0)
    }
    for (const kind of [VOTE_NOTARISE, VOTE_FINALISE]) expect(open(kind)).toMatchObject({ message: { kind: 'vote' } })
    for (const kind of [0, 3, 255]) expect(open(kind)).toMatchObject({ verdict: 'reject', code: 'bad-vote-kind' })
    expect(new Set([VERDICT_APPROVE, VERDICT_REJECT]).size).toBe(2)
  })

  it('M041: when it came in is told, by the clock of who heard it, and decides nothing: with nonsense for times the same blocks become final', () => {
    const finalsOf = (spoil: boolean) => {
      const table = tableOf(4)
      if (spoil) {
        for (const core of table.cores) {
          const note = core.voteTimes.note.bind(core.voteTimes)
          core.voteTimes.note = (vote, now) => note(vote, now % 7 === 0 ? Number.NaN : -now * 1e6)
        }
      }
      table.run(5 * INTERVAL_MS)
      return table
    }
    const table = finalsOf(false)
    expect(finalsOf(true).finals(0)).toEqual(table.finals(0))
    const [core] = table.cores
    const votes = said(table, 'vote').filter(({ value }) => value.height === 2 && value.kind === VOTE_NOTARISE && toHex(value.hash) === table.finals(0)[1])
    expect(votes).toHaveLength(4)
    for (const { at, value } of votes) {
      const heardAt = core!.voteTimes.at(VOTE_NOTARISE, value.hash, value.voter)!
      expect(heardAt).toBeGreaterThanOrEqual(at)
      core!.voteTimes.note(value, heardAt + 5000)
      expect(core!.voteTimes.at(VOTE_NOTARISE, value.hash, value.voter)).toBe(heardAt)
    }
    expect(core!.voteTimes.at(VOTE_FINALISE, hash, alice!.publicKey)).toBeNull()
  })
})
