import { afterEach, describe, expect, it } from 'vitest'
import { packChecks, unpackChecks } from '../src/core/crypto/checkBatch'
import { createComputeThread } from '../src/core/crypto/computeThread'
import type { ComputeThread, ThreadEvents } from '../src/core/crypto/computeThread'
import { createSigner } from '../src/core/crypto/ed25519'
import type { SignatureCheck } from '../src/core/crypto/ed25519'
import { VerificationCache } from '../src/core/crypto/verificationCache'
import { createAsyncVerifier, createOffloadingVerifier } from '../src/core/crypto/verifier'
import type { AsyncVerifier, BatchJudge } from '../src/core/crypto/verifier'
import { createNodeFast } from '../src/platform/crypto/nodeFast'
import { serverComputeThread } from './computeThread'

const signers = [1, 2, 3].map(number => createSigner(new Uint8Array(32).fill(number)))

/** Signatures of messages of many lengths; every third one is of another message. */
function checks(count: number): { checks: SignatureCheck[]; verdicts: boolean[] } {
  const made = Array.from({ length: count }, (_, i) => {
    const { publicKey, sign } = signers[i % signers.length]!
    const message = new Uint8Array(i).fill(i)
    const forged = i % 3 === 2
    return { check: { publicKey, message, signature: sign(forged ? Uint8Array.of(1, ...message) : message) }, verdict: !forged }
  })
  return { checks: made.map(({ check }) => check), verdicts: made.map(({ verdict }) => verdict) }
}

/** Judges by the rule, here, and counts how often it was asked. */
function counted(cache: VerificationCache): { verifier: AsyncVerifier; asked: () => number } {
  const fast = createNodeFast()
  const verifier = createAsyncVerifier({ cache, fast: { verify: async check => fast.verify(check) } })
  let asked = 0
  return {
    verifier: {
      verifyAll(list) {
        asked += list.length
        return verifier.verifyAll(list)
      }
    },
    asked: () => asked
  }
}

describe('checks on their way to another thread', () => {
  it('come out as they went in', () => {
    const { checks: list } = checks(40)
    expect(unpackChecks(packChecks(list))).toEqual(list)
    expect(unpackChecks(packChecks([]))).toEqual([])
  })
})

describe('the compute thread of the server (T031)', () => {
  let thread: ComputeThread | null = null
  afterEach(() => thread?.end())

  it('gives the verdicts of the rule, batch by batch in their order, and the cache keeps them', async () => {
    thread = serverComputeThread()
    const elsewhere = thread ?? { judge: () => Promise.reject(new Error('one processor')) }
    const cache = new VerificationCache()
    const { verifier: here, asked } = counted(cache)
    const verifier = createOffloadingVerifier({ cache, here, elsewhere })
    const first = checks(30)
    const second = { checks: [...first.checks].reverse(), verdicts: [...first.verdicts].reverse() }
    const malformed = { publicKey: new Uint8Array(3), message: new Uint8Array(0), signature: new Uint8Array(64) }
    const answers = await Promise.all([verifier.verifyAll([malformed, ...first.checks]), verifier.verifyAll(second.checks)])
    expect(answers).toEqual([[false, ...first.verdicts], second.verdicts])
    if (thread !== null) expect(asked()).toBe(0)
    expect(await verifier.verifyAll(first.checks)).toEqual(first.verdicts)
    expect(cache.stats().entries).toBe(30)
  })
})

describe('whoever has much to verify', () => {
  const silent = { post: () => undefined, end: () => undefined }

  it('judges few signatures on the spot', async () => {
    const cache = new VerificationCache()
    const elsewhere: BatchJudge = { judge: () => Promise.reject(new Error('not for so few')) }
    const { verifier: here, asked } = counted(cache)
    const few = checks(5)
    expect(await createOffloadingVerifier({ cache, here, elsewhere }).verifyAll(few.checks)).toEqual(few.verdicts)
    expect(asked()).toBe(5)
  })

  it.each([
    ['ends before it answers', (events: ThreadEvents) => ({ ...silent, post: () => events.failed() })],
    ['answers what nobody asked', (events: ThreadEvents) => ({ ...silent, post: () => events.answered(new Uint8Array(1)) })],
    [
      'cannot begin',
      () => {
        throw new Error('no workers in workers here')
      }
    ]
  ])('judges all by itself when the thread %s, and does not ask it again', async (_, start) => {
    let starts = 0
    const elsewhere = createComputeThread(events => {
      starts++
      return start(events)
    })
    for (const count of [20, 25]) {
      const cache = new VerificationCache()
      const { verifier: here, asked } = counted(cache)
      const many = checks(count)
      expect(await createOffloadingVerifier({ cache, here, elsewhere }).verifyAll(many.checks)).toEqual(many.verdicts)
      expect(asked()).toBe(count)
    }
    expect(starts).toBe(1)
  })
})
