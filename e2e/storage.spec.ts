/**
 * What a node's disk may do to it: come back older than it was, run full, be killed in the middle of a write, move to another device. No key ever signs twice, nothing
 * final is lost, and the page says what is wrong.
 */
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { launchBrowser } from './support/chromium'
import { copyDisk, hoardDisk, inspectDisk, releaseDisk, restoreDisk } from './support/disk'
import { KillRange } from './support/kills'
import { openPage, status, waitForAgreement, waitForStatus, withReport } from './support/node'
import { startStaticServer, type StaticServer } from './support/staticServer'
import { waitFor } from './support/wait'

const JOIN_MS = 30_000
/** Several blocks at the playground's own pace. */
const BLOCKS_MS = 90_000
const MIB = 1024 * 1024

async function join(context: BrowserContext, url: string): Promise<Page> {
  const page = await openPage(context, url)
  await page.waitForFunction(() => window.quorumble !== undefined, undefined, { timeout: JOIN_MS })
  await page.evaluate(() => window.quorumble!.join())
  await waitForStatus(page, 'a node with an identity', each => each.agentId !== '', JOIN_MS)
  return page
}

const hashAt = (page: Page, height: number): Promise<string | null> =>
  page.evaluate(async at => {
    const found = await window.quorumble!.block(at)
    return found.ok ? found.value.hash : null
  }, height)

const logOf = async (page: Page): Promise<string> => JSON.stringify(await page.evaluate(() => window.quorumble!.log()))

describe('the disk of a tab', () => {
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

  it('R6: a voter whose database is put back to an old copy signs nothing twice, says so, and votes again above its mark', async () => {
    const context = await browser.newContext()
    const pages: Page[] = []
    await withReport(
      'restored database',
      () => pages,
      () => host.missed.join('\n'),
      async () => {
        // The founder votes alone; the other keeps the chain.
        const founder = await join(context, host.url)
        const witness = await join(context, host.url)
        pages.push(founder, witness)
        await waitForAgreement([() => status(founder), () => status(witness)], 2, BLOCKS_MS)
        const { networkId, agentId } = await status(founder)
        await copyDisk(witness, networkId, 0)
        const copied = await inspectDisk(witness, networkId, 0)
        const later = await waitForStatus(witness, 'blocks after the copy', each => each.finalHeight >= copied.finalHeight + 4, BLOCKS_MS)
        const held = await hashAt(witness, copied.finalHeight + 1)
        await founder.close()
        await restoreDisk(witness, networkId, 0)
        expect((await inspectDisk(witness, networkId, 0)).finalHeight).toBe(copied.finalHeight)

        const back = await join(context, host.url)
        pages[0] = back
        expect((await status(back)).agentId).toBe(agentId)
        const [again] = await waitForAgreement([() => status(back), () => status(witness)], later.finalHeight + 3, BLOCKS_MS)
        expect(again!.agentId).toBe(agentId)
        expect(await hashAt(back, copied.finalHeight + 1)).toBe(held)
        expect(await logOf(back)).toMatch(/abstains up to height \d+/)
        expect(await logOf(witness)).not.toContain('That is evidence')
        await back.goto(`${host.url}#/node`)
        await back.getByText('An older database').waitFor({ timeout: JOIN_MS })
      }
    )
    await context.close()
  })

  it('a whole node moves to another browser as a file: same chain, same agent, key under a passphrase; a changed file changes nothing', async () => {
    const [here, there] = [await browser.newContext(), await browser.newContext()]
    const pages: Page[] = []
    await withReport(
      'moved node',
      () => pages,
      () => host.missed.join('\n'),
      async () => {
        const from = await join(here, host.url)
        pages.push(from)
        const before = await waitForStatus(from, 'some blocks', each => each.finalHeight >= 3, BLOCKS_MS)
        const file = await from.evaluate(async () => {
          const exported = await window.quorumble!.exportNode({ withKey: true, passphrase: 'correct horse' })
          return exported.ok ? [...exported.value] : exported.code
        })
        if (typeof file === 'string') throw new Error(file)
        await from.close()
        const to = await openPage(there, host.url)
        pages[0] = to
        await to.waitForFunction(() => window.quorumble !== undefined, undefined, { timeout: JOIN_MS })
        const importing = (bytes: number[], passphrase?: string) =>
          to.evaluate(async ([content, secret]) => window.quorumble!.importNode(Uint8Array.from(content), secret), [bytes, passphrase] as const)
        expect(await importing(file)).toMatchObject({ ok: false, code: 'needs-passphrase' })
        expect(await importing(file, 'wrong horse')).toMatchObject({ ok: false, code: 'wrong-passphrase' })
        expect(
          await importing(
            file.map((byte, i) => (i === file.length >> 1 ? byte ^ 1 : byte)),
            'correct horse'
          )
        ).toMatchObject({ ok: false })
        expect(await importing(file, 'correct horse')).toMatchObject({ ok: true, value: { networkId: before.networkId, agentId: before.agentId } })
        await to.goto(`${host.url}#/room/${before.networkId}`)
        await to.reload()
        await to.waitForFunction(() => window.quorumble !== undefined, undefined, { timeout: JOIN_MS })
        await to.locator('.room .button.primary').click()
        const after = await waitForStatus(to, 'the moved node', each => each.agentId === before.agentId && each.finalHeight > before.finalHeight + 1, BLOCKS_MS)
        expect(after.networkId).toBe(before.networkId)
        expect(await hashAt(to, before.finalHeight)).toBe(before.finalHash)
      }
    )
    await here.close()
    await there.close()
  })

  it('T087: with a quota of 20 MiB used up it says so and abstains; within 10 s of having room again it goes on, and nothing is torn', async () => {
    const context = await browser.newContext()
    const pages: Page[] = []
    await withReport(
      'quota',
      () => pages,
      () => host.missed.join('\n'),
      async () => {
        const page = await join(context, host.url)
        pages.push(page)
        const { networkId } = await waitForStatus(page, 'a first block', each => each.finalHeight >= 1, BLOCKS_MS)
        const cdp = await context.newCDPSession(page)
        await cdp.send('Storage.overrideQuotaForOrigin', { origin: new URL(host.url).origin, quotaSize: 20 * MIB })
        await hoardDisk(page, MIB)
        await page.goto(`${host.url}#/node`)
        await page.getByText('The disk refuses writes').waitFor({ timeout: BLOCKS_MS })
        const stuck = await status(page)
        expect(stuck.reasonCode).toBe('store-doubtful')
        await releaseDisk(page)
        const freed = Date.now()
        await waitFor(
          'blocks again',
          () => status(page),
          each => each.finalHeight > stuck.finalHeight && each.reasonCode !== 'store-doubtful',
          10_000
        )
        console.log(`with room again after ${Date.now() - freed} ms`)
        expect((await inspectDisk(page, networkId, 0)).torn).toEqual([])
      }
    )
    await context.close()
  })

  it('R6: two tabs with one key, a database each and no lock between them, never sign against each other', async () => {
    const context = await browser.newContext()
    const pages: Page[] = []
    await withReport(
      'one key twice',
      () => pages,
      () => host.missed.join('\n'),
      async () => {
        const [founder, twin, witness] = [await join(context, host.url), await join(context, host.url), await join(context, host.url)]
        pages.push(founder, twin, witness)
        await waitForStatus(founder, 'a first block', each => each.finalHeight >= 1, BLOCKS_MS)
        const key = await founder.evaluate(() => window.quorumble!.exportKey())
        if (!key.ok) throw new Error(key.message)
        expect(await twin.evaluate(text => window.quorumble!.importKey(text), key.value)).toMatchObject({ ok: true })
        await twin.evaluate(() => window.quorumble!.restart())
        const { agentId, finalHeight } = await status(founder)
        await waitForStatus(twin, 'the same agent', each => each.agentId === agentId, JOIN_MS)
        const all = await waitForAgreement(
          pages.map(page => () => status(page)),
          finalHeight + 8,
          2 * BLOCKS_MS
        )
        expect(new Set(all.map(each => each.finalHash)).size).toBe(1)
        for (const page of pages) expect(await logOf(page)).not.toContain('That is evidence')
        // Both were at work: one held back because the other had promised something.
        expect((await logOf(founder)) + (await logOf(twin))).toMatch(/Abstained at #\d+/)
      }
    )
    await context.close()
  })
})

describe('kills', () => {
  it('crashed renderers, a killed browser, a killed server: nothing torn, nothing lost, nothing signed twice, all back at the tip', async () => {
    const range = await KillRange.open(1)
    try {
      await withReport(
        'kills',
        () => range.pages(),
        () => range.serverOutput(),
        async () => {
          for (const figures of [await range.crashRenderers(3), await range.killBrowsers(1), await range.killServers(1)]) {
            expect(figures).toMatchObject({ torn: 0, lost: 0, doubleVotes: 0, back: figures.kills })
          }
        }
      )
    } finally {
      await range.close()
    }
  })
})
