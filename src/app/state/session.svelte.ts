/**
 * The life of this tab: it watches a simulation, joins as a node, leaves again. Owns both workers and hands their views to the screens;
 * everything a screen does to the world goes through here.
 */
import type { AgentProgram } from '../../agent/config/config'
import type {
  AsWrittenReport,
  AsWrittenRun,
  Failure,
  ImportedNode,
  KeyProtection,
  LockedFailure,
  NodeApi,
  ProofApi,
  Result,
  SimApi,
  SimFault,
  StartOptions,
  TransactionIntent,
  SimRun,
  SimRunReport
} from '../../bridge/api'
import type { ProofReport } from '../../core/proof/check'
import type { BlockAudit, BlockCheck } from '../../bridge/audit'
import type { Backend, Connection } from '../../bridge/client'
import type { MemeDraft, MemeInspection, MemePage, MemeView } from '../../bridge/memes'
import type { BlockDetail, DryRunRow, EventView, FamilyRules, Status, Update } from '../../bridge/views'
import type { Bootstrap } from '../bootstrap'
import type { RtcWire } from '../rtcWire'
import type { AgentPrograms, RememberedProgram } from './agentPrograms'
import type { ExtraNodes } from './extraNodes.svelte'
import { NodeState } from './nodeState.svelte'
import { FIRST_RULES, FIRST_SIMULATION, SimState } from './simState.svelte'
import type { Room, Settings } from './settings.svelte'

/** What the page lends to a session: everything that touches the browser. */
export interface Surroundings {
  backend: Backend
  bootstrap(): Promise<Bootstrap>
  /** Loads the broker's code when a node is started, never before. */
  rtcWire(): Promise<RtcWire | null>
  page: StartOptions['page']
  settings: Settings
  /** Loads what this browser remembers of agents when a node is started, never before. */
  programs(): Promise<AgentPrograms>
  /** Asks the browser not to clear this site's data by itself; null where it has no such promise. */
  keepData: (() => Promise<boolean>) | null
  seed: number
  /** A small device, or one that is asked to save data: it starts as a light node. */
  small: boolean
  /** Family and mode that the address asks for; null: those chosen last. */
  rules: FamilyRules | null
}

export type Phase = 'simulation' | 'starting' | 'live' | 'failed'
export type StartStep = 'server' | 'worker' | 'node'
export interface StartFailure {
  code: string
  message: string
}

/** Console and screens that may listen to updates at once; more is a leak of the listener's. */
export const UPDATE_LISTENERS = 32

/** Closing the store and saying goodbye take milliseconds. */
const STOP_TIMEOUT_MS = 3000

const sentenceOf = (error: unknown) => (error instanceof Error ? error.message : String(error))

export const NOT_A_NODE: Result<never> = { ok: false, code: 'not-a-node', message: 'This tab is not a node yet. Press “Be the sixth node” first.' }

export class Session {
  phase = $state<Phase>('simulation')
  step = $state<StartStep>('server')
  stepSince = $state(0)
  failure = $state.raw<StartFailure | null>(null)
  /** Whose key is under a passphrase that the last start did not have; null: that is not what it failed by. */
  locked = $state.raw<LockedFailure['agent'] | null>(null)
  /** How the live node's key lies on this device; null: not known yet. */
  keyProtection = $state<KeyProtection | null>(null)
  /** What the server told at the last start; null before. */
  server = $state.raw<Bootstrap | null>(null)
  sim = $state.raw<SimState>(null!)
  node = $state.raw<NodeState>(new NodeState())
  /** What the simulation is to play; `sim` follows once it does. */
  simRules = $state.raw<FamilyRules>(FIRST_RULES)
  /** Why the simulation does not run, or null. */
  simFailure = $state<string | null>(null)
  readonly settings: Settings
  /** Which program each agent of this browser runs; null before the first start. */
  programs = $state.raw<AgentPrograms | null>(null)
  /** What a person has handed in last, and the node has taken; null: nothing yet. */
  wish = $state.raw<TransactionIntent | null>(null)
  /** Further nodes in this tab; null before somebody has opened the screen that starts them, whose code they are. */
  extras = $state.raw<ExtraNodes | null>(null)
  /** What the screens show: the live node once it runs, the simulation before. */
  readonly view = $derived<NodeState>(this.phase === 'live' ? this.node : this.sim)
  readonly live = $derived(this.phase === 'live')
  /**
   * A running full node: only that one has the state of the chain, and so memes and alliances. Derived once, because a status comes several times a second: what looks
   * at this would otherwise start anew each time.
   */
  readonly full = $derived(this.live && this.view.status?.role !== 'light')

  readonly #around: Surroundings
  #simConnection: Connection<SimApi> | null = null
  /** Settles when the present node's worker is ended: a question to it that is under way would never be answered. */
  nodeEnded: Promise<null> = Promise.resolve(null)
  #tellEnded: () => void = () => undefined
  #nodeConnection: Connection<NodeApi> | null = null
  #rtc: RtcWire | null = null
  /** Given in this tab, so that a restart need not ask again. Gone with the page, never stored. */
  #passphrase: string | null = null
  #socialWatchers = 0
  #run = 0
  #simRun = 0
  readonly #listeners = new Set<(update: Update) => void>()
  readonly #eventListeners = new Set<(events: readonly EventView[]) => void>()

  constructor(around: Surroundings) {
    this.#around = around
    this.settings = around.settings
    this.sim = new SimState(around.seed)
    this.simRules = around.rules ?? around.settings.simulated ?? FIRST_RULES
  }

  /** Opens the simulation, once. */
  async watch(): Promise<void> {
    if (this.#simConnection) return
    const connection = this.#around.backend.openSim()
    this.#simConnection = connection
    connection.onFailure(message => (this.simFailure = message))
    await this.#simulate(connection.api)
  }

  /** A run in a worker of its own, which ends with it. */
  async simulateApart(options: SimRun | AsWrittenRun): Promise<Result<SimRunReport | AsWrittenReport>> {
    const connection = this.#around.backend.openSim()
    const failed = new Promise<Failure>(resolve => connection.onFailure(message => resolve({ ok: false, code: 'worker-failed', message })))
    try {
      return await Promise.race(['asWritten' in options ? connection.api.asWritten(options) : connection.api.run(options), failed])
    } finally {
      connection.close()
    }
  }

  /** Starts the simulation anew by other rules, with the same seed, and remembers the choice. */
  async simulate(rules: FamilyRules): Promise<void> {
    this.simRules = rules
    this.settings.change({ simulated: rules })
    if (this.#simConnection) await this.#simulate(this.#simConnection.api)
  }

  /** What was shown stays until the first view of the new simulation is here. */
  async #simulate(api: SimApi): Promise<void> {
    const run = ++this.#simRun
    const sim = new SimState(this.sim.seed)
    const { family, mode } = this.simRules
    this.simFailure = null
    try {
      const result = await api.start({ ...FIRST_SIMULATION, seed: sim.seed, family, ...(mode === '' ? {} : { mode }) })
      if (run !== this.#simRun) return
      if (!result.ok) return await this.#unsimulated(api, result)
      await api.subscribe(update => {
        if (run !== this.#simRun) return
        sim.applySim(update)
        this.sim = sim
      })
    } catch (error) {
      if (run === this.#simRun) this.simFailure = sentenceOf(error)
    }
  }

  /** An old link, or a choice that another build remembered, may name a family that is not here: then the first one plays. */
  async #unsimulated(api: SimApi, failure: Failure): Promise<void> {
    if (failure.code !== 'unknown-family' || this.simRules === FIRST_RULES) {
      this.simFailure = failure.message
      return
    }
    this.simRules = FIRST_RULES
    this.settings.change({ simulated: null })
    await this.#simulate(api)
  }

  /** Makes this tab a node. @param room from a room link; null: the room joined last, else the server's network, else the origin's own @param name what a new agent asks for; null lets the node choose */
  async join(room: Room | null = null, name: string | null = null): Promise<void> {
    if (this.phase === 'starting' || this.phase === 'live') return
    if (room) this.settings.change(room.checkpoint ? { room, role: 'light' } : { room })
    await this.#start(++this.#run, name)
  }

  /** Starts with a key that is under a passphrase. */
  async unlock(passphrase: string): Promise<void> {
    this.#passphrase = passphrase
    await this.join()
  }

  /** The passphrase is lost: erases the agent that is locked, key and chain, and starts as a new one. The person was asked before. */
  async forgetLocked(): Promise<void> {
    if (this.locked === null || this.phase !== 'failed') return
    this.#passphrase = null
    this.settings.change({ name: null })
    await this.#start(++this.#run, null, this.locked.publicKey)
  }

  /** Puts the key of the live node under a passphrase, another one, or (null) in the open. @param current the present one; null where there is none */
  async changePassphrase(current: string | null, next: string | null): Promise<Result<KeyProtection>> {
    if (!this.api) return NOT_A_NODE
    const result = await this.api.changePassphrase(current, next)
    if (result.ok) {
      this.#passphrase = next
      this.keyProtection = result.value
    }
    return result
  }

  /** Ends the node and starts it anew, with the transports and the key of now. */
  async restart(): Promise<void> {
    await this.#endNode()
    await this.join()
  }

  /** Back to the simulation; identity and chain stay on disk. */
  async stop(): Promise<void> {
    this.#passphrase = null
    this.locked = null
    this.settings.change({ wasNode: false, room: null })
    await this.extras?.removeAll()
    await this.#endNode()
    await this.watch()
  }

  /** @param forget public key of the agent that is to be erased if its key cannot be opened */
  async #start(run: number, name: string | null, forget: string | null = null): Promise<void> {
    this.failure = null
    this.locked = null
    this.phase = 'starting'
    this.#enter('server')
    const asked = this.#around.bootstrap()
    // The worker loads while the server is asked.
    this.#rtc = await this.#around.rtcWire()
    this.programs ??= await this.#around.programs()
    if (run !== this.#run) return
    const connection = this.#around.backend.openNode(this.#rtc?.port ?? null)
    this.#nodeConnection = connection
    this.nodeEnded = new Promise(resolve => (this.#tellEnded = () => resolve(null)))
    this.node = new NodeState()
    connection.onFailure(message => this.#fail(run, { code: 'worker-failed', message: `The node's worker stopped: ${message}` }))
    try {
      const subscribed = connection.api.subscribe(update => this.#receive(run, update))
      const server = await asked
      if (run !== this.#run) return
      this.server = server
      this.#enter('worker')
      await subscribed
      if (this.#socialWatchers > 0) await connection.api.watchSocial(true)
      if (run !== this.#run) return
      this.#enter('node')
      const result = await connection.api.start({ ...this.#options(server, name), forget })
      if (run !== this.#run) return
      if (result.ok) this.#arrive(result.value)
      else {
        if ('agent' in result) this.locked = result.agent
        this.#fail(run, result)
      }
    } catch (error) {
      this.#fail(run, { code: 'unexpected', message: sentenceOf(error) })
    }
  }

  #options(server: Bootstrap, name: string | null): Omit<StartOptions, 'forget'> {
    const { room, transports } = this.settings
    return {
      networkId: room?.networkId ?? server.networkId,
      relays: [...new Set([...(room?.relays ?? []), ...server.relays, ...(this.programs?.peers ?? [])])],
      genesis: room === null || room.networkId === server.networkId ? server.genesis : null,
      name,
      role: this.role,
      checkpoint: room?.checkpoint ?? null,
      passphrase: this.#passphrase,
      transports: { ...transports },
      iceServers: server.iceServers,
      page: this.#around.page
    }
  }

  #enter(step: StartStep): void {
    this.step = step
    this.stepSince = Date.now()
  }

  #arrive(status: Status): void {
    this.node.status ??= status
    this.phase = 'live'
    // The moment at which there is something to lose. Where the browser asks the person, it is the one who has just pressed the button.
    void this.#around.keepData?.().catch(() => false)
    this.settings.change({ wasNode: true, name: status.name })
    void this.#lookAtKey()
    this.#closeSim()
    const program = this.programs?.of(status.agentId) ?? null
    if (program !== null && status.role !== 'light') void this.api?.runAgent(program)
  }

  async #lookAtKey(): Promise<void> {
    this.keyProtection = null
    const found = await this.api?.keyProtection()
    if (found?.ok) this.keyProtection = found.value
  }

  #fail(run: number, failure: StartFailure): void {
    if (run !== this.#run) return
    this.failure = { code: failure.code, message: failure.message }
    if (failure.code.startsWith('checkpoint-')) this.forgetCheckpoint()
    this.phase = 'failed'
    this.#closeNode()
    void this.watch()
  }

  #receive(run: number, update: Update): void {
    if (run !== this.#run) return
    this.node.apply(update)
    for (const listener of this.#listeners) listener(update)
    if (update.events.length > 0) for (const listener of this.#eventListeners) listener(update.events)
  }

  async #endNode(): Promise<void> {
    this.#run++
    // A worker that hangs must not hold the page: after the time is up it is ended where it stands. The store is made for that.
    const timeUp = new Promise(resolve => setTimeout(resolve, STOP_TIMEOUT_MS))
    try {
      await Promise.race([this.#nodeConnection?.api.stop(), timeUp])
    } finally {
      this.#closeNode()
      this.phase = 'simulation'
    }
  }

  #closeNode(): void {
    this.#nodeConnection?.close()
    this.#tellEnded()
    this.#nodeConnection = null
    this.#rtc?.stop()
    this.#rtc = null
  }

  #closeSim(): void {
    this.#simRun++
    this.#simConnection?.close()
    this.#simConnection = null
    this.sim = new SimState(this.sim.seed)
  }

  /** No server and no room: the network is this origin's own. */
  get ownNetwork(): boolean {
    return this.live && this.settings.room === null && this.server !== null && this.server.networkId === null
  }

  /** The live node's commands, or null while this tab is not one. */
  get api(): NodeApi | null {
    return this.phase === 'live' ? this.#nodeConnection!.api : null
  }

  /** What this tab is, or will be: a phone starts light, unless somebody chose otherwise. */
  get role(): 'light' | 'full' {
    return this.settings.role ?? (this.#around.small ? 'light' : 'full')
  }

  /** From the next start on trust begins at genesis, or where this tab's own chain does. */
  forgetCheckpoint(): void {
    const { room } = this.settings
    if (room) this.settings.change({ room: { ...room, checkpoint: null } })
  }

  /** Light or full, from now on; a live node starts anew with the same identity. */
  async changeRole(role: 'light' | 'full'): Promise<void> {
    this.settings.change({ role })
    if (this.live) await this.restart()
  }

  /** A proof of a value, as the text of a file. */
  async prove(subject: string): Promise<Result<string>> {
    return this.api ? ((await Promise.race([this.api.prove(subject), this.nodeEnded])) ?? NOT_A_NODE) : NOT_A_NODE
  }

  /** Checks a proof file in a worker of its own, which stays as long as the page wants it. */
  openProof(): Connection<ProofApi> {
    return this.#around.backend.openProof()
  }

  /** Checks one proof file. */
  async checkProof(text: string): Promise<Result<ProofReport>> {
    const connection = this.openProof()
    try {
      return await connection.api.check(text)
    } finally {
      connection.close()
    }
  }

  /** From the live node, else from the simulation. */
  async block(heightOrHash: number | string): Promise<Result<BlockDetail>> {
    const source = this.api ?? this.#simConnection?.api
    return source ? source.block(heightOrHash) : NOT_A_NODE
  }

  /** What a block changed, from where `block` comes from. */
  async audit(heightOrHash: number | string): Promise<Result<BlockAudit>> {
    const source = this.api ?? this.#simConnection?.api
    return source ? source.audit(heightOrHash) : NOT_A_NODE
  }

  /** Runs a final block again without its state (T041). */
  async checkBlock(heightOrHash: number | string): Promise<Result<BlockCheck>> {
    return this.api ? ((await Promise.race([this.api.checkBlock(heightOrHash), this.nodeEnded])) ?? NOT_A_NODE) : NOT_A_NODE
  }

  async submit(intent: TransactionIntent): Promise<Result<{ id: string }>> {
    if (!this.api) return NOT_A_NODE
    const result = await this.api.submit(intent)
    if (result.ok) this.wish = intent
    return result
  }

  /** `node.social` is kept up to date until the last of those who look has gone. @returns how one goes */
  watchSocial(): () => void {
    if (++this.#socialWatchers === 1) void this.#nodeConnection?.api.watchSocial(true)
    return () => {
      if (--this.#socialWatchers === 0) void this.#nodeConnection?.api.watchSocial(false)
    }
  }

  /** Replaces the agent of this tab's node, and remembers it for the next start. @param program null: the default, as if nobody had ever chosen */
  async runAgent(program: RememberedProgram | null): Promise<Result<{ fromHeight: number }>> {
    const agentId = this.node.status?.agentId
    if (!this.api || agentId === undefined) return NOT_A_NODE
    const result = await this.api.runAgent(program ?? { toml: '', script: null })
    if (result.ok) this.programs?.remember(agentId, program)
    return result
  }

  async dryRun(program: AgentProgram): Promise<Result<DryRunRow[]>> {
    return this.api ? this.api.dryRun(program) : NOT_A_NODE
  }

  /** @param create comes with the screen that starts further nodes */
  openExtras(create: (backend: Backend) => ExtraNodes): ExtraNodes {
    return (this.extras ??= create(this.#around.backend))
  }

  /** How a further node of this tab starts: in the same network, with an identity of its own. Null while this tab is no node. */
  get extraOptions(): StartOptions | null {
    const networkId = this.node.status?.networkId
    if (networkId === undefined || this.server === null) return null
    const options = this.#options(this.server, null)
    // The page's one WebRTC broker belongs to the first node; the others reach it as tabs do, and the rest through the relay.
    return { ...options, networkId, role: 'full', checkpoint: null, passphrase: null, forget: null, transports: { ...options.transports, webrtc: false } }
  }

  async inspectMeme(draft: MemeDraft): Promise<Result<MemeInspection>> {
    return this.api ? this.api.inspectMeme(draft) : NOT_A_NODE
  }

  async memes(before: number | null): Promise<Result<MemePage>> {
    return this.api ? this.api.memes(before) : NOT_A_NODE
  }

  async meme(id: string): Promise<Result<MemeView>> {
    return this.api ? this.api.meme(id) : NOT_A_NODE
  }

  /** Drops all traffic with these peers, both ways; an empty list heals. */
  async cut(peerIds: string[]): Promise<void> {
    await this.api?.cut(peerIds)
  }

  /** Erases identity and chain of this agent, and goes back to the simulation. The person was asked before. */
  async erase(): Promise<Result<null>> {
    if (!this.api) return NOT_A_NODE
    const result = await this.api.erase()
    if (result.ok) {
      this.settings.change({ name: null })
      await this.stop()
    }
    return result
  }

  /** This whole node as a file. @param passphrase null: a key in it is in the open */
  async exportNode(withKey: boolean, passphrase: string | null): Promise<Result<Uint8Array>> {
    return this.api ? this.api.exportNode(withKey, passphrase) : NOT_A_NODE
  }

  /** Takes a node in from a file; also in a tab that is none yet, by a worker of its own. What ran in the same network is halted: `resume` goes on. */
  async importNode(file: Uint8Array, passphrase: string | null): Promise<Result<ImportedNode>> {
    if (this.api) return this.api.importNode(file, passphrase)
    const connection = this.#around.backend.openNode(null)
    const failed = new Promise<Result<ImportedNode>>(resolve => connection.onFailure(message => resolve({ ok: false, code: 'worker-failed', message })))
    try {
      return await Promise.race([connection.api.importNode(file, passphrase), failed])
    } finally {
      connection.close()
    }
  }

  /** Be the node that was imported. */
  async resume({ networkId }: ImportedNode): Promise<void> {
    const relays = this.server?.networkId === networkId ? this.server.relays : (this.settings.room?.relays ?? [])
    this.settings.change({ room: { networkId, relays } })
    await this.restart()
  }

  /** Founds a new network in place of this origin's own one. The person was asked before. */
  async foundNetwork(): Promise<Result<null>> {
    if (!this.api || !this.ownNetwork) return NOT_A_NODE
    const result = await this.api.forgetNetwork()
    if (result.ok) {
      this.settings.change({ name: null })
      await this.restart()
    }
    return result
  }

  async setVisible(visible: boolean): Promise<void> {
    this.extras?.setVisible(visible)
    await this.#nodeConnection?.api.setVisible(visible)
    if (this.#simConnection && this.sim.playing) await (visible ? this.#simConnection.api.play() : this.#simConnection.api.pause())
  }

  /** The tab is closing for good: a signed Leave, so that the others need not wait for us. */
  async farewell(): Promise<void> {
    this.extras?.farewell()
    await this.api?.leave()
  }

  async simFault(fault: SimFault): Promise<void> {
    if (fault.kind === 'split') this.sim.split = true
    if (fault.kind === 'heal') this.sim.split = false
    await this.#simConnection?.api.fault(fault)
  }

  async simFocus(node: number): Promise<void> {
    await this.#simConnection?.api.focus(node)
  }

  async simPlay(playing: boolean): Promise<void> {
    this.sim.playing = playing
    await (playing ? this.#simConnection?.api.play() : this.#simConnection?.api.pause())
  }

  /** Every update of the live node, as it came. @returns unsubscribe @throws RangeError beyond UPDATE_LISTENERS */
  onUpdate(listener: (update: Update) => void): () => void {
    if (this.#listeners.size >= UPDATE_LISTENERS) throw new RangeError(`at most ${UPDATE_LISTENERS} listeners; unsubscribe some`)
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** New events of the live node, for announcements. @returns unsubscribe */
  onEvents(listener: (events: readonly EventView[]) => void): () => void {
    this.#eventListeners.add(listener)
    return () => this.#eventListeners.delete(listener)
  }
}
