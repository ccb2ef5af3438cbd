import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { utf8 } from '../bytes'
import { createSigner } from './ed25519'
import { VerificationCache } from './verificationCache'
import { createAsyncVerifier, createPrefetch, createSyncVerifier } from './verifier'
import type { SyncFastVerifier } from './verifier'

/** A few keys and messages, so that the same check comes up again and again, with right and wrong signatures. */
const signers = [1, 2, 3].map(byte => createSigner(new Uint8Array(32).fill(byte)))
const texts = ['a', 'b', 'x'.repeat(2_000)].map(utf8)
const pick = fc.record({ key: fc.nat(2), text: fc.nat(2), by: fc.nat(2), over: fc.nat(2) })
const picks = fc.array(pick, { minLength: 4, maxLength: 16 })
const signatures = signers.map(signer => texts.map(text => signer.sign(text)))

function checkOf({ key, text, by, over }: { key: number; text: number; by: number; over: number }) {
  return {
    check: { publicKey: signers[key]!.publicKey, message: texts[text]!, signature: signatures[by]![over]! },
    truth: key === by && text === over
  }
}

describe('VerificationCache', () => {
  it('never changes a verdict, with and without a fast verifier, one at a time and all at once', async () => {
    await fc.assert(
      fc.asyncProperty(picks, fc.boolean(), async (list, withFast) => {
        const cases = list.map(checkOf)
        const fast: SyncFastVerifier | null = withFast
          ? {
              verify: check =>
                cases.some(
                  ({ check: other, truth }) =>
                    truth && other.signature === check.signature && other.publicKey === check.publicKey && other.message === check.message
                )
            }
          : null
        const shared = new VerificationCache()
        const sync = createSyncVerifier({ cache: shared, fast })
        const async = createAsyncVerifier({ cache: shared, fast: fast && { verify: check => Promise.resolve(fast.verify(check)) } })
        const alone = createAsyncVerifier({ cache: new VerificationCache(), fast: null })
        const checks = cases.map(({ check }) => check)
        const truths = cases.map(({ truth }) => truth)
        expect(checks.map(check => sync.verify(check))).toEqual(truths)
        expect(await async.verifyAll(checks)).toEqual(truths)
        expect(await alone.verifyAll(checks)).toEqual(truths)
      }),
      { numRuns: 20 }
    )
  })

  it('asks the fast verifier once per check: accepts and rejects are both remembered and counted', () => {
    let asked = 0
    const fast: SyncFastVerifier = {
      verify: () => {
        asked++
        return false
      }
    }
    const cache = new VerificationCache()
    const verifier = createSyncVerifier({ cache, fast })
    const good = checkOf({ key: 0, text: 0, by: 0, over: 0 }).check
    const bad = checkOf({ key: 0, text: 0, by: 1, over: 0 }).check
    for (let round = 0; round < 3; round++) {
      expect(verifier.verify(good)).toBe(true)
      expect(verifier.verify(bad)).toBe(false)
    }
    expect(asked).toBe(2)
    expect(cache.stats()).toEqual({ hits: 4, misses: 2, entries: 2 })
  })

  it('gives different names to different checks, also where key, signature and message only move their borders', () => {
    const cache = new VerificationCache()
    const fixed = (length: number) => fc.uint8Array({ minLength: length, maxLength: length, max: 1 })
    const check = fc.record({ publicKey: fixed(32), signature: fixed(64), message: fc.uint8Array({ maxLength: 3, max: 1 }) })
    const flat = (c: { publicKey: Uint8Array; signature: Uint8Array; message: Uint8Array }) => [c.publicKey, c.signature, c.message].join('|')
    fc.assert(
      fc.property(check, check, (a, b) => {
        expect(cache.keyOf(a) === cache.keyOf(b)).toBe(flat(a) === flat(b))
        expect(cache.keyOf(a)).toBe(cache.keyOf({ ...a }))
      })
    )
  })

  it('keeps no trace of the previous, longer check in its scratch space', () => {
    const [used, fresh] = [new VerificationCache(), new VerificationCache()]
    const check = (length: number) => ({
      publicKey: new Uint8Array(32).fill(1),
      signature: new Uint8Array(64).fill(2),
      message: new Uint8Array(length).fill(3)
    })
    for (const length of [900, 0, 928, 929, 5_000, 1]) expect(used.keyOf(check(length))).toBe(new VerificationCache().keyOf(check(length)))
    expect(used.keyOf(check(0))).toBe(fresh.keyOf(check(0)))
  })

  it('S10: stays bounded, and a flood of rejected signatures does not push out accepted ones', () => {
    const cache = new VerificationCache()
    cache.set('accepted', true)
    for (let i = 0; i < 200_000; i++) cache.set(`bad ${i}`, false)
    expect(cache.get('accepted')).toBe(true)
    expect(cache.stats().entries).toBeLessThanOrEqual(4_096 + 1)
    for (let i = 0; i < 200_000; i++) cache.set(`good ${i}`, true)
    expect(cache.stats().entries).toBeLessThanOrEqual(4_096 + 32_768)
    expect(cache.get('accepted')).toBeUndefined()
    expect(cache.get('good 199999')).toBe(true)
  })

  it('what is judged ahead is not judged again, whatever the verdict, and no check twice', async () => {
    let asked = 0
    const cache = new VerificationCache()
    const prefetch = createPrefetch({
      cache,
      fast: {
        verify: async () => {
          asked++
          return false
        }
      }
    })
    const checks = [0, 1, 2].flatMap(key => [0, 1, 2].map(by => checkOf({ key, text: 0, by, over: 0 })))
    const malformed = { ...checks[0]!.check, signature: new Uint8Array(63) }
    await prefetch([...checks, ...checks].map(({ check }) => check).concat(malformed))
    await prefetch(checks.map(({ check }) => check))
    expect(asked).toBe(9)
    const late = {
      verify: () => {
        throw new Error('asked on the spot')
      }
    }
    const verifier = createSyncVerifier({ cache, fast: late })
    expect(checks.map(({ check }) => verifier.verify(check))).toEqual(checks.map(({ truth }) => truth))
    expect(verifier.verify(malformed)).toBe(false)
    expect(cache.stats().misses).toBe(9)
  })
})
