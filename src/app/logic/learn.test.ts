import { describe, expect, it } from 'vitest'
import catalogue from '../screens/learn/catalogue.json'
import { createGenesis } from '../../core/genesis'
import { quorumWeight } from '../../core/state/worldState'
import { roomTerms } from '../../node/views'
import { AS_WRITTEN } from '../../sim/asWritten/index'
import { CHAPTERS, FAILURES } from '../i18n/learn'
import { parseRoute } from '../routes'
import { FakeNetwork } from '../testing/fakeBackend'
import { messageHref } from './learnLinks'
import { roomNumbers, tolerated } from './roomNumbers'
import { shownSpans } from './spans'

const { status, round, agents } = new FakeNetwork({ nodes: 7, seed: 'learn', me: 1, startAt: 0 }).slices(40_000)
const figures = (id: string, view: Parameters<typeof roomNumbers>[0]) =>
  Object.fromEntries(CHAPTERS.find(chapter => chapter.id === id)!.figures!(roomNumbers(view)!))

describe('P007: the core concepts, in the numbers of the room on the screen', () => {
  it('P007: agents, validators and producers, the flow of a block, security and economics each have a chapter', () => {
    expect(CHAPTERS.map(({ id }) => id)).toEqual(['agents', 'roles', 'flow', 'security', 'economics'])
    for (const { text } of CHAPTERS) expect(text.length).toBeGreaterThan(1)
  })

  it('P007: another room has other numbers', () => {
    const view = { status, round, agents }
    expect(figures('flow', view)['A quorum is']).toBe(`${status.quorum.needed} of ${status.quorum.weight} votes`)
    expect(figures('agents', view)).toEqual({ 'Known here': '7 agents' })
    const slow = { ...status, room: { ...status.room, blockIntervalMs: 10_000 }, quorum: { validators: 10, weight: 10, present: 9, needed: 7 } }
    expect(figures('flow', { ...view, status: slow, round: null })).toEqual({
      'A block every': '10 s',
      'Patience with one producer': 'told while a round is played',
      'A quorum is': '7 of 10 votes',
      'Heard from just now': '9 votes'
    })
    expect(figures('security', { ...view, status: slow })['Liars that do no harm here']).toBe('fewer than a third: 3 of 10 votes')
    expect(figures('economics', view)['The next block pays']).toBe('1 unit to one agent, and 100 % of its fees to its maker')
    const open = { ...status, room: { ...status.room, terms: { ...status.room.terms, minCommittee: 1 } } }
    expect([view, { ...view, status: open }].map(each => figures('roles', each)['All vote from'])).toEqual([
      '4 members on; below that the senior one votes alone',
      'the first member on'
    ])
    const terms = { ...status.room.terms, registrationGrant: '2500', epochLength: 8, lookahead: 2 }
    const payout = { amount: '34600', recipients: 7, feesToMakerMilli: 500 }
    const rich = { ...status, room: { ...status.room, terms, payout } }
    expect(figures('economics', { ...view, status: rich })).toMatchObject({
      'A newcomer gets': '2.5 units',
      'The next block pays': '34.6 units to 7 members, and 50 % of its fees to its maker'
    })
    const light = { ...status, room: { ...status.room, payout: null } }
    expect(figures('economics', { ...view, status: light })['The next block pays']).toBe('told by a full node')
    expect(figures('roles', { ...view, status: rich })['A newcomer votes']).toBe('at most 24 blocks after it was registered')
  })

  it('the terms of a room are those of its genesis', () => {
    const genesis = createGenesis({ name: 'x', time: 0, salt: new Uint8Array(32), founders: [], registrationGrant: 7n, epochLength: 6 })
    expect(roomTerms(genesis)).toEqual({
      registrationGrant: '7',
      missedSlotPenalty: String(genesis.missedSlotPenalty),
      epochLength: 6,
      lookahead: genesis.lookahead,
      heartbeatTtl: genesis.heartbeatTtl,
      minCommittee: genesis.minCommittee
    })
  })

  it('two quorums share more than may lie, whatever the weight', () => {
    for (let weight = 1; weight < 200; weight++) {
      const overlap = 2 * quorumWeight(weight) - weight
      expect(overlap).toBeGreaterThan(tolerated(weight))
      // And what is left without the liars can still decide.
      expect(weight - tolerated(weight)).toBeGreaterThanOrEqual(quorumWeight(weight))
      expect(3 * (tolerated(weight) + 1)).toBeGreaterThanOrEqual(weight)
    }
  })

  it('without a room there are no numbers', () => expect(roomNumbers({ status: null, round: null, agents: [] })).toBeNull())

  it('every link leads to a screen, every failure is one of the simulator', () => {
    for (const [, href] of CHAPTERS.flatMap(({ links }) => links)) expect(parseRoute(href).screen, href).not.toBe('unknown')
    const known = AS_WRITTEN.map(({ id }) => id)
    for (const [id] of FAILURES) expect(known).toContain(id)
  })
})

describe('P008: the catalogue in the app', () => {
  it.each(catalogue.entries.map(({ name }) => name))('%s has an address', name =>
    expect(parseRoute(messageHref(name))).toEqual({ screen: 'learn', page: 'messages', entry: name })
  )

  it('reads the stretches of an example', () => {
    const vote = catalogue.entries.find(({ name }) => name === 'vote')!.example!
    expect(shownSpans(vote.spans).map(({ path, at, size, reading }) => [path, at, size, reading.kind])).toEqual([
      ['kind', 0, 1, 'number'],
      ['height', 1, 4, 'number'],
      ['hash', 5, 32, 'bytes'],
      ['voter', 37, 32, 'bytes'],
      ['signature', 69, 64, 'bytes']
    ])
    const { spans: announce } = catalogue.entries.find(({ name }) => name === 'announce')!.example!
    const shown = shownSpans(announce)
    const begins = (path: string) => shown.find((other, i) => other.path.startsWith(`${path}/`) || (other.path === path && announce[i]!.type !== 'offset'))!.at
    const offsets = shown.flatMap(({ path, reading }) => (reading.kind === 'offset' ? [[path, reading.at]] : []))
    expect(offsets.length).toBeGreaterThan(5)
    expect(offsets).toEqual(offsets.map(([path]) => [path, begins(path as string)]))
    const hex = (text: string) => Buffer.from(text, 'utf8').toString('hex')
    const spans = [
      { path: 'name', type: 'Bytes32', size: 32, hex: hex('Moth').padEnd(64, '0') },
      { path: 'list', type: 'offset', size: 4, hex: '2c010000' },
      { path: 'time', type: 'uint64 below 2^53', size: 8, hex: '0068e5cf8b010000' },
      { path: 'amount', type: 'uint64', size: 8, hex: 'ffffffffffffffff' },
      { path: 'list', type: 'List[uint8, 4]', size: 0, hex: '' },
      { path: 'long', type: 'ByteList[999]', size: 99, hex: hex('cut off') },
      { path: 'none', type: 'Bytes32', size: 32, hex: '00'.repeat(32) }
    ]
    expect(shownSpans(spans).map(({ at, reading }) => [at, reading])).toEqual([
      [0, { kind: 'text', text: 'Moth' }],
      [32, { kind: 'offset', at: 300 }],
      [36, { kind: 'time', text: '2023-11-14T22:13:20.000Z' }],
      [44, { kind: 'number', text: '18446744073709551615' }],
      [52, { kind: 'empty' }],
      [52, { kind: 'bytes' }],
      [151, { kind: 'bytes' }]
    ])
  })
})
