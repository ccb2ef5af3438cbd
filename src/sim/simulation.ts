/**
 * Many real nodes in one process, under virtual time. Everything that could differ between two runs (time, order, loss, keys, faults) comes from the
 * scenario's seed; the nodes are the very class that runs in a tab.
 *
 * The data's way: a node's effects become planned events (deliver, store, tick); an event becomes an input; the checkers look on.
 */
import { equalBytes } from '../core/bytes'
import type { ChainRules } from '../core/chain/execute'
import type { VoteOutcome, VoteRow } from '../core/consensus/voteGuard'
import { createSigner } from '../core/crypto/ed25519'
import type { FastSign, SignatureCheck, Signer } from '../core/crypto/ed25519'
import { VerificationCache } from '../core/crypto/verificationCache'
import { createSyncVerifier } from '../core/crypto/verifier'
import type { SyncFastVerifier } from '../core/crypto/verifier'
import { ECVRF } from '../core/crypto/vrfScheme'
import type { VrfScheme } from '../core/crypto/vrfScheme'
import { familiesOf } from '../core/families/registry'
import type { Genesis } from '../core/schema'
import { networkIdOf } from '../core/signing'
import type { WorldState } from '../core/state/worldState'
import type { CoreEvent, Effect, Input, Intent } from '../node/messages'
import type { ProducerConfig } from '../agent/config/config'
import type { Result } from '../core/result'
import { Checkers } from './checkers'
import { SimClock } from './clock'
import { Courier } from './courier'
import type { CourierHost, Delivery, SentObserver } from './courier'
import { EventLog, idsOf } from './eventLog'
import type { LogLine } from './eventLog'
import { EventQueue } from './eventQueue'
import { ExecutionMemo } from './executionMemo'
import { planFaults } from './faultPlan'
import type { FaultPlan, Writes } from './faultPlan'
import { Faults } from './faults'
import type { FaultTarget } from './faults'
import { demandLiveness, demandNoTimer, InclusionWatch, SETTLE_MS } from './liveness'
import { SimNetwork } from './network'
import { Random, streams } from './random'
import type { Scenario } from './scenario'
import { genesisOf, SIM_EPOCH_MS } from './simGenesis'
import { socialIntent } from './socialLoad'
import { personalIntent } from './society'
import { awake, createNode, describeNode, personalityAt, reopen } from './simNode'
import type { NodeFrame, SimNode } from './simNode'
import { Violation } from './violation'

export { SIM_EPOCH_MS } from './simGenesis'
export type { SimNode } from './simNode'

/** Submissions of `socialLoad.ts` carry this id; transfers and heartbeats carry 0, tests others. */
const SOCIAL_SUBMIT = 2
/** Events within one virtual millisecond; more means that something answers itself for ever. */
const MAX_EVENTS_AT_ONCE = 100_000
/** Time until a node knows that another has come or gone. */
const LINK_DELAY_MS = 20
/** Numbers of the inputs in the log's hash. */
const inputCodes: Record<Input['type'], number> = {
  tick: 1,
  gossip: 2,
  request: 3,
  reply: 4,
  links: 5,
  stored: 6,
  submit: 7,
  chunks: 8,
  chunksKept: 9,
  configure: 10,
  decide: 11
}

type SimEvent =
  | { kind: 'tick'; node: number; life: number }
  | Delivery
  | { kind: 'stored'; node: number; life: number; row: VoteRow; outcome: VoteOutcome; number: number }
  | { kind: 'links'; node: number; life: number }
  | { kind: 'disk'; node: number; life: number; input: Extract<Input, { type: 'chunks' | 'chunksKept' }> }
  | { kind: 'restart'; node: number; life: number }
  | { kind: 'thaw'; node: number }
  | { kind: 'begin' | 'end'; fault: number }
  | { kind: 'transfer' | 'social' }

/** What an onlooker may see; the first screen draws it. */
export interface SimObserver extends SentObserver {
  event?(node: number, event: CoreEvent, now: number): void
  /** Takes broken invariants of safety instead of having them end the run: for the lab, where a rule is broken on purpose. */
  violation?(violation: Violation): void
  /** Lines of the event log (eventLog.ts). */
  log?(line: LogLine): void
}

export interface SimPlatform {
  fastVerify: SyncFastVerifier | null
  fastSign?: FastSign
  cache?: VerificationCache
  /** The random function of the network; a cheaper model of it serves long runs (modelVrf.ts). */
  vrf?: VrfScheme
  /**
   * Where a host verifies by promise only: puts the verdicts on these checks into `cache`. Used by `runUntilAsync`, which then has `fastVerify`'s speed without one.
   * Must never reject.
   */
  prefetch?: (checks: readonly SignatureCheck[]) => Promise<void>
  /**
   * Signatures that are made here are taken to hold without being verified: nobody in a simulation doubts that the platform's signer signs. The history stays the same to the bit.
   * For long runs; those of liars who forge are verified all the same.
   */
  trustOwn?: boolean
  /** False: each receiver decodes its own copy. For a test that sharing changes nothing but the time it takes. */
  shareMessages?: boolean
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

/** Counters of work, since the start. */
export interface SimWork {
  /** Gossip messages that reached a node, each copy. */
  deliveries: number
  /** Different gossip messages among them. */
  distinctMessages: number
  /** Signatures that were really verified. */
  signaturesVerified: number
}

export class Simulation {
  readonly nodes: SimNode[] = []
  readonly genesis: Genesis
  readonly rules: ChainRules
  readonly checkers: Checkers
  readonly inclusion = new InclusionWatch(({ sender }) => this.nodes.findIndex(({ signer }) => equalBytes(signer.publicKey, sender)))
  readonly network: SimNetwork
  /** Virtual time, ms since 1970. */
  now = SIM_EPOCH_MS
  events = 0
  readonly #queue = new EventQueue<SimEvent>(SIM_EPOCH_MS)
  readonly #log: EventLog
  readonly #faults: Faults
  readonly #courier: Courier
  readonly #cache: VerificationCache
  readonly #verifiedBefore: number
  readonly #frame: NodeFrame
  readonly #disk: Random
  readonly #load: Random
  readonly #society: Random
  #lastFinal = SIM_EPOCH_MS
  /** When the first node made how many heights final: the newest that is a slot old, and those since. */
  readonly #rises = [{ at: SIM_EPOCH_MS, height: 0 }]
  #finalAtHeal = 0
  #atThisTime = 0
  #meddled = false
  /** Nothing has gone wrong and nothing is planned to: L4 is judged. */
  #calm: boolean

  /** @param plan what goes wrong; that of the scenario's seed unless told */
  constructor(
    readonly scenario: Scenario,
    readonly platform: SimPlatform,
    readonly observer: SimObserver = {},
    readonly plan: FaultPlan = planFaults(scenario)
  ) {
    const { seed, nodes, mutant } = scenario
    const keys = new Random(seed, streams.keys)
    this.#disk = new Random(seed, streams.disk)
    this.#load = new Random(seed, streams.load)
    this.#society = new Random(seed, streams.social)
    this.#cache = platform.cache ?? new VerificationCache()
    this.#verifiedBefore = this.#cache.stats().misses
    this.#log = new EventLog(observer.log?.bind(observer) ?? null)
    this.network = new SimNetwork(nodes, scenario.latencyMs, new Random(seed, streams.network))
    const vrf = platform.vrf ?? ECVRF
    const exact = plan.length === 0 && !scenario.taste && scenario.clockOffsetMs === 0 && scenario.clockDriftMilli === 0
    const signers = Array.from({ length: nodes }, () => this.#known(createSigner(keys.bytes(32), platform.fastSign, vrf)))
    this.genesis = genesisOf(scenario, signers, keys)
    this.rules = { genesis: this.genesis, networkId: networkIdOf(this.genesis), familyOf: scenario.familyOf?.(this.genesis) ?? familiesOf(this.genesis), vrf }
    // The checkers compute everything a second time, by themselves.
    const checked = mutant?.everywhere === true ? { ...this.rules, ...mutant.rules?.(this.rules) } : this.rules
    this.checkers = new Checkers(
      checked,
      (height, transactions) => this.inclusion.finalBlock(height, this.checkers.timestampAt(height) > SIM_EPOCH_MS + scenario.healAtMs, transactions),
      // The announcement, a request for the body and its answer.
      { now: () => this.now, calm: () => exact && !this.#meddled && scenario.familyOf === undefined, reachMs: 3 * scenario.latencyMs[1] }
    )
    this.#frame = { scenario, rules: { ...this.rules, executions: new ExecutionMemo() }, lies: new Random(seed, streams.liars) }
    const verifier = createSyncVerifier({ cache: this.#cache, fast: platform.fastVerify })
    this.#courier = new Courier(this.rules.networkId, this.network, verifier, this.#courierHost())
    const lies = new Map(plan.flatMap(fault => (fault.kind === 'liar' ? [[fault.node, fault.lie] as const] : [])))
    this.#calm = exact && mutant === null
    const clocks = new Random(seed, streams.clocks)
    signers.forEach((signer, index) => {
      const offset = clocks.between(-scenario.clockOffsetMs, scenario.clockOffsetMs)
      const rate = clocks.between(-scenario.clockDriftMilli, scenario.clockDriftMilli)
      this.nodes.push(createNode(this.#frame, index, signer, new SimClock(SIM_EPOCH_MS, offset, rate), lies.get(index) ?? null, this.now))
    })
    this.#faults = new Faults(plan, this.#faultTarget())
    for (const node of this.nodes) this.#queue.push(this.now, { kind: 'links', node: node.index, life: 0 })
    plan.forEach((fault, index) => {
      if (fault.kind === 'liar') return
      this.#queue.push(SIM_EPOCH_MS + fault.at, { kind: 'begin', fault: index })
      this.#queue.push(SIM_EPOCH_MS + fault.until, { kind: 'end', fault: index })
    })
    if (scenario.transfersPerMinute > 0) this.#queue.push(this.now + 1000, { kind: 'transfer' })
    if (scenario.socialPerMinute > 0) this.#queue.push(this.now + 1000, { kind: 'social' })
  }

  /** A signer whose signatures need no verification, where the platform wants it so. */
  #known(signer: Signer): Signer {
    if (this.platform.trustOwn !== true) return signer
    const { publicKey } = signer
    return {
      ...signer,
      sign: message => {
        const signature = signer.sign(message)
        this.#cache.set(this.#cache.keyOf({ publicKey, message, signature }), true)
        return signature
      }
    }
  }

  /** Refused messages by code, all nodes together. */
  get refusals(): ReadonlyMap<string, number> {
    return this.#courier.refusals
  }

  /** Messages sent, each receiver counted. */
  get messages(): number {
    return this.#courier.messages
  }

  get work(): SimWork {
    return {
      deliveries: this.#courier.deliveries,
      distinctMessages: this.#courier.pool.distinct,
      signaturesVerified: this.#cache.stats().misses - this.#verifiedBefore
    }
  }

  isHonest(node: SimNode): boolean {
    return node.liar === null
  }

  // --------------------------------------------------------------------------------------------------------------- running

  /** Runs to the scenario's end. @throws Violation */
  run(): SimResult {
    this.runUntil(SIM_EPOCH_MS + this.scenario.virtualMs)
    this.judge()
    return this.result()
  }

  /** What can only be said at the end: progress since the last fault, and what the disks hold. @throws Violation */
  judge(): void {
    const { scenario, nodes } = this
    const honest = nodes.filter(node => this.isHonest(node))
    demandLiveness({
      scenario,
      liars: nodes.length - honest.length,
      now: this.now - SIM_EPOCH_MS,
      lastFinal: this.#lastFinal - SIM_EPOCH_MS,
      finalAtHeal: this.#finalAtHeal,
      settled: this.#settled(),
      honest: honest.map(({ index, core }) => ({ index, final: core.tree.final.height }))
    })
    for (const node of honest) this.checkers.checkStored(node.index, node.store.peek())
  }

  /** How many heights were final somewhere a slot ago. */
  #settled(): number {
    const rises = this.#rises
    while (rises.length > 1 && rises[1]!.at <= this.now - this.scenario.slotMs) rises.shift()
    return rises[0]!.height
  }

  result(): SimResult {
    const finals = this.nodes.filter(node => this.isHonest(node)).map(node => node.core.tree.final.height)
    return {
      seed: this.scenario.seed,
      finalHeight: Math.max(...finals),
      minFinalHeight: Math.min(...finals),
      messages: this.messages,
      events: this.events,
      logHash: this.#log.hash,
      virtualMs: this.now - SIM_EPOCH_MS
    }
  }

  /** One line per node, for the report of a failure. */
  describe(): string[] {
    return this.nodes.map(node => describeNode(node)).concat(`refused ${[...this.refusals].map(([code, n]) => `${code}:${n}`).join(' ')}`)
  }

  /** @param time virtual, ms since 1970. @throws Violation */
  runUntil(time: number): void {
    this.#drain(time)
    this.now = Math.max(this.now, time)
  }

  /**
   * The same history as `runUntil`, for a host that verifies by promise: time goes on in windows no longer than the fastest message, so that all signatures read
   * in a window were sent before it and have been judged when it begins. Do not run two at once.
   * @throws Violation
   */
  async runUntilAsync(time: number): Promise<void> {
    const { prefetch } = this.platform
    while (this.#queue.nextAt <= time) {
      const checks = prefetch === undefined ? [] : this.#courier.takeUnverified()
      if (checks.length > 0) await prefetch?.(checks)
      this.#drain(Math.min(time, this.#queue.nextAt + this.network.leastLatencyMs - 1))
    }
    this.now = Math.max(this.now, time)
  }

  #drain(time: number): void {
    for (let at = this.#queue.nextAt; at <= time; at = this.#queue.nextAt) {
      const event = this.#queue.pop()!
      this.#atThisTime = at > this.now ? 0 : this.#atThisTime + 1
      if (this.#atThisTime > MAX_EVENTS_AT_ONCE)
        throw new Violation('L1', `time stands still at ${this.now - SIM_EPOCH_MS} ms: ${event.kind} events without end`)
      this.now = Math.max(this.now, at)
      this.events++
      this.#happen(event)
    }
  }

  #happen(event: SimEvent): void {
    switch (event.kind) {
      case 'gossip':
        return this.#courier.deliverGossip(event)
      case 'tick':
        return this.#tick(event.node, event.life)
      case 'request':
        return this.#courier.deliverRequest(event)
      case 'reply':
        return this.#courier.deliverReply(event)
      case 'stored':
        return this.#deliverStored(event)
      case 'links':
        return this.#links(event.node, event.life)
      case 'disk':
        return this.#deliverChunks(event)
      case 'restart':
        if (this.nodes[event.node]!.life === event.life) this.restart(event.node)
        return
      case 'thaw': {
        const node = this.nodes[event.node]!
        if (node.online && node.frozenUntil <= this.now) this.#input(node, { type: 'tick' }, 0)
        return
      }
      case 'begin':
      case 'end':
        this.#log.sink?.({ t: this.now - SIM_EPOCH_MS, n: -1, k: event.kind, fault: event.fault })
        return event.kind === 'begin' ? this.#faults.begin(event.fault) : this.#faults.end(event.fault)
      case 'transfer':
        return this.#transfer()
      case 'social':
        return this.#social()
    }
  }

  /** @param word what of the input goes into the log's hash besides its kind */
  #input(node: SimNode, input: Input, word: number): Effect[] {
    const since = this.now - SIM_EPOCH_MS
    this.#log.add(since, node.index, inputCodes[input.type], word)
    if (this.#log.sink !== null) this.#log.sink({ t: since, n: node.index, k: input.type, ...idsOf(input, word) })
    const effects = this.#handle(node, input)
    if (this.#calm && input.type === 'tick') this.#check(() => demandNoTimer(node.index, node.core, effects))
    for (const effect of effects) this.#perform(node, effect)
    this.checkers.bounded(node.index, node.core)
    return effects
  }

  #handle(node: SimNode, input: Input): Effect[] {
    return this.#guard(node, input.type, () => node.core.handle(input, node.clock.at(this.now)))
  }

  /** Once safety is broken, or a disk holds less than it should, an assertion of the node itself may be the first to see it. */
  #guard<T>(node: SimNode, doing: string, run: () => T): T {
    try {
      return run()
    } catch (error) {
      throw new Violation('throw', `node ${node.index}, ${doing}: ${error instanceof Error ? error.message : String(error)}`, { cause: error })
    }
  }

  #check(judge: () => void): void {
    if (this.observer.violation === undefined) return judge()
    try {
      judge()
    } catch (error) {
      if (!(error instanceof Violation)) throw error
      this.observer.violation(error)
    }
  }

  #tick(index: number, life: number): void {
    const node = this.nodes[index]!
    if (node.life !== life || node.wakeAt > this.now || !awake(node, this.now)) return
    node.wakeAt = Infinity
    this.#input(node, { type: 'tick' }, 0)
  }

  #links(index: number, life: number): void {
    const node = this.nodes[index]!
    if (node.life !== life || !node.online) return
    const peers = this.nodes.filter(other => other !== node && other.online).map(other => String(other.index))
    this.#input(node, { type: 'links', peers }, peers.length)
  }

  // --------------------------------------------------------------------------------------------------------------- effects

  #perform(node: SimNode, effect: Effect): void {
    switch (effect.type) {
      case 'publish':
        return this.#courier.publish(node, effect.topic, effect.bytes)
      case 'request':
        return this.#courier.sendRequest(node, effect)
      case 'store':
        return this.#store(node, effect)
      case 'commit':
        return this.#commit(node, effect)
      case 'findChunks':
        return this.#findChunks(node, effect.roots)
      case 'keepChunks': {
        const doneAt = node.store.keepChunks(effect.chunks, this.now, this.#diskMs())
        const input = { type: 'chunksKept', roots: effect.chunks.map(({ root }) => root) } as const
        this.#queue.push(doneAt, { kind: 'disk', node: node.index, life: node.life, input })
        return
      }
      case 'wake':
        node.wakeLocal = effect.at
        return this.#planWake(node)
      case 'event':
        return this.#tell(node, effect.event)
      case 'verdict':
        if (effect.verdict !== 'accept') this.#courier.countRefusal(effect.code)
        return
      case 'submitted':
        // L2 promises nothing about what others can make void in the meantime: a vote on a poll that has ended, a second answer to one offer.
        if (
          effect.id !== SOCIAL_SUBMIT &&
          effect.result.ok &&
          !this.#meddled &&
          this.isHonest(node) &&
          this.now >= SIM_EPOCH_MS + this.scenario.healAtMs + SETTLE_MS
        )
          this.inclusion.submitted(
            effect.result.value.id,
            node.index,
            node.core.mempool.nextNonce(node.signer.publicKey, node.core.agent(node.signer.publicKey)?.nonce ?? 0) - 1,
            Math.max(...this.nodes.map(({ core }) => core.head().height))
          )
        return
      default:
        // 'reply' and 'serveRange' are taken from the effects by the request that caused them; 'penalise' concerns no one here.
        return
    }
  }

  /** The anchor takes effect at its author before it is told to anybody, and before the final block is written. */
  #noteAnchor(node: SimNode, { height, hash }: Extract<CoreEvent, { kind: 'anchored' }>): void {
    const set = node.core.rounds.setAt(height + 1)
    if (set !== null && equalBytes(node.signer.publicKey, this.genesis.authority)) this.checkers.anchored({ height, hash, set })
  }

  #tell(node: SimNode, event: CoreEvent): void {
    if (event.kind === 'anchored') this.#noteAnchor(node, event)
    this.observer.event?.(node.index, event, this.now)
    if (this.#log.sink !== null && 'hash' in event)
      this.#log.sink({ t: this.now - SIM_EPOCH_MS, n: node.index, k: event.kind, h: event.height, hash: event.hash.slice(0, 16) })
  }

  #planWake(node: SimNode): void {
    if (node.wakeLocal === Infinity) return
    const when = Math.max(this.now, node.clock.when(node.wakeLocal))
    if (when === node.wakeAt) return
    node.wakeAt = when
    this.#queue.push(when, { kind: 'tick', node: node.index, life: node.life })
  }

  #store(node: SimNode, { row, blocks }: Extract<Effect, { type: 'store' }>): void {
    const { outcome, number, doneAt } = node.store.castVote(row, blocks, this.now, this.#diskMs())
    this.#queue.push(doneAt, { kind: 'stored', node: node.index, life: node.life, row, outcome, number })
  }

  #findChunks(node: SimNode, roots: readonly string[]): void {
    const chunks = roots.flatMap(root => {
      const bytes = node.store.chunk(root)
      return bytes === null ? [] : [{ root, bytes }]
    })
    this.#queue.push(this.now + this.#diskMs(), { kind: 'disk', node: node.index, life: node.life, input: { type: 'chunks', chunks, last: true } })
  }

  #deliverChunks(event: Extract<SimEvent, { kind: 'disk' }>): void {
    const node = this.nodes[event.node]!
    if (node.life !== event.life || !node.online) return
    if (!awake(node, this.now)) return this.#queue.push(node.frozenUntil, event)
    this.#input(node, event.input, event.input.type === 'chunks' ? event.input.chunks.length : event.input.roots.length)
  }

  #diskMs(): number {
    return this.#disk.between(this.scenario.diskMs[0], this.scenario.diskMs[1])
  }

  #deliverStored({ node: index, life, row, outcome, number }: Extract<SimEvent, { kind: 'stored' }>): void {
    const node = this.nodes[index]!
    if (node.life !== life || !node.online) return
    if (outcome.ok) {
      node.store.acknowledge(number)
      if (this.isHonest(node)) this.#check(() => this.checkers.promised(index, row))
    }
    this.#input(node, { type: 'stored', row, outcome }, Number.parseInt(row.hash.slice(0, 8), 16))
  }

  #commit(node: SimNode, effect: Extract<Effect, { type: 'commit' }>): void {
    const batch = this.scenario.mutant?.commit?.(effect.batch) ?? effect.batch
    if (this.isHonest(node)) this.#check(() => this.checkers.committed(node.index, batch, node.store))
    node.store.commit(batch, this.now, this.#diskMs())
    if (batch.final === null) return
    this.#lastFinal = this.now
    if (this.checkers.height > this.#rises.at(-1)!.height) this.#rises.push({ at: this.now, height: this.checkers.height })
    this.#settled()
    // A tentative block may be older than its finality: what counts is when it became final.
    if (this.now < SIM_EPOCH_MS + this.scenario.healAtMs) this.#finalAtHeal = this.checkers.height
  }

  // ---------------------------------------------------------------------------------------------------------------- faults

  #courierHost(): CourierHost {
    const { nodes, scenario, observer, platform } = this
    const now = (): number => this.now
    return {
      nodes,
      scenario,
      observer,
      platform,
      get now() {
        return now()
      },
      said: (node, message) => this.#check(() => this.checkers.said(node.index, node.core.publicKey, message)),
      plan: (at, delivery) => this.#queue.push(at, delivery),
      input: (node, input, word) => this.#input(node, input, word)
    }
  }

  #faultTarget(): FaultTarget {
    return {
      network: this.network,
      timeOf: ms => SIM_EPOCH_MS + ms,
      switchOff: (index, writes) => this.#switchOff(this.nodes[index]!, writes),
      switchOn: index => this.restart(index),
      wipe: (index, backup) => this.nodes[index]!.store.wipe(backup),
      freeze: (index, until) => this.#freeze(this.nodes[index]!, until),
      drift: (index, rateMilli) => this.#drift(this.nodes[index]!, rateMilli)
    }
  }

  #switchOff(node: SimNode, writes: Writes): boolean {
    if (!node.online) return false
    node.online = false
    node.life++
    node.requests.clear()
    node.store.crash(this.now, writes)
    this.#announceLinks()
    return true
  }

  #freeze(node: SimNode, until: number): void {
    node.frozenUntil = Math.max(node.frozenUntil, until)
    this.#queue.push(node.frozenUntil, { kind: 'thaw', node: node.index })
  }

  #drift(node: SimNode, rateMilli: number | null): void {
    if (rateMilli === null) node.clock.setRight()
    else node.clock.drift(this.now, rateMilli)
    this.#planWake(node)
  }

  /** Somebody outside the plan makes trouble: nobody can say any more when the network has healed. */
  #meddle(): void {
    this.#calm = false
    this.#meddled = true
    this.inclusion.forget()
  }

  /** Cuts these nodes off from all others. @returns a handle for `heal` */
  split(left: readonly number[], oneWay = false): number {
    this.#meddle()
    return this.network.split(left, oneWay)
  }

  heal(cut: number | 'all'): void {
    if (cut === 'all') this.network.healAll()
    else this.network.heal(cut)
  }

  /** From now on everything to and from this node takes so much longer, ms. */
  slow(node: number, extraMs: number): void {
    this.#meddle()
    this.network.slow(node, extraMs)
  }

  /** Chance of loss for every message from now on, in 1000. */
  setLoss(milli: number): void {
    this.#meddle()
    this.#faults.setLoss(milli)
  }

  /** Power off. What the disk had not confirmed may be gone; the node returns by itself after `downMs`, or by `restart`. */
  crash(index: number, downMs: number | null, writes: Writes = 'torn'): void {
    this.#meddle()
    const node = this.nodes[index]!
    if (!this.#switchOff(node, writes)) return
    if (downMs !== null) this.#queue.push(this.now + downMs, { kind: 'restart', node: index, life: node.life })
  }

  /** Power on; nothing happens to a node that runs. */
  restart(index: number): void {
    const node = this.nodes[index]!
    if (node.online) return
    this.#guard(node, 'start', () => reopen(this.#frame, node, this.now))
    if (node.liar === null) {
      this.checkers.restarted(index, node.core.tree.final.height)
      // What the disk kept without having said so in time is a promise, too: the node signs it again.
      for (const row of node.store.peek()?.votes ?? []) this.#check(() => this.checkers.promised(index, row))
    }
    this.#input(node, { type: 'tick' }, 0)
    this.#announceLinks()
  }

  #announceLinks(): void {
    for (const node of this.nodes) if (node.online) this.#queue.push(this.now + LINK_DELAY_MS, { kind: 'links', node: node.index, life: node.life })
  }

  /** An agent at this node wants something, or is told how to make blocks. What is refused costs nothing. */
  give(index: number, input: { type: 'configure'; config: ProducerConfig } | { type: 'submit'; intent: Intent }): Result<{ id: string }> | null {
    const node = this.nodes[index]!
    const effects = this.#input(node, input.type === 'submit' ? { ...input, id: SOCIAL_SUBMIT } : input, node.index)
    for (const effect of effects) if (effect.type === 'submitted') return effect.result
    return null
  }

  /** A person at this node wants something. */
  submit(index: number, intent: Intent): void {
    const node = this.nodes[index]!
    for (const effect of this.#input(node, { type: 'submit', id: 1, intent }, intent.kind.length)) {
      if (effect.type === 'submitted' && !effect.result.ok) throw new Error(`assertion failed: ${intent.kind} is refused: ${effect.result.code}`)
    }
  }

  #social(): void {
    const node = this.#society.pick(this.nodes)
    const { state } = node.core.tree.final
    const intent = state === null || !awake(node, this.now) ? null : this.#socialIntent(state, node.signer.publicKey)
    if (intent !== null) this.#input(node, { type: 'submit', id: SOCIAL_SUBMIT, intent }, node.index)
    this.#queue.push(this.now + this.#society.between(1, Math.ceil(120_000 / this.scenario.socialPerMinute)), { kind: 'social' })
  }

  #socialIntent(state: WorldState, self: Uint8Array): Intent | null {
    if (!this.scenario.society) return socialIntent(this.#society, state, self)
    return personalIntent(this.#society, state, self, key => {
      const node = this.nodes.find(({ signer }) => equalBytes(signer.publicKey, key))
      return node === undefined ? null : personalityAt(node.index)
    })
  }

  #transfer(): void {
    const from = this.#load.pick(this.nodes)
    const to = this.#load.pick(this.nodes)
    const intent = { kind: 'transfer', to: to.signer.publicKey, amount: BigInt(this.#load.between(1, 50)), fee: BigInt(this.#load.below(4)) } as const
    if (from !== to && awake(from, this.now)) this.#input(from, { type: 'submit', id: 0, intent }, to.index)
    this.#queue.push(this.now + this.#load.between(1, Math.ceil(120_000 / this.scenario.transfersPerMinute)), { kind: 'transfer' })
  }
}
