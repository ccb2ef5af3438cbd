import type { ChannelDescription, ChannelName, ConnectionMethod, ConnectionName, ConnectionStates, ToPage, ToWorker } from './rtcProtocol'

/** Chrome makes 500 peer connections per process lifetime and then no more; stop early, while other tabs of the process have some left. */
export const MAX_PEER_CONNECTIONS_MADE = 450
/** Bytes of one forwarded channel that wait for the page; as in a real channel, `send` throws above it. */
const MAX_FORWARD_BUFFER_BYTES = 16 * 1024 * 1024
/** The page answers at once unless its main thread is blocked for very long; without an answer there is no WebRTC. */
const HELLO_TIMEOUT_MS = 5_000

/** This tab has made as many peer connections as it may; only a fresh process can make more. */
export class PeerConnectionLimitError extends Error {
  override readonly name = 'PeerConnectionLimitError'
  constructor() {
    super(`this tab has made ${MAX_PEER_CONNECTIONS_MADE} peer connections; close and reopen it to make more`)
  }
}

export interface RtcFacade {
  /** How data reaches the worker: its own channels, buffers over the port, or not at all. */
  dataPath(): 'transferred' | 'forwarded' | 'none'
  peerConnectionsMade(): number
  /** Puts the globals back as they were and closes the port. */
  uninstall(): void
}

/**
 * The worker's half of the rtc bridge. Installs RTCPeerConnection, RTCSessionDescription and RTCIceCandidate as globals of this worker, made of
 * messages to the page (rtcBroker.ts). Must be installed before `@libp2p/webrtc` is imported: that reads the globals when it is loaded.
 * `transfer: false` forwards buffers even where channels could be transferred.
 */
export async function installRtcFacade(port: MessagePort, { transfer }: { transfer: boolean }): Promise<RtcFacade> {
  // A worker that knows no data channels (Firefox) could not receive one.
  const client = new RtcClient(port, transfer && typeof RTCDataChannel === 'function')
  const supported = await client.hello()
  const globals = globalThis as Record<string, unknown>
  const names = ['RTCPeerConnection', 'RTCSessionDescription', 'RTCIceCandidate'] as const
  const before = names.map(name => globals[name])
  if (supported) {
    globals.RTCPeerConnection = class extends FacadeConnection {
      constructor(configuration?: RTCConfiguration) {
        super(client, configuration ?? {})
      }
    }
    globals.RTCSessionDescription = FacadeDescription
    globals.RTCIceCandidate = FacadeCandidate
  }
  return {
    dataPath: () => (!supported ? 'none' : client.transfer ? 'transferred' : 'forwarded'),
    peerConnectionsMade: () => client.made,
    uninstall: () => {
      names.forEach((name, index) => (globals[name] = before[index]))
      client.close()
    }
  }
}

/** The worker's end of the port: sends calls, and hands what comes back to the connection or channel that it is for. */
class RtcClient {
  made = 0
  transfer: boolean
  readonly channels = new Map<ChannelName, FacadeChannel>()
  readonly #port: MessagePort
  readonly #connections = new Map<ConnectionName, FacadeConnection>()
  readonly #calls = new Map<number, { resolve(value: unknown): void; reject(error: Error): void }>()
  #lastCall = 0
  #lastChannel = 0
  #ready: (supported: boolean) => void = () => undefined

  constructor(port: MessagePort, transfer: boolean) {
    this.#port = port
    this.transfer = transfer
    port.onmessage = ({ data }: MessageEvent<ToWorker>) => this.#receive(data)
  }

  hello(): Promise<boolean> {
    return new Promise(resolve => {
      const timer = setTimeout(() => resolve(false), HELLO_TIMEOUT_MS)
      this.#ready = supported => {
        clearTimeout(timer)
        resolve(supported)
      }
      this.post({ op: 'hello', transfer: this.transfer })
    })
  }

  /** Throws PeerConnectionLimitError. */
  register(connection: FacadeConnection, configuration: RTCConfiguration): ConnectionName {
    if (this.made >= MAX_PEER_CONNECTIONS_MADE) throw new PeerConnectionLimitError()
    const name = ++this.made
    this.#connections.set(name, connection)
    this.post({ op: 'create', connection: name, configuration })
    return name
  }

  forget(name: ConnectionName): void {
    this.#connections.delete(name)
    this.post({ op: 'close', connection: name })
  }

  call(connection: ConnectionName, method: ConnectionMethod, argument: unknown): Promise<unknown> {
    const call = ++this.#lastCall
    this.post({ op: 'call', connection, call, method, argument })
    return new Promise((resolve, reject) => this.#calls.set(call, { resolve, reject }))
  }

  nextChannelName(): ChannelName {
    return `worker-${++this.#lastChannel}`
  }

  post(message: ToPage, transfer: Transferable[] = []): void {
    this.#port.postMessage(message, transfer)
  }

  close(): void {
    for (const connection of [...this.#connections.values()]) connection.close()
    this.#port.close()
  }

  #receive(message: ToWorker): void {
    switch (message.op) {
      case 'ready':
        return this.#ready(message.supported)
      case 'result':
      case 'failure':
        return this.#settle(message)
      case 'states':
        return this.#connections.get(message.connection)?.onStates(message.states, message.event)
      case 'candidate':
        return this.#connections.get(message.connection)?.onCandidate(message.candidate)
      case 'attach':
        return this.channels.get(message.description.channel)?.attach(this.#noted(message.description))
      case 'incoming':
        return this.#connections.get(message.connection)?.onIncoming(this.#noted(message.description))
      case 'message':
        return this.channels.get(message.channel)?.onMessage(message.data)
      case 'drained':
        return this.channels.get(message.channel)?.onDrained(message.bytes)
      case 'channelState':
        return this.channels.get(message.channel)?.onState(message.readyState, message.id)
    }
  }

  #settle(message: ToWorker & { op: 'result' | 'failure' }): void {
    const waiting = this.#calls.get(message.call)
    this.#calls.delete(message.call)
    if (message.op === 'result') waiting?.resolve(message.value)
    else waiting?.reject(new DOMException(message.message, message.name))
  }

  /** The page may find that a transfer fails although the worker knows the type. */
  #noted(description: ChannelDescription): ChannelDescription {
    if (!description.real) this.transfer = false
    return description
  }
}

/** An EventTarget whose `on…` properties work, as libp2p uses both ways. */
class FacadeTarget extends EventTarget {
  protected emit(event: Event): void {
    const handler = (this as unknown as Record<string, unknown>)[`on${event.type}`]
    if (typeof handler === 'function') (handler as (event: Event) => void).call(this, event)
    this.dispatchEvent(event)
  }
}

class FacadeDescription {
  readonly type: RTCSdpType
  readonly sdp: string

  constructor({ type, sdp }: RTCSessionDescriptionInit) {
    this.type = type
    this.sdp = sdp ?? ''
  }

  toJSON(): RTCSessionDescriptionInit {
    return { type: this.type, sdp: this.sdp }
  }
}

class FacadeCandidate {
  readonly candidate: string
  readonly #init: RTCIceCandidateInit

  constructor(init: RTCIceCandidateInit) {
    this.#init = init
    this.candidate = init.candidate ?? ''
  }

  toJSON(): RTCIceCandidateInit {
    return this.#init
  }
}

class FacadeConnection extends FacadeTarget implements ConnectionStates {
  connectionState: RTCPeerConnectionState = 'new'
  iceConnectionState: RTCIceConnectionState = 'new'
  iceGatheringState: RTCIceGatheringState = 'new'
  signalingState: RTCSignalingState = 'stable'
  localDescription: FacadeDescription | null = null
  remoteDescription: FacadeDescription | null = null
  onconnectionstatechange: ((event: Event) => void) | null = null
  oniceconnectionstatechange: ((event: Event) => void) | null = null
  onicegatheringstatechange: ((event: Event) => void) | null = null
  onsignalingstatechange: ((event: Event) => void) | null = null
  onicecandidate: ((event: Event) => void) | null = null
  onicecandidateerror: ((event: Event) => void) | null = null
  ondatachannel: ((event: Event) => void) | null = null
  readonly #client: RtcClient
  readonly #name: ConnectionName
  readonly #channels = new Set<FacadeChannel>()

  constructor(client: RtcClient, configuration: RTCConfiguration) {
    super()
    this.#client = client
    this.#name = client.register(this, configuration)
  }

  async createOffer(options?: RTCOfferOptions): Promise<FacadeDescription> {
    return new FacadeDescription((await this.#client.call(this.#name, 'createOffer', options)) as RTCSessionDescriptionInit)
  }

  async createAnswer(): Promise<FacadeDescription> {
    return new FacadeDescription((await this.#client.call(this.#name, 'createAnswer', undefined)) as RTCSessionDescriptionInit)
  }

  async setLocalDescription(description?: RTCLocalSessionDescriptionInit): Promise<void> {
    const plain = description && { type: description.type, sdp: description.sdp }
    const set = (await this.#client.call(this.#name, 'setLocalDescription', plain)) as RTCSessionDescriptionInit | undefined
    if (set) this.localDescription = new FacadeDescription(set)
  }

  async setRemoteDescription({ type, sdp }: RTCSessionDescriptionInit): Promise<void> {
    await this.#client.call(this.#name, 'setRemoteDescription', { type, sdp })
    this.remoteDescription = new FacadeDescription({ type, sdp })
  }

  async addIceCandidate(candidate: FacadeCandidate | RTCIceCandidateInit): Promise<void> {
    await this.#client.call(this.#name, 'addIceCandidate', candidate instanceof FacadeCandidate ? candidate.toJSON() : candidate)
  }

  /** Synchronous by the standard: the channel is 'connecting' until the page's real one arrives. */
  createDataChannel(label: string, options: RTCDataChannelInit = {}): FacadeChannel {
    if (this.connectionState === 'closed') throw new DOMException('the connection is closed', 'InvalidStateError')
    const channel = this.#adopt(new FacadeChannel(this.#client, this.#client.nextChannelName(), label, false))
    this.#client.post({ op: 'channel', connection: this.#name, channel: channel.name, label, options })
    return channel
  }

  /** As by the standard, our own close fires no event of the connection. */
  close(): void {
    if (this.connectionState === 'closed') return
    this.#end()
    this.#client.forget(this.#name)
  }

  onStates(states: ConnectionStates, event: keyof ConnectionStates): void {
    if (this.connectionState === 'closed') return
    const { connectionState } = states
    Object.assign(this, states)
    this.emit(new Event(`${event.toLowerCase()}change`))
    if (connectionState === 'closed' || connectionState === 'failed') for (const channel of [...this.#channels]) channel.onState('closed', channel.id)
  }

  onCandidate(candidate: RTCIceCandidateInit | null): void {
    this.emit(Object.assign(new Event('icecandidate'), { candidate: candidate && new FacadeCandidate(candidate) }))
  }

  onIncoming(description: ChannelDescription): void {
    const channel = this.#adopt(new FacadeChannel(this.#client, description.channel, description.label, true))
    channel.attach(description)
    this.emit(Object.assign(new Event('datachannel'), { channel }))
  }

  #adopt(channel: FacadeChannel): FacadeChannel {
    this.#channels.add(channel)
    channel.addEventListener('close', () => this.#channels.delete(channel), { once: true })
    return channel
  }

  #end(): void {
    this.connectionState = 'closed'
    this.iceConnectionState = 'closed'
    this.signalingState = 'closed'
    for (const channel of [...this.#channels]) channel.onState('closed', channel.id)
  }
}

class FacadeChannel extends FacadeTarget {
  readonly name: ChannelName
  readonly label: string
  readonly ordered = true
  readonly negotiated = false
  protocol = ''
  id: number | null = null
  readyState: RTCDataChannelState = 'connecting'
  onopen: ((event: Event) => void) | null = null
  onmessage: ((event: MessageEvent) => void) | null = null
  onclosing: ((event: Event) => void) | null = null
  onclose: ((event: Event) => void) | null = null
  onerror: ((event: Event) => void) | null = null
  onbufferedamountlow: ((event: Event) => void) | null = null
  readonly #client: RtcClient
  #real: RTCDataChannel | null = null
  #binaryType: BinaryType = 'arraybuffer'
  #lowThreshold = 0
  /**
   * libp2p's dialling side opens a channel 'init', waits for its 'open', closes it, and waits for its 'close'. Its dialled side closes the
   * same channel as soon as it arrives; where that is first, the dialler waits for 'open' until the dial times out. We leave it to the dialler.
   */
  readonly #closedByDialler: boolean
  /** Forwarded bytes that have not left the page yet. */
  #waiting = 0

  constructor(client: RtcClient, name: ChannelName, label: string, incoming: boolean) {
    super()
    this.#client = client
    this.name = name
    this.label = label
    this.#closedByDialler = incoming && label === 'init'
    client.channels.set(name, this)
  }

  get binaryType(): BinaryType {
    return this.#binaryType
  }
  set binaryType(type: BinaryType) {
    this.#binaryType = type
    if (this.#real) this.#real.binaryType = type
  }

  get bufferedAmountLowThreshold(): number {
    return this.#lowThreshold
  }
  set bufferedAmountLowThreshold(bytes: number) {
    this.#lowThreshold = bytes
    if (this.#real) this.#real.bufferedAmountLowThreshold = bytes
  }

  get bufferedAmount(): number {
    return this.#real ? this.#real.bufferedAmount : this.#waiting
  }

  send(data: ArrayBuffer | ArrayBufferView<ArrayBuffer>): void {
    if (this.readyState !== 'open') throw new DOMException(`the channel is ${this.readyState}`, 'InvalidStateError')
    if (this.#real) return this.#real.send(data as ArrayBuffer)
    const bytes = data instanceof ArrayBuffer ? data.slice(0) : data.buffer.slice(data.byteOffset, data.byteOffset + data.byteLength)
    if (this.#waiting + bytes.byteLength > MAX_FORWARD_BUFFER_BYTES) throw new DOMException('too much data waits for the page', 'OperationError')
    this.#waiting += bytes.byteLength
    this.#client.post({ op: 'send', channel: this.name, data: bytes }, [bytes])
  }

  close(): void {
    if (this.readyState === 'closing' || this.readyState === 'closed' || this.#closedByDialler) return
    this.readyState = 'closing'
    if (this.#real) this.#real.close()
    else this.#client.post({ op: 'closeChannel', channel: this.name })
  }

  /** The page's channel has arrived, or its data will be forwarded from here on. */
  attach({ real, id, protocol, readyState }: ChannelDescription): void {
    this.protocol = protocol
    this.#real = real
    if (!real) return this.onState(readyState, id)
    real.binaryType = this.#binaryType
    real.bufferedAmountLowThreshold = this.#lowThreshold
    real.onopen = () => this.onState('open', real.id)
    real.onclosing = () => this.onState('closing', real.id)
    real.onclose = () => this.onState('closed', real.id)
    real.onerror = event => this.emit(Object.assign(new Event('error'), { error: event.error }))
    real.onmessage = ({ data }: MessageEvent<ArrayBuffer>) => this.onMessage(data)
    real.onbufferedamountlow = () => this.emit(new Event('bufferedamountlow'))
    if (this.readyState === 'closing') real.close()
    else this.onState(real.readyState, real.id)
  }

  onState(readyState: RTCDataChannelState, id: number | null): void {
    this.id = id
    if (readyState === this.readyState || this.readyState === 'closed' || (this.readyState === 'closing' && readyState === 'open')) return
    this.readyState = readyState
    if (readyState === 'open') this.emit(new Event('open'))
    if (readyState === 'closing') this.emit(new Event('closing'))
    if (readyState !== 'closed') return
    this.#client.channels.delete(this.name)
    this.emit(new Event('close'))
  }

  onMessage(data: ArrayBuffer): void {
    this.emit(new MessageEvent('message', { data }))
  }

  onDrained(bytes: number): void {
    const before = this.#waiting
    this.#waiting -= bytes
    if (before > this.#lowThreshold && this.#waiting <= this.#lowThreshold) this.emit(new Event('bufferedamountlow'))
  }
}
