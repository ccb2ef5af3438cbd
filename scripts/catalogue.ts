/**
 * `npm run catalogue [-- --write]`: every message, transaction, block and leaf of the state with its fields, sizes and a real example, from the schemas themselves; with `--write`
 * into docs/MESSAGES.md and into the file that the page shows. Whoever changes a schema runs it; a test says so.
 */
import { writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { makeCatalogue } from './lib/catalogue/catalogue'
import { makeExamples } from './lib/catalogue/examples'
import { dataOf, pageOf } from './lib/catalogue/page'

const { values } = parseArgs({ options: { write: { type: 'boolean', default: false } } })
const catalogue = makeCatalogue(makeExamples())
if (values.write) {
  writeFileSync(new URL('../docs/MESSAGES.md', import.meta.url), pageOf(catalogue))
  writeFileSync(new URL('../src/app/screens/learn/catalogue.json', import.meta.url), dataOf(catalogue))
} else console.log(pageOf(catalogue))
