/**
 * The Merkle root of a body: the very root of `TransactionList`, computed level by level over all transactions at once. A block of 500 transfers takes some 9,000 hashes, and the
 * library would make them one by one; side by side they run four at a time (SIMD), in one buffer.
 */
import { hashInto } from '@chainsafe/as-sha256'
import { MAX_BLOCK_TRANSACTIONS, MAX_PAYLOAD_BYTES } from './limits'
import { TransactionList, UnsignedTransaction } from './schema'
import type { Transaction } from './schema'

const CHUNK = 32
const PAIR = 2 * CHUNK
/** Levels above the chunks of a payload, and above the transactions of a list. */
const PAYLOAD_LEVELS = 32 - Math.clz32(MAX_PAYLOAD_BYTES / CHUNK - 1)
const LIST_LEVELS = 32 - Math.clz32(MAX_BLOCK_TRANSACTIONS - 1)
/** Fewer transactions are left to the library. */
const LEAST_BATCH = 8

/** Roots of trees of zeros, by their height. */
const ZEROS: Uint8Array[] = [new Uint8Array(CHUNK)]
for (let level = 0; level < Math.max(PAYLOAD_LEVELS, LIST_LEVELS); level++) {
  const pair = new Uint8Array(PAIR)
  pair.set(ZEROS[level]!)
  pair.set(ZEROS[level]!, CHUNK)
  ZEROS.push(hashPairs(pair))
}

/** Each 64 bytes to their 32-byte hash. */
function hashPairs(pairs: Uint8Array): Uint8Array {
  const hashes = new Uint8Array(pairs.length / 2)
  hashInto(pairs, hashes)
  return hashes
}

/** Pairs of which the left halves are given one after another, and the right ones are all the same. */
function pairedWith(lefts: Uint8Array, right: Uint8Array): Uint8Array {
  const pairs = new Uint8Array(lefts.length * 2)
  for (let from = 0, to = 0; from < lefts.length; from += CHUNK, to += PAIR) {
    pairs.set(lefts.subarray(from, from + CHUNK), to)
    pairs.set(right, to + CHUNK)
  }
  return pairs
}

/** Roots of the payloads, one after another: two chunks, zeros above them, and the length. */
function payloadRoots(transactions: readonly Transaction[]): Uint8Array {
  const chunks = new Uint8Array(transactions.length * PAIR)
  transactions.forEach(({ payload }, i) => {
    if (payload.length <= PAIR) chunks.set(payload, i * PAIR)
  })
  let roots = hashPairs(chunks)
  for (let level = 1; level < PAYLOAD_LEVELS; level++) roots = hashPairs(pairedWith(roots, ZEROS[level]!))
  const withLengths = pairedWith(roots, ZEROS[0]!)
  const numbers = new DataView(withLengths.buffer)
  transactions.forEach(({ payload }, i) => numbers.setUint32(i * PAIR + CHUNK, payload.length, true))
  roots = hashPairs(withLengths)
  // Payloads of more than two chunks are rare: evidence and configurations.
  transactions.forEach(({ payload }, i) => {
    if (payload.length > PAIR) roots.set(UnsignedTransaction.fields.payload.hashTreeRoot(payload), i * CHUNK)
  })
  return roots
}

/** Roots of the transactions, one after another: six fields in a tree of eight. */
function transactionRoots(transactions: readonly Transaction[]): Uint8Array {
  const signatures = new Uint8Array(transactions.length * PAIR)
  transactions.forEach(({ signature }, i) => signatures.set(signature, i * PAIR))
  const signatureRoots = hashPairs(signatures)
  const payloads = payloadRoots(transactions)
  // Per transaction: kind and sender, nonce and fee, payload and signature.
  const fields = new Uint8Array(transactions.length * 3 * PAIR)
  const numbers = new DataView(fields.buffer)
  transactions.forEach(({ kind, sender, nonce, fee }, i) => {
    const at = i * 3 * PAIR
    fields[at] = kind
    fields.set(sender, at + CHUNK)
    numbers.setUint32(at + PAIR, nonce, true)
    numbers.setBigUint64(at + PAIR + CHUNK, fee, true)
    fields.set(payloads.subarray(i * CHUNK, (i + 1) * CHUNK), at + 2 * PAIR)
    fields.set(signatureRoots.subarray(i * CHUNK, (i + 1) * CHUNK), at + 2 * PAIR + CHUNK)
  })
  const quarters = hashPairs(fields)
  const halves = new Uint8Array(transactions.length * 2 * PAIR)
  transactions.forEach((_, i) => {
    halves.set(quarters.subarray(i * 3 * CHUNK, (i + 1) * 3 * CHUNK), i * 2 * PAIR)
    halves.set(ZEROS[1]!, i * 2 * PAIR + 3 * CHUNK)
  })
  return hashPairs(hashPairs(halves))
}

/** @param transactions at most MAX_BLOCK_TRANSACTIONS. @returns what `TransactionList.hashTreeRoot` gives */
export function bodyRoot(transactions: readonly Transaction[]): Uint8Array {
  if (transactions.length < LEAST_BATCH || transactions.length > MAX_BLOCK_TRANSACTIONS) return TransactionList.hashTreeRoot([...transactions])
  let nodes = transactionRoots(transactions)
  for (let level = 0; level < LIST_LEVELS; level++) {
    const even = new Uint8Array(Math.ceil(nodes.length / PAIR) * PAIR)
    even.set(nodes)
    if (even.length > nodes.length) even.set(ZEROS[level]!, nodes.length)
    nodes = hashPairs(even)
  }
  const withLength = new Uint8Array(PAIR)
  withLength.set(nodes)
  new DataView(withLength.buffer).setUint32(CHUNK, transactions.length, true)
  return hashPairs(withLength)
}
