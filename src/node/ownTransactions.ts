/** What this agent wants of the chain: intents become signed transactions, wait in the mempool, and are handed on until a block takes them. */
import { equalBytes, toHex } from '../core/bytes'
import type { BlockEntry } from '../core/chain/blockTree'
import { encode } from '../core/codec'
import { nextContext, transactionRules } from '../core/chain/execute'
import { epochOf } from '../core/consensus/validatorSet'
import { MAX_SUBMIT_TRANSACTIONS } from '../core/limits'
import { assert, ok } from '../core/result'
import type { Failure, Result } from '../core/result'
import { AGENT_ACTIVE, VoteEvidencePayload } from '../core/schema'
import type { Genesis, Transaction, Vote } from '../core/schema'
import { signTransaction, transactionId } from '../core/signing'
import { heartbeatWindow } from '../core/state/rules/membership'
import { TX_EVIDENCE, TX_HEARTBEAT, TX_VOTE_EVIDENCE } from '../core/state/transactions'
import type { WorldState } from '../core/state/worldState'
import type { Desk } from './desk'
import type { Intent } from './messages'
import { evidencePayload, payloadOf } from './payloads'

/** Block intervals after which own transactions that are still waiting are handed to a peer directly. */
const RESUBMIT_INTERVALS = 2
/** Own transactions that are watched; more than wait in any mempool for one sender. */
const MAX_ASKED = 64
/** The node asks for these again by itself. */
const UPKEEP: ReadonlySet<Intent['kind']> = new Set(['register', 'heartbeat', 'produce'])
/**
 * Heights above the final block from which on a heartbeat names a tentative one, which makes it void on every other branch: half of what the rule allows, for it waits for
 * its block, too.
 */
export const heartbeatLag = (genesis: Pick<Genesis, 'heartbeatTtl'>): number => Math.floor(heartbeatWindow(genesis) / 2)

export class OwnTransactions {
  /** The person has said goodbye; until they come back. */
  leaving = false
  /** The person has asked for no turns, where producers have to ask; until the next start. */
  resting = false
  #resubmitAt = 0
  /** What a person or a policy asked for and no final block has yet, by id. */
  readonly #asked = new Map<string, Pick<Transaction, 'kind' | 'fee' | 'payload' | 'nonce'>>()
  /** P002: waits for this agent's own next block. */
  #attached: (Intent & { kind: 'meme' }) | null = null

  constructor(readonly desk: Desk) {}

  /** A meme waits for this agent's next block. */
  get memeAttached(): boolean {
    return this.#attached !== null
  }

  /** Anybody's transaction. @returns why it does not wait in the mempool now, or null */
  take(transaction: Transaction): Failure | null {
    return this.#refusal(transaction) ?? this.desk.mempool.add(transaction)
  }

  #refusal(transaction: Transaction): Failure | null {
    const { desk } = this
    const { state, hashBytes } = desk.head
    assert(state !== null, 'the head has been executed')
    const failure = transactionRules(desk.rules).check(nextContext(desk.rules, state, hashBytes), transaction)
    const waitsForOthers = failure?.code === 'nonce-gap' || (failure?.code === 'unknown-sender' && desk.mempool.of(transaction.sender).length > 0)
    return waitsForOthers ? null : failure
  }

  submit(intent: Exclude<Intent, { kind: 'reanchor' }>, now: number): Result<{ id: string }> {
    if (intent.kind === 'leave') this.leaving = true
    if (intent.kind === 'heartbeat' || intent.kind === 'register') this.leaving = false
    if (intent.kind === 'produce') this.resting = !intent.on
    const transaction = this.#compose(intent)
    if (!transaction.ok) return transaction
    if (intent.kind === 'meme' && intent.attach) return this.#attach(intent, transaction.value)
    const failure = this.take(transaction.value)
    if (failure !== null) return failure
    this.desk.publish('tx', 'transaction', transaction.value)
    this.#resubmitAt = now + RESUBMIT_INTERVALS * this.desk.rounds.intervalMs
    const id = toHex(transactionId(transaction.value))
    if (!UPKEEP.has(intent.kind)) this.#asked.set(id, transaction.value)
    for (const oldest of this.#asked.keys()) if (this.#asked.size > MAX_ASKED) this.#asked.delete(oldest)
    return ok({ id })
  }

  /** One at a time: a newer one takes its place. The transaction is made when the block is, for others may come before it. */
  #attach(intent: Intent & { kind: 'meme' }, transaction: Transaction): Result<{ id: string }> {
    const failure = this.#refusal(transaction)
    if (failure !== null) return failure
    this.#attached = intent
    return ok({ id: toHex(transactionId(transaction)) })
  }

  /** A block of this agent is about to be made: what waits for it goes into the mempool, where the block finds it. Should the block lose, it is handed on like any other. */
  releaseAttached(): void {
    const intent = this.#attached
    this.#attached = null
    const transaction = intent === null ? null : this.#compose(intent)
    if (transaction?.ok) this.take(transaction.value)
  }

  #compose(intent: Exclude<Intent, { kind: 'reanchor' }>): Result<Transaction> {
    const { genesis, head } = this.desk
    // One epoch to spare, for the transaction may wait for its block.
    const payload = payloadOf(intent, this.#vouchedFor(), epochOf(head.height + 1, genesis.epochLength) + genesis.lookahead + 2)
    return payload.ok ? ok(this.#sign(payload.value.kind, intent.kind === 'transfer' ? intent.fee : 0n, payload.value.bytes)) : payload
  }

  /** What a heartbeat names: the final block, and on a long tentative chain a block two below the head, for the final one is too old there. */
  #vouchedFor(): BlockEntry {
    const { genesis, head, tree } = this.desk
    if (head.height <= tree.final.height + heartbeatLag(genesis)) return tree.final
    const parent = tree.get(head.parent)
    return (parent === undefined ? undefined : tree.get(parent.parent)) ?? tree.final
  }

  #sign(kind: number, fee: bigint, payload: Uint8Array): Transaction {
    const { desk } = this
    const nonce = desk.mempool.nextNonce(desk.publicKey, desk.agent(desk.publicKey)?.nonce ?? 0)
    return signTransaction(desk.networkId, { kind, sender: desk.publicKey, nonce, fee, payload }, desk.signer)
  }

  // ---------------------------------------------------------------------------------------------------------------- evidence

  /** F-12: two blocks by one proposer on one parent cost it its seat. Whoever sees them reports them; the chain takes the first report. */
  reportBlocks(first: BlockEntry, second: BlockEntry): void {
    const { proposer } = first.header
    this.desk.event({ kind: 'evidence', height: first.height, hash: first.hash, proposer, what: 'blocks' })
    if (this.#mayAccuse(proposer)) this.#accuse(TX_EVIDENCE, evidencePayload(first, second))
  }

  /** R5: two votes that contradict each other. */
  reportVotes(first: Vote, second: Vote): void {
    this.desk.event({ kind: 'evidence', height: first.height, hash: toHex(first.hash), proposer: first.voter, what: 'votes' })
    if (this.#mayAccuse(first.voter)) this.#accuse(TX_VOTE_EVIDENCE, encode(VoteEvidencePayload, { first, second }))
  }

  #mayAccuse(liar: Uint8Array): boolean {
    const { desk } = this
    return desk.agent(desk.publicKey)?.status === AGENT_ACTIVE && !equalBytes(liar, desk.publicKey)
  }

  #accuse(kind: number, payload: Uint8Array): void {
    const { desk } = this
    // One at a time: the second report against one liar would be void, and a void transaction blocks the nonces behind it.
    if (desk.mempool.of(desk.publicKey).some(other => other.kind === TX_EVIDENCE || other.kind === TX_VOTE_EVIDENCE)) return
    const transaction = this.#sign(kind, 0n, payload)
    if (this.take(transaction) === null) desk.publish('tx', 'transaction', transaction)
  }

  // ------------------------------------------------------------------------------------------------------------------ upkeep

  /** Somebody new is there: hand over at once what waits. */
  resubmitSoon(): void {
    this.#resubmitAt = 0
  }

  /** Hands own waiting transactions to a peer now and then: gossip is never the only path. @returns when to call again, this node's clock */
  resubmit(now: number): number {
    const { desk } = this
    const own = desk.mempool.of(desk.publicKey)
    if (own.length === 0) return Infinity
    if (this.#resubmitAt > now) return this.#resubmitAt
    this.#resubmitAt = now + RESUBMIT_INTERVALS * desk.rounds.intervalMs
    const peer = desk.peers.next()
    if (peer !== null) desk.request(peer, 'submitRequest', { transactions: own.slice(0, MAX_SUBMIT_TRANSACTIONS) })
    return this.#resubmitAt
  }

  /**
   * Drops what is included, and what can never be: a transaction whose turn it is and that the final state refuses would block all behind it, and a heartbeat that names a
   * block of a branch that has lost is void whenever its turn comes.
   */
  prune({ state, hashBytes }: BlockEntry): void {
    const { mempool, rules } = this.desk
    assert(state !== null, 'a final block has been executed')
    const { check } = transactionRules(rules)
    const context = nextContext(rules, state, hashBytes)
    mempool.prune(transaction => {
      const next = state.agent(transaction.sender)?.nonce ?? 0
      if (next > transaction.nonce) return true
      if (next === transaction.nonce) return check(context, transaction) !== null
      return transaction.kind === TX_HEARTBEAT && check(context, { ...transaction, nonce: next })?.code === 'foreign-heartbeat'
    })
    this.#signOvertaken(state)
    this.#fillGap(state)
  }

  /**
   * A node that was closed with a transaction on its way signs its next one with the same nonce, for it knows of no other. When the old one wins, the new one can never be in a block; its nonce has
   * passed, so it is safe to sign it anew.
   */
  #signOvertaken(state: WorldState): void {
    const { desk } = this
    const next = state.agent(desk.publicKey)?.nonce ?? 0
    for (const [id, { kind, fee, payload, nonce }] of this.#asked) {
      if (nonce >= next) continue
      this.#asked.delete(id)
      const there = this.#finalWith(nonce)
      if (there === id || there === null) continue
      const anew = this.#sign(kind, fee, payload)
      if (this.take(anew) !== null) continue
      this.#asked.set(toHex(transactionId(anew)), anew)
      desk.publish('tx', 'transaction', anew)
    }
  }

  /** @returns id of this agent's transaction with that nonce in the final blocks that are in memory; null: in none of them */
  #finalWith(nonce: number): string | null {
    const { publicKey, tree } = this.desk
    for (let entry: BlockEntry | undefined = tree.final; entry !== undefined; entry = tree.get(entry.parent)) {
      const own = entry.transactions?.find(transaction => transaction.nonce === nonce && equalBytes(transaction.sender, publicKey))
      if (own !== undefined) return toHex(transactionId(own))
    }
    return null
  }

  /**
   * What others did has made own transactions void, and those behind them wait for their nonces. Signing them anew would put them on the chain twice should the old ones still
   * be about somewhere; heartbeats in the places of the void ones do no harm, and one block can take them all.
   */
  #fillGap(state: WorldState): void {
    const { desk } = this
    const next = state.agent(desk.publicKey)?.nonce
    if (next === undefined || desk.agent(desk.publicKey)?.nonce !== next) return
    const last = Math.max(...desk.mempool.of(desk.publicKey).map(({ nonce }) => nonce))
    while (desk.mempool.nextNonce(desk.publicKey, next) < last) {
      const heartbeat = this.#compose({ kind: 'heartbeat' })
      if (!heartbeat.ok || this.take(heartbeat.value) !== null) return
      desk.publish('tx', 'transaction', heartbeat.value)
    }
  }
}
