/**
 * From a parent state and a block to the next state. Building a block and checking one run the very same steps, so they cannot disagree:
 * transactions in their order, fees and reward, then the chain record, and at the end of an epoch the next validator set.
 */
import { equalBytes, u32le } from '../bytes'
import { committee, epochOf, isLastOfEpoch } from '../consensus/validatorSet'
import { taggedHash } from '../crypto/hash'
import { encode } from '../codec'
import type { Family } from '../families/family'
import { MAX_BLOCK_BYTES, MAX_BLOCK_TRANSACTIONS, RECENT_HASHES } from '../limits'
import { assert, fail, ok } from '../result'
import type { Failure, Result } from '../result'
import { Transaction, TransactionList, ValidatorList } from '../schema'
import type { Genesis, Header, ValidatorEntry } from '../schema'
import { applyTransaction, checkTransaction } from '../state/transactions'
import type { StateEdit, WorldState } from '../state/worldState'

/** What stays the same for every block of a network. */
export interface ChainRules {
  readonly genesis: Genesis
  readonly networkId: Uint8Array
  readonly family: Family
}

/** The latest grid point not after `time`. All honest proposers of a round come to the same timestamp (F-15, D-20). */
export function gridFloor(genesis: Genesis, time: number): number {
  return genesis.time + Math.floor((time - genesis.time) / genesis.blockIntervalMs) * genesis.blockIntervalMs
}

/** R10: one period after the parent, or the present period when the chain has slept. */
export function nextTimestamp(rules: ChainRules, parent: WorldState, now: number): number {
  return Math.max(parent.timestamp + rules.genesis.blockIntervalMs, gridFloor(rules.genesis, now))
}

/** seed(h) = H("seed", seed(h − 1), proposer, h): no content of the block enters, so contents cannot be ground (F-06). */
function nextSeed(parent: WorldState, proposer: Uint8Array, height: number): Uint8Array {
  return taggedHash('seed', parent.view.chain.seed, proposer, u32le(height))
}

/** Fees and the block's reward go to the proposer; the reward comes out of the treasury, so the supply never changes (S6). */
function payProposer(edit: StateEdit, rules: ChainRules, proposer: Uint8Array, fees: bigint): void {
  const reward = edit.view.treasury < rules.genesis.blockReward ? edit.view.treasury : rules.genesis.blockReward
  edit.view.treasury -= reward
  const record = edit.agent(proposer)
  assert(record !== null, 'a ranked proposer is registered')
  edit.update(proposer, { balance: record.balance + reward + fees, blocksMade: record.blocksMade + 1 })
}

function closeEpoch(edit: StateEdit, rules: ChainRules, height: number): void {
  if (!isLastOfEpoch(height, rules.genesis.epochLength)) return
  // The library reads a whole list only when nothing in it is pending.
  edit.view.commit()
  const seats = committee(edit.view.agents.getAllReadonlyValues(), height, rules.genesis)
  const { validators } = edit.view
  const following: ValidatorEntry[] = seats.length > 0 ? seats : validators.next.getAllReadonlyValues()
  validators.current = ValidatorList.toViewDU(validators.next.getAllReadonlyValues())
  validators.next = ValidatorList.toViewDU(following)
  validators.epoch = epochOf(height + 1, rules.genesis.epochLength)
}

function finishBlock(
  edit: StateEdit,
  rules: ChainRules,
  parent: WorldState,
  place: Pick<Header, 'height' | 'timestamp' | 'proposer' | 'seed'>,
  included: readonly Transaction[]
): WorldState {
  payProposer(
    edit,
    rules,
    place.proposer,
    included.reduce((sum, transaction) => sum + transaction.fee, 0n)
  )
  closeEpoch(edit, rules, place.height)
  const { chain } = edit.view
  chain.height = place.height
  chain.timestamp = place.timestamp
  chain.previousSeed = parent.view.chain.seed
  chain.seed = place.seed
  chain.transactions += BigInt(included.length)
  return edit.finish()
}

/** The block's own parent goes into the ring before its transactions run: a heartbeat may name it. */
function openBlock(parent: WorldState, parentHash: Uint8Array): StateEdit {
  const edit = parent.edit()
  edit.view.chain.recent.set(parent.height % RECENT_HASHES, parentHash)
  return edit
}

export interface Built {
  header: Header
  transactions: Transaction[]
  state: WorldState
}

/**
 * Makes a block on `parent`. Takes candidates in the given order, those that fit and pass; one whose nonce is not its turn yet is tried again
 * after the others.
 * @param proposer has a rank on `parent`
 */
export function buildBlock(
  rules: ChainRules,
  parent: WorldState,
  parentHash: Uint8Array,
  proposer: Uint8Array,
  rank: number,
  timestamp: number,
  candidates: readonly Transaction[]
): Built {
  const height = parent.height + 1
  const edit = openBlock(parent, parentHash)
  const context = { state: edit, height, genesis: rules.genesis, networkId: rules.networkId }
  const transactions: Transaction[] = []
  let room = MAX_BLOCK_BYTES - 4096
  let waiting = candidates
  for (let progress = true; progress && waiting.length > 0;) {
    progress = false
    const later: Transaction[] = []
    for (const transaction of waiting) {
      const size = Transaction.value_serializedSize(transaction) + 4
      if (transactions.length >= MAX_BLOCK_TRANSACTIONS || size > room) continue
      const failure = checkTransaction(context, transaction)
      if (failure === null) {
        applyTransaction(context, transaction)
        transactions.push(transaction)
        room -= size
        progress = true
      } else if (failure.code === 'nonce-gap') later.push(transaction)
    }
    waiting = later
  }
  const seed = nextSeed(parent, proposer, height)
  const state = finishBlock(edit, rules, parent, { height, timestamp, proposer, seed }, transactions)
  const header: Header = {
    height,
    parent: parentHash,
    timestamp,
    proposer,
    rank,
    txRoot: TransactionList.hashTreeRoot(transactions),
    stateRoot: state.root,
    seed,
    claim: rules.family.makeClaim(parent, proposer)
  }
  return { header, transactions, state }
}

/** Everything about a header that its parent's state decides. No execution. */
export function checkHeader(rules: ChainRules, parent: WorldState, parentHash: Uint8Array, header: Header): Failure | null {
  const { genesis, family } = rules
  if (header.height !== parent.height + 1) return fail('bad-height')
  if (!equalBytes(header.parent, parentHash)) return fail('bad-parent')
  if (header.timestamp < parent.timestamp + genesis.blockIntervalMs) return fail('too-early', 'less than one block interval after its parent')
  if ((header.timestamp - genesis.time) % genesis.blockIntervalMs !== 0) return fail('off-grid', 'the timestamp is not the start of a period')
  const ranked = family.ranking(parent)[header.rank]
  if (ranked === undefined || !equalBytes(ranked.publicKey, header.proposer)) return fail('bad-rank', 'the proposer does not hold this rank')
  if (!equalBytes(header.seed, nextSeed(parent, header.proposer, header.height))) return fail('bad-seed')
  return family.verifyClaim(parent, header)
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
  if (encode(TransactionList, [...transactions]).length > MAX_BLOCK_BYTES) return fail('block-too-large')
  if (!equalBytes(TransactionList.hashTreeRoot([...transactions]), header.txRoot)) return fail('bad-transaction-root')
  const edit = openBlock(parent, parentHash)
  const context = { state: edit, height: header.height, genesis: rules.genesis, networkId: rules.networkId }
  for (const transaction of transactions) {
    const failure = checkTransaction(context, transaction)
    if (failure !== null) return fail(`transaction-${failure.code}`, failure.detail)
    applyTransaction(context, transaction)
  }
  const state = finishBlock(edit, rules, parent, header, transactions)
  return equalBytes(state.root, header.stateRoot) ? ok(state) : fail('bad-state-root')
}
