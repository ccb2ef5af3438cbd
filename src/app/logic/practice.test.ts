import { describe, expect, it } from 'vitest'
import { agentText } from '../i18n/agent'
import { PRACTICES, practiceFigures } from './practice'

type Seen = Parameters<typeof practiceFigures>[0]
const attempt = (hash: string | null, full: number) => ({ hash, full }) as NonNullable<Seen['agent']>['attempts'][number]
const metrics = { fillTransactionsMilli: 168 } as NonNullable<Seen['agent']>['metrics']
const social = {
  influence: 640,
  counts: { memes: 3 },
  effectiveness: { meme: 1500 },
  preferences: [
    { approvals: 4, rejections: 1 },
    { approvals: 2, rejections: 0 }
  ]
} as unknown as NonNullable<NonNullable<Seen['agent']>['social']>

describe('P116: four habits, each with a tip and how the node stands to it', () => {
  it('P116: network, selection, memes and relations are each measured', () => {
    const agent = { attempts: [attempt('a', 2), attempt(null, 50), attempt('b', 1)], metrics, social }
    const peers = [{ peerId: 'x', transport: 'tab' as const }]
    expect(practiceFigures({ status: { peers, eligible: true }, mining: { lag_blocks: 2, network_height: 9 }, agent })).toEqual({
      network: { peers: 1, lag: 2, ready: true },
      selection: { blocks: 2, leftOut: 3, fillMilli: 168 },
      memes: { made: 3, effect: 1500 },
      relations: { approvals: 6, rejections: 1, influence: 640 }
    })
  })

  it('P116: each has a tip in words', () => {
    for (const practice of PRACTICES) for (const words of agentText.practice.tips[practice]) expect(words.length).toBeGreaterThan(3)
    expect(agentText.practice.network(1, 2, false)).toBe('1 peer, 2 blocks behind, no turn now')
    expect(agentText.practice.selection(2, 3, 168)).toBe('Last 2 blocks: 3 transactions left out for want of room; 17 % of the limit used on average.')
  })

  it('says nothing where there is nothing to measure', () => {
    expect(practiceFigures({ status: null, mining: null, agent: null })).toEqual({ network: null, selection: null, memes: null, relations: null })
    const young = {
      attempts: [attempt(null, 0)],
      metrics: { ...metrics, fillTransactionsMilli: null },
      social: { ...social, counts: { ...social.counts, memes: 0 } }
    }
    const seen = practiceFigures({ status: { peers: [], eligible: false }, mining: { lag_blocks: 0, network_height: null }, agent: young })
    expect(seen).toMatchObject({ network: { peers: 0, lag: null, ready: false }, selection: null, memes: null })
  })
})
