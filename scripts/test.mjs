// @ts-check
/**
 * `npm test`: installs what is missing, then checks, builds, unit tests, a slice of the simulator and the end-to-end specs. Every stage
 * runs, whatever became of the one before. The last line is the sum, "N passed, N failed".
 */
import { execFileSync } from 'node:child_process'
import { mkdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { ensureChromium } from './lib/chromium.mjs'
import { ensureInstalled } from './lib/setup.mjs'
import { printTable, root, runCommand, tool } from './lib/stages.mjs'
import { countVitest, total } from './lib/outcome.mjs'

const MINUTE_MS = 60_000
/** When a stage is given up. On a quiet machine with two cores all of them together take some twenty minutes; 25 are the aim, 90 the limit. */
const TIMEOUT_MS = { check: 8 * MINUTE_MS, build: 3 * MINUTE_MS, unit: 15 * MINUTE_MS, sim: 4 * MINUTE_MS, e2e: 35 * MINUTE_MS }
const FAMILIES = ['chaos', 'midnight', 'spacetime', 'vision']
/** Of each family. Ten virtual minutes of four nodes with a liar take 2 s, and three times that on a busy machine. */
const SIM_SEEDS = 6
/** A machine slower than that looks at fewer seeds and says so; the stage does not fail for it. Three minutes for all families. */
const SIM_MAX_SECONDS = 45
const DAY_MS = 86_400_000
/** Room for the seeds of one commit below those of the next day. */
const SEEDS_PER_DAY = 1_000_000

/** Other seeds every day and for every commit, the same for a re-run of both. */
function firstSeed() {
  const day = Math.floor(Date.now() / DAY_MS)
  let commit = '0'
  try {
    commit = execFileSync('git', ['rev-parse', '--short=4', 'HEAD'], { cwd: root, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim()
  } catch {
    // An exported tree has no history; the day still rotates.
  }
  return (day % 1000) * SEEDS_PER_DAY + Number.parseInt(commit.slice(0, 4), 16) * 10 + 1
}

const reports = join(root, '.cache', 'test')

/** @param {string} name @param {string[]} config */
const vitest = (name, config) => [
  ...tool('vitest'),
  'run',
  ...config,
  '--reporter=default',
  '--reporter=json',
  `--outputFile.json=${join(reports, `${name}.json`)}`
]

/** @param {string} name @returns {unknown} the report of that run, null when it ended before writing one */
function readReport(name) {
  try {
    return JSON.parse(readFileSync(join(reports, `${name}.json`), 'utf8'))
  } catch {
    return null
  }
}

/** @type {{name: string, ok: boolean, seconds: number, remark: string, passed: number, failed: number, skipped: number}[]} */
const results = []

/** @param {keyof typeof TIMEOUT_MS} name @param {string[]} command @param {{vitest?: boolean, env?: Record<string, string>, of?: string}} [options] */
async function stage(name, command, options = {}) {
  const label = options.of === undefined ? name : `${name} ${options.of}`
  console.log(`\n═══ ${label}`)
  const { ok, seconds, timedOut } = await runCommand(command, { timeoutMs: TIMEOUT_MS[name], env: options.env })
  const count = options.vitest ? countVitest(readReport(name), ok) : { passed: ok ? 1 : 0, failed: ok ? 0 : 1, skipped: 0 }
  const remark = [
    options.vitest ? `${count.passed} passed, ${count.failed} failed, ${count.skipped} skipped` : '',
    timedOut ? `ended after ${TIMEOUT_MS[name] / MINUTE_MS} min` : ''
  ]
  results.push({ name: label, ok: ok && count.failed === 0, seconds, remark: remark.filter(Boolean).join('; '), ...count })
}

await ensureInstalled()
rmSync(reports, { recursive: true, force: true })
mkdirSync(reports, { recursive: true })

/** @type {Record<string, string>} */
let browser = {}
try {
  browser = { CHROMIUM_PATH: await ensureChromium() }
} catch (error) {
  // The specs then fail with the same sentence, one by one; the other stages still tell what they can.
  console.error(error instanceof Error ? error.message : error)
}

await stage('build', [...tool('vite'), 'build'])
await stage('check', [process.execPath, 'scripts/check.mjs'])
await stage('unit', vitest('unit', []), { vitest: true, env: browser })
for (const family of FAMILIES) {
  const scenario = `--family ${family} --nodes 4 --byzantine 1 --seeds ${SIM_SEEDS} --seed-start ${firstSeed()} --max-seconds ${SIM_MAX_SECONDS}`
  console.log(`\nnpm run sim -- ${scenario}`)
  await stage('sim', [process.execPath, '--import', 'tsx', 'src/sim/cli.ts', ...scenario.split(' ')], { of: family })
}
await stage('e2e', vitest('e2e', ['--config', 'e2e/vitest.config.ts']), { vitest: true, env: browser })

console.log('')
printTable(results)
const sum = total(results)
console.log('')
console.log(`${sum.passed} passed, ${sum.failed} failed${sum.skipped > 0 ? `, ${sum.skipped} skipped` : ''}`)
process.exit(sum.failed === 0 ? 0 : 1)
