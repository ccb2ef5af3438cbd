/**
 * Paints a meme on a canvas of any size. Text reaches the canvas as text and nothing else: no markup is made anywhere (F-37). Fonts differ between machines, and so do the pixels; that is why a meme is
 * named by its recipe.
 */
import type { MemeContentView, MemeLayer, MemePicture } from '../../bridge/memes'
import { colourOf, INK, PAPER } from './art/shapes'
import type { Shape } from './art/shapes'
import { stickerOf } from './art/stickers'
import { templateOf } from './art/templates'

export type Context = CanvasRenderingContext2D | OffscreenCanvasRenderingContext2D

/** Side of the canvas in the units of a recipe: CANVAS of core/memes/recipe.ts. */
export const UNITS = 1000
/** Units of one step of a stroke: STROKE_STEP of core/memes/recipe.ts. */
export const STEP = 4
/** Stickers are drawn on a square of this. */
const STICKER_UNITS = 100
const MARGIN = 30
const LINE_HEIGHT = 1.12
/** Lines of one text after wrapping; more would leave the canvas anyway. */
const LINES_MAX = 12
const SANS = "'Arial Black', system-ui, 'Segoe UI', Roboto, 'Noto Sans', 'Liberation Sans', sans-serif"
const MONO = "ui-monospace, 'SF Mono', Menlo, Consolas, 'Liberation Mono', monospace"

const fonts: Record<TextLayer['style'], (size: number) => string> = {
  bold: size => `800 ${size}px ${SANS}`,
  outlined: size => `900 ${size}px ${SANS}`,
  mono: size => `600 ${size}px ${MONO}`,
  plate: size => `750 ${size}px ${SANS}`
}

type TextLayer = Extract<MemeLayer, { kind: 'text' }>

/** Paths are parsed once: the same few hundred are drawn over and over. They live as long as the art does. */
const paths = new Map<string, Path2D>()

function pathOf(d: string): Path2D {
  const known = paths.get(d)
  if (known) return known
  const path = new Path2D(d)
  paths.set(d, path)
  return path
}

function paintShapes(context: Context, shapes: readonly Shape[], tint: number): void {
  context.lineCap = 'round'
  context.lineJoin = 'round'
  for (const { d, fill, stroke, width = 1, opacity = 1 } of shapes) {
    context.globalAlpha = opacity
    if (fill !== undefined) {
      context.fillStyle = colourOf(fill === 'tint' ? tint : fill)
      context.fill(pathOf(d))
    }
    if (stroke !== undefined) {
      context.strokeStyle = colourOf(stroke === 'tint' ? tint : stroke)
      context.lineWidth = width
      context.stroke(pathOf(d))
    }
  }
  context.globalAlpha = 1
}

/** Breaks at blanks, and inside a word only where it has a line to itself and still does not fit. */
function wrap(context: Context, text: string, width: number): string[] {
  const lines: string[] = []
  for (const paragraph of text.split('\n')) {
    let line = ''
    for (const word of paragraph.split(' ')) {
      const longer = line === '' ? word : `${line} ${word}`
      if (line === '' || context.measureText(longer).width <= width) line = longer
      else {
        lines.push(line)
        line = word
      }
    }
    lines.push(line)
  }
  return lines.slice(0, LINES_MAX)
}

/** Room for a text that is centred here: it may not leave the canvas. */
const roomAt = (x: number): number => Math.max(200, 2 * Math.min(Math.max(0, x), UNITS - Math.min(UNITS, x)) - 2 * MARGIN)

function textLayout(context: Context, layer: TextLayer): { lines: string[]; width: number; height: number; room: number } {
  context.font = fonts[layer.style](layer.size)
  const room = roomAt(layer.x)
  const lines = wrap(context, layer.text, room)
  const widest = Math.max(...lines.map(line => context.measureText(line).width))
  return { lines, width: Math.min(room, widest), height: lines.length * layer.size * LINE_HEIGHT, room }
}

function paintText(context: Context, layer: TextLayer): void {
  const { lines, width, height, room } = textLayout(context, layer)
  const pad = layer.size * 0.32
  if (layer.style === 'plate') {
    context.fillStyle = colourOf(layer.colour)
    context.beginPath()
    context.roundRect(-width / 2 - pad, -height / 2 - pad * 0.6, width + 2 * pad, height + pad * 1.2, pad)
    context.fill()
  }
  context.textAlign = 'center'
  context.textBaseline = 'middle'
  context.lineJoin = 'round'
  context.lineWidth = layer.size * 0.2
  const contrast = contrastOf(layer.colour)
  context.strokeStyle = colourOf(contrast)
  context.fillStyle = colourOf(layer.style === 'plate' ? contrast : layer.colour)
  lines.forEach((text, i) => {
    const y = -height / 2 + (i + 0.5) * layer.size * LINE_HEIGHT
    if (layer.style === 'outlined') context.strokeText(text, 0, y, room)
    context.fillText(text, 0, y, room)
  })
}

/** Ink on light colours, paper on dark ones. */
export function contrastOf(colour: number): number {
  const [r, g, b] = [1, 3, 5].map(at => parseInt(colourOf(colour).slice(at, at + 2), 16)) as [number, number, number]
  return r * 299 + g * 587 + b * 114 > 140_000 ? INK : PAPER
}

/** Points of a stroke relative to its first one, units. */
export function pointsOf(steps: readonly number[]): [number, number][] {
  const points: [number, number][] = [[0, 0]]
  let [x, y] = [0, 0]
  for (let i = 0; i + 1 < steps.length; i += 2) {
    x += steps[i]! * STEP
    y += steps[i + 1]! * STEP
    points.push([x, y])
  }
  return points
}

function paintStroke(context: Context, layer: Extract<MemeLayer, { kind: 'stroke' }>): void {
  const points = pointsOf(layer.steps)
  context.strokeStyle = colourOf(layer.colour)
  context.lineWidth = layer.size
  context.lineCap = 'round'
  context.lineJoin = 'round'
  context.beginPath()
  context.moveTo(0, 0)
  // Through the middles of neighbours, with the points as handles: a hand's line, not a polygon.
  for (let i = 1; i < points.length - 1; i++) {
    const [[x, y], [nextX, nextY]] = [points[i]!, points[i + 1]!]
    context.quadraticCurveTo(x, y, (x + nextX) / 2, (y + nextY) / 2)
  }
  context.lineTo(...points.at(-1)!)
  context.stroke()
}

function paintSticker(context: Context, layer: Extract<MemeLayer, { kind: 'sticker' }>): void {
  const sticker = stickerOf(layer.sticker)
  const scale = layer.size / STICKER_UNITS
  context.scale(scale, scale)
  context.translate(-STICKER_UNITS / 2, -STICKER_UNITS / 2)
  if (sticker) return paintShapes(context, sticker.shapes, layer.colour)
  context.strokeStyle = colourOf(INK)
  context.setLineDash([8, 8])
  context.lineWidth = 4
  context.strokeRect(6, 6, 88, 88)
}

function paintLayer(context: Context, layer: MemeLayer): void {
  context.save()
  context.translate(layer.x, layer.y)
  context.rotate((layer.turn * Math.PI) / 180)
  if (layer.kind === 'text') paintText(context, layer)
  else if (layer.kind === 'sticker') paintSticker(context, layer)
  else paintStroke(context, layer)
  context.restore()
}

function paintPicture(context: Context, picture: MemePicture): void {
  context.fillStyle = colourOf(picture.ground)
  context.fillRect(0, 0, UNITS, UNITS)
  const template = templateOf(picture.template)
  if (template) paintShapes(context, template.shapes, INK)
  for (const layer of picture.layers) paintLayer(context, layer)
}

/** As large as it fits. */
function paintPlain(context: Context, format: 'text' | 'ascii', text: string): void {
  context.fillStyle = colourOf(format === 'ascii' ? 2 : 15)
  context.fillRect(0, 0, UNITS, UNITS)
  context.fillStyle = colourOf(format === 'ascii' ? 8 : INK)
  context.textBaseline = 'middle'
  const room = UNITS - 4 * MARGIN
  for (let size = 110; ; size -= 4) {
    context.font = format === 'ascii' ? `600 ${size}px ${MONO}` : `700 ${size}px ${SANS}`
    const lines = format === 'ascii' ? text.split('\n') : wrap(context, text, room)
    const width = Math.max(...lines.map(line => context.measureText(line).width))
    if (size > 14 && (width > room || lines.length * size * LINE_HEIGHT > room || lines.length === LINES_MAX)) continue
    context.textAlign = format === 'ascii' ? 'left' : 'center'
    const left = format === 'ascii' ? (UNITS - width) / 2 : UNITS / 2
    lines.forEach((line, i) => context.fillText(line, left, UNITS / 2 + (i - (lines.length - 1) / 2) * size * LINE_HEIGHT))
    return
  }
}

/** @param side of the canvas in its own pixels @param backdrop a picture of this device, in place of the template */
export function paintMeme(context: Context, content: MemeContentView, side: number, backdrop: CanvasImageSource | null = null): void {
  context.save()
  context.setTransform(side / UNITS, 0, 0, side / UNITS, 0, 0)
  context.beginPath()
  context.rect(0, 0, UNITS, UNITS)
  context.clip()
  if (content.format !== 'picture') paintPlain(context, content.format, content.text)
  else if (backdrop === null) paintPicture(context, content.picture)
  else {
    context.drawImage(backdrop, 0, 0, UNITS, UNITS)
    for (const layer of content.picture.layers) paintLayer(context, layer)
  }
  context.restore()
}

/** One more layer on a canvas that is painted already. */
export function paintOver(context: Context, layer: MemeLayer, side: number): void {
  context.save()
  context.setTransform(side / UNITS, 0, 0, side / UNITS, 0, 0)
  paintLayer(context, layer)
  context.restore()
}

/** Half width and height of what a layer covers before it is turned, and the centre of that, units. */
export function extentOf(context: Context, layer: MemeLayer): { x: number; y: number; w: number; h: number } {
  if (layer.kind === 'sticker') return { x: layer.x, y: layer.y, w: layer.size / 2, h: layer.size / 2 }
  if (layer.kind === 'text') {
    const { width, height } = textLayout(context, layer)
    return { x: layer.x, y: layer.y, w: width / 2 + 12, h: height / 2 + 8 }
  }
  const points = pointsOf(layer.steps)
  const [xs, ys] = [points.map(([x]) => x), points.map(([, y]) => y)]
  const [left, right, top, bottom] = [Math.min(...xs), Math.max(...xs), Math.min(...ys), Math.max(...ys)]
  const half = layer.size / 2
  return { x: layer.x + (left + right) / 2, y: layer.y + (top + bottom) / 2, w: (right - left) / 2 + half, h: (bottom - top) / 2 + half }
}

/** The topmost layer under this point, −1 for none. */
export function layerAt(context: Context, layers: readonly MemeLayer[], x: number, y: number): number {
  return layers.findLastIndex(layer => {
    const extent = extentOf(context, layer)
    const angle = (-layer.turn * Math.PI) / 180
    const [dx, dy] = [x - extent.x, y - extent.y]
    const [u, v] = [dx * Math.cos(angle) - dy * Math.sin(angle), dx * Math.sin(angle) + dy * Math.cos(angle)]
    // A finger is not a needle.
    return Math.abs(u) <= Math.max(extent.w, 36) && Math.abs(v) <= Math.max(extent.h, 36)
  })
}
