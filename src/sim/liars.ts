/**
 * Liars: the real node with its mouth taken over. Each kind takes what the node wants to publish and decides what is really said, and to whom.
 * They have their own key and nothing else; signatures of others they cannot make.
 */
import { compareBytes, equalBytes, toHex } from '../core/bytes'
import type { BlockEntry } from '../core/chain/blockTree'
import { buildBlock } from '../core/chain/execute'
import { encode } from '../core/codec'
import { createSigner } from '../core/crypto/ed25519'
import type { Signer } from '../core/crypto/ed25519'
import type { Turn } from '../core/families/family'
import { nameToBytes } from '../core/names'
import { HeartbeatPayload, RegisterPayload, VOTE_FINALISE, VOTE_NOTARISE } from '../core/schema'
import type { Announce, Presence } from '../core/schema'
import { blockHash, presenceBytes, proposalBytes, signTransaction, signVote } from '../core/signing'
import { TX_HEARTBEAT, TX_LEAVE, TX_REGISTER } from '../core/state/transactions'
import { decodeMessage, encodeMessage } from '../core/wire'
import type { NodeCore } from '../node/nodeCore'
import type { RequestName } from '../node/messages'
import type { Topic } from '../node/ports'
import type { Random } from './random'
import type { LiarKind } from './scenario'

/** One message to one set of nodes. */
export interface Said {
  topic: Topic
  bytes: Uint8Array
  to: readonly number[]
}

/** Messages of others that a replayer keeps; the oldest go. */
const KEPT_MESSAGES = 512
/** How many of them it says again with each message of its own. */
const REPLAYED_AT_ONCE = 3
/** Variants of its block that a grinder tries. */
const GRIND_VARIANTS = 16
/** Manifests that `lyingSnapshot` damages, in 1000: with the others it comes to be asked for chunks. */
const DAMAGED_MANIFESTS = 300
/** Agents that a sybil registers. */
const MAX_SYBILS = 8
/** Block intervals by which the blocks of one that is ahead of time are ahead. */
const INTERVALS_AHEAD = 30
/** Claims of earlier blocks that an impostor keeps. */
const KEPT_CLAIMS = 64
/** What a flooder says with each message of its own: blocks without a parent, and transactions. */
const FLOOD_BLOCKS = 4
const FLOOD_TRANSACTIONS = 4
/** Heights above the final block at which its blocks pretend to be: they wait there for long. */
const FLOOD_HEIGHT = 200

export class Liar {
  readonly #heard: { topic: Topic; bytes: Uint8Array }[] = []
  readonly #sybils: Signer[] = []
  /** An impostor's: blocks that are to be taken over, and own turns of before. */
  #toTake: Announce[] = []
  readonly #shown: Turn[] = []
  #lastTaken = 0
  #flooded = 0

  /** @param others numbers of all other nodes */
  constructor(
    readonly kind: LiarKind,
    readonly core: NodeCore,
    readonly signer: Signer,
    readonly others: readonly number[],
    readonly random: Random
  ) {}

  /** It listens, too. */
  hear(topic: Topic, bytes: Uint8Array): void {
    if (this.kind === 'impostor' && topic === 'announce') this.#lookAt(bytes)
    if (this.kind !== 'replay') return
    this.#heard.push({ topic, bytes })
    if (this.#heard.length > KEPT_MESSAGES) this.#heard.shift()
  }

  /** What is said instead of publishing `bytes`. */
  say(topic: Topic, bytes: Uint8Array): Said[] {
    const plain: Said = { topic, bytes, to: this.others }
    switch (this.kind) {
      case 'lyingSnapshot':
      case 'stalledServer':
        return [plain]
      case 'silent':
        return topic === 'tx' ? [plain] : []
      case 'withhold':
        return [{ ...plain, to: this.others.filter(() => this.random.chance(400)) }]
      case 'forge':
        return [plain, { topic, bytes: this.#damaged(bytes), to: this.others }]
      case 'height':
        return topic === 'presence' ? [{ ...plain, bytes: this.#boast(bytes) }] : [plain]
      case 'doubleVote':
        return topic === 'vote' ? this.#everyVote() : [plain]
      case 'replay':
        return [plain, ...this.#replayed()]
      case 'grind':
        return topic === 'announce' ? [{ ...plain, bytes: this.#ground(bytes) }] : [plain]
      case 'sybil':
        return topic === 'presence' ? [plain, ...this.#register()] : [plain]
      case 'ahead':
        return topic === 'announce' ? [{ ...plain, bytes: this.#fromTheFuture(bytes) }] : [plain]
      case 'impostor':
        // Its own turns it lets pass: a second block on one parent would convict it.
        if (topic === 'announce') this.#lookAt(bytes)
        return [...(topic === 'announce' ? [] : [plain]), ...this.#takenOver()]
      case 'foreign':
        return topic === 'presence' ? [plain, ...this.#foreignHeartbeat()] : [plain]
      case 'flood':
        return [plain, ...this.#flood()]
      case 'twoFaces':
        return topic === 'announce' ? this.#twoFaces(bytes) : topic === 'vote' ? [] : [plain]
      case 'equivocate':
        return topic === 'announce' ? this.#twoFaces(bytes) : topic === 'vote' ? this.#everyVote() : [plain]
    }
  }

  /** What is answered instead of `bytes`; null: nothing, ever. */
  answer(request: RequestName, bytes: Uint8Array): Uint8Array | null {
    if (this.kind === 'stalledServer') return request === 'chunksRequest' || request === 'manifestRequest' ? null : bytes
    if (this.kind !== 'lyingSnapshot') return bytes
    if (request === 'chunksRequest') {
      const decoded = decodeMessage(bytes, ['chunksReply'])
      return decoded.ok
        ? encodeMessage('chunksReply', { chunks: decoded.value.value.chunks.map(chunk => (chunk.length === 0 ? chunk : this.#damaged(chunk))) })
        : bytes
    }
    if (request !== 'manifestRequest' || !this.random.chance(DAMAGED_MANIFESTS)) return bytes
    const decoded = decodeMessage(bytes, ['manifestReply'])
    if (!decoded.ok || decoded.value.value.manifest.length === 0) return bytes
    return encodeMessage('manifestReply', { ...decoded.value.value, manifest: this.#damaged(decoded.value.value.manifest) })
  }

  #damaged(bytes: Uint8Array): Uint8Array {
    const copy = bytes.slice()
    const at = this.random.below(copy.length)
    copy[at] = copy[at]! ^ (1 << this.random.below(8))
    return copy
  }

  #replayed(): Said[] {
    if (this.#heard.length === 0) return []
    return Array.from({ length: REPLAYED_AT_ONCE }, () => ({ ...this.random.pick(this.#heard), to: this.others.filter(() => this.random.chance(500)) }))
  }

  /** One more agent of its own, as long as the network takes them. */
  #register(): Said[] {
    if (this.#sybils.length >= MAX_SYBILS) return []
    const sybil = createSigner(this.random.bytes(32))
    this.#sybils.push(sybil)
    const payload = encode(RegisterPayload, { name: nameToBytes(`Sybil ${this.#sybils.length}`), personality: 0, traitsHash: new Uint8Array(32) })
    const transaction = signTransaction(this.core.networkId, { kind: TX_REGISTER, sender: sybil.publicKey, nonce: 0, fee: 0n, payload }, sybil)
    return [{ topic: 'tx', bytes: encodeMessage('transaction', transaction), to: this.others }]
  }

  /** Of many blocks that it could make, the one with the lowest hash. Its own node keeps to the first. */
  #ground(bytes: Uint8Array): Uint8Array {
    const decoded = decodeMessage(bytes, ['announce'])
    if (!decoded.ok) return bytes
    let best = decoded.value.value
    for (let i = 0; i < GRIND_VARIANTS; i++) {
      const variant = this.#twin(decoded.value.value, BigInt(i + 1))
      if (variant !== null && compareBytes(blockHash(this.core.networkId, variant.header), blockHash(this.core.networkId, best.header)) < 0) best = variant
    }
    return encodeMessage('announce', best)
  }

  /** Its own block again, from a minute ahead. */
  #fromTheFuture(bytes: Uint8Array): Uint8Array {
    const decoded = decodeMessage(bytes, ['announce'])
    if (!decoded.ok) return bytes
    const { header, parentCertificate } = decoded.value.value
    const parent = this.core.tree.get(toHex(header.parent))
    if (parent?.state == null || !equalBytes(header.proposer, this.signer.publicKey)) return bytes
    const timestamp = header.timestamp + INTERVALS_AHEAD * parent.state.config.blockIntervalMs
    return encodeMessage('announce', this.#blockOn(parent, header, timestamp, parentCertificate))
  }

  #blockOn(parent: BlockEntry, turn: Turn, timestamp: number, parentCertificate: Announce['parentCertificate']): Announce {
    const built = buildBlock(this.core.rules, parent.state!, parent.hashBytes, this.signer, { rank: turn.rank, claim: turn.claim }, timestamp, [])
    const signature = this.signer.sign(proposalBytes(this.core.networkId, blockHash(this.core.networkId, built.header)))
    return { header: built.header, signature, parentCertificate, body: [built.transactions] }
  }

  #lookAt(bytes: Uint8Array): void {
    const decoded = decodeMessage(bytes, ['announce'])
    if (!decoded.ok) return
    const { header } = decoded.value.value
    this.#toTake = [...this.#toTake.filter(other => other.header.height >= header.height), decoded.value.value].slice(-KEPT_CLAIMS)
    if (header.claim.length === 0 || !equalBytes(header.proposer, this.signer.publicKey)) return
    this.#shown.push({ rank: header.rank, claim: header.claim })
    if (this.#shown.length > KEPT_CLAIMS) this.#shown.shift()
  }

  /** The blocks that it has heard of, made by itself; and at its own turn one with a claim that was good once. */
  #takenOver(): Said[] {
    const said: Said[] = []
    for (const { header, parentCertificate } of this.#toTake.splice(0)) {
      const parent = this.core.tree.get(toHex(header.parent))
      if (parent?.state == null || header.height <= this.#lastTaken) continue
      this.#lastTaken = header.height
      const own = equalBytes(header.proposer, this.signer.publicKey)
      const old = own && this.#shown.length > 0 ? this.random.pick(this.#shown) : header
      const { slotMs } = parent.state.config
      const timestamp = header.timestamp + (old.rank - header.rank) * slotMs
      const announce = this.#blockOn(parent, old, timestamp, parentCertificate)
      said.push({ topic: 'announce', bytes: encodeMessage('announce', announce), to: this.others })
    }
    return said
  }

  #ownNonce(): number | null {
    return this.core.agent(this.signer.publicKey)?.nonce ?? null
  }

  #foreignHeartbeat(): Said[] {
    const nonce = this.#ownNonce()
    if (nonce === null) return []
    const payload = encode(HeartbeatPayload, { height: this.core.tree.final.height, hash: this.random.bytes(32) })
    const heartbeat = signTransaction(this.core.networkId, { kind: TX_HEARTBEAT, sender: this.signer.publicKey, nonce, fee: 9n, payload }, this.signer)
    return [{ topic: 'tx', bytes: encodeMessage('transaction', heartbeat), to: this.others }]
  }

  /** Nothing of it can ever be used, all of it is well signed. */
  #flood(): Said[] {
    const { core } = this
    const { final } = core.tree
    const nonce = this.#ownNonce()
    if (nonce === null) return []
    const blocks = Array.from({ length: FLOOD_BLOCKS }, (): Said => {
      const header = { ...final.header, height: final.height + FLOOD_HEIGHT, parent: this.random.bytes(32), proposer: this.signer.publicKey }
      const signature = this.signer.sign(proposalBytes(core.networkId, blockHash(core.networkId, header)))
      return { topic: 'announce', bytes: encodeMessage('announce', { header, signature, parentCertificate: [], body: [] }), to: this.others }
    })
    const transactions = Array.from({ length: FLOOD_TRANSACTIONS }, (): Said => {
      const unsigned = { kind: TX_LEAVE, sender: this.signer.publicKey, nonce: nonce + 2 + this.#flooded++, fee: 0n, payload: new Uint8Array(0) }
      return { topic: 'tx', bytes: encodeMessage('transaction', signTransaction(core.networkId, unsigned, this.signer)), to: this.others }
    })
    return [...blocks, ...transactions]
  }

  #boast(bytes: Uint8Array): Uint8Array {
    const decoded = decodeMessage(bytes, ['presence'])
    if (!decoded.ok) return bytes
    const presence: Presence = { ...decoded.value.value, finalHeight: decoded.value.value.finalHeight + this.random.between(3, 1_000_000) }
    return encodeMessage('presence', { ...presence, signature: this.signer.sign(presenceBytes(this.core.networkId, presence)) })
  }

  /** Notarises and finalises every block of the round, each to a random part of the others. */
  #everyVote(): Said[] {
    const said: Said[] = []
    const { rounds, tree, networkId } = this.core
    for (const height of [rounds.round - 1, rounds.round]) {
      for (const entry of tree.at(height)) {
        for (const kind of [VOTE_NOTARISE, VOTE_FINALISE]) {
          const vote = signVote(networkId, { kind, height, hash: entry.hashBytes }, this.signer)
          said.push({ topic: 'vote', bytes: encodeMessage('vote', vote), to: this.others.filter(() => this.random.chance(700)) })
        }
      }
    }
    return said
  }

  /** A second valid block on the same parent: it holds one heartbeat more. One half of the others sees the first, one half the second, some both. */
  #twoFaces(bytes: Uint8Array): Said[] {
    const decoded = decodeMessage(bytes, ['announce'])
    if (!decoded.ok) return [{ topic: 'announce', bytes, to: this.others }]
    const twin = this.#twin(decoded.value.value)
    if (twin === null) return [{ topic: 'announce', bytes, to: this.others }]
    const left = this.others.filter((_, i) => i % 2 === 0 || this.random.chance(200))
    const right = this.others.filter((_, i) => i % 2 === 1 || this.random.chance(200))
    return [
      { topic: 'announce', bytes, to: left },
      { topic: 'announce', bytes: encodeMessage('announce', twin), to: right },
      ...(this.kind === 'equivocate' ? [...this.#voteFor(decoded.value.value, left), ...this.#voteFor(twin, right)] : [])
    ]
  }

  #voteFor(announce: Announce, to: readonly number[]): Said[] {
    const hash = blockHash(this.core.networkId, announce.header)
    return [VOTE_NOTARISE, VOTE_FINALISE].map(kind => {
      const vote = signVote(this.core.networkId, { kind, height: announce.header.height, hash }, this.signer)
      return { topic: 'vote', bytes: encodeMessage('vote', vote), to }
    })
  }

  /** Another valid block at the same place: it holds one heartbeat, with this fee. */
  #twin(announce: Announce, fee = 1n): Announce | null {
    const { core } = this
    const parent = [...core.tree.all()].find(entry => equalBytes(entry.hashBytes, announce.header.parent))
    const own = parent?.state?.agent(this.signer.publicKey)
    if (parent?.state == null || own == null || !equalBytes(announce.header.proposer, this.signer.publicKey)) return null
    const { height, hashBytes } = core.tree.final
    const payload = encode(HeartbeatPayload, { height, hash: hashBytes })
    const heartbeat = signTransaction(core.networkId, { kind: TX_HEARTBEAT, sender: this.signer.publicKey, nonce: own.nonce, fee, payload }, this.signer)
    const { rank, claim, timestamp } = announce.header
    const built = buildBlock(core.rules, parent.state, parent.hashBytes, this.signer, { rank, claim }, timestamp, [heartbeat])
    const hash = blockHash(core.networkId, built.header)
    if (equalBytes(hash, blockHash(core.networkId, announce.header))) return null
    return {
      header: built.header,
      signature: this.signer.sign(proposalBytes(core.networkId, hash)),
      parentCertificate: announce.parentCertificate,
      body: [built.transactions]
    }
  }
}
