/** Under which address a client reached us: what a tab dials to get to the relay. */
import { isIP } from 'node:net'
import type { IncomingHttpHeaders } from 'node:http'

/** A DNS name has at most 253 characters, an IPv6 address fewer. */
const MAX_HOST_LENGTH = 253
const DNS_NAME = /^(?!-)[a-z0-9-]{1,63}(?<!-)(\.(?!-)[a-z0-9-]{1,63}(?<!-))*\.?$/i

/** Where a request was sent to. */
export interface RequestedAddress {
  /** DNS name or IP address, without brackets. */
  host: string
  port: number
  /** A proxy in front speaks TLS. */
  secure: boolean
}

/**
 * Reads Host (and what a TLS proxy adds), which anybody can write anything into: the answer goes back to whoever wrote it, and holds
 * nothing but a well-formed name or IP address and a port.
 * @returns null when it is not well-formed
 */
export function requestedAddress(headers: IncomingHttpHeaders): RequestedAddress | null {
  const secure = headers['x-forwarded-proto'] === 'https'
  const match = /^(?:\[([0-9a-f:.]+)\]|([^[\]:]+))(?::(\d{1,5}))?$/i.exec(headers.host ?? '')
  const host = match?.[1] ?? match?.[2] ?? ''
  const port = match?.[3] === undefined ? (secure ? 443 : 80) : Number(match[3])
  const wellFormed = match?.[1] ? isIP(host) === 6 : isIP(host) === 4 || (DNS_NAME.test(host) && !/^[\d.]+$/.test(host))
  if (host.length > MAX_HOST_LENGTH || !wellFormed || port < 1 || port > 65_535) return null
  return { host: host.toLowerCase(), port, secure }
}

/** What a tab dials, e.g. `/dns4/class.example/tcp/443/tls/ws/p2p/12D3Koo…`. */
export function relayMultiaddr({ host, port, secure }: RequestedAddress, peerId: string): string {
  const kind = { 4: 'ip4', 6: 'ip6', 0: 'dns4' }[isIP(host)] ?? 'dns4'
  return `/${kind}/${host}/tcp/${port}${secure ? '/tls' : ''}/ws/p2p/${peerId}`
}
