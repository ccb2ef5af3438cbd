import { describe, expect, it } from 'vitest'
import { lineOf, withValue } from './lines'

describe('where a key stands', () => {
  const TEXT = 'a = 1\n[t]\n# b = 0\n  b = "x = y" # why\n[u.v]\nc = [\n 1 ]\n'
  it.each([
    ['a', 1],
    ['t', 2],
    ['t.b', 4],
    ['u.v.c', 6],
    // Not there: its table is nearest.
    ['t.z', 2],
    ['b', null],
    ['z.z', null]
  ])('%s: line %j', (path, line) => expect(lineOf(TEXT, path)).toBe(line))

  it('a value changes in its place, with its comment', () => {
    expect(withValue(TEXT, 't', 'b', '"#"')).toBe(TEXT.replace('"x = y"', '"#"'))
    expect(withValue('k = "#" # c', '', 'k', '1')).toBe('k = 1 # c')
    expect(withValue(TEXT, 't', 'b', null)).toBe(TEXT.replace('  b = "x = y" # why\n', ''))
  })
  it('what spans lines is left alone', () => {
    expect(withValue(TEXT, 'u.v', 'c', '[]')).toBeNull()
    expect(withValue('k = """\nx"""', '', 'k', '1')).toBeNull()
  })
})
