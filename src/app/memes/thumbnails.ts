/** Memes as small pictures: each is painted once, one a frame, so that a long gallery never holds up the page. */
import type { MemeContentView } from '../../bridge/memes'
import { paintMeme } from './painter'

/** Pictures kept: 64 of 480² are about 60 MB of pixels, and more than a tall screen shows. */
const KEPT = 64
/** Sides, pixels: a card on a sharp screen, and a picture by itself. */
const SIDES = { card: 480, page: 1080 } as const
export type PictureUse = keyof typeof SIDES

const kept = new Map<string, Promise<ImageBitmap>>()
let queue: Promise<unknown> = Promise.resolve()

const nextFrame = () => new Promise(resolve => requestAnimationFrame(resolve))

/** @param id of the meme: equal ids are equal pictures */
export function thumbnailOf(id: string, content: MemeContentView, use: PictureUse): Promise<ImageBitmap> {
  const key = `${id}/${use}`
  const known = kept.get(key)
  if (known) {
    kept.delete(key)
    kept.set(key, known)
    return known
  }
  const made = queue.then(async () => {
    await nextFrame()
    const side = SIDES[use]
    const canvas = new OffscreenCanvas(side, side)
    paintMeme(canvas.getContext('2d')!, content, side)
    return canvas.transferToImageBitmap()
  })
  queue = made.catch(() => undefined)
  kept.set(key, made)
  for (const oldest of kept.keys()) if (kept.size > KEPT) kept.delete(oldest)
  return made
}
