import { describe, expect, it } from 'vitest'
import { AGENT_LEFT, AGENT_PENALISED } from '../core/schema'
import { plotRoot } from '../core/families/spacetime/plot'
import { AUTO_PLOT_LEAVES, plotIntent, plotSeedAt } from './plotting'
import type { PlottingView } from './plotting'
import { agentRecord } from '../core/testing/agents'

const record = agentRecord(new Uint8Array(32).fill(1), { nonce: 1, registeredAt: 1, lastHeartbeat: 10 })
const plot = { owner: record.publicKey, seed: plotSeedAt(0), leaves: 256, leafFunction: 1, root: new Uint8Array(32), registeredAt: 5 }
const view: PlottingView = { family: 'spacetime', record, own: [], pending: false, leaving: false }

describe('S001, S022: a node without a plot gets one where space decides', () => {
  it('asks for one small plot, always the same', () => {
    expect(plotIntent(view)).toEqual({ seed: new Uint8Array(32), leaves: AUTO_PLOT_LEAVES })
    expect(plotIntent(view)).toEqual(plotIntent(view))
  })

  it.each<[string, Partial<PlottingView>]>([
    ['another family rules', { family: 'midnight' }],
    ['not registered yet', { record: null }],
    ['has left', { record: { ...record, status: AGENT_LEFT } }],
    ['penalised', { record: { ...record, status: AGENT_PENALISED } }],
    ['is leaving', { leaving: true }],
    ['one is on its way', { pending: true }],
    ['has one', { own: [plot] }]
  ])('not when: %s', (_, change) => {
    expect(plotIntent({ ...view, ...change })).toBeNull()
  })

  it('numbers make distinct seeds, and owners make distinct plots of one seed', () => {
    expect(new Set([0, 1, 256, 65_536].map(number => plotSeedAt(number).join())).size).toBe(4)
    expect(plotRoot(record.publicKey, plotSeedAt(0), 4)).not.toEqual(plotRoot(new Uint8Array(32).fill(2), plotSeedAt(0), 4))
  })
})
