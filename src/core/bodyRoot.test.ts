import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { bodyRoot } from './bodyRoot'
import { MAX_BLOCK_TRANSACTIONS } from './limits'
import { TransactionList } from './schema'

const bytes = (length: number) => fc.uint8Array({ minLength: length, maxLength: length })
const transaction = fc.record({
  kind: fc.nat(255),
  sender: bytes(32),
  nonce: fc.nat(0xffff_ffff),
  fee: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
  // Around the ends of chunks and of pairs of chunks, and far beyond.
  payload: fc.oneof(fc.uint8Array({ maxLength: 70 }), fc.constantFrom(0, 31, 32, 33, 63, 64, 65, 96, 97).chain(bytes), bytes(3000)),
  signature: bytes(64)
})

describe('the root of a body', () => {
  it('is that of the schema, for every number of transactions and every payload (T036)', () => {
    fc.assert(
      fc.property(fc.array(transaction, { maxLength: 40 }), transactions => {
        expect(bodyRoot(transactions)).toEqual(TransactionList.hashTreeRoot(transactions))
      }),
      { numRuns: 150 }
    )
  })

  it.each([0, 1, 7, 8, 9, 63, 64, 65, MAX_BLOCK_TRANSACTIONS - 1, MAX_BLOCK_TRANSACTIONS])('is that of the schema for %i transactions', count => {
    const transactions = fc.sample(transaction, { numRuns: Math.max(1, count), seed: count }).slice(0, count)
    expect(bodyRoot(transactions)).toEqual(TransactionList.hashTreeRoot(transactions))
  })
})
