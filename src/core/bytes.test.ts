import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { compareBytes, concat, equalBytes, fromHex, fromUtf8, toHex, u32le, u64le, utf8 } from './bytes'

const bytes = (maxLength = 64) => fc.uint8Array({ maxLength })

describe('hex', () => {
  it('gives back every byte string, from either case, and writes lower case', () => {
    fc.assert(
      fc.property(bytes(), value => {
        const text = toHex(value)
        expect(text).toBe(Buffer.from(value).toString('hex'))
        expect(fromHex(text)).toEqual(value)
        expect(fromHex(text.toUpperCase())).toEqual(value)
      })
    )
  })

  it.each(['0', 'abc', '0x00', ' 00', '00 ', '00\n', 'zz', '0g', '٠٠', '+1', '-1', '１２'])('refuses %j', text => {
    expect(fromHex(text)).toBeNull()
  })
})

describe('order', () => {
  it('is the order of the hex forms, and zero exactly for equal bytes', () => {
    const near = fc.tuple(fc.uint8Array({ maxLength: 4, max: 3 }), fc.uint8Array({ maxLength: 4, max: 3 }))
    fc.assert(
      fc.property(fc.oneof(near, fc.tuple(bytes(), bytes())), ([a, b]) => {
        const [x, y] = [toHex(a), toHex(b)]
        expect(Math.sign(compareBytes(a, b))).toBe(x < y ? -1 : x > y ? 1 : 0)
        expect(equalBytes(a, b)).toBe(x === y)
      })
    )
  })

  it('takes bytes as unsigned and puts a prefix first', () => {
    expect(compareBytes(Uint8Array.of(0x7f), Uint8Array.of(0x80))).toBeLessThan(0)
    expect(compareBytes(Uint8Array.of(1), Uint8Array.of(1, 0))).toBeLessThan(0)
    expect(equalBytes(Uint8Array.of(1), Uint8Array.of(1, 0))).toBe(false)
  })

  it('concat keeps order and content, and shares no memory with its parts', () => {
    const part = Uint8Array.of(1, 2)
    const joined = concat(part, new Uint8Array(), Uint8Array.of(3))
    part[0] = 9
    expect(joined).toEqual(Uint8Array.of(1, 2, 3))
  })
})

describe('utf8', () => {
  const wellFormed = fc.string({ unit: 'binary', maxLength: 40 })

  it('gives back every well-formed text, percent signs and byte order marks included', () => {
    fc.assert(
      fc.property(fc.oneof(wellFormed, fc.constantFrom('%', '%41', '%zz', '\ufeffa', '\0', '🃏', '')), text => {
        expect(fromUtf8(utf8(text))).toBe(text)
      })
    )
  })

  it('decodes arbitrary bytes to null or to a text with exactly these bytes, as a fatal TextDecoder does', () => {
    const reference = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
    const decode = (value: Uint8Array) => {
      try {
        return reference.decode(value)
      } catch {
        return null
      }
    }
    // Lead and continuation bytes are rare among uniform ones; favour them.
    const tricky = fc.array(fc.constantFrom(0x25, 0x41, 0x80, 0xbf, 0xc0, 0xc2, 0xe0, 0xed, 0xa0, 0xef, 0xbb, 0xf0, 0x90, 0xf4, 0xf5, 0xff), { maxLength: 6 })
    fc.assert(
      fc.property(
        fc.oneof(
          bytes(12),
          tricky.map(list => Uint8Array.from(list))
        ),
        value => {
          const text = fromUtf8(value)
          expect(text).toBe(decode(value))
          if (text !== null) expect(utf8(text)).toEqual(value)
        }
      ),
      { numRuns: 2_000 }
    )
  })

  it.each([
    ['an overlong slash', [0xc0, 0xaf]],
    ['a surrogate', [0xed, 0xa0, 0x80]],
    ['a point above U+10FFFF', [0xf4, 0x90, 0x80, 0x80]],
    ['a cut sequence', [0xe2, 0x82]],
    ['a lone continuation', [0x80]]
  ])('refuses %s', (_, list) => {
    expect(fromUtf8(Uint8Array.from(list))).toBeNull()
  })

  it('makes lone surrogates visible as a changed text', () => {
    expect(fromUtf8(utf8('a\ud800b'))).toBe('a\ufffdb')
  })
})

describe('little-endian integers', () => {
  it('write what Node reads', () => {
    fc.assert(
      fc.property(fc.nat(0xffff_ffff), fc.bigInt(0n, 2n ** 64n - 1n), fc.maxSafeNat(), (small, wide, safe) => {
        expect(Buffer.from(u32le(small)).readUInt32LE()).toBe(small)
        expect(Buffer.from(u64le(wide)).readBigUInt64LE()).toBe(wide)
        expect(u64le(safe)).toEqual(u64le(BigInt(safe)))
      })
    )
    expect(u32le(0xffff_ffff)).toEqual(Uint8Array.of(255, 255, 255, 255))
  })

  it('refuse what does not fit', () => {
    for (const value of [-1, 2 ** 32, 0.5, NaN, Infinity]) expect(() => u32le(value)).toThrow(RangeError)
    for (const value of [-1, -1n, 2n ** 64n, 2 ** 53, 0.5, NaN, Infinity]) expect(() => u64le(value)).toThrow(RangeError)
  })
})
