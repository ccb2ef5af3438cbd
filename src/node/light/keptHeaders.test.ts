import { describe, expect, it } from 'vitest'
import { decode } from '../../core/codec'
import { StateHeader } from '../../core/light/schema'
import { genesisTrust } from '../../core/light/stateHeader'
import { createLightChain } from '../../core/testing/lightChain'
import { MemoryStore } from '../../platform/memoryStore'
import { EMPTY_BATCH } from '../ports'
import { keptHeaders, storedSteps } from './keptHeaders'
import { Trail } from './trail'

const CHANGES = 10

describe('the way to the head on the disk (T060)', () => {
  it.each([
    ['at each header', () => true],
    ['after the first header and the last', (i: number) => i === 0 || i === CHANGES]
  ])('leads a later start to the newest head past ten changes of the set, written %s', async (_, isWritten) => {
    const chain = createLightChain({ founders: 30, blocks: 1001, changes: CHANGES, replaced: 3 })
    const store = new MemoryStore()
    const trail = new Trail(chain.network, genesisTrust(chain.genesis))
    for (const [i, header] of chain.headers.entries()) {
      expect(trail.take(header)).toEqual({ ok: true, value: true })
      if (isWritten(i)) await store.commit({ ...EMPTY_BATCH, stateHeaders: storedSteps(trail.steps) })
    }
    const again = new Trail(chain.network, genesisTrust(chain.genesis))
    for (const bytes of await keptHeaders(store)) {
      const kept = decode(StateHeader, bytes)
      if (kept.ok) again.take(kept.value)
    }
    expect(again.head.height).toBe(trail.head.height)
    expect((await keptHeaders(store)).length).toBeLessThanOrEqual(2 * chain.headers.length)
  })
})
