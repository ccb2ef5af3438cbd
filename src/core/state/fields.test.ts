/** The fields of the seed's state, each at work: what stands in a record, where from, and that it is under the root. */
import { beforeAll, describe, expect, it } from 'vitest'
import { compareBytes, equalBytes, toHex, utf8 } from '../bytes'
import { executeBlock } from '../chain/execute'
import { agentIdOf, blockHash, transactionId, transactionRoot } from '../signing'
import { Room } from '../testing/room'
import { socialHistory } from '../testing/socialHistory'
import type { Step } from '../testing/socialHistory'
import { STATE_ERRORS } from './rule'
import { applyTransaction } from './transactions'

describe('fields of the state', () => {
  let room: Room
  let steps: Step[]
  beforeAll(() => {
    ;({ room, steps } = socialHistory())
  })

  it('T003, T004: an agent is named by the hash of its Ed25519 public key, which its record holds; no two share one', () => {
    const agents = room.state.agents()
    for (const { id, publicKey } of agents) {
      expect(toHex(id)).toBe(toHex(agentIdOf(publicKey)))
      expect(equalBytes(room.state.agent(publicKey)!.publicKey, publicKey)).toBe(true)
    }
    expect(new Set(agents.map(({ id }) => toHex(id))).size).toBe(agents.length)
  })

  it('T006, F-01: reputation is whole thousandths, and breaking an alliance costs what its terms say', () => {
    const other = new Room(3)
    const before = other.state.agent(other.key(1))!.reputation
    other.say(other.alliance(0, [0, 1])).mine()
    const { id, offer } = other.state.view.social.alliances.getReadonly(0).toValue()
    other.say(other.join(1, id)).mine()
    other.say(other.leaveAlliance(1, id)).mine()
    const after = other.state.agent(other.key(1))!.reputation
    expect(Number.isInteger(before)).toBe(true)
    expect(before - after).toBe(offer.terms.breakPenalty)
    expect(offer.terms.breakPenalty).toBeGreaterThan(0)
  })

  it('T007, T018: an alliance stands in the social state under its id, and in the list of each who has signed, in ascending order', () => {
    const other = new Room(4)
    for (const purpose of [3, 1, 2]) {
      other.say(other.alliance(0, [0, 1], { purpose })).mine()
      const place = other.state.view.social.alliances.length - 1
      other.say(other.join(1, other.state.view.social.alliances.getReadonly(place).id)).mine()
    }
    const { alliances } = other.state.view.social
    const ids = Array.from({ length: alliances.length }, (_, i) => alliances.getReadonly(i).toValue().id)
    expect(ids).toHaveLength(3)
    for (const who of [0, 1]) expect(other.state.agent(other.key(who))!.alliances.map(toHex)).toEqual([...ids].sort(compareBytes).map(toHex))
    expect(other.state.agent(other.key(2))!.alliances).toEqual([])
  })

  it('T009, F-04: the last activity is the height of a block, whatever the clock says', () => {
    const other = new Room(3).mineTo(4)
    other.say(other.social(1, 2, 1)).mine()
    expect(other.state.agent(other.key(1))!.lastActivity).toBe(other.tip.height)
    expect(other.state.agent(other.tip.header.proposer)!.lastActivity).toBe(other.tip.height)
  })

  it('T010–T016, F-24: the record of a block holds its height, hash, parent, time, producer, transactions and the root after it; the block in the making cannot hold its own', () => {
    for (const { parent, block } of steps.slice(1)) {
      const record = block.state!.blockRecord(parent.height)!
      const { header } = parent
      expect(record.height).toBe(header.height)
      expect(toHex(record.hash)).toBe(parent.hash)
      expect(toHex(record.parentHash)).toBe(toHex(header.parent))
      expect(record.timestamp).toBe(header.timestamp)
      expect(toHex(record.producer)).toBe(toHex(header.proposer))
      expect(toHex(record.txRoot)).toBe(toHex(transactionRoot(parent.transactions!)))
      expect(toHex(record.stateRoot)).toBe(toHex(parent.state!.root))
      expect(block.state!.blockRecord(block.height)).toBeNull()
    }
  })

  it('T017: signatures are no part of a block’s hash: who has voted for it can be learned later', () => {
    const { block } = steps[0]!
    const { networkId } = room.network
    const unsigned = { header: block.header, signature: new Uint8Array(64) }
    expect(toHex(blockHash(networkId, unsigned.header))).toBe(block.hash)
    expect(Object.keys(block.header)).not.toContain('signature')
    // Of a transaction it is: else one could be said twice.
    const [first] = block.transactions!
    expect(toHex(transactionId({ ...first!, signature: new Uint8Array(64) }))).not.toBe(toHex(transactionId(first!)))
  })

  it('T035: every refusal of a state has a code of its own, and no code is there twice', () => {
    expect(new Set(STATE_ERRORS).size).toBe(STATE_ERRORS.length)
    const other = new Room(3)
    const refusals = [
      other.refusal(other.react(0, new Uint8Array(32), 1)),
      other.refusal(other.join(0, new Uint8Array(32))),
      other.refusal(other.opinion(0, new Uint8Array(32), 1)),
      other.refusal(other.social(0, 0, 1)),
      other.refusal(other.social(0, 1, 99)),
      other.refusal({ ...other.social(0, 1, 1), nonce: 7 }),
      other.refusal({ ...other.social(0, 1, 1), kind: 200 })
    ]
    expect(new Set(refusals).size).toBeGreaterThanOrEqual(5)
    for (const code of refusals) expect(STATE_ERRORS).toContain(code)
  })

  it('T048, F-22: what is pending belongs to its edit: it is gone when the edit is dropped, and in the next state alone when it is finished', () => {
    const other = new Room(3)
    const { genesis, networkId } = other.network
    const root = toHex(other.state.root)
    const transaction = other.social(1, 2, 1)
    const context = () => ({ state: other.state.edit(), height: other.next, genesis, networkId })
    const dropped = context()
    applyTransaction(dropped, transaction)
    expect(toHex(dropped.state.preview().root)).not.toBe(root)
    expect(toHex(other.state.root)).toBe(root)
    const kept = context()
    expect(toHex(kept.state.preview().root)).toBe(root)
    applyTransaction(kept, transaction)
    const next = kept.state.finish()
    expect(toHex(next.root)).toBe(toHex(dropped.state.preview().root))
    expect(toHex(next.edit().preview().root)).toBe(toHex(next.root))
    expect(toHex(other.state.root)).toBe(root)
  })

  it('T081: a block of one’s own takes the steps of everybody else’s: made from transactions that do not pass, it is refused by its own maker', () => {
    const other = new Room(3)
    const { rules } = other.network
    other.say(other.meme(0, 'one')).mine()
    const { header, transactions } = other.tip
    const parent = other.network.tree.final
    const run = (body: typeof transactions) => executeBlock(rules, parent.state!, parent.hashBytes, { ...header, txRoot: transactionRoot(body!) }, body!)
    expect(run(transactions).ok).toBe(true)
    const own = other.network.signers[0]!
    const twice = [...transactions!, { ...other.meme(0, 'one'), nonce: 1, sender: own.publicKey }]
    expect(run(twice)).toMatchObject({ ok: false, code: 'transaction-already-published' })
    expect(run([{ ...transactions![0]!, payload: utf8('nonsense') }])).toMatchObject({ ok: false })
  })
})
