import { createHash } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { fromHex, toHex } from '../bytes'
import { encode } from '../codec'
import { State, Transaction } from '../schema'
import { socialHistory } from '../testing/socialHistory'

/** `UPDATE_VECTORS=1 npx vitest run src/core/state/vectors.test.ts` writes the file anew: a deliberate change of the protocol. */
const FILE = new URL('../../../vectors/state.json', import.meta.url)

interface Vectors {
  networkId: string
  blocks: { height: number; transactions: string[]; stateRoot: string; subtrees: [agents: string, blocks: string, social: string, memes: string] }[]
  /** The state after the last block. */
  state: string
}

function made(): Vectors {
  const { room, steps } = socialHistory()
  return {
    networkId: toHex(room.network.networkId),
    blocks: steps.map(({ block }) => {
      const { agents, blocks, social, memes } = block.state!.view
      return {
        height: block.height,
        transactions: block.transactions!.map(transaction => toHex(encode(Transaction, transaction))),
        stateRoot: toHex(block.header.stateRoot),
        subtrees: [toHex(agents.hashTreeRoot()), toHex(blocks.hashTreeRoot()), toHex(social.hashTreeRoot()), toHex(memes.hashTreeRoot())]
      }
    }),
    state: toHex(room.state.encode())
  }
}

const fresh = `${JSON.stringify(made(), null, 1)}\n`
if (process.env['UPDATE_VECTORS'] === '1') writeFileSync(FILE, fresh)
const stored = readFileSync(FILE, 'utf8')
const vectors = JSON.parse(stored) as Vectors
const pair = (left: string, right: string) =>
  createHash('sha256')
    .update(Buffer.from(left + right, 'hex'))
    .digest('hex')

describe('golden vectors of the state', () => {
  it('the file holds what this code makes, byte for byte', () => {
    expect(fresh).toBe(stored)
  })

  it('T036: the root is H(H(agents, blocks), H(social, memes)), by another hash function’s code', () => {
    for (const { stateRoot, subtrees } of vectors.blocks) expect(pair(pair(subtrees[0], subtrees[1]), pair(subtrees[2], subtrees[3]))).toBe(stateRoot)
  })

  it('T002, T028: transfers touch agents and blocks, social life the other two', () => {
    const moved = vectors.blocks.slice(1).map(({ subtrees }, i) => subtrees.map((root, at) => root !== vectors.blocks[i]!.subtrees[at]))
    for (const [agents, blocks] of moved) expect([agents, blocks]).toEqual([true, true])
    // The meme, the alliance and the praise of block 2.
    expect(moved[0]).toEqual([true, true, true, true])
    // The opinions and the poll of block 5 make no meme.
    expect(moved[3]).toEqual([true, true, true, false])
  })

  it('a root from the plain encoding, without a tree that ever changed', () => {
    const value = State.deserialize(fromHex(vectors.state)!)
    expect(toHex(State.hashTreeRoot(value))).toBe(vectors.blocks.at(-1)!.stateRoot)
  })
})
