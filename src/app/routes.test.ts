import { describe, expect, it } from 'vitest'
import { blockHref, blockQuery, parseRoute, ROOM_RELAY_LENGTH, ROOM_RELAYS, roomHref } from './routes'

const ID = 'ab'.repeat(32)

describe('parseRoute', () => {
  it.each([
    ['', { screen: 'now' }],
    ['#', { screen: 'now' }],
    ['#/', { screen: 'now' }],
    ['#/chain', { screen: 'chain' }],
    ['#/chain/', { screen: 'chain' }],
    ['#/chain/block/128', { screen: 'block', id: '128' }],
    ['#/chain/block/AB12', { screen: 'block', id: 'ab12' }],
    ['#/node', { screen: 'node' }],
    ['#/alliances', { screen: 'alliances' }],
    ['#/learn', { screen: 'learn', page: 'concepts', entry: null }],
    ['#/learn/messages', { screen: 'learn', page: 'messages', entry: null }],
    ['#/learn/messages/vote', { screen: 'learn', page: 'messages', entry: 'vote' }],
    ['#/learn/lessons', { screen: 'unknown', path: '/learn/lessons', reason: 'no-such-screen' }],
    ['#/learn/concepts/vote', { screen: 'unknown', path: '/learn/concepts/vote', reason: 'no-such-screen' }],
    ['#/learn/messages/vote/kind', { screen: 'unknown', path: '/learn/messages/vote/kind', reason: 'no-such-screen' }],
    ['#/memes', { screen: 'memes', view: 'studio', meme: null }],
    ['#/memes/gallery', { screen: 'memes', view: 'gallery', meme: null }],
    [`#/memes/meme/${ID}`, { screen: 'memes', view: 'meme', meme: ID }],
    [`#/memes/remix/${ID}`, { screen: 'memes', view: 'studio', meme: ID }],
    ['#/memes/meme/zz', { screen: 'unknown', path: '/memes/meme/zz', reason: 'no-such-screen' }],
    [`#/memes/meme/${ID}/more`, { screen: 'unknown', path: `/memes/meme/${ID}/more`, reason: 'no-such-screen' }],
    [`#/room/${ID}`, { screen: 'room', networkId: ID, relays: [], checkpoint: null }]
  ])('reads %s', (hash, route) => expect(parseRoute(hash)).toEqual(route))

  it.each(['#/chain/block/<script>', `#/chain/block/${'a'.repeat(65)}`, '#/lab', '#/chain/block', '#/node/x', '#/chain/block/1/2'])('does not know %s', hash =>
    expect(parseRoute(hash)).toMatchObject({ screen: 'unknown', reason: 'no-such-screen' })
  )

  it.each(['#/room', '#/room/xyz', `#/room/${ID}/x`, `#/room/${ID.toUpperCase()}`, `#/room/${ID}a`])('says that the room link %s is damaged', hash =>
    expect(parseRoute(hash)).toMatchObject({ screen: 'unknown', reason: 'bad-room-link' })
  )

  it('reads back the relays of a room link, also with every character that a URL wants encoded', () => {
    const relays = ['/ip4/192.168.1.7/tcp/8080/ws/p2p/12D3KooWx', '/dns4/class.test/tcp/443/wss?a&b=#ü']
    expect(parseRoute(roomHref(ID, relays))).toEqual({ screen: 'room', networkId: ID, relays, checkpoint: null })
  })

  it('reads back the checkpoint of a room link, and calls one that it cannot read damaged instead of leaving it out', () => {
    const checkpoint = { height: 4_294_967_295, hash: ID }
    expect(parseRoute(roomHref(ID, ['/r'], checkpoint))).toEqual({ screen: 'room', networkId: ID, relays: ['/r'], checkpoint })
    expect(roomHref(ID, [], { height: 33, hash: ID })).toBe(`#/room/${ID}?checkpoint=33-${ID}`)
    for (const text of [
      '',
      '33',
      `0-${ID}`,
      `033-${ID}`,
      `4294967296-${ID}`,
      `33-${ID}0`,
      `33-${ID.toUpperCase()}`,
      `-33-${ID}`,
      `33-${ID}&checkpoint=33-${ID}`
    ])
      expect(parseRoute(`#/room/${ID}?checkpoint=${text}`), text).toMatchObject({ screen: 'room', checkpoint: 'damaged' })
  })

  it('drops relays that are no multiaddr, doubled, too long or too many', () => {
    const many = Array.from({ length: ROOM_RELAYS + 5 }, (_, i) => `relay=/ip4/10.0.0.${i}/tcp/1/ws`).join('&')
    const route = parseRoute(`#/room/${ID}?relay=http://evil&relay=/${'x'.repeat(ROOM_RELAY_LENGTH)}&relay=/ip4/10.0.0.0/tcp/1/ws&${many}`)
    expect(route).toMatchObject({ screen: 'room' })
    const { relays } = route as Extract<typeof route, { screen: 'room' }>
    expect(relays).toHaveLength(ROOM_RELAYS)
    expect(new Set(relays).size).toBe(ROOM_RELAYS)
    expect(relays.every(relay => relay.startsWith('/ip4/10.0.0.'))).toBe(true)
  })
})

describe('blockQuery', () => {
  it('takes digits for a height and the rest for a hash', () => {
    expect(blockQuery('128')).toBe(128)
    expect(blockQuery('ab12')).toBe('ab12')
    // 64 digits are a hash that happens to have no letter, and above what a number holds.
    expect(blockQuery('1'.repeat(64))).toBe('1'.repeat(64))
  })

  it('is what a link to a block leads to', () => {
    expect(parseRoute(blockHref(7))).toEqual({ screen: 'block', id: '7' })
    expect(parseRoute(blockHref(ID))).toEqual({ screen: 'block', id: ID })
  })
})
