/** The one port: page, HTTP API and, by upgrade, the relay. */
import { createServer } from 'node:http'
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { StartError } from './options'
import type { RelayGate } from './relayGate'
import { sendError, sendFile, sendNotFoundPage } from './responses'
import type { StaticFile } from './staticFiles'

/** Longest path with query, characters. Ours are short; a block's hash is 64. */
const MAX_URL_LENGTH = 2_048
/** Of one request, bytes: browsers send a few hundred. */
const MAX_HEADER_BYTES = 16 * 1024
/** Nothing here takes a body. */
const MAX_BODY_BYTES = 0
/** For the head of a request, milliseconds: who needs longer holds a socket for nothing. */
const HEADERS_TIMEOUT_MS = 10_000
/** For a whole request, milliseconds. */
const REQUEST_TIMEOUT_MS = 30_000
/** A page's next request within this many milliseconds uses the same socket. */
const KEEP_ALIVE_MS = 5_000
/** TCP connections at once, relayed sockets included: those, and as many that fetch the page. */
const MAX_CONNECTIONS = 2_048

/** Answers what is not a file. @returns false when the path is none of its own */
export type Handler = (request: IncomingMessage, response: ServerResponse, path: string) => Promise<boolean>

export interface FrontServerInit {
  files: ReadonlyMap<string, StaticFile>
  /** API, metrics, health. */
  handler: Handler
  gate: RelayGate
}

export class FrontServer {
  private readonly server: Server
  private readonly sockets = new Set<Socket>()

  constructor(private readonly init: FrontServerInit) {
    this.server = createServer({
      maxHeaderSize: MAX_HEADER_BYTES,
      headersTimeout: HEADERS_TIMEOUT_MS,
      requestTimeout: REQUEST_TIMEOUT_MS,
      keepAliveTimeout: KEEP_ALIVE_MS
    })
    this.server.maxConnections = MAX_CONNECTIONS
    this.server.on('connection', (socket: Socket) => {
      this.sockets.add(socket)
      socket.once('close', () => this.sockets.delete(socket))
    })
    this.server.on('request', (request, response) => {
      void this.answer(request, response)
    })
    this.server.on('upgrade', (request, socket, head) => init.gate.upgrade(request, socket, head))
  }

  /**
   * @param port 0 takes any that is free
   * @returns the port
   * @throws StartError when it cannot be had
   */
  listen(host: string, port: number): Promise<number> {
    return new Promise((resolve, reject) => {
      const refused = (error: NodeJS.ErrnoException): void => reject(listenError(error, host, port))
      this.server.once('error', refused)
      this.server.listen(port, host, () => {
        this.server.off('error', refused)
        resolve((this.server.address() as AddressInfo).port)
      })
    })
  }

  /** Answers nothing more and ends every connection. */
  async close(): Promise<void> {
    this.init.gate.close()
    const closed = new Promise<void>(resolve => {
      this.server.close(() => resolve())
    })
    for (const socket of this.sockets) socket.destroy()
    await closed
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    response.on('error', () => response.destroy())
    try {
      await this.route(request, response)
    } catch {
      // A bug of ours; the client learns that it is not its fault, and the process goes on.
      if (response.headersSent) response.destroy()
      else sendError(request, response, 500, { code: 'internal', message: 'The server could not answer this request. Try again; if it stays, report it.' })
    }
  }

  private async route(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = request.url ?? '/'
    if (url.length > MAX_URL_LENGTH)
      return sendError(request, response, 414, { code: 'url-too-long', message: `Addresses here have at most ${MAX_URL_LENGTH} characters.` })
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      return sendError(
        request,
        response,
        405,
        { code: 'method-not-allowed', message: 'Everything here is read with GET or HEAD.' },
        { allow: 'GET, HEAD', connection: 'close' }
      )
    }
    if (hasBody(request)) return sendError(request, response, 413, { code: 'body-too-large', message: 'Requests here have no body.' }, { connection: 'close' })
    const path = url.split(/[?#]/)[0] ?? '/'
    if (await this.init.handler(request, response, path)) return
    const file = this.init.files.get(path)
    if (file) return sendFile(request, response, file)
    sendNotFoundPage(request, response, this.init.files.size > 0)
  }
}

const hasBody = (request: IncomingMessage): boolean =>
  request.headers['transfer-encoding'] !== undefined || Number(request.headers['content-length'] ?? 0) > MAX_BODY_BYTES

function listenError(error: NodeJS.ErrnoException, host: string, port: number): Error {
  switch (error.code) {
    case 'EADDRINUSE':
      return new StartError(
        `Port ${port} is taken by another program. Stop that program, or choose another port, for example PORT=${port < 65_535 ? port + 1 : port - 1} npm start.`
      )
    case 'EACCES':
      return new StartError(`Port ${port} needs rights that this user does not have. Choose a port above 1023, for example PORT=8080 npm start.`)
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
    case 'EINVAL':
      return new StartError(`HOST is "${host}", which is no address of this machine. Use 127.0.0.1 for this machine only, or 0.0.0.0 for the local network.`)
    default:
      return error
  }
}
