import type { LinkTransport } from '../../node/ports'

/** From best to worst: a direct channel, the same browser, a socket to a server, a detour over a server. */
const ORDER: readonly LinkTransport[] = ['webrtc', 'tab', 'websocket', 'relayed']

/** Negative if `a` is the better transport to the same peer. */
export const compareTransports = (a: LinkTransport, b: LinkTransport) => ORDER.indexOf(a) - ORDER.indexOf(b)
