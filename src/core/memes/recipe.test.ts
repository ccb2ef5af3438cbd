import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { utf8 } from '../bytes'
import { MAX_LAYER_BYTES, MAX_LAYERS, MAX_RECIPE_BYTES } from '../limits'
import {
  ASCII_COLUMNS,
  ASCII_ROWS,
  decodeContent,
  encodeContent,
  FORMAT_ASCII,
  FORMAT_DRAWN,
  FORMAT_REMIX,
  FORMAT_TEMPLATE,
  FORMAT_TEXT,
  formatOf,
  LAYER_SIZES,
  LAYER_STICKER,
  LAYER_STROKE,
  LAYER_TEXT,
  LAYER_TEXT_RULE,
  PALETTE_SIZE,
  TEXT_RULE,
  TEXT_STYLES
} from './recipe'
import type { Layer, MemeContent, Recipe } from './recipe'
import { textFault, tidyText } from './text'

const natural = (max: number) => fc.integer({ min: 0, max })
const place = (kind: number) => ({
  kind: fc.constant(kind),
  x: natural(2000),
  y: natural(2000),
  size: fc.integer({ min: LAYER_SIZES[kind]![0], max: LAYER_SIZES[kind]![1] }),
  colour: natural(PALETTE_SIZE - 1)
})
const shown = fc
  .string({ unit: 'grapheme', minLength: 1, maxLength: 40 })
  .map(text => tidyText(`a${text}`, LAYER_TEXT_RULE))
  .filter(text => textFault(text, LAYER_TEXT_RULE) === null)
const text: fc.Arbitrary<Layer> = fc.record({ ...place(LAYER_TEXT), turn: natural(359), style: natural(TEXT_STYLES - 1), data: shown.map(utf8) })
const sticker: fc.Arbitrary<Layer> = fc.record({ ...place(LAYER_STICKER), turn: natural(359), style: natural(255), data: fc.constant(new Uint8Array(0)) })
const stroke: fc.Arbitrary<Layer> = fc.record({
  ...place(LAYER_STROKE),
  turn: fc.constant(0),
  style: fc.constant(0),
  data: fc.uint8Array({ minLength: 1, maxLength: 64 }).map(steps => Uint8Array.from([...steps, ...steps]))
})
const recipes: fc.Arbitrary<Recipe> = fc.record({
  version: fc.constant(1),
  template: fc.integer({ min: 1, max: 255 }),
  ground: natural(PALETTE_SIZE - 1),
  layers: fc.array(fc.oneof(text, sticker, stroke), { maxLength: 12 })
})

const TYPICAL: Recipe = {
  version: 1,
  template: 3,
  ground: 0,
  layers: [
    { kind: LAYER_TEXT, x: 1000, y: 620, size: 90, turn: 0, colour: 1, style: 1, data: utf8('When two thirds agree') },
    { kind: LAYER_TEXT, x: 1000, y: 1380, size: 90, turn: 0, colour: 1, style: 1, data: utf8('and you were the third third') },
    { kind: LAYER_STICKER, x: 1250, y: 900, size: 200, turn: 345, colour: 5, style: 4, data: new Uint8Array(0) },
    { kind: LAYER_STROKE, x: 800, y: 900, size: 16, turn: 0, colour: 2, style: 0, data: Uint8Array.from({ length: 64 }, (_, i) => (i * 37) % 256) }
  ]
}
const drawn = (recipe: Recipe): MemeContent => ({ format: formatOf(recipe), recipe })
const changed = (change: Partial<Layer>, at = 0): Recipe => ({
  ...TYPICAL,
  layers: TYPICAL.layers.map((layer, i) => (i === at ? { ...layer, ...change } : layer))
})
const codeOf = (content: MemeContent) => {
  const result = encodeContent(content)
  return result.ok ? 'ok' : result.code
}

describe('D-04: a recipe', () => {
  it('has one encoding: decode(encode(x)) = x, for every recipe', () => {
    fc.assert(
      fc.property(recipes, recipe => {
        const bytes = encodeContent(drawn(recipe))
        if (!bytes.ok) return expect(bytes.code).toBe('recipe-too-large')
        const again = decodeContent(formatOf(recipe), bytes.value)
        expect(again).toEqual({ ok: true, value: drawn(recipe) })
      })
    )
  })

  it('is some hundred bytes for a template with two lines, a sticker and a stroke', () => {
    const bytes = encodeContent(drawn(TYPICAL))
    expect(bytes.ok && bytes.value.length).toBe(196)
  })

  it.each<[string, Recipe]>([
    ['another version', { ...TYPICAL, version: 2 }],
    ['a ground outside the palette', { ...TYPICAL, ground: PALETTE_SIZE }],
    ['a fraction', { ...TYPICAL, template: 1.5 }],
    ['nothing at all', { ...TYPICAL, template: 0, layers: [] }],
    ['too many layers', { ...TYPICAL, layers: Array.from({ length: MAX_LAYERS + 1 }, () => TYPICAL.layers[2]!) }],
    ['an unknown kind', changed({ kind: 4 })],
    ['a negative place', changed({ x: -1 })],
    ['a place far outside', changed({ y: 2001 })],
    ['a text too small to read', changed({ size: 23 })],
    ['a full turn', changed({ turn: 360 })],
    ['an unknown look', changed({ style: TEXT_STYLES })],
    ['a text that is no UTF-8', changed({ data: Uint8Array.of(0xff) })],
    ['an invisible text', changed({ data: utf8(' \u200d\n') })],
    ['a direction override', changed({ data: utf8('a\u202eb') })],
    ['a tower of marks', changed({ data: utf8(`a${'\u0301'.repeat(5)}`) })],
    ['seven lines', changed({ data: utf8('a\nb\nc\nd\ne\nf\ng') })],
    ['a sticker with data', changed({ data: utf8('<svg onload=alert(1)>') }, 2)],
    ['half a step', changed({ data: Uint8Array.of(1, 2, 3) }, 3)],
    ['a stroke that is turned', changed({ turn: 90 }, 3)],
    ['a layer that is too long', changed({ data: new Uint8Array(MAX_LAYER_BYTES + 2) }, 3)]
  ])('F-37: is refused with %s', (_, recipe) => {
    expect(codeOf(drawn(recipe))).not.toBe('ok')
  })

  it('D-03: cannot claim the format of another', () => {
    expect(codeOf({ format: FORMAT_DRAWN, recipe: { ...TYPICAL, layers: [] } })).toBe('wrong-format')
    const bytes = encodeContent(drawn(TYPICAL))
    expect(bytes.ok && decodeContent(FORMAT_REMIX, bytes.value)).toMatchObject({ ok: true, value: { format: FORMAT_REMIX } })
    expect(bytes.ok && decodeContent(FORMAT_TEMPLATE, bytes.value)).toMatchObject({ ok: false, code: 'wrong-format' })
  })

  it('is at most MAX_RECIPE_BYTES long', () => {
    const long = { ...TYPICAL.layers[3]!, data: new Uint8Array(MAX_LAYER_BYTES).fill(1) }
    expect(codeOf(drawn({ ...TYPICAL, layers: [long, long, long, long] }))).toBe('recipe-too-large')
    expect(decodeContent(FORMAT_DRAWN, new Uint8Array(MAX_RECIPE_BYTES + 1))).toMatchObject({ ok: false, code: 'recipe-too-large' })
  })
})

describe('D-04: plain memes', () => {
  it.each<[string, MemeContent, string]>([
    ['a text', { format: FORMAT_TEXT, text: 'gm, quorum ✓\nsee you at midnight' }, 'ok'],
    ['a text with a control character', { format: FORMAT_TEXT, text: 'a\u0007b' }, 'bad-text'],
    ['a picture of characters', { format: FORMAT_ASCII, text: ' /\\_/\\\n( o.o )\n > ^ <' }, 'ok'],
    ['one with a letter that is not ASCII', { format: FORMAT_ASCII, text: 'ü' }, 'bad-text'],
    ['one that is too wide', { format: FORMAT_ASCII, text: 'x'.repeat(ASCII_COLUMNS + 1) }, 'text-too-long'],
    ['one that is too high', { format: FORMAT_ASCII, text: 'x\n'.repeat(ASCII_ROWS) }, 'text-too-long'],
    ['an empty one', { format: FORMAT_ASCII, text: ' \n ' }, 'empty-text']
  ])('%s', (_, content, code) => {
    expect(codeOf(content)).toBe(code)
    const bytes = utf8('text' in content ? content.text : '')
    expect(decodeContent(content.format, bytes).ok).toBe(code === 'ok')
  })
})

describe('F-37, TESTING "fuzz": the decoder', () => {
  it('gives a value that encodes to the same bytes, or a typed failure, for any bytes of any format', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 6 }), fc.uint8Array({ maxLength: 400 }), (format, bytes) => {
        const content = decodeContent(format, bytes)
        if (content.ok) expect(encodeContent(content.value)).toEqual({ ok: true, value: bytes })
        else expect(content.code).toMatch(/^[a-z-]+$/)
      }),
      { numRuns: 2000 }
    )
  })

  it('survives every change of one byte of a real recipe', () => {
    const bytes = encodeContent(drawn(TYPICAL))
    if (!bytes.ok) throw new Error(bytes.code)
    for (let at = 0; at < bytes.value.length; at++)
      for (const bit of [1, 16, 128]) {
        const mutated = bytes.value.slice()
        mutated[at]! ^= bit
        const content = decodeContent(FORMAT_DRAWN, mutated)
        if (content.ok) expect(encodeContent(content.value)).toEqual({ ok: true, value: mutated })
      }
  })
})

const naughty = fileURLToPath(new URL('../../../../shared/vectors/strings/blns.json', import.meta.url))
const strings: string[] = existsSync(naughty) ? (JSON.parse(readFileSync(naughty, 'utf8')) as string[]) : []
if (strings.length === 0) console.warn(`skipped: naughty strings, for ${naughty} is not there`)

describe.skipIf(strings.length === 0)('F-37: naughty strings', () => {
  it('are kept letter by letter or refused, and what is left of each after tidying is admitted or nothing', () => {
    for (const text of strings) {
      const bytes = encodeContent({ format: FORMAT_TEXT, text })
      if (bytes.ok) expect(decodeContent(FORMAT_TEXT, bytes.value)).toEqual({ ok: true, value: { format: FORMAT_TEXT, text } })
      const tidy = tidyText(text, TEXT_RULE)
      const fault = textFault(tidy, TEXT_RULE)
      if (fault !== null) expect(fault.code).toBe('empty-text')
    }
  })
})
