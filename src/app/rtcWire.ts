/** The one file of the page that knows of WebRTC: RTCPeerConnection exists only here, the node that needs it lives in a worker. */
import { serveRtc } from '../platform/browser/rtcBroker'

/** A broker for one node worker. */
export interface RtcWire {
  /** The worker's end; transfer it with the first message. */
  port: MessagePort
  /** Closes every connection that the broker still owns. */
  stop(): void
}

/** @returns null where the browser has no WebRTC: relay and tabs still work */
export function openRtcWire(): RtcWire | null {
  if (typeof RTCPeerConnection === 'undefined') return null
  const { port1, port2 } = new MessageChannel()
  const stop = serveRtc(port1)
  return { port: port2, stop }
}
