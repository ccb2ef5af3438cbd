import { describe, expect, it } from 'vitest'
import { toHex } from '../core/bytes'
import { decode } from '../core/codec'
import { ClashEvidence, ConflictPayload } from '../core/schema'
import type { Transaction } from '../core/schema'
import { customMemory } from '../core/state/custom'
import { poll } from '../core/state/poll'
import { TX_CONFLICT, TX_PROFILE } from '../core/state/transactions'
import { Room } from '../core/testing/room'
import { signTransaction } from '../core/signing'
import { parseCivicIntent } from './civicIntents'
import type { CivicIntent } from './civicIntents'
import { civicSentence } from './civicSentences'

const room = new Room(4)
const key = (who: number) => toHex(room.key(who))

/** The transaction that the intent becomes, signed by this founder. */
function transactionOf(intent: CivicIntent, who = 0): Transaction {
  const parsed = parseCivicIntent(intent, room.state.agent(room.key(who)))
  if (!parsed.ok || parsed.value.kind !== 'compose') throw new Error(parsed.ok ? 'not composed' : parsed.message)
  const { transaction: kind, payload } = parsed.value
  const unsigned = { kind, sender: room.key(who), nonce: room.state.agent(room.key(who))!.nonce, fee: 0n, payload }
  return signTransaction(room.network.networkId, unsigned, room.signers[who]!)
}
const sentenceOf = (transaction: Transaction) => civicSentence(transaction, 'Ada', () => 'Bob', String)

describe('intents about oneself, each other and the room', () => {
  it('T005, T008: a profile changes what it names and keeps the rest; the chain takes it', () => {
    const away = transactionOf({ kind: 'profile', status: 'inactive', personality: 'chaotic' })
    room.say(away).mine()
    expect(room.state.agent(room.key(0))).toMatchObject({ status: 4, personality: 3, lastActivity: 1 })
    room.say(transactionOf({ kind: 'profile', status: 'active' })).mine()
    expect(room.state.agent(room.key(0))).toMatchObject({ status: 1, personality: 3 })
    expect(room.refusal(transactionOf({ kind: 'profile' }))).toBe('no-change')
    expect(sentenceOf(away)).toBe('Ada is away')
  })

  it('interact, poll and answer are transitions that everybody executes', () => {
    const offer = transactionOf({ kind: 'interact', to: key(1), what: 'offer', amount: '5000' })
    room.say(offer, transactionOf({ kind: 'poll', question: 'Tea?', options: ['yes', 'no'] }, 2)).mine()
    room.say(transactionOf({ kind: 'answer', option: 1 }, 3), transactionOf({ kind: 'interact', to: key(3), what: 'oppose' }, 1)).mine()
    expect(customMemory(room.state, poll)).toMatchObject({ askedBy: room.place(2), answers: [{ agent: room.place(3), option: 1 }] })
    expect(sentenceOf(offer)).toBe('Ada pays Bob 5000 for its favour')
    expect(sentenceOf(transactionOf({ kind: 'poll', question: 'Tea?', options: ['a', 'b'] }))).toBe('Ada asks the room: Tea?')
  })

  it('a dispute names its alliances in one order, however they were given', () => {
    const [first, second] = ['aa', 'bb'].map(byte => byte.repeat(32)) as [string, string]
    for (const pair of [
      { first, second },
      { first: second, second: first }
    ]) {
      const transaction = transactionOf({ kind: 'dispute', member: key(1), ...pair })
      const payload = decode(ConflictPayload, transaction.payload)
      const evidence = payload.ok ? decode(ClashEvidence, payload.value.evidence) : payload
      expect(transaction.kind).toBe(TX_CONFLICT)
      expect(evidence.ok && [toHex(evidence.value.first), toHex(evidence.value.second)]).toEqual([first, second])
    }
  })

  it.each<[string, CivicIntent]>([
    ['a status that is none', { kind: 'profile', status: 'asleep' as 'active' }],
    ['a personality that is none', { kind: 'profile', personality: 'kind' as 'lawful' }],
    ['a key that is none', { kind: 'interact', to: 'xy', what: 'support' }],
    ['something else', { kind: 'interact', to: '00'.repeat(32), what: 'hug' as 'support' }],
    ['an amount that is none', { kind: 'interact', to: '00'.repeat(32), what: 'offer', amount: '1.5' }],
    ['a conflict that is none', { kind: 'judge', conflict: '', choice: 'void' }],
    ['a choice that is none', { kind: 'judge', conflict: '00'.repeat(32), choice: 'both' as 'void' }],
    ['a question that is too long', { kind: 'poll', question: 'x'.repeat(3000), options: ['a', 'b'] }],
    ['too many answers to choose from', { kind: 'poll', question: 'x', options: Array.from({ length: 9 }, () => 'a') }]
  ])('%s is refused with a sentence', (_, intent) => {
    expect(parseCivicIntent(intent, null)).toMatchObject({ ok: false, code: 'bad-intent' })
  })

  it('who is not registered yet can say what it will be', () => {
    const parsed = parseCivicIntent({ kind: 'profile', personality: 'lawful' }, null)
    expect(parsed.ok && parsed.value.kind === 'compose' && parsed.value.transaction).toBe(TX_PROFILE)
  })
})
