import { createServer as createHttp } from 'node:http'
import type { Server as HttpServer } from 'node:http'
import { connect, createServer } from 'node:net'
import type { AddressInfo, Server, Socket } from 'node:net'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { RELAY_LIMITS, RelayGate } from './relayGate'
import type { RelayLimits } from './relayGate'

const closing: (() => void)[] = []
afterEach(() => closing.splice(0).forEach(close => close()))

const listen = (server: Server | HttpServer): Promise<number> =>
  new Promise(resolve => server.listen(0, '127.0.0.1', () => resolve((server.address() as AddressInfo).port)))

/** Stands for libp2p's listener: shakes hands, keeps the request's head, then sends everything back. */
async function echoListener(): Promise<{ port: number; heads: string[]; sockets: Set<Socket> }> {
  const heads: string[] = []
  const sockets = new Set<Socket>()
  const server = createServer(socket => {
    sockets.add(socket)
    socket.on('error', () => socket.destroy())
    socket.on('close', () => sockets.delete(socket))
    socket.once('data', first => {
      const at = first.indexOf('\r\n\r\n') + 4
      heads.push(first.subarray(0, at).toString())
      socket.write('HTTP/1.1 101 Switching Protocols\r\n\r\n')
      socket.write(first.subarray(at))
      socket.pipe(socket)
    })
  })
  closing.push(() => server.close())
  return { port: await listen(server), heads, sockets }
}

async function gateTo(relayPort: number | null, limits: Partial<RelayLimits> = {}): Promise<{ gate: RelayGate; port: number }> {
  const gate = new RelayGate(() => relayPort, { ...RELAY_LIMITS, ...limits })
  const front = createHttp()
  front.on('upgrade', (request, socket, head) => gate.upgrade(request, socket, head))
  closing.push(() => {
    gate.close()
    front.close()
  })
  return { gate, port: await listen(front) }
}

const upgrade = (path: string, extra = ''): string =>
  `GET ${path} HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: k3y\r\n\r\n${extra}`

class Client {
  text = ''
  closed = false
  readonly socket: Socket

  constructor(port: number, first: string) {
    this.socket = connect(port, '127.0.0.1', () => this.socket.write(first))
    this.socket.on('data', chunk => (this.text += chunk.toString('latin1')))
    this.socket.on('error', () => undefined)
    this.socket.on('close', () => (this.closed = true))
    closing.push(() => this.socket.destroy())
  }
  async says(text: string): Promise<void> {
    await vi.waitFor(() => expect(this.text).toContain(text), { timeout: 5000 })
  }
  async ends(): Promise<void> {
    await vi.waitFor(() => expect(this.closed).toBe(true), { timeout: 5000 })
  }
}

describe('relay gate', () => {
  it.each(['/', '/relay', '/relay?x=1'])('hands an upgrade at %s to the listener, handshake and all', async path => {
    const listener = await echoListener()
    const { gate, port } = await gateTo(listener.port)
    const client = new Client(port, upgrade(path, 'early'))
    await client.says('101 Switching')
    await client.says('early')
    client.socket.write('later')
    await client.says('later')
    expect(listener.heads[0]).toMatch(/^GET \/ HTTP\/1\.1\r\n/)
    expect(listener.heads[0]).toContain('Sec-WebSocket-Key: k3y')
    expect(gate.size).toBe(1)
    client.socket.end()
    await vi.waitFor(() => expect([gate.size, listener.sockets.size]).toEqual([0, 0]))
  })

  it.each([
    ['another path', upgrade('/elsewhere'), '404'],
    ['another protocol', upgrade('/').replace('websocket', 'h2c'), '400'],
    ['another method', upgrade('/').replace('GET', 'POST'), '400']
  ])('refuses %s', async (_, head, status) => {
    const { port } = await gateTo((await echoListener()).port)
    const client = new Client(port, head)
    await client.says(`HTTP/1.1 ${status}`)
    await client.ends()
  })

  it('answers 503 before the relay is up, and 502 when it is gone', async () => {
    const early = new Client((await gateTo(null)).port, upgrade('/'))
    await early.says('HTTP/1.1 503')
    const gone = createServer()
    const port = await listen(gone)
    await new Promise(resolve => gone.close(resolve))
    const late = new Client((await gateTo(port)).port, upgrade('/'))
    await late.says('HTTP/1.1 502')
    await late.ends()
  })

  it('keeps its limits per address and in all, and frees what was used (S10)', async () => {
    const listener = await echoListener()
    const { port } = await gateTo(listener.port, { maxSocketsPerAddress: 2 })
    const [first, second] = [new Client(port, upgrade('/')), new Client(port, upgrade('/'))]
    await Promise.all([first.says('101'), second.says('101')])
    await new Client(port, upgrade('/')).says('HTTP/1.1 429')
    first.socket.destroy()
    await vi.waitFor(() => expect(listener.sockets.size).toBe(1))
    await new Client(port, upgrade('/')).says('101')

    const small = await gateTo(listener.port, { maxSockets: 1 })
    await new Client(small.port, upgrade('/')).says('101')
    await new Client(small.port, upgrade('/')).says('HTTP/1.1 503')
  })

  it('slows a client down to its rate, and loses nothing', async () => {
    const listener = await echoListener()
    const { port } = await gateTo(listener.port, { bytesPerSecond: 200_000, burstBytes: 10_000 })
    const client = new Client(port, upgrade('/'))
    await client.says('101')
    const started = performance.now()
    const before = client.text.length
    const bytes = 80_000
    client.socket.write('x'.repeat(bytes))
    await vi.waitFor(() => expect(client.text.length - before).toBeGreaterThanOrEqual(bytes), { timeout: 5000 })
    client.socket.write('end')
    await client.says('end')
    // All but the burst must have been waited for before the last word went through.
    expect(performance.now() - started).toBeGreaterThan(((bytes - 10_000) / 200_000) * 1000 * 0.8)
  })

  it('ends a silent socket, and all of them when it closes', async () => {
    const listener = await echoListener()
    const silent = new Client((await gateTo(listener.port, { idleTimeoutMs: 1_000 })).port, upgrade('/'))
    await silent.says('101')
    await silent.ends()
    const { gate, port } = await gateTo(listener.port)
    const client = new Client(port, upgrade('/'))
    await client.says('101')
    gate.close()
    await client.ends()
    await new Client(port, upgrade('/')).says('HTTP/1.1 503')
    await vi.waitFor(() => expect(listener.sockets.size).toBe(0))
  })

  it('survives a listener that dies', async () => {
    const listener = await echoListener()
    const { gate, port } = await gateTo(listener.port)
    const client = new Client(port, upgrade('/'))
    await client.says('101')
    for (const socket of listener.sockets) socket.resetAndDestroy()
    await client.ends()
    await vi.waitFor(() => expect(gate.size).toBe(0))
  })
})
