import { describe, expect, it } from 'vitest'
import { quorumbleConsole } from './console'
import type { Session } from './state/session.svelte'

describe('V008: the whole API of a node, for a developer at the console', () => {
  const console = quorumbleConsole({} as Session)

  it('has status, turns, blocks, transactions, a live stream and the simulator, and tells of each', () => {
    expect(Object.keys(console)).toEqual([
      'status',
      'mining',
      'block',
      'audit',
      'checkBlock',
      'submit',
      'prove',
      'checkProof',
      'setRole',
      'memes',
      'meme',
      'subscribe',
      'log',
      'cut',
      'simulate',
      'exportNode',
      'importNode',
      'exportKey',
      'importKey',
      'changePassphrase',
      'unlock',
      'prune',
      'restart',
      'join',
      'help'
    ])
    for (const name of Object.keys(console).filter(each => each !== 'help')) expect(console.help()).toContain(`quorumble.${name}(`)
  })

  it('cannot be changed by a page that would like to listen in', () => {
    expect(Object.isFrozen(console)).toBe(true)
  })
})
