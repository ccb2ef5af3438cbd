/**
 * How an agent looks: a shape with its hue, a pure function of the public key, the same in every browser.
 * Shape and name identify; colour only helps (PRODUCT, "Look and access").
 */
import type { Hex } from '../bridge/views'

export type GlyphId = 'triangle' | 'square' | 'star' | 'circle' | 'diamond' | 'pentagon'

export interface Glyph {
  id: GlyphId
  /** The character that stands for the shape where only text fits: window title, copied text. */
  char: string
  /** SVG path in a box of 24 × 24, drawn filled. */
  path: string
  /** CSS custom property of the hue, defined in tokens.css for both themes. */
  hue: string
  /** Hue on dark and light ground, for canvas and favicon, which cannot read `light-dark()`. */
  dark: string
  light: string
}

export const GLYPHS: readonly Glyph[] = [
  { id: 'triangle', char: '▲', path: 'M12 2.6 22.4 20.8H1.6Z', hue: 'var(--hue-triangle)', dark: '#ea7019', light: '#d86d29' },
  { id: 'square', char: '■', path: 'M3.4 3.4h17.2v17.2H3.4Z', hue: 'var(--hue-square)', dark: '#eabb6b', light: '#4d370b' },
  {
    id: 'star',
    char: '✦',
    path: 'M12 .8c1.1 6.8 4.4 10.1 11.2 11.2C16.4 13.1 13.1 16.4 12 23.2 10.9 16.4 7.6 13.1.8 12 7.6 10.9 10.9 7.6 12 .8Z',
    hue: 'var(--hue-star)',
    dark: '#feee88',
    light: '#666142'
  },
  { id: 'circle', char: '●', path: 'M12 2.2a9.8 9.8 0 1 1 0 19.6 9.8 9.8 0 0 1 0-19.6Z', hue: 'var(--hue-circle)', dark: '#59e6d2', light: '#49968a' },
  { id: 'diamond', char: '◆', path: 'M12 1.2 22.8 12 12 22.8 1.2 12Z', hue: 'var(--hue-diamond)', dark: '#665fd8', light: '#242449' },
  { id: 'pentagon', char: '⬟', path: 'M12 1.8 22.6 9.5 18.5 21.9H5.5L1.4 9.5Z', hue: 'var(--hue-pentagon)', dark: '#9888ba', light: '#8f65d3' }
]

/**
 * @param publicKey lower-case hex of an Ed25519 key; anything shorter (a peer whose key is not known yet) still gets a stable glyph
 */
export function agentGlyph(publicKey: Hex): Glyph {
  // The last four bytes: an Ed25519 key ends in high bits that are as good as random, so six shapes come out evenly.
  const tail = Number.parseInt(publicKey.slice(-8), 16)
  return GLYPHS[Number.isNaN(tail) ? 0 : tail % GLYPHS.length]!
}
