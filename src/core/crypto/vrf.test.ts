import { Point, utils } from '@noble/ed25519'
import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { concat, fromHex, toHex, utf8 } from '../bytes'
import { isAcceptableKey, KEY_BYTES, publicKeyOf } from './ed25519'
import { verifyVrf, VRF_OUTPUT_BYTES, VRF_PROOF_BYTES, vrfOutput, vrfProver } from './vrf'

const hex = (text: string) => fromHex(text) as Uint8Array
const { n: L, p: P } = Point.CURVE()

/** RFC 9381 Appendix B.3. The counters at which its try-and-increment ends are not all zero. */
const RFC_9381 = [
  {
    name: 'example 16',
    secret: '9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60',
    publicKey: 'd75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a',
    alpha: '',
    h: '91bbed02a99461df1ad4c6564a5f5d829d0b90cfc7903e7a5797bd658abf3318',
    pi: '8657106690b5526245a92b003bb079ccd1a92130477671f6fc01ad16f26f723f26f8a57ccaed74ee1b190bed1f479d9727d2d0f9b005a6e456a35d4fb0daab1268a1b0db10836d9826a528ca76567805',
    beta: '90cf1df3b703cce59e2a35b925d411164068269d7b2d29f3301c03dd757876ff66b71dda49d2de59d03450451af026798e8f81cd2e333de5cdf4f3e140fdd8ae'
  },
  {
    name: 'example 17',
    secret: '4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb',
    publicKey: '3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c',
    alpha: '72',
    h: '5b659fc3d4e9263fd9a4ed1d022d75eaacc20df5e09f9ea937502396598dc551',
    pi: 'f3141cd382dc42909d19ec5110469e4feae18300e94f304590abdced48aed5933bf0864a62558b3ed7f2fea45c92a465301b3bbf5e3e54ddf2d935be3b67926da3ef39226bbc355bdc9850112c8f4b02',
    beta: 'eb4440665d3891d668e7e0fcaf587f1b4bd7fbfe99d0eb2211ccec90496310eb5e33821bc613efb94db5e5b54c70a848a0bef4553a41befc57663b56373a5031'
  },
  {
    name: 'example 18',
    secret: 'c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7',
    publicKey: 'fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025',
    alpha: 'af82',
    h: 'bf4339376f5542811de615e3313d2b36f6f53c0acfebb482159711201192576a',
    pi: '9bc0f79119cc5604bf02d23b4caede71393cedfbb191434dd016d30177ccbf8096bb474e53895c362d8628ee9f9ea3c0e52c7a5c691b6c18c9979866568add7a2d41b00b05081ed0f58ee5e31b3a970e',
    beta: '645427e5d00c62a23fb703732fa5d892940935942101e456ecca7bb217c61c452118fec1219202a0edcf038bb6373241578be7217ba85a2687f7a0310b2df19f'
  }
]

// A second, slow reading of the RFC: Node's SHA-512, one multiplication after the other, and no rule about the key. It makes the proofs that a cheat
// would make, and tells that they satisfy the equations where `verifyVrf` has to refuse them for another reason.

const frame = (purpose: number, ...parts: Uint8Array[]) =>
  Uint8Array.from(
    createHash('sha512')
      .update(concat(Uint8Array.of(3, purpose), ...parts, Uint8Array.of(0)))
      .digest()
  )

function number(bytes: Uint8Array): bigint {
  return bytes.reduceRight((sum, byte) => sum * 256n + BigInt(byte), 0n)
}

function littleEndian(value: bigint, length: number): Uint8Array {
  return Uint8Array.from({ length }, (_, i) => Number((value >> BigInt(8 * i)) & 0xffn))
}

function decodes(bytes: Uint8Array, zip215: boolean): boolean {
  try {
    Point.fromBytes(bytes, zip215)
    return true
  } catch {
    return false
  }
}

function slowHashToCurve(publicKey: Uint8Array, alpha: Uint8Array): { h: Point; counter: number } {
  for (let counter = 0; ; counter++) {
    const candidate = frame(1, publicKey, alpha, Uint8Array.of(counter)).slice(0, 32)
    if (decodes(candidate, false)) return { h: Point.fromBytes(candidate, false).double().double().double(), counter }
  }
}

const slowChallenge = (publicKey: Uint8Array, points: Point[]) => frame(2, publicKey, ...points.map(point => point.toBytes())).slice(0, 16)

/** The equations alone; the key may be of any order and any encoding. */
function slowEquationsHold(publicKey: Uint8Array, alpha: Uint8Array, proof: Uint8Array): boolean {
  const [y, gamma] = [Point.fromBytes(publicKey, true), Point.fromBytes(proof.slice(0, 32), true)]
  const [c, s] = [number(proof.slice(32, 48)), number(proof.slice(48))]
  const { h } = slowHashToCurve(publicKey, alpha)
  const u = Point.BASE.multiply(s, false).subtract(y.multiply(c, false))
  const v = h.multiply(s, false).subtract(gamma.multiply(c, false))
  return toHex(slowChallenge(publicKey, [h, gamma, u, v])) === toHex(proof.slice(32, 48))
}

interface Cheat {
  /** As it is presented: encodes [scalar]B plus, perhaps, a point of small order. */
  publicKey: Uint8Array
  scalar: bigint
  /** Added to Gamma. */
  extra?: Point
  /** Another nonce gives another proof. */
  nonce?: bigint
  /** A challenge divisible by 8 makes what is of small order vanish from the equations. */
  challengeDividedBy?: bigint
}

/** A proof by someone who holds the key and follows the RFC only as far as it pays. */
function cheat(alpha: Uint8Array, { publicKey, scalar, extra = Point.ZERO, nonce = 1n, challengeDividedBy = 1n }: Cheat): Uint8Array {
  const { h } = slowHashToCurve(publicKey, alpha)
  const gamma = h.multiply(scalar, false).add(extra)
  for (let k = nonce; ; k++) {
    const c = slowChallenge(publicKey, [h, gamma, Point.BASE.multiply(k, false), h.multiply(k, false)])
    if (number(c) % challengeDividedBy === 0n) return concat(gamma.toBytes(), c, littleEndian((k + number(c) * scalar) % L, 32))
  }
}

function flipBit(bytes: Uint8Array, bit: number): Uint8Array {
  const flipped = bytes.slice()
  flipped[bit >> 3] = (flipped[bit >> 3] as number) ^ (1 << (bit & 7))
  return flipped
}

/** The eight points of order 1, 2, 4 and 8: multiples of [L]Q, for a Q whose part of small order has order 8. */
const SMALL_ORDER: Point[] = (() => {
  for (let y = 2n; ; y++) {
    const bytes = littleEndian(y, 32)
    if (!decodes(bytes, false)) continue
    const q = Point.fromBytes(bytes, false)
    const part = q.multiply(L - 1n, false).add(q)
    if (!part.double().double().is0()) return Array.from({ length: 8 }, (_, i) => part.multiply(BigInt(i), false))
  }
})()

/** Every byte string that a decoder may take for a point of small order: y or y + p, with either sign, as far as ZIP215 decodes it. */
const SMALL_ORDER_BYTES: Uint8Array[] = [
  ...new Set(
    SMALL_ORDER.flatMap(({ y }) => [y, y + P])
      .filter(y => y < 2n ** 255n)
      .flatMap(y => [toHex(littleEndian(y, 32)), toHex(littleEndian(y + 2n ** 255n, 32))])
  )
]
  .map(hex)
  .filter(bytes => decodes(bytes, true))

const proveVrf = (secret: Uint8Array, alpha: Uint8Array): Uint8Array => vrfProver(secret)(alpha)

const secrets = fc.uint8Array({ minLength: KEY_BYTES, maxLength: KEY_BYTES })
const inputs = fc.uint8Array({ maxLength: 100 })
const SECRET = hex(RFC_9381[0]!.secret)
const KEY = publicKeyOf(SECRET)
const ALPHA = utf8('height 7')
const PROOF = proveVrf(SECRET, ALPHA)
const OUTPUT = vrfOutput(PROOF)!
const OWNER = { publicKey: KEY, scalar: utils.getExtendedPublicKey(SECRET).scalar }

describe('RFC 9381 Appendix B.3 (D-21: the VRF is ECVRF-EDWARDS25519-SHA512-TAI)', () => {
  it.each(RFC_9381)('$name: proof and output', vector => {
    const [secret, publicKey, alpha, pi] = [hex(vector.secret), hex(vector.publicKey), hex(vector.alpha), hex(vector.pi)]
    expect(toHex(publicKeyOf(secret))).toBe(vector.publicKey)
    expect(toHex(proveVrf(secret, alpha))).toBe(vector.pi)
    expect(toHex(verifyVrf(publicKey, alpha, pi)!)).toBe(vector.beta)
    expect(toHex(vrfOutput(pi)!)).toBe(vector.beta)
  })

  it('the slow reading used below gives the H of the examples, and one of them needs more than the first counter', () => {
    const found = RFC_9381.map(vector => slowHashToCurve(hex(vector.publicKey), hex(vector.alpha)))
    expect(found.map(({ h }) => toHex(h.toBytes()))).toEqual(RFC_9381.map(vector => vector.h))
    expect(Math.max(...found.map(({ counter }) => counter))).toBeGreaterThan(0)
  })
})

describe('proving and verifying', () => {
  it('what is proved verifies, with the output that the prover computed, and satisfies the slow equations', () => {
    fc.assert(
      fc.property(secrets, inputs, (secret, alpha) => {
        const publicKey = publicKeyOf(secret)
        const proof = proveVrf(secret, alpha)
        const output = verifyVrf(publicKey, alpha, proof)
        expect(proof.length).toBe(VRF_PROOF_BYTES)
        expect(output?.length).toBe(VRF_OUTPUT_BYTES)
        expect(output).toEqual(vrfOutput(proof))
        expect(slowEquationsHold(publicKey, alpha, proof)).toBe(true)
      }),
      { numRuns: 60 }
    )
  })

  it('equal arguments give equal bytes, other keys and inputs other outputs', () => {
    expect(proveVrf(SECRET, ALPHA)).toEqual(PROOF)
    const outputs = [0, 1, 2].flatMap(seed => ['', 'a', 'b'].map(alpha => toHex(vrfOutput(proveVrf(new Uint8Array(KEY_BYTES).fill(seed), utf8(alpha)))!)))
    expect(new Set(outputs).size).toBe(9)
  })

  it('a long input is as good as a short one', () => {
    const alpha = new Uint8Array(10_000).fill(7)
    expect(verifyVrf(KEY, alpha, proveVrf(SECRET, alpha))).not.toBeNull()
    expect(verifyVrf(KEY, alpha.subarray(1), proveVrf(SECRET, alpha))).toBeNull()
  })

  it('the arguments stay as they are, also when they are Node buffers, whose slices share memory', () => {
    const [secret, key, alpha, proof] = [Buffer.from(SECRET), Buffer.from(KEY), Buffer.from(ALPHA), Buffer.from(PROOF)]
    expect(toHex(proveVrf(secret, alpha))).toBe(toHex(PROOF))
    expect(verifyVrf(key, alpha, proof)).toEqual(OUTPUT)
    expect(vrfOutput(proof)).toEqual(OUTPUT)
    expect([secret, key, alpha, proof].map(toHex)).toEqual([SECRET, KEY, ALPHA, PROOF].map(toHex))
  })

  it.each([0, 31, 33, 64])('refuses a seed of %i bytes', length => {
    expect(() => proveVrf(new Uint8Array(length), ALPHA)).toThrow(RangeError)
  })
})

describe('whatever is altered', () => {
  it('each of the 640 bits of the proof: no output', () => {
    const accepted = Array.from({ length: 8 * VRF_PROOF_BYTES }, (_, bit) => bit).filter(bit => verifyVrf(KEY, ALPHA, flipBit(PROOF, bit)) !== null)
    expect(accepted).toEqual([])
  })

  it('each bit of the key and of the input: no output', () => {
    const bits = (bytes: Uint8Array) => Array.from({ length: 8 * bytes.length }, (_, bit) => bit)
    expect(bits(KEY).filter(bit => verifyVrf(flipBit(KEY, bit), ALPHA, PROOF) !== null)).toEqual([])
    expect(bits(ALPHA).filter(bit => verifyVrf(KEY, flipBit(ALPHA, bit), PROOF) !== null)).toEqual([])
  })

  it('one bit of another proof, key or input: no output', () => {
    fc.assert(
      fc.property(secrets, fc.uint8Array({ minLength: 1, maxLength: 50 }), fc.nat(), (secret, alpha, at) => {
        const [key, proof] = [publicKeyOf(secret), proveVrf(secret, alpha)]
        const flip = (bytes: Uint8Array) => flipBit(bytes, at % (8 * bytes.length))
        expect([verifyVrf(flip(key), alpha, proof), verifyVrf(key, flip(alpha), proof), verifyVrf(key, alpha, flip(proof))]).toEqual([null, null, null])
      }),
      { numRuns: 40 }
    )
  })

  it('bytes of no meaning are refused, never an exception', () => {
    const anything = fc.uint8Array({ maxLength: 130 })
    const key = fc.oneof(anything, secrets, fc.constant(KEY))
    const proof = fc.oneof(
      anything,
      fc.uint8Array({ minLength: VRF_PROOF_BYTES, maxLength: VRF_PROOF_BYTES }),
      fc.uint8Array({ minLength: 47, maxLength: 47 }).map(rest => concat(PROOF.subarray(0, 32), rest, Uint8Array.of(0))),
      fc.nat(VRF_PROOF_BYTES - 1).map(length => PROOF.subarray(0, length)),
      anything.filter(rest => rest.length > 0).map(rest => concat(PROOF, rest))
    )
    fc.assert(
      fc.property(key, anything, proof, (publicKey, alpha, bytes) => {
        expect(verifyVrf(publicKey, alpha, bytes)).toBeNull()
        const output = vrfOutput(bytes)
        expect(output === null || (bytes.length === VRF_PROOF_BYTES && output.length === VRF_OUTPUT_BYTES)).toBe(true)
      }),
      { numRuns: 300 }
    )
  })
})

describe('one output per key and input', () => {
  it('another nonce: another proof, the same output', () => {
    fc.assert(
      fc.property(fc.bigInt(1n, L - 1n), nonce => {
        const proof = cheat(ALPHA, { ...OWNER, nonce })
        expect(proof).not.toEqual(PROOF)
        expect(verifyVrf(KEY, ALPHA, proof)).toEqual(OUTPUT)
      }),
      { numRuns: 20 }
    )
  })

  it('a Gamma with a part of small order: verifies only when the challenge hides it, and then with the same output', () => {
    for (const extra of SMALL_ORDER.slice(1)) {
      const hidden = cheat(ALPHA, { ...OWNER, extra, challengeDividedBy: 8n })
      expect(hidden.subarray(0, 32)).not.toEqual(PROOF.subarray(0, 32))
      expect(verifyVrf(KEY, ALPHA, hidden)).toEqual(OUTPUT)
      expect(vrfOutput(hidden)).toEqual(OUTPUT)
    }
  })

  it('a key with a part of small order: its holder cannot choose between outputs either', () => {
    const mixed = Point.fromBytes(KEY, false).add(SMALL_ORDER[1]!).toBytes()
    expect(isAcceptableKey(mixed)).toBe(true)
    const proofs = SMALL_ORDER.map(extra => cheat(ALPHA, { ...OWNER, publicKey: mixed, extra, challengeDividedBy: 8n }))
    expect(new Set(proofs.map(toHex)).size).toBe(8)
    const outputs = proofs.map(proof => verifyVrf(mixed, ALPHA, proof))
    expect(outputs).not.toContain(null)
    expect(new Set(outputs.map(output => toHex(output!))).size).toBe(1)
  })

  it('any other Gamma does not verify, however its proof is made', () => {
    const other = { publicKey: KEY, scalar: OWNER.scalar + 1n }
    expect(verifyVrf(KEY, ALPHA, cheat(ALPHA, other))).toBeNull()
    expect(verifyVrf(KEY, ALPHA, cheat(ALPHA, { ...OWNER, extra: Point.BASE }))).toBeNull()
    expect(verifyVrf(KEY, ALPHA, cheat(ALPHA, { ...OWNER, extra: slowHashToCurve(KEY, ALPHA).h }))).toBeNull()
  })
})

describe('what RFC 9381 has refused', () => {
  it('s + L, s + 2L … satisfy the equations modulo L and are no proof', () => {
    const s = number(PROOF.subarray(48))
    const withS = (value: bigint) => concat(PROOF.subarray(0, 48), littleEndian(value, 32))
    expect(verifyVrf(KEY, ALPHA, withS(s))).toEqual(OUTPUT)
    let tried = 0
    for (let value = s + L; value < 2n ** 256n; value += L, tried++) {
      expect(verifyVrf(KEY, ALPHA, withS(value))).toBeNull()
      expect(vrfOutput(withS(value))).toBeNull()
    }
    expect(tried).toBeGreaterThanOrEqual(14)
    expect([0n, 1n, L - 1n].map(value => vrfOutput(withS(value)))).toEqual([OUTPUT, OUTPUT, OUTPUT])
    expect([L, L + 1n, 2n ** 256n - 1n].map(value => vrfOutput(withS(value)))).toEqual([null, null, null])
  })

  it('bytes before or after the 80, also zeros, which would leave s as it is', () => {
    const [zero, rest] = [Uint8Array.of(0), PROOF.subarray(0, 79)]
    for (const bytes of [concat(PROOF, zero), concat(PROOF, new Uint8Array(32)), concat(zero, PROOF), concat(zero, rest), rest, new Uint8Array()]) {
      expect(verifyVrf(KEY, ALPHA, bytes)).toBeNull()
      if (bytes.length !== VRF_PROOF_BYTES) expect(vrfOutput(bytes)).toBeNull()
    }
  })

  it('a key of small order, in every encoding, though the forged proof satisfies the equations', () => {
    expect(SMALL_ORDER_BYTES.length).toBe(14)
    for (const publicKey of SMALL_ORDER_BYTES) {
      const forged = cheat(ALPHA, { publicKey, scalar: 0n, challengeDividedBy: 8n })
      expect(slowEquationsHold(publicKey, ALPHA, forged)).toBe(true)
      expect(verifyVrf(publicKey, ALPHA, forged)).toBeNull()
    }
  })

  it('a Gamma of small order: decodes as the RFC has it, and is no proof of a real key', () => {
    const identityOutput = Uint8Array.from(frame(3, Point.ZERO.toBytes()))
    for (const gamma of SMALL_ORDER) {
      const forged = cheat(ALPHA, { publicKey: KEY, scalar: 0n, extra: gamma, challengeDividedBy: 8n })
      expect(forged.subarray(0, 32)).toEqual(gamma.toBytes())
      expect(vrfOutput(forged)).toEqual(identityOutput)
      expect(verifyVrf(KEY, ALPHA, forged)).toBeNull()
      expect(verifyVrf(KEY, ALPHA, concat(gamma.toBytes(), new Uint8Array(48)))).toBeNull()
    }
  })

  it('a Gamma that is not canonical: y ≥ p, or a sign on x = 0', () => {
    const tooLarge = Array.from({ length: 19 }, (_, y) => P + BigInt(y)).flatMap(y => [littleEndian(y, 32), littleEndian(y + 2n ** 255n, 32)])
    const signed = [1n, P - 1n].map(y => littleEndian(y + 2n ** 255n, 32))
    const wide = [...tooLarge, ...signed].filter(bytes => decodes(bytes, true))
    expect(wide.length).toBeGreaterThan(10)
    for (const gamma of wide) {
      const proof = concat(gamma, PROOF.subarray(32))
      expect(vrfOutput(proof)).toBeNull()
      expect(verifyVrf(KEY, ALPHA, proof)).toBeNull()
    }
  })

  it('a Gamma that is no point', () => {
    const noPoint = Array.from({ length: 40 }, (_, y) => littleEndian(BigInt(y + 2), 32)).find(bytes => !decodes(bytes, true))!
    expect(vrfOutput(concat(noPoint, PROOF.subarray(32)))).toBeNull()
  })
})
