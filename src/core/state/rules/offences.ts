/** Facts that convict: two signatures that no honest validator gives together (F-12). Never a matter of opinion (T076). */
import { compareBytes, equalBytes } from '../../bytes'
import { EVIDENCE_WINDOW } from '../../limits'
import { assert } from '../../result'
import { AGENT_PENALISED, EvidencePayload, VOTE_FINALISE, VoteEvidencePayload } from '../../schema'
import { blockHash, proposalBytes, voteBytes } from '../../signing'
import { recordDrama } from '../drama'
import { refuse } from '../rule'
import type { Rule } from '../rule'
import { losesAllTrust } from '../trust'
import type { StateEdit } from '../worldState'

/** F-12: two signed headers for one place in the tree. The liar loses its seat and half of its balance to the treasury. */
export const evidence: Rule<EvidencePayload> = {
  payload: EvidencePayload,
  shape({ first, second }) {
    const a = first.header
    const b = second.header
    if (a.height !== b.height || !equalBytes(a.parent, b.parent) || !equalBytes(a.proposer, b.proposer))
      return refuse('bad-evidence', 'the headers do not compete')
    return null
  },
  signatures: ({ first, second }, networkId) =>
    [first, second].map(({ header, signature }) => ({
      publicKey: header.proposer,
      message: proposalBytes(networkId, blockHash(networkId, header)),
      signature
    })),
  check({ state, height, networkId }, _transaction, { first, second }) {
    // One order only, so that one fact has one spelling.
    if (compareBytes(blockHash(networkId, first.header), blockHash(networkId, second.header)) >= 0)
      return refuse('bad-evidence', 'the headers are equal or out of order')
    if (first.header.height > height || first.header.height + EVIDENCE_WINDOW < height) return refuse('stale-evidence')
    const accused = state.agent(first.header.proposer)
    if (accused === null || accused.status === AGENT_PENALISED) return refuse('already-penalised')
    return null
  },
  apply({ state, height }, _transaction, { first }) {
    penalise(state, first.header.proposer, height)
  }
}

/** R5: two signed votes that no honest validator gives together. Notarisations of several blocks are allowed. */
export const voteEvidence: Rule<VoteEvidencePayload> = {
  payload: VoteEvidencePayload,
  shape({ first, second }) {
    if (first.height !== second.height || !equalBytes(first.voter, second.voter) || equalBytes(first.hash, second.hash) || first.kind !== VOTE_FINALISE)
      return refuse('bad-evidence', 'the votes do not contradict each other')
    // One order only, so that one fact has one spelling.
    if (second.kind === VOTE_FINALISE && compareBytes(first.hash, second.hash) > 0) return refuse('bad-evidence', 'the votes are out of order')
    return null
  },
  signatures: ({ first, second }, networkId) =>
    [first, second].map(vote => ({ publicKey: vote.voter, message: voteBytes(networkId, vote), signature: vote.signature })),
  check({ state, height }, _transaction, { first }) {
    if (first.height > height || first.height + EVIDENCE_WINDOW < height) return refuse('stale-evidence')
    const accused = state.agent(first.voter)
    if (accused === null || accused.status === AGENT_PENALISED) return refuse('already-penalised')
    return null
  },
  apply({ state, height }, _transaction, { first }) {
    penalise(state, first.voter, height)
  }
}

/** The liar loses its seat, its deposit, half of its balance, its name and everybody's trust. */
function penalise(state: StateEdit, publicKey: Uint8Array, height: number): void {
  const accused = state.agent(publicKey)
  assert(accused !== null, 'checked')
  const half = accused.balance / 2n
  state.treasury += half + accused.deposit
  state.update(publicKey, { status: AGENT_PENALISED, balance: accused.balance - half, deposit: 0n, reputation: 0 })
  losesAllTrust(state, state.place(publicKey)!, height)
  recordDrama(state, 'equivocation', height, [publicKey])
}
