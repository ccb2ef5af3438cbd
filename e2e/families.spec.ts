/**
 * The families in real tabs: each makes blocks over real links with one server, all with equal roots. And the same simulation in Node and in a Chromium worker: one history,
 * to the bit.
 */
import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { launchBrowser } from './support/chromium'
import { openPage, status, waitForStatus, withReport } from './support/node'
import { startServer } from './support/server'
import { startStaticServer } from './support/staticServer'

const root = fileURLToPath(new URL('..', import.meta.url))
const run = promisify(execFile)

const TABS = 4
const JOIN_MS = 60_000
/** A hundred blocks at worst, on a busy machine. */
const CHAIN_MS = 240_000
/** Final blocks that all tabs hold and compare. */
const COMPARED = 20

interface Place {
  hash: string
  stateRoot: string
}

/** The final blocks of these heights as one tab has them. */
async function chainOf(page: Page, from: number, count: number): Promise<Place[]> {
  return page.evaluate(
    async ([first, length]) => {
      const places = []
      for (let height = first!; height < first! + length!; height++) {
        const found = await window.quorumble!.block(height)
        if (!found.ok) throw new Error(`height ${height}: ${found.message}`)
        const { hash, stateRoot } = found.value
        places.push({ hash, stateRoot })
      }
      return places
    },
    [from, count]
  )
}

describe('families in four real tabs', () => {
  let browser: Browser
  beforeAll(async () => {
    browser = await launchBrowser()
  })
  afterAll(async () => browser?.close())

  // Spacetime begins with tickets; the first plots count 32 blocks after their registration.
  it.each([
    ['chaos', 24],
    ['vision', 24],
    ['spacetime', 44],
    ['midnight:leader', 24],
    ['midnight:vrf', 24],
    ['midnight:firstToQuorum', 24]
  ])('%s: four tabs and a server make %i final blocks with equal hashes and roots', async (family, height) => {
    const server = await startServer({ env: { QUORUMBLE_FAMILY: family, QUORUMBLE_BLOCK_INTERVAL: '600' } })
    const contexts = await Promise.all(Array.from({ length: TABS }, () => browser.newContext()))
    const pages: Page[] = []
    try {
      await withReport(
        `family ${family}`,
        () => pages,
        () => server.output(),
        async () => {
          for (const context of contexts) {
            const page = await openPage(context, server.url)
            pages.push(page)
            await page.evaluate(() => window.quorumble!.join())
            await waitForStatus(page, 'a live node', each => each !== null && each.agentId !== '', JOIN_MS)
          }
          for (const page of pages) await waitForStatus(page, `${height} final blocks`, each => each.finalHeight >= height, CHAIN_MS)
          const [first, ...others] = await Promise.all(pages.map(page => chainOf(page, height - COMPARED + 1, COMPARED)))
          expect(first).toHaveLength(COMPARED)
          for (const other of others) expect(other).toEqual(first)
          const { family: ruling, mode } = (await status(pages[0]!)) as unknown as { family: string; mode: string }
          expect([ruling, `${ruling}:${mode}`]).toContain(family)
        }
      )
    } finally {
      await Promise.all(contexts.map(context => context.close()))
      await server.stop()
    }
  })
})

describe('one seed, one history', () => {
  it('a Chromium worker comes to the same event-log hash as Node, with faults, a liar, real signatures and real random numbers', async () => {
    const host = await startStaticServer()
    const browser = await launchBrowser()
    try {
      const page = await openPage(await browser.newContext(), host.url)
      for (const [family, seed] of [
        ['midnight', 5],
        ['vision', 6]
      ] as const) {
        const inTab = await page.evaluate(
          ([name, number]) =>
            window.quorumble!.simulate({
              family: name,
              seed: number,
              nodes: 4,
              byzantine: 1,
              faults: true,
              virtualSeconds: 120,
              blockIntervalMs: 2000
            }),
          [family, seed] as const
        )
        const options = ['--family', family, '--nodes', '4', '--byzantine', '1', '--seeds', '1', '--seed-start', String(seed), '--minutes', '2']
        const { stdout } = await run(process.execPath, ['--import', 'tsx', 'src/sim/cli.ts', ...options, '--real-vrf', '--verbose'], { cwd: root })
        const inNode = /log ([0-9a-f]{16})/.exec(stdout)?.[1]
        expect(inTab).toMatchObject({ ok: true })
        expect(inTab.ok && inTab.value.logHash).toBe(inNode)
        expect(inTab.ok && inTab.value.finalHeight).toBeGreaterThan(10)
      }
    } finally {
      await browser.close()
      await host.stop()
    }
  })
})
