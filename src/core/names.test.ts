import { existsSync, readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { defaultName, nameAt } from '../agent/names'
import { utf8 } from './bytes'
import { MAX_NAME_BYTES } from './limits'
import { checkName, nameFromBytes, nameToBytes } from './names'

/** The big list of naughty strings, beside the repository where it exists. */
const BLNS = new URL('../../../shared/vectors/strings/blns.json', import.meta.url)

/** Refused with a code, or a name that survives its bytes. */
function judge(text: string): void {
  const checked = checkName(text)
  if (!checked.ok) {
    expect(checked.code).toBe('bad-name')
    expect(checked.detail).not.toBe('')
    return
  }
  expect(utf8(checked.value).length).toBeLessThanOrEqual(MAX_NAME_BYTES)
  expect(nameFromBytes(nameToBytes(checked.value))).toBe(checked.value)
  expect(checkName(checked.value), 'checking twice changes nothing').toEqual(checked)
}

describe('names', () => {
  it.each(['', ' ', '\t\n', '\u200b', 'a\u202eb', 'a\u0000b', 'a\nb', 'a\ufeffb', '\ud800', 'a\u2028b', '\ue000', 'x'.repeat(33), 'ä'.repeat(17), '👩‍👩‍👧'])(
    '%j is refused',
    text => {
      expect(checkName(text)).toMatchObject({ ok: false, code: 'bad-name' })
    }
  )

  it.each([
    ['  Ada  ', 'Ada'],
    ['e\u0301', 'é'],
    ['x'.repeat(32), 'x'.repeat(32)],
    ['ä'.repeat(16), 'ä'.repeat(16)],
    ['<b>&', '<b>&'],
    ['名前', '名前']
  ])('%j becomes %j', (text, name) => {
    expect(checkName(text)).toEqual({ ok: true, value: name })
  })

  it('any text is refused or survives', () => {
    fc.assert(fc.property(fc.oneof(fc.string({ unit: 'grapheme', maxLength: 20 }), fc.string({ unit: 'binary', maxLength: 20 })), judge), { numRuns: 1000 })
  })

  it('any 32 bytes are a name in its only spelling, or none', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.uint8Array({ minLength: 32, maxLength: 32 }),
          fc.uint8Array({ maxLength: 8 }).map(bytes => Uint8Array.of(...bytes, ...new Uint8Array(32 - bytes.length)))
        ),
        bytes => {
          const name = nameFromBytes(bytes)
          if (name !== null) expect(nameToBytes(name)).toEqual(bytes)
        }
      ),
      { numRuns: 1000 }
    )
  })

  it('bytes after the end, blanks at the ends and broken UTF-8 are no name', () => {
    const padded = (bytes: number[]) => Uint8Array.of(...bytes, ...new Uint8Array(32 - bytes.length))
    expect(nameFromBytes(padded([65]))).toBe('A')
    for (const wrong of [[65, 0, 65], [32, 65], [65, 32], [0xff], [0xc3], [0xc0, 0x80], [0x65, 0xcc, 0x81], []])
      expect(nameFromBytes(padded(wrong)), String(wrong)).toBeNull()
  })

  const blns = existsSync(BLNS) ? (JSON.parse(readFileSync(BLNS, 'utf8')) as string[]) : null
  if (blns === null) console.log('skipped: the big list of naughty strings is not on this machine')
  it.skipIf(blns === null)('every naughty string is refused or survives', () => {
    expect(blns!.length).toBeGreaterThan(400)
    for (const text of blns!) judge(text)
  })

  it('names that nobody chose are names, too', () => {
    for (let i = 0; i < 256; i++) {
      expect(checkName(defaultName(new Uint8Array(32).fill(i)))).toMatchObject({ ok: true })
      expect(checkName(nameAt(i))).toMatchObject({ ok: true })
    }
    expect(new Set(Array.from({ length: 128 }, (_, i) => nameAt(i))).size).toBe(128)
    expect(defaultName(Uint8Array.of(1, 2, 3))).toBe(defaultName(Uint8Array.of(1, 2, 3)))
  })
})
