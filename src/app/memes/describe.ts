/** A meme in words: for those who do not see it, and for lists. */
import type { MemeContentView, MemeLayer } from '../../bridge/memes'
import { memeText } from '../i18n/memes'
import { PALETTE } from './art/shapes'
import { stickerOf } from './art/stickers'
import { templateOf } from './art/templates'

export function layerName(layer: MemeLayer): string {
  const { layer: text } = memeText.describe
  if (layer.kind === 'text') return text.text(layer.text.replaceAll('\n', ' '))
  if (layer.kind === 'sticker') return text.sticker(stickerOf(layer.sticker)?.name ?? `№ ${layer.sticker}`)
  return text.stroke(PALETTE[layer.colour]?.[0] ?? '')
}

export function describeMeme(content: MemeContentView): string {
  const { describe } = memeText
  if (content.format !== 'picture') return content.format === 'ascii' ? describe.ascii : describe.plain(content.text)
  const { template, ground, layers } = content.picture
  const art = templateOf(template)
  const scene =
    template === 0 ? describe.plainGround(PALETTE[ground]?.[0] ?? '') : art === null ? describe.unknownTemplate : describe.scene(art.name, art.scene)
  const strokes = layers.filter(({ kind }) => kind === 'stroke').length
  const named = layers.filter(({ kind }) => kind !== 'stroke').map(layerName)
  return [scene, ...named, ...(strokes > 0 ? [describe.strokes(strokes)] : [])].join('. ') + '.'
}
