/**
 * The agent as people use it: from the address to an agent at work in one tap, a change that takes effect on the next own block, a script that decides, scripts that mean harm, a shared agent
 * that waits for consent, and several nodes under one roof. The built page, the real server, real workers.
 */
import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { availableParallelism, loadavg } from 'node:os'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { launchBrowser } from './support/chromium'
import { consoleOf, openPage, reporter, status, waitForStatus } from './support/node'
import { startServer } from './support/server'
import type { RunningServer } from './support/server'
import { waitFor } from './support/wait'

const BLOCK_INTERVAL_MS = 1000
const JOIN_MS = 30_000
/** A few blocks, and a script's first decision with the interpreter still to be loaded, on a busy machine. */
const SOON_MS = 40_000
/** TESTING: how long a script may go on, and how long a node may be held up by one, ms. */
const KILLED_WITHIN_MS = 500
const NODE_GAP_MS = 250
const WIDTHS = [1280, 390, 320] as const

/** What `subscribe` tells of the agent; the product's promise, written down a second time on purpose. */
interface AgentSlice {
  program: string
  fromHeight: number
  script: { state: string; problem: string | null; decisions: number; failures: number; wallMs: number; fuelMilli: number; note: string } | null
  attempts: { height: number; outcome: string; transactions: number; maxTransactions: number; maxBytes: number; scripted: boolean; note: string }[]
}

/** Ends by nothing but the end of its worker: its steps are few and each is long, and fuel is looked at after ten thousand. */
const UNSTOPPABLE = 'function decide() { let n = 3n; for (let i = 0; i < 17; i++) n *= n; for (let i = 0; i < 5000; i++) n * n; return { produce: true } }'

/** The scripts of TESTING's row "hostile agent scripts"; the unit tests have them in a thread of Node. */
const HOSTILE: Record<string, string> = {
  spin: 'function decide() { for (;;); }',
  'spin while loading': 'for (;;);',
  heap: 'function decide() { const a = []; for (;;) a.push(new Array(1000).fill(1)) }',
  'string growth': 'function decide() { let s = "x"; for (;;) s += s }',
  'typed arrays': 'function decide() { const a = []; for (;;) a.push(new Uint8Array(1 << 20)) }',
  regex: 'function decide() { return /^(a+)+$/.test("a".repeat(64) + "b") }',
  recursion: 'function decide() { return decide() }',
  'big integers': UNSTOPPABLE,
  prototypes: 'Object.prototype.toJSON = () => { for (;;); }; function decide() { return { produce: true } }',
  getters: 'function decide() { return { get produce() { for (;;); } } }',
  microtasks: 'async function spin() { for (;;) await 0 } function decide() { spin(); for (;;); }',
  toPrimitive: 'function decide() { return { produce: true, note: `${{ [Symbol.toPrimitive]() { for (;;); } }}` } }',
  'JSON bomb': 'function decide() { let o = []; for (let i = 0; i < 24; i++) o = [o, o]; return o }',
  generator: 'function* all() { for (;;) yield 1 } function decide() { return [...all()] }',
  constructor: '(() => {}).constructor("for (;;);")(); function decide() { return { produce: true } }'
}

/** How many want each core. The figures are those of a machine of one's own; on a crowded one everything waits for its turn, whoever is hostile. */
const crowd = () => Math.max(1, loadavg()[0]! / availableParallelism())

const axeSource = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

let browser: Browser
let server: RunningServer
const pages: Page[] = []

beforeAll(async () => {
  browser = await launchBrowser()
  server = await startServer({ env: { QUORUMBLE_BLOCK_INTERVAL: String(BLOCK_INTERVAL_MS) } })
})
afterAll(async () => {
  await browser?.close()
  await server?.stop()
})

const report = reporter(
  () => pages,
  () => server.output()
)

async function newContext(): Promise<BrowserContext> {
  return browser.newContext({ viewport: { width: 1280, height: 900 }, reducedMotion: 'reduce', permissions: ['clipboard-read', 'clipboard-write'] })
}

async function visit(path: string, context?: BrowserContext): Promise<Page> {
  const page = await openPage(context ?? (await newContext()), `${server.url}/${path}`)
  pages.push(page)
  return page
}

/** A part of what the node shows, from its newest update. */
async function sliceOf<T>(page: Page, name: string): Promise<T> {
  return page.evaluate(
    wanted =>
      new Promise<T>(resolve => {
        type Updates = { subscribe(listener: (update: { slices: Record<string, T | undefined> }) => void): () => void }
        const stop = (window.quorumble as unknown as Updates).subscribe(({ slices }) => {
          const slice = slices[wanted]
          if (slice === undefined) return
          stop()
          resolve(slice)
        })
      }),
    name
  )
}

const agentOf = (page: Page) => sliceOf<AgentSlice>(page, 'agent')
const waitForAgent = (page: Page, what: string, accept: (agent: AgentSlice) => boolean) => waitFor(what, () => agentOf(page), accept, SOON_MS)
const live = (page: Page) => waitForStatus(page, 'a live node', each => each.agentId !== '', JOIN_MS)
const tab = (page: Page, name: 'Form' | 'TOML' | 'Script') => page.getByRole('group', { name: 'Edit as' }).getByText(name).click()
const runButton = (page: Page) => page.getByRole('button', { name: 'Run it', exact: true })

/** Through the editor, as a person pastes. */
async function fill(page: Page, label: string, text: string): Promise<void> {
  const editor = page.locator('.cm-content').and(page.getByLabel(label))
  await editor.click()
  await page.keyboard.press('ControlOrMeta+a')
  await page.evaluate(content => navigator.clipboard.writeText(content), text)
  await page.keyboard.press('ControlOrMeta+v')
}

async function runScript(page: Page, source: string): Promise<void> {
  await tab(page, 'Script')
  await fill(page, 'Script', source)
  await runButton(page).click()
}

describe('an agent', () => {
  let page: Page

  it('is at work one tap after its address was opened, as fast as joining (P006)', () =>
    report('agent in one tap', async () => {
      page = await visit('#/agent')
      await page.getByRole('button', { name: 'Join and run it' }).click()
      await live(page)
      const { fromHeight } = await waitForAgent(page, 'its own program at work', ({ program }) => program === 'own')
      const { attempts } = await waitForAgent(page, 'a block of its own', each => each.attempts.some(({ outcome }) => outcome === 'accepted'))
      const own = attempts.find(({ outcome, height }) => outcome === 'accepted' && height >= fromHeight)
      if (own !== undefined) expect(own).toMatchObject({ maxTransactions: 100, maxBytes: 128 * 1024 })
    }))

  it('another example holds from the next own block on, while the node runs (P015, P016, P034)', () =>
    report('preset while running', async () => {
      await page.getByRole('radio', { name: /^Performance/ }).check({ force: true })
      const before = await agentOf(page)
      await runButton(page).click()
      const { fromHeight } = await waitForAgent(page, 'another program', each => each.fromHeight > before.fromHeight)
      const { attempts } = await waitForAgent(page, 'a block under the new limits', each =>
        each.attempts.some(({ height, maxTransactions, outcome }) => height >= fromHeight && maxTransactions === 500 && outcome !== 'waiting')
      )
      expect(attempts.filter(({ height, outcome }) => height > fromHeight && outcome === 'accepted').every(each => each.maxTransactions === 500)).toBe(true)
      // The same node, not a restarted one: what it did under the old limits is still there.
      expect(attempts.some(({ maxTransactions }) => maxTransactions === 100)).toBe(true)
      await page.getByRole('region', { name: 'Attempts to make a block' }).getByText('/ 500').first().waitFor()
    }))

  it('P027: one transaction at most is one transaction in the block: the form writes, the file says it, the block shows it', () =>
    report('limit in the block', async () => {
      await tab(page, 'Form')
      await page.getByLabel('Own interval').fill('0')
      await page.getByLabel('Most transactions').fill('0')
      await page.getByText('This is a whole number from 1 to 512.').waitFor()
      await page.getByLabel('Most transactions').fill('1')
      await tab(page, 'TOML')
      await page.locator('.cm-content').getByText('max_transactions = 1', { exact: true }).waitFor()
      const before = await agentOf(page)
      await runButton(page).click()
      const { fromHeight } = await waitForAgent(page, 'the program with one transaction', each => each.fromHeight > before.fromHeight)
      const agents = await sliceOf<{ publicKey: string; mine: boolean }[]>(page, 'agents')
      const { publicKey } = agents.find(({ mine }) => !mine)!
      await page.evaluate(async to => {
        const api = window.quorumble as unknown as { submit(intent: { kind: 'transfer'; to: string; amount: string }): Promise<{ ok: boolean }> }
        for (let i = 0; i < 12; i++) await api.submit({ kind: 'transfer', to, amount: '1' })
      }, publicKey)
      const { attempts } = await waitForAgent(page, 'an own block full with one transaction', each =>
        each.attempts.some(({ height, transactions }) => height > fromHeight && transactions === 1)
      )
      expect(attempts.filter(({ height }) => height > fromHeight).every(({ transactions }) => transactions <= 1)).toBe(true)
    }))

  it('a misspelt key is named with its line, and does not run', () =>
    report('problems', async () => {
      await tab(page, 'TOML')
      await fill(page, 'Configuration as TOML', 'name = "x"\nmax_transaction = 3\n')
      await page.getByRole('button', { name: 'line 2, max_transaction' }).waitFor()
      expect(await runButton(page).isDisabled()).toBe(true)
      await page.getByRole('button', { name: 'Undo' }).first().click()
      await page.getByText('No problems').waitFor()
    }))

  it('an example script is tried on past heights, goes live, and decides', () =>
    report('script', async () => {
      await tab(page, 'Script')
      await page.getByRole('button', { name: 'The grinder' }).click()
      await page.getByRole('button', { name: 'Dry run' }).click()
      const rows = page.getByRole('region', { name: 'Dry run' }).locator('tbody tr')
      await rows.first().waitFor({ timeout: SOON_MS })
      expect(await rows.count()).toBeGreaterThan(3)
      expect(await rows.first().innerText()).toMatch(/produce, (fee|age|own|small) first/)
      expect((await agentOf(page)).script).toBeNull()
      await runButton(page).click()
      const agent = await waitForAgent(page, 'decisions, and a block made by one', each =>
        each.attempts.some(({ scripted, outcome }) => scripted && outcome === 'accepted')
      )
      expect(agent.script).toMatchObject({ state: 'running', problem: null, failures: 0 })
      expect(agent.script!.note).toContain('first in line after')
      await page.getByRole('meter', { name: 'Fuel' }).waitFor()
    }))

  it('what ran before is one tap away', () =>
    report('undo', async () => {
      await page.locator('footer').getByRole('button', { name: 'Undo' }).click()
      await waitForAgent(page, 'the agent from before, without a script', ({ script }) => script === null)
    }))

  it('comes back after a refresh, and so does the draft', () =>
    report('refresh', async () => {
      await runScript(page, 'function decide() { return { produce: true, note: "I am back" } }')
      await waitForAgent(page, 'the script at work', ({ script }) => script?.note === 'I am back')
      await page.reload()
      await live(page)
      await waitForAgent(page, 'the script at work again', ({ script }) => script?.note === 'I am back')
      await tab(page, 'Script')
      await page.locator('.cm-content').getByText('I am back').waitFor()
    }))

  it.each(Object.entries(HOSTILE))('hostile script: %s. It harms itself, and the node goes on', (name, source) =>
    report(`hostile ${name}`, async () => {
      const before = await agentOf(page)
      await runScript(page, source)
      const agent = await waitForAgent(
        page,
        'what became of it',
        each => each.fromHeight > before.fromHeight && each.script !== null && each.script.decisions + each.script.failures > 0
      )
      // Whoever manages to answer was let off by its own harmlessness.
      expect(agent.script!.failures).toBeGreaterThan(0)
      expect(agent.script!.wallMs).toBeLessThanOrEqual(KILLED_WITHIN_MS * crowd())
      const { finalHeight } = await status(page)
      await waitForStatus(page, 'further final blocks', each => each.finalHeight >= finalHeight + 2, SOON_MS)
    })
  )

  it('one that only the end of its worker stops is ended three times, then for good, and never holds the node up', () =>
    report('unstoppable', async () => {
      await runScript(page, UNSTOPPABLE.replace('5000', '6000'))
      const agent = await waitForAgent(page, 'a stopped script', ({ script }) => script?.state === 'stopped')
      expect(agent.script!.failures).toBe(3)
      expect(agent.script!.wallMs).toBeLessThanOrEqual(KILLED_WITHIN_MS * crowd())
      const { worstGapMs: gap } = await sliceOf<{ worstGapMs: number }>(page, 'info')
      console.log(
        `worst gap of the node over all hostile scripts of the last minute: ${gap} ms; the last one was ended after ${agent.script!.wallMs} ms; ${crowd().toFixed(1)} wanted each core`
      )
      expect(gap).toBeLessThan(NODE_GAP_MS * crowd())
      const { finalHeight } = await status(page)
      await waitForStatus(page, 'further final blocks', each => each.finalHeight >= finalHeight + 2, SOON_MS)
    }))

  it('a shared agent is shown, and runs only when it was taken and run', () =>
    report('shared', async () => {
      await runScript(page, 'function decide() { return { produce: true, note: "shared" } }')
      await page.getByRole('button', { name: 'Share', exact: true }).click()
      await waitFor(
        'a link on the clipboard',
        () => page.evaluate(() => navigator.clipboard.readText()),
        text => text.includes('#/agent/shared/'),
        SOON_MS
      )
      const link = await page.evaluate(() => navigator.clipboard.readText())
      const guest = await visit(link.slice(link.indexOf('#')))
      const region = guest.getByRole('region', { name: 'Somebody shared an agent with you' })
      await region.locator('.cm-content').getByText('note: "shared"').waitFor()
      expect(await guest.evaluate(() => window.quorumble!.status())).toBeNull()
      expect(await guest.getByRole('button', { name: 'Join and run it' }).count()).toBe(0)
      await region.getByRole('button', { name: 'Take it into the editor' }).click()
      await guest.locator('.cm-content').getByText('note: "shared"').waitFor()
      expect(await guest.evaluate(() => window.quorumble!.status())).toBeNull()
      await guest.getByRole('button', { name: 'Join and run it' }).click()
      await live(guest)
      await waitForAgent(guest, 'the shared script at work', ({ script }) => script?.note === 'shared')
      await guest.close()
    }))

  it('a damaged link says so', () =>
    report('damaged link', async () => {
      const guest = await visit('#/agent/shared/AAAA')
      await guest.getByText('This link is damaged').waitFor()
      await guest.close()
    }))

  it('the screen is fit for everybody: axe in both themes at all widths, nothing is cut off, no error in the console', () =>
    report('agent screen', async () => {
      await page.evaluate(() => void (location.hash = '#/agent'))
      await page.getByRole('heading', { name: 'Agent', exact: true }).waitFor()
      await page.evaluate(axeSource)
      const found: string[] = []
      for (const name of ['Form', 'TOML', 'Script'] as const) {
        await tab(page, name)
        if (name !== 'Form') await page.locator('.cm-content').first().waitFor()
        for (const width of WIDTHS) {
          await page.setViewportSize({ width, height: 900 })
          await page.evaluate(() => new Promise(resolve => requestAnimationFrame(() => requestAnimationFrame(resolve))))
          const wide = await page.evaluate(() => document.documentElement.scrollWidth)
          if (wide > width) found.push(`${name} at ${width} px is ${wide} px wide`)
          for (const colorScheme of ['dark', 'light'] as const) {
            await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' })
            await page.waitForFunction(() => document.getAnimations().every(each => !(each instanceof CSSTransition)))
            type Axe = { run(): Promise<{ violations: { id: string; nodes: { target: unknown[]; failureSummary?: string }[] }[] }> }
            const { violations } = await page.evaluate(() => (globalThis as unknown as { axe: Axe }).axe.run())
            found.push(
              ...violations.map(
                ({ id, nodes }) =>
                  `${name}, ${colorScheme}, ${width}: ${id}: ${nodes.map(each => `${String(each.target)} ${each.failureSummary ?? ''}`).join('; ')}`
              )
            )
          }
        }
      }
      expect(found).toEqual([])
      expect(consoleOf(page).filter(line => /^(error|uncaught|the tab crashed)/.test(line))).toEqual([])
    }))
})

describe('the guided first agent', () => {
  it('P006: from the first screen to an agent, its block, a meme and an ally, each by the real thing; left, resumed and reloaded in between', () =>
    report('guide', async () => {
      const page = await visit('')
      const guide = page.getByRole('region', { name: 'Your first agent' })
      const step = (n: number) => guide.getByText(`Step ${n} of 5`).waitFor({ timeout: SOON_MS })
      await page.getByRole('link', { name: 'Or step by step: my first agent' }).click()
      await step(1)
      // The card of the fewest pauses between blocks.
      await page.getByRole('radio', { name: /^Performance/ }).check({ force: true })
      await page.getByRole('button', { name: 'Join and run it' }).click()
      await live(page)
      await guide.getByText(/Step [23] of 5/).waitFor({ timeout: SOON_MS })
      await guide.getByRole('button', { name: 'Leave the guide' }).click()
      await guide.waitFor({ state: 'detached' })
      await page.keyboard.press('?')
      await page.getByRole('dialog', { name: 'Help' }).getByRole('link', { name: 'Your first agent, step by step' }).click()
      await step(3)
      await guide.getByRole('link', { name: 'Open your block' }).first().click()
      await page.getByRole('heading', { name: /^Block #\d+/ }).waitFor()
      await step(4)
      await page.reload()
      await live(page)
      await step(4)
      await guide.getByRole('link', { name: 'To the studio' }).click()
      await page.getByTestId('recipe-id').waitFor({ timeout: SOON_MS })
      await page.getByRole('button', { name: '“When the clock says midnight”', exact: true }).click()
      await page.getByRole('button', { name: 'Publish' }).click()
      await step(5)
      await guide.getByRole('link', { name: 'To the allies' }).click()
      await page
        .getByRole('button', { name: /^Propose to/ })
        .first()
        .click({ timeout: SOON_MS })
      await guide.getByText('That was the whole round').waitFor({ timeout: SOON_MS })
      expect(await guide.locator('li.done').count()).toBe(5)
      await guide.getByRole('link', { name: 'How it works' }).click()
      await guide.waitFor({ state: 'detached' })
      await page.close()
    }))

  it('P007: the concepts tell the numbers of this very room', () =>
    report('concepts', async () => {
      const page = await visit('#/learn')
      await page.getByText('Numbers of the simulation').waitFor()
      await page.evaluate(() => window.quorumble!.join())
      const { networkId } = await live(page)
      await page.getByText(/Numbers of the room “.+”, family Midnight, as of now/).waitFor()
      const money = page.getByRole('region', { name: 'Money, deposits, influence' })
      const flow = page.getByRole('region', { name: 'The life of a block' })
      expect(await flow.locator('dd').allInnerTexts()).toContain(`${BLOCK_INTERVAL_MS / 1000} s`)
      const { quorum } = await sliceOf<{ quorum: { needed: number; weight: number } }>(page, 'status')
      await flow.getByText(new RegExp(`^${quorum.needed} of ${quorum.weight} votes?$`)).waitFor()
      expect(await money.locator('dd').first().innerText()).toMatch(/^[\d.]+ units$/)
      expect(networkId).toHaveLength(64)
      await page.getByRole('link', { name: 'All messages' }).click()
      await page.getByLabel('Find').fill('finalHash')
      await page.getByRole('link', { name: 'presence', exact: true }).click()
      await page.getByRole('heading', { name: 'A real one, byte by byte' }).waitFor()
      expect(await page.getByRole('row', { name: /^\d+ finalHash/ }).count()).toBe(1)
      await page.close()
    }))
})

// In a room of its own: nodes that end here stay members for a while, and would be waited for.
describe('several nodes in one tab', () => {
  let page: Page

  beforeAll(async () => {
    await server.stop()
    server = await startServer({ env: { QUORUMBLE_BLOCK_INTERVAL: String(BLOCK_INTERVAL_MS) } })
    page = await visit('')
    await page.evaluate(() => window.quorumble!.join())
    await live(page)
  })

  const testnet = () => page.getByRole('region', { name: 'Local testnet' })

  async function stopFurther(): Promise<void> {
    const listed = testnet().locator('li')
    await listed.getByRole('button', { name: /^Stop/ }).click()
    await waitFor(
      'an empty list',
      () => listed.count(),
      count => count === 0,
      SOON_MS
    )
  }

  it('a further node starts in this tab with an identity and an agent of its own, and its end leaves the first one alone (P112, P113)', () =>
    report('further node', async () => {
      await page.evaluate(() => void (location.hash = '#/node'))
      const card = testnet()
      await card.getByRole('button', { name: 'Start another node in this tab' }).click()
      await card.locator('li[data-phase="live"]').waitFor({ timeout: JOIN_MS })
      const { name, finalHeight } = await status(page)
      await card
        .locator('li')
        .getByText(/final #\d+/)
        .waitFor({ timeout: SOON_MS })
      expect(await card.locator('li strong').innerText()).not.toBe(name)
      await card.locator('li select').selectOption('performance')
      await waitFor(
        'the second node at the height of the first',
        async () => Number(/final #(\d+)/.exec(await card.locator('li').innerText())?.[1] ?? 0),
        height => height > finalHeight,
        SOON_MS
      )
      await stopFurther()
      const after = (await status(page)).finalHeight
      await waitForStatus(page, 'the first node going on', each => each.finalHeight > after, SOON_MS)
    }))

  it('one of them that crashes says so under its name, leaves the first one alone, and can be started again (P113, P114)', () =>
    report('crashed node', async () => {
      const card = testnet()
      const before = new Set(page.workers())
      await card.getByRole('button', { name: 'Start another node in this tab' }).click()
      await card.locator('li[data-phase="live"]').waitFor({ timeout: JOIN_MS })
      const name = await card.locator('li strong').innerText()
      const [worker] = page.workers().filter(each => !before.has(each) && each.url().includes('node'))
      await worker!.evaluate(
        () =>
          void setTimeout(() => {
            throw new Error('pulled the plug')
          })
      )
      const failed = card.locator('li[data-phase="failed"]')
      await failed.getByText('pulled the plug').waitFor({ timeout: SOON_MS })
      expect(await failed.locator('strong').innerText()).toBe(name)
      const after = (await status(page)).finalHeight
      await waitForStatus(page, 'the first node going on', each => each.finalHeight > after, SOON_MS)
      await failed.getByRole('button', { name: 'Start again' }).click()
      await card.locator('li[data-phase="live"]').waitFor({ timeout: JOIN_MS })
      expect(await card.locator('li strong').innerText(), 'its key was on the disk').toBe(name)
      await stopFurther()
    }))
})
