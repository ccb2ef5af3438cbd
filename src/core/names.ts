/**
 * Names of agents and networks: 1…32 bytes of UTF-8 in a fixed leaf, padded with zeros. Control characters, direction overrides and invisible
 * characters are refused, because a name is shown beside other people's names.
 */
import { fromUtf8, utf8 } from './bytes'
import { MAX_NAME_BYTES } from './limits'
import { fail, ok } from './result'
import type { Result } from './result'

const FORBIDDEN = /[\p{Cc}\p{Cf}\p{Co}\p{Cs}\p{Zl}\p{Zp}]/u

/** @returns the trimmed name, or `bad-name` with the cause */
export function checkName(name: string): Result<string> {
  const trimmed = name.normalize('NFC').trim()
  if (trimmed.length === 0) return fail('bad-name', 'a name needs at least one visible character')
  if (FORBIDDEN.test(trimmed)) return fail('bad-name', 'a name may not hold control or invisible characters')
  if (utf8(trimmed).length > MAX_NAME_BYTES) return fail('bad-name', `a name may be at most ${MAX_NAME_BYTES} bytes long`)
  return ok(trimmed)
}

/** For names that have passed `checkName`. */
export function nameToBytes(name: string): Uint8Array {
  const bytes = new Uint8Array(MAX_NAME_BYTES)
  bytes.set(utf8(name))
  return bytes
}

/** @returns the name in these 32 bytes, or null when they are no valid padded name */
export function nameFromBytes(bytes: Uint8Array): string | null {
  const end = bytes.indexOf(0)
  const text = fromUtf8(end === -1 ? bytes : bytes.subarray(0, end))
  if (text === null || (end !== -1 && bytes.subarray(end).some(byte => byte !== 0))) return null
  const checked = checkName(text)
  return checked.ok && checked.value === text ? text : null
}
