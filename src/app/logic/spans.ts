/** What the stretches of an encoded value say to a person. */
import type { CatalogueSpan } from '../../bridge/catalogue'

export type Reading =
  | { kind: 'number' | 'time' | 'text'; text: string }
  /** A field of variable length begins at this byte, counted as `ShownSpan.at` is. */
  | { kind: 'offset'; at: number }
  | { kind: 'empty' }
  | { kind: 'bytes' }

export interface ShownSpan {
  path: string
  /** First byte, counted from the start of the value. */
  at: number
  size: number
  /** Hex of those that are shown, one each. */
  bytes: string[]
  reading: Reading
}

const DECODER = new TextDecoder('utf-8', { fatal: true })
/** The one type of the schemas that is a time, ms since 1970. */
const TIME = 'uint64 below 2^53'

function numberOf(bytes: readonly string[]): bigint {
  return BigInt(`0x${[...bytes].reverse().join('')}`)
}

/** Letters padded with zeros, as names are; null for anything else. */
function textOf(bytes: readonly string[]): string | null {
  const end = bytes.findLastIndex(byte => byte !== '00') + 1
  try {
    const text = DECODER.decode(Uint8Array.from(bytes.slice(0, end), byte => Number.parseInt(byte, 16)))
    return text !== '' && !/\p{C}/u.test(text) ? text : null
  } catch {
    return null
  }
}

/** Where what holds this field begins: at the first stretch inside it. An offset counts from there. */
function startOfParent(spans: readonly Placed[], path: string): number {
  const parent = path.includes('/') ? path.slice(0, path.lastIndexOf('/') + 1) : ''
  return spans.find(span => span.path.startsWith(parent))?.at ?? 0
}

function read({ path, type, size, bytes }: Placed, spans: readonly Placed[]): Reading {
  if (size === 0) return { kind: 'empty' }
  if (type === 'offset') return { kind: 'offset', at: startOfParent(spans, path) + Number(numberOf(bytes)) }
  if (type === TIME) return { kind: 'time', text: new Date(Number(numberOf(bytes))).toISOString() }
  if (type.startsWith('uint')) return { kind: 'number', text: String(numberOf(bytes)) }
  const text = bytes.length === size ? textOf(bytes) : null
  return text === null ? { kind: 'bytes' } : { kind: 'text', text }
}

type Placed = CatalogueSpan & Pick<ShownSpan, 'at' | 'bytes'>

export function shownSpans(spans: readonly CatalogueSpan[]): ShownSpan[] {
  let end = 0
  const placed = spans.map(span => ({ ...span, at: (end += span.size) - span.size, bytes: span.hex.match(/../g) ?? [] }))
  return placed.map(span => ({ path: span.path, at: span.at, size: span.size, bytes: span.bytes, reading: read(span, placed) }))
}
