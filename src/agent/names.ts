/** Names for agents nobody has named: a creature or thing and a number, both from the key, so that the same agent always gets the same one. */
const WORDS = [
  'Moth',
  'Fern',
  'Otter',
  'Wren',
  'Quartz',
  'Comet',
  'Maple',
  'Heron',
  'Basil',
  'Ember',
  'Lark',
  'Onyx',
  'Pixel',
  'Sage',
  'Tansy',
  'Vole'
] as const

/** `Moth-42` */
export function defaultName(publicKey: Uint8Array): string {
  const word = WORDS[(publicKey[0] ?? 0) % WORDS.length]
  return `${word}-${10 + (((publicKey[1] ?? 0) * 256 + (publicKey[2] ?? 0)) % 90)}`
}

/** The n-th word, for simulated nodes. */
export function nameAt(index: number): string {
  const word = WORDS[index % WORDS.length]!
  return index < WORDS.length ? word : `${word} ${Math.floor(index / WORDS.length) + 1}`
}
