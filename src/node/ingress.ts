/**
 * The door for bytes from peers. Order of admission: size cap, duplicate, token bucket, decode (canonical, capped), height window, known member, signatures.
 * Cheap checks first, so that a flood is refused before it costs a signature. What comes out is `Verified`; nothing else makes such values.
 *
 * Two halves. What the bytes say by themselves is a `Reading`: it depends on nothing but the network, so that a driver that hands the same bytes to many
 * nodes may share one. Everything that depends on the node that reads (duplicate, bucket, window, membership) is `Ingress`.
 *
 * Two drivers use it: the simulator checks signatures at once, a live node by promise. Therefore `open…` says which signatures must hold, and the driver
 * comes back through `admit`.
 */
import { certificateChecks, inspectCertificate } from '../core/consensus/certificates'
import { VOTE_FINALISE, VOTE_NOTARISE } from '../core/schema'
import type { StateHeader } from '../core/light/schema'
import type { Announce, Block, Certificate, Opinion, Transaction, Vote } from '../core/schema'
import type { SignatureCheck } from '../core/crypto/ed25519'
import { HEIGHT_WINDOW, LATE_OPINION_HEIGHTS } from '../core/limits'
import { assert, fail, ok } from '../core/result'
import type { Failure, Result } from '../core/result'
import { blockHash, opinionBytes, presenceBytes, proposalBytes, voteBytes } from '../core/signing'
import { inspectTransaction } from '../core/state/transactions'
import { checkOpinion } from '../core/taste/opinion'
import { decodeMessage, MESSAGES } from '../core/wire'
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
/**
 * What a request costs besides its own bytes, by kind: a proof is some dozens of hashes and up to 256 KiB, a state header the bytes of its certificate and sets. A peer may
 * ask for 64 proofs a second in the long run.
 */
const PROOF_COST_BYTES = 16 * 1024
const STATE_HEADER_COST_BYTES = 4 * 1024
/** A manifest and a full reply of chunks in a large room: who fetches a state gets eight megabytes of it at once and one a second from then on, from each peer. */
const MANIFEST_COST_BYTES = 64 * 1024
const CHUNKS_COST_BYTES = 256 * 1024
/** For a witness the block is executed once more, a hundred milliseconds for a full one: two a second from each peer in the long run. */
const WITNESS_COST_BYTES = 512 * 1024
const ANSWER_COST_BYTES: Readonly<Record<number, number>> = {
  [MESSAGES.proofRequest.id]: PROOF_COST_BYTES,
  [MESSAGES.stateHeaderRequest.id]: STATE_HEADER_COST_BYTES,
  [MESSAGES.manifestRequest.id]: MANIFEST_COST_BYTES,
  [MESSAGES.chunksRequest.id]: CHUNKS_COST_BYTES,
  [MESSAGES.witnessRequest.id]: WITNESS_COST_BYTES
}
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

/**
 * What bytes say by themselves, whoever reads them. Lazy, since a message may be refused before anybody has to look into it; each step happens once. The values
 * are shared between readers: nobody may write to them.
 */
export class Reading<N extends Message['kind']> {
  #decoded: Result<MessageOf<N>> | null = null
  #opened: Opened<N> | Refusal | null = null

  /** @param allowed kinds that may come through this door */
  constructor(
    readonly networkId: Uint8Array,
    readonly bytes: Uint8Array,
    readonly allowed: readonly N[]
  ) {}

  /** The message, canonical and within its caps, or the codec's failure. */
  get decoded(): Result<MessageOf<N>> {
    return (this.#decoded ??= decodeMessage(this.bytes, this.allowed))
  }

  /** The message with all signatures that must hold, or why no node can use it. */
  get opened(): Opened<N> | Refusal {
    return (this.#opened ??= this.#open())
  }

  #open(): Opened<N> | Refusal {
    if (!this.decoded.ok) return refuse('reject', this.decoded)
    const checks = checksOf(this.networkId, this.decoded.value)
    return checks.ok ? { message: this.decoded.value, checks: checks.value } : refuse('reject', checks)
  }
}

/** A gossip message under its topic. */
export function readGossip(networkId: Uint8Array, topic: Topic, bytes: Uint8Array): Reading<GossipName> {
  return new Reading(networkId, bytes, TOPIC_KINDS[topic])
}

/** A peer's request. */
export function readRequest(networkId: Uint8Array, bytes: Uint8Array): Reading<RequestName> {
  return new Reading(networkId, bytes, REQUEST_NAMES)
}

/** The answer to a request of this kind. */
export function readReply(networkId: Uint8Array, request: RequestName, bytes: Uint8Array): Reading<ReplyName> {
  return new Reading(networkId, bytes, [replyTo(request)])
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

  /**
   * @param id content id of the bytes (`messageId`), which networks compute anyway
   * @param reading of these very bytes under this topic, where the driver has one already
   */
  openGossip(
    from: PeerId,
    topic: Topic,
    bytes: Uint8Array,
    id: string,
    now: number,
    reading: Reading<GossipName> = readGossip(this.#context.networkId, topic, bytes)
  ): Opened<GossipName> | Refusal {
    if (bytes.length > MAX_GOSSIP_BYTES) return refuse('reject', fail('too-large', `${bytes.length} bytes`))
    if (this.#seen.get(id)) return DUPLICATE
    if (!this.#spend(from, bytes.length, now)) return refuse('ignore', fail('rate-limited'))
    const { decoded } = reading
    const unwelcome = decoded.ok ? this.#unwelcome(decoded.value) : null
    // What is merely too early for this node (an unknown set, a proposer not registered here yet) may come again and be welcome then.
    if (unwelcome !== null) return unwelcome
    this.#seen.set(id, true)
    return reading.opened
  }

  /** A request costs the asker; its meaning needs no signature, except for the transactions in a submission. */
  openRequest(from: PeerId, bytes: Uint8Array, now: number, reading = readRequest(this.#context.networkId, bytes)): Opened<RequestName> | Refusal {
    // The first byte is the kind: what is dear to answer is paid for before it is even decoded.
    const price = ANSWER_COST_BYTES[bytes[0] ?? 0] ?? 0
    return this.#spend(from, bytes.length + price, now) ? reading.opened : refuse('ignore', fail('rate-limited'))
  }

  /** The answer to a request of ours: of the kind that was asked for, every part well formed. */
  openReply(request: RequestName, bytes: Uint8Array, reading = readReply(this.#context.networkId, request, bytes)): Opened<ReplyName> | Refusal {
    const { opened } = reading
    if (isRefusal(opened) || opened.message.kind !== 'roundsReply') return opened
    const { certificates, announces } = opened.message.value
    const all = [...certificates, ...announces.flatMap(({ parentCertificate }) => parentCertificate)]
    return all.every(certificate => this.#strangers(certificate) === null) ? opened : this.#weeded(opened.message)
  }

  /**
   * An answer about rounds may hold sixty certificates of a hundred signers each. Those that this node cannot count anyway (its set of that height is not known, or does not
   * have these members) are left out before a signature is looked at. Nobody's fault: after an anchor two honest nodes know different sets for a while.
   */
  #weeded(message: MessageOf<'roundsReply'>): Opened<ReplyName> {
    const { announces, votes, certificates } = message.value
    const counts = (certificate: Certificate): boolean => this.#strangers(certificate) === null
    const value = {
      announces: announces.map(announce => ({ ...announce, parentCertificate: announce.parentCertificate.filter(counts) })),
      votes,
      certificates: certificates.filter(counts)
    }
    const weeded: MessageOf<'roundsReply'> = { ...message, value }
    const checks = checksOf(this.#context.networkId, weeded)
    assert(checks.ok, 'parts of what is well formed')
    return { message: weeded, checks: checks.value }
  }

  /** Closes the matter: all signatures hold, so the message is verified; or one does not, which no honest peer would have handed over. */
  admit<N extends Message['kind']>(opened: Opened<N>, verdicts: readonly boolean[]): Verified<MessageOf<N>> | Refusal {
    const bad = opened.checks.findIndex((_, i) => verdicts[i] !== true)
    return bad === -1 ? (opened.message as Verified<MessageOf<N>>) : refuse('reject', fail('bad-signature', `signature ${bad + 1} of ${opened.checks.length}`))
  }

  #spend(from: PeerId, bytes: number, now: number): boolean {
    let bucket = this.#buckets.get(from)
    if (bucket === undefined) this.#buckets.set(from, (bucket = { bytes: PEER_BURST_BYTES, at: now }))
    bucket.bytes = Math.min(PEER_BURST_BYTES, bucket.bytes + (Math.max(0, now - bucket.at) * PEER_BYTES_PER_SECOND) / 1000)
    bucket.at = now
    const cost = bytes + MESSAGE_COST_BYTES
    if (bucket.bytes < cost) return false
    bucket.bytes -= cost
    return true
  }

  /** @param late heights at and below the final one that are still let in */
  #outside(height: number, late = 0): Refusal | null {
    const final = this.#context.finalHeight()
    if (height + late <= final) return BELOW_FINAL
    return height > final + HEIGHT_WINDOW ? ABOVE_WINDOW : null
  }

  /** Only members of the set of a height have a say there. */
  #stranger(publicKey: Uint8Array, height: number): Refusal | null {
    const member = this.#context.isMember(publicKey, height)
    return member === true ? null : member === null ? UNKNOWN_SET : NOT_A_MEMBER
  }

  /** The same of all who signed a certificate: a hundred signatures of strangers are not worth a look. */
  #strangers({ height, signatures }: Certificate): Refusal | null {
    for (const { voter } of signatures) {
      const stranger = this.#stranger(voter, height)
      if (stranger !== null) return stranger
    }
    return null
  }

  /** Why this node has no use for the message now, before any signature is looked at; nobody's fault. */
  #unwelcome(message: MessageOf<GossipName>): Refusal | null {
    switch (message.kind) {
      case 'vote':
        return this.#outside(message.value.height) ?? this.#stranger(message.value.voter, message.value.height)
      case 'opinion':
        return this.#outside(message.value.height, LATE_OPINION_HEIGHTS) ?? this.#stranger(message.value.agent, message.value.height)
      case 'announce': {
        const outside = this.#outside(message.value.header.height)
        if (outside !== null) return outside
        if (!this.#context.isAgent(message.value.header.proposer)) return UNKNOWN_PROPOSER
        return message.value.parentCertificate.map(certificate => this.#strangers(certificate)).find(stranger => stranger !== null) ?? null
      }
      case 'certificate':
        return this.#outside(message.value.height) ?? this.#strangers(message.value)
      case 'transaction':
        return null
      case 'presence':
        return this.#context.isAgent(message.value.sender) ? null : UNKNOWN_SENDER
    }
  }
}

// Made once: under a flood, a refusal must cost nothing.
const DUPLICATE = refuse('ignore', fail('duplicate'))
const BELOW_FINAL = refuse('ignore', fail('below-final'))
const ABOVE_WINDOW = refuse('ignore', fail('above-window'))
const UNKNOWN_SET = refuse('ignore', fail('unknown-set'))
const NOT_A_MEMBER = refuse('ignore', fail('not-a-member'))
const UNKNOWN_PROPOSER = refuse('ignore', fail('unknown-proposer'))
const UNKNOWN_SENDER = refuse('ignore', fail('unknown-sender'))

// ------------------------------------------------------------------------------------------------- signatures that must hold

/** @returns every signature inside a message, or what is wrong with it in any state */
function checksOf(networkId: Uint8Array, message: Message): Result<SignatureCheck[]> {
  const proposal = (header: Announce['header'], signature: Uint8Array): SignatureCheck => ({
    publicKey: header.proposer,
    message: proposalBytes(networkId, blockHash(networkId, header)),
    signature
  })
  const transactions = (list: readonly Transaction[]): Result<SignatureCheck[]> => all(list.map(transaction => inspectTransaction(networkId, transaction)))
  const block = ({ header, signature, transactions: body }: Block): Result<SignatureCheck[]> => all([ok([proposal(header, signature)]), transactions(body)])
  const announce = ({ header, signature, parentCertificate, body }: Announce): Result<SignatureCheck[]> =>
    all([ok([proposal(header, signature)]), ...parentCertificate.map(certificate), ...body.map(transactions)])
  const certificate = (value: Certificate): Result<SignatureCheck[]> => inspectCertificate(value) ?? ok(certificateChecks(networkId, value))
  const stateHeader = ({ certificate: proof, anchor }: StateHeader): Result<SignatureCheck[]> => all([certificate(proof), transactions(anchor)])
  const vote = (value: Vote): Result<SignatureCheck[]> =>
    value.kind === VOTE_NOTARISE || value.kind === VOTE_FINALISE
      ? ok([{ publicKey: value.voter, message: voteBytes(networkId, value), signature: value.signature }])
      : fail('bad-vote-kind')
  const opinion = (value: Opinion): Result<SignatureCheck[]> =>
    checkOpinion(value) ?? ok([{ publicKey: value.agent, message: opinionBytes(networkId, value), signature: value.signature }])

  switch (message.kind) {
    case 'vote':
      return vote(message.value)
    case 'announce':
      return announce(message.value)
    case 'certificate':
      return certificate(message.value)
    case 'transaction':
      return transactions([message.value])
    case 'presence':
      return ok([{ publicKey: message.value.sender, message: presenceBytes(networkId, message.value), signature: message.value.signature }])
    case 'opinion':
      return opinion(message.value)
    case 'submitRequest':
      return transactions(message.value.transactions)
    case 'bodiesReply':
      return all(message.value.blocks.map(block))
    case 'rangeReply':
      return all([...message.value.blocks.map(block), ...message.value.certificate.map(certificate)])
    case 'roundsReply':
      return all([...message.value.announces.map(announce), ...message.value.votes.map(vote), ...message.value.certificates.map(certificate)])
    case 'stateHeaderReply':
      return all(message.value.headers.map(stateHeader))
    case 'manifestReply':
      return all([...message.value.headers.map(stateHeader), ...message.value.blocks.map(block)])
    case 'proofReply':
      return all(message.value.proof.map(({ header }) => stateHeader(header)))
    // Those of the block are the light node's to verify: which of them fails is what it wants to know.
    case 'witnessReply':
      return all(message.value.found.map(({ proof }) => stateHeader(proof.header)))
    default:
      return ok([])
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
