/** The key of a tab's agent under a passphrase: what lies on the disk, what a start asks for, what a lost passphrase costs, and that a crash in the middle costs nothing. */
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { launchBrowser } from './support/chromium'
import { keyOnDisk } from './support/disk'
import { crashTab, openPage, status, waitForStatus, withReport } from './support/node'
import { startStaticServer, type StaticServer } from './support/staticServer'

const PATIENCE_MS = 60_000
const PHONE = { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true, reducedMotion: 'reduce' } as const
const OLD = 'correct horse'
const NEW = 'battery staple'

async function join(page: Page): Promise<string> {
  await page.waitForFunction(() => window.quorumble !== undefined, undefined, { timeout: PATIENCE_MS })
  await page.evaluate(() => window.quorumble!.join())
  return (await waitForStatus(page, 'a node with an identity', each => each.agentId !== '', PATIENCE_MS)).agentId
}

async function putUnder(page: Page, passphrase: string): Promise<void> {
  await page.goto(new URL('#/node', page.url()).href)
  await page.getByRole('button', { name: 'Put under a passphrase' }).click()
  await page.getByLabel('New passphrase').fill(passphrase)
  await page.getByLabel('The same once more').fill(passphrase)
  await page.getByRole('button', { name: 'Set the passphrase' }).click()
  await page.getByText('Under a passphrase', { exact: true }).waitFor({ timeout: PATIENCE_MS })
}

const prompt = (page: Page) => page.getByLabel('Passphrase', { exact: true })

async function unlock(page: Page, passphrase: string): Promise<void> {
  await prompt(page).fill(passphrase)
  await page.getByRole('button', { name: 'Unlock and join' }).click()
}

describe('T085: a key under a passphrase', () => {
  let host: StaticServer
  let browser: Browser
  beforeAll(async () => {
    host = await startStaticServer()
    browser = await launchBrowser()
  })
  afterAll(async () => {
    await browser.close()
    await host.stop()
  })
  const inContext = async (name: string, options: Parameters<Browser['newContext']>[0], body: (context: BrowserContext, pages: Page[]) => Promise<void>) => {
    const context = await browser.newContext(options)
    const pages: Page[] = []
    await withReport(
      name,
      () => pages,
      () => host.missed.join('\n'),
      () => body(context, pages)
    )
    await context.close()
  }

  it('T085: is not on the disk; a start asks for it and says when it is another; a second tab is an agent of its own', async () => {
    await inContext('locked key', {}, async (context, pages) => {
      const page = await openPage(context, host.url)
      pages.push(page)
      const agentId = await join(page)
      const { networkId } = await status(page)
      const exported = await page.evaluate(() => window.quorumble!.exportKey())
      if (!exported.ok) throw new Error(exported.message)
      const { secretKey } = JSON.parse(exported.value) as { secretKey: string }
      expect(await keyOnDisk(page, networkId, 0)).toContain(secretKey)
      await putUnder(page, OLD)
      await page.getByText('under a passphrase, which each start asks for').waitFor()
      expect(await keyOnDisk(page, networkId, 0)).not.toContain(secretKey)

      const second = await openPage(context, host.url)
      pages.push(second)
      expect(await join(second)).not.toBe(agentId)

      await page.reload()
      await prompt(page).waitFor({ timeout: PATIENCE_MS })
      await unlock(page, 'wrong horse')
      await page.getByRole('alert').getByText('This is not the passphrase').waitFor({ timeout: PATIENCE_MS })
      await unlock(page, OLD)
      const back = await waitForStatus(page, 'the agent again', each => each.agentId === agentId, PATIENCE_MS)
      // It votes with that key: the chain of two tabs goes on.
      await waitForStatus(page, 'blocks by it', each => each.finalHeight > back.finalHeight + 1, PATIENCE_MS)
      // Another role is another start: this tab has the passphrase already.
      await page.evaluate(() => window.quorumble!.restart())
      await waitForStatus(page, 'the agent after a restart', each => each.agentId === agentId, PATIENCE_MS)
    })
  })

  it('T085: a tab that crashes while the passphrase changes comes back by the one or the other, as the same agent', async () => {
    await inContext('crash in a change', {}, async (context, pages) => {
      pages.push(await openPage(context, host.url))
      const agentId = await join(pages[0]!)
      let known = OLD
      await putUnder(pages[0]!, known)
      // Before, around and after the write: the change takes some tenths of a second.
      for (const pause of [50, 700, 1400]) {
        const next = known === OLD ? NEW : OLD
        await pages[0]!.evaluate(([from, to]) => void window.quorumble!.changePassphrase(from, to), [known, next] as const)
        await pages[0]!.waitForTimeout(pause)
        await crashTab(pages[0]!)
        pages[0] = await openPage(context, host.url)
        await prompt(pages[0]).waitFor({ timeout: PATIENCE_MS })
        await unlock(pages[0], next)
        const refused = pages[0].getByRole('alert').getByText('This is not the passphrase')
        const opened = waitForStatus(pages[0], 'a node', each => each.agentId !== '', PATIENCE_MS).then(() => true)
        const changed = await Promise.race([opened, refused.waitFor({ timeout: PATIENCE_MS }).then(() => false)])
        if (changed) known = next
        else await unlock(pages[0], known)
        await waitForStatus(pages[0], `the agent after a crash ${pause} ms into a change`, each => each.agentId === agentId, PATIENCE_MS)
      }
    })
  })

  it('T085: on a phone: protected, asked for, and given up when it is lost, which begins a new agent', async () => {
    await inContext('lost passphrase on a phone', PHONE, async (context, pages) => {
      const page = await openPage(context, `${host.url}?role=full`)
      pages.push(page)
      const agentId = await join(page)
      await putUnder(page, OLD)
      await page.reload()
      await prompt(page).waitFor({ timeout: PATIENCE_MS })
      expect(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth)).toBe(true)
      await page.getByRole('button', { name: 'I do not know it' }).click()
      await page.getByRole('button', { name: /^Erase .* and begin anew$/ }).click()
      const anew = await waitForStatus(page, 'a new agent', each => each.agentId !== '' && each.agentId !== agentId, PATIENCE_MS)
      await page.reload()
      await waitForStatus(page, 'the new agent, without being asked', each => each.agentId === anew.agentId, PATIENCE_MS)
    })
  })
})
