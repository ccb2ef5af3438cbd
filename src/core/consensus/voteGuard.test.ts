import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { admitVote } from './voteGuard'
import type { VoteRow } from './voteGuard'

const row = (kind: VoteRow['kind'], hash: string, height = 5, parent = 'P'): VoteRow => ({ kind, height, hash, parent })
const codeOf = (rows: VoteRow[], next: VoteRow, watermark = 0) => {
  const outcome = admitVote(rows, watermark, next)
  return outcome.ok ? 'ok' : outcome.code
}

describe('R5, R6: what may still be signed at a height', () => {
  it.each<[string, VoteRow[], VoteRow, string]>([
    ['the first notarisation', [], row('notarise', 'A'), 'ok'],
    ['a second block may be notarised (R3)', [row('notarise', 'A')], row('notarise', 'B'), 'ok'],
    ['the same notarisation again', [row('notarise', 'A')], row('notarise', 'A'), 'ok'],
    ['finalise what was notarised alone', [row('notarise', 'A')], row('finalise', 'A'), 'ok'],
    ['finalise without having notarised', [], row('finalise', 'A'), 'ok'],
    ['finalise beside another notarisation', [row('notarise', 'A'), row('notarise', 'B')], row('finalise', 'A'), 'notarised-another'],
    ['finalise another than the notarised one', [row('notarise', 'A')], row('finalise', 'B'), 'notarised-another'],
    ['the same finalisation again', [row('notarise', 'A'), row('finalise', 'A')], row('finalise', 'A'), 'ok'],
    ['a second finalisation', [row('finalise', 'A')], row('finalise', 'B'), 'already-finalised'],
    ['notarise another after finalise', [row('finalise', 'A')], row('notarise', 'B'), 'already-finalised'],
    ['notarise the same after finalise, never having done so', [row('finalise', 'A')], row('notarise', 'A'), 'already-finalised'],
    ['repeat a notarisation after finalise', [row('notarise', 'A'), row('finalise', 'A')], row('notarise', 'A'), 'ok'],
    ['the first proposal', [], row('propose', 'A'), 'ok'],
    ['the same proposal again', [row('propose', 'A')], row('propose', 'A'), 'ok'],
    ['a second proposal on one parent', [row('propose', 'A')], row('propose', 'B'), 'proposed-another'],
    ['a proposal on another parent', [row('propose', 'A')], row('propose', 'B', 5, 'Q'), 'ok'],
    ['a proposal after a finalisation of another', [row('finalise', 'A')], row('propose', 'B'), 'ok'],
    ['a vote for another than the own proposal', [row('propose', 'A')], row('finalise', 'B'), 'ok']
  ])('%s', (_, rows, next, expected) => {
    expect(codeOf(rows, next)).toBe(expected)
    expect(codeOf([...rows].reverse(), next), 'in any order').toBe(expected)
  })

  it('a refusal names the row that stands in the way', () => {
    expect(admitVote([row('notarise', 'A'), row('notarise', 'B')], 0, row('finalise', 'A'))).toEqual({
      ok: false,
      code: 'notarised-another',
      existing: row('notarise', 'B')
    })
  })

  it('heights at and below the watermark are closed, whatever is asked', () => {
    for (const kind of ['propose', 'notarise', 'finalise'] as const) {
      expect(codeOf([], row(kind, 'A'), 5)).toBe('below-watermark')
      expect(codeOf([row(kind, 'A')], row(kind, 'A'), 6)).toBe('below-watermark')
      expect(codeOf([], row(kind, 'A'), 4)).toBe('ok')
    }
  })
})

describe('S5: no sequence of admitted rows breaks a promise', () => {
  const rows = fc.record({
    kind: fc.constantFrom<VoteRow['kind']>('propose', 'notarise', 'finalise'),
    height: fc.integer({ min: 1, max: 2 }),
    hash: fc.constantFrom('A', 'B', 'C'),
    parent: fc.constantFrom('P', 'Q')
  })

  it('never finalise(h, B) with notarise(h, B′), never two finalisations, never two proposals on a parent; also across restarts', () => {
    fc.assert(
      fc.property(fc.array(rows, { maxLength: 40 }), asked => {
        const stored: VoteRow[] = []
        for (const next of asked) {
          const atHeight = stored.filter(old => old.height === next.height)
          if (admitVote(atHeight, 0, next).ok) stored.push(next)
        }
        for (const a of stored) {
          for (const b of stored) {
            if (a.height !== b.height || a.hash === b.hash) continue
            expect(a.kind === 'finalise' && b.kind === 'notarise').toBe(false)
            expect(a.kind === 'finalise' && b.kind === 'finalise').toBe(false)
            expect(a.kind === 'propose' && b.kind === 'propose' && a.parent === b.parent).toBe(false)
          }
        }
      }),
      { numRuns: 3000 }
    )
  })
})
