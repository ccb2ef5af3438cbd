/**
 * What a meme is on the chain (D-04): not a picture but the recipe of one: a template, and layers of text, stickers and strokes on a grid of CANVAS units. Its id is the hash of these bytes, never
 * of pixels, for fonts differ. Integers only; nothing in it names an address or runs (F-37). A few hundred bytes as a rule, MAX_RECIPE_BYTES at most.
 *
 * The plainest memes have no layers: formats `text` and `ascii` are characters and nothing else.
 */
import { fromUtf8, utf8 } from '../bytes'
import { decode, encode } from '../codec'
import { MAX_LAYERS, MAX_LAYER_BYTES, MAX_RECIPE_BYTES } from '../limits'
import { fail, ok } from '../result'
import type { Failure, Result } from '../result'
import { ByteListType, ContainerType, ListCompositeType, UintNumberType } from '../ssz'
import type { ValueOf } from '../ssz'
import { textFault } from './text'
import type { TextRule } from './text'

/** D-04, as numbers of MEME_FORMATS (state/memes.ts). A remix is a picture that names its parent. */
export const FORMAT_TEXT = 1
export const FORMAT_ASCII = 2
export const FORMAT_TEMPLATE = 3
export const FORMAT_DRAWN = 4
export const FORMAT_REMIX = 5

export const LAYER_TEXT = 1
export const LAYER_STICKER = 2
export const LAYER_STROKE = 3

/** Width and height of the canvas, in units. Positions may lie outside: what sticks out is cut off. */
export const CANVAS = 1000
/** The canvas begins here, so that a centre may lie left of it and still be a natural number. */
export const ORIGIN = 500
/** Colours of the page's palette: an index below this. */
export const PALETTE_SIZE = 16
/** Text looks: bold, outlined, typewriter, on a plate. */
export const TEXT_STYLES = 4
/** Units of one step of a stroke: finer is not seen on a phone. */
export const STROKE_STEP = 4
/** Sizes by kind of layer, in units: height of a letter, width of a sticker, width of a line. */
export const LAYER_SIZES: Readonly<Record<number, readonly [least: number, most: number]>> = {
  [LAYER_TEXT]: [24, 400],
  [LAYER_STICKER]: [40, 1000],
  [LAYER_STROKE]: [4, 120]
}

/** A line of a picture, broken into some. */
export const LAYER_TEXT_RULE: TextRule = { maxLength: 160, maxLines: 6 }
/** Format `text`: a long post. */
export const TEXT_RULE: TextRule = { maxLength: 1000, maxLines: 24 }
/** Format `ascii`: a screen of an old terminal, half as wide, so that a phone shows it. */
export const ASCII_COLUMNS = 48
export const ASCII_ROWS = 24
/** D-04: characters. */
export const CAPTION_RULE: TextRule = { maxLength: 280, maxLines: 4 }
/** D-04: characters of one tag. */
export const TAG_RULE: TextRule = { maxLength: 24, maxLines: 1 }

const U8 = new UintNumberType(1)
const U16 = new UintNumberType(2)

/**
 * `x`, `y`: centre (of a stroke: its first point) plus ORIGIN. `turn`: degrees clockwise. `style`: text look, or number of the sticker. `data`: UTF-8 of a text; of a stroke pairs of signed
 * bytes, steps of STROKE_STEP to the next point; of a sticker nothing.
 */
const Layer = new ContainerType({ kind: U8, x: U16, y: U16, size: U16, turn: U16, colour: U8, style: U8, data: new ByteListType(MAX_LAYER_BYTES) })

/** Layers from the bottom up. `template` 0: the plain colour `ground` alone. */
const Recipe = new ContainerType({ version: U8, template: U8, ground: U8, layers: new ListCompositeType(Layer, MAX_LAYERS) })

export type Layer = ValueOf<typeof Layer>
export type Recipe = ValueOf<typeof Recipe>

export type MemeContent =
  | { format: typeof FORMAT_TEXT | typeof FORMAT_ASCII; text: string }
  | { format: typeof FORMAT_TEMPLATE | typeof FORMAT_DRAWN | typeof FORMAT_REMIX; recipe: Recipe }

const RECIPE_VERSION = 1
/** Numbers of templates and stickers fit one byte; a page that does not know one draws a placeholder. */
const MAX_TEMPLATE = 255
const MAX_STICKER = 255

/** Which of the two formats a recipe is: nobody chooses it, for it counts in the quality (D-03). */
export const formatOf = (recipe: Recipe): typeof FORMAT_TEMPLATE | typeof FORMAT_DRAWN =>
  recipe.layers.some(({ kind }) => kind === LAYER_STROKE) ? FORMAT_DRAWN : FORMAT_TEMPLATE

/** What a remix is made with does not matter: it has points of its own. */
const mayBe = (format: number, recipe: Recipe): boolean => format === FORMAT_REMIX || format === formatOf(recipe)

const isNatural = (value: number): boolean => Number.isInteger(value) && value >= 0

function layerFault({ kind, x, y, size, turn, colour, style, data }: Layer): Failure | null {
  if (![x, y, size, turn, colour, style].every(isNatural)) return fail('bad-layer', 'not a natural number')
  const sizes = LAYER_SIZES[kind]
  if (sizes === undefined) return fail('bad-layer', `kind ${kind}`)
  if (x > CANVAS + 2 * ORIGIN || y > CANVAS + 2 * ORIGIN) return fail('bad-layer', 'far outside the canvas')
  if (size < sizes[0] || size > sizes[1]) return fail('bad-layer', `size ${size}`)
  if (data.length > MAX_LAYER_BYTES) return fail('bad-layer', `${data.length} bytes, ${MAX_LAYER_BYTES} allowed`)
  if (style > MAX_STICKER || turn >= 360 || colour >= PALETTE_SIZE) return fail('bad-layer', 'turn or colour')
  switch (kind) {
    case LAYER_TEXT: {
      if (style >= TEXT_STYLES) return fail('bad-layer', `style ${style}`)
      const text = fromUtf8(data)
      return text === null ? fail('bad-text', 'not UTF-8') : textFault(text, LAYER_TEXT_RULE)
    }
    case LAYER_STICKER:
      return data.length > 0 ? fail('bad-layer', 'a sticker with data') : null
    default:
      return style !== 0 || turn !== 0 || data.length === 0 || data.length % 2 === 1 ? fail('bad-layer', 'stroke') : null
  }
}

/** @returns the first thing that is wrong with it, or null */
function recipeFault({ version, ground, template, layers }: Recipe): Failure | null {
  if (version !== RECIPE_VERSION) return fail('unknown-version', `version ${version}`)
  if (!isNatural(ground) || ground >= PALETTE_SIZE) return fail('bad-recipe', `ground ${ground}`)
  if (!isNatural(template) || template > MAX_TEMPLATE) return fail('bad-recipe', `template ${template}`)
  if (layers.length > MAX_LAYERS) return fail('bad-recipe', `${layers.length} layers, ${MAX_LAYERS} allowed`)
  if (template === 0 && layers.length === 0) return fail('empty-recipe', 'an empty canvas')
  for (const layer of layers) {
    const fault = layerFault(layer)
    if (fault !== null) return fault
  }
  return null
}

function asciiFault(text: string): Failure | null {
  if (!/^[\n\x20-\x7e]*$/.test(text)) return fail('bad-text', 'a character that is not ASCII')
  const rows = text.split('\n')
  if (rows.length > ASCII_ROWS || rows.some(row => row.length > ASCII_COLUMNS)) return fail('text-too-long', `at most ${ASCII_ROWS} rows of ${ASCII_COLUMNS}`)
  return /[^\n ]/.test(text) ? null : fail('empty-text', 'nothing to see')
}

const plainFault = (format: number, text: string): Failure | null => (format === FORMAT_ASCII ? asciiFault(text) : textFault(text, TEXT_RULE))

/** @returns canonical bytes, or what is wrong with the content */
export function encodeContent(content: MemeContent): Result<Uint8Array> {
  const drawn = 'recipe' in content
  const fault = drawn ? recipeFault(content.recipe) : plainFault(content.format, content.text)
  if (fault !== null) return fault
  if (drawn && !mayBe(content.format, content.recipe)) return fail('wrong-format')
  const bytes = drawn ? encode(Recipe, content.recipe) : utf8(content.text)
  return bytes.length > MAX_RECIPE_BYTES ? fail('recipe-too-large', `${bytes.length} bytes, ${MAX_RECIPE_BYTES} allowed`) : ok(bytes)
}

/** Strict: each content has one encoding, and what `encodeContent` would refuse is refused here. Never throws. */
export function decodeContent(format: number, bytes: Uint8Array): Result<MemeContent> {
  if (bytes.length > MAX_RECIPE_BYTES) return fail('recipe-too-large', `${bytes.length} bytes, ${MAX_RECIPE_BYTES} allowed`)
  switch (format) {
    case FORMAT_TEXT:
    case FORMAT_ASCII: {
      const text = fromUtf8(bytes)
      if (text === null) return fail('bad-text', 'not UTF-8')
      return plainFault(format, text) ?? ok({ format, text })
    }
    case FORMAT_TEMPLATE:
    case FORMAT_DRAWN:
    case FORMAT_REMIX: {
      const recipe = decode(Recipe, bytes, MAX_RECIPE_BYTES)
      if (!recipe.ok) return recipe
      if (!mayBe(format, recipe.value)) return fail('wrong-format')
      return recipeFault(recipe.value) ?? ok({ format, recipe: recipe.value })
    }
    default:
      return fail('unknown-format', `format ${format}`)
  }
}
