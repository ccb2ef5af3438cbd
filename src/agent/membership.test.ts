import { describe, expect, it } from 'vitest'
import { AGENT_LEFT, AGENT_PENALISED } from '../core/schema'
import { heartbeatEvery, membershipIntent } from './membership'
import type { MembershipView } from './membership'
import { agentRecord } from '../core/testing/agents'

const record = agentRecord(new Uint8Array(32), { nonce: 1, registeredAt: 1, lastHeartbeat: 10 })
const view: MembershipView = { record, height: 11, heartbeatTtl: 15, producersAsk: false, pending: () => false, leaving: false }

describe('what an agent does to stay a member', () => {
  it.each<[string, Partial<MembershipView>, string | null]>([
    ['unknown to the chain: register', { record: null }, 'register'],
    ['already registering', { record: null, pending: kind => kind === 'register' }, null],
    ['just heard', {}, null],
    ['a third of the lifetime has passed', { height: 15 }, 'heartbeat'],
    ['one block before that', { height: 14 }, null],
    ['a heartbeat waits', { height: 30, pending: kind => kind === 'heartbeat' }, null],
    ['has left and is back', { record: { ...record, status: AGENT_LEFT } }, 'heartbeat'],
    ['producers have to ask', { producersAsk: true }, 'produce'],
    ['has asked', { producersAsk: true, record: { ...record, producer: 1 } }, null],
    ['is asking', { producersAsk: true, pending: kind => kind === 'produce' }, null],
    ['a heartbeat comes before a place', { producersAsk: true, height: 15 }, 'heartbeat'],
    ['is leaving', { record: null, leaving: true }, null],
    ['penalised: there is no way back', { height: 99, record: { ...record, status: AGENT_PENALISED } }, null]
  ])('%s', (_, change, expected) => {
    expect(membershipIntent({ ...view, ...change })).toBe(expected)
  })

  it('two of three heartbeats may get lost within one lifetime, for every lifetime that has room for three', () => {
    for (let ttl = 1; ttl < 200; ttl++) {
      expect(heartbeatEvery(ttl)).toBeGreaterThanOrEqual(1)
      if (ttl >= 3) expect(3 * heartbeatEvery(ttl)).toBeLessThanOrEqual(ttl)
    }
  })
})
