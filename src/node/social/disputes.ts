/** Evidence that people bring before the room, from text to the payload of a transaction. */
import type { Failure as ApiFailure, Result as ApiResult, TransactionIntent } from '../../bridge/api'
import { compareBytes, fromHex } from '../../core/bytes'
import { decode, encode } from '../../core/codec'
import { branchOf } from '../../core/proof/branch'
import { ConflictPayload, DivergentEvidence, InconsistentEvidence, RecordClaim, State, Transaction } from '../../core/schema'
import { transactionId } from '../../core/signing'
import { getNode } from '../../core/ssz'
import { CONFLICT_DIVERGENT, CONFLICT_INCONSISTENT } from '../../core/state/conflicts'
import { TX_CONFLICT } from '../../core/state/transactions'
import type { WorldState } from '../../core/state/worldState'
import type { Intent } from '../messages'

export type DisputeIntent = Extract<TransactionIntent, { kind: 'dispute-divergent' | 'dispute-claim' }>

const bad = (message: string): ApiFailure => ({ ok: false, code: 'bad-conflict', message })

/**
 * @param stateAt the state after the block of this height, as far as it is here: what a claim is held against
 * @returns `bad-conflict` with what is wrong with the evidence; `state-gone` where this node cannot prove what the record was
 */
export function parseDispute(intent: DisputeIntent, stateAt: (height: number) => WorldState | null): ApiResult<Intent> {
  return intent.kind === 'dispute-divergent' ? divergent(intent.first, intent.second) : claimed(intent.claim, stateAt)
}

const composed = (kind: number, evidence: Uint8Array): ApiResult<Intent> => ({
  ok: true,
  value: { kind: 'compose', transaction: TX_CONFLICT, payload: encode(ConflictPayload, { kind, evidence }) }
})

function divergent(...texts: [string, string]): ApiResult<Intent> {
  const found = texts.map(text => decode(Transaction, fromHex(text.trim().toLowerCase()) ?? new Uint8Array(0)))
  const [one, other] = found
  if (!one?.ok || !other?.ok) return bad('Both transactions are given as the hex digits of their bytes, and one of them cannot be read.')
  // One order only, so that one fact has one spelling.
  const [first, second] = [one.value, other.value].sort((a, b) => compareBytes(transactionId(a), transactionId(b)))
  return composed(CONFLICT_DIVERGENT, encode(DivergentEvidence, { first: first!, second: second! }))
}

/** What the agent has signed about itself, against its record in the state of that height, with the proof. */
function claimed(text: string, stateAt: (height: number) => WorldState | null): ApiResult<Intent> {
  const claim = decode(RecordClaim, fromHex(text.trim().toLowerCase()) ?? new Uint8Array(0))
  if (!claim.ok) return bad('A claim is given as the hex digits of its bytes: agent, height, root of the record, signature.')
  const state = stateAt(claim.value.height)
  if (state === null)
    return { ok: false, code: 'state-gone', message: 'The state that this claim is about is no longer in memory here. Ask about a younger block.' }
  const place = state.place(claim.value.agent)
  if (place === null) return bad('At that height nobody was registered under the key of the claim.')
  const { gindex } = State.getPathInfo(['agents', 'records', place])
  const { node } = state.view
  const record = getNode(node, gindex).root
  return composed(CONFLICT_INCONSISTENT, encode(InconsistentEvidence, { claim: claim.value, place, record, branch: branchOf(node, gindex) }))
}
