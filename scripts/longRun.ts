/**
 * `npm run sim:long`: thousands of seeds of every family, one process per core. What runs is one bundle of the code as it is now, kept under `.cache/sim/long-<id>/`, so that
 * work on the sources can go on meanwhile; `<id>` is the commit, or for changed sources a digest of the bundle. Stop it whenever you like: the same command goes on where it stopped.
 *
 * The state is `.cache/sim/long-<id>/result.json`; `--status` prints it. A failing seed is printed with the command that replays it.
 */
import { execFileSync, spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { build } from 'vite'
import { FAMILIES } from '../src/core/families/registry'
import { countFailures, nameOf, newProgress, note, seedsDone, slicesLeft } from './lib/longPlan'
import type { Campaign, Progress, SeedResult, Slice } from './lib/longPlan'

const root = fileURLToPath(new URL('..', import.meta.url))
/** Seeds below are those of tests and of the daily slice. */
const FIRST_SEED = 20_000
/** Time between two lines of progress, and two copies of the result, ms. */
const REPORT_MS = 30_000

const { values } = parseArgs({
  options: {
    jobs: { type: 'string', default: String(availableParallelism()) },
    seeds: { type: 'string', default: '2000' },
    'seeds-7': { type: 'string', default: '500' },
    'seeds-mode': { type: 'string', default: '500' },
    'seed-start': { type: 'string', default: String(FIRST_SEED) },
    minutes: { type: 'string', default: '10' },
    id: { type: 'string' },
    status: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false }
  }
})

interface LongRun {
  id: string
  minutes: number
  /** Wall time of all sessions together, and of all processes together, ms. */
  wallMs: number
  processMs: number
  plan: Progress[]
}

function stop(sentence: string): never {
  console.error(sentence)
  process.exit(2)
}

function whole(name: 'jobs' | 'seeds' | 'seeds-7' | 'seeds-mode' | 'seed-start' | 'minutes', least: number): number {
  const value = Number(values[name])
  return Number.isInteger(value) && value >= least ? value : stop(`--${name} must be a whole number of at least ${least}, got "${values[name]}".`)
}

if (values.help) {
  console.log(
    'npm run sim:long -- [--jobs N] [--seeds 2000] [--seeds-7 500] [--seeds-mode 500] [--seed-start 20000] [--minutes 10] [--id ID] [--status]\n' +
      '  --seeds    per family with four nodes and one liar; --seeds-7: with seven nodes and two; --seeds-mode: of each further mode, with four\n' +
      '  --id       goes on with an earlier run, whatever the sources are now; --status prints how far it is'
  )
  process.exit(0)
}

const git = (...args: string[]): string => execFileSync('git', args, { cwd: root, encoding: 'utf8' }).trim()
const folderOf = (id: string): string => `${root}.cache/sim/long-${id}`
const resultOf = (id: string): string => `${folderOf(id)}/result.json`

/** One file with the simulator's command line; packages stay outside. @returns its id */
async function bundle(): Promise<string> {
  const built = await build({
    root,
    configFile: false,
    logLevel: 'error',
    build: {
      ssr: 'src/sim/cli.ts',
      write: false,
      target: 'node20',
      minify: false,
      rolldownOptions: { output: { entryFileNames: 'cli.mjs', codeSplitting: false } }
    }
  })
  const outputs = Array.isArray(built) ? built : [built]
  const code = outputs.flatMap(each => ('output' in each ? each.output : [])).find(each => each.type === 'chunk')?.code
  if (code === undefined) return stop('The simulator cannot be bundled.')
  const id =
    git('status', '--porcelain', '--', 'src') === '' ? git('rev-parse', '--short=10', 'HEAD') : createHash('sha256').update(code).digest('hex').slice(0, 10)
  mkdirSync(folderOf(id), { recursive: true })
  if (!existsSync(`${folderOf(id)}/cli.mjs`)) writeFileSync(`${folderOf(id)}/cli.mjs`, code)
  return id
}

/** Mode 0 of each family with four nodes and with seven; its other modes with four. */
function campaigns(): Campaign[] {
  const small = whole('seeds', 0)
  const large = whole('seeds-7', 0)
  const ofMode = whole('seeds-mode', 0)
  return FAMILIES.flatMap(({ name, modes }): Campaign[] => [
    { family: name, mode: null, nodes: 4, byzantine: 1, seeds: small },
    { family: name, mode: null, nodes: 7, byzantine: 2, seeds: large },
    ...modes.slice(1).map((mode): Campaign => ({ family: name, mode, nodes: 4, byzantine: 1, seeds: ofMode }))
  ]).filter(({ seeds }) => seeds > 0)
}

function load(id: string): LongRun | null {
  return existsSync(resultOf(id)) ? (JSON.parse(readFileSync(resultOf(id), 'utf8')) as LongRun) : null
}

function save(run: LongRun): void {
  writeFileSync(`${resultOf(run.id)}.new`, JSON.stringify(run))
  renameSync(`${resultOf(run.id)}.new`, resultOf(run.id))
}

function table(run: LongRun): string[] {
  const rows = run.plan.map(progress => {
    const { violations, stalls } = countFailures(progress)
    const done = seedsDone(progress)
    const hours = ((done * run.minutes) / 60).toFixed(1)
    return `  ${nameOf(progress.campaign).padEnd(32)} ${done}/${progress.campaign.seeds} seeds, ${hours} virtual h, ${violations} violations, ${stalls} stalls`
  })
  return [`${run.id}: ${(run.wallMs / 60_000).toFixed(1)} min wall, ${(run.processMs / 60_000).toFixed(1)} min of processes`, ...rows]
}

const replayOf = ({ family, mode, nodes, byzantine }: Campaign, seed: number, minutes: number): string =>
  `npm run sim -- --family ${family}${mode === null ? '' : ` --mode ${mode}`} --nodes ${nodes} --byzantine ${byzantine} --minutes ${minutes} --seeds 1 --seed-start ${seed} --verbose`

// ------------------------------------------------------------------------------------------------------------- running

const running = new Set<ChildProcess>()
let stopping = false

/** Runs one slice in a process of its own, seed by seed. */
function runSlice(run: LongRun, slice: Slice): Promise<void> {
  const progress = run.plan[slice.campaign]!
  const { family, mode, nodes, byzantine } = progress.campaign
  const options = Object.entries({
    family,
    nodes,
    byzantine,
    seeds: slice.seeds,
    'seed-start': slice.firstSeed,
    minutes: run.minutes,
    ...(mode === null ? {} : { mode })
  })
  const child = spawn(
    process.execPath,
    [`${folderOf(run.id)}/cli.mjs`, '--json', '--trust-own', ...options.flatMap(([name, value]) => [`--${name}`, String(value)])],
    {
      stdio: ['ignore', 'pipe', 'inherit']
    }
  )
  running.add(child)
  const began = performance.now()
  createInterface({ input: child.stdout }).on('line', line => {
    const result = JSON.parse(line) as SeedResult
    note(progress, slice.slice, result)
    if (result.failed === null) return
    console.log(
      `FAILED ${nameOf(progress.campaign)} seed ${result.seed}: ${result.failed.message}\n  replay: ${replayOf(progress.campaign, result.seed, run.minutes)}`
    )
    save(run)
  })
  return new Promise((resolve, reject) => {
    child.on('close', code => {
      running.delete(child)
      run.processMs += performance.now() - began
      if (code === 0 || stopping) resolve()
      else reject(new Error(`${nameOf(progress.campaign)}: the process of seed ${slice.firstSeed} and following ended with ${String(code)}`))
    })
  })
}

function tell(run: LongRun, sinceMs: number, doneBefore: number): void {
  const total = run.plan.reduce((sum, { campaign }) => sum + campaign.seeds, 0)
  const done = run.plan.reduce((sum, progress) => sum + seedsDone(progress), 0)
  const failures = run.plan.reduce((sum, progress) => sum + progress.failures.length, 0)
  const perMinute = ((done - doneBefore) * 60_000) / sinceMs
  const left = perMinute === 0 ? '?' : ((total - done) / perMinute).toFixed(0)
  console.log(`${new Date().toISOString().slice(11, 19)} ${done}/${total} seeds, ${perMinute.toFixed(1)} a minute, ${left} min left, ${failures} failures`)
}

async function main(): Promise<void> {
  const id = values.id ?? (await bundle())
  const known = load(id)
  if (values.status) {
    for (const line of known === null ? [`There is no run ${id}.`] : table(known)) console.log(line)
    return
  }
  const firstSeed = whole('seed-start', 0)
  const run = known ?? { id, minutes: whole('minutes', 2), wallMs: 0, processMs: 0, plan: campaigns().map(campaign => newProgress(campaign, firstSeed)) }
  const doneBefore = run.plan.reduce((sum, progress) => sum + seedsDone(progress), 0)
  const wallBefore = run.wallMs
  const began = performance.now()
  const keep = (): void => {
    run.wallMs = wallBefore + performance.now() - began
    save(run)
  }
  const timer = setInterval(() => {
    keep()
    tell(run, performance.now() - began, doneBefore)
  }, REPORT_MS)
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => {
      stopping = true
      for (const child of running) child.kill()
    })
  }
  const slices = slicesLeft(run.plan)
  console.log(`run ${id}: ${slices.length} slices left, ${resultOf(id)}`)
  const worker = async (): Promise<void> => {
    for (let slice = slices.shift(); slice !== undefined && !stopping; slice = slices.shift()) await runSlice(run, slice)
  }
  try {
    await Promise.all(Array.from({ length: whole('jobs', 1) }, worker))
  } finally {
    clearInterval(timer)
    keep()
  }
  for (const line of table(run)) console.log(line)
  process.exitCode = run.plan.some(({ failures }) => failures.length > 0) ? 1 : 0
}

await main()
