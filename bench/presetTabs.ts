/**
 * The four example configurations in four real tabs of a real Chromium, each picked on the agent screen as a person picks it, with the headless server as a fifth producer, until each
 * has made enough final blocks. Counts, no times: what differs between the examples does not depend on how busy the machine is.
 */
import type { Browser, Page } from 'playwright-core'
import type { PresetName } from '../src/agent/config/presets'
import { PRESETS } from '../src/agent/config/presets'
import { launchBrowser } from '../e2e/support/chromium'
import { consoleOf, openPage, waitForStatus } from '../e2e/support/node'
import { startServer } from '../e2e/support/server'
import { waitFor } from '../e2e/support/wait'

const BLOCK_INTERVAL_MS = 1000
const JOIN_MS = 60_000
/** From the last tab's start; the examples that take their time make a block every ten seconds. */
const PATIENCE_MS = 900_000
/** How often each tab sends one transfer while it waits, ms. */
const TRANSFER_EVERY_MS = 1500

export interface TabFigures {
  readonly preset: PresetName
  readonly made: number
  readonly accepted: number
  readonly lost: number
  /** Milli; null before the first. */
  readonly acceptanceMilli: number | null
  readonly fillMilli: number | null
  readonly memes: number
  readonly proposed: number
  readonly formed: number
  readonly gestures: number
  readonly influence: number
}

export interface PresetTabs {
  readonly figures: readonly TabFigures[]
  readonly heights: number
  /** Links of each tab by WebRTC at the end. */
  readonly direct: readonly number[]
}

/** The part of the agent's slice that is counted. */
interface AgentSlice {
  program: string
  metrics: { blocksMade: number; accepted: number; lost: number; acceptanceMilli: number | null; fillTransactionsMilli: number | null }
  social: { influence: number; counts: { memes: number; proposed: number; accepted: number; gestures: number } } | null
}

const agentOf = (page: Page): Promise<AgentSlice> =>
  page.evaluate(
    () =>
      new Promise<AgentSlice>(resolve => {
        type Updates = { subscribe(listener: (update: { slices: { agent?: AgentSlice } }) => void): () => void }
        const stop = (window.quorumble as unknown as Updates).subscribe(({ slices: { agent } }) => {
          if (agent === undefined) return
          stop()
          resolve(agent)
        })
      })
  )

async function start(browser: Browser, url: string, preset: PresetName): Promise<Page> {
  const page = await openPage(await browser.newContext({ reducedMotion: 'reduce' }), `${url}/#/agent`)
  await page.getByRole('radio', { name: new RegExp(`^${preset}`, 'i') }).check({ force: true })
  await page.getByRole('button', { name: 'Join and run it' }).click()
  await waitForStatus(page, `a live node for ${preset}`, ({ agentId }) => agentId !== '', JOIN_MS)
  await waitFor(
    `${preset} at work`,
    () => agentOf(page),
    ({ program }) => program === 'own',
    JOIN_MS
  )
  return page
}

/** Sends one small transfer to whoever is there; what is refused (nothing to spend yet) costs nothing. */
const transfer = (page: Page): Promise<void> =>
  page.evaluate(async () => {
    type Api = { submit(intent: { kind: 'transfer'; to: string; amount: string }): Promise<unknown>; subscribe(listener: (update: Update) => void): () => void }
    interface Update {
      slices: { agents?: { publicKey: string; mine: boolean }[] }
    }
    const api = window.quorumble as unknown as Api
    const to = await new Promise<string | null>(resolve => {
      const stop = api.subscribe(({ slices: { agents } }) => {
        if (agents === undefined) return
        stop()
        resolve(agents.find(({ mine }) => !mine)?.publicKey ?? null)
      })
    })
    if (to !== null) await api.submit({ kind: 'transfer', to, amount: '0.01' })
  })

function figuresOf(preset: PresetName, { metrics, social }: AgentSlice): TabFigures {
  const { memes, proposed, accepted, gestures } = social?.counts ?? { memes: 0, proposed: 0, accepted: 0, gestures: 0 }
  return {
    preset,
    made: metrics.blocksMade,
    accepted: metrics.accepted,
    lost: metrics.lost,
    acceptanceMilli: metrics.acceptanceMilli,
    fillMilli: metrics.fillTransactionsMilli,
    memes,
    proposed,
    formed: accepted,
    gestures,
    influence: social?.influence ?? 0
  }
}

/** @param blocks final ones of each example. @throws Error when patience ends first */
export async function runPresetTabs(blocks: number, say: (line: string) => void): Promise<PresetTabs> {
  const server = await startServer({ env: { QUORUMBLE_BLOCK_INTERVAL: String(BLOCK_INTERVAL_MS) } })
  const browser = await launchBrowser()
  try {
    const pages: Page[] = []
    for (const preset of PRESETS) pages.push(await start(browser, server.url, preset))
    let sent = 0
    const looks = await waitFor(
      `${blocks} final blocks of each example`,
      async () => {
        const now = Date.now()
        if (now - sent >= TRANSFER_EVERY_MS) {
          sent = now
          await Promise.all(pages.map(transfer))
          say((await Promise.all(pages.map(agentOf))).map(({ metrics }, i) => `${PRESETS[i]!} ${metrics.accepted}`).join(', '))
        }
        return Promise.all(pages.map(agentOf))
      },
      agents => agents.every(({ metrics }) => metrics.accepted >= blocks),
      PATIENCE_MS
    )
    const states = await Promise.all(pages.map(page => waitForStatus(page, 'the room at the end', () => true, JOIN_MS)))
    const errors = pages.flatMap(page => consoleOf(page).filter(line => /^(error|uncaught)/.test(line)))
    if (errors.length > 0) throw new Error(`A tab complained: ${errors[0]!}`)
    return {
      figures: looks.map((agent, i) => figuresOf(PRESETS[i]!, agent)),
      heights: Math.max(...states.map(({ finalHeight }) => finalHeight)),
      direct: states.map(({ peers }) => peers.filter(({ transport }) => transport === 'webrtc').length)
    }
  } finally {
    await browser.close()
    await server.stop()
  }
}
