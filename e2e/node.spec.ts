/**
 * First light: the built app, the real server, real tabs. Four of them reach one chain over WebRTC, and go on when the relay dies, when a tab dies and
 * when the network splits; the killed tab comes back as who it was.
 */
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { launchBrowser, mapHost } from './support/chromium'
import { crashTab, openPage, reporter, serverStatus, status, waitForAgreement, waitForStatus, withReport } from './support/node'
import type { NodeStatus } from './support/node'
import { startServer } from './support/server'
import type { RunningServer } from './support/server'
import { startStaticServer } from './support/staticServer'
import { waitFor } from './support/wait'

/** Fast blocks, so that epochs (eight blocks) pass quickly. */
const BLOCK_INTERVAL_MS = 1000
const JOIN_MS = 30_000
/** Two epochs and the heartbeat's lifetime, twice over for a busy machine. */
const SET_CHANGE_MS = 120_000
/** Four epochs of four blocks, and one to spare: whoever has left is in no set any more (R9). */
const DECIDED_HEIGHTS = 20
const BACK_AT_TIP_MS = 5_000
/** How long a split is watched: several rounds and the start of tentative chains. */
const TENTATIVE_MS = 60_000

async function join(context: BrowserContext, url: string): Promise<Page> {
  const page = await openPage(context, url)
  await page.waitForFunction(() => window.quorumble !== undefined, undefined, { timeout: JOIN_MS })
  await page.evaluate(() => window.quorumble!.join())
  await waitForStatus(page, 'a node with an identity', each => each.agentId !== '', JOIN_MS)
  return page
}

const readers = (pages: readonly Page[]): (() => Promise<NodeStatus>)[] => pages.map(page => () => status(page))

async function agreeAt(pages: readonly Page[], more: number, timeoutMs = SET_CHANGE_MS): Promise<NodeStatus> {
  const from = Math.max(...(await Promise.all(pages.map(page => status(page)))).map(each => each.finalHeight))
  return (await waitForAgreement(readers(pages), from + more, timeoutMs))[0]!
}

const blockHash = (page: Page, height: number): Promise<string | null> =>
  page.evaluate(async at => {
    const found = await window.quorumble!.block(at)
    return found.ok ? found.value.hash : null
  }, height)

function directTo(others: readonly NodeStatus[]): (each: NodeStatus) => boolean {
  return each => others.every(other => other.peerId === each.peerId || each.peers.some(peer => peer.peerId === other.peerId && peer.transport === 'webrtc'))
}

async function everybodyDirect(pages: readonly Page[]): Promise<void> {
  const all = await Promise.all(pages.map(page => status(page)))
  await Promise.all(pages.map((page, i) => waitForStatus(page, `tab ${i} linked to all others by WebRTC`, directTo(all), JOIN_MS)))
}

async function everybodyVotes(pages: readonly Page[], validators: number): Promise<void> {
  await Promise.all(
    pages.map((page, i) =>
      waitForStatus(page, `tab ${i} in a set of ${validators}`, each => each.validator && each.quorum.validators === validators, SET_CHANGE_MS)
    )
  )
}

describe('four tabs and a server', () => {
  /** What has been started, newest last: also when the next thing does not start. */
  const ends: (() => Promise<void>)[] = []
  let browser: Browser
  let server: RunningServer
  let contexts: BrowserContext[]
  let pages: Page[]

  beforeAll(async () => {
    server = await startServer({ env: { QUORUMBLE_BLOCK_INTERVAL: String(BLOCK_INTERVAL_MS) } })
    ends.push(() => server.stop())
    browser = await launchBrowser()
    ends.push(() => browser.close())
    contexts = await Promise.all(Array.from({ length: 4 }, () => browser.newContext()))
    pages = await Promise.all(contexts.map(context => join(context, server.url)))
  })

  afterAll(async () => {
    for (const end of ends.reverse()) await end()
  })

  const report = reporter(
    () => pages,
    () => server.output()
  )

  it('reach one chain with the server: ten final blocks, equal hash and state root', () =>
    report('one chain', async () => {
      const all = await waitForAgreement([...readers(pages), () => serverStatus(server.url)], 10, SET_CHANGE_MS)
      expect(new Set(all.map(each => each.networkId)).size).toBe(1)
      expect(new Set(all.map(each => each.agentId)).size).toBe(5)
    }))

  it('have a WebRTC link for every pair', () => report('direct links', () => everybodyDirect(pages)))

  it('vote, all of them, after two epochs (R9)', () => report('votes', () => everybodyVotes(pages, 5)))

  it('a further tab of one browser becomes another agent', () =>
    report('second tab', async () => {
      const second = await join(contexts[0]!, server.url)
      const [a, b] = [await status(pages[0]!), await status(second)]
      expect(b.agentId).not.toBe(a.agentId)
      expect(b.networkId).toBe(a.networkId)
      await second.evaluate(() => window.quorumble!.submit({ kind: 'leave' }))
      await second.close()
      // A set that was decided while it was a member holds for some epochs more; the next test ends the server, and four of six are no quorum.
      const gone = (await status(pages[0]!)).finalHeight + DECIDED_HEIGHTS
      await waitForStatus(pages[0]!, 'sets without the second tab', each => each.finalHeight >= gone, SET_CHANGE_MS)
      await everybodyVotes(pages, 5)
    }))

  it('P118: go on without the relay, then without one tab, which returns as itself to the tip', () =>
    report('relay and tab killed', async () => {
      await server.kill()
      await agreeAt(pages, 5)
      // What a person's first wish needs was fetched while the server was there; this tab has had none so far.
      const wish = await pages[2]!.evaluate(() =>
        (window.quorumble as unknown as { submit(intent: unknown): Promise<{ ok: boolean; message?: string }> }).submit({
          kind: 'poll',
          question: 'Who is still here?',
          options: ['I am', 'me too']
        })
      )
      expect(wish).toMatchObject({ ok: true })
      // Without a heartbeat the server loses its seat; then three of four are a quorum.
      await everybodyVotes(pages, 4)
      const lost = await status(pages[3]!)
      await crashTab(pages[3]!)
      const rest = pages.slice(0, 3)
      await agreeAt(rest, 3)
      // The relay is back, so that the page can be loaded and links be made again; its chain is the one that went on without it.
      server = await startServer({ port: server.port, dataDir: server.dataDir })
      const opened = Date.now()
      const back = await join(contexts[3]!, server.url)
      pages[3] = back
      const tip = await waitFor(
        'the returned tab at the tip',
        async () => ({ back: await status(back), other: await status(pages[0]!) }),
        both => both.back.finalHeight > lost.finalHeight && both.back.finalHeight >= both.other.finalHeight - 1,
        BACK_AT_TIP_MS
      )
      console.log(`killed tab back at the tip (height ${tip.back.finalHeight}) after ${Date.now() - opened} ms`)
      expect(tip.back.agentId).toBe(lost.agentId)
      await agreeAt(pages, 2)
    }))

  it('P118: stop finalising when split in halves, build tentative blocks, and agree after healing with nothing final moved', () =>
    report('split', async () => {
      await everybodyDirect(pages)
      await waitFor(
        'all four vote',
        () => Promise.all(pages.map(page => status(page))),
        all => all.every(each => each.validator),
        SET_CHANGE_MS
      )
      const ids = await Promise.all(pages.map(async page => (await status(page)).peerId))
      const lighthouse = (await serverStatus(server.url)).peerId
      const cut = (i: number): string[] => (i < 2 ? [ids[2]!, ids[3]!, lighthouse] : [ids[0]!, ids[1]!])
      await Promise.all(pages.map((page, i) => page.evaluate(peers => window.quorumble!.cut(peers), cut(i))))
      const split = await Promise.all(
        pages.map((page, i) =>
          waitForStatus(
            page,
            `tab ${i} without a quorum on a tentative chain`,
            each => each.reasonCode === 'no-quorum' && each.height >= each.finalHeight + 3,
            TENTATIVE_MS
          )
        )
      )
      const held = await Promise.all(split.map((each, i) => blockHash(pages[i]!, each.finalHeight)))
      const later = await Promise.all(
        pages.map((page, i) => waitForStatus(page, `tab ${i} further on its tentative chain`, each => each.height > split[i]!.height, TENTATIVE_MS))
      )
      later.forEach((each, i) => expect(each.finalHeight).toBe(split[i]!.finalHeight))
      await Promise.all(pages.map(page => page.evaluate(() => window.quorumble!.cut([]))))
      await agreeAt(pages, 5)
      for (const page of pages) for (const [i, each] of split.entries()) expect(await blockHash(page, each.finalHeight)).toBe(held[i])
      // What became of everybody's blocks was followed all the while, and the server's figures went on.
      const claims = await Promise.all(pages.map(page => page.evaluate(() => window.quorumble!.mining())))
      const outcomes = claims.flatMap(each => each!.recent_claims.map(([, { status: outcome }]) => outcome))
      expect(outcomes).toContain('accepted')
      expect(outcomes).toContain('lost')
      const figures = await (await fetch(`${server.url}/metrics`)).text()
      expect(Number(/^quorumble_final_height (\d+)$/m.exec(figures)?.[1])).toBeGreaterThan(split[0]!.finalHeight)
    }))
})

describe('other ways to be together', () => {
  it('three tabs of one origin find each other and finalise with no server at all', async () => {
    const host = await startStaticServer('/~class/quorumble/')
    const browser = await launchBrowser()
    const context = await browser.newContext()
    const pages: Page[] = []
    await withReport(
      'static host',
      () => pages,
      () => host.missed.join('\n'),
      async () => {
        for (let i = 0; i < 3; i++) pages.push(await join(context, host.url))
        const agreed = await agreeAt(pages, 4)
        const all = await Promise.all(pages.map(page => status(page)))
        expect(new Set(all.map(each => each.agentId)).size).toBe(3)
        expect(all.every(each => each.peers.length === 2 && each.peers.every(peer => peer.transport === 'tab'))).toBe(true)
        expect(agreed.finalHeight).toBeGreaterThan(0)
      }
    )
    await browser.close()
    await host.stop()
  })

  it.each([
    { name: 'over an insecure origin', host: 'class.test', query: '', direct: true },
    { name: 'over the relay alone', host: '127.0.0.1', query: '?transports=relay', direct: false }
  ])('three tabs join and finalise $name', async ({ name, host, query, direct }) => {
    const server = await startServer({ env: { QUORUMBLE_BLOCK_INTERVAL: String(BLOCK_INTERVAL_MS) } })
    const browser = await launchBrowser([mapHost('class.test')])
    const pages: Page[] = []
    await withReport(
      name,
      () => pages,
      () => server.output(),
      async () => {
        const contexts = await Promise.all(Array.from({ length: 3 }, () => browser.newContext()))
        pages.push(...(await Promise.all(contexts.map(context => join(context, `http://${host}:${server.port}/${query}`)))))
        await waitForAgreement([...readers(pages), () => serverStatus(server.url)], 10, SET_CHANGE_MS)
        await everybodyVotes(pages, 4)
        await agreeAt(pages, 3)
        if (direct) await everybodyDirect(pages)
        else
          for (const page of pages) expect((await status(page)).peers.every(peer => peer.transport === 'websocket' || peer.transport === 'relayed')).toBe(true)
        expect(await pages[0]!.evaluate(() => window.isSecureContext)).toBe(host !== 'class.test')
        await pages[0]!.goto(`http://${host}:${server.port}/${query}#/node`)
        const missing = direct ? 'Secure origin' : 'WebRTC'
        await pages[0]!.getByText(missing, { exact: false }).first().waitFor({ timeout: JOIN_MS })
      }
    )
    await browser.close()
    await server.stop()
  })
})
