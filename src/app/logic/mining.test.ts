import { describe, expect, it } from 'vitest'
import type { AgentView, BlockView, MiningStatus } from '../../bridge/views'
import { miningText } from '../i18n/mining'
import { checksOf, oddsOf, sharesOf, undeliveredBy, winnersOf } from './mining'

const block = (height: number, proposer: string, change: Partial<BlockView> = {}): BlockView => ({
  hash: `h${height}${proposer}`,
  height,
  parent: `h${height - 1}`,
  status: 'final',
  proposer,
  proposerName: proposer.toUpperCase(),
  rank: 0,
  timestamp: height * 1000,
  transactions: 0,
  notarisedWeight: 4,
  finalisedWeight: 4,
  totalWeight: 4,
  acceptance: 'accepted',
  ...change
})

/** Heights 1 … n by these proposers, each on the one before. */
const chainOf = (proposers: readonly string[]): BlockView[] => proposers.map((proposer, i) => block(i + 1, proposer, { hash: `h${i + 1}`, parent: `h${i}` }))

const agent = (publicKey: string, change: Partial<AgentView> = {}): AgentView => ({
  publicKey,
  agentId: publicKey,
  name: publicKey.toUpperCase(),
  status: 'active',
  validator: true,
  balance: '100000',
  deposit: '0',
  producer: false,
  registeredAt: 0,
  lastHeartbeat: 0,
  blocksFinal: 0,
  mine: false,
  online: true,
  ...change
})

const mining = (change: Partial<MiningStatus> = {}): MiningStatus => ({
  next_height: 9,
  current_winner: 'a',
  backups: ['b', 'c'],
  my_node_id: 'b',
  my_slot: 1,
  eligible: true,
  sync_state: 'AtTip',
  local_height: 8,
  network_height: 8,
  lag_blocks: 0,
  eligible_pool_size: 4,
  ready_peers: 3,
  eligible_streak: 3,
  recent_claims: [],
  in_pool: true,
  my_turn_at: 0,
  gate: { min_ready_peers: 1, max_desync_blocks: 2, eligible_streak: 3 },
  failing_checks: [],
  claims_total: 0,
  blocks_produced: 0,
  winning_slots: [8, 0, 0, 0, 0, 0, 0, 0],
  ...change
})

describe('V146: winner history', () => {
  it('is the branch of the head, oldest first, without proposals and without blocks that lost', () => {
    const chain = chainOf(['a', 'b', 'a'])
    const blocks = [...chain, block(2, 'c', { status: 'stale', parent: 'h1' }), block(4, 'b', { hash: 'h4', parent: 'h3', status: 'proposed' })]
    expect(winnersOf({ headHash: 'h4', blocks }).map(({ height, proposer }) => [height, proposer])).toEqual([
      [1, 'a'],
      [2, 'b'],
      [3, 'a']
    ])
    expect(winnersOf({ headHash: 'gone', blocks })).toEqual([])
  })
})

describe('V147, V150: who earned what', () => {
  it('names everybody who won or may win, who won most first, with shares that add up and what each owns', () => {
    const wins = winnersOf({ headHash: 'h4', blocks: chainOf(['a', 'b', 'a', 'x']) })
    const shares = sharesOf(wins, [
      agent('a'),
      agent('b', { mine: true, balance: '7' }),
      agent('c'),
      agent('x', { status: 'left' }),
      agent('y', { status: 'left' })
    ])
    expect(shares.map(({ publicKey, blocks, percent }) => [publicKey, blocks, percent])).toEqual([
      ['a', 2, 50],
      ['b', 1, 25],
      ['x', 1, 25],
      ['c', 0, 0]
    ])
    expect(shares[1]).toMatchObject({ mine: true, balance: '7' })
    expect(sharesOf([], [agent('a')])).toMatchObject([{ blocks: 0, percent: 0 }])
  })
})

describe('V156: never winning', () => {
  const wins = (proposers: readonly string[]) => winnersOf({ headHash: `h${proposers.length}`, blocks: chainOf(proposers) })

  it('tells the pool, the wait on average, and how many would have waited as long by chance', () => {
    expect(oddsOf(mining(), wins(['b', 'a', 'a', 'c']), 2000)).toEqual({ pool: 4, everyBlocks: 4, everyMs: 8000, dry: 3, asUnlucky: 42 })
    expect(oddsOf(mining(), wins(['a', 'a']), 2000)).toMatchObject({ dry: 2, asUnlucky: 56 })
    expect(oddsOf(mining(), wins(['a', 'b']), 2000)).toMatchObject({ dry: 0, asUnlucky: 100 })
    expect(oddsOf(mining({ eligible_pool_size: 1 }), wins(['b']), 2000)).toMatchObject({ everyBlocks: 1, dry: 0 })
  })

  it('outside the pool waiting does not help, and nothing is said about luck', () => {
    expect(oddsOf(mining({ in_pool: false }), wins(['a']), 2000)).toBeNull()
    expect(oddsOf(mining({ eligible_pool_size: 0 }), [], 2000)).toBeNull()
  })
})

describe('V155: not eligible', () => {
  it.each([
    ['nothing', {}, []],
    ['pool', { in_pool: false }, ['pool']],
    ['peers', { failing_checks: ['peers', 'streak'], sync_state: 'Isolated' }, ['peers', 'state', 'streak']],
    ['lag', { failing_checks: ['lag', 'streak'], sync_state: 'Behind', lag_blocks: 5 }, ['state', 'lag', 'streak']],
    ['streak', { failing_checks: ['streak'] }, ['streak']]
  ] as const)('%s is missing: that is what is shown, and what to do about it', (_, change, missing) => {
    const status = mining(change as Partial<MiningStatus>)
    expect(
      checksOf(status)
        .filter(({ met }) => !met)
        .map(({ name }) => name)
    ).toEqual(missing)
    for (const { name } of checksOf(status)) {
      expect(miningText.checks.todo[name]).not.toBe('')
      expect(miningText.checks.values[name](status)).not.toMatch(/undefined|NaN/)
    }
  })

  it('where the family asks for nothing more, only the pool counts', () => {
    expect(checksOf(mining({ gate: null, sync_state: 'Behind' }))).toEqual([{ name: 'pool', met: true }])
  })
})

describe('V157: a block that reached nobody', () => {
  const claim = (status: 'accepted' | 'lost' | 'failed'): MiningStatus['recent_claims'][number] => [
    5,
    { winner_id: 'b', tip_hash: `t${status}`, claimed_at: 0, slot_idx: 0, status, reason: null }
  ]

  it('says nothing while turns succeed, and names the likeliest cause when most do not', () => {
    const lost = mining({ recent_claims: [claim('lost'), claim('failed'), claim('accepted')] })
    expect(undeliveredBy(mining({ recent_claims: [claim('accepted'), claim('accepted'), claim('lost')] }), [], [])).toEqual([])
    expect(undeliveredBy(mining(), [], [])).toEqual([])
    expect(undeliveredBy({ ...lost, ready_peers: 0 }, [], [{ state: 'failed' }])).toEqual(['no-peers', 'no-relay'])
    expect(undeliveredBy(lost, [{ transport: 'relay' }], [{ state: 'connected' }])).toEqual(['no-direct-link'])
    expect(undeliveredBy(lost, [{ transport: 'webrtc' }], [])).toEqual(['lost-turns'])
    for (const cause of ['no-peers', 'no-direct-link', 'no-relay', 'lost-turns'] as const) expect(miningText.claims.undelivered[cause]).toMatch(/\.$/)
  })
})
