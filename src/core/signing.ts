/**
 * What is hashed and what is signed. Every byte string begins with a domain tag and the network id, so that nothing signed for one purpose
 * or one network can be shown for another (PROTOCOL §6).
 */
import { bodyRoot } from './bodyRoot'
import { concat, equalBytes, toHex, u32le, utf8 } from './bytes'
import { sha256, taggedHash } from './crypto/hash'
import type { Signer } from './crypto/ed25519'
import { encode } from './codec'
import { ChainConfig, Genesis, Header, Opinion, Presence, Transaction, UnsignedTransaction } from './schema'
import type { RecordClaim, Vote } from './schema'

const TAG_PROPOSAL = utf8('quorumble/proposal/1')
const TAG_VOTE = utf8('quorumble/vote/1')
const TAG_TRANSACTION = utf8('quorumble/transaction/1')
const TAG_CONFIG = utf8('quorumble/config/1')
const TAG_PRESENCE = utf8('quorumble/presence/1')
const TAG_CLAIM = utf8('quorumble/claim/1')
const TAG_OPINION = utf8('quorumble/opinion/1')

export function networkIdOf(genesis: Genesis): Uint8Array {
  return taggedHash('genesis', encode(Genesis, genesis))
}

/** 20 bytes; the short public name of a key (D-12). */
export function agentIdOf(publicKey: Uint8Array): Uint8Array {
  return taggedHash('agent', publicKey).slice(0, 20)
}

/** Headers, transactions and bodies are never changed once they are made, so what was computed from the very same object need not be computed again. */
const blockHashes = new WeakMap<Header, { networkId: Uint8Array; hash: Uint8Array }>()
const transactionRoots = new WeakMap<readonly Transaction[], Uint8Array>()
const transactionIds = new WeakMap<Transaction, Uint8Array>()

export function blockHash(networkId: Uint8Array, header: Header): Uint8Array {
  const known = blockHashes.get(header)
  if (known !== undefined && equalBytes(known.networkId, networkId)) return known.hash
  const hash = taggedHash('block', networkId, encode(Header, header))
  blockHashes.set(header, { networkId, hash })
  return hash
}

/** Merkle root of a body. */
export function transactionRoot(transactions: readonly Transaction[]): Uint8Array {
  let root = transactionRoots.get(transactions)
  if (root === undefined) transactionRoots.set(transactions, (root = bodyRoot(transactions)))
  return root
}

export function transactionId(transaction: Transaction): Uint8Array {
  let id = transactionIds.get(transaction)
  if (id === undefined) transactionIds.set(transaction, (id = taggedHash('txid', encode(Transaction, transaction))))
  return id
}

export function proposalBytes(networkId: Uint8Array, hash: Uint8Array): Uint8Array {
  return concat(TAG_PROPOSAL, networkId, hash)
}

export function voteBytes(networkId: Uint8Array, vote: Pick<Vote, 'kind' | 'height' | 'hash'>): Uint8Array {
  return concat(TAG_VOTE, networkId, Uint8Array.of(vote.kind), u32le(vote.height), vote.hash)
}

/** What a validator signs to approve of a change of configuration. */
export function configBytes(networkId: Uint8Array, change: { epoch: number; config: ChainConfig }): Uint8Array {
  return concat(TAG_CONFIG, networkId, u32le(change.epoch), encode(ChainConfig, change.config))
}

export function transactionBytes(networkId: Uint8Array, transaction: UnsignedTransaction): Uint8Array {
  const { kind, sender, nonce, fee, payload } = transaction
  return concat(TAG_TRANSACTION, networkId, encode(UnsignedTransaction, { kind, sender, nonce, fee, payload }))
}

export function presenceBytes(networkId: Uint8Array, presence: Presence): Uint8Array {
  return concat(TAG_PRESENCE, networkId, encode(Presence, { ...presence, signature: new Uint8Array(64) }))
}

export function opinionBytes(networkId: Uint8Array, opinion: Omit<Opinion, 'signature'>): Uint8Array {
  return concat(TAG_OPINION, networkId, encode(Opinion, { ...opinion, signature: new Uint8Array(64) }))
}

/** An agent's word about its own record. */
export function claimBytes(networkId: Uint8Array, { agent, height, record }: Omit<RecordClaim, 'signature'>): Uint8Array {
  return concat(TAG_CLAIM, networkId, agent, u32le(height), record)
}

export function signTransaction(networkId: Uint8Array, unsigned: UnsignedTransaction, signer: Signer): Transaction {
  return { ...unsigned, signature: signer.sign(transactionBytes(networkId, unsigned)) }
}

export function signVote(networkId: Uint8Array, vote: Pick<Vote, 'kind' | 'height' | 'hash'>, signer: Signer): Vote {
  return { ...vote, voter: signer.publicKey, signature: signer.sign(voteBytes(networkId, vote)) }
}

export function signOpinion(networkId: Uint8Array, opinion: Omit<Opinion, 'agent' | 'signature'>, signer: Signer): Opinion {
  const own = { ...opinion, agent: signer.publicKey }
  return { ...own, signature: signer.sign(opinionBytes(networkId, own)) }
}

/** Short content id for duplicate detection of raw messages. */
export function messageId(bytes: Uint8Array): string {
  return toHex(sha256(bytes))
}
