/**
 * Turns in one room of vision, in real tabs: whose turn it is on the screen, a tab whose worker stands still, and winners that die just before their turn. One room for all
 * cases, in this order, for each leaves it as the next one needs it.
 */
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { launchBrowser } from './support/chromium'
import { crashTab, freezeWorkers, openPage, serverStatus, status, waitForAgreement, waitForStatus, withReport } from './support/node'
import type { MiningStatus } from './support/node'
import { startServer } from './support/server'
import type { RunningServer } from './support/server'
import { waitFor } from './support/wait'

const TABS = 4
const INTERVAL_MS = 1000
const JOIN_MS = 60_000
const CHAIN_MS = 120_000
/** Blocks of the chain by which two paces are compared. */
const WINDOW_BLOCKS = 8
/** A frozen member costs a slot whenever it is first in line, so the others are slower than before, and no slower than this. */
const SLOWER_AT_MOST = 3
/** Tabs that are killed at most until one of them was first in line. */
const MAX_KILLS = 6

interface Detail {
  height: number
  parent: string
  proposer: string
  rank: number
  timestamp: number
}

describe('turns in a room of vision', () => {
  let browser: Browser
  let server: RunningServer
  const pages: Page[] = []
  const contexts: BrowserContext[] = []

  const mining = (page: Page): Promise<MiningStatus> =>
    page.evaluate(async () => {
      const told = await window.quorumble!.mining()
      if (told === null) throw new Error('the tab is not a node')
      return told
    })
  const block = (page: Page, height: number): Promise<Detail> =>
    page.evaluate(async number => {
      const found = await window.quorumble!.block(number)
      if (!found.ok) throw new Error(found.message)
      const { parent, proposer, rank, timestamp } = found.value
      return { height: number, parent, proposer, rank, timestamp }
    }, height)
  const finalHeight = async (page: Page): Promise<number> => (await status(page)).finalHeight

  async function join(): Promise<Page> {
    const context = await browser.newContext()
    contexts.push(context)
    const page = await openPage(context, server.url)
    await page.evaluate(() => window.quorumble!.join())
    await waitForStatus(page, 'a live node', each => each !== null && each.agentId !== '', JOIN_MS)
    return page
  }

  /** Milliseconds of the chain's own clock over the next blocks. */
  async function paceOf(page: Page): Promise<number> {
    const from = await finalHeight(page)
    await waitForStatus(page, `${WINDOW_BLOCKS} more final blocks`, each => each.finalHeight >= from + WINDOW_BLOCKS, CHAIN_MS)
    return (await block(page, from + WINDOW_BLOCKS)).timestamp - (await block(page, from)).timestamp
  }

  const report = (name: string, body: () => Promise<void>) =>
    withReport(
      name,
      () => pages,
      () => server.output(),
      body
    )

  beforeAll(async () => {
    browser = await launchBrowser()
    server = await startServer({ env: { QUORUMBLE_FAMILY: 'vision', QUORUMBLE_BLOCK_INTERVAL: String(INTERVAL_MS) } })
    for (let i = 0; i < TABS; i++) pages.push(await join())
    await waitFor(
      'all members in the pool and in the set',
      async () => ({ told: await Promise.all(pages.map(mining)), set: (await status(pages[0]!)).quorum.validators }),
      ({ told, set }) => set === TABS + 1 && told.every(({ in_pool, backups }) => in_pool && backups.length === TABS),
      CHAIN_MS
    )
  })
  afterAll(async () => {
    await browser?.close()
    await server?.stop()
  })

  it('V104, V113, V145, V155: the screen of turns names winner and backups as every tab computes them, and moves with the chain by itself', () =>
    report('turns screen', async () => {
      const page = pages[0]!
      await page.evaluate(() => void (location.hash = '#/miner'))
      const heading = page.locator('section h2', { hasText: 'Next block' })
      await heading.waitFor()
      expect(await page.locator('section[aria-label="May this node make blocks?"] li').count()).toBe(5)
      const before = await heading.textContent()
      await waitFor(
        'the next height on the screen',
        () => heading.textContent(),
        text => text !== before,
        CHAIN_MS
      )
      // All who look at one height name one line.
      const lines = await waitFor(
        'all tabs at one height',
        () => Promise.all(pages.map(mining)),
        all => new Set(all.map(({ next_height }) => next_height)).size === 1,
        CHAIN_MS
      )
      expect(new Set(lines.map(({ current_winner, backups }) => JSON.stringify([current_winner, backups]))).size).toBe(1)
      await page.evaluate(() => void (location.hash = '#/'))
    }))

  it('M061, V055: a tab whose worker stands still does not stop the others, and is back at the tip afterwards without having signed twice', () =>
    report('frozen tab', async () => {
      const [watcher, , , frozen] = pages as [Page, Page, Page, Page]
      const own = (await mining(frozen)).my_node_id
      const before = await paceOf(watcher)
      const thaw = await freezeWorkers(frozen)
      let answered = false
      const asked = mining(frozen).then(() => (answered = true))
      const during = await paceOf(watcher)
      expect(answered, 'its node stands still all the while').toBe(false)
      const top = await finalHeight(watcher)
      await thaw()
      await asked
      await waitForStatus(frozen, 'the tip again', each => each.finalHeight >= top, CHAIN_MS)
      expect(during).toBeLessThanOrEqual(before * SLOWER_AT_MOST)
      await waitForAgreement(
        [watcher, frozen].map(page => () => status(page)),
        top + 2,
        CHAIN_MS
      )
      const { pool } = await watcher.evaluate(async key => {
        const told = await window.quorumble!.mining()
        return { pool: told !== null && [told.current_winner, ...told.backups].includes(key) }
      }, own)
      expect(pool, 'nobody has convicted it of two signatures').toBe(true)
    }))

  it('V004, V110, V106, M029: the winner of the next height is killed, and backup 1 makes that block in its slot', () =>
    report('killed winner', async () => {
      const [watcher] = pages as [Page]
      let seen: { height: number; dead: string; backup: string } | null = null
      for (let kills = 0; kills < MAX_KILLS && seen === null; kills++) {
        const keys = new Map(await Promise.all(pages.map(async page => [(await mining(page)).my_node_id, page] as const)))
        const line = await waitFor(
          'a height that another tab is first for',
          () => mining(watcher),
          ({ current_winner }) => current_winner !== null && keys.has(current_winner) && keys.get(current_winner) !== watcher,
          CHAIN_MS
        )
        const victim = keys.get(line.current_winner!)!
        await crashTab(victim)
        pages.splice(pages.indexOf(victim), 1)
        await waitForStatus(watcher, 'the height that it would have made', each => each.finalHeight >= line.next_height, CHAIN_MS)
        const made = await block(watcher, line.next_height)
        // It may have been too late, the block was out already; or backup 1 was late, too. Then the next one.
        if (made.rank === 1) {
          seen = { height: line.next_height, dead: line.current_winner!, backup: line.backups[0]! }
          expect(made.proposer).toBe(line.backups[0])
        }
        pages.push(await join())
        await waitFor(
          'a newcomer that may be drawn',
          () => mining(pages.at(-1)!),
          ({ in_pool }) => in_pool,
          CHAIN_MS
        )
      }
      expect(seen, 'one of the killed was first in line').not.toBeNull()
      await waitForAgreement([...pages.map(page => () => status(page)), () => serverStatus(server.url)], seen!.height + 3, CHAIN_MS)
    }))
})
