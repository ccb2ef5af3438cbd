/** How fast virtual time passes: real nodes, every byte encoded, signed and checked, on one thread. */
import { createNodeFast, nodeFastSign } from '../src/platform/crypto/nodeFast'
import { STANDARD } from '../src/sim/scenario'
import { SIM_EPOCH_MS, Simulation } from '../src/sim/simulation'
import { timeOnce } from './measure'
import { figure, times } from './report'
import type { Report, Row } from './report'

const SIZES = [4, 10, 30, 50]
/** Wall time per size: some minutes of virtual time for four nodes, some blocks for fifty. */
const BUDGET_MS = 2_000
/** Virtual time between two looks at the wall clock. */
const STEP_MS = 1_000
/** Virtual time before the clock counts: nodes greet each other and the compiler warms up. */
const START_UP_MS = 6_000

/** A calm network of honest nodes: what is measured is the node, not how it copes. */
function calm(nodes: number): Simulation {
  const scenario = { ...STANDARD, seed: 1, nodes, byzantine: 0, healAtMs: 0, lossMilli: 0, duplicateMilli: 0, partitionMilli: 0, crashMilli: 0, freezeMilli: 0 }
  return new Simulation(scenario, { fastVerify: createNodeFast(), fastSign: nodeFastSign })
}

function measure(nodes: number): Row {
  const simulation = calm(nodes)
  simulation.runUntil(SIM_EPOCH_MS + START_UP_MS)
  const { messages: messagesBefore, now: before } = simulation
  let wallMs = 0
  while (wallMs < BUDGET_MS) wallMs += timeOnce(() => simulation.runUntil(simulation.now + STEP_MS))
  const { finalHeight } = simulation.result()
  if (finalHeight === 0) throw new Error(`${nodes} nodes have made nothing final`)
  const messages = simulation.messages - messagesBefore
  return {
    what: `${nodes} nodes, ${finalHeight} blocks final`,
    absolute: `${figure((messages / wallMs) * 1000)} messages/s`,
    ratio: times((simulation.now - before) / wallMs)
  }
}

export function simulator(): Report {
  return { title: 'Simulator: one thread', ratioOf: 'virtual s per wall s', rows: SIZES.map(measure) }
}
