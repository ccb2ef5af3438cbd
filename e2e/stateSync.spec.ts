/**
 * A new tab fetches a state of thousands of agents from four servers over libp2p: two honest ones that hold back for a while, one that lies, one that never answers. It says how far it is and how long it will
 * take, goes on after a reload where it was, and ends with the state that the certificates name.
 */
import { cp, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { launchBrowser } from './support/chromium'
import { chunksOnDisk } from './support/disk'
import { longChain } from './support/longChain'
import type { LongChain } from './support/longChain'
import { openPage, serverStatus, status, withReport } from './support/node'
import type { NodeStatus } from './support/node'
import { startServer } from './support/server'
import type { RunningServer } from './support/server'
import { waitFor } from './support/wait'

/** More than two snapshots ahead of a new tab, so that it fetches the state; and with so many agents that four peers have something to give. */
const CHAIN = { blocks: 133, agents: 4_000, validators: 30, changes: 2, replaced: 3 }
const FAULTS = ['holds', 'holds', 'lies', 'stalls']
const START_MS = 60_000
const SYNC_MS = 90_000

type Syncing = NodeStatus & { syncing: { phase: string; done: number; total: number; bytes: number; etaMs: number | null } | null }

describe('a state from four peers', () => {
  let chain: LongChain
  let browser: Browser
  const servers: RunningServer[] = []
  const folders: string[] = []
  const pages: Page[] = []

  beforeAll(async () => {
    chain = await longChain(CHAIN)
    folders.push(chain.dataDir)
    for (let i = 1; i < FAULTS.length; i++) {
      const copy = await mkdtemp(join(tmpdir(), 'quorumble-chain-'))
      await cp(chain.dataDir, copy, { recursive: true })
      folders.push(copy)
    }
    // Each makes a key of its own: one after another, two cores have enough to do.
    for (const [i, fault] of FAULTS.entries())
      servers.push(await startServer({ dataDir: folders[i]!, entry: 'scripts/faultyServer.ts', env: { QUORUMBLE_FAULT: fault } }))
    browser = await launchBrowser()
  })
  afterAll(async () => {
    await browser?.close()
    for (const server of servers) await server.stop()
    for (const folder of folders) await rm(folder, { recursive: true, force: true })
  })

  const syncing = async (page: Page): Promise<Syncing> => (await status(page)) as Syncing
  const logOf = async (page: Page): Promise<string> => JSON.stringify(await page.evaluate(() => window.quorumble!.log()))
  const relayOf = async ({ url }: RunningServer): Promise<string> => ((await (await fetch(`${url}/api/bootstrap`)).json()) as { relays: string[] }).relays[0]!

  it('T057–T065: completes beside a liar, who is dropped with the reason, and a silent peer, who is passed over; time left is shown; a reload resumes (T064)', () =>
    withReport(
      'state from four peers',
      () => pages,
      () => servers.map(server => server.output()).join('\n'),
      async () => {
        const [first] = servers
        const relays = await Promise.all(servers.map(relayOf))
        const names = relays.map(relay => relay.slice(-8))
        const context = await browser.newContext()
        const query = relays.map(relay => `relay=${encodeURIComponent(relay)}`).join('&')
        const page = await openPage(context, `${first!.url}/#/room/${chain.networkId}?${query}`)
        pages.push(page)
        await page.locator('.room .button.primary').click()
        const half = await waitFor(
          'a part of the state',
          () => syncing(page),
          each => each.syncing !== null && each.syncing.done > 0 && each.syncing.done < each.syncing.total && each.syncing.etaMs !== null,
          START_MS
        )
        await page.getByText(/Fetching the state after block \d+: \d+ of \d+ parts checked .* left/).waitFor()
        const liar = new RegExp(`sender is not asked any more: ${names[FAULTS.indexOf('lies')]}: chunk`)
        const silent = new RegExp(`did not answer in time; others are asked .*${names[FAULTS.indexOf('stalls')]}`)
        await waitFor(
          'the liar and the silent peer found out',
          () => logOf(page),
          log => liar.test(log) && silent.test(log),
          SYNC_MS
        )
        const kept = await waitFor(
          'what came on the disk',
          () => chunksOnDisk(page, chain.networkId, 0),
          count => count >= half.syncing!.done,
          START_MS
        )
        await page.reload()
        for (const { pid } of servers.slice(0, 2)) process.kill(pid, 'SIGUSR2')
        await page.waitForFunction(() => window.quorumble !== undefined)
        const done = await waitFor(
          'the final head',
          () => syncing(page),
          each => each.finalHeight === chain.height && each.syncing === null,
          SYNC_MS
        )
        const there = await serverStatus(first!.url)
        expect(done).toMatchObject({ finalHash: chain.hash, stateRoot: there.stateRoot })
        const [sentence, before] = /Took over the state after #\d+, each part checked under its certificate: \d+ chunks, (\d+) of them here before[^"]*/.exec(
          await logOf(page)
        )!
        console.log(sentence)
        // T064: what the first attempt had was not fetched again.
        expect(Number(before)).toBeGreaterThanOrEqual(kept)
        await context.close()
      }
    ))
})
