/**
 * PROTOCOL §6: one verdict on every signature in every realm. Each vector goes through the exact check alone, through the rule with WebCrypto, with node:crypto
 * and with no fast verifier; all must agree with one another and with ZIP215, and no fast verifier may accept what ZIP215 rejects.
 */
import { Point } from '@noble/ed25519'
import { sha512 } from '@noble/hashes/sha2.js'
import fc from 'fast-check'
import { existsSync, readFileSync } from 'node:fs'
import { beforeAll, describe, expect, it } from 'vitest'
import { concat, fromHex, toHex, utf8 } from '../../core/bytes'
import { createSigner, isAcceptableKey, isWellFormed, publicKeyOf, sign, verifyZip215 } from '../../core/crypto/ed25519'
import type { SignatureCheck } from '../../core/crypto/ed25519'
import { VerificationCache } from '../../core/crypto/verificationCache'
import { createAsyncVerifier, createSyncVerifier } from '../../core/crypto/verifier'
import type { AsyncFastVerifier } from '../../core/crypto/verifier'
import { createNodeFast, nodeFastSign } from './nodeFast'
import { createWebCryptoFast } from './webCryptoFast'

const VECTORS = new URL('../../../../shared/vectors/ed25519/', import.meta.url)
const haveVectors = existsSync(VECTORS)
if (!haveVectors) console.info(`skipped: the external Ed25519 vectors are not at ${VECTORS.pathname}`)

const L = 2n ** 252n + 27742317777372353535851937790883648493n
const hex = (text: string) => fromHex(text) as Uint8Array

const nodeFast = createNodeFast()
let webFast: AsyncFastVerifier

beforeAll(async () => {
  const fast = await createWebCryptoFast(globalThis.crypto.subtle)
  if (!fast) throw new Error('this Node has no Ed25519 in WebCrypto: the rule cannot be compared with it')
  webFast = fast
})

interface Verdicts {
  agreed: boolean
  fastAccepts: { node: boolean; web: boolean }
}

/** Every realm's verdict on one check; fails the test unless all are the same, or if a fast verifier goes beyond ZIP215. */
async function verdictEverywhere(check: SignatureCheck): Promise<Verdicts> {
  const slow = verifyZip215(check)
  const cache = () => new VerificationCache()
  const verdicts = {
    wellFormedAndSlow: isWellFormed(check) && slow,
    bare: createSyncVerifier({ cache: cache(), fast: null }).verify(check),
    bareAsync: (await createAsyncVerifier({ cache: cache(), fast: null }).verifyAll([check]))[0],
    web: (await createAsyncVerifier({ cache: cache(), fast: webFast }).verifyAll([check]))[0],
    node: createSyncVerifier({ cache: cache(), fast: nodeFast }).verify(check)
  }
  expect(verdicts).toEqual({ wellFormedAndSlow: slow, bare: slow, bareAsync: slow, web: slow, node: slow })
  const fastAccepts = { node: nodeFast.verify(check), web: await webFast.verify(check) }
  for (const accepts of Object.values(fastAccepts)) expect(accepts && !slow).toBe(false)
  return { agreed: slow, fastAccepts }
}

interface WycheproofFile {
  testGroups: { publicKey: { pk: string }; tests: { tcId: number; flags: string[]; msg: string; sig: string; result: 'valid' | 'invalid' }[] }[]
}

/**
 * The one place where ZIP215 is wider than the file, which follows RFC 8032: R encodes y = 1 with the sign bit of x = 0 set. RFC 8032 §5.1.3 refuses to decode
 * that; ZIP215 takes any encoding, and the hash is over these very bytes.
 */
const WYCHEPROOF_ZIP215_ACCEPTS = [151]

const readVectors = (name: string) => JSON.parse(readFileSync(new URL(name, VECTORS), 'utf8')) as unknown

describe.skipIf(!haveVectors)('Wycheproof', () => {
  it('every vector has one verdict, the file’s or, in the named exception, ZIP215’s', async () => {
    const file = readVectors('wycheproof_ed25519_test.json') as WycheproofFile
    let seen = 0
    const wider: number[] = []
    for (const group of file.testGroups) {
      for (const test of group.tests) {
        const check = { publicKey: hex(group.publicKey.pk), message: hex(test.msg), signature: hex(test.sig) }
        const { agreed } = await verdictEverywhere(check)
        if (test.flags.includes('SignatureMalleability')) expect(isWellFormed(check), `S ≥ L in ${test.tcId}`).toBe(false)
        if (agreed && test.result === 'invalid') wider.push(test.tcId)
        else expect(agreed, `case ${test.tcId}`).toBe(test.result === 'valid')
        seen++
      }
    }
    expect(seen).toBe(151)
    expect(wider).toEqual(WYCHEPROOF_ZIP215_ACCEPTS)
  })
})

/**
 * ZIP215's row. 0–3: small and mixed order under both equations. 4, 5: only the cofactored equation holds. 6, 7: S ≥ L. 8: R not canonical, and the
 * signer hashed its canonical form, whereas ZIP215 hashes the bytes as they come. 9: the same R, hashed as it came. 10, 11: A not canonical.
 */
const SPECCHECK_ZIP215 = [true, true, true, true, true, true, false, false, false, true, true, true]

describe.skipIf(!haveVectors)('speccheck', () => {
  it('every case has ZIP215’s verdict in every realm, though the fast verifiers alone differ from it', async () => {
    const cases = readVectors('speccheck_cases.json') as { message: string; pub_key: string; signature: string }[]
    const checks = cases.map(c => ({ message: hex(c.message), publicKey: hex(c.pub_key), signature: hex(c.signature) }))
    const verdicts: Verdicts[] = []
    for (const check of checks) verdicts.push(await verdictEverywhere(check))
    expect(verdicts.map(v => v.agreed)).toEqual(SPECCHECK_ZIP215)
    expect(verdicts.some(v => v.agreed && !v.fastAccepts.node)).toBe(true)
    expect(verdicts.some(v => v.agreed && !v.fastAccepts.web)).toBe(true)
  })
})

const littleEndian = (value: bigint) => Uint8Array.from({ length: 32 }, (_, i) => Number((value >> BigInt(8 * i)) & 0xffn))
const fromLittleEndian = (bytes: Uint8Array) => bytes.reduceRight((sum, byte) => (sum << 8n) | BigInt(byte), 0n)

/** The eight points of order 1, 2, 4 and 8: multiples of [L]Q, for a decodable Q whose torsion part has the full order 8. */
function smallOrderPoints(): Point[] {
  for (let y = 2n; ; y++) {
    try {
      const q = Point.fromBytes(littleEndian(y))
      const torsion = q.multiply(L - 1n, false).add(q)
      if (torsion.double().double().is0()) continue
      return Array.from({ length: 8 }, (_, i) => torsion.multiply(BigInt(i), false))
    } catch {
      // No point has this y; the next one may.
    }
  }
}

/** All byte strings that ZIP215 decodes to a point of small order: canonical ones, y + p where it fits, and a sign bit on x = 0. */
function smallOrderEncodings(points: readonly Point[]): Uint8Array[] {
  const p = 2n ** 255n - 19n
  const found = new Map<string, Uint8Array>()
  for (const point of points) {
    for (const y of [point.y, point.y + p].filter(value => value < 2n ** 255n)) {
      for (const signBit of [0n, 1n]) {
        const bytes = littleEndian(y | (signBit << 255n))
        if (Point.fromBytes(bytes, true).isSmallOrder()) found.set(toHex(bytes), bytes)
      }
    }
  }
  return [...found.values()]
}

describe('points of small order', () => {
  const points = smallOrderPoints()
  const encodings = smallOrderEncodings(points)

  it('ZIP215 accepts S = 0 with any of the 14 encodings as A and as R: 196 vectors, one verdict each', async () => {
    expect(encodings).toHaveLength(14)
    let refusedByFast = 0
    for (const publicKey of encodings) {
      for (const r of encodings) {
        const { agreed, fastAccepts } = await verdictEverywhere({ publicKey, message: utf8('any message'), signature: concat(r, new Uint8Array(32)) })
        expect(agreed).toBe(true)
        if (!fastAccepts.node || !fastAccepts.web) refusedByFast++
      }
    }
    expect(refusedByFast).toBeGreaterThan(0)
  })

  it('none of them can be registered', () => {
    for (const key of encodings) expect(isAcceptableKey(key)).toBe(false)
  })

  it('a signer who adds torsion to the key and to R splits plain verifiers, but not the rule; a wrong S is refused by all', async () => {
    const scalar = fc.bigInt(1n, L - 1n)
    let splits = 0
    await fc.assert(
      fc.asyncProperty(scalar, scalar, fc.nat(7), fc.nat(7), fc.uint8Array({ maxLength: 40 }), async (secret, nonce, keyTorsion, nonceTorsion, message) => {
        const publicKey = Point.BASE.multiply(secret).add(points[keyTorsion]!).toBytes()
        const r = Point.BASE.multiply(nonce).add(points[nonceTorsion]!).toBytes()
        const k = fromLittleEndian(sha512(concat(r, publicKey, message))) % L
        const s = (nonce + k * secret) % L
        const crafted = await verdictEverywhere({ publicKey, message, signature: concat(r, littleEndian(s)) })
        expect(crafted.agreed).toBe(true)
        if (!crafted.fastAccepts.node) splits++
        expect((await verdictEverywhere({ publicKey, message, signature: concat(r, littleEndian((s + 1n) % L)) })).agreed).toBe(false)
        expect((await verdictEverywhere({ publicKey, message, signature: concat(r, littleEndian(s + L)) })).agreed).toBe(false)
      }),
      { numRuns: 40 }
    )
    expect(splits).toBeGreaterThan(0)
  })
})

describe('arbitrary input', () => {
  it('has one verdict, and no verifier throws', async () => {
    const any = (length: number) =>
      fc.oneof({ weight: 4, arbitrary: fc.uint8Array({ minLength: length, maxLength: length }) }, fc.uint8Array({ maxLength: 80 }))
    await fc.assert(
      fc.asyncProperty(any(32), any(64), fc.uint8Array({ maxLength: 20 }), async (publicKey, signature, message) => {
        expect((await verdictEverywhere({ publicKey, signature, message })).agreed).toBe(false)
      }),
      { numRuns: 200 }
    )
  })

  it('verdicts come back in the order of the checks', async () => {
    const signer = createSigner(new Uint8Array(32).fill(9), nodeFastSign)
    const checks = Array.from({ length: 20 }, (_, i) => ({
      publicKey: signer.publicKey,
      message: Uint8Array.of(i),
      signature: signer.sign(Uint8Array.of(i % 3 ? i : 99))
    }))
    const verifier = createAsyncVerifier({ cache: new VerificationCache(), fast: webFast })
    expect(await verifier.verifyAll(checks)).toEqual(checks.map((_, i) => i % 3 !== 0))
    expect(await verifier.verifyAll([])).toEqual([])
  })
})

describe('fast verifiers', () => {
  it('accept honest signatures themselves, so that the slow path stays for the odd ones', async () => {
    const signer = createSigner(new Uint8Array(32).fill(3))
    const check = { publicKey: signer.publicKey, message: utf8('honest'), signature: signer.sign(utf8('honest')) }
    expect((await verdictEverywhere(check)).fastAccepts).toEqual({ node: true, web: true })
  })

  it('WebCrypto is absent on an insecure origin, and is not used if it lacks Ed25519 or gives a wrong answer', async () => {
    const real = globalThis.crypto.subtle
    const but = (change: Partial<SubtleCrypto>) =>
      ({ importKey: real.importKey.bind(real), verify: real.verify.bind(real), ...change }) as unknown as SubtleCrypto
    expect(await createWebCryptoFast(undefined)).toBeNull()
    expect(await createWebCryptoFast(but({ importKey: () => Promise.reject(new Error('NotSupportedError')) }))).toBeNull()
    expect(await createWebCryptoFast(but({ verify: () => Promise.resolve(true) }))).toBeNull()
    expect(await createWebCryptoFast(but({ verify: () => Promise.resolve(false) }))).toBeNull()
    expect(await createWebCryptoFast(but({}))).not.toBeNull()
  })

  it('WebCrypto imports a key once, also for checks in parallel and for a key that it refuses', async () => {
    const real = globalThis.crypto.subtle
    let imports = 0
    const counting = {
      importKey: (...args: Parameters<SubtleCrypto['importKey']>) => {
        imports++
        return real.importKey(...args)
      },
      verify: real.verify.bind(real)
    } as unknown as SubtleCrypto
    const fast = (await createWebCryptoFast(counting)) as AsyncFastVerifier
    const afterProbe = imports
    const bad = { publicKey: new Uint8Array(31), message: utf8('m'), signature: new Uint8Array(64) }
    const good = { ...bad, publicKey: publicKeyOf(new Uint8Array(32)) }
    expect(await Promise.all([good, good, bad, bad].map(check => fast.verify(check)))).toEqual([false, false, false, false])
    expect(imports - afterProbe).toBe(2)
  })
})

describe('nodeFastSign', () => {
  it('gives the very bytes of the slow signer, in memory of their own', () => {
    const secrets = fc.uint8Array({ minLength: 32, maxLength: 32 })
    fc.assert(
      fc.property(secrets, fc.uint8Array({ maxLength: 300 }), (secret, message) => {
        const signature = nodeFastSign(secret)(message)
        expect(signature).toEqual(sign(message, secret))
        expect(signature.constructor).toBe(Uint8Array)
        expect(signature.buffer.byteLength).toBe(64)
      }),
      { numRuns: 50 }
    )
    expect(() => nodeFastSign(new Uint8Array(31))).toThrow()
  })
})
