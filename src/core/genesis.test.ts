import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { toHex } from './bytes'
import { encode } from './codec'
import { MEMBERSHIP_INVITED } from './consensus/validatorSet'
import { checkGenesis, createGenesis, decodeGenesis, genesisState, shortestLeak } from './genesis'
import { LONGEST_LEAK, MAX_GENESIS_AGENTS } from './limits'
import { Genesis } from './schema'
import { networkIdOf } from './signing'
import { StateIndex } from './state/worldState'
import { createNetwork, signerAt, TEST_TIME } from './testing/network'

const { genesis } = createNetwork(4)
const config = (change: Partial<Genesis['config']>) => ({ config: { ...genesis.config, ...change } })
const codeOf = (change: Partial<Genesis>) => {
  const checked = checkGenesis({ ...genesis, ...change })
  return checked.ok ? 'ok' : checked.code
}

describe('a genesis from a peer, a link or a file', () => {
  it.each<[string, Partial<Genesis>]>([
    ['another schema', { schemaVersion: 1 }],
    ['an unknown family', config({ family: 99 })],
    ['an unknown mode', config({ mode: 99 })],
    ['foreign parameters', config({ parameters: Uint8Array.of(1, 2, 3) })],
    ['blocks too fast', config({ blockIntervalMs: 99 })],
    ['blocks too slow', config({ blockIntervalMs: 86_400_001 })],
    ['slots too short', config({ slotMs: 19 })],
    ['slots too long', config({ slotMs: 600_001 })],
    ['no epochs', { epochLength: 0 }],
    ['endless epochs', { epochLength: 10_001, heartbeatTtl: 20_000 }],
    ['heartbeats shorter than an epoch', { heartbeatTtl: 3 }],
    ['no look-ahead', { lookahead: 0 }],
    ['a look-ahead without end', { lookahead: 9 }],
    ['a leak before the silent have dropped out', { leakAfter: shortestLeak(genesis) - 1, minCommittee: 1 }],
    ['a leak longer than an answer to who comes back', { leakAfter: LONGEST_LEAK + 1, minCommittee: 1 }],
    ['a leak with a committee that falls back to one', { leakAfter: 40, minCommittee: 4 }],
    ['a leak beside an authority', { leakAfter: 40, minCommittee: 1, authority: genesis.agents[0]!.publicKey }],
    ['an authority of small order', { authority: new Uint8Array(32).fill(1, 0, 1) }],
    [
      'a plot without an owner',
      { plots: [{ owner: new Uint8Array(32), seed: new Uint8Array(32), leaves: 2, leafFunction: 1, root: new Uint8Array(32), registeredAt: 0 }] }
    ],
    ['no membership', { membership: 0 }],
    ['unknown membership', { membership: 5 }],
    ['nobody', { agents: [] }],
    ['somebody twice', { agents: [genesis.agents[0]!, genesis.agents[0]!] }],
    ['a key of small order', { agents: [{ ...genesis.agents[0]!, publicKey: new Uint8Array(32) }] }]
  ])('is refused: %s', (_, change) => {
    expect(codeOf(change)).toBe('bad-genesis')
  })

  it('is accepted at the edges', () => {
    expect(codeOf({})).toBe('ok')
    for (const leakAfter of [shortestLeak(genesis), LONGEST_LEAK]) expect(codeOf({ leakAfter, minCommittee: 1 }), 'R12').toBe('ok')
    expect(codeOf({ ...config({ blockIntervalMs: 100, slotMs: 20 }), epochLength: 1, heartbeatTtl: 1, membership: MEMBERSHIP_INVITED, minCommittee: 1 })).toBe(
      'ok'
    )
    expect(codeOf({ ...config({ blockIntervalMs: 86_400_000, slotMs: 600_000 }), epochLength: 10_000, heartbeatTtl: 10_000 })).toBe('ok')
  })

  it('survives its bytes, and the largest one fits', () => {
    const decoded = decodeGenesis(encode(Genesis, genesis))
    expect(decoded).toEqual({ ok: true, value: genesis })
    const founders = Array.from({ length: MAX_GENESIS_AGENTS }, (_, i) => ({ publicKey: signerAt(i).publicKey, name: `A ${i}` }))
    const large = createGenesis({ name: 'Large', time: TEST_TIME, salt: new Uint8Array(32), founders })
    expect(decodeGenesis(encode(Genesis, large)).ok).toBe(true)
  })

  it('any bytes and any bit flip give a genesis or a typed failure, never an exception', () => {
    const bytes = encode(Genesis, genesis)
    const codes = /^(too-large|malformed|not-canonical|bad-genesis)$/
    fc.assert(
      fc.property(fc.nat({ max: bytes.length * 8 - 1 }), fc.uint8Array({ maxLength: 400 }), (bit, noise) => {
        const flipped = bytes.slice()
        flipped[bit >> 3] = flipped[bit >> 3]! ^ (1 << (bit & 7))
        for (const input of [flipped, noise]) {
          const decoded = decodeGenesis(input)
          if (decoded.ok) expect(toHex(networkIdOf(decoded.value))).not.toBe(toHex(networkIdOf(genesis)))
          else expect(decoded.code).toMatch(codes)
        }
      }),
      { numRuns: 500 }
    )
    expect(decodeGenesis(new Uint8Array(32 * 1024 + 1))).toMatchObject({ code: 'too-large' })
  })
})

describe('the state of height 0', () => {
  it('is a function of the genesis: every node comes to the same root, and every parameter of the genesis to another network id', () => {
    expect(toHex(genesisState(genesis, new StateIndex()).root)).toBe(toHex(genesisState(structuredClone(genesis), new StateIndex()).root))
    const ids = [
      genesis,
      { ...genesis, salt: new Uint8Array(32) },
      { ...genesis, time: TEST_TIME + 1 },
      { ...genesis, ...config({ slotMs: 1000 }) },
      { ...genesis, ...config({ mode: 1 }) }
    ].map(each => toHex(networkIdOf(each)))
    expect(new Set(ids).size).toBe(ids.length)
  })

  it('the founders vote from the first block on if they are enough, else the first of them alone', () => {
    expect(genesisState(genesis, new StateIndex()).currentSet.total).toBe(4)
    for (const founders of [1, 2, 3]) expect(createNetwork(founders).tree.final.state!.currentSet.total).toBe(1)
    expect(createNetwork(2, { minCommittee: 1 }).tree.final.state!.currentSet.total).toBe(2)
  })
})
