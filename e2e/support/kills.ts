/**
 * Ends what can end, again and again, and looks what is left: tabs by a crash of their renderer, the whole browser and the server by SIGKILL in the middle of writing,
 * a database by erasing it, all databases by a full disk; and lets two tabs sign with one key. Nothing may be torn, no final block lost, nothing signed twice, and everybody
 * must come back to the tip as who they were (who lost its database comes back as somebody else).
 */
import type { BrowserContext, Page } from 'playwright-core'
import { hoardDisk, inspectDisk, releaseDisk, wipeDisk } from './disk'
import { crashTab, openPage, serverStatus, status, waitForStatus } from './node'
import { ProfileBrowser } from './profile'
import { startServer, type RunningServer } from './server'
import { waitFor } from './wait'

/** Tabs that vote; with the server four, the smallest room in which all do. */
const TABS = 3
/** Fast blocks: a kill falls into a write more often. */
const BLOCK_INTERVAL_MS = 500
const PATIENCE_MS = 180_000
/** Longest pause before a kill: several blocks, so that it falls anywhere between two of them. */
const MAX_PAUSE_MS = 1500
const QUOTA_BYTES = 20 * 1024 * 1024
/** Heights between two looks at two tabs of one key: their logs remember more. */
const LOOK_EVERY = 10

export interface KillFigures {
  kills: number
  /** Databases in which something did not fit together. */
  torn: number
  /** Final blocks that were there before and are another one, or none, after. */
  lost: number
  /** Contradicting signatures that anybody has seen. */
  doubleVotes: number
  /** Databases that the browser threw away: their agents are new ones. */
  thrownAway: number
  /** Kills after which all were back at the tip. */
  back: number
  /** Until all are together above everything that was final before: from the crash of a tab, the start of a server, the opening of the first tab of a new browser, room on the disk. */
  slowestReturnMs: number
}

/** What two tabs that sign with one key have done. */
export interface TwinFigures {
  /** Blocks that became final meanwhile. */
  heights: number
  doubleVotes: number
  /** Heights at which one of them was seen to hold back because the other had promised something: that both are at work. */
  heldBack: [number, number]
  /** Final blocks that differ among the tabs and the server at the end. */
  forks: number
}

const NONE: KillFigures = { kills: 0, torn: 0, lost: 0, doubleVotes: 0, thrownAway: 0, back: 0, slowestReturnMs: 0 }

export class KillRange {
  readonly #finals = new Map<number, string>()
  #agents: string[] = []
  #pages: Page[] = []
  #networkId = ''
  /** The newest snapshot that any tab began with. */
  #from = 0

  private constructor(
    private server: RunningServer,
    private readonly profile: ProfileBrowser,
    private context: BrowserContext,
    /** Draws of when and whom; the same for the same seed. */
    private readonly random: () => number
  ) {}

  /** A room of a server and three tabs of one browser in which all vote. */
  static async open(seed: number): Promise<KillRange> {
    const server = await startServer({ env: { QUORUMBLE_BLOCK_INTERVAL: String(BLOCK_INTERVAL_MS) } })
    const profile = await ProfileBrowser.create()
    const range = new KillRange(server, profile, await profile.start(), drawsFrom(seed))
    await range.#openTabs()
    for (const page of range.#pages)
      await waitForStatus(page, 'a room in which all vote', each => each.validator && each.quorum.validators === TABS + 1, PATIENCE_MS)
    const all = await Promise.all(range.#pages.map(page => status(page)))
    range.#agents = all.map(each => each.agentId)
    range.#networkId = all[0]!.networkId
    return range
  }

  async close(): Promise<void> {
    await this.profile.remove()
    await this.server.stop()
  }

  pages(): readonly Page[] {
    return this.#pages
  }

  serverOutput(): string {
    return this.server.output()
  }

  async crashRenderers(kills: number): Promise<KillFigures> {
    return this.#repeat(kills, async () => {
      const tab = Math.floor(this.random() * TABS)
      await crashTab(this.#pages[tab]!)
      const since = Date.now()
      this.#pages[tab] = await this.#openTab()
      return since
    })
  }

  async killBrowsers(kills: number): Promise<KillFigures> {
    return this.#repeat(kills, async () => {
      await this.profile.kill()
      this.context = await this.profile.start()
      return this.#openTabs()
    })
  }

  async killServers(kills: number): Promise<KillFigures> {
    return this.#repeat(kills, async () => {
      const { port, dataDir } = this.server
      await this.server.kill()
      const since = Date.now()
      this.server = await startServer({ port, dataDir })
      return since
    })
  }

  /** The browser is killed, and before it comes back one of its databases is gone, as after "delete site data". Its tab is a newcomer then, whom the room must take in. */
  async wipeDatabases(kills: number): Promise<KillFigures> {
    return this.#repeat(kills, async () => {
      await this.profile.kill()
      this.context = await this.profile.start()
      const bystander = await openPage(this.context, `${this.server.url}/healthz`)
      await wipeDisk(bystander, this.#networkId, Math.floor(this.random() * TABS))
      await bystander.close()
      const since = await this.#openTabs()
      for (const page of this.#pages)
        await waitForStatus(
          page,
          'the newcomer votes, and who is gone is not waited for',
          each => each.validator && each.quorum.validators === TABS + 1,
          PATIENCE_MS
        )
      return since
    })
  }

  /** All that the origin may store, 20 MiB, is taken by somebody else until a node says that its disk refuses writes; then there is room again. */
  async fillDisks(times: number): Promise<KillFigures> {
    return this.#repeat(times, async () => {
      const page = this.#pages[0]!
      const cdp = await this.context.newCDPSession(page)
      const origin = new URL(this.server.url).origin
      await cdp.send('Storage.overrideQuotaForOrigin', { origin, quotaSize: QUOTA_BYTES })
      await hoardDisk(page, QUOTA_BYTES / 20)
      await waitFor(
        'a tab that says its disk is full',
        () => Promise.all(this.#pages.map(each => status(each))),
        all => all.some(({ reasonCode }) => reasonCode === 'store-doubtful'),
        PATIENCE_MS
      )
      await releaseDisk(page)
      const since = Date.now()
      await cdp.send('Storage.overrideQuotaForOrigin', { origin })
      await cdp.detach()
      return since
    })
  }

  /** A further tab takes the first one's key, with a database of its own and no lock between the two, and both work on for so many final blocks. */
  async twinKeys(heights: number): Promise<TwinFigures> {
    const first = this.#pages[0]!
    const twin = await this.#openTab()
    const key = await first.evaluate(() => window.quorumble!.exportKey())
    if (!key.ok) throw new Error(key.message)
    const taken = await twin.evaluate(text => window.quorumble!.importKey(text), key.value)
    if (!taken.ok) throw new Error(taken.message)
    await twin.evaluate(() => window.quorumble!.restart())
    const { agentId, finalHeight: from } = await status(first)
    await waitForStatus(twin, 'the same agent', each => each.agentId === agentId, PATIENCE_MS)
    const both = [first, twin] as const
    const heldBack: [Set<number>, Set<number>] = [new Set(), new Set()]
    const told = new Set<string>()
    let doubleVotes = 0
    let last = from
    while (last < from + heights) {
      const next = Math.min(last + LOOK_EVERY, from + heights)
      const all = await waitFor(
        `two tabs of one key at ${next}`,
        () => Promise.all(both.map(page => status(page))),
        found => found.every(({ finalHeight }) => finalHeight >= next),
        PATIENCE_MS
      )
      last = Math.max(next, ...all.map(({ finalHeight }) => finalHeight))
      for (const [i, page] of both.entries())
        for (const { text } of (await page.evaluate(() => window.quorumble!.log())) as { text: string }[]) {
          const at = /^Abstained at #(\d+)/.exec(text)?.[1]
          if (at !== undefined) heldBack[i]!.add(Number(at))
          if (text.includes('That is evidence')) told.add(text)
        }
      doubleVotes = Math.max(doubleVotes, await this.#evidence())
    }
    for (const text of told) console.log(text)
    await this.#note()
    const forks = await this.#lostFinals()
    await twin.close()
    return { heights: last - from, doubleVotes, heldBack: [heldBack[0].size, heldBack[1].size], forks }
  }

  /** @param kill does the harm; @returns when it was over and the way back began, ms since 1970 */
  async #repeat(kills: number, kill: () => Promise<number>): Promise<KillFigures> {
    const figures = { ...NONE }
    for (let i = 0; i < kills; i++) {
      await this.#note()
      await new Promise(resolve => setTimeout(resolve, this.random() * MAX_PAUSE_MS))
      const since = await kill()
      figures.kills++
      for (let slot = 0; slot < TABS; slot++) {
        const { torn, from } = await inspectDisk(this.#pages[0]!, this.#networkId, slot)
        this.#from = Math.max(this.#from, from)
        if (torn.length > 0) figures.torn++
        for (const what of torn) console.log(`kill ${i}, slot ${slot}: ${what}`)
      }
      await this.#backAtTheTip()
      figures.back++
      figures.slowestReturnMs = Math.max(figures.slowestReturnMs, Date.now() - since)
      figures.lost += await this.#lostFinals()
      figures.thrownAway += await this.#thrownAway()
      figures.doubleVotes = Math.max(figures.doubleVotes, await this.#evidence())
    }
    return figures
  }

  /** @returns when the first was opened, ms since 1970 */
  async #openTabs(): Promise<number> {
    const since = Date.now()
    this.#pages = []
    for (let i = 0; i < TABS; i++) this.#pages.push(await this.#openTab())
    return since
  }

  async #openTab(): Promise<Page> {
    const page = await openPage(this.context, this.server.url)
    await page.waitForFunction(() => window.quorumble !== undefined, undefined, { timeout: PATIENCE_MS })
    await page.evaluate(() => window.quorumble!.join())
    await waitForStatus(page, 'a node with an identity', each => each.agentId !== '', PATIENCE_MS)
    return page
  }

  /** What is final now must be so for ever. */
  async #note(): Promise<void> {
    for (const each of await Promise.all([...this.#pages.map(page => status(page)), serverStatus(this.server.url)]))
      this.#finals.set(each.finalHeight, each.finalHash)
  }

  /** All together at one block above everything that was final before. */
  async #backAtTheTip(): Promise<void> {
    const before = Math.max(0, ...this.#finals.keys())
    await waitFor(
      `all back at the tip, above ${before}`,
      async () => {
        const all = await Promise.all([...this.#pages.map(page => status(page)), serverStatus(this.server.url)])
        return all.map(({ finalHeight }) => finalHeight)
      },
      heights => Math.min(...heights) > before && Math.max(...heights) - Math.min(...heights) <= 2,
      PATIENCE_MS
    )
  }

  async #lostFinals(): Promise<number> {
    let lost = 0
    const newest = [...this.#finals].sort((a, b) => b[0] - a[0]).slice(0, 8)
    for (const [height, hash] of newest) {
      for (const page of this.#pages) {
        const found = await page.evaluate(async at => window.quorumble!.block(at), height)
        // Below a snapshot blocks may have been let go; another block there is a loss all the same.
        const gone = found.ok ? found.value.hash !== hash : height >= this.#from
        if (gone) console.log(`final block ${height} is ${found.ok ? 'another one' : 'missing'}, the newest snapshot is of ${this.#from}`)
        if (gone) lost++
      }
    }
    return lost
  }

  async #thrownAway(): Promise<number> {
    const now = await Promise.all(this.#pages.map(async page => (await status(page)).agentId))
    const fresh = now.filter(agentId => !this.#agents.includes(agentId))
    this.#agents = now
    return fresh.length
  }

  /** Everybody tells what they have seen; the server also what it had counted before it was restarted. */
  async #evidence(): Promise<number> {
    const metrics = await (await fetch(`${this.server.url}/metrics`)).text()
    let seen = Number(/quorumble_events\{event="evidence"\} (\d+)/.exec(metrics)?.[1] ?? 0)
    for (const page of this.#pages) {
      const log = (await page.evaluate(() => window.quorumble!.log())) as { text: string }[]
      seen += log.filter(({ text }) => text.includes('That is evidence')).length
    }
    return seen
  }
}

/** mulberry32: small, and the same everywhere. */
function drawsFrom(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}
