import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { encode } from '../codec'
import { BLOCK_HEADROOM_BYTES, MAX_BLOCK_BYTES } from '../limits'
import { Transaction, TransactionList } from '../schema'
import { compose, createNetwork } from '../testing/network'
import { buildBlock, CHAIN_LIMITS } from './execute'
import type { BodyLimits } from './execute'

const network = createNetwork(5, { membership: 0 })
const { tree, rules, networkId, signers } = network
const parent = tree.final
const build = (candidates: Transaction[], limits?: Partial<BodyLimits>) => {
  const turns = signers.map(signer => ({
    signer,
    turn: rules.familyOf(parent.state!).turnOf(parent.state!, signer.publicKey, { start: 0, anchor: 0, slotMs: 1 })
  }))
  const { signer, turn } = turns.find(each => each.turn?.rank === 0)!
  return buildBlock(rules, parent.state!, parent.hashBytes, signer, turn!, parent.state!.timestamp + 2000, candidates, { ...CHAIN_LIMITS, ...limits })
}
/** One each by four founders: all small, all the same size. */
const small = signers.slice(0, 4).map((signer, i) => compose.transfer(networkId, signer, 0, signers[(i + 1) % 4]!.publicKey, 1n))
/** A goodbye has nothing to say, so it is shorter than a transfer. */
const shorter = compose.leave(networkId, signers[4]!, 0)
const sizeOf = (transaction: Transaction) => Transaction.value_serializedSize(transaction) + 4
const bodyOf = (transactions: Transaction[]) => encode(TransactionList, transactions).length

describe('P045–P048, P050: what goes into a block', () => {
  it('P046: a transaction is taken only if the encoded list stays within the bytes: at the limit, and one byte less', () => {
    const two = sizeOf(small[0]!) + sizeOf(small[1]!)
    expect(build(small, { maxBytes: two }).transactions).toEqual(small.slice(0, 2))
    expect(build(small, { maxBytes: two - 1 }).transactions).toEqual(small.slice(0, 1))
    expect(build(small, { maxBytes: two }).skipped).toEqual({ full: 2, refused: 0 })
  })

  it('P047: only while the count stays below', () => {
    for (const maxTransactions of [0, 1, 3, 4, 5]) expect(build(small, { maxTransactions }).transactions).toHaveLength(Math.min(maxTransactions, 4))
  })

  it('P048: one that does not fit is skipped, and a later smaller one is taken', () => {
    expect(sizeOf(shorter)).toBeLessThan(sizeOf(small[0]!))
    const built = build([small[0]!, small[1]!, shorter, small[2]!], { maxBytes: sizeOf(small[0]!) + sizeOf(shorter) })
    expect(built.transactions).toEqual([small[0], shorter])
  })

  it('P015, P016: bytes are those of the body, and neither limit is passed, whatever is asked for and whatever waits', () => {
    const pool = [...small, shorter, compose.transfer(networkId, signers[0]!, 1, signers[1]!.publicKey, 1n)]
    fc.assert(
      fc.property(fc.shuffledSubarray(pool), fc.nat(1000), fc.nat(7), (candidates, maxBytes, maxTransactions) => {
        const { transactions, bytes, skipped } = build(candidates, { maxBytes, maxTransactions })
        expect(bytes).toBe(bodyOf(transactions))
        expect(bytes).toBeLessThanOrEqual(maxBytes)
        expect(transactions.length).toBeLessThanOrEqual(maxTransactions)
        expect(transactions.length + skipped.full + skipped.refused).toBe(candidates.length)
      })
    )
  })

  it('P015: nobody can set itself more than the chain takes', () => {
    expect(CHAIN_LIMITS.maxBytes).toBe(MAX_BLOCK_BYTES - BLOCK_HEADROOM_BYTES)
    const built = build(small, { maxBytes: Infinity, maxTransactions: Infinity })
    expect(built.transactions).toEqual(small)
  })

  it('P049: order changes the root', () => {
    expect(build(small).header.stateRoot).not.toEqual(build([...small.slice(0, 2)]).header.stateRoot)
    expect(build(small).header.txRoot).not.toEqual(build([...small].reverse()).header.txRoot)
  })

  it('P051: one that cannot be executed is left out, and the rest goes in', () => {
    const broke = compose.transfer(networkId, signers[0]!, 0, signers[1]!.publicKey, 10n ** 15n)
    const built = build([broke, ...small.slice(1)])
    expect(built.transactions).toEqual(small.slice(1))
    expect(built.skipped).toEqual({ full: 0, refused: 1 })
  })
})
