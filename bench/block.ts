/**
 * A full block from a peer's bytes to the disk, the way of a live node: decode, what is wrong in any state, signatures, tree, execution with both roots, write. Beside it
 * nothing but its signatures, by the same verifier.
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'
import { BlockTree, rootEntry } from '../src/core/chain/blockTree'
import type { BlockEntry } from '../src/core/chain/blockTree'
import { encode } from '../src/core/codec'
import { createComputeThread } from '../src/core/crypto/computeThread'
import { VerificationCache } from '../src/core/crypto/verificationCache'
import { createAsyncVerifier, createOffloadingVerifier } from '../src/core/crypto/verifier'
import type { AsyncFastVerifier, AsyncVerifier } from '../src/core/crypto/verifier'
import { Genesis } from '../src/core/schema'
import { blockHash } from '../src/core/signing'
import { inspectTransaction } from '../src/core/state/transactions'
import { WorldState } from '../src/core/state/worldState'
import { compose, createNetwork, makeBlock } from '../src/core/testing/network'
import type { TestNetwork } from '../src/core/testing/network'
import { encodeMessage } from '../src/core/wire'
import { storedBlock } from '../src/node/answers'
import { Ingress, isRefusal } from '../src/node/ingress'
import { EMPTY_BATCH } from '../src/node/ports'
import type { NodeStore } from '../src/node/ports'
import { createNodeFast } from '../src/platform/crypto/nodeFast'
import { openLevelStore } from '../src/platform/headless/levelStore'
import { nodeThread } from '../src/platform/headless/nodeThread'
import { takeTurnsAsync } from './measure'
import { duration, times } from './report'
import type { Report, Row } from './report'

const TRANSFERS = 500
/** Every member sends some of the transfers. */
const MEMBERS = 20
/** Blocks of one measured round: each on the same parent, so that one can be checked while another is executed. */
const BLOCKS = 4
const BUDGET_MS = 20_000

interface Sample {
  network: TestNetwork
  parent: BlockEntry
  /** One reply to a request for bodies per block. */
  replies: Uint8Array[]
  checks: Parameters<AsyncFastVerifier['verify']>[0][]
}

/** @param amount of each transfer: another one makes transactions that nobody has seen */
function sample(amount: bigint): Sample {
  const network = createNetwork(MEMBERS)
  const { networkId, signers } = network
  const parent = network.tree.final
  const blocks = Array.from({ length: BLOCKS }, (_, which) => {
    const transactions = Array.from({ length: TRANSFERS }, (__, i) => {
      const to = signers[(i + 1 + which) % MEMBERS]!.publicKey
      return compose.transfer(networkId, signers[i % MEMBERS]!, Math.floor(i / MEMBERS), to, amount, 1n)
    })
    const block = makeBlock(network, parent, { transactions, rank: which })
    if (block.transactions?.length !== TRANSFERS) throw new Error('the block does not hold all transfers')
    return block
  })
  const checks = blocks.flatMap(({ transactions }) =>
    transactions!.flatMap(transaction => {
      const inspected = inspectTransaction(networkId, transaction)
      if (!inspected.ok) throw new Error(inspected.code)
      return inspected.value
    })
  )
  const replies = blocks.map(({ header, signature, transactions }) =>
    encodeMessage('bodiesReply', { blocks: [{ header, signature, transactions: transactions! }] })
  )
  return { network, parent, replies, checks }
}

/** One node that has seen nothing yet but the parent. */
function importer({ network, parent }: Sample, store: NodeStore, verifier: AsyncVerifier): (bytes: Uint8Array) => Promise<void> {
  const { networkId, rules } = network
  const ingress = new Ingress({ networkId, finalHeight: () => 0, isMember: () => true, isAgent: () => true })
  // A parent that has computed nothing yet, as a block meets it: the ranking is kept per state.
  const tree = new BlockTree(rules, rootEntry(parent.hashBytes, parent.header, new WorldState(parent.state!.view, parent.state!.index)))
  return async bytes => {
    const opened = ingress.openReply('bodiesRequest', bytes)
    if (isRefusal(opened)) throw new Error(opened.code)
    const admitted = ingress.admit(opened, await verifier.verifyAll(opened.checks))
    if (isRefusal(admitted) || admitted.kind !== 'bodiesReply') throw new Error('the block is refused')
    const { header, signature, transactions } = admitted.value.blocks[0]!
    const added = tree.add(blockHash(networkId, header), header, signature, transactions, header.timestamp)
    if (!added.ok || tree.stateOf(added.value) === null) throw new Error('the block is invalid')
    await store.commit({ ...EMPTY_BATCH, blocks: [storedBlock(added.value)] })
  }
}

async function withStore<T>(use: (store: NodeStore) => Promise<T>, genesis: Uint8Array): Promise<T> {
  const directory = await mkdtemp(join(tmpdir(), 'quorumble-bench-'))
  const store = await openLevelStore(directory, null)
  try {
    await store.init(genesis)
    return await use(store)
  } finally {
    await store.close()
    await rm(directory, { recursive: true, force: true })
  }
}

export async function block(): Promise<Report> {
  let given = sample(1n)
  const fast = createNodeFast()
  const asyncFast: AsyncFastVerifier = { verify: async check => fast.verify(check) }
  const here = (cache: VerificationCache): AsyncVerifier => createAsyncVerifier({ cache, fast: asyncFast })
  let known = new VerificationCache()
  // The second thread remembers its verdicts, too.
  const unseen = async (round: number): Promise<void> => {
    given = sample(BigInt(10 + round))
    known = new VerificationCache()
    await here(known).verifyAll(given.checks)
  }
  const elsewhere = availableParallelism() < 2 ? null : createComputeThread(nodeThread(new URL('../headless/computeEntry.mjs', import.meta.url)))
  const measured = await withStore(
    async store => {
      const oneByOne = async (cache: VerificationCache): Promise<void> => {
        const take = importer(given, store, here(cache))
        for (const bytes of given.replies) await take(bytes)
      }
      const bare = (): void => {
        for (const check of given.checks) if (!fast.verify(check)) throw new Error('a transfer is not signed')
      }
      const cold = (): Promise<void> => oneByOne(new VerificationCache())
      const warm = (): Promise<void> => oneByOne(known)
      const pipelined = async (): Promise<void> => {
        const cache = new VerificationCache()
        const verifier = elsewhere === null ? here(cache) : createOffloadingVerifier({ cache, here: here(cache), elsewhere })
        const take = importer(given, store, verifier)
        await Promise.all(given.replies.map(take))
      }
      return takeTurnsAsync([bare, cold, pipelined, warm], BUDGET_MS, unseen)
    },
    encode(Genesis, given.network.genesis)
  )
  elsewhere?.end()
  const [bareMs, coldMs, pipelinedMs, warmMs] = measured.map(ms => ms / BLOCKS) as [number, number, number, number]
  const row = (what: string, ms: number): Row => ({ what, absolute: duration(ms), ratio: times(bareMs / ms) })
  return {
    title: `A block of ${TRANSFERS} transfers, from bytes to the disk`,
    ratioOf: 'of the pace of bare verification',
    rows: [
      row(`its ${TRANSFERS} signatures and nothing else`, bareMs),
      row('cold, one thread', coldMs),
      row('cold, signatures on a second thread', pipelinedMs),
      row('warm: all signatures known from the mempool', warmMs)
    ]
  }
}
