/**
 * Memes and alliances between three real tabs and a server: made in a few taps, seen by the others, remixed, applauded; offered, signed, broken. And what hostile people put into every field: nothing
 * of it may run, and nothing may be fetched (TESTING "hostile memes", F-37).
 */
import { mkdtemp, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { deflateSync } from 'node:zlib'
import type { Browser, BrowserContext, Locator, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { launchBrowser } from './support/chromium'
import { consoleOf, openPage, reporter, showScreen, status, waitForStatus, watchRequests } from './support/node'
import { startServer } from './support/server'
import type { RunningServer } from './support/server'
import { waitFor } from './support/wait'

const BLOCK_INTERVAL_MS = 1000
const JOIN_MS = 40_000
const SOON_MS = 30_000
/** Memes whose way to the other tabs is timed. */
const TIMED = 12
/** Three make all that is said here; `QUORUMBLE_MEME_TABS=9` times the way to eight others (docs/FIGURES.md). */
const TABS = Number(process.env['QUORUMBLE_MEME_TABS'] ?? 3)

/** Every one of them runs, fetches or breaks out somewhere, if it is ever taken for markup, an address or code. */
const PAYLOADS = [
  '<script>window.pwned=1</script>',
  '"><script>window.pwned=1</script>',
  "'><script>window.pwned=1</script>",
  '<img src=x onerror=window.pwned=1>',
  '<img src="https://evil.example/p.gif">',
  '<svg onload=window.pwned=1>',
  '<svg><script>window.pwned=1</script></svg>',
  '<svg><image href="https://evil.example/x.png"/></svg>',
  '<svg><use href="https://evil.example/x.svg#a"/></svg>',
  '<svg><foreignObject><body onload=window.pwned=1></foreignObject></svg>',
  '<svg><animate onbegin=window.pwned=1 attributeName=x dur=1s>',
  '<math><mtext></form><form><mglyph><style></math><img src onerror=window.pwned=1>',
  '<iframe src="javascript:window.pwned=1"></iframe>',
  '<iframe srcdoc="<script>parent.pwned=1</script>">',
  '<object data="data:text/html,<script>window.pwned=1</script>">',
  '<embed src="https://evil.example/x.swf">',
  '<a href="javascript:window.pwned=1">x</a>',
  '<a ping="https://evil.example/ping" href=#>x</a>',
  '<body onload=window.pwned=1>',
  '<details open ontoggle=window.pwned=1>',
  '<input autofocus onfocus=window.pwned=1>',
  '<video><source onerror=window.pwned=1></video>',
  '<video poster="https://evil.example/v.png">',
  '<audio src=x onerror=window.pwned=1>',
  '<marquee onstart=window.pwned=1>',
  '<link rel=stylesheet href="https://evil.example/x.css">',
  '<style>@import "https://evil.example/x.css";</style>',
  '<div style="background:url(https://evil.example/b.png)">',
  '<meta http-equiv=refresh content="0;url=https://evil.example">',
  '<base href="https://evil.example/">',
  '<form action="https://evil.example"><button autofocus>',
  '<template><script>window.pwned=1</script></template>',
  '<noscript><p title="</noscript><img src=x onerror=window.pwned=1>">',
  '</title><script>window.pwned=1</script>',
  '</textarea><script>window.pwned=1</script>',
  '<!--<img src="--><img src=x onerror=window.pwned=1>',
  '<x onclick=window.pwned=1 tabindex=1 autofocus>click',
  '${window.pwned=1}',
  '{{constructor.constructor("window.pwned=1")()}}',
  '{@html "<img src=x onerror=window.pwned=1>"}',
  'javascript:window.pwned=1',
  'data:text/html,<script>window.pwned=1</script>',
  'url(https://evil.example/u.png)',
  '\u202egnp.<img src=x onerror=window.pwned=1>\u202c',
  'a\u0000<script>window.pwned=1</script>',
  '&lt;script&gt;window.pwned=1&lt;/script&gt;',
  '\\u003cscript\\u003ewindow.pwned=1\\u003c/script\\u003e',
  '__proto__',
  `${'\u0301'.repeat(200)}z`,
  '😀'.repeat(60)
] as const

let browser: Browser
let server: RunningServer
let pages: Page[] = []
const foreign: string[] = []

interface Watched {
  pwned?: unknown
  violations?: string[]
}

beforeAll(async () => {
  browser = await launchBrowser()
  server = await startServer({ env: { QUORUMBLE_BLOCK_INTERVAL: String(BLOCK_INTERVAL_MS) } })
  const context = await newContext()
  pages = await Promise.all(Array.from({ length: TABS }, () => joined(context)))
  // From four members on all of them vote; until then their registrations only have to be final.
  await Promise.all(
    pages.map(page => waitForStatus(page, 'a registered node', each => each.reasonCode === 'eligible' || each.reasonCode === 'no-quorum', JOIN_MS))
  )
}, 180_000)

afterAll(async () => {
  await browser?.close()
  await server?.stop()
})

async function newContext(): Promise<BrowserContext> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, reducedMotion: 'reduce', acceptDownloads: true })
  watchRequests(context, server.url, foreign)
  await context.addInitScript(() => {
    const watched = globalThis as unknown as Watched
    watched.violations = []
    addEventListener('securitypolicyviolation', event => watched.violations!.push(`${event.violatedDirective}: ${event.blockedURI}`))
  })
  return context
}

async function joined(context: BrowserContext): Promise<Page> {
  const page = await openPage(context, `${server.url}/`)
  await page.getByRole('button', { name: 'Be the sixth node' }).click()
  await waitForStatus(page, 'a live node', each => each !== null && each.agentId !== '', JOIN_MS)
  return page
}

const report = reporter(
  () => pages,
  () => server.output()
)
const recipeId = (page: Page) => page.getByTestId('recipe-id').innerText()
const progress = (page: Page, what: RegExp) =>
  waitFor(
    `the progress ${what}`,
    () => page.getByTestId('progress').innerText(),
    text => what.test(text),
    SOON_MS
  )

/** In Node's own types, for the specification knows nothing of the code. */
const submit = (page: Page, intent: unknown) =>
  page.evaluate(
    wanted => (globalThis as unknown as { quorumble: { submit(intent: unknown): Promise<{ ok: boolean; message?: string }> } }).quorumble.submit(wanted),
    intent
  )

describe('memes', () => {
  it('are made and final in a block with three taps from the first screen, and are seen in the other tabs (P002, P097)', () =>
    report('meme in three taps', async () => {
      const [maker, ...others] = pages as [Page, Page, Page]
      for (const page of others) await showScreen(page, '#/memes/gallery')
      await maker.getByRole('link', { name: 'Memes' }).click()
      await maker.getByRole('button', { name: /^Finish line/ }).click()
      // While status follows status, the node is asked all the same.
      await maker.getByTestId('recipe-size').filter({ hasText: /\d/ }).waitFor({ timeout: SOON_MS })
      await maker.getByRole('button', { name: 'Publish' }).click()
      await progress(maker, /Final in block/)
      for (const page of others) {
        await page.locator('[data-meme]').first().waitFor({ timeout: SOON_MS })
        await page.locator('[data-meme] canvas[data-painted]').first().waitFor({ timeout: SOON_MS })
        expect(await page.locator('[data-meme] [role="img"]').first().getAttribute('aria-label')).toContain('Finish line')
      }
      await maker.getByTestId('progress').getByRole('link').click()
      await maker.getByRole('link', { name: /^block #/ }).click()
      await maker.getByRole('link', { name: /publishes a meme \(template\)/ }).waitFor()
    }))

  it('wait for the own next block when attached (P002)', () =>
    report('attached meme', async () => {
      const [maker] = pages as [Page, Page, Page]
      await showScreen(maker, '#/memes')
      await maker.getByRole('button', { name: /^The line/ }).click()
      await maker.getByRole('button', { name: 'Attach to my next block' }).click()
      await progress(maker, /Final in block/)
      await maker.getByTestId('progress').getByRole('link').click()
      const { name } = await status(maker)
      await maker.getByRole('link', { name: /^block #/ }).click()
      await maker.getByText(/publishes a meme/).waitFor()
      // It is in a block of its own maker, unless that block lost its place to another one.
      expect(await maker.locator('main').innerText()).toContain(name)
    }))

  it('are applauded and remixed; both show at the original (T031–T034)', () =>
    report('remix', async () => {
      const [maker, viewer] = pages as [Page, Page, Page]
      await showScreen(viewer, '#/memes/gallery')
      const original = viewer.locator('[data-meme]').last()
      const id = (await original.getAttribute('data-meme'))!
      await original.getByRole('button', { name: /^Love/ }).click()
      await original.getByRole('button', { name: 'Love: 1' }).waitFor({ timeout: SOON_MS })
      await original.getByRole('link', { name: 'Remix' }).click()
      await viewer.getByText(/^Remix of/).waitFor()
      await viewer.getByText('Sticker', { exact: true }).click()
      await viewer.getByRole('button', { name: 'crown', exact: true }).click()
      await viewer.getByRole('button', { name: 'Publish' }).click()
      await progress(viewer, /Final in block/)
      await showScreen(maker, `#/memes/meme/${id}`)
      await maker.getByText('Remixed as').waitFor({ timeout: SOON_MS })
      await maker.getByRole('button', { name: 'Love: 1' }).waitFor({ timeout: SOON_MS })
    }))

  it('can be made by keyboard alone: the list of layers does what a hand does on the canvas', () =>
    report('layers by keyboard', async () => {
      const [page] = pages as [Page, Page, Page]
      await showScreen(page, '#/memes')
      await page.getByRole('button', { name: 'Start over' }).click()
      const layer = page.getByRole('button', { name: '“When the clock says midnight”', exact: true })
      await layer.focus()
      const changes: [keys: string[], what: string][] = [
        [['ArrowRight', 'ArrowDown'], 'moves'],
        [['+'], 'grows'],
        [['Alt+ArrowUp'], 'comes forward'],
        [['Delete'], 'is gone']
      ]
      let before = await recipeId(page)
      for (const [keys, what] of changes) {
        await layer.focus()
        for (const key of keys) await page.keyboard.press(key)
        const earlier = before
        before = await waitFor(
          `another recipe, for the layer ${what}`,
          () => recipeId(page),
          id => id !== earlier && id !== '',
          SOON_MS
        )
      }
      const undone = before
      await page.keyboard.press('Control+z')
      await waitFor(
        'the layer again',
        () => recipeId(page),
        id => id !== undone,
        SOON_MS
      )
      await layer.waitFor()
    }))

  it('reach every tab: how long from "publish" to "seen" (figure)', () =>
    report('publish to seen', async () => {
      const [maker, ...others] = pages as [Page, Page, Page]
      for (const page of others) {
        await showScreen(page, '#/memes/gallery')
        await page.getByTestId('meme-count').filter({ hasText: 'on this chain' }).waitFor()
      }
      const seen: number[] = []
      for (let i = 0; i < TIMED; i++) {
        const text = `timed meme number ${i} of ${TIMED}`
        const at = Date.now()
        const draft = { content: { format: 'text', text }, caption: '', tags: [], references: [], targets: [] }
        expect(await submit(maker, { kind: 'meme', draft, attach: false })).toMatchObject({ ok: true })
        const times = await Promise.all(
          others.map(async page => {
            await page.locator(`[data-meme] [role="img"][aria-label*="${text}"]`).first().waitFor({ state: 'attached', timeout: SOON_MS })
            return Date.now()
          })
        )
        seen.push(...times.map(time => time - at))
      }
      seen.sort((a, b) => a - b)
      console.log(
        `publish to seen, ${seen.length} sightings in ${others.length} tabs at ${BLOCK_INTERVAL_MS} ms a block: median ${seen[seen.length >> 1]} ms, p95 ${seen[Math.floor(seen.length * 0.95)]} ms`
      )
      expect(seen).toHaveLength(TIMED * others.length)
    }))

  it('can be drawn while the node makes blocks (figure: longest task of the page)', () =>
    report('drawing', async () => {
      const [page] = pages as [Page, Page, Page]
      await showScreen(page, '#/memes')
      await page.getByRole('button', { name: 'Start over' }).click()
      await page.getByText('Draw', { exact: true }).click()
      await page.evaluate(() => {
        const watched = globalThis as unknown as { tasks: number[] }
        watched.tasks = []
        new PerformanceObserver(list => watched.tasks.push(...list.getEntries().map(entry => entry.duration))).observe({ type: 'longtask' })
      })
      await page.bringToFront()
      const box = (await page.locator('.frame canvas').boundingBox())!
      const { height } = await status(page)
      for (let line = 0; line < 8; line++) {
        await page.mouse.move(box.x + 40, box.y + 60 + line * 40)
        await page.mouse.down()
        for (let i = 0; i < 30; i++) await page.mouse.move(box.x + 40 + i * 12, box.y + 60 + line * 40 + 20 * Math.sin(i / 3))
        await page.mouse.up()
      }
      await waitForStatus(page, 'three more blocks', each => each.height >= height + 3, SOON_MS)
      await page.getByText('red line').nth(7).waitFor()
      const tasks = await page.evaluate(() => (globalThis as unknown as { tasks: number[] }).tasks)
      console.log(`drawing eight lines while 3 blocks were made: ${tasks.length} tasks above 50 ms, the longest ${Math.max(0, ...tasks)} ms`)
    }))
})

describe('alliances', () => {
  it('are proposed in one tab, accepted in another and seen in the third with the proof, three taps each; breaking one says what it costs (P065–P072, P122)', () =>
    report('alliance', async () => {
      const [proposer, target, watcher] = pages as [Page, Page, Page]
      const { name } = await status(target)
      for (const page of pages) {
        await showScreen(page, '#/')
        await page.getByRole('link', { name: 'Allies' }).click()
      }
      await proposer.getByRole('button', { name: `Propose to ${name}` }).click()
      await target.getByRole('button', { name: 'Accept' }).click({ timeout: SOON_MS })
      await watcher.getByText('Everybody’s', { exact: true }).click()
      await watcher.locator('[data-alliance][data-status="active"]').waitFor({ timeout: SOON_MS })
      await watcher
        .getByText(/are allies now/)
        .first()
        .waitFor({ timeout: SOON_MS })
      const { height } = await status(watcher)
      await waitForStatus(watcher, 'the alliance in a state with a certificate', each => each.finalHeight > height, SOON_MS)
      await watcher
        .locator('[data-alliance][data-status="active"]')
        .getByRole('link', { name: /this alliance/ })
        .click()
      await watcher.getByRole('heading', { name: 'This holds' }).waitFor({ timeout: SOON_MS })
      await showScreen(watcher, '#/alliances')
      await watcher.getByText('Everybody’s', { exact: true }).click()
      await target.getByRole('button', { name: 'Break…' }).click({ timeout: SOON_MS })
      const dialog = target.getByRole('dialog', { name: 'Break this alliance?' })
      expect(await dialog.innerText()).toMatch(/reputation falls by \d+ of 1000/)
      await dialog.getByRole('button', { name: 'Break it' }).click()
      await watcher.locator('[data-alliance][data-status="broken"]').waitFor({ timeout: SOON_MS })
    }))

  it('an offer can be declined, and costs nobody anything (P072)', () =>
    report('decline', async () => {
      const [proposer, , target] = pages as [Page, Page, Page]
      const { name } = await status(target)
      await proposer.getByRole('button', { name: `Propose to ${name}` }).click()
      await target.getByText('Mine', { exact: true }).click()
      await target.getByRole('button', { name: 'Decline' }).click({ timeout: SOON_MS })
      await target.locator('[data-alliance][data-status="lapsed"]').waitFor({ timeout: SOON_MS })
    }))
})

/** A PNG whose header and data agree: 20,000² white pixels in some kilobytes. */
function bomb(side: number): Buffer {
  const chunk = (type: string, data: Buffer) => {
    const length = Buffer.alloc(4)
    length.writeUInt32BE(data.length)
    // No decoder gets far enough to check the sum.
    return Buffer.concat([length, Buffer.from(type, 'latin1'), data, Buffer.alloc(4)])
  }
  const header = Buffer.alloc(13)
  header.writeUInt32BE(side, 0)
  header.writeUInt32BE(side, 4)
  header[8] = 1
  return Buffer.concat([
    Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'),
    chunk('IHDR', header),
    chunk('IDAT', deflateSync(Buffer.alloc((side / 8 + 1) * side, 0xff))),
    chunk('IEND', Buffer.alloc(0))
  ])
}

describe('hostile memes (F-37)', () => {
  const untouched = async (page: Page) => {
    const watched = await page.evaluate(() => {
      const { pwned, violations } = globalThis as unknown as Watched
      return { pwned: pwned ?? null, violations: violations ?? [] }
    })
    expect(watched).toEqual({ pwned: null, violations: [] })
    expect(foreign).toEqual([])
  }

  /** Each payload in turn, with the page drawing in between; by Playwright's own `fill` it takes a minute. */
  const typed = (field: Locator, most: number) =>
    field.evaluate(
      async (node: HTMLInputElement | HTMLTextAreaElement, texts) => {
        for (const text of texts) {
          node.value = text
          node.dispatchEvent(new Event('input', { bubbles: true }))
          await new Promise(resolve => requestAnimationFrame(resolve))
        }
      },
      PAYLOADS.map(payload => payload.slice(0, most))
    )

  it('payloads in every text field run nothing and fetch nothing, neither where they are typed nor where they are seen', () =>
    report('payloads', async () => {
      expect(PAYLOADS.length).toBeGreaterThanOrEqual(40)
      const [maker, viewer] = pages as [Page, Page, Page]
      // A page behind others draws once a second.
      await maker.bringToFront()
      // The tools as they are at first, whatever was in hand before.
      await showScreen(maker, '#/')
      await showScreen(maker, '#/memes')
      await maker.getByRole('button', { name: 'Start over' }).click()
      await maker.getByRole('button', { name: '“When the clock says midnight”', exact: true }).click()
      const fields = [maker.getByLabel('Text', { exact: true }).and(maker.locator('textarea')), maker.getByLabel('Caption'), maker.getByLabel('Tags')]
      for (const field of fields) await typed(field, 160)
      await maker.getByRole('button', { name: 'Add', exact: true }).click()
      for (const kind of ['Text', 'ASCII'] as const) {
        await maker.getByRole('radio', { name: kind, exact: true }).first().check({ force: true })
        await typed(maker.locator('.side textarea'), 1000)
      }
      await maker.getByRole('button', { name: 'Start over' }).click()
      await untouched(maker)
      await showScreen(viewer, '#/memes/gallery')
      let published = 0
      for (const [i, payload] of PAYLOADS.entries()) {
        const layer = { kind: 'text', x: 500, y: 500, size: 60, turn: 0, colour: 0, style: 'bold', text: `${i} ${payload}`.slice(0, 160) }
        const content = i % 2 === 0 ? { format: 'picture', picture: { template: 0, ground: 1, layers: [layer] } } : { format: 'text', text: `${i} ${payload}` }
        const draft = { content, caption: payload.slice(0, 280), tags: [payload.slice(0, 24)], references: [], targets: [] }
        const sent = await submit(maker, { kind: 'meme', draft, attach: false })
        if (sent.ok) published++
        // The mempool takes 64 of one sender.
        if (i % 20 === 19) await drained(maker)
      }
      await drained(maker)
      expect(published).toBeGreaterThanOrEqual(40)
      await viewer.bringToFront()
      await viewer.locator('[data-meme]').first().waitFor()
      await waitFor(
        'all of them in the gallery',
        () => viewer.getByTestId('meme-count').innerText(),
        text => Number(/\d+/.exec(text)?.[0]) >= published,
        SOON_MS
      )
      // Down through the whole gallery, so that each is painted.
      for (let i = 0; i < 40; i++) {
        await viewer.mouse.wheel(0, 900)
        await viewer.evaluate(() => new Promise(resolve => requestAnimationFrame(() => requestAnimationFrame(resolve))))
      }
      await viewer.locator('[data-meme] canvas[data-painted]').first().waitFor()
      for (const page of [maker, viewer]) await untouched(page)
      expect(pages.flatMap(page => consoleOf(page)).filter(line => line.startsWith('uncaught'))).toEqual([])
    }))

  const drained = (page: Page) => waitForStatus(page, 'an empty mempool', each => each.mempool === 0, SOON_MS)

  it.each([
    [
      'picture.svg',
      'image/svg+xml',
      Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" onload="window.pwned=1"><image href="https://evil.example/x.png"/></svg>'),
      /Nothing else is opened/
    ],
    ['page.png', 'image/png', Buffer.from('<!doctype html><script>window.pwned=1</script>'), /Nothing else is opened/],
    ['huge.png', 'image/png', bomb(20_000), /was not opened/],
    ['cut.png', 'image/png', bomb(64).subarray(0, 50), /cannot read this picture/],
    ['fat.png', 'image/png', Buffer.concat([bomb(64), Buffer.alloc(9_000_000)]), /larger than 8 MB/]
  ] as const)('the picture %s is refused by its header', (name, mimeType, buffer, message) =>
    report(`hostile ${name}`, async () => {
      const [page] = pages as [Page, Page, Page]
      const path = join(await mkdtemp(join(tmpdir(), 'quorumble-picture-')), name)
      await writeFile(path, buffer)
      await showScreen(page, '#/memes')
      await page.getByRole('radio', { name: 'Photo' }).check({ force: true })
      await page.locator('input[type=file]').setInputFiles(path)
      await page.getByRole('alert').filter({ hasText: message }).waitFor({ timeout: SOON_MS })
      expect(mimeType).toContain('image')
      await untouched(page)
    })
  )
})
