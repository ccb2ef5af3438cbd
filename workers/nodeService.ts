/** `NodeApi` over one node of this worker. Listeners may come before the node does. */
import type { AgentProgram } from '../src/agent/config/config'
import type { Failure, ImportedNode, KeyProtection, LockedFailure, NodeApi, Result, SharedCheckpoint, StartOptions } from '../src/bridge/api'
import type { MemeDraft, MemeInspection, MemePage, MemeView } from '../src/bridge/memes'
import type { DryRunRow, EventView, MiningStatus, Status, Update } from '../src/bridge/views'
import { StoreError } from '../src/node/ports'
import type { OwnAgent } from '../src/node/ownAgent'
import type { Gallery } from '../src/node/social/gallery'
import type { NodeRuntime } from '../src/node/runtime'
import { forgetOriginGenesis } from '../src/platform/browser/originDb'
import { LockedKey, openBrowserNode, StartFailure } from './openBrowserNode'
import type { OpenedNode } from './openBrowserNode'

/** Ciphers and the file format are loaded when somebody moves a node. */
const nodeFiles = () => import('./nodeFiles')
const keyLock = () => import('./keyProtection')

const NOTHING_KEPT = { ok: false, code: 'denied', message: 'This browser keeps nothing for this site. Allow site data, reload, then try again.' } as const

type Listener = (update: Update) => void | Promise<void>

const LIGHT_WITHOUT_MEMES: Failure = {
  ok: false,
  code: 'light',
  message: 'A light node keeps no memes. Become a full node on the Node screen to see and make them.'
}
const LIGHT_WITHOUT_AGENT: Failure = {
  ok: false,
  code: 'light',
  message: 'A light node makes no blocks, so it runs no agent. Become a full node on the Node screen first.'
}
const NOT_STARTED = { ok: false, code: 'not-started', message: 'The node of this tab is not running. Press “Be the next node” first.' } as const

export class NodeService implements NodeApi {
  #node: OpenedNode | null = null
  #starting = false
  readonly #listeners = new Map<number, { listener: Listener; inner: number | null }>()
  #nextId = 1
  #steps = 0
  /** What the key on the disk is under, since a key that is imported has to go under it, too; null: the key is in the open. */
  #passphrase: string | null = null
  #socialWatched = false

  constructor(readonly rtcPort: Promise<MessagePort | null>) {}

  async start(options: StartOptions): Promise<Result<Status> | LockedFailure> {
    if (this.#node !== null) return { ok: true, value: this.#node.runtime.status() }
    if (this.#starting) return { ok: false, code: 'starting', message: 'The node is starting already.' }
    this.#starting = true
    try {
      this.#node = await openBrowserNode(
        options,
        await this.rtcPort,
        sentence => this.#tell(sentence),
        () => void this.#lost()
      )
      this.#passphrase = (await this.#node.store.sealedKey()) === null ? null : options.passphrase
      for (const entry of this.#listeners.values()) entry.inner = this.#node.runtime.subscribe(entry.listener)
      if (this.#socialWatched) await this.#full?.watchSocial(true)
      return { ok: true, value: this.#node.runtime.status() }
    } catch (error) {
      return error instanceof LockedKey ? { ...failureOf(error), agent: error.agent } : failureOf(error)
    } finally {
      this.#starting = false
    }
  }

  #tell(text: string): void {
    const event: EventView = { seq: --this.#steps, at: Date.now(), kind: 'sync', text, height: null, hash: null, agents: [] }
    for (const { listener } of this.#listeners.values()) void listener({ version: 0, slices: {}, events: [event], pulses: [], droppedPulses: 0 })
  }

  async #lost(): Promise<void> {
    this.#node?.runtime.say('error', 'Another tab has taken over this identity while this one slept. Reload to go on as a further agent.')
    await this.stop()
  }

  async status(): Promise<Status> {
    if (this.#node === null) throw new Error(NOT_STARTED.message)
    return this.#node.runtime.status()
  }

  async mining(): Promise<MiningStatus> {
    if (this.#node === null) throw new Error(NOT_STARTED.message)
    return this.#node.runtime.mining()
  }

  async block(heightOrHash: number | string) {
    return this.#node === null ? NOT_STARTED : this.#node.runtime.block(heightOrHash)
  }

  async audit(heightOrHash: number | string) {
    return this.#node === null ? NOT_STARTED : this.#node.runtime.audit(heightOrHash)
  }

  async checkBlock(heightOrHash: number | string) {
    return this.#node === null ? NOT_STARTED : this.#node.runtime.checkBlock(heightOrHash)
  }

  async submit(intent: Parameters<NodeApi['submit']>[0]) {
    return this.#node === null ? NOT_STARTED : this.#node.runtime.submit(intent)
  }

  /** Null without a node, and with a light one. */
  get #agent(): OwnAgent | null {
    const runtime = this.#node?.runtime
    return runtime !== undefined && 'agent' in runtime ? runtime.agent : null
  }

  get #noAgent(): Failure {
    return this.#node === null ? NOT_STARTED : LIGHT_WITHOUT_AGENT
  }

  async runAgent(program: AgentProgram): Promise<Result<{ fromHeight: number }>> {
    return this.#agent?.run(program) ?? this.#noAgent
  }

  async dryRun(program: AgentProgram): Promise<Result<DryRunRow[]>> {
    return this.#agent?.dryRun(program) ?? this.#noAgent
  }

  async prove(subject: string): Promise<Result<string>> {
    return this.#node === null ? NOT_STARTED : this.#node.runtime.prove(subject)
  }

  async checkpoint(): Promise<Result<SharedCheckpoint>> {
    return this.#node === null ? NOT_STARTED : this.#node.runtime.checkpoint()
  }

  async subscribe(listener: Listener): Promise<number> {
    const id = this.#nextId++
    this.#listeners.set(id, { listener, inner: this.#node?.runtime.subscribe(listener) ?? null })
    return id
  }

  async unsubscribe(id: number): Promise<void> {
    const inner = this.#listeners.get(id)?.inner
    if (inner != null) this.#node?.runtime.unsubscribe(inner)
    this.#listeners.delete(id)
  }

  async setVisible(visible: boolean): Promise<void> {
    this.#node?.runtime.setVisible(visible)
  }

  async cut(peerIds: string[]): Promise<void> {
    this.#node?.runtime.cut(peerIds)
  }

  /** Null without a node, and with a light one: memes are in blocks and in the state, and it keeps neither. */
  get #full(): NodeRuntime | null {
    const runtime = this.#node?.runtime
    return runtime !== undefined && 'watchSocial' in runtime ? runtime : null
  }

  async watchSocial(on: boolean): Promise<void> {
    this.#socialWatched = on
    await this.#full?.watchSocial(on)
  }

  async #ofGallery<T>(ask: (gallery: Gallery) => Result<T> | Promise<Result<T>>): Promise<Result<T>> {
    const runtime = this.#full
    if (runtime !== null) return ask((await runtime.social()).gallery)
    return this.#node === null ? NOT_STARTED : LIGHT_WITHOUT_MEMES
  }

  inspectMeme(draft: MemeDraft): Promise<Result<MemeInspection>> {
    return this.#ofGallery(gallery => gallery.inspect(draft))
  }

  memes(before: number | null): Promise<Result<MemePage>> {
    return this.#ofGallery(gallery => gallery.page(before))
  }

  meme(id: string): Promise<Result<MemeView>> {
    return this.#ofGallery(gallery => gallery.meme(id))
  }

  async exportKey(): Promise<Result<string>> {
    if (this.#node === null) return NOT_STARTED
    try {
      return { ok: true, value: await keyFileOf(this.#node) }
    } catch (error) {
      return failureOf(error)
    }
  }

  async importKey(text: string): Promise<Result<{ agentId: string; replaced: string | null }>> {
    if (this.#node === null) return NOT_STARTED
    try {
      const { runtime, store } = this.#node
      return await (await nodeFiles()).replaceKey(store, text, runtime.networkId, runtime.status().height, this.#passphrase)
    } catch (error) {
      return failureOf(error)
    }
  }

  async keyProtection(): Promise<Result<KeyProtection>> {
    if (this.#node === null) return NOT_STARTED
    try {
      const { store } = this.#node
      if ((await store.usage()).kind === 'memory') return { ok: true, value: 'memory' }
      return { ok: true, value: (await store.sealedKey()) === null ? 'open' : 'passphrase' }
    } catch (error) {
      return failureOf(error)
    }
  }

  async changePassphrase(current: string | null, next: string | null): Promise<Result<KeyProtection>> {
    if (this.#node === null) return NOT_STARTED
    try {
      const { store } = this.#node
      if ((await store.usage()).kind === 'memory') return NOTHING_KEPT
      const changed = await (await keyLock()).changed(store, current, next)
      if (changed.ok) this.#passphrase = next
      return changed
    } catch (error) {
      return failureOf(error)
    }
  }

  async exportNode(withKey: boolean, passphrase: string | null): Promise<Result<Uint8Array>> {
    if (this.#node === null) return NOT_STARTED
    try {
      const { exportFrom } = await nodeFiles()
      return await exportFrom(this.#node.store, withKey, passphrase)
    } catch (error) {
      return failureOf(error)
    }
  }

  async importNode(file: Uint8Array, passphrase: string | null): Promise<Result<ImportedNode>> {
    try {
      const { keepIn, keepInFreeSlot, readFile } = await nodeFiles()
      const contents = await readFile(file, passphrase)
      if (!contents.ok) return contents
      const node = this.#node
      if ((await node?.store.usage())?.kind === 'memory') return NOTHING_KEPT
      if (node === null || node.runtime.networkId !== contents.value.networkId) return await keepInFreeSlot(contents.value)
      const before = await keyFileOf(node)
      const { agentId } = node.runtime
      await node.runtime.halt()
      const imported = await keepIn(node.store, contents.value, this.#passphrase)
      return { ok: true, value: { ...imported, replaced: imported.agentId === agentId ? null : before } }
    } catch (error) {
      return failureOf(error)
    }
  }

  async prune(): Promise<Result<number>> {
    if (this.#node === null) return NOT_STARTED
    try {
      return { ok: true, value: await this.#node.runtime.prune() }
    } catch (error) {
      return failureOf(error)
    }
  }

  /**
   * Only where the others can go on without this node. A Leave frees them from waiting for its votes, but it counts only in a final block: if the quorum
   * ends with this node (it is the only validator, or one of just enough), nobody is left to make it final, and it would lie in wait for the moment
   * of return. A refresh is a `pagehide`, too: then the Leave and the heartbeat that follows it mostly fall into one epoch, which changes no set (R9).
   */
  async leave(): Promise<void> {
    const runtime = this.#node?.runtime
    if (runtime === undefined) return
    const { quorum, validator } = runtime.status()
    if (quorum.present - (validator ? 1 : 0) >= quorum.needed) await runtime.submit({ kind: 'leave' })
  }

  async forgetNetwork(): Promise<Result<null>> {
    try {
      await forgetOriginGenesis()
      return { ok: true, value: null }
    } catch (error) {
      return failureOf(error)
    }
  }

  async erase(): Promise<Result<null>> {
    const node = this.#node
    if (node === null) return NOT_STARTED
    try {
      await node.runtime.halt()
      await node.store.erase()
      await this.stop()
      return { ok: true, value: null }
    } catch (error) {
      return failureOf(error)
    }
  }

  async log() {
    return this.#node?.runtime.log.lines() ?? []
  }

  async stop(): Promise<void> {
    const node = this.#node
    this.#node = null
    this.#passphrase = null
    for (const entry of this.#listeners.values()) entry.inner = null
    await node?.runtime.stop()
    await node?.release()
  }
}

const keyFileOf = async ({ store, runtime }: OpenedNode): Promise<string> => (await nodeFiles()).keyFileOf(store, runtime.networkId)

function failureOf(error: unknown): { ok: false; code: string; message: string } {
  if (error instanceof StartFailure || error instanceof StoreError) return { ok: false, code: error.code, message: error.message }
  return { ok: false, code: 'unexpected', message: error instanceof Error ? error.message : String(error) }
}
