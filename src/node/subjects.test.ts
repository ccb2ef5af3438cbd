import { describe, expect, it } from 'vitest'
import { toHex, utf8 } from '../core/bytes'
import { agentIdOf } from '../core/signing'
import { memeId } from '../core/state/memes'
import { Room } from '../core/testing/room'
import { wholeBlock } from './answers'
import { subjectsOf } from './subjects'

describe('T051: what a block is found by', () => {
  const found = (room: Room): string[] => subjectsOf(wholeBlock(room.mine().tip))
  const agent = (room: Room, who: number): string => toHex(agentIdOf(room.key(who)))

  it('a meme by its id, by those it refers to, and by whom it is for; a reaction by its meme', () => {
    const room = new Room(5)
    const [first, second] = [utf8('the first'), utf8('the second')].map(recipe => toHex(memeId(1, recipe))) as [string, string]
    expect(found(room.say(room.meme(1, 'the first')))).toEqual(expect.arrayContaining([first, agent(room, 1)]))
    const remixed = found(room.say(room.meme(2, 'the second', { references: [memeId(1, utf8('the first'))], targets: [room.key(3)] })))
    expect(remixed).toEqual(expect.arrayContaining([first, second, agent(room, 2), agent(room, 3)]))
    expect(found(room.say(room.react(3, memeId(1, utf8('the first')), 1)))).toEqual(expect.arrayContaining([first, agent(room, 3)]))
    expect(found(room)).toEqual([
      agent(
        room,
        room.signers.findIndex(({ publicKey }) => toHex(publicKey) === toHex(room.tip.header.proposer))
      )
    ])
  })

  it('an offer by all whom it names, praise by whom it is for, each once and in order', () => {
    const room = new Room(5)
    const ids = found(room.say(room.alliance(1, [1, 2, 3])).say(room.social(1, 4, 1)))
    expect(ids).toEqual(expect.arrayContaining([1, 2, 3, 4].map(who => agent(room, who))))
    expect(ids).toEqual([...new Set(ids)].sort())
  })
})
