import { Point, sign as librarySign } from '@noble/ed25519'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { encodePoints, GROUP_ORDER, numberBytes, toNumber } from './curve'
import { createSigner, sign } from './ed25519'

const numbers = fc.bigInt({ min: 1n, max: GROUP_ORDER - 1n })

describe('numbers and points as bytes', () => {
  it('a number comes back from its bytes, little-endian', () => {
    fc.assert(fc.property(fc.bigInt({ min: 0n, max: 2n ** 256n - 1n }), number => toNumber(numberBytes(number)) === number))
    expect([...numberBytes(0x0102n)].slice(0, 3)).toEqual([2, 1, 0])
  })

  it('points encoded together are those encoded one by one by the library, the neutral one among them', () => {
    fc.assert(
      fc.property(fc.array(numbers, { minLength: 1, maxLength: 5 }), factors => {
        const points = [Point.ZERO, ...factors.map(factor => Point.BASE.multiply(factor)), Point.BASE.double().negate()]
        expect(encodePoints(points)).toEqual(points.map(point => point.toBytes()))
      }),
      { numRuns: 30 }
    )
  })

  it('signatures are those of the library, byte for byte, from a signer that is used again too', () => {
    const secret = fc.uint8Array({ minLength: 32, maxLength: 32 })
    fc.assert(
      fc.property(secret, fc.array(fc.uint8Array({ maxLength: 200 }), { minLength: 1, maxLength: 3 }), (seed, messages) => {
        const signer = createSigner(seed)
        for (const message of messages) {
          expect(signer.sign(message)).toEqual(librarySign(message, seed))
          expect(sign(message, seed)).toEqual(signer.sign(message))
        }
      }),
      { numRuns: 50 }
    )
  })
})
