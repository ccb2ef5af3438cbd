import { describe, expect, it } from 'vitest'
import { PeerBook } from './peerBook'

const hello = (key: number, finalHeight: number) => ({
  protocolMajor: 1,
  networkId: new Uint8Array(32),
  publicKey: new Uint8Array(32).fill(key),
  height: finalHeight,
  finalHeight,
  finalHash: new Uint8Array(32)
})

describe('what peers say', () => {
  it('a peer that claims to be ahead and has nothing to show is no longer followed; one that keeps its word is', () => {
    const book = new PeerBook()
    book.replaceLinks(['liar', 'honest'])
    book.noteHello('liar', hello(1, 1_000_000))
    book.noteHello('honest', hello(2, 20))
    expect(book.furthest()?.peer).toBe('liar')
    for (let i = 0; i < 3; i++) {
      book.noteClaim('liar', false)
      // Good answers to other questions do not make its claim better.
      book.noteSuccess('liar')
    }
    expect(book.furthest()?.peer).toBe('honest')
    expect(book.behind(10)).toBe(10)
    book.noteClaim('liar', true)
    expect(book.furthest()?.peer).toBe('liar')
  })

  it('who fails sits out, and is asked again', () => {
    const book = new PeerBook()
    book.replaceLinks(['dead', 'alive'])
    for (let i = 0; i < 6; i++) book.noteFailure('dead')
    const asked = Array.from({ length: 80 }, () => {
      const peer = book.next()
      if (peer === 'dead') book.noteFailure(peer)
      return peer
    })
    expect(asked.filter(peer => peer === 'alive').length).toBeGreaterThan(70)
    expect(asked).toContain('dead')
  })

  it('a peer that left is forgotten with all it said; one that stays is not new again', () => {
    const book = new PeerBook()
    expect(book.replaceLinks(['a', 'b'])).toEqual(['a', 'b'])
    book.noteHello('a', hello(1, 5))
    expect(book.replaceLinks(['b', 'c'])).toEqual(['c'])
    expect(book.furthest()?.finalHeight).toBe(0)
    expect(book.strangers()).toEqual(['b', 'c'])
  })
})
