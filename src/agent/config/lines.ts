/** Where a key stands in a TOML file. The parser gives values without places; problems need a line, and the form changes one value and leaves the rest as the person wrote it. */

interface Line {
  /** `table.key`, or `table` for a header; null for everything else. */
  path: string | null
  header: boolean
  /** Index of the first character of the value. */
  valueAt: number
}

const HEADER = /^\s*\[\s*([A-Za-z0-9_.-]+)\s*\]\s*(?:#.*)?$/
const PAIR = /^(\s*([A-Za-z0-9_.-]+)\s*=\s*)/

/** Plain files: one pair a line, bare keys. What is written otherwise is not found, which is never wrong, only less helpful. */
function scan(text: string): Line[] {
  let table = ''
  return text.split('\n').map(line => {
    const header = HEADER.exec(line)
    if (header !== null) {
      table = header[1]!
      return { path: table, header: true, valueAt: 0 }
    }
    const pair = PAIR.exec(line)
    if (pair === null) return { path: null, header: false, valueAt: 0 }
    return { path: table === '' ? pair[2]! : `${table}.${pair[2]!}`, header: false, valueAt: pair[1]!.length }
  })
}

/** @returns number of the line, from 1, of the key, else of its table, else null */
export function lineOf(text: string, path: string): number | null {
  const lines = scan(text)
  for (let at = path; at !== ''; at = at.slice(0, Math.max(0, at.lastIndexOf('.')))) {
    const found = lines.findIndex(line => line.path === at)
    if (found >= 0) return found + 1
  }
  return null
}

/** A comment behind a value, with the white space before it. Values with `#` inside a string keep it. */
function commentAfter(rest: string): string {
  return /^(?:"(?:[^"\\]|\\.)*"|'[^']*'|[^#"'])*?(\s*#.*)$/.exec(rest)?.[1] ?? ''
}

/** Does the value that begins here end on its line? */
function endsOnLine(rest: string): boolean {
  const value = rest.slice(0, rest.length - commentAfter(rest).length).trim()
  if (value.startsWith('"""') || value.startsWith("'''")) return false
  return !value.startsWith('[') || value.endsWith(']')
}

/**
 * Writes `key = value` into the file: in the key's own line, else at the end of its table, else in a new table at the end.
 * @param value as TOML spells it; null: the line goes
 * @returns null where the file is written in a way that this cannot change without risk
 */
export function withValue(text: string, table: string, key: string, value: string | null): string | null {
  const rows = text.split('\n')
  const lines = scan(text)
  const path = table === '' ? key : `${table}.${key}`
  const own = lines.findIndex(line => line.path === path && !line.header)
  if (own >= 0) {
    const rest = rows[own]!.slice(lines[own]!.valueAt)
    if (!endsOnLine(rest)) return null
    if (value === null) rows.splice(own, 1)
    else rows[own] = rows[own]!.slice(0, lines[own]!.valueAt) + value + commentAfter(rest)
    return rows.join('\n')
  }
  if (lines.some(line => line.path === path)) return null
  if (value === null) return text
  const pair = `${key} = ${value}`
  const head = table === '' ? -1 : lines.findIndex(line => line.header && line.path === table)
  if (table !== '' && head < 0) return `${text.trimEnd()}\n\n[${table}]\n${pair}\n`
  const next = lines.findIndex((line, i) => i > head && line.header)
  let end = next < 0 ? rows.length : next
  // Behind the last pair, before the blank lines and the comments that belong to the next table.
  while (end > head + 1 && (lines[end - 1]?.path ?? null) === null) end--
  rows.splice(end, 0, pair)
  return rows.join('\n')
}
