import { describe, expect, it } from 'vitest'
import type { ConflictView } from '../../bridge/conflicts'
import { compareBytes, toHex } from '../../core/bytes'
import type { BlockEntry } from '../../core/chain/blockTree'
import { decode, encode } from '../../core/codec'
import type { Transaction } from '../../core/schema'
import { AgentRecord, ConflictPayload, DivergentEvidence, RecordClaim, STRATEGY_MAJORITY, STRATEGY_PERSONALITY, STRATEGY_SOCIAL } from '../../core/schema'
import { claimBytes, transactionId } from '../../core/signing'
import { CHOICE_FIRST, CHOICE_SECOND, CHOICE_VOID, CONFLICT_DIVERGENT, conflictAt } from '../../core/state/conflicts'
import { TX_CONFLICT } from '../../core/state/transactions'
import type { WorldState } from '../../core/state/worldState'
import { compose } from '../../core/testing/network'
import { Room, TERMS } from '../../core/testing/room'
import { conflictViews, disputable, Weighings } from './conflictView'
import type { ConflictSource } from './conflictView'
import { parseDispute } from './disputes'

const LIAR = 3

/** A room, and the states that it went through. */
class Watched {
  readonly room: Room
  readonly states = new Map<number, WorldState>()
  readonly weighings = new Weighings()

  constructor(strategy: number, founders = 5) {
    this.room = new Room(founders, { conflictStrategy: strategy })
  }

  mine(blocks = 1): this {
    for (let i = 0; i < blocks; i++) {
      this.room.mine()
      this.states.set(this.room.tip.height, this.room.state)
    }
    return this
  }

  source(who: number): ConflictSource {
    const { room, states } = this
    return { state: room.state, self: room.key(who), nameOf: key => `agent ${toHex(key).slice(0, 6)}`, stateAt: height => states.get(height) ?? null }
  }

  view(who = 0): ConflictView {
    return conflictViews(this.source(who), this.weighings)[0]!
  }
}

function quarrel(strategy: number): Watched {
  const watched = new Watched(strategy)
  const { room } = watched
  room.say(room.conflict(0, CONFLICT_DIVERGENT, DivergentEvidence, pairOf(room)))
  return watched.mine()
}

/** Two transfers of the liar with one nonce. */
function pairOf(room: Room): { first: Transaction; second: Transaction } {
  const [first, second] = [1n, 2n]
    .map(amount => compose.transfer(room.network.networkId, room.signers[LIAR]!, 0, room.key(0), amount))
    .sort((a, b) => compareBytes(transactionId(a), transactionId(b)))
  return { first: first!, second: second! }
}

describe('conflicts as people see them (T066–T076, D-15)', () => {
  it('T072, T074: an open one says how long, who is for what, and what would come out, as the rule will', () => {
    const watched = quarrel(STRATEGY_MAJORITY)
    const { room } = watched
    expect(watched.view()).toMatchObject({
      kind: 'divergent',
      strategy: 'majority',
      place: 0,
      openedAt: 1,
      closesAt: 17,
      // Blocks 2 … 16 may bring one.
      blocksLeft: 15,
      stake: 100,
      opinions: [],
      tally: { keepFirst: 0, keepSecond: 0, void: 0 },
      validators: 5,
      voicesNeeded: 2,
      standing: 'void',
      decided: false,
      mayJudge: 'yes'
    })
    expect(watched.view(LIAR).mayJudge).toBe('subject')
    expect(conflictViews({ ...watched.source(0), self: new Uint8Array(32) }, watched.weighings)[0]!.mayJudge).toBe('stranger')
    const { id, closesAt } = conflictAt(room.state, 0)
    room.say(room.opinion(0, id, CHOICE_FIRST))
    expect(watched.mine().view()).toMatchObject({ standing: 'void', mayJudge: 'said', tally: { keepFirst: 1 }, blocksLeft: 14 })
    room.say(room.opinion(1, id, CHOICE_FIRST), room.opinion(2, id, CHOICE_SECOND))
    expect(watched.mine().view(4)).toMatchObject({ standing: 'keepFirst', mayJudge: 'yes', tally: { keepFirst: 2, keepSecond: 1, void: 0 } })
    watched.mine(closesAt - 1 - room.tip.height)
    // What is said now comes too late, and the screen does not offer it.
    expect(watched.view(4)).toMatchObject({ blocksLeft: 0, decided: false, mayJudge: 'closed' })
    expect(room.refusal(room.opinion(4, id, CHOICE_FIRST))).toBe('opinions-closed')
    expect(watched.mine().view()).toMatchObject({ decided: true, standing: 'keepFirst', tally: { keepFirst: 2, keepSecond: 1 }, voicesNeeded: 2 })
    expect(watched.view().opinions.map(({ choice, weight }) => [choice, weight])).toEqual([
      ['keepFirst', 1],
      ['keepFirst', 1],
      ['keepSecond', 1]
    ])
  })

  it('T069–T071, T073: the weights shown are those that decide, the cap with what lies above it', () => {
    const social = quarrel(STRATEGY_SOCIAL)
    const { room } = social
    const { id } = conflictAt(room.state, 0)
    room.say(room.opinion(0, id, CHOICE_FIRST), room.opinion(1, id, CHOICE_SECOND), room.opinion(2, id, CHOICE_SECOND))
    social.mine()
    const edit = room.state.edit()
    edit.update(room.key(0), { reputation: 1000 })
    for (const who of [1, 2]) edit.update(room.key(who), { reputation: 100 })
    const view = conflictViews({ ...social.source(0), state: edit.finish() }, social.weighings)[0]!
    const [first, ...others] = view.opinions
    const median = [...view.opinions.map(({ weight }) => weight!)].sort((a, b) => a - b)[1]!
    expect(median).toBeGreaterThan(0)
    expect(first!.uncapped).toBeGreaterThan(3 * median)
    expect(first!.weight).toBe(3 * median)
    expect(view).toMatchObject({ strategy: 'social', standing: 'keepFirst', tally: { keepFirst: 3 * median, keepSecond: 2 * median } })
    expect(others.every(({ uncapped }) => uncapped === null)).toBe(true)

    const personality = quarrel(STRATEGY_PERSONALITY)
    personality.room.say(personality.room.opinion(0, conflictAt(personality.room.state, 0).id, CHOICE_VOID))
    expect(personality.mine().view().opinions).toMatchObject([{ weight: 500, uncapped: null }])
  })

  it('of a decided one whose state is gone it says that the weights are gone, and keeps what it has seen', () => {
    const watched = quarrel(STRATEGY_MAJORITY)
    const { room } = watched
    const { id, closesAt } = conflictAt(room.state, 0)
    room.say(room.opinion(0, id, CHOICE_FIRST), room.opinion(1, id, CHOICE_FIRST))
    watched.mine(closesAt - room.tip.height)
    const seen = watched.view()
    watched.states.clear()
    expect(watched.view()).toEqual(seen)
    const [late] = conflictViews(watched.source(0), new Weighings())
    expect(late).toMatchObject({ decided: true, standing: 'keepFirst', tally: null, validators: null, opinions: [{ weight: null }, { weight: null }] })
  })

  it('T068: a member of two alliances that exclude each other is offered for a dispute, until somebody has brought it', () => {
    const watched = new Watched(STRATEGY_MAJORITY)
    const { room } = watched
    const form = (other: number): Uint8Array => {
      room.say(room.alliance(LIAR, [LIAR, other], { terms: { ...TERMS, durationBlocks: 100, exclusive: 1 } }))
      watched.mine()
      const { alliances, allianceCount } = room.state.view.social
      const { id } = alliances.getReadonly(allianceCount - 1).toValue()
      room.say(room.join(other, id))
      watched.mine()
      return id
    }
    const tree = room.network.tree
    const one = form(0)
    expect(disputable(watched.source(0), tree)).toEqual([])
    const ids = [one, form(1)].sort(compareBytes)
    const [fact] = disputable(watched.source(0), tree)
    expect(fact).toMatchObject({ kind: 'clash', subject: { publicKey: toHex(room.key(LIAR)) }, first: { id: toHex(ids[0]!) }, second: { id: toHex(ids[1]!) } })
  })

  it('T066: a transaction of a block that lost against one that counts is offered, and becomes a conflict on every node', () => {
    const watched = new Watched(STRATEGY_MAJORITY)
    const { room } = watched
    const { first, second } = pairOf(room)
    room.say(first)
    watched.mine()
    const lost = { transactions: [second], height: 1 } as BlockEntry
    const tree = { all: () => [room.tip, lost].values(), final: room.tip, isAncestor: (entry: BlockEntry) => entry !== lost }
    const [fact] = disputable(watched.source(0), tree)
    if (fact?.kind !== 'divergent') throw new Error('the two are found')
    expect(fact).toMatchObject({ height: 1, subject: { publicKey: toHex(room.key(LIAR)) } })
    // However they are given, they are one fact.
    for (const [one, other] of [fact.evidence, fact.evidence.toReversed() as [string, string]]) {
      const parsed = parseDispute({ kind: 'dispute-divergent', first: one, second: other }, () => null)
      if (!parsed.ok || parsed.value.kind !== 'compose') throw new Error('composed')
      expect(parsed.value.transaction).toBe(TX_CONFLICT)
      expect(decode(ConflictPayload, parsed.value.payload)).toMatchObject({ ok: true, value: { kind: CONFLICT_DIVERGENT } })
      expect(parsed.value.payload).toEqual(encode(ConflictPayload, { kind: CONFLICT_DIVERGENT, evidence: encode(DivergentEvidence, { first, second }) }))
    }
    room.say(room.conflict(0, CONFLICT_DIVERGENT, DivergentEvidence, { first, second }))
    watched.mine()
    expect(disputable(watched.source(0), tree)).toEqual([])
    expect(watched.view().kind).toBe('divergent')
    // A block that lost with the very same transaction contradicts nothing.
    expect(disputable(watched.source(0), { ...tree, all: () => [room.tip, { ...lost, transactions: [first] }].values() })).toEqual([])
  })

  it('T067: a signed word about itself is brought with the proof of what the record was', () => {
    const watched = new Watched(STRATEGY_MAJORITY).mine(2)
    const { room } = watched
    const word = { agent: room.key(LIAR), height: 2, record: new Uint8Array(32).fill(1) }
    const claim = { ...word, signature: room.signers[LIAR]!.sign(claimBytes(room.network.networkId, word)) }
    const stateAt = (height: number) => watched.states.get(height) ?? null
    const bring = (value: RecordClaim) => parseDispute({ kind: 'dispute-claim', claim: toHex(encode(RecordClaim, value)) }, stateAt)
    watched.mine()
    const parsed = bring(claim)
    if (!parsed.ok || parsed.value.kind !== 'compose') throw new Error('composed')
    const payload = decode(ConflictPayload, parsed.value.payload)
    if (!payload.ok) throw new Error(payload.code)
    room.say(room.sign(0, parsed.value.transaction, ConflictPayload, payload.value))
    expect(watched.mine().view()).toMatchObject({
      kind: 'inconsistent',
      stake: 150,
      subject: { publicKey: toHex(room.key(LIAR)) },
      second: { id: toHex(AgentRecord.hashTreeRoot(watched.states.get(2)!.agent(room.key(LIAR))!)) }
    })
    expect(bring({ ...claim, height: 99 })).toMatchObject({ ok: false, code: 'state-gone' })
    expect(bring({ ...claim, agent: new Uint8Array(32) })).toMatchObject({ ok: false, code: 'bad-conflict' })
    for (const text of ['', 'zz', 'ab'.repeat(40)]) {
      expect(parseDispute({ kind: 'dispute-claim', claim: text }, stateAt)).toMatchObject({ ok: false, code: 'bad-conflict' })
      expect(parseDispute({ kind: 'dispute-divergent', first: text, second: text }, stateAt)).toMatchObject({ ok: false, code: 'bad-conflict' })
    }
  })
})
