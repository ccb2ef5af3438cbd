/** Stickers, on a square of 100. `tint` is the colour that a layer gives. A sticker's number is on the chain: never give it to another. */
import { AMBER, circle, ellipse, fill, INK, inked, LEMON, line, many, PAPER, polygon, RED, rect, ROSE } from './shapes'
import type { Shape } from './shapes'

export interface Sticker {
  readonly id: number
  readonly name: string
  /** The tint that it has at first. */
  readonly colour: number
  readonly shapes: readonly Shape[]
}

const W = 4

export const STICKERS: readonly Sticker[] = [
  { id: 1, name: 'check', colour: 5, shapes: [inked(circle(50, 50, 42), 'tint', INK, W), line('M29 52l15 15 28-33', PAPER, 10)] },
  { id: 2, name: 'cross', colour: 12, shapes: [inked(circle(50, 50, 42), 'tint', INK, W), line('M34 34l32 32M66 34L34 66', PAPER, 10)] },
  {
    id: 3,
    name: 'crown',
    colour: 9,
    shapes: [
      inked('M12 74L8 30l22 16 20-28 20 28 22-16-4 44Z', 'tint', INK, W),
      fill(many(circle(50, 62, 6), circle(30, 63, 4), circle(70, 63, 4)), RED),
      line('M13 82H87', INK, 7)
    ]
  },
  { id: 4, name: 'star', colour: 9, shapes: [inked('M50 6l13 29 31 3-23 21 7 31-28-16-28 16 7-31L6 38l31-3Z', 'tint', INK, W)] },
  {
    id: 5,
    name: 'flame',
    colour: 11,
    shapes: [
      inked('M50 5q6 22 22 34t14 30q-6 26-36 26T14 70q0-22 18-32 2 12 8 14-2-30 10-47Z', 'tint', INK, W),
      fill('M50 46q14 16 14 28 0 14-14 14t-14-13q0-12 14-29Z', LEMON)
    ]
  },
  {
    id: 6,
    name: 'heart',
    colour: 12,
    shapes: [inked('M50 88Q8 58 8 34 8 13 28 13q14 0 22 15 8-15 22-15 20 0 20 21 0 24-42 54Z', 'tint', INK, W), line('M22 32q2-8 9-9', PAPER, 5)]
  },
  { id: 7, name: 'lightning', colour: 9, shapes: [inked('M58 5L18 56h26l-8 39 46-57H54Z', 'tint', INK, W)] },
  {
    id: 8,
    name: 'block',
    colour: 4,
    shapes: [
      inked(polygon([50, 10], [90, 30], [50, 50], [10, 30]), 'tint', INK, W),
      inked(polygon([10, 30], [50, 50], [50, 92], [10, 72]), 'tint', INK, W),
      inked(polygon([90, 30], [50, 50], [50, 92], [90, 72]), 'tint', INK, W),
      fill(polygon([90, 30], [50, 50], [50, 92], [90, 72]), INK, 0.3),
      fill(polygon([10, 30], [50, 50], [50, 92], [10, 72]), INK, 0.12)
    ]
  },
  { id: 9, name: 'clock', colour: 1, shapes: [inked(circle(50, 50, 42), 'tint', INK, 7), line('M50 50V22M50 50l17 10', INK, 6)] },
  {
    id: 10,
    name: 'key',
    colour: 10,
    shapes: [
      line('M45 50H92M78 50v16M90 50v12', INK, 16),
      line('M45 50H91M78 50v15M90 50v11', 'tint', 8),
      inked(circle(28, 50, 20), 'tint', INK, W),
      inked(circle(28, 50, 8), PAPER, INK, W)
    ]
  },
  { id: 11, name: 'shield', colour: 3, shapes: [inked('M50 6l36 12v28q0 34-36 48Q14 80 14 46V18Z', 'tint', INK, W), line('M33 48l13 13 22-25', PAPER, 8)] },
  {
    id: 12,
    name: 'eyes',
    colour: 0,
    shapes: [inked(many(ellipse(30, 50, 20, 28), ellipse(70, 50, 20, 28)), PAPER, INK, W), fill(many(circle(36, 56, 9), circle(76, 56, 9)), 'tint')]
  },
  {
    id: 13,
    name: 'ghost',
    colour: 1,
    shapes: [
      inked('M16 90V44Q16 8 50 8t34 36v46l-12-10-11 10-11-10-11 10-11-10Z', 'tint', INK, W),
      fill(many(ellipse(38, 42, 5, 8), ellipse(62, 42, 5, 8), ellipse(50, 60, 6, 7)), INK)
    ]
  },
  {
    id: 14,
    name: 'sunglasses',
    colour: 0,
    shapes: [line('M4 34h92', INK, 7), fill('M8 34h38v14q-2 20-19 20T8 48ZM54 34h38v14q-2 20-19 20T54 48Z', 'tint'), line('M16 42l8-4M62 42l8-4', PAPER, 4)]
  },
  { id: 15, name: 'speech', colour: 1, shapes: [inked('M10 12h80q6 0 6 6v42q0 6-6 6H46L24 90l4-24H10q-6 0-6-6V18q0-6 6-6Z', 'tint', INK, W)] },
  { id: 16, name: 'arrow', colour: 12, shapes: [inked('M6 38h48V16l40 34-40 34V62H6Z', 'tint', INK, W)] },
  {
    id: 17,
    name: 'moth',
    colour: 10,
    shapes: [
      inked('M50 34Q24 4 8 18q-6 30 22 40-16 6-14 22 24 12 34-16 10 28 34 16 2-16-14-22 28-10 22-40Q76 4 50 34Z', 'tint', INK, W),
      fill(many(circle(26, 34, 6), circle(74, 34, 6)), AMBER),
      fill(many(circle(26, 34, 3), circle(74, 34, 3)), INK),
      fill(rect(46, 30, 8, 44, 4), INK),
      line('M48 32Q42 18 36 16M52 32q6-14 12-16', INK, 3)
    ]
  },
  {
    id: 18,
    name: 'party hat',
    colour: 14,
    shapes: [
      inked('M50 14L84 88H16Z', 'tint', INK, W),
      fill(many(circle(44, 52, 5), circle(60, 68, 5), circle(38, 76, 5), circle(54, 36, 4)), LEMON),
      inked(circle(50, 13, 9), ROSE, INK, W)
    ]
  }
]

export const stickerOf = (id: number): Sticker | null => STICKERS.find(sticker => sticker.id === id) ?? null
