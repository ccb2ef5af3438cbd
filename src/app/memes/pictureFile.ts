/**
 * A picture file from the person's own device (F-37). Its header is read before anything decodes it, so that a picture of 20,000² or a bomb is refused by what it says of itself; what is no PNG,
 * JPEG, WebP or GIF (SVG and HTML above all) is not opened at all. What passes is drawn anew: no metadata, no original bytes.
 */

/** Larger files are not read: a phone's photograph is about half of this. */
export const FILE_BYTES_MAX = 8 * 1024 * 1024
/** Pixels that the decoder may be asked for: 64 MB of memory. */
const PIXELS_MAX = 16_000_000
const SIDE_MAX = 8192
/** What is left of it: bytes, and pixels on a side. */
const ENCODED_BYTES_MAX = 100 * 1024
const ENCODED_SIDE = 1024
/** Bytes that are searched for the size of a JPEG: its thumbnail and colour profile come before it. */
const HEADER_BYTES = 512 * 1024
const QUALITIES = [0.9, 0.8, 0.65, 0.5, 0.35] as const
const SIDES = [ENCODED_SIDE, 768, 512] as const

export type PictureFault = 'not-a-picture' | 'too-large-file' | 'too-many-pixels' | 'cannot-decode' | 'too-large-encoded'

export interface PictureSize {
  type: 'png' | 'jpeg' | 'webp' | 'gif'
  width: number
  height: number
}

const ascii = (bytes: Uint8Array, at: number, length: number): string => String.fromCharCode(...bytes.subarray(at, at + length))

/** A segment says its length; those that hold the size are C0 … CF without C4, C8, CC (ITU T.81, table B.1). */
function jpegSize(bytes: Uint8Array, view: DataView): PictureSize | null {
  for (let at = 2; at + 9 < bytes.length;) {
    if (bytes[at] !== 0xff) return null
    const marker = bytes[at + 1]!
    if (marker === 0xff) {
      at++
      continue
    }
    if (marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker))
      return { type: 'jpeg', width: view.getUint16(at + 7), height: view.getUint16(at + 5) }
    const length = view.getUint16(at + 2)
    if (length < 2) return null
    at += 2 + length
  }
  return null
}

function webpSize(bytes: Uint8Array, view: DataView): PictureSize | null {
  const kind = ascii(bytes, 12, 4)
  if (kind === 'VP8X') return { type: 'webp', width: 1 + (view.getUint32(24, true) & 0xffffff), height: 1 + (view.getUint32(26, true) >>> 8) }
  if (kind === 'VP8L') {
    const bits = view.getUint32(21, true)
    return { type: 'webp', width: 1 + (bits & 0x3fff), height: 1 + ((bits >>> 14) & 0x3fff) }
  }
  return kind === 'VP8 ' ? { type: 'webp', width: view.getUint16(26, true) & 0x3fff, height: view.getUint16(28, true) & 0x3fff } : null
}

/** What the file says it is, from its first bytes; null: none of the four kinds, or cut short. */
export function pictureSize(bytes: Uint8Array): PictureSize | null {
  if (bytes.length < 30) return null
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  if (ascii(bytes, 0, 8) === '\x89PNG\r\n\x1a\n' && ascii(bytes, 12, 4) === 'IHDR')
    return { type: 'png', width: view.getUint32(16), height: view.getUint32(20) }
  if (/^GIF8[79]a$/.test(ascii(bytes, 0, 6))) return { type: 'gif', width: view.getUint16(6, true), height: view.getUint16(8, true) }
  if (bytes[0] === 0xff && bytes[1] === 0xd8) return jpegSize(bytes, view)
  if (ascii(bytes, 0, 4) === 'RIFF' && ascii(bytes, 8, 4) === 'WEBP') return webpSize(bytes, view)
  return null
}

/** @param fileBytes length of the whole file @param head its first bytes @returns what speaks against opening it, or null */
export function pictureFault(fileBytes: number, head: Uint8Array): PictureFault | null {
  if (fileBytes > FILE_BYTES_MAX) return 'too-large-file'
  const size = pictureSize(head)
  if (size === null || size.width === 0 || size.height === 0) return 'not-a-picture'
  return size.width > SIDE_MAX || size.height > SIDE_MAX || size.width * size.height > PIXELS_MAX ? 'too-many-pixels' : null
}

export interface OwnPicture {
  bitmap: ImageBitmap
  bytes: number
}

/** A square from its middle, re-encoded until it fits. */
export async function openPicture(file: Blob): Promise<OwnPicture | PictureFault> {
  const head = new Uint8Array(await file.slice(0, HEADER_BYTES).arrayBuffer())
  const fault = pictureFault(file.size, head)
  if (fault !== null) return fault
  let decoded: ImageBitmap
  try {
    decoded = await createImageBitmap(new Blob([file], { type: `image/${pictureSize(head)!.type}` }))
  } catch {
    return 'cannot-decode'
  }
  try {
    return await encodeSmall(decoded)
  } finally {
    decoded.close()
  }
}

async function encodeSmall(decoded: ImageBitmap): Promise<OwnPicture | PictureFault> {
  const square = Math.min(decoded.width, decoded.height)
  const [left, top] = [(decoded.width - square) / 2, (decoded.height - square) / 2]
  for (const most of SIDES) {
    const side = Math.min(most, square)
    const canvas = new OffscreenCanvas(side, side)
    canvas.getContext('2d')!.drawImage(decoded, left, top, square, square, 0, 0, side, side)
    for (const quality of QUALITIES) {
      const blob = await canvas.convertToBlob({ type: 'image/jpeg', quality })
      if (blob.size <= ENCODED_BYTES_MAX) return { bitmap: await createImageBitmap(blob), bytes: blob.size }
    }
  }
  return 'too-large-encoded'
}
