import { describe, expect, it } from 'vitest'
import type { AgentView, Candidate, EventView, NodeInfoView, PeerView, Status, StorageView } from '../../bridge/views'
import { t } from '../i18n'
import { ROOM_RELAYS } from '../routes'
import { FakeNetwork } from '../testing/fakeBackend'
import { shownStatus } from './blockStatus'
import { conditionOf, type ConditionInput } from './condition'
import { FEED_ROWS, feedRows, isNews, linkParts } from './feed'
import { byteSize, clockTime, countdown, duration, interval, telltale } from './format'
import { liveNodes, RING_CROWD, ringPlaces } from './ring'
import { roomRelays } from './roomRelays'
import { keepRows } from './rows'
import { matchingBlocks } from './search'

const network = new FakeNetwork({ nodes: 4, seed: 'views', me: 1, startAt: 0 })
const slices = network.slices(40_000)

describe('condition of a live node: one sentence, worst first', () => {
  const peer = (finalHeight: number): PeerView => ({ ...slices.peers[0]!, finalHeight })
  const input = (change: Partial<ConditionInput> & { statusOf?: Partial<Status> } = {}): ConditionInput => ({
    status: { ...slices.status, ...change.statusOf },
    chain: slices.chain,
    peers: slices.peers,
    storage: slices.storage,
    validation: slices.info.validation,
    browserOnline: true,
    lonelyMs: 0,
    sleptMs: 0,
    ...change
  })
  const kind = (change: Parameters<typeof input>[0]) => conditionOf(input(change)).kind
  const memory: StorageView = { ...slices.storage, kind: 'memory' }
  const quorum = { validators: 7, weight: 7, present: 3, needed: 5 }

  it('has nothing to say when all is well', () => expect(kind({})).toBe('fine'))
  it('T084: says that its own state is not what was signed, before all else', () => {
    const mismatch = { height: 7, expected: 'a', computed: 'b' }
    expect(conditionOf(input({ validation: { checkedHeight: 7, checks: 1, mismatch }, browserOnline: false, peers: [] }))).toEqual({
      kind: 'state-mismatch',
      height: 7
    })
  })
  it('tells that nobody is there', () => expect(kind({ peers: [], statusOf: { quorum: { validators: 1, weight: 1, present: 1, needed: 1 } } })).toBe('alone'))
  it('tells how many of how many are here without a quorum', () =>
    expect(conditionOf(input({ statusOf: { quorum } }))).toEqual({ kind: 'no-quorum', present: 3, weight: 7, needed: 5 }))
  it('has no quorum sentence at exactly the quorum', () => expect(kind({ statusOf: { quorum: { ...quorum, present: 5 } } })).toBe('fine'))
  it('is offline only when the last peer is gone too', () => {
    expect(kind({ browserOnline: false })).toBe('fine')
    expect(conditionOf(input({ browserOnline: false, peers: [], lonelyMs: 120_000 }))).toEqual({ kind: 'offline', sinceMs: 120_000 })
  })
  it('tells of a sleep until the tab has caught up', () => {
    const behind = { peers: [peer(slices.status.finalHeight + 41)], sleptMs: 180_000 }
    expect(conditionOf(input(behind))).toEqual({ kind: 'asleep', sleptMs: 180_000, behind: 41 })
    expect(kind({ ...behind, peers: [peer(slices.status.finalHeight)] })).toBe('fine')
  })
  it('tells that storage is denied, and that it is nearly full', () => {
    expect(kind({ storage: memory })).toBe('storage-denied')
    expect(kind({ storage: { ...slices.storage, usedBytes: 91, quotaBytes: 100 } })).toBe('storage-full')
    expect(kind({ storage: { ...slices.storage, usedBytes: 90, quotaBytes: 100 } })).toBe('fine')
    expect(kind({ storage: { ...slices.storage, usedBytes: null } })).toBe('fine')
  })
  it('shows how far the fetching of a state is, with counts, bytes and time left (T062)', () => {
    const syncing = { phase: 'fetching' as const, height: 129, done: 12, total: 40, bytes: 84_000, peers: 3, etaMs: 2300 }
    expect(conditionOf(input({ statusOf: { syncing, reasonCode: 'syncing' } }))).toEqual({ kind: 'fetching', sync: syncing })
    expect(t.conditions.fetching(syncing)).toBe('Fetching the state after block 129: 12 of 40 parts checked (84.0 kB) from 3 peers, about 2 s left.')
    expect(t.conditions.fetching({ ...syncing, phase: 'checking', height: null, total: 0 })).toBe('Far behind: checking the certificates of a newer state.')
  })
  it('puts catching up before storage', () => expect(kind({ storage: memory, statusOf: { reasonCode: 'syncing' } })).toBe('syncing'))
})

describe('ring', () => {
  it('leaves twelve o’clock free and spreads nodes evenly', () => {
    for (const count of [1, 2, 5, 6, 48]) {
      const places = ringPlaces(count)
      expect(places).toHaveLength(count)
      for (const place of places) {
        expect(Math.hypot(place.x, place.y)).toBeCloseTo(1)
        expect(Math.hypot(place.x, place.y + 1)).toBeGreaterThan(0.05)
      }
    }
  })

  it('shows oneself first, the others by name; those who left only if it is oneself; in a crowd who is here before who is gone', () => {
    const agent = (name: string, more: Partial<AgentView>): AgentView => ({
      ...slices.agents[0]!,
      publicKey: name.padEnd(64, '0'),
      name,
      mine: false,
      online: false,
      status: 'active',
      ...more
    })
    const agents = [
      agent('gone', {}),
      agent('zoe', { online: true }),
      agent('left', { status: 'left', online: true }),
      agent('me', { mine: true, status: 'left' }),
      agent('amy', { online: true })
    ]
    expect(liveNodes(agents, [], slices.status).map(node => node.name)).toEqual(['me', 'amy', 'gone', 'zoe'])
    const crowd = [...agents, ...Array.from({ length: RING_CROWD }, (_, i) => agent(`zz${i}`, {}))]
    expect(
      liveNodes(crowd, [], slices.status)
        .slice(0, 4)
        .map(node => node.name)
    ).toEqual(['me', 'amy', 'zoe', 'gone'])
  })

  it('knows link and cut of a node by its key', () => {
    const peers = [{ ...slices.peers[0]!, cut: true, transport: 'relayed' as const }]
    const node = liveNodes(slices.agents, peers, slices.status).find(n => n.publicKey === peers[0]!.publicKey)
    expect(node).toMatchObject({ cut: true, transport: 'relayed', peerId: peers[0]!.peerId })
  })
})

describe('block status', () => {
  const line = [{ proposer: 'p', disqualified: true }] as Candidate[]
  it('is a fault for a maker caught with two blocks, unless the block became final all the same', () => {
    expect(shownStatus({ status: 'proposed', proposer: 'p' }, line)).toBe('fault')
    expect(shownStatus({ status: 'final', proposer: 'p' }, line)).toBe('final')
    expect(shownStatus({ status: 'stale', proposer: 'q' }, line)).toBe('stale')
    expect(shownStatus({ status: 'notarised', proposer: 'p' }, undefined)).toBe('notarised')
  })
})

describe('feed', () => {
  const event = (seq: number, kind: EventView['kind'], more: Partial<EventView> = {}): EventView => ({
    seq,
    at: 1000,
    kind,
    text: `event ${seq}`,
    height: null,
    hash: null,
    agents: [],
    ...more
  })

  it('is newest first, filtered and bounded', () => {
    const events = [event(1, 'final'), event(2, 'peer'), event(3, 'evidence'), event(4, 'won')]
    expect(feedRows(events, 'all').map(e => e.seq)).toEqual([4, 3, 2, 1])
    expect(feedRows(events, 'blocks').map(e => e.seq)).toEqual([4, 1])
    expect(feedRows(events, 'network').map(e => e.seq)).toEqual([2])
    expect(feedRows(events, 'faults').map(e => e.seq)).toEqual([3])
    expect(
      feedRows(
        Array.from({ length: 500 }, (_, i) => event(i, 'final')),
        'all'
      )
    ).toHaveLength(FEED_ROWS)
  })

  it('announces fresh wins and faults, never history or small talk', () => {
    expect(isNews(event(1, 'won'), 1500)).toBe(true)
    expect(isNews(event(1, 'no-quorum'), 1500)).toBe(true)
    expect(isNews(event(1, 'won'), 60_000)).toBe(false)
    expect(isNews(event(1, 'final'), 1500)).toBe(false)
  })

  it('links the block where the sentence names it, and not in the middle of a longer number', () => {
    const about = { height: 12, hash: 'ab' }
    expect(linkParts(event(1, 'final', { ...about, text: 'Block #12 is final.' }))).toEqual({ before: 'Block ', label: '#12', after: ' is final.' })
    expect(linkParts(event(1, 'final', { ...about, text: 'After #128.' }))).toEqual({ before: 'After #128. ', label: '#12', after: '' })
    expect(linkParts(event(1, 'peer'))).toBeNull()
  })
})

describe('numbers for people', () => {
  it('counts down to the last started second and never below zero', () => {
    expect([6001, 6000, 1, 0, -500, 65_000, 3_727_000].map(countdown)).toEqual(['0:07', '0:06', '0:01', '0:00', '0:00', '1:05', '1:02:07'])
  })
  it('rounds durations and sizes to what one says', () => {
    expect([400, 7400, 180_000, 7_200_000].map(duration)).toEqual(['0.4 s', '7 s', '3 min', '2 h'])
    expect([0, 999, 1412, 14_000_000, 298_000_000].map(byteSize)).toEqual(['0 B', '999 B', '1.4 kB', '14.0 MB', '298 MB'])
  })
  it('does not round a pace that somebody has set', () =>
    expect([100, 1500, 2000, 10_000, 600_000].map(interval)).toEqual(['0.1 s', '1.5 s', '2 s', '10 s', '10 min']))
  it('tells the time of day with seconds', () => expect(clockTime(Date.UTC(2026, 0, 1, 12, 34, 56))).toMatch(/^\d\d:34:56$/))
  it('cuts two tickets after the digit that tells them apart', () => {
    expect(telltale('03a10000', '9f200000')).toEqual(['03a…', '9f2…'])
    expect(telltale('03a1ff00', '03a20000')).toEqual(['03a1…', '03a2…'])
  })
})

describe('rows', () => {
  it('keep their identity while nothing in them changes', () => {
    const before = [
      { id: 'a', n: 1 },
      { id: 'b', n: 1 }
    ]
    const after = keepRows(
      before,
      [
        { id: 'b', n: 2 },
        { id: 'a', n: 1 }
      ],
      row => row.id
    )
    expect(after[1]).toBe(before[0])
    expect(after[0]).toEqual({ id: 'b', n: 2 })
    expect(after[0]).not.toBe(before[1])
  })
})

describe('search', () => {
  const { blocks } = slices.chain
  it('finds by height, by the start of a hash and by name, newest first', () => {
    expect(matchingBlocks(blocks, '5').every(b => b.height === 5)).toBe(true)
    expect(matchingBlocks(blocks, '5').length).toBeGreaterThan(0)
    expect(matchingBlocks(blocks, blocks[0]!.hash.slice(0, 10))).toEqual([blocks[0]])
    const byName = matchingBlocks(blocks, 'moth')
    expect(byName.length).toBeGreaterThan(0)
    expect(byName.every(b => b.proposerName === 'Moth-42')).toBe(true)
    expect(byName.map(b => b.height)).toEqual(byName.map(b => b.height).toSorted((a, b) => b - a))
  })
  it('does not take two digits for a hash', () =>
    expect(matchingBlocks(blocks, blocks[0]!.hash.slice(0, 2)).some(b => b === blocks[0])).toBe(blocks[0]!.hash.startsWith(String(blocks[0]!.height))))
})

describe('relays of an invitation', () => {
  const info = (relays: NodeInfoView['relays']): NodeInfoView => ({ ...slices.info, relays })
  it('names working ones first, failed ones never, each once', () => {
    const relays = roomRelays(
      ['/link', '/dead'],
      ['/server'],
      info([
        { address: '/dead', state: 'failed', error: 'x' },
        { address: '/works', state: 'connected', error: null },
        { address: '/server', state: 'connecting', error: null }
      ])
    )
    expect(relays).toEqual(['/works', '/server', '/link'])
  })
  it('stays short enough for a QR code', () =>
    expect(
      roomRelays(
        Array.from({ length: 40 }, (_, i) => `/${i}`),
        [],
        null
      )
    ).toHaveLength(ROOM_RELAYS))
})
