import { afterEach, describe, expect, it, vi } from 'vitest'
import { fetchBootstrap, NO_SERVER, parseBootstrap } from './bootstrap'

const ID = 'cd'.repeat(32)
const answer = { networkId: ID, genesis: '00ff', relays: ['/ip4/127.0.0.1/tcp/8080/ws'], version: '0.1.0' }
const joined = { networkId: ID, genesis: '00ff', relays: answer.relays, iceServers: [] }
const serve = (...responses: (() => Response)[]) =>
  vi.stubGlobal(
    'fetch',
    vi.fn(async () => (responses.length > 1 ? responses.shift()! : responses[0]!)())
  )

afterEach(() => {
  vi.unstubAllGlobals()
  vi.useRealTimers()
})

describe('parseBootstrap', () => {
  it('takes the server’s answer', () => expect(parseBootstrap(answer)).toEqual(joined))
  it('leaves out what is malformed', () => {
    expect(
      parseBootstrap({ networkId: 'short', genesis: 'abc', relays: ['http://x', 7, '/ok'], iceServers: [{ urls: ['stun:x'] }, { urls: 'y' }, null] })
    ).toEqual({
      networkId: null,
      genesis: null,
      relays: ['/ok'],
      iceServers: [{ urls: ['stun:x'] }]
    })
  })
  it.each([null, 7, 'text', []])('takes %j for no server', raw => expect(parseBootstrap(raw)).toEqual(NO_SERVER))
})

describe('fetchBootstrap', () => {
  it('asks beside the page, in whatever folder it lies', async () => {
    serve(() => Response.json(answer))
    expect(await fetchBootstrap('http://host/some/folder/index.html')).toEqual(joined)
    expect(vi.mocked(fetch).mock.calls[0]![0]).toEqual(new URL('http://host/some/folder/api/bootstrap'))
  })

  it('waits for a server that is still starting instead of opening a second network', async () => {
    vi.useFakeTimers()
    serve(
      () => new Response('', { status: 503 }),
      () => new Response('', { status: 503 }),
      () => Response.json(answer)
    )
    const asked = fetchBootstrap('http://host/')
    await vi.runAllTimersAsync()
    expect(await asked).toEqual(joined)
    expect(fetch).toHaveBeenCalledTimes(3)
  })

  it('gives up on one that never starts', async () => {
    vi.useFakeTimers()
    serve(() => new Response('', { status: 503 }))
    const asked = fetchBootstrap('http://host/')
    await vi.runAllTimersAsync()
    expect(await asked).toEqual(NO_SERVER)
  })

  it.each([
    ['a static host', () => new Response('not found', { status: 404 })],
    ['a host that answers everything with its page', () => new Response('<!doctype html>')],
    [
      'no connection',
      () => {
        throw new TypeError('failed to fetch')
      }
    ]
  ])('takes %s for no server', async (_, respond) => {
    serve(respond)
    expect(await fetchBootstrap('http://host/')).toEqual(NO_SERVER)
  })
})
