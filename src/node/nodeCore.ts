/**
 * The node: `handle(input, now)` gives effects. No promise, clock, random number, socket or database inside; three drivers run this very class (tab, server,
 * simulator), so what the simulator proves is about the code in the tab.
 *
 * Who owns what: the block tree owns blocks and states, `RankedRounds` the round records and promises, the mempool what waits, `PeerBook` what peers said.
 * Each further subject has a part of its own beside this file (anchors, block intake, catching up, contact, finality, own promises, own transactions, turns); the parts
 * share a `Desk`. NodeCore hands inputs to the parts, asks the rules what may happen now, and goes on until nothing more fires.
 */
import { equalBytes, hexOf, toHex } from '../core/bytes'
import type { BlockEntry, BlockTree } from '../core/chain/blockTree'
import type { ChainRules } from '../core/chain/execute'
import type { Mempool, MempoolLimits } from '../core/chain/mempool'
import { decode } from '../core/codec'
import { RankedRounds } from '../core/consensus/rankedRounds'
import type { ConsensusAction, RankedRoundsOptions } from '../core/consensus/rankedRounds'
import type { Signer } from '../core/crypto/ed25519'
import { ECVRF } from '../core/crypto/vrfScheme'
import type { Turn } from '../core/families/family'
import { familiesOf } from '../core/families/registry'
import { MAX_RANGE_BLOCKS } from '../core/limits'
import { assert, fail, ok } from '../core/result'
import type { Failure, Result } from '../core/result'
import { Certificate } from '../core/schema'
import type { AgentRecord, Genesis, Header, Opinion, Presence, Vote } from '../core/schema'
import { networkIdOf } from '../core/signing'
import { TX_REANCHOR } from '../core/state/transactions'
import { statedIn } from '../core/taste/opinion'
import type { Personality } from '../core/taste/personalities'
import { encodeMessage, PROTOCOL_MAJOR } from '../core/wire'
import type { MessageOf } from '../core/wire'
import { Anchors } from './anchors'
import { bodies, chunks, unfinalised, wholeBlock } from './answers'
import { BlockIntake } from './blockIntake'
import type { OrphanLimits } from './blockIntake'
import { CatchUp } from './catchUp'
import type { ClaimLedger } from './claimLedger'
import { Contact } from './contact'
import { Critic } from './critic'
import { Desk } from './desk'
import { Finality } from './finality'
import { HeadWatch } from './headWatch'
import { keepMembership } from './keepMembership'
import { LightService } from './light/lightService'
import type { Effect, GossipName, Input, Intent, ReplyName, RequestName } from './messages'
import type { OpinionBook } from './opinionBook'
import { OwnTransactions } from './ownTransactions'
import type { PeerBook } from './peerBook'
import type { PeerId, Stored } from './ports'
import { Production } from './production'
import { OwnPromises } from './promises'
import type { ProofOfSync, SyncFacts } from './proofOfSync'
import { DamagedStore, restoreTree } from './restore'
import { Snapshots } from './snapshots'
import { StateSync } from './stateSync'
import type { StateSyncProgress } from './stateSync'
import { Turns } from './turns'
import type { VoteTimes } from './voteTimes'

/** How often a node that has a turn but may not use it yet looks again, ms (V017). */
const GATE_TICK_MS = 250
/** Passes of the rules within one `handle`; more would be a loop that never settles. */
const MAX_PASSES = 1000

/** Made once: most messages come to this. */
const ACCEPTED: Effect = { type: 'verdict', verdict: 'accept', code: 'ok' }

export interface NodeOptions {
  genesis: Genesis
  signer: Signer
  /** Name to register under; null: do not register by itself. */
  name: string | null
  /** R8 where the family in force gives personalities no say: for the simulator. */
  taste?: RankedRoundsOptions['taste']
  /** R8 where it does: judges the blocks of others, says so, and delays this node's own votes; left out: neither. */
  personality?: Personality
  /** Keeps all blocks (`archive`), or those from its oldest snapshot on; left out: all. */
  role?: 'full' | 'archive'
  /** Encoded state headers of the disk, ascending: for light nodes. */
  stateHeaders?: readonly Uint8Array[]
  /** For the simulator: other rules in the place of the real ones, a cheaper random function, results shared by all nodes of the process. */
  rounds?: typeof RankedRounds
  rules?: Partial<Pick<ChainRules, 'familyOf' | 'vrf' | 'executions' | 'transactions'>>
  /** Other bounds than the real ones, which the simulator seldom reaches. */
  limits?: { mempool?: MempoolLimits; orphans?: OrphanLimits }
}

export class NodeCore {
  readonly rules: ChainRules
  readonly tree: BlockTree
  readonly rounds: RankedRounds
  readonly #desk: Desk
  readonly #name: string | null
  readonly #critic: Critic
  readonly #anchors: Anchors
  readonly #intake: BlockIntake
  readonly #catchUp: CatchUp
  readonly #contact: Contact
  readonly #finality: Finality
  readonly #headWatch: HeadWatch
  /** What light nodes are told. */
  readonly light: LightService
  readonly #own: OwnTransactions
  readonly #promises: OwnPromises
  readonly #snapshots: Snapshots
  readonly #stateSync: StateSync
  readonly #turns: Turns
  /** How it makes blocks. */
  readonly production: Production

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
    this.#name = options.name
    this.rules = { genesis, networkId: networkIdOf(genesis), familyOf: familiesOf(genesis), vrf: ECVRF, ...options.rules }
    this.tree = restoreTree(this.rules, stored)
    const Rounds = options.rounds ?? RankedRounds
    const proposeFrom: RankedRoundsOptions['proposeFrom'] = (parent, turn, tentative, now) => this.#proposeFrom(parent, turn, tentative, now)
    const taste = (header: Header): number => this.#critic.slotsFor(header) ?? options.taste?.(header) ?? 0
    this.rounds = new Rounds(this.tree, { self: signer.publicKey, proposeFrom, taste }, now)
    const desk = new Desk(this.rules, signer, this.tree, this.rounds, now, options.limits?.mempool)
    this.#desk = desk
    this.production = new Production(options.personality ?? null)
    this.#turns = new Turns(desk, this.production)
    this.#anchors = new Anchors(desk)
    this.#contact = new Contact(desk)
    this.#headWatch = new HeadWatch(desk, this.#contact)
    this.light = new LightService(desk, options.stateHeaders ?? [])
    this.#own = new OwnTransactions(desk)
    this.#intake = new BlockIntake(desk, this.#anchors, options.limits?.orphans)
    this.#stateSync = new StateSync(desk, options.role === 'archive')
    this.#catchUp = new CatchUp(desk, this.#intake, this.#anchors, this.#stateSync)
    this.#finality = new Finality(desk, this.#anchors, stored)
    this.#promises = new OwnPromises(desk, this.#anchors, this.#intake, this.#finality, this.#turns, this.production)
    this.#snapshots = new Snapshots(desk, options.role === 'full', stored)
    this.#critic = new Critic({
      tree: this.tree,
      mempool: desk.mempool,
      networkId: this.networkId,
      signer,
      stalled: () => this.stalled,
      personality: () => this.production.personality
    })
    for (const { bytes } of stored?.certificates ?? []) {
      const certificate = decode(Certificate, bytes)
      if (certificate.ok) this.rounds.restoreCertificate(certificate.value)
    }
    for (const row of stored?.votes ?? []) this.#promises.restore(row)
  }

  // ------------------------------------------------------------------------------------------------------------------ looking

  get genesis(): Genesis {
    return this.rules.genesis
  }

  get networkId(): Uint8Array {
    return this.rules.networkId
  }

  get publicKey(): Uint8Array {
    return this.#desk.publicKey
  }

  get mempool(): Mempool {
    return this.#desk.mempool
  }

  get peers(): PeerBook {
    return this.#desk.peers
  }

  /** May this node use its turns? Only where the family in force asks. */
  get sync(): ProofOfSync {
    return this.#turns.sync
  }

  /** What became of its turns. */
  get voteTimes(): VoteTimes {
    return this.#desk.voteTimes
  }
  get claims(): ClaimLedger {
    return this.#turns.claims
  }

  head(): BlockEntry {
    return this.#desk.head
  }

  /** When something happened here last, this node's clock. */
  get now(): number {
    return this.#desk.now
  }

  /** R8: what validators think of recent blocks. */
  get opinions(): OpinionBook {
    return this.#critic.opinions
  }

  /** The registry as of the head. */
  agent(publicKey: Uint8Array): AgentRecord | null {
    return this.#desk.agent(publicKey)
  }

  /** Has this agent a turn on the head, now or later in the round? */
  hasTurn(): boolean {
    return this.head().state !== null && this.rounds.turnOn(this.head()) !== null
  }

  get stalled(): boolean {
    return this.#headWatch.stalled
  }

  get syncTarget(): number {
    return this.#catchUp.target
  }

  /** How far the fetching of a state is; null when none is fetched. */
  get stateSync(): StateSyncProgress | null {
    return this.#stateSync.progress
  }

  /** A meme waits for this node's own next block. */
  get memeAttached(): boolean {
    return this.#own.memeAttached
  }

  get leaving(): boolean {
    return this.#own.leaving
  }

  /** Registered weight of the round's set, and how much of it was heard from lately (this node included). */
  presence(now: number): { weight: number; present: number; validators: number } {
    return this.#contact.present(now)
  }

  get orphanCount(): number {
    return this.#intake.orphanCount
  }

  get requestCount(): number {
    return this.#desk.requestCount
  }

  heardAt(publicKey: string): number | null {
    return this.#desk.heard.get(publicKey) ?? null
  }

  /** How this node stands to its peers now. */
  syncFacts(): SyncFacts {
    return this.#turns.syncFacts()
  }

  // ----------------------------------------------------------------------------------------------------------------- handling

  handle(input: Input, now: number): Effect[] {
    this.#desk.now = now
    this.#take(input, now)
    this.#turns.observe(now)
    this.#settle(now)
    return this.#desk.takeEffects()
  }

  #take(input: Input, now: number): void {
    const desk = this.#desk
    switch (input.type) {
      case 'tick':
        desk.touchAt = 0
        return
      case 'gossip':
        return this.#verdict(this.#takeGossip(input.message, input.from, now))
      case 'request':
        return this.#answer(input.id, input.message)
      case 'reply':
        desk.touchAt = 0
        return this.#takeReply(input.id, input.from, input.result, now)
      case 'links':
        desk.touchAt = 0
        this.#contact.takeLinks(input.peers)
        return this.#own.resubmitSoon()
      case 'stored':
        this.rounds.touch()
        return this.#promises.takeStored(input.row, input.outcome, now)
      case 'chunks':
        desk.touchAt = 0
        return this.#stateSync.takeStored(input.chunks, input.last)
      case 'chunksKept':
        return this.#stateSync.noteKept(input.roots)
      case 'submit':
        return desk.effect({ type: 'submitted', id: input.id, result: this.#submit(input.intent, now) })
      case 'configure':
        this.production.configure(input.config)
        desk.mempool.resize(this.production.mempoolCapacity)
        return this.rounds.touch()
      case 'decide':
        this.production.decide(input.height, input.decision)
        return this.rounds.touch()
    }
  }

  #submit(intent: Intent, now: number): Result<{ id: string }> {
    return intent.kind === 'reanchor' ? this.#anchors.submit(now) : this.#own.submit(intent, now)
  }

  /** V010: proof of sync comes before the producer's own wishes. */
  #proposeFrom(parent: BlockEntry, { rank }: Turn, tentative: boolean, now: number): number {
    const gated = !tentative && this.rules.familyOf(parent.state!).gate !== undefined && this.sync.latest?.eligible !== true
    return gated ? now + GATE_TICK_MS : this.production.from({ height: parent.height + 1, tip: parent.hash, rank }, now)
  }

  #verdict(failure: Failure | null): void {
    if (failure === null || failure.code === 'orphan') this.#desk.effect(ACCEPTED)
    else this.#desk.effect({ type: 'verdict', verdict: 'ignore', code: failure.code })
  }

  // ------------------------------------------------------------------------------------------------------------------- gossip

  #takeGossip(message: MessageOf<GossipName>, from: PeerId, now: number): Failure | null {
    switch (message.kind) {
      case 'announce':
        return this.#intake.takeAnnounce(message.value, from, now)
      case 'vote':
        return this.#takeVote(message.value, now)
      case 'transaction':
        return message.value.kind === TX_REANCHOR ? this.#anchors.take(message.value, now) : this.#own.take(message.value)
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
    if (failure === null) this.#desk.voteTimes.note(vote, now)
    if (failure === null || failure.code === 'duplicate') this.#desk.heard.set(hexOf(vote.voter), now)
    return failure
  }

  #takeOpinion(opinion: Opinion): Failure | null {
    const failure = this.#critic.take(opinion)
    if (failure === null)
      this.#desk.event({ kind: 'opinion', height: opinion.height, hash: toHex(opinion.hash), judge: opinion.agent, opinion: statedIn(opinion) })
    return failure
  }

  /** What this node has just come to think of blocks. Others may hear it; no rule waits for it. */
  #speakOut(): void {
    for (const opinion of this.#critic.unsaid()) if (this.#takeOpinion(opinion) === null) this.#desk.publish('presence', 'opinion', opinion)
  }

  #takePresence(presence: Presence, now: number): Failure | null {
    if (this.agent(presence.sender) === null) return fail('unknown-sender')
    const key = hexOf(presence.sender)
    if (this.rounds.setAt(this.rounds.round)?.weights.has(key)) this.#desk.heard.set(key, now)
    this.peers.notePresence(presence, this.tree.final.height)
    if (presence.finalHeight > this.tree.final.height + 1) this.#desk.touchAt = 0
    return null
  }

  // -------------------------------------------------------------------------------------------------------- requests and replies

  #answer(id: number, message: MessageOf<RequestName>): void {
    const reply = <N extends ReplyName>(name: N, value: MessageOf<N>['value']): void => {
      this.#desk.effect({ type: 'reply', id, bytes: encodeMessage(name, value) })
    }
    switch (message.kind) {
      case 'helloRequest':
        return reply('helloReply', this.#contact.hello())
      case 'bodiesRequest': {
        const found = message.value.hashes.map(hash => this.tree.get(toHex(hash)))
        return reply('bodiesReply', { blocks: bodies(found) })
      }
      case 'rangeRequest':
        return this.#desk.effect({ type: 'serveRange', id, from: message.value.from, count: Math.min(message.value.count, MAX_RANGE_BLOCKS) })
      case 'roundsRequest':
        return reply('roundsReply', unfinalised(this.tree, this.rounds, message.value.from, Math.max(this.rounds.round, this.head().height + 1)))
      case 'genesisRequest':
        return reply('genesisReply', { genesis: equalBytes(message.value.networkId, this.networkId) ? [this.genesis] : [] })
      case 'submitRequest': {
        let accepted = 0
        for (const transaction of message.value.transactions) {
          if (this.#own.take(transaction) !== null) continue
          accepted++
          this.#desk.publish('tx', 'transaction', transaction)
        }
        return reply('submitReply', { accepted })
      }
      case 'stateHeaderRequest':
        return reply('stateHeaderReply', { headers: this.light.stateHeader(message.value) })
      case 'manifestRequest': {
        const newest = this.#snapshots.newest(message.value.above)
        const empty = { headers: [], blocks: [], manifest: new Uint8Array(0) }
        return reply('manifestReply', newest === null ? empty : { headers: [newest.header], blocks: [wholeBlock(newest.entry)], manifest: newest.manifest })
      }
      case 'chunksRequest':
        return reply('chunksReply', { chunks: chunks(message.value.roots, root => this.#snapshots.chunk(root)) })
      case 'proofRequest':
        return this.#desk.effect({ type: 'serveProof', id, subject: message.value.subject })
      case 'witnessRequest':
        return this.#desk.effect({ type: 'serveWitness', id, asked: message.value })
    }
  }

  #takeReply(id: number, from: PeerId, result: Result<MessageOf<ReplyName>>, now: number): void {
    const pending = this.#desk.answered(id)
    if (pending === undefined) return
    if (!result.ok) {
      this.peers.noteFailure(pending.to)
      this.#stateSync.failed(id, pending.to, now)
      if (result.code === 'bad-reply') this.#desk.penalise(from, result.detail)
      return
    }
    this.peers.noteSuccess(pending.to)
    const { kind, value } = result.value
    switch (kind) {
      case 'helloReply':
        if (value.protocolMajor === PROTOCOL_MAJOR && equalBytes(value.networkId, this.networkId)) this.peers.noteHello(from, value, this.tree.final.height)
        return
      case 'bodiesReply':
        return this.#intake.takeBlocks(value.blocks, from, now)
      case 'roundsReply':
        for (const certificate of value.certificates) this.rounds.addCertificate(certificate)
        for (const announce of value.announces) this.#intake.takeAnnounce(announce, from, now)
        for (const vote of value.votes) this.#takeVote(vote, now)
        return
      case 'rangeReply':
        return this.#catchUp.takeRange(value, pending.from, from, now)
      case 'stateHeaderReply':
      case 'manifestReply':
      case 'chunksReply':
        return this.#stateSync.take(id, from, result.value, now)
      default:
        return
    }
  }

  // ----------------------------------------------------------------------------------------------------------------- settling

  /** Most messages are votes that complete nothing: then neither the rules nor the upkeep have anything to do. */
  #settle(now: number): void {
    this.#adoptState(now)
    this.#writeSnapshot(now)
    if (!this.rounds.isDue(now)) {
      if (now >= this.#desk.touchAt) this.#touch(now, this.rounds.advance(now).wakeAt)
      return
    }
    let advanced = this.rounds.advance(now)
    for (let pass = 0; advanced.actions.length > 0; pass++) {
      assert(pass < MAX_PASSES, 'the rules settle')
      for (const action of advanced.actions) this.#perform(action, now)
      advanced = this.rounds.advance(now)
    }
    this.#anchors.retry(now)
    this.#promises.sayUnsaid()
    this.#speakOut()
    this.#headWatch.follow(now)
    this.#anchors.renew()
    this.#turns.tellNext(now)
    this.#touch(now, advanced.wakeAt)
  }

  #perform(action: ConsensusAction, now: number): void {
    switch (action.do) {
      case 'propose':
        this.#own.releaseAttached()
        return this.#promises.propose(action.parent, action.turn, now)
      case 'store':
        return this.#promises.vote(action.row, action.entry)
      case 'notarised': {
        const { height, hash, header } = action.entry
        this.production.notarised(height, hash, now)
        return this.#desk.event({ kind: 'notarised', height, hash, rank: header.rank, proposer: header.proposer })
      }
      case 'evidence':
        this.#critic.noteCaught(action.first.header.proposer)
        return this.#own.reportBlocks(action.first, action.second)
      case 'voteEvidence':
        this.#critic.noteCaught(action.first.voter)
        return this.#own.reportVotes(action.first, action.second)
      case 'leaked':
        return this.#desk.event({ kind: 'leaked', height: action.height, validators: action.set.weights.size })
      case 'finalised':
        return this.#finalised(action, now)
    }
  }

  #finalised({ finals, stale, certificate }: Extract<ConsensusAction, { do: 'finalised' }>, now: number): void {
    const { height } = this.tree.final
    const headers = this.light.note(finals, certificate)
    this.#snapshots.note(finals, certificate)
    this.#finality.tell(finals)
    this.#turns.settle(finals, now)
    for (const entry of stale) for (const transaction of entry.transactions ?? []) this.#own.take(transaction)
    this.#own.prune(this.tree.final)
    this.#critic.forget(height)
    this.#finality.commit(finals, stale, certificate, headers)
    this.#intake.forgetUpTo(height)
  }

  /** A turn's worth of the snapshot that is being taken; blocks go on meanwhile (T052). */
  #writeSnapshot(now: number): void {
    // What a new snapshot does not name may leave the disk.
    if (this.#snapshots.work(now)) this.#stateSync.forgetKept()
  }

  /** T065: the state that was fetched is this node's now, as if it had replayed every block up to there; the newest blocks follow as always. */
  #adoptState(now: number): void {
    const fetched = this.#stateSync.takeOutcome()
    if (fetched === null) return
    const { entry, outcome, kept } = fetched
    const { certificate } = outcome.header
    const dropped = this.tree.reroot(entry)
    this.rounds.reroot(certificate.height === entry.height ? certificate : null, now)
    this.#desk.head = this.tree.final
    this.#desk.touchAt = 0
    this.#anchors.forget()
    this.light.headers.adopt(entry, outcome.steps)
    this.#intake.forgetUpTo(entry.height)
    this.#critic.forget(entry.height)
    for (const { transactions } of dropped) for (const transaction of transactions ?? []) this.#own.take(transaction)
    this.#own.prune(this.tree.final)
    this.#snapshots.adopt(entry, outcome, kept, this.#finality.dropAll(dropped), now)
  }

  /** Everything that is asked or told again until it has arrived: membership, bodies, missing heights, rounds that do not end, own transactions, presence. */
  #touch(now: number, rulesAt: number): void {
    if (this.#name !== null) keepMembership(this.#desk, this.#own, this.#name, now)
    this.#catchUp.fetchBodies(now)
    const syncAt = this.#stateSync.pursue(now)
    if (!this.#stateSync.active) this.#catchUp.synchronise()
    this.#desk.touchAt = Math.min(syncAt, this.#contact.askAbout(now), this.#own.resubmit(now), this.#contact.tellPresence(now))
    const writeAt = this.#snapshots.busy ? now : Infinity
    this.#desk.effect({ type: 'wake', at: Math.min(rulesAt, this.#desk.touchAt, this.sync.wakeAt, writeAt) })
  }
}
