/**
 * Carries what nodes say to each other: gossip, requests and replies, through ingress into the core. It plans arrivals on the simulated network and judges each
 * message once, whoever reads it.
 */
import type { SignatureCheck } from '../core/crypto/ed25519'
import type { SyncVerifier } from '../core/crypto/verifier'
import { assert, fail, ok } from '../core/result'
import type { Message, MessageOf } from '../core/wire'
import { isRefusal, readReply, readRequest } from '../node/ingress'
import type { Opened, Reading, Refusal } from '../node/ingress'
import { replyTo } from '../node/messages'
import type { Effect, GossipName, Input, ReplyName, RequestName, Verified } from '../node/messages'
import { rangeReply } from '../node/serveRange'
import type { PeerId, Topic } from '../node/ports'
import { withoutProofs } from './mutants'
import { LOST } from './network'
import type { SimNetwork } from './network'
import type { Scenario } from './scenario'
import { MessagePool } from './sharedMessages'
import type { SharedMessage } from './sharedMessages'
import { awake } from './simNode'
import type { SimNode } from './simNode'

/** A request without an answer fails after this long. */
const REQUEST_TIMEOUT_MS = 3000
/** Messages whose signatures are still to be judged ahead; a driver that never does so keeps no more than these. */
const MAX_UNVERIFIED = 65_536

/** What is planned for a message under way. */
export type Delivery =
  | { kind: 'gossip'; from: number; to: number; message: SharedMessage }
  | { kind: 'request'; from: number; to: number; life: number; id: number; name: RequestName; reading: Reading<RequestName> }
  /** `reading` null: the request has timed out. */
  | { kind: 'reply'; from: number; to: number; life: number; id: number; reading: Reading<ReplyName> | null }

/** What the courier needs of the simulation. */
export interface CourierHost {
  readonly now: number
  readonly nodes: readonly SimNode[]
  readonly scenario: Scenario
  readonly observer: SentObserver
  readonly platform: { readonly prefetch?: unknown; readonly shareMessages?: boolean }
  plan(at: number, delivery: Delivery): void
  /** An honest node says this. */
  said(node: SimNode, message: MessageOf<GossipName>): void
  /** @param word what of the input goes into the log's hash besides its kind */
  input(node: SimNode, input: Input, word: number): Effect[]
}

/** Who wants to see each message on its way. Lost ones arrive never, at `arriveAt` at the latest. */
export interface SentObserver {
  sent?(message: { from: number; to: number; topic: Topic; bytes: Uint8Array; sentAt: number; arriveAt: number; lost: boolean }): void
}

/** A message under way whose signatures may be judged ahead. */
interface Unverified {
  readonly opened: { readonly checks: readonly SignatureCheck[] } | Refusal
}

export class Courier {
  /** Messages sent, each receiver counted. */
  messages = 0
  /** Gossip messages that reached a node, each copy. */
  deliveries = 0
  /** Refused messages by code, all nodes together. */
  readonly refusals = new Map<string, number>()
  readonly pool: MessagePool
  /** Peer id of each node. */
  readonly #names: readonly PeerId[]
  #unverified: Unverified[] = []

  constructor(
    readonly networkId: Uint8Array,
    readonly network: SimNetwork,
    readonly verifier: SyncVerifier,
    readonly host: CourierHost
  ) {
    this.pool = new MessagePool(networkId)
    this.#names = Array.from({ length: network.nodes }, (_, i) => String(i))
  }

  /** The signatures of all messages sent since the last call. */
  takeUnverified(): SignatureCheck[] {
    const readings = this.#unverified
    this.#unverified = []
    const checks: SignatureCheck[] = []
    for (const { opened } of readings) if (!isRefusal(opened)) checks.push(...opened.checks)
    return checks
  }

  /** Hands a message of this node to all others; a liar says something else instead. */
  publish(node: SimNode, topic: Topic, bytes: Uint8Array): void {
    if (node.liar !== null) {
      for (const said of node.liar.say(topic, bytes)) {
        const message = this.pool.of(said.topic, said.bytes)
        for (const to of said.to) this.#send(node.index, to, message)
        this.#awaitVerdict(message.reading)
      }
      return
    }
    const message = this.pool.of(topic, bytes)
    const { decoded } = message.reading
    assert(decoded.ok, 'an honest node says what can be read')
    this.host.said(node, decoded.value)
    for (let to = 0; to < this.host.nodes.length; to++) if (to !== node.index) this.#send(node.index, to, message)
    this.#awaitVerdict(message.reading)
  }

  #awaitVerdict(reading: Unverified): void {
    if (this.host.platform.prefetch === undefined) return
    if (this.#unverified.length >= MAX_UNVERIFIED) this.#unverified = []
    this.#unverified.push(reading)
  }

  #send(from: number, to: number, message: SharedMessage): void {
    this.messages++
    const online = this.host.nodes[to]!.online
    for (let copies = this.network.doubles() ? 2 : 1; copies > 0; copies--) {
      const arriveAt = online ? this.network.arrival(from, to, this.host.now) : LOST
      if (this.host.observer.sent !== undefined) this.#showSent(from, to, message, arriveAt)
      if (arriveAt !== LOST) this.host.plan(arriveAt, { kind: 'gossip', from, to, message })
    }
  }

  #showSent(from: number, to: number, { topic, bytes }: SharedMessage, arriveAt: number): void {
    const lost = arriveAt === LOST
    this.host.observer.sent?.({
      from,
      to,
      topic,
      bytes,
      sentAt: this.host.now,
      arriveAt: lost ? this.host.now + this.host.scenario.latencyMs[1] : arriveAt,
      lost
    })
  }

  /** A gossip message has arrived. */
  deliverGossip(event: Extract<Delivery, { kind: 'gossip' }>): void {
    const { from, to, message } = event
    const node = this.host.nodes[to]!
    if (!awake(node, this.host.now)) {
      if (node.online) this.host.plan(node.frozenUntil, event)
      return
    }
    this.deliveries++
    node.liar?.hear(message.topic, message.bytes)
    const shared = this.host.platform.shareMessages !== false
    const opened = node.ingress.openGossip(
      this.#names[from]!,
      message.topic,
      message.bytes,
      message.id,
      node.clock.at(this.host.now),
      shared ? message.reading : undefined
    )
    if (isRefusal(opened)) return this.countRefusal(opened.code)
    const admitted: Verified<MessageOf<GossipName>> | Refusal = shared ? (message.admitted ??= this.#admit(node, opened)) : this.#admit(node, opened)
    if (isRefusal(admitted)) return this.countRefusal(admitted.code)
    this.host.input(node, { type: 'gossip', from: this.#names[from]!, message: admitted }, message.word)
  }

  #admit<N extends Message['kind']>(node: SimNode, opened: Opened<N>): Verified<MessageOf<N>> | Refusal {
    return node.ingress.admit(
      opened,
      opened.checks.map(check => this.verifier.verify(check))
    )
  }

  countRefusal(code: string): void {
    this.refusals.set(code, (this.refusals.get(code) ?? 0) + 1)
  }

  sendRequest(node: SimNode, { id, to, name, bytes }: Extract<Effect, { type: 'request' }>): void {
    const responder = Number(to)
    node.requests.set(id, { request: name, responder })
    this.messages++
    const arriveAt = this.host.nodes[responder]!.online ? this.network.arrival(node.index, responder, this.host.now) : LOST
    const place = { from: node.index, to: responder, life: node.life, id }
    if (arriveAt !== LOST) {
      const reading = readRequest(this.networkId, bytes)
      this.host.plan(arriveAt, { kind: 'request', ...place, name, reading })
      this.#awaitVerdict(reading)
    }
    this.host.plan(this.host.now + REQUEST_TIMEOUT_MS, { kind: 'reply', from: responder, to: node.index, life: node.life, id, reading: null })
  }

  deliverRequest({ from, to, life, id, name, reading }: Extract<Delivery, { kind: 'request' }>): void {
    const node = this.host.nodes[to]!
    if (!awake(node, this.host.now) || node.liar?.kind === 'silent') return
    const opened = node.ingress.openRequest(this.#names[from]!, reading.bytes, node.clock.at(this.host.now), reading)
    if (isRefusal(opened)) return this.countRefusal(opened.code)
    const message = this.#admit(node, opened)
    if (isRefusal(message)) return this.countRefusal(message.code)
    const effects = this.host.input(node, { type: 'request', id, from: this.#names[from]!, message }, id)
    const honest = this.#replyBytes(node, effects, name)
    const bytes = honest === null || node.liar === null ? honest : node.liar.answer(name, honest)
    this.messages++
    const arriveAt = bytes === null || !this.host.nodes[from]!.online ? LOST : this.network.arrival(to, from, this.host.now)
    if (bytes === null || arriveAt === LOST) return
    const answer = readReply(this.networkId, name, bytes)
    this.host.plan(arriveAt, { kind: 'reply', from: to, to: from, life, id, reading: answer })
    this.#awaitVerdict(answer)
  }

  #replyBytes(node: SimNode, effects: Effect[], name: RequestName): Uint8Array | null {
    for (const effect of effects) {
      if (effect.type === 'serveRange') return rangeReply(node.store, effect.from, effect.count)
      if (effect.type !== 'reply') continue
      return name === 'roundsRequest' && this.host.scenario.mutant?.withholdProofs === true ? withoutProofs(effect.bytes) : effect.bytes
    }
    return null
  }

  deliverReply(event: Extract<Delivery, { kind: 'reply' }>): void {
    const { from, to, life, id, reading } = event
    const node = this.host.nodes[to]!
    const pending = node.requests.get(id)
    if (pending === undefined || life !== node.life || !node.online) return
    if (!awake(node, this.host.now)) return this.host.plan(node.frozenUntil, event)
    node.requests.delete(id)
    const peer = this.#names[from]!
    if (reading === null) return void this.host.input(node, { type: 'reply', id, from: peer, result: fail('timeout') }, -id)
    const opened = node.ingress.openReply(pending.request, reading.bytes, reading)
    const message = isRefusal(opened) ? opened : this.#admit(node, opened)
    if (isRefusal(message)) {
      this.countRefusal(`reply-${message.code}`)
      return void this.host.input(node, { type: 'reply', id, from: peer, result: fail('bad-reply', message.code) }, reading.bytes.length)
    }
    assert(message.kind === replyTo(pending.request), 'the reply is of the kind that was asked for')
    this.host.input(node, { type: 'reply', id, from: peer, result: ok(message) }, reading.bytes.length)
  }
}
