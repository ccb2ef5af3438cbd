/**
 * What somebody wants proved, as a short text that fits into a link, a request and an address: `agent/<key>`, `alliance/<id>`, `meme/<id>`, `transaction/<block hash>/<place>`,
 * `block/<height>`, `state/<path>`, `head`. The text of a path is its steps with slashes between; a step of digits is a place in a list.
 */
import { fromHex, toHex } from '../bytes'
import { fail, ok } from '../result'
import type { Result } from '../result'
import { State } from '../schema'
import { placeOf } from './branch'
import type { Path } from './branch'

/** Longest subject: a transaction by block hash, or a path of eight names. */
export const MAX_SUBJECT_CHARS = 192

export type Subject =
  /** The newest final block itself. */
  | { kind: 'head' }
  /** A whole record by its public key or id: a field alone would not say whose it is. */
  | { kind: 'agent' | 'alliance' | 'meme'; key: Uint8Array }
  | { kind: 'transaction'; block: Uint8Array; place: number }
  /** The record of an ancestor (T040), however old. */
  | { kind: 'block'; height: number }
  | { kind: 'state'; path: Path }

const STEP = /^(?:[A-Za-z][A-Za-z0-9]{0,31}|0|[1-9]\d{0,9})$/

export function formatPath(path: Path): string {
  return path.join('/')
}

/** @returns null for what is no path, in any schema */
export function parsePath(text: string): Path | null {
  if (text.length > MAX_SUBJECT_CHARS) return null
  const steps = text.split('/')
  return steps.every(step => STEP.test(step)) ? steps.map(step => (/^\d/.test(step) ? Number(step) : step)) : null
}

export function formatSubject(subject: Subject): string {
  switch (subject.kind) {
    case 'head':
      return 'head'
    case 'agent':
    case 'alliance':
    case 'meme':
      return `${subject.kind}/${toHex(subject.key)}`
    case 'transaction':
      return `transaction/${toHex(subject.block)}/${subject.place}`
    case 'block':
      return `block/${subject.height}`
    case 'state':
      return `state/${formatPath(subject.path)}`
  }
}

/** @returns `bad-subject` for a text that names nothing this state could have; what a console hands over may be no text at all */
export function parseSubject(text: unknown): Result<Subject> {
  const bad = fail('bad-subject', 'expected head, agent/<key>, alliance/<id>, meme/<id>, transaction/<block hash>/<place>, block/<height> or state/<path>')
  if (typeof text !== 'string') return bad
  if (text === 'head') return ok({ kind: 'head' })
  const path = parsePath(text.replace(/^[a-z]+\//, ''))
  const [kind, first = '', second, ...more] = text.split('/')
  if (text.length > MAX_SUBJECT_CHARS) return bad
  if (kind === 'state') return path !== null && placeOf(State, path).ok ? ok({ kind, path }) : bad
  if (kind === 'block') return second === undefined && /^(?:0|[1-9]\d{0,9})$/.test(first) && Number(first) < 2 ** 32 ? ok({ kind, height: Number(first) }) : bad
  const key = fromHex(first)
  if (key?.length !== 32 || more.length > 0) return bad
  if (kind === 'agent' || kind === 'alliance' || kind === 'meme') return second === undefined ? ok({ kind, key }) : bad
  if (kind === 'transaction') return second !== undefined && /^\d{1,9}$/.test(second) ? ok({ kind, block: key, place: Number(second) }) : bad
  return bad
}
