import { existsSync, readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { MemeContentView, MemeDraft, MemeLayer } from '../../bridge/memes'
import { fromUtf8 } from '../../core/bytes'
import { decodeContent, FORMAT_DRAWN, FORMAT_REMIX, FORMAT_TEMPLATE, FORMAT_TEXT } from '../../core/memes/recipe'
import { contentView, payloadOfDraft } from './content'

const draft = (content: MemeContentView, change: Partial<MemeDraft> = {}): MemeDraft => ({
  content,
  caption: '',
  tags: [],
  references: [],
  targets: [],
  ...change
})
const picture = (layers: MemeLayer[], template = 1): MemeContentView => ({ format: 'picture', picture: { template, ground: 0, layers } })
const placed = {
  x: fc.integer({ min: -500, max: 1500 }),
  y: fc.integer({ min: -500, max: 1500 }),
  colour: fc.integer({ min: 0, max: 15 })
}
const layers: fc.Arbitrary<MemeLayer> = fc.oneof(
  fc.record({
    ...placed,
    kind: fc.constant('text' as const),
    size: fc.integer({ min: 24, max: 400 }),
    turn: fc.integer({ min: 0, max: 359 }),
    text: fc.stringMatching(/^[a-zA-Z0-9 äß<>&"']{0,20}x$/),
    style: fc.constantFrom('bold' as const, 'outlined' as const, 'mono' as const, 'plate' as const)
  }),
  fc.record({
    ...placed,
    kind: fc.constant('sticker' as const),
    size: fc.integer({ min: 40, max: 1000 }),
    turn: fc.integer({ min: 0, max: 359 }),
    sticker: fc.integer({ min: 0, max: 255 })
  }),
  fc.record({
    ...placed,
    kind: fc.constant('stroke' as const),
    size: fc.integer({ min: 4, max: 120 }),
    turn: fc.constant(0),
    steps: fc
      .array(fc.tuple(fc.integer({ min: -128, max: 127 }), fc.integer({ min: -128, max: 127 })), { minLength: 1, maxLength: 20 })
      .map(steps => steps.flat())
  })
)

describe('D-04: drafts of the page and bytes of the chain', () => {
  it('what the page draws is what comes back from the chain', () => {
    fc.assert(
      fc.property(fc.array(layers, { maxLength: 10 }), list => {
        const payload = payloadOfDraft(draft(picture(list)))
        if (!payload.ok) return expect(payload.code).toBe('recipe-too-large')
        expect(contentView(payload.value.format, payload.value.recipe)).toEqual(picture(list))
      })
    )
  })

  it('its format follows from what is in it, and from whether it answers another', () => {
    const text: MemeLayer = { kind: 'text', x: 0, y: 0, size: 60, turn: 0, colour: 0, text: 'gm', style: 'bold' }
    const stroke: MemeLayer = { kind: 'stroke', x: 0, y: 0, size: 10, turn: 0, colour: 0, steps: [1, -1] }
    const format = (of: MemeDraft) => {
      const payload = payloadOfDraft(of)
      return payload.ok ? payload.value.format : payload.code
    }
    expect(format(draft(picture([text])))).toBe(FORMAT_TEMPLATE)
    expect(format(draft(picture([text, stroke])))).toBe(FORMAT_DRAWN)
    expect(format(draft(picture([text, stroke]), { references: ['ab'.repeat(32)] }))).toBe(FORMAT_REMIX)
    expect(format(draft({ format: 'text', text: 'gm' }, { references: ['ab'.repeat(32)] }))).toBe(FORMAT_TEXT)
  })

  it.each<[string, MemeDraft]>([
    ['an empty canvas', draft(picture([], 0))],
    ['a text of nothing', draft({ format: 'text', text: ' \u200b\n' })],
    ['five tags', draft({ format: 'text', text: 'gm' }, { tags: ['a', 'b', 'c', 'd', 'e'] })],
    ['a reference that is no hash', draft({ format: 'text', text: 'gm' }, { references: ['<script>'] })],
    ['nine targets', draft({ format: 'text', text: 'gm' }, { targets: Array.from({ length: 9 }, (_, i) => String(i).repeat(64)) })],
    ['a fraction', draft(picture([{ kind: 'sticker', x: 0.5, y: 0, size: 100, turn: 0, colour: 0, sticker: 1 }]))],
    ['not a number', draft(picture([{ kind: 'sticker', x: NaN, y: 0, size: 100, turn: 0, colour: 0, sticker: 1 }]))],
    ['a template beyond a byte', draft(picture([], 256))]
  ])('F-37: %s is refused', (_, bad) => expect(payloadOfDraft(bad).ok).toBe(false))
})

const BLNS = new URL('../../../../shared/vectors/strings/blns.json', import.meta.url)
const naughty: string[] = existsSync(BLNS)
  ? (JSON.parse(readFileSync(BLNS, 'utf8')) as string[])
  : ['<script>alert(1)</script>', '\u202etxt.exe', 'a\u0000b', 'Z͑ͫ̓ͪ̂ͫ̽͏̴̙̤̞͉͚̯̞̠͍A̴̵̜̰͔ͫ͗͢L̠ͨͧͩ͘G̴̻͈͍͔̹̑͗̎̅͛́Ǫ̵̹̻̝̳͂̌̌͘', '﷽﷽﷽', '👩‍👩‍👧‍👦']

describe('F-37: whatever somebody types into any field', () => {
  it('ends as a payload that the chain takes, or as a typed refusal', () => {
    for (const text of naughty) {
      const layer: MemeLayer = { kind: 'text', x: 0, y: 0, size: 60, turn: 0, colour: 0, text, style: 'bold' }
      for (const content of [picture([layer]), { format: 'text', text }, { format: 'ascii', text }] as MemeContentView[]) {
        const payload = payloadOfDraft(draft(content, { caption: text, tags: [text] }))
        if (!payload.ok) {
          expect(payload.code).toMatch(/^(empty-text|text-too-long)$/)
          continue
        }
        expect(decodeContent(payload.value.format, payload.value.recipe).ok).toBe(true)
        for (const bytes of [payload.value.caption, ...payload.value.tags]) expect(fromUtf8(bytes)).not.toBeNull()
      }
    }
  })
})
