/**
 * Every order of events in a small case: `node --import tsx scripts/explore.ts --heights 2 --slots 2 --deviations 4`. Without `--deviations` all choices are followed.
 * `--mutant NAME` runs a deliberate bug and prints the schedule that shows it.
 */
import { parseArgs } from 'node:util'
import { explore, linesOf } from '../src/sim/explore'
import type { ExploreOptions } from '../src/sim/explore'
import { EXPLORE_MUTANTS, ONE_HEIGHT } from '../src/sim/exploreCases'

const { values } = parseArgs({
  options: {
    heights: { type: 'string', default: '1' },
    slots: { type: 'string', default: '1' },
    crashes: { type: 'string', default: '0' },
    deviations: { type: 'string' },
    progress: { type: 'string' },
    mutant: { type: 'string' },
    'max-seconds': { type: 'string', default: '600' },
    help: { type: 'boolean', default: false }
  }
})

function stop(sentence: string): never {
  console.error(sentence)
  process.exit(2)
}

function integer(name: string, text: string): number {
  const value = Number(text)
  return Number.isInteger(value) && value >= 0 ? value : stop(`--${name} must be a whole number, got "${text}".`)
}

function chosen(): ExploreOptions {
  const { mutant } = values
  if (mutant !== undefined) return EXPLORE_MUTANTS.find(({ name }) => name === mutant)?.options ?? stop(`There is no mutant "${mutant}".`)
  const deviations = values.deviations === undefined ? null : integer('deviations', values.deviations)
  const progress = values.progress ?? (deviations === null ? 'every' : 'drained')
  if (progress !== 'every' && progress !== 'drained' && progress !== 'none') stop('--progress is every, drained or none.')
  return {
    ...ONE_HEIGHT,
    heights: integer('heights', values.heights),
    slots: integer('slots', values.slots),
    crashes: integer('crashes', values.crashes),
    deviations,
    progress
  }
}

if (values.help) {
  console.log(
    'node --import tsx scripts/explore.ts [--heights 1] [--slots 1] [--crashes 0] [--deviations N] [--progress every|drained|none] [--max-seconds 600]'
  )
  console.log(`  or --mutant NAME: ${EXPLORE_MUTANTS.map(({ name }) => name).join(' | ')}`)
  process.exit(0)
}

const options = chosen()
const maxMs = 1000 * integer('max-seconds', values['max-seconds'])
const started = performance.now()
const report = explore({ ...options, stop: () => performance.now() - started > maxMs })
for (const line of linesOf(report, (performance.now() - started) / 1000)) console.log(line)
process.exitCode = report.violation === null ? 0 : 1
