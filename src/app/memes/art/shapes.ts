/** Drawings as data: filled and stroked SVG paths, painted on a canvas or put into an `<svg>` alike. Everything in this folder was drawn for this project and is CC0. */

/** Index into PALETTE, or the colour that the layer names. */
export type Ink = number | 'tint'

export interface Shape {
  readonly d: string
  readonly fill?: Ink
  readonly stroke?: Ink
  /** Of the stroke, in units of the drawing. */
  readonly width?: number
  readonly opacity?: number
}

/** PALETTE_SIZE of core/memes/recipe.ts. Names for a picker and for a description; the values are the page's own in both themes, for a picture is the same for everybody. */
export const PALETTE = [
  ['ink', '#16181f'],
  ['paper', '#fffefb'],
  ['night', '#1d2140'],
  ['indigo', '#3b3fb6'],
  ['periwinkle', '#aab0ff'],
  ['teal', '#2f8377'],
  ['mint', '#7fe9d8'],
  ['forest', '#1f6b45'],
  ['lime', '#c4e27a'],
  ['lemon', '#feee88'],
  ['amber', '#eabb6b'],
  ['orange', '#ea7019'],
  ['red', '#c8362b'],
  ['rose', '#ffa79f'],
  ['violet', '#8f65d3'],
  ['sand', '#ecdfc4']
] as const

export const [INK, PAPER, NIGHT, INDIGO, PERIWINKLE, TEAL, MINT, FOREST, LIME, LEMON, AMBER, ORANGE, RED, ROSE, VIOLET, SAND] = PALETTE.map((_, i) => i) as [
  number,
  number,
  number,
  number,
  number,
  number,
  number,
  number,
  number,
  number,
  number,
  number,
  number,
  number,
  number,
  number
]

export const colourOf = (index: number): string => PALETTE[index]?.[1] ?? PALETTE[0][1]

export const fill = (d: string, ink: Ink, opacity?: number): Shape => (opacity === undefined ? { d, fill: ink } : { d, fill: ink, opacity })
export const line = (d: string, ink: Ink, width: number, opacity?: number): Shape => ({ d, stroke: ink, width, ...(opacity === undefined ? {} : { opacity }) })
/** Filled, with an outline. */
export const inked = (d: string, ink: Ink, outline: Ink, width: number): Shape => ({ d, fill: ink, stroke: outline, width })

export const rect = (x: number, y: number, w: number, h: number, r = 0): string =>
  r === 0
    ? `M${x} ${y}h${w}v${h}h${-w}Z`
    : `M${x + r} ${y}h${w - 2 * r}a${r} ${r} 0 0 1 ${r} ${r}v${h - 2 * r}a${r} ${r} 0 0 1 ${-r} ${r}h${-(w - 2 * r)}a${r} ${r} 0 0 1 ${-r} ${-r}v${-(h - 2 * r)}a${r} ${r} 0 0 1 ${r} ${-r}Z`
export const circle = (x: number, y: number, r: number): string => `M${x - r} ${y}a${r} ${r} 0 1 0 ${2 * r} 0a${r} ${r} 0 1 0 ${-2 * r} 0Z`
export const ellipse = (x: number, y: number, rx: number, ry: number): string => `M${x - rx} ${y}a${rx} ${ry} 0 1 0 ${2 * rx} 0a${rx} ${ry} 0 1 0 ${-2 * rx} 0Z`
export const polygon = (...points: readonly (readonly [number, number])[]): string => `M${points.map(point => point.join(' ')).join('L')}Z`

/** The same figure many times: one path. */
export const many = (...paths: string[]): string => paths.join('')

export const OUTLINE = 9

/** Bodies of nodes: the shapes that agents have everywhere on the page. Centre and half width. */
const BODIES = {
  circle: (x: number, y: number, r: number) => circle(x, y, r),
  square: (x: number, y: number, r: number) => rect(x - r * 0.9, y - r * 0.9, r * 1.8, r * 1.8, r * 0.22),
  triangle: (x: number, y: number, r: number) => `M${x} ${y - r * 1.1}L${x + r * 1.12} ${y + r * 0.9}H${x - r * 1.12}Z`,
  diamond: (x: number, y: number, r: number) => polygon([x, y - r * 1.15], [x + r * 1.1, y], [x, y + r * 1.15], [x - r * 1.1, y]),
  pentagon: (x: number, y: number, r: number) =>
    polygon([x, y - r * 1.1], [x + r * 1.08, y - r * 0.28], [x + r * 0.68, y + r * 0.95], [x - r * 0.68, y + r * 0.95], [x - r * 1.08, y - r * 0.28])
}
export type Body = keyof typeof BODIES
export type Mood = 'happy' | 'flat' | 'sad' | 'awe' | 'asleep' | 'sly'

function mouth(x: number, y: number, r: number, mood: Mood): Shape {
  const w = r * 0.36
  switch (mood) {
    case 'happy':
    case 'sly':
      return line(`M${x - w} ${y}q${w} ${r * 0.42} ${2 * w} 0`, INK, r * 0.1)
    case 'sad':
      return line(`M${x - w} ${y + r * 0.16}q${w} ${-r * 0.36} ${2 * w} 0`, INK, r * 0.1)
    case 'awe':
      return fill(ellipse(x, y + r * 0.1, r * 0.15, r * 0.2), INK)
    default:
      return line(`M${x - w * 0.8} ${y + r * 0.08}h${w * 1.6}`, INK, r * 0.1)
  }
}

/** A node as somebody: body, legs, eyes and a mood. `look` moves the pupils, −1 left … 1 right. */
export function creature(body: Body, x: number, y: number, r: number, ink: Ink, mood: Mood, look = 0): Shape[] {
  const eye = r * 0.22
  const eyeY = y - r * 0.1
  const [left, right] = [x - r * 0.34, x + r * 0.34]
  const legs = line(`M${x - r * 0.4} ${y + r * 0.8}v${r * 0.5}h${-r * 0.16}M${x + r * 0.4} ${y + r * 0.8}v${r * 0.5}h${r * 0.16}`, INK, r * 0.13)
  const trunk = inked(BODIES[body](x, y, r), ink, INK, r * 0.11)
  if (mood === 'asleep') {
    const lids = line(`M${left - eye} ${eyeY}q${eye} ${eye * 1.2} ${2 * eye} 0M${right - eye} ${eyeY}q${eye} ${eye * 1.2} ${2 * eye} 0`, INK, r * 0.1)
    return [legs, trunk, lids, mouth(x, y + r * 0.32, r, mood)]
  }
  const pupils = fill(many(circle(left + look * eye * 0.45, eyeY, eye * 0.5), circle(right + look * eye * 0.45, eyeY, eye * 0.5)), INK)
  const brows =
    mood === 'sly'
      ? [line(`M${left - eye} ${eyeY - eye * 1.7}l${2 * eye} ${eye * 0.8}M${right + eye} ${eyeY - eye * 1.7}l${-2 * eye} ${eye * 0.8}`, INK, r * 0.1)]
      : []
  return [legs, trunk, inked(many(circle(left, eyeY, eye), circle(right, eyeY, eye)), PAPER, INK, r * 0.06), pupils, ...brows, mouth(x, y + r * 0.32, r, mood)]
}

/** A block of the chain seen from its corner. */
export function block(x: number, y: number, r: number, top: Ink, left: Ink, right: Ink): Shape[] {
  const [w, h] = [r, r * 0.55]
  return [
    inked(polygon([x, y - h], [x + w, y], [x, y + h], [x - w, y]), top, INK, OUTLINE),
    inked(polygon([x - w, y], [x, y + h], [x, y + h + r], [x - w, y + r]), left, INK, OUTLINE),
    inked(polygon([x + w, y], [x, y + h], [x, y + h + r], [x + w, y + r]), right, INK, OUTLINE)
  ]
}
