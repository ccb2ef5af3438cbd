// @ts-check
/** Runs the tools of this repository one after another, each in its own process group, and tells how they ended. */
import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The repository's top folder. */
export const root = fileURLToPath(new URL('../..', import.meta.url))

/** A stage that was told to end gets this long before it is killed. */
const GRACE_MS = 5_000

const require = createRequire(import.meta.url)

/**
 * The command that runs a package's program with this very Node, without a shell or npx in between.
 * @param {string} pkg name of the package
 * @param {string} [program] name of its program, when it differs from the package's
 * @returns {string[]}
 */
export function tool(pkg, program = pkg) {
  const folder = require.resolve
    .paths(pkg)
    ?.map(path => join(path, pkg))
    .find(path => readManifest(path) !== null)
  if (!folder) throw new Error(`The package "${pkg}" is not installed. Run "npm install".`)
  const { bin } = /** @type {{bin: string | Record<string, string>}} */ (readManifest(folder))
  const file = typeof bin === 'string' ? bin : bin[program]
  if (!file) throw new Error(`The package "${pkg}" has no program "${program}".`)
  return [process.execPath, join(folder, file)]
}

/** @param {string} folder @returns {unknown} */
function readManifest(folder) {
  try {
    return /** @type {unknown} */ (JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')))
  } catch {
    return null
  }
}

/**
 * Runs one command in the repository's top folder with its output shown.
 * @param {string[]} command
 * @param {{timeoutMs: number, env?: Record<string, string>}} options after the timeout the whole process group is ended
 * @returns {Promise<{ok: boolean, seconds: number, timedOut: boolean}>}
 */
export function runCommand(command, { timeoutMs, env = {} }) {
  const [file = '', ...args] = command
  const started = performance.now()
  return new Promise(resolve => {
    const child = spawn(file, args, { cwd: root, env: { ...process.env, ...env }, stdio: ['ignore', 'inherit', 'inherit'], detached: true })
    const signalGroup = (/** @type {NodeJS.Signals} */ signal) => {
      try {
        if (child.pid !== undefined) process.kill(-child.pid, signal)
      } catch {
        // The group has ended already.
      }
    }
    let timedOut = false
    /** @type {NodeJS.Timeout | undefined} */
    let lastWord
    const limit = setTimeout(() => {
      timedOut = true
      signalGroup('SIGTERM')
      lastWord = setTimeout(() => signalGroup('SIGKILL'), GRACE_MS)
    }, timeoutMs)
    const interrupt = () => {
      signalGroup('SIGTERM')
      process.exit(130)
    }
    process.once('SIGINT', interrupt)
    process.once('SIGTERM', interrupt)
    const settle = (/** @type {boolean} */ ok) => {
      clearTimeout(limit)
      clearTimeout(lastWord)
      process.off('SIGINT', interrupt)
      process.off('SIGTERM', interrupt)
      resolve({ ok, seconds: (performance.now() - started) / 1000, timedOut })
    }
    child.once('error', error => {
      console.error(error.message)
      settle(false)
    })
    child.once('exit', code => {
      // What a stage leaves behind must not disturb the next one.
      signalGroup('SIGKILL')
      settle(code === 0 && !timedOut)
    })
  })
}

/**
 * One line per stage: name, outcome, seconds, remark.
 * @param {{name: string, ok: boolean, seconds: number, remark?: string}[]} results
 */
export function printTable(results) {
  const width = Math.max(...results.map(result => result.name.length))
  for (const { name, ok, seconds, remark } of results) {
    console.log(`  ${name.padEnd(width)}  ${ok ? 'ok  ' : 'FAIL'}  ${seconds.toFixed(1).padStart(7)} s${remark ? `  ${remark}` : ''}`)
  }
}
