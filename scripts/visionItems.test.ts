/** V158: what the fourth seed lists as new in its v3.0.0, item by item, and by which tests of ours each is held. */
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'

const root = fileURLToPath(new URL('..', import.meta.url))

/** Item of the change log → first and last of the rows that it is made of. */
const ITEMS: Readonly<Record<string, readonly (readonly [number, number])[]>> = {
  'core module: selection of winner and backups': [
    [1, 26],
    [88, 94]
  ],
  'network snapshot with hysteresis': [
    [27, 36],
    [95, 101]
  ],
  'producer loop': [[37, 49]],
  'safe production of a block': [[50, 60]],
  'claim receipts': [[61, 69]],
  'peer manager': [[70, 72]],
  'status of mining over the API': [[73, 87]],
  'tests of determinism, and the guide’s scenarios': [[102, 113]],
  'log lines': [[120, 128]],
  'no call that blocks': [
    [55, 57],
    [114, 118]
  ]
}

const rowId = (number: number): string => `V${String(number).padStart(3, '0')}`

/** Rows that some test but this one quotes, ranges spelt out. */
function quotedRows(): Set<string> {
  const files = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard', '*.test.ts', '*.spec.ts'], { cwd: root, encoding: 'utf8' })
  const quoted = new Set<string>()
  for (const file of files.split('\0').filter(name => name !== '' && !name.endsWith('visionItems.test.ts'))) {
    for (const [, from, to] of readFileSync(`${root}${file}`, 'utf8').matchAll(/\bV(\d{3})(?:\s*[-–…]\s*V(\d{3}))?/g)) {
      for (let number = Number(from); number <= Number(to ?? from); number++) quoted.add(rowId(number))
    }
  }
  return quoted
}

describe('V158: the ten items of the seed’s v3.0.0', () => {
  const quoted = quotedRows()

  it.each(Object.entries(ITEMS))('%s', (_, ranges) => {
    const rows = ranges.flatMap(([first, last]) => Array.from({ length: last - first + 1 }, (__, i) => rowId(first + i)))
    expect(rows.filter(row => !quoted.has(row))).toEqual([])
  })

  it('are ten', () => {
    expect(Object.keys(ITEMS)).toHaveLength(10)
  })
})
