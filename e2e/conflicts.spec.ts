/** A conflict from beginning to end between three real tabs: one has brought it, two have said what they think, the one that it is about sees what comes of it, with its proof (T068, T072–T075). */
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { launchBrowser } from './support/chromium'
import { openPage, reporter, showScreen, status, waitForStatus } from './support/node'
import { startServer } from './support/server'
import type { RunningServer } from './support/server'

const BLOCK_INTERVAL_MS = 500
const JOIN_MS = 40_000
const SOON_MS = 30_000
const TERMS = { durationBlocks: 5000, supportVote: false, exclusive: true, memeBoost: 0, rewardShare: 0, breakPenalty: 100 }

let browser: Browser
let server: RunningServer
let pages: Page[] = []

const report = reporter(
  () => pages,
  () => server.output()
)

async function joined(): Promise<Page> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, reducedMotion: 'reduce' })
  const page = await openPage(context, `${server.url}/`)
  await page.getByRole('button', { name: 'Be the sixth node' }).click()
  await waitForStatus(page, 'a registered node', each => each !== null && (each.reasonCode === 'eligible' || each.reasonCode === 'no-quorum'), JOIN_MS)
  return page
}

beforeAll(async () => {
  browser = await launchBrowser()
  server = await startServer({ env: { QUORUMBLE_BLOCK_INTERVAL: String(BLOCK_INTERVAL_MS) } })
  pages = await Promise.all([joined(), joined(), joined()])
}, 180_000)

afterAll(async () => {
  await browser?.close()
  await server?.stop()
})

describe('a conflict', () => {
  it('is brought in one tab, judged in others by keyboard, and decided for everybody', () =>
    report('conflict', async () => {
      const [twoFaced, judge, bringer] = pages as [Page, Page, Page]
      const { name } = await status(twoFaced)
      const conflicts = (page: Page) => page.getByRole('region', { name: 'Conflicts' })
      for (const page of pages) await showScreen(page, '#/alliances')
      await conflicts(twoFaced).getByText('No conflict in this room').waitFor()

      // One agent in two alliances that exclude each other: each of the others has signed in good faith.
      for (const other of [judge, bringer]) {
        const { publicKey } = (await status(other)) as unknown as { publicKey: string }
        const sent = await twoFaced.evaluate(intent => (window.quorumble as unknown as { submit(intent: object): Promise<{ ok: boolean }> }).submit(intent), {
          kind: 'propose-alliance',
          members: [publicKey],
          purpose: 'defence',
          label: '',
          terms: TERMS
        })
        expect(sent).toMatchObject({ ok: true })
        await other.getByRole('button', { name: 'Accept' }).click({ timeout: SOON_MS })
      }

      const fact = conflicts(bringer).getByRole('button', { name: `Dispute: ${name}` })
      await fact.waitFor({ timeout: SOON_MS })
      await fact.press('Enter')
      const dialog = bringer.getByRole('dialog', { name: 'Bring it before the room?' })
      expect(await dialog.innerText()).toContain('nothing that is final comes back')
      await dialog.getByRole('button', { name: 'Bring it before the room' }).press('Enter')

      const card = (page: Page, decided: boolean) => conflicts(page).locator(`[data-conflict][data-decided="${decided}"]`)
      for (const page of [judge, bringer]) {
        await card(page, false)
          .getByText(/blocks? left/)
          .waitFor({ timeout: SOON_MS })
        await card(page, false)
          .getByRole('radio', { name: /Keep the first/ })
          .press('Space')
        await card(page, false).getByRole('button', { name: 'Say it' }).press('Enter')
      }
      await card(twoFaced, false).getByText('It is about you, and nobody judges oneself.').waitFor({ timeout: SOON_MS })
      expect(await card(twoFaced, false).getByRole('radio').count()).toBe(0)

      await card(twoFaced, true)
        .getByText(/“Keep the first” has 2 of 2, more than half/)
        .waitFor({ timeout: SOON_MS })
      expect(await card(twoFaced, true).innerText()).toContain(`The second alliance ends, as broken by ${name}`)
      await twoFaced.locator('[data-alliance][data-status="broken"]').waitFor({ timeout: SOON_MS })
      expect(await twoFaced.locator('[data-alliance][data-status="active"]').count()).toBe(1)

      const { height } = await status(twoFaced)
      await waitForStatus(twoFaced, 'the outcome in a state with a certificate', each => each.finalHeight > height, SOON_MS)
      await card(twoFaced, true)
        .getByRole('link', { name: /this conflict/ })
        .click()
      await twoFaced.getByRole('heading', { name: 'This holds' }).waitFor({ timeout: SOON_MS })
    }))
})
