/** Changes to a draft, as pure functions: everything is whole numbers within what a recipe can hold, so that what is drawn is what is encoded. */
import type { MemeLayer, MemePicture } from '../../bridge/memes'
import type { Template } from './art/templates'
import { STEP, UNITS } from './painter'

/** MAX_LAYERS of core/limits.ts. */
export const LAYERS_MAX = 24
/** A centre may lie this far outside the canvas. */
const OUTSIDE = 500
/** LAYER_SIZES of core/memes/recipe.ts. */
export const SIZES = { text: [24, 400], sticker: [40, 1000], stroke: [4, 120] } as const satisfies Record<MemeLayer['kind'], readonly [number, number]>
/** Points of one stroke: MAX_LAYER_BYTES is two bytes each. */
const STROKE_POINTS = 511
/** Longest step of a stroke, in steps: a signed byte. */
const LONGEST_STEP = 127

const clamp = (value: number, least: number, most: number): number => Math.min(most, Math.max(least, Math.round(value)))

export type LayerChange = Partial<{
  x: number
  y: number
  size: number
  turn: number
  colour: number
  text: string
  style: Extract<MemeLayer, { kind: 'text' }>['style']
}>

/** Lines are neither turned nor, as a whole, resized: their width changes. */
export function changeLayer(picture: MemePicture, index: number, change: LayerChange): MemePicture {
  const layer = picture.layers[index]
  if (!layer) return picture
  const next = { ...layer, ...change } as MemeLayer
  const [least, most] = SIZES[layer.kind]
  next.x = clamp(next.x, -OUTSIDE, UNITS + OUTSIDE)
  next.y = clamp(next.y, -OUTSIDE, UNITS + OUTSIDE)
  next.size = clamp(next.size, least, most)
  next.turn = layer.kind === 'stroke' ? 0 : ((Math.round(next.turn) % 360) + 360) % 360
  return { ...picture, layers: picture.layers.with(index, next) }
}

export function addLayer(picture: MemePicture, layer: MemeLayer): MemePicture {
  return picture.layers.length >= LAYERS_MAX ? picture : { ...picture, layers: [...picture.layers, layer] }
}

export function removeLayer(picture: MemePicture, index: number): MemePicture {
  return { ...picture, layers: picture.layers.filter((_, i) => i !== index) }
}

/** @param by +1 towards the viewer */
export function reorderLayer(picture: MemePicture, index: number, by: 1 | -1): MemePicture {
  const to = index + by
  const moved = picture.layers[index]
  if (!moved || to < 0 || to >= picture.layers.length) return picture
  return { ...picture, layers: picture.layers.toSpliced(index, 1).toSpliced(to, 0, moved) }
}

/** The scene with its lines of text; what was added by hand stays, texts of the old scene that nobody has touched go. */
export function applyTemplate(picture: MemePicture, template: Template | null, before: Template | null): MemePicture {
  const untouched = new Set((before?.slots ?? []).map(slot => `${slot.x}/${slot.y}/${slot.hint}`))
  const kept = picture.layers.filter(layer => !(layer.kind === 'text' && untouched.has(`${layer.x}/${layer.y}/${layer.text}`)))
  const texts: MemeLayer[] = kept.some(({ kind }) => kind === 'text')
    ? []
    : (template?.slots ?? []).map(({ x, y, size, colour, style, hint }) => ({ kind: 'text', x, y, size, turn: 0, colour, text: hint, style }))
  return { ...picture, template: template?.id ?? 0, layers: [...texts, ...kept].slice(0, LAYERS_MAX) }
}

/**
 * A hand's line as steps. Points closer than a step vanish, long ones are split; what bends less than a step in between is left out, so that a line costs tens of bytes.
 * @param points canvas units @returns null for a line without length
 */
export function strokeOf(points: readonly (readonly [number, number])[], size: number, colour: number): Extract<MemeLayer, { kind: 'stroke' }> | null {
  const first = points[0]
  if (!first) return null
  const [x, y] = [clamp(first[0], -OUTSIDE, UNITS + OUTSIDE), clamp(first[1], -OUTSIDE, UNITS + OUTSIDE)]
  const steps: number[] = []
  let [atX, atY] = [0, 0]
  for (const [px, py] of simplified(points)) {
    let [dx, dy] = [Math.round((px - x) / STEP) - atX, Math.round((py - y) / STEP) - atY]
    atX += dx
    atY += dy
    while (dx !== 0 || dy !== 0) {
      const share = Math.max(1, Math.abs(dx) / LONGEST_STEP, Math.abs(dy) / LONGEST_STEP)
      const [sx, sy] = [Math.round(dx / share), Math.round(dy / share)]
      steps.push(sx, sy)
      dx -= sx
      dy -= sy
    }
  }
  if (steps.length === 0) steps.push(1, 0)
  return { kind: 'stroke', x, y, size: clamp(size, ...SIZES.stroke), turn: 0, colour, steps: steps.slice(0, 2 * STROKE_POINTS) }
}

/** Ramer–Douglas–Peucker with a tolerance of one step. */
function simplified(points: readonly (readonly [number, number])[]): (readonly [number, number])[] {
  if (points.length < 3) return [...points]
  const keep = new Set([0, points.length - 1])
  const open: [number, number][] = [[0, points.length - 1]]
  for (let span = open.pop(); span; span = open.pop()) {
    const [from, to] = span
    const [[ax, ay], [bx, by]] = [points[from]!, points[to]!]
    const length = Math.hypot(bx - ax, by - ay)
    let [farthest, distance] = [-1, STEP]
    for (let i = from + 1; i < to; i++) {
      const [px, py] = points[i]!
      const away = length === 0 ? Math.hypot(px - ax, py - ay) : Math.abs((bx - ax) * (ay - py) - (ax - px) * (by - ay)) / length
      if (away > distance) [farthest, distance] = [i, away]
    }
    if (farthest < 0) continue
    keep.add(farthest)
    open.push([from, farthest], [farthest, to])
  }
  return points.filter((_, i) => keep.has(i))
}
