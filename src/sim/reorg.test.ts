/** P098, P099: two halves of a room build tentative chains; when they see each other again one of them loses its own, and nothing that was on it is lost. */
import { describe, expect, it } from 'vitest'
import { toHex } from '../core/bytes'
import type { BlockEntry } from '../core/chain/blockTree'
import { executeBlock } from '../core/chain/execute'
import { decode } from '../core/codec'
import { VerificationCache } from '../core/crypto/verificationCache'
import { TransferPayload } from '../core/schema'
import { TX_TRANSFER } from '../core/state/transactions'
import type { CoreEvent } from '../node/messages'
import { createNodeFast, nodeFastSign } from '../platform/crypto/nodeFast'
import { MODEL_VRF } from './modelVrf'
import { CALM, STANDARD } from './scenario'
import { SIM_EPOCH_MS, Simulation } from './simulation'

const cache = new VerificationCache()
const APART_FROM = 20_000
const APART_UNTIL = 80_000

describe('P098, P099: a reorganisation', () => {
  it('is told with its depth and the last common block, ends in the state of the new branch, and what fell off waits for a block again', () => {
    const told: { node: number; at: number; event: Extract<CoreEvent, { kind: 'reorg' }> }[] = []
    const simulation = new Simulation(
      { ...STANDARD, ...CALM, seed: 5, nodes: 4, transfersPerMinute: 0, socialPerMinute: 0, virtualMs: 180_000 },
      { fastVerify: createNodeFast(), fastSign: nodeFastSign, vrf: MODEL_VRF, cache },
      {
        event: (node, event, now) => {
          if (event.kind === 'reorg') told.push({ node, at: now - SIM_EPOCH_MS, event })
        }
      }
    )
    simulation.runUntil(SIM_EPOCH_MS + APART_FROM)
    const cut = simulation.split([0, 1])
    const common = Math.max(...simulation.nodes.map(({ core }) => core.tree.final.height))
    simulation.runUntil(SIM_EPOCH_MS + APART_FROM + 10_000)
    // One transfer on each side; on one of them it will fall off with its branch.
    const receiver = simulation.nodes[1]!.signer.publicKey
    for (const side of [0, 2]) simulation.submit(side, { kind: 'transfer', to: receiver, amount: BigInt(1000 + side), fee: 1n })
    simulation.runUntil(SIM_EPOCH_MS + APART_UNTIL)
    const heads = simulation.nodes.map(({ core }) => core.head())
    expect(heads[0]!.hash).toBe(heads[1]!.hash)
    expect(heads[2]!.hash).toBe(heads[3]!.hash)
    expect(heads[0]!.hash).not.toBe(heads[2]!.hash)
    /** Transfers in final blocks and on the way to the head. */
    const transfersOf = (node: number): bigint[] => {
      const { core } = simulation.nodes[node]!
      const amounts: bigint[] = []
      for (let entry: BlockEntry | undefined = core.head(); entry !== undefined && entry.height > 0; entry = core.tree.get(entry.parent))
        for (const { kind, payload } of entry.transactions ?? []) {
          const transfer = kind === TX_TRANSFER ? decode(TransferPayload, payload) : null
          if (transfer?.ok === true) amounts.push(transfer.value.amount)
        }
      return amounts.sort()
    }
    expect([transfersOf(0), transfersOf(2)], 'each side has its own').toEqual([[1000n], [1002n]])
    simulation.heal(cut)
    simulation.runUntil(SIM_EPOCH_MS + 180_000)

    // Where both halves speak at once there are turns within each of them, too; what counts is the one after healing.
    const turned = told.filter(({ at, event }) => at >= APART_UNTIL && event.ancestorHeight >= common - 1 && event.ancestorHeight < heads[0]!.height)
    const losers = [...new Set(turned.map(({ node }) => node))].sort()
    expect(['0,1', '2,3']).toContain(losers.join())
    for (const { event } of turned) expect(event.depth).toBeGreaterThan(0)
    // Depth and last common block name the height that was the head: that of the half's own chain, or of a block on top of it.
    for (const loser of losers) {
      const [first] = turned.filter(({ node }) => node === loser)
      expect(first!.event.depth + first!.event.ancestorHeight).toBeGreaterThanOrEqual(heads[loser]!.height)
    }

    // The state of whoever turned is that of the new branch, computed again from the last common block.
    for (const { core } of simulation.nodes) {
      const { final } = core.tree
      expect(final.height).toBeGreaterThan(heads[0]!.height)
      const parent = core.tree.get(final.parent)!
      const again = executeBlock(core.rules, parent.state!, parent.hashBytes, final.header, final.transactions!)
      expect(again.ok && toHex(again.value.root)).toBe(toHex(final.header.stateRoot))
    }
    // Both transfers are on every node's chain, whichever branch they began on.
    for (const node of [0, 1, 2, 3]) expect(transfersOf(node)).toEqual([1000n, 1002n])
  })
})
