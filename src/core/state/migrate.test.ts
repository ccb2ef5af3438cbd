import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { fromHex, toHex } from '../bytes'
import { decode } from '../codec'
import { State } from '../schema'
import { agentIdOf } from '../signing'
import { Room } from '../testing/room'
import { readState } from './migrate'
import { StateIndex } from './worldState'

interface Stored {
  height: number
  root: string
  treasury: string
  transactions: string
  agents: { publicKey: string; status: number; balance: string; deposit: string; nonce: number; blocksMade: number; lastHeartbeat: number }[]
  plots: number
  scheduledEpoch: number
  bytes: string
}
const stored = JSON.parse(readFileSync(new URL('../../../vectors/state-v2.json', import.meta.url), 'utf8')) as Stored
const read = () => readState(fromHex(stored.bytes)!, new StateIndex())

describe('a state that version 2 wrote (T086)', () => {
  it('is told by its first bytes, and has the root that its block’s header had', () => {
    const { version, writtenRoot } = read()
    expect(version).toBe(2)
    expect(toHex(writtenRoot)).toBe(stored.root)
  })

  it('keeps all that was in it', () => {
    const { state } = read()
    expect(state.height).toBe(stored.height)
    expect(String(state.treasury)).toBe(stored.treasury)
    expect(String(state.chain.transactions)).toBe(stored.transactions)
    expect(state.scheduled!.epoch).toBe(stored.scheduledEpoch)
    expect(state.plots()).toHaveLength(stored.plots)
    expect(state.agents()).toHaveLength(stored.agents.length)
    for (const old of stored.agents) {
      const agent = state.agent(fromHex(old.publicKey)!)!
      const { publicKey, balance, deposit, ...numbers } = old
      expect(agent).toMatchObject({ ...numbers, balance: BigInt(balance), deposit: BigInt(deposit), reputation: 500, alliances: [] })
      expect(toHex(agent.id)).toBe(toHex(agentIdOf(fromHex(publicKey)!)))
    }
    expect(state.currentSet.total).toBeGreaterThan(0)
    expect(state.blockRecord(stored.height - 1)).not.toBeNull()
    expect(state.blockRecord(stored.height - 256)).not.toBeNull()
    expect(state.blockRecord(stored.height)).toBeNull()
    expect(toHex(state.blockRecord(stored.height - 1)!.parentHash)).toBe(toHex(state.blockRecord(stored.height - 2)!.hash))
  })

  it('is a state of today: it encodes, decodes to the same root, and knows who is not registered', () => {
    const { state } = read()
    const again = readState(state.encode(), new StateIndex())
    expect(again.version).toBe(3)
    expect(toHex(again.writtenRoot)).toBe(toHex(state.root))
    const plain = decode(State, state.encode())
    expect(plain.ok && toHex(State.hashTreeRoot(plain.value))).toBe(toHex(state.root))
    expect(again.state.agent(new Uint8Array(32).fill(1))).toBeNull()
  })

  it('bytes that are neither are refused', () => {
    expect(() => readState(new Uint8Array(40), new StateIndex())).toThrow()
    expect(() => readState(fromHex(stored.bytes)!.slice(0, -1), new StateIndex())).toThrow()
  })

  it('a state of today is read as it is', () => {
    const { state } = new Room(4).mine()
    expect(toHex(readState(state.encode(), new StateIndex()).writtenRoot)).toBe(toHex(state.root))
  })
})
