/** The audit trail of a block (T082): step by step, what it changed. Nothing is written down for it: a block and the state before it say all. */
import { assert } from '../result'
import type { Transaction } from '../schema'
import { beginBlock } from '../state/blockStart'
import { changesBetween } from '../state/changes'
import type { Change } from '../state/changes'
import { applyTransaction, checkTransaction } from '../state/transactions'
import type { WorldState } from '../state/worldState'
import type { ChainRules } from './execute'

export interface AuditStep {
  /** What made the changes: what was due at the start, a transaction, or the settlement at the end (rewards, turns, epochs). */
  readonly part: 'start' | 'transaction' | 'end'
  readonly transaction: Transaction | null
  readonly changes: readonly Change[]
}

/** @param parent the state before. @param after the state after this very block, which has been executed before */
export function auditBlock(
  rules: ChainRules,
  parent: WorldState,
  parentHash: Uint8Array,
  transactions: readonly Transaction[],
  after: WorldState
): AuditStep[] {
  const steps: AuditStep[] = []
  let before = parent
  const step = (part: AuditStep['part'], transaction: Transaction | null, state: WorldState): void => {
    steps.push({ part, transaction, changes: changesBetween(before, state) })
    before = state
  }
  const edit = beginBlock(parent, parentHash)
  step('start', null, edit.preview())
  const context = { state: edit, height: parent.height + 1, genesis: rules.genesis, networkId: rules.networkId }
  for (const transaction of transactions) {
    assert(checkTransaction(context, transaction) === null, 'an executed block holds valid transactions')
    applyTransaction(context, transaction)
    step('transaction', transaction, edit.preview())
  }
  step('end', null, after)
  return steps
}
