import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { toHex, u32le } from '../bytes'
import { taggedHash } from '../crypto/hash'
import { MAX_MEMPOOL_PER_SENDER, MAX_MEMPOOL_TRANSACTIONS } from '../limits'
import { Transaction } from '../schema'
import { transactionId } from '../signing'
import { Mempool, MIN_MEMPOOL_TRANSACTIONS } from './mempool'

const sender = (number: number) => taggedHash('sender', u32le(number))
const make = (from: number, nonce: number, fee = 0n, payloadBytes = 40): Transaction => ({
  kind: 2,
  sender: sender(from),
  nonce,
  fee,
  payload: new Uint8Array(payloadBytes),
  signature: new Uint8Array(64)
})
const idOf = (transaction: Transaction) => toHex(transactionId(transaction))
const filled = (transactions: Transaction[]) => {
  const pool = new Mempool()
  for (const transaction of transactions) pool.add(transaction)
  return pool
}

const distinct = fc.uniqueArray(
  fc.record({ from: fc.nat({ max: 9 }), nonce: fc.nat({ max: 5 }), fee: fc.bigInt({ min: 0n, max: 6n }), size: fc.constantFrom(0, 40, 100) }),
  { selector: ({ from, nonce }) => `${from}/${nonce}`, maxLength: 40 }
)

describe('order (M014)', () => {
  it('is total and the same in whatever order the transactions came', () => {
    fc.assert(
      fc.property(distinct, fc.nat(), (drawn, turn) => {
        const transactions = drawn.map(({ from, nonce, fee, size }) => make(from, nonce, fee, size))
        const rotated = transactions.map((_, i) => transactions[(i + turn) % transactions.length]!)
        const order = filled(transactions).ordered().map(idOf)
        expect(filled(rotated).ordered().map(idOf)).toEqual(order)
        expect(
          filled([...transactions].reverse())
            .ordered()
            .map(idOf)
        ).toEqual(order)
      }),
      { numRuns: 200 }
    )
  })

  it('is by fee per byte, then by id', () => {
    fc.assert(
      fc.property(distinct, drawn => {
        const ordered = filled(drawn.map(({ from, nonce, fee, size }) => make(from, nonce, fee, size))).ordered()
        for (let i = 1; i < ordered.length; i++) {
          const [a, b] = [ordered[i - 1]!, ordered[i]!]
          const [rateA, rateB] = [a, b].map(transaction => (transaction.fee * 1000n) / BigInt(Transaction.value_serializedSize(transaction))) as [
            bigint,
            bigint
          ]
          expect(rateA > rateB || (rateA === rateB && idOf(a) < idOf(b))).toBe(true)
        }
      }),
      { numRuns: 200 }
    )
  })
})

describe('admission', () => {
  it('once only; another with the same nonce replaces it if it pays more per byte', () => {
    const pool = new Mempool()
    expect(pool.add(make(1, 0, 5n))).toBeNull()
    expect(pool.add(make(1, 0, 5n))).toMatchObject({ code: 'duplicate' })
    expect(pool.add(make(1, 0, 4n))).toMatchObject({ code: 'nonce-taken' })
    expect(pool.add(make(1, 0, 6n, 4000)), 'more fee, less per byte').toMatchObject({ code: 'nonce-taken' })
    expect(pool.add(make(1, 0, 6n))).toBeNull()
    expect(pool.ordered()).toEqual([make(1, 0, 6n)])
    expect(pool.has(idOf(make(1, 0, 5n)))).toBe(false)
  })

  it('of one sender no more than its share, and replacing needs no room (S10)', () => {
    const pool = filled(Array.from({ length: MAX_MEMPOOL_PER_SENDER }, (_, nonce) => make(1, nonce)))
    expect(pool.add(make(1, MAX_MEMPOOL_PER_SENDER))).toMatchObject({ code: 'mempool-sender-full' })
    expect(pool.add(make(1, 3, 9n))).toBeNull()
    expect(pool.size).toBe(MAX_MEMPOOL_PER_SENDER)
    expect(pool.add(make(2, 0))).toBeNull()
  })

  it('when full, the worst makes room for a better one, and a worse one is refused (S10)', () => {
    const pool = filled(Array.from({ length: MAX_MEMPOOL_TRANSACTIONS }, (_, i) => make(Math.floor(i / 50), i % 50, BigInt(i + 1000))))
    expect(pool.size).toBe(MAX_MEMPOOL_TRANSACTIONS)
    expect(pool.add(make(5000, 0, 1n))).toMatchObject({ code: 'mempool-full' })
    const worst = pool.ordered().at(-1)!
    expect(pool.add(make(5001, 0, 1_000_000n))).toBeNull()
    expect(pool.size).toBe(MAX_MEMPOOL_TRANSACTIONS)
    expect(pool.has(idOf(worst))).toBe(false)
  })
})

describe('book-keeping', () => {
  it('any sequence of adding, removing and pruning leaves all views of the pool in agreement', () => {
    const steps = fc.array(
      fc.record({
        act: fc.constantFrom('add', 'add', 'add', 'remove', 'prune'),
        from: fc.nat({ max: 3 }),
        nonce: fc.nat({ max: 4 }),
        fee: fc.bigInt({ min: 0n, max: 3n })
      }),
      { maxLength: 60 }
    )
    fc.assert(
      fc.property(steps, drawn => {
        const pool = new Mempool()
        for (const { act, from, nonce, fee } of drawn) {
          if (act === 'add') pool.add(make(from, nonce, fee))
          else if (act === 'remove') pool.remove(idOf(make(from, nonce, fee)))
          else pool.prune(transaction => toHex(transaction.sender) === toHex(sender(from)) && transaction.nonce < nonce)
          const ordered = pool.ordered()
          expect(ordered).toHaveLength(pool.size)
          expect(new Set(ordered.map(({ sender: key, nonce: turn }) => `${toHex(key)}/${turn}`)).size).toBe(pool.size)
          const bySender = [0, 1, 2, 3].flatMap(number => pool.of(sender(number)))
          expect(bySender.map(idOf).sort()).toEqual(ordered.map(idOf).sort())
        }
      }),
      { numRuns: 150 }
    )
  })

  it('the next nonce is the first that is free', () => {
    const pool = filled([make(1, 4), make(1, 5), make(1, 7)])
    expect(pool.nextNonce(sender(1), 4)).toBe(6)
    expect(pool.nextNonce(sender(1), 7)).toBe(8)
    expect(pool.nextNonce(sender(1), 0)).toBe(0)
    expect(pool.nextNonce(sender(9), 3)).toBe(3)
  })
})

describe('P028: a producer may make it smaller', () => {
  it('what is too much goes at once, the worst-paying first, and better ones still find room', () => {
    const pool = new Mempool()
    for (let i = 0; i < 200; i++) pool.add(make(i, 0, BigInt(i)))
    pool.resize(100)
    expect(pool.size).toBe(100)
    expect(pool.ordered().map(({ fee }) => fee)).toEqual(Array.from({ length: 100 }, (_, i) => BigInt(199 - i)))
    expect(pool.add(make(300, 0, 1n))?.code).toBe('mempool-full')
    expect(pool.add(make(301, 0, 500n))).toBeNull()
    expect(pool.size).toBe(100)
    pool.resize(1_000_000)
    expect(pool.capacity).toBe(MAX_MEMPOOL_TRANSACTIONS)
    pool.resize(1)
    expect(pool.size).toBe(MIN_MEMPOOL_TRANSACTIONS)
  })

  it('arrived() is the order of arrival', () => {
    const transactions = [make(1, 0, 1n), make(2, 0, 9n), make(3, 0, 5n)]
    expect(filled(transactions).arrived()).toEqual(transactions)
  })
})
