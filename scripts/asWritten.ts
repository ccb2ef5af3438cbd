/**
 * The rules of the seeds, measured: `node --import tsx scripts/asWritten.ts` runs every switch both ways and prints its figures, `--only ID` one of them, `--write` puts them into
 * docs/ASWRITTEN.md. `--find` looks for the first seed that shows a failure: after a change of the simulator a stored seed may not.
 */
import { writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { createNodeFast, nodeFastSign } from '../src/platform/crypto/nodeFast'
import type { AsWritten } from '../src/sim/asWritten/asWritten'
import { AS_WRITTEN } from '../src/sim/asWritten/index'
import { linesOf, pageOf } from '../src/sim/asWritten/report'
import type { Measured } from '../src/sim/asWritten/report'

const { values } = parseArgs({
  options: {
    only: { type: 'string' },
    seeds: { type: 'string', default: '8' },
    write: { type: 'boolean', default: false },
    find: { type: 'boolean', default: false }
  }
})

const MAX_FOUND_SEED = 1000

const platform = { fastVerify: createNodeFast(), fastSign: nodeFastSign }
const page = fileURLToPath(new URL('../docs/ASWRITTEN.md', import.meta.url))

function measure(entry: AsWritten, seeds: number): Measured {
  const failures = (sound: boolean): number => Array.from({ length: seeds }, (_, i) => entry.run(sound, i + 1, platform)).filter(({ failed }) => failed).length
  return {
    entry,
    written: entry.run(false, entry.storedSeed, platform),
    sound: entry.run(true, entry.storedSeed, platform),
    trials: { seeds, writtenFailed: failures(false), soundFailed: failures(true) }
  }
}

function find(entry: AsWritten): void {
  for (let seed = 1; seed <= MAX_FOUND_SEED; seed++) {
    if (!entry.run(false, seed, platform).failed || entry.run(true, seed, platform).failed) continue
    console.log(`${entry.id}: seed ${seed} shows it`)
    return
  }
  console.log(`${entry.id}: none of ${MAX_FOUND_SEED} seeds shows it`)
}

const entries = AS_WRITTEN.filter(({ id }) => values.only === undefined || id === values.only)
if (entries.length === 0) {
  console.error(`There is no switch "${values.only}"; known: ${AS_WRITTEN.map(({ id }) => id).join(', ')}.`)
  process.exit(2)
}
const measured: Measured[] = []
for (const entry of entries) {
  if (values.find) {
    find(entry)
    continue
  }
  const each = measure(entry, Number(values.seeds))
  measured.push(each)
  const { seeds, writtenFailed, soundFailed } = each.trials
  console.log(`${entry.id}, seed ${entry.storedSeed}; over ${seeds} seeds it failed in ${writtenFailed} as written, in ${soundFailed} when sound`)
  for (const line of linesOf(entry, each.written)) console.log(`  as written: ${line}`)
  for (const line of linesOf(entry, each.sound)) console.log(`  sound: ${line}`)
}
if (values.write && values.only === undefined) writeFileSync(page, pageOf(measured))
