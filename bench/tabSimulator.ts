/**
 * The simulator where people use it: in a worker of a Chromium tab, with the real random function and every different signature verified by the platform. A calm network of
 * honest nodes at the family's own pace, once, after one run that warms the compiler up.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
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
/** Time between two looks at the threads: the worker ends with its run, and its time is gone with it. */
const LOOK_MS = 200

async function rendererPids(browser: Browser): Promise<number[]> {
  const session = await browser.newBrowserCDPSession()
  const { processInfo } = await session.send('SystemInfo.getProcessInfo')
  await session.detach()
  return processInfo.filter(({ type }) => type === 'renderer').map(({ id }) => id)
}

/** Milliseconds that each thread of these processes has run, by `pid/tid`; empty where there is no /proc. */
function threadTimes(pids: readonly number[]): Map<string, number> {
  const times = new Map<string, number>()
  for (const pid of pids) {
    for (const thread of filesOf(`/proc/${pid}/task`)) {
      const fields = textOf(`/proc/${pid}/task/${thread}/stat`)?.split(') ')[1]?.split(' ')
      if (fields !== undefined) times.set(`${pid}/${thread}`, (Number(fields[11]) + Number(fields[12])) * TICK_MS)
    }
  }
  return times
}

const filesOf = (folder: string): string[] => (existsSync(folder) ? readdirSync(folder) : [])

/** @returns null when the thread has just ended */
function textOf(path: string): string | null {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return null
  }
}

/** Runs, and looks at the threads meanwhile. @returns what came of it, and how long the busiest thread has run, ms: the worker's; the others verify, collect garbage and draw */
async function whileLooking<T>(browser: Browser, body: () => Promise<T>): Promise<{ result: T; busyMs: number }> {
  const pids = await rendererPids(browser)
  const before = threadTimes(pids)
  let busyMs = 0
  const look = () => {
    for (const [thread, ms] of threadTimes(pids)) busyMs = Math.max(busyMs, ms - (before.get(thread) ?? 0))
  }
  const timer = setInterval(look, LOOK_MS)
  try {
    const result = await body()
    look()
    return { result, busyMs }
  } finally {
    clearInterval(timer)
  }
}

export async function tabSimulator(): Promise<Report> {
  const host = await startStaticServer()
  const browser = await launchBrowser()
  try {
    const page = await openPage(await browser.newContext(), host.url)
    await page.waitForFunction(() => window.quorumble !== undefined)
    const run = async (options: typeof WARM_UP) => {
      const { result, busyMs } = await whileLooking(browser, () => page.evaluate(settings => window.quorumble!.simulate(settings), options))
      if (!result.ok) throw new Error(`${options.family}, ${options.nodes} nodes: ${result.message}`)
      return { ...result.value, busyMs }
    }
    await run(WARM_UP)
    const rows: Row[] = []
    for (const nodes of SIZES) {
      for (const { name } of FAMILIES) {
        const { finalHeight, messages, virtualMs, wallMs, busyMs, signaturesVerified } = await run({ family: name, seed: 1, nodes, virtualSeconds: VIRTUAL_S })
        const thread =
          busyMs === 0
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
