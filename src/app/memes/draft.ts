/** The draft that survives a reload. What is read back is checked field by field: older builds and curious people write other things there. */
import type { MemeLayer, MemePicture, TextStyle } from '../../bridge/memes'
import { LAYERS_MAX } from './edit'

export type MemeKind = 'picture' | 'text' | 'ascii'

export interface Draft {
  kind: MemeKind
  picture: MemePicture
  text: string
  ascii: string
  caption: string
  tags: string[]
  targets: string[]
  /** The meme that this one is made from. */
  parent: string | null
}

const STORAGE_KEY = 'quorumble.meme-draft'
const STYLES: readonly TextStyle[] = ['bold', 'outlined', 'mono', 'plate']

const isWhole = (value: unknown): value is number => Number.isInteger(value)
const isText = (value: unknown): value is string => typeof value === 'string' && value.length <= 4096
const isTexts = (value: unknown): value is string[] => Array.isArray(value) && value.length <= 8 && value.every(isText)

function isLayer(value: unknown): value is MemeLayer {
  if (typeof value !== 'object' || value === null) return false
  const layer = value as Record<string, unknown>
  if (![layer.x, layer.y, layer.size, layer.turn, layer.colour].every(isWhole)) return false
  if (layer.kind === 'text') return isText(layer.text) && STYLES.some(style => style === layer.style)
  if (layer.kind === 'sticker') return isWhole(layer.sticker)
  return layer.kind === 'stroke' && Array.isArray(layer.steps) && layer.steps.length > 0 && layer.steps.length % 2 === 0 && layer.steps.every(isWhole)
}

function isPicture(value: unknown): value is MemePicture {
  const picture = value as Partial<MemePicture> | null | undefined
  return (
    isWhole(picture?.template) &&
    isWhole(picture.ground) &&
    Array.isArray(picture.layers) &&
    picture.layers.length <= LAYERS_MAX &&
    picture.layers.every(isLayer)
  )
}

/** @returns null where there is none, or it is no draft */
export function readDraft(storage: Storage | null): Draft | null {
  try {
    const raw = JSON.parse(storage?.getItem(STORAGE_KEY) ?? 'null') as Partial<Draft> | null
    if (raw === null || !isPicture(raw.picture) || !(raw.kind === 'picture' || raw.kind === 'text' || raw.kind === 'ascii')) return null
    if (![raw.text, raw.ascii, raw.caption].every(isText) || !isTexts(raw.tags) || !isTexts(raw.targets)) return null
    return raw.parent === null || isText(raw.parent) ? (raw as Draft) : null
  } catch {
    return null
  }
}

export function keepDraft(storage: Storage | null, draft: Draft): void {
  try {
    storage?.setItem(STORAGE_KEY, JSON.stringify(draft))
  } catch {
    // Storage is full or denied: the draft lasts as long as the tab.
  }
}
