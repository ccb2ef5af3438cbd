import { describe, expect, it } from 'vitest'
import { createGenesis, shortestLeak } from '../src/core/genesis'
import { LONGEST_LEAK } from '../src/core/limits'
import { HELP, LEAK_HEIGHTS, readOptions, StartError } from './options'

describe('options', () => {
  it('have defaults that work without being told anything', () => {
    expect(readOptions([], {})).toEqual({
      host: '127.0.0.1',
      port: 8080,
      dataDirectory: './data',
      newNetwork: false,
      blockIntervalMs: null,
      family: null,
      membership: 'open',
      authority: null,
      leakAfter: null,
      role: 'archive',
      reanchor: false,
      transfer: null,
      passphrase: null,
      openKey: false
    })
  })

  it('come from the environment, and a flag wins', () => {
    const env = { PORT: '9000', HOST: '0.0.0.0', QUORUMBLE_DATA: '/tmp/x', QUORUMBLE_NEW_NETWORK: '1', QUORUMBLE_BLOCK_INTERVAL: '500' }
    expect(readOptions([], env)).toEqual({
      host: '0.0.0.0',
      port: 9000,
      dataDirectory: '/tmp/x',
      newNetwork: true,
      blockIntervalMs: 500,
      family: null,
      membership: 'open',
      authority: null,
      leakAfter: null,
      role: 'archive',
      reanchor: false,
      transfer: null,
      passphrase: null,
      openKey: false
    })
    expect(readOptions(['--port', '9001', '--host=::1', '--data', 'd', '--block-interval', '1000'], env)).toMatchObject({
      port: 9001,
      host: '::1',
      dataDirectory: 'd',
      blockIntervalMs: 1000,
      family: null,
      membership: 'open',
      authority: null,
      leakAfter: null,
      role: 'archive',
      reanchor: false,
      transfer: null,
      passphrase: null,
      openKey: false
    })
  })

  it('R12: a leak is what a genesis with the default epochs may hold, and its price is told where it is asked for', () => {
    expect(readOptions(['--leak', '40'], {})).toMatchObject({ leakAfter: 40, authority: null })
    expect(readOptions([], { QUORUMBLE_LEAK: '56' })).toMatchObject({ leakAfter: 56 })
    const genesis = createGenesis({ name: 'x', time: 1, salt: new Uint8Array(32), founders: [] })
    expect(LEAK_HEIGHTS).toEqual({ min: shortestLeak(genesis), max: LONGEST_LEAK })
    expect(HELP).toMatch(/--leak[\s\S]*two chains/)
  })

  it('may ask for help instead', () => {
    expect(readOptions(['--help'], { PORT: 'nonsense' })).toBeNull()
  })

  it.each([
    [[], { PORT: 'abc' }, /PORT is "abc".*not a number/],
    [[], { PORT: '80.5' }, /not a number/],
    [[], { PORT: '-1' }, /not a number/],
    [[], { PORT: '65536' }, /out of range/],
    [['--port', '0'], {}, /out of range/],
    [[], { HOST: 'http://x' }, /HOST/],
    [['--block-interval', '1'], {}, /block interval/],
    [['--role', 'king'], {}, /role "king".*archive, full/],
    [['--bloc', '1'], {}, /--bloc.*--help/],
    [['--leak', '35'], {}, /leak.*36 to 56/],
    [[], { QUORUMBLE_LEAK: 'soon' }, /leak is "soon"/],
    [['--leak', '40', '--authority', 'ab'.repeat(32)], {}, /by its authority or by a leak/],
    [['extra'], {}, /--help/]
  ] as const)('refuse %j %j in one sentence with what to do', (args, env, message) => {
    expect(() => readOptions(args, env)).toThrow(StartError)
    expect(() => readOptions(args, env)).toThrow(message)
  })
})
