import { describe, expect, it } from 'vitest'
import { MEMBERSHIP_OPEN } from '../core/consensus/validatorSet'
import { spacetime } from '../core/families/spacetime/rules'
import { plotRoot } from '../core/families/spacetime/plot'
import { createGenesis } from '../core/genesis'
import type { ChainConfig } from '../core/schema'
import { signerAt, TEST_TIME } from '../core/testing/network'
import { NodeCore } from './nodeCore'

const founder = signerAt(0)

/** A network of one whose disk keeps every promise, driven until so many heights are final. */
function liveAlone(config: ChainConfig | undefined, heights: number): NodeCore {
  const genesis = createGenesis({
    name: 'Alone',
    time: TEST_TIME,
    salt: new Uint8Array(32),
    founders: [{ publicKey: founder.publicKey, name: 'Ada' }],
    membership: MEMBERSHIP_OPEN,
    ...(config === undefined ? {} : { config: { ...config, blockIntervalMs: 2000 } })
  })
  const opened = NodeCore.open({ genesis, signer: founder, name: 'Ada' }, null, TEST_TIME)
  if (!opened.ok) throw new Error(opened.detail)
  const core = opened.value
  let now = TEST_TIME
  for (let steps = 0; core.tree.final.height < heights && steps < 50 * heights; steps++) {
    let wake = now + 100
    for (const waiting = core.handle({ type: 'tick' }, now); waiting.length > 0;) {
      const effect = waiting.shift()!
      if (effect.type === 'wake') wake = effect.at
      if (effect.type === 'store') waiting.push(...core.handle({ type: 'stored', row: effect.row, outcome: { ok: true } }, now))
    }
    now = Math.max(now + 1, wake)
  }
  return core
}

describe('S001: where space decides a node gets its plot by itself', () => {
  it('registers one small plot once, and proves with it when it is 32 blocks old', () => {
    const core = liveAlone(spacetime.defaultConfig(0), 50)
    const { final } = core.tree
    expect(final.height).toBe(50)
    const plots = final.state!.plots()
    expect(plots).toHaveLength(1)
    expect(plots[0]).toMatchObject({ owner: core.publicKey, leaves: 256, registeredAt: 1 })
    expect(plots[0]!.root).toEqual(plotRoot(core.publicKey, plots[0]!.seed, 256))
    // Height 33 is the first that it may answer for.
    const claims = [30, 32, 33, 34, 50].map(height => core.tree.at(height).map(({ header }) => header.claim.length > 0))
    expect(claims).toEqual([[false], [false], [true], [true], [true]])
  })

  it('registers none where something else decides', () => {
    expect(liveAlone(undefined, 5).tree.final.state!.plots()).toHaveLength(0)
  })
})
