/**
 * What the two halves of the rtc bridge say to each other over one MessagePort. The page half owns the RTCPeerConnections, because a
 * worker has none; the worker half (rtcFacade.ts) looks like them. Connections are named by the worker. Channels are named by the side
 * that comes first: the worker when it creates one, the page when the other peer did.
 */
export type ConnectionName = number
export type ChannelName = string

/** The calls that the facade passes on as they are. */
export type ConnectionMethod = 'createOffer' | 'createAnswer' | 'setLocalDescription' | 'setRemoteDescription' | 'addIceCandidate'

export type ToPage =
  | { op: 'hello'; transfer: boolean }
  | { op: 'create'; connection: ConnectionName; configuration: RTCConfiguration }
  | { op: 'call'; connection: ConnectionName; call: number; method: ConnectionMethod; argument: unknown }
  | { op: 'channel'; connection: ConnectionName; channel: ChannelName; label: string; options: RTCDataChannelInit }
  | { op: 'close'; connection: ConnectionName }
  | { op: 'send'; channel: ChannelName; data: ArrayBuffer }
  | { op: 'closeChannel'; channel: ChannelName }

export interface ConnectionStates {
  connectionState: RTCPeerConnectionState
  iceConnectionState: RTCIceConnectionState
  iceGatheringState: RTCIceGatheringState
  signalingState: RTCSignalingState
}

/** `real` is the transferred channel; null means that its data is forwarded over the port. */
export interface ChannelDescription {
  channel: ChannelName
  label: string
  id: number | null
  protocol: string
  readyState: RTCDataChannelState
  real: RTCDataChannel | null
}

export type ToWorker =
  | { op: 'ready'; supported: boolean }
  | { op: 'result'; call: number; value: unknown }
  | { op: 'failure'; call: number; name: string; message: string }
  | { op: 'states'; connection: ConnectionName; states: ConnectionStates; event: keyof ConnectionStates }
  | { op: 'candidate'; connection: ConnectionName; candidate: RTCIceCandidateInit | null }
  | { op: 'attach'; description: ChannelDescription }
  | { op: 'incoming'; connection: ConnectionName; description: ChannelDescription }
  | { op: 'message'; channel: ChannelName; data: ArrayBuffer }
  /** Bytes handed to `send` that have left the page's buffer. */
  | { op: 'drained'; channel: ChannelName; bytes: number }
  | { op: 'channelState'; channel: ChannelName; readyState: RTCDataChannelState; id: number | null }
