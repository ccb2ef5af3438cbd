import { describe, expect, it } from 'vitest'
import { toHex } from '../bytes'
import { KEPT_FINAL_BLOCKS } from '../limits'
import { addBlock, createNetwork, makeBlock } from '../testing/network'
import type { BlockEntry } from './blockTree'
import { HOT_STATES, StateCache } from './stateCache'
import type { WorldState } from '../state/worldState'

describe('StateCache', () => {
  it('T046, T047, T077, F-27: finds the state of each fork by its root, also of blocks that the tree has forgotten', () => {
    const network = createNetwork(3)
    const { tree } = network
    const grow = (parent: BlockEntry, rank = 0): BlockEntry => {
      const entry = addBlock(tree, makeBlock(network, parent, { rank }))
      expect(tree.stateOf(entry)).not.toBeNull()
      return entry
    }
    const [left, right] = [grow(tree.final), grow(tree.final, 1)]
    expect(tree.states.get(left.header.stateRoot)).toBe(left.state)
    expect(tree.states.get(right.header.stateRoot)).toBe(right.state)
    for (let entry = left; entry.height < KEPT_FINAL_BLOCKS + 10; entry = grow(entry)) tree.finalise(entry)
    expect(tree.get(left.hash)).toBeUndefined()
    expect(toHex(tree.states.get(left.header.stateRoot)!.root)).toBe(toHex(left.header.stateRoot))
    expect(tree.states.get(new Uint8Array(32))).toBeNull()
    expect({ hits: tree.states.hits, misses: tree.states.misses }).toEqual({ hits: 3, misses: 1 })
  })

  it('holds HOT_STATES; the one not used for longest goes', () => {
    const states = new StateCache()
    const at = (number: number) => ({ root: Uint8Array.of(number >> 8, number & 255) }) as WorldState
    for (let i = 0; i < HOT_STATES; i++) states.put(at(i))
    expect(states.get(at(0).root)).not.toBeNull()
    states.put(at(HOT_STATES))
    expect(states.size).toBe(HOT_STATES)
    expect(states.get(at(0).root)).not.toBeNull()
    expect(states.get(at(1).root)).toBeNull()
  })
})
