/** A peer that means harm: each case is an attack on ranked rounds, ingress or catching up, seen from the node that is attacked. */
import { describe, expect, it } from 'vitest'
import { toHex, u32le } from '../core/bytes'
import type { BlockEntry } from '../core/chain/blockTree'
import { rootEntry } from '../core/chain/blockTree'
import { encode } from '../core/codec'
import { VerificationCache } from '../core/crypto/verificationCache'
import { createSyncVerifier } from '../core/crypto/verifier'
import { HEIGHT_WINDOW, MAX_PROPOSALS_PER_HEIGHT, MAX_ROUND_ANNOUNCES, MAX_PARENTS_PER_PROPOSER } from '../core/limits'
import { ok } from '../core/result'
import { ReanchorPayload, ROLE_FULL, VOTE_FINALISE, VOTE_NOTARISE } from '../core/schema'
import type { Announce, Certificate, Transaction } from '../core/schema'
import { blockHash, messageId, proposalBytes, transactionBytes } from '../core/signing'
import { TX_REANCHOR } from '../core/state/transactions'
import { certificateFor, compose, createNetwork, makeBlock, signerAt, TEST_TIME } from '../core/testing/network'
import type { TestNetwork } from '../core/testing/network'
import { taggedHash } from '../core/crypto/hash'
import { encodeMessage, PROTOCOL_MAJOR } from '../core/wire'
import type { MessageOf } from '../core/wire'
import { createNodeFast } from '../platform/crypto/nodeFast'
import { Ingress, isRefusal } from './ingress'
import type { Effect, GossipName, Input, ReplyName, Verified } from './messages'
import { NodeCore } from './nodeCore'
import { NodeTable } from './testing/table'

const verifier = createSyncVerifier({ cache: new VerificationCache(), fast: createNodeFast() })
const PARAMETERS = { minCommittee: 1, heartbeatTtl: 100_000 }
/** The attacker, and a peer that is what it says. */
const LIAR = '666'
const FRIEND = '7'
/** A question and its answer. */
const ROUND_TRIP_MS = 5
/** Where a run ends at the latest: a node that asks so much asks for ever. */
const MANY_QUESTIONS = 500

/** A key of small order: under ZIP215 one signature of it fits every message. */
const NOBODY = new Uint8Array(32)
const FITS_ALL = new Uint8Array(64)
FITS_ALL[0] = 1

/** One node, alone with whoever feeds it. Promises are kept at once. */
class Victim {
  readonly core: NodeCore
  now = TEST_TIME
  readonly effects: Effect[] = []
  questions = 0
  #wakeAt = TEST_TIME

  constructor(
    readonly network: TestNetwork,
    self: number,
    peers: readonly string[] = [LIAR, FRIEND]
  ) {
    const opened = NodeCore.open({ genesis: network.genesis, signer: signerAt(self), name: null }, null, TEST_TIME)
    if (!opened.ok) throw new Error(opened.detail)
    this.core = opened.value
    this.give({ type: 'links', peers })
  }

  give(input: Input): Effect[] {
    const effects = this.core.handle(input, this.now)
    this.effects.push(...effects)
    for (const effect of effects) {
      if (effect.type === 'wake') this.#wakeAt = effect.at
      if (effect.type === 'store') this.give({ type: 'stored', row: effect.row, outcome: { ok: true } })
    }
    return effects
  }

  hear<N extends GossipName>(kind: N, value: MessageOf<N>['value'], from = LIAR): Effect[] {
    return this.give({ type: 'gossip', from, message: { kind, value } as unknown as Verified<MessageOf<GossipName>> })
  }

  /** Answers a request of this node that is under way. */
  answer<N extends ReplyName>(id: number, from: string, kind: N, value: MessageOf<N>['value']): Effect[] {
    return this.give({ type: 'reply', id, from, result: ok({ kind, value } as unknown as Verified<MessageOf<ReplyName>>) })
  }

  /** Lets its own clock run; `reply` answers what it asks, at once. */
  run(ms: number, reply: (request: Extract<Effect, { type: 'request' }>) => void = () => undefined): void {
    const until = this.now + ms
    let told = this.effects.length
    for (;;) {
      for (; told < this.effects.length; told++) {
        const effect = this.effects[told]!
        if (effect.type !== 'request') continue
        if (++this.questions > MANY_QUESTIONS) return
        this.now += ROUND_TRIP_MS
        reply(effect)
      }
      if (this.#wakeAt > until) break
      this.now = Math.max(this.now + 1, this.#wakeAt)
      this.give({ type: 'tick' })
    }
    this.now = Math.max(this.now, until)
  }

  asked(name: string): Extract<Effect, { type: 'request' }>[] {
    return this.effects.filter(effect => effect.type === 'request').filter(effect => effect.name === name)
  }
}

const announceOf = (block: BlockEntry, parentCertificate: Certificate[] = []): Announce => ({
  header: block.header,
  signature: block.signature,
  parentCertificate,
  body: [block.transactions!]
})

/** A chain of valid blocks from genesis on, each by the first in rank. */
function chainOf(network: TestNetwork, length: number): BlockEntry[] {
  const blocks: BlockEntry[] = []
  for (let i = 0; i < length; i++) blocks.push(makeBlock(network, blocks.at(-1) ?? network.tree.final))
  return blocks
}

/** The same place, another signer's name on it: well signed, and without any right to be there. */
function usurped(network: TestNetwork, block: BlockEntry, number: number): BlockEntry {
  const signer = signerAt(number)
  const header = { ...block.header, proposer: signer.publicKey }
  const hash = blockHash(network.networkId, header)
  return rootEntry(hash, header, block.state!, signer.sign(proposalBytes(network.networkId, hash)), block.transactions!)
}

describe('anchors', () => {
  function anchorBy(network: TestNetwork, block: BlockEntry, sender: Uint8Array): Transaction {
    const payload = encode(ReanchorPayload, { height: block.height, hash: block.hashBytes, validators: [{ publicKey: signerAt(66).publicKey, weight: 1 }] })
    return { kind: TX_REANCHOR, sender, nonce: 0, fee: 0n, payload, signature: FITS_ALL }
  }

  it('R9: where no authority is named, a key that has signatures for everything is not one', () => {
    const network = createNetwork(4, PARAMETERS)
    const [block] = chainOf(network, 1) as [BlockEntry]
    const anchor = anchorBy(network, block, NOBODY)
    // The premise: its signature holds, so that nothing before the rule stops it.
    expect(verifier.verify({ publicKey: NOBODY, message: transactionBytes(network.networkId, anchor), signature: FITS_ALL })).toBe(true)
    const victim = new Victim(network, 1)
    victim.hear('announce', announceOf(block))
    victim.hear('transaction', anchor)
    expect(victim.core.tree.final.height, 'nothing became final by it').toBe(0)
    expect(victim.core.rounds.setAt(2)!.weights.size, 'the set is what it was').toBe(4)
  })
})

describe('catching up', () => {
  const network = createNetwork(4, PARAMETERS)
  const chain = chainOf(network, 8)
  const voters = network.signers.slice(0, 3)
  const strangers = [50, 51, 52].map(signerAt)
  const block = ({ header, signature, transactions }: BlockEntry) => ({ header, signature, transactions: transactions! })
  const range = (from: number, to: number, signers = voters) => ({
    blocks: chain.slice(from - 1, to).map(block),
    certificate: [certificateFor(network, signers, chain[to - 1]!, VOTE_FINALISE)]
  })
  const hello = (publicKey: Uint8Array, finalHeight: number) => ({
    protocolMajor: PROTOCOL_MAJOR,
    role: ROLE_FULL,
    networkId: network.networkId,
    publicKey,
    height: finalHeight,
    finalHeight,
    finalHash: new Uint8Array(32)
  })

  it('M047: a body is asked for where the block was announced, and of the others in turn when that one does not have it', () => {
    const crowd = [...Array.from({ length: 8 }, (_, i) => `peer ${i}`), FRIEND, LIAR]
    for (const maker of [LIAR, FRIEND]) {
      const victim = new Victim(network, 3, crowd)
      victim.hear('announce', { ...announceOf(chain[0]!), body: [] }, maker)
      expect(victim.asked('bodiesRequest').map(({ to }) => to)).toEqual([maker])
      for (let answered = 0; victim.asked('bodiesRequest').length > answered && answered < MANY_QUESTIONS; answered++) {
        const { id, to } = victim.asked('bodiesRequest')[answered]!
        victim.answer(id, to, 'bodiesReply', { blocks: to === 'peer 5' ? [block(chain[0]!)] : [] })
      }
      const asked = victim.asked('bodiesRequest').map(({ to }) => to)
      expect(new Set(asked).size, 'each once').toBe(asked.length)
      expect(asked.at(-1)).toBe('peer 5')
      expect(victim.core.tree.get(chain[0]!.hash)?.transactions).not.toBeNull()
    }
  })

  /** A node at genesis whose peers claim heights; the liar's answers to range requests are as told, the friend's are good. */
  function catchUp(lie: (victim: Victim, request: Extract<Effect, { type: 'request' }>) => void): Victim {
    const victim = new Victim(network, 3)
    victim.run(20_000, request => {
      const { id, to, name } = request
      if (name === 'helloRequest') {
        victim.answer(id, to, 'helloReply', hello(signerAt(to === LIAR ? 66 : 0).publicKey, to === LIAR ? 1_000_000 : 8))
      } else if (name === 'roundsRequest') victim.answer(id, to, 'roundsReply', { announces: [], votes: [], certificates: [] })
      else if (name === 'bodiesRequest') victim.answer(id, to, 'bodiesReply', { blocks: [] })
      // Nobody has a snapshot to show: eight blocks are too few, and the liar has nothing.
      else if (name === 'stateHeaderRequest') victim.answer(id, to, 'stateHeaderReply', { headers: [] })
      else if (name === 'manifestRequest') victim.answer(id, to, 'manifestReply', { headers: [], blocks: [], manifest: new Uint8Array(0) })
      else if (name === 'rangeRequest') {
        if (to === LIAR) lie(victim, request)
        else victim.answer(id, to, 'rangeReply', range(victim.core.tree.final.height + 1, 8))
      }
    })
    return victim
  }

  it.each([
    ['a certificate by strangers', (victim: Victim, id: number) => victim.answer(id, LIAR, 'rangeReply', range(1, 4, strangers))],
    ['nothing', (victim: Victim, id: number) => victim.answer(id, LIAR, 'rangeReply', { blocks: [], certificate: [] })],
    ['no answer at all', (victim: Victim, id: number) => victim.give({ type: 'reply', id, from: LIAR, result: { ok: false, code: 'timeout', detail: '' } })]
  ])('L3: a peer that claims a height it does not have and shows %s does not keep the node from the others', (_, answer) => {
    const victim = catchUp((node, { id }) => void answer(node, id))
    expect(victim.core.tree.final.height).toBe(8)
    expect(victim.asked('rangeRequest').filter(({ to }) => to === LIAR).length).toBeLessThan(12)
  })

  it('L3: nor does one that shows final blocks which the node has had for long', () => {
    let shown = 0
    const victim = catchUp((node, { id }) => {
      // One good range first, as bait; then the same again and again.
      shown++
      node.answer(id, LIAR, 'rangeReply', range(1, 2))
    })
    expect(victim.core.tree.final.height).toBe(8)
    expect(shown).toBeLessThan(12)
  })

  it('a heartbeat does not wait for a height that one peer of three merely claims', () => {
    const victim = new Victim(createNetwork(4, { ...PARAMETERS, heartbeatTtl: 6 }), 3)
    expect(victim.core.peers.behind(0)).toBe(0)
    victim.give({ type: 'links', peers: [LIAR, '1', '2'] })
    for (const [i, peer] of [LIAR, '1', '2'].entries()) victim.core.peers.noteHello(peer, hello(signerAt(i).publicKey, peer === LIAR ? 1_000_000 : 3), 3)
    expect(victim.core.peers.behind(3)).toBe(0)
  })
})

describe('floods', () => {
  it('S10, L1: proposals in an answer that nobody has a turn for leave room for the one that has', () => {
    const network = createNetwork(4, PARAMETERS)
    const [first] = chainOf(network, 1) as [BlockEntry]
    const victim = new Victim(network, 3)
    victim.now = TEST_TIME + 2000
    const junk = Array.from({ length: MAX_PROPOSALS_PER_HEIGHT }, (_, i) => announceOf(usurped(network, first, 1000 + i)))
    victim.run(20_000, ({ id, to, name }) => {
      if (name === 'roundsRequest') victim.answer(id, to, 'roundsReply', { announces: junk.splice(0, MAX_ROUND_ANNOUNCES), votes: [], certificates: [] })
    })
    expect(junk, 'the flood has arrived').toEqual([])
    victim.hear('announce', announceOf(first), FRIEND)
    expect(victim.core.tree.get(first.hash)?.state, 'the honest block is here and was executed').toBeTruthy()
  })

  it('S10: a block whose parent nobody has costs a few questions and not one per round trip', () => {
    const network = createNetwork(4, PARAMETERS)
    const [first] = chainOf(network, 1) as [BlockEntry]
    const victim = new Victim(network, 3)
    const header = { ...first.header, height: 2, parent: new Uint8Array(32).fill(0xee) }
    const hash = blockHash(network.networkId, header)
    const signer = signerAt(0)
    victim.hear('announce', { header, signature: signer.sign(proposalBytes(network.networkId, hash)), parentCertificate: [], body: [[]] })
    victim.run(12_000, ({ id, to, name }) => {
      if (name === 'bodiesRequest') victim.answer(id, to, 'bodiesReply', { blocks: [] })
    })
    expect(victim.asked('bodiesRequest').length).toBeGreaterThan(0)
    expect(victim.asked('bodiesRequest').length).toBeLessThan(30)
  })

  it('S10: a flood of blocks whose parents nobody has costs no more questions than a few of them', () => {
    const network = createNetwork(4, PARAMETERS)
    const [first] = chainOf(network, 1) as [BlockEntry]
    const victim = new Victim(network, 3)
    const signer = signerAt(0)
    const orphan = (number: number) => {
      const header = { ...first.header, height: 2, parent: taggedHash('nobody', u32le(number)), proposer: signer.publicKey }
      const signature = signer.sign(proposalBytes(network.networkId, blockHash(network.networkId, header)))
      return { header, signature, parentCertificate: [], body: [[]] }
    }
    for (let number = 0; number < 400; number += 4) {
      for (let i = 0; i < 4; i++) victim.hear('announce', orphan(number + i))
      victim.run(50, ({ id, to, name }) => {
        if (name === 'bodiesRequest') victim.answer(id, to, 'bodiesReply', { blocks: [] })
      })
    }
    expect(victim.core.orphanCount).toBeLessThanOrEqual(MAX_PARENTS_PER_PROPOSER)
    expect(victim.asked('bodiesRequest').length).toBeGreaterThan(0)
    expect(victim.asked('bodiesRequest').length).toBeLessThan(40)
    // Somebody else's block still waits for its parent.
    const other = { ...first.header, height: 2, parent: taggedHash('nobody', u32le(1000)), proposer: signerAt(1).publicKey }
    const signature = signerAt(1).sign(proposalBytes(network.networkId, blockHash(network.networkId, other)))
    const before = victim.core.orphanCount
    victim.hear('announce', { header: other, signature, parentCertificate: [], body: [[]] })
    expect(victim.core.orphanCount).toBe(before + 1)
  })

  it('R10: a tentative chain made in advance counts for nothing before its time', () => {
    const network = createNetwork(4, PARAMETERS)
    const chain = chainOf(network, 60)
    const victim = new Victim(network, 3)
    victim.run(20_000)
    expect(victim.core.stalled).toBe(true)
    const before = victim.core.head().height
    for (const block of chain) victim.hear('announce', announceOf(block))
    victim.run(2000)
    const head = victim.core.head()
    expect(head.height).toBeGreaterThanOrEqual(before)
    expect(head.header.timestamp).toBeLessThanOrEqual(victim.now + head.state!.config.slotMs)
    expect(chain.at(-1)!.header.timestamp, 'the premise').toBeGreaterThan(victim.now + HEIGHT_WINDOW)
  })
})

describe('ingress', () => {
  const network = createNetwork(4, PARAMETERS)
  const known = new Set(network.signers.map(({ publicKey }) => toHex(publicKey)))
  const context = {
    networkId: network.networkId,
    finalHeight: () => 0,
    isMember: (key: Uint8Array, height: number) => (height > 16 ? null : known.has(toHex(key))),
    isAgent: (key: Uint8Array) => known.has(toHex(key))
  }
  const strangers = Array.from({ length: 100 }, (_, i) => signerAt(2000 + i))
  const [first] = chainOf(network, 1) as [BlockEntry]
  const [a, b, c] = network.signers
  const open = (topic: 'announce' | 'vote' | 'tx', bytes: Uint8Array) => new Ingress(context).openGossip(LIAR, topic, bytes, messageId(bytes), 0)

  it('S3, S10: a certificate with a hundred signers from outside costs no signature, in gossip, behind a proposal or in an answer', () => {
    const giant = certificateFor(network, strangers, first, VOTE_NOTARISE)
    expect(open('announce', encodeMessage('certificate', giant))).toMatchObject({ code: 'not-a-member' })
    const second = makeBlock(network, first)
    expect(open('announce', encodeMessage('announce', announceOf(second, [giant])))).toMatchObject({ code: 'not-a-member' })
    const reply = encodeMessage('roundsReply', { announces: [announceOf(second, [giant])], votes: [], certificates: [giant] })
    const opened = new Ingress(context).openReply('roundsRequest', reply)
    if (isRefusal(opened)) throw new Error(opened.code)
    expect(opened.checks, 'the proposal itself').toHaveLength(1)
    expect(opened.message.value).toMatchObject({ certificates: [], announces: [{ parentCertificate: [] }] })
  })

  it('a height whose set is not known here: what rests on it is left out of an answer before any signature is looked at', () => {
    const far = { height: 40, hashBytes: first.hashBytes }
    const giant = certificateFor(network, strangers, far, VOTE_NOTARISE)
    const reply = encodeMessage('roundsReply', { announces: [], votes: [], certificates: [giant, certificateFor(network, [a!, b!, c!], first)] })
    const opened = new Ingress(context).openReply('roundsRequest', reply)
    if (isRefusal(opened)) throw new Error(opened.code)
    expect(opened.checks).toHaveLength(3)
  })

  it('replays from another network: every kind of message is refused by its signature', () => {
    const other = createNetwork(4, { ...PARAMETERS, name: new Uint8Array(32).fill(9) })
    const [theirs] = chainOf(other, 1) as [BlockEntry]
    const said: ['announce' | 'vote' | 'tx', Uint8Array][] = [
      ['announce', encodeMessage('announce', announceOf(theirs))],
      ['announce', encodeMessage('certificate', certificateFor(other, [a!, b!, c!], theirs))],
      [
        'vote',
        encodeMessage('vote', {
          kind: VOTE_FINALISE,
          height: 1,
          hash: theirs.hashBytes,
          voter: a!.publicKey,
          signature: certificateFor(other, [a!], theirs, VOTE_FINALISE).signatures[0]!.signature
        })
      ],
      ['tx', encodeMessage('transaction', compose.transfer(other.networkId, a!, 0, b!.publicKey, 5n))]
    ]
    for (const [topic, bytes] of said) {
      const door = new Ingress(context)
      const opened = door.openGossip(LIAR, topic, bytes, messageId(bytes), 0)
      if (isRefusal(opened)) throw new Error(opened.code)
      expect(opened.checks.length).toBeGreaterThan(0)
      const admitted = door.admit(
        opened,
        opened.checks.map(check => verifier.verify(check))
      )
      expect(admitted).toMatchObject({ verdict: 'reject', code: 'bad-signature' })
    }
  })

  it('S1: what a node has said in one room does not move another with the same people', () => {
    const table = new NodeTable({ verify: check => verifier.verify(check), founders: 4, parameters: PARAMETERS })
    table.run(9000)
    const victim = new Victim(createNetwork(4, { ...PARAMETERS, name: new Uint8Array(32).fill(9) }), 3, [])
    const door = new Ingress({
      networkId: victim.core.networkId,
      finalHeight: () => victim.core.tree.final.height,
      isMember: (key, height) => victim.core.rounds.setAt(height)?.weights.has(toHex(key)) ?? null,
      isAgent: key => victim.core.agent(key) !== null
    })
    let refused = 0
    for (const { bytes } of table.published) {
      for (const topic of ['announce', 'vote', 'tx', 'presence'] as const) {
        const opened = door.openGossip(LIAR, topic, bytes, messageId(bytes) + topic, table.now)
        const admitted = isRefusal(opened)
          ? opened
          : door.admit(
              opened,
              opened.checks.map(check => verifier.verify(check))
            )
        expect(isRefusal(admitted)).toBe(true)
        refused++
      }
    }
    expect(refused).toBeGreaterThan(100)
  })
})
