import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { MemePicture } from '../../bridge/memes'
import { MAX_LAYER_BYTES, MAX_LAYERS } from '../../core/limits'
import { CANVAS, LAYER_SIZES, LAYER_STICKER, LAYER_STROKE, LAYER_TEXT, LAYER_TEXT_RULE, ORIGIN, PALETTE_SIZE, STROKE_STEP } from '../../core/memes/recipe'
import { textFault } from '../../core/memes/text'
import { PALETTE } from './art/shapes'
import { STICKERS } from './art/stickers'
import { TEMPLATES, templateOf } from './art/templates'
import { addLayer, applyTemplate, changeLayer, LAYERS_MAX, reorderLayer, SIZES, strokeOf } from './edit'
import { pointsOf, STEP, UNITS } from './painter'

const EMPTY: MemePicture = { template: 0, ground: 1, layers: [] }
const sticker = (x: number): MemePicture['layers'][number] => ({ kind: 'sticker', x, y: 0, size: 100, turn: 0, colour: 0, sticker: 1 })

describe('D-04: the studio and the recipe agree', () => {
  it('about every bound', () => {
    expect({ UNITS, STEP, LAYERS_MAX, colours: PALETTE.length }).toEqual({ UNITS: CANVAS, STEP: STROKE_STEP, LAYERS_MAX: MAX_LAYERS, colours: PALETTE_SIZE })
    expect(SIZES).toEqual({ text: LAYER_SIZES[LAYER_TEXT], sticker: LAYER_SIZES[LAYER_STICKER], stroke: LAYER_SIZES[LAYER_STROKE] })
  })

  it('there are at least eight templates and twelve stickers, each number once', () => {
    expect(TEMPLATES.length).toBeGreaterThanOrEqual(8)
    expect(STICKERS.length).toBeGreaterThanOrEqual(12)
    expect(new Set(TEMPLATES.map(({ id }) => id)).size).toBe(TEMPLATES.length)
    expect(new Set(STICKERS.map(({ id }) => id)).size).toBe(STICKERS.length)
  })

  it('every hint of a template is a text that the chain takes, at a place and size that it takes', () => {
    for (const { id, slots } of TEMPLATES)
      for (const slot of slots) {
        expect(textFault(slot.hint, LAYER_TEXT_RULE), `${id}: ${slot.hint}`).toBeNull()
        expect(slot.size).toBeGreaterThanOrEqual(SIZES.text[0])
        expect(slot.size).toBeLessThanOrEqual(SIZES.text[1])
      }
  })
})

describe('edits', () => {
  it('keep every layer within what a recipe holds, whatever is asked', () => {
    const wild = fc.double({ min: -1e6, max: 1e6, noNaN: true })
    fc.assert(
      fc.property(wild, wild, wild, wild, (x, y, size, turn) => {
        const layer = changeLayer(addLayer(EMPTY, sticker(0)), 0, { x, y, size, turn }).layers[0]!
        for (const value of [layer.x, layer.y, layer.size, layer.turn]) expect(Number.isInteger(value)).toBe(true)
        for (const value of [layer.x, layer.y]) {
          expect(value + ORIGIN).toBeGreaterThanOrEqual(0)
          expect(value + ORIGIN).toBeLessThanOrEqual(CANVAS + 2 * ORIGIN)
        }
        expect(layer.turn).toBeLessThan(360)
        expect(layer.turn).toBeGreaterThanOrEqual(0)
      })
    )
  })

  it('stop at the last layer', () => {
    let picture = EMPTY
    for (let i = 0; i < MAX_LAYERS + 3; i++) picture = addLayer(picture, sticker(i))
    expect(picture.layers).toHaveLength(MAX_LAYERS)
  })

  it('change the order by one, and not beyond the ends', () => {
    const picture = [1, 2, 3].reduce((all, x) => addLayer(all, sticker(x)), EMPTY)
    const order = (of: MemePicture) => of.layers.map(({ x }) => x)
    expect(order(reorderLayer(picture, 0, 1))).toEqual([2, 1, 3])
    expect(reorderLayer(picture, 2, 1)).toBe(picture)
    expect(reorderLayer(picture, 0, -1)).toBe(picture)
  })

  it('a new scene takes the untouched lines of the old one away, and nothing that somebody made', () => {
    const [first, second] = [templateOf(1)!, templateOf(3)!]
    const begun = addLayer(applyTemplate(EMPTY, first, null), sticker(7))
    expect(begun.layers).toHaveLength(first.slots.length + 1)
    const changed = applyTemplate(begun, second, first)
    expect(changed.layers).toHaveLength(second.slots.length + 1)
    const edited = changeLayer(begun, 0, { text: 'mine' })
    expect(applyTemplate(edited, second, first).layers.map(layer => (layer.kind === 'text' ? layer.text : layer.kind))).toEqual(['mine', 'sticker'])
  })
})

describe('a line by hand', () => {
  const point = fc.tuple(fc.double({ min: -400, max: 1400, noNaN: true }), fc.double({ min: -400, max: 1400, noNaN: true }))

  it('ends where the hand ended, to a step, in signed bytes and within one layer', () => {
    fc.assert(
      fc.property(fc.array(point, { minLength: 1, maxLength: 40 }), points => {
        const stroke = strokeOf(points, 20, 3)!
        expect(stroke.steps.every(step => Number.isInteger(step) && step >= -128 && step <= 127)).toBe(true)
        expect(stroke.steps.length % 2).toBe(0)
        expect(stroke.steps.length).toBeLessThanOrEqual(MAX_LAYER_BYTES)
        const [x, y] = pointsOf(stroke.steps).at(-1)!
        const [lastX, lastY] = points.at(-1)!
        if (stroke.steps.length > 2) {
          expect(Math.abs(stroke.x + x - lastX)).toBeLessThanOrEqual(STEP)
          expect(Math.abs(stroke.y + y - lastY)).toBeLessThanOrEqual(STEP)
        }
      })
    )
  })

  it('costs tens of bytes: a straight line of a thousand points is one step or two', () => {
    const points = Array.from({ length: 1000 }, (_, i) => [100 + i * 0.4, 200 + i * 0.2] as const)
    expect(strokeOf(points, 20, 3)!.steps.length).toBeLessThanOrEqual(4)
  })
})
