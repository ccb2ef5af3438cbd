import { describe, expect, it } from 'vitest'
import { toHex, utf8 } from '../bytes'
import { State } from '../schema'
import { Room } from '../testing/room'
import { memeId } from './memes'
import { recomputeRoot } from './recompute'
import { StateIndex, WorldState } from './worldState'

/** All steps at once. */
function run(state: WorldState): { root: Uint8Array; steps: number } {
  const work = recomputeRoot(state)
  for (let steps = 0; ; steps++) {
    const step = work.next()
    if (step.done === true) return { root: step.value, steps }
  }
}

describe('the root, computed once more (T084)', () => {
  it('T079: is that of the tree, which hashes only what has changed, and that of the library’s plain encoding', () => {
    const room = new Room(40)
    expect(toHex(run(room.state).root)).toBe(toHex(room.state.root))
    room.say(room.meme(0, 'one two', { tags: [utf8('a')], targets: [room.key(3)] }), room.alliance(1, [1, 2, 3]), room.social(4, 5, 1)).mine()
    room.say(room.react(6, memeId(1, utf8('one two')), 3)).mine()
    const { root, steps } = run(room.state)
    expect(toHex(root)).toBe(toHex(room.state.root))
    expect(toHex(State.hashTreeRoot(State.deserialize(room.state.encode())))).toBe(toHex(root))
    expect(steps, 'it pauses').toBeGreaterThan(3)
  })

  it('finds a tree whose hashes are not those of its records', () => {
    const { state } = new Room(4)
    const bent = WorldState.decode(state.encode(), new StateIndex())
    const expected = toHex(bent.root)
    // What a broken memory or a bug in the tree would do: the record changes and its hash does not.
    const { value } = bent.view.agents.records.getReadonly(2).node as unknown as { value: { balance: bigint } }
    value.balance += 1n
    expect(toHex(bent.root)).toBe(expected)
    expect(toHex(run(bent).root)).not.toBe(expected)
  })
})
