import { Buffer } from 'node:buffer'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { smallBuffer } from './bufferShim'

describe('as much of Buffer as the libraries call', () => {
  it('writes the bytes that Node’s own writes', () => {
    fc.assert(
      fc.property(fc.nat({ max: 2 ** 48 - 1 }), fc.nat({ max: 26 }), (value, offset) => {
        const [ours, theirs] = [smallBuffer.alloc(32), Buffer.alloc(32)]
        expect(ours.writeUIntLE(value, offset, 6)).toBe(theirs.writeUIntLE(value, offset, 6))
        expect([...ours]).toEqual([...theirs])
      })
    )
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 20 }), text => {
        const [ours, theirs] = [smallBuffer.allocUnsafe(400).fill(0), Buffer.alloc(400)]
        expect(smallBuffer.byteLength(text)).toBe(Buffer.byteLength(text))
        expect(ours.write(text, 7)).toBe(theirs.write(text, 7))
        expect([...ours]).toEqual([...theirs])
      })
    )
  })

  it('is a view, not a copy, of what it is made from', () => {
    const block = new Uint8Array(64)
    smallBuffer.from(block.buffer, 32, 32).writeUIntLE(258, 0, 6)
    expect([...block.subarray(32, 35)]).toEqual([2, 1, 0])
  })

  it('leaves Node’s own in its place', () => expect(globalThis.Buffer).toBe(Buffer))
})
