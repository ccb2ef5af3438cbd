import { describe, expect, it } from 'vitest'
import { FILE_BYTES_MAX, pictureFault, pictureSize } from './pictureFile'

const bytesOf = (...parts: (string | number[])[]) => {
  const bytes = parts.flatMap(part => (typeof part === 'string' ? Array.from({ length: part.length }, (_, i) => part.charCodeAt(i)) : part))
  return Uint8Array.from([...bytes, ...new Array<number>(Math.max(0, 64 - bytes.length)).fill(0)])
}
const u32 = (n: number) => [n >>> 24, (n >>> 16) & 255, (n >>> 8) & 255, n & 255]
const u16 = (n: number) => [n >>> 8, n & 255]
const le16 = (n: number) => [n & 255, n >>> 8]
const le24 = (n: number) => [n & 255, (n >>> 8) & 255, n >>> 16]

const png = (w: number, h: number) => bytesOf([0x89], 'PNG\r\n', [0x1a], '\n', u32(13), 'IHDR', u32(w), u32(h))
const gif = (w: number, h: number) => bytesOf('GIF89a', le16(w), le16(h))
const jpeg = (w: number, h: number) => bytesOf([0xff, 0xd8, 0xff, 0xe0], u16(16), new Array<number>(14).fill(0), [0xff, 0xc2], u16(17), [8], u16(h), u16(w))
const webpX = (w: number, h: number) => bytesOf('RIFF', u32(0), 'WEBPVP8X', u32(10), [0, 0, 0, 0], le24(w - 1), le24(h - 1))
const webpLossless = (w: number, h: number) => {
  const bits = (w - 1) | ((h - 1) << 14)
  return bytesOf('RIFF', u32(0), 'WEBPVP8L', u32(10), [0x2f], [bits & 255, (bits >>> 8) & 255, (bits >>> 16) & 255, bits >>> 24])
}
const webpLossy = (w: number, h: number) => bytesOf('RIFF', u32(0), 'WEBPVP8 ', u32(10), [0, 0, 0, 0x9d, 0x01, 0x2a], le16(w), le16(h))

describe('F-37, TESTING "hostile memes": a picture is judged by its header, before anything decodes it', () => {
  it.each([
    ['png', png],
    ['gif', gif],
    ['jpeg', jpeg],
    ['webp', webpX],
    ['webp', webpLossless],
    ['webp', webpLossy]
  ] as const)('%s: its size is read', (type, make) => {
    expect(pictureSize(make(640, 480))).toEqual({ type, width: 640, height: 480 })
    expect(pictureFault(1000, make(640, 480))).toBeNull()
  })

  it.each([
    ['png', png(20_000, 20_000)],
    ['gif', gif(20_000, 20_000)],
    ['jpeg', jpeg(20_000, 20_000)],
    ['webp', webpX(20_000, 20_000)],
    ['webp, lossless', webpLossless(16_384, 16_384)],
    ['a ribbon', png(20_000, 1)],
    ['a PNG that lies by wrapping around', png(0xffff_ffff, 0xffff_ffff)]
  ])('20,000² is refused: %s', (_, head) => expect(pictureFault(1000, head)).toBe('too-many-pixels'))

  it.each([
    ['an SVG', bytesOf('<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"></svg>')],
    ['a page', bytesOf('<!doctype html><script>alert(1)</script>')],
    ['an SVG behind a mark', bytesOf([0xef, 0xbb, 0xbf], '<svg onload=alert(1)>')],
    ['a zip', bytesOf('PK', [3, 4])],
    ['nothing', new Uint8Array(0)],
    ['half a PNG', png(10, 10).subarray(0, 20)],
    ['a picture without width', png(0, 10)],
    ['a JPEG without a size', bytesOf([0xff, 0xd8, 0xff, 0xe0], u16(16))],
    ['a JPEG whose segment has no length', bytesOf([0xff, 0xd8, 0xff, 0xe0], u16(0), new Array<number>(40).fill(0xff))]
  ])('%s is not opened', (_, head) => expect(pictureFault(1000, head)).toBe('not-a-picture'))

  it('a large file is not even read', () => expect(pictureFault(FILE_BYTES_MAX + 1, png(10, 10))).toBe('too-large-file'))
})
