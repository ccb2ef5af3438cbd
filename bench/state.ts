/** Executing a block beside the signatures that it holds, and the state root beside a full re-hash. */
import { u32le } from '../src/core/bytes'
import { executeBlock } from '../src/core/chain/execute'
import { taggedHash } from '../src/core/crypto/hash'
import { nameToBytes } from '../src/core/names'
import { State } from '../src/core/schema'
import { newAgent } from '../src/core/state/agents'
import { chainOf } from '../src/core/state/orderedList'
import { inspectTransaction } from '../src/core/state/transactions'
import { StateIndex, WorldState } from '../src/core/state/worldState'
import { compose, createNetwork, makeBlock } from '../src/core/testing/network'
import { createNodeFast } from '../src/platform/crypto/nodeFast'
import { takeTurns } from './measure'
import { duration, times } from './report'
import type { Report } from './report'

const TRANSFERS = 500
/** Members of the network in which the block is executed: every one of them sends some of the transfers. */
const MEMBERS = 20
const AGENTS = 100_000
const UPDATED = 100
const BUDGET_MS = 4_000

/** @returns executes one block of transfers on its parent, and verifies the signatures of the same transfers */
function blockOfTransfers(): { execute: () => void; verify: () => void } {
  const network = createNetwork(MEMBERS)
  const { networkId, rules, signers } = network
  const transactions = Array.from({ length: TRANSFERS }, (_, i) => {
    const to = signers[(i + 1) % MEMBERS]!.publicKey
    return compose.transfer(networkId, signers[i % MEMBERS]!, Math.floor(i / MEMBERS), to, 10n, 1n)
  })
  const parent = network.tree.final
  const block = makeBlock(network, parent, { transactions })
  if (parent.state === null || block.transactions?.length !== TRANSFERS) throw new Error('the block does not hold all transfers')
  const { view, index } = parent.state
  const included = block.transactions
  const fast = createNodeFast()
  return {
    execute: () => {
      // A parent that has computed nothing yet, as a block meets it: the ranking is kept per state.
      const executed = executeBlock(rules, new WorldState(view, index), parent.hashBytes, block.header, included)
      if (!executed.ok) throw new Error(`the block is refused: ${executed.code}`)
    },
    verify: () => {
      for (const transaction of included) {
        const checks = inspectTransaction(networkId, transaction)
        if (!checks.ok || !checks.value.every(check => fast.verify(check))) throw new Error('a transfer is not signed')
      }
    }
  }
}

/** @returns the root after some records change, and the root of the same state from nothing */
function rootOfManyAgents(): { incremental: () => void; full: () => void } {
  const index = new StateIndex()
  const value = State.defaultValue()
  const records = Array.from({ length: AGENTS }, (_, i) => newAgent(taggedHash('bench-key', u32le(i)), nameToBytes(`Agent ${i}`), 100_000n, 0))
  const { first, next } = chainOf(records.map(({ publicKey }) => publicKey))
  value.agents = { treasury: 0n, first, records: records.map((record, place) => ({ ...record, next: next[place]! })), plots: [] }
  value.social.relationships = records.map(() => [])
  const state = WorldState.of(State.toViewDU(value), index)
  const before = state.root
  const step = AGENTS / UPDATED
  let round = 0
  return {
    incremental: () => {
      const edit = state.edit()
      round++
      for (let i = 0; i < UPDATED; i++) edit.update(records[(i * step + round) % AGENTS]!.publicKey, { nonce: round })
      if (edit.finish().root.every((byte, i) => byte === before[i])) throw new Error('the root has not changed')
    },
    full: () => {
      if (!State.hashTreeRoot(value).every((byte, i) => byte === before[i])) throw new Error('two ways, two roots')
    }
  }
}

export function state(): Report {
  const { execute, verify } = blockOfTransfers()
  const { incremental, full } = rootOfManyAgents()
  const [executeMs, verifyMs] = takeTurns([execute, verify], BUDGET_MS)
  const [incrementalMs, fullMs] = takeTurns([incremental, full], BUDGET_MS)
  return {
    title: 'State',
    ratioOf: 'of its pair',
    rows: [
      { what: `signatures of ${TRANSFERS} transfers, node:crypto alone`, absolute: duration(verifyMs!), ratio: times(1) },
      { what: `executing the block of them, root compared`, absolute: duration(executeMs!), ratio: times(executeMs! / verifyMs!) },
      { what: `root of ${AGENTS} agents from nothing`, absolute: duration(fullMs!), ratio: times(1) },
      { what: `root after ${UPDATED} of them changed`, absolute: duration(incrementalMs!), ratio: times(incrementalMs! / fullMs!) }
    ]
  }
}
