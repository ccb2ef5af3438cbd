/**
 * A chain that only grows: tests of what transactions do to a state over many blocks say who does what, and mine. Every block is real, built and executed like any other.
 */
import type { BlockEntry } from '../chain/blockTree'
import { executeBlock } from '../chain/execute'
import { encode } from '../codec'
import type { Schema } from '../codec'
import type { Signer } from '../crypto/ed25519'
import { assert } from '../result'
import {
  AlliancePayload,
  AllianceReferencePayload,
  ConflictOpinionPayload,
  ConflictPayload,
  CustomPayload,
  MemePayload,
  ReactPayload,
  SocialPayload
} from '../schema'
import type { AllianceTerms, Genesis, Transaction } from '../schema'
import { signTransaction } from '../signing'
import { checkTransaction } from '../state/transactions'
import {
  TX_ALLIANCE,
  TX_ALLIANCE_BREAK,
  TX_ALLIANCE_SIGN,
  TX_CONFLICT,
  TX_CONFLICT_OPINION,
  TX_CUSTOM,
  TX_MEME,
  TX_REACT,
  TX_SOCIAL
} from '../state/transactions'
import { beginBlock } from '../state/blockStart'
import { compareBytes, utf8 } from '../bytes'
import type { WorldState } from '../state/worldState'
import { createNetwork, makeBlock } from './network'
import type { TestNetwork } from './network'

/** Heartbeats of a test room last for ever: nobody has to send any. */
const FOR_EVER = 1_000_000

export const TERMS: AllianceTerms = { durationBlocks: 20, supportVote: 1, exclusive: 0, memeBoost: 0, rewardShare: 0, breakPenalty: 100 }

export class Room {
  readonly network: TestNetwork
  readonly signers: Signer[]
  tip: BlockEntry
  #waiting: Transaction[] = []

  constructor(founders: number, parameters: Partial<Genesis> = {}) {
    this.network = createNetwork(founders, { heartbeatTtl: FOR_EVER, ...parameters })
    this.signers = this.network.signers
    this.tip = this.network.tree.final
  }

  get state(): WorldState {
    return this.tip.state!
  }

  /** The next height. */
  get next(): number {
    return this.tip.height + 1
  }

  /** Signed by number, with the nonce that is next. */
  sign<P>(who: number, kind: number, schema: Schema<P>, payload: P, fee = 0n): Transaction {
    const signer = this.signers[who]!
    const waiting = this.#waiting.filter(({ sender }) => compareBytes(sender, signer.publicKey) === 0).length
    const nonce = (this.state.agent(signer.publicKey)?.nonce ?? 0) + waiting
    return signTransaction(this.network.networkId, { kind, sender: signer.publicKey, nonce, fee, payload: encode(schema, payload) }, signer)
  }

  /** Puts it into the next block. */
  say(...transactions: Transaction[]): this {
    this.#waiting.push(...transactions)
    return this
  }

  /** The code with which the next block would refuse it; null: it would take it. */
  refusal(transaction: Transaction): string | null {
    const { genesis, networkId } = this.network
    return checkTransaction({ state: beginBlock(this.state, this.tip.hashBytes), height: this.next, genesis, networkId }, transaction)?.code ?? null
  }

  /** Makes the next block; all that was said must be in it, and a second execution must come to the same root. */
  mine(): this {
    // The best-ranked of those whose keys are at hand: others may have registered.
    const ranking = this.network.rules.familyOf(this.state).ranking(this.state)
    const rank = ranking.findIndex(({ publicKey }) => this.signers.some(signer => compareBytes(signer.publicKey, publicKey) === 0))
    const block = makeBlock(this.network, this.tip, { rank, transactions: this.#waiting })
    assert(block.transactions?.length === this.#waiting.length, 'the block takes all that was said')
    const again = executeBlock(this.network.rules, this.state, this.tip.hashBytes, block.header, block.transactions)
    assert(again.ok, 'the block is valid')
    this.tip = block
    this.#waiting = []
    return this
  }

  mineTo(height: number): this {
    while (this.tip.height < height) this.mine()
    return this
  }

  key(who: number): Uint8Array {
    return this.signers[who]!.publicKey
  }

  place(who: number): number {
    const place = this.state.place(this.key(who))
    assert(place !== null, 'a founder is registered')
    return place
  }

  meme(who: number, recipe: string, change: Partial<MemePayload> = {}): Transaction {
    const plain = { format: 1, recipe: utf8(recipe), caption: new Uint8Array(0), tags: [], references: [], targets: [] }
    return this.sign(who, TX_MEME, MemePayload, { ...plain, ...change })
  }

  react(who: number, meme: Uint8Array, reaction: number): Transaction {
    return this.sign(who, TX_REACT, ReactPayload, { meme, reaction })
  }

  alliance(who: number, members: readonly number[], change: Partial<AlliancePayload> = {}): Transaction {
    const keys = members.map(member => this.key(member)).sort(compareBytes)
    return this.sign(who, TX_ALLIANCE, AlliancePayload, { purpose: 1, label: new Uint8Array(32), members: keys, terms: TERMS, ...change })
  }

  join(who: number, alliance: Uint8Array): Transaction {
    return this.sign(who, TX_ALLIANCE_SIGN, AllianceReferencePayload, { alliance })
  }

  leaveAlliance(who: number, alliance: Uint8Array): Transaction {
    return this.sign(who, TX_ALLIANCE_BREAK, AllianceReferencePayload, { alliance })
  }

  social(who: number, to: number, kind: number, amount = 0n): Transaction {
    return this.sign(who, TX_SOCIAL, SocialPayload, { to: this.key(to), kind, amount })
  }

  conflict<P>(who: number, kind: number, schema: Schema<P>, evidence: P): Transaction {
    return this.sign(who, TX_CONFLICT, ConflictPayload, { kind, evidence: encode(schema, evidence) })
  }

  opinion(who: number, conflict: Uint8Array, choice: number): Transaction {
    return this.sign(who, TX_CONFLICT_OPINION, ConflictOpinionPayload, { conflict, choice })
  }

  custom<A>(who: number, kind: number, schema: Schema<A>, action: A): Transaction {
    return this.sign(who, TX_CUSTOM, CustomPayload, { kind, action: encode(schema, action) })
  }
}
