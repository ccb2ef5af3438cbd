/** Paints one frame of the clock ring on a canvas. Knows pixels only. */
import type { Pulse } from '../bridge/views'
import type { Place } from './logic/ring'

/** Messages drawn at once. More than that is a grey cloud, and costs more than a frame; the rest is told as a number. */
export const PULSES_DRAWN = 1000

export interface FlyingPulse {
  from: Place
  to: Place
  kind: Pulse['kind']
  lost: boolean
  /** `performance.now()` at the start, and the time it takes on screen. */
  startedAt: number
  ms: number
  hue: string
}

export interface RingFrame {
  /** Side of the square, CSS pixels. */
  size: number
  /** Radius of the circle that the nodes stand on, CSS pixels. */
  radius: number
  /** How much of the interval to the next midnight has passed, 0…1. */
  share: number
  flying: readonly FlyingPulse[]
  now: number
  /** Reduced motion: whole lines instead of moving dots. */
  still: boolean
}

const HOUR_MARKS = 12
const MINUTE_MARKS = 60
/** On a smaller dial the marks would run into the words. */
const MARKS_MIN_RADIUS = 170
const TOP = -Math.PI / 2
const DOT_RADIUS: Record<Pulse['kind'], number> = { announce: 5, vote: 3, finalise: 3.5, tx: 2.5, certificate: 4 }

export function paintRing(canvas: HTMLCanvasElement, frame: RingFrame): void {
  const context = canvas.getContext('2d')
  if (!context || frame.size <= 0) return
  const scale = globalThis.devicePixelRatio || 1
  const side = Math.round(frame.size * scale)
  if (canvas.width !== side) canvas.width = canvas.height = side
  const style = getComputedStyle(canvas)
  context.setTransform(scale, 0, 0, scale, 0, 0)
  context.clearRect(0, 0, frame.size, frame.size)
  context.translate(frame.size / 2, frame.size / 2)
  paintDial(context, frame, style)
  for (const pulse of frame.flying) paintPulse(context, frame, pulse, style.columnRuleColor)
}

function paintDial(context: CanvasRenderingContext2D, { radius, share }: RingFrame, style: CSSStyleDeclaration): void {
  const inner = radius * (radius < MARKS_MIN_RADIUS ? 0.68 : 0.62)
  context.lineCap = 'round'
  for (let i = 0; i < MINUTE_MARKS && radius >= MARKS_MIN_RADIUS; i++) {
    const hour = i % (MINUTE_MARKS / HOUR_MARKS) === 0
    const angle = TOP + (i / MINUTE_MARKS) * 2 * Math.PI
    const start = inner - (hour ? 12 : 7)
    context.beginPath()
    context.moveTo(Math.cos(angle) * start, Math.sin(angle) * start)
    context.lineTo(Math.cos(angle) * (inner - 3), Math.sin(angle) * (inner - 3))
    context.strokeStyle = hour ? style.color : style.outlineColor
    context.lineWidth = hour ? 2.5 : 1.25
    context.stroke()
  }
  strokeArc(context, radius, 0, 1, style.outlineColor, 1.5)
  strokeArc(context, inner + 5, 0, 1, style.outlineColor, 5)
  if (share > 0) strokeArc(context, inner + 5, 0, share, style.caretColor, 5)
}

function strokeArc(context: CanvasRenderingContext2D, radius: number, from: number, to: number, colour: string, width: number): void {
  context.beginPath()
  context.arc(0, 0, radius, TOP + from * 2 * Math.PI, TOP + to * 2 * Math.PI)
  context.strokeStyle = colour
  context.lineWidth = width
  context.stroke()
}

function paintPulse(context: CanvasRenderingContext2D, { radius, now, still }: RingFrame, pulse: FlyingPulse, lostColour: string): void {
  const [x0, y0, x1, y1] = [pulse.from.x * radius, pulse.from.y * radius, pulse.to.x * radius, pulse.to.y * radius]
  const progress = still ? 1 : Math.min(1, (now - pulse.startedAt) / pulse.ms)
  // A lost message stops halfway, with a cross.
  const reach = pulse.lost ? Math.min(progress, 0.5) : progress
  const at = (share: number) => [x0 + (x1 - x0) * share, y0 + (y1 - y0) * share] as const
  const [x, y] = at(reach)
  const [tailX, tailY] = at(still ? 0 : Math.max(0, reach - 0.16))
  context.globalAlpha = pulse.kind === 'announce' ? 0.55 : 0.35
  context.beginPath()
  context.moveTo(tailX, tailY)
  context.lineTo(x, y)
  context.strokeStyle = pulse.hue
  context.lineWidth = pulse.kind === 'announce' ? 2.5 : 1.5
  context.stroke()
  context.globalAlpha = 1
  if (pulse.lost && progress >= 0.5) {
    context.beginPath()
    context.moveTo(x - 4, y - 4)
    context.lineTo(x + 4, y + 4)
    context.moveTo(x + 4, y - 4)
    context.lineTo(x - 4, y + 4)
    context.strokeStyle = lostColour
    context.lineWidth = 2
    context.stroke()
    return
  }
  context.beginPath()
  context.arc(x, y, DOT_RADIUS[pulse.kind], 0, 2 * Math.PI)
  context.fillStyle = pulse.hue
  context.fill()
}
