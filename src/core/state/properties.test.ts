import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { compareBytes, toHex, utf8 } from '../bytes'
import { encode } from '../codec'
import { branchOf, rootOfBranch } from '../proof/branch'
import { ClashEvidence, DivergentEvidence, PollAction, ProfilePayload, State } from '../schema'
import type { Transaction } from '../schema'
import { transactionId } from '../signing'
import { compose, signerAt } from '../testing/network'
import { Room, TERMS } from '../testing/room'
import { CONFLICT_CLASH, CONFLICT_DIVERGENT, conflictAt } from './conflicts'
import { recentMemes } from './memes'
import { poll } from './poll'
import { recomputeRoot } from './recompute'
import { applyTransaction, checkTransaction, TX_PROFILE } from './transactions'
import type { WorldState } from './worldState'

const AGENTS = 5

/** One thing that somebody might do: who, what of, and two numbers to choose by. */
interface Deed {
  who: number
  what: number
  a: number
  b: number
}
const deed: fc.Arbitrary<Deed> = fc.record({ who: fc.nat(AGENTS - 1), what: fc.nat(12), a: fc.nat(1000), b: fc.nat(1000) })

function memeIdAt(room: Room, number: number): Uint8Array {
  const memes = [...recentMemes(room.state)]
  return memes.length === 0 ? new Uint8Array(32) : memes[number % memes.length]!.id
}

function allianceAt(room: Room, number: number): Uint8Array {
  const { alliances } = room.state.view.social
  return alliances.length === 0 ? new Uint8Array(32) : alliances.getReadonly(number % alliances.length).toValue().id
}

function conflictIdAt(room: Room, number: number): Uint8Array {
  const { conflicts } = room.state.view.social
  return conflicts.length === 0 ? new Uint8Array(32) : conflictAt(room.state, number % conflicts.length).id
}

/** The transaction of a deed; whether it is valid is for the state to say. */
function transactionOf(room: Room, { who, what, a, b }: Deed): Transaction {
  const { networkId } = room.network
  const other = (who + 1 + (a % (AGENTS - 1))) % AGENTS
  const nonce = room.state.agent(room.key(who))!.nonce
  const nothing = new Uint8Array(0)
  switch (what) {
    case 0:
      return compose.transfer(networkId, room.signers[who]!, nonce, room.key(other), BigInt(a), BigInt(b % 3))
    case 1:
      return room.meme(who, `deed ${a} ${b}`, {
        format: 1 + (b % 4),
        targets: [room.key(other)],
        tags: [utf8(`t${a % 4}`)],
        references: b % 2 === 0 && a > 500 ? [memeIdAt(room, a)] : []
      })
    case 2:
      return room.react(who, memeIdAt(room, a), 1 + (b % 3))
    case 3:
      return room.alliance(who, [who, other], { terms: { ...TERMS, durationBlocks: 1 + (a % 5), exclusive: 1, rewardShare: b % 501, memeBoost: a % 201 } })
    case 4:
    case 5:
      return room.join(who, allianceAt(room, a))
    case 6:
      return room.leaveAlliance(who, allianceAt(room, a))
    case 7:
      return room.social(who, other, 1 + (b % 3), b % 3 === 2 ? BigInt(a + 1) : 0n)
    case 8: {
      const pair = [1n, 2n].map(amount => compose.transfer(networkId, room.signers[who]!, a, room.key(other), amount))
      const [first, second] = pair.sort((x, y) => compareBytes(transactionId(x), transactionId(y))) as [Transaction, Transaction]
      return room.conflict(other, CONFLICT_DIVERGENT, DivergentEvidence, { first, second })
    }
    case 9: {
      const [first, second] = [allianceAt(room, a), allianceAt(room, b)].sort(compareBytes) as [Uint8Array, Uint8Array]
      return room.conflict(who, CONFLICT_CLASH, ClashEvidence, { member: room.key(who), first, second })
    }
    case 10:
      return room.opinion(who, conflictIdAt(room, a), 1 + (b % 3))
    case 11:
      return room.custom(who, poll.number, PollAction, {
        step: 1 + (b % 2),
        question: b % 2 === 0 ? utf8('?!') : nothing,
        options: b % 2 === 0 ? [utf8('y'), utf8('n')] : [],
        option: a % 2
      })
    default:
      return a % 2 === 0
        ? room.sign(who, TX_PROFILE, ProfilePayload, { status: who === 0 ? 1 : [1, 4, 5][b % 3]!, personality: a % 10, traitsHash: new Uint8Array(32) })
        : compose.register(networkId, signerAt(30 + (b % 20)), `Guest ${b}`)
  }
}

function rootAnew(state: WorldState): Uint8Array {
  const work = recomputeRoot(state)
  for (;;) {
    const step = work.next()
    if (step.done === true) return step.value
  }
}

function supplyOf(state: WorldState): bigint {
  return state.agents().reduce((sum, { balance, deposit }) => sum + balance + deposit, state.treasury)
}

describe('any life of a room (T023–T025, T083)', () => {
  it(
    'T023, T024, T025, S6, S7: a check changes nothing, a refused transaction leaves nothing, an applied one is undone by its old root; no money comes or goes',
    { timeout: 240_000 },
    () => {
      const kinds = new Set<number>()
      fc.assert(
        fc.property(fc.array(fc.array(deed, { maxLength: 6 }), { minLength: 4, maxLength: 14 }), days => {
          const room = new Room(AGENTS)
          const { genesis, networkId } = room.network
          const whole = supplyOf(room.state)
          for (const deeds of days) {
            const before = room.state
            const bytes = before.encode()
            let said = false
            for (const each of deeds) {
              const transaction = transactionOf(room, each)
              const edit = before.edit()
              const context = { state: edit, height: room.next, genesis, networkId }
              const root = toHex(edit.preview().root)
              const refusal = checkTransaction(context, transaction)
              expect(toHex(edit.preview().root), 'T024: checking writes nothing').toBe(root)
              if (refusal === null) {
                applyTransaction(context, transaction)
                const after = edit.finish()
                expect(toHex(after.root)).not.toBe(toHex(before.root))
                expect(toHex(rootAnew(after)), 'S4: from the records alone').toBe(toHex(after.root))
                // One a block, so that none can void another.
                if (!said && room.refusal(transaction) === null) {
                  room.say(transaction)
                  said = true
                }
                kinds.add(transaction.kind)
              }
              expect(toHex(before.root)).toBe(toHex(rootAnew(before)))
            }
            room.mine()
            expect(before.encode(), 'S7: the state before is what it was').toEqual(bytes)
            expect(supplyOf(room.state), 'S6').toBe(whole)
          }
        }),
        { numRuns: 12, seed: 4 }
      )
      // Register, transfer, profile, and every kind of social life but the judgement that needs an open conflict at the right time.
      for (const kind of [1, 2, 14, 15, 16, 17, 18, 20, 21, 23]) expect(kinds, `kind ${kind}`).toContain(kind)
    }
  )
})

describe('proofs of every kind of leaf (T037–T040)', () => {
  const room = new Room(4)
  room.say(room.meme(0, 'a proof of itself', { targets: [room.key(1)] }), room.alliance(1, [1, 2])).mine()
  room.say(room.react(2, memeIdAt(room, 0), 1), room.social(3, 0, 1)).mine()
  room.say(
    room.conflict(
      0,
      CONFLICT_DIVERGENT,
      DivergentEvidence,
      (() => {
        const pair = [1n, 2n].map(amount => compose.transfer(room.network.networkId, room.signers[3]!, 0, room.key(0), amount))
        const [first, second] = pair.sort((x, y) => compareBytes(transactionId(x), transactionId(y))) as [Transaction, Transaction]
        return { first, second }
      })()
    )
  )
  room.say(room.leaveAlliance(2, allianceAt(room, 0)), room.social(1, 2, 3, 500n)).mine()
  const { state } = room
  const leaves: [string, (string | number)[]][] = [
    ['T037 an agent', ['agents', 'records', 2]],
    ['T038 an alliance', ['social', 'alliances', 0]],
    ['T038 a relation', ['social', 'relationships', state.place(room.key(0))!, 0]],
    ['T038 a drama', ['social', 'drama', 'events', 0]],
    ['T020 what came of a meme', ['social', 'memeInfluence', 0]],
    ['T039 a meme', ['memes', 'records', 0]],
    ['T040 a block', ['blocks', 'recent', 1]],
    ['T066 a conflict', ['social', 'conflicts', 0]],
    ['the treasury', ['agents', 'treasury']],
    ['what is due', ['social', 'agenda', 0]]
  ]

  it.each(leaves)('%s: its branch leads to the root; with another leaf, place or sibling it does not', (_, path) => {
    const { gindex } = State.getPathInfo(path)
    const depth = gindex.toString(2).length - 1
    const branch = branchOf(state.view.node, gindex)
    expect(branch).toHaveLength(depth)
    let node = state.view.node
    for (const turn of gindex.toString(2).slice(1)) node = turn === '0' ? node.left : node.right
    const leaf = node.root
    const root = toHex(state.root)
    expect(toHex(rootOfBranch(leaf, gindex, branch)!)).toBe(root)
    fc.assert(
      fc.property(fc.nat(depth), fc.nat(255), (at, bit) => {
        const flip = (bytes: Uint8Array) => bytes.map((byte, i) => (i === bit >> 3 ? byte ^ (1 << (bit & 7)) : byte))
        const bent = at === depth ? rootOfBranch(flip(leaf), gindex, branch) : rootOfBranch(leaf, gindex, branch.with(at, flip(branch[at]!)))
        expect(bent === null ? null : toHex(bent)).not.toBe(root)
        const moved = rootOfBranch(leaf, gindex ^ (1n << BigInt(at % depth)), branch)
        expect(moved === null || toHex(moved) !== root || toHex(leaf) === toHex(branch[at % depth]!)).toBe(true)
      }),
      { numRuns: 100 }
    )
  })

  it('T080: the encoding is a fraction of the same as JSON', () => {
    const json = JSON.stringify(State.toJson(state.view.toValue()))
    expect(encode(State, state.view.toValue()).length * 2).toBeLessThan(json.length)
  })
})
