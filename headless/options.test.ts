import { describe, expect, it } from 'vitest'
import { readOptions, StartError } from './options'

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
      role: 'archive',
      reanchor: false,
      transfer: null,
      passphrase: null
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
      role: 'archive',
      reanchor: false,
      transfer: null,
      passphrase: null
    })
    expect(readOptions(['--port', '9001', '--host=::1', '--data', 'd', '--block-interval', '1000'], env)).toMatchObject({
      port: 9001,
      host: '::1',
      dataDirectory: 'd',
      blockIntervalMs: 1000,
      family: null,
      membership: 'open',
      authority: null,
      role: 'archive',
      reanchor: false,
      transfer: null,
      passphrase: null
    })
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
    [['extra'], {}, /--help/]
  ] as const)('refuse %j %j in one sentence with what to do', (args, env, message) => {
    expect(() => readOptions(args, env)).toThrow(StartError)
    expect(() => readOptions(args, env)).toThrow(message)
  })
})
