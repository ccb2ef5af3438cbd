import { describe, expect, it } from 'vitest'
import { toHex } from '../bytes'
import { AgentRecord, State } from '../schema'
import { changesBetween } from '../state/changes'
import type { Change } from '../state/changes'
import { compose, signerAt } from '../testing/network'
import { Room } from '../testing/room'
import { auditBlock } from './audit'

const find = (changes: readonly Change[], ...path: (string | number)[]) => changes.find(change => change.path.join() === path.join())

describe('the audit trail (T082)', () => {
  it('tells of each step what it has changed, and of nothing else', () => {
    const room = new Room(4)
    const parent = room.tip
    const { networkId, rules } = room.network
    room.signers.push(signerAt(20))
    room
      .say(compose.transfer(networkId, room.signers[0]!, 0, room.key(1), 5n, 2n), compose.register(networkId, signerAt(20), 'Newcomer'), room.social(2, 3, 1))
      .mine()
    const steps = auditBlock(rules, parent.state!, parent.hashBytes, room.tip.transactions!, room.state)
    expect(steps.map(({ part }) => part)).toEqual(['start', 'transaction', 'transaction', 'transaction', 'end'])
    const [start, transfer, registration, praise, end] = steps.map(({ changes }) => changes)
    expect(find(start!, 'blocks', 'recent', 0, 'hash')).toEqual({ path: ['blocks', 'recent', 0, 'hash'], before: null, after: parent.hashBytes })
    const [from, to] = [room.place(0), room.place(1)]
    const grant = 100_000n
    expect(find(transfer!, 'agents', 'records', from, 'balance')).toMatchObject({ before: grant, after: grant - 7n })
    expect(find(transfer!, 'agents', 'records', to, 'balance')).toMatchObject({ before: grant, after: grant + 5n })
    expect(transfer!.map(({ path }) => path.join('.'))).toEqual(
      [`agents.records.${from}.balance`, `agents.records.${from}.nonce`, `agents.records.${from}.lastActivity`, `agents.records.${to}.balance`].sort((a, b) => {
        const order = Object.keys(AgentRecord.fields)
        const [x, y] = [a, b].map(name => name.split('.'))
        return Number(x![2]) - Number(y![2]) || order.indexOf(x![3]!) - order.indexOf(y![3]!)
      })
    )
    expect(find(registration!, 'agents', 'treasury')!.after).toBe((find(registration!, 'agents', 'treasury')!.before as bigint) - grant)
    expect(find(registration!, 'agents', 'records', 4, 'publicKey')).toMatchObject({ before: null, after: room.key(4) })
    expect(find(praise!, 'social', 'relationships', room.place(3), 0, 'trust')).toMatchObject({ before: null, after: 1030 })
    expect(find(end!, 'blocks', 'chain', 'height')).toMatchObject({ before: 0, after: 1 })
    expect(find(end!, 'blocks', 'chain', 'transactions')).toMatchObject({ before: 0n, after: 3n })
  })

  it('all steps together are the difference of the two states; equal states have none', () => {
    const room = new Room(4)
    const parent = room.tip
    room.say(room.meme(0, 'once upon a chain', { targets: [room.key(1)] }), room.alliance(1, [1, 2])).mine()
    const steps = auditBlock(room.network.rules, parent.state!, parent.hashBytes, room.tip.transactions!, room.state)
    const touched = new Set(steps.flatMap(({ changes }) => changes.map(({ path }) => path.join('.'))))
    const whole = changesBetween(parent.state!, room.state)
    for (const { path } of whole) expect(touched).toContain(path.join('.'))
    expect(changesBetween(room.state, room.state)).toEqual([])
    const copy = new Room(4).say(room.meme(0, 'x')).network.tree.final.state!
    expect(toHex(State.hashTreeRoot(State.toValueFromViewDU(copy.view)))).toBe(toHex(parent.state!.root))
    expect(changesBetween(copy, parent.state!), 'other nodes, same content').toEqual([])
  })
})
