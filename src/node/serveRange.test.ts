import { describe, expect, it } from 'vitest'
import { toHex } from '../core/bytes'
import type { BlockEntry } from '../core/chain/blockTree'
import { encode } from '../core/codec'
import { Certificate, VOTE_FINALISE } from '../core/schema'
import { addBlock, certificateFor, createNetwork, makeBlock } from '../core/testing/network'
import { decodeMessage } from '../core/wire'
import { MemoryStore } from '../platform/memoryStore'
import { storedBlock } from './answers'
import { EMPTY_BATCH } from './ports'
import { finalBlockAt, serveRange } from './serveRange'

const network = createNetwork(4)
const LENGTH = 6

/** Blocks 1 to 6 of which the last has a certificate, and a sibling of each that somebody voted for and that lost. */
async function diskWithSiblings() {
  const store = new MemoryStore()
  const chain: BlockEntry[] = []
  const siblings: BlockEntry[] = []
  for (let parent = network.tree.final; chain.length < LENGTH; parent = chain.at(-1)!) {
    siblings.push(makeBlock(network, parent, { rank: 1 }))
    chain.push(addBlock(network.tree, makeBlock(network, parent)))
    network.tree.stateOf(chain.at(-1)!)
  }
  const last = chain.at(-1)!
  const proof = certificateFor(network, network.signers, last, VOTE_FINALISE)
  await store.commit({
    ...EMPTY_BATCH,
    blocks: [...chain, ...siblings].map(storedBlock),
    certificates: [{ kind: 'finalise', height: last.height, hash: last.hash, bytes: encode(Certificate, proof) }],
    final: { height: last.height, hash: last.hash }
  })
  return { store, chain, siblings }
}

describe('a disk that holds siblings of final blocks', () => {
  it('R7: serves the final ones, whole and in a row', async () => {
    const { store, chain } = await diskWithSiblings()
    const reply = decodeMessage(await serveRange(store, 1, 64), ['rangeReply'])
    if (!reply.ok) throw new Error(reply.code)
    expect(reply.value.value.blocks.map(({ header }) => toHex(header.stateRoot))).toEqual(chain.map(({ header }) => toHex(header.stateRoot)))
    expect(reply.value.value.certificate).toHaveLength(1)
  })

  it('S2: shows the final block of a height, and none where nothing proves it', async () => {
    const { store, chain } = await diskWithSiblings()
    for (const { height, header } of chain) expect((await finalBlockAt(store, height))?.header.stateRoot).toEqual(header.stateRoot)
    const lonely = new MemoryStore()
    await lonely.commit({ ...EMPTY_BATCH, blocks: [storedBlock(chain[0]!)], final: { height: 2, hash: chain[1]!.hash } })
    expect(await finalBlockAt(lonely, 1)).toBeNull()
  })
})
