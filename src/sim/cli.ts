/**
 * `npm run sim -- --family midnight --nodes 4 --byzantine 1 --seeds 200 --seed-start 1`: runs seeds and says at the end how many broke an invariant. A failing
 * run prints the command that replays it; `--shrink` makes it smaller first. docs/SIMULATOR.md has all options and the files.
 */
import { closeSync, mkdirSync, openSync, readFileSync, writeFileSync, writeSync } from 'node:fs'
import { dirname } from 'node:path'
import { parseArgs } from 'node:util'
import { ECVRF } from '../core/crypto/vrfScheme'
import { FAMILIES, familyModule } from '../core/families/registry'
import { createNodeFast, nodeFastSign } from '../platform/crypto/nodeFast'
import { AS_WRITTEN } from './asWritten/index'
import { comparisonOf, stagesOf } from './asWritten/report'
import type { LogLine } from './eventLog'
import { explore, linesOf } from './explore'
import { twoHeights } from './exploreCases'
import { describeFault, planFaults } from './faultPlan'
import { MODEL_VRF } from './modelVrf'
import { MUTANTS } from './mutants'
import { decodeRun, encodeRun } from './runFile'
import type { Run } from './runFile'
import { LIAR_KINDS, STANDARD } from './scenario'
import type { Scenario } from './scenario'
import { plannedOut, shrink } from './shrink'
import type { Failed } from './shrink'
import { linesOfSociety, runSociety, societyFaults } from './societyRun'
import { SIM_EPOCH_MS, Simulation } from './simulation'
import type { SimObserver } from './simulation'
import { Violation } from './violation'

/** A shrink that takes longer ends with what it has. */
const SHRINK_SECONDS = 300
/** Where shrunk runs are kept. */
const RUNS_FOLDER = '.cache/sim'
/** Heights after which a long run of a society tells how far it is. */
const PROGRESS_HEIGHTS = 200
/** Differing lines of two logs that are printed. */
const SHOWN_DIFFERENCES = 3

const { values } = parseArgs({
  options: {
    family: { type: 'string' },
    mode: { type: 'string' },
    nodes: { type: 'string', default: '4' },
    byzantine: { type: 'string', default: '1' },
    seeds: { type: 'string', default: '20' },
    'seed-start': { type: 'string' },
    minutes: { type: 'string', default: '10' },
    mutant: { type: 'string' },
    liars: { type: 'string' },
    verbose: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
    'trust-own': { type: 'boolean', default: false },
    'max-seconds': { type: 'string' },
    shrink: { type: 'boolean', default: false },
    export: { type: 'string' },
    replay: { type: 'string' },
    'real-vrf': { type: 'boolean', default: false },
    'as-written': { type: 'string' },
    explore: { type: 'string' },
    society: { type: 'boolean', default: false },
    agents: { type: 'string', default: '30' },
    heights: { type: 'string', default: '2000' },
    help: { type: 'boolean', default: false }
  }
})

function integer(name: 'agents' | 'heights' | 'nodes' | 'byzantine' | 'seeds' | 'seed-start' | 'minutes', least: number): number {
  const value = Number(values[name] ?? 1)
  if (!Number.isInteger(value) || value < least) stop(`--${name} must be a whole number of at least ${least}, got "${values[name]}".`)
  return value
}

function stop(sentence: string): never {
  console.error(sentence)
  process.exit(2)
}

function usage(): never {
  console.log(
    [
      'npm run sim -- [--family NAME] [--mode NAME] [--nodes 4] [--byzantine 1] [--seeds 20] [--seed-start 1] [--minutes 10] [--mutant NAME] [--liars KIND,KIND] [--max-seconds N]',
      '  --shrink        make each failing run smaller and keep it as a file',
      '  --export FILE   write the event log of a single run (JSON lines)',
      '  --replay FILE   run a kept run again; a whole event log is compared line by line',
      '  --as-written ID a rule of the seeds as it is written, and beside it the sound one (docs/ASWRITTEN.md); with --family, on that family with its other rules in',
      '                  force where the rule is the core’s; with --seed-start, on another seed than the stored one',
      '  --explore N     two heights of four nodes in every order of events that deviates N times from a fair one',
      '  --society       agents of mixed personalities that live together: --agents 30 --heights 2000, with --seed-start; what became of them, and whether the chain minded',
      '  --real-vrf      the random function of RFC 9381 instead of its model: slower, the very bytes of a live network',
      '  --trust-own     do not verify what is signed in this process: the same history, sooner',
      '  --json          one JSON object per seed and nothing else, for scripts/longRun.ts',
      '  --verbose       one line per seed, and the faults and the nodes of a failing one',
      `families: ${FAMILIES.map(({ name, modes }) => `${name} (${modes.join(', ')})`).join('; ')}`,
      `mutants: ${MUTANTS.map(({ name }) => name).join(', ')}`,
      `liars: ${LIAR_KINDS.join(', ')}`,
      'rules as written (families; stored seed):',
      ...AS_WRITTEN.map(entry => `  ${entry.id} (${stagesOf(entry).join(', ')}; ${entry.storedSeed})`)
    ].join('\n')
  )
  process.exit(0)
}

if (values.help) usage()
const platform = { fastVerify: createNodeFast(), fastSign: nodeFastSign, trustOwn: values['trust-own'], vrf: values['real-vrf'] ? ECVRF : MODEL_VRF }
const started = process.hrtime.bigint()
const elapsedMs = (): number => Number(process.hrtime.bigint() - started) / 1e6

interface Attempt {
  simulation: Simulation
  failed: Failed | null
}

function attempt({ scenario, plan }: Run, observer: SimObserver = {}): Attempt {
  const simulation = new Simulation(scenario, platform, observer, plan)
  try {
    simulation.run()
    return { simulation, failed: null }
  } catch (error) {
    if (!(error instanceof Violation)) throw error
    return { simulation, failed: { invariant: error.invariant, message: error.message, at: simulation.now - SIM_EPOCH_MS } }
  }
}

function say({ scenario, plan }: Run, { simulation, failed }: Attempt): void {
  const { finalHeight, messages, logHash } = simulation.result()
  if (failed !== null) console.log(`seed ${scenario.seed}: ${failed.message}`)
  if (!values.verbose) return
  const { deliveries, distinctMessages, signaturesVerified } = simulation.work
  console.log(
    `seed ${scenario.seed}: final ${finalHeight}, ${messages} messages (${deliveries} delivered, ${distinctMessages} different, ${signaturesVerified} signatures verified), log ${logHash}`
  )
  if (failed === null) return
  for (const fault of plan) console.log(`  ${describeFault(fault)}`)
  for (const line of simulation.describe()) console.log(`  ${line}`)
}

// ----------------------------------------------------------------------------------------------------------- files

/** Runs once, with its event log going into a file. */
function exportLog(run: Run, path: string): Attempt {
  mkdirSync(dirname(path), { recursive: true })
  const file = openSync(path, 'w')
  writeSync(file, `${encodeRun(run)}\n`)
  let waiting: string[] = []
  const flush = (): void => {
    if (waiting.length > 0) writeSync(file, `${waiting.join('\n')}\n`)
    waiting = []
  }
  const result = attempt(run, {
    log(line: LogLine) {
      waiting.push(JSON.stringify(line))
      if (waiting.length >= 1000) flush()
    }
  })
  flush()
  closeSync(file)
  console.log(`event log: ${path}`)
  return result
}

/** Runs what a file holds. @returns 0 when it holds, and its log is the same where there is one */
function replay(path: string): number {
  let lines: string[]
  let run: Run
  try {
    lines = readFileSync(path, 'utf8').split('\n')
    run = decodeRun(lines[0] ?? '')
  } catch (error) {
    return stop(`${path}: ${error instanceof Error ? error.message : String(error)}`)
  }
  const expected = lines.slice(1).filter(line => line !== '')
  let count = 0
  let differing = 0
  const result = attempt(run, {
    log(line: LogLine) {
      const text = JSON.stringify(line)
      const wanted = expected[count++]
      if (expected.length === 0 || wanted === text || ++differing > SHOWN_DIFFERENCES) return
      console.log(`line ${count + 1} differs\n  file: ${wanted ?? '(ends here)'}\n  now:  ${text}`)
    }
  })
  say(run, result)
  if (expected.length > count) differing += expected.length - count
  if (expected.length > 0) console.log(differing === 0 ? `the log is the same, ${count} lines` : `${differing} lines of the log differ`)
  console.log(result.failed === null ? `${path}: every invariant holds` : `${path}: ${result.failed.message}`)
  return result.failed === null && differing === 0 ? 0 : 1
}

function shrinkTo(run: Run, path: string): void {
  const until = elapsedMs() + SHRINK_SECONDS * 1000
  const small = shrink(
    run,
    candidate => attempt(candidate).failed,
    () => elapsedMs() < until
  )
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, `${encodeRun(plannedOut(small))}\n`)
  const { scenario, plan, failed, runs } = small
  console.log(`  after ${runs} runs: ${scenario.nodes} nodes, ${(scenario.virtualMs / 1000).toFixed(1)} s, ${plan.length} events, ${failed.message}`)
  for (const fault of plan) console.log(`    ${describeFault(fault)}`)
  console.log(`  replay: npm run sim -- --replay ${path} --verbose`)
}

/** @returns 0 when the failure is there as written and gone with the sound rule */
function compareRules(id: string): number {
  const entry = AS_WRITTEN.find(each => each.id === id) ?? stop(`There is no rule "${id}"; known: ${AS_WRITTEN.map(each => each.id).join(', ')}.`)
  const stages = stagesOf(entry)
  if (values.family !== undefined && !stages.includes(values.family))
    stop(`The rule "${id}" does not concern ${values.family}; it runs on ${stages.join(', ')}.`)
  // The family's own rule is tried on a plain family that has nothing but it.
  const stored = values.family === undefined ? undefined : entry.shipped[values.family]
  const stage = { ...platform, ...(stored === undefined ? {} : { family: values.family }) }
  const seed = values['seed-start'] === undefined ? (stored ?? entry.storedSeed) : integer('seed-start', 0)
  const written = entry.run(false, seed, stage)
  const sound = entry.run(true, seed, stage)
  console.log(`as written: ${entry.seedRule}`)
  console.log(`sound:      ${entry.soundRule}`)
  console.log(`seed ${seed} on ${stored === undefined ? 'the lab’s plain family' : values.family}`)
  for (const figure of comparisonOf(entry, written, sound)) {
    console.log(`  ${figure.label}`)
    console.log(`    expected ${figure.expected === '' ? '—' : figure.expected}, measured ${figure.written}, with the sound rule ${figure.sound}`)
  }
  console.log(`the failure is ${written.failed ? 'there' : 'not there'}, and with the sound rule ${sound.failed ? 'there, too' : 'gone'}`)
  if (written.violation !== null) console.log(`first violation: ${written.violation}`)
  return written.failed && !sound.failed ? 0 : 1
}

function exploreCase(deviations: number): number {
  const report = explore(twoHeights(Number.isInteger(deviations) && deviations >= 0 ? deviations : stop('--explore must be a whole number.')))
  for (const line of linesOf(report, elapsedMs() / 1000)) console.log(line)
  return report.violation === null ? 0 : 1
}

/** @returns 0 when the chain went on as it should */
function live(): number {
  const seed = values['seed-start'] === undefined ? 1 : integer('seed-start', 0)
  const options = { seed, agents: integer('agents', 2), heights: integer('heights', 1) }
  let told = 0
  const report = runSociety(options, platform, height => {
    if (values.json || height < told + PROGRESS_HEIGHTS) return
    told = height - (height % PROGRESS_HEIGHTS)
    console.log(`  ${height} heights, ${Math.round(elapsedMs() / 1000)} s`)
  })
  const sound = societyFaults(report, options.heights)
  console.log(values.json ? JSON.stringify({ ...options, ...report }) : linesOfSociety(report, elapsedMs() / 1000).join('\n'))
  for (const fault of sound) console.log(fault)
  return sound.length === 0 ? 0 : 1
}

if (values.society) process.exit(live())
if (values.replay !== undefined) process.exit(replay(values.replay))
if (values['as-written'] !== undefined) process.exit(compareRules(values['as-written']))
if (values.explore !== undefined) process.exit(exploreCase(Number(values.explore)))

// ------------------------------------------------------------------------------------------------------------ runs

const family =
  familyModule(values.family ?? 'midnight') ?? stop(`There is no family "${values.family}"; known: ${FAMILIES.map(({ name }) => name).join(', ')}.`)
const mode = values.mode === undefined ? 0 : family.modes.indexOf(values.mode)
if (mode < 0) stop(`${family.name} has no mode "${values.mode}"; known: ${family.modes.join(', ')}.`)
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
if (values.export !== undefined && seeds > 1) stop('--export writes the log of one run: add --seeds 1.')

let violations = 0
let stalls = 0
let heights = 0
let messages = 0
let ran = 0

for (let seed = first; seed < first + seeds && elapsedMs() < maxMs; seed++) {
  const scenario: Scenario = {
    ...STANDARD,
    family: family.name,
    mode,
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
  const run = { scenario, plan: planFaults(scenario) }
  const result = values.export === undefined ? attempt(run) : exportLog(run, values.export)
  const { finalHeight, messages: sent, logHash } = result.simulation.result()
  if (values.json) {
    console.log(JSON.stringify({ seed, finalHeight, messages: sent, logHash, failed: result.failed }))
    continue
  }
  say(run, result)
  heights += finalHeight
  messages += sent
  if (result.failed === null) continue
  if (result.failed.invariant.startsWith('L')) stalls++
  else violations++
  const again = [
    `--nodes ${nodes} --byzantine ${byzantine} --minutes ${minutes} --seeds 1 --seed-start ${seed}`,
    ...(values.mode === undefined ? [] : [`--mode ${values.mode}`]),
    ...(values.liars === undefined ? [] : [`--liars ${values.liars}`]),
    ...(mutant === null ? [] : [`--mutant ${mutant.name}`])
  ].join(' ')
  console.log(`  replay: npm run sim -- --family ${family.name} ${again} --verbose`)
  if (values.shrink) shrinkTo(run, `${RUNS_FOLDER}/${family.name}-n${nodes}-f${byzantine}${mutant === null ? '' : `-${mutant.name}`}-${seed}.json`)
}

if (values.json) process.exit(0)
const seconds = elapsedMs() / 1000
const virtualHours = (ran * minutes) / 60
console.log(`${heights} heights final, ${messages} messages, ${((virtualHours * 3600) / seconds) | 0}x real time`)
console.log(
  `${family.name}${values.mode === undefined ? '' : ` ${values.mode}`} n=${nodes} f=${byzantine}${mutant === null ? '' : ` mutant ${mutant.name}`}: ${ran} seeds, ${virtualHours.toFixed(1)} virtual hours, ${seconds.toFixed(1)} s wall, ${violations} violations, ${stalls} stalls`
)
process.exitCode = violations + stalls > 0 ? 1 : 0
