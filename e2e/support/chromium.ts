/** A real Chromium with the flags that every specification shares. */
import { chromium, type Browser } from 'playwright-core'
import { findChromium } from '../../scripts/lib/chromium.mjs'

/** A browser on a busy two-core machine; more means that it does not start at all. */
const LAUNCH_TIMEOUT_MS = 60_000

/** No GPU, no first-run pages, no traffic of its own. */
export const FLAGS = ['--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync']

/** Chromium's sandbox cannot be had by root. */
export const sandboxFlags = () => (process.getuid?.() === 0 ? ['--no-sandbox'] : [])

/** The flag that maps a host name to loopback: an origin that is no secure context, as a teacher's address on the LAN is none. */
export const mapHost = (host: string): string => `--host-resolver-rules=MAP ${host} 127.0.0.1`

/** For Playwright's launch functions. */
export async function launchOptions(extraArgs: readonly string[]) {
  const executablePath = await findChromium()
  if (!executablePath) throw new Error('There is no Chromium. "npm test" gets one; or set CHROMIUM_PATH.')
  return {
    executablePath,
    args: [...FLAGS, ...sandboxFlags(), ...extraArgs],
    headless: true,
    chromiumSandbox: process.getuid?.() !== 0,
    timeout: LAUNCH_TIMEOUT_MS
  }
}

/** A browser whose contexts are all incognito: nothing survives it. */
export async function launchBrowser(extraArgs: readonly string[] = []): Promise<Browser> {
  return chromium.launch(await launchOptions(extraArgs))
}
