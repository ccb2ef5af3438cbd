/**
 * Alliances (D-07). An offer stands on the chain and names everything: members, purpose, terms. Each member signs by a transaction of its own that quotes the offer's hash, so
 * that nobody can be put into an alliance, and nobody has to gather signatures anywhere else (F-21). When all have signed it is in force.
 */
import { compareBytes, equalBytes } from '../bytes'
import { taggedHash } from '../crypto/hash'
import { MAX_ALLIANCES } from '../limits'
import { assert } from '../result'
import { ALLIANCE_ACTIVE, ALLIANCE_BROKEN, ALLIANCE_EXPIRED, ALLIANCE_LAPSED, ALLIANCE_OFFERED, AllianceOffer, AllianceRecord } from '../schema'
import { DUE_ALLIANCE, schedule } from './agenda'
import { recordDrama } from './drama'
import { linkAt, unlink } from './orderedList'
import { adjustTrust, TRUST_OF } from './trust'
import { allianceOrder } from './worldState'
import type { StateEdit, StateReader } from './worldState'

export const ALLIANCE_PURPOSES = ['blockProduction', 'mutualVote', 'memePromotion', 'defence', 'custom'] as const

/** Blocks within which all members must have signed. */
export const OFFER_BLOCKS = 256

export function allianceId(networkId: Uint8Array, offer: AllianceOffer): Uint8Array {
  return taggedHash('alliance', networkId, AllianceOffer.serialize(offer))
}

/** Whether nothing more can come of it, so that its place may be used again. */
function hasEnded({ status }: AllianceRecord): boolean {
  return status !== ALLIANCE_OFFERED && status !== ALLIANCE_ACTIVE
}

/** The oldest record gives way to a new offer once it has ended. */
export function hasPlace(state: StateReader): boolean {
  const { allianceCount, alliances } = state.view.social
  const place = allianceCount % MAX_ALLIANCES
  return place >= alliances.length || hasEnded(alliances.getReadonly(place).toValue())
}

/** T027–T029: the offer, signed by its proposer. */
export function offerAlliance(edit: StateEdit, id: Uint8Array, offer: AllianceOffer, height: number): void {
  const { social } = edit.view
  const number = social.allianceCount++
  const place = number % MAX_ALLIANCES
  const order = allianceOrder(edit.view)
  if (place < social.alliances.length) {
    const old = social.alliances.getReadonly(place).toValue()
    unlink(order, edit.index.alliances, place)
    edit.index.alliances.forget(old.id, place)
  }
  const next = linkAt(order, edit.index.alliances, id, place)
  const until = height + OFFER_BLOCKS
  const nobody = new Uint8Array(32)
  const record = { id, number, status: ALLIANCE_OFFERED, offer, signed: 0, offeredAt: height, formedAt: 0, until, brokenBy: nobody, next }
  if (place < social.alliances.length) social.alliances.set(place, AllianceRecord.toViewDU(record))
  else social.alliances.push(AllianceRecord.toViewDU(record))
  schedule(edit, { at: until, kind: DUE_ALLIANCE, place })
  sign(edit, id, offer.proposer, height)
}

function rewrite(edit: StateEdit, alliance: AllianceRecord, change: Partial<AllianceRecord>): AllianceRecord {
  const record = { ...alliance, ...change }
  edit.view.social.alliances.set(alliance.number % MAX_ALLIANCES, AllianceRecord.toViewDU(record))
  return record
}

/** T030: one more member has signed; the last one puts the alliance into force. */
export function sign(edit: StateEdit, id: Uint8Array, member: Uint8Array, height: number): void {
  const alliance = edit.alliance(id)
  const agent = edit.agent(member)
  assert(alliance !== null && agent !== null, 'checked')
  const { members, terms } = alliance.offer
  const bit = 1 << members.findIndex(other => equalBytes(other, member))
  const signed = rewrite(edit, alliance, { signed: alliance.signed | bit })
  edit.update(member, { alliances: [...agent.alliances, id].sort(compareBytes) })
  if (signed.signed !== (1 << members.length) - 1) return
  const until = height + terms.durationBlocks
  rewrite(edit, signed, { status: ALLIANCE_ACTIVE, formedAt: height, until })
  schedule(edit, { at: until, kind: DUE_ALLIANCE, place: alliance.number % MAX_ALLIANCES })
  amongAll(edit, members, TRUST_OF.allianceFormed, height)
  recordDrama(edit, 'allianceFormed', height, members, [id])
}

/** Every ordered pair of members trusts by so much more. */
function amongAll(edit: StateEdit, members: readonly Uint8Array[], change: number, height: number): void {
  const places = members.map(member => edit.place(member)!)
  for (const from of places) for (const to of places) adjustTrust(edit, from, to, change, height)
}

/** Nobody is in it any more. */
function dissolve(edit: StateEdit, alliance: AllianceRecord, change: Partial<AllianceRecord>): void {
  rewrite(edit, alliance, change)
  for (const member of alliance.offer.members) {
    const agent = edit.agent(member)
    const alliances = agent?.alliances.filter(other => !equalBytes(other, alliance.id))
    if (alliances !== undefined && alliances.length !== agent!.alliances.length) edit.update(member, { alliances })
  }
}

/** A member will not sign, or takes its signature back before all have signed: the offer is over, and nobody has lost anything. */
export function declineAlliance(edit: StateEdit, id: Uint8Array): void {
  const alliance = edit.alliance(id)
  assert(alliance !== null, 'checked')
  dissolve(edit, alliance, { status: ALLIANCE_LAPSED })
}

/** Breaking costs reputation as the terms say, and the trust of those who kept to it. Everybody learns of it. */
export function breakAlliance(edit: StateEdit, id: Uint8Array, breaker: Uint8Array, height: number): void {
  const alliance = edit.alliance(id)
  const agent = edit.agent(breaker)
  assert(alliance !== null && agent !== null, 'checked')
  const { members, terms } = alliance.offer
  dissolve(edit, alliance, { status: ALLIANCE_BROKEN, brokenBy: breaker })
  edit.update(breaker, { reputation: Math.max(0, agent.reputation - terms.breakPenalty) })
  const to = edit.place(breaker)!
  for (const member of members) adjustTrust(edit, edit.place(member)!, to, TRUST_OF.allianceBroken, height)
  const others = members.filter(member => !equalBytes(member, breaker))
  recordDrama(edit, 'allianceBroken', height, [breaker, ...others], [id])
}

/** F-21: at the start of a block whose height ends an alliance or an offer. Entries of alliances that have been broken meanwhile say nothing. */
export function endAlliance(edit: StateEdit, place: number, at: number, height: number): void {
  const alliance = edit.view.social.alliances.getReadonly(place).toValue()
  if (alliance.until !== at || hasEnded(alliance)) return
  const kept = alliance.status === ALLIANCE_ACTIVE
  dissolve(edit, alliance, { status: kept ? ALLIANCE_EXPIRED : ALLIANCE_LAPSED })
  if (kept) amongAll(edit, alliance.offer.members, TRUST_OF.allianceKept, height)
}
