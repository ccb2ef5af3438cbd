/** Conflicts as people see them: who is about to decide what, by which weights; and facts that could become one. Derived from the newest state. */
import type { ConflictChoice, ConflictKind, ConflictStrategy, ConflictView, DisputableView, DisputedView, NamedAgent } from '../../bridge/conflicts'
import { compareBytes, equalBytes, hexOf, toHex } from '../../core/bytes'
import type { BlockEntry, BlockTree } from '../../core/chain/blockTree'
import { encode } from '../../core/codec'
import { nameFromBytes } from '../../core/names'
import { ALLIANCE_ACTIVE, STRATEGY_PERSONALITY, STRATEGY_SOCIAL, Transaction } from '../../core/schema'
import type { AllianceRecord, ConflictRecord } from '../../core/schema'
import { transactionId } from '../../core/signing'
import {
  CHOICES,
  CONFLICT_CLASH,
  CONFLICT_DIVERGENT,
  CONFLICT_INCONSISTENT,
  conflictAt,
  conflictId,
  conflictPlace,
  FALSE_CLAIM,
  outcomeOf,
  TWO_FACED,
  weightsOf
} from '../../core/state/conflicts'
import { influenceOf } from '../../core/state/trust'
import type { WorldState } from '../../core/state/worldState'

/** Facts that are offered for a dispute. */
const DISPUTABLE_SHOWN = 16

const KINDS: Record<number, ConflictKind> = { [CONFLICT_DIVERGENT]: 'divergent', [CONFLICT_INCONSISTENT]: 'inconsistent', [CONFLICT_CLASH]: 'clash' }
const STAKES: Record<number, number> = { [CONFLICT_DIVERGENT]: TWO_FACED, [CONFLICT_INCONSISTENT]: FALSE_CLAIM }
const STRATEGIES: Record<number, ConflictStrategy> = { [STRATEGY_PERSONALITY]: 'personality', [STRATEGY_SOCIAL]: 'social' }

/** What a view of conflicts is made from. */
export interface ConflictSource {
  state: WorldState
  self: Uint8Array
  nameOf: (publicKey: Uint8Array) => string
  /** The state after the block of this height on the same branch, as far as it is here. */
  stateAt: (height: number) => WorldState | null
}

/** How opinions were weighed, in the state in which they were. */
interface Weighing {
  weights: readonly number[]
  uncapped: readonly (number | null)[]
  validators: number
}

/** Weighings of decided conflicts by id: the states that they need are let go of, and what was seen once is true for ever. */
export class Weighings {
  readonly #known = new Map<string, Weighing>()

  /** @returns null where the state at the decision is not here and never was */
  of(source: ConflictSource, conflict: ConflictRecord): Weighing | null {
    if (conflict.outcome === 0) return weigh(source.state, conflict, source.state.height + 1)
    const id = hexOf(conflict.id)
    const before = this.#known.get(id) ?? this.#atDecision(source, conflict)
    if (before !== null) this.#known.set(id, before)
    return before
  }

  /** Only where it leads to the outcome that the record has: the start of that height may have changed more than the conflict. */
  #atDecision({ stateAt }: ConflictSource, conflict: ConflictRecord): Weighing | null {
    const state = stateAt(conflict.closesAt - 1)
    if (state === null) return null
    const found = weigh(state, conflict, conflict.closesAt)
    return outcomeOf(choicesOf(conflict), found.weights, found.validators).outcome === conflict.outcome ? found : null
  }

  /** Forgets what the state has forgotten. */
  keep(ids: ReadonlySet<string>): void {
    for (const id of this.#known.keys()) if (!ids.has(id)) this.#known.delete(id)
  }
}

const choicesOf = ({ ballots }: ConflictRecord): number[] => ballots.map(({ choice }) => choice)

function weigh(state: WorldState, conflict: ConflictRecord, height: number): Weighing {
  const weights = weightsOf(state, conflict, height)
  const uncapped = conflict.ballots.map(({ agent }, i) => {
    if (conflict.strategy !== STRATEGY_SOCIAL) return null
    const influence = influenceOf(state, agent, height)
    return influence > weights[i]! ? influence : null
  })
  return { weights, uncapped, validators: state.decidedSets().sets[0]!.length }
}

/** Open ones first, then the newest. */
export function conflictViews(source: ConflictSource, weighings: Weighings): ConflictView[] {
  const { conflicts } = source.state.view.social
  const records = Array.from({ length: conflicts.length }, (_, place) => ({ place, record: conflictAt(source.state, place) }))
  weighings.keep(new Set(records.map(({ record }) => hexOf(record.id))))
  records.sort((a, b) => Number(a.record.outcome !== 0) - Number(b.record.outcome !== 0) || b.record.openedAt - a.record.openedAt || b.place - a.place)
  return records.map(({ place, record }) => conflictView(source, weighings, place, record))
}

function conflictView(source: ConflictSource, weighings: Weighings, place: number, record: ConflictRecord): ConflictView {
  const { state, nameOf } = source
  const named = (publicKey: Uint8Array): NamedAgent => ({ publicKey: toHex(publicKey), name: nameOf(publicKey) })
  const weighing = weighings.of(source, record)
  const choices = choicesOf(record)
  const decided = record.outcome !== 0
  const outcome = decided ? record.outcome : outcomeOf(choices, weighing!.weights, weighing!.validators).outcome
  const disputed = (id: Uint8Array): DisputedView => ({ id: toHex(id), label: record.kind === CONFLICT_CLASH ? labelOf(state.alliance(id), nameOf) : null })
  return {
    id: toHex(record.id),
    place,
    kind: KINDS[record.kind] ?? 'divergent',
    strategy: STRATEGIES[record.strategy] ?? 'majority',
    subject: named(record.subject),
    openedBy: named(record.openedBy),
    openedAt: record.openedAt,
    closesAt: record.closesAt,
    blocksLeft: decided ? 0 : Math.max(0, record.closesAt - 1 - state.height),
    stake: STAKES[record.kind] ?? null,
    first: disputed(record.first),
    second: disputed(record.second),
    opinions: record.ballots.map(({ agent, choice }, i) => ({
      ...named(state.agentAt(agent).publicKey),
      choice: choiceName(choice),
      weight: weighing?.weights[i] ?? null,
      uncapped: weighing?.uncapped[i] ?? null
    })),
    tally: weighing === null ? null : tallyOf(choices, weighing.weights),
    validators: weighing?.validators ?? null,
    voicesNeeded: weighing === null ? null : Math.ceil(weighing.validators / 3),
    standing: choiceName(outcome),
    decided,
    mayJudge: mayJudge(source, record)
  }
}

const choiceName = (choice: number): ConflictChoice => CHOICES[choice - 1] ?? 'void'

function tallyOf(choices: readonly number[], weights: readonly number[]): Record<ConflictChoice, number> {
  const tally = { keepFirst: 0, keepSecond: 0, void: 0 }
  choices.forEach((choice, i) => (tally[choiceName(choice)] += weights[i]!))
  return tally
}

function labelOf(alliance: AllianceRecord | null, nameOf: ConflictSource['nameOf']): string | null {
  if (alliance === null) return null
  const label = nameFromBytes(alliance.offer.label) ?? ''
  return label === '' ? alliance.offer.members.map(nameOf).join(', ') : label
}

/** As the rule of the transaction would say at the next height (state/rules/conflicts.ts). */
function mayJudge({ state, self }: ConflictSource, { subject, ballots, closesAt, outcome }: ConflictRecord): ConflictView['mayJudge'] {
  const own = state.place(self)
  if (own === null) return 'stranger'
  if (ballots.some(({ agent }) => agent === own)) return 'said'
  if (outcome !== 0 || state.height + 1 >= closesAt) return 'closed'
  return equalBytes(subject, self) ? 'subject' : 'yes'
}

// ----------------------------------------------------------------------------------------------------------- what could be disputed

/** @param tree blocks that did not make it may hold what contradicts those that did */
export function disputable({ state, nameOf }: ConflictSource, tree: Pick<BlockTree, 'all' | 'final' | 'isAncestor'>): DisputableView[] {
  const named = (publicKey: Uint8Array): NamedAgent => ({ publicKey: toHex(publicKey), name: nameOf(publicKey) })
  const isNew = (kind: number, subject: Uint8Array, first: Uint8Array, second: Uint8Array): boolean =>
    conflictPlace(state, conflictId(kind, { subject, first, second })) === null
  const ofAlliance = (alliance: AllianceRecord): DisputedView => ({ id: toHex(alliance.id), label: labelOf(alliance, nameOf) })
  const clashes = clashesIn(state)
    .filter(({ member, first, second }) => isNew(CONFLICT_CLASH, member, first.id, second.id))
    .map(({ member, first, second }): DisputableView => ({ kind: 'clash', subject: named(member), first: ofAlliance(first), second: ofAlliance(second) }))
  const divergent = divergencesIn(tree)
    .filter(
      ({ pair: [first, second] }) => state.agent(first.sender) !== null && isNew(CONFLICT_DIVERGENT, first.sender, transactionId(first), transactionId(second))
    )
    .map(({ pair: [first, second], height }): DisputableView => ({
      kind: 'divergent',
      subject: named(first.sender),
      first: { id: toHex(transactionId(first)), label: null },
      second: { id: toHex(transactionId(second)), label: null },
      evidence: [toHex(encode(Transaction, first)), toHex(encode(Transaction, second))],
      height
    }))
  return [...clashes, ...divergent].slice(0, DISPUTABLE_SHOWN)
}

/** Members of two alliances in force that both exclude the other, the lower id first. */
function clashesIn(state: WorldState): { member: Uint8Array; first: AllianceRecord; second: AllianceRecord }[] {
  const { alliances } = state.view.social
  const exclusive = Array.from({ length: alliances.length }, (_, place) => alliances.getReadonly(place).toValue())
    .filter(({ status, offer }) => status === ALLIANCE_ACTIVE && offer.terms.exclusive === 1)
    .sort((a, b) => compareBytes(a.id, b.id))
  return exclusive.flatMap((first, i) =>
    exclusive
      .slice(i + 1)
      .flatMap(second =>
        first.offer.members.filter(member => second.offer.members.some(other => equalBytes(other, member))).map(member => ({ member, first, second }))
      )
  )
}

/** T066: transactions of blocks that lost against those of blocks that count: one sender, one nonce, another content. The lower id first. */
function divergencesIn(tree: Pick<BlockTree, 'all' | 'final' | 'isAncestor'>): { pair: [Transaction, Transaction]; height: number }[] {
  const isFinal = (entry: BlockEntry): boolean => entry === tree.final || tree.isAncestor(entry, tree.final)
  const lost = new Map<string, Transaction>()
  const kept: BlockEntry[] = []
  for (const entry of tree.all()) {
    if (entry.height <= tree.final.height && isFinal(entry)) kept.push(entry)
    else for (const transaction of entry.transactions ?? []) lost.set(placeOf(transaction), transaction)
  }
  if (lost.size === 0) return []
  return kept.flatMap(({ transactions, height }) =>
    (transactions ?? []).flatMap(transaction => {
      const other = lost.get(placeOf(transaction))
      if (other === undefined || equalBytes(other.signature, transaction.signature)) return []
      const [first, second] = [transaction, other].sort((a, b) => compareBytes(transactionId(a), transactionId(b)))
      return [{ pair: [first!, second!] as [Transaction, Transaction], height }]
    })
  )
}

const placeOf = ({ sender, nonce }: Transaction): string => `${hexOf(sender)}/${nonce}`
