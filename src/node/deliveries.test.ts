import { describe, expect, it } from 'vitest'
import { Deliveries } from './deliveries'

describe('Deliveries', () => {
  it('V054: counts successes and failures by topic, and what nobody got', async () => {
    const deliveries = new Deliveries()
    deliveries.note('announce', Promise.resolve({ sent: ['a', 'b'], failed: ['c'] }))
    deliveries.note('announce', Promise.resolve({ sent: [], failed: ['a', 'b', 'c'] }))
    deliveries.note('vote', Promise.resolve({ sent: ['a'], failed: [] }))
    await Promise.resolve()
    const { announce, vote, tx } = deliveries.view()
    expect(announce).toEqual({ messages: 2, sent: 2, failed: 4, unheard: 1 })
    expect(vote).toEqual({ messages: 1, sent: 1, failed: 0, unheard: 0 })
    expect(tx.messages).toBe(0)
  })

  it('V054, V055: a network that never answers holds nobody up', () => {
    const deliveries = new Deliveries()
    deliveries.note('announce', new Promise(() => undefined))
    expect(deliveries.view().announce).toEqual({ messages: 1, sent: 0, failed: 0, unheard: 0 })
  })
})
