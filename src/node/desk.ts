/**
 * What the parts of one node share: the facts they all look at, and the tray into which each lays what it wants done. The desk decides nothing; a part that has a subject
 * of its own (anchors, catching up, own transactions …) keeps its own state and meets the others only here.
 */
import { toHex } from '../core/bytes'
import type { BlockEntry, BlockTree } from '../core/chain/blockTree'
import type { ChainRules } from '../core/chain/execute'
import { Mempool } from '../core/chain/mempool'
import type { MempoolLimits } from '../core/chain/mempool'
import type { RankedRounds } from '../core/consensus/rankedRounds'
import type { Signer } from '../core/crypto/ed25519'
import { MAX_REQUESTS } from '../core/limits'
import type { AgentRecord, Genesis } from '../core/schema'
import { encodeMessage } from '../core/wire'
import type { MessageOf } from '../core/wire'
import type { CoreEvent, Effect, GossipName, RequestName } from './messages'
import { PeerBook } from './peerBook'
import type { PeerId, Topic } from './ports'
import { VoteTimes } from './voteTimes'

/** Slots after which a validator that was not heard from counts as absent. */
const ABSENT_AFTER_SLOTS = 5

/** A request that has not been answered yet; `hashes` are the blocks it asks for, `from` is the first height of a range. */
export interface PendingRequest {
  name: RequestName
  to: PeerId
  hashes: readonly string[]
  from: number
}

export class Desk {
  readonly mempool: Mempool
  readonly peers = new PeerBook()
  /** When each agent was last heard from, this node's clock. */
  readonly heard = new Map<string, number>()
  readonly voteTimes = new VoteTimes()
  readonly publicKey: Uint8Array
  /** The block that this node builds on. */
  head: BlockEntry
  /** When upkeep is due next, this node's clock; 0: now. */
  touchAt = 0
  readonly #requests = new Map<number, PendingRequest>()
  #nextRequest = 1
  #effects: Effect[] = []

  /** @param now the time of the newest input, this node's clock */
  constructor(
    readonly rules: ChainRules,
    readonly signer: Signer,
    readonly tree: BlockTree,
    readonly rounds: RankedRounds,
    public now: number,
    limits?: MempoolLimits
  ) {
    this.mempool = new Mempool(limits)
    this.publicKey = signer.publicKey
    this.head = tree.final
  }

  get genesis(): Genesis {
    return this.rules.genesis
  }

  get networkId(): Uint8Array {
    return this.rules.networkId
  }

  /** The registry as of the head. */
  agent(publicKey: Uint8Array): AgentRecord | null {
    return this.head.state?.agent(publicKey) ?? null
  }

  /** This node's own clock: who was heard from since counts as present. */
  presentSince(now: number): number {
    return now - ABSENT_AFTER_SLOTS * this.rounds.slotMs - this.rounds.intervalMs
  }

  isPresent(publicKey: string, since: number): boolean {
    return publicKey === toHex(this.publicKey) || (this.heard.get(publicKey) ?? -Infinity) >= since
  }

  // ----------------------------------------------------------------------------------------------------------------- effects

  effect(effect: Effect): void {
    this.#effects.push(effect)
  }

  event(event: CoreEvent): void {
    this.#effects.push({ type: 'event', event })
  }

  publish<N extends GossipName>(topic: Topic, name: N, value: MessageOf<N>['value']): void {
    this.#effects.push({ type: 'publish', topic, bytes: encodeMessage(name, value) })
  }

  penalise(peer: PeerId, reason: string): void {
    this.#effects.push({ type: 'penalise', peer, reason })
  }

  /** All that was laid down since the last time. */
  takeEffects(): Effect[] {
    const effects = this.#effects
    this.#effects = []
    return effects
  }

  // ---------------------------------------------------------------------------------------------------------------- requests

  get requestCount(): number {
    return this.#requests.size
  }

  /** @returns the number under which the answer will come; null when too many requests are under way */
  request<N extends RequestName>(
    to: PeerId,
    name: N,
    value: MessageOf<N>['value'],
    about: Partial<Pick<PendingRequest, 'hashes' | 'from'>> = {}
  ): number | null {
    if (this.#requests.size >= MAX_REQUESTS) return null
    const id = this.#nextRequest++
    this.#requests.set(id, { name, to, hashes: [], from: 0, ...about })
    this.#effects.push({ type: 'request', id, to, name, bytes: encodeMessage(name, value) })
    return id
  }

  /** The request that this answer belongs to; each is answered once. */
  answered(id: number): PendingRequest | undefined {
    const pending = this.#requests.get(id)
    this.#requests.delete(id)
    return pending
  }

  underWay(): IterableIterator<PendingRequest> {
    return this.#requests.values()
  }

  inFlight(name: RequestName): boolean {
    return [...this.#requests.values()].some(pending => pending.name === name)
  }
}
