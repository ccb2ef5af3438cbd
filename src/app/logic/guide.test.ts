import { describe, expect, it } from 'vitest'
import type { TransactionIntent } from '../../bridge/api'
import { guideText } from '../i18n/guide'
import { Guide } from '../state/guide.svelte'
import { advance, currentStep, GUIDE_START, GUIDE_STEPS, notice, saneProgress, skip } from './guide'
import type { GuideFacts } from './guide'

const BLOCK = 'aa'.repeat(32)
const MEME = 'bb'.repeat(32)
const FERN = 'cc'.repeat(32)
const NOTHING: GuideFacts = { agent: null, shownBlock: null, memeThere: false, alliances: null }
const running = (...attempts: { outcome: 'accepted' | 'lost' | 'open'; hash: string | null }[]): GuideFacts => ({
  ...NOTHING,
  agent: { program: 'own', attempts }
})
const meme: TransactionIntent = {
  kind: 'meme',
  draft: { content: { format: 'text', text: 'hm' }, caption: '', tags: [], references: [], targets: [] },
  attach: false
}
const alliance = (members: string[], change = {}) => ({
  id: 'dd'.repeat(32),
  mine: true,
  signedByMe: true,
  members: members.map(publicKey => ({ publicKey, name: '', signed: true })),
  ...change
})

class FakeStorage {
  readonly items = new Map<string, string>()
  getItem = (key: string) => this.items.get(key) ?? null
  setItem = (key: string, value: string) => void this.items.set(key, value)
}

describe('P006: a guided way to the first agent', () => {
  it('P006: each step is passed by what the node tells, in any order, and by nothing else', () => {
    expect(advance(GUIDE_START, NOTHING)).toBe(GUIDE_START)
    expect(advance(GUIDE_START, { ...NOTHING, agent: { program: 'default', attempts: [] } }), 'the default is no agent of one’s own').toBe(GUIDE_START)
    expect(advance(GUIDE_START, { ...NOTHING, memeThere: true, alliances: [alliance([FERN])] }), 'the agent’s own memes and allies do not count').toBe(
      GUIDE_START
    )
    const started = advance(GUIDE_START, running({ outcome: 'lost', hash: 'ee' }, { outcome: 'open', hash: 'ff' }))
    expect(started.passed).toEqual({ start: 'done' })
    expect(currentStep(started)).toBe('block')
    const made = advance(started, running({ outcome: 'accepted', hash: BLOCK }))
    expect(made).toMatchObject({ block: BLOCK, passed: { start: 'done', block: 'done' } })
    expect(advance(made, { ...NOTHING, shownBlock: 'ff' })).toBe(made)
    const seen = advance(made, { ...NOTHING, shownBlock: BLOCK })
    expect(currentStep(seen)).toBe('meme')
  })

  it('P006: a meme counts once it is on the chain, an ally once the signed offer is', () => {
    const sent = notice(GUIDE_START, meme, MEME)
    expect(sent.meme).toBe(MEME)
    expect(advance(sent, NOTHING)).toBe(sent)
    expect(advance(sent, { ...NOTHING, memeThere: true }).passed.meme).toBe('done')
    const terms = { durationBlocks: 9, supportVote: true, exclusive: false, memeBoost: 0, rewardShare: 0, breakPenalty: 0 }
    const offered = notice(GUIDE_START, { kind: 'propose-alliance', members: [FERN], purpose: 'defence', label: '', terms }, null)
    expect(advance(offered, { ...NOTHING, alliances: [alliance([MEME]), alliance([FERN], { mine: false }), alliance([FERN], { signedByMe: false })] })).toBe(
      offered
    )
    expect(advance(offered, { ...NOTHING, alliances: [alliance([BLOCK, FERN])] }).passed.ally).toBe('done')
    const accepted = notice(GUIDE_START, { kind: 'accept-alliance', alliance: 'dd'.repeat(32) }, null)
    expect(advance(accepted, { ...NOTHING, alliances: [alliance([FERN])] }).passed.ally).toBe('done')
    expect(notice(GUIDE_START, { kind: 'heartbeat' }, null)).toBe(GUIDE_START)
  })

  it('a step can be skipped, and is done all the same if it happens later', () => {
    const skipped = skip(skip(GUIDE_START, 'start'), 'block')
    expect(currentStep(skipped)).toBe('votes')
    expect(advance(skipped, running({ outcome: 'accepted', hash: BLOCK })).passed).toEqual({ start: 'done', block: 'done' })
    expect(currentStep(GUIDE_STEPS.reduce(skip, GUIDE_START))).toBeNull()
  })

  it('outlives a reload, and what somebody else wrote there', () => {
    const storage = new FakeStorage()
    const first = new Guide(storage as unknown as Storage)
    expect(first.look(running({ outcome: 'accepted', hash: BLOCK }))).toEqual(['start', 'block'])
    expect(first.look(running({ outcome: 'accepted', hash: BLOCK })), 'told once').toEqual([])
    first.notice({ kind: 'accept-alliance', alliance: MEME }, null)
    expect(new Guide(storage as unknown as Storage).progress).toEqual(first.progress)
    first.restart()
    expect(new Guide(storage as unknown as Storage).progress).toEqual(GUIDE_START)
    for (const junk of ['', '[', '7', 'null', '{"passed":7}', '{"passed":{"start":"yes","meme":1},"block":4,"ally":{"members":[1]}}']) {
      storage.items.set('quorumble.guide', junk)
      expect(new Guide(storage as unknown as Storage).progress, junk).toEqual(GUIDE_START)
    }
    expect(saneProgress({ passed: { start: 'done', x: 'done' }, block: BLOCK, meme: null, ally: { members: [FERN, 7] } })).toEqual({
      passed: { start: 'done' },
      block: BLOCK,
      meme: null,
      ally: { members: [FERN] }
    })
  })

  it('works where storage is denied, and has words for each step', () => {
    const guide = new Guide(null)
    guide.skip('start')
    expect(guide.step).toBe('block')
    for (const step of GUIDE_STEPS) for (const words of Object.values(guideText.steps[step])) expect(words).not.toBe('')
  })
})
