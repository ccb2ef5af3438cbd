/** A tab that is a node: opened, asked through the public console API, and described when a specification fails. */
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { BrowserContext, Page } from 'playwright-core'
import { waitFor } from './wait'

const results = fileURLToPath(new URL('../../test-results', import.meta.url))

/** Console lines kept per page, newest last. */
const CONSOLE_LINES = 500
/** What a page that may be frozen or dead gets to say about itself. */
const DUMP_TIMEOUT_MS = 5_000

/** The part of `quorumble.status()` and `GET /api/status` that specifications rely on: the product's promise, written down a second time on purpose. */
export interface NodeStatus {
  networkId: string
  agentId: string
  peerId: string
  name: string
  height: number
  headHash: string
  finalHeight: number
  finalHash: string
  stateRoot: string
  peers: { peerId: string; transport: 'webrtc' | 'websocket' | 'tab' | 'relayed' }[]
  eligible: boolean
  reason: string
  reasonCode: string
  validator: boolean
  quorum: { validators: number; weight: number; present: number; needed: number }
  mempool: number
}

/** The part of `quorumble.mining()` that specifications rely on. */
export interface MiningStatus {
  next_height: number
  current_winner: string | null
  backups: string[]
  my_node_id: string
  eligible: boolean
  in_pool: boolean
  recent_claims: [number, { slot_idx: number; status: string }][]
}

/** The part of `window.quorumble` that specifications call. */
interface ConsoleApi {
  /** Null while the tab is not a node. */
  status(): Promise<NodeStatus | null>
  log(): Promise<unknown[]>
  cut(peerIds: string[]): Promise<void>
  join(): Promise<unknown>
  mining(): Promise<MiningStatus | null>
  block(id: number | string): Promise<
    | {
        ok: true
        value: { hash: string; height: number; stateRoot: string; parent: string; proposer: string; rank: number; timestamp: number; status: string }
      }
    | { ok: false; code: string; message: string }
  >
  simulate(options: {
    family: string
    seed: number
    nodes: number
    virtualSeconds: number
    byzantine?: number
    faults?: boolean
    blockIntervalMs?: number
  }): Promise<
    | { ok: true; value: { finalHeight: number; logHash: string; messages: number; signaturesVerified: number; virtualMs: number; wallMs: number } }
    | { ok: false; code: string; message: string }
  >
  submit(intent: { kind: 'leave' }): Promise<{ ok: boolean }>
  exportNode(options: { withKey: boolean; passphrase?: string }): Promise<{ ok: true; value: Uint8Array } | { ok: false; code: string; message: string }>
  importNode(
    file: Uint8Array,
    passphrase?: string
  ): Promise<{ ok: true; value: { networkId: string; finalHeight: number; agentId: string } } | { ok: false; code: string; message: string }>
  exportKey(): Promise<{ ok: true; value: string } | { ok: false; code: string; message: string }>
  importKey(text: string): Promise<{ ok: true; value: { agentId: string } } | { ok: false; code: string; message: string }>
  changePassphrase(current: string | null, next: string | null): Promise<{ ok: true; value: string } | { ok: false; code: string; message: string }>
  restart(): Promise<unknown>
  subscribe(listener: (update: { slices: { storage?: { troubles: { what: string }[]; usedBytes: number | null } } }) => void): () => void
}

declare global {
  interface Window {
    quorumble?: ConsoleApi
  }
}

const consoleLines = new WeakMap<Page, string[]>()

/** What the page printed and which errors it did not catch, newest last, at most CONSOLE_LINES. */
export const consoleOf = (page: Page): readonly string[] => consoleLines.get(page) ?? []

/** Opens an address in a new tab and records its console from the first line on. It need not be a node yet. */
export async function openPage(context: BrowserContext, url: string): Promise<Page> {
  const page = await context.newPage()
  recordConsole(page)
  await page.goto(url)
  return page
}

/** From now on `consoleOf` knows what this page says. */
export function recordConsole(page: Page): void {
  const lines: string[] = []
  const add = (line: string) => {
    lines.push(line)
    if (lines.length > CONSOLE_LINES) lines.shift()
  }
  consoleLines.set(page, lines)
  page.on('console', message => add(`${message.type()}: ${message.text()} (${message.location().url})`))
  page.on('pageerror', error => add(`uncaught: ${error.stack ?? error.message}`))
  page.on('crash', () => add('the tab crashed'))
}

/** The node's status, as `quorumble.status()` tells it. Rejects while the page has no node. */
export async function status(page: Page): Promise<NodeStatus> {
  return page.evaluate(async () => {
    if (!window.quorumble) throw new Error('window.quorumble is not there')
    const own = await window.quorumble.status()
    if (own === null) throw new Error('the tab is not a node')
    return own
  })
}

/** Polls `quorumble.status()` until the predicate holds; the message of the failure carries the last status. */
export async function waitForStatus(page: Page, what: string, predicate: (status: NodeStatus) => boolean, timeoutMs: number): Promise<NodeStatus> {
  return waitFor(what, () => status(page), predicate, timeoutMs)
}

/** Waits until all tabs and, when given, the server agree on a final block at or above `height`: same hash, same state root. */
export async function waitForAgreement(read: readonly (() => Promise<NodeStatus>)[], height: number, timeoutMs: number): Promise<NodeStatus[]> {
  return waitFor(
    `${read.length} nodes with one final block at or above ${height}`,
    () => Promise.all(read.map(each => each())),
    all => all.every(each => each.finalHeight >= height && each.finalHash === all[0]!.finalHash && each.stateRoot === all[0]!.stateRoot),
    timeoutMs
  )
}

/** `GET /api/status` of the server. */
export async function serverStatus(serverUrl: string): Promise<NodeStatus> {
  const response = await fetch(`${serverUrl}/api/status`)
  if (!response.ok) throw new Error(`/api/status answers ${response.status}`)
  return (await response.json()) as NodeStatus
}

/**
 * Stops the script of every worker of this tab in its tracks, as a debugger does: no timer fires, no message is read. @returns what lets them go on
 */
export async function freezeWorkers(page: Page): Promise<() => Promise<void>> {
  const session = await page.context().newCDPSession(page)
  const workers: string[] = []
  session.on('Target.attachedToTarget', ({ sessionId, targetInfo }) => {
    if (targetInfo.type === 'worker') workers.push(sessionId)
  })
  await session.send('Target.setAutoAttach', { autoAttach: true, waitForDebuggerOnStart: false, flatten: false })
  let id = 0
  const tell = (method: string) =>
    Promise.all(workers.map(sessionId => session.send('Target.sendMessageToTarget', { sessionId, message: JSON.stringify({ id: ++id, method, params: {} }) })))
  await tell('Debugger.enable')
  await tell('Debugger.pause')
  return async () => {
    await tell('Debugger.resume')
    await tell('Debugger.disable')
    await session.detach()
  }
}

/** The renderer process of the tab dies at once, as under memory pressure: no `pagehide`, no last write. The page object is of no use afterwards. */
export async function crashTab(page: Page): Promise<void> {
  const session = await page.context().newCDPSession(page)
  const crashed = new Promise<void>(resolve => page.once('crash', () => resolve()))
  // The answer to this command never comes: its sender is dead.
  session.send('Page.crash').catch(() => undefined)
  await crashed
  await page.close()
}

/** Everything that helps to understand why a specification failed, as one text. */
async function describePage(page: Page): Promise<string> {
  const ask = async (what: string, read: () => Promise<unknown>) => {
    try {
      let timer: NodeJS.Timeout | undefined
      const limit = new Promise(resolve => {
        timer = setTimeout(() => resolve('no answer'), DUMP_TIMEOUT_MS)
      })
      const value = await Promise.race([read(), limit])
      clearTimeout(timer)
      return `${what}: ${JSON.stringify(value, null, 2)}`
    } catch (error) {
      return `${what}: ${String(error)}`
    }
  }
  return [
    `page ${page.url()}`,
    await ask('status', () => status(page)),
    await ask('log', () => page.evaluate(() => window.quorumble?.log())),
    'console:',
    ...consoleOf(page)
  ].join('\n')
}

/**
 * Runs the body of a specification. When it fails, writes the state of every page, a picture of it, and the output of the server to
 * `test-results/<name>/`, and throws the same error with that path added.
 */
export async function withReport<T>(name: string, pages: () => readonly Page[], serverOutput: () => string, body: () => Promise<T>): Promise<T> {
  try {
    return await body()
  } catch (error) {
    const folder = join(results, name.replaceAll(/[^\w-]+/g, '-'))
    await mkdir(folder, { recursive: true })
    await writeFile(join(folder, 'server.log'), serverOutput())
    const open = pages().filter(page => !page.isClosed())
    await Promise.all(open.map((page, index) => reportPage(page, join(folder, `page-${index + 1}`))))
    if (error instanceof Error) {
      error.message += `\nState of ${open.length} pages: ${folder}\nReplay: npm run test:e2e -- -t ${JSON.stringify(name)}`
    }
    throw error
  }
}

/** `withReport` for the steps of one specification. */
export const reporter =
  (pages: () => readonly Page[], serverOutput: () => string) =>
  <T>(name: string, body: () => Promise<T>): Promise<T> =>
    withReport(name, pages, serverOutput, body)

/** Goes to a screen by its address within the page, as its own links do: no reload. */
export const showScreen = (page: Page, hash: string): Promise<void> => page.evaluate(to => void (location.hash = to), hash)

/** Notes each request that leaves this origin. */
export function watchRequests(context: BrowserContext, origin: string, foreign: string[]): void {
  context.on('request', request => {
    const url = new URL(request.url())
    if (url.protocol.startsWith('http') && url.origin !== origin) foreign.push(request.url())
  })
}

async function reportPage(page: Page, base: string): Promise<void> {
  await writeFile(`${base}.txt`, await describePage(page))
  // A dead tab has no picture; its console says so.
  await page.screenshot({ path: `${base}.png`, timeout: DUMP_TIMEOUT_MS }).catch(() => undefined)
}
