import { Point } from '@noble/ed25519'
import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { fromHex, toHex, utf8 } from '../bytes'
import { createSigner, isAcceptableKey, isWellFormed, KEY_BYTES, publicKeyOf, sign, SIGNATURE_BYTES, verifyZip215 } from './ed25519'

const hex = (text: string) => fromHex(text) as Uint8Array

/** RFC 8032 §7.1: TEST 1, 2, 3 and SHA(abc). */
const RFC_8032 = [
  {
    name: 'TEST 1',
    secret: '9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60',
    publicKey: 'd75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a',
    message: '',
    signature: 'e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b'
  },
  {
    name: 'TEST 2',
    secret: '4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb',
    publicKey: '3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c',
    message: '72',
    signature: '92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00'
  },
  {
    name: 'TEST 3',
    secret: 'c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7',
    publicKey: 'fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025',
    message: 'af82',
    signature: '6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a'
  },
  {
    name: 'TEST SHA(abc)',
    secret: '833fe62409237b9d62ec77587520911e9a759cec1d19755b7da901b96dca3d42',
    publicKey: 'ec172b93ad5e563bf4932c70e1245034c35467ef2efd4d64ebf819683467e2bf',
    message: createHash('sha512').update('abc').digest('hex'),
    signature: 'dc2a4459e7369633a52b1bf277839a00201009a3efbf3ecb69bea2186c26b58909351fc9ac90b3ecfdfbc7c66431e0303dca179c138ac17ad9bef1177331a704'
  }
]

const secrets = fc.uint8Array({ minLength: KEY_BYTES, maxLength: KEY_BYTES })
const messages = fc.uint8Array({ maxLength: 200 })

describe('RFC 8032 §7.1', () => {
  it.each(RFC_8032)('$name', vector => {
    const [secret, message] = [hex(vector.secret), hex(vector.message)]
    expect(toHex(publicKeyOf(secret))).toBe(vector.publicKey)
    expect(toHex(sign(message, secret))).toBe(vector.signature)
    expect(verifyZip215({ publicKey: hex(vector.publicKey), message, signature: hex(vector.signature) })).toBe(true)
  })
})

describe('signing', () => {
  it('a signature verifies, and with any one bit of key, message or signature flipped it does not', () => {
    fc.assert(
      fc.property(secrets, messages, fc.nat(), (secret, message, seed) => {
        const signer = createSigner(secret)
        const check = { publicKey: signer.publicKey, message, signature: signer.sign(message) }
        expect(isWellFormed(check) && verifyZip215(check)).toBe(true)
        for (const field of ['publicKey', 'message', 'signature'] as const) {
          if (check[field].length === 0) continue
          const flipped = check[field].slice()
          const bit = seed % (flipped.length * 8)
          flipped[bit >> 3] = (flipped[bit >> 3] as number) ^ (1 << (bit & 7))
          expect(verifyZip215({ ...check, [field]: flipped })).toBe(false)
        }
      }),
      { numRuns: 100 }
    )
  })

  it('a signer keeps its own copy of the seed', () => {
    const secret = new Uint8Array(KEY_BYTES).fill(5)
    const signer = createSigner(secret)
    const before = signer.sign(utf8('m'))
    secret.fill(0)
    expect(signer.sign(utf8('m'))).toEqual(before)
    expect(verifyZip215({ publicKey: signer.publicKey, message: utf8('m'), signature: before })).toBe(true)
  })

  it('a signer with a fast path hands out what the fast path gives', () => {
    const secret = new Uint8Array(KEY_BYTES).fill(6)
    const signer = createSigner(secret, seed => message => Uint8Array.of(seed.length, message.length))
    expect(signer.publicKey).toEqual(publicKeyOf(secret))
    expect(signer.sign(utf8('abc'))).toEqual(Uint8Array.of(32, 3))
  })

  it.each([0, 31, 33, 64])('refuses a seed of %i bytes', length => {
    expect(() => createSigner(new Uint8Array(length))).toThrow(RangeError)
    expect(() => publicKeyOf(new Uint8Array(length))).toThrow(RangeError)
  })
})

describe('well-formedness', () => {
  const L = 2n ** 252n + 27742317777372353535851937790883648493n
  const withScalar = (scalar: bigint) => {
    const signature = new Uint8Array(SIGNATURE_BYTES)
    for (let i = 0; i < KEY_BYTES; i++) signature[KEY_BYTES + i] = Number((scalar >> BigInt(8 * i)) & 0xffn)
    return { publicKey: new Uint8Array(KEY_BYTES), message: new Uint8Array(), signature }
  }

  it('is S < L exactly: at the boundary, and at every distance from it', () => {
    expect(isWellFormed(withScalar(0n))).toBe(true)
    expect(isWellFormed(withScalar(L - 1n))).toBe(true)
    expect(isWellFormed(withScalar(L))).toBe(false)
    expect(isWellFormed(withScalar(2n ** 256n - 1n))).toBe(false)
    const scalar = fc.oneof(
      fc.bigInt(0n, 2n ** 256n - 1n),
      fc.bigInt(-300n, 300n).map(offset => L + offset),
      fc.tuple(fc.nat(253), fc.boolean()).map(([bit, up]) => (up ? L + (1n << BigInt(bit)) : L - (1n << BigInt(bit % 252))))
    )
    fc.assert(
      fc.property(scalar, value => {
        expect(isWellFormed(withScalar(value))).toBe(value < L)
      }),
      { numRuns: 1_000 }
    )
  })

  it('a wrong length is a rejection, never an exception', () => {
    const signer = createSigner(new Uint8Array(KEY_BYTES).fill(1))
    const good = { publicKey: signer.publicKey, message: utf8('m'), signature: signer.sign(utf8('m')) }
    const lengths = fc.nat(130).map(length => new Uint8Array(length))
    fc.assert(
      fc.property(lengths, lengths, (publicKey, signature) => {
        fc.pre(publicKey.length !== KEY_BYTES && signature.length !== SIGNATURE_BYTES)
        for (const check of [
          { ...good, publicKey },
          { ...good, signature }
        ]) {
          expect(isWellFormed(check)).toBe(false)
          expect(verifyZip215(check)).toBe(false)
        }
      })
    )
  })
})

describe('isAcceptableKey (PROTOCOL §6)', () => {
  const encode = (y: bigint, signBit: 0 | 1) => {
    const bytes = new Uint8Array(KEY_BYTES)
    for (let i = 0; i < KEY_BYTES; i++) bytes[i] = Number((y >> BigInt(8 * i)) & 0xffn)
    bytes[31] = (bytes[31] as number) | (signBit << 7)
    return bytes
  }
  const P = 2n ** 255n - 19n

  it('takes every key that a seed gives', () => {
    fc.assert(
      fc.property(secrets, secret => {
        expect(isAcceptableKey(publicKeyOf(secret))).toBe(true)
      }),
      { numRuns: 50 }
    )
  })

  it('refuses wrong lengths', () => {
    const key = publicKeyOf(new Uint8Array(KEY_BYTES))
    expect(isAcceptableKey(key)).toBe(true)
    for (const other of [key.slice(0, 31), Uint8Array.of(...key, 0), new Uint8Array()]) expect(isAcceptableKey(other)).toBe(false)
  })

  it('refuses points of small order: y = 0, 1, −1 and the four of order 8', () => {
    for (const y of [0n, 1n, P - 1n]) for (const bit of [0, 1] as const) expect(isAcceptableKey(encode(y, bit))).toBe(false)
    for (const key of [
      'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a',
      '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05'
    ]) {
      const flipped = hex(key)
      flipped[31] = (flipped[31] as number) ^ 0x80
      expect(isAcceptableKey(hex(key))).toBe(false)
      expect(isAcceptableKey(flipped)).toBe(false)
    }
  })

  it('refuses second encodings: y + p, though ZIP215 decodes them, and points off the curve', () => {
    let decodable = 0
    for (let y = 0n; y < 19n; y++) {
      for (const bit of [0, 1] as const) {
        const bytes = encode(P + y, bit)
        expect(isAcceptableKey(bytes)).toBe(false)
        try {
          Point.fromBytes(bytes, true)
          decodable++
        } catch {
          // Not a point under either rule.
        }
      }
    }
    expect(decodable).toBeGreaterThan(10)
    expect(isAcceptableKey(encode(2n, 0))).toBe(false)
  })
})
