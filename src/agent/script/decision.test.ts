import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { personalityOf } from '../../core/taste/personalities'
import { admitDecision, MAX_MEMORY_LENGTH, MAX_NOTE_LENGTH, MAX_SCRIPT_MEME_LENGTH, MAX_TRANSFERS, MAX_WORDS } from './decision'

const BOUNDS = { personality: personalityOf('lawful'), spendLeft: 1000 }
const KEY = 'ab'.repeat(32)
const admit = (answer: unknown) => admitDecision(JSON.stringify(answer), BOUNDS)

describe('the door for what a script answers', () => {
  it('lets in what is within bounds', () => {
    expect(admit({ produce: true })).toEqual({
      ok: true,
      value: { produce: true, maxTransactions: null, ordering: null, weights: null, transfers: [], social: null, memory: null, note: '' }
    })
    const weights = { technical: 500, social: 300, meme: 200, extra: 0 }
    const full = { produce: false, maxTransactions: 3, order: 'own', weights, transfers: [{ to: KEY, amount: 1000 }], memory: { seen: [1] }, note: 'x' }
    expect(admit(full)).toMatchObject({ ok: true, value: { produce: false, maxTransactions: 3, ordering: 'own', weights, memory: '{"seen":[1]}' } })
  })

  it('P119, P120: memes, words and answers, each with what it leaves out', () => {
    const social = { meme: { text: 'gm', tags: ['calm'] }, words: [{ to: KEY, what: 'oppose' }], answers: [{ alliance: KEY, accept: false }] }
    expect(admit({ produce: true, social })).toMatchObject({
      ok: true,
      value: { social: { meme: { text: 'gm', tags: ['calm'], references: [], targets: [] }, words: social.words, answers: social.answers } }
    })
    expect(admit({ produce: true, social: {} })).toMatchObject({ ok: true, value: { social: { meme: null, words: [], answers: [] } } })
  })

  it.each([
    ['no object', 3],
    ['a list', []],
    ['nothing', null],
    ['produce is missing', {}],
    ['produce is a word', { produce: 'yes' }],
    ['a stranger', { produce: true, stake: 1 }],
    ['a share of a transaction', { produce: true, maxTransactions: 1.5 }],
    ['less than none', { produce: true, maxTransactions: -1 }],
    ['no such order', { produce: true, order: 'random' }],
    ['a speech', { produce: true, note: 'x'.repeat(MAX_NOTE_LENGTH + 1) }],
    ['an archive', { produce: true, memory: 'x'.repeat(MAX_MEMORY_LENGTH) }],
    ['weights that do not add up', { produce: true, weights: { technical: 700, social: 200, meme: 100, extra: 1 } }],
    ['weights moved too far', { produce: true, weights: { technical: 0, social: 0, meme: 0, extra: 1000 } }],
    ['weights of words', { produce: true, weights: 'all' }],
    [
      'more than is left',
      {
        produce: true,
        transfers: [
          { to: KEY, amount: 600 },
          { to: KEY, amount: 401 }
        ]
      }
    ],
    ['nothing to nobody', { produce: true, transfers: [{ to: KEY, amount: 0 }] }],
    ['to a name', { produce: true, transfers: [{ to: 'Moth', amount: 1 }] }],
    ['a negative amount', { produce: true, transfers: [{ to: KEY, amount: -5 }] }],
    ['social of words', { produce: true, social: 'yes' }],
    ['a stranger among them', { produce: true, social: { marry: KEY } }],
    ['an empty meme', { produce: true, social: { meme: { text: ' ' } } }],
    ['a novel', { produce: true, social: { meme: { text: 'x'.repeat(MAX_SCRIPT_MEME_LENGTH + 1) } } }],
    ['a meme in markup', { produce: true, social: { meme: { text: 'x', html: '<b>' } } }],
    ['a meme that answers a name', { produce: true, social: { meme: { text: 'x', references: ['the last one'] } } }],
    ['five tags', { produce: true, social: { meme: { text: 'x', tags: ['a', 'b', 'c', 'd', 'e'] } } }],
    ['a curse', { produce: true, social: { words: [{ to: KEY, what: 'curse' }] } }],
    ['a speech to all', { produce: true, social: { words: Array.from({ length: MAX_WORDS + 1 }, () => ({ to: KEY, what: 'support' })) } }],
    ['perhaps', { produce: true, social: { answers: [{ alliance: KEY, accept: 'perhaps' }] } }],
    ['too many', { produce: true, transfers: Array.from({ length: MAX_TRANSFERS + 1 }, () => ({ to: KEY, amount: 1 })) }]
  ])('refuses: %s', (_what, answer) => expect(admit(answer)).toMatchObject({ ok: false, code: 'bad-decision' }))

  it('any text gives a decision within the bounds, or a refusal', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.json(),
          fc.record({ produce: fc.boolean(), transfers: fc.json() }).map(value => JSON.stringify(value))
        ),
        text => {
          const admitted = admitDecision(text, BOUNDS)
          if (admitted.ok) expect(admitted.value.transfers.reduce((sum, { amount }) => sum + amount, 0)).toBeLessThanOrEqual(BOUNDS.spendLeft)
          else expect(admitted.code).toBe('bad-decision')
        }
      )
    )
  })
})
