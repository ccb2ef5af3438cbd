/** What a subject reports and how it is printed. */

/** One line: the ratio is what to remember, the absolute is there for scale. */
export interface Row {
  what: string
  absolute: string
  ratio: string
}

export interface Report {
  title: string
  /** What the ratio is a ratio of. */
  ratioOf: string
  rows: Row[]
}

/** Three significant digits, and as many zeros as it takes: 0.0712, 3.41, 128, 15400. */
export function figure(value: number): string {
  if (!Number.isFinite(value)) return '–'
  const rounded = Number(value.toPrecision(3))
  return Math.abs(rounded) >= 100 ? rounded.toFixed(0) : rounded.toPrecision(3)
}

/** @param ms milliseconds, printed in the unit that fits */
export function duration(ms: number): string {
  if (ms >= 1000) return `${figure(ms / 1000)} s`
  return ms >= 1 ? `${figure(ms)} ms` : `${figure(ms * 1000)} µs`
}

export const times = (ratio: number): string => `${figure(ratio)} ×`

/** Columns aligned, numbers to the right. */
export function format({ title, ratioOf, rows }: Report): string {
  const table = [{ what: title, absolute: '', ratio: ratioOf }, ...rows]
  const width = (pick: (row: Row) => string) => Math.max(...table.map(row => pick(row).length))
  const [what, absolute, ratio] = [width(row => row.what) + 2, width(row => row.absolute), width(row => row.ratio)]
  const lines = table.map(row => `  ${row.what.padEnd(what)}${row.absolute.padStart(absolute)}  ${row.ratio.padStart(ratio)}`)
  return [lines[0]!, `  ${'─'.repeat(what + absolute + 2 + ratio)}`, ...lines.slice(1)].join('\n')
}
