/** What the switches measured, as text: for a terminal and for docs/ASWRITTEN.md. */
import type { AsWritten, Measure, Outcome } from './asWritten'

/** One switch with its stored seed, both ways, and how often it failed over more seeds. */
export interface Measured {
  entry: AsWritten
  written: Outcome
  sound: Outcome
  trials: { seeds: number; writtenFailed: number; soundFailed: number }
}

function shown(value: number | undefined, { unit }: Measure): string {
  if (value === undefined) return '?'
  return unit === '' ? String(value) : `${value} ${unit}`
}

/** The families a switch runs on: `--family` and `family` of a lab's run. */
export function stagesOf({ family, shipped }: AsWritten): readonly string[] {
  return [...new Set([...(family === 'all' ? [] : [family]), ...Object.keys(shipped)])]
}

/** How each figure was expected to be, and how it was with either rule: for a terminal and for a page. */
export function comparisonOf(entry: AsWritten, written: Outcome, sound: Outcome): { label: string; expected: string; written: string; sound: string }[] {
  return Object.entries(entry.measures).map(([name, measure]) => ({
    label: measure.label,
    expected: measure.expected ?? '',
    written: shown(written.figures[name], measure),
    sound: shown(sound.figures[name], measure)
  }))
}

/** One line per figure. */
export function linesOf(entry: AsWritten, { figures, failed, violation }: Outcome): string[] {
  const lines = Object.entries(entry.measures).map(([name, measure]) => `${measure.label}: ${shown(figures[name], measure)}`)
  return [...lines, `the failure is ${failed ? 'there' : 'not there'}`, ...(violation === null ? [] : [`first violation: ${violation}`])]
}

function sectionOf({ entry, written, sound, trials }: Measured): string {
  const rows = Object.entries(entry.measures).map(
    ([name, measure]) => `| ${measure.label} | ${measure.expected ?? ''} | ${shown(written.figures[name], measure)} | ${shown(sound.figures[name], measure)} |`
  )
  const caught = written.violation === null ? '' : `\nThe checkers say: \`${written.violation}\`.\n`
  return `### ${entry.id}

${entry.family === 'all' ? 'All families' : `Family ${entry.family}`}, seed ${entry.seeds.join(', ')}; ${entry.flaws.join(', ')}; simulator seed ${entry.storedSeed}.

- **As written:** ${entry.seedRule}
- **Sound:** ${entry.soundRule}
- **Seen:** ${entry.seen}

| figure | expected as written | measured as written | measured with the sound rule |
|---|---|---|---|
${rows.join('\n')}
${caught}
Over ${trials.seeds} seeds the failure appeared in ${trials.writtenFailed} as written and in ${trials.soundFailed} with the sound rule.
`
}

/** The whole page. */
export function pageOf(measured: readonly Measured[]): string {
  const rows = measured.map(
    ({ entry, trials }) =>
      `| [${entry.id}](#${entry.id}) | ${entry.seeds.join(', ')} | ${entry.seedRule} | ${trials.writtenFailed} / ${trials.seeds} | ${trials.soundFailed} / ${trials.seeds} |`
  )
  return `# As written

The documents that this project grew from contain rules that do not hold. Each of them can be switched on in the simulator, one at a time, and then fails in the way that is
measured here; with the sound rule in its place the same run does not. The code is in [\`src/sim/asWritten\`](../src/sim/asWritten/index.ts): real nodes, real
rounds, real checkers, one rule exchanged. A live network cannot run any of it, because nothing outside the simulator may import it.

This page is written by \`node --import tsx scripts/asWritten.ts --write\`; \`npm run sim -- --as-written ID\` runs one switch both ways. "Expected" is what a formula or a small
model says about the rule; where the measured figure differs, the real node with its votes and its network is why.

| switch | seed | rule as written | failed as written | failed when sound |
|---|---|---|---|---|
${rows.join('\n')}

${measured.map(sectionOf).join('\n')}`
}
