import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { concat, toHex, utf8 } from '../bytes'
import { HASH_BYTES, sha256, taggedHash } from './hash'

const nodeSha256 = (bytes: Uint8Array) => Uint8Array.from(createHash('sha256').update(bytes).digest())

describe('sha256', () => {
  it.each([
    ['', 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'],
    ['abc', 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad'],
    ['abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq', '248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1']
  ])('FIPS 180-4 example %j', (text, digest) => {
    expect(toHex(sha256(utf8(text)))).toBe(digest)
  })

  it('agrees with another implementation at every length around the block and buffer sizes', () => {
    const data = Uint8Array.from({ length: 1_200 }, (_, i) => (i * 131) & 0xff)
    for (let length = 0; length <= data.length; length++) expect(sha256(data.subarray(0, length))).toEqual(nodeSha256(data.subarray(0, length)))
    const bulk = new Uint8Array(300_001).fill(7)
    expect(sha256(bulk)).toEqual(nodeSha256(bulk))
  })

  it('owns its memory: nothing is shared with another digest or with a pool, so it can be cloned and transferred', () => {
    const digest = sha256(utf8('abc'))
    expect(digest.constructor).toBe(Uint8Array)
    expect(digest.buffer.byteLength).toBe(HASH_BYTES)
  })
})

describe('taggedHash', () => {
  it('is the documented preimage', () => {
    const [a, b] = [Uint8Array.of(1, 2), Uint8Array.of(3)]
    expect(taggedHash('tag/é', a, b)).toEqual(nodeSha256(concat(Uint8Array.of(6), utf8('tag/é'), a, b)))
  })

  it('golden vector: a change of framing would be a fork', () => {
    // Preimage 0e 71756f72756d626c652f74657374 00ff, hashed with coreutils' sha256sum.
    expect(toHex(taggedHash('quorumble/test', Uint8Array.of(0, 0xff)))).toBe('3a9961b54faccaed4907088b855cd53b87252b4d64fa301a905ad00236a83bf2')
  })

  it('keeps tags apart even where one is a prefix of the other and the parts make up for it', () => {
    const tag = fc.constantFrom('a', 'ab', 'abc', 'b', '')
    fc.assert(
      fc.property(tag, tag, fc.string({ maxLength: 3 }), fc.string({ maxLength: 3 }), (tagA, tagB, partA, partB) => {
        const same = tagA === tagB && partA === partB
        expect(toHex(taggedHash(tagA, utf8(partA))) === toHex(taggedHash(tagB, utf8(partB)))).toBe(same)
      })
    )
  })

  it('refuses a tag that its length byte cannot frame, and tags made of data', () => {
    expect(taggedHash('x'.repeat(255))).toHaveLength(HASH_BYTES)
    expect(() => taggedHash('x'.repeat(256))).toThrow(RangeError)
    expect(() => {
      for (let i = 0; i < 1_000; i++) taggedHash(`data ${i}`)
    }).toThrow(/constant/)
  })
})
