/**
 * Text inside a meme: what somebody else will see on their screen (F-37). The rule is a fixed list of code points and not a Unicode category: it decides about validity, and two browsers may
 * know different versions of Unicode.
 */
import { fail } from '../result'
import type { Failure } from '../result'

/** Marks above and below one letter: real writing needs up to four, towers of them cover what is around. */
const MAX_MARKS = 4

type Range = readonly [first: number, last: number]

/** Controls, direction overrides, what is invisible, private use, and what is no character. Joiners stay (U+200C, U+200D): Persian and emoji need them. */
const FORBIDDEN: readonly Range[] = [
  [0x00, 0x09],
  [0x0b, 0x1f],
  [0x7f, 0x9f],
  [0xad, 0xad],
  [0x34f, 0x34f],
  [0x61c, 0x61c],
  [0x115f, 0x1160],
  [0x17b4, 0x17b5],
  [0x180b, 0x180f],
  [0x200b, 0x200b],
  [0x200e, 0x200f],
  [0x2028, 0x202e],
  [0x2060, 0x206f],
  [0x3164, 0x3164],
  [0xd800, 0xf8ff],
  [0xfdd0, 0xfdef],
  [0xfeff, 0xfeff],
  [0xffa0, 0xffa0],
  [0xfff0, 0xfffb],
  [0xfffe, 0xffff],
  [0xe0000, 0x10ffff]
]
/** Marks that are drawn onto the letter before them. */
const MARKS: readonly Range[] = [
  [0x300, 0x36f],
  [0x483, 0x489],
  [0x1ab0, 0x1aff],
  [0x1dc0, 0x1dff],
  [0x20d0, 0x20ff],
  [0xfe20, 0xfe2f]
]
/** Blank in every font; a text of these alone shows nothing. */
const BLANK: readonly Range[] = [
  [0x0a, 0x0a],
  [0x20, 0x20],
  [0xa0, 0xa0],
  [0x1680, 0x1680],
  [0x2000, 0x200d],
  [0x202f, 0x202f],
  [0x205f, 0x205f],
  [0x2800, 0x2800],
  [0x3000, 0x3000],
  [0xfe00, 0xfe0f]
]

const within = (ranges: readonly Range[], point: number): boolean => ranges.some(([first, last]) => point >= first && point <= last)

export interface TextRule {
  /** Code points. */
  readonly maxLength: number
  /** 1: no line break. */
  readonly maxLines: number
}

/** @returns why this text cannot be shown to others, or null */
export function textFault(text: string, { maxLength, maxLines }: TextRule): Failure | null {
  let length = 0
  let lines = 1
  let marks = 0
  let visible = false
  for (const character of text) {
    const point = character.codePointAt(0)!
    if (++length > maxLength) return fail('text-too-long', `more than ${maxLength} characters`)
    if (point === 0x0a && ++lines > maxLines) return fail('text-too-long', maxLines === 1 ? 'a line break' : `more than ${maxLines} lines`)
    if (within(FORBIDDEN, point)) return fail('bad-text', 'a control or invisible character')
    marks = within(MARKS, point) ? marks + 1 : 0
    if (marks > MAX_MARKS) return fail('bad-text', 'a tower of marks')
    visible ||= !within(BLANK, point)
  }
  return visible ? null : fail('empty-text', 'nothing to see')
}

/** What a person has typed, as near to it as the rule allows; may be empty. */
export function tidyText(text: string, { maxLength, maxLines }: TextRule): string {
  let tidy = ''
  let length = 0
  let lines = 1
  let marks = 0
  for (const character of text.normalize('NFC').replace(/\r\n?/g, '\n').replace(/\t/g, ' ')) {
    const point = character.codePointAt(0)!
    if (within(FORBIDDEN, point)) continue
    marks = within(MARKS, point) ? marks + 1 : 0
    if (marks > MAX_MARKS) continue
    if (point === 0x0a && ++lines > maxLines) break
    if (++length > maxLength) break
    tidy += character
  }
  return tidy
}
