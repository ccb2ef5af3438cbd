import { describe, expect, it } from 'vitest'
import { compareBytes, toHex } from '../bytes'
import {
  ALLIANCE_ACTIVE,
  ALLIANCE_BROKEN,
  ClashEvidence,
  DivergentEvidence,
  InconsistentEvidence,
  PollAction,
  State,
  STRATEGY_MAJORITY,
  STRATEGY_PERSONALITY,
  STRATEGY_SOCIAL
} from '../schema'
import type { Transaction } from '../schema'
import { claimBytes, transactionId } from '../signing'
import { checkCustom, customKind, customMemory } from './custom'
import { compose } from '../testing/network'
import { Room, TERMS } from '../testing/room'
import {
  CHOICE_FIRST,
  CHOICE_SECOND,
  CHOICE_VOID,
  CONFLICT_CLASH,
  CONFLICT_DIVERGENT,
  CONFLICT_INCONSISTENT,
  conflictAt,
  OPINION_BLOCKS,
  outcomeOf,
  weightsOf
} from './conflicts'
import { poll, POLL_ANSWER, POLL_ASK, POLL_BLOCKS } from './poll'
import { inspectTransaction } from './transactions'
import { branchOf } from '../proof/branch'

const LIAR = 3

/** Two transfers of one sender with one nonce, as evidence. */
function divergence(room: Room): DivergentEvidence {
  const { networkId } = room.network
  const pair = [1n, 2n].map(amount => compose.transfer(networkId, room.signers[LIAR]!, 0, room.key(0), amount))
  const [first, second] = pair.sort((a, b) => compareBytes(transactionId(a), transactionId(b))) as [Transaction, Transaction]
  return { first, second }
}

/** A room with a conflict about agent 3, opened at height 1. */
function quarrel(strategy: number): Room {
  const room = new Room(5, { conflictStrategy: strategy })
  return room.say(room.conflict(0, CONFLICT_DIVERGENT, DivergentEvidence, divergence(room))).mine()
}

describe('conflicts (T066–T076, D-15)', () => {
  it('T066: two transitions of one sender with one nonce; both signatures are asked for', () => {
    const room = new Room(4)
    const evidence = divergence(room)
    const report = room.conflict(0, CONFLICT_DIVERGENT, DivergentEvidence, evidence)
    const checks = inspectTransaction(room.network.networkId, report)
    expect(checks.ok && checks.value.map(({ publicKey }) => toHex(publicKey))).toEqual([room.key(0), room.key(LIAR), room.key(LIAR)].map(toHex))
    expect(room.refusal(report)).toBeNull()
    const refused = (change: Partial<DivergentEvidence>) => room.refusal(room.conflict(0, CONFLICT_DIVERGENT, DivergentEvidence, { ...evidence, ...change }))
    expect(refused({ second: evidence.first })).toBe('bad-conflict')
    expect(refused({ first: evidence.second, second: evidence.first }), 'one spelling').toBe('bad-conflict')
    expect(refused({ second: { ...evidence.second, nonce: 1 } })).toBe('bad-conflict')
    room.say(report).mine()
    expect(conflictAt(room.state, 0)).toMatchObject({ subject: room.key(LIAR), openedAt: 1, closesAt: 1 + OPINION_BLOCKS, outcome: 0 })
    expect(room.refusal(room.conflict(1, CONFLICT_DIVERGENT, DivergentEvidence, evidence))).toBe('already-open')
  })

  it('T067: a signed word about one’s own record, against the proof of another one', () => {
    const room = new Room(4).mine().mine()
    const { networkId } = room.network
    const height = 1
    const before = room.state.blockRecord(height)!
    // Whoever was there has the state of that height; here it is made again.
    const then = new Room(4).mine().state
    expect(toHex(then.root)).toBe(toHex(before.stateRoot))
    const place = then.place(room.key(LIAR))!
    const record = then.view.agents.records.getReadonly(place).hashTreeRoot()
    const claimed = new Uint8Array(32).fill(1)
    const unsigned = { agent: room.key(LIAR), height, record: claimed }
    const claim = { ...unsigned, signature: room.signers[LIAR]!.sign(claimBytes(networkId, unsigned)) }
    const branch = branchOf(then.view.node, State.getPathInfo(['agents', 'records', place]).gindex)
    const show = (evidence: InconsistentEvidence) => room.conflict(0, CONFLICT_INCONSISTENT, InconsistentEvidence, evidence)
    const evidence = { claim, place, record, branch }
    expect(room.refusal(show(evidence))).toBeNull()
    expect(room.refusal(show({ ...evidence, claim: { ...claim, record } })), 'a true claim').toBe('bad-conflict')
    expect(room.refusal(show({ ...evidence, place: (place + 1) % 4 }))).toBe('bad-conflict')
    expect(room.refusal(show({ ...evidence, branch: branch.slice(1) }))).toBe('bad-conflict')
    expect(room.refusal(show({ ...evidence, record: new Uint8Array(32).fill(2) }))).toBe('bad-conflict')
    expect(room.refusal(show({ ...evidence, claim: { ...claim, height: 2 } })), 'another height').toBe('bad-conflict')
    room.say(show(evidence)).mine()
    for (const who of [0, 1, 2]) room.say(room.opinion(who, conflictAt(room.state, 0).id, CHOICE_SECOND))
    room.mine().mineTo(conflictAt(room.state, 0).closesAt)
    expect(conflictAt(room.state, 0).outcome).toBe(CHOICE_SECOND)
    expect(room.state.agent(room.key(LIAR))!.reputation).toBe(350)
  })

  it('T068: one member in two alliances that exclude each other; the outcome breaks one of them', () => {
    const room = new Room(5)
    const exclusive = { ...TERMS, durationBlocks: 100, exclusive: 1 }
    const form = (other: number): Uint8Array => {
      room.say(room.alliance(LIAR, [LIAR, other], { terms: exclusive })).mine()
      const { alliances, allianceCount } = room.state.view.social
      const { id } = alliances.getReadonly(allianceCount - 1).toValue()
      room.say(room.join(other, id)).mine()
      return id
    }
    const [first, second] = [form(0), form(1)].sort(compareBytes) as [Uint8Array, Uint8Array]
    const evidence = { member: room.key(LIAR), first, second }
    expect(room.refusal(room.conflict(0, CONFLICT_CLASH, ClashEvidence, { ...evidence, member: room.key(0) }))).toBe('bad-conflict')
    expect(room.refusal(room.conflict(0, CONFLICT_CLASH, ClashEvidence, { ...evidence, first: second, second: first }))).toBe('bad-conflict')
    room.say(room.conflict(0, CONFLICT_CLASH, ClashEvidence, evidence)).mine()
    const { id, closesAt } = conflictAt(room.state, 0)
    for (const who of [0, 1, 2]) room.say(room.opinion(who, id, CHOICE_SECOND))
    room.mine().mineTo(closesAt)
    expect(room.state.alliance(first)).toMatchObject({ status: ALLIANCE_BROKEN, brokenBy: room.key(LIAR) })
    expect(room.state.alliance(second)!.status).toBe(ALLIANCE_ACTIVE)
    expect(room.state.agent(room.key(LIAR))!.reputation).toBe(400)
  })

  it('T072, T074, T075: opinions are transactions, the outcome comes at the height that the evidence has fixed', () => {
    const room = quarrel(STRATEGY_MAJORITY)
    const { id, closesAt } = conflictAt(room.state, 0)
    expect(room.refusal(room.opinion(1, new Uint8Array(32), CHOICE_VOID))).toBe('unknown-conflict')
    expect(room.refusal(room.opinion(1, id, 4))).toBe('bad-conflict')
    expect(room.refusal(room.opinion(LIAR, id, CHOICE_VOID)), 'nobody judges oneself').toBe('bad-conflict')
    room.say(room.opinion(0, id, CHOICE_FIRST), room.opinion(1, id, CHOICE_FIRST), room.opinion(2, id, CHOICE_SECOND)).mine()
    expect(room.refusal(room.opinion(0, id, CHOICE_VOID))).toBe('already-voted')
    room.mineTo(closesAt - 1)
    expect(room.refusal(room.opinion(4, id, CHOICE_VOID))).toBe('opinions-closed')
    expect(conflictAt(room.state, 0).outcome).toBe(0)
    expect(room.state.agent(room.key(LIAR))!.reputation).toBe(500)
    room.mine()
    expect(conflictAt(room.state, 0).outcome).toBe(CHOICE_FIRST)
    expect(room.state.agent(room.key(LIAR))!.reputation).toBe(400)
  })

  it('T076: an outcome moves neither balances nor nonces nor blocks', () => {
    const room = quarrel(STRATEGY_MAJORITY)
    const { id, closesAt } = conflictAt(room.state, 0)
    room
      .say(room.opinion(0, id, CHOICE_FIRST), room.opinion(1, id, CHOICE_FIRST))
      .mine()
      .mineTo(closesAt - 1)
    const quiet = quarrel(STRATEGY_MAJORITY)
    quiet.mineTo(closesAt - 1)
    const facts = (of: Room) => {
      const { agents, blocks } = of.mine().state.view
      return {
        money: agents.records.getAllReadonlyValues().map(({ balance, deposit, status }) => [balance, deposit, status]),
        treasury: agents.treasury,
        sets: blocks.validators.toValue(),
        config: blocks.config.toValue()
      }
    }
    expect(facts(room)).toEqual(facts(quiet))
    expect(conflictAt(room.state, 0).outcome).toBe(CHOICE_FIRST)
    expect(conflictAt(quiet.state, 0).outcome).toBe(CHOICE_VOID)
    expect(room.state.agent(room.key(LIAR))!.nonce, 'neither of the two transactions was executed').toBe(0)
  })

  it('T069–T071, T073: three strategies', () => {
    const edit = new Room(5).state.edit()
    const ballots = [0, 1, 2, 4].map(agent => ({ agent, choice: CHOICE_FIRST }))
    const rational = edit.agentAt(0).publicKey
    edit.update(rational, { personality: 7, reputation: 1000, fame: 300 })
    edit.update(edit.agentAt(1).publicKey, { personality: 8, reputation: 100 })
    edit.update(edit.agentAt(2).publicKey, { personality: 10, reputation: 100 })
    const weigh = (strategy: number) => weightsOf(edit, { strategy, ballots }, 0)
    expect(weigh(STRATEGY_MAJORITY)).toEqual([1, 1, 1, 1])
    // 500 + half of the reason of Rational and Emotional; the others have not said.
    expect(weigh(STRATEGY_PERSONALITY)).toEqual([1000, 550, 500, 500])
    // Influences 800, 50, 50, 250: nobody above three times the median.
    expect(weigh(STRATEGY_SOCIAL)).toEqual([150, 50, 50, 150])
  })

  it('T074: more than half of what was said, and a third must have spoken', () => {
    const [A, B, V] = [CHOICE_FIRST, CHOICE_SECOND, CHOICE_VOID]
    expect(outcomeOf([A, A, B], [1, 1, 1], 9)).toEqual({ outcome: A, share: 666 })
    expect(outcomeOf([A, A, B], [1, 1, 1], 10), 'too few').toMatchObject({ outcome: V })
    expect(outcomeOf([A, B], [1, 1], 2), 'half is not more than half').toMatchObject({ outcome: V })
    expect(outcomeOf([A, B, B], [5, 2, 2], 3)).toMatchObject({ outcome: A })
    expect(outcomeOf([], [], 3)).toEqual({ outcome: V, share: 0 })
    expect(outcomeOf([A], [0], 1), 'no weight at all').toMatchObject({ outcome: V })
  })
})

describe('custom transitions (T001)', () => {
  const ask = (room: Room, question = 'Tea?') =>
    room.custom(0, poll.number, PollAction, {
      step: POLL_ASK,
      question: new TextEncoder().encode(question),
      options: [Uint8Array.of(121), Uint8Array.of(110)],
      option: 0
    })
  const answer = (room: Room, who: number, option: number) =>
    room.custom(who, poll.number, PollAction, { step: POLL_ANSWER, question: new Uint8Array(0), options: [], option })

  it('a question to the room, answers, and a new question when it is over; every node executes them alike', () => {
    const room = new Room(4)
    expect(room.refusal(answer(room, 1, 0)), 'nobody has asked').toBe('custom-refused')
    room.say(ask(room)).mine()
    expect(room.refusal(ask(room, 'Coffee?'))).toBe('custom-refused')
    expect(room.refusal(answer(room, 1, 2))).toBe('custom-refused')
    room.say(answer(room, 1, 0), answer(room, 2, 0), answer(room, 3, 1)).mine()
    room.say(answer(room, 2, 1)).mine()
    const memory = customMemory(room.state, poll)
    expect(memory.answers.map(({ option }) => option).sort()).toEqual([0, 1, 1])
    room.mineTo(1 + POLL_BLOCKS)
    expect(room.refusal(ask(room, 'Coffee?'))).toBeNull()
    expect(room.refusal(answer(room, 1, 0))).toBe('custom-refused')
  }, 60_000)

  it('an unknown kind, and an action that is none', () => {
    const room = new Room(4)
    expect(room.refusal(room.custom(0, 99, PollAction, { step: 1, question: new Uint8Array(0), options: [], option: 0 }))).toBe('unknown-custom-kind')
    expect(checkCustom(room.state, customKind(poll.number)!, new Uint8Array(3), { sender: 0, height: 1 })).toBe('malformed')
  })
})
