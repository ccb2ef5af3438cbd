/** Canonical bytes of a large block: writing, reading, and what the check for the one encoding costs. */
import { decode, encode } from '../src/core/codec'
import { taggedHash } from '../src/core/crypto/hash'
import { Block } from '../src/core/schema'
import { compose, createNetwork, makeBlock } from '../src/core/testing/network'
import { takeTurns } from './measure'
import { duration, figure, times } from './report'
import type { Report } from './report'

const TRANSACTIONS = 500
const MEMBERS = 20
const BUDGET_MS = 4_000

export function codec(): Report {
  const network = createNetwork(MEMBERS)
  const { networkId, signers } = network
  const transactions = Array.from({ length: TRANSACTIONS }, (_, i) => {
    const to = signers[(i + 1) % MEMBERS]!.publicKey
    return compose.transfer(networkId, signers[i % MEMBERS]!, Math.floor(i / MEMBERS), to, 10n, 1n)
  })
  const { header, signature, transactions: included } = makeBlock(network, network.tree.final, { transactions })
  if (included?.length !== TRANSACTIONS) throw new Error('the block does not hold all transactions')
  const block = { header, signature, transactions: included }
  const bytes = encode(Block, block)
  const ways: [what: string, run: () => unknown][] = [
    ['encode', () => encode(Block, block)],
    ['decode, bare library', () => Block.deserialize(bytes)],
    ['decode and hold against the one encoding', () => decode(Block, bytes)],
    ['SHA-256 of the bytes, for scale', () => taggedHash('bench', bytes)]
  ]
  const measured = takeTurns(
    ways.map(([, run]) => run),
    BUDGET_MS
  )
  return {
    title: `Codec: a block of ${TRANSACTIONS} transactions, ${figure(bytes.length / 1000)} kB`,
    ratioOf: 'of encode',
    rows: ways.map(([what], i) => ({ what, absolute: duration(measured[i]!), ratio: times(measured[i]! / measured[0]!) }))
  }
}
