/**
 * A light node: `handle(input, now)` gives effects, as a full node does, but it keeps no blocks and no state. It trusts a head that state headers lead to (docs/PROTOCOL.md, "Light client"), believes of
 * that state what a proof shows, and sends transactions whose nonce such a proof has told. It never votes; so that nobody waits for its votes, it registers and at once leaves the living part of the registry.
 *
 * Peers are asked one at a time, in turn. Whatever a peer answers is worth what it proves: a wrong answer costs the peer its place and the node one round trip.
 */
import { equalBytes, toHex, utf8 } from '../../core/bytes'
import { encode } from '../../core/codec'
import { HeaderSync } from '../../core/light/headerSync'
import { genesisTrust, inspectStateHeader, lightNetwork, linkStateHeader, trustCheckpoint } from '../../core/light/stateHeader'
import type { Checkpoint, LightNetwork, TrustedState } from '../../core/light/stateHeader'
import type { StateHeader } from '../../core/light/schema'
import { MAX_REQUESTS, MAX_SUBMIT_TRANSACTIONS } from '../../core/limits'
import { checkName, nameToBytes } from '../../core/names'
import { AGENTS_PATH } from '../../core/proof/prove'
import { judgeBlockWitness, openBlockWitness } from '../../core/proof/blockWitness'
import type { WitnessReply, WitnessRequest } from '../../core/proof/witnessSchema'
import type { ProofReply } from '../../core/proof/schema'
import { formatSubject, parseSubject } from '../../core/proof/subject'
import type { Subject } from '../../core/proof/subject'
import { openProof } from '../../core/proof/verify'
import { assert, fail, ok } from '../../core/result'
import type { Failure, Result } from '../../core/result'
import type { ChainRules } from '../../core/chain/execute'
import { verifyZip215 } from '../../core/crypto/ed25519'
import type { SignatureCheck, Signer } from '../../core/crypto/ed25519'
import { ECVRF } from '../../core/crypto/vrfScheme'
import { familiesOf } from '../../core/families/registry'
import { AGENT_ACTIVE, RegisterPayload, ROLE_LIGHT, TransferPayload } from '../../core/schema'
import type { AgentRecord, ChainConfig, Genesis, Transaction } from '../../core/schema'
import { blockHash, signTransaction, transactionId } from '../../core/signing'
import { TX_LEAVE, TX_REGISTER, TX_TRANSFER } from '../../core/state/transactions'
import { MEMBERSHIP_INVITED } from '../../core/consensus/validatorSet'
import { encodeMessage, PROTOCOL_MAJOR } from '../../core/wire'
import type { MessageOf } from '../../core/wire'
import type { Intent, RequestName } from '../messages'
import { PeerBook } from '../peerBook'
import type { PeerId } from '../ports'
import type { CheckpointTrouble, LightEffect, LightEvent, LightInput, LookedUp } from './messages'
import { Trail } from './trail'

/** The rules in force. */
const CONFIG_PATH = ['blocks', 'config', 'active']
/** Peers that are asked for one value before it counts as not to be had. */
const MAX_ATTEMPTS = 3
/** Peers that are asked for an old block: most have let go of it, and an archive does not say that it is one. */
const MAX_ARCHIVE_ATTEMPTS = 16
/** What a peer says that has let go of a block. */
const NEEDS_ARCHIVE: ReadonlySet<string> = new Set(['too-old', 'unknown-block'])
/** Values that are looked up or wait for it. */
const MAX_LOOK_UPS = 16
/** Block intervals between two looks at the whole registry, for names and for "nobody of that key". */
const REGISTRY_INTERVALS = 8
/** Own transactions that wait. */
const MAX_OWN = 64
/** Block intervals after which waiting own transactions are handed to a peer again. */
const RESUBMIT_INTERVALS = 2
/** Until a peer is looked for again, after a failure or where none is there. */
const RETRY_MS = 1000

export interface LightOptions {
  genesis: Genesis
  signer: Signer
  /** Name to register under; null: do not register. */
  name: string | null
  /** The block that trust begins at; genesis when left out. Nothing is believed before a peer, or `steps`, has shown its state header. */
  checkpoint?: Checkpoint
  /** State headers of an earlier run, each linked to the one before, the checkpoint's own first; checked again. */
  steps?: readonly StateHeader[]
  /** Does this signature hold? The rule itself when left out. */
  verify?: (check: SignatureCheck) => boolean
}

/** A value that is wanted, by whom, and how often it was asked for. */
interface LookUp {
  subject: Subject
  /** A block that is to be checked; then `subject` is not asked for. */
  block?: WitnessRequest
  /** Where the answer goes: a person's look-up by number, or the node itself. */
  for: { id: number } | 'own' | 'registry' | 'config'
  attempts: number
}

type Pending = { to: PeerId; name: RequestName } & (
  { of: 'hello' | 'submit' | 'checkpoint' } | { of: 'sync'; sync: HeaderSync; then: LookUp | null } | { of: 'proof'; lookUp: LookUp }
)

/** A peer's reason for having no answer: text that it has chosen. */
function noAnswer(code: Uint8Array): Failure {
  const reason = String.fromCharCode(...code)
  return fail(/^[a-z-]{1,32}$/.test(reason) ? reason : 'no-proof', 'a peer has no proof')
}

export class LightCore {
  readonly network: LightNetwork
  readonly genesis: Genesis
  readonly publicKey: Uint8Array
  readonly peers = new PeerBook()
  readonly #signer: Signer
  readonly #name: string | null
  #trail: Trail
  readonly #rules: ChainRules
  readonly #verify: (check: SignatureCheck) => boolean
  readonly #checkpoint: Checkpoint | null
  /** The checkpoint's header is here, or there is no checkpoint: something is trusted. */
  #begun: boolean
  /** Peers that did not show the checkpoint, or nothing that follows from it, since the start. */
  readonly #without = new Set<PeerId>()
  #trouble: CheckpointTrouble | null = null
  readonly #pending = new Map<number, Pending>()
  readonly #waiting: LookUp[] = []
  #effects: LightEffect[] = []
  #nextRequest = 1
  #own: { record: AgentRecord | null; height: number } | null = null
  #registry: { records: readonly AgentRecord[]; height: number } | null = null
  #config: ChainConfig | null = null
  #transactions: Transaction[] = []
  /** A certificate contradicts what is trusted: nothing is believed any more. */
  #forked: { known: StateHeader; other: StateHeader } | null = null
  #pollAt = 0
  /** A peer has shown its newest header since the start. */
  #knowsNewest = false
  #registryAt = 0
  #resubmitAt = 0
  /** Peers refuse to show the whole registry in one piece. */
  #registryTooLarge = false

  constructor({ genesis, signer, name, checkpoint, steps = [], verify = verifyZip215 }: LightOptions) {
    this.genesis = genesis
    this.network = lightNetwork(genesis)
    this.#rules = { genesis, networkId: this.network.networkId, familyOf: familiesOf(genesis), vrf: ECVRF }
    this.#verify = verify
    this.#signer = signer
    this.#name = name
    this.publicKey = signer.publicKey
    this.#trail = new Trail(this.network, genesisTrust(genesis))
    this.#checkpoint = checkpoint ?? null
    this.#begun = checkpoint === undefined
    for (const step of steps) if (!this.#begun) this.#beginAt(step)
    if (this.#begun) for (const step of steps) this.#trail.take(step)
  }

  // ------------------------------------------------------------------------------------------------------------------ looking

  get head(): TrustedState {
    return this.#trail.head
  }

  /** The newest trusted states, ascending. */
  get states(): readonly TrustedState[] {
    return this.#trail.states
  }

  get steps(): readonly StateHeader[] {
    return this.#trail.steps
  }

  /** Of the newest trusted states, ascending. */
  get headers(): readonly StateHeader[] {
    return this.#trail.headers
  }

  get forked(): boolean {
    return this.#forked !== null
  }

  /** Two state headers of one height that both hold, and name different blocks; null while there are none. Whoever has signed both has lied. */
  get evidence(): { known: StateHeader; other: StateHeader } | null {
    return this.#forked
  }

  /** This agent's record, as far as it was proved; null before, and when the registry was seen without it. */
  get own(): { record: AgentRecord | null; height: number } | null {
    return this.#own
  }

  /** All agents as of a proved height; null before, and in rooms too large for it. */
  get registry(): { records: readonly AgentRecord[]; height: number } | null {
    return this.#registry
  }

  /** The rules in force, as far as they were proved; those of the genesis before. */
  get config(): ChainConfig {
    return this.#config ?? this.genesis.config
  }

  /** The block that trust begins at; null: genesis. */
  get checkpoint(): Checkpoint | null {
    return this.#checkpoint
  }

  /** A checkpoint is wanted that nobody has shown yet: nothing at all is trusted. */
  get begun(): boolean {
    return this.#begun
  }

  /** Why nothing begins at the checkpoint, as far as could be found out; null: nothing speaks against it. It is tried on, since other peers may come. */
  get trouble(): CheckpointTrouble | null {
    return this.#trouble
  }

  get waiting(): readonly Transaction[] {
    return this.#transactions
  }

  get requestCount(): number {
    return this.#pending.size
  }

  // ----------------------------------------------------------------------------------------------------------------- handling

  handle(input: LightInput, now: number): LightEffect[] {
    this.#take(input, now)
    this.#upkeep(now)
    const effects = this.#effects
    this.#effects = []
    return effects
  }

  #take(input: LightInput, now: number): void {
    switch (input.type) {
      case 'tick':
        return
      case 'links':
        for (const peer of this.peers.replaceLinks(input.peers)) this.#request(peer, 'helloRequest', this.#hello(), { of: 'hello' })
        this.#pollAt = Math.min(this.#pollAt, now)
        return
      case 'request':
        return this.#answer(input.id, input.message)
      case 'reply':
        return this.#takeReply(input.id, input.from, input.result, now)
      case 'submit':
        this.#effects.push({ type: 'submitted', id: input.id, result: this.#submit(input.intent, now) })
        return
      case 'lookUp':
        return this.#takeLookUp(input.id, input.subject)
      case 'checkBlock':
        return this.#takeCheck(input.id, input.block)
    }
  }

  #event(event: LightEvent): void {
    this.#effects.push({ type: 'event', event })
  }

  #hello() {
    return {
      protocolMajor: PROTOCOL_MAJOR,
      role: ROLE_LIGHT,
      networkId: this.network.networkId,
      publicKey: this.publicKey,
      height: 0,
      finalHeight: 0,
      finalHash: new Uint8Array(32)
    }
  }

  #answer(id: number, message: MessageOf<RequestName>): void {
    if (message.kind === 'helloRequest') this.#effects.push({ type: 'reply', id, bytes: encodeMessage('helloReply', this.#hello()) })
    else if (message.kind === 'genesisRequest' && equalBytes(message.value.networkId, this.network.networkId))
      this.#effects.push({ type: 'reply', id, bytes: encodeMessage('genesisReply', { genesis: [this.genesis] }) })
    else this.#effects.push({ type: 'refuse', id })
  }

  #request<N extends RequestName>(
    to: PeerId,
    name: N,
    value: MessageOf<N>['value'],
    what: { of: 'hello' | 'submit' | 'checkpoint' } | { of: 'sync'; sync: HeaderSync; then: LookUp | null } | { of: 'proof'; lookUp: LookUp }
  ): boolean {
    if (this.#pending.size >= MAX_REQUESTS) return false
    const id = this.#nextRequest++
    this.#pending.set(id, { to, name, ...what })
    this.#effects.push({ type: 'request', id, to, name, bytes: encodeMessage(name, value) })
    return true
  }

  // ------------------------------------------------------------------------------------------------------------------ answers

  #takeReply(id: number, from: PeerId, result: Extract<LightInput, { type: 'reply' }>['result'], now: number): void {
    const pending = this.#pending.get(id)
    if (pending === undefined) return
    this.#pending.delete(id)
    if (!result.ok) {
      this.peers.noteFailure(pending.to)
      if (result.code === 'bad-reply') this.#accuse(from, result.detail)
      if (pending.of === 'proof') this.#again(pending.lookUp, result)
      if (pending.of === 'sync' && pending.then !== null) this.#again(pending.then, result)
      this.#pollAt = Math.max(this.#pollAt, now + RETRY_MS)
      return
    }
    this.peers.noteSuccess(pending.to)
    const { kind, value } = result.value
    if (kind === 'helloReply' && value.protocolMajor === PROTOCOL_MAJOR && equalBytes(value.networkId, this.network.networkId)) {
      this.peers.noteHello(from, value, this.head.height)
      this.#pollAt = Math.min(this.#pollAt, now)
    } else if (kind === 'stateHeaderReply' && pending.of === 'checkpoint') this.#takeCheckpoint(from, value.headers[0] ?? null)
    else if (kind === 'stateHeaderReply' && pending.of === 'sync') this.#takeHeader(pending.sync, pending.then, from, value.headers[0] ?? null)
    else if (kind === 'proofReply' && pending.of === 'proof') this.#takeProof(pending.lookUp, from, value)
    else if (kind === 'witnessReply' && pending.of === 'proof') this.#takeWitness(pending.lookUp, from, value)
  }

  #accuse(peer: PeerId, code: string): void {
    this.peers.noteClaim(peer, false)
    this.peers.noteFailure(peer)
    this.#effects.push({ type: 'penalise', peer, reason: code })
    this.#event({ kind: 'liar', peer, code })
  }

  /** @returns whether trust has begun */
  #beginAt(header: StateHeader): boolean {
    const trusted = trustCheckpoint(this.network, this.#checkpoint!, header)
    if (!trusted.ok) return false
    this.#trail = new Trail(this.network, trusted.value, header)
    this.#begun = true
    return true
  }

  /** The header of the block that the link vouches for: its hash says whether it is. */
  #takeCheckpoint(from: PeerId, header: StateHeader | null): void {
    if (this.#begun) return
    if (header !== null && this.#beginAt(header)) {
      this.#trouble = null
      this.#without.clear()
      this.#event({ kind: 'checkpoint', state: this.head })
      this.#event({ kind: 'head', state: this.head })
      this.#effects.push({ type: 'keep', steps: this.#trail.steps })
      return
    }
    if (header !== null && this.#leadsElsewhere(header)) this.#trouble = 'checkpoint-other-chain'
    else this.#noteWithout(from, 'checkpoint-unproved')
  }

  /** Does genesis lead to another block of that height? Then the checkpoint is none of this network's chain, or more than a third has lied. */
  #leadsElsewhere(header: StateHeader): boolean {
    const { height, hash } = this.#checkpoint!
    const inspected = inspectStateHeader(this.network, header)
    if (!inspected.ok || inspected.value.state.height !== height || equalBytes(inspected.value.state.hash, hash)) return false
    return linkStateHeader(genesisTrust(this.genesis), inspected.value).ok
  }

  /** One peer may have come late; it takes several, or all there are, to say that nobody knows. */
  #noteWithout(from: PeerId, trouble: CheckpointTrouble): void {
    this.#without.add(from)
    const asked = this.peers.all().filter(({ light, publicKey }) => !light && publicKey !== null)
    if (this.#without.size >= Math.min(MAX_ATTEMPTS, asked.length)) this.#trouble ??= trouble
  }

  #synchronise(peer: PeerId, then: LookUp | null): void {
    const sync = new HeaderSync(this.network, this.head)
    this.#request(peer, 'stateHeaderRequest', sync.wants!, { of: 'sync', sync, then })
  }

  #takeHeader(sync: HeaderSync, then: LookUp | null, from: PeerId, header: StateHeader | null): void {
    const done = sync.outcome.steps.length
    const taken = sync.take(header)
    for (const step of sync.outcome.steps.slice(done)) this.#believe(step)
    // For a session an other block of a known height is of no use; for this node it may be the proof that a set has lied.
    const contradicted = !taken.ok && header !== null && this.#believe(header)?.code === 'fork'
    if (contradicted) {
      if (then !== null) this.#again(then, fail('fork'))
    } else if (!taken.ok) {
      this.#accuse(from, taken.code)
      if (this.#checkpoint !== null && !this.#knowsNewest) this.#noteWithout(from, 'checkpoint-dead-end')
      if (then !== null) this.#again(then, taken)
      return
    }
    if (sync.wants !== null) return void this.#request(from, 'stateHeaderRequest', sync.wants, { of: 'sync', sync, then })
    if (!this.#knowsNewest) this.#event({ kind: 'newest', state: this.head })
    this.#knowsNewest = true
    this.#trouble = null
    if (then !== null) this.#ask(then, from)
  }

  /** @returns why not: `not-linked` when there are headers to be fetched in between */
  #believe(header: StateHeader): Failure | null {
    if (this.#forked !== null) return fail('fork', 'nothing is believed any more')
    const taken = this.#trail.take(header)
    if (!taken.ok) {
      if (taken.code === 'fork') this.#fork(header)
      return taken
    }
    if (!taken.value) return null
    this.#event({ kind: 'head', state: this.head })
    this.#effects.push({ type: 'keep', steps: this.#trail.steps })
    return null
  }

  #fork(other: StateHeader): void {
    const { height } = other.header
    const known = this.#trail.headers.find(({ header }) => header.height === height)
    assert(known !== undefined, 'a contradiction has two sides')
    this.#forked = { known, other }
    const hash = ({ header }: StateHeader): Uint8Array => blockHash(this.network.networkId, header)
    this.#event({ kind: 'fork', height, known: hash(known), other: hash(other) })
  }

  #takeProof(lookUp: LookUp, from: PeerId, { proof: [proof], code }: ProofReply): void {
    if (proof === undefined) {
      // Without a sorted registry nobody can prove that there is nobody: the word of one peer is not enough.
      return this.#again(lookUp, noAnswer(code))
    }
    const opened = openProof(this.network, lookUp.subject, proof)
    if (!opened.ok) return this.#blame(from, lookUp, opened)
    if (!this.#believed(lookUp, from, proof.header)) return
    const steps = this.#trail.stepsTo(proof.header)
    if (steps === null) return this.#again(lookUp, fail('not-later', 'what led to this header is not remembered any more'))
    this.#settle(lookUp, { value: opened.value.value, height: opened.value.shown.state.height, proof, steps })
  }

  #blame(from: PeerId, lookUp: LookUp, failure: Failure): void {
    this.#accuse(from, failure.code)
    this.#again(lookUp, failure)
  }

  /** Is the header of this answer trusted now? If not, what is missing is fetched first, or another peer is asked. */
  #believed(lookUp: LookUp, from: PeerId, header: StateHeader): boolean {
    const refused = this.#believe(header)
    if (refused === null) return true
    if (refused.code === 'not-linked' && lookUp.attempts <= MAX_ATTEMPTS) {
      lookUp.attempts++
      this.#synchronise(from, lookUp)
    } else if (refused.code === 'not-later' || refused.code === 'fork') this.#again(lookUp, refused)
    else this.#blame(from, lookUp, refused)
    return false
  }

  #takeWitness(lookUp: LookUp, from: PeerId, { found: [witness], code }: WitnessReply): void {
    if (witness === undefined) return this.#again(lookUp, noAnswer(code))
    const opened = openBlockWitness(this.#rules, lookUp.block!, witness)
    if (!opened.ok) return this.#blame(from, lookUp, opened)
    if (!this.#believed(lookUp, from, witness.proof.header)) return
    const verdict = judgeBlockWitness(this.#rules, witness, this.#verify)
    if (!verdict.ok) return this.#blame(from, lookUp, verdict)
    if (verdict.value.finding !== null) this.#event({ kind: 'broken', height: verdict.value.height, code: verdict.value.finding.code })
    if (typeof lookUp.for !== 'object') return
    const result = ok({ verdict: verdict.value, witness, provedAt: opened.value.state.height })
    this.#effects.push({ type: 'blockChecked', id: lookUp.for.id, result })
  }

  // ----------------------------------------------------------------------------------------------------------------- look-ups

  #takeCheck(id: number, block: WitnessRequest): void {
    if (this.#waiting.length >= MAX_LOOK_UPS) this.#effects.push({ type: 'blockChecked', id, result: fail('busy', 'too many look-ups at once') })
    else this.#waiting.push({ subject: { kind: 'head' }, block, for: { id }, attempts: 0 })
  }

  #takeLookUp(id: number, text: string): void {
    const subject = parseSubject(text)
    if (!subject.ok) return void this.#effects.push({ type: 'lookedUp', id, result: subject })
    if (this.#waiting.length >= MAX_LOOK_UPS) return void this.#effects.push({ type: 'lookedUp', id, result: fail('busy', 'too many look-ups at once') })
    this.#waiting.push({ subject: subject.value, for: { id }, attempts: 0 })
  }

  #ask(lookUp: LookUp, to: PeerId): void {
    const asked =
      lookUp.block === undefined
        ? this.#request(to, 'proofRequest', { subject: utf8(formatSubject(lookUp.subject)) }, { of: 'proof', lookUp })
        : this.#request(to, 'witnessRequest', lookUp.block, { of: 'proof', lookUp })
    if (!asked) this.#waiting.push(lookUp)
  }

  #again(lookUp: LookUp, failure: Failure): void {
    if (lookUp.for === 'registry' && failure.code === 'too-large') this.#registryTooLarge = true
    else if (++lookUp.attempts < this.#attemptsFor(failure)) this.#waiting.push(lookUp)
    else if (lookUp.for === 'own' && failure.code === 'unknown-agent') this.#own ??= { record: null, height: 0 }
    else if (typeof lookUp.for === 'object')
      this.#effects.push({ type: lookUp.block === undefined ? 'lookedUp' : 'blockChecked', id: lookUp.for.id, result: failure })
  }

  #attemptsFor({ code }: Failure): number {
    return NEEDS_ARCHIVE.has(code) ? Math.max(MAX_ATTEMPTS, Math.min(this.peers.all().length, MAX_ARCHIVE_ATTEMPTS)) : MAX_ATTEMPTS
  }

  #settle(lookUp: LookUp, found: LookedUp): void {
    if (typeof lookUp.for === 'object') this.#effects.push({ type: 'lookedUp', id: lookUp.for.id, result: ok(found) })
    else if (lookUp.for === 'own') this.#noteOwn(found.value as AgentRecord, found.height)
    else if (lookUp.for === 'config') this.#config = found.value as ChainConfig
    else {
      const records = found.value as AgentRecord[]
      this.#registry = { records, height: found.height }
      // The whole registry says also who is not in it.
      this.#noteOwn(records.find(({ publicKey }) => equalBytes(publicKey, this.publicKey)) ?? null, found.height)
    }
  }

  // --------------------------------------------------------------------------------------------------------- own transactions

  #noteOwn(record: AgentRecord | null, height: number): void {
    if (this.#own !== null && this.#own.height > height) return
    this.#own = { record, height }
    const nonce = record?.nonce ?? 0
    for (const transaction of this.#transactions.filter(other => other.nonce < nonce)) this.#event({ kind: 'included', id: toHex(transactionId(transaction)) })
    this.#transactions = this.#transactions.filter(other => other.nonce >= nonce)
  }

  #nextNonce(): number {
    return Math.max(this.#own?.record?.nonce ?? 0, ...this.#transactions.map(({ nonce }) => nonce + 1))
  }

  #submit(intent: Intent, now: number): Result<{ id: string }> {
    const record = this.#own?.record ?? null
    switch (intent.kind) {
      case 'transfer': {
        if (record === null) return fail('unknown-sender')
        const waiting = this.#transactions.reduce((sum, other) => sum + other.fee, 0n)
        if (record.balance < intent.amount + intent.fee + waiting) return fail('insufficient-balance')
        return this.#send(TX_TRANSFER, intent.fee, encode(TransferPayload, { to: intent.to, amount: intent.amount }), now)
      }
      case 'leave':
        return record?.status === AGENT_ACTIVE ? this.#send(TX_LEAVE, 0n, new Uint8Array(0), now) : fail('not-active')
      case 'register': {
        const name = checkName(intent.name)
        if (!name.ok) return name
        return record === null
          ? this.#send(TX_REGISTER, 0n, encode(RegisterPayload, { name: nameToBytes(name.value), personality: 0, traitsHash: new Uint8Array(32) }), now)
          : fail('already-registered')
      }
      default:
        return fail('light', 'a light node only sends transfers, registers and leaves')
    }
  }

  #send(kind: number, fee: bigint, payload: Uint8Array, now: number): Result<{ id: string }> {
    if (this.#transactions.length >= MAX_OWN) return fail('mempool-sender-full')
    const transaction = signTransaction(this.network.networkId, { kind, sender: this.publicKey, nonce: this.#nextNonce(), fee, payload }, this.#signer)
    this.#transactions.push(transaction)
    this.#effects.push({ type: 'publish', topic: 'tx', bytes: encodeMessage('transaction', transaction) })
    this.#resubmitAt = Math.min(this.#resubmitAt, now)
    return ok({ id: toHex(transactionId(transaction)) })
  }

  /** Registers, for a balance; and leaves at once, so that no validator set counts on somebody who does not vote. */
  #keepMembership(now: number): void {
    if (this.#name === null || this.#own === null || this.#transactions.length > 0) return
    const { record } = this.#own
    if (record === null && this.genesis.membership !== MEMBERSHIP_INVITED) {
      if (this.#submit({ kind: 'register', name: this.#name }, now).ok) this.#send(TX_LEAVE, 0n, new Uint8Array(0), now)
    } else if (record?.status === AGENT_ACTIVE) this.#send(TX_LEAVE, 0n, new Uint8Array(0), now)
  }

  // ------------------------------------------------------------------------------------------------------------------- upkeep

  get #intervalMs(): number {
    return this.config.blockIntervalMs
  }

  /** A peer that keeps blocks, in turn; null while none has said so. */
  #peer(): PeerId | null {
    const full = new Set(this.peers.all().flatMap(({ peer, light, publicKey }) => (light || publicKey === null ? [] : [peer])))
    for (let i = 0; i < this.peers.all().length; i++) {
      const peer = this.peers.next()
      if (peer !== null && full.has(peer)) return peer
    }
    return null
  }

  #upkeep(now: number): void {
    const busy = [...this.#pending.values()].some(({ of }) => of === 'sync' || of === 'checkpoint')
    if (!this.forked && !busy) this.#poll(now)
    this.#keepMembership(now)
    const resubmit = this.#resubmit(now)
    for (let lookUp = busy || !this.#begun ? undefined : this.#waiting.shift(); lookUp !== undefined; lookUp = this.#waiting.shift()) {
      const peer = this.#peer()
      if (peer === null || this.#pending.size >= MAX_REQUESTS) {
        this.#waiting.unshift(lookUp)
        break
      }
      this.#ask(lookUp, peer)
    }
    const soon = this.#waiting.length > 0 ? now + RETRY_MS : Infinity
    this.#effects.push({ type: 'wake', at: Math.min(Math.max(this.#pollAt, now + 1), resubmit, soon) })
  }

  /** The own record once per block; it brings the newest state header along. The registry now and then. */
  #poll(now: number): void {
    if (now < this.#pollAt) return
    const peer = this.#peer()
    if (peer === null) {
      this.#pollAt = now + RETRY_MS
      for (const stranger of this.peers.strangers())
        if (![...this.#pending.values()].some(({ to }) => to === stranger)) this.#request(stranger, 'helloRequest', this.#hello(), { of: 'hello' })
      return
    }
    this.#pollAt = now + this.#intervalMs
    if (this.#checkpoint !== null && !this.#begun)
      return void this.#request(peer, 'stateHeaderRequest', { above: this.#checkpoint.height - 1, height: this.#checkpoint.height }, { of: 'checkpoint' })
    // First of all the newest header: what an earlier run has kept may be old.
    if (!this.#knowsNewest) return this.#synchronise(peer, null)
    const registryDue = !this.#registryTooLarge && (now >= this.#registryAt || this.#own?.record == null)
    if (registryDue) {
      this.#registryAt = now + REGISTRY_INTERVALS * this.#intervalMs
      this.#ask({ subject: { kind: 'state', path: CONFIG_PATH }, for: 'config', attempts: MAX_ATTEMPTS }, peer)
      return this.#ask({ subject: { kind: 'state', path: AGENTS_PATH }, for: 'registry', attempts: 0 }, peer)
    }
    // Without a record there is no proof that would bring the newest header along.
    if (this.#own?.record == null) this.#synchronise(peer, null)
    this.#ask({ subject: { kind: 'agent', key: this.publicKey }, for: 'own', attempts: 0 }, peer)
  }

  #resubmit(now: number): number {
    if (this.#transactions.length === 0) return Infinity
    if (now < this.#resubmitAt) return this.#resubmitAt
    this.#resubmitAt = now + RESUBMIT_INTERVALS * this.#intervalMs
    const peer = this.#peer()
    if (peer !== null) this.#request(peer, 'submitRequest', { transactions: this.#transactions.slice(0, MAX_SUBMIT_TRANSACTIONS) }, { of: 'submit' })
    return this.#resubmitAt
  }
}
