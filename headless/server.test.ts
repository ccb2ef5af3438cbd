import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { StartError } from './options'
import { startServer } from './server'
import type { OpenNode } from './server'
import { FakeNode } from './testing/fakeNode'

let root = ''
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'quorumble-server-'))
})
afterEach(() => rm(root, { recursive: true, force: true }))

const options = (parts: { newNetwork?: boolean; port?: number } = {}) => ({
  host: '127.0.0.1',
  port: parts.port ?? 0,
  dataDirectory: join(root, 'data'),
  newNetwork: parts.newNetwork ?? false,
  blockIntervalMs: null,
  family: null,
  membership: 'open' as const,
  authority: null,
  leakAfter: null,
  role: 'archive' as const,
  reanchor: false,
  transfer: null,
  passphrase: null,
  openKey: false
})

/** Keeps one genesis in the store, as a node does, and closes it at the end. */
const openWith =
  (genesis: number, seen: (Uint8Array | undefined)[] = []): OpenNode =>
  async store => {
    seen.push((await store.load())?.genesis)
    if (seen.at(-1) === undefined) await store.init(Uint8Array.of(genesis))
    const node = new FakeNode()
    node.lastTickAt = Date.now()
    node.stop = () => store.close()
    return { node, relayPort: 1 }
  }

const dist = (): string => join(root, 'dist')

describe('server', () => {
  it('is healthy from the moment it is started to the moment it is stopped', async () => {
    const server = await startServer(options(), openWith(1), dist())
    expect((await fetch(`http://127.0.0.1:${server.port}/healthz`)).status).toBe(200)
    expect(server.pageIsBuilt).toBe(false)
    await server.stop()
    await expect(fetch(`http://127.0.0.1:${server.port}/healthz`)).rejects.toThrow()
  })

  it('answers 503 while the node comes up', async () => {
    let port = 0
    const first = await startServer(options(), openWith(1), dist())
    await first.stop()
    port = first.port
    let during = 0
    const server = await startServer(
      options({ port }),
      async (store, given) => {
        during = (await fetch(`http://127.0.0.1:${port}/healthz`)).status
        return openWith(1)(store, given)
      },
      dist()
    )
    expect(during).toBe(503)
    await server.stop()
  })

  it('finds its data again, and puts them aside for a new network', async () => {
    const seen: (Uint8Array | undefined)[] = []
    for (const newNetwork of [false, false, true]) {
      const server = await startServer(options({ newNetwork }), openWith(7, seen), dist())
      await server.stop()
    }
    expect(seen).toEqual([undefined, Uint8Array.of(7), undefined])
    expect((await readdir(join(root, 'data'))).filter(name => name.startsWith('node-until-'))).toHaveLength(1)
  })

  it('says in one sentence that another server holds the data, and lets go of the port', async () => {
    const first = await startServer(options(), openWith(1), dist())
    const second = startServer(options(), openWith(1), dist())
    await expect(second).rejects.toThrow(StartError)
    await expect(second).rejects.toThrow(/in use by another process.*--data/)
    await first.stop()
  })

  it('lets go of the port when the node does not start', async () => {
    const first = await startServer(options(), openWith(1), dist())
    await first.stop()
    const failing = startServer(options({ port: first.port }), () => Promise.reject(new Error('no node')), dist())
    await expect(failing).rejects.toThrow('no node')
    await expect(fetch(`http://127.0.0.1:${first.port}/healthz`)).rejects.toThrow()
  })
})
