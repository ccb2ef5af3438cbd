/**
 * A live light node: performs the effects of `LightCore` on a real network, store and clock. The same ports as a full node's runtime, and the same face to the page; what a light node
 * does not have (rounds, blocks, promises) it says so.
 */
import { toHex } from '../../core/bytes'
import { decode } from '../../core/codec'
import { createSigner } from '../../core/crypto/ed25519'
import { decodeGenesis } from '../../core/genesis'
import { StateHeader } from '../../core/light/schema'
import type { Checkpoint } from '../../core/light/stateHeader'
import { formatProofFile, proofFile } from '../../core/proof/file'
import { fail, ok } from '../../core/result'
import { agentIdOf } from '../../core/signing'
import { NO_SIGNATURES } from '../signatures'
import type { BlockDetail, CheckpointTrustView, EventView, MiningStatus, NodeSlices, PeerView, Status, Update } from '../../bridge/views'
import type { BlockCheck } from '../../bridge/audit'
import type { Result as ApiResult, SharedCheckpoint, TransactionIntent } from '../../bridge/api'
import { Deliveries } from '../deliveries'
import { Ingress, isRefusal } from '../ingress'
import { isSocial, parseIntent } from '../intents'
import { apiFailure } from '../refusals'
import { LogBook } from '../logBook'
import { EMPTY_BATCH, RequestError } from '../ports'
import type { PeerId, PeerLink } from '../ports'
import { Publisher } from '../publisher'
import type { RuntimeOptions } from '../runtime'
import { StoreKeeper } from '../storeKeeper'
import { blockCheck, witnessRequest } from '../checkView'
import { keptHeaders, storedSteps } from './keptHeaders'
import { shared } from './sharedCheckpoint'
import { forkFile } from './forkFile'
import { LightCore } from './lightCore'
import { lightAgents, lightChain, lightNameOf, lightStatus } from './lightViews'
import type { LightEffect, LightEvent, LightInput } from './messages'

/** How long a peer may take to answer. */
const REQUEST_TIMEOUT_MS = 4000
/** Beat of the runtime: wakes the core should its timer be late, and keeps ages on the screen fresh. */
const PULSE_MS = 1000
/** The way to the head goes to the disk so often: a start from an older one costs one header more. */
const KEEP_EVERY_MS = 10_000
/** Events for subscribers that come late. */
const EVENTS_KEPT = 50
/** Look-ups of people under way at once. */
const MAX_LOOK_UPS = 16

type Answer = (result: Extract<LightEffect, { type: 'lookedUp' }>['result']) => void

const NO_BLOCKS = {
  ok: false,
  code: 'light',
  message: 'This tab is a light node: it keeps no blocks. Become a full node to look into them, or ask for a proof of what you want to know.'
} as const

const NO_CHECKPOINT = {
  ok: false,
  code: 'light',
  message: 'A light node that has begun at genesis knows no checkpoint that others keep. Share the plain link, or let a full node share one.'
} as const

/** What opens a node; the role says itself. */
type LightOptions = Omit<RuntimeOptions, 'role'> & { /** Where trust begins, if not at genesis. */ checkpoint?: Checkpoint | undefined }

export class LightRuntime {
  readonly networkId: string
  readonly genesisBytes: Uint8Array
  readonly log = new LogBook()
  readonly #deliveries = new Deliveries()
  readonly #options: LightOptions
  readonly #core: LightCore
  readonly #ingress: Ingress
  readonly #keeper: StoreKeeper
  readonly #publisher: Publisher<Update>
  readonly #submissions = new Map<number, (result: ApiResult<{ id: string }>) => void>()
  readonly #lookUps = new Map<number, Answer>()
  readonly #checks = new Map<number, (result: Extract<LightEffect, { type: 'blockChecked' }>['result']) => void>()
  readonly #replies = new Map<number, { resolve: (bytes: Uint8Array) => void; reject: (error: Error) => void }>()
  readonly #events: EventView[] = []
  #seq = 0
  #links: PeerLink[] = []
  #cut: PeerId[] = []
  #nextId = 1
  #cancelWake: (() => void) | null = null
  #cancelPulse: (() => void) | null = null
  #keptAt = 0
  #kept: readonly StateHeader[] = []
  #stopped = false
  #bytesRead = 0
  #firstHeadMs: number | null = null
  #newestHeadMs: number | null = null
  readonly #startedAt: number

  /** Rejects with `StoreError` when the store cannot be read, and when the genesis is none. */
  static async open(options: LightOptions): Promise<LightRuntime> {
    const genesis = decodeGenesis(options.genesis)
    if (!genesis.ok) throw new Error(`The genesis cannot be used: ${genesis.detail}`)
    if ((await options.store.load()) === null) await options.store.init(options.genesis)
    const steps = (await keptHeaders(options.store)).flatMap(bytes => {
      const header = decode(StateHeader, bytes)
      return header.ok ? [header.value] : []
    })
    const signer = createSigner(options.identity.secretKey, options.fastSign)
    const { identity, checkpoint } = options
    const core = new LightCore({ genesis: genesis.value, signer, name: identity.name, steps, ...(checkpoint === undefined ? {} : { checkpoint }) })
    const runtime = new LightRuntime(options, core)
    await runtime.#start()
    return runtime
  }

  private constructor(options: LightOptions, core: LightCore) {
    this.#options = options
    this.#core = core
    this.networkId = toHex(core.network.networkId)
    this.genesisBytes = options.genesis
    this.#startedAt = options.clock.now()
    this.#ingress = new Ingress({
      networkId: core.network.networkId,
      finalHeight: () => core.head.height,
      isMember: () => null,
      isAgent: () => false
    })
    this.#keeper = new StoreKeeper(options.store, options.clock, false, {
      say: (kind, text) => this.say(kind, text),
      log: text => this.log.add(this.#now(), 'warn', 'store', text)
    })
    const since = (seq: number): EventView[] => this.#events.filter(event => event.seq > seq)
    this.#publisher = new Publisher({ slices: () => this.slices(), eventsSince: since, decorate: update => update }, options.clock)
  }

  async #start(): Promise<void> {
    if (this.#core.head.height > 0) this.#firstHeadMs = 0
    await this.#options.network.start({
      // Blocks and votes are for those who keep and count them.
      onGossip: async () => 'ignore',
      onRequest: (from, bytes) => this.#onRequest(from, bytes),
      onLinks: links => this.#onLinks(links)
    })
    this.log.add(this.#now(), 'info', 'node', `started as a light node at final height ${this.#core.head.height} as ${this.#options.identity.name}`)
    this.#pulse()
    this.#input({ type: 'tick' })
  }

  #now(): number {
    return this.#options.clock.now()
  }

  // ---------------------------------------------------------------------------------------------------------------- inputs

  #input(input: LightInput): void {
    if (this.#stopped) return
    const now = this.#now()
    for (const effect of this.#core.handle(input, now)) this.#perform(effect, now)
    this.#publisher.changed()
  }

  #onLinks(links: PeerLink[]): void {
    this.#links = links
    this.#input({ type: 'links', peers: [...new Set(links.map(link => link.peerId))] })
  }

  async #onRequest(from: PeerId, bytes: Uint8Array): Promise<Uint8Array> {
    const opened = this.#ingress.openRequest(from, bytes, this.#now())
    const message = isRefusal(opened) ? opened : this.#ingress.admit(opened, await this.#options.verifier.verifyAll(opened.checks))
    if (isRefusal(message)) throw new RequestError('refused', message.code)
    const id = this.#nextId++
    return new Promise<Uint8Array>((resolve, reject) => {
      this.#replies.set(id, { resolve, reject })
      this.#input({ type: 'request', id, from, message })
      if (this.#stopped) reject(new RequestError('refused', 'stopped'))
    })
  }

  // --------------------------------------------------------------------------------------------------------------- effects

  #perform(effect: LightEffect, now: number): void {
    switch (effect.type) {
      case 'publish':
        return this.#deliveries.note(effect.topic, this.#options.network.publish(effect.topic, effect.bytes))
      case 'request':
        return void this.#request(effect)
      case 'reply':
        this.#replies.get(effect.id)?.resolve(effect.bytes)
        return void this.#replies.delete(effect.id)
      case 'refuse':
        this.#replies.get(effect.id)?.reject(new RequestError('refused', 'light'))
        return void this.#replies.delete(effect.id)
      case 'wake':
        return this.#wakeAt(effect.at, now)
      case 'penalise':
        return this.#options.network.penalise(effect.peer, effect.reason)
      case 'submitted':
        this.#submissions.get(effect.id)?.(effect.result.ok ? effect.result : apiFailure(effect.result))
        return void this.#submissions.delete(effect.id)
      case 'lookedUp':
        this.#lookUps.get(effect.id)?.(effect.result)
        return void this.#lookUps.delete(effect.id)
      case 'blockChecked':
        this.#checks.get(effect.id)?.(effect.result)
        return void this.#checks.delete(effect.id)
      case 'keep':
        this.#kept = effect.steps
        if (now >= this.#keptAt) this.#keep(now)
        return
      case 'event':
        return this.#event(effect.event, now)
    }
  }

  #keep(now: number): void {
    this.#keptAt = now + KEEP_EVERY_MS
    const stateHeaders = storedSteps(this.#kept)
    if (stateHeaders.length > 0) this.#keeper.commit({ ...EMPTY_BATCH, stateHeaders })
  }

  async #request({ id, to, name, bytes }: Extract<LightEffect, { type: 'request' }>): Promise<void> {
    const answer = await this.#options.network
      .request(to, bytes, REQUEST_TIMEOUT_MS)
      .catch((error: unknown) => fail(error instanceof RequestError ? error.code : 'failed', String(error)))
    if (!(answer instanceof Uint8Array)) return this.#input({ type: 'reply', id, from: to, result: answer })
    this.#bytesRead += answer.length
    const opened = this.#ingress.openReply(name, answer)
    const message = isRefusal(opened) ? opened : this.#ingress.admit(opened, await this.#options.verifier.verifyAll(opened.checks))
    this.#input({ type: 'reply', id, from: to, result: isRefusal(message) ? fail('bad-reply', message.code) : ok(message) })
  }

  #event(event: LightEvent, now: number): void {
    switch (event.kind) {
      case 'head':
        this.#firstHeadMs ??= now - this.#startedAt
        return
      case 'newest':
        this.#newestHeadMs = now - this.#startedAt
        // A tab may be gone in a second.
        return this.#keep(now)
      case 'checkpoint':
        return this.say('sync', `Trust begins at block #${event.state.height}, which the link vouches for.`)
      case 'fork':
        return this.say(
          'error',
          `Two certificates for #${event.height} contradict each other: more than a third of the validators lied. This tab believes nobody any more.`
        )
      case 'broken':
        return this.say(
          'error',
          `Block #${event.height} is final, but does not lead to its state by the rules (${event.code}): more than two thirds of the validators have signed it. Save the check and tell the room.`
        )
      case 'liar':
        return this.log.add(now, 'warn', 'peer', `${event.peer.slice(-8)} answered what does not hold: ${event.code}`)
      case 'included':
        return this.#tell('sync', `Your transaction ${event.id.slice(0, 8)} is final.`)
      case 'replaced':
        return this.#tell('warning', `Your transaction ${event.id.slice(0, 8)} was replaced by another with the same number.`)
    }
  }

  #tell(kind: EventView['kind'], text: string): void {
    this.#events.push({ seq: ++this.#seq, at: this.#now(), kind, text, height: null, hash: null, agents: [] })
    if (this.#events.length > EVENTS_KEPT) this.#events.shift()
    this.#publisher.changed()
  }

  #wakeAt(at: number, now: number): void {
    this.#cancelWake?.()
    this.#cancelWake = at === Infinity ? null : this.#options.clock.after(Math.max(0, at - now), () => this.#input({ type: 'tick' }))
  }

  #pulse(): void {
    if (this.#stopped) return
    this.#input({ type: 'tick' })
    void this.#keeper.measure()
    this.#cancelPulse = this.#options.clock.after(PULSE_MS, () => this.#pulse())
  }

  // ---------------------------------------------------------------------------------------------------------------- for people

  status(): Status {
    const { identity, version, network } = this.#options
    const peers = this.#links.filter((link, i) => this.#links.findIndex(other => other.peerId === link.peerId) === i)
    const around = {
      peerId: network.peerId,
      name: identity.name,
      role: 'light' as const,
      version,
      peers: peers.map(({ peerId, transport }) => ({ peerId, transport }))
    }
    return lightStatus(this.#core, around, this.#now())
  }

  /** Memes and alliances stand in the state, which it does not keep. */
  slices(): Omit<NodeSlices, 'social' | 'agent'> {
    const peers = this.#peersView(this.#now())
    return {
      status: this.status(),
      chain: lightChain(this.#core),
      round: null,
      agents: lightAgents(this.#core, new Set(peers.flatMap(peer => peer.publicKey ?? []))),
      peers,
      mining: null,
      storage: this.#keeper.view({ states: 0, hits: 0, misses: 0 }),
      info: {
        missing: this.#options.missing ?? [],
        ...this.#options.network.info(),
        verdicts: { accept: 0, ignore: 0, reject: 0, reasons: {} },
        deliveries: this.#deliveries.view(),
        worstGapMs: 0,
        signatures: this.#options.signatures?.() ?? NO_SIGNATURES,
        validation: { checkedHeight: null, checks: 0, mismatch: null },
        light: { bytesRead: this.#bytesRead, firstHeadMs: this.#firstHeadMs, newestHeadMs: this.#newestHeadMs, checkpoint: this.#checkpointView() }
      }
    }
  }

  #checkpointView(): CheckpointTrustView | null {
    const { checkpoint, begun, trouble } = this.#core
    if (checkpoint === null) return null
    return {
      height: checkpoint.height,
      hash: toHex(checkpoint.hash),
      begun,
      trouble: trouble === null ? null : { code: trouble, message: apiFailure(fail(trouble)).message }
    }
  }

  /** It keeps no blocks, so it can vouch for none but its own beginning. */
  async checkpoint(): Promise<ApiResult<SharedCheckpoint>> {
    const { checkpoint, begun } = this.#core
    return checkpoint !== null && begun ? shared(checkpoint.height, checkpoint.hash) : NO_CHECKPOINT
  }

  #peersView(now: number): PeerView[] {
    const notes = new Map(this.#core.peers.all().map(note => [note.peer, note]))
    const best = this.#links.filter((link, i) => this.#links.findIndex(other => other.peerId === link.peerId) === i)
    return best.map(({ peerId, transport, since }) => {
      const note = notes.get(peerId)
      const agent = this.#core.registry?.records.find(({ publicKey }) => toHex(publicKey) === note?.publicKey)
      return {
        peerId,
        transport,
        publicKey: note?.publicKey ?? null,
        name: agent === undefined ? null : lightNameOf(this.#core, agent.publicKey),
        finalHeight: note?.publicKey == null || note.light ? null : note.finalHeight,
        sinceS: Math.floor((now - since) / 1000),
        cut: this.#cut.includes(peerId)
      }
    })
  }

  async mining(): Promise<MiningStatus> {
    return Promise.reject(new Error(NO_BLOCKS.message))
  }

  async block(_heightOrHash: number | string): Promise<ApiResult<BlockDetail>> {
    return NO_BLOCKS
  }

  async audit(): Promise<typeof NO_BLOCKS> {
    return NO_BLOCKS
  }

  submit(intent: TransactionIntent): Promise<ApiResult<{ id: string }>> {
    if (isSocial(intent)) return Promise.resolve(apiFailure(fail('light', '')))
    const parsed = parseIntent(intent, this.#core.own?.record ?? null)
    if (!parsed.ok) return Promise.resolve(parsed)
    const id = this.#nextId++
    return new Promise(resolve => {
      this.#submissions.set(id, resolve)
      this.#input({ type: 'submit', id, intent: parsed.value })
    })
  }

  /** T045: asks peers for a value with its proof, verifies it, and gives it as a file. */
  prove(subject: string): Promise<ApiResult<string>> {
    const { evidence, genesis } = this.#core
    if (subject === 'fork' && evidence !== null) return Promise.resolve({ ok: true, value: forkFile(genesis, evidence) })
    if (this.#lookUps.size >= MAX_LOOK_UPS) return Promise.resolve(apiFailure(fail('busy')))
    const id = this.#nextId++
    return new Promise(resolve => {
      this.#lookUps.set(id, result =>
        resolve(
          result.ok
            ? { ok: true, value: formatProofFile(proofFile(this.#core.genesis, this.#core.checkpoint, result.value.steps, result.value.proof)) }
            : apiFailure(result)
        )
      )
      this.#input({ type: 'lookUp', id, subject })
    })
  }

  /** T041–T044: asks peers for a block with its witness, and runs it again. */
  checkBlock(heightOrHash: number | string): Promise<ApiResult<BlockCheck>> {
    const block = witnessRequest(heightOrHash)
    if (block === null)
      return Promise.resolve({ ok: false, code: 'bad-block-id', message: 'A block is named by its height or by the 64 hex digits of its hash.' })
    if (this.#checks.size >= MAX_LOOK_UPS) return Promise.resolve(apiFailure(fail('busy')))
    const id = this.#nextId++
    return new Promise(resolve => {
      this.#checks.set(id, result => resolve(result.ok ? { ok: true, value: blockCheck(result.value) } : apiFailure(result)))
      this.#input({ type: 'checkBlock', id, block })
    })
  }

  subscribe(listener: (update: Update) => void | Promise<void>): number {
    return this.#publisher.subscribe(listener)
  }

  unsubscribe(id: number): void {
    this.#publisher.unsubscribe(id)
  }

  setVisible(visible: boolean): void {
    this.#publisher.setVisible(visible)
  }

  cut(peers: PeerId[]): void {
    this.#cut = [...peers]
    this.#options.network.cut(peers)
  }

  say(kind: 'warning' | 'error' | 'sync', text: string): void {
    this.#tell(kind, text)
    this.log.add(this.#now(), kind === 'sync' ? 'info' : kind === 'error' ? 'error' : 'warn', 'node', text)
  }

  get agentId(): string {
    return toHex(agentIdOf(this.#core.publicKey))
  }

  /** There is nothing to prune: state headers are all that it keeps. */
  prune(): Promise<number> {
    return Promise.resolve(0)
  }

  /** Ends ticks and network; the way to the head is written first. The store stays open. */
  async halt(): Promise<void> {
    if (this.#stopped) return
    this.#keep(this.#now())
    this.#stopped = true
    this.#cancelWake?.()
    this.#cancelPulse?.()
    this.#publisher.stop()
    await this.#options.network.stop()
    await this.#keeper.end()
  }

  /** `halt`, and the store is closed, too. */
  async stop(): Promise<void> {
    await this.halt()
    await this.#options.store.close()
  }
}
