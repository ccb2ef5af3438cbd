import fc from 'fast-check'
import { beforeEach, describe, expect, it } from 'vitest'
import { concat, toHex } from '../core/bytes'
import { encode } from '../core/codec'
import { VerificationCache } from '../core/crypto/verificationCache'
import { createSyncVerifier } from '../core/crypto/verifier'
import { HEIGHT_WINDOW, LATE_OPINION_HEIGHTS } from '../core/limits'
import { POINTS_OFFSET, VERDICT_APPROVE, VERDICT_REJECT, Vote, VOTE_FINALISE } from '../core/schema'
import type { Opinion, Presence } from '../core/schema'
import { blockHash, messageId, presenceBytes, signOpinion, signTransaction, signVote } from '../core/signing'
import { certificateFor, compose, createNetwork, makeBlock, signerAt, voteFor } from '../core/testing/network'
import { sampleOf } from '../core/testing/sample'
import { encodeMessage, MESSAGES } from '../core/wire'
import type { MessageName } from '../core/wire'
import { createNodeFast } from '../platform/crypto/nodeFast'
import { Ingress, isRefusal, MAX_GOSSIP_BYTES, MESSAGE_COST_BYTES, PEER_BURST_BYTES, PEER_BYTES_PER_SECOND, readGossip, Reading } from './ingress'
import type { Opened, Refusal } from './ingress'
import { REQUEST_NAMES, TOPIC_KINDS } from './messages'
import type { GossipName } from './messages'
import { TOPICS } from './ports'
import type { Topic } from './ports'

const FINAL = 10
const network = createNetwork(4)
const [alice, bob, carol, dave] = network.signers as [
  (typeof network.signers)[0],
  (typeof network.signers)[0],
  (typeof network.signers)[0],
  (typeof network.signers)[0]
]
const stranger = signerAt(99)
const known = new Set(network.signers.map(({ publicKey }) => toHex(publicKey)))
const verifier = createSyncVerifier({ cache: new VerificationCache(), fast: createNodeFast() })

const context = {
  networkId: network.networkId,
  finalHeight: () => FINAL,
  isMember: (key: Uint8Array, height: number) => (height > FINAL + 100 ? null : known.has(toHex(key))),
  isAgent: (key: Uint8Array) => known.has(toHex(key))
}

/** The template of a proposal at any height: what ingress checks does not depend on the state. */
const template = makeBlock(network, network.tree.final, { transactions: [compose.transfer(network.networkId, alice, 0, bob.publicKey, 5n)] })

function announceAt(height: number, signer = alice) {
  const header = { ...template.header, height, proposer: signer.publicKey }
  const hash = blockHash(network.networkId, header)
  const parent = { height: height - 1, hashBytes: header.parent }
  const proposal = concat(new TextEncoder().encode('quorumble/proposal/1'), network.networkId, hash)
  return { header, signature: signer.sign(proposal), parentCertificate: [certificateFor(network, [alice, bob, carol], parent)], body: [template.transactions!] }
}

function presenceOf(signer = alice): Presence {
  const presence = { sender: signer.publicKey, time: 1, height: 11, finalHeight: 10, finalHash: new Uint8Array(32), signature: new Uint8Array(64) }
  return { ...presence, signature: signer.sign(presenceBytes(network.networkId, presence)) }
}

/** @param change what an honest author would not say */
function opinionOf(signer = alice, height = FINAL + 1, change: Partial<Opinion> = {}): Opinion {
  const thought = { height, hash: new Uint8Array(32).fill(height), verdict: VERDICT_APPROVE, score: POINTS_OFFSET + 12, reasons: [], ...change }
  return signOpinion(network.networkId, thought, signer)
}

const at = (height: number) => ({ height, hashBytes: new Uint8Array(32).fill(height) })
const VALID: Record<GossipName, { topic: Topic; bytes: Uint8Array }> = {
  vote: { topic: 'vote', bytes: encodeMessage('vote', voteFor(network, alice, at(FINAL + 1))) },
  announce: { topic: 'announce', bytes: encodeMessage('announce', announceAt(FINAL + 1)) },
  certificate: { topic: 'announce', bytes: encodeMessage('certificate', certificateFor(network, [alice, bob, dave], at(FINAL + 1))) },
  transaction: { topic: 'tx', bytes: encodeMessage('transaction', template.transactions![0]!) },
  presence: { topic: 'presence', bytes: encodeMessage('presence', presenceOf()) },
  opinion: { topic: 'presence', bytes: encodeMessage('opinion', opinionOf()) }
}
const NAMES = Object.keys(VALID) as GossipName[]

let ingress: Ingress
beforeEach(() => void (ingress = new Ingress(context)))

/** Open and admit, as a driver does. */
function gossip(
  topic: Topic,
  bytes: Uint8Array,
  { from = 'peer', now = 0, door = ingress }: { from?: string; now?: number; door?: Ingress } = {}
): Opened<GossipName>['message'] | Refusal {
  const opened = door.openGossip(from, topic, bytes, messageId(bytes), now)
  if (isRefusal(opened)) return opened
  return door.admit(
    opened,
    opened.checks.map(check => verifier.verify(check))
  )
}

const refused = (verdict: 'ignore' | 'reject', code: string) => ({ ok: false, verdict, code })

describe('admission of gossip (PROTOCOL §5)', () => {
  it.each(NAMES)('a valid %s is admitted', name => {
    const { topic, bytes } = VALID[name]
    const admitted = gossip(topic, bytes)
    expect(isRefusal(admitted) ? admitted.code : admitted.kind).toBe(name)
  })

  it('oversized: refused by its length alone', () => {
    expect(gossip('announce', new Uint8Array(MAX_GOSSIP_BYTES + 1))).toMatchObject(refused('reject', 'too-large'))
    const vote = new Uint8Array(MESSAGES.vote.maxBytes + 2)
    vote[0] = MESSAGES.vote.id
    expect(gossip('vote', vote)).toMatchObject(refused('reject', 'too-large'))
  })

  it('duplicate: ignored, from whomever it comes, and also when its first copy was refused', () => {
    gossip('vote', VALID.vote.bytes)
    expect(gossip('vote', VALID.vote.bytes)).toMatchObject(refused('ignore', 'duplicate'))
    expect(gossip('vote', VALID.vote.bytes, { from: 'another' })).toMatchObject(refused('ignore', 'duplicate'))
    expect(gossip('vote', Uint8Array.of(2))).toMatchObject(refused('reject', 'malformed'))
    expect(gossip('vote', Uint8Array.of(2))).toMatchObject(refused('ignore', 'duplicate'))
  })

  it('malformed, unknown and empty', () => {
    expect(gossip('vote', Uint8Array.of(2, 1, 2, 3))).toMatchObject(refused('reject', 'malformed'))
    expect(gossip('vote', Uint8Array.of(250))).toMatchObject(refused('reject', 'unknown-kind'))
    expect(gossip('vote', new Uint8Array(0))).toMatchObject(refused('reject', 'empty'))
  })

  it('a time that would have to be rounded is refused: two byte strings would be one value (F-05)', () => {
    const { bytes } = VALID.presence
    const copy = bytes.slice()
    new DataView(copy.buffer).setBigUint64(1 + 32, 2n ** 53n + 1n, true)
    expect(gossip('presence', copy)).toMatchObject(refused('reject', 'malformed'))
  })

  it('a message under another topic is refused, for every pair', () => {
    for (const name of NAMES) {
      for (const topic of TOPICS) {
        const door = new Ingress(context)
        const result = gossip(topic, VALID[name].bytes, { door })
        if (TOPIC_KINDS[topic].includes(name)) expect(isRefusal(result), `${name} on ${topic}`).toBe(false)
        else expect(result).toMatchObject(refused('reject', 'unexpected-kind'))
      }
    }
  })

  it('a request or a reply is no gossip', () => {
    for (const name of ['helloRequest', 'helloReply'] as const) {
      const bytes = encodeMessage(name, {
        protocolMajor: 1,
        role: 1,
        networkId: network.networkId,
        publicKey: alice.publicKey,
        height: 1,
        finalHeight: 1,
        finalHash: new Uint8Array(32)
      })
      for (const topic of TOPICS) expect(gossip(topic, bytes, { door: new Ingress(context) })).toMatchObject(refused('reject', 'unexpected-kind'))
    }
  })

  it('below and above the window of heights (M051), its two edges included', () => {
    const vote = (height: number) => encodeMessage('vote', voteFor(network, alice, at(height)))
    const certificate = (height: number) => encodeMessage('certificate', certificateFor(network, [alice, bob, carol], at(height)))
    const announce = (height: number) => encodeMessage('announce', announceAt(height))
    for (const [topic, make] of [
      ['vote', vote],
      ['announce', certificate],
      ['announce', announce]
    ] as const) {
      expect(gossip(topic, make(FINAL))).toMatchObject(refused('ignore', 'below-final'))
      expect(gossip(topic, make(FINAL + HEIGHT_WINDOW + 1))).toMatchObject(refused('ignore', 'above-window'))
      const edge = gossip(topic, make(FINAL + HEIGHT_WINDOW))
      expect(isRefusal(edge) ? edge.code : 'admitted').not.toBe('above-window')
      expect(isRefusal(gossip(topic, make(FINAL + 2)))).toBe(false)
    }
  })

  it('strangers: a voter outside the set (M039), an unregistered proposer or sender; a set that is not known here', () => {
    expect(gossip('vote', encodeMessage('vote', voteFor(network, stranger, at(FINAL + 1))))).toMatchObject(refused('ignore', 'not-a-member'))
    expect(gossip('vote', encodeMessage('vote', voteFor(network, alice, at(FINAL + 101))))).toMatchObject(refused('ignore', 'unknown-set'))
    expect(gossip('announce', encodeMessage('announce', announceAt(FINAL + 1, stranger)))).toMatchObject(refused('ignore', 'unknown-proposer'))
    expect(gossip('presence', encodeMessage('presence', presenceOf(stranger)))).toMatchObject(refused('ignore', 'unknown-sender'))
  })

  it('unsigned (M042, F-12), signed by another, or signed for another network', () => {
    const vote = voteFor(network, alice, at(FINAL + 1))
    expect(gossip('vote', encodeMessage('vote', { ...vote, signature: new Uint8Array(64) }))).toMatchObject(refused('reject', 'bad-signature'))
    expect(gossip('vote', encodeMessage('vote', { ...vote, voter: bob.publicKey }))).toMatchObject(refused('reject', 'bad-signature'))
    const elsewhere = signVote(new Uint8Array(32).fill(1), vote, alice)
    expect(gossip('vote', encodeMessage('vote', elsewhere))).toMatchObject(refused('reject', 'bad-signature'))
    const unsigned = template.transactions![0]!
    const foreign = signTransaction(new Uint8Array(32).fill(1), unsigned, alice)
    expect(gossip('tx', encodeMessage('transaction', foreign))).toMatchObject(refused('reject', 'bad-signature'))
  })

  it('one bad signature spoils a certificate, an announcement and a body', () => {
    const certificate = certificateFor(network, [alice, bob, carol], at(FINAL + 1), VOTE_FINALISE)
    certificate.signatures[1] = { ...certificate.signatures[1]!, signature: new Uint8Array(64) }
    expect(gossip('announce', encodeMessage('certificate', certificate))).toMatchObject(refused('reject', 'bad-signature'))
    const announce = announceAt(FINAL + 1)
    const forged = { ...template.transactions![0]!, signature: new Uint8Array(64) }
    expect(gossip('announce', encodeMessage('announce', { ...announce, body: [[forged]] }))).toMatchObject(refused('reject', 'bad-signature'))
    expect(gossip('announce', encodeMessage('announce', { ...announce, parentCertificate: [certificate] }))).toMatchObject(refused('reject', 'bad-signature'))
  })

  it('a vote or certificate of no known kind, and signers who do not ascend (S3)', () => {
    expect(gossip('vote', encodeMessage('vote', voteFor(network, alice, at(FINAL + 1), 3)))).toMatchObject(refused('reject', 'bad-vote-kind'))
    expect(gossip('announce', encodeMessage('certificate', certificateFor(network, [alice], at(FINAL + 1), 0)))).toMatchObject(
      refused('reject', 'bad-vote-kind')
    )
    const certificate = certificateFor(network, [alice, bob, carol], at(FINAL + 1))
    const doubled = { ...certificate, signatures: [certificate.signatures[0]!, ...certificate.signatures] }
    const turned = { ...certificate, signatures: [...certificate.signatures].reverse() }
    for (const wrong of [doubled, turned]) expect(gossip('announce', encodeMessage('certificate', wrong))).toMatchObject(refused('reject', 'certificate-order'))
  })

  it('an opinion (R8): of a member, within its window and well signed, or it is not let in; one that contradicts itself is nobody honest’s', () => {
    const send = (opinion: Opinion) => gossip('presence', encodeMessage('opinion', opinion))
    expect(isRefusal(send(opinionOf(alice, FINAL - LATE_OPINION_HEIGHTS + 1))), 'a block may be final before all have spoken').toBe(false)
    expect(send(opinionOf(alice, FINAL - LATE_OPINION_HEIGHTS))).toMatchObject(refused('ignore', 'below-final'))
    expect(send(opinionOf(alice, FINAL + HEIGHT_WINDOW + 1))).toMatchObject(refused('ignore', 'above-window'))
    expect(send(opinionOf(alice, FINAL + 101))).toMatchObject(refused('ignore', 'unknown-set'))
    expect(send(opinionOf(stranger))).toMatchObject(refused('ignore', 'not-a-member'))
    expect(send({ ...opinionOf(), agent: bob.publicKey })).toMatchObject(refused('reject', 'bad-signature'))
    expect(send({ ...opinionOf(), score: POINTS_OFFSET + 13 })).toMatchObject(refused('reject', 'bad-signature'))
    expect(send(opinionOf(alice, FINAL + 1, { verdict: VERDICT_REJECT }))).toMatchObject(refused('reject', 'bad-opinion'))
    const twice = { code: 1, points: POINTS_OFFSET }
    expect(send(opinionOf(alice, FINAL + 1, { reasons: [twice, twice] }))).toMatchObject(refused('reject', 'bad-opinion'))
    const four = encodeMessage('opinion', opinionOf(alice, FINAL + 1, { reasons: [1, 2, 3, 4].map(code => ({ code, points: 0 })) }))
    expect(isRefusal(gossip('presence', four)), 'four reasons').toBe(false)
    expect(gossip('presence', concat(four, Uint8Array.of(5, 0, 0)))).toMatchObject(refused('reject', 'malformed'))
  })

  it('a transaction of no known kind or with a payload that is none', () => {
    const base = template.transactions![0]!
    const send = (change: object) => gossip('tx', encodeMessage('transaction', signTransaction(network.networkId, { ...base, ...change }, alice)))
    expect(send({ kind: 77 })).toMatchObject(refused('reject', 'unknown-transaction'))
    expect(send({ payload: new Uint8Array(3) })).toMatchObject(refused('reject', 'malformed'))
  })
})

describe('token bucket', () => {
  /** Distinct messages of this length until the bucket refuses one. @returns what they cost */
  function spendAll(length: number): number {
    for (let i = 0; i < 100_000; i++) {
      const bytes = new Uint8Array(length)
      new DataView(bytes.buffer).setUint32(0, i)
      const result = gossip('vote', bytes)
      if (isRefusal(result) && result.code === 'rate-limited') return i * (length + MESSAGE_COST_BYTES)
    }
    throw new Error('the bucket has no bottom')
  }

  it('who has spent the burst is ignored until time refills it; others are not held up', () => {
    const spent = spendAll(MAX_GOSSIP_BYTES)
    expect(spent).toBeLessThanOrEqual(PEER_BURST_BYTES)
    expect(spent + MAX_GOSSIP_BYTES + MESSAGE_COST_BYTES).toBeGreaterThan(PEER_BURST_BYTES)
    const request = encodeMessage('roundsRequest', { from: 1 })
    const hungry = ingress.openRequest('peer', new Uint8Array(MAX_GOSSIP_BYTES), 0)
    expect(hungry).toMatchObject(refused('ignore', 'rate-limited'))
    expect(isRefusal(gossip('presence', VALID.presence.bytes, { from: 'another' }))).toBe(false)
    const needMs = Math.ceil(((MAX_GOSSIP_BYTES + MESSAGE_COST_BYTES) * 1000) / PEER_BYTES_PER_SECOND)
    expect(isRefusal(gossip('vote', VALID.vote.bytes, { now: needMs }))).toBe(false)
    expect(isRefusal(ingress.openRequest('peer', request, needMs))).toBe(false)
  })

  it('a rate-limited message is not remembered: it is admitted when it comes again in time', () => {
    // First large ones, then the smallest that cost anything, until nothing more is affordable.
    for (const length of [MAX_GOSSIP_BYTES, 4]) spendAll(length)
    expect(gossip('vote', VALID.vote.bytes)).toMatchObject(refused('ignore', 'rate-limited'))
    expect(isRefusal(gossip('vote', VALID.vote.bytes, { now: 1000 }))).toBe(false)
  })

  it('a clock that goes back neither refills nor throws', () => {
    gossip('vote', VALID.vote.bytes, { now: 1000 })
    expect(isRefusal(gossip('presence', VALID.presence.bytes, { now: -5000 }))).toBe(false)
  })
})

describe('requests and replies', () => {
  const hello = {
    protocolMajor: 1,
    role: 1,
    networkId: network.networkId,
    publicKey: alice.publicKey,
    height: 1,
    finalHeight: 1,
    finalHash: new Uint8Array(32)
  }

  it('gossip and replies are refused as requests, other replies as replies', () => {
    for (const name of NAMES) expect(ingress.openRequest('peer', VALID[name].bytes, 0)).toMatchObject(refused('reject', 'unexpected-kind'))
    const reply = encodeMessage('helloReply', hello)
    expect(ingress.openRequest('peer', reply, 0)).toMatchObject(refused('reject', 'unexpected-kind'))
    for (const request of REQUEST_NAMES) {
      if (request === 'helloRequest') expect(isRefusal(ingress.openReply(request, reply))).toBe(false)
      else expect(ingress.openReply(request, reply)).toMatchObject(refused('reject', 'unexpected-kind'))
    }
  })

  it('a submission and every part of a reply must be signed', () => {
    const forged = { ...template.transactions![0]!, signature: new Uint8Array(64) }
    const header = template.header
    const cases = [
      ingress.openRequest('peer', encodeMessage('submitRequest', { transactions: [template.transactions![0]!, forged] }), 0),
      ingress.openReply('bodiesRequest', encodeMessage('bodiesReply', { blocks: [{ header, signature: new Uint8Array(64), transactions: [] }] })),
      ingress.openReply(
        'rangeRequest',
        encodeMessage('rangeReply', { blocks: [{ header, signature: template.signature, transactions: [forged] }], certificate: [] })
      ),
      ingress.openReply(
        'roundsRequest',
        encodeMessage('roundsReply', { announces: [], votes: [{ ...voteFor(network, alice, at(1)), signature: new Uint8Array(64) }], certificates: [] })
      )
    ]
    for (const opened of cases) {
      expect(isRefusal(opened)).toBe(false)
      if (isRefusal(opened)) continue
      expect(
        ingress.admit(
          opened as Opened<'submitRequest'>,
          opened.checks.map(check => verifier.verify(check))
        )
      ).toMatchObject(refused('reject', 'bad-signature'))
    }
  })

  it('a reply with a vote of no known kind or a disordered certificate is refused', () => {
    const certificate = certificateFor(network, [alice, bob, carol], at(1))
    const turned = { ...certificate, signatures: [...certificate.signatures].reverse() }
    expect(
      ingress.openReply('roundsRequest', encodeMessage('roundsReply', { announces: [], votes: [voteFor(network, alice, at(1), 9)], certificates: [] }))
    ).toMatchObject(refused('reject', 'bad-vote-kind'))
    expect(ingress.openReply('rangeRequest', encodeMessage('rangeReply', { blocks: [], certificate: [turned] }))).toMatchObject(
      refused('reject', 'certificate-order')
    )
  })

  it('missing verdicts count as no', () => {
    const opened = ingress.openGossip('peer', 'vote', VALID.vote.bytes, 'id', 0)
    expect(isRefusal(opened)).toBe(false)
    if (!isRefusal(opened)) expect(ingress.admit(opened, [])).toMatchObject(refused('reject', 'bad-signature'))
  })
})

describe('a reading shared by several nodes', () => {
  it('is decoded and inspected once, and each node decides for itself', () => {
    const { topic, bytes } = VALID.vote
    const reading = readGossip(network.networkId, topic, bytes)
    const doors = [
      new Ingress(context),
      new Ingress({ ...context, finalHeight: () => FINAL + 1 }),
      new Ingress({ ...context, isMember: () => false }),
      new Ingress(context)
    ]
    const opened = doors.map(door => door.openGossip('peer', topic, bytes, 'id', 0, reading))
    expect(opened[0]).toBe(reading.opened)
    expect(opened[3]).toBe(opened[0])
    expect(opened.slice(1, 3)).toMatchObject([refused('ignore', 'below-final'), refused('ignore', 'not-a-member')])
    expect(doors[0]!.openGossip('peer', topic, bytes, 'id', 0, reading)).toMatchObject(refused('ignore', 'duplicate'))
    expect(reading.opened).toEqual(new Ingress(context).openGossip('peer', topic, bytes, 'id', 0))
  })

  it('is not even looked at where size, a duplicate or the bucket refuse, and its signatures only where window and membership let it in', () => {
    const looked: string[] = []
    class Watched extends Reading<GossipName> {
      override get decoded() {
        looked.push('decoded')
        return super.decoded
      }
      override get opened() {
        looked.push('opened')
        return super.opened
      }
    }
    const { bytes } = VALID.vote
    const reading = new Watched(network.networkId, bytes, TOPIC_KINDS.vote)
    ingress.openGossip('peer', 'vote', bytes, 'seen', 0)
    ingress.openGossip('peer', 'vote', new Uint8Array(MAX_GOSSIP_BYTES + 1), 'large', 0, reading)
    ingress.openGossip('peer', 'vote', bytes, 'seen', 0, reading)
    const affordable = (length: number) => (ingress.openRequest('greedy', new Uint8Array(length), 0) as Refusal).code !== 'rate-limited'
    for (const length of [MAX_GOSSIP_BYTES, 4]) while (affordable(length)) continue
    ingress.openGossip('greedy', 'vote', bytes, 'new', 0, reading)
    expect(looked).toEqual([])
    new Ingress({ ...context, isMember: () => null }).openGossip('peer', 'vote', bytes, 'new', 0, reading)
    expect(looked).toEqual(['decoded'])
  })
})

describe('whatever comes, nothing is thrown', () => {
  it('any bytes at any door give a refusal or a message', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 400 }),
        fc.constantFrom(1, 2, 3, 4, 5, 32, 33, 34, 35, 36, 37, 64, 65, 66, 67, 68, 69, 200),
        fc.boolean(),
        (body, kind, typed) => {
          const bytes = typed ? Uint8Array.of(kind, ...body) : body
          for (const topic of TOPICS) expect(gossip(topic, bytes, { door: new Ingress(context) })).toBeTypeOf('object')
          for (const opened of [ingress.openRequest('p', bytes, 0), ...REQUEST_NAMES.map(name => ingress.openReply(name, bytes))]) {
            if (isRefusal(opened)) expect(opened.code).not.toBe('')
            else expect(opened.checks).toBeInstanceOf(Array)
          }
        }
      ),
      { numRuns: 500 }
    )
  })

  it('well-formed messages full of nonsense are opened or refused', () => {
    fc.assert(
      fc.property(fc.constantFrom(...(Object.keys(MESSAGES) as MessageName[])), fc.gen(), (name, g) => {
        const value = sampleOf(MESSAGES[name].schema, below => g(fc.nat, { max: below - 1 }))
        const bytes = encodeMessage(name, value as never)
        for (const topic of TOPICS) {
          const result = gossip(topic, bytes, { door: new Ingress(context) })
          expect(isRefusal(result), `${name} on ${topic}`).toBe(true)
        }
        for (const request of REQUEST_NAMES) expect(ingress.openReply(request, bytes)).toBeTypeOf('object')
        expect(ingress.openRequest('p', bytes, 0)).toBeTypeOf('object')
      }),
      { numRuns: 200 }
    )
  })

  it('no bit of a valid message can be flipped', () => {
    fc.assert(
      fc.property(fc.constantFrom(...NAMES), fc.nat(), (name, seed) => {
        const { topic, bytes } = VALID[name]
        const flipped = bytes.slice()
        const bit = seed % (bytes.length * 8)
        flipped[bit >> 3] = flipped[bit >> 3]! ^ (1 << (bit & 7))
        expect(isRefusal(gossip(topic, flipped, { door: new Ingress(context) })), `${name}, bit ${bit}`).toBe(true)
      }),
      { numRuns: 600 }
    )
  })

  it('the encoding of a vote is as long as its schema says, so that a bit flip hits a field', () => {
    expect(VALID.vote.bytes.length).toBe(1 + encode(Vote, voteFor(network, alice, at(1))).length)
  })
})
