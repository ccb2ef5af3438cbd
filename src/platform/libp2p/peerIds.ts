/**
 * libp2p peer ids as text, without libp2p: an Ed25519 peer id is the base58btc of an identity multihash around the public key.
 * Kept free of imports so that the page and the core's users can name peers before the network code is loaded.
 */
const ALPHABET = '123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz'
const KEY_BYTES = 32
/** Multihash: identity (0x00), 36 bytes; protobuf PublicKey: field 1 = Ed25519 (1), field 2 = 32 bytes. */
const PREFIX = Uint8Array.of(0x00, 0x24, 0x08, 0x01, 0x12, 0x20)
/** Longest base58 text of 38 bytes; anything longer is refused before the quadratic decoding starts. */
const MAX_TEXT_LENGTH = 52

/** The peer id of an Ed25519 public key (32 bytes), `12D3Koo…`. Throws RangeError for another length. */
export function peerIdOfPublicKey(publicKey: Uint8Array): string {
  if (publicKey.length !== KEY_BYTES) throw new RangeError(`an Ed25519 public key has ${KEY_BYTES} bytes, not ${publicKey.length}`)
  const bytes = new Uint8Array(PREFIX.length + KEY_BYTES)
  bytes.set(PREFIX)
  bytes.set(publicKey, PREFIX.length)
  return encodeBase58(bytes)
}

/** The Ed25519 public key (32 bytes) inside a peer id, or null if the text is no such peer id in its one canonical spelling. */
export function publicKeyOfPeerId(peerId: string): Uint8Array | null {
  if (peerId.length > MAX_TEXT_LENGTH) return null
  const bytes = decodeBase58(peerId, PREFIX.length + KEY_BYTES)
  if (bytes === null || !PREFIX.every((byte, index) => bytes[index] === byte)) return null
  return bytes.slice(PREFIX.length)
}

/** One leading '1' per leading zero byte, then the number in base 58. */
function encodeBase58(bytes: Uint8Array): string {
  let number = 0n
  for (const byte of bytes) number = number * 256n + BigInt(byte)
  let text = ''
  for (; number > 0n; number /= 58n) text = ALPHABET.charAt(Number(number % 58n)) + text
  const zeros = bytes.findIndex(byte => byte !== 0)
  return ALPHABET.charAt(0).repeat(zeros < 0 ? bytes.length : zeros) + text
}

/** Null unless the text is the base58 of exactly `length` bytes. */
function decodeBase58(text: string, length: number): Uint8Array | null {
  let number = 0n
  for (const letter of text) {
    const digit = ALPHABET.indexOf(letter)
    if (digit < 0) return null
    number = number * 58n + BigInt(digit)
  }
  const bytes = new Uint8Array(length)
  for (let index = length - 1; index >= 0; index--, number >>= 8n) bytes[index] = Number(number & 255n)
  return number === 0n && encodeBase58(bytes) === text ? bytes : null
}
