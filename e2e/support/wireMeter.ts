/** A way to a server that counts what comes back over its WebSockets: what a tab reads from peers, noise, multiplexing and all. */
import { connect, createServer } from 'node:net'
import type { AddressInfo, Socket } from 'node:net'

export interface WireMeter {
  /** `http://127.0.0.1:<port>`, no slash at the end: answers as the server does. */
  readonly url: string
  /** From the server, over WebSockets, since the start or the last `reset`. */
  bytes(): number
  reset(): void
  stop(): Promise<void>
}

/** @param port of the server, on this machine */
export async function startWireMeter(port: number): Promise<WireMeter> {
  let bytes = 0
  const open = new Set<Socket>()
  const server = createServer(near => {
    const far = connect(port, '127.0.0.1')
    let isSocket = false
    near.on('data', (chunk: Buffer) => {
      // The page keeps connections open for several requests; one that is upgraded stays so.
      if (!isSocket) isSocket = /\r\nupgrade: websocket\r\n/i.test(chunk.toString('latin1'))
      far.write(chunk)
    })
    far.on('data', (chunk: Buffer) => {
      if (isSocket) bytes += chunk.length
      near.write(chunk)
    })
    for (const [one, other] of [
      [near, far],
      [far, near]
    ] as const) {
      open.add(one)
      one.setNoDelay(true)
      one.on('end', () => other.end())
      one.on('error', () => other.destroy())
      one.on('close', () => open.delete(one))
    }
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(0, '127.0.0.1', resolve)
  })
  const { port: own } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${own}`,
    bytes: () => bytes,
    reset: () => {
      bytes = 0
    },
    stop: async () => {
      for (const socket of open) socket.destroy()
      await new Promise(resolve => server.close(resolve))
    }
  }
}
