/**
 * Hands WebSocket upgrades on the server's one port to the libp2p listener on loopback, as raw bytes.
 *
 * libp2p sees every tab as 127.0.0.1, so the limits per address that it would keep are kept here: how many sockets, how fast, how long
 * silent.
 */
import { connect } from 'node:net'
import type { Socket } from 'node:net'
import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'

export interface RelayLimits {
  /** Sockets at once: as many as the relay keeps reservations for, twice, since a reload overlaps with what it replaces. */
  maxSockets: number
  /** Of one address. A classroom behind one router is one address, so this must hold several tabs for each of thirty pupils. */
  maxSocketsPerAddress: number
  /** Of one socket, towards the relay. Gossip of a busy room stays far below; relayed bodies may use it up. */
  bytesPerSecond: number
  /** May be sent at once before the rate counts: a full body of a block. */
  burstBytes: number
  /** libp2p pings every connection more often than this. */
  idleTimeoutMs: number
}

export const RELAY_LIMITS: RelayLimits = {
  maxSockets: 1_024,
  maxSocketsPerAddress: 512,
  bytesPerSecond: 2 * 1024 * 1024,
  burstBytes: 8 * 1024 * 1024,
  idleTimeoutMs: 120_000
}

/** libp2p dials the root of an address; `/relay` is for whoever has a path to choose (proxies). */
const PATHS = new Set(['/', '/relay'])
/** A listener on the same machine answers at once or is not there. */
const CONNECT_TIMEOUT_MS = 5_000

export class RelayGate {
  private readonly sockets = new Map<Duplex, string>()
  private readonly perAddress = new Map<string, number>()
  private closed = false

  /** @param relayPort the listener's port on loopback, null while it is not up */
  constructor(
    private readonly relayPort: () => number | null,
    private readonly limits: RelayLimits = RELAY_LIMITS
  ) {}

  /** Sockets that are open now. */
  get size(): number {
    return this.sockets.size
  }

  /** For `server.on('upgrade')`. Answers by HTTP when it refuses. */
  upgrade(request: IncomingMessage, client: Duplex, head: Buffer): void {
    // Before anything is written: a client that is gone must not take the process with it.
    client.on('error', () => client.destroy())
    const address = request.socket.remoteAddress ?? 'unknown'
    const port = this.relayPort()
    const refusal = this.refusal(request, address, port)
    if (refusal || port === null) return refuse(client, refusal ?? '503 Service Unavailable')
    this.count(client, address)
    this.splice(request, client as Socket, head, port)
  }

  /** Ends all sockets and refuses new ones. */
  close(): void {
    this.closed = true
    for (const socket of [...this.sockets.keys()]) socket.destroy()
  }

  private refusal(request: IncomingMessage, address: string, port: number | null): string | null {
    if (!PATHS.has((request.url ?? '').split('?')[0] ?? '')) return '404 Not Found'
    if (request.method !== 'GET' || String(request.headers.upgrade).toLowerCase() !== 'websocket') return '400 Bad Request'
    if (this.closed || port === null || this.sockets.size >= this.limits.maxSockets) return '503 Service Unavailable'
    if ((this.perAddress.get(address) ?? 0) >= this.limits.maxSocketsPerAddress) return '429 Too Many Requests'
    return null
  }

  private count(client: Duplex, address: string): void {
    this.sockets.set(client, address)
    this.perAddress.set(address, (this.perAddress.get(address) ?? 0) + 1)
    client.once('close', () => {
      this.sockets.delete(client)
      const left = (this.perAddress.get(address) ?? 1) - 1
      if (left === 0) this.perAddress.delete(address)
      else this.perAddress.set(address, left)
    })
  }

  private splice(request: IncomingMessage, client: Socket, head: Buffer, port: number): void {
    const relay = connect({ host: '127.0.0.1', port, timeout: CONNECT_TIMEOUT_MS })
    const end = (): void => {
      client.destroy()
      relay.destroy()
    }
    relay.once('connect', () => {
      relay.setTimeout(0)
      client.setTimeout(this.limits.idleTimeoutMs, end)
      relay.write(requestHead(request))
      if (head.length > 0) relay.write(head)
      forward(client, relay, this.limits)
      relay.pipe(client)
    })
    relay.once('timeout', end)
    relay.once('error', () => {
      // Before a byte of the relay's answer the client still speaks HTTP.
      if (relay.bytesRead === 0 && !client.destroyed) refuse(client, '502 Bad Gateway')
      end()
    })
    // What one side has said last is still delivered to the other.
    relay.once('close', () => client.destroySoon())
    client.once('close', () => relay.destroySoon())
  }
}

/** Copies with back pressure and a token bucket: over the rate the client's socket is simply not read. */
function forward(client: Socket, relay: Socket, limits: RelayLimits): void {
  let tokens = limits.burstBytes
  let refilledAt = performance.now()
  client.on('data', chunk => {
    const now = performance.now()
    tokens = Math.min(limits.burstBytes, tokens + ((now - refilledAt) / 1000) * limits.bytesPerSecond) - chunk.length
    refilledAt = now
    const flows = relay.write(chunk)
    if (flows && tokens >= 0) return
    client.pause()
    const pauseMs = Math.max(0, (-tokens / limits.bytesPerSecond) * 1000)
    const resume = (): unknown => setTimeout(() => client.resume(), pauseMs)
    if (flows) resume()
    else relay.once('drain', resume)
  })
  client.once('end', () => relay.end())
}

/** The request as it came, for the root: headers unchanged, as the handshake's key is among them. */
function requestHead(request: IncomingMessage): string {
  const lines = ['GET / HTTP/1.1']
  for (let i = 0; i + 1 < request.rawHeaders.length; i += 2) lines.push(`${request.rawHeaders[i]}: ${request.rawHeaders[i + 1]}`)
  return `${lines.join('\r\n')}\r\n\r\n`
}

function refuse(client: Duplex, status: string): void {
  if (client.writable) client.end(`HTTP/1.1 ${status}\r\nconnection: close\r\ncontent-length: 0\r\n\r\n`)
}
