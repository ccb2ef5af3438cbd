/**
 * Golden vectors of chaos: a chain of producers that take turns while one joins and one leaves, a chain of one, and judgements of all nine personalities. Written to
 * vectors/chaos.json; a test makes them anew, compares, and recomputes what can be recomputed with another hash function.
 */
import { toHex, u32le } from '../../../bytes'
import type { BlockEntry } from '../../../chain/blockTree'
import { encode } from '../../../codec'
import { taggedHash } from '../../../crypto/hash'
import { playgroundConfig } from '../../../genesis'
import { Genesis, ProducerPayload } from '../../../schema'
import type { Transaction } from '../../../schema'
import { opinionBytes, signTransaction } from '../../../signing'
import { TX_PRODUCER } from '../../../state/transactions'
import { judge, NEUTRAL_FACTS, whimOf } from '../../../taste/judge'
import type { Facts } from '../../../taste/judge'
import { opinionOf } from '../../../taste/opinion'
import { PERSONALITIES } from '../../../taste/personalities'
import { addBlock, compose, createNetwork, makeBlock, signerAt } from '../../../testing/network'
import type { TestNetwork } from '../../../testing/network'
import { encodeMessage } from '../../../wire'
import { chaos } from '../rules'

/** Four cycles of four or five. */
const VECTOR_HEIGHTS = 18

function transactionsAt(height: number, network: TestNetwork): Transaction[] {
  const { networkId, signers } = network
  const late = signerAt(4)
  const payload = encode(ProducerPayload, { on: 1 })
  if (height === 2) return [compose.register(networkId, late, 'Ørsted')]
  if (height === 3) return [signTransaction(networkId, { kind: TX_PRODUCER, sender: late.publicKey, nonce: 1, fee: 0n, payload }, late)]
  if (height === 4) return [compose.transfer(networkId, signers[0]!, 0, signers[1]!.publicKey, 1234n, 5n)]
  if (height === 12) return [compose.leave(networkId, signers[3]!, 0)]
  return []
}

function blockVector(entry: BlockEntry, parent: BlockEntry, network: TestNetwork): object {
  const { header } = entry
  const family = network.rules.familyOf(parent.state!)
  return {
    height: header.height,
    rankSeed: toHex(parent.state!.chain.previousSeed),
    memoryBefore: toHex(parent.state!.memory),
    memoryAfter: toHex(entry.state!.memory),
    ranking: family.ranking(parent.state!).map(({ publicKey, ticket }) => ({ publicKey: toHex(publicKey), ticket: toHex(ticket) })),
    missed: family.missed(parent.state!, header).map(toHex),
    timestamp: header.timestamp,
    proposer: toHex(header.proposer),
    rank: header.rank,
    vrf: toHex(header.vrf),
    seed: toHex(header.seed),
    txRoot: toHex(header.txRoot),
    stateRoot: toHex(header.stateRoot),
    hash: entry.hash,
    signature: toHex(entry.signature)
  }
}

function chain(founders: number, heights: number, transactions: (height: number, network: TestNetwork) => Transaction[]): object {
  const network = createNetwork(founders, { config: playgroundConfig(chaos.defaultConfig(0)), heartbeatTtl: 1000 })
  const agents = network.signers.map(({ publicKey }) => toHex(publicKey))
  // Who registers on the way proposes later, too.
  network.signers.push(signerAt(founders))
  let parent = network.tree.final
  const blocks: object[] = []
  for (let height = 1; height <= heights; height++) {
    const made = makeBlock(network, parent, { rank: founders > 1 && height % 4 === 0 ? 2 : 0, transactions: transactions(height, network) })
    const entry = addBlock(network.tree, made)
    network.tree.adoptState(entry, made.state!)
    blocks.push(blockVector(entry, parent, network))
    parent = entry
  }
  return {
    genesis: toHex(encode(Genesis, network.genesis)),
    networkId: toHex(network.networkId),
    genesisSeed: toHex(network.tree.final.header.seed),
    agents,
    blocks
  }
}

/** From nothing special to everything at once. */
const SITUATIONS: readonly Partial<Facts>[] = [
  {},
  { technical: 600, meme: null },
  {
    technical: 733,
    fees: 7n,
    offers: [
      { amount: 2n, paid: true },
      { amount: 50n, paid: false }
    ],
    drama: 2,
    seen: { approve: 2, reject: 3 }
  },
  { technical: 400, social: 350, acceptance: 100, standing: 'rival', mood: 'frustrated', slightAge: 20, seen: { approve: 9, reject: 0 } },
  { equivocated: true, mood: 'excited', standing: 'ally' },
  { technical: 0, social: 0, meme: 0, drama: 0, acceptance: 0, own: true }
]

function judgements(): object[] {
  const judgeKey = signerAt(0).publicKey
  return PERSONALITIES.flatMap((personality, i) =>
    SITUATIONS.map((situation, j) => {
      const facts = { ...NEUTRAL_FACTS, ...situation }
      const whim = { judge: judgeKey, block: taggedHash('test-block', u32le(SITUATIONS.length * i + j)) }
      return {
        type: personality.type,
        judge: toHex(whim.judge),
        block: toHex(whim.block),
        facts: { ...facts, fees: String(facts.fees), offers: facts.offers.map(({ amount, paid }) => ({ amount: String(amount), paid })) },
        whim: whimOf(personality.chaos, whim),
        ...judge(personality, facts, whim)
      }
    })
  )
}

function opinion(): object {
  const signer = signerAt(0)
  const { networkId } = createNetwork(1)
  const hash = taggedHash('test-block', u32le(7))
  const judgement = judge(PERSONALITIES[4]!, NEUTRAL_FACTS, { judge: signer.publicKey, block: hash })
  const said = opinionOf(networkId, { height: 7, hash }, judgement, signer)
  return {
    networkId: toHex(networkId),
    signedBytes: toHex(opinionBytes(networkId, said)),
    message: toHex(encodeMessage('opinion', said)),
    signature: toHex(said.signature)
  }
}

/** @returns plain data, ready for JSON; hashes and keys in hex, amounts in decimal */
export function chaosVectors(): object {
  return {
    about: 'Golden vectors of chaos. Made by src/core/families/chaos/testing/vectors.ts; vectors.test.ts beside it compares and recomputes.',
    chain: chain(4, VECTOR_HEIGHTS, transactionsAt),
    alone: chain(1, 3, () => []),
    judgements: judgements(),
    opinion: opinion()
  }
}
