/**
 * Many real nodes in one process, under virtual time. Everything that could differ between two runs (time, order, loss, keys, faults) comes from the
 * scenario's seed; the nodes are the very class that runs in a tab.
 *
 * The data's way: a node's effects become planned events (deliver, store, tick); an event becomes an input; the checkers look on.
 */
import { nameAt } from '../agent/names'
import type { ChainRules } from '../core/chain/execute'
import { encode } from '../core/codec'
import { createSigner } from '../core/crypto/ed25519'
import type { FastSign, Signer } from '../core/crypto/ed25519'
import { VerificationCache } from '../core/crypto/verificationCache'
import { createSyncVerifier } from '../core/crypto/verifier'
import type { SyncFastVerifier, SyncVerifier } from '../core/crypto/verifier'
import { familyOf } from '../core/families/registry'
import { createGenesis } from '../core/genesis'
import { assert, fail, ok } from '../core/result'
import { Genesis } from '../core/schema'
import { messageId, networkIdOf } from '../core/signing'
import { toHex } from '../core/bytes'
import { decodeMessage, encodeMessage } from '../core/wire'
import type { VoteOutcome, VoteRow } from '../core/consensus/voteGuard'
import { Ingress, isRefusal } from '../node/ingress'
import { replyTo } from '../node/messages'
import type { CoreEvent, Effect, Input, RequestName } from '../node/messages'
import { NodeCore } from '../node/nodeCore'
import { rangeReply } from '../node/serveRange'
import type { Topic } from '../node/ports'
import { Checkers, Violation } from './checkers'
import { EventQueue } from './eventQueue'
import { Liar } from './liars'
import { Random } from './random'
import type { Scenario } from './scenario'
import { SimStore } from './storage'

/** A request without an answer fails after this long. */
const REQUEST_TIMEOUT_MS = 3000
/** Events within one virtual millisecond; more means that something answers itself for ever. */
const MAX_EVENTS_AT_ONCE = 100_000
/** Genesis time: 2026-01-01, so that screens show sane dates. */
export const SIM_EPOCH_MS = 1_767_225_600_000

interface Pending {
  request: RequestName
  responder: number
}

type SimEvent =
  | { kind: 'tick'; node: number; life: number }
  | { kind: 'gossip'; from: number; to: number; topic: Topic; bytes: Uint8Array; id: string }
  | { kind: 'request'; from: number; to: number; life: number; id: number; bytes: Uint8Array; name: RequestName }
  | { kind: 'reply'; from: number; to: number; life: number; id: number; bytes: Uint8Array | null }
  | { kind: 'stored'; node: number; life: number; row: VoteRow; outcome: VoteOutcome }
  | { kind: 'links'; node: number; life: number }
  | { kind: 'restart'; node: number }
  | { kind: 'thaw'; node: number }
  | { kind: 'heal'; cut: number }
  | { kind: 'faults' }
  | { kind: 'transfer' }

export interface SimNode {
  index: number
  name: string
  signer: Signer
  core: NodeCore
  ingress: Ingress
  store: SimStore
  liar: Liar | null
  online: boolean
  /** Counts restarts: what was planned for an earlier life is void. */
  life: number
  frozenUntil: number
  offsetMs: number
  driftMilli: number
  wakeAt: number
  requests: Map<number, Pending>
}

/** What an onlooker may see; the first screen draws it. */
export interface SimObserver {
  sent?(message: { from: number; to: number; topic: Topic; bytes: Uint8Array; sentAt: number; arriveAt: number; lost: boolean }): void
  event?(node: number, event: CoreEvent, now: number): void
}

export interface SimPlatform {
  fastVerify: SyncFastVerifier | null
  fastSign?: FastSign
  cache?: VerificationCache
}

export interface SimResult {
  seed: number
  finalHeight: number
  minFinalHeight: number
  messages: number
  events: number
  logHash: string
  virtualMs: number
}

export class Simulation {
  readonly nodes: SimNode[] = []
  readonly genesis: Genesis
  readonly rules: ChainRules
  readonly checkers: Checkers
  now = SIM_EPOCH_MS
  messages = 0
  events = 0
  readonly #queue = new EventQueue<SimEvent>()
  readonly #random: Random
  readonly #genesisBytes: Uint8Array
  readonly #verifier: SyncVerifier
  readonly #cuts = new Map<number, Set<string>>()
  readonly #refusals = new Map<string, number>()
  #nextCut = 1
  #logLow = 0x811c9dc5
  #logHigh = 0xcbf29ce4
  #lossMilli: number
  #lastProgress = SIM_EPOCH_MS
  #atThisTime = 0

  constructor(
    readonly scenario: Scenario,
    readonly platform: SimPlatform,
    readonly observer: SimObserver = {}
  ) {
    this.#random = new Random(scenario.seed)
    this.#lossMilli = scenario.lossMilli
    const cache = platform.cache ?? new VerificationCache()
    this.#verifier = createSyncVerifier({ cache, fast: platform.fastVerify })
    const signers = Array.from({ length: scenario.nodes }, () => createSigner(this.#random.bytes(32), platform.fastSign))
    this.genesis = createGenesis({
      name: 'simulation',
      time: SIM_EPOCH_MS,
      salt: this.#random.bytes(32),
      founders: signers.map((signer, i) => ({ publicKey: signer.publicKey, name: nameAt(i) })),
      blockIntervalMs: scenario.blockIntervalMs,
      slotMs: scenario.slotMs,
      epochLength: scenario.epochLength,
      heartbeatTtl: scenario.heartbeatTtl,
      minCommittee: scenario.minCommittee
    })
    this.#genesisBytes = encode(Genesis, this.genesis)
    this.rules = { genesis: this.genesis, networkId: networkIdOf(this.genesis), family: familyOf(this.genesis) }
    this.checkers = new Checkers(this.rules)
    signers.forEach((signer, index) => this.nodes.push(this.#createNode(index, signer)))
    for (const node of this.nodes) this.#queue.push(this.now, { kind: 'links', node: node.index, life: 0 })
    if (scenario.partitionMilli + scenario.crashMilli + scenario.freezeMilli > 0) this.#queue.push(this.now + 1000, { kind: 'faults' })
    if (scenario.transfersPerMinute > 0) this.#queue.push(this.now + 1000, { kind: 'transfer' })
  }

  get refusals(): ReadonlyMap<string, number> {
    return this.#refusals
  }

  isHonest(node: SimNode): boolean {
    return node.liar === null
  }

  localTime(node: SimNode, at = this.now): number {
    return Math.floor(at + node.offsetMs + ((at - SIM_EPOCH_MS) * node.driftMilli) / 1000)
  }

  /** The first virtual millisecond at which the node's own clock shows `local` or more. */
  #virtualTime(node: SimNode, local: number): number {
    let at = Math.floor(SIM_EPOCH_MS + ((local - node.offsetMs - SIM_EPOCH_MS) * 1000) / (1000 + node.driftMilli))
    while (this.localTime(node, at) < local) at++
    return at
  }

  #createNode(index: number, signer: Signer): SimNode {
    const { scenario } = this
    const store = new SimStore(this.#genesisBytes)
    const offsetMs = scenario.clockOffsetMs === 0 ? 0 : this.#random.between(-scenario.clockOffsetMs, scenario.clockOffsetMs)
    const driftMilli = scenario.clockDriftMilli === 0 ? 0 : this.#random.between(-scenario.clockDriftMilli, scenario.clockDriftMilli)
    const core = this.#open(index, signer, store, this.now + offsetMs)
    const node: SimNode = {
      index,
      name: nameAt(index),
      signer,
      core,
      ingress: this.#ingressFor(core),
      store,
      liar: null,
      online: true,
      life: 0,
      frozenUntil: 0,
      offsetMs,
      driftMilli,
      wakeAt: Infinity,
      requests: new Map()
    }
    if (index >= scenario.nodes - scenario.byzantine) node.liar = this.#makeLiar(node)
    return node
  }

  #makeLiar(node: SimNode): Liar {
    const others = Array.from({ length: this.scenario.nodes }, (_, i) => i).filter(i => i !== node.index)
    return new Liar(node.liar?.kind ?? this.#random.pick(this.scenario.liars), node.core, node.signer, others, this.#random)
  }

  #open(index: number, signer: Signer, store: SimStore, now: number): NodeCore {
    const { taste, mutant } = this.scenario
    const tasteOf = mutant?.taste
    const opened = NodeCore.open(
      {
        genesis: this.genesis,
        signer,
        name: nameAt(index),
        // Every second node dislikes some proposers: between 0 and 7 slots, fixed by who judges whom.
        taste: tasteOf !== undefined ? header => tasteOf(index, header) : taste && index % 2 === 1 ? header => (header.proposer[0]! + index) % 8 : undefined,
        rounds: mutant?.rounds
      },
      store.load(),
      now
    )
    assert(opened.ok, `a simulated store can be reopened: ${opened.ok ? '' : opened.detail}`)
    return opened.value
  }

  #ingressFor(core: NodeCore): Ingress {
    return new Ingress({
      networkId: core.networkId,
      finalHeight: () => core.tree.final.height,
      isMember: (publicKey, height) => core.rounds.setAt(height)?.weights.has(toHex(publicKey)) ?? null,
      isAgent: publicKey => core.agent(publicKey) !== null
    })
  }

  // --------------------------------------------------------------------------------------------------------------- running

  /** Runs to the scenario's end. Throws `Violation`. */
  run(): SimResult {
    this.runUntil(SIM_EPOCH_MS + this.scenario.virtualMs)
    this.#demandLiveness()
    return this.result()
  }

  /** One line per node, for the report of a failure. */
  describe(): string[] {
    return this.nodes.map(({ index, core, online, liar }) => {
      const { round } = core.rounds
      const record = core.rounds.peek(round)
      const known = core.rounds.setAt(round)
      const blocks = core.tree
        .at(round)
        .map(
          entry =>
            `${entry.hash.slice(0, 6)}/r${entry.header.rank}${entry.transactions === null ? '?' : ''}${entry.invalid === null ? '' : '!' + entry.invalid.code}:${record?.notarise.get(entry.hash)?.size ?? 0}`
        )
      return `node ${index}${liar === null ? '' : ` (liar: ${liar.kind})`}${online ? '' : ' off'}: final ${core.tree.final.height}, round ${round}, set ${known === null ? 'unknown' : known.weights.size}, promised ${[...(record?.promised ?? [])].map(hash => hash.slice(0, 6)).join(',')}, blocks ${blocks.join(' ')}, peers ${core.peers
        .all()
        .map(note => `${note.peer}@${note.finalHeight}${note.failures > 0 ? `!${note.failures}` : ''}`)
        .join(' ')}, requests ${core.requestCount}, tree ${core.tree.size}, refused ${[...this.#refusals].map(([code, n]) => `${code}:${n}`).join(' ')}`
    })
  }

  result(): SimResult {
    const finals = this.nodes.filter(node => this.isHonest(node)).map(node => node.core.tree.final.height)
    return {
      seed: this.scenario.seed,
      finalHeight: Math.max(...finals),
      minFinalHeight: Math.min(...finals),
      messages: this.messages,
      events: this.events,
      logHash: (this.#logHigh >>> 0).toString(16).padStart(8, '0') + (this.#logLow >>> 0).toString(16).padStart(8, '0'),
      virtualMs: this.now - SIM_EPOCH_MS
    }
  }

  runUntil(time: number): void {
    while (this.#queue.nextAt <= time) {
      const { at, event } = this.#queue.pop()!
      this.#atThisTime = at > this.now ? 0 : this.#atThisTime + 1
      if (this.#atThisTime > MAX_EVENTS_AT_ONCE)
        throw new Violation('L1', `time stands still at ${this.now - SIM_EPOCH_MS} ms: ${event.kind} events without end`)
      this.now = Math.max(this.now, at)
      this.events++
      this.#happen(event)
    }
    this.now = Math.max(this.now, time)
  }

  get healed(): boolean {
    return this.now >= SIM_EPOCH_MS + this.scenario.healAtMs
  }

  #happen(event: SimEvent): void {
    switch (event.kind) {
      case 'tick':
        return this.#tick(event.node, event.life)
      case 'links':
        return this.#links(event.node, event.life)
      case 'gossip':
        return this.#deliverGossip(event)
      case 'request':
        return this.#deliverRequest(event)
      case 'reply':
        return this.#deliverReply(event)
      case 'stored':
        return this.#deliverStored(event)
      case 'restart':
        return this.restart(event.node)
      case 'thaw':
        if (!this.nodes[event.node]!.online) return
        return void this.#input(this.nodes[event.node]!, { type: 'tick' })
      case 'heal':
        return this.heal(event.cut)
      case 'faults':
        return this.#faults()
      case 'transfer':
        return this.#transfer()
    }
  }

  #log(...numbers: number[]): void {
    for (const number of numbers) {
      this.#logLow = Math.imul(this.#logLow ^ (number & 0xffff_ffff), 0x0100_0193)
      this.#logHigh = Math.imul(this.#logHigh ^ this.#logLow, 0x0100_01b3) + 1
    }
  }

  #awake(node: SimNode): boolean {
    return node.online && node.frozenUntil <= this.now
  }

  #input(node: SimNode, input: Input): Effect[] {
    this.#log(this.now - SIM_EPOCH_MS, node.index, input.type.length)
    const effects = node.core.handle(input, this.localTime(node))
    for (const effect of effects) this.#perform(node, effect)
    this.checkers.bounded(node.index, node.core)
    return effects
  }

  #tick(index: number, life: number): void {
    const node = this.nodes[index]!
    if (node.life !== life || node.wakeAt > this.now) return
    if (!node.online) return
    if (node.frozenUntil > this.now) return
    node.wakeAt = Infinity
    this.#input(node, { type: 'tick' })
  }

  #links(index: number, life: number): void {
    const node = this.nodes[index]!
    if (node.life !== life || !node.online) return
    this.#input(node, { type: 'links', peers: this.nodes.filter(other => other !== node && other.online).map(other => String(other.index)) })
  }

  // --------------------------------------------------------------------------------------------------------------- effects

  #perform(node: SimNode, effect: Effect): void {
    switch (effect.type) {
      case 'publish':
        return this.#publish(node, effect.topic, effect.bytes)
      case 'request':
        return this.#sendRequest(node, effect)
      case 'store':
        return this.#store(node, effect)
      case 'commit':
        return this.#commit(node, effect)
      case 'wake':
        return this.#wake(node, effect.at)
      case 'event':
        this.observer.event?.(node.index, effect.event, this.now)
        return
      case 'verdict':
        if (effect.verdict !== 'accept') this.#countRefusal(effect.code)
        return
      default:
        // 'reply' and 'serveRange' are taken from the effects by the request that caused them; 'penalise' and 'submitted' concern no one here.
        return
    }
  }

  #wake(node: SimNode, at: number): void {
    if (at === Infinity) return
    const when = Math.max(this.now, this.#virtualTime(node, at))
    if (when === node.wakeAt) return
    node.wakeAt = when
    this.#queue.push(when, { kind: 'tick', node: node.index, life: node.life })
  }

  #store(node: SimNode, { row, blocks }: Extract<Effect, { type: 'store' }>): void {
    const [low, high] = this.scenario.diskMs
    const { mutant } = this.scenario
    const outcome = node.store.castVote(row, blocks, mutant?.blindStore === true || mutant?.forgetVotes === true)
    this.#queue.push(this.now + this.#random.between(low, high), { kind: 'stored', node: node.index, life: node.life, row, outcome })
  }

  #deliverStored({ node: index, life, row, outcome }: Extract<SimEvent, { kind: 'stored' }>): void {
    const node = this.nodes[index]!
    if (node.life !== life || !node.online) return
    if (outcome.ok && this.isHonest(node)) this.checkers.signed(index, row)
    this.#input(node, { type: 'stored', row, outcome })
  }

  #commit(node: SimNode, { batch }: Extract<Effect, { type: 'commit' }>): void {
    if (this.isHonest(node)) this.checkers.committed(node.index, batch, hash => node.store.block(hash)?.bytes ?? null)
    node.store.commit(batch)
    if (batch.final !== null) this.#lastProgress = this.now
  }

  // --------------------------------------------------------------------------------------------------------------- network

  #publish(node: SimNode, topic: Topic, bytes: Uint8Array): void {
    const plain = { topic, bytes, to: this.nodes.filter(other => other !== node).map(other => other.index) }
    for (const said of node.liar?.say(topic, bytes) ?? [plain]) {
      const id = messageId(said.bytes)
      for (const to of said.to) this.#send(node.index, to, said.topic, said.bytes, id)
    }
  }

  #send(from: number, to: number, topic: Topic, bytes: Uint8Array, id: string): void {
    this.messages++
    const lost = this.#isCut(from, to) || this.#random.chance(this.#lossMilli)
    const copies = !lost && this.#faulty && this.#random.chance(this.scenario.duplicateMilli) ? 2 : 1
    for (let i = 0; i < copies; i++) {
      const arriveAt = this.now + this.#delay()
      this.observer.sent?.({ from, to, topic, bytes, sentAt: this.now, arriveAt, lost })
      if (!lost) this.#queue.push(arriveAt, { kind: 'gossip', from, to, topic, bytes, id })
    }
  }

  get #faulty(): boolean {
    return this.now < SIM_EPOCH_MS + this.scenario.healAtMs
  }

  #delay(): number {
    const [low, high] = this.scenario.latencyMs
    const extra = this.#faulty && this.scenario.extraDelayMs > 0 && this.#random.chance(100) ? this.#random.below(this.scenario.extraDelayMs) : 0
    return this.#random.between(low, high) + extra
  }

  #isCut(from: number, to: number): boolean {
    for (const cut of this.#cuts.values()) if (cut.has(`${from}>${to}`)) return true
    return !this.nodes[to]!.online || !this.nodes[from]!.online
  }

  #deliverGossip({ from, to, topic, bytes, id }: Extract<SimEvent, { kind: 'gossip' }>): void {
    const node = this.nodes[to]!
    if (!this.#awake(node)) {
      if (node.online) this.#queue.push(node.frozenUntil, { kind: 'gossip', from, to, topic, bytes, id })
      return
    }
    const opened = node.ingress.openGossip(String(from), topic, bytes, id, this.localTime(node))
    if (isRefusal(opened)) return this.#countRefusal(opened.code)
    const message = node.ingress.admit(
      opened,
      opened.checks.map(check => this.#verifier.verify(check))
    )
    if (isRefusal(message)) return this.#countRefusal(message.code)
    this.#input(node, { type: 'gossip', from: String(from), message })
  }

  #countRefusal(code: string): void {
    this.#refusals.set(code, (this.#refusals.get(code) ?? 0) + 1)
  }

  #sendRequest(node: SimNode, { id, to, name, bytes }: Extract<Effect, { type: 'request' }>): void {
    const responder = Number(to)
    node.requests.set(id, { request: name, responder })
    this.messages++
    if (!this.#isCut(node.index, responder) && !this.#random.chance(this.#lossMilli)) {
      this.#queue.push(this.now + this.#delay(), { kind: 'request', from: node.index, to: responder, life: node.life, id, bytes, name })
    }
    this.#queue.push(this.now + REQUEST_TIMEOUT_MS, { kind: 'reply', from: responder, to: node.index, life: node.life, id, bytes: null })
  }

  #deliverRequest({ from, to, life, id, bytes, name }: Extract<SimEvent, { kind: 'request' }>): void {
    const node = this.nodes[to]!
    if (!this.#awake(node) || (node.liar !== null && node.liar.kind === 'silent')) return
    const opened = node.ingress.openRequest(String(from), bytes, this.localTime(node))
    if (isRefusal(opened)) return this.#countRefusal(opened.code)
    const message = node.ingress.admit(
      opened,
      opened.checks.map(check => this.#verifier.verify(check))
    )
    if (isRefusal(message)) return this.#countRefusal(message.code)
    const effects = this.#input(node, { type: 'request', id, from: String(from), message })
    const reply = this.#replyBytes(node, effects, name)
    this.messages++
    if (reply !== null && !this.#isCut(to, from) && !this.#random.chance(this.#lossMilli))
      this.#queue.push(this.now + this.#delay(), { kind: 'reply', from: to, to: from, life, id, bytes: reply })
  }

  #replyBytes(node: SimNode, effects: Effect[], name: RequestName): Uint8Array | null {
    for (const effect of effects) {
      if (effect.type === 'serveRange') return rangeReply(node.store, effect.from, effect.count)
      if (effect.type !== 'reply') continue
      return name === 'roundsRequest' && this.scenario.mutant?.withholdProofs === true ? withoutProofs(effect.bytes) : effect.bytes
    }
    return null
  }

  #deliverReply({ from, to, life, id, bytes }: Extract<SimEvent, { kind: 'reply' }>): void {
    const node = this.nodes[to]!
    const pending = node.requests.get(id)
    if (pending === undefined || life !== node.life || !node.online) return
    if (!this.#awake(node)) return this.#queue.push(node.frozenUntil, { kind: 'reply', from, to, life, id, bytes })
    node.requests.delete(id)
    if (bytes === null) return void this.#input(node, { type: 'reply', id, from: String(from), result: fail('timeout') })
    const opened = node.ingress.openReply(pending.request, bytes)
    const message = isRefusal(opened)
      ? opened
      : node.ingress.admit(
          opened,
          opened.checks.map(check => this.#verifier.verify(check))
        )
    if (isRefusal(message)) {
      this.#countRefusal(`reply-${message.code}`)
      return void this.#input(node, { type: 'reply', id, from: String(from), result: fail('bad-reply', message.code) })
    }
    assert(message.kind === replyTo(pending.request), 'the reply is of the kind that was asked for')
    this.#input(node, { type: 'reply', id, from: String(from), result: ok(message) })
  }

  // ---------------------------------------------------------------------------------------------------------------- faults

  #faults(): void {
    if (!this.#faulty) return this.#healAll()
    const { scenario } = this
    if (this.#random.chance(scenario.partitionMilli)) this.#randomCut()
    if (this.#random.chance(scenario.crashMilli)) this.crash(this.#random.below(scenario.nodes), this.#random.between(200, 20_000))
    if (this.#random.chance(scenario.freezeMilli)) this.#freeze(this.#random.below(scenario.nodes), this.#random.between(1000, 15_000))
    this.#queue.push(this.now + 1000, { kind: 'faults' })
  }

  #healAll(): void {
    this.#lossMilli = 0
    this.#cuts.clear()
    for (const node of this.nodes) {
      if (!node.online) this.restart(node.index)
      if (node.frozenUntil > this.now) node.frozenUntil = this.now
    }
  }

  /** Both ways or one way, between two random groups. */
  #randomCut(): void {
    const left = this.nodes.filter(() => this.#random.chance(500)).map(node => node.index)
    const oneWay = this.#random.chance(250)
    const cut = this.split(left, oneWay)
    this.#queue.push(this.now + this.#random.between(1000, 40_000), { kind: 'heal', cut })
  }

  /** @returns a handle for `heal` */
  split(left: readonly number[], oneWay = false): number {
    const right = this.nodes.map(node => node.index).filter(index => !left.includes(index))
    const pairs = new Set<string>()
    for (const a of left) {
      for (const b of right) {
        pairs.add(`${a}>${b}`)
        if (!oneWay) pairs.add(`${b}>${a}`)
      }
    }
    this.#cuts.set(this.#nextCut, pairs)
    return this.#nextCut++
  }

  heal(cut: number | 'all'): void {
    if (cut === 'all') this.#cuts.clear()
    else this.#cuts.delete(cut)
  }

  setLoss(milli: number): void {
    this.#lossMilli = milli
  }

  /** Power off. What the disk had not confirmed is gone; the node returns by itself after `downMs`, or by `restart`. */
  crash(index: number, downMs: number | null): void {
    const node = this.nodes[index]!
    if (!node.online) return
    node.online = false
    node.life++
    node.requests.clear()
    if (this.scenario.mutant?.forgetVotes === true) node.store.forgetVotes()
    if (downMs !== null) this.#queue.push(this.now + downMs, { kind: 'restart', node: index })
    this.#announceLinks()
  }

  restart(index: number): void {
    const node = this.nodes[index]!
    if (node.online) return
    node.online = true
    node.core = this.#open(index, node.signer, node.store, this.localTime(node))
    node.ingress = this.#ingressFor(node.core)
    node.wakeAt = Infinity
    if (node.liar !== null) node.liar = this.#makeLiar(node)
    this.#input(node, { type: 'tick' })
    this.#announceLinks()
  }

  #announceLinks(): void {
    for (const node of this.nodes) if (node.online) this.#queue.push(this.now + 20, { kind: 'links', node: node.index, life: node.life })
  }

  #freeze(index: number, forMs: number): void {
    const node = this.nodes[index]!
    node.frozenUntil = this.now + forMs
    this.#queue.push(node.frozenUntil, { kind: 'thaw', node: index })
  }

  #transfer(): void {
    const from = this.#random.pick(this.nodes)
    const to = this.#random.pick(this.nodes)
    if (from !== to && this.#awake(from)) {
      this.#input(from, {
        type: 'submit',
        id: 0,
        intent: { kind: 'transfer', to: to.signer.publicKey, amount: BigInt(this.#random.between(1, 50)), fee: BigInt(this.#random.below(4)) }
      })
    }
    this.#queue.push(this.now + this.#random.between(1, Math.ceil(120_000 / this.scenario.transfersPerMinute)), { kind: 'transfer' })
  }

  // -------------------------------------------------------------------------------------------------------------- liveness

  /** L1 and L3: after healing the chain grew by at least one height per 2Δ·(f + 1) plus a start-up allowance, and everybody honest is near its tip. */
  #demandLiveness(): void {
    const { scenario } = this
    const calmMs = scenario.virtualMs - scenario.healAtMs
    const honest = this.nodes.filter(node => this.isHonest(node))
    const top = Math.max(...honest.map(node => node.core.tree.final.height))
    // A height takes at most f + 1 slots and the largest taste. Two tastes may cost a height its finality; as they fade, at most eight heights in a row.
    const slots = scenario.taste ? 8 * (scenario.byzantine + 1 + 7) : 20
    if (this.now - this.#lastProgress > slots * scenario.slotMs)
      throw new Violation('L1', `nothing became final for ${((this.now - this.#lastProgress) / 1000).toFixed(1)} s after healing (final ${top})`)
    const perHeight = scenario.blockIntervalMs + 2 * scenario.slotMs * (scenario.byzantine + 1) + (scenario.taste ? 7 * scenario.slotMs : 0)
    const due = Math.floor((calmMs - 60_000) / perHeight)
    if (top - this.#heightAtHeal() < due)
      throw new Violation('L1', `only ${top - this.#heightAtHeal()} heights became final in ${calmMs / 1000} s after healing, ${due} are due`)
    const late = honest.find(node => top - node.core.tree.final.height > 3)
    if (late !== undefined) throw new Violation('L3', `node ${late.index} stands at ${late.core.tree.final.height}, the others at ${top}`)
  }

  #heightAtHeal(): number {
    const healAt = SIM_EPOCH_MS + this.scenario.healAtMs
    let height = 0
    while (height < this.checkers.height && this.checkers.timestampAt(height + 1) <= healAt) height++
    return height
  }
}

function withoutProofs(bytes: Uint8Array): Uint8Array {
  const decoded = decodeMessage(bytes, ['roundsReply'])
  if (!decoded.ok) return bytes
  const { announces, votes } = decoded.value.value
  const newest = Math.max(0, ...votes.map(vote => vote.height))
  return encodeMessage('roundsReply', {
    announces: announces.map(announce => ({ ...announce, parentCertificate: [] })),
    votes: votes.filter(vote => vote.height === newest),
    certificates: []
  })
}
