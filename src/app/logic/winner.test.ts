import { describe, expect, it } from 'vitest'
import type { BlockView, Candidate } from '../../bridge/views'
import { storyText } from './storyText'
import { decidedHead, winnerStory } from './winner'

const candidate = (rank: number, name: string, ticket: string, more: Partial<Candidate> = {}): Candidate => ({
  proposer: name.padEnd(64, '0'),
  name,
  rank,
  ticket,
  hash: `${name}-block`,
  votes: 0,
  disqualified: false,
  mine: false,
  ...more
})
const madeBy = (c: Candidate) => ({ proposer: c.proposer, proposerName: c.name })

const moth = candidate(0, 'Moth', '03a1bc00')
const fern = candidate(1, 'Fern', '9f2e0000')
const ash = candidate(2, 'Ash', 'c0000000')

describe('why a block won (PROTOCOL R1: the order of tickets is the order of ranks)', () => {
  it('names winner and runner-up with the digits that decide', () => {
    expect(storyText(winnerStory([fern, moth], madeBy(moth)), false)).toBe('Moth was first in line: 03a… < 9f2…')
  })

  it('shows as many digits as it takes to see the difference', () => {
    const close = candidate(1, 'Fern', '03a1bd00')
    expect(storyText(winnerStory([moth, close], madeBy(moth)), false)).toBe('Moth was first in line: 03a1bc… < 03a1bd…')
  })

  it('says you, but only in a live network', () => {
    const me = { ...moth, mine: true }
    expect(storyText(winnerStory([me, fern], madeBy(me)), true)).toBe('You were first in line: 03a… < 9f2…')
    expect(storyText(winnerStory([me, fern], madeBy(me)), false)).toBe('Moth was first in line: 03a… < 9f2…')
  })

  it('tells who sent nothing when a later one in line won', () => {
    expect(storyText(winnerStory([moth, fern, ash], madeBy(ash)), false)).toBe('Ash won from behind: Moth, Fern, earlier in line, sent no block in time.')
  })

  it('names two and counts the rest', () => {
    const last = candidate(3, 'Wren', 'd0000000')
    expect(storyText(winnerStory([moth, fern, ash, last], madeBy(last)), false)).toContain('Moth, Fern and 1 more')
  })

  it('does not invent a rival for the only one in line', () => {
    expect(storyText(winnerStory([moth], madeBy(moth)), false)).toBe('Moth was the only one in line.')
  })

  it('claims nothing about a round that was not seen', () => {
    expect(winnerStory([], madeBy(moth))).toEqual({ kind: 'unknown', proposerName: 'Moth' })
    expect(winnerStory([fern], madeBy(moth)).kind).toBe('unknown')
  })
})

describe('decidedHead', () => {
  const block = (hash: string, parent: string, status: BlockView['status']) => ({ hash, parent, status }) as BlockView

  it('steps back from a mere proposal to what votes or the clock have settled', () => {
    const blocks = [block('a', 'genesis', 'final'), block('b', 'a', 'notarised'), block('c', 'b', 'proposed')]
    expect(decidedHead(blocks, 'c')?.hash).toBe('b')
    expect(decidedHead(blocks, 'b')?.hash).toBe('b')
  })

  it('takes a tentative head as it is: without a quorum there is nothing better', () => {
    expect(decidedHead([block('a', 'genesis', 'tentative')], 'a')?.hash).toBe('a')
  })

  it('is null for an empty chain', () => {
    expect(decidedHead([], 'x')).toBeNull()
  })
})
