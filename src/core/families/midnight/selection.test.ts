import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { toHex, u32le } from '../../bytes'
import { taggedHash } from '../../crypto/hash'
import { playgroundConfig } from '../../genesis'
import { createNetwork, makeBlock } from '../../testing/network'
import { leaderFirst, lowestTicketFirst, midnight } from './rules'
import { selectCanonical } from './selection'
import type { Proposal } from './selection'

const [A, B, C, LEADER] = [0, 1, 2, 3] as const
const keys = Array.from({ length: 4 }, (_, i) => taggedHash('test-key', u32le(i)))
const seed = taggedHash('seed', u32le(7))
const proposalOf = (proposer: Uint8Array, weight = 0, content = 0): Proposal => ({ proposer, hash: taggedHash('block', proposer, u32le(content)), weight })
const order = lowestTicketFirst(seed, keys)
/** Somebody who is not first by ticket leads. */
const led = leaderFirst(seed, order[2]!.publicKey, keys)
const all = keys.map(key => proposalOf(key))
const chosen = (selection: ReturnType<typeof selectCanonical>) => (selection.ok ? toHex(selection.value.proposal.proposer) : selection.code)

describe('M036: one function chooses, whatever the mode', () => {
  it('M027, F-09: an empty set is an answer', () => {
    for (const mode of [A, B, C, LEADER]) expect(selectCanonical(mode, [], { ranking: order, total: 4 })).toMatchObject({ ok: false, code: 'no-proposal' })
    for (const mode of [A, B]) expect(selectCanonical(mode, all, { ranking: [], total: 4 }), 'nor do strangers count').toMatchObject({ code: 'no-proposal' })
    expect(selectCanonical(9, all, { ranking: order, total: 4 })).toMatchObject({ code: 'unknown-mode' })
  })

  it('M020: option A takes the lowest ticket of those that are there, in whatever order they came', () => {
    fc.assert(
      fc.property(fc.shuffledSubarray(all, { minLength: 1 }), present => {
        const best = order.find(({ publicKey }) => present.some(({ proposer }) => proposer === publicKey))!
        expect(selectCanonical(A, present, { ranking: order, total: 4 })).toMatchObject({
          ok: true,
          value: { proposal: { proposer: best.publicKey }, fallback: null }
        })
      })
    )
  })

  it("M021: option B takes the leader's, if it is there", () => {
    fc.assert(
      fc.property(fc.shuffledSubarray(all, { minLength: 4 }), present => {
        const selection = selectCanonical(B, present, { ranking: led, total: 4 })
        expect(selection).toMatchObject({ ok: true, value: { proposal: { proposer: led[0]!.publicKey }, fallback: null } })
      })
    )
  })

  it('M022: a silent leader is named, and the next rank takes its place', () => {
    for (const mode of [B, LEADER]) {
      const present = all.filter(({ proposer }) => proposer !== led[0]!.publicKey)
      const selection = selectCanonical(mode, present, { ranking: led, total: 4 })
      expect(selection).toMatchObject({ ok: true, value: { proposal: { proposer: led[1]!.publicKey }, fallback: { ok: false, code: 'leader-missing' } } })
      expect(led[1]!.publicKey, 'the order of option A').toBe(order[0]!.publicKey)
    }
  })

  it('M023: option C takes the first that a quorum has voted for, and waits until there is one', () => {
    const none = keys.map(key => proposalOf(key, 2))
    expect(selectCanonical(C, none, { ranking: order, total: 4 })).toMatchObject({ code: 'no-quorum' })
    const [w, x, y, z] = keys.map(key => proposalOf(key, 3)) as [Proposal, Proposal, Proposal, Proposal]
    expect(chosen(selectCanonical(C, [proposalOf(w.proposer, 2), y, x], { ranking: order, total: 4 }))).toBe(toHex(y.proposer))
    expect(chosen(selectCanonical(C, [z, y, x, w], { ranking: order, total: 4 }))).toBe(toHex(z.proposer))
  })

  it('M046: votes are those of one hash; 3 of 4 for two blocks together are no quorum', () => {
    expect(selectCanonical(C, [proposalOf(keys[0]!, 2), proposalOf(keys[1]!, 1)], { ranking: order, total: 4 })).toMatchObject({ code: 'no-quorum' })
  })

  it('M035: two blocks of one proposer are told apart by hash, on all nodes alike', () => {
    const twins = [proposalOf(order[0]!.publicKey, 0, 1), proposalOf(order[0]!.publicKey, 0, 2)]
    const [first, second] = [twins, [...twins].reverse()].map(present => selectCanonical(A, present, { ranking: order, total: 4 }))
    expect(first).toEqual(second)
  })

  it('agrees with the order of votes in the rounds: what R3 prefers among valid headers is what is selected', () => {
    for (const mode of [A, B, LEADER]) {
      const network = createNetwork(4, { config: playgroundConfig(midnight.defaultConfig(mode)) })
      const parent = network.tree.final
      const family = network.rules.familyOf(parent.state!)
      const blocks = [0, 1, 2, 3].map(rank => makeBlock(network, parent, { rank }))
      for (let mask = 1; mask < 16; mask++) {
        const present = blocks.filter((_, i) => (mask >> i) & 1)
        const preferred = [...present].sort((a, b) => family.compare(a.header, b.header))[0]!
        const proposals = present.map(({ header, hashBytes }) => ({ proposer: header.proposer, hash: hashBytes, weight: 0 }))
        expect(chosen(selectCanonical(mode, proposals, { ranking: family.ranking(parent.state!), total: 4 }))).toBe(toHex(preferred.header.proposer))
      }
    }
  })
})
