/**
 * The door for bytes from peers. Order of admission: size cap, duplicate, token bucket, decode (canonical, capped), height window, known member, signatures.
 * Cheap checks first, so that a flood is refused before it costs a signature. What comes out is `Verified`; nothing else makes such values.
 *
 * Two drivers use it: the simulator checks signatures at once, a live node by promise. Therefore `open…` says which signatures must hold, and the driver
 * comes back through `admit`.
 */
import { certificateChecks, inspectCertificate } from '../core/consensus/certificates'
import { VOTE_FINALISE, VOTE_NOTARISE } from '../core/schema'
import type { Announce, Block, Certificate, Presence, Transaction, Vote } from '../core/schema'
import type { SignatureCheck } from '../core/crypto/ed25519'
import { HEIGHT_WINDOW } from '../core/limits'
import { fail, ok } from '../core/result'
import type { Failure, Result } from '../core/result'
import { blockHash, presenceBytes, proposalBytes, voteBytes } from '../core/signing'
import { inspectTransaction } from '../core/state/transactions'
import { decodeMessage } from '../core/wire'
import type { Message, MessageOf } from '../core/wire'
import { GenerationMap } from '../core/crypto/generationMap'
import { REQUEST_NAMES, TOPIC_KINDS, replyTo } from './messages'
import type { GossipName, ReplyName, RequestName, Verified } from './messages'
import type { PeerId, Topic } from './ports'

/** Longest gossip message: an announcement with its body and a certificate. */
export const MAX_GOSSIP_BYTES = 48 * 1024
/** Gossip messages whose ids are remembered: about a minute of the largest class. */
const MAX_SEEN_MESSAGES = 16_384
/** Bytes per second a peer may hand over in the long run, and at once. Votes and bodies of 30 members at 2 s need about 60 kB/s. */
export const PEER_BYTES_PER_SECOND = 1024 * 1024
export const PEER_BURST_BYTES = 8 * 1024 * 1024
/** What each message costs besides its bytes: a small message is work, too. */
export const MESSAGE_COST_BYTES = 256
/** Buckets kept, one per peer. */
const MAX_BUCKETS = 512

/** What ingress must know of the node; all of it cheap to ask. */
export interface IngressContext {
  networkId: Uint8Array
  finalHeight(): number
  /** Is this key in the validator set of that height? Null: the set is not known here. */
  isMember(publicKey: Uint8Array, height: number): boolean | null
  isAgent(publicKey: Uint8Array): boolean
}

/** A message that is well formed; it becomes `Verified` when all its checks hold. */
export interface Opened<N extends Message['kind']> {
  message: MessageOf<N>
  checks: SignatureCheck[]
}

/** `reject`: no honest peer would have sent it. `ignore`: useless to us, but nobody's fault. */
export type Refusal = Failure & { verdict: 'ignore' | 'reject' }

function refuse(verdict: Refusal['verdict'], failure: Failure): Refusal {
  return { ...failure, verdict }
}

interface Bucket {
  bytes: number
  at: number
}

export class Ingress {
  readonly #context: IngressContext
  readonly #seen: GenerationMap<string, true>
  readonly #buckets: GenerationMap<PeerId, Bucket>

  constructor(context: IngressContext) {
    this.#context = context
    this.#seen = new GenerationMap(MAX_SEEN_MESSAGES)
    this.#buckets = new GenerationMap(MAX_BUCKETS)
  }

  /** @param id content id of the bytes (`messageId`), which networks compute anyway */
  openGossip(from: PeerId, topic: Topic, bytes: Uint8Array, id: string, now: number): Opened<GossipName> | Refusal {
    if (bytes.length > MAX_GOSSIP_BYTES) return refuse('reject', fail('too-large', `${bytes.length} bytes`))
    if (this.#seen.get(id)) return refuse('ignore', fail('duplicate'))
    if (!this.#spend(from, bytes.length, now)) return refuse('ignore', fail('rate-limited'))
    const decoded = decodeMessage(bytes, TOPIC_KINDS[topic])
    const opened = decoded.ok ? this.#inspectGossip(decoded.value) : refuse('reject', decoded)
    // What is merely too early for this node (an unknown set, a proposer not registered here yet) may come again and be welcome then.
    if (!isRefusal(opened) || opened.verdict === 'reject') this.#seen.set(id, true)
    return opened
  }

  /** A request costs the asker; its meaning needs no signature, except for the transactions in a submission. */
  openRequest(from: PeerId, bytes: Uint8Array, now: number): Opened<RequestName> | Refusal {
    if (!this.#spend(from, bytes.length, now)) return refuse('ignore', fail('rate-limited'))
    const decoded = decodeMessage(bytes, REQUEST_NAMES)
    if (!decoded.ok) return refuse('reject', decoded)
    const checks = decoded.value.kind === 'submitRequest' ? this.#transactions(decoded.value.value.transactions) : ok([])
    return checks.ok ? { message: decoded.value, checks: checks.value } : refuse('reject', checks)
  }

  /** The answer to a request of ours: of the kind that was asked for, every part well formed. */
  openReply(request: RequestName, bytes: Uint8Array): Opened<ReplyName> | Refusal {
    const decoded = decodeMessage(bytes, [replyTo(request)])
    if (!decoded.ok) return refuse('reject', decoded)
    const checks = this.#replyChecks(decoded.value)
    return checks.ok ? { message: decoded.value, checks: checks.value } : refuse('reject', checks)
  }

  /** Closes the matter: all signatures hold, so the message is verified; or one does not, which no honest peer would have handed over. */
  admit<N extends Message['kind']>(opened: Opened<N>, verdicts: readonly boolean[]): Verified<MessageOf<N>> | Refusal {
    const bad = opened.checks.findIndex((_, i) => verdicts[i] !== true)
    return bad === -1 ? (opened.message as Verified<MessageOf<N>>) : refuse('reject', fail('bad-signature', `signature ${bad + 1} of ${opened.checks.length}`))
  }

  #spend(from: PeerId, bytes: number, now: number): boolean {
    const bucket = this.#buckets.get(from) ?? { bytes: PEER_BURST_BYTES, at: now }
    bucket.bytes = Math.min(PEER_BURST_BYTES, bucket.bytes + (Math.max(0, now - bucket.at) * PEER_BYTES_PER_SECOND) / 1000)
    bucket.at = now
    const cost = bytes + MESSAGE_COST_BYTES
    const affordable = bucket.bytes >= cost
    if (affordable) bucket.bytes -= cost
    this.#buckets.set(from, bucket)
    return affordable
  }

  #inWindow(height: number): Failure | null {
    const final = this.#context.finalHeight()
    if (height <= final) return fail('below-final')
    return height > final + HEIGHT_WINDOW ? fail('above-window') : null
  }

  #inspectGossip(message: MessageOf<GossipName>): Opened<GossipName> | Refusal {
    switch (message.kind) {
      case 'vote': {
        const outside = this.#inWindow(message.value.height)
        if (outside !== null) return refuse('ignore', outside)
        const member = this.#context.isMember(message.value.voter, message.value.height)
        if (member !== true) return refuse('ignore', member === null ? fail('unknown-set') : fail('not-a-member'))
        const checks = this.#vote(message.value)
        return checks.ok ? { message, checks: checks.value } : refuse('reject', checks)
      }
      case 'announce': {
        const outside = this.#inWindow(message.value.header.height)
        if (outside !== null) return refuse('ignore', outside)
        if (!this.#context.isAgent(message.value.header.proposer)) return refuse('ignore', fail('unknown-proposer'))
        const checks = this.#announce(message.value)
        return checks.ok ? { message, checks: checks.value } : refuse('reject', checks)
      }
      case 'certificate': {
        const outside = this.#inWindow(message.value.height)
        if (outside !== null) return refuse('ignore', outside)
        const checks = this.#certificate(message.value)
        return checks.ok ? { message, checks: checks.value } : refuse('reject', checks)
      }
      case 'transaction': {
        const checks = this.#transactions([message.value])
        return checks.ok ? { message, checks: checks.value } : refuse('reject', checks)
      }
      case 'presence': {
        if (!this.#context.isAgent(message.value.sender)) return refuse('ignore', fail('unknown-sender'))
        return { message, checks: [this.#presence(message.value)] }
      }
    }
  }

  #replyChecks(message: MessageOf<ReplyName>): Result<SignatureCheck[]> {
    switch (message.kind) {
      case 'bodiesReply':
        return all(message.value.blocks.map(block => this.#block(block)))
      case 'rangeReply':
        return all([...message.value.blocks.map(block => this.#block(block)), ...message.value.certificate.map(certificate => this.#certificate(certificate))])
      case 'roundsReply':
        return all([
          ...message.value.announces.map(announce => this.#announce(announce)),
          ...message.value.votes.map(vote => this.#vote(vote)),
          ...message.value.certificates.map(certificate => this.#certificate(certificate))
        ])
      default:
        return ok([])
    }
  }

  #proposal(header: Announce['header'], signature: Uint8Array): SignatureCheck {
    const { networkId } = this.#context
    return { publicKey: header.proposer, message: proposalBytes(networkId, blockHash(networkId, header)), signature }
  }

  #announce(announce: Announce): Result<SignatureCheck[]> {
    return all([
      ok([this.#proposal(announce.header, announce.signature)]),
      ...announce.parentCertificate.map(certificate => this.#certificate(certificate)),
      ...announce.body.map(body => this.#transactions(body))
    ])
  }

  #block(block: Block): Result<SignatureCheck[]> {
    return all([ok([this.#proposal(block.header, block.signature)]), this.#transactions(block.transactions)])
  }

  #transactions(transactions: readonly Transaction[]): Result<SignatureCheck[]> {
    return all(transactions.map(transaction => inspectTransaction(this.#context.networkId, transaction)))
  }

  #vote(vote: Vote): Result<SignatureCheck[]> {
    if (vote.kind !== VOTE_NOTARISE && vote.kind !== VOTE_FINALISE) return fail('bad-vote-kind')
    return ok([{ publicKey: vote.voter, message: voteBytes(this.#context.networkId, vote), signature: vote.signature }])
  }

  #certificate(certificate: Certificate): Result<SignatureCheck[]> {
    return inspectCertificate(certificate) ?? ok(certificateChecks(this.#context.networkId, certificate))
  }

  #presence(presence: Presence): SignatureCheck {
    return { publicKey: presence.sender, message: presenceBytes(this.#context.networkId, presence), signature: presence.signature }
  }
}

function all(results: readonly Result<SignatureCheck[]>[]): Result<SignatureCheck[]> {
  const checks: SignatureCheck[] = []
  for (const result of results) {
    if (!result.ok) return result
    checks.push(...result.value)
  }
  return ok(checks)
}

export function isRefusal(value: object): value is Refusal {
  return 'verdict' in value && 'ok' in value
}
