import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { installRtcFacade, MAX_PEER_CONNECTIONS_MADE, PeerConnectionLimitError } from './rtcFacade'
import type { RtcFacade } from './rtcFacade'
import type { ToPage, ToWorker } from './rtcProtocol'

/** The worker's half against a page that does what the test says. Both halves on real connections: e2e/network.spec.ts. */
describe('the rtc facade', () => {
  let page: MessagePort
  let heard: ToPage[]
  let facade: RtcFacade | null
  const before = globalThis.RTCPeerConnection as unknown

  const say = (message: ToWorker) => page.postMessage(message)
  const heardOf = <Op extends ToPage['op']>(op: Op) => heard.filter((message): message is ToPage & { op: Op } => message.op === op)

  async function install(supported: boolean): Promise<void> {
    const { port1, port2 } = new MessageChannel()
    page = port1
    heard = []
    page.onmessage = ({ data }: MessageEvent<ToPage>) => {
      heard.push(data)
      if (data.op === 'hello') say({ op: 'ready', supported })
    }
    facade = await installRtcFacade(port2, { transfer: true })
  }

  beforeEach(() => install(true))
  afterEach(() => {
    facade?.uninstall()
    page.close()
    expect(globalThis.RTCPeerConnection as unknown).toBe(before)
  })

  it('forwards where the worker knows no data channels, and says so', () => {
    expect(heardOf('hello')).toEqual([{ op: 'hello', transfer: false }])
    expect(facade!.dataPath()).toBe('forwarded')
  })

  it('installs nothing where the page has no WebRTC', async () => {
    facade!.uninstall()
    await install(false)
    expect(facade!.dataPath()).toBe('none')
    expect(globalThis.RTCPeerConnection as unknown).toBe(before)
  })

  it('passes a call on and answers with what the page found, or with its error', async () => {
    const connection = new RTCPeerConnection({ iceServers: [] })
    const offer = connection.createOffer()
    await vi.waitFor(() => expect(heardOf('call')).toHaveLength(1))
    say({ op: 'result', call: heardOf('call')[0]!.call, value: { type: 'offer', sdp: 'v=0' } })
    expect(await offer).toMatchObject({ type: 'offer', sdp: 'v=0' })
    const failing = connection.setRemoteDescription({ type: 'answer', sdp: 'nonsense' })
    await vi.waitFor(() => expect(heardOf('call')).toHaveLength(2))
    say({ op: 'failure', call: heardOf('call')[1]!.call, name: 'InvalidAccessError', message: 'bad sdp' })
    await expect(failing).rejects.toMatchObject({ name: 'InvalidAccessError', message: 'bad sdp' })
  })

  it('has a channel at once, opens it when the page has one, and holds back as the page drains', async () => {
    const channel = new RTCPeerConnection().createDataChannel('')
    expect(channel.readyState).toBe('connecting')
    expect(() => channel.send(new ArrayBuffer(1))).toThrow(expect.objectContaining({ name: 'InvalidStateError' }))
    const opened = new Promise(resolve => channel.addEventListener('open', resolve))
    await vi.waitFor(() => expect(heardOf('channel')).toHaveLength(1))
    const { channel: name } = heardOf('channel')[0]!
    say({ op: 'attach', description: { channel: name, label: '', id: 3, protocol: '', readyState: 'open', real: null } })
    await opened
    expect([channel.readyState, channel.id]).toEqual(['open', 3])
    channel.send(new Uint8Array([9, 8, 7]).subarray(1))
    expect(channel.bufferedAmount).toBe(2)
    await vi.waitFor(() => expect(heardOf('send').map(({ data }) => [...new Uint8Array(data)])).toEqual([[8, 7]]))
    const low = new Promise(resolve => (channel.onbufferedamountlow = resolve))
    say({ op: 'drained', channel: name, bytes: 2 })
    await low
    expect(channel.bufferedAmount).toBe(0)
    const message = new Promise<MessageEvent<ArrayBuffer>>(resolve => (channel.onmessage = resolve))
    say({ op: 'message', channel: name, data: Uint8Array.of(1, 2).buffer })
    expect([...new Uint8Array((await message).data)]).toEqual([1, 2])
  })

  it('closes the channels of a connection that failed or was closed', async () => {
    const [failing, closing] = [new RTCPeerConnection(), new RTCPeerConnection()]
    const closed = [failing, closing].map(connection => new Promise(resolve => connection.createDataChannel('').addEventListener('close', resolve)))
    await vi.waitFor(() => expect(heardOf('create')).toHaveLength(2))
    const states = { connectionState: 'failed', iceConnectionState: 'failed', iceGatheringState: 'complete', signalingState: 'stable' } as const
    const changed = new Promise(resolve => (failing.onconnectionstatechange = resolve))
    say({ op: 'states', connection: heardOf('create')[0]!.connection, states, event: 'connectionState' })
    await changed
    expect(failing.connectionState).toBe('failed')
    closing.close()
    await Promise.all(closed)
    await vi.waitFor(() => expect(heardOf('close').map(({ connection }) => connection)).toEqual([heardOf('create')[1]!.connection]))
  })

  it("leaves libp2p's init channel to the side that opened it", async () => {
    const connection = new RTCPeerConnection()
    const incoming = new Promise<RTCDataChannel>(resolve => (connection.ondatachannel = ({ channel }) => resolve(channel)))
    await vi.waitFor(() => expect(heardOf('create')).toHaveLength(1))
    const description = { channel: 'page-0', label: 'init', id: 1, protocol: '', readyState: 'open', real: null } as const
    say({ op: 'incoming', connection: heardOf('create')[0]!.connection, description })
    const channel = await incoming
    channel.close()
    expect(channel.readyState).toBe('open')
    const closed = new Promise(resolve => (channel.onclose = resolve))
    say({ op: 'channelState', channel: 'page-0', readyState: 'closed', id: 1 })
    await closed
    expect(heardOf('closeChannel')).toEqual([])
  })

  it('stops with a typed error before Chrome would', () => {
    for (let made = 0; made < MAX_PEER_CONNECTIONS_MADE; made++) new RTCPeerConnection().close()
    expect(facade!.peerConnectionsMade()).toBe(MAX_PEER_CONNECTIONS_MADE)
    expect(() => new RTCPeerConnection()).toThrow(PeerConnectionLimitError)
  })
})
