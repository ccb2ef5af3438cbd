/**
 * A phone's tab in a real Chromium, over loopback, from its navigation to the verified final head of a chain of 10,000 real blocks on a real archive node. The first run makes the chain, which takes
 * minutes; it is kept in `.cache/`.
 */
import { rm } from 'node:fs/promises'
import { LightTab } from '../e2e/support/lightTab'
import type { LightFigures } from '../e2e/support/lightTab'
import { longChain } from '../e2e/support/longChain'
import { startServer } from '../e2e/support/server'
import { startWireMeter } from '../e2e/support/wireMeter'
import { median } from './measure'
import { duration, figure, times } from './report'
import type { Report, Row } from './report'

const CHAIN = { blocks: 10_001, agents: 1_000, validators: 30, changes: 10, replaced: 3 }
/** New profiles, and visits of each after its first. */
const PROFILES = 5
const RETURNS = 3
/** What the product promises. */
const COLD_MS = 2_000
const WARM_MS = 500
const CAP_BYTES = 64 * 1024

export async function tab(): Promise<Report> {
  const chain = await longChain(CHAIN)
  const server = await startServer({ dataDir: chain.dataDir })
  const meter = await startWireMeter(server.port)
  const cold: LightFigures[] = []
  const warm: LightFigures[] = []
  try {
    for (let i = 0; i < PROFILES; i++) {
      const phone = await LightTab.open(meter, chain.height)
      try {
        cold.push(await phone.visit())
        for (let visit = 0; visit < RETURNS; visit++) {
          await phone.leave()
          warm.push(await phone.visit())
        }
      } finally {
        await phone.close()
      }
    }
  } finally {
    await meter.stop()
    await server.stop()
    await rm(chain.dataDir, { recursive: true, force: true })
  }
  if ([...cold, ...warm].some(({ hash }) => hash !== chain.hash)) throw new Error('a tab believes another head')
  const ms = (what: string, all: readonly LightFigures[], pick: (figures: LightFigures) => number, aim: number): Row => {
    const middle = median(all.map(pick))
    return { what, absolute: duration(middle), ratio: times(middle / aim) }
  }
  const bytes = (what: string, all: readonly LightFigures[], pick: (figures: LightFigures) => number): Row => {
    const most = Math.max(...all.map(pick))
    return { what, absolute: `${figure(most / 1024)} KiB`, ratio: times(most / CAP_BYTES) }
  }
  return {
    title: `A light tab: ${chain.height} blocks, ${CHAIN.agents} agents, ${CHAIN.validators} validators, ${CHAIN.changes} changes of the set; medians of ${cold.length} and ${warm.length}`,
    ratioOf: 'of the aim',
    rows: [
      ms('new profile: verified final head', cold, each => each.headMs, COLD_MS),
      ms('  of that, the page itself', cold, each => each.pageMs, COLD_MS),
      bytes('  answers of peers, at most', cold, each => each.answerBytes),
      bytes('  all bytes of its WebSocket, at most', cold, each => each.wireBytes),
      ms('again: verified final head', warm, each => each.headMs, WARM_MS),
      ms('  and a peer has shown that there is none newer', warm, each => each.newestMs, WARM_MS),
      bytes('  all bytes of its WebSocket, at most', warm, each => each.wireBytes)
    ]
  }
}
