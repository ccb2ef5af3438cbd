/**
 * A light tab beside full ones, on a phone: verified head, a balance with its proof, a transfer that becomes final, a proof checked offline, and the step up to a full node that votes with the
 * others. Server and three full tabs make the quorum.
 */
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { launchBrowser } from './support/chromium'
import { openPage, reporter, serverStatus, status, waitForAgreement, waitForStatus } from './support/node'
import type { NodeStatus } from './support/node'
import { startServer } from './support/server'
import type { RunningServer } from './support/server'
import { startStaticServer } from './support/staticServer'
import { waitFor } from './support/wait'

const BLOCK_INTERVAL_MS = 1000
const FULL_TABS = 3
const JOIN_MS = 40_000
/** Registration and a place in a set, four epochs on. */
const SEAT_MS = 90_000
const SOON_MS = 40_000
const PHONE = { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true, reducedMotion: 'reduce' } as const

interface Proving {
  prove(subject: string): Promise<{ ok: true; value: string } | { ok: false; code: string }>
  checkProof(
    text: string
  ): Promise<{ ok: true; value: { ok: boolean; height: number; proved: { value: Record<string, unknown> } } } | { ok: false; code: string }>
  submit(intent: object): Promise<{ ok: boolean; code?: string }>
}
type LightStatus = NodeStatus & { role: string; publicKey: string }

describe('a light tab (T045, T057, T060)', () => {
  let browser: Browser
  let server: RunningServer
  let desktop: BrowserContext
  let phone: BrowserContext
  const pages: Page[] = []
  let light: Page
  let file = ''

  beforeAll(async () => {
    server = await startServer({ env: { QUORUMBLE_BLOCK_INTERVAL: String(BLOCK_INTERVAL_MS) } })
    browser = await launchBrowser()
    desktop = await browser.newContext({ viewport: { width: 1280, height: 900 }, reducedMotion: 'reduce' })
    phone = await browser.newContext(PHONE)
  })
  afterAll(async () => {
    await browser?.close()
    await server?.stop()
  })

  const report = reporter(
    () => pages,
    () => server.output()
  )
  const lightStatus = async () => (await status(light)) as LightStatus

  async function join(context: BrowserContext): Promise<Page> {
    const page = await openPage(context, server.url)
    pages.push(page)
    await page.waitForFunction(() => window.quorumble !== undefined)
    await page.evaluate(() => window.quorumble!.join())
    await waitForStatus(page, 'a live node', each => each.agentId !== '', JOIN_MS)
    return page
  }

  /** Asks the phone for a proof and checks it there. */
  const proved = (page: Page, subject: string) =>
    page.evaluate(async asked => {
      const api = window.quorumble as unknown as Proving
      const text = await api.prove(asked)
      if (!text.ok) return { balance: null, code: text.code }
      const checked = await api.checkProof(text.value)
      if (!checked.ok || !checked.value.ok) return { balance: null, code: 'does not hold' }
      return { balance: String(checked.value.proved.value.balance), code: '' }
    }, subject)

  it('reaches the final head on a phone, keeps no blocks, and shows its balance with a proof', () =>
    report('light head', async () => {
      for (let i = 0; i < FULL_TABS; i++) await join(desktop)
      await waitFor(
        'a committee of four',
        () => serverStatus(server.url),
        each => each.quorum.validators >= FULL_TABS + 1,
        SEAT_MS
      )
      light = await join(phone)
      expect(await lightStatus()).toMatchObject({ role: 'light', eligible: false })
      const own = await waitFor('a verified head near that of the server', lightStatus, each => each.finalHeight > 0 && each.reasonCode === 'light', JOIN_MS)
      const there = await serverStatus(server.url)
      expect(there.finalHeight - own.finalHeight).toBeLessThan(10)
      expect(own.reason).toContain('light: does not vote')
      await waitFor(
        'its registration, proved',
        () => proved(light, `agent/${own.publicKey}`),
        each => each.balance === '100000',
        SOON_MS
      )
      file = await light.evaluate(async key => {
        const text = await (window.quorumble as unknown as Proving).prove(`agent/${key}`)
        return text.ok ? text.value : ''
      }, own.publicKey)
      await light.getByText('Light node').first().waitFor()
      await waitFor(
        'the balance on the screen',
        () => light.getByRole('region', { name: 'Light node' }).innerText(),
        text => text.includes('100'),
        SOON_MS
      )
      expect((await light.evaluate(() => window.quorumble!.block(1))) as object).toMatchObject({ ok: false, code: 'light' })
    }))

  it('T041–T045: checks a final block without its state, on a witness from a peer, and the archive gives the same', () =>
    report('block without state', async () => {
      const { finalHeight } = await serverStatus(server.url)
      await light.goto(`${server.url}#/chain/block/${finalHeight - 2}`)
      const card = light.getByRole('region', { name: 'Check it without the state' })
      await card.getByRole('button', { name: 'Check this block without the state' }).click()
      await card.getByText('It holds: from the old root to the new one').waitFor({ timeout: SOON_MS })
      const answer = (await (await fetch(`${server.url}/api/witness/${finalHeight - 2}`)).json()) as { check: { hash: string; newRoot: string; finding: null } }
      expect(answer.check.finding).toBeNull()
      await card.getByText(answer.check.hash).waitFor()
      await card.getByText(answer.check.newRoot).waitFor()
      await card.getByRole('link', { name: 'its place on the chain' }).click()
      await light.getByRole('heading', { name: 'This holds' }).waitFor({ timeout: SOON_MS })
      expect(await (await fetch(`${server.url}/api/witness/999999999`)).json()).toMatchObject({ code: 'unknown-block' })
      await light.goto(`${server.url}#/`)
    }))

  it('T045, T060: begins at the checkpoint of a room link, says so, and refuses a link that is damaged or contradicts what it holds', () =>
    report('light checkpoint', async () => {
      const [sharer] = pages
      await sharer!.getByRole('button', { name: 'Invite' }).first().click()
      const dialog = sharer!.getByRole('dialog', { name: 'Invite' })
      await dialog.getByLabel('With a checkpoint').check()
      await dialog.getByText(/^It names block #\d+/).waitFor()
      const link = await dialog.locator('.link code').innerText()
      await sharer!.keyboard.press('Escape')
      const [, height, hash] = /checkpoint=(\d+)-([0-9a-f]{64})$/.exec(link)!
      expect((await sharer!.evaluate(at => window.quorumble!.block(at), Number(height))) as object).toMatchObject({ ok: true, value: { hash } })

      const context = await browser.newContext(PHONE)
      const guest = await openPage(context, link)
      pages.push(guest)
      await guest.getByText('It takes the word of whoever gave you the link').waitFor()
      await guest.getByRole('button', { name: /^Join as / }).tap()
      const note = guest.getByRole('region', { name: 'Light node' })
      await note.getByText(`Trust begins at the link’s checkpoint: block #${height} (${hash!.slice(0, 16)}`).waitFor({ timeout: JOIN_MS })
      const own = await waitForStatus(guest, 'a head above the checkpoint', each => each.finalHeight > Number(height), SOON_MS)
      const file = await guest.evaluate(async () => {
        const text = await (window.quorumble as unknown as Proving).prove('head')
        return text.ok ? text.value : text.code
      })
      expect(JSON.parse(file)).toMatchObject({ checkpoint: { height: Number(height), hash } })

      // Kept by the tab, and begun at again.
      await guest.reload()
      await note.getByText(`block #${height} (${hash!.slice(0, 16)}`).waitFor({ timeout: JOIN_MS })
      expect((await waitForStatus(guest, 'the head it had', each => each.finalHeight >= own.finalHeight, JOIN_MS)).agentId).toBe(own.agentId)

      // What the tab holds is never given up for a link.
      await guest.goto(`${server.url}#/node`)
      await guest.getByRole('button', { name: 'Stop being a node' }).click()
      await guest.goto(link.replace(hash!, `${hash!.slice(0, -2)}${hash!.endsWith('00') ? '11' : '00'}`))
      await guest.getByRole('button', { name: /^Join as / }).tap()
      await guest.getByText(`but this tab holds ${hash!.slice(0, 16)}`).waitFor({ timeout: JOIN_MS })
      await guest.goto(link.slice(0, -1))
      await guest.getByText('The checkpoint in this link cannot be read').waitFor()
      expect(await guest.getByRole('link', { name: 'Join without the checkpoint' }).getAttribute('href')).not.toContain('checkpoint')
      await context.close()
    }))

  it('sends a transfer that becomes final', () =>
    report('light transfer', async () => {
      const to = ((await status(pages[0]!)) as LightStatus).publicKey
      const key = (await lightStatus()).publicKey
      const before = await proved(pages[0]!, `agent/${to}`)
      const sent = await light.evaluate(target => (window.quorumble as unknown as Proving).submit({ kind: 'transfer', to: target, amount: '1500' }), to)
      expect(sent).toMatchObject({ ok: true })
      await waitFor(
        'its own balance, proved',
        () => proved(light, `agent/${key}`),
        each => each.balance === '98500',
        SOON_MS
      )
      const after = await proved(pages[0]!, `agent/${to}`)
      expect(Number(after.balance) - Number(before.balance)).toBeGreaterThanOrEqual(1500)
      for (const each of [pages[0]!, pages[1]!]) expect((await status(each)).quorum.validators).toBe(FULL_TABS + 1)
    }))

  it('a proof is checked and taken apart on a static host, without any server or network', () =>
    report('proof offline', async () => {
      const host = await startStaticServer()
      const context = await browser.newContext(PHONE)
      const page = await openPage(context, `${host.url}#/proof`)
      pages.push(page)
      await page.getByLabel('Paste a proof file').fill(file)
      await page.getByRole('button', { name: 'Check it' }).click()
      await page.getByRole('heading', { name: 'This holds' }).waitFor()
      // From here on there is nothing to ask.
      await context.setOffline(true)
      await page.keyboard.press('.')
      await page.getByText(/^Step 2 of/).waitFor()
      await page.getByRole('button', { name: 'Tamper with a byte' }).click()
      await page.getByRole('heading', { name: 'This does not hold' }).waitFor()
      await page
        .getByText(/Step 2 of \d+ is the first that fails/)
        .first()
        .waitFor()
      await page.getByRole('button', { name: 'Undo' }).click()
      await page.getByRole('heading', { name: 'This holds' }).waitFor()
      await context.close()
      await host.stop()
    }))

  it('is promoted at a press, catches up, votes and finalises with the others', () =>
    report('light promoted', async () => {
      const before = await lightStatus()
      await light.getByRole('button', { name: 'Become a full node' }).first().click()
      const after = await waitFor('a full node', lightStatus, each => each.role === 'full', JOIN_MS)
      expect(after.agentId).toBe(before.agentId)
      await waitForStatus(light, 'a seat in the validator set', each => each.validator, SEAT_MS)
      const { finalHeight } = await serverStatus(server.url)
      await waitForAgreement([() => status(light), () => status(pages[0]!), () => serverStatus(server.url)], finalHeight + 4, SOON_MS)
    }))
})
