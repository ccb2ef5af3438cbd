/**
 * One validator as the explorer sees it: the real `RankedRounds` on a real `BlockTree`, with the vote guard as its disk. `NodeCore` around it adds gossip and requests, which the
 * explorer replaces by its own choices; it would also cost milliseconds per start where a seat costs microseconds.
 */
import { equalBytes, toHex, u32le } from '../core/bytes'
import { BlockTree, genesisHeader, rootEntry } from '../core/chain/blockTree'
import type { BlockEntry } from '../core/chain/blockTree'
import { buildBlock } from '../core/chain/execute'
import type { ChainRules } from '../core/chain/execute'
import { encode } from '../core/codec'
import { RankedRounds } from '../core/consensus/rankedRounds'
import type { ConsensusAction } from '../core/consensus/rankedRounds'
import { admitVote } from '../core/consensus/voteGuard'
import type { VoteRow } from '../core/consensus/voteGuard'
import { createSigner } from '../core/crypto/ed25519'
import type { Signer } from '../core/crypto/ed25519'
import { taggedHash } from '../core/crypto/hash'
import { familiesOf, familyModule } from '../core/families/registry'
import type { Turn } from '../core/families/family'
import { createGenesis, genesisState } from '../core/genesis'
import { assert } from '../core/result'
import { HeartbeatPayload, VOTE_FINALISE, VOTE_NOTARISE } from '../core/schema'
import type { Certificate, Transaction, Vote } from '../core/schema'
import { blockHash, networkIdOf, signTransaction } from '../core/signing'
import { TX_HEARTBEAT } from '../core/state/transactions'
import { StateIndex } from '../core/state/worldState'
import type { WorldState } from '../core/state/worldState'
import { ExecutionMemo } from './executionMemo'
import { MODEL_VRF } from './modelVrf'
import { SIM_EPOCH_MS } from './simGenesis'

/** Four seats, the last of which lies: n = 4, f = 1. */
export const SEATS = 4
export const LIAR = 3
/** Weight of a quorum of four. */
export const QUORUM = 3
/** Short, so that a round starts soon after the one before; a slot is the longer wait. */
const INTERVAL_MS = 100
export const SLOT_MS = 1200
/** Start of height 1. */
export const START_MS = SIM_EPOCH_MS + INTERVAL_MS
/** The line of height 1: the tastes of exploreCases.ts are about these places. */
const FIRST_LINE: readonly number[] = [LIAR, 0, 2, 1]
/** Salts tried until the first line is that one and the liar leads at the second height, too: one of ninety-six does. */
const MAX_SALTS = 2000

const NO_SIGNATURE = new Uint8Array(64)

/** What may be changed about the rules: a mutant. */
export interface SeatRules {
  rounds?: typeof RankedRounds
  /** The disk takes every promise. */
  blind?: boolean
  /** A crash forgets all promises. */
  forgetful?: boolean
  /** A promise to finalise reaches the disk without the certificate that ended its round. */
  losesCertificates?: boolean
  taste?: (seat: number, proposer: number) => number
}

/** What all seats of an exploration share. Blocks go by their number in `blocks`; 0 is genesis. */
export class Table {
  readonly rules: ChainRules
  readonly signers: readonly Signer[]
  readonly state: WorldState
  readonly blocks: BlockEntry[] = []
  /** One more than the highest block: a seat may have entered that round. */
  topHeight = 1
  readonly #ids = new Map<string, number>()
  readonly #made = new Map<string, number>()
  readonly #liarBlocks = new Map<number, readonly number[]>()
  readonly #votes = new Map<number, Vote>()
  readonly #keys: readonly string[]

  constructor(readonly seatRules: SeatRules) {
    this.signers = Array.from({ length: SEATS }, (_, i) => createSigner(taggedHash('explore-key', u32le(i)), undefined, MODEL_VRF))
    this.#keys = this.signers.map(({ publicKey }) => toHex(publicKey))
    const { rules, state } = this.#network()
    this.rules = rules
    this.state = state
    this.#keep(rootEntry(rules.networkId, genesisHeader(rules.genesis.time, state), state))
  }

  /** A room of midnight's leader mode in which the liar leads first: it is strongest where it speaks first. */
  #network(): { rules: ChainRules; state: WorldState } {
    const module = familyModule('midnight')
    assert(module !== null, 'midnight is known')
    const config = { ...module.defaultConfig(module.modes.indexOf('leader')), blockIntervalMs: INTERVAL_MS, slotMs: SLOT_MS }
    const founders = this.signers.map(({ publicKey }, i) => ({ publicKey, name: `Seat ${i}` }))
    for (let salt = 0; salt < MAX_SALTS; salt++) {
      const genesis = createGenesis({
        name: 'explore',
        time: SIM_EPOCH_MS,
        salt: taggedHash('explore-salt', u32le(salt)),
        founders,
        config,
        heartbeatTtl: 100_000,
        minCommittee: 1
      })
      const rules: ChainRules = {
        genesis,
        networkId: networkIdOf(genesis),
        familyOf: familiesOf(genesis),
        vrf: MODEL_VRF,
        executions: new ExecutionMemo()
      }
      const state = genesisState(genesis, new StateIndex())
      const line = (parent: WorldState): readonly number[] =>
        rules
          .familyOf(parent)
          .ranking(parent)
          .map(({ publicKey }) => this.#keys.indexOf(toHex(publicKey)))
      if (line(state).join() !== FIRST_LINE.join()) continue
      const first = this.#build(rules, rootEntry(rules.networkId, genesisHeader(genesis.time, state), state), LIAR, START_MS, [])
      if (line(first.state!)[0] === LIAR) return { rules, state }
    }
    throw new Error('assertion failed: one salt of ninety-six gives that line')
  }

  #build(rules: ChainRules, parent: BlockEntry, author: number, now: number, transactions: Transaction[], turn?: Turn): BlockEntry {
    const signer = this.signers[author]!
    const state = parent.state!
    const family = rules.familyOf(state)
    const anchor = state.timestamp + INTERVAL_MS
    const place = turn ?? family.turnOf(state, signer.publicKey, { start: anchor, anchor, slotMs: SLOT_MS })
    assert(place !== null, 'every seat has a turn')
    const built = buildBlock(rules, state, parent.hashBytes, signer, place, family.timestamp(state, place, now), transactions)
    const hash = blockHash(rules.networkId, built.header)
    return rootEntry(hash, built.header, built.state, NO_SIGNATURE, built.transactions)
  }

  #keep(entry: BlockEntry): number {
    const known = this.#ids.get(entry.hash)
    if (known !== undefined) return known
    this.blocks.push(entry)
    this.topHeight = Math.max(this.topHeight, entry.height + 1)
    this.#ids.set(entry.hash, this.blocks.length - 1)
    return this.blocks.length - 1
  }

  idOf(hash: string): number {
    const id = this.#ids.get(hash)
    assert(id !== undefined, 'every block of an exploration is on the table')
    return id
  }

  seatOf(publicKey: Uint8Array): number {
    return this.#keys.indexOf(toHex(publicKey))
  }

  /** An honest seat's block: one per parent, author and time. */
  honestBlock(parent: number, author: number, turn: Turn, now: number): number {
    const key = `${parent}/${author}/${turn.rank}/${now}`
    let id = this.#made.get(key)
    if (id === undefined) this.#made.set(key, (id = this.#keep(this.#build(this.rules, this.blocks[parent]!, author, now, [], turn))))
    return id
  }

  /** The liar's two blocks on a parent. */
  liarBlocks(parent: number): readonly number[] {
    let twins = this.#liarBlocks.get(parent)
    if (twins === undefined) {
      const entry = this.blocks[parent]!
      const signer = this.signers[LIAR]!
      const payload = encode(HeartbeatPayload, { height: 0, hash: this.rules.networkId })
      const nonce = entry.state!.agent(signer.publicKey)!.nonce
      const heartbeat = signTransaction(this.rules.networkId, { kind: TX_HEARTBEAT, sender: signer.publicKey, nonce, fee: 1n, payload }, signer)
      const now = entry.state!.timestamp + INTERVAL_MS
      twins = [[], [heartbeat]].map(transactions => this.#keep(this.#build(this.rules, entry, LIAR, now, transactions)))
      assert(twins[0] !== twins[1], 'twins differ')
      this.#liarBlocks.set(parent, twins)
    }
    return twins
  }

  /** @param kind VOTE_NOTARISE or VOTE_FINALISE. Nobody checks signatures here: ingress is not part of what is explored. */
  vote(kind: number, block: number, voter: number): Vote {
    const key = (block * 2 + (kind - 1)) * SEATS + voter
    let vote = this.#votes.get(key)
    if (vote === undefined) {
      const { height, hashBytes } = this.blocks[block]!
      this.#votes.set(key, (vote = { kind, height, hash: hashBytes, voter: this.signers[voter]!.publicKey, signature: NO_SIGNATURE }))
    }
    return vote
  }

  describe(block: number): string {
    const { height, header, parent } = this.blocks[block]!
    const author = this.seatOf(header.proposer)
    const twins = this.blocks.filter(other => other.parent === parent && other.height === height && equalBytes(other.header.proposer, header.proposer))
    const which = twins.length < 2 ? '' : ` #${twins.indexOf(this.blocks[block]!) + 1}`
    return `block ${block} (height ${height}, rank ${header.rank}, by ${author === LIAR ? 'the liar' : `seat ${author}`}${which}, on ${this.idOf(parent)})`
  }
}

export function popcount(mask: number): number {
  let count = 0
  for (let left = mask; left > 0; left >>= 1) count += left & 1
  return count
}

/** What may happen to a seat. `who`: a set of seats, bit by bit. */
export type Step = { do: 'block'; block: number } | { do: 'votes'; kind: number; block: number; who: number } | { do: 'timer' } | { do: 'crash' }

export class Seat {
  #tree: BlockTree
  #rounds: RankedRounds
  now = START_MS
  wakeAt = Infinity
  lives = 0
  /** Everything it has ever signed, crash or not: what the checkers judge. */
  readonly signed: VoteRow[] = []
  /** Final blocks by height. */
  readonly finals: number[] = [0]
  /** The first broken invariant that one seat shows by itself. */
  problem: { invariant: 'S2' | 'S3' | 'S5'; detail: string } | null = null
  /** What its disk holds. */
  #rows: VoteRow[] = []
  #proof: Certificate | null = null
  readonly #certificates: Certificate[] = []

  constructor(
    readonly table: Table,
    readonly number: number
  ) {
    this.#tree = new BlockTree(table.rules, rootEntry(table.rules.networkId, genesisHeader(table.rules.genesis.time, table.state), table.state))
    this.#rounds = this.#open()
    this.#settle()
  }

  get rounds(): RankedRounds {
    return this.#rounds
  }

  get tree(): BlockTree {
    return this.#tree
  }

  /** What proves its newest final block. */
  get finalProof(): Certificate | null {
    return this.#proof
  }

  #open(): RankedRounds {
    const { rounds: Rounds = RankedRounds, taste } = this.table.seatRules
    const options = { self: this.table.signers[this.number]!.publicKey }
    const tasteOf = taste === undefined ? {} : { taste: (header: { proposer: Uint8Array }) => taste(this.number, this.table.seatOf(header.proposer)) }
    return new Rounds(this.#tree, { ...options, ...tasteOf }, this.now)
  }

  take(step: Step): void {
    switch (step.do) {
      case 'block':
        this.#addBlock(step.block)
        break
      case 'votes':
        for (let voter = 0; voter < SEATS; voter++) if ((step.who >> voter) & 1) this.#rounds.addVote(this.table.vote(step.kind, step.block, voter))
        break
      case 'timer':
        this.now = this.wakeAt
        break
      case 'crash':
        this.#restart()
    }
    this.#settle()
  }

  #addBlock(block: number): void {
    const { hash, hashBytes, header, signature, transactions, height } = this.table.blocks[block]!
    const known = this.#tree.get(hash) !== undefined
    const added = this.#tree.add(hashBytes, header, signature, transactions, this.now, this.#rounds.isCertified(height, hash))
    if (!added.ok || known) return
    this.#rounds.noteBlock(added.value)
    this.#rounds.touch()
  }

  /** Power off and on: what is left is the final chain, the votes on the disk, and the blocks that were stored with them. */
  #restart(): void {
    this.lives++
    if (this.table.seatRules.forgetful === true) {
      this.#rows = []
      this.#certificates.length = 0
    }
    const root = this.table.blocks[this.finals.at(-1)!]!
    this.#tree = new BlockTree(this.table.rules, { ...root, children: [], seenAt: this.now })
    this.#rounds = this.#open()
    if (this.#proof !== null) this.#rounds.restoreCertificate(this.#proof)
    for (const certificate of this.#certificates) if (certificate.height > root.height) this.#rounds.restoreCertificate(certificate)
    for (const row of this.#rows) {
      if (row.height <= root.height) continue
      if (this.#tree.get(row.parent) !== undefined) this.#addBlock(this.table.idOf(row.hash))
      this.#rounds.restore(row)
      if (row.kind !== 'propose') this.#count(row)
    }
  }

  #settle(): void {
    for (;;) {
      const { actions, wakeAt } = this.#rounds.advance(this.now)
      this.wakeAt = wakeAt
      if (actions.length === 0) return
      for (const action of actions) this.#perform(action)
    }
  }

  #perform(action: ConsensusAction): void {
    switch (action.do) {
      case 'propose':
        return this.#propose(action.parent, action.turn)
      case 'store':
        if (this.#promise(action.row)) this.#count(action.row)
        return
      case 'finalised':
        return this.#finalised(action.finals, action.certificate)
      default:
        // Evidence costs a deposit later; within two heights it decides nothing.
        return
    }
  }

  #propose(parent: BlockEntry, turn: Turn): void {
    const id = this.table.honestBlock(this.table.idOf(parent.hash), this.number, turn, this.now)
    const { hash, height } = this.table.blocks[id]!
    if (this.#promise({ kind: 'propose', height, hash, parent: parent.hash })) this.#addBlock(id)
  }

  /** R6: the guard decides. What it admits is signed. */
  #promise(row: VoteRow): boolean {
    const rows = this.#rows.filter(old => old.height === row.height)
    if (this.table.seatRules.blind !== true && !admitVote(rows, this.finals.length - 1, row).ok) return false
    this.#rows.push(row)
    const certificate = row.kind === 'finalise' ? this.#rounds.peek(row.height)?.notarisations.get(row.hash) : undefined
    if (certificate !== undefined && this.table.seatRules.losesCertificates !== true) this.#certificates.push(certificate)
    this.#sign(row)
    return true
  }

  #count(row: VoteRow): void {
    this.#rounds.addVote(this.table.vote(row.kind === 'finalise' ? VOTE_FINALISE : VOTE_NOTARISE, this.table.idOf(row.hash), this.number))
  }

  /** S5 over everything that this seat ever signed. */
  #sign(row: VoteRow): void {
    const clash = this.signed.find(old => {
      if (old.height !== row.height || old.hash === row.hash) return false
      if (row.kind === 'propose') return old.kind === 'propose' && old.parent === row.parent
      return old.kind === 'finalise' || (row.kind === 'finalise' && old.kind === 'notarise')
    })
    if (clash !== undefined && this.problem === null) {
      const { table } = this
      this.problem = {
        invariant: 'S5',
        detail: `seat ${this.number} signed ${row.kind} for block ${table.idOf(row.hash)} after ${clash.kind} for block ${table.idOf(clash.hash)}`
      }
    }
    if (!this.signed.some(old => old.kind === row.kind && old.hash === row.hash)) this.signed.push(row)
  }

  #finalised(finals: readonly BlockEntry[], certificate: Certificate | null): void {
    const voters = new Set(certificate?.signatures.map(({ voter }) => this.table.seatOf(voter)))
    if (certificate === null || voters.has(-1) || voters.size < QUORUM || voters.size !== certificate.signatures.length)
      this.problem ??= { invariant: 'S3', detail: `seat ${this.number} made a block final with ${voters.size} votes` }
    for (const entry of finals) {
      if (entry.height !== this.finals.length || this.table.idOf(entry.parent) !== this.finals.at(-1))
        this.problem ??= { invariant: 'S2', detail: `seat ${this.number} made block ${this.table.idOf(entry.hash)} final, not on its final chain` }
      this.finals.push(this.table.idOf(entry.hash))
    }
    this.#proof = certificate
    this.#rows = this.#rows.filter(row => row.height >= this.finals.length)
  }

  /**
   * All that its future depends on, in one line: two seats of one number with the same digest behave alike from here on (explore.test.ts). Left out is what no rule
   * looks at while ranks decide: in which order blocks came, and whose votes made a certificate.
   */
  digest(): string {
    const { table } = this
    const ids = (hashes: Iterable<string>): number[] => Array.from(hashes, hash => table.idOf(hash))
    const sorted = (hashes: Iterable<string>): string =>
      ids(hashes)
        .sort((a, b) => a - b)
        .join()
    const row = (each: VoteRow): string => `${each.kind[0]}${table.idOf(each.hash)}`
    const parts: (string | number)[] = [this.now - START_MS, this.wakeAt - START_MS, this.#rounds.round, this.lives, this.finals.join()]
    parts.push(this.signed.map(row).sort().join(), this.#rows.map(row).sort().join(), sorted(this.#certificates.map(({ hash }) => toHex(hash))))
    for (let height = this.finals.length - 1; height <= table.topHeight; height++) {
      const entries = this.#tree.at(height)
      const record = this.#rounds.peek(height)
      if (entries.length === 0 && record === undefined) continue
      const entered = record?.enteredAt ?? null
      // R2 asks whether a better block was here before the round began.
      const early = (seenAt: number): string => (seenAt < (entered ?? this.now) ? '<' : '')
      const blocks = entries.map(({ hash, seenAt, invalid }) => `${table.idOf(hash)}${early(seenAt)}${invalid === null ? '' : '!'}`)
      parts.push(`h${height}`, blocks.sort().join())
      if (record === undefined) continue
      parts.push(
        entered === null ? '-' : entered - START_MS,
        Number(record.left),
        // In the order in which they came: the first one ends the round.
        ids(record.notarisations.keys()).join(),
        record.finalisation === null ? '' : table.idOf(toHex(record.finalisation.hash)),
        sorted(record.promised),
        record.finalisePromise === null ? '' : table.idOf(record.finalisePromise),
        sorted(record.proposedOn),
        [...record.disqualified]
          .sort()
          .map(place => place.slice(0, 8) + place.slice(64, 73))
          .join()
      )
    }
    return parts.join(' ')
  }
}
