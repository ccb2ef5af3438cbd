/**
 * Ranked rounds: Internet Computer Consensus (Camenisch, Drijvers, Hanke, Pignolet, Shoup, Williams; IACR eprint 2021/632, PODC 2022), weighted,
 * with lists of Ed25519 signatures as certificates. Rule ids R1…R11 are those of docs/PROTOCOL.md.
 *
 * In one breath: each height is a round. Its proposers are ranked. A validator notarises the best-ranked valid block whose time has come; worse
 * ranks get their time slot by slot. A quorum of notarisations ends the round. Whoever leaves a round having notarised nothing but the winner
 * also signs a finalisation; a quorum of those makes the block and all before it final. Two blocks of one height cannot both be final: each quorum
 * of finalisations shares an honest member with each quorum of notarisations for another block, and that member would have signed both.
 *
 * This class is the rules and nothing else. It is told what has been verified, and says what it wants done. It owns the round records; the block
 * tree it shares with the node.
 */
import { equalBytes, toHex } from '../bytes'
import type { BlockEntry, BlockTree } from '../chain/blockTree'
import { HEIGHT_WINDOW, KEPT_EPOCHS, KEPT_FINAL_BLOCKS } from '../limits'
import { fail } from '../result'
import type { Failure } from '../result'
import { VOTE_FINALISE, VOTE_NOTARISE } from '../schema'
import type { Certificate, Header, Vote } from '../schema'
import type { ValidatorSet } from '../state/worldState'
import { checkCertificate } from './certificates'
import { RoundRecord } from './roundRecord'
import { epochOf } from './validatorSet'
import type { VoteRow } from './voteGuard'

/** A round that has no certificate after this many slots counts as stalled: the node builds a tentative chain beside it. */
export const TENTATIVE_AFTER_SLOTS = 6

/** Slots grow by half per unfinalised round, up to this many halves. */
const MAX_SLOT_GROWTH = 8

/** What the rules want done. `store`: make the promise durable, then call `granted`. */
export type ConsensusAction =
  | { do: 'propose'; parent: BlockEntry; rank: number; tentative: boolean }
  | { do: 'store'; row: VoteRow; entry: BlockEntry }
  | { do: 'notarised'; entry: BlockEntry; certificate: Certificate }
  | { do: 'finalised'; entry: BlockEntry; certificate: Certificate; finals: BlockEntry[]; stale: BlockEntry[] }
  | { do: 'evidence'; first: BlockEntry; second: BlockEntry }

export interface RankedRoundsOptions {
  /** The node's own key; it need not be a validator or registered. */
  self: Uint8Array
  /** R8: slots by which a vote for this block is delayed, 0…7. It moves the time and never the comparison. */
  taste?: (header: Header) => number
}

export class RankedRounds {
  readonly #records = new Map<number, RoundRecord>()
  readonly #setsByEpoch = new Map<number, ValidatorSet>()
  readonly #self: Uint8Array
  readonly #selfHex: string
  readonly #taste: (header: Header) => number
  #round: number
  #actions: ConsensusAction[] = []
  #wakeAt = Infinity

  constructor(
    readonly tree: BlockTree,
    options: RankedRoundsOptions,
    now: number
  ) {
    this.#self = options.self
    this.#selfHex = toHex(options.self)
    this.#taste = options.taste ?? (() => 0)
    this.#rememberSets(tree.final)
    this.#round = tree.final.height + 1
    this.record(this.#round).enteredAt = now
  }

  /** The height being decided. */
  get round(): number {
    return this.#round
  }

  /**
   * 2Δ, longer while rounds end without becoming final: the delay bound that was guessed is too short then (the paper's adaptive variant). Time never
   * decides about safety.
   */
  get slotMs(): number {
    const { slotMs } = this.tree.rules.genesis
    return slotMs + Math.floor((slotMs * Math.min(MAX_SLOT_GROWTH, Math.max(0, this.lag - 1))) / 2)
  }

  /** Rounds that have ended above the final block. One is normal: finalisations are a message behind. */
  get lag(): number {
    return this.#round - 1 - this.tree.final.height
  }

  get intervalMs(): number {
    return this.tree.rules.genesis.blockIntervalMs
  }

  record(height: number): RoundRecord {
    let record = this.#records.get(height)
    if (record === undefined) this.#records.set(height, (record = new RoundRecord(height)))
    return record
  }

  /** Like `record`, without making one. */
  peek(height: number): RoundRecord | undefined {
    return this.#records.get(height)
  }

  /** R9: the validator set of a height, or null while the block that decides it is not final here. */
  setAt(height: number): ValidatorSet | null {
    return this.#setsByEpoch.get(epochOf(height, this.tree.rules.genesis.epochLength)) ?? null
  }

  isValidator(height: number): boolean {
    return this.setAt(height)?.weights.has(this.#selfHex) ?? false
  }

  // -------------------------------------------------------------------------------------------------- what has become known

  /** R3: a second block of one proposer on one parent disqualifies it for the round, and both together are evidence. */
  noteBlock(entry: BlockEntry): void {
    const rival = this.tree
      .at(entry.height)
      .find(other => other !== entry && other.parent === entry.parent && equalBytes(other.header.proposer, entry.header.proposer))
    if (rival !== undefined) this.#actions.push({ do: 'evidence', first: rival, second: entry })
  }

  /** @returns why the vote does not count, or null */
  addVote(vote: Vote): Failure | null {
    const set = this.setAt(vote.height)
    if (vote.height <= this.tree.final.height) return fail('below-final')
    if (set === null) return fail('unknown-set', 'the validator set of that height is not final here')
    if (!set.weights.has(toHex(vote.voter))) return fail('not-a-member')
    const counted = this.record(vote.height).count(vote, set)
    if (counted === 'duplicate' || counted === 'too-many') return fail(counted)
    if (counted !== null) this.#keepCertificate(counted)
    return null
  }

  /** @returns why the certificate does not count, or null */
  addCertificate(certificate: Certificate): Failure | null {
    if (certificate.height <= this.tree.final.height) return fail('below-final')
    const set = this.setAt(certificate.height)
    if (set === null) return fail('unknown-set', 'the validator set of that height is not final here')
    const bad = checkCertificate(certificate, set)
    if (bad !== null) return bad
    return this.#keepCertificate(certificate) ? null : fail('duplicate')
  }

  #keepCertificate(certificate: Certificate): boolean {
    const record = this.record(certificate.height)
    if (certificate.kind === VOTE_FINALISE) {
      if (record.finalisation !== null) return false
      record.finalisation = certificate
      return true
    }
    const hash = toHex(certificate.hash)
    if (record.notarisations.has(hash)) return false
    record.notarisations.set(hash, certificate)
    return true
  }

  /** A certificate read back from the store: that of the final block proves it to those who are one behind. */
  restoreCertificate(certificate: Certificate): void {
    if (certificate.height === this.tree.final.height && toHex(certificate.hash) === this.tree.final.hash) this.#keepCertificate(certificate)
    else this.addCertificate(certificate)
  }

  /** A promise read back from the store at a start. */
  restore(row: VoteRow): void {
    const record = this.record(row.height)
    if (row.kind === 'propose') record.proposedOn.add(row.parent)
    else if (row.kind === 'notarise') record.promised.add(row.hash)
    else record.finalisePromise = row.hash
  }

  /** A quorum has notarised or finalised this block. */
  isCertified(height: number, hash: string): boolean {
    const record = this.#records.get(height)
    return record !== undefined && (record.notarisations.has(hash) || (record.finalisation !== null && toHex(record.finalisation.hash) === hash))
  }

  /** Certified or voted-for blocks whose body is missing here. */
  missingBodies(): string[] {
    const hashes: string[] = []
    for (const record of this.#records.values()) {
      if (record.height <= this.tree.final.height) continue
      const wanted = [...record.notarisations.keys(), ...(record.finalisation === null ? [] : [toHex(record.finalisation.hash)])]
      for (const entry of this.tree.at(record.height)) if (entry.transactions === null && record.height <= this.#round) wanted.push(entry.hash)
      for (const hash of wanted) if (this.tree.get(hash)?.transactions == null && !hashes.includes(hash)) hashes.push(hash)
    }
    return hashes
  }

  // ------------------------------------------------------------------------------------------------------------- the rules

  /** Applies every rule that may fire now. Call after each change and at `wakeAt`. */
  advance(now: number): { actions: ConsensusAction[]; wakeAt: number } {
    this.#wakeAt = Infinity
    this.#finaliseKnown()
    this.#enterNewest(now)
    this.#finaliseKnown()
    this.#proposeInRound(now)
    this.#vote(now)
    this.#extendTentatively(now)
    const actions = this.#actions
    this.#actions = []
    return { actions, wakeAt: this.#wakeAt }
  }

  #at(time: number, now: number): boolean {
    if (time <= now) return true
    this.#wakeAt = Math.min(this.#wakeAt, time)
    return false
  }

  /** The block is final, or has a certificate, and has been executed: a parent to build on. */
  isNotarised(entry: BlockEntry): boolean {
    if (entry === this.tree.final) return true
    return (
      entry.height > this.tree.final.height && (this.#records.get(entry.height)?.notarisations.has(entry.hash) ?? false) && this.tree.stateOf(entry) !== null
    )
  }

  /** Notarised blocks of a height, best rank first, then smaller hash. */
  notarisedAt(height: number): BlockEntry[] {
    if (height === this.tree.final.height) return [this.tree.final]
    return this.tree
      .at(height)
      .filter(entry => this.isNotarised(entry))
      .sort(betterFirst)
  }

  /** R5, second half: a quorum of finalisations. */
  #finaliseKnown(): void {
    for (const height of [...this.#records.keys()].sort((a, b) => b - a)) {
      const certificate = this.#records.get(height)!.finalisation
      if (certificate === null || height <= this.tree.final.height) continue
      const entry = this.tree.get(toHex(certificate.hash))
      if (entry === undefined || this.tree.stateOf(entry) === null) continue
      const { finals, stale } = this.tree.finalise(entry)
      for (const final of finals) this.#rememberSets(final)
      this.#actions.push({ do: 'finalised', entry, certificate, finals, stale })
      this.#forget()
      return
    }
  }

  #rememberSets(entry: BlockEntry): void {
    const { current, next } = entry.state!.sets
    this.#setsByEpoch.set(current.epoch, current)
    this.#setsByEpoch.set(next.epoch, next)
    for (const epoch of this.#setsByEpoch.keys()) if (epoch + KEPT_EPOCHS < current.epoch) this.#setsByEpoch.delete(epoch)
  }

  /** Records of final heights serve the screen for a while; promises are the store's business. */
  #forget(): void {
    for (const height of this.#records.keys()) if (height < this.tree.final.height - KEPT_FINAL_BLOCKS) this.#records.delete(height)
  }

  /** R4, R5: a certificate ends its round and all before it; a validator that promised nothing else at that height signs finalise. */
  #enterNewest(now: number): void {
    let newest = Math.max(this.tree.final.height, this.#round - 1)
    for (const height of this.#records.keys()) if (height > newest && this.notarisedAt(height).length > 0) newest = height
    for (let height = this.#round; height <= newest; height++) this.#leave(height)
    if (newest < this.#round) return
    this.#round = newest + 1
    this.record(this.#round).enteredAt = now
  }

  #leave(height: number): void {
    const record = this.record(height)
    record.left = true
    const winner = [...record.notarisations.keys()].map(hash => this.tree.get(hash)).find(entry => entry !== undefined && this.tree.stateOf(entry) !== null)
    if (winner === undefined) return
    this.#actions.push({ do: 'notarised', entry: winner, certificate: record.notarisations.get(winner.hash)! })
    if (height <= this.tree.final.height || !this.isValidator(height) || record.finalisePromise !== null) return
    if (!this.mayFinalise(record, winner.hash)) return
    record.finalisePromise = winner.hash
    this.#store('finalise', winner)
  }

  /** R5: only if nothing else was notarised here, stored or on its way to the store. */
  protected mayFinalise(record: RoundRecord, winner: string): boolean {
    return [...record.promised].every(hash => hash === winner)
  }

  #store(kind: VoteRow['kind'], entry: BlockEntry): void {
    this.#actions.push({ do: 'store', row: { kind, height: entry.height, hash: entry.hash, parent: entry.parent }, entry })
  }

  /** R2: `start(h)` for children of this parent. */
  startOf(parent: BlockEntry): number {
    return Math.max(this.#records.get(parent.height + 1)?.enteredAt ?? 0, parent.state!.timestamp + this.intervalMs)
  }

  #rankOn(parent: BlockEntry): number | null {
    const rank = this.tree.rules.family.ranking(parent.state!).findIndex(proposer => equalBytes(proposer.publicKey, this.#self))
    return rank === -1 ? null : rank
  }

  /**
   * R2. Where a tentative chain left a better-ranked block on this parent, that one goes first: a healed network reuses what both sides built, and
   * nobody waits for a block that is worse than its own.
   */
  #proposeInRound(now: number): void {
    const parent = this.notarisedAt(this.#round - 1)[0]
    if (parent === undefined) return
    const record = this.record(this.#round)
    const rank = this.#rankOn(parent)
    if (rank === null || record.proposedOn.has(parent.hash)) return
    const enteredAt = record.enteredAt ?? now
    const better = this.#children(parent).some(entry => entry.header.rank < rank && entry.seenAt < enteredAt && this.tree.stateOf(entry) !== null)
    const wait = this.tree.rules.family.proposalDelaySlots(rank) + (better ? rank + 1 : 0)
    if (!this.#at(this.startOf(parent) + wait * this.slotMs, now)) return
    record.proposedOn.add(parent.hash)
    this.#actions.push({ do: 'propose', parent, rank, tentative: false })
  }

  /** R3: when this node's own time for a block has come. */
  timeOf(entry: BlockEntry, parent: BlockEntry): number {
    // R10: a block may be at most one slot ahead of this node's clock; until then its time has not come.
    return Math.max(this.startOf(parent) + (entry.header.rank + this.tasteOf(entry)) * this.slotMs, entry.header.timestamp - this.tree.rules.genesis.slotMs)
  }

  #vote(now: number): void {
    const record = this.record(this.#round)
    if (record.left || record.finalisePromise !== null || !this.isValidator(this.#round)) return
    let best: number | null = null
    for (const entry of this.#candidates(record)) {
      if (best !== null && this.standing(entry) > best) break
      if (!this.#at(this.timeOf(entry, this.tree.get(entry.parent)!), now)) continue
      if (this.tree.stateOf(entry) === null) continue
      const twin = [...record.promised].map(hash => this.tree.get(hash)).find(other => other !== undefined && other !== entry && isTwin(other, entry))
      if (twin !== undefined) {
        if (this.disqualifies) record.disqualified.add(placeOf(entry))
        continue
      }
      best = this.standing(entry)
      if (record.promised.has(entry.hash)) continue
      record.promised.add(entry.hash)
      this.#store('notarise', entry)
    }
  }

  /** What R3 compares, smaller is better: the rank and never the taste. */
  protected standing(entry: BlockEntry): number {
    return entry.header.rank
  }

  /** R8. Taste fades while finality lags: two validators whose tastes differ may otherwise notarise two blocks at every height for ever. */
  protected tasteOf(entry: BlockEntry): number {
    return Math.max(0, this.#taste(entry.header) - Math.max(0, this.lag - 1))
  }

  protected get disqualifies(): boolean {
    return true
  }

  /** Blocks of this round on a notarised parent, best rank first, without those known to be invalid or disqualified. */
  #candidates(record: RoundRecord): BlockEntry[] {
    const parents = new Set(this.notarisedAt(record.height - 1).map(entry => entry.hash))
    const entries = this.tree.at(record.height).filter(entry => parents.has(entry.parent) && entry.invalid === null && entry.transactions !== null)
    for (const entry of entries) {
      // A proposer that was voted for with one block and shows another loses the round, whichever is looked at first.
      const other = entries.find(rival => rival !== entry && isTwin(rival, entry) && record.promised.has(rival.hash))
      if (other !== undefined && this.disqualifies) record.disqualified.add(placeOf(entry))
    }
    return entries.filter(entry => !record.disqualified.has(placeOf(entry))).sort((a, b) => this.standing(a) - this.standing(b) || betterFirst(a, b))
  }

  #children(parent: BlockEntry): BlockEntry[] {
    return parent.children.map(hash => this.tree.get(hash)).filter(entry => entry !== undefined)
  }

  #validChildren(parent: BlockEntry): BlockEntry[] {
    return this.#children(parent)
      .filter(entry => this.tree.stateOf(entry) !== null)
      .sort(betterFirst)
  }

  // ---------------------------------------------------------------------------------------------------- without a quorum

  /** Since when this round has been going on without a certificate although it should have one; null while all is well. */
  stalledSince(now: number): number | null {
    const parent = this.notarisedAt(this.#round - 1)[0]
    if (parent === undefined) return null
    const since = this.startOf(parent) + TENTATIVE_AFTER_SLOTS * this.slotMs
    return this.#at(since, now) ? since : null
  }

  /**
   * Fork choice. Never leaves a final block (rule 1); highest notarised height, there the best rank (2); while the round is stalled the longest
   * tentative extension, at the first difference the better rank (3), then the smaller hash (4).
   */
  head(now: number): BlockEntry {
    const notarised = this.notarisedAt(this.#round - 1)[0] ?? this.tree.final
    return this.stalledSince(now) === null ? notarised : this.#tentativeHead(notarised)
  }

  #tentativeHead(from: BlockEntry): BlockEntry {
    const depths = new Map<string, number>()
    const newestFirst: BlockEntry[] = []
    for (const queue = [from]; queue.length > 0;) {
      const entry = queue.pop()!
      newestFirst.push(entry)
      queue.push(...this.#validChildren(entry))
    }
    newestFirst.sort((a, b) => b.height - a.height)
    for (const entry of newestFirst) depths.set(entry.hash, Math.max(0, ...entry.children.map(hash => (depths.get(hash) ?? -1) + 1)))
    let head = from
    for (;;) {
      const next = this.#validChildren(head).sort((a, b) => depths.get(b.hash)! - depths.get(a.hash)! || betterFirst(a, b))[0]
      if (next === undefined) return head
      head = next
    }
  }

  #extendTentatively(now: number): void {
    const stalled = this.stalledSince(now)
    if (stalled === null) return
    const parent = this.head(now)
    const height = parent.height + 1
    if (height === this.#round || height > this.tree.final.height + HEIGHT_WINDOW) return
    const rank = this.#rankOn(parent)
    const record = this.record(height)
    if (rank === null || record.proposedOn.has(parent.hash) || !this.#at(Math.max(stalled, parent.state!.timestamp + this.intervalMs), now)) return
    record.proposedOn.add(parent.hash)
    this.#actions.push({ do: 'propose', parent, rank, tentative: true })
  }

  // ------------------------------------------------------------------------------------------------------------ for others

  /** A certificate that shows this block to be a fit parent: notarised or final; null on a tentative chain and for genesis. */
  parentProof(entry: BlockEntry): Certificate | null {
    const record = this.#records.get(entry.height)
    if (record === undefined) return null
    const notarisation = record.notarisations.get(entry.hash)
    if (notarisation !== undefined) return notarisation
    return record.finalisation !== null && toHex(record.finalisation.hash) === entry.hash ? record.finalisation : null
  }

  /** Weight that has notarised or finalised a block, as counted here. */
  weights(entry: BlockEntry): { notarised: number; finalised: number; total: number } {
    const set = this.setAt(entry.height)
    const record = this.#records.get(entry.height)
    if (set === null || record === undefined) return { notarised: 0, finalised: 0, total: set?.total ?? 0 }
    return { notarised: record.weightOf(VOTE_NOTARISE, entry.hash, set), finalised: record.weightOf(VOTE_FINALISE, entry.hash, set), total: set.total }
  }
}

function placeOf(entry: BlockEntry): string {
  return `${entry.parent}/${toHex(entry.header.proposer)}`
}

/** Two blocks of one proposer on one parent. */
function isTwin(a: BlockEntry, b: BlockEntry): boolean {
  return a.hash !== b.hash && a.parent === b.parent && equalBytes(a.header.proposer, b.header.proposer)
}

function betterFirst(a: BlockEntry, b: BlockEntry): number {
  return a.header.rank - b.header.rank || (a.hash < b.hash ? -1 : 1)
}
