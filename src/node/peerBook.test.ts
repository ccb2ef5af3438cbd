import { describe, expect, it } from 'vitest'
import { PeerBook } from './peerBook'

const hello = (key: number, finalHeight: number) => ({
  protocolMajor: 1,
  role: 1,
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
    book.noteHello('liar', hello(1, 1_000_000), 10)
    book.noteHello('honest', hello(2, 20), 10)
    // In turn, not the one that claims most: it may be one that only claims.
    expect(new Set([book.nextAhead(10)?.peer, book.nextAhead(10)?.peer])).toEqual(new Set(['liar', 'honest']))
    for (let i = 0; i < 3; i++) {
      book.noteClaim('liar', false)
      // Good answers to other questions do not make its claim better.
      book.noteSuccess('liar')
    }
    expect([book.nextAhead(10)?.peer, book.nextAhead(10)?.peer]).toEqual(['honest', 'honest'])
    expect(book.behind(10)).toBe(10)
    expect(book.nextAhead(19), 'one block more is on its way by itself').toBeNull()
    book.noteClaim('liar', true)
    expect(book.nextAhead(19)?.peer).toBe('liar')
  })

  it('D-40: how far the others are is their median: one that boasts cannot move it', () => {
    const book = new PeerBook()
    book.replaceLinks(['a', 'b', 'c'])
    book.noteHello('a', hello(1, 1_000_000), 10)
    book.noteHello('b', hello(2, 12), 10)
    book.noteHello('c', hello(3, 11), 10)
    expect(book.behind(10)).toBe(2)
    expect(new PeerBook().behind(10)).toBe(0)
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
    book.noteHello('a', hello(1, 5), 0)
    expect(book.replaceLinks(['b', 'c'])).toEqual(['c'])
    expect(book.nextAhead(0)).toBeNull()
    expect(book.strangers()).toEqual(['b', 'c'])
  })

  describe('V029, D-40: how far the ready peers are ahead', () => {
    it('V071, V072: counts who is linked, has said who it is, and answers', () => {
      const book = new PeerBook()
      book.replaceLinks(['a', 'b', 'stranger'])
      book.noteHello('a', hello(1, 12), 10)
      book.noteHello('b', hello(2, 9), 10)
      expect(book.leads(10)).toEqual([2, -1])
      for (let i = 0; i < 3; i++) book.noteFailure('a')
      expect(book.leads(10)).toEqual([-1])
      book.noteSuccess('a')
      expect(book.leads(10)).toEqual([2, -1])
    })

    it('own progress since a peer spoke catches up with it and never overtakes it', () => {
      const book = new PeerBook()
      book.replaceLinks(['ahead', 'level', 'behind'])
      book.noteHello('ahead', hello(1, 15), 10)
      book.noteHello('level', hello(2, 10), 10)
      book.noteHello('behind', hello(3, 4), 10)
      expect(book.leads(10)).toEqual([5, 0, -6])
      expect(book.leads(13)).toEqual([2, 0, -6])
      expect(book.leads(30)).toEqual([0, 0, -6])
      book.notePresence(
        { sender: new Uint8Array(32).fill(3), time: 0, height: 30, finalHeight: 29, finalHash: new Uint8Array(32), signature: new Uint8Array(64) },
        30
      )
      expect(book.leads(30)).toEqual([0, 0, -1])
    })

    it('a peer whose claims came to nothing does not count as ahead', () => {
      const book = new PeerBook()
      book.replaceLinks(['liar'])
      book.noteHello('liar', hello(1, 1000), 10)
      expect(book.leads(10)).toEqual([990])
      for (let i = 0; i < 3; i++) book.noteClaim('liar', false)
      expect(book.leads(10)).toEqual([0])
    })
  })
})
