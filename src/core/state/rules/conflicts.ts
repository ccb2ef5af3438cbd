/** Evidence of a conflict, and opinions on it (T066–T073). */
import { equalBytes } from '../../bytes'
import { MAX_BALLOTS } from '../../limits'
import { assert } from '../../result'
import { ConflictOpinionPayload, ConflictPayload } from '../../schema'
import { hasRoom } from '../agenda'
import {
  castBallot,
  CHOICE_FIRST,
  CHOICE_VOID,
  conflictAt,
  conflictId,
  conflictPlace,
  conflictsFull,
  disputeOf,
  evidenceSignatures,
  openConflict,
  readEvidence,
  shapeOfEvidence
} from '../conflicts'
import { refuse } from '../rule'
import type { PayloadOf, Rule } from '../rule'

export const conflict: Rule<PayloadOf<typeof ConflictPayload>> = {
  payload: ConflictPayload,
  shape(payload) {
    const evidence = readEvidence(payload)
    return evidence.ok ? shapeOfEvidence(evidence.value) : refuse('bad-conflict', evidence.code)
  },
  signatures(payload, networkId) {
    const evidence = readEvidence(payload)
    return evidence.ok ? evidenceSignatures(evidence.value, networkId) : []
  },
  check({ state }, _transaction, payload) {
    const evidence = readEvidence(payload)
    assert(evidence.ok, 'its shape was checked')
    const dispute = disputeOf(state, evidence.value)
    if ('code' in dispute) return dispute
    if (conflictPlace(state, conflictId(payload.kind, dispute)) !== null) return refuse('already-open', 'this is known')
    return conflictsFull(state) || !hasRoom(state, 1) ? refuse('registry-full', 'the oldest conflict is not decided yet') : null
  },
  apply({ state, height, genesis }, transaction, payload) {
    const evidence = readEvidence(payload)
    assert(evidence.ok, 'checked')
    const dispute = disputeOf(state, evidence.value)
    assert(!('code' in dispute), 'checked')
    openConflict(state, payload.kind, genesis.conflictStrategy, dispute, transaction.sender, height)
  }
}

export const conflictOpinion: Rule<PayloadOf<typeof ConflictOpinionPayload>> = {
  payload: ConflictOpinionPayload,
  shape: ({ choice }) => (choice < CHOICE_FIRST || choice > CHOICE_VOID ? refuse('bad-conflict', `no choice ${choice}`) : null),
  check({ state, height }, transaction, payload) {
    const place = conflictPlace(state, payload.conflict)
    if (place === null) return refuse('unknown-conflict')
    const { outcome, closesAt, subject, ballots } = conflictAt(state, place)
    if (outcome !== 0 || height >= closesAt) return refuse('opinions-closed')
    if (equalBytes(subject, transaction.sender)) return refuse('bad-conflict', 'nobody judges oneself')
    const own = state.place(transaction.sender)
    if (ballots.some(({ agent }) => agent === own)) return refuse('already-voted')
    return ballots.length >= MAX_BALLOTS ? refuse('opinions-closed', `${MAX_BALLOTS} opinions are counted`) : null
  },
  apply({ state }, transaction, payload) {
    const place = conflictPlace(state, payload.conflict)
    const agent = state.place(transaction.sender)
    assert(place !== null && agent !== null, 'checked')
    castBallot(state, place, agent, payload.choice)
  }
}
