/**
 * The node: `handle(input, now)` gives effects. No promise, clock, random number, socket or database inside; three drivers run this very class (tab, server,
 * simulator), so what the simulator proves is about the code in the tab.
 *
 * Who owns what: the block tree owns blocks and states, `RankedRounds` the round records and promises, the mempool what waits, `PeerBook` what peers said.
 * NodeCore moves verified facts into them, asks the rules what may happen now, and turns that into effects until nothing more fires.
 */
import { membershipIntent } from '../agent/membership'
import { plotIntent } from '../agent/plotting'
import { equalBytes, toHex } from '../core/bytes'
import { hashBytesOf, rootEntry } from '../core/chain/blockTree'
import type { BlockEntry, BlockTree } from '../core/chain/blockTree'
import { buildBlock } from '../core/chain/execute'
import type { ChainRules } from '../core/chain/execute'
import { Mempool } from '../core/chain/mempool'
import { decode, encode } from '../core/codec'
import { RankedRounds } from '../core/consensus/rankedRounds'
import type { ConsensusAction, RankedRoundsOptions } from '../core/consensus/rankedRounds'
import { epochOf } from '../core/consensus/validatorSet'
import type { VoteOutcome, VoteRow } from '../core/consensus/voteGuard'
import type { Signer } from '../core/crypto/ed25519'
import { ECVRF } from '../core/crypto/vrfScheme'
import type { Turn } from '../core/families/family'
import { familiesOf } from '../core/families/registry'
import { plotRoot } from '../core/families/spacetime/plot'
import { HEIGHT_WINDOW, MAX_BODY_REQUEST, MAX_ORPHANS, MAX_RANGE_BLOCKS, MAX_REQUESTS, MAX_SUBMIT_TRANSACTIONS, MAX_VALIDATORS } from '../core/limits'
import { assert, fail, ok } from '../core/result'
import type { Failure, Result } from '../core/result'
import { AGENT_ACTIVE, Certificate, EvidencePayload, ReanchorPayload, VOTE_FINALISE, VOTE_NOTARISE, VoteEvidencePayload } from '../core/schema'
import type { AgentRecord, Announce, Genesis, Header, Opinion, Presence, RangeReply, Transaction, Vote } from '../core/schema'
import { blockHash, networkIdOf, presenceBytes, proposalBytes, signTransaction, signVote, transactionId, transactionRoot } from '../core/signing'
import {
  checkTransaction,
  TX_EVIDENCE,
  TX_HEARTBEAT,
  TX_LEAVE,
  TX_PLOT,
  TX_PRODUCER,
  TX_REANCHOR,
  TX_REGISTER,
  TX_VOTE_EVIDENCE
} from '../core/state/transactions'
import type { WorldState } from '../core/state/worldState'
import { statedIn } from '../core/taste/opinion'
import type { Personality } from '../core/taste/personalities'
import { encodeMessage, PROTOCOL_MAJOR } from '../core/wire'
import type { MessageOf } from '../core/wire'
import { announceOf, bodies, storedBlock, unfinalised } from './answers'
import { ClaimLedger } from './claimLedger'
import type { ClaimReceipt } from './claimLedger'
import { Critic } from './critic'
import type { CoreEvent, Effect, GossipName, Input, Intent, ReplyName, RequestName } from './messages'
import type { OpinionBook } from './opinionBook'
import { evidencePayload, payloadOf } from './payloads'
import { PeerBook } from './peerBook'
import type { CommitBatch, PeerId, Stored, StoredBlock, Topic } from './ports'
import { ProofOfSync } from './proofOfSync'
import type { SyncFacts } from './proofOfSync'
import { DamagedStore, restoreTree } from './restore'

/** Final blocks between two stored snapshots: replaying so many at a start takes well under a second. */
export const SNAPSHOT_EVERY = 64
/** Slots between two questions "what do you know above my final block?" while the round does not end. */
const ASK_EVERY_SLOTS = 2
/** Peers asked at once. Two, so that one liar cannot keep a node in the dark. */
const ASK_PEERS = 2
/** Slots between two presence messages. */
const PRESENCE_SLOTS = 2
/** Slots after which a validator that was not heard from counts as absent. */
const ABSENT_AFTER_SLOTS = 5
/** Block intervals after which own transactions that are still waiting are handed to a peer directly. */
const RESUBMIT_INTERVALS = 2
/** Tentative heights that an anchor makes final at most; less than a range reply holds. */
const MAX_ANCHOR_DEPTH = 48
/** The transaction behind each step of membership. */
const MEMBERSHIP_KINDS = { register: TX_REGISTER, heartbeat: TX_HEARTBEAT, produce: TX_PRODUCER }
/** Heights above the final block from which on a heartbeat names a tentative one. */
const HEARTBEAT_LAG = 4
/** Passes of the rules within one `handle`; more would be a loop that never settles. */
const MAX_PASSES = 1000

export interface NodeOptions {
  genesis: Genesis
  signer: Signer
  /** Name to register under; null: do not register by itself. */
  name: string | null
  /** R8 where the family in force gives personalities no say: for the simulator. */
  taste?: RankedRoundsOptions['taste']
  /** R8 where it does: judges the blocks of others, says so, and delays this node's own votes; left out: neither. */
  personality?: Personality
  /** For the simulator: other rules in the place of the real ones, a cheaper random function, results shared by all nodes of the process. */
  rounds?: typeof RankedRounds
  rules?: Partial<Pick<ChainRules, 'familyOf' | 'vrf' | 'executions'>>
}

interface Orphan {
  announce: Announce
  hash: Uint8Array
  from: PeerId
}

type Pending = { name: RequestName; to: PeerId; hashes: string[] }

export class NodeCore {
  readonly rules: ChainRules
  readonly tree: BlockTree
  readonly rounds: RankedRounds
  readonly mempool = new Mempool()
  readonly peers = new PeerBook()
  /** May this node use its turns? Only where the family in force asks. */
  readonly sync = new ProofOfSync()
  /** What became of its turns. */
  readonly claims = new ClaimLedger()
  readonly publicKey: Uint8Array
  readonly networkId: Uint8Array
  readonly #signer: Signer
  readonly #critic: Critic
  readonly #name: string | null
  readonly #orphans = new Map<string, Orphan>()
  readonly #requests = new Map<number, Pending>()
  readonly #proposals = new Map<string, BlockEntry>()
  /** When each validator was last heard from, this node's clock. */
  readonly #heard = new Map<string, number>()
  #effects: Effect[] = []
  #nextRequest = 1
  #head: BlockEntry
  #leaving = false
  /** The person has asked for no turns, where producers have to ask; until the next start. */
  #resting = false
  #stalled = false
  #syncTarget = 0
  #askAt = 0
  #presenceAt = 0
  #resubmitAt = 0
  #storedBlocks = new Set<string>()
  #snapshotHeight = 0
  /** The round whose turn has been told. */
  #turnTold = 0
  /** When upkeep is due next, this node's clock. */
  #touchAt = 0
  /** The time of the newest input, this node's clock. */
  #now: number
  /** The newest anchor that holds here, its block, and one whose block is not here yet. */
  #anchor: Transaction | null = null
  #anchored: string | null = null
  #pendingAnchor: Transaction | null = null
  /** The last range held no certificate within the sets that are known here. */
  #asksFar = false

  /**
   * @param stored what the store held, or null for a first start
   * @returns `damaged-store` when the stored chain does not hold together: erase it and start anew
   */
  static open(options: NodeOptions, stored: Stored | null, now: number): Result<NodeCore> {
    try {
      return ok(new NodeCore(options, stored, now))
    } catch (error) {
      if (error instanceof DamagedStore) return fail('damaged-store', error.message)
      throw error
    }
  }

  private constructor(options: NodeOptions, stored: Stored | null, now: number) {
    const { genesis, signer } = options
    this.#now = now
    this.#signer = signer
    this.#name = options.name
    this.publicKey = signer.publicKey
    this.networkId = networkIdOf(genesis)
    this.rules = { genesis, networkId: this.networkId, familyOf: familiesOf(genesis), vrf: ECVRF, ...options.rules }
    this.tree = restoreTree(this.rules, stored)
    const Rounds = options.rounds ?? RankedRounds
    const mayPropose = (parent: BlockEntry): boolean => this.rules.familyOf(parent.state!).gate === undefined || (this.sync.latest?.eligible ?? false)
    this.#critic = new Critic(
      { tree: this.tree, mempool: this.mempool, networkId: this.networkId, signer, stalled: () => this.#stalled },
      options.personality ?? null
    )
    const taste = (header: Header): number => this.#critic.slotsFor(header) ?? options.taste?.(header) ?? 0
    this.rounds = new Rounds(this.tree, { self: signer.publicKey, mayPropose, taste }, now)
    this.#head = this.tree.final
    this.#snapshotHeight = stored?.snapshot?.height ?? 0
    for (const block of stored?.blocks ?? []) this.#storedBlocks.add(block.hash)
    this.#restorePromises(stored)
  }

  #restorePromises(stored: Stored | null): void {
    for (const { bytes } of stored?.certificates ?? []) {
      const certificate = decode(Certificate, bytes)
      if (certificate.ok) this.rounds.restoreCertificate(certificate.value)
    }
    for (const row of stored?.votes ?? []) {
      if (row.height <= this.tree.final.height) continue
      this.rounds.restore(row)
      if (row.kind !== 'propose' && this.rounds.isValidator(row.height)) this.#signAndCount(row)
    }
  }

  // ------------------------------------------------------------------------------------------------------------------ looking

  get genesis(): Genesis {
    return this.rules.genesis
  }

  head(): BlockEntry {
    return this.#head
  }

  /** When something happened here last, this node's clock. */
  get now(): number {
    return this.#now
  }

  /** R8: what validators think of recent blocks. */
  get opinions(): OpinionBook {
    return this.#critic.opinions
  }

  /** The registry as of the head. */
  agent(publicKey: Uint8Array): AgentRecord | null {
    return this.#head.state?.agent(publicKey) ?? null
  }

  /** Has this agent a turn on the head, now or later in the round? */
  hasTurn(): boolean {
    return this.#head.state !== null && this.rounds.turnOn(this.#head) !== null
  }

  get stalled(): boolean {
    return this.#stalled
  }

  get syncTarget(): number {
    return this.#syncTarget
  }

  get leaving(): boolean {
    return this.#leaving
  }

  /** Registered weight of the round's set, and how much of it was heard from lately (this node included). */
  presence(now: number): { weight: number; present: number; validators: number } {
    const set = this.rounds.setAt(this.rounds.round)
    if (set === null) return { weight: 0, present: 0, validators: 0 }
    const since = now - ABSENT_AFTER_SLOTS * this.rounds.slotMs - this.rounds.intervalMs
    let present = 0
    for (const [voter, weight] of set.weights) if (voter === toHex(this.publicKey) || (this.#heard.get(voter) ?? -Infinity) >= since) present += weight
    return { weight: set.total, present, validators: set.weights.size }
  }

  get orphanCount(): number {
    return this.#orphans.size
  }

  get requestCount(): number {
    return this.#requests.size
  }

  heardAt(publicKey: string): number | null {
    return this.#heard.get(publicKey) ?? null
  }

  // ----------------------------------------------------------------------------------------------------------------- handling

  handle(input: Input, now: number): Effect[] {
    this.#now = now
    this.#effects = []
    this.#take(input, now)
    this.#observe(now)
    this.#settle(now)
    const effects = this.#effects
    this.#effects = []
    return effects
  }

  #take(input: Input, now: number): void {
    switch (input.type) {
      case 'tick':
        this.#touchAt = 0
        return
      case 'gossip':
        return this.#verdict(this.#takeGossip(input.message, input.from, now))
      case 'request':
        return this.#answer(input.id, input.message)
      case 'reply':
        this.#touchAt = 0
        return this.#takeReply(input.id, input.from, input.result, now)
      case 'links':
        this.#touchAt = 0
        return this.#takeLinks(input.peers)
      case 'stored':
        this.rounds.touch()
        return this.#takeStored(input.row, input.outcome, now)
      case 'submit':
        this.#effects.push({ type: 'submitted', id: input.id, result: this.#submit(input.intent, now) })
    }
  }

  #verdict(failure: Failure | null): void {
    if (failure === null || failure.code === 'orphan') this.#effects.push({ type: 'verdict', verdict: 'accept', code: 'ok' })
    else this.#effects.push({ type: 'verdict', verdict: 'ignore', code: failure.code })
  }

  #event(event: CoreEvent): void {
    this.#effects.push({ type: 'event', event })
  }

  // ---------------------------------------------------------------------------------------------------------- facts from peers

  #takeGossip(message: MessageOf<GossipName>, from: PeerId, now: number): Failure | null {
    switch (message.kind) {
      case 'announce':
        return this.#takeAnnounce(message.value, from, now)
      case 'vote':
        return this.#takeVote(message.value, now)
      case 'transaction':
        return message.value.kind === TX_REANCHOR ? this.#takeAnchor(message.value, now) : this.#takeTransaction(message.value)
      case 'certificate':
        return this.rounds.addCertificate(message.value)
      case 'presence':
        return this.#takePresence(message.value, now)
      case 'opinion':
        return this.#takeOpinion(message.value)
    }
  }

  #takeVote(vote: Vote, now: number): Failure | null {
    const failure = this.rounds.addVote(vote)
    if (failure === null || failure.code === 'duplicate') this.#heard.set(toHex(vote.voter), now)
    return failure
  }

  #takeOpinion(opinion: Opinion): Failure | null {
    const failure = this.#critic.take(opinion)
    if (failure === null) this.#event({ kind: 'opinion', height: opinion.height, hash: toHex(opinion.hash), judge: opinion.agent, opinion: statedIn(opinion) })
    return failure
  }

  /** What this node has just come to think of blocks. Others may hear it; no rule waits for it. */
  #speakOut(): void {
    for (const opinion of this.#critic.unsaid()) if (this.#takeOpinion(opinion) === null) this.#publish('presence', 'opinion', opinion)
  }

  #takePresence(presence: Presence, now: number): Failure | null {
    if (this.agent(presence.sender) === null) return fail('unknown-sender')
    const key = toHex(presence.sender)
    if (this.rounds.setAt(this.rounds.round)?.weights.has(key)) this.#heard.set(key, now)
    this.peers.notePresence(presence, this.tree.final.height)
    if (presence.finalHeight > this.tree.final.height + 1) this.#touchAt = 0
    return null
  }

  #takeAnnounce(announce: Announce, from: PeerId, now: number): Failure | null {
    const { header } = announce
    for (const certificate of announce.parentCertificate) this.rounds.addCertificate(certificate)
    if (header.height <= this.tree.final.height) return fail('below-final')
    if (header.height > this.tree.final.height + HEIGHT_WINDOW) return fail('above-window')
    const hash = blockHash(this.networkId, header)
    const body = announce.body[0]
    const known = this.tree.get(toHex(hash))
    if (known !== undefined && (known.transactions !== null || body === undefined)) return fail('duplicate')
    if (body !== undefined && !equalBytes(transactionRoot(body), header.txRoot)) return fail('bad-transaction-root')
    const added = this.tree.add(hash, header, announce.signature, body ?? null, now, this.rounds.isCertified(header.height, toHex(hash)))
    if (!added.ok) {
      if (added.code !== 'unknown-parent') return added
      return this.#keepOrphan({ announce, hash, from })
    }
    if (known === undefined) this.#blockAdded(added.value, from, now)
    this.rounds.touch()
    this.#findAnchor(added.value, now)
    return null
  }

  #keepOrphan(orphan: Orphan): Failure {
    const key = toHex(orphan.hash)
    if (this.#orphans.has(key)) return fail('duplicate')
    if (this.#orphans.size >= MAX_ORPHANS) this.#orphans.delete(this.#orphans.keys().next().value!)
    this.#orphans.set(key, orphan)
    return fail('orphan')
  }

  #blockAdded(entry: BlockEntry, from: PeerId, now: number): void {
    this.rounds.noteBlock(entry)
    // A block that comes late, by catching up, does not say that its maker is here now.
    this.#heard.set(toHex(entry.header.proposer), Math.max(this.#heard.get(toHex(entry.header.proposer)) ?? 0, Math.min(now, entry.header.timestamp)))
    for (const [key, orphan] of this.#orphans) {
      if (toHex(orphan.announce.header.parent) !== entry.hash) continue
      this.#orphans.delete(key)
      this.#takeAnnounce(orphan.announce, from, now)
    }
  }

  // ------------------------------------------------------------------------------------------------------------------ anchors

  /** A block may carry the authority's anchor of its own parent: that decides which votes for it count. */
  #findAnchor(entry: BlockEntry, now: number): void {
    const anchor = entry.transactions?.find(({ kind }) => kind === TX_REANCHOR)
    if (anchor !== undefined) this.#takeAnchor(anchor, now)
  }

  /**
   * PROTOCOL "Without a quorum": the authority of the genesis, and nobody else, may declare a block final and name who validates after it. A node whose own final block
   * is not below the anchored one refuses: what was final here stays.
   */
  #takeAnchor(transaction: Transaction, now: number): Failure | null {
    const payload = decode(ReanchorPayload, transaction.payload)
    if (!payload.ok) return payload
    if (!equalBytes(transaction.sender, this.genesis.authority)) return fail('not-authority')
    const { height, hash, validators } = payload.value
    const key = toHex(hash)
    if (this.#anchored === key) return null
    if (height < this.tree.final.height) return fail('below-final')
    const entry = this.tree.get(key)
    if (entry === undefined || this.tree.stateOf(entry) === null) {
      this.#pendingAnchor = transaction
      return fail('unknown-parent')
    }
    if (!this.tree.isAncestor(this.tree.final, entry)) {
      this.#event({ kind: 'anchor-refused', height, hash: key })
      return fail('conflicts-with-final', 'the anchored block does not descend from what is final here')
    }
    this.#anchored = key
    this.#pendingAnchor = null
    const id = toHex(transactionId(transaction))
    this.#anchor = transaction
    this.rounds.anchor(
      entry,
      validators,
      block => (block.transactions ?? []).some(other => other.kind === TX_REANCHOR && toHex(transactionId(other)) === id),
      now
    )
    this.#touchAt = 0
    this.#event({ kind: 'anchored', height, hash: key, validators: validators.length })
    return null
  }

  /** The authority's deliberate act: its own head becomes final, and those who were heard from lately validate from there on. */
  #composeAnchor(now: number): Result<Transaction> {
    if (!equalBytes(this.publicKey, this.genesis.authority)) return fail('not-authority', 'only the key that opened this network can do that')
    let head = this.#head
    // Who catches up later gets the tentative stretch and the certificate after it in one reply.
    while (head.height > this.tree.final.height + MAX_ANCHOR_DEPTH) head = this.tree.get(head.parent)!
    const state = head.state
    assert(state !== null, 'the head has been executed')
    const own = state.agent(this.publicKey)
    if (own === null || head.height === 0) return fail('too-early', 'there is no block yet')
    const since = now - ABSENT_AFTER_SLOTS * this.rounds.slotMs - this.rounds.intervalMs
    const present = state.agents().filter(({ status, publicKey }) => {
      if (status !== AGENT_ACTIVE) return false
      return equalBytes(publicKey, this.publicKey) || (this.#heard.get(toHex(publicKey)) ?? -Infinity) >= since
    })
    const validators = present.slice(0, MAX_VALIDATORS).map(({ publicKey }) => ({ publicKey, weight: 1 }))
    const payload = encode(ReanchorPayload, { height: head.height, hash: head.hashBytes, validators })
    return ok(signTransaction(this.networkId, { kind: TX_REANCHOR, sender: this.publicKey, nonce: own.nonce, fee: 0n, payload }, this.#signer))
  }

  /** @returns why it does not wait in the mempool now, or null */
  #takeTransaction(transaction: Transaction): Failure | null {
    const head = this.#head.state
    assert(head !== null, 'the head has been executed')
    const failure = checkTransaction({ state: head.edit(), height: head.height + 1, genesis: this.genesis, networkId: this.networkId }, transaction)
    const waitsForOthers = failure?.code === 'nonce-gap' || (failure?.code === 'unknown-sender' && this.mempool.of(transaction.sender).length > 0)
    if (failure !== null && !waitsForOthers) return failure
    return this.mempool.add(transaction)
  }

  // -------------------------------------------------------------------------------------------------------- requests and replies

  #takeLinks(peers: readonly PeerId[]): void {
    for (const peer of this.peers.replaceLinks(peers)) this.#request(peer, 'helloRequest', this.#hello())
    this.#askAt = 0
    this.#resubmitAt = 0
  }

  #hello() {
    const { final } = this.tree
    return {
      protocolMajor: PROTOCOL_MAJOR,
      networkId: this.networkId,
      publicKey: this.publicKey,
      height: this.#head.height,
      finalHeight: final.height,
      finalHash: final.hashBytes
    }
  }

  #request<N extends RequestName>(to: PeerId, name: N, value: MessageOf<N>['value'], hashes: string[] = []): boolean {
    if (this.#requests.size >= MAX_REQUESTS) return false
    const id = this.#nextRequest++
    this.#requests.set(id, { name, to, hashes })
    this.#effects.push({ type: 'request', id, to, name, bytes: encodeMessage(name, value) })
    return true
  }

  #inFlight(name: RequestName): boolean {
    return [...this.#requests.values()].some(pending => pending.name === name)
  }

  #answer(id: number, message: MessageOf<RequestName>): void {
    const reply = <N extends ReplyName>(name: N, value: MessageOf<N>['value']): void => {
      this.#effects.push({ type: 'reply', id, bytes: encodeMessage(name, value) })
    }
    switch (message.kind) {
      case 'helloRequest':
        return reply('helloReply', this.#hello())
      case 'bodiesRequest': {
        const found = message.value.hashes.map(hash => this.tree.get(toHex(hash)))
        return reply('bodiesReply', { blocks: bodies(found) })
      }
      case 'rangeRequest':
        this.#effects.push({ type: 'serveRange', id, from: message.value.from, count: Math.min(message.value.count, MAX_RANGE_BLOCKS) })
        return
      case 'roundsRequest':
        return reply('roundsReply', unfinalised(this.tree, this.rounds, message.value.from, Math.max(this.rounds.round, this.#head.height + 1)))
      case 'genesisRequest':
        return reply('genesisReply', { genesis: equalBytes(message.value.networkId, this.networkId) ? [this.genesis] : [] })
      case 'submitRequest': {
        let accepted = 0
        for (const transaction of message.value.transactions) {
          if (this.#takeTransaction(transaction) !== null) continue
          accepted++
          this.#publish('tx', 'transaction', transaction)
        }
        return reply('submitReply', { accepted })
      }
    }
  }

  #takeReply(id: number, from: PeerId, result: Result<MessageOf<ReplyName>>, now: number): void {
    const pending = this.#requests.get(id)
    if (pending === undefined) return
    this.#requests.delete(id)
    if (!result.ok) {
      this.peers.noteFailure(pending.to)
      if (result.code === 'bad-reply') this.#effects.push({ type: 'penalise', peer: from, reason: result.detail })
      return
    }
    this.peers.noteSuccess(pending.to)
    const { kind, value } = result.value
    switch (kind) {
      case 'helloReply':
        if (value.protocolMajor === PROTOCOL_MAJOR && equalBytes(value.networkId, this.networkId)) this.peers.noteHello(from, value, this.tree.final.height)
        return
      case 'bodiesReply':
        for (const block of value.blocks)
          this.#takeAnnounce({ header: block.header, signature: block.signature, parentCertificate: [], body: [block.transactions] }, from, now)
        return
      case 'roundsReply':
        for (const certificate of value.certificates) this.rounds.addCertificate(certificate)
        for (const announce of value.announces) this.#takeAnnounce(announce, from, now)
        for (const vote of value.votes) this.#takeVote(vote, now)
        return
      case 'rangeReply':
        return this.#takeRange(value, from, now)
      default:
        return
    }
  }

  /** Final blocks of a peer: the certificate is checked under the set that this node knows, then the links back to our own final block, then all is executed. */
  #takeRange(reply: RangeReply, from: PeerId, now: number): void {
    const refuse = (reason: string): void => {
      this.peers.noteClaim(from, false)
      this.#effects.push({ type: 'penalise', peer: from, reason })
    }
    const certificate = reply.certificate[0]
    const last = reply.blocks.at(-1)
    if (certificate === undefined || last === undefined) {
      // Where a tentative stretch was anchored there is no certificate for a while: the next question reaches further.
      this.#asksFar = !this.#asksFar
      return this.peers.noteClaim(from, false)
    }
    this.#asksFar = false
    const hashes = reply.blocks.map(block => blockHash(this.networkId, block.header))
    if (certificate.kind !== VOTE_FINALISE || !equalBytes(certificate.hash, hashes.at(-1)!)) return refuse('range without its certificate')
    for (let i = 1; i < reply.blocks.length; i++) if (!equalBytes(reply.blocks[i]!.header.parent, hashes[i - 1]!)) return refuse('range is not a chain')
    if (certificate.height <= this.tree.final.height) return
    this.peers.noteClaim(from, true)
    // An anchor on the way changes the set that the certificate is judged by.
    if (reply.blocks.some(({ transactions }) => transactions.some(({ kind, sender }) => kind === TX_REANCHOR && equalBytes(sender, this.genesis.authority)))) {
      for (const block of reply.blocks)
        this.#takeAnnounce({ header: block.header, signature: block.signature, parentCertificate: [], body: [block.transactions] }, from, now)
    }
    const failure = this.rounds.addCertificate(certificate)
    if (failure !== null && failure.code !== 'duplicate' && failure.code !== 'below-final') return refuse(failure.code)
    for (const block of reply.blocks) {
      this.#takeAnnounce({ header: block.header, signature: block.signature, parentCertificate: [], body: [block.transactions] }, from, now)
    }
  }

  // ---------------------------------------------------------------------------------------------------------------- promises

  #takeStored(row: VoteRow, outcome: VoteOutcome | null, now: number): void {
    const proposal = this.#proposals.get(row.hash)
    this.#proposals.delete(row.hash)
    if (outcome === null || !outcome.ok) {
      const code = outcome?.code ?? 'store-failed'
      if (row.kind === 'propose') this.#tellOfClaim(this.claims.clearClaim(row.height, row.parent, 'failed', code))
      return this.#event({ kind: 'abstained', height: row.height, code })
    }
    if (row.height <= this.tree.final.height) return
    this.#storedBlocks.add(row.hash)
    if (row.kind !== 'propose') return this.#publish('vote', 'vote', this.#signAndCount(row))
    if (proposal === undefined) return
    const added = this.tree.add(proposal.hashBytes, proposal.header, proposal.signature, proposal.transactions, now)
    if (!added.ok) return
    this.tree.adoptState(added.value, proposal.state!)
    this.#blockAdded(added.value, '', now)
    this.#publish('announce', 'announce', announceOf(this.tree, this.rounds, added.value))
    this.#event({ kind: 'proposed', height: row.height, hash: row.hash, tentative: row.height > this.rounds.round })
    this.#tellOfClaim(this.claims.markProduced(row.height, row.parent, row.hash), proposal.transactions?.length)
  }

  #signAndCount(row: VoteRow): Vote {
    const kind = row.kind === 'finalise' ? VOTE_FINALISE : VOTE_NOTARISE
    const vote = signVote(this.networkId, { kind, height: row.height, hash: hashBytesOf(row.hash) }, this.#signer)
    this.rounds.addVote(vote)
    return vote
  }

  #publish<N extends GossipName>(topic: Topic, name: N, value: MessageOf<N>['value']): void {
    this.#effects.push({ type: 'publish', topic, bytes: encodeMessage(name, value) })
  }

  // ------------------------------------------------------------------------------------------------------------ own transactions

  #submit(intent: Intent, now: number): Result<{ id: string }> {
    if (intent.kind === 'reanchor') return this.#submitAnchor(now)
    if (intent.kind === 'leave') this.#leaving = true
    if (intent.kind === 'heartbeat' || intent.kind === 'register') this.#leaving = false
    if (intent.kind === 'produce') this.#resting = !intent.on
    const transaction = this.#compose(intent)
    if (!transaction.ok) return transaction
    const failure = this.#takeTransaction(transaction.value)
    if (failure !== null) return failure
    this.#publish('tx', 'transaction', transaction.value)
    this.#resubmitAt = now + RESUBMIT_INTERVALS * this.rounds.intervalMs
    return ok({ id: toHex(transactionId(transaction.value)) })
  }

  #submitAnchor(now: number): Result<{ id: string }> {
    const transaction = this.#composeAnchor(now)
    if (!transaction.ok) return transaction
    const failure = this.#takeAnchor(transaction.value, now)
    if (failure !== null) return failure
    this.#publish('tx', 'transaction', transaction.value)
    return ok({ id: toHex(transactionId(transaction.value)) })
  }

  #compose(intent: Exclude<Intent, { kind: 'reanchor' }>): Result<Transaction> {
    const { epochLength, lookahead } = this.genesis
    // One epoch to spare, for the transaction may wait for its block.
    const payload = payloadOf(intent, this.#vouchedFor(), epochOf(this.#head.height + 1, epochLength) + lookahead + 2)
    return payload.ok ? ok(this.#sign(payload.value.kind, intent.kind === 'transfer' ? intent.fee : 0n, payload.value.bytes)) : payload
  }

  /** What a heartbeat names: the final block, and on a long tentative chain a block two below the head, for the final one is too old there. */
  #vouchedFor(): BlockEntry {
    const { final } = this.tree
    if (this.#head.height <= final.height + HEARTBEAT_LAG) return final
    const parent = this.tree.get(this.#head.parent)
    return (parent === undefined ? undefined : this.tree.get(parent.parent)) ?? final
  }

  #sign(kind: number, fee: bigint, payload: Uint8Array): Transaction {
    const nonce = this.mempool.nextNonce(this.publicKey, this.agent(this.publicKey)?.nonce ?? 0)
    return signTransaction(this.networkId, { kind, sender: this.publicKey, nonce, fee, payload }, this.#signer)
  }

  /** F-12: two blocks by one proposer on one parent cost it its seat. Whoever sees them reports them; the chain takes the first report. */
  #reportEvidence(first: BlockEntry, second: BlockEntry): void {
    this.#critic.noteCaught(first.header.proposer)
    this.#event({ kind: 'evidence', height: first.height, hash: first.hash, proposer: first.header.proposer })
    if (this.agent(this.publicKey)?.status !== AGENT_ACTIVE || equalBytes(first.header.proposer, this.publicKey)) return
    this.#accuse(TX_EVIDENCE, evidencePayload(first, second))
  }

  /** R5: two votes that contradict each other. */
  #reportVotes(first: Vote, second: Vote): void {
    this.#critic.noteCaught(first.voter)
    this.#event({ kind: 'evidence', height: first.height, hash: toHex(first.hash), proposer: first.voter })
    if (this.agent(this.publicKey)?.status !== AGENT_ACTIVE || equalBytes(first.voter, this.publicKey)) return
    this.#accuse(TX_VOTE_EVIDENCE, encode(VoteEvidencePayload, { first, second }))
  }

  #accuse(kind: number, payload: Uint8Array): void {
    // One at a time: the second report against one liar would be void, and a void transaction blocks the nonces behind it.
    if (this.mempool.of(this.publicKey).some(other => other.kind === TX_EVIDENCE || other.kind === TX_VOTE_EVIDENCE)) return
    const transaction = this.#sign(kind, 0n, payload)
    if (this.#takeTransaction(transaction) === null) this.#publish('tx', 'transaction', transaction)
  }

  // --------------------------------------------------------------------------------------------------------------- settling

  /** Most messages are votes that complete nothing: then neither the rules nor the upkeep have anything to do. */
  #settle(now: number): void {
    if (!this.rounds.isDue(now)) {
      if (now >= this.#touchAt) this.#touch(now, this.rounds.advance(now).wakeAt)
      return
    }
    let advanced = this.rounds.advance(now)
    for (let pass = 0; advanced.actions.length > 0; pass++) {
      assert(pass < MAX_PASSES, 'the rules settle')
      for (const action of advanced.actions) this.#perform(action, now)
      advanced = this.rounds.advance(now)
    }
    if (this.#pendingAnchor !== null) this.#takeAnchor(this.#pendingAnchor, now)
    this.#speakOut()
    this.#followHead(now)
    this.#tellOfTurn(now)
    this.#touch(now, advanced.wakeAt)
  }

  // ----------------------------------------------------------------------------------------------------------- proof of sync

  #observe(now: number): void {
    if (!this.sync.isDue(now)) return
    const changed = this.sync.observe(this.rounds.family.gate, () => this.syncFacts(), now)
    if (changed !== null) this.#event({ kind: 'sync-state', snapshot: changed })
  }

  /** How this node stands to its peers now. */
  syncFacts(): SyncFacts {
    const { round } = this.rounds
    return {
      localHeight: this.#head.height,
      tipHash: this.#head.hash,
      leads: this.peers.leads(this.tree.final.height),
      solo: this.rounds.setAt(round)?.weights.size === 1 && this.rounds.isValidator(round)
    }
  }

  /** V120, V121: once a round, where turns have to be earned. */
  #tellOfTurn(now: number): void {
    const { round } = this.rounds
    const parent = this.#turnTold === round || this.sync.latest === null ? undefined : this.rounds.notarisedAt(round - 1)[0]
    const state = parent?.state
    if (parent === undefined || state == null) return
    this.#turnTold = round
    const turn = this.rounds.turnOn(parent)
    if (turn === null) return
    const family = this.rules.familyOf(state)
    const clock = { start: this.rounds.startOf(parent), anchor: state.timestamp + state.config.blockIntervalMs, slotMs: this.rounds.slotMs }
    this.#event({ kind: 'turn', height: round, rank: turn.rank, waitMs: Math.max(0, family.proposalTime(state, turn, this.publicKey, clock) - now) })
  }

  #tellOfClaim(receipt: ClaimReceipt | null, transactions: number | null = null): void {
    if (receipt !== null && this.sync.latest !== null) this.#event({ kind: 'claim', receipt, transactions })
  }

  #touch(now: number, rulesAt: number): void {
    this.#keepMembership(now)
    this.#touchAt = this.#keepInTouch(now)
    this.#effects.push({ type: 'wake', at: Math.min(rulesAt, this.#touchAt, this.sync.wakeAt) })
  }

  #perform(action: ConsensusAction, now: number): void {
    switch (action.do) {
      case 'propose':
        return this.#propose(action.parent, action.turn, now)
      case 'store':
        if (action.row.kind === 'finalise') this.#keepProof(action.entry)
        return void this.#effects.push({ type: 'store', row: action.row, blocks: this.#unstored(action.entry) })
      case 'notarised':
        return this.#event({
          kind: 'notarised',
          height: action.entry.height,
          hash: action.entry.hash,
          rank: action.entry.header.rank,
          proposer: action.entry.header.proposer
        })
      case 'evidence':
        return this.#reportEvidence(action.first, action.second)
      case 'voteEvidence':
        return this.#reportVotes(action.first, action.second)
      case 'finalised':
        return this.#finalised(action.finals, action.stale, action.certificate)
    }
  }

  /**
   * The certificate that ended the round goes to the disk before the promise to finalise. A crash in between would leave a validator that may not notarise at that height
   * any more and cannot show why; with a liar's vote in the certificate, nobody else could complete it, and the height would be lost for ever.
   */
  #keepProof({ height, hash }: BlockEntry): void {
    const proof = this.rounds.peek(height)?.notarisations.get(hash)
    if (proof === undefined) return
    const certificates = [{ kind: 'notarise' as const, height, hash, bytes: encode(Certificate, proof) }]
    this.#effects.push({ type: 'commit', batch: { blocks: [], certificates, final: null, snapshot: null, pruneBelow: 0, removeBlocks: [] } })
  }

  #unstored(entry: BlockEntry): StoredBlock[] {
    return this.#storedBlocks.has(entry.hash) ? [] : [storedBlock(entry)]
  }

  #propose(parent: BlockEntry, turn: Turn, now: number): void {
    const state = parent.state
    assert(state !== null, 'a parent to build on has been executed')
    // V047: the receipt comes before the block.
    const place = { height: parent.height + 1, tipHash: parent.hash }
    if (!this.claims.recordClaim({ ...place, winnerId: toHex(this.publicKey), claimedAt: now, slotIndex: turn.rank })) return
    this.#tellOfClaim(this.claims.recent(1)[0] ?? null)
    const timestamp = this.rules.familyOf(state).timestamp(state, turn, now)
    const waiting = this.#anchor === null ? this.mempool.ordered() : [this.#anchor, ...this.mempool.ordered()]
    const built = buildBlock(this.rules, state, parent.hashBytes, this.#signer, turn, timestamp, waiting)
    const hash = blockHash(this.networkId, built.header)
    const signature = this.#signer.sign(proposalBytes(this.networkId, hash))
    const entry = { ...rootEntry(hash, built.header, built.state, signature, built.transactions), seenAt: now }
    this.#proposals.set(entry.hash, entry)
    this.#effects.push({ type: 'store', row: { kind: 'propose', height: entry.height, hash: entry.hash, parent: entry.parent }, blocks: [storedBlock(entry)] })
  }

  #finalised(finals: BlockEntry[], stale: BlockEntry[], certificate: Certificate | null): void {
    const state = this.tree.final.state
    assert(state !== null, 'a final block has been executed')
    for (const entry of finals) {
      const { height, hash, header } = entry
      this.#event({ kind: 'final', height, hash, rank: header.rank, proposer: header.proposer, transactions: entry.transactions?.length ?? 0 })
      this.#tellOfMembers(entry)
    }
    const settled = this.claims.settle(finals.map(({ height, hash, parent, header }) => ({ height, hash, parent, rank: header.rank })))
    for (const receipt of settled) this.#tellOfClaim(receipt)
    for (const entry of stale) for (const transaction of entry.transactions ?? []) this.#takeTransaction(transaction)
    this.#pruneMempool(state)
    this.#critic.forget(state.height)
    this.#effects.push({ type: 'commit', batch: this.#batch(finals, stale, certificate, state) })
    for (const key of [...this.#orphans.keys()]) if (this.#orphans.get(key)!.announce.header.height <= this.tree.final.height) this.#orphans.delete(key)
  }

  /** Drops what is included, and what can never be: a transaction whose turn it is and that the final state refuses would block all behind it. */
  #pruneMempool(state: WorldState): void {
    const context = { state: state.edit(), height: state.height + 1, genesis: this.genesis, networkId: this.networkId }
    this.mempool.prune(transaction => {
      const next = state.agent(transaction.sender)?.nonce ?? 0
      return next > transaction.nonce || (next === transaction.nonce && checkTransaction(context, transaction) !== null)
    })
  }

  #batch(finals: BlockEntry[], stale: BlockEntry[], certificate: Certificate | null, state: WorldState): CommitBatch {
    const { height, hash } = this.tree.final
    const due = height >= this.#snapshotHeight + SNAPSHOT_EVERY
    if (due) this.#snapshotHeight = height
    const certificates = [
      ...(certificate === null ? [] : [certificate]),
      ...finals.flatMap(entry => this.rounds.peek(entry.height)?.notarisations.get(entry.hash) ?? [])
    ]
    const batch: CommitBatch = {
      blocks: finals.filter(entry => !this.#storedBlocks.has(entry.hash)).map(storedBlock),
      certificates: certificates.map(proof => ({
        kind: proof.kind === VOTE_FINALISE ? ('finalise' as const) : ('notarise' as const),
        height: proof.height,
        hash: toHex(proof.hash),
        bytes: encode(Certificate, proof)
      })),
      final: { height, hash },
      snapshot: due ? { height, hash, bytes: state.encode() } : null,
      pruneBelow: 0,
      removeBlocks: stale.filter(entry => this.#storedBlocks.has(entry.hash)).map(entry => entry.hash)
    }
    for (const entry of [...finals, ...stale]) this.#storedBlocks.delete(entry.hash)
    return batch
  }

  #tellOfMembers(entry: BlockEntry): void {
    for (const transaction of entry.transactions ?? []) {
      if (transaction.kind === TX_REANCHOR) this.#anchor = null
      if (transaction.kind === TX_REGISTER) this.#event({ kind: 'registered', height: entry.height, agent: transaction.sender })
      if (transaction.kind === TX_LEAVE) this.#event({ kind: 'left', height: entry.height, agent: transaction.sender })
      const votes = transaction.kind === TX_VOTE_EVIDENCE ? decode(VoteEvidencePayload, transaction.payload) : null
      if (votes?.ok === true) this.#event({ kind: 'penalised', height: entry.height, agent: votes.value.first.voter })
      if (transaction.kind !== TX_EVIDENCE) continue
      const evidence = decode(EvidencePayload, transaction.payload)
      if (evidence.ok) this.#event({ kind: 'penalised', height: entry.height, agent: evidence.value.first.header.proposer })
    }
  }

  #followHead(now: number): void {
    const head = this.rounds.head(now)
    const before = this.#head
    this.#head = head
    if (head !== before && !this.tree.isAncestor(before, head) && before.height > 0) this.#tellOfReorg(before, head)
    const stalled = this.rounds.stalledSince(now) !== null
    if (stalled === this.#stalled) return
    this.#stalled = stalled
    const { present, weight } = this.presence(now)
    this.#event(stalled ? { kind: 'stalled', height: this.rounds.round, present, total: weight } : { kind: 'resumed', height: this.rounds.round })
  }

  #tellOfReorg(before: BlockEntry, head: BlockEntry): void {
    let ancestor: BlockEntry | undefined = before
    while (ancestor !== undefined && !this.tree.isAncestor(ancestor, head)) ancestor = this.tree.get(ancestor.parent)
    const ancestorHeight = ancestor?.height ?? this.tree.final.height
    // A shorter head on the same branch is a stalled round that has ended, not a reorganisation.
    if (ancestor === head) return
    this.#event({ kind: 'reorg', height: head.height, hash: head.hash, depth: before.height - ancestorHeight, ancestorHeight })
  }

  /** Registers, and tells the chain now and then that this agent is alive. */
  #keepMembership(now: number): void {
    if (this.#name === null) return
    const waiting = this.mempool.of(this.publicKey)
    const intent = membershipIntent({
      record: this.agent(this.publicKey),
      height: this.#head.height + 1,
      heartbeatTtl: Math.min(this.genesis.heartbeatTtl, this.rounds.family.heartbeatTtl),
      producersAsk: this.rounds.family.producersAsk && !this.#resting,
      pending: intent => waiting.some(other => other.kind === MEMBERSHIP_KINDS[intent]),
      leaving: this.#leaving
    })
    if (this.peers.behind(this.tree.final.height) > 1) return
    if (intent === null) return this.#keepPlot(waiting, now)
    this.#submit(intent === 'register' ? { kind: 'register', name: this.#name } : intent === 'produce' ? { kind: 'produce', on: true } : { kind: intent }, now)
  }

  /** Where space decides, an agent without any registers a small plot. */
  #keepPlot(waiting: readonly Transaction[], now: number): void {
    const plot = plotIntent({
      family: this.rounds.family.name,
      record: this.agent(this.publicKey),
      own: (this.#head.state?.plots() ?? []).filter(({ owner }) => equalBytes(owner, this.publicKey)),
      pending: waiting.some(({ kind }) => kind === TX_PLOT),
      leaving: this.#leaving
    })
    if (plot !== null) this.#submit({ kind: 'plot', ...plot, root: plotRoot(this.publicKey, plot.seed, plot.leaves) }, now)
  }

  /** Everything that is asked or told again until it has arrived: bodies, missing heights, rounds that do not end, own transactions, presence. */
  #keepInTouch(now: number): number {
    this.#fetchBodies()
    this.#synchronise()
    const ask = this.#askAbout(now)
    const resubmit = this.#resubmit(now)
    const presence = this.#tellPresence(now)
    return Math.min(ask, resubmit, presence)
  }

  #fetchBodies(): void {
    const asked = new Set([...this.#requests.values()].flatMap(pending => pending.hashes))
    const orphanParents = [...this.#orphans.values()]
      .map(orphan => toHex(orphan.announce.header.parent))
      .filter(hash => !this.#orphans.has(hash) && this.tree.get(hash) === undefined)
    const anchored = this.#pendingAnchor === null ? [] : anchoredHashes(this.#pendingAnchor).filter(hash => this.tree.get(hash)?.transactions == null)
    const wanted = [...new Set([...this.rounds.missingBodies(), ...anchored, ...orphanParents])].filter(hash => !asked.has(hash)).slice(0, MAX_BODY_REQUEST)
    const peer = wanted.length === 0 ? null : this.peers.next()
    if (peer !== null) this.#request(peer, 'bodiesRequest', { hashes: wanted.map(hashBytesOf) }, wanted)
  }

  /** Fetches final blocks while a credible peer has more of them. */
  #synchronise(): void {
    const { final } = this.tree
    const best = this.peers.furthest()
    const behind = best === null ? 0 : best.finalHeight - final.height
    if (behind <= 1 && this.#syncTarget > 0) {
      this.#event({ kind: 'synced', height: final.height })
      this.#syncTarget = 0
    }
    if (best === null || behind <= 1) return
    if (behind > 2 && this.#syncTarget === 0) this.#event({ kind: 'syncing', height: final.height, target: best.finalHeight })
    this.#syncTarget = best.finalHeight
    if (this.#inFlight('rangeRequest')) return
    // Only so far as the validator sets are known from what is final here.
    const { epochLength, lookahead } = this.genesis
    const lastKnown = (epochOf(final.height + 1, epochLength) + lookahead + 1) * epochLength
    this.#request(best.peer, 'rangeRequest', {
      from: final.height + 1,
      count: this.#asksFar ? MAX_RANGE_BLOCKS : Math.min(lastKnown - final.height, MAX_RANGE_BLOCKS)
    })
  }

  #askAbout(now: number): number {
    const { slotMs } = this.tree.final.state!.config
    const entered = this.rounds.record(this.rounds.round).enteredAt ?? now
    // A round is late one slot after its best rank should have been notarised, or when finality lags behind the rounds.
    const late = Math.max(entered, this.tree.final.header.timestamp) + this.rounds.intervalMs + 2 * slotMs
    const due = Math.max(late, this.#askAt)
    if (due > now) return due
    this.#askAt = now + ASK_EVERY_SLOTS * slotMs
    for (const peer of this.peers.strangers().slice(0, ASK_PEERS)) this.#request(peer, 'helloRequest', this.#hello())
    for (let i = 0; i < ASK_PEERS; i++) {
      const peer = this.peers.next()
      if (peer !== null) this.#request(peer, 'roundsRequest', { from: this.tree.final.height })
    }
    return this.#askAt
  }

  #resubmit(now: number): number {
    const own = this.mempool.of(this.publicKey)
    if (own.length === 0) return Infinity
    if (this.#resubmitAt > now) return this.#resubmitAt
    this.#resubmitAt = now + RESUBMIT_INTERVALS * this.rounds.intervalMs
    const peer = this.peers.next()
    if (peer !== null) this.#request(peer, 'submitRequest', { transactions: own.slice(0, MAX_SUBMIT_TRANSACTIONS) })
    return this.#resubmitAt
  }

  #tellPresence(now: number): number {
    if (this.#presenceAt > now) return this.#presenceAt
    this.#presenceAt = now + PRESENCE_SLOTS * this.tree.final.state!.config.slotMs
    if (this.agent(this.publicKey) === null) return this.#presenceAt
    const { final } = this.tree
    const presence = {
      sender: this.publicKey,
      time: now,
      height: this.#head.height,
      finalHeight: final.height,
      finalHash: final.hashBytes,
      signature: new Uint8Array(64)
    }
    this.#publish('presence', 'presence', { ...presence, signature: this.#signer.sign(presenceBytes(this.networkId, presence)) })
    return this.#presenceAt
  }
}

function anchoredHashes(transaction: Transaction): string[] {
  const payload = decode(ReanchorPayload, transaction.payload)
  return payload.ok ? [toHex(payload.value.hash)] : []
}
