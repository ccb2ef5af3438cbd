/** Proof files with one field altered, for tests that nothing of it goes unnoticed. */
import { fromHex, toHex } from '../bytes'
import type { ProofFile } from '../proof/file'

export type Json = string | number | null | Json[] | { [key: string]: Json }

/** Every text and number of a file, by JSON pointer. */
export function leaves(value: Json, pointer = ''): { pointer: string; value: string | number }[] {
  if (typeof value === 'string' || typeof value === 'number') return [{ pointer, value }]
  if (value === null) return []
  return Object.entries(value).flatMap(([key, item]) => leaves(item, `${pointer}/${key}`))
}

export function replaced(file: ProofFile, pointer: string, value: string | number): ProofFile {
  const copy = JSON.parse(JSON.stringify(file)) as ProofFile
  const steps = pointer.slice(1).split('/')
  let at = copy as unknown as Record<string, unknown>
  for (const step of steps.slice(0, -1)) at = at[step] as Record<string, unknown>
  at[steps.at(-1)!] = value
  return copy
}

export function flip(hex: string, byte: number, bits: number): string {
  const bytes = fromHex(hex)!
  bytes[byte] = bytes[byte]! ^ bits
  return toHex(bytes)
}

export const isHex = (value: string | number): value is string => typeof value === 'string' && value.length >= 2 && /^(?:[0-9a-f]{2})+$/.test(value)
