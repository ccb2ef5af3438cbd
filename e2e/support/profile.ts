/** A Chromium with a profile on the disk, that can be killed as a power cut would and started again on what is left. */
import { spawn, type ChildProcess } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { chromium, type Browser, type BrowserContext } from 'playwright-core'
import { findChromium } from '../../scripts/lib/chromium.mjs'
import { FLAGS, sandboxFlags } from './chromium'
import { waitFor } from './wait'

/** A browser on a busy two-core machine; more means that it does not start at all. */
const LAUNCH_TIMEOUT_MS = 60_000

export class ProfileBrowser {
  #child: ChildProcess | null = null
  #browser: Browser | null = null

  private constructor(readonly directory: string) {}

  static async create(): Promise<ProfileBrowser> {
    return new ProfileBrowser(await mkdtemp(join(tmpdir(), 'quorumble-profile-')))
  }

  /** @returns the profile's own context: what it stores is on the disk */
  async start(): Promise<BrowserContext> {
    const executable = await findChromium()
    if (!executable) throw new Error('There is no Chromium. "npm test" gets one; or set CHROMIUM_PATH.')
    const portFile = join(this.directory, 'DevToolsActivePort')
    await rm(portFile, { force: true })
    const args = [...FLAGS, ...sandboxFlags(), '--headless=new', `--user-data-dir=${this.directory}`, '--remote-debugging-port=0', 'about:blank']
    // A group of its own, so that SIGKILL reaches its children.
    this.#child = spawn(executable, args, { detached: true, stdio: 'ignore' })
    const port = await waitFor(
      'a debugging port',
      async () => (await readFile(portFile, 'utf8')).split('\n')[0] ?? '',
      text => /^\d+$/.test(text),
      LAUNCH_TIMEOUT_MS
    )
    this.#browser = await chromium.connectOverCDP(`http://127.0.0.1:${port}`)
    return this.#browser.contexts()[0]!
  }

  /** All of its processes end at once. */
  async kill(): Promise<void> {
    const child = this.#child
    this.#child = null
    if (child?.pid === undefined) return
    const gone = new Promise<void>(resolve => child.once('exit', () => resolve()))
    try {
      process.kill(-child.pid, 'SIGKILL')
    } catch {
      // It has ended by itself.
    }
    if (child.exitCode === null && child.signalCode === null) await gone
    await this.#browser?.close().catch(() => undefined)
    this.#browser = null
  }

  async remove(): Promise<void> {
    await this.kill()
    await rm(this.directory, { recursive: true, force: true, maxRetries: 5 })
  }
}
