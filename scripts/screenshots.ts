/**
 * `npm run screenshots`: photographs every screen of the built page into docs/screenshots/. The pictures are of the real thing: the real server with an
 * empty data folder, five nodes that vote (four tabs and the server), and blocks that they made.
 */
import { mkdir, stat, unlink } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { launchBrowser } from '../e2e/support/chromium'
import { openPage, status, waitForStatus } from '../e2e/support/node'
import { startServer } from '../e2e/support/server'
import { waitFor } from '../e2e/support/wait'

const folder = fileURLToPath(new URL('../docs/screenshots', import.meta.url))

/** Tabs that are nodes; with the server five, so that one may fail. */
const TABS = 4
/** Fast blocks: two epochs pass in half a minute, and then all of them vote. */
const BLOCK_INTERVAL_MS = 1500
/** Two epochs and a heartbeat's lifetime, on a busy machine. */
const PATIENCE_MS = 120_000
/** Final blocks that all five have voted for before the first picture, so that lists and strips are full of them. */
const VOTED_BLOCKS = 12
/** The seed of the simulation that is photographed, hex: two runs of this script show the same five nodes. */
const SIMULATION_SEED = '5eed'
/** A clone of this repository should not weigh more than its code. */
const MAX_PICTURE_BYTES = 200 * 1024

/** What the page remembers for its reader: no announcements, for they slide over what the picture is about. */
const QUIET = JSON.stringify({ announcements: false })

const SHOTS = [
  { suffix: 'dark', width: 1280, height: 800, colorScheme: 'dark' },
  { suffix: 'light', width: 1280, height: 800, colorScheme: 'light' },
  { suffix: 'phone', width: 390, height: 844, colorScheme: 'dark' }
] as const

/** The picture on top of the README: the dark first screen, high enough for the whole ring. */
const HERO = { suffix: 'hero', width: 1280, height: 1000, colorScheme: 'dark' } as const

/** The moment at which a simulated ring is worth a picture: some proposals of the next block have arrived, others are on their way. */
const PROPOSALS_FLY = '.strip .next .makers svg'

type Shot = (typeof SHOTS)[number] | typeof HERO

/** The part of `window.quorumble` that this script calls beyond what the specifications do. */
interface PicturedApi {
  submit(intent: { kind: 'transfer'; to: string; amount: string }): Promise<{ ok: boolean }>
  block(height: number): Promise<{ ok: true; value: { proposer: string; proposerName: string; transactionList: { kind: string }[] } } | { ok: false }>
}

/** A browser of its own, as far as pages can tell. */
const newContext = (browser: Browser, url: string): Promise<BrowserContext> =>
  browser.newContext({ storageState: { cookies: [], origins: [{ origin: url, localStorage: [{ name: 'quorumble.settings', value: QUIET }] }] } })

/** One screen as it stands, in every size and theme. `ready` is looked for again after each change of size. */
async function photograph(page: Page, name: string, ready: string, shots: readonly Shot[] = SHOTS): Promise<void> {
  for (const { suffix, width, height, colorScheme } of shots) {
    await page.emulateMedia({ colorScheme })
    await page.setViewportSize({ width, height })
    await page.locator(ready).first().waitFor()
    const path = join(folder, `${name}-${suffix}.png`)
    // 'disabled' brings the fading from one theme to the other to its end.
    await page.screenshot({ path, animations: 'disabled' })
    const { size } = await stat(path)
    if (size <= MAX_PICTURE_BYTES) {
      console.log(`${name}-${suffix}.png  ${Math.ceil(size / 1024)} kB`)
      continue
    }
    await unlink(path)
    throw new Error(`${name}-${suffix}.png would be ${size} bytes long, ${MAX_PICTURE_BYTES} are allowed.`)
  }
}

async function joinedTab(context: BrowserContext, url: string): Promise<Page> {
  const page = await openPage(context, url)
  await page.waitForFunction(() => window.quorumble !== undefined)
  await page.evaluate(() => window.quorumble!.join())
  await waitForStatus(page, 'a node with an identity', each => each.agentId !== '', PATIENCE_MS)
  return page
}

async function goTo(page: Page, url: string, hash: string): Promise<void> {
  await page.evaluate(to => void (location.hash = to), new URL(hash, url).hash)
  // What was said about the last step would cover this one.
  await page.locator('.toast.shown').waitFor({ state: 'hidden', timeout: PATIENCE_MS })
}

const blockAt = (page: Page, height: number) => page.evaluate(at => (window.quorumble as unknown as PicturedApi).block(at), height)

/** Sends a transfer to another agent, the maker of a late block, and waits for the final block that holds it. */
async function heightOfTransfer(page: Page): Promise<number> {
  const { finalHeight: before, name } = await status(page)
  let to = ''
  for (let height = before; to === ''; height--) {
    const block = await blockAt(page, height)
    if (!block.ok) throw new Error('No final block here is by somebody else.')
    if (block.value.proposerName !== name) to = block.value.proposer
  }
  const sent = await page.evaluate(recipient => (window.quorumble as unknown as PicturedApi).submit({ kind: 'transfer', to: recipient, amount: '5000' }), to)
  if (!sent.ok) throw new Error(`The transfer was refused: ${JSON.stringify(sent)}`)
  const find = async (): Promise<number | null> => {
    const { finalHeight } = await status(page)
    for (let height = before; height <= finalHeight; height++) {
      const block = await blockAt(page, height)
      if (block.ok && block.value.transactionList.some(({ kind }) => kind === 'transfer')) return height
    }
    return null
  }
  return (await waitFor('a final block with the transfer', find, height => height !== null, PATIENCE_MS))!
}

async function photographSimulation(browser: Browser, url: string): Promise<void> {
  const context = await newContext(browser, url)
  const page = await openPage(context, `${url}/?seed=${SIMULATION_SEED}`)
  await page.locator('.strip a[data-status="final"]').nth(4).waitFor({ timeout: PATIENCE_MS })
  await photograph(page, 'now-simulation', PROPOSALS_FLY, [HERO, ...SHOTS])
  await context.close()
}

async function photographRoom(browser: Browser, url: string, room: string): Promise<void> {
  const context = await newContext(browser, url)
  const page = await openPage(context, `${url}/${room}`)
  await photograph(page, 'room', '.room .button.primary')
  await context.close()
}

async function photographNode(page: Page, url: string): Promise<void> {
  await photograph(page, 'now-live', '.strip a[data-status="final"]')
  await goTo(page, url, '#/chain')
  await photograph(page, 'chain', '.chain svg, .chain table')
  await goTo(page, url, `#/chain/block/${await heightOfTransfer(page)}`)
  await photograph(page, 'block', 'main section')
  await goTo(page, url, '#/node')
  await photograph(page, 'node', 'main section')
  await goTo(page, url, '#/miner')
  await photograph(page, 'turns', 'main section')
  await goTo(page, url, '#/memes')
  await page.getByRole('button', { name: /^Finish line/ }).click()
  await page.getByText('Computing…').first().waitFor({ state: 'hidden', timeout: PATIENCE_MS })
  await page.evaluate(() => scrollTo(0, 0))
  await photograph(page, 'memes', 'main canvas, main svg')
  await page.getByRole('button', { name: 'Publish' }).click()
  await page.getByTestId('progress').getByRole('link').waitFor({ timeout: PATIENCE_MS })
  await goTo(page, url, '#/memes/gallery')
  await photograph(page, 'gallery', 'main canvas, main svg')
  await goTo(page, url, '#/alliances')
  await page
    .getByRole('button', { name: /^Propose to/ })
    .first()
    .click()
  await page.locator('.toast.shown').waitFor({ timeout: PATIENCE_MS })
  await page.locator('.toast.shown').waitFor({ state: 'hidden', timeout: PATIENCE_MS })
  await photograph(page, 'allies', 'main section')
  await goTo(page, url, '#/agent')
  await photograph(page, 'agent', 'main section')
  await goTo(page, url, '#/')
  await page.getByRole('button', { name: 'Invite', exact: true }).click()
  await photograph(page, 'invite', 'svg.qr')
}

await mkdir(folder, { recursive: true })
const server = await startServer({ env: { QUORUMBLE_BLOCK_INTERVAL: String(BLOCK_INTERVAL_MS) } })
let browser: Browser | null = null
try {
  browser = await launchBrowser()
  await photographSimulation(browser, server.url)
  const tabs: Page[] = []
  for (let i = 0; i < TABS; i++) tabs.push(await joinedTab(await newContext(browser, server.url), server.url))
  const votes = (each: { validator: boolean; quorum: { validators: number } }) => each.validator && each.quorum.validators === TABS + 1
  for (const [i, tab] of tabs.entries()) await waitForStatus(tab, `tab ${i} in a set of ${TABS + 1}`, votes, PATIENCE_MS)
  const { finalHeight } = await status(tabs[0]!)
  await waitForStatus(tabs[0]!, `${VOTED_BLOCKS} blocks that all have voted for`, each => each.finalHeight >= finalHeight + VOTED_BLOCKS, PATIENCE_MS)
  const { networkId } = await status(tabs[0]!)
  const { relays } = (await (await fetch(`${server.url}/api/bootstrap`)).json()) as { relays: string[] }
  await photographRoom(browser, server.url, `#/room/${networkId}?${relays.map(relay => `relay=${encodeURIComponent(relay)}`).join('&')}`)
  await photographNode(tabs[0]!, server.url)
} finally {
  await browser?.close()
  await server.stop()
}
