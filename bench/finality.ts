/**
 * From the start of a block's period to "final", in virtual time, on a network where each message takes 50 ms. A block of rank 0 needs three messages in a
 * row (proposal, notarisation, finalisation): that is the least, and the ratio says how near we come.
 */
import { createNodeFast, nodeFastSign } from '../src/platform/crypto/nodeFast'
import { STANDARD } from '../src/sim/scenario'
import type { Scenario } from '../src/sim/scenario'
import { SIM_EPOCH_MS, Simulation } from '../src/sim/simulation'
import { median } from './measure'
import { figure, times } from './report'
import type { Report, Row } from './report'

const LATENCY_MS = 50
const LEAST_MS = 3 * LATENCY_MS
const VIRTUAL_MS = 120_000

const CALM: Omit<Scenario, 'nodes' | 'diskMs'> = {
  ...STANDARD,
  seed: 1,
  byzantine: 0,
  virtualMs: VIRTUAL_MS,
  healAtMs: 0,
  latencyMs: [LATENCY_MS, LATENCY_MS],
  extraDelayMs: 0,
  lossMilli: 0,
  duplicateMilli: 0,
  partitionMilli: 0,
  crashMilli: 0,
  freezeMilli: 0,
  clockOffsetMs: 0,
  clockDriftMilli: 0,
  taste: false
}

/** @returns one figure per block of rank 0 and node that made it final, virtual milliseconds */
function timesToFinal(nodes: number, diskMs: readonly [number, number]): number[] {
  const finals: { height: number; at: number }[] = []
  const simulation = new Simulation(
    { ...CALM, nodes, diskMs },
    { fastVerify: createNodeFast(), fastSign: nodeFastSign },
    {
      event: (_node, event, at) => {
        if (event.kind === 'final' && event.rank === 0) finals.push({ height: event.height, at })
      }
    }
  )
  simulation.runUntil(SIM_EPOCH_MS + VIRTUAL_MS)
  return finals.map(({ height, at }) => at - simulation.checkers.timestampAt(height))
}

function row(nodes: number, diskMs: readonly [number, number]): Row {
  const all = timesToFinal(nodes, diskMs)
  const middle = median(all)
  const disk = diskMs[1] === 0 ? 'a disk that takes no time' : `disk ${diskMs[0]}–${diskMs[1]} ms`
  return { what: `${nodes} nodes, ${disk}, ${all.length} measured`, absolute: `${figure(middle)} ms`, ratio: times(middle / LEAST_MS) }
}

export function finality(): Report {
  return {
    title: 'Time to final, messages of 50 ms, virtual time',
    ratioOf: `of ${LEAST_MS} ms`,
    rows: [row(4, [0, 0]), row(4, STANDARD.diskMs), row(10, STANDARD.diskMs)]
  }
}
