/**
 * What a room's authority can do, in real tabs of one browser without any server: change the family on the running chain, and go on when the quorum is gone.
 * The founder's tab is the authority of its network.
 */
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { launchBrowser } from './support/chromium'
import { openPage, reporter, status, waitForStatus } from './support/node'
import type { NodeStatus } from './support/node'
import { startStaticServer } from './support/staticServer'
import type { StaticServer } from './support/staticServer'
import { waitFor } from './support/wait'

/** Members that all vote: from four on they do, and two of five are no quorum. */
const TABS = 5
const JOIN_MS = 30_000
/** A change is decided five epochs of four blocks ahead, two seconds each; several times over for a busy machine. */
const CHANGE_MS = 150_000
const SOON_MS = 20_000
/** Missing voters are given up after some slots. */
const STALL_MS = 60_000

type RoomStatus = NodeStatus & { family: string; room: { scheduled: { fromHeight: number } | null; authority: { name: string; mine: boolean } | null } }

describe('a room and its authority', () => {
  let browser: Browser
  let host: StaticServer
  let context: BrowserContext
  const pages: Page[] = []
  const founder = () => pages[0]!

  beforeAll(async () => {
    host = await startStaticServer()
    browser = await launchBrowser()
    context = await browser.newContext({ viewport: { width: 1280, height: 900 }, reducedMotion: 'reduce' })
  })
  afterAll(async () => {
    await browser?.close()
    await host?.stop()
  })

  const report = reporter(
    () => pages,
    () => host.missed.join('\n')
  )
  const roomOf = async (page: Page) => (await status(page)) as RoomStatus
  const until = (page: Page, what: string, fits: (each: RoomStatus) => boolean, ms: number) =>
    waitForStatus(page, what, each => fits(each as RoomStatus), ms) as Promise<RoomStatus>

  async function join(): Promise<Page> {
    const page = await openPage(context, host.url)
    pages.push(page)
    await page
      .getByRole('button', { name: 'Be the sixth node' })
      .or(page.getByRole('heading', { name: /^\s*You are / }))
      .first()
      .waitFor()
    await page.evaluate(() => window.quorumble!.join())
    await waitForStatus(page, 'a live node', each => each !== null && each.agentId !== '', JOIN_MS)
    return page
  }

  it('changes the family by a dialog, on the running chain: decided, counted down, in force (PROTOCOL §8)', () =>
    report('change of family', async () => {
      const page = await join()
      const before = await until(page, 'a first final block', each => each.finalHeight > 0, JOIN_MS)
      expect(before.family).toBe('midnight')
      expect(before.room.authority).toMatchObject({ name: before.name, mine: true })
      await page.evaluate(() => void (location.hash = '#/node'))
      const card = page.getByRole('region', { name: 'This room' })
      await card.getByRole('button', { name: 'Change the family…' }).click()
      const dialog = page.getByRole('dialog', { name: 'Change the family' })
      await dialog.getByRole('button', { name: 'Change it' }).click()
      await dialog.getByRole('alert').getByText('These are the rules that are in force').waitFor()
      // Arrows move among radio buttons: Chaos stands left of Midnight.
      await dialog.getByRole('radio', { name: 'Midnight' }).focus()
      await page.keyboard.press('ArrowLeft')
      await dialog.getByText('Producers take turns').waitFor()
      await dialog.getByRole('button', { name: 'Change it' }).click()
      await dialog.getByText(/From #\d+ on, in \d+ blocks?\./).waitFor({ timeout: SOON_MS })
      const { room, height } = await roomOf(page)
      expect(room.scheduled!.fromHeight).toBeGreaterThan(height)
      await dialog.getByRole('button', { name: 'Close' }).last().click()
      expect(await card.innerText()).toContain(`Decided: Chaos from #${room.scheduled!.fromHeight} on`)

      while (pages.length < TABS) await join()
      const after = await until(page, 'the new family', each => each.family === 'chaos', CHANGE_MS)
      expect(after.networkId).toBe(before.networkId)
      const further = await until(page, 'final blocks of the new family', each => each.finalHeight > room.scheduled!.fromHeight + 2, CHANGE_MS)
      for (const other of pages)
        await until(other, 'the same family everywhere', each => each.family === 'chaos' && each.finalHeight >= further.finalHeight, SOON_MS)
      await waitFor(
        'words of the new family',
        () => card.innerText(),
        text => /Family\s+Chaos/.test(text),
        SOON_MS
      )
    }))

  it('goes on with those who are here when the quorum is gone: only the authority can, and only after it was asked', () =>
    report('re-anchor', async () => {
      await until(founder(), 'all of them vote', each => each.quorum.validators === TABS && each.quorum.present === TABS, CHANGE_MS)
      const [, stays, ...leave] = pages
      // A page that crashes takes no leave: its vote stays missing.
      for (const page of leave) await page.goto('chrome://crash').catch(() => undefined)
      const { finalHeight, name } = await until(founder(), 'no quorum', each => each.reasonCode === 'no-quorum', STALL_MS)
      await until(stays!, 'no quorum in the other tab', each => each.reasonCode === 'no-quorum', STALL_MS)
      await stays!.getByText(`${name}, the authority of this room, could go on without them.`).waitFor({ timeout: SOON_MS })
      expect(await stays!.getByRole('button', { name: /^Go on with those/ }).count()).toBe(0)

      await founder().getByRole('button', { name: 'Go on with those who are here…' }).first().click()
      const dialog = founder().getByRole('dialog', { name: 'Go on with those who are here?' })
      await dialog.getByText('are missing').waitFor()
      await dialog.getByRole('button', { name: 'Wait' }).click()
      expect((await roomOf(founder())).quorum.validators).toBe(TABS)

      await founder().getByRole('button', { name: 'Go on with those who are here…' }).first().click()
      await dialog.getByRole('button', { name: 'Go on without them' }).click()
      await dialog.getByText('Done. This chain counts from now on.').waitFor({ timeout: SOON_MS })
      for (const page of [founder(), stays!]) {
        await until(page, 'final blocks of those who are here', each => each.finalHeight > finalHeight + 2 && each.quorum.validators === 2, STALL_MS)
      }
    }))
})
