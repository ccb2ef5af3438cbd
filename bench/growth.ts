/** What a node's disk takes per hour: ten nodes, a block every two seconds, on the simulator's disks; those that prune beside those that keep all. */
import { VerificationCache } from '../src/core/crypto/verificationCache'
import { createNodeFast, nodeFastSign } from '../src/platform/crypto/nodeFast'
import { MODEL_VRF } from '../src/sim/modelVrf'
import { CALM, STANDARD } from '../src/sim/scenario'
import { Simulation } from '../src/sim/simulation'
import type { Report } from './report'

const NODES = 10
const INTERVAL_MS = 2000
/** Blocks before the first measurement, when the first three snapshots have been taken and pruning has begun; and blocks until the second one. */
const WARM_UP = 200
const BLOCKS = 1800
const TRANSFERS_PER_MINUTE = 12
const HOUR_MS = 3_600_000

const text = (bytes: number): string => `${(bytes / 1024).toFixed(0)} KiB`

export function growth(): Report {
  const simulation = new Simulation(
    {
      ...STANDARD,
      ...CALM,
      seed: 1,
      nodes: NODES,
      byzantine: 0,
      blockIntervalMs: INTERVAL_MS,
      transfersPerMinute: TRANSFERS_PER_MINUTE,
      virtualMs: HOUR_MS * 4
    },
    { fastVerify: createNodeFast(), fastSign: nodeFastSign, vrf: MODEL_VRF, cache: new VerificationCache() }
  )
  const height = (): number => Math.min(...simulation.nodes.map(({ core }) => core.tree.final.height))
  const reach = (wanted: number): void => {
    while (height() < wanted) simulation.runUntil(simulation.now + INTERVAL_MS * 8)
  }
  // Odd nodes prune, even ones keep all (src/sim/simNode.ts).
  const used = (odd: number): number => Math.max(...simulation.nodes.filter(({ index }) => index % 2 === odd).map(({ store }) => store.usedBytes))
  reach(WARM_UP)
  const [from, started, before] = [height(), simulation.now, [used(0), used(1)] as const]
  reach(from + BLOCKS)
  const hours = (simulation.now - started) / HOUR_MS
  const row = (what: string, odd: 0 | 1) => ({
    what,
    absolute: text(used(odd)),
    ratio: `${((used(odd) - before[odd]) / hours / 1024 / 1024).toFixed(2)} MiB/h`
  })
  return {
    title: `Disk of one of ${NODES} nodes after ${height()} blocks, ${TRANSFERS_PER_MINUTE} transfers a minute`,
    ratioOf: 'growth',
    rows: [row('all blocks kept (archive)', 0), row('blocks since the oldest of three snapshots (full)', 1)]
  }
}
