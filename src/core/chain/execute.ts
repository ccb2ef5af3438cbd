/**
 * From a parent state and a block to the next state. Building a block and checking one run the very same steps, so they cannot disagree:
 * transactions in their order, fees and reward, then the chain record, and at the end of an epoch the next validator set.
 */
import { equalBytes, u32le } from '../bytes'
import { committee, epochOf, isLastOfEpoch } from '../consensus/validatorSet'
import { taggedHash } from '../crypto/hash'
import type { VrfScheme } from '../crypto/vrfScheme'
import type { PlacedHeader, Turn } from '../families/family'
import type { FamilyOf } from '../families/registry'
import { BLOCK_HEADROOM_BYTES, MAX_BLOCK_BYTES, MAX_BLOCK_TRANSACTIONS } from '../limits'
import { assert, fail, ok } from '../result'
import type { Failure, Result } from '../result'
import { Transaction, TransactionList } from '../schema'
import type { AgentRecord, Genesis, Header, ValidatorEntry } from '../schema'
import { transactionRoot } from '../signing'
import { beginBlock, begunOn } from '../state/blockStart'
import { recordDrama } from '../state/drama'
import type { TransactionContext } from '../state/rule'
import { applyTransaction, checkTransaction } from '../state/transactions'
import { activeAlliances } from '../state/trust'
import type { StateEdit, WorldState } from '../state/worldState'

/** A chain that has made no block for so many intervals was without a quorum, or alone. */
const SILENT_INTERVALS = 15

/** What stays the same for every block of a network. */
export interface ChainRules {
  readonly genesis: Genesis
  readonly networkId: Uint8Array
  /** Which family rules the block after a state (PROTOCOL §8). */
  readonly familyOf: FamilyOf
  readonly vrf: VrfScheme
  /** Other rules of single transactions in the place of the real ones: for the simulator's deliberate bugs. */
  readonly transactions?: TransactionRules
  /** Results of executions by block hash, where several nodes share a process. A hash covers all that a result depends on. */
  readonly executions?: ExecutionCache
}

/** What one transaction needs and does. */
export interface TransactionRules {
  readonly check: typeof checkTransaction
  readonly apply: typeof applyTransaction
}

const TRANSACTION_RULES: TransactionRules = { check: checkTransaction, apply: applyTransaction }

/** The rules of transactions in force. */
export function transactionRules(rules: ChainRules): TransactionRules {
  return rules.transactions ?? TRANSACTION_RULES
}

/** `get` and `set` of a bounded map. */
export interface ExecutionCache {
  get(hash: string): Result<WorldState> | undefined
  set(hash: string, result: Result<WorldState>): void
}

/** Who makes a block: the key, and the proof of its random number that only its secret can give. */
export interface Author {
  readonly publicKey: Uint8Array
  /** ECVRF proof for this input (RFC 9381). */
  prove(alpha: Uint8Array): Uint8Array
}

/** What the proposer's random number of a height is asked about: nothing that it could choose. */
function vrfInput(networkId: Uint8Array, parent: WorldState): Uint8Array {
  return taggedHash('vrf', networkId, u32le(parent.height + 1), parent.chain.seed)
}

/**
 * seed(h) = H("seed", seed(h − 1), VRF output, h). No content of the block enters, so contents cannot be ground, and nobody knows the seed before its
 * proposer shows the proof (F-06). A proposer that keeps its block back has one choice between two seeds.
 */
function nextSeed(parent: WorldState, output: Uint8Array): Uint8Array {
  return taggedHash('seed', parent.chain.seed, output, u32le(parent.height + 1))
}

/** Fees and reward as the family shares them out; the reward comes out of the treasury and the rest of the fees goes into it, so the supply never changes (S6). */
function pay(edit: StateEdit, rules: ChainRules, parent: WorldState, header: PlacedHeader, fees: bigint): void {
  const before = edit.treasury
  let left = before + fees
  for (const { to, amount } of rules.familyOf(parent).payouts(parent, header.proposer, fees, before)) {
    const record = edit.agent(to)
    assert(record !== null && amount >= 0n && amount <= left, 'payouts go to agents and stay within what is there')
    const shared = equalBytes(to, header.proposer) ? shareReward(edit, record, amount) : 0n
    edit.update(to, { balance: record.balance + amount - shared })
    left -= amount
  }
  edit.treasury = left
}

/** D-07: what a proposer's most generous alliance has promised goes to its other members in equal parts. @returns what was given away */
function shareReward(edit: StateEdit, proposer: AgentRecord, amount: bigint): bigint {
  const generous = activeAlliances(edit, proposer).sort((a, b) => b.offer.terms.rewardShare - a.offer.terms.rewardShare)[0]
  if (generous === undefined || generous.offer.terms.rewardShare === 0) return 0n
  const others = generous.offer.members.filter(member => !equalBytes(member, proposer.publicKey))
  const part = (amount * BigInt(generous.offer.terms.rewardShare)) / 1000n / BigInt(others.length)
  for (const member of others) edit.update(member, { balance: edit.agent(member)!.balance + part })
  return part * BigInt(others.length)
}

/** V148: whoever let its turn pass pays a little, as far as it can; whoever made the block starts counting anew. */
function settleTurns(edit: StateEdit, rules: ChainRules, parent: WorldState, header: PlacedHeader): void {
  const missed = rules.familyOf(parent).missed(parent, header)
  for (const publicKey of missed) {
    const record = edit.agent(publicKey)
    assert(record !== null, 'a ranked proposer is registered')
    const penalty = record.balance < rules.genesis.missedSlotPenalty ? record.balance : rules.genesis.missedSlotPenalty
    edit.update(publicKey, { missed: record.missed + 1, balance: record.balance - penalty })
    edit.treasury += penalty
  }
  const record = edit.agent(header.proposer)
  assert(record !== null, 'a proposer is registered')
  edit.update(header.proposer, { blocksMade: record.blocksMade + 1, missed: 0, lastActivity: header.height })
  if (missed.length > 0) recordDrama(edit, 'leaderMissed', header.height, missed)
  const silence = header.timestamp - parent.timestamp
  if (parent.height > 0 && silence >= SILENT_INTERVALS * parent.config.blockIntervalMs) recordDrama(edit, 'partitionHealed', header.height, [header.proposer])
}

function closeEpoch(edit: StateEdit, rules: ChainRules, height: number): void {
  const { epochLength, lookahead } = rules.genesis
  if (!isLastOfEpoch(height, epochLength)) return
  const seats = committee(edit.agents(), edit.plots(), height, rules.genesis)
  const { sets } = edit.decidedSets()
  const following: ValidatorEntry[] = seats.length > 0 ? seats : sets.at(-1)!
  edit.decideSets(epochOf(height + 1, epochLength), [...sets.slice(1), following].slice(-(lookahead + 1)))
}

/** PROTOCOL §8: a scheduled configuration begins with its epoch; the family that takes over starts to remember anew. */
function remember(edit: StateEdit, rules: ChainRules, parent: WorldState, header: PlacedHeader): void {
  const { scheduled } = edit
  if (scheduled?.epoch === epochOf(header.height + 1, rules.genesis.epochLength) && isLastOfEpoch(header.height, rules.genesis.epochLength)) {
    edit.config = scheduled.config
    edit.scheduled = null
    const state = edit.preview()
    edit.memory = rules.familyOf(state).initialMemory(state)
    return
  }
  const memory = rules.familyOf(parent).advance(parent, header)
  if (memory !== null) edit.memory = memory
}

function finishBlock(edit: StateEdit, rules: ChainRules, parent: WorldState, place: PlacedHeader, included: readonly Transaction[]): WorldState {
  pay(
    edit,
    rules,
    parent,
    place,
    included.reduce((sum, transaction) => sum + transaction.fee, 0n)
  )
  settleTurns(edit, rules, parent, place)
  closeEpoch(edit, rules, place.height)
  const { chain } = edit
  chain.height = place.height
  chain.parent = place.parent
  chain.timestamp = place.timestamp
  chain.previousSeed = parent.chain.seed
  chain.seed = place.seed
  chain.producer = place.proposer
  chain.txRoot = place.txRoot
  chain.transactions += BigInt(included.length)
  remember(edit, rules, parent, place)
  return edit.finish()
}

export interface Built {
  header: Header
  transactions: Transaction[]
  /** Of the encoded transactions. */
  bytes: number
  /** How many of the candidates were left out because one of the limits was reached, and how many because they cannot be in this block. */
  skipped: { full: number; refused: number }
  state: WorldState
}

/** What a producer sets itself (P015, P016); the chain's own limits hold beside them. */
export interface BodyLimits {
  /** Of the encoded list of transactions. */
  maxBytes: number
  maxTransactions: number
}

/** The chain's own: a full block, header and all. */
export const CHAIN_LIMITS: BodyLimits = { maxBytes: MAX_BLOCK_BYTES - BLOCK_HEADROOM_BYTES, maxTransactions: MAX_BLOCK_TRANSACTIONS }

/** An SSZ list of variable parts spends so many bytes on each part's offset. */
const OFFSET_BYTES = 4

/**
 * Makes a block on `parent`. Takes candidates in the given order, those that pass and fit under both limits (P045–P048: one that does not fit is skipped, and later ones are still
 * considered); one whose nonce is not its turn yet is tried again after the others.
 * @param turn what the family gave this author on `parent`
 * @param timestamp that of the turn (`Family.timestamp`)
 */
export function buildBlock(
  rules: ChainRules,
  parent: WorldState,
  parentHash: Uint8Array,
  author: Author,
  turn: Turn,
  timestamp: number,
  candidates: readonly Transaction[],
  limits: BodyLimits = CHAIN_LIMITS
): Built {
  const height = parent.height + 1
  const edit = beginBlock(parent, parentHash)
  const context = { state: edit, height, genesis: rules.genesis, networkId: rules.networkId }
  const { transactions, bytes, skipped } = fill(context, transactionRules(rules), candidates, {
    maxBytes: Math.min(limits.maxBytes, CHAIN_LIMITS.maxBytes),
    maxTransactions: Math.min(limits.maxTransactions, CHAIN_LIMITS.maxTransactions)
  })
  const vrf = author.prove(vrfInput(rules.networkId, parent))
  const output = rules.vrf.output(vrf)
  assert(output !== null, 'an author makes proofs')
  const seed = nextSeed(parent, output)
  const txRoot = transactionRoot(transactions)
  const placed: PlacedHeader = { height, parent: parentHash, timestamp, proposer: author.publicKey, rank: turn.rank, txRoot, vrf, seed, claim: turn.claim }
  const state = finishBlock(edit, rules, parent, placed, transactions)
  return { header: { ...placed, stateRoot: state.root }, transactions, bytes, skipped, state }
}

/** Applies what fits and passes, in order. */
function fill(context: TransactionContext, { check, apply }: TransactionRules, candidates: readonly Transaction[], { maxBytes, maxTransactions }: BodyLimits) {
  const transactions: Transaction[] = []
  const skipped = { full: 0, refused: 0 }
  let bytes = 0
  let waiting = candidates
  for (let progress = true; progress && waiting.length > 0;) {
    progress = false
    const later: Transaction[] = []
    for (const transaction of waiting) {
      const size = Transaction.value_serializedSize(transaction) + OFFSET_BYTES
      if (transactions.length >= maxTransactions || bytes + size > maxBytes) {
        skipped.full++
        continue
      }
      const failure = check(context, transaction)
      if (failure === null) {
        apply(context, transaction)
        transactions.push(transaction)
        bytes += size
        progress = true
      } else if (failure.code === 'nonce-gap') later.push(transaction)
      else skipped.refused++
    }
    waiting = later
  }
  skipped.refused += waiting.length
  return { transactions, bytes, skipped }
}

/** Everything about a header that its parent's state decides. No execution. */
export function checkHeader(rules: ChainRules, parent: WorldState, parentHash: Uint8Array, header: Header): Failure | null {
  if (header.height !== parent.height + 1) return fail('bad-height')
  if (!equalBytes(header.parent, parentHash)) return fail('bad-parent')
  const turn = rules.familyOf(parent).checkTurn(parent, header)
  if (turn !== null) return turn
  const output = rules.vrf.verify(header.proposer, vrfInput(rules.networkId, parent), header.vrf)
  if (output === null) return fail('bad-vrf', 'the proof of the random number does not hold')
  return equalBytes(header.seed, nextSeed(parent, output)) ? null : fail('bad-seed')
}

/** @returns what a transaction of the next block is checked against, on the block with this hash */
export function nextContext({ genesis, networkId }: ChainRules, state: WorldState, hash: Uint8Array): TransactionContext {
  return { state: begunOn(state, hash), height: state.height + 1, genesis, networkId }
}

/**
 * R3: runs the body before anyone votes for it.
 * @returns the state after the block, or the first rule that it breaks
 */
export function executeBlock(
  rules: ChainRules,
  parent: WorldState,
  parentHash: Uint8Array,
  header: Header,
  transactions: readonly Transaction[]
): Result<WorldState> {
  const bad = checkHeader(rules, parent, parentHash, header)
  if (bad !== null) return bad
  if (TransactionList.value_serializedSize([...transactions]) > MAX_BLOCK_BYTES) return fail('block-too-large')
  if (!equalBytes(transactionRoot(transactions), header.txRoot)) return fail('bad-transaction-root')
  const edit = beginBlock(parent, parentHash)
  const context = { state: edit, height: header.height, genesis: rules.genesis, networkId: rules.networkId }
  const { check, apply } = transactionRules(rules)
  for (const transaction of transactions) {
    const failure = check(context, transaction)
    if (failure !== null) return fail(`transaction-${failure.code}`, failure.detail)
    apply(context, transaction)
  }
  const state = finishBlock(edit, rules, parent, header, transactions)
  return equalBytes(state.root, header.stateRoot) ? ok(state) : fail('bad-state-root')
}
