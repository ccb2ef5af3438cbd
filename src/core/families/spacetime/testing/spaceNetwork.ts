/** Test networks in which space decides. Never for a live network: everybody can sign with these keys. */
import { u32le } from '../../../bytes'
import type { BlockEntry } from '../../../chain/blockTree'
import { taggedHash } from '../../../crypto/hash'
import type { Genesis, Plot } from '../../../schema'
import { addBlock, createNetwork, makeBlock, signerAt } from '../../../testing/network'
import type { TestNetwork } from '../../../testing/network'
import { LEAF_FUNCTION, plotRoot } from '../plot'
import { spacetime } from '../rules'

/** The seed of the plot with this number. */
function plotSeed(number: number): Uint8Array {
  return taggedHash('test-plot', u32le(number))
}

/** A plot that an owner has registered rightly. */
export function plotOf(owner: Uint8Array, number: number, leaves: number, registeredAt = 0): Plot {
  const seed = plotSeed(number)
  return { owner, seed, leaves, leafFunction: LEAF_FUNCTION, root: plotRoot(owner, seed, leaves), registeredAt }
}

/** One founder per entry, with a plot of so many leaves; none for 0. */
export function createSpaceNetwork(leaves: readonly number[], parameters: Partial<Genesis> = {}): TestNetwork {
  const plots = leaves.flatMap((count, i) => (count === 0 ? [] : [plotOf(signerAt(i).publicKey, i, count)]))
  return createNetwork(leaves.length, { config: spacetime.defaultConfig(0), plots, ...parameters })
}

/** The chain of `count` blocks by the best turns, from the final block on. */
export function grow(network: TestNetwork, count: number, from: BlockEntry = network.tree.final): BlockEntry {
  let parent = from
  for (let i = 0; i < count; i++) {
    const made = makeBlock(network, parent)
    parent = addBlock(network.tree, made)
    network.tree.adoptState(parent, made.state!)
  }
  return parent
}
