// @ts-check
/** `npm run check`: everything that can be said about the code without running it. `--only <name>` runs one tool. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { ensureInstalled } from './lib/setup.mjs'
import { printTable, root, runCommand, tool } from './lib/stages.mjs'

/** The slowest tool, a cold typed lint on two busy cores, needs about a tenth of this. */
const TOOL_TIMEOUT_MS = 300_000

const FOLDERS = ['src', 'workers', 'headless', 'e2e', 'bench', 'scripts']

/** @type {Record<string, () => string[][]>} name → commands, made late because the tools may still have to be installed */
const CHECKS = {
  format: () => [[...tool('prettier'), '--check', '.', '--log-level', 'warn']],
  lint: () => [[...tool('eslint'), '.', '--max-warnings', '0']],
  types: () => [[...tool('typescript', 'tsc'), '-b']],
  components: () => [[...tool('svelte-check'), '--tsconfig', './tsconfig.app.json', '--fail-on-warnings', '--output', 'human']],
  imports: () => [[...tool('dependency-cruiser', 'depcruise'), ...FOLDERS.filter(folder => existsSync(join(root, folder)))]],
  unused: () => [tool('knip')],
  size: () => [[...tool('vite'), 'build', '--logLevel', 'warn'], tool('size-limit')]
}

const { values } = parseArgs({ options: { only: { type: 'string' } } })
const names = values.only ? [values.only] : Object.keys(CHECKS)
const unknown = names.find(name => !(name in CHECKS))
if (unknown) {
  console.error(`There is no check "${unknown}". There are: ${Object.keys(CHECKS).join(', ')}.`)
  process.exit(2)
}

await ensureInstalled()

/** @type {{name: string, ok: boolean, seconds: number, remark?: string}[]} */
const results = []
for (const name of names) {
  console.log(`\n── ${name}`)
  const result = { name, ok: true, seconds: 0, remark: '' }
  for (const command of CHECKS[name]?.() ?? []) {
    const { ok, seconds, timedOut } = await runCommand(command, { timeoutMs: TOOL_TIMEOUT_MS })
    result.seconds += seconds
    if (timedOut) result.remark = `ended after ${TOOL_TIMEOUT_MS / 1000} s`
    if (!ok) {
      result.ok = false
      break
    }
  }
  results.push(result)
}

console.log('')
printTable(results)
process.exit(results.every(result => result.ok) ? 0 : 1)
