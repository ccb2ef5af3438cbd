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
  opinions: { approve: 0, reject: 0 },
  disqualified: false,
  mine: false,
  ...more
})
const madeBy = (c: Candidate) => ({ proposer: c.proposer, proposerName: c.name })

const moth = candidate(0, 'Moth', '03a1bc00')
const fern = candidate(1, 'Fern', '9f2e0000')
const ash = candidate(2, 'Ash', 'c0000000')

const MIDNIGHT = { family: 'midnight', mode: 'lowestHash' }
const by = (family: string, mode = '') => ({ family, mode })

describe('why a block won (PROTOCOL R1: who stood before whom, and whose block came)', () => {
  it('names winner and runner-up with the digits that decide', () => {
    expect(storyText([fern, moth], madeBy(moth), MIDNIGHT, false)).toBe('Moth was first in line: 03a… < 9f2…')
  })

  it('shows as many digits as it takes to see the difference', () => {
    const close = candidate(1, 'Fern', '03a1bd00')
    expect(storyText([moth, close], madeBy(moth), MIDNIGHT, false)).toBe('Moth was first in line: 03a1bc… < 03a1bd…')
  })

  it('says you, but only in a live network', () => {
    const me = { ...moth, mine: true }
    expect(storyText([me, fern], madeBy(me), MIDNIGHT, true)).toBe('You were first in line: 03a… < 9f2…')
    expect(storyText([me, fern], madeBy(me), MIDNIGHT, false)).toBe('Moth was first in line: 03a… < 9f2…')
  })

  it('says which place was yours, where a place means anything', () => {
    const me = { ...ash, mine: true }
    expect(storyText([moth, fern, me], madeBy(moth), MIDNIGHT, true)).toBe('Moth was first in line: 03a… < 9f2…; you were third.')
    expect(storyText([moth, fern, me], madeBy(moth), by('midnight', 'firstToQuorum'), true)).toBe('Moth’s block was the first to reach enough voters.')
  })

  it('counts places along the line, however large the ranks are (spacetime, rotations of vision)', () => {
    const me = { ...candidate(9, 'Wren', ''), mine: true }
    expect(storyText([candidate(2, 'Moth', ''), me], madeBy(moth), by('spacetime'), true)).toBe('Moth’s proof came closest to the challenge; you were second.')
  })

  it('tells who sent nothing when a later one in line won', () => {
    expect(storyText([moth, fern, ash], madeBy(ash), MIDNIGHT, false)).toBe('Ash won from behind: Moth and Fern, earlier in line, sent no block in time.')
  })

  it('names two and counts the rest', () => {
    const last = candidate(3, 'Wren', 'd0000000')
    expect(storyText([moth, fern, ash, last], madeBy(last), MIDNIGHT, false)).toContain('Moth, Fern and 1 more')
  })

  it('does not invent a rival for the only one in line', () => {
    expect(storyText([moth], madeBy(moth), MIDNIGHT, false)).toBe('Moth was the only one in line.')
  })

  it('claims nothing about a round that was not seen', () => {
    expect(winnerStory([], madeBy(moth))).toEqual({ kind: 'unknown', proposerName: 'Moth' })
    expect(winnerStory([fern], madeBy(moth)).kind).toBe('unknown')
  })

  it('does not compare tickets where there are none', () => {
    expect(winnerStory([candidate(0, 'Moth', ''), candidate(1, 'Fern', '')], madeBy(moth))).toMatchObject({ kind: 'first', tickets: null })
  })

  it('tells each family in its own words', () => {
    const line = [moth, fern]
    const stories = ['chaos', 'midnight', 'spacetime', 'vision'].map(family => [
      storyText(
        line.map(each => (family === 'spacetime' ? { ...each, ticket: '' } : each)),
        madeBy(moth),
        by(family),
        false
      ),
      storyText(
        line.map(each => (family === 'spacetime' ? { ...each, ticket: '' } : each)),
        madeBy(fern),
        by(family),
        false
      )
    ])
    expect(stories).toEqual([
      ['It was Moth’s turn, and the block came in time.', 'Fern stepped in: Moth let the turn pass.'],
      ['Moth was first in line: 03a… < 9f2…', 'Fern won from behind: Moth, earlier in line, sent no block in time.'],
      ['Moth’s proof came closest to the challenge.', 'Fern’s block came in time; a closer proof of Moth did not.'],
      ['Moth was drawn as the winner and spoke in time.', 'Fern stepped in as backup: Moth did not speak in time.']
    ])
  })

  it('speaks of tickets while nobody has space to prove, also in spacetime', () => {
    expect(storyText([moth, fern], madeBy(moth), by('spacetime', 'proofOfSpace'), false)).toBe('Moth was first in line: 03a… < 9f2…')
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
