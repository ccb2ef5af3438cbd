/**
 * `npm run compare [-- --write]`: the families side by side on one seed, workload and fault script; with `--write` into docs/COMPARISON.md. The same nodes, keys, network and
 * transfers for every row; only family and mode differ.
 */
import { writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { toHex } from '../src/core/bytes'
import { FAMILIES } from '../src/core/families/registry'
import { createNodeFast, nodeFastSign } from '../src/platform/crypto/nodeFast'
import { MODEL_VRF } from '../src/sim/modelVrf'
import { CALM, STANDARD } from '../src/sim/scenario'
import type { Scenario } from '../src/sim/scenario'
import { SIM_EPOCH_MS, Simulation } from '../src/sim/simulation'

const FILE = new URL('../docs/COMPARISON.md', import.meta.url)
const NODES = 7
const SEED = 7
const MINUTES = 10
const SLOW_MS = 750

const LINKS: Partial<Scenario> = { ...CALM, latencyMs: [50, 50], diskMs: [0, 0] }

interface Course {
  name: string
  scenario: Partial<Scenario>
  /** Node that is off from the first minute on; null: none. */
  dead: number | null
  /** Node whose links take SLOW_MS longer; null: none. */
  slow: number | null
}

const COURSES: readonly Course[] = [
  { name: 'Calm: 50 ms links, no faults', scenario: LINKS, dead: null, slow: null },
  { name: 'Node 3 is switched off after a minute', scenario: LINKS, dead: 3, slow: null },
  { name: 'Node 3 is slow: its links take 800 ms', scenario: LINKS, dead: null, slow: 3 },
  { name: 'Rough: the standard faults and two liars', scenario: { taste: false, byzantine: 2 }, dead: null, slow: null }
]

interface Row {
  family: string
  heights: number
  medianMs: number
  p95Ms: number
  messagesPerHeight: number
  forkedPerMille: number
  rank0PerMille: number
  shares: number[]
}

function measure(family: string, mode: number, course: Course): Row {
  const scenario: Scenario = {
    ...STANDARD,
    nodes: NODES,
    byzantine: 0,
    ...course.scenario,
    seed: SEED,
    family,
    mode,
    blockIntervalMs: 2000,
    virtualMs: MINUTES * 60_000,
    healAtMs: course.scenario.byzantine ? MINUTES * 42_000 : 0
  }
  const delays: number[] = []
  const shares = Array.from({ length: NODES }, () => 0)
  const seen = new Set<number>()
  let forked = 0
  let first = 0
  const simulation: Simulation = new Simulation(
    scenario,
    { fastVerify: createNodeFast(), fastSign: nodeFastSign, vrf: MODEL_VRF },
    {
      event(node, event, now) {
        if (event.kind !== 'final' || seen.has(event.height)) return
        seen.add(event.height)
        const core = simulation.nodes[node]!.core
        const entry = core.tree.get(event.hash)
        if (entry !== undefined) delays.push(now - entry.header.timestamp)
        if ((core.rounds.peek(event.height)?.notarisations.size ?? 0) > 1) forked++
        if (event.rank === 0) first++
        const place = simulation.nodes.findIndex(({ signer }) => toHex(signer.publicKey) === toHex(event.proposer))
        shares[place] = (shares[place] ?? 0) + 1
      }
    }
  )
  if (course.slow !== null) simulation.slow(course.slow, SLOW_MS)
  if (course.dead !== null) {
    simulation.runUntil(SIM_EPOCH_MS + 60_000)
    simulation.crash(course.dead, null)
  }
  simulation.runUntil(SIM_EPOCH_MS + scenario.virtualMs)
  delays.sort((a, b) => a - b)
  const heights = seen.size
  const at = (milli: number): number => delays[Math.min(delays.length - 1, Math.floor((delays.length * milli) / 1000))] ?? 0
  return {
    family: `${family} ${FAMILIES.find(({ name }) => name === family)?.modes[mode] ?? ''}`.trim(),
    heights,
    medianMs: at(500),
    p95Ms: at(950),
    messagesPerHeight: Math.round(simulation.messages / Math.max(1, heights)),
    forkedPerMille: Math.round((1000 * forked) / Math.max(1, heights)),
    rank0PerMille: Math.round((1000 * first) / Math.max(1, heights)),
    shares
  }
}

function table(course: Course): string {
  const lines = [
    `## ${course.name}`,
    '',
    '| family, mode | final heights | to final, median | 95 % | messages per height | two notarised | rank 0 won | blocks by node |',
    '|---|---|---|---|---|---|---|---|'
  ]
  for (const { name, modes } of FAMILIES) {
    for (const mode of modes.keys()) {
      const row = measure(name, mode, course)
      lines.push(
        `| ${row.family} | ${row.heights} | ${row.medianMs} ms | ${row.p95Ms} ms | ${row.messagesPerHeight} | ${row.forkedPerMille / 10} % | ${row.rank0PerMille / 10} % | ${row.shares.join(' ')} |`
      )
    }
  }
  return lines.join('\n')
}

const { values } = parseArgs({ options: { write: { type: 'boolean', default: false } } })
const text = `# The families side by side

Made by \`npm run compare -- --write\`; do not edit. ${NODES} nodes, ${MINUTES} virtual minutes, seed ${SEED}, blocks every 2 s, slots of 1.2 s, 12 transfers a minute. Every row has the same
keys, network, transfers and faults; only the family differs. *To final* counts virtual milliseconds from the block's own timestamp, the start of its turn, to the first
node that has it final. *Two notarised* is the share of heights at which two blocks got a quorum (one of them becomes final). *Rank 0 won* says how often the first in line made the block.
Nodes are numbered from 0; in the last course the last two lie.

${COURSES.map(table).join('\n\n')}
`
console.log(text)
if (values.write) writeFileSync(FILE, text)
