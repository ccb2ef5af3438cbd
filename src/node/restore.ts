/** From what the store held to a block tree: the snapshot or genesis as its root, the stored blocks on top, executed up to the stored final one. */
import { toHex } from '../core/bytes'
import { BlockTree, genesisHeader, hashBytesOf, rootEntry } from '../core/chain/blockTree'
import type { BlockEntry } from '../core/chain/blockTree'
import type { ChainRules } from '../core/chain/execute'
import { decode } from '../core/codec'
import { genesisState } from '../core/genesis'
import { Block } from '../core/schema'
import { blockHash } from '../core/signing'
import { joinState } from '../core/state/chunks'
import { StateIndex } from '../core/state/worldState'
import type { Stored } from './ports'

/** The stored chain does not hold together. */
export class DamagedStore extends Error {}

/** @throws DamagedStore when the stored chain cannot be replayed */
export function restoreTree(rules: ChainRules, stored: Stored | null): BlockTree {
  const index = new StateIndex()
  const blocks = (stored?.blocks ?? []).map(({ bytes }) => {
    const block = decode(Block, bytes)
    if (!block.ok) throw new DamagedStore(`a stored block is ${block.code}`)
    return block.value
  })
  const tree = new BlockTree(rules, rootOf(rules, stored, blocks, index))
  for (const { header, signature, transactions } of blocks.sort((a, b) => a.header.height - b.header.height)) {
    if (header.height > tree.final.height) tree.add(blockHash(rules.networkId, header), header, signature, transactions, header.timestamp, true)
  }
  if (stored !== null && stored.final.height > tree.final.height) {
    const entry = tree.get(stored.final.hash)
    if (entry === undefined || tree.stateOf(entry) === null) throw new DamagedStore(`the stored final block ${stored.final.height} cannot be replayed`)
    tree.finalise(entry)
  }
  return tree
}

function rootOf(rules: ChainRules, stored: Stored | null, blocks: readonly Block[], index: StateIndex): BlockEntry {
  const snapshot = stored?.snapshot
  if (snapshot == null) {
    const state = genesisState(rules.genesis, index)
    return rootEntry(rules.networkId, genesisHeader(rules.genesis.time, state), state)
  }
  const block = blocks.find(candidate => toHex(blockHash(rules.networkId, candidate.header)) === snapshot.hash)
  if (block === undefined) throw new DamagedStore(`the block of the snapshot at height ${snapshot.height} is missing`)
  const state = joinState(snapshot.manifest, block.header.stateRoot, snapshot.chunks, index)
  if (!state.ok) throw new DamagedStore(`the snapshot at height ${snapshot.height} cannot be read: ${state.code} ${state.detail}`)
  return rootEntry(hashBytesOf(snapshot.hash), block.header, state.value, block.signature, block.transactions)
}
