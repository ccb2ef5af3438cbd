/**
 * Ranked rounds: Internet Computer Consensus (Camenisch, Drijvers, Hanke, Pignolet, Shoup, Williams; IACR eprint 2021/632, PODC 2022), weighted,
 * with lists of Ed25519 signatures as certificates. Rule ids R1…R12 are those of docs/PROTOCOL.md.
 *
 * In one breath: each height is a round. Its proposers are ranked. A validator notarises the best-ranked valid block whose time has come; worse
 * ranks get their time slot by slot. A quorum of notarisations ends the round. Whoever leaves a round having notarised nothing but the winner
 * also signs a finalisation; a quorum of those makes the block and all before it final. Two blocks of one height cannot both be final: each quorum
 * of finalisations shares an honest member with each quorum of notarisations for another block, and that member would have signed both.
 *
 * This class is the rules and nothing else. It is told what has been verified, and says what it wants done. It owns the round records; the block
 * tree it shares with the node.
 */
import { equalBytes, hexOf, toHex } from '../bytes'
import type { BlockEntry, BlockTree } from '../chain/blockTree'
import { HEIGHT_WINDOW, KEPT_EPOCHS, KEPT_FINAL_BLOCKS } from '../limits'
import { fail } from '../result'
import type { Failure } from '../result'
import type { Family, RoundClock, Turn } from '../families/family'
import { VOTE_FINALISE, VOTE_NOTARISE } from '../schema'
import type { Certificate, Header, ValidatorEntry, Vote } from '../schema'
import { validatorSet } from '../state/worldState'
import type { ValidatorSet } from '../state/worldState'
import { checkCertificate } from './certificates'
import { RoundRecord } from './roundRecord'
import { epochOf } from './validatorSet'
import type { VoteRow } from './voteGuard'

/** A proposer lets better blocks of a healed network go first, for so many slots at most. */
const MAX_COURTESY_SLOTS = 7

/** A round that has no certificate after this many slots counts as stalled: the node builds a tentative chain beside it. */
export const TENTATIVE_AFTER_SLOTS = 6

/**
 * With more unfinalised rounds than this, votes by arrival fall back to ranks: each validator's order of arrival is its own, and where all of them vote for several blocks
 * nobody may finalise any.
 */
const MAX_ARRIVAL_LAG = 1

/** Slots grow by half of themselves per unfinalised round, so many times: 1.2 s become 69 s. */
const MAX_SLOT_GROWTH = 10
/** R12: so many tentative blocks lie on the one at which a branch begins to decide about its votes: everybody who is there has it by then. */
const LEAK_BURIAL = 2

/** What the rules want done. `store`: make the promise durable, then call `granted`. */
export type ConsensusAction =
  | { do: 'propose'; parent: BlockEntry; turn: Turn; tentative: boolean }
  | { do: 'store'; row: VoteRow; entry: BlockEntry }
  | { do: 'notarised'; entry: BlockEntry; certificate: Certificate }
  | { do: 'finalised'; entry: BlockEntry; certificate: Certificate | null; finals: BlockEntry[]; stale: BlockEntry[] }
  | { do: 'evidence'; first: BlockEntry; second: BlockEntry }
  | { do: 'voteEvidence'; first: Vote; second: Vote }
  | { do: 'leaked'; height: number; set: ValidatorSet }

export interface RankedRoundsOptions {
  /** The node's own key; it need not be a validator or registered. */
  self: Uint8Array
  /** R8: slots by which a vote for this block is delayed, 0…7. It moves the time and never the comparison. */
  taste?: (header: Header) => number
  /**
   * From when on this node uses its turn on this parent, ms: at or before `now` it does at once, at a later time it is asked again, and never where that is infinite. A local matter
   * (V010, P014): it never decides about validity.
   */
  proposeFrom?: (parent: BlockEntry, turn: Turn, tentative: boolean, now: number) => number
}

export class RankedRounds {
  readonly #records = new Map<number, RoundRecord>()
  readonly #setsByEpoch = new Map<number, ValidatorSet>()
  readonly #self: Uint8Array
  readonly #selfHex: string
  readonly #taste: (header: Header) => number
  readonly #proposeFrom: NonNullable<RankedRoundsOptions['proposeFrom']>
  #round: number
  #actions: ConsensusAction[] = []
  #wakeAt = Infinity
  #dirty = true
  /** An anchor that no final block carries yet: until one does, states still speak of the old sets. */
  #anchor: { isIn: (entry: BlockEntry) => boolean } | null = null
  /** R12: the height whose tentative blocks are fit parents here, until something above it is final. */
  #leakHeight: number | null = null
  /** R12: below this height the node signs nothing any more, because it has voted there by a branch's own set. */
  #closedBelow = 0

  constructor(
    readonly tree: BlockTree,
    options: RankedRoundsOptions,
    now: number
  ) {
    this.#self = options.self
    this.#selfHex = toHex(options.self)
    this.#taste = options.taste ?? (() => 0)
    this.#proposeFrom = options.proposeFrom ?? (() => 0)
    this.#rememberSets(tree.final)
    this.#round = tree.final.height + 1
    this.record(this.#round).enteredAt = now
  }

  /** The height being decided. */
  get round(): number {
    return this.#round
  }

  /** The newest block that the round builds on, as far as this node knows. */
  #base(): BlockEntry {
    return this.notarisedAt(this.#round - 1)[0] ?? this.tree.final
  }

  /** Who rules over the present round. */
  get family(): Family {
    return this.tree.rules.familyOf(this.#base().state!)
  }

  /**
   * 2Δ, longer while rounds end without becoming final: the delay bound that was guessed is too short then (the paper's adaptive variant). It grows
   * geometrically, so that the delay of any network is passed long before the heights of R9's window are used up. Time never decides about safety.
   */
  get slotMs(): number {
    return this.#slotMs(this.tree.final)
  }

  #slotMs(parent: BlockEntry): number {
    let slotMs = parent.state!.config.slotMs
    for (let i = Math.min(MAX_SLOT_GROWTH, this.lag - 2); i > 0; i--) slotMs = Math.floor((slotMs * 3) / 2)
    return slotMs
  }

  /** Rounds that have ended above the final block. One is normal: finalisations are a message behind. */
  get lag(): number {
    return this.#round - 1 - Math.max(this.tree.final.height, this.#leakHeight ?? 0)
  }

  get intervalMs(): number {
    return this.tree.final.state!.config.blockIntervalMs
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
    return this.#setsByEpoch.get(epochOf(height, this.tree.rules.genesis.epochLength)) ?? this.#leakSetAt(height)
  }

  // ------------------------------------------------------------------------------------------------------------------ R12, leak

  /** The set by which votes for this block count: that of its height, or on a leaking branch that of its own parent's state. */
  #setFor(height: number, hash: string): ValidatorSet | null {
    if (this.tree.rules.genesis.leakAfter === 0 || this.#setsByEpoch.has(epochOf(height, this.tree.rules.genesis.epochLength))) return this.setAt(height)
    const entry = this.tree.get(hash)
    const parent = entry === undefined ? undefined : this.tree.get(entry.parent)
    return parent === undefined ? this.#leakSetAt(height) : this.#leakSetOn(parent)
  }

  /** For a height of which no block is known yet: by the best parent there is. */
  #leakSetAt(height: number): ValidatorSet | null {
    if (this.tree.rules.genesis.leakAfter === 0) return null
    const [best] = this.tree
      .at(height - 1)
      .filter(entry => this.#leakSetOn(entry) !== null)
      .sort((a, b) => this.#betterFirst(a, b))
    return best === undefined ? null : this.#leakSetOn(best)
  }

  /**
   * Who votes on children of this block, as its own state says, once `leakAfter` heights lie between it and the newest final block. At least a third of the last certain
   * weight must be in it: then nobody else can have had a quorum meanwhile.
   */
  #leakSetOn(parent: BlockEntry): ValidatorSet | null {
    const { leakAfter } = this.tree.rules.genesis
    const { final } = this.tree
    if (leakAfter === 0 || parent.height < final.height + leakAfter) return null
    const set = this.tree.stateOf(parent)?.currentSet
    const last = final.state!.currentSet
    if (set === undefined) return null
    const kept = [...set.weights.keys()].reduce((sum, member) => sum + (last.weights.get(member) ?? 0), 0)
    return 3 * kept >= last.total ? set : null
  }

  /**
   * R12: a tentative chain has grown so long that nobody can be expected back. All rounds up to the leak's height are left for good, and the next one is voted on by whoever
   * is alive on the branch.
   */
  #leak(now: number): void {
    const { leakAfter } = this.tree.rules.genesis
    if (leakAfter === 0 || this.stalledSince(now) === null) return
    const { final } = this.tree
    const height = final.height + leakAfter * Math.floor((this.head(now).height - LEAK_BURIAL - final.height) / leakAfter)
    if (height <= final.height || height < this.#round) return
    const set = this.#leakSetAt(height + 1)
    if (set === null) return
    for (let left = this.#round; left <= height; left++) this.record(left).left = true
    this.#leakHeight = height
    this.#round = height + 1
    this.record(this.#round).enteredAt = now
    this.#actions.push({ do: 'leaked', height, set })
  }

  isValidator(height: number): boolean {
    return this.setAt(height)?.weights.has(this.#selfHex) ?? false
  }

  // -------------------------------------------------------------------------------------------------- what has become known

  /** R3: a second block of one proposer on one parent disqualifies it for the round, and both together are evidence. */
  noteBlock(entry: BlockEntry): void {
    this.#dirty = true
    const rival = this.tree.at(entry.height).find(other => isTwin(other, entry))
    if (rival !== undefined) this.#actions.push({ do: 'evidence', first: rival, second: entry })
  }

  /** @returns why the vote does not count, or null */
  addVote(vote: Vote): Failure | null {
    if (vote.height <= this.tree.final.height) return BELOW_FINAL
    const set = this.#setFor(vote.height, hexOf(vote.hash))
    if (set === null) return fail('unknown-set', 'the validator set of that height is not final here')
    if (!set.weights.has(hexOf(vote.voter))) return NOT_A_MEMBER
    const record = this.record(vote.height)
    const counted = record.count(vote, set)
    if (counted === 'duplicate') return DUPLICATE
    if (counted === 'too-many') return fail(counted)
    if (counted !== null) this.#keepCertificate(counted)
    const lie = record.contradiction(vote)
    if (lie !== null) {
      this.#actions.push({ do: 'voteEvidence', first: lie.first, second: lie.second })
      this.#dirty = true
    }
    return null
  }

  /**
   * The network's authority has declared this block final and named who validates from the next height on. The caller has checked its signature and that the block has
   * been executed and descends from what is final here.
   * @param isIn tells whether a block carries that declaration
   */
  anchor(entry: BlockEntry, validators: readonly ValidatorEntry[], isIn: (entry: BlockEntry) => boolean, now: number): void {
    this.#dirty = true
    if (entry.height > this.tree.final.height) {
      const { finals, stale } = this.tree.finalise(entry)
      for (const final of finals) this.#rememberSets(final)
      this.#actions.push({ do: 'finalised', entry, certificate: null, finals, stale })
      this.#forget()
    }
    const { epochLength, lookahead } = this.tree.rules.genesis
    const first = epochOf(entry.height + 1, epochLength)
    for (let epoch = first; epoch <= first + lookahead; epoch++) this.#setsByEpoch.set(epoch, validatorSet(epoch, validators))
    this.#anchor = { isIn }
    // What the old set said about later heights has no meaning under the new one; promises stay.
    for (const record of this.#records.values()) if (record.height > entry.height) record.forgetVotes()
    this.#round = entry.height + 1
    this.record(this.#round).enteredAt = now
  }

  /**
   * The tree has a new root, of a state that was fetched: rounds go on above it, under the sets that this state names. Promises at higher heights stay.
   * @param certificate of the root, if it has one of its own: it proves the root to those who are one behind
   */
  reroot(certificate: Certificate | null, now: number): void {
    const { final } = this.tree
    this.#dirty = true
    this.#anchor = null
    this.#actions = []
    for (const height of this.#records.keys()) if (height <= final.height) this.#records.delete(height)
    this.#setsByEpoch.clear()
    this.#rememberSets(final)
    this.#round = final.height + 1
    this.record(this.#round).enteredAt = now
    if (certificate !== null) this.#keepCertificate(certificate)
  }

  /** @returns why the certificate does not count, or null */
  addCertificate(certificate: Certificate): Failure | null {
    if (certificate.height <= this.tree.final.height) return fail('below-final')
    const set = this.#setFor(certificate.height, toHex(certificate.hash))
    if (set === null) return fail('unknown-set', 'the validator set of that height is not final here')
    const bad = checkCertificate(certificate, set)
    if (bad !== null) return bad
    return this.#keepCertificate(certificate) ? null : fail('duplicate')
  }

  #keepCertificate(certificate: Certificate): boolean {
    this.#dirty = true
    const record = this.record(certificate.height)
    if (certificate.kind === VOTE_FINALISE) {
      if (record.finalisation !== null) return false
      record.finalisation = certificate
      return true
    }
    const hash = hexOf(certificate.hash)
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
    this.#dirty = true
    const record = this.record(row.height)
    if (row.kind === 'propose') record.proposedOn.add(row.parent)
    else if (row.kind === 'notarise') record.promised.add(row.hash)
    else record.finalisePromise = row.hash
    // A vote where no certain set reaches was given by a branch's own: everything below it has been left, crash or not.
    const { leakAfter, epochLength } = this.tree.rules.genesis
    if (leakAfter > 0 && row.kind !== 'propose' && !this.#setsByEpoch.has(epochOf(row.height, epochLength)))
      this.#closedBelow = Math.max(this.#closedBelow, row.height)
  }

  /** A quorum has notarised or finalised this block. */
  isCertified(height: number, hash: string): boolean {
    const record = this.#records.get(height)
    return record !== undefined && (record.notarisations.has(hash) || (record.finalisation !== null && hexOf(record.finalisation.hash) === hash))
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

  /** Something that the rules look at has changed: a body has arrived, a promise is on the disk. */
  touch(): void {
    this.#dirty = true
  }

  /** May any rule fire now? Most messages are votes that complete nothing. */
  isDue(now: number): boolean {
    return this.#dirty || now >= this.#wakeAt
  }

  /** Applies every rule that may fire now. Call after each change and at `wakeAt`. */
  advance(now: number): { actions: ConsensusAction[]; wakeAt: number } {
    if (!this.isDue(now)) return { actions: [], wakeAt: this.#wakeAt }
    this.#dirty = false
    this.#wakeAt = Infinity
    this.#finaliseKnown()
    this.#enterNewest(now)
    this.#finaliseKnown()
    this.#proposeInRound(now)
    this.#vote(now)
    this.#extendTentatively(now)
    this.#leak(now)
    const actions = this.#actions
    this.#actions = []
    // What is done with the actions may let further rules fire.
    if (actions.length > 0) this.#dirty = true
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
    if (height <= this.tree.final.height) return height === this.tree.final.height ? [this.tree.final] : []
    if (height === this.#leakHeight)
      return this.tree
        .at(height)
        .filter(entry => this.#leakSetOn(entry) !== null)
        .sort((a, b) => this.#betterFirst(a, b))
    const entries: BlockEntry[] = []
    for (const hash of this.#records.get(height)?.notarisations.keys() ?? []) {
      const entry = this.tree.get(hash)
      if (entry?.height === height && this.tree.stateOf(entry) !== null) entries.push(entry)
    }
    return entries.length > 1 ? entries.sort((a, b) => this.#betterFirst(a, b)) : entries
  }

  /** R5, second half: a quorum of finalisations. */
  #finaliseKnown(): void {
    const heights: number[] = []
    for (const [height, { finalisation }] of this.#records) if (finalisation !== null && height > this.tree.final.height) heights.push(height)
    for (const height of heights.sort((a, b) => b - a)) {
      const certificate = this.#records.get(height)!.finalisation!
      const entry = this.tree.get(hexOf(certificate.hash))
      if (entry === undefined || this.tree.stateOf(entry) === null) continue
      const { finals, stale } = this.tree.finalise(entry)
      for (const final of finals) this.#rememberSets(final)
      this.#actions.push({ do: 'finalised', entry, certificate, finals, stale })
      this.#forget()
      return
    }
  }

  #rememberSets(entry: BlockEntry): void {
    if (this.#anchor?.isIn(entry) === true) this.#anchor = null
    if (this.#anchor !== null) return
    const { sets, currentSet } = entry.state!
    for (const set of sets) this.#setsByEpoch.set(set.epoch, set)
    for (const epoch of this.#setsByEpoch.keys()) if (epoch + KEPT_EPOCHS < currentSet.epoch) this.#setsByEpoch.delete(epoch)
  }

  /** Records of final heights serve the screen for a while; promises are the store's business. */
  #forget(): void {
    if (this.#leakHeight !== null && this.#leakHeight < this.tree.final.height) this.#leakHeight = null
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
    if (height <= this.tree.final.height || height < this.#closedBelow || !this.isValidator(height) || record.finalisePromise !== null) return
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
    return this.#clockOf(parent).start
  }

  #clockOf(parent: BlockEntry): RoundClock {
    const anchor = parent.state!.timestamp + parent.state!.config.blockIntervalMs
    return { start: Math.max(this.#records.get(parent.height + 1)?.enteredAt ?? 0, anchor), anchor, slotMs: this.#slotMs(parent) }
  }

  /** This node's own turn on a parent, if it has one. It does not change while the round lasts. */
  turnOn(parent: BlockEntry): Turn | null {
    const record = this.record(parent.height + 1)
    let turn = record.turns.get(parent.hash)
    if (turn === undefined)
      record.turns.set(parent.hash, (turn = this.tree.rules.familyOf(parent.state!).turnOf(parent.state!, this.#self, this.#clockOf(parent))))
    return turn
  }

  /**
   * R2. Where a tentative chain left a better-ranked block on this parent, that one goes first: a healed network reuses what both sides built, and
   * nobody waits for a block that is worse than its own.
   */
  #proposeInRound(now: number): void {
    const parent = this.notarisedAt(this.#round - 1)[0]
    if (parent === undefined) return
    const record = this.record(this.#round)
    if (record.proposedOn.has(parent.hash)) return
    const turn = this.turnOn(parent)
    if (turn === null) return
    const enteredAt = record.enteredAt ?? now
    const clock = this.#clockOf(parent)
    const better = this.#children(parent).some(entry => entry.header.rank < turn.rank && entry.seenAt < enteredAt && this.tree.stateOf(entry) !== null)
    const wait = better ? Math.min(turn.rank, MAX_COURTESY_SLOTS) + 1 : 0
    const time = this.tree.rules.familyOf(parent.state!).proposalTime(parent.state!, turn, this.#self, clock)
    if (!this.#at(time + wait * clock.slotMs, now)) return
    if (!this.#at(this.#proposeFrom(parent, turn, false, now), now)) return
    record.proposedOn.add(parent.hash)
    this.#actions.push({ do: 'propose', parent, turn, tentative: false })
  }

  /** R3: when this node's own time for a block has come. */
  timeOf(entry: BlockEntry, parent: BlockEntry): number {
    const clock = this.#clockOf(parent)
    const family = this.tree.rules.familyOf(parent.state!)
    const time = this.#votesByArrival(family) ? clock.start + this.#arrivalRank(entry) * clock.slotMs : family.voteTime(parent.state!, entry.header, clock)
    // Taste counts from when the block was seen: blocks that waited through a stall have been tasted already, and healing need not wait for them again.
    const tasted = Math.min(time, entry.seenAt) + this.tasteOf(entry) * clock.slotMs
    // R10: a block may be at most one slot ahead of this node's clock; until then its time has not come.
    return Math.max(time, tasted, entry.header.timestamp - parent.state!.config.slotMs)
  }

  #votesByArrival(family: Family): boolean {
    return family.voting === 'arrival' && this.lag <= MAX_ARRIVAL_LAG
  }

  /** How many blocks of the round were here before this one; those known to be invalid do not count. */
  #arrivalRank(entry: BlockEntry): number {
    const others = this.tree.at(entry.height).filter(other => other.invalid === null && other.transactions !== null)
    return Math.max(0, others.indexOf(entry))
  }

  #vote(now: number): void {
    const record = this.record(this.#round)
    if (record.left || record.finalisePromise !== null || this.#round < this.#closedBelow || !this.isValidator(this.#round)) return
    this.#disqualifyTwins(record)
    const parents = this.notarisedAt(this.#round - 1)
    let best: BlockEntry | null = null
    for (const entry of this.#ranked(record, parents)) {
      if (!isCandidate(entry, record)) continue
      if (best !== null && this.compare(best, entry) < 0 && !this.#votesByArrival(this.#familyAt(entry))) break
      if (!this.#at(this.timeOf(entry, this.tree.get(entry.parent)!), now)) continue
      if (this.tree.stateOf(entry) === null) continue
      if (this.#hasPromisedTwin(record, entry)) {
        if (this.disqualifies) record.disqualified.add(placeOf(entry))
        continue
      }
      best = entry
      if (record.promised.has(entry.hash)) continue
      record.promised.add(entry.hash)
      this.#store('notarise', entry)
    }
  }

  #hasPromisedTwin(record: RoundRecord, entry: BlockEntry): boolean {
    for (const hash of record.promised) {
      const other = this.tree.get(hash)
      if (other !== undefined && isTwin(other, entry)) return true
    }
    return false
  }

  /** The family that ruled when this block was made. */
  #familyAt(entry: BlockEntry): Family {
    return this.tree.rules.familyOf((this.tree.get(entry.parent) ?? this.tree.final).state!)
  }

  /** What R3 compares, negative when `a` is better: the family's order and never the taste. */
  protected compare(a: BlockEntry, b: BlockEntry): number {
    return this.#familyAt(a).compare(a.header, b.header)
  }

  #betterFirst(a: BlockEntry, b: BlockEntry): number {
    return this.#familyAt(a).compare(a.header, b.header) || (a.hash < b.hash ? -1 : 1)
  }

  /** R8. Taste fades while finality lags: two validators whose tastes differ may otherwise notarise two blocks at every height for ever. */
  protected tasteOf(entry: BlockEntry): number {
    return Math.max(0, this.#taste(entry.header) - Math.max(0, this.lag - 1))
  }

  protected get disqualifies(): boolean {
    return true
  }

  /** Blocks of a round on these parents, best first. Kept with the record, since each block that comes brings the question up again. */
  #ranked(record: RoundRecord, parents: readonly BlockEntry[]): readonly BlockEntry[] {
    const from = this.tree.at(record.height)
    const known = record.ranked
    if (known.from !== from || known.parents.length !== parents.length || known.parents.some((parent, i) => parent !== parents[i]))
      record.ranked = { from, parents, taken: 0, entries: [] }
    const { ranked } = record
    for (; ranked.taken < from.length; ranked.taken++) {
      const entry = from[ranked.taken]!
      if (parents.some(({ hash }) => hash === entry.parent)) this.#insert(ranked.entries, entry)
    }
    return ranked.entries
  }

  #insert(entries: BlockEntry[], entry: BlockEntry): void {
    let low = 0
    for (let high = entries.length; low < high;) {
      const middle = (low + high) >> 1
      if (this.#bestFirst(entries[middle]!, entry) <= 0) low = middle + 1
      else high = middle
    }
    entries.splice(low, 0, entry)
  }

  #bestFirst(a: BlockEntry, b: BlockEntry): number {
    return this.compare(a, b) || this.#betterFirst(a, b)
  }

  /** A proposer that was voted for with one block and shows another loses the round, whichever is looked at first. */
  #disqualifyTwins(record: RoundRecord): void {
    if (!this.disqualifies) return
    for (const hash of record.promised) {
      const voted = this.tree.get(hash)
      if (
        voted?.transactions != null &&
        this.tree.at(record.height).some(entry => isTwin(entry, voted) && entry.invalid === null && entry.transactions !== null)
      )
        record.disqualified.add(placeOf(voted))
    }
  }

  #children(parent: BlockEntry): BlockEntry[] {
    return parent.children.map(hash => this.tree.get(hash)).filter(entry => entry !== undefined)
  }

  /** R10 holds for fork choice, too: a chain that was made in advance counts block by block as its time comes. */
  #validChildren(parent: BlockEntry, now: number): BlockEntry[] {
    return this.#children(parent)
      .filter(entry => this.#at(entry.header.timestamp - parent.state!.config.slotMs, now) && this.tree.stateOf(entry) !== null)
      .sort((a, b) => this.#betterFirst(a, b))
  }

  // ---------------------------------------------------------------------------------------------------- without a quorum

  /** Since when this round has been going on without a certificate although it should have one; null while all is well. */
  stalledSince(now: number): number | null {
    const parent = this.notarisedAt(this.#round - 1)[0]
    if (parent === undefined) return null
    const clock = this.#clockOf(parent)
    const { patienceSlots } = this.tree.rules.familyOf(parent.state!)
    const since = clock.start + (TENTATIVE_AFTER_SLOTS + patienceSlots) * clock.slotMs
    return this.#at(since, now) ? since : null
  }

  /**
   * Fork choice. Never leaves a final block (rule 1); highest notarised height, there the best rank (2); while the round is stalled the longest
   * tentative extension, at the first difference the better rank (3), then the smaller hash (4).
   */
  head(now: number): BlockEntry {
    const notarised = this.notarisedAt(this.#round - 1)[0] ?? this.tree.final
    return this.stalledSince(now) === null ? notarised : this.#tentativeHead(notarised, now)
  }

  #tentativeHead(from: BlockEntry, now: number): BlockEntry {
    const depths = new Map<string, number>()
    const newestFirst: BlockEntry[] = []
    for (const queue = [from]; queue.length > 0;) {
      const entry = queue.pop()!
      newestFirst.push(entry)
      queue.push(...this.#validChildren(entry, now))
    }
    newestFirst.sort((a, b) => b.height - a.height)
    for (const entry of newestFirst) depths.set(entry.hash, Math.max(0, ...entry.children.map(hash => (depths.get(hash) ?? -1) + 1)))
    let head = from
    for (;;) {
      const next = this.#validChildren(head, now).sort((a, b) => depths.get(b.hash)! - depths.get(a.hash)! || this.#betterFirst(a, b))[0]
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
    const record = this.record(height)
    if (record.proposedOn.has(parent.hash)) return
    // Nobody has entered this round; for its turns it begins when the block could be made here. Who slept makes up for nothing: the parent may be new.
    const anchor = parent.state!.timestamp + parent.state!.config.blockIntervalMs
    const clock = { start: Math.max(stalled, anchor, parent.seenAt), anchor, slotMs: parent.state!.config.slotMs }
    const family = this.tree.rules.familyOf(parent.state!)
    const turn = family.turnOf(parent.state!, this.#self, clock)
    if (turn === null || !this.#at(family.proposalTime(parent.state!, turn, this.#self, clock), now)) return
    if (!this.#at(this.#proposeFrom(parent, turn, true, now), now)) return
    record.proposedOn.add(parent.hash)
    this.#actions.push({ do: 'propose', parent, turn, tentative: true })
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
    return { notarised: record.weightOf(VOTE_NOTARISE, entry.hash), finalised: record.weightOf(VOTE_FINALISE, entry.hash), total: set.total }
  }
}

function placeOf(entry: BlockEntry): string {
  return `${entry.parent}/${toHex(entry.header.proposer)}`
}

/** Two blocks of one proposer on one parent. Asked for all pairs of a round: what tells most of them apart comes first. */
function isTwin(a: BlockEntry, b: BlockEntry): boolean {
  return a !== b && equalBytes(a.header.proposer, b.header.proposer) && a.parent === b.parent && a.hash !== b.hash
}

/** Not known to be invalid, and of nobody who has been disqualified. */
function isCandidate(entry: BlockEntry, record: RoundRecord): boolean {
  if (entry.invalid !== null || entry.transactions === null) return false
  return record.disqualified.size === 0 || !record.disqualified.has(placeOf(entry))
}

// Made once: most messages that do not count are of these kinds.
const BELOW_FINAL = fail('below-final')
const NOT_A_MEMBER = fail('not-a-member')
const DUPLICATE = fail('duplicate')
