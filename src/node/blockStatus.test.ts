import { describe, expect, it } from 'vitest'
import { isQuorum } from '../core/state/worldState'
import { acceptanceOf } from './blockStatus'
import type { ProposalFacts } from './blockStatus'

const facts: ProposalFacts = { finalHash: null, hash: 'a', notarised: false, invalid: false, seenAt: 1000, now: 1000, deadlineMs: 30_000 }
const of = (change: Partial<ProposalFacts>) => acceptanceOf({ ...facts, ...change })

describe('what became of a proposal (P088, P094, P095)', () => {
  it('P095: accepted, rejected and undecided', () => {
    expect(of({})).toBe('pending')
    expect(of({ notarised: true })).toBe('accepted')
    expect(of({ finalHash: 'a' })).toBe('accepted')
    expect(of({ finalHash: 'b' })).toBe('rejected')
    expect(of({ invalid: true })).toBe('rejected')
  })

  it('P091: the deadline is 30 s on the clock of the node, to the millisecond', () => {
    expect(of({ now: 30_999 })).toBe('pending')
    expect(of({ now: 31_000 })).toBe('timeout')
    expect(of({ now: 11_000, deadlineMs: 10_000 })).toBe('timeout')
  })

  it('P094: a decision that comes after the deadline counts all the same', () => {
    const late = { now: 1_000_000 }
    expect(of(late)).toBe('timeout')
    expect(of({ ...late, notarised: true })).toBe('accepted')
    expect(of({ ...late, finalHash: 'b' })).toBe('rejected')
  })

  it('finality is the last word: a block with a quorum of notarisations whose sibling became final was rejected', () => {
    expect(of({ notarised: true, finalHash: 'b' })).toBe('rejected')
  })

  it.each([
    [3, 4, 'accepted'],
    [2, 3, 'pending'],
    [3, 3, 'accepted'],
    [4, 6, 'pending'],
    [5, 6, 'accepted'],
    [6, 9, 'pending'],
    [7, 9, 'accepted'],
    [1, 1, 'accepted']
  ])('P093: %i votes of %i: %s (D-09: more than two thirds of the registered weight)', (votes, total, expected) => {
    expect(of({ notarised: isQuorum(votes, total) })).toBe(expected)
  })
})
