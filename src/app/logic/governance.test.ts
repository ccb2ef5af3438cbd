import { describe, expect, it } from 'vitest'
import type { AgentView } from '../../bridge/views'
import { blocksUntil, changeProgress, presentAndMissing, quorumGone, scheduledHeight } from './governance'

const rules = { family: 'chaos', mode: 'rotation' }
const sent = { rules, atHeight: 20 }

describe('a change of family on its way (PROTOCOL §8)', () => {
  it('waits for a block, and says for how many', () => {
    expect(changeProgress(sent, null, { height: 20 })).toEqual({ kind: 'waiting', blocks: 0 })
    expect(changeProgress(sent, null, { height: 28 })).toEqual({ kind: 'waiting', blocks: 8 })
  })

  it('is late once its epoch is too near, unless it was seen in a block after all', () => {
    expect(changeProgress(sent, null, { height: 29 })).toEqual({ kind: 'late' })
    expect(changeProgress(sent, 45, { height: 29 })).toEqual({ kind: 'scheduled', fromHeight: 45, blocks: 16 })
  })

  it('counts down to its first height and is in force there', () => {
    expect(changeProgress(sent, 45, { height: 44 })).toEqual({ kind: 'scheduled', fromHeight: 45, blocks: 1 })
    expect(changeProgress(sent, 45, { height: 45 })).toEqual({ kind: 'in-force', fromHeight: 45 })
  })

  it('waits on when a reorganisation took the head back', () => expect(changeProgress(sent, null, { height: 18 })).toEqual({ kind: 'waiting', blocks: 0 }))

  it('is the decided one only if family and mode are the same', () => {
    expect(scheduledHeight(sent, { ...rules, fromHeight: 45 })).toBe(45)
    expect(scheduledHeight(sent, { family: 'chaos', mode: 'other', fromHeight: 45 })).toBeNull()
    expect(scheduledHeight(sent, { ...rules, fromHeight: 20 })).toBeNull()
    expect(scheduledHeight(sent, null)).toBeNull()
  })

  it('never counts below zero', () => expect(blocksUntil(5, { height: 9 })).toBe(0))
})

describe('who is here and who is missing', () => {
  const agent = (name: string, more: Partial<AgentView>) => ({ name, validator: true, online: true, mine: false, status: 'active', ...more }) as AgentView

  it('counts voters beside oneself, and nobody else', () => {
    const agents = [agent('me', { mine: true }), agent('here', {}), agent('gone', { online: false }), agent('guest', { validator: false, online: false })]
    const { present, missing } = presentAndMissing(agents)
    expect([present, missing].map(each => each.map(({ name }) => name))).toEqual([['here'], ['gone']])
  })
})

describe('whether the authority may be asked to go on without the missing ones', () => {
  const quorum = { validators: 5, weight: 5, present: 2, needed: 4 }

  it('takes a node that has given up waiting, and voters that are missing', () => {
    expect(quorumGone({ reasonCode: 'no-quorum', quorum })).toBe(true)
    expect(quorumGone({ reasonCode: 'eligible', quorum })).toBe(false)
    expect(quorumGone({ reasonCode: 'no-quorum', quorum: { ...quorum, present: 4 } })).toBe(false)
  })
})
