/**
 * A live node: performs the effects of `NodeCore` on a real network, store and clock, in a tab and in a server alike. It holds no rule of the protocol;
 * what it decides is only when and how something is tried.
 */
import { Deliveries } from './deliveries'
import { fromHex, hexOf, toHex } from '../core/bytes'
import { rootEntry } from '../core/chain/blockTree'
import type { BlockEntry } from '../core/chain/blockTree'
import { decode, encode } from '../core/codec'
import { createSigner, verifyZip215 } from '../core/crypto/ed25519'
import type { FastSign } from '../core/crypto/ed25519'
import type { AsyncVerifier } from '../core/crypto/verifier'
import { decodeGenesis } from '../core/genesis'
import { BlockWitness } from '../core/proof/witnessSchema'
import { fail, ok } from '../core/result'
import type { Result } from '../core/result'
import { Block, Certificate } from '../core/schema'
import { agentIdOf, blockHash, messageId } from '../core/signing'
import { defaultPersonality } from '../core/taste/personalities'
import type { Personality } from '../core/taste/personalities'
import type { BlockAudit, BlockCheck } from '../bridge/audit'
import type { BlockDetail, MiningStatus, NodeInfoView, NodeSlices, PeerView, SignatureCountView, Status, Update } from '../bridge/views'
import type { Result as ApiResult, SharedCheckpoint, TransactionIntent } from '../bridge/api'
import type { Clock } from './clock'
import { Ingress, isRefusal } from './ingress'
import { LogBook } from './logBook'
import type { CoreEvent, Effect, Input, Intent, RequestName } from './messages'
import { miningView } from './miningView'
import { miningLine, Narrator } from './narrator'
import { NodeCore } from './nodeCore'
import { OwnAgent } from './ownAgent'
import type { Identity, Network, NodeStore, PeerId, PeerLink, ScriptRunner, Stored, StoredChunk, Topic } from './ports'
import type { ProofDesk } from './light/proofDesk'
import type { SocialDesk } from './social/socialDesk'
import { RequestError } from './ports'
import { Publisher } from './publisher'
import { finalBlockAt, serveRange } from './serveRange'
import { keptHeaders } from './light/keptHeaders'
import { StateAuditor } from './stateAuditor'
import { NO_SIGNATURES } from './signatures'
import { StoreKeeper } from './storeKeeper'
import { agentsView, chainView, findInTree, nameOf, parseBlockId, roundView, statusView } from './views'
import type { FoundBlock } from './views'

const onDemand = () => import('./onDemand')

const BAD_BLOCK_ID = { ok: false, code: 'bad-block-id', message: 'A block is named by its height or by the 64 hex digits of its hash.' } as const

/** How long a peer may take to answer. */
const REQUEST_TIMEOUT_MS = 4000
/** Beat of the runtime's own pulse: keeps `lastTickAt` fresh, measures gaps, wakes the core should its timer be late. */
const PULSE_MS = 200
/** Gaps are kept in buckets of ten seconds, for a minute. */
const GAP_BUCKET_MS = 10_000
const GAP_BUCKETS = 6
/** Chunks of a state read back from the disk and checked in one go. */
const CHUNKS_AT_ONCE = 32
/** Answers to peers under way at once. */
const MAX_OPEN_ANSWERS = 64

export interface RuntimeOptions {
  store: NodeStore
  network: Network
  identity: Identity
  /** Encoded genesis; already in the store, or to be put there. */
  genesis: Uint8Array
  role: Exclude<Status['role'], 'light'>
  clock: Clock
  verifier: AsyncVerifier
  /** Where its verdicts have come from so far; left out: nobody counts. */
  signatures?: () => SignatureCountView
  fastSign?: FastSign
  /** R8, where the family asks for one; left out: the key's own (core/taste). */
  personality?: Personality
  /** Opens a sandbox for people's scripts; left out: none run here. */
  openScripts?: () => Promise<ScriptRunner>
  version: string
  /** What this origin or browser lacks, for the Node screen. */
  missing?: NodeInfoView['missing']
  /** Sees each input with what came of it, and before all the opening; for a recorder (src/sim/record.ts). Must not keep the node waiting. */
  onInput?: (input: Input | Opening, now: number, effects: readonly Effect[]) => void
}

/** What a node began with. */
export interface Opening {
  type: 'open'
  /** Encoded. */
  genesis: Uint8Array
  name: string
  stored: Stored | null
}

export class NodeRuntime {
  readonly networkId: string
  readonly genesisBytes: Uint8Array
  readonly log: LogBook
  /** Events since the start, by name in camelCase. */
  readonly counters: Record<string, number> = {}
  lastTickAt: number
  readonly #options: RuntimeOptions
  readonly #core: NodeCore
  readonly #ingress: Ingress
  #social: SocialDesk | null = null
  #proofs: ProofDesk | null = null
  /** Somebody looks at what `SocialView` has. */
  #socialWatched = false
  /** What a person runs on this node. */
  readonly agent: OwnAgent
  readonly #narrator = new Narrator('owner')
  readonly #publisher: Publisher<Update>
  readonly #answers = new Map<number, (bytes: Uint8Array) => void>()
  readonly #submissions = new Map<number, (result: Result<{ id: string }>) => void>()
  readonly #deliveries = new Deliveries()
  readonly #verdicts: NodeInfoView['verdicts'] = { accept: 0, ignore: 0, reject: 0, reasons: {} }
  #links: PeerLink[] = []
  #cut: PeerId[] = []
  #cancelWake: (() => void) | null = null
  #cancelPulse: (() => void) | null = null
  #nextId = 1
  readonly #keeper: StoreKeeper
  readonly #auditor: StateAuditor
  #gaps: number[] = Array.from({ length: GAP_BUCKETS }, () => 0)
  #gapAt = 0
  #stopped = false

  /**
   * Opens the node and its network. Rejects with `StoreError` when the store cannot be read, and when the genesis is none.
   * A stored chain that does not hold together is erased: a disk is a cache, and peers have the rest.
   */
  static async open(options: RuntimeOptions): Promise<NodeRuntime> {
    const genesis = decodeGenesis(options.genesis)
    if (!genesis.ok) throw new Error(`The genesis cannot be used: ${genesis.detail}`)
    const signer = createSigner(options.identity.secretKey, options.fastSign)
    const personality = options.personality ?? defaultPersonality(signer.publicKey)
    const stateHeaders = await keptHeaders(options.store)
    const nodeOptions = { genesis: genesis.value, signer, name: options.identity.name, personality, role: options.role, stateHeaders }
    const log = new LogBook()
    const now = options.clock.now()
    let stored = await options.store.load()
    if (stored === null) await options.store.init(options.genesis)
    let opened = NodeCore.open(nodeOptions, stored, now)
    if (!opened.ok) {
      log.add(now, 'error', 'store', `${opened.detail}. The stored chain is put away and fetched again from peers.`)
      await options.store.erase()
      await options.store.identity(() => options.identity)
      await options.store.init(options.genesis)
      stored = null
      opened = NodeCore.open(nodeOptions, stored, now)
    }
    if (!opened.ok) throw new Error(opened.detail)
    options.onInput?.({ type: 'open', genesis: options.genesis, name: options.identity.name, stored }, now, [])
    const runtime = new NodeRuntime(options, opened.value, log)
    await runtime.#start()
    return runtime
  }

  private constructor(options: RuntimeOptions, core: NodeCore, log: LogBook) {
    this.#options = options
    this.#core = core
    this.log = log
    this.agent = new OwnAgent({
      core,
      now: () => this.#now(),
      peers: () => this.#links.length,
      input: input => void this.#input(input),
      submit: intent => this.submit(intent),
      say: text => this.log.add(this.#now(), 'info', 'agent', text),
      openScripts: options.openScripts ?? null
    })
    this.networkId = toHex(core.networkId)
    this.genesisBytes = options.genesis
    this.lastTickAt = options.clock.now()
    this.#gapAt = this.lastTickAt
    this.#ingress = new Ingress({
      networkId: core.networkId,
      finalHeight: () => core.tree.final.height,
      isMember: (publicKey, height) => core.rounds.setAt(height)?.weights.has(hexOf(publicKey)) ?? null,
      isAgent: publicKey => core.agent(publicKey) !== null
    })
    this.#keeper = new StoreKeeper(options.store, options.clock, options.role === 'archive', {
      say: (kind, text) => this.say(kind, text),
      log: text => this.log.add(this.#now(), 'warn', 'store', text)
    })
    this.#auditor = new StateAuditor(
      () => this.#now(),
      text => {
        this.#bump('stateMismatches')
        this.log.add(this.#now(), 'error', 'state', text)
        this.say('error', text)
      }
    )
    this.#publisher = new Publisher({ slices: () => this.slices(), eventsSince: seq => this.#narrator.since(seq), decorate: update => update }, options.clock)
  }

  async #start(): Promise<void> {
    await this.#options.network.start({
      onGossip: (from, topic, bytes) => this.#onGossip(from, topic, bytes),
      onRequest: (from, bytes) => this.#onRequest(from, bytes),
      onLinks: links => this.#onLinks(links)
    })
    this.log.add(this.#now(), 'info', 'node', `started at final height ${this.#core.tree.final.height} as ${this.#options.identity.name}`)
    this.#pulse()
    this.#input({ type: 'tick' })
  }

  #now(): number {
    return this.#options.clock.now()
  }

  // ---------------------------------------------------------------------------------------------------------------- inputs

  #input(input: Input): Effect[] {
    if (this.#stopped) return []
    const now = this.#now()
    const effects = this.#core.handle(input, now)
    this.#options.onInput?.(input, now, effects)
    for (const effect of effects) this.#perform(effect, now)
    this.agent.follow()
    this.#publisher.changed()
    return effects
  }

  async #onGossip(from: PeerId, topic: Topic, bytes: Uint8Array): Promise<'accept' | 'ignore' | 'reject'> {
    const opened = this.#ingress.openGossip(from, topic, bytes, messageId(bytes), this.#now())
    if (isRefusal(opened)) return this.#count(opened.verdict, opened.code)
    const message = this.#ingress.admit(opened, await this.#options.verifier.verifyAll(opened.checks))
    if (isRefusal(message)) return this.#count(message.verdict, message.code)
    const verdict = this.#input({ type: 'gossip', from, message }).find(effect => effect.type === 'verdict')
    if (message.kind === 'vote' || message.kind === 'announce')
      this.#pulseFrom(from, message.kind, message.kind === 'vote' ? message.value.height : message.value.header.height)
    return this.#count(verdict?.verdict ?? 'ignore', verdict?.code ?? 'stopped')
  }

  #count(verdict: 'accept' | 'ignore' | 'reject', code: string): 'accept' | 'ignore' | 'reject' {
    this.#verdicts[verdict]++
    if (verdict !== 'accept') this.#verdicts.reasons[code] = (this.#verdicts.reasons[code] ?? 0) + 1
    return verdict
  }

  #pulseFrom(peer: PeerId, kind: 'vote' | 'announce', height: number): void {
    const from = this.#core.peers.all().find(note => note.peer === peer)?.publicKey
    const now = this.#now()
    if (from != null) this.#publisher.pulse({ from, to: toHex(this.#core.publicKey), kind, height, sentAt: now, arriveAt: now + 300, lost: false })
  }

  async #onRequest(from: PeerId, bytes: Uint8Array): Promise<Uint8Array> {
    const opened = this.#ingress.openRequest(from, bytes, this.#now())
    const message = isRefusal(opened) ? opened : this.#ingress.admit(opened, await this.#options.verifier.verifyAll(opened.checks))
    if (isRefusal(message)) {
      this.#count(message.verdict, message.code)
      throw new RequestError('refused', message.code)
    }
    if (this.#answers.size >= MAX_OPEN_ANSWERS) throw new RequestError('refused', 'too many answers under way')
    const id = this.#nextId++
    return new Promise<Uint8Array>((resolve, reject) => {
      this.#answers.set(id, resolve)
      this.#input({ type: 'request', id, from, message })
      if (this.#stopped) reject(new RequestError('refused', 'stopped'))
    })
  }

  #onLinks(links: PeerLink[]): void {
    // Not needed on the way to a peer, but fetched while whoever serves the page is still there: a room goes on without.
    if (this.#links.length === 0 && links.length > 0) void onDemand().catch(() => undefined)
    this.#links = links
    this.#input({ type: 'links', peers: [...new Set(links.map(link => link.peerId))] })
  }

  // --------------------------------------------------------------------------------------------------------------- effects

  #perform(effect: Effect, now: number): void {
    switch (effect.type) {
      case 'publish':
        this.#bump('published')
        return this.#deliveries.note(effect.topic, this.#options.network.publish(effect.topic, effect.bytes))
      case 'request':
        return void this.#request(effect)
      case 'reply':
        return this.#answer(effect.id, effect.bytes)
      case 'serveRange':
        return void this.#serveRange(effect)
      case 'serveWitness':
        return void this.#serveWitness(effect)
      case 'serveProof':
        return void this.#serveProof(effect)
      case 'store':
        return void this.#store(effect)
      case 'commit':
        return this.#keeper.commit(effect.batch)
      case 'findChunks':
        return void this.#findChunks(effect.roots)
      case 'keepChunks':
        return void this.#keepChunks(effect.chunks)
      case 'wake':
        return this.#wakeAt(effect.at, now)
      case 'penalise':
        this.log.add(now, 'warn', 'peer', `${effect.peer.slice(-8)}: ${effect.reason}`)
        return this.#options.network.penalise(effect.peer, effect.reason)
      case 'submitted':
        this.#submissions.get(effect.id)?.(effect.result)
        this.#submissions.delete(effect.id)
        return
      case 'event':
        return this.#event(effect.event, now)
      case 'verdict':
        return
    }
  }

  #bump(name: string): void {
    this.counters[name] = (this.counters[name] ?? 0) + 1
  }

  #event(event: CoreEvent, now: number): void {
    this.#bump(
      event.kind === 'final'
        ? 'blocksFinal'
        : event.kind === 'proposed'
          ? 'blocksProposed'
          : event.kind.replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase())
    )
    this.#narrator.tell(this.#core, event, now)
    const mining = miningLine(event)
    if (mining !== null) return this.log.add(now, 'info', 'mining', mining)
    const level = event.kind === 'abstained' || event.kind === 'refused-block' || event.kind === 'evidence' ? 'warn' : 'info'
    if (event.kind !== 'notarised' && event.kind !== 'proposed') this.log.add(now, level, 'consensus', this.#narrator.lastText)
  }

  async #request({ id, to, name, bytes }: Extract<Effect, { type: 'request' }>): Promise<void> {
    this.#input({ type: 'reply', id, from: to, result: await this.#fetch(to, name, bytes) })
  }

  /** @returns the answer, through the door */
  async #fetch(to: PeerId, name: RequestName, bytes: Uint8Array): Promise<Extract<Input, { type: 'reply' }>['result']> {
    const answer = await this.#options.network
      .request(to, bytes, REQUEST_TIMEOUT_MS)
      .catch((error: unknown) => fail(error instanceof RequestError ? error.code : 'failed', String(error)))
    if (!(answer instanceof Uint8Array)) return answer
    const opened = this.#ingress.openReply(name, answer)
    const message = isRefusal(opened) ? opened : this.#ingress.admit(opened, await this.#options.verifier.verifyAll(opened.checks))
    if (isRefusal(message)) this.#count(message.verdict, message.code)
    return isRefusal(message) ? fail('bad-reply', message.code) : ok(message)
  }

  #answer(id: number, bytes: Uint8Array): void {
    this.#answers.get(id)?.(bytes)
    this.#answers.delete(id)
  }

  async #serveRange({ id, from, count }: Extract<Effect, { type: 'serveRange' }>): Promise<void> {
    const bytes = await serveRange(this.#options.store, from, count).catch(() => new Uint8Array(0))
    this.#answer(id, bytes)
  }

  async #serveWitness({ id, asked }: Extract<Effect, { type: 'serveWitness' }>): Promise<void> {
    const { witnessReply } = await onDemand()
    this.#answer(id, witnessReply(this.#core, asked))
  }

  async #proofDesk(): Promise<ProofDesk> {
    const { ProofDesk } = await onDemand()
    return (this.#proofs ??= new ProofDesk(this.#core, this.#options.store, {
      peers: () => [...new Set(this.#options.network.links().map(({ peerId }) => peerId))],
      ask: (peer, bytes) => this.#fetch(peer, 'proofRequest', bytes)
    }))
  }

  async #serveProof({ id, subject }: Extract<Effect, { type: 'serveProof' }>): Promise<void> {
    this.#answer(id, await (await this.#proofDesk()).answer(subject))
  }

  /** T064: what an interrupted sync has left, in portions, so that checking them never holds up the rest. */
  async #findChunks(roots: readonly string[]): Promise<void> {
    const { store } = this.#options
    const here = new Set(await store.chunkRoots().catch(() => []))
    const wanted = roots.filter(root => here.has(root))
    for (let at = 0; at < wanted.length; at += CHUNKS_AT_ONCE) {
      const portion = await Promise.all(wanted.slice(at, at + CHUNKS_AT_ONCE).map(async root => ({ root, bytes: await store.chunk(root).catch(() => null) })))
      this.#input({ type: 'chunks', chunks: portion.flatMap(({ root, bytes }) => (bytes === null ? [] : [{ root, bytes }])), last: false })
    }
    this.#input({ type: 'chunks', chunks: [], last: true })
  }

  /** What cannot be kept is fetched again after a reload; the sync itself goes on. */
  async #keepChunks(chunks: StoredChunk[]): Promise<void> {
    if (await this.#keeper.keepChunks(chunks)) this.#input({ type: 'chunksKept', roots: chunks.map(({ root }) => root) })
  }

  /** R6: the promise is durable before the signature leaves; a store that cannot say yes means abstain. */
  async #store({ row, blocks }: Extract<Effect, { type: 'store' }>): Promise<void> {
    const outcome = await this.#keeper.castVote(row, blocks)
    if (outcome?.ok === true) this.#bump(row.kind === 'propose' ? 'proposalsStored' : 'votesCast')
    this.#input({ type: 'stored', row, outcome })
  }

  #wakeAt(at: number, now: number): void {
    this.#cancelWake?.()
    this.#cancelWake = at === Infinity ? null : this.#options.clock.after(Math.max(0, at - now), () => this.#input({ type: 'tick' }))
  }

  #pulse(): void {
    if (this.#stopped) return
    const now = this.#now()
    const gap = now - this.lastTickAt
    if (now - this.#gapAt >= GAP_BUCKET_MS) {
      this.#gaps = [0, ...this.#gaps.slice(0, GAP_BUCKETS - 1)]
      this.#gapAt = now
    }
    this.#gaps[0] = Math.max(this.#gaps[0] ?? 0, gap - PULSE_MS)
    this.lastTickAt = now
    if (gap > 10 * PULSE_MS) this.#input({ type: 'tick' })
    void this.#keeper.measure()
    this.#auditor.step(this.#core.tree.final)
    this.#publisher.changed()
    this.#cancelPulse = this.#options.clock.after(PULSE_MS, () => this.#pulse())
  }

  // ---------------------------------------------------------------------------------------------------------------- for people

  status(): Status {
    return statusView(this.#core, this.#surroundings(), this.#now())
  }

  mining(): MiningStatus {
    return miningView(this.#core, this.#now())
  }

  #surroundings() {
    const { identity, role, version, network } = this.#options
    return {
      peerId: network.peerId,
      name: identity.name,
      role,
      version,
      storeSound: this.#keeper.sound,
      peers: this.#bestLinks().map(({ peerId, transport }) => ({ peerId, transport }))
    }
  }

  /** The best link to each peer, in the order that the views promise. */
  #bestLinks(): PeerLink[] {
    const best = new Map<PeerId, PeerLink>()
    for (const link of this.#links) {
      const known = best.get(link.peerId)
      if (known === undefined || TRANSPORT_ORDER.indexOf(link.transport) < TRANSPORT_ORDER.indexOf(known.transport)) best.set(link.peerId, link)
    }
    return [...best.values()]
  }

  slices(): NodeSlices {
    const now = this.#now()
    const { states } = this.#core.tree
    const peers = this.#peersView(now)
    const online = new Set(peers.filter(peer => !peer.cut).flatMap(peer => peer.publicKey ?? []))
    for (const agent of this.#core.head().state?.agents() ?? []) {
      const key = toHex(agent.publicKey)
      if ((this.#core.heardAt(key) ?? -Infinity) > now - 3 * this.#core.rounds.intervalMs - 6 * this.#core.rounds.slotMs) online.add(key)
    }
    return {
      status: this.status(),
      chain: chainView(this.#core),
      round: roundView(this.#core),
      agents: agentsView(this.#core, online),
      peers,
      storage: this.#keeper.view({ states: states.size, hits: states.hits, misses: states.misses }),
      info: {
        missing: this.#options.missing ?? [],
        ...this.#options.network.info(),
        verdicts: { ...this.#verdicts, reasons: { ...this.#verdicts.reasons } },
        deliveries: this.#deliveries.view(),
        worstGapMs: Math.max(...this.#gaps),
        signatures: this.#options.signatures?.() ?? NO_SIGNATURES,
        validation: this.#auditor.view(),
        light: null
      },
      mining: this.mining(),
      social: this.#socialWatched ? (this.#social?.view() ?? null) : null,
      agent: this.agent.view()
    }
  }

  #peersView(now: number): PeerView[] {
    return this.#bestLinks().map(({ peerId, transport, since }) => {
      const note = this.#core.peers.all().find(known => known.peer === peerId)
      const publicKey = note?.publicKey ?? null
      const key = publicKey === null ? null : fromHex(publicKey)
      const name = key === null || this.#core.agent(key) === null ? null : nameOf(this.#core, key)
      return {
        peerId,
        transport,
        publicKey,
        name,
        finalHeight: publicKey === null ? null : (note?.finalHeight ?? null),
        sinceS: Math.floor((now - since) / 1000),
        cut: this.#cut.includes(peerId)
      }
    })
  }

  async block(heightOrHash: number | string): Promise<ApiResult<BlockDetail>> {
    const found = await this.#find(heightOrHash)
    return found.ok ? { ok: true, value: (await onDemand()).blockDetail(this.#core, found.value) } : found
  }

  /** T082. */
  async audit(heightOrHash: number | string): Promise<ApiResult<BlockAudit>> {
    const found = await this.#find(heightOrHash)
    return found.ok ? (await onDemand()).blockAudit(this.#core, found.value) : found
  }

  /** T041–T044: what a light node would do with this block; and the witness itself, as the bytes of a `BlockWitness`. */
  async checkBlock(heightOrHash: number | string): Promise<ApiResult<BlockCheck>> {
    const made = await this.witness(heightOrHash)
    return made.ok ? { ok: true, value: made.value.check } : made
  }

  async witness(heightOrHash: number | string): Promise<ApiResult<{ check: BlockCheck; bytes: Uint8Array }>> {
    const { apiFailure, blockCheck, checkOwn, witnessOf, witnessRequest } = await onDemand()
    const asked = witnessRequest(heightOrHash)
    if (asked === null) return BAD_BLOCK_ID
    const found = witnessOf(this.#core, asked)
    if (!found.ok) return apiFailure(found)
    const checked = checkOwn(this.#core.rules, asked, found.value, verifyZip215)
    return checked.ok ? { ok: true, value: { check: blockCheck(checked.value), bytes: encode(BlockWitness, found.value) } } : apiFailure(checked)
  }

  async #find(heightOrHash: number | string): Promise<ApiResult<FoundBlock>> {
    const id = parseBlockId(heightOrHash)
    if (id === null) return BAD_BLOCK_ID
    const found = findInTree(this.#core, id) ?? (await this.#findInStore(id))
    if (found !== null) return { ok: true, value: found }
    const name = String(heightOrHash).slice(0, 64)
    return { ok: false, code: 'unknown-block', message: `Block ${name} is not known here. It may not exist yet, or lie on another network.` }
  }

  async #findInStore(id: number | string): Promise<FoundBlock | null> {
    const { store } = this.#options
    const block = await (typeof id === 'string' ? blockNamed(store, id) : finalBlockAt(store, id))
    if (block === null) return null
    const { height } = block.header
    const hash = toHex(blockHash(this.#core.networkId, block.header))
    const certificate = async (kind: 'notarise' | 'finalise'): Promise<Certificate | null> => {
      const proof = await store.certificate(kind, height)
      const decoded = proof === null || proof.hash !== hash ? null : decode(Certificate, proof.bytes)
      return decoded?.ok ? decoded.value : null
    }
    const parent = await store.block(toHex(block.header.parent))
    const before = parent === null ? null : decode(Block, parent.bytes)
    return {
      block: block,
      parent: before?.ok ? this.#withState(before.value) : null,
      notarisation: await certificate('notarise'),
      finalisation: await certificate('finalise')
    }
  }

  /** An older block with the state after it, where that is still hot (T047). */
  #withState({ header, signature, transactions }: Block): BlockEntry | null {
    const state = this.#core.tree.states.get(header.stateRoot)
    return state === null ? null : rootEntry(blockHash(this.#core.networkId, header), header, state, signature, transactions)
  }

  /** Memes and alliances for people. */
  async social(): Promise<SocialDesk> {
    const { SocialDesk } = await import('./social/socialDesk')
    return (this.#social ??= new SocialDesk(this.#core, this.#options.store))
  }

  /** The slice `social` is worked out only while somebody looks at it. */
  async watchSocial(on: boolean): Promise<void> {
    this.#socialWatched = on
    if (!on) return
    await this.social()
    this.#publisher.changed()
  }

  async #parse(intent: TransactionIntent): Promise<ApiResult<Intent>> {
    // A tab that goes away has no time to load anything.
    if (intent.kind === 'leave') return { ok: true, value: intent }
    const { isSocial, parseIntent } = await onDemand()
    return isSocial(intent) ? (await this.social()).parse(intent) : parseIntent(intent, this.#core.agent(this.#core.publicKey))
  }

  async submit(intent: TransactionIntent): Promise<ApiResult<{ id: string }>> {
    const parsed = await this.#parse(intent)
    if (!parsed.ok) return parsed
    const id = this.#nextId++
    const result = await new Promise<Result<{ id: string }>>(resolve => {
      this.#submissions.set(id, resolve)
      this.#input({ type: 'submit', id, intent: parsed.value })
    })
    return result.ok ? result : (await onDemand()).apiFailure(result)
  }

  /** T045: a file that proves this value up to signatures; `subject` as in core/proof/subject.ts. */
  async prove(subject: string): Promise<ApiResult<string>> {
    const { apiFailure, proofFileOf } = await onDemand()
    const proof = await (await this.#proofDesk()).findProof(subject)
    if (!proof.ok) return apiFailure(proof)
    const file = proofFileOf(this.#core, proof.value)
    return file.ok ? file : apiFailure(file)
  }

  async checkpoint(): Promise<ApiResult<SharedCheckpoint>> {
    return (await onDemand()).sharedCheckpoint(this.#core)
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
    this.log.add(this.#now(), 'warn', 'network', peers.length === 0 ? 'healed: no peer is cut off' : `cut off from ${peers.length} peers`)
  }

  /** Lets go of every block below the newest snapshot. Rejects with StoreError. @returns how many went */
  prune(): Promise<number> {
    return this.#keeper.prune()
  }

  say(kind: 'warning' | 'error' | 'sync', text: string): void {
    this.#narrator.say({ kind, text }, this.#now())
    this.log.add(this.#now(), kind === 'sync' ? 'info' : kind === 'error' ? 'error' : 'warn', 'node', text)
  }

  get agentId(): string {
    return toHex(agentIdOf(this.#core.publicKey))
  }

  /** Ends ticks and network; what was final is written first. The store stays open. */
  async halt(): Promise<void> {
    if (this.#stopped) return
    this.#stopped = true
    this.#cancelWake?.()
    this.#cancelPulse?.()
    this.#publisher.stop()
    this.agent.stop()
    await this.#options.network.stop()
    await this.#keeper.end()
  }

  /** `halt`, and the store is closed, too. */
  async stop(): Promise<void> {
    await this.halt()
    await this.#options.store.close()
  }
}

const TRANSPORT_ORDER = ['webrtc', 'tab', 'websocket', 'relayed']

async function blockNamed(store: NodeStore, hash: string): Promise<Block | null> {
  const stored = await store.block(hash)
  const block = stored === null ? null : decode(Block, stored.bytes)
  return block?.ok === true ? block.value : null
}
