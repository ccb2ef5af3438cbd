/**
 * `npm run bench`: one table per subject. Ratios are measured within one run, so they hold on other machines too; the absolute beside each is this machine's.
 * `--only <subject>` runs one.
 */
import { availableParallelism, cpus } from 'node:os'
import { parseArgs } from 'node:util'
import { block } from './block'
import { codec } from './codec'
import { finality } from './finality'
import { growth } from './growth'
import { light } from './light'
import { memes } from './memes'
import { format } from './report'
import type { Report } from './report'
import { signatures } from './signatures'
import { simulator } from './simulator'
import { state } from './state'
import { sync } from './sync'
import { tab } from './tab'
import { tabSimulator } from './tabSimulator'

const SUBJECTS: Record<string, () => Report | Promise<Report>> = {
  signatures,
  block,
  state,
  sync,
  growth,
  codec,
  memes,
  simulator,
  'tab-simulator': tabSimulator,
  light,
  tab,
  finality
}

const { values } = parseArgs({ options: { only: { type: 'string' } } })
const names = values.only === undefined ? Object.keys(SUBJECTS) : [values.only]
const unknown = names.find(name => !(name in SUBJECTS))
if (unknown !== undefined) {
  console.error(`There is no subject "${unknown}". There are: ${Object.keys(SUBJECTS).join(', ')}.`)
  process.exit(2)
}

console.log(`Node ${process.version}, ${availableParallelism()} × ${cpus()[0]?.model.trim() ?? 'unknown processor'}\n`)
for (const name of names) {
  const report = await SUBJECTS[name]?.()
  if (report !== undefined) console.log(`${format(report)}\n`)
}
