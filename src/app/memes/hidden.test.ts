import { describe, expect, it } from 'vitest'
import { Hidden } from './hidden.svelte'

const key = (digit: string): string => digit.repeat(64)

describe('F-37: a list of what is hidden', () => {
  it('handed on hides the same elsewhere, beside what was hidden there', () => {
    const [teacher, pupil] = [new Hidden(null), new Hidden(null)]
    teacher.hide(key('a'))
    teacher.mute(key('b'))
    pupil.hide(key('c'))
    expect(pupil.take(teacher.list)).toEqual({ ok: true, value: 2 })
    expect(pupil.take(teacher.list)).toEqual({ ok: true, value: 0 })
    expect(pupil.has({ id: key('a'), creator: key('0') })).toBe(true)
    expect(pupil.has({ id: key('1'), creator: key('b') })).toBe(true)
    expect(pupil.has({ id: key('c'), creator: key('0') })).toBe(true)
    expect(pupil.has({ id: key('1'), creator: key('0') })).toBe(false)
  })

  it.each([
    ['nothing', ''],
    ['no JSON', '<script>'],
    ['another file', '{"quorumble":"key"}'],
    ['null', 'null'],
    ['names that are no keys', JSON.stringify({ format: 'quorumble-hide-list-1', memes: ['<img src=x>'], creators: [] })],
    ['more than anybody hides', JSON.stringify({ format: 'quorumble-hide-list-1', memes: [key('a').repeat(2000)], creators: [] })]
  ])('%s changes nothing', (_, text) => {
    const hidden = new Hidden(null)
    hidden.hide(key('a'))
    expect(hidden.take(text)).toMatchObject({ ok: false, code: 'bad-list' })
    expect(hidden.memes).toEqual([key('a')])
  })
})
