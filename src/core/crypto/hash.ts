/**
 * SHA-256 and domain separation. Block hashes, seeds, ranks and ids all go through `taggedHash`, so that bytes made for one purpose can never
 * be presented as another's.
 */
import { digest } from '@chainsafe/as-sha256'
import { concat, utf8 } from '../bytes'

/** Length of a SHA-256 digest, in bytes. */
export const HASH_BYTES = 32

/** A tag's length is framed by one byte. */
const MAX_TAG_BYTES = 255

/** Tags are constants of the source, some dozens; more than this means that someone builds tags from data. */
const MAX_TAGS = 256

/**
 * SHA-256 (FIPS 180-4), synchronous, any length. WebAssembly, compiled when the module loads: about four times as fast as JavaScript for the short
 * inputs of a chain.
 *
 * The digest is copied into a buffer of its own: in Node the library answers with a view into Node's shared 8 KiB pool, and whoever clones or
 * transfers such a view (structured clone, IndexedDB) hands over the neighbours' bytes too.
 */
export function sha256(bytes: Uint8Array): Uint8Array {
  return digest(bytes).slice()
}

const tagPrefixes = new Map<string, Uint8Array>()

/** One byte with the tag's length, then the tag in UTF-8. */
function tagPrefix(tag: string): Uint8Array {
  const known = tagPrefixes.get(tag)
  if (known) return known
  const text = utf8(tag)
  if (text.length > MAX_TAG_BYTES) throw new RangeError(`tag of ${text.length} bytes`)
  if (tagPrefixes.size >= MAX_TAGS) throw new RangeError(`more than ${MAX_TAGS} hash tags; a tag is a constant, data belong into the parts`)
  const prefix = concat(Uint8Array.of(text.length), text)
  tagPrefixes.set(tag, prefix)
  return prefix
}

/**
 * `sha256(length of tag in one byte ‖ tag ‖ parts…)`. The prefix code of the tag keeps purposes apart.
 *
 * The parts are NOT framed: each tag must fix how many parts it has and the length of every one of them except the last. Then equal input
 * bytes mean equal parts. Give two variable parts to it only as one canonical (SSZ) encoding.
 * @throws RangeError for a tag over 255 bytes or too many different tags: both are bugs of the caller
 */
export function taggedHash(tag: string, ...parts: Uint8Array[]): Uint8Array {
  return sha256(concat(tagPrefix(tag), ...parts))
}
