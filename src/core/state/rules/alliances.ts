/** Offering, signing and breaking alliances (T026–T030). */
import { compareBytes, equalBytes } from '../../bytes'
import { MAX_ALLIANCES_PER_AGENT } from '../../limits'
import { nameFromBytes } from '../../names'
import { ALLIANCE_ACTIVE, ALLIANCE_OFFERED, AlliancePayload, AllianceReferencePayload } from '../../schema'
import type { AgentRecord, AllianceOffer, AllianceRecord, Transaction } from '../../schema'
import { hasRoom } from '../agenda'
import { allianceId, ALLIANCE_PURPOSES, breakAlliance, declineAlliance, hasPlace, offerAlliance, sign } from '../alliances'
import { refuse } from '../rule'
import type { PayloadOf, Refusal, Rule } from '../rule'

/** F-21: longest alliance, blocks. */
const MAX_DURATION_BLOCKS = 10_000
/** D-07, milli. */
const MAX_MEME_BOOST = 200
const MAX_REWARD_SHARE = 500
const MAX_BREAK_PENALTY = 500
const CUSTOM_PURPOSE = ALLIANCE_PURPOSES.length

function offerOf(transaction: Transaction, payload: AlliancePayload): AllianceOffer {
  return { proposer: transaction.sender, nonce: transaction.nonce, ...payload }
}

function shapeOfTerms({ terms, purpose, label }: AlliancePayload): Refusal | null {
  const { durationBlocks, supportVote, exclusive, memeBoost, rewardShare, breakPenalty } = terms
  if (purpose < 1 || purpose > CUSTOM_PURPOSE) return refuse('bad-alliance', `no purpose ${purpose}`)
  const unnamed = label.every(byte => byte === 0)
  if (purpose === CUSTOM_PURPOSE ? nameFromBytes(label) === null : !unnamed)
    return refuse('bad-alliance', 'a purpose of its own has a name, the others have none')
  if (durationBlocks < 1 || durationBlocks > MAX_DURATION_BLOCKS) return refuse('bad-alliance', `it lasts 1…${MAX_DURATION_BLOCKS} blocks`)
  if (supportVote > 1 || exclusive > 1) return refuse('bad-alliance', 'neither on nor off')
  const shares = memeBoost <= MAX_MEME_BOOST && rewardShare <= MAX_REWARD_SHARE && breakPenalty <= MAX_BREAK_PENALTY
  return shares ? null : refuse('bad-alliance', `boost, share and penalty are at most ${MAX_MEME_BOOST}, ${MAX_REWARD_SHARE} and ${MAX_BREAK_PENALTY}`)
}

export const alliance: Rule<AlliancePayload> = {
  payload: AlliancePayload,
  shape(payload) {
    const { members } = payload
    if (members.length < 2) return refuse('bad-alliance', 'an alliance has two members or more')
    const sorted = members.every((member, i) => i === 0 || compareBytes(members[i - 1]!, member) < 0)
    return sorted ? shapeOfTerms(payload) : refuse('bad-alliance', 'members ascend, each once')
  },
  check({ state }, transaction, { members }, sender) {
    if (!members.some(member => equalBytes(member, transaction.sender))) return refuse('not-a-member', 'nobody offers what others should keep')
    if (members.some(member => state.agent(member) === null)) return refuse('unknown-member')
    const full = tooMany(sender)
    if (full !== null) return full
    return hasPlace(state) && hasRoom(state, 1) ? null : refuse('registry-full', 'all places are taken by alliances in force')
  },
  apply({ state, height, networkId }, transaction, payload) {
    const offer = offerOf(transaction, payload)
    offerAlliance(state, allianceId(networkId, offer), offer, height)
  }
}

function tooMany(sender: AgentRecord | null): Refusal | null {
  return (sender?.alliances.length ?? 0) < MAX_ALLIANCES_PER_AGENT ? null : refuse('too-many-alliances', `${MAX_ALLIANCES_PER_AGENT} at once`)
}

/** @returns why this agent is no member of it */
function notMember({ offer }: AllianceRecord, agent: Uint8Array): Refusal | null {
  return offer.members.some(member => equalBytes(member, agent)) ? null : refuse('not-a-member')
}

type Reference = PayloadOf<typeof AllianceReferencePayload>

export const signAlliance: Rule<Reference> = {
  payload: AllianceReferencePayload,
  check({ state }, transaction, { alliance: id }, sender) {
    const record = state.alliance(id)
    if (record === null) return refuse('unknown-alliance')
    if (record.status !== ALLIANCE_OFFERED) return refuse('not-open', 'this is no open offer')
    const stranger = notMember(record, transaction.sender)
    if (stranger !== null) return stranger
    if (sender?.alliances.some(other => equalBytes(other, id)) === true) return refuse('already-signed')
    const full = tooMany(sender)
    return full ?? (hasRoom(state, 1) ? null : refuse('registry-full'))
  },
  apply({ state, height }, transaction, { alliance: id }) {
    sign(state, id, transaction.sender, height)
  }
}

/** Ends an alliance that is in force, at a price; or an offer, at none: nothing was promised yet. */
export const breakUp: Rule<Reference> = {
  payload: AllianceReferencePayload,
  check({ state }, transaction, { alliance: id }) {
    const record = state.alliance(id)
    if (record === null) return refuse('unknown-alliance')
    if (record.status !== ALLIANCE_ACTIVE && record.status !== ALLIANCE_OFFERED) return refuse('not-open', 'it has ended')
    return notMember(record, transaction.sender)
  },
  apply({ state, height }, transaction, { alliance: id }) {
    if (state.alliance(id)?.status === ALLIANCE_OFFERED) declineAlliance(state, id)
    else breakAlliance(state, id, transaction.sender, height)
  }
}
