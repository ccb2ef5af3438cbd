/**
 * `node --import tsx scripts/makeChain.ts '{"blocks":301,"agents":120,"validators":30,"changes":4,"replaced":8}'`: a chain of real blocks on a server's disk, made without waiting for its heights. Every
 * block is built by the rules, signed by the proposer whose turn it is, and made final by a certificate of a quorum of its own validator set. An archive node takes them in as gossip and commits them, so
 * the disk is the one that it would have if it had been there all along. Prints a JSON object: network id, height and hash of the newest block, and a data folder (`QUORUMBLE_DATA`) that is the caller's.
 */
import { createHash } from 'node:crypto'
import { cp, mkdir, mkdtemp, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { storeDirectory } from '../headless/dataDirectory'
import { toHex, u32le, utf8 } from '../src/core/bytes'
import { buildBlock } from '../src/core/chain/execute'
import type { ChainRules } from '../src/core/chain/execute'
import { encode } from '../src/core/codec'
import { makeCertificate } from '../src/core/consensus/certificates'
import { isLastOfEpoch, MEMBERSHIP_STAKE, STAKE_AGE } from '../src/core/consensus/validatorSet'
import { createSigner } from '../src/core/crypto/ed25519'
import type { Signer } from '../src/core/crypto/ed25519'
import { taggedHash } from '../src/core/crypto/hash'
import { createGenesis } from '../src/core/genesis'
import { assert } from '../src/core/result'
import type { Result } from '../src/core/result'
import { DepositPayload, Genesis, VOTE_FINALISE } from '../src/core/schema'
import type { Transaction } from '../src/core/schema'
import { blockHash, proposalBytes, signTransaction, signVote } from '../src/core/signing'
import { TX_DEPOSIT } from '../src/core/state/transactions'
import { quorumWeight } from '../src/core/state/worldState'
import type { WorldState } from '../src/core/state/worldState'
import { clockOn, compose, TEST_TIME } from '../src/core/testing/network'
import type { MessageOf } from '../src/core/wire'
import type { GossipName, Input, Verified } from '../src/node/messages'
import { NodeCore } from '../src/node/nodeCore'
import { EMPTY_BATCH } from '../src/node/ports'
import type { CommitBatch, NodeStore } from '../src/node/ports'
import { nodeFastSign } from '../src/platform/crypto/nodeFast'
import { openLevelStore } from '../src/platform/headless/levelStore'

interface ChainOptions {
  /** Height of the newest block; no multiple of the epoch length, so that a state header can show it. */
  blocks: number
  /** Agents in the registry at the end, founders included. */
  agents: number
  validators: number
  /** How often the validator set changes, evenly spread. */
  changes: number
  /** Members replaced at each change. */
  replaced: number
}

interface MadeChain {
  networkId: string
  /** Of the newest block. */
  height: number
  hash: string
  /** A data folder for a server (`QUORUMBLE_DATA`), the caller's to use up and to remove. */
  dataDir: string
}

const root = fileURLToPath(new URL('..', import.meta.url))
const cache = join(root, '.cache/chains')
/** What decides about a block or about the disk: when any of it changes, the chain is made anew. */
const SOURCES = [
  'src/core',
  'src/node/finality.ts',
  'src/node/light/headerBook.ts',
  'src/node/ports.ts',
  'src/node/snapshots.ts',
  'src/platform/headless/levelStore.ts',
  'scripts/makeChain.ts'
]

/** Registrations in one block. */
const REGISTRATIONS = 100
/** A bronze deposit: one vote. */
const DEPOSIT = 1_000n
/** Heights before the one that decides a change at which the newcomers deposit and the others leave: one epoch's end decides both. */
const DEPOSIT_BEFORE = STAKE_AGE
const LEAVE_BEFORE = 2
/** Blocks in one write: one by one, the disk would be all that is waited for. */
const BLOCKS_PER_WRITE = 200
/** Nobody leaves by silence: heartbeats of a thousand agents would be all that the blocks hold. */
const HEARTBEAT_TTL = 1_000_000
/** The archive's key is no agent's. It is not kept: each server that takes up the chain has its own. */
const SERVER = 0xffff_ffff

const secretAt = (number: number): Uint8Array => taggedHash('long-chain-key', u32le(number))

/** @returns a fresh copy of the chain with these options; it is made once, and kept in `.cache/` */
async function chainOf(options: ChainOptions): Promise<MadeChain> {
  const kept = join(cache, await nameOf(options))
  const summary = async (): Promise<Omit<MadeChain, 'dataDir'>> => JSON.parse(await readFile(join(kept, 'chain.json'), 'utf8')) as Omit<MadeChain, 'dataDir'>
  const made = await summary().catch(async () => {
    await make(options, kept)
    return summary()
  })
  const dataDir = await mkdtemp(join(tmpdir(), 'quorumble-chain-'))
  await cp(join(kept, 'data'), dataDir, { recursive: true })
  return { ...made, dataDir }
}

async function nameOf(options: ChainOptions): Promise<string> {
  const hash = createHash('sha256').update(JSON.stringify(options))
  for (const source of SOURCES) {
    const path = join(root, source)
    const names = (await stat(path)).isDirectory() ? (await readdir(path, { recursive: true })).sort() : ['']
    for (const name of names) if (/(?<![.]test)[.]ts$/.test(join(path, name))) hash.update(name).update(await readFile(join(path, name)))
  }
  return hash.digest('hex').slice(0, 16)
}

/** A folder that is there is whole. */
async function make(options: ChainOptions, kept: string): Promise<void> {
  await mkdir(cache, { recursive: true })
  const folder = await mkdtemp(join(cache, 'making-'))
  try {
    const dataDir = join(folder, 'data')
    const store = await openLevelStore(await storeDirectory(dataDir, false, new Date()), null)
    const maker = new Maker(options)
    try {
      await store.init(encode(Genesis, maker.rules.genesis))
      await maker.run(store)
    } finally {
      await store.close()
    }
    await writeFile(join(folder, 'chain.json'), JSON.stringify(maker.summary))
    await rename(folder, kept)
  } catch (error) {
    await rm(folder, { recursive: true, force: true })
    // Somebody else has made it meanwhile.
    if ((await stat(kept).catch(() => null)) === null) throw error
  }
}

class Maker {
  readonly rules: ChainRules
  readonly #options: ChainOptions
  readonly #signers: Signer[]
  readonly #byKey: ReadonlyMap<string, Signer>
  readonly #core: NodeCore
  /** What the maker has built need not be executed a second time. */
  readonly #built = new Map<string, Result<WorldState>>()
  /** Heights whose end of an epoch decides another set. */
  readonly #decisions: readonly number[]
  #batch: CommitBatch = EMPTY_BATCH
  #registered: number
  #senders = 0

  constructor(options: ChainOptions) {
    const { agents, validators, changes, replaced, blocks } = options
    this.#options = options
    this.#signers = Array.from({ length: agents }, (_, i) => createSigner(secretAt(i), nodeFastSign))
    this.#byKey = new Map(this.#signers.map(signer => [toHex(signer.publicKey), signer]))
    assert(validators + changes * replaced <= agents, 'there are enough agents to take over')
    const founders = this.#signers.slice(0, validators).map(({ publicKey }, i) => ({ publicKey, name: `Founder ${i}`, deposit: DEPOSIT }))
    this.#registered = validators
    const genesis = createGenesis({
      name: 'A long chain',
      time: TEST_TIME,
      salt: taggedHash('long-chain', utf8(JSON.stringify(options))),
      founders,
      membership: MEMBERSHIP_STAKE,
      heartbeatTtl: HEARTBEAT_TTL
    })
    const { epochLength } = genesis
    assert(!isLastOfEpoch(blocks, epochLength), 'the newest block is not the last one of an epoch')
    this.#decisions = Array.from({ length: changes }, (_, i) => Math.ceil((blocks * (i + 1)) / (changes + 1) / epochLength) * epochLength)
    const executions = { get: (hash: string) => this.#built.get(hash), set: () => undefined }
    const signer = createSigner(secretAt(SERVER), nodeFastSign)
    const opened = NodeCore.open({ genesis, signer, name: null, role: 'archive', rules: { executions } }, null, TEST_TIME)
    assert(opened.ok, 'a node opens without a disk')
    this.#core = opened.value
    // The very same, so that a ranking is worked out once.
    this.rules = this.#core.rules
  }

  get summary(): Omit<MadeChain, 'dataDir'> {
    const { height, hash } = this.#core.tree.final
    return { networkId: toHex(this.rules.networkId), height, hash }
  }

  async run(store: NodeStore): Promise<void> {
    let writing = Promise.resolve()
    const write = async (): Promise<void> => {
      await writing
      const batch = this.#batch
      this.#batch = EMPTY_BATCH
      writing = store.commit(batch)
    }
    for (let height = 1; height <= this.#options.blocks; height++) {
      this.#block(height)
      if (height % BLOCKS_PER_WRITE === 0) await write()
    }
    await write()
    await writing
  }

  #block(height: number): void {
    const { networkId } = this.rules
    const parent = this.#core.tree.final
    const state = parent.state!
    const family = this.rules.familyOf(state)
    const author = this.#signerOf(toHex(family.ranking(state)[0]!.publicKey))
    const turn = family.turnOf(state, author.publicKey, clockOn(parent))
    assert(turn !== null, 'the first in the ranking has a turn')
    const timestamp = family.timestamp(state, turn, state.timestamp + state.config.blockIntervalMs)
    const waiting = this.#transactions(height, state)
    const built = buildBlock(this.rules, state, parent.hashBytes, author, turn, timestamp, waiting)
    assert(built.transactions.length === waiting.length, 'the block takes all that was sent')
    const hash = blockHash(networkId, built.header)
    this.#built.clear()
    this.#built.set(toHex(hash), { ok: true, value: built.state })
    const signature = author.sign(proposalBytes(networkId, hash))
    const announce = { header: built.header, signature, parentCertificate: [], body: [built.transactions] }
    this.#give({ kind: 'announce', value: announce }, timestamp)
    this.#give({ kind: 'certificate', value: this.#finality(height, hash, state) }, timestamp)
    // A snapshot is written a slice at each turn.
    this.#take({ type: 'tick' }, timestamp)
    assert(this.#core.tree.final.height === height, 'the block is final')
  }

  #signerOf(key: string): Signer {
    const signer = this.#byKey.get(key)
    assert(signer !== undefined, 'every agent has a key here')
    return signer
  }

  /** By as few members as suffice. */
  #finality(height: number, hash: Uint8Array, { currentSet }: WorldState) {
    const members = [...currentSet.weights.keys()].slice(0, quorumWeight(currentSet.total))
    const votes = members.map(key => [key, signVote(this.rules.networkId, { kind: VOTE_FINALISE, height, hash }, this.#signerOf(key))] as const)
    return makeCertificate(VOTE_FINALISE, height, hash, new Map(votes))
  }

  /** At first everybody registers; then two agents a block send each other something; and now and then some validators make room for others. */
  #transactions(height: number, state: WorldState): Transaction[] {
    const { networkId } = this.rules
    const { agents, validators, replaced } = this.#options
    if (this.#registered < agents) {
      const from = this.#registered
      this.#registered = Math.min(agents, from + REGISTRATIONS)
      return this.#signers.slice(from, this.#registered).map((signer, i) => compose.register(networkId, signer, `Agent ${from + i}`))
    }
    const nonce = ({ publicKey }: Signer): number => state.agent(publicKey)!.nonce
    const change = this.#decisions.findIndex(decided => decided === height + DEPOSIT_BEFORE || decided === height + LEAVE_BEFORE)
    if (change >= 0) {
      const leaves = this.#decisions[change] === height + LEAVE_BEFORE
      const first = change * replaced + (leaves ? 0 : validators)
      return this.#signers.slice(first, first + replaced).map(signer => {
        if (leaves) return compose.leave(networkId, signer, nonce(signer))
        const body = { kind: TX_DEPOSIT, sender: signer.publicKey, nonce: nonce(signer), fee: 0n, payload: encode(DepositPayload, { amount: DEPOSIT }) }
        return signTransaction(networkId, body, signer)
      })
    }
    // Those who never hold a vote, in turn.
    const payers = this.#signers.slice(validators + this.#options.changes * replaced)
    if (payers.length < 2) return []
    const [payer, other] = [payers[this.#senders++ % payers.length]!, payers[this.#senders++ % payers.length]!]
    return [
      compose.transfer(networkId, payer, nonce(payer), other.publicKey, 5n, 1n),
      compose.transfer(networkId, other, nonce(other), payer.publicKey, 4n, 1n)
    ]
  }

  /** Whoever makes a signature here need not check it. */
  #give(message: MessageOf<GossipName>, now: number): void {
    this.#take({ type: 'gossip', from: '', message: message as Verified<MessageOf<GossipName>> }, now)
  }

  #take(input: Input, now: number): void {
    for (const effect of this.#core.handle(input, now)) if (effect.type === 'commit') this.#batch = joined(this.#batch, effect.batch)
  }
}

/** Two commits as one, in which the later one wins. */
function joined(first: CommitBatch, second: CommitBatch): CommitBatch {
  const chunks = new Map([...(first.snapshot?.chunks ?? []), ...(second.snapshot?.chunks ?? [])].map(chunk => [chunk.root, chunk]))
  const snapshot = second.snapshot ?? first.snapshot
  return {
    blocks: [...first.blocks, ...second.blocks],
    certificates: [...first.certificates, ...second.certificates],
    final: second.final ?? first.final,
    snapshot: snapshot === null ? null : { snapshot: snapshot.snapshot, chunks: [...chunks.values()] },
    stateHeaders: [...first.stateHeaders, ...second.stateHeaders],
    pruneBelow: Math.max(first.pruneBelow, second.pruneBelow),
    removeBlocks: [...first.removeBlocks, ...second.removeBlocks]
  }
}

const [given] = process.argv.slice(2)
if (given === undefined) {
  console.error(
    'Say which chain as JSON, for example: node --import tsx scripts/makeChain.ts \'{"blocks":301,"agents":120,"validators":30,"changes":4,"replaced":8}\''
  )
  process.exit(2)
}
console.log(JSON.stringify(await chainOf(JSON.parse(given) as ChainOptions)))
