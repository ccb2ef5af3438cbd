/** A light tab and a chain that it has not seen grow: real blocks, real certificates, an archive node that serves them. `npm run bench -- --only tab` does the same over 10,000 blocks and measures time. */
import { rm } from 'node:fs/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { LightTab } from './support/lightTab'
import { longChain } from './support/longChain'
import type { LongChain } from './support/longChain'
import { reporter, serverStatus } from './support/node'
import { startServer } from './support/server'
import type { RunningServer } from './support/server'
import { startWireMeter } from './support/wireMeter'
import type { WireMeter } from './support/wireMeter'

const CHAIN = { blocks: 301, agents: 120, validators: 30, changes: 4, replaced: 8 }
/** The state keeps the records of the newest 256 blocks itself. */
const OLD_BLOCK = 5
const CAP_BYTES = 64 * 1024
/** Signatures of a quorum of thirty. */
const QUORUM = 21

describe('a long chain', () => {
  let chain: LongChain
  let server: RunningServer
  let meter: WireMeter
  let tab: LightTab
  beforeAll(async () => {
    chain = await longChain(CHAIN)
    server = await startServer({ dataDir: chain.dataDir })
    meter = await startWireMeter(server.port)
    tab = await LightTab.open(meter, chain.height)
  })
  afterAll(async () => {
    await tab?.close()
    await meter?.stop()
    await server?.stop()
    await rm(chain.dataDir, { recursive: true, force: true })
  })
  const report = reporter(
    () => [tab.page],
    () => server.output()
  )

  it('T045, T060: a new light tab verifies the final head past four changes of the set and reads at most 64 KiB; so it does when it comes back', () =>
    report('light over a long chain', async () => {
      expect(await serverStatus(server.url)).toMatchObject({ finalHeight: chain.height, finalHash: chain.hash })
      const first = await tab.visit()
      expect(first.hash).toBe(chain.hash)
      expect(first.wireBytes).toBeLessThanOrEqual(CAP_BYTES)
      expect(first.answerBytes).toBeLessThan(first.wireBytes)
      await tab.leave()
      const again = await tab.visit()
      expect(again.hash).toBe(chain.hash)
      expect(again.wireBytes).toBeLessThanOrEqual(CAP_BYTES)
    }))

  it('T040, T045: a block older than the state’s own records is proved by its era, from the archive, and the file holds by itself', () =>
    report('proof of an old block', async () => {
      const { page } = tab
      await page.goto(`${meter.url}#/proof`)
      await page.getByLabel('A block by its height').fill(String(OLD_BLOCK))
      await page.getByRole('button', { name: 'Prove it' }).tap()
      await page.getByRole('heading', { name: 'This holds' }).waitFor()
      await page.getByText(`Block #${OLD_BLOCK} is on the final chain as of final block #${chain.height}.`).waitFor()
      await page.getByRole('button', { name: /Up its era/ }).waitFor()
      const file = await page.evaluate(async subject => {
        const api = window.quorumble as unknown as { prove(subject: string): Promise<{ ok: true; value: string } | { ok: false; code: string }> }
        const proved = await api.prove(subject)
        return proved.ok ? proved.value : proved.code
      }, `block/${OLD_BLOCK}`)
      const answer = await fetch(`${server.url}/api/blocks/${OLD_BLOCK}`)
      expect(file).toContain(((await answer.json()) as { hash: string }).hash)
      await page.getByRole('button', { name: 'Another proof' }).tap()
      await page.getByLabel('Paste a proof file').fill(file.replace(/"path": "5"/, '"path": "6"'))
      await page.getByRole('button', { name: 'Check it' }).tap()
      await page.getByRole('heading', { name: 'This does not hold' }).waitFor()
    }))

  it('T031: the signatures of a certificate are verified by the second thread of the tab, and the node says so', () =>
    report('compute worker', async () => {
      const cores = await tab.page.evaluate(() => navigator.hardwareConcurrency)
      await tab.page.goto('about:blank')
      const fresh = await LightTab.open(meter, chain.height)
      try {
        const { here, elsewhere } = await fresh.visit()
        if (cores < 2) return expect(elsewhere).toBe(0)
        expect(elsewhere).toBeGreaterThanOrEqual(QUORUM)
        expect(here).toBeLessThan(QUORUM)
        await fresh.page.goto(`${meter.url}#/node`)
        await fresh.page.getByText(/by the node, \d+ by its second thread; \d+ more known already/).waitFor()
      } finally {
        await fresh.close()
      }
    }))
})
