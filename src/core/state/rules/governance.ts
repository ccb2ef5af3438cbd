/** What an authority or a quorum decides about the room itself. */
import { toHex } from '../../bytes'
import { inspectCertificate } from '../../consensus/certificates'
import { epochOf } from '../../consensus/validatorSet'
import { checkConfig } from '../../families/registry'
import { ConfigurePayload, ReanchorPayload, VOTE_FINALISE } from '../../schema'
import { configBytes } from '../../signing'
import { isAncestor, isAuthority, refuse } from '../rule'
import type { Rule } from '../rule'
import { isQuorum, validatorSet } from '../worldState'

/** Heights within which an anchor has to get into a block; until then those who took it know the new set by heart. */
const ANCHOR_WINDOW = 16

/**
 * PROTOCOL §8. A change takes effect only in an epoch whose first vote waits for this transaction to be final (R9), so that no two branches ever disagree about the
 * family of a height.
 */
export const configure: Rule<ConfigurePayload> = {
  payload: ConfigurePayload,
  shape({ config, epoch, approvals }) {
    const order = inspectCertificate({ kind: VOTE_FINALISE, height: epoch, hash: new Uint8Array(32), signatures: approvals })
    const bad = order ?? checkConfig(config)
    return bad === null ? null : refuse('bad-config', bad.detail === '' ? bad.code : bad.detail)
  },
  signatures: (payload, networkId) => {
    const message = configBytes(networkId, payload)
    return payload.approvals.map(({ voter, signature }) => ({ publicKey: voter, message, signature }))
  },
  check({ state, height, genesis }, transaction, { epoch, approvals }) {
    const soonest = epochOf(height, genesis.epochLength) + genesis.lookahead + 1
    if (epoch < soonest) return refuse('too-early', `the earliest epoch for a change is ${soonest}`)
    if (state.scheduled !== null) return refuse('already-scheduled', 'another change is scheduled')
    if (isAuthority(genesis, transaction.sender)) return null
    const set = validatorSet(0, state.decidedSets().sets[0]!)
    const weight = approvals.reduce((sum, { voter }) => sum + (set.weights.get(toHex(voter)) ?? 0), 0)
    return isQuorum(weight, set.total) ? null : refuse('not-authority', 'neither the authority nor a quorum of the validators')
  },
  apply({ state }, _transaction, { epoch, config }) {
    state.scheduled = { epoch, config }
  }
}

/**
 * PROTOCOL "Without a quorum": the authority declares a block final and names the validators from there on. It stands in one of the next blocks on top of it, once.
 * Weak subjectivity: whoever trusts the authority's key trusts this.
 */
export const reanchor: Rule<ReanchorPayload> = {
  payload: ReanchorPayload,
  shape({ validators }) {
    const keys = new Set(validators.map(({ publicKey }) => toHex(publicKey)))
    const sound = validators.length > 0 && keys.size === validators.length && validators.every(({ weight }) => weight > 0)
    return sound ? null : refuse('bad-validators', 'validators must be distinct and have weights')
  },
  check({ state, height, genesis }, transaction, payload) {
    if (!isAuthority(genesis, transaction.sender)) return refuse('not-authority', 'only the authority of this network anchors it anew')
    if (payload.height >= height || payload.height + ANCHOR_WINDOW < height || !isAncestor(state, payload))
      return refuse('bad-anchor', 'the anchored block is not one of the last ancestors')
    return payload.validators.every(({ publicKey }) => state.agent(publicKey) !== null) ? null : refuse('bad-validators', 'a validator is not registered')
  },
  apply({ state }, _transaction, { validators }) {
    const { epoch, sets } = state.decidedSets()
    state.decideSets(
      epoch,
      sets.map(() => validators)
    )
  }
}
