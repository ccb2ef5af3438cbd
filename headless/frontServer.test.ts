import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { request as httpRequest } from 'node:http'
import type { IncomingHttpHeaders } from 'node:http'
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { FrontServer } from './frontServer'
import { StartError } from './options'
import { RelayGate } from './relayGate'
import { loadStaticFiles } from './staticFiles'

const SCRIPT = 'console.log("quorum");'.repeat(100)
let root = ''
let port = 0
let server: FrontServer

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'quorumble-front-'))
  const dist = join(root, 'dist')
  await mkdir(join(dist, 'assets'), { recursive: true })
  await mkdir(join(dist, '.vite'))
  await writeFile(join(root, 'secret.txt'), 'secret')
  await writeFile(join(dist, 'index.html'), '<!doctype html><title>Quorumble</title>')
  await writeFile(join(dist, 'assets', 'index-B2xYz_9a.js'), SCRIPT)
  await writeFile(join(dist, 'assets', 'core-Qwertz12.wasm'), Buffer.alloc(2000))
  await writeFile(join(dist, '.vite', 'manifest.json'), '{}')
  await symlink(join(root, 'secret.txt'), join(dist, 'link.txt'))
  const handler: ConstructorParameters<typeof FrontServer>[0]['handler'] = async (_, __, path) => {
    if (path === '/throws') throw new Error('a bug')
    return false
  }
  server = new FrontServer({ files: await loadStaticFiles(dist), handler, gate: new RelayGate(() => null) })
  port = await server.listen('127.0.0.1', 0)
})
afterAll(async () => {
  await server.close()
  await rm(root, { recursive: true, force: true })
})

interface Answer {
  status: number
  headers: IncomingHttpHeaders
  body: Buffer
}

/** `fetch` would tidy up paths like `/../`; a client that means harm does not. */
function ask(path: string, options: { method?: string; headers?: Record<string, string>; body?: string } = {}): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const request = httpRequest({ host: '127.0.0.1', port, path, method: options.method ?? 'GET', headers: options.headers ?? {} }, response => {
      const chunks: Buffer[] = []
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.on('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers, body: Buffer.concat(chunks) }))
    })
    request.on('error', reject)
    request.end(options.body)
  })
}

describe('front server: the page', () => {
  it('is served at / with the security headers', async () => {
    const { status, headers, body } = await ask('/')
    expect(status).toBe(200)
    expect(body.toString()).toContain('Quorumble')
    expect(headers['content-type']).toBe('text/html; charset=utf-8')
    expect(headers['cache-control']).toBe('no-cache')
    expect(headers['x-content-type-options']).toBe('nosniff')
    expect(headers['referrer-policy']).toBe('no-referrer')
    const policy = String(headers['content-security-policy'])
    for (const part of ["default-src 'self'", "script-src 'self' 'wasm-unsafe-eval'", "require-trusted-types-for 'script'", "worker-src 'self'"])
      expect(policy).toContain(part)
    expect(policy).not.toContain('unsafe-inline')
    expect(headers['cross-origin-opener-policy']).toBeUndefined()
    expect(headers['cross-origin-embedder-policy']).toBeUndefined()
  })

  it.each([
    ['/assets/index-B2xYz_9a.js', 'text/javascript; charset=utf-8'],
    ['/assets/core-Qwertz12.wasm', 'application/wasm']
  ])('serves %s with its type, for ever', async (path, type) => {
    const { headers } = await ask(path)
    expect(headers['content-type']).toBe(type)
    expect(headers['cache-control']).toBe('public, max-age=31536000, immutable')
  })

  it('compresses for those who can read it', async () => {
    const packed = await ask('/assets/index-B2xYz_9a.js', { headers: { 'accept-encoding': 'br, gzip;q=0.8' } })
    expect(packed.headers['content-encoding']).toBe('gzip')
    expect(packed.body.length).toBeLessThan(SCRIPT.length / 5)
    expect(gunzipSync(packed.body).toString()).toBe(SCRIPT)
    const plain = await ask('/assets/index-B2xYz_9a.js', { headers: { 'accept-encoding': 'gzip;q=0' } })
    expect(plain.headers['content-encoding']).toBeUndefined()
    expect(plain.body.toString()).toBe(SCRIPT)
    expect(plain.headers.etag).not.toBe(packed.headers.etag)
    expect(plain.headers.vary).toBe('accept-encoding')
  })

  it('answers 304 to those who have it', async () => {
    const { headers } = await ask('/')
    const again = await ask('/', { headers: { 'if-none-match': `"other", ${headers.etag}` } })
    expect(again.status).toBe(304)
    expect(again.body).toHaveLength(0)
    expect((await ask('/', { headers: { 'if-none-match': '"other"' } })).status).toBe(200)
  })

  it('answers HEAD like GET, without the body', async () => {
    const get = await ask('/')
    const head = await ask('/', { method: 'HEAD' })
    expect(head.status).toBe(200)
    expect(head.body).toHaveLength(0)
    expect(head.headers['content-length']).toBe(get.headers['content-length'])
    expect(head.headers.etag).toBe(get.headers.etag)
  })

  it.each([
    '/../secret.txt',
    '/assets/../../secret.txt',
    '/%2e%2e/secret.txt',
    '/..%2fsecret.txt',
    '/..\\secret.txt',
    '//etc/passwd',
    '/link.txt',
    '/.vite/manifest.json',
    '/assets',
    '/assets/',
    '/index.html%00'
  ])('gives nothing away at %s', async path => {
    const { status, headers, body } = await ask(path)
    expect(status).toBe(404)
    expect(headers['content-type']).toBe('text/html; charset=utf-8')
    expect(body.toString()).not.toContain('secret')
  })
})

describe('front server: limits', () => {
  it.each(['POST', 'PUT', 'DELETE', 'OPTIONS', 'PATCH'])('refuses %s by a typed error', async method => {
    const { status, headers, body } = await ask('/', { method })
    expect(status).toBe(405)
    expect(headers.allow).toBe('GET, HEAD')
    expect(JSON.parse(body.toString())).toMatchObject({ code: 'method-not-allowed', message: expect.any(String) })
  })

  it('refuses a body, a long address and a long head', async () => {
    expect((await ask('/', { headers: { 'content-length': '5' }, body: 'hello' })).status).toBe(413)
    expect((await ask(`/${'a'.repeat(3000)}`)).status).toBe(414)
    expect((await ask('/', { headers: { 'x-long': 'a'.repeat(20_000) } })).status).toBe(431)
  })

  it('survives a bug in a handler and says whose fault it is', async () => {
    const { status, body } = await ask('/throws')
    expect(status).toBe(500)
    expect(JSON.parse(body.toString())).toMatchObject({ code: 'internal' })
    expect((await ask('/')).status).toBe(200)
  })

  it('tells in one sentence that its port is taken', async () => {
    const other = createServer()
    await new Promise<void>(resolve => other.listen(0, '127.0.0.1', resolve))
    const taken = (other.address() as AddressInfo).port
    const second = new FrontServer({ files: new Map(), handler: async () => false, gate: new RelayGate(() => null) })
    await expect(second.listen('127.0.0.1', taken)).rejects.toThrow(StartError)
    await expect(second.listen('127.0.0.1', taken)).rejects.toThrow(/taken.*PORT=/)
    await expect(second.listen('203.0.113.7', 0)).rejects.toThrow(/HOST.*127\.0\.0\.1/)
    await new Promise(resolve => other.close(resolve))
  })

  it('says how to build when there is no page', async () => {
    const bare = new FrontServer({ files: await loadStaticFiles(join(root, 'nothing')), handler: async () => false, gate: new RelayGate(() => null) })
    const barePort = await bare.listen('127.0.0.1', 0)
    const answer = await fetch(`http://127.0.0.1:${barePort}/`)
    expect(answer.status).toBe(404)
    expect(await answer.text()).toContain('npm run build')
    await bare.close()
  })
})
