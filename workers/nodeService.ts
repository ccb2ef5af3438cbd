/** `NodeApi` over one node of this worker. Listeners may come before the node does. */
import type { NodeApi, Result, StartOptions } from '../src/bridge/api'
import type { EventView, MiningStatus, Status, Update } from '../src/bridge/views'
import { fromHex, toHex } from '../src/core/bytes'
import { publicKeyOf } from '../src/core/crypto/ed25519'
import { checkName } from '../src/core/names'
import { agentIdOf } from '../src/core/signing'
import type { Identity } from '../src/node/ports'
import { StoreError } from '../src/node/ports'
import { forgetOriginGenesis } from '../src/platform/browser/originDb'
import { openBrowserNode, StartFailure } from './openBrowserNode'
import type { OpenedNode } from './openBrowserNode'

/** What an exported key file says about itself. */
const KEY_FORMAT = 'quorumble-key-1'
/** Longest key file that is read, characters. */
const MAX_KEY_TEXT = 2000

type Listener = (update: Update) => void | Promise<void>

const NOT_STARTED = { ok: false, code: 'not-started', message: 'The node of this tab is not running. Press “Be the next node” first.' } as const

export class NodeService implements NodeApi {
  #node: OpenedNode | null = null
  #starting = false
  readonly #listeners = new Map<number, { listener: Listener; inner: number | null }>()
  #nextId = 1
  #steps = 0

  constructor(readonly rtcPort: Promise<MessagePort | null>) {}

  async start(options: StartOptions): Promise<Result<Status>> {
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
      for (const entry of this.#listeners.values()) entry.inner = this.#node.runtime.subscribe(entry.listener)
      return { ok: true, value: this.#node.runtime.status() }
    } catch (error) {
      return failureOf(error)
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

  async submit(intent: Parameters<NodeApi['submit']>[0]) {
    return this.#node === null ? NOT_STARTED : this.#node.runtime.submit(intent)
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

  async exportKey(): Promise<Result<string>> {
    if (this.#node === null) return NOT_STARTED
    return { ok: true, value: keyText(await this.#identity(this.#node)) }
  }

  async importKey(text: string): Promise<Result<{ agentId: string; replaced: string | null }>> {
    if (this.#node === null) return NOT_STARTED
    const parsed = parseKey(text)
    if (!parsed.ok) return parsed
    try {
      const replaced = keyText(await this.#identity(this.#node))
      await this.#node.store.replaceIdentity(parsed.value)
      return { ok: true, value: { agentId: toHex(agentIdOf(publicKeyOf(parsed.value.secretKey))), replaced } }
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
    for (const entry of this.#listeners.values()) entry.inner = null
    await node?.runtime.stop()
    await node?.release()
  }

  #identity(node: OpenedNode): Promise<Identity> {
    return node.store.identity(() => {
      throw new StoreError('damaged', 'The key of this agent is gone from the disk.')
    })
  }
}

function failureOf(error: unknown): { ok: false; code: string; message: string } {
  if (error instanceof StartFailure || error instanceof StoreError) return { ok: false, code: error.code, message: error.message }
  return { ok: false, code: 'unexpected', message: error instanceof Error ? error.message : String(error) }
}

function keyText({ secretKey, name }: Identity): string {
  return JSON.stringify({ format: KEY_FORMAT, name, agentId: toHex(agentIdOf(publicKeyOf(secretKey))), secretKey: toHex(secretKey) }, null, 2)
}

function parseKey(text: string): Result<Identity> {
  const refuse = (message: string) => ({ ok: false, code: 'bad-key', message }) as const
  if (text.length > MAX_KEY_TEXT) return refuse('This is too long to be a key file. Choose the file that was exported here.')
  let raw: { format?: unknown; name?: unknown; secretKey?: unknown; agentId?: unknown } | null
  try {
    raw = JSON.parse(text) as typeof raw
  } catch {
    return refuse('This is no key file: it is not JSON. Paste the whole text, braces included.')
  }
  if (typeof raw !== 'object' || raw === null || raw.format !== KEY_FORMAT) return refuse(`This is no key file: its format should be “${KEY_FORMAT}”.`)
  const secretKey = typeof raw.secretKey === 'string' ? fromHex(raw.secretKey) : null
  if (secretKey?.length !== 32) return refuse('The secret key in this file should be 64 hex digits.')
  const name = typeof raw.name === 'string' ? checkName(raw.name) : null
  if (!name?.ok) return refuse('The name in this file cannot be used: 1 to 32 visible bytes.')
  if (raw.agentId !== toHex(agentIdOf(publicKeyOf(secretKey)))) return refuse('The agent id in this file does not belong to its key; the file was changed.')
  return { ok: true, value: { secretKey, name: name.value } }
}
