/**
 * The simulator where people use it: in a worker of a Chromium tab, with the real random function and every different signature verified by the platform. A calm network of
 * honest nodes at the family's own pace, once, after one run that warms the compiler up.
 */
import { readdirSync, readFileSync } from 'node:fs'
import type { Browser } from 'playwright-core'
import { launchBrowser } from '../e2e/support/chromium'
import { openPage } from '../e2e/support/node'
import { startStaticServer } from '../e2e/support/staticServer'
import { FAMILIES } from '../src/core/families/registry'
import { figure, times } from './report'
import type { Report, Row } from './report'

const SIZES = [50, 100]
/** Virtual seconds that are timed: some heights of the slowest family. */
const VIRTUAL_S = 60
const WARM_UP = { family: 'vision', seed: 1, nodes: 10, virtualSeconds: 60 }
/** What the kernel counts a thread's time in, ms. */
const TICK_MS = 10

/** Milliseconds that each thread of the browser's renderers has run, by `pid/tid`; empty where there is no /proc. */
async function threadTimes(browser: Browser): Promise<Map<string, number>> {
  const session = await browser.newBrowserCDPSession()
  const { processInfo } = await session.send('SystemInfo.getProcessInfo')
  await session.detach()
  const times = new Map<string, number>()
  for (const { id } of processInfo.filter(({ type }) => type === 'renderer')) {
    try {
      for (const thread of readdirSync(`/proc/${id}/task`)) {
        const fields = readFileSync(`/proc/${id}/task/${thread}/stat`, 'utf8').split(') ')[1]!.split(' ')
        times.set(`${id}/${thread}`, (Number(fields[11]) + Number(fields[12])) * TICK_MS)
      }
    } catch {
      // The process or a thread has just ended, or this is no Linux.
    }
  }
  return times
}

export async function tabSimulator(): Promise<Report> {
  const host = await startStaticServer()
  const browser = await launchBrowser()
  try {
    const page = await openPage(await browser.newContext(), host.url)
    await page.waitForFunction(() => window.quorumble !== undefined)
    const run = async (options: typeof WARM_UP) => {
      const before = await threadTimes(browser)
      const result = await page.evaluate(settings => window.quorumble!.simulate(settings), options)
      if (!result.ok) throw new Error(`${options.family}, ${options.nodes} nodes: ${result.message}`)
      // The busiest thread is the worker's; the others verify, collect garbage and draw.
      const busyMs = Math.max(0, ...[...(await threadTimes(browser))].map(([thread, ms]) => ms - (before.get(thread) ?? 0)))
      return { ...result.value, busyMs }
    }
    await run(WARM_UP)
    const rows: Row[] = []
    for (const nodes of SIZES) {
      for (const { name } of FAMILIES) {
        const { finalHeight, messages, virtualMs, wallMs, busyMs, signaturesVerified } = await run({ family: name, seed: 1, nodes, virtualSeconds: VIRTUAL_S })
        // Where the worker had ended before its time was read, another thread was the busiest.
        const thread =
          busyMs < wallMs / 2
            ? ''
            : `, ${times(virtualMs / busyMs)} by the thread’s own time (${figure((busyMs * 1000) / messages)} µs a message, ${Math.round((100 * busyMs) / wallMs)} % of the wall)`
        rows.push({
          what: `${name}, ${nodes} nodes, ${finalHeight} blocks final`,
          absolute: `${figure(messages / 1000)} thousand messages, ${signaturesVerified} signatures${thread}`,
          ratio: times(virtualMs / wallMs)
        })
      }
    }
    return { title: 'Simulator: in a worker of one tab. Its thread is what limits it', ratioOf: 'virtual s per wall s', rows }
  } finally {
    await browser.close()
    await host.stop()
  }
}
