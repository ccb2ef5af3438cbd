import { describe, expect, it } from 'vitest'
import { ConstantReader } from './constants'

const FILES: Record<string, string> = {
  'a/one.ts': `
/** Opening words of the file. */
import { BASE as START, type Kind } from './two'
import { join } from 'node:path'

/** Twice the base. */
export const TWICE = 2 * START
const ALONE = 5

/**
 * Of two lines,
 * said together.
 */
const SHIFTED = (1 << 10) - 1_000 + 6 / 3
const NEXT = -SHIFTED
export const LIMITS = {
  /** Of all. */
  total: 4 * TWICE,
  each: 3
} as const
const WORDS = { text: 'no', number: 1 }
const NOT_KNOWN = TWICE * join.length
export const lowerCase = 7
function inside() { const HIDDEN = 8 }
`,
  'a/two.ts': 'export const BASE = 21\n',
  'a/Three.svelte': '<script lang="ts">\n  /** Rows shown. */\n  const ROWS = 12\n</script>\n<p>{ROWS}</p>\n'
}
const reader = new ConstantReader(
  '',
  file => FILES[file]!,
  file => file in FILES
)

describe('ConstantReader', () => {
  it('finds top-level numbers with upper-case names, follows imports, and reads the comment above', () => {
    expect(reader.numbersOf('a/one.ts').map(({ name, value, comment }) => [name, value, comment])).toEqual([
      ['TWICE', 42, 'Twice the base.'],
      ['ALONE', 5, 'Twice the base.'],
      ['SHIFTED', 26, 'Of two lines, said together.'],
      ['NEXT', -26, 'Of two lines, said together.'],
      ['LIMITS.total', 168, 'Of all.'],
      ['LIMITS.each', 3, 'Of two lines, said together.']
    ])
  })

  it('reads the script of a component', () => {
    expect(reader.numbersOf('a/Three.svelte')).toEqual([{ name: 'ROWS', value: 12, file: 'a/Three.svelte', comment: 'Rows shown.' }])
  })
})
