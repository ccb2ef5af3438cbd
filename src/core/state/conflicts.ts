/**
 * Conflicts between agents (D-15): evidence on the chain, 16 blocks of signed opinions, and an outcome that is a function of them at a fixed height (F-19). What opinions can
 * move is reputation, and which of two clashing alliances stands. Signatures, balances and final blocks are out of their reach (T076): nothing here writes to them.
 */
import { compareBytes, concat, equalBytes } from '../bytes'
import { decode } from '../codec'
import type { SignatureCheck } from '../crypto/ed25519'
import { taggedHash } from '../crypto/hash'
import { MAX_CONFLICT_EVIDENCE_BYTES, MAX_CONFLICTS } from '../limits'
import { rootOfBranch } from '../proof/branch'
import { ok } from '../result'
import type { Result } from '../result'
import {
  ALLIANCE_ACTIVE,
  ClashEvidence,
  ConflictRecord,
  DivergentEvidence,
  InconsistentEvidence,
  State,
  STRATEGY_PERSONALITY,
  STRATEGY_SOCIAL
} from '../schema'
import { claimBytes, transactionBytes, transactionId } from '../signing'
import { PERSONALITIES } from '../taste/personalities'
import { DUE_CONFLICT, schedule } from './agenda'
import { breakAlliance } from './alliances'
import { recordDrama } from './drama'
import { refuse } from './rule'
import type { Refusal } from './rule'
import { influenceOf } from './trust'
import type { StateEdit, StateReader } from './worldState'

/** T066: two signed transactions of one sender with one nonce. */
export const CONFLICT_DIVERGENT = 1
/** T067: an agent's signed word about its record, and a proof of another one. */
export const CONFLICT_INCONSISTENT = 2
/** T068: one member in two alliances that exclude each other. */
export const CONFLICT_CLASH = 3

/** Opinions and outcomes alike. */
export const CHOICE_FIRST = 1
export const CHOICE_SECOND = 2
export const CHOICE_VOID = 3
export const CHOICES = ['keepFirst', 'keepSecond', 'void'] as const

/** Blocks in which opinions are heard. */
export const OPINION_BLOCKS = 16
/** What it costs to have been found saying two things, milli of reputation. */
export const TWO_FACED = 100
export const FALSE_CLAIM = 150
/** Weight of a voice whose traits nobody knows, and where every voice counts alike. */
const PLAIN_WEIGHT = 500
const EQUAL_WEIGHT = 1
/** D-15: nobody counts for more than so many typical voices. */
const MEDIANS = 3
/** A vote is split when the winner has at most this share, milli. */
const SPLIT_UP_TO = 600

/** What is disputed. */
export interface Dispute {
  subject: Uint8Array
  first: Uint8Array
  second: Uint8Array
}

type Evidence =
  | { kind: typeof CONFLICT_DIVERGENT; value: DivergentEvidence }
  | { kind: typeof CONFLICT_INCONSISTENT; value: InconsistentEvidence }
  | { kind: typeof CONFLICT_CLASH; value: ClashEvidence }

/** @returns what was shown, if it has the shape of its kind */
export function readEvidence({ kind, evidence }: { kind: number; evidence: Uint8Array }): Result<Evidence> {
  switch (kind) {
    case CONFLICT_DIVERGENT: {
      const read = decode(DivergentEvidence, evidence, MAX_CONFLICT_EVIDENCE_BYTES)
      return read.ok ? ok({ kind, value: read.value }) : read
    }
    case CONFLICT_INCONSISTENT: {
      const read = decode(InconsistentEvidence, evidence, MAX_CONFLICT_EVIDENCE_BYTES)
      return read.ok ? ok({ kind, value: read.value }) : read
    }
    case CONFLICT_CLASH: {
      const read = decode(ClashEvidence, evidence, MAX_CONFLICT_EVIDENCE_BYTES)
      return read.ok ? ok({ kind, value: read.value }) : read
    }
    default:
      return refuse('bad-conflict', `no kind ${kind}`)
  }
}

/** One order only, so that one fact has one spelling. */
export function shapeOfEvidence(evidence: Evidence): Refusal | null {
  if (evidence.kind === CONFLICT_DIVERGENT) {
    const { first, second } = evidence.value
    if (!equalBytes(first.sender, second.sender) || first.nonce !== second.nonce) return refuse('bad-conflict', 'the two do not exclude each other')
    return compareBytes(transactionId(first), transactionId(second)) < 0 ? null : refuse('bad-conflict', 'the two are one, or out of order')
  }
  if (evidence.kind === CONFLICT_INCONSISTENT) {
    const { claim, record } = evidence.value
    return equalBytes(claim.record, record) ? refuse('bad-conflict', 'the claim is true') : null
  }
  return compareBytes(evidence.value.first, evidence.value.second) < 0 ? null : refuse('bad-conflict', 'the two are one, or out of order')
}

/** Signatures that make the evidence somebody's own word. */
export function evidenceSignatures(evidence: Evidence, networkId: Uint8Array): SignatureCheck[] {
  if (evidence.kind === CONFLICT_DIVERGENT) {
    const { first, second } = evidence.value
    return [first, second].map(tx => ({ publicKey: tx.sender, message: transactionBytes(networkId, tx), signature: tx.signature }))
  }
  if (evidence.kind === CONFLICT_INCONSISTENT) {
    const { claim } = evidence.value
    return [{ publicKey: claim.agent, message: claimBytes(networkId, claim), signature: claim.signature }]
  }
  return []
}

/** Holds the evidence against the state. */
export function disputeOf(state: StateReader, evidence: Evidence): Dispute | Refusal {
  if (evidence.kind === CONFLICT_DIVERGENT) {
    const { first, second } = evidence.value
    if (state.agent(first.sender) === null) return refuse('bad-conflict', 'nobody here has sent these')
    return { subject: first.sender, first: transactionId(first), second: transactionId(second) }
  }
  if (evidence.kind === CONFLICT_INCONSISTENT) {
    const { claim, place, record, branch } = evidence.value
    const block = state.blockRecord(claim.height)
    if (block === null) return refuse('bad-conflict', 'that height is not among the last ones')
    if (state.place(claim.agent) !== place) return refuse('bad-conflict', 'the record is not that agent’s')
    const { gindex } = State.getPathInfo(['agents', 'records', place])
    const root = rootOfBranch(record, gindex, branch)
    if (root === null || !equalBytes(root, block.stateRoot)) return refuse('bad-conflict', 'the proof does not lead to the root of that height')
    return { subject: claim.agent, first: claim.record, second: record }
  }
  const { member, first, second } = evidence.value
  for (const id of [first, second]) {
    const alliance = state.alliance(id)
    if (alliance?.status !== ALLIANCE_ACTIVE) return refuse('bad-conflict', 'an alliance is not in force')
    if (alliance.offer.terms.exclusive !== 1) return refuse('bad-conflict', 'an alliance excludes no other')
    if (!alliance.offer.members.some(other => equalBytes(other, member))) return refuse('bad-conflict', 'the member is not in both')
  }
  return { subject: member, first, second }
}

export function conflictId(kind: number, { first, second }: Dispute): Uint8Array {
  return taggedHash('conflict', concat(Uint8Array.of(kind), first, second))
}

/** Where a conflict stands; the ring is short enough to look through. */
export function conflictPlace(state: StateReader, id: Uint8Array): number | null {
  const { conflicts } = state.view.social
  for (let place = 0; place < conflicts.length; place++) if (equalBytes(conflicts.getReadonly(place).toValue().id, id)) return place
  return null
}

export function conflictAt(state: StateReader, place: number): ConflictRecord {
  return state.view.social.conflicts.getReadonly(place).toValue()
}

/** The oldest conflict gives way once it is decided. */
export function conflictsFull(state: StateReader): boolean {
  const { conflictCount, conflicts } = state.view.social
  const place = conflictCount % MAX_CONFLICTS
  return place < conflicts.length && conflictAt(state, place).outcome === 0
}

export function openConflict(edit: StateEdit, kind: number, strategy: number, dispute: Dispute, openedBy: Uint8Array, height: number): void {
  const { social } = edit.view
  const place = social.conflictCount % MAX_CONFLICTS
  social.conflictCount++
  const closesAt = height + OPINION_BLOCKS
  const record = { id: conflictId(kind, dispute), kind, strategy, ...dispute, openedBy, openedAt: height, closesAt, ballots: [], outcome: 0 }
  const view = ConflictRecord.toViewDU(record)
  if (place < social.conflicts.length) social.conflicts.set(place, view)
  else social.conflicts.push(view)
  schedule(edit, { at: closesAt, kind: DUE_CONFLICT, place })
}

export function castBallot(edit: StateEdit, place: number, agent: number, choice: number): void {
  const conflict = conflictAt(edit, place)
  edit.view.social.conflicts.set(place, ConflictRecord.toViewDU({ ...conflict, ballots: [...conflict.ballots, { agent, choice }] }))
}

/** T069–T071, T073: what each voice weighs. */
export function weightsOf(state: StateReader, { strategy, ballots }: Pick<ConflictRecord, 'strategy' | 'ballots'>, height: number): number[] {
  if (strategy === STRATEGY_PERSONALITY) {
    return ballots.map(({ agent }) => {
      const traits = PERSONALITIES[state.agentAt(agent).personality - 1]?.traits
      return traits === undefined ? PLAIN_WEIGHT : PLAIN_WEIGHT + Math.floor(traits.reason / 2)
    })
  }
  if (strategy === STRATEGY_SOCIAL) {
    const influences = ballots.map(({ agent }) => influenceOf(state, agent, height))
    const median = [...influences].sort((a, b) => a - b)[Math.floor((influences.length - 1) / 2)] ?? 0
    return influences.map(influence => Math.min(influence, MEDIANS * median))
  }
  return ballots.map(() => EQUAL_WEIGHT)
}

/**
 * T074: strictly more than half of the weight that spoke, and at least a third of the validators did; otherwise nothing is decided.
 * @returns the outcome and the winner's share, milli
 */
export function outcomeOf(choices: readonly number[], weights: readonly number[], validators: number): { outcome: number; share: number } {
  const cast = weights.reduce((sum, weight) => sum + weight, 0)
  const weightOf = (choice: number): number => weights.reduce((sum, weight, i) => sum + (choices[i] === choice ? weight : 0), 0)
  const [best] = [CHOICE_FIRST, CHOICE_SECOND, CHOICE_VOID].sort((a, b) => weightOf(b) - weightOf(a) || a - b)
  const most = weightOf(best!)
  const share = cast === 0 ? 0 : Math.floor((1000 * most) / cast)
  return 2 * most > cast && 3 * choices.length >= validators ? { outcome: best!, share } : { outcome: CHOICE_VOID, share }
}

/** T075: the outcome is a transition like any other, at the start of the height that the evidence has fixed. */
export function resolveConflict(edit: StateEdit, place: number, at: number, height: number): void {
  const conflict = conflictAt(edit, place)
  if (conflict.closesAt !== at || conflict.outcome !== 0) return
  const choices = conflict.ballots.map(({ choice }) => choice)
  const validators = edit.decidedSets().sets[0]!.length
  const { outcome, share } = outcomeOf(choices, weightsOf(edit, conflict, height), validators)
  edit.view.social.conflicts.set(place, ConflictRecord.toViewDU({ ...conflict, outcome }))
  if (choices.length > 1 && share <= SPLIT_UP_TO) recordDrama(edit, 'splitVote', height, [conflict.subject], [conflict.id])
  if (outcome !== CHOICE_VOID) settle(edit, conflict, outcome, height)
}

function settle(edit: StateEdit, { kind, subject, first, second }: ConflictRecord, outcome: number, height: number): void {
  const agent = edit.agent(subject)
  if (agent === null) return
  const lose = (points: number): void => edit.update(subject, { reputation: Math.max(0, agent.reputation - points) })
  if (kind === CONFLICT_DIVERGENT) lose(TWO_FACED)
  else if (kind === CONFLICT_INCONSISTENT && outcome === CHOICE_SECOND) lose(FALSE_CLAIM)
  else if (kind === CONFLICT_CLASH) {
    const dropped = outcome === CHOICE_FIRST ? second : first
    if (edit.alliance(dropped)?.status === ALLIANCE_ACTIVE) breakAlliance(edit, dropped, subject, height)
  }
}
