import { describe, expect, it } from 'vitest'
import type { AgentView, ChainView, EventView, SeatView, Status } from '../../bridge/views'
import { firstSteps, voteOutlook } from './firstSteps'

const SELF = 'ab'.repeat(32)
const me = { publicKey: SELF, status: 'active' } as AgentView
const seat: SeatView = { registeredAt: 12, votesFrom: null, members: 2, membersNeeded: 4 }
const status = (height: number, seatOf: Partial<SeatView> = {}, validator = false) => ({ height, validator, seat: { ...seat, ...seatOf } }) as Status
const chain = (...blocks: { proposer: string; height: number; status: string }[]) => ({ blocks }) as unknown as ChainView
const event = (kind: EventView['kind']) => ({ kind, text: kind }) as EventView

describe('a newcomer’s first steps', () => {
  it('begin before the registration', () =>
    expect(firstSteps(status(11, { registeredAt: null }), null, chain(), [])).toMatchObject({
      registeredAt: null,
      proposing: null,
      outcome: null,
      voting: false
    }))

  it('name the first own block while it waits for its decision', () =>
    expect(firstSteps(status(12), me, chain({ proposer: SELF, height: 13, status: 'proposed' }), [])?.proposing).toBe(13))

  it('do not take a decided block, or somebody else’s, for one that waits', () =>
    expect(
      firstSteps(status(13), me, chain({ proposer: SELF, height: 13, status: 'stale' }, { proposer: 'cd'.repeat(32), height: 14, status: 'proposed' }), [])
        ?.proposing
    ).toBeNull())

  it('tell how the newest own block fared', () =>
    expect(firstSteps(status(14), me, chain(), [event('won'), event('lost'), event('peer')])?.outcome?.kind).toBe('lost'))

  it('say when the vote begins (R9)', () => expect(firstSteps(status(14, { votesFrom: 25 }), me, chain(), [])).toMatchObject({ votesFrom: 25, voting: false }))

  it('stay until some heights after the vote began, then are gone', () => {
    expect(firstSteps(status(49, { votesFrom: 25 }, true), me, chain(), [])?.voting).toBe(true)
    expect(firstSteps(status(50, { votesFrom: 25 }, true), me, chain(), [])).toBeNull()
  })

  it('are none for one that has left', () => expect(firstSteps(status(14), { ...me, status: 'left' }, chain(), [])).toBeNull())
})

describe('what stands between an agent and a vote (R9)', () => {
  const room = (membership: Status['room']['membership'], seatOf: Partial<SeatView> = {}, validator = false) =>
    ({ validator, seat: { ...seat, ...seatOf }, room: { membership } }) as Status
  const owner = (deposit: string) => ({ ...me, deposit })

  it('is nothing for who votes, whatever the membership', () => expect(voteOutlook(room('stake', {}, true), owner('0')).kind).toBe('voting'))

  it('is a deposit or space where these count, and the height only after that', () => {
    const decided = { votesFrom: 25 }
    expect(voteOutlook(room('stake', decided), owner('0')).kind).toBe('needs-deposit')
    expect(voteOutlook(room('stake', decided), null).kind).toBe('needs-deposit')
    expect(voteOutlook(room('stake', decided), owner('1000'))).toEqual({ kind: 'from', height: 25 })
    expect(voteOutlook(room('space', decided), me).kind).toBe('needs-space')
    expect(voteOutlook(room('open', decided), me)).toEqual({ kind: 'from', height: 25 })
  })

  it('is company while there are too few, and else patience: never "5 of 4 members"', () => {
    expect(voteOutlook(room('open'), me)).toEqual({ kind: 'too-few', members: 2, needed: 4 })
    expect(voteOutlook(room('invited', { members: 5 }), null).kind).toBe('later')
  })
})
