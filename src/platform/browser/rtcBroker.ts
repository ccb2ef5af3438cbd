import type { ChannelDescription, ChannelName, ConnectionMethod, ConnectionName, ConnectionStates, ToPage, ToWorker } from './rtcProtocol'

/** Peer connections that the page keeps alive at once; the worker stays below it with MAX_LINKS and its dials under way. */
const MAX_OPEN_CONNECTIONS = 64
/** Forwarded bytes in a channel's own buffer above which the worker hears no 'drained': its buffer fills, and libp2p waits. */
const MAX_CHANNEL_BUFFER_BYTES = 1024 * 1024

/** The events of a connection that change one of its states. */
const STATE_EVENTS: Record<string, keyof ConnectionStates> = {
  connectionstatechange: 'connectionState',
  iceconnectionstatechange: 'iceConnectionState',
  icegatheringstatechange: 'iceGatheringState',
  signalingstatechange: 'signalingState'
}

/**
 * The page's half of the rtc bridge (ARCHITECTURE "Where WebRTC lives"): performs what the worker's facade asks on real peer connections.
 * Each data channel is transferred to the worker in the same turn that creates it, later it could not be; from then on the page has no
 * part in its traffic, and a blocked page delays nobody. Where channels cannot be transferred their data goes over the port.
 * Returns a function that closes all connections and the port.
 */
export function serveRtc(port: MessagePort): () => void {
  const broker = new RtcBroker(port)
  port.onmessage = ({ data }: MessageEvent<ToPage>) => broker.handle(data)
  return () => {
    broker.closeAll()
    port.close()
  }
}

class RtcBroker {
  readonly #port: MessagePort
  readonly #connections = new Map<ConnectionName, RTCPeerConnection>()
  /** Channels whose data is forwarded. */
  readonly #forwarded = new Map<ChannelName, RTCDataChannel>()
  #transfer = false
  #incoming = 0

  constructor(port: MessagePort) {
    this.#port = port
  }

  handle(message: ToPage): void {
    switch (message.op) {
      case 'hello':
        this.#transfer = message.transfer
        return this.#post({ op: 'ready', supported: typeof RTCPeerConnection === 'function' })
      case 'create':
        return this.#create(message.connection, message.configuration)
      case 'call':
        return void this.#call(message.connection, message.call, message.method, message.argument)
      case 'channel':
        return this.#createChannel(message)
      case 'close':
        this.#connections.get(message.connection)?.close()
        this.#connections.delete(message.connection)
        return
      case 'send':
        return this.#send(message.channel, message.data)
      case 'closeChannel':
        this.#forwarded.get(message.channel)?.close()
    }
  }

  closeAll(): void {
    for (const connection of this.#connections.values()) connection.close()
    this.#connections.clear()
    this.#forwarded.clear()
  }

  #create(name: ConnectionName, configuration: RTCConfiguration): void {
    if (this.#connections.size >= MAX_OPEN_CONNECTIONS) return this.#lost(name)
    let connection: RTCPeerConnection
    try {
      connection = new RTCPeerConnection(configuration)
    } catch {
      return this.#lost(name)
    }
    this.#connections.set(name, connection)
    for (const [event, state] of Object.entries(STATE_EVENTS)) {
      connection.addEventListener(event, () => this.#post({ op: 'states', connection: name, states: statesOf(connection), event: state }))
    }
    connection.addEventListener('icecandidate', ({ candidate }) => this.#post({ op: 'candidate', connection: name, candidate: candidate?.toJSON() ?? null }))
    connection.addEventListener('datachannel', ({ channel }) => {
      this.#hand(channel, `page-${this.#incoming++}`, description => ({ op: 'incoming', connection: name, description }))
    })
  }

  /** The worker learns of a connection that could not be made as of one that failed at once. */
  #lost(name: ConnectionName): void {
    const states: ConnectionStates = { connectionState: 'failed', iceConnectionState: 'failed', iceGatheringState: 'complete', signalingState: 'closed' }
    this.#post({ op: 'states', connection: name, states, event: 'connectionState' })
  }

  async #call(name: ConnectionName, call: number, method: ConnectionMethod, argument: unknown): Promise<void> {
    try {
      const connection = this.#connections.get(name)
      if (!connection) throw new DOMException('the connection is closed', 'InvalidStateError')
      const value = await perform(connection, method, argument)
      this.#post({ op: 'states', connection: name, states: statesOf(connection), event: 'signalingState' })
      this.#post({ op: 'result', call, value: value ? { type: value.type, sdp: value.sdp } : undefined })
    } catch (error) {
      const { name: kind, message } = error instanceof Error ? error : new Error(String(error))
      this.#post({ op: 'failure', call, name: kind, message })
    }
  }

  #createChannel({ connection, channel, label, options }: ToPage & { op: 'channel' }): void {
    const owner = this.#connections.get(connection)
    try {
      if (!owner) throw new DOMException('the connection is closed', 'InvalidStateError')
      this.#hand(owner.createDataChannel(label, options), channel, description => ({ op: 'attach', description }))
    } catch {
      this.#post({ op: 'channelState', channel, readyState: 'closed', id: null })
    }
  }

  /** Gives a channel away, or starts to forward it. */
  #hand(real: RTCDataChannel, name: ChannelName, tell: (description: ChannelDescription) => ToWorker): void {
    const description = { channel: name, label: real.label, id: real.id, protocol: real.protocol, readyState: real.readyState }
    if (this.#transfer) {
      try {
        this.#port.postMessage(tell({ ...description, real }), [real])
        return
      } catch {
        // This browser knows no transfer of channels: forward this one and all that follow.
        this.#transfer = false
      }
    }
    this.#forward(real, name)
    this.#post(tell({ ...description, real: null }))
  }

  #forward(real: RTCDataChannel, name: ChannelName): void {
    this.#forwarded.set(name, real)
    real.binaryType = 'arraybuffer'
    const tellState = () => this.#post({ op: 'channelState', channel: name, readyState: real.readyState, id: real.id })
    real.addEventListener('open', tellState)
    real.addEventListener('closing', tellState)
    real.addEventListener('close', () => {
      this.#forwarded.delete(name)
      tellState()
    })
    real.addEventListener('message', ({ data }: MessageEvent<unknown>) => {
      if (data instanceof ArrayBuffer) this.#port.postMessage({ op: 'message', channel: name, data } satisfies ToWorker, [data])
    })
  }

  #send(name: ChannelName, data: ArrayBuffer): void {
    const real = this.#forwarded.get(name)
    if (real?.readyState !== 'open') return
    real.send(data)
    const drained = () => this.#post({ op: 'drained', channel: name, bytes: data.byteLength })
    if (real.bufferedAmount <= MAX_CHANNEL_BUFFER_BYTES) return drained()
    real.bufferedAmountLowThreshold = MAX_CHANNEL_BUFFER_BYTES / 2
    real.addEventListener('bufferedamountlow', drained, { once: true })
  }

  #post(message: ToWorker): void {
    this.#port.postMessage(message)
  }
}

async function perform(connection: RTCPeerConnection, method: ConnectionMethod, argument: unknown): Promise<RTCSessionDescriptionInit | undefined> {
  switch (method) {
    case 'createOffer':
      return connection.createOffer(argument as RTCOfferOptions)
    case 'createAnswer':
      return connection.createAnswer()
    case 'setLocalDescription':
      await connection.setLocalDescription(argument as RTCLocalSessionDescriptionInit | undefined)
      return connection.localDescription ?? undefined
    case 'setRemoteDescription':
      await connection.setRemoteDescription(argument as RTCSessionDescriptionInit)
      return undefined
    case 'addIceCandidate':
      await connection.addIceCandidate(argument as RTCIceCandidateInit)
      return undefined
  }
}

const statesOf = ({ connectionState, iceConnectionState, iceGatheringState, signalingState }: RTCPeerConnection): ConnectionStates => ({
  connectionState,
  iceConnectionState,
  iceGatheringState,
  signalingState
})
