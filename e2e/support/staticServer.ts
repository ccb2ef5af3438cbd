/** Serves dist/ as any static host does: files, and nothing that knows of nodes. */
import { readFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { extname, join, normalize, sep } from 'node:path'
import { fileURLToPath } from 'node:url'

const dist = fileURLToPath(new URL('../../dist', import.meta.url))

const CONTENT_TYPES: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.wasm': 'application/wasm',
  '.webmanifest': 'application/manifest+json'
}

export interface StaticServer {
  /** Address of the page, with a slash at the end. */
  readonly url: string
  readonly port: number
  /** Paths that were asked for and are not in dist/, in order: what the page wanted from a server that it does not have. */
  readonly missed: string[]
  stop(): Promise<void>
}

/** @param folder where on the host the page lies, such as `/~class/quorumble/`: the build must not care */
export async function startStaticServer(folder = '/'): Promise<StaticServer> {
  const missed: string[] = []
  const server = createServer((request, response) => {
    void answer(request.url ?? '/', folder).then(found => {
      if (!found) missed.push(request.url ?? '/')
      response.writeHead(found ? 200 : 404, { 'content-type': found?.type ?? 'text/plain', 'cache-control': 'no-store' })
      response.end(found?.body ?? 'not found')
    })
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(0, '127.0.0.1', resolve)
  })
  const { port } = server.address() as AddressInfo
  const stop = async () => {
    server.closeAllConnections()
    await new Promise(resolve => server.close(resolve))
  }
  return { url: `http://127.0.0.1:${port}${folder}`, port, missed, stop }
}

async function answer(url: string, folder: string): Promise<{ type: string; body: Buffer } | null> {
  try {
    const path = decodeURIComponent(new URL(url, 'http://host').pathname)
    if (!path.startsWith(folder)) return null
    const file = normalize(join(dist, path.slice(folder.length) || 'index.html'))
    if (!file.startsWith(dist + sep)) return null
    return { type: CONTENT_TYPES[extname(file)] ?? 'application/octet-stream', body: await readFile(file) }
  } catch {
    // No such file, or no path at all: both are "not found".
    return null
  }
}
