/**
 * Text that goes into a state and is shown beside other people's. The ranges are written out: tables of Unicode properties differ from one engine's version to the next, and
 * whether a transaction is valid must not.
 */
import { fromUtf8 } from './bytes'

/** Control characters, direction marks and overrides, invisible operators, byte order mark; the joiner of emoji (U+200D) is allowed. */
const HIDDEN: readonly (readonly [from: number, to: number])[] = [
  [0x00, 0x1f],
  [0x7f, 0x9f],
  [0x200b, 0x200c],
  [0x200e, 0x200f],
  [0x2028, 0x202e],
  [0x2060, 0x206f],
  [0xfeff, 0xfeff],
  [0xfff9, 0xfffb],
  [0xe0000, 0xe007f]
]
const NEW_LINE = 0x0a

/** @param maxCharacters counted as code points. @param lines whether it may be broken into lines. @returns false for empty text, bytes that are not UTF-8, and hidden characters */
export function isText(bytes: Uint8Array, maxCharacters: number, lines = false): boolean {
  const text = fromUtf8(bytes)
  if (text === null || text.length === 0) return false
  const points = Array.from(text, character => character.codePointAt(0)!)
  if (points.length > maxCharacters) return false
  return points.every(point => (lines && point === NEW_LINE) || !HIDDEN.some(([from, to]) => point >= from && point <= to))
}
