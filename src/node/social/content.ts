/** Memes between the page, which speaks of layers and texts, and the chain, which knows canonical bytes. What comes from a page is not trusted to have its types. */
import type { MemeContentView, MemeDraft, MemeLayer, TextStyle } from '../../bridge/memes'
import { fromHex, fromUtf8, utf8 } from '../../core/bytes'
import {
  CAPTION_RULE,
  decodeContent,
  encodeContent,
  FORMAT_ASCII,
  FORMAT_REMIX,
  FORMAT_TEXT,
  formatOf,
  LAYER_STICKER,
  LAYER_STROKE,
  LAYER_TEXT,
  LAYER_TEXT_RULE,
  ORIGIN,
  TAG_RULE,
  TEXT_RULE
} from '../../core/memes/recipe'
import type { Layer, MemeContent, Recipe } from '../../core/memes/recipe'
import { textFault, tidyText } from '../../core/memes/text'
import { MAX_MEME_REFERENCES, MAX_MEME_TAGS, MAX_MEME_TARGETS } from '../../core/limits'
import { fail, ok } from '../../core/result'
import type { Result } from '../../core/result'
import type { MemePayload } from '../../core/schema'

/** In the order of their numbers. */
const STYLES: readonly TextStyle[] = ['bold', 'outlined', 'mono', 'plate']

/** Texts without a visible character are left out. */
function layerOf(layer: MemeLayer): Layer | null {
  const placed = { x: layer.x + ORIGIN, y: layer.y + ORIGIN, size: layer.size, turn: layer.turn, colour: layer.colour, style: 0, data: new Uint8Array(0) }
  switch (layer.kind) {
    case 'text': {
      const text = tidyText(layer.text, LAYER_TEXT_RULE)
      return textFault(text, LAYER_TEXT_RULE) === null ? { ...placed, kind: LAYER_TEXT, style: STYLES.indexOf(layer.style), data: utf8(text) } : null
    }
    case 'sticker':
      return { ...placed, kind: LAYER_STICKER, style: layer.sticker }
    default:
      return { ...placed, kind: LAYER_STROKE, data: Uint8Array.from(layer.steps, step => step & 0xff) }
  }
}

function layerView({ kind, x, y, size, turn, colour, style, data }: Layer): MemeLayer {
  const placed = { x: x - ORIGIN, y: y - ORIGIN, size, turn, colour }
  if (kind === LAYER_TEXT) return { ...placed, kind: 'text', text: fromUtf8(data) ?? '', style: STYLES[style] ?? 'bold' }
  if (kind === LAYER_STICKER) return { ...placed, kind: 'sticker', sticker: style }
  return { ...placed, kind: 'stroke', steps: [...new Int8Array(data.buffer, data.byteOffset, data.length)] }
}

function plainOf(format: 'text' | 'ascii', text: string): MemeContent {
  if (format === 'text') return { format: FORMAT_TEXT, text: tidyText(text, TEXT_RULE) }
  return { format: FORMAT_ASCII, text: text.replace(/\r\n?/g, '\n').replace(/[^\n\x20-\x7e]/g, '') }
}

function contentOf(view: MemeContentView, remix: boolean): MemeContent {
  if (view.format !== 'picture') return plainOf(view.format, view.text)
  const { template, ground, layers } = view.picture
  const recipe: Recipe = { version: 1, template, ground, layers: layers.flatMap(layer => layerOf(layer) ?? []) }
  return { format: remix ? FORMAT_REMIX : formatOf(recipe), recipe }
}

/** @returns null for bytes that are no content of this format */
export function contentView(format: number, recipe: Uint8Array): MemeContentView | null {
  const content = decodeContent(format, recipe)
  if (!content.ok) return null
  if ('text' in content.value) return { format: content.value.format === FORMAT_ASCII ? 'ascii' : 'text', text: content.value.text }
  const { template, ground, layers } = content.value.recipe
  return { format: 'picture', picture: { template, ground, layers: layers.map(layerView) } }
}

const keysOf = (list: readonly string[], most: number): Uint8Array[] | null => {
  const keys = [...new Set(list)].map(text => fromHex(text))
  return keys.length <= most && keys.every(key => key?.length === 32) ? (keys as Uint8Array[]) : null
}

/** What a person has made, as it would be on the chain. */
export function payloadOfDraft({ content, caption, tags, references, targets }: MemeDraft): Result<MemePayload> {
  const made = contentOf(content, references.length > 0)
  const recipe = encodeContent(made)
  if (!recipe.ok) return recipe
  const words = [...new Set(tags.map(tag => tidyText(tag, TAG_RULE).trim()))].filter(tag => textFault(tag, TAG_RULE) === null)
  if (words.length > MAX_MEME_TAGS) return fail('bad-meme', `at most ${MAX_MEME_TAGS} tags`)
  const named = { references: keysOf(references, MAX_MEME_REFERENCES), targets: keysOf(targets, MAX_MEME_TARGETS) }
  if (named.references === null || named.targets === null) return fail('bad-meme', 'memes and agents are named by 64 hex digits')
  const line = tidyText(caption, CAPTION_RULE)
  return ok({
    format: made.format,
    recipe: recipe.value,
    caption: textFault(line, CAPTION_RULE) === null ? utf8(line) : new Uint8Array(0),
    tags: words.map(utf8),
    references: named.references,
    targets: named.targets
  })
}
