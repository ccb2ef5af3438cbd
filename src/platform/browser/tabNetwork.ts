import type { Delivery, Network, NetworkHandlers, NetworkInfo, PeerId, PeerLink, Topic } from '../../node/ports'
import { RequestError, TOPICS } from '../../node/ports'

/** Sizes as in the other adapters, so that nothing works in one browser that fails in a room. */
const MAX_GOSSIP_BYTES = 256 * 1024
const MAX_REQUEST_BYTES = 64 * 1024
const MAX_RESPONSE_BYTES = 4 * 1024 * 1024
/** Every tab hears every other: the messages of more tabs than this would only wear the machine out. */
const MAX_TABS = 32
/** Requests of one tab that are being answered, and requests of ours that wait for an answer. */
const MAX_INBOUND_REQUESTS_PER_PEER = 16
const MAX_PENDING_REQUESTS = 128
/** Each tab says this often that it is there. */
const KEEPALIVE_MS = 2_000
/** A tab that was not heard of for this long is gone: three keepalives, so that a busy moment is not a farewell. */
const SILENCE_MS = 3 * KEEPALIVE_MS

/** What travels over the BroadcastChannel. Only `bytes` is shaped by other code; all else is checked here. */
type Note =
  | { op: 'here'; from: PeerId; to: PeerId | null }
  | { op: 'bye'; from: PeerId }
  /** `except`: the sender has cut these peers; they do not listen. A broadcast cannot leave anyone out by itself. */
  | { op: 'gossip'; from: PeerId; except: PeerId[]; topic: Topic; bytes: Uint8Array }
  | { op: 'ask'; from: PeerId; to: PeerId; id: number; bytes: Uint8Array }
  | { op: 'answer'; from: PeerId; to: PeerId; id: number; code: 'ok' | 'refused' | 'too-large'; bytes: Uint8Array }

interface Pending {
  peer: PeerId
  resolve: (bytes: Uint8Array) => void
  reject: (error: RequestError) => void
}

/**
 * The port `Network` among the tabs of one browser and origin, with no server: a BroadcastChannel per network id. The channel reaches every tab
 * in order and doubles nothing, so nothing is forwarded and nothing needs a memory of what was seen.
 */
export class TabNetwork implements Network {
  readonly peerId: PeerId
  readonly #channelName: string
  readonly #tabs = new Map<PeerId, { since: number; heard: number; answering: number }>()
  readonly #pending = new Map<number, Pending>()
  #channel: BroadcastChannel | null = null
  #handlers: NetworkHandlers | null = null
  #keepalive: ReturnType<typeof setInterval> | undefined
  #cut: ReadonlySet<PeerId> = new Set()
  #lastRequest = 0

  constructor(peerId: PeerId, networkId: string) {
    this.peerId = peerId
    this.#channelName = `quorumble/${networkId}`
  }

  async start(handlers: NetworkHandlers): Promise<void> {
    this.#handlers = handlers
    this.#channel = new BroadcastChannel(this.#channelName)
    this.#channel.onmessage = ({ data }: MessageEvent<unknown>) => {
      const note = noteOf(data)
      if (note) this.#receive(note)
    }
    this.#post({ op: 'here', from: this.peerId, to: null })
    this.#keepalive = setInterval(() => this.#beat(), KEEPALIVE_MS)
  }

  publish(topic: Topic, bytes: Uint8Array): Promise<Delivery> {
    if (bytes.length > MAX_GOSSIP_BYTES) throw new RangeError(`a gossip message has at most ${MAX_GOSSIP_BYTES} bytes, not ${bytes.length}`)
    this.#post({ op: 'gossip', from: this.peerId, except: [...this.#cut], topic, bytes })
    const tabs = [...this.#tabs.keys()]
    return Promise.resolve({ sent: tabs.filter(peer => !this.#cut.has(peer)), failed: tabs.filter(peer => this.#cut.has(peer)) })
  }

  async request(peer: PeerId, bytes: Uint8Array, timeoutMs: number): Promise<Uint8Array> {
    if (bytes.length > MAX_REQUEST_BYTES) throw new RequestError('too-large', `a request has at most ${MAX_REQUEST_BYTES} bytes, not ${bytes.length}`)
    if (this.#cut.has(peer) || !this.#tabs.has(peer)) throw new RequestError('unreachable', `no tab ${peer}`)
    if (this.#pending.size >= MAX_PENDING_REQUESTS) throw new RequestError('refused', 'too many requests wait for an answer')
    const id = ++this.#lastRequest
    let timer: ReturnType<typeof setTimeout> | undefined
    try {
      return await new Promise((resolve, reject) => {
        timer = setTimeout(() => reject(new RequestError('timeout', `no answer within ${timeoutMs} ms`)), timeoutMs)
        this.#pending.set(id, { peer, resolve, reject })
        this.#post({ op: 'ask', from: this.peerId, to: peer, id, bytes })
      })
    } finally {
      clearTimeout(timer)
      this.#pending.delete(id)
    }
  }

  links(): PeerLink[] {
    return [...this.#tabs].map(([peerId, { since }]) => ({ peerId, transport: 'tab', since }))
  }

  info(): NetworkInfo {
    return { addresses: [], relays: [], peerConnectionsMade: 0, dataPath: 'none' }
  }

  cut(peers: readonly PeerId[]): void {
    this.#cut = new Set(peers)
  }

  /** Tabs of one origin run our own code: there is no score to lower. */
  penalise(_peer: PeerId, _reason: string): void {}

  async stop(): Promise<void> {
    clearInterval(this.#keepalive)
    this.#post({ op: 'bye', from: this.peerId })
    this.#channel?.close()
    this.#channel = null
    for (const { reject } of this.#pending.values()) reject(new RequestError('unreachable', 'the network was stopped'))
    this.#tabs.clear()
  }

  #receive(note: Note): void {
    if (note.from === this.peerId || ('to' in note && note.to !== null && note.to !== this.peerId)) return
    if (note.op === 'bye') return this.#lose(note.from)
    if (!this.#notice(note.from) || this.#cut.has(note.from)) return
    if (note.op === 'gossip' && !note.except.includes(this.peerId)) void this.#handlers?.onGossip(note.from, note.topic, note.bytes)
    if (note.op === 'ask') void this.#answer(note)
    if (note.op === 'answer') this.#settle(note)
  }

  /** Whatever a tab says shows that it is there. A new one is told of us at once. False if there is no room for it. */
  #notice(peer: PeerId): boolean {
    const now = Date.now()
    const known = this.#tabs.get(peer)
    if (known) {
      known.heard = now
      return true
    }
    if (this.#tabs.size >= MAX_TABS) return false
    this.#tabs.set(peer, { since: now, heard: now, answering: 0 })
    this.#post({ op: 'here', from: this.peerId, to: peer })
    this.#handlers?.onLinks(this.links())
    return true
  }

  #lose(peer: PeerId): void {
    if (!this.#tabs.delete(peer)) return
    for (const pending of this.#pending.values()) if (pending.peer === peer) pending.reject(new RequestError('unreachable', 'the tab was closed'))
    this.#handlers?.onLinks(this.links())
  }

  #beat(): void {
    this.#post({ op: 'here', from: this.peerId, to: null })
    const silentSince = Date.now() - SILENCE_MS
    for (const [peer, { heard }] of this.#tabs) if (heard < silentSince) this.#lose(peer)
  }

  async #answer({ from, id, bytes }: Note & { op: 'ask' }): Promise<void> {
    const reply = (code: 'ok' | 'refused' | 'too-large', answer: Uint8Array = new Uint8Array()) =>
      this.#post({ op: 'answer', from: this.peerId, to: from, id, code, bytes: answer })
    const tab = this.#tabs.get(from)
    if (!tab || tab.answering >= MAX_INBOUND_REQUESTS_PER_PEER || bytes.length > MAX_REQUEST_BYTES) return reply('refused')
    tab.answering++
    try {
      const answer = await this.#handlers!.onRequest(from, bytes)
      // Cut while it was being answered: nothing more goes out.
      if (this.#cut.has(from)) return
      if (answer.length > MAX_RESPONSE_BYTES) reply('too-large')
      else reply('ok', answer)
    } catch {
      reply('refused')
    } finally {
      tab.answering--
    }
  }

  #settle({ from, id, code, bytes }: Note & { op: 'answer' }): void {
    const pending = this.#pending.get(id)
    if (pending?.peer !== from) return
    if (code === 'ok') pending.resolve(bytes)
    else pending.reject(new RequestError(code, code === 'refused' ? 'the tab refused the request' : `the answer is above ${MAX_RESPONSE_BYTES} bytes`))
  }

  #post(note: Note): void {
    this.#channel?.postMessage(note)
  }
}

/** Another version of this page, or any script of the origin, may speak on the channel too: null for what is not a note. */
function noteOf(data: unknown): Note | null {
  if (typeof data !== 'object' || data === null) return null
  const { op, from, to, except, topic, id, code, bytes } = data as Record<string, unknown>
  if (typeof from !== 'string') return null
  const isBytes = bytes instanceof Uint8Array
  const addressed = typeof to === 'string' && Number.isSafeInteger(id) && isBytes
  const valid =
    op === 'bye' ||
    (op === 'here' && (to === null || typeof to === 'string')) ||
    (op === 'gossip' && TOPICS.some(known => known === topic) && Array.isArray(except) && isBytes && bytes.length <= MAX_GOSSIP_BYTES) ||
    (op === 'ask' && addressed) ||
    (op === 'answer' && addressed && (code === 'ok' || code === 'refused' || code === 'too-large'))
  return valid ? (data as Note) : null
}
