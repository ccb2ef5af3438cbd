import { generateKeyPairFromSeed } from '@libp2p/crypto/keys'
import { peerIdFromPrivateKey } from '@libp2p/peer-id'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { peerIdOfPublicKey, publicKeyOfPeerId } from './peerIds'

describe('peer ids without libp2p', () => {
  it('are the same as those of libp2p, and lead back to the key', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ minLength: 32, maxLength: 32 }), async seed => {
        const key = await generateKeyPairFromSeed('Ed25519', seed)
        const peerId = peerIdFromPrivateKey(key).toString()
        expect(peerIdOfPublicKey(key.publicKey.raw)).toBe(peerId)
        expect(publicKeyOfPeerId(peerId)).toEqual(key.publicKey.raw)
      }),
      { numRuns: 50 }
    )
  })

  it('have one spelling: every changed, added or missing letter is refused or names another key', () => {
    const key = new Uint8Array(32).fill(7)
    const text = peerIdOfPublicKey(key)
    for (const wrong of [
      '',
      '1',
      `1${text}`,
      `${text}1`,
      text.slice(1),
      text.slice(0, -1),
      text.toLowerCase(),
      'QmYyQSo1c1Ym7orWxLYvCrM2EmxFTANf8wXmmE7DWjhx5N',
      '0'.repeat(52),
      'z'.repeat(52),
      'z'.repeat(10_000)
    ]) {
      expect(publicKeyOfPeerId(wrong)).toBeNull()
    }
    expect(publicKeyOfPeerId(text.replace(/.$/, last => (last === '2' ? '3' : '2')))).not.toEqual(key)
  })

  it('refuses keys of another length', () => {
    expect(() => peerIdOfPublicKey(new Uint8Array(31))).toThrow(RangeError)
  })
})
