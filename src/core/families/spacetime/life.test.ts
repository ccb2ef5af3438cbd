import { describe, expect, it } from 'vitest'
import { toHex } from '../../bytes'
import type { BlockEntry } from '../../chain/blockTree'
import { encode } from '../../codec'
import { MEMBERSHIP_SPACE } from '../../consensus/validatorSet'
import { PlotPayload } from '../../schema'
import type { Transaction } from '../../schema'
import { signTransaction } from '../../signing'
import { TX_PLOT } from '../../state/transactions'
import { addBlock, clockOn, compose, makeBlock, signerAt } from '../../testing/network'
import type { TestNetwork } from '../../testing/network'
import { claimIn } from './claim'
import { createSpaceNetwork, plotOf } from './testing/spaceNetwork'

const newcomer = signerAt(40)
const LEAVES = 256

function plotting(network: TestNetwork, nonce: number): Transaction {
  const { seed, leaves, leafFunction, root } = plotOf(newcomer.publicKey, 40, LEAVES)
  const payload = encode(PlotPayload, { seed, leaves, leafFunction, root })
  return signTransaction(network.networkId, { kind: TX_PLOT, sender: newcomer.publicKey, nonce, fee: 0n, payload }, newcomer)
}

/** The best block on this parent, executed anew as another node would. */
function next(network: TestNetwork, parent: BlockEntry, transactions: Transaction[]): BlockEntry {
  const entry = addBlock(network.tree, makeBlock(network, parent, { transactions }))
  expect(network.tree.stateOf(entry)).not.toBeNull()
  return entry
}

describe('S001–S006, S049: from a registration to a block', () => {
  it('a newcomer registers, plots, waits 32 blocks, and then makes blocks and votes by its space', () => {
    const network = createSpaceNetwork([64, 64], { membership: MEMBERSHIP_SPACE, minCommittee: 1, heartbeatTtl: 1000 })
    network.signers.push(newcomer)
    let parent = network.tree.final
    const made: number[] = []
    for (let height = 1; height <= 48; height++) {
      parent = next(network, parent, height === 2 ? [compose.register(network.networkId, newcomer, 'Nina')] : height === 3 ? [plotting(network, 1)] : [])
      if (toHex(parent.header.proposer) === toHex(newcomer.publicKey)) made.push(height)
      if (height === 3) expect(parent.state!.plots().at(-1)).toEqual(plotOf(newcomer.publicKey, 40, LEAVES, 3))
      if (height === 34)
        expect(network.rules.familyOf(parent.state!).turnOf(parent.state!, newcomer.publicKey, clockOn(parent))!.claim.length).toBeGreaterThan(0)
    }
    // Two thirds of the leaves are its own from height 35 on.
    expect(made[0]).toBeGreaterThanOrEqual(35)
    expect(made.length).toBeGreaterThan(4)
    expect(claimIn(parent.header.claim)!.plot).toBeLessThan(3)
    // Weight one for 64 leaves: 4 of 6. Old enough at height 19, so decided at 20 and in force three epochs later.
    expect(parent.state!.currentSet.weights.get(toHex(newcomer.publicKey))).toBe(4)
    expect(parent.state!.currentSet.total).toBe(6)
  })

  it('a plot cannot be registered twice for twice the chance', () => {
    const network = createSpaceNetwork([64])
    network.signers.push(newcomer)
    const first = next(network, network.tree.final, [compose.register(network.networkId, newcomer, 'Nina'), plotting(network, 1)])
    const second = next(network, first, [plotting(network, 2)])
    expect(first.state!.plots()).toHaveLength(2)
    expect(second.transactions).toHaveLength(0)
    expect(second.state!.plots()).toHaveLength(2)
  })
})
