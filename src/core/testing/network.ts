/**
 * A small network for tests, golden vectors and fuzzers. Its keys are derived from their number, so that every run and every machine has the same
 * bytes. Never for a live network: everybody can sign with these keys.
 */
import { concat, toHex, u32le } from '../bytes'
import { BlockTree, genesisHeader, rootEntry } from '../chain/blockTree'
import type { BlockEntry } from '../chain/blockTree'
import { buildBlock } from '../chain/execute'
import type { ChainRules } from '../chain/execute'
import { encode } from '../codec'
import { createSigner } from '../crypto/ed25519'
import type { Signer } from '../crypto/ed25519'
import { taggedHash } from '../crypto/hash'
import { ECVRF } from '../crypto/vrfScheme'
import type { RoundClock } from '../families/family'
import { familiesOf } from '../families/registry'
import { createGenesis, genesisState } from '../genesis'
import { nameToBytes } from '../names'
import { assert } from '../result'
import { HeartbeatPayload, RegisterPayload, TransferPayload, VOTE_NOTARISE } from '../schema'
import type { Certificate, Genesis, Transaction, Vote } from '../schema'
import { blockHash, networkIdOf, proposalBytes, signTransaction, signVote } from '../signing'
import { TX_HEARTBEAT, TX_LEAVE, TX_REGISTER, TX_TRANSFER } from '../state/transactions'
import { StateIndex } from '../state/worldState'
import { makeCertificate } from '../consensus/certificates'

/** The genesis time of every test network, milliseconds since 1970. */
export const TEST_TIME = 1_700_000_000_000

/** The signer with this number; number 0 … n − 1 are the founders of a test network. */
export function signerAt(number: number): Signer {
  return createSigner(taggedHash('test-key', u32le(number)))
}

/** What `createNetwork` makes: the rules, the keys of the founders, and a tree that holds nothing but genesis. */
export interface TestNetwork {
  genesis: Genesis
  networkId: Uint8Array
  rules: ChainRules
  signers: Signer[]
  tree: BlockTree
}

/** @param parameters differ from the defaults of a playground: 2 s, slots of 1.2 s, epochs of 8, committee from 4 members on */
export function createNetwork(founders: number, parameters: Partial<Genesis> = {}): TestNetwork {
  const signers = Array.from({ length: founders }, (_, i) => signerAt(i))
  const named = signers.map(({ publicKey }, i) => ({ publicKey, name: `Agent ${i}` }))
  const genesis = { ...createGenesis({ name: 'Test', time: TEST_TIME, salt: new Uint8Array(32).fill(7), founders: named }), ...parameters }
  const networkId = networkIdOf(genesis)
  const rules = { genesis, networkId, familyOf: familiesOf(genesis), vrf: ECVRF }
  const state = genesisState(genesis, new StateIndex())
  return { genesis, networkId, rules, signers, tree: new BlockTree(rules, rootEntry(networkId, genesisHeader(genesis.time, state), state)) }
}

/**
 * A block on `parent` that is valid, signed and executed, but in no tree yet.
 * @param rank whose turn it is, 0 unless told
 * @param timestamp one interval after the parent unless told
 */
export function makeBlock(
  network: TestNetwork,
  parent: BlockEntry,
  { rank = 0, timestamp, transactions = [] }: { rank?: number; timestamp?: number; transactions?: Transaction[] } = {}
): BlockEntry {
  assert(parent.state !== null, 'a parent has a state')
  const { state } = parent
  const family = network.rules.familyOf(state)
  const clock = clockOn(parent)
  const turns = network.signers
    .map(signer => ({ signer, turn: family.turnOf(state, signer.publicKey, clock) }))
    .filter(({ turn }) => turn !== null)
    .sort((a, b) => a.turn!.rank - b.turn!.rank)
  // A public ranking knows the exact rank; where a claim decides, `rank` counts the signers' turns from the best one on.
  const found = family.ranking(state).length > 0 ? turns.find(({ turn }) => turn!.rank === rank) : turns[rank]
  assert(found !== undefined, 'a founder has this rank')
  const { signer } = found
  const turn = found.turn!
  const at = timestamp ?? family.timestamp(state, turn, parent.state.timestamp + state.config.blockIntervalMs)
  const built = buildBlock(network.rules, state, parent.hashBytes, signer, turn, at, transactions)
  const hash = blockHash(network.networkId, built.header)
  return rootEntry(hash, built.header, built.state, signer.sign(proposalBytes(network.networkId, hash)), built.transactions)
}

/** The clock of a node that enters the round on time. */
export function clockOn(parent: BlockEntry): RoundClock {
  assert(parent.state !== null, 'a parent has a state')
  const { blockIntervalMs, slotMs } = parent.state.config
  const anchor = parent.state.timestamp + blockIntervalMs
  return { start: anchor, anchor, slotMs }
}

/** Puts a block into a tree as if a peer had sent it: without its state. */
export function addBlock(tree: BlockTree, block: BlockEntry, now = block.header.timestamp): BlockEntry {
  const added = tree.add(block.hashBytes, block.header, block.signature, block.transactions, now)
  assert(added.ok, 'the block fits')
  return added.value
}

export function voteFor(network: TestNetwork, signer: Signer, block: Pick<BlockEntry, 'height' | 'hashBytes'>, kind: number = VOTE_NOTARISE): Vote {
  return signVote(network.networkId, { kind, height: block.height, hash: block.hashBytes }, signer)
}

export function certificateFor(
  network: TestNetwork,
  signers: readonly Signer[],
  block: Pick<BlockEntry, 'height' | 'hashBytes'>,
  kind: number = VOTE_NOTARISE
): Certificate {
  const votes = new Map(signers.map(signer => [toHex(signer.publicKey), voteFor(network, signer, block, kind)]))
  return makeCertificate(kind, block.height, block.hashBytes, votes)
}

/** Signed transactions of each kind but evidence. */
export const compose = {
  register: (networkId: Uint8Array, signer: Signer, name: string, nonce = 0): Transaction =>
    signTransaction(
      networkId,
      {
        kind: TX_REGISTER,
        sender: signer.publicKey,
        nonce,
        fee: 0n,
        payload: encode(RegisterPayload, { name: nameToBytes(name), personality: 0, traitsHash: new Uint8Array(32) })
      },
      signer
    ),
  transfer: (networkId: Uint8Array, signer: Signer, nonce: number, to: Uint8Array, amount: bigint, fee = 0n): Transaction =>
    signTransaction(networkId, { kind: TX_TRANSFER, sender: signer.publicKey, nonce, fee, payload: encode(TransferPayload, { to, amount }) }, signer),
  heartbeat: (networkId: Uint8Array, signer: Signer, nonce: number, height: number, hash: Uint8Array): Transaction =>
    signTransaction(networkId, { kind: TX_HEARTBEAT, sender: signer.publicKey, nonce, fee: 0n, payload: encode(HeartbeatPayload, { height, hash }) }, signer),
  leave: (networkId: Uint8Array, signer: Signer, nonce: number): Transaction =>
    signTransaction(networkId, { kind: TX_LEAVE, sender: signer.publicKey, nonce, fee: 0n, payload: concat() }, signer)
}
