/**
 * The network alone, in real tabs: libp2p in a worker, peer connections in the page, a relay in a process of its own. Uses the small page of
 * src/platform/contract/harness instead of the app, so that a failure here is a failure of the network.
 */
import { spawn, type ChildProcess } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import type { Browser, Page } from 'playwright-core'
import { build, preview, type PreviewServer } from 'vite'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { launchBrowser, mapHost } from './support/chromium'
import { waitFor } from './support/wait'

const root = fileURLToPath(new URL('..', import.meta.url))
const HARNESS = 'src/platform/contract/harness'
const INSECURE_HOST = 'class.test'

/** Four tabs that start at once on two cores are linked in about a second; a failed dial would show as ten more. */
const LINKED_MS = 10_000
/** A relay that is there names a tab that left at once, and a dead link has two seconds to answer. */
const LEFT_MS = 6_000
const DELIVERED_MS = 10_000
const BLOCK_MS = 1_000
/** How long the worker may be without a message while its page is blocked: far below the block, far above a busy machine. */
const WORKER_GAP_MS = 400

type Transport = 'webrtc' | 'websocket' | 'tab' | 'relayed'
interface State {
  peerId: string
  links: { peerId: string; transport: Transport }[]
  info: { dataPath: string; peerConnectionsMade: number; relays: { state: string }[] }
  texts: string[]
  arrivals: number[]
  secure: boolean
}
interface Harness {
  started: Promise<unknown>
  call(command: object): Promise<unknown>
  block(ms: number): void
  pageArrivals: number[]
}
interface RoomOptions {
  tabs: number
  transports?: Partial<{ webrtc: boolean; relay: boolean; tab: boolean }>
  forwardOnly?: boolean
  host?: string
  /** Another browser than the one that all share. */
  browser?: Browser
}

describe('the network in real tabs', () => {
  let dist: string
  let server: PreviewServer | undefined
  let port: number
  let browser: Browser | undefined
  let relay: ChildProcess | null = null
  let pages: Page[] = []

  beforeAll(async () => {
    dist = await mkdtemp(join(tmpdir(), 'quorumble-network-'))
    const config = { configFile: false, root: join(root, HARNESS), base: './', logLevel: 'error', worker: { format: 'es' } } as const
    await build({ ...config, build: { outDir: dist, emptyOutDir: true, target: 'es2023' } })
    server = await preview({ ...config, build: { outDir: dist }, preview: { host: '127.0.0.1', port: 0, allowedHosts: [INSECURE_HOST] } })
    port = (server.httpServer.address() as AddressInfo).port
    browser = await launchBrowser([mapHost(INSECURE_HOST)])
  })

  afterEach(async () => {
    await Promise.all(pages.map(page => page.context().close()))
    pages = []
    relay?.kill('SIGKILL')
    relay = null
  })

  afterAll(async () => {
    await browser?.close()
    await server?.close()
    await rm(dist, { recursive: true, force: true })
  })

  /** A tab that runs a network, in a browser context of its own or in that of another tab. */
  async function openTab(options: RoomOptions, relays: string[], seed = [...randomBytes(32)], neighbour?: Page): Promise<Page> {
    const page = await (neighbour?.context() ?? (await (options.browser ?? browser!).newContext())).newPage()
    const hash = {
      networkId: 'harness',
      relays,
      seed,
      transports: { webrtc: true, relay: true, tab: false, ...options.transports },
      forwardOnly: options.forwardOnly ?? false
    }
    await page.goto(`http://${options.host ?? '127.0.0.1'}:${port}/index.html#${encodeURIComponent(JSON.stringify(hash))}`)
    const started = await page.evaluate(() => (globalThis as unknown as { harness: Harness }).harness.started)
    expect(started).toEqual(expect.stringMatching(/^12D3KooW/))
    pages.push(page)
    return page
  }

  async function openRoom(options: RoomOptions): Promise<string[]> {
    const address = await startRelay()
    const relays = [options.host ? address.replace('/ip4/127.0.0.1/', `/dns4/${options.host}/`) : address]
    await Promise.all(Array.from({ length: options.tabs }, () => openTab(options, relays)))
    return relays
  }

  async function startRelay(): Promise<string> {
    const child = spawn(process.execPath, ['--import', 'tsx', join(HARNESS, 'relay.ts'), 'harness'], { cwd: root, stdio: ['pipe', 'pipe', 'inherit'] })
    relay = child
    for await (const line of createInterface(child.stdout)) return line
    throw new Error('the relay ended before it told its address')
  }

  const call = <T = void>(page: Page, command: object): Promise<T> =>
    page.evaluate(each => (globalThis as unknown as { harness: Harness }).harness.call(each), command) as Promise<T>
  const states = () => Promise.all(pages.map(page => call<State>(page, { op: 'state' })))

  const everyPairHas = (transport: Transport) => (all: State[]) =>
    all.every(({ peerId, links }) =>
      all.every(other => other.peerId === peerId || links.some(link => link.peerId === other.peerId && link.transport === transport))
    )
  const waitForLinks = (transport: Transport) => waitFor(`${transport} between all pairs`, states, everyPairHas(transport), LINKED_MS)

  /** Ten messages by each tab reach each other tab. */
  async function expectGossip(tag: string): Promise<void> {
    const sent = pages.map((_page, index) => Array.from({ length: 10 }, (_, count) => `${tag} ${index}.${count}`))
    for (const [index, page] of pages.entries()) for (const text of sent[index]!) await call(page, { op: 'publish', text })
    const complete = (all: State[]) =>
      all.every(({ texts }, index) => sent.every((list, author) => author === index || list.every(text => texts.includes(text))))
    await waitFor(`all of "${tag}" with all tabs`, states, complete, DELIVERED_MS)
  }

  async function expectRequests(): Promise<void> {
    const all = await states()
    for (const [index, page] of pages.entries()) {
      const peer = all[(index + 1) % all.length]!.peerId
      expect(await call(page, { op: 'request', peer, bytes: 60_000 })).toMatchObject({ bytes: 60_000 })
    }
  }

  async function killRelay(): Promise<void> {
    relay!.kill('SIGKILL')
    await waitFor('all tabs to miss the relay', states, all => all.every(({ info }) => info.relays[0]!.state !== 'connected'), LINKED_MS)
  }

  const worstGap = (moments: number[]) => moments.slice(1).reduce((worst, moment, index) => Math.max(worst, moment - moments[index]!), 0)

  it('links every pair by WebRTC, with channels transferred into the worker, one peer connection per link', async () => {
    await openRoom({ tabs: 4 })
    await waitForLinks('webrtc')
    const all = await waitFor(
      'relayed links to be closed',
      states,
      each => each.every(({ links }) => links.every(({ transport }) => transport !== 'relayed')),
      LINKED_MS
    )
    expect(all.map(({ info }) => info.dataPath)).toEqual(Array(4).fill('transferred'))
    expect(all.map(({ info }) => info.peerConnectionsMade)).toEqual(Array(4).fill(3))
    await expectGossip('direct')
    await expectRequests()
  })

  it('goes on without the relay, and the worker hears its peers while the page is blocked', async () => {
    await openRoom({ tabs: 3 })
    await waitForLinks('webrtc')
    await killRelay()
    await expectGossip('orphaned')
    await expectRequests()
    const [speaker, listener] = pages as [Page, Page]
    await call(listener, { op: 'clearArrivals' })
    await listener.evaluate(() => (globalThis as unknown as { harness: Harness }).harness.pageArrivals.splice(0))
    // Two pages are told at once: one to block, one to speak every few milliseconds for longer than that.
    const blocked = listener.evaluate(ms => void setTimeout(() => (globalThis as unknown as { harness: Harness }).harness.block(ms), 200), BLOCK_MS)
    const spoken = speaker.evaluate(async ms => {
      const { harness } = globalThis as unknown as { harness: Harness }
      const end = performance.now() + ms
      for (let count = 0; performance.now() < end; count++) {
        await harness.call({ op: 'publish', text: `tick ${count}` })
        await new Promise(resolve => setTimeout(resolve, 5))
      }
    }, 2 * BLOCK_MS)
    await Promise.all([blocked, spoken])
    const { arrivals } = await call<State>(listener, { op: 'state' })
    const pageArrivals = await listener.evaluate(() => (globalThis as unknown as { harness: Harness }).harness.pageArrivals)
    console.log(
      `main thread blocked ${BLOCK_MS} ms: worst gap ${Math.round(worstGap(arrivals))} ms in the worker, ${Math.round(worstGap(pageArrivals))} ms in the page, ${arrivals.length} messages`
    )
    expect(worstGap(pageArrivals)).toBeGreaterThan(BLOCK_MS * 0.9)
    expect(worstGap(arrivals)).toBeLessThan(WORKER_GAP_MS)
  })

  it('forwards over the port where channels cannot be transferred', async () => {
    await openRoom({ tabs: 3, forwardOnly: true })
    const all = await waitForLinks('webrtc')
    expect(all.map(({ info }) => info.dataPath)).toEqual(Array(3).fill('forwarded'))
    await killRelay()
    await expectGossip('forwarded')
    await expectRequests()
  })

  it('does all over the relay alone when WebRTC is off', async () => {
    await openRoom({ tabs: 4, transports: { webrtc: false } })
    await waitForLinks('relayed')
    await expectGossip('relayed')
    await expectRequests()
  })

  it('does all over the relay where the network lets no WebRTC through, as in many schools', async () => {
    const blocked = await launchBrowser(['--webrtc-ip-handling-policy=disable_non_proxied_udp'])
    try {
      await openRoom({ tabs: 3, browser: blocked })
      await waitForLinks('relayed')
      await expectGossip('blocked')
      await expectRequests()
      const all = await states()
      expect(all.every(({ info }) => info.peerConnectionsMade > 0)).toBe(true)
      expect(all.flatMap(({ links }) => links).filter(({ transport }) => transport === 'webrtc')).toEqual([])
    } finally {
      await Promise.all(pages.splice(0).map(page => page.context().close()))
      await blocked.close()
    }
  })

  it('does all on an insecure origin, which has no WebCrypto', async () => {
    await openRoom({ tabs: 3, host: INSECURE_HOST })
    const all = await waitForLinks('webrtc')
    expect(all.map(({ secure }) => secure)).toEqual([false, false, false])
    await expectGossip('insecure')
    await expectRequests()
  })

  it('needs no server among the tabs of one browser', async () => {
    const options: RoomOptions = { tabs: 3, transports: { webrtc: false, relay: false, tab: true } }
    const first = await openTab(options, [])
    for (let index = 1; index < options.tabs; index++) await openTab(options, [], undefined, first)
    await waitForLinks('tab')
    await expectGossip('tabs')
    await expectRequests()
  })

  it('notices a tab that is gone, and takes it back as who it was', async () => {
    const relays = await openRoom({ tabs: 2 })
    const seed = [...randomBytes(32)]
    const lost = await openTab({ tabs: 1 }, relays, seed)
    const { peerId } = (await waitForLinks('webrtc'))[2]!
    pages.pop()
    await lost.context().close()
    await waitFor('the lost tab to leave all lists', states, all => all.every(({ links }) => links.every(link => link.peerId !== peerId)), LEFT_MS)
    await openTab({ tabs: 1 }, relays, seed)
    expect((await waitForLinks('webrtc'))[2]!.peerId).toBe(peerId)
    await expectGossip('returned')
  })

  it('drops what passes between cut tabs, though only two of four cut, and heals', async () => {
    await openRoom({ tabs: 4 })
    const all = await waitForLinks('webrtc')
    const ids = all.map(({ peerId }) => peerId)
    const relayId = all[0]!.links.find(({ transport }) => transport === 'websocket')!.peerId
    // The relay is a peer that forwards; whoever wants a partition cuts it off as well.
    for (const page of pages.slice(0, 2)) await call(page, { op: 'cut', peers: [ids[2], ids[3], relayId] })
    await call(pages[0]!, { op: 'publish', text: 'left' })
    await call(pages[3]!, { op: 'publish', text: 'right' })
    await waitFor('each side to hear itself', states, now => now[1]!.texts.includes('left') && now[2]!.texts.includes('right'), DELIVERED_MS)
    expect(await call(pages[0]!, { op: 'request', peer: ids[2], bytes: 10 })).toMatchObject({ error: expect.any(String) as string })
    expect(await call(pages[2]!, { op: 'request', peer: ids[0], bytes: 10 })).toMatchObject({ error: expect.any(String) as string })
    const cut = await states()
    expect(cut.map(({ texts }) => [texts.includes('left'), texts.includes('right')])).toEqual([
      [false, false],
      [true, false],
      [false, true],
      [false, false]
    ])
    for (const page of pages.slice(0, 2)) await call(page, { op: 'cut', peers: [] })
    await waitFor(
      'gossip across the healed cut',
      async () => {
        await call(pages[0]!, { op: 'publish', text: 'healed left' })
        await call(pages[3]!, { op: 'publish', text: 'healed right' })
        return states()
      },
      now => now[2]!.texts.includes('healed left') && now[1]!.texts.includes('healed right'),
      DELIVERED_MS
    )
    await expectRequests()
  })
})
