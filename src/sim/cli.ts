/**
 * `npm run sim -- --family midnight --nodes 4 --byzantine 1 --seeds 200 --seed-start 1`: runs seeds and says at the end how many broke an invariant. A failing
 * run prints the command that replays it.
 */
import { parseArgs } from 'node:util'
import { createNodeFast, nodeFastSign } from '../platform/crypto/nodeFast'
import { Violation } from './checkers'
import { MUTANTS } from './mutants'
import { LIAR_KINDS, STANDARD } from './scenario'
import type { Scenario } from './scenario'
import { Simulation } from './simulation'

const { values } = parseArgs({
  options: {
    family: { type: 'string', default: 'midnight' },
    nodes: { type: 'string', default: '4' },
    byzantine: { type: 'string', default: '1' },
    seeds: { type: 'string', default: '20' },
    'seed-start': { type: 'string', default: '1' },
    minutes: { type: 'string', default: '10' },
    mutant: { type: 'string' },
    liars: { type: 'string' },
    verbose: { type: 'boolean', default: false },
    'max-seconds': { type: 'string' },
    help: { type: 'boolean', default: false }
  }
})

function integer(name: 'nodes' | 'byzantine' | 'seeds' | 'seed-start' | 'minutes', least: number): number {
  const value = Number(values[name])
  if (!Number.isInteger(value) || value < least) stop(`--${name} must be a whole number of at least ${least}, got "${values[name]}".`)
  return value
}

function stop(sentence: string): never {
  console.error(sentence)
  process.exit(2)
}

function usage(): never {
  console.log(
    'npm run sim -- [--family midnight] [--nodes 4] [--byzantine 1] [--seeds 20] [--seed-start 1] [--minutes 10] [--mutant NAME] [--liars KIND,KIND] [--max-seconds N] [--verbose]'
  )
  console.log(`mutants: ${MUTANTS.map(({ name }) => name).join(', ')}`)
  process.exit(0)
}

if (values.help) usage()
if (values.family !== 'midnight') stop(`There is no family "${values.family}" yet; known: midnight.`)
const nodes = integer('nodes', 1)
const byzantine = integer('byzantine', 0)
if (byzantine >= nodes) stop('--byzantine must be smaller than --nodes.')
const seeds = integer('seeds', 1)
const first = integer('seed-start', 0)
const minutes = integer('minutes', 2)
const mutant = values.mutant === undefined ? null : (MUTANTS.find(({ name }) => name === values.mutant) ?? stop(`There is no mutant "${values.mutant}".`))
const liars =
  values.liars === undefined
    ? LIAR_KINDS
    : values.liars.split(',').map(kind => LIAR_KINDS.find(known => known === kind) ?? stop(`There is no liar "${kind}"; known: ${LIAR_KINDS.join(', ')}.`))
const maxMs = values['max-seconds'] === undefined ? Infinity : Number(values['max-seconds']) * 1000

const platform = { fastVerify: createNodeFast(), fastSign: nodeFastSign }
const started = process.hrtime.bigint()
const elapsedMs = (): number => Number(process.hrtime.bigint() - started) / 1e6
let violations = 0
let stalls = 0
let heights = 0
let messages = 0
let ran = 0

for (let seed = first; seed < first + seeds && elapsedMs() < maxMs; seed++) {
  const scenario: Scenario = {
    ...STANDARD,
    seed,
    nodes,
    byzantine,
    liars,
    mutant,
    ...mutant?.scenario,
    virtualMs: minutes * 60_000,
    healAtMs: minutes * 42_000
  }
  ran++
  const simulation = new Simulation(scenario, platform)
  try {
    const result = simulation.run()
    heights += result.finalHeight
    messages += result.messages
    if (values.verbose) console.log(`seed ${seed}: final ${result.finalHeight}, ${result.messages} messages, log ${result.logHash}`)
  } catch (error) {
    if (!(error instanceof Violation)) throw error
    if (error.invariant.startsWith('L')) stalls++
    else violations++
    const again = [
      `--nodes ${nodes} --byzantine ${byzantine} --minutes ${minutes} --seeds 1 --seed-start ${seed}`,
      ...(values.liars === undefined ? [] : [`--liars ${values.liars}`]),
      ...(mutant === null ? [] : [`--mutant ${mutant.name}`])
    ].join(' ')
    console.log(`seed ${seed}: ${error.message}\n  replay: npm run sim -- --family ${values.family} ${again} --verbose`)
    if (values.verbose) for (const line of simulation.describe()) console.log(`  ${line}`)
  }
}

const seconds = elapsedMs() / 1000
const virtualHours = (ran * minutes) / 60
console.log(`${heights} heights final, ${messages} messages, ${((virtualHours * 3600) / seconds) | 0}x real time`)
console.log(
  `midnight n=${nodes} f=${byzantine}${mutant === null ? '' : ` mutant ${mutant.name}`}: ${ran} seeds, ${virtualHours.toFixed(1)} virtual hours, ${seconds.toFixed(1)} s wall, ${violations} violations, ${stalls} stalls`
)
process.exitCode = violations + stalls > 0 ? 1 : 0
