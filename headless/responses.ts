/** How the server answers: one place for headers, so that no answer lacks them. */
import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from 'node:http'
import type { StaticFile } from './staticFiles'

/** A year in seconds, the most that caches honour. */
const FOR_EVER_S = 31_536_000

/**
 * The page runs its own scripts and nothing else. `ws:` and `wss:` stay open because a room's relay may be anywhere; WebAssembly is the
 * hash function. No COOP or COEP: nothing here needs shared memory, and they would keep the page out of other people's frames and links.
 */
const CONTENT_SECURITY_POLICY = [
  "default-src 'self'",
  "script-src 'self' 'wasm-unsafe-eval'",
  "worker-src 'self'",
  "img-src 'self' blob: data:",
  "connect-src 'self' ws: wss:",
  "object-src 'none'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'self'",
  // The only two makers of trusted strings: Svelte's templates, and the addresses of this page's own workers.
  'trusted-types svelte-trusted-html quorumble-worker',
  "require-trusted-types-for 'script'"
].join('; ')

const SECURITY_HEADERS: OutgoingHttpHeaders = {
  'content-security-policy': CONTENT_SECURITY_POLICY,
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer'
}

/** An error as the API tells it: a stable code, a sentence with cause and action. */
export interface ApiError {
  code: string
  message: string
}

export function send(request: IncomingMessage, response: ServerResponse, status: number, headers: OutgoingHttpHeaders, body: Buffer | string): void {
  const bytes = typeof body === 'string' ? Buffer.from(body) : body
  response.writeHead(status, { ...SECURITY_HEADERS, ...headers, 'content-length': bytes.length })
  response.end(request.method === 'HEAD' ? undefined : bytes)
}

export function sendJson(request: IncomingMessage, response: ServerResponse, status: number, value: unknown, headers: OutgoingHttpHeaders = {}): void {
  send(request, response, status, { 'content-type': 'application/json', 'cache-control': 'no-store', ...headers }, JSON.stringify(value))
}

export function sendError(request: IncomingMessage, response: ServerResponse, status: number, error: ApiError, headers: OutgoingHttpHeaders = {}): void {
  sendJson(request, response, status, { code: error.code, message: error.message }, headers)
}

/** A file with the validators and the encoding that this client can use. */
export async function sendFile(request: IncomingMessage, response: ServerResponse, file: StaticFile): Promise<void> {
  const packed = acceptsGzip(request) ? await file.gzipped() : null
  const etag = `"${file.etag}${packed ? '-gz' : ''}"`
  const headers: OutgoingHttpHeaders = {
    etag,
    vary: 'accept-encoding',
    'cache-control': file.immutable ? `public, max-age=${FOR_EVER_S}, immutable` : 'no-cache'
  }
  if (matches(request.headers['if-none-match'], etag)) {
    response.writeHead(304, { ...SECURITY_HEADERS, ...headers })
    response.end()
    return
  }
  const encoding = packed ? { 'content-encoding': 'gzip' } : {}
  send(request, response, 200, { ...headers, ...encoding, 'content-type': file.type }, packed ?? file.bytes)
}

/** The page for what is not there. */
export function sendNotFoundPage(request: IncomingMessage, response: ServerResponse, pageIsBuilt: boolean): void {
  const why = pageIsBuilt
    ? '<p>There is nothing at this address.</p><p><a href="/">Open Quorumble</a></p>'
    : '<p>The server runs, but the page is not built yet. Run <code>npm run build</code>, or start with <code>npm start</code>.</p>'
  const html = `<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Not found · Quorumble</title><h1>Not found</h1>${why}</html>`
  send(request, response, 404, { 'content-type': 'text/html; charset=utf-8', 'cache-control': 'no-store' }, html)
}

function acceptsGzip(request: IncomingMessage): boolean {
  const accepted = (request.headers['accept-encoding'] ?? '').split(',')
  return accepted.some(part => /^\s*gzip\s*(;|$)/.test(part) && !/;\s*q=0(\.0*)?\s*$/.test(part))
}

const matches = (header: string | undefined, etag: string): boolean =>
  header !== undefined && header.split(',').some(tag => tag.trim() === '*' || tag.trim().replace(/^W\//, '') === etag)
