/** How long a tab needs, and how much it reads, until it knows the final head of a room as a light node; measured from the page's own navigation on. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { chromium } from 'playwright-core'
import type { BrowserContext, Page } from 'playwright-core'
import { launchOptions } from './chromium'
import { SETTLED } from './disk'
import { consoleOf, recordConsole } from './node'
import { waitFor } from './wait'
import type { WireMeter } from './wireMeter'

export interface LightFigures {
  /** Milliseconds from the navigation until the page could be told to join; the press itself is a person's. */
  pageMs: number
  /** … until the page had a verified head of at least the wanted height. */
  headMs: number
  /** … until a peer had shown that there is none newer. */
  newestMs: number
  /** Answers of peers, as the node counts them. */
  answerBytes: number
  /** All that came over WebSockets. */
  wireBytes: number
  /** Verdicts on signatures: by the node's thread, and by its second one. */
  here: number
  elsewhere: number
  hash: string
}

/** What the page notes, in its own time. */
interface Notes {
  pageMs?: number
  headMs?: number
  newestMs?: number
  answerBytes?: number
  signatures?: { here: number; elsewhere: number }
  hash?: string
}

const PATIENCE_MS = 60_000
const PHONE = { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true, reducedMotion: 'reduce' } as const

/**
 * Runs in the page before its own scripts: presses the button as soon as there is one, and notes what the node says. As text, because what runs in the page must not be touched by what
 * runs these files.
 */
const noting = (height: number): string => `{
  const notes = (window.lightNotes = {})
  const press = () => {
    const api = window.quorumble
    if (api === undefined) return setTimeout(press, 1)
    notes.pageMs = performance.now()
    api.subscribe(({ slices: { status, info } }) => {
      if (status !== undefined && status.finalHeight >= ${height}) {
        notes.headMs ??= performance.now()
        notes.hash = status.finalHash
      }
      // What it asks afterwards is another matter: names, its own balance.
      if (!info?.light || notes.newestMs !== undefined) return
      notes.answerBytes = info.light.bytesRead
      notes.signatures = info.signatures
      if (info.light.newestHeadMs !== null) notes.newestMs = performance.now()
    })
    api.join()
  }
  press()
}`

/** A phone with nothing stored. */
export class LightTab {
  private constructor(
    private readonly folder: string,
    private readonly context: BrowserContext,
    readonly page: Page,
    private readonly meter: WireMeter,
    private readonly height: number
  ) {}

  /** @param height of the head that counts */
  static async open(meter: WireMeter, height: number): Promise<LightTab> {
    const folder = await mkdtemp(join(tmpdir(), 'quorumble-phone-'))
    const context = await chromium.launchPersistentContext(folder, { ...(await launchOptions([])), ...PHONE })
    const page = context.pages()[0]!
    recordConsole(page)
    await context.addInitScript({ content: noting(height) })
    return new LightTab(folder, context, page, meter, height)
  }

  /** First time, or again after `leave`: the same profile. */
  async visit(): Promise<LightFigures> {
    this.meter.reset()
    await this.page.goto(this.meter.url)
    const read = (): Promise<Notes> => this.page.evaluate(() => (window as unknown as { lightNotes: Notes }).lightNotes)
    try {
      await this.page.waitForFunction(
        () => {
          const { headMs, newestMs } = (window as unknown as { lightNotes: Notes }).lightNotes
          return headMs !== undefined && newestMs !== undefined
        },
        undefined,
        { timeout: PATIENCE_MS, polling: 50 }
      )
    } catch (error) {
      throw new Error(`No verified head. The page has noted ${JSON.stringify(await read())} and says:\n${consoleOf(this.page).join('\n')}`, { cause: error })
    }
    const { pageMs, headMs, newestMs, answerBytes, signatures, hash } = await read()
    const { here = 0, elsewhere = 0 } = signatures ?? {}
    return { pageMs: pageMs!, headMs: headMs!, newestMs: newestMs!, answerBytes: answerBytes!, wireBytes: this.meter.bytes(), here, elsewhere, hash: hash! }
  }

  /** To an empty page, once the way to the head is on the disk: nobody comes back within the same moment. */
  async leave(): Promise<void> {
    await this.page.evaluate(SETTLED)
    await waitFor(
      'a kept state header',
      () =>
        this.page.evaluate(async () => {
          const [found] = (await indexedDB.databases()).filter(({ name }) => /^quorumble\/.*\/0$/.test(name ?? ''))
          const db = await window.settled!(indexedDB.open(found!.name!))
          const heights = await window.settled!(db.transaction('stateHeaders').objectStore('stateHeaders').getAllKeys())
          db.close()
          return Math.max(0, ...(heights as number[]))
        }),
      newest => newest >= this.height,
      PATIENCE_MS
    )
    await this.page.goto('about:blank')
  }

  async close(): Promise<void> {
    await this.context.close()
    await rm(this.folder, { recursive: true, force: true, maxRetries: 5 })
  }
}
