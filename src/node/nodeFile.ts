/**
 * A whole node as one file: genesis, the newest snapshot with its chunks, the final chain from there on with its certificates, and, if wished, the key with what it
 * has promised (R6), under a passphrase if wished. Read back it is believed in nothing: states by their roots, blocks by replay, the end by its certificate.
 */
import { equalBytes, fromHex, fromUtf8, toHex, utf8 } from '../core/bytes'
import { decode, encode } from '../core/codec'
import { certificateChecks, checkCertificate, inspectCertificate } from '../core/consensus/certificates'
import { epochOf } from '../core/consensus/validatorSet'
import { createSigner } from '../core/crypto/ed25519'
import { seal, unseal } from '../core/crypto/seal'
import type { AsyncVerifier } from '../core/crypto/verifier'
import { decodeGenesis } from '../core/genesis'
import { fail, ok } from '../core/result'
import type { Failure, Result } from '../core/result'
import { Block, Certificate, VOTE_FINALISE, VOTE_NOTARISE } from '../core/schema'
import { blockHash, networkIdOf } from '../core/signing'
import type { ValidatorSet } from '../core/state/worldState'
import { ByteListType, ByteVectorType, ContainerType, ListCompositeType, UintNumberType } from '../core/ssz'
import type { ValueOf } from '../core/ssz'
import { readKeyFile, silenceOf, writeKeyFile } from './keyFile'
import type { KeyFile } from './keyFile'
import { NodeCore } from './nodeCore'
import { EMPTY_BATCH } from './ports'
import { storedIdentity } from './storedIdentity'
import type { CommitBatch, Identity, NodeStore, PromiseMark, SealedKey, Stored, StoredBlock, StoredCertificate } from './ports'
import { subjectsOf } from './subjects'

/** The first bytes of every such file; the digit is the version of its format. */
const MAGIC = utf8('quorumble-node-1\n')
/** Largest file that is read: more would not fit into a tab's memory twice. */
const MAX_NODE_FILE_BYTES = 256 * 1024 * 1024
/** Of each kind of record: 2^20 blocks are more than such a file holds. */
const MAX_RECORDS = 1_048_576

const U8 = new UintNumberType(1)
const U32 = new UintNumberType(4)
const Time = new UintNumberType(8)
const Bytes = new ByteListType(MAX_NODE_FILE_BYTES)
const Bytes32 = new ByteVectorType(32)
const FileBlock = new ContainerType({ hash: Bytes32, height: U32, bytes: Bytes })
const FileCertificate = new ContainerType({ finalise: U8, height: U32, hash: Bytes32, bytes: Bytes })
const FileChunk = new ContainerType({ root: Bytes32, bytes: Bytes })
const FileSnapshot = new ContainerType({
  height: U32,
  hash: Bytes32,
  stateRoot: Bytes32,
  at: Time,
  manifest: Bytes,
  chunks: new ListCompositeType(FileChunk, MAX_RECORDS)
})
const NodeFile = new ContainerType({
  genesis: Bytes,
  finalHeight: U32,
  /** Empty before the first block. */
  finalHash: Bytes,
  /** One, or none. */
  snapshot: new ListCompositeType(FileSnapshot, 1),
  blocks: new ListCompositeType(FileBlock, MAX_RECORDS),
  certificates: new ListCompositeType(FileCertificate, MAX_RECORDS),
  keyKind: U8,
  key: Bytes
})
type NodeFile = ValueOf<typeof NodeFile>

const KEY_NONE = 0
const KEY_PLAIN = 1
const KEY_SEALED = 2

/** How a key goes into the file. */
export type KeyChoice = { kind: 'none' } | { kind: 'plain' } | { kind: 'sealed'; passphrase: string; random: Uint8Array }

/** What a file holds, checked. */
export interface NodeContents {
  networkId: string
  genesis: Uint8Array
  final: { height: number; hash: string }
  /** All that is to be kept of the chain, as one step. */
  batch: CommitBatch
  /** Null: the file holds none. */
  key: KeyFile | null
}

/** @returns `empty` when the store holds no network yet; rejects with StoreError */
export async function exportNode(store: NodeStore, choice: KeyChoice): Promise<Result<Uint8Array>> {
  const stored = await store.load()
  if (stored === null) return fail('empty', 'There is nothing to export yet: this node has joined no network.')
  const { final, snapshot } = stored
  const file: NodeFile = {
    genesis: stored.genesis,
    finalHeight: final.height,
    finalHash: fromHex(final.hash) ?? new Uint8Array(0),
    snapshot:
      snapshot === null
        ? []
        : [
            {
              height: snapshot.height,
              hash: bytesOf(snapshot.hash),
              stateRoot: bytesOf(snapshot.stateRoot),
              at: snapshot.at,
              manifest: snapshot.manifest,
              chunks: snapshot.chunkRoots.map(root => ({ root: bytesOf(root), bytes: snapshot.chunks.get(root)! }))
            }
          ],
    blocks: finalChain(stored).map(({ hash, height, bytes }) => ({ hash: bytesOf(hash), height, bytes })),
    certificates: stored.certificates
      .filter(({ height }) => height <= final.height)
      .map(({ kind, height, hash, bytes }) => ({ finalise: kind === 'finalise' ? 1 : 0, height, hash: bytesOf(hash), bytes })),
    ...(await keyPart(store, stored.genesis, choice))
  }
  const body = encode(NodeFile, file)
  const bytes = new Uint8Array(MAGIC.length + body.length)
  bytes.set(MAGIC)
  bytes.set(body, MAGIC.length)
  return ok(bytes)
}

/** Ascending; siblings that did not become final stay behind. */
function finalChain({ final, blocks }: Stored): StoredBlock[] {
  const byHash = new Map(blocks.map(block => [block.hash, block]))
  const chain: StoredBlock[] = []
  for (let block = byHash.get(final.hash); block !== undefined;) {
    chain.unshift(block)
    const decoded = decode(Block, block.bytes)
    block = decoded.ok ? byHash.get(toHex(decoded.value.header.parent)) : undefined
  }
  return chain
}

const bytesOf = (hex: string): Uint8Array => fromHex(hex)!

async function keyPart(store: NodeStore, genesis: Uint8Array, choice: KeyChoice): Promise<{ keyKind: number; key: Uint8Array }> {
  if (choice.kind === 'none') return { keyKind: KEY_NONE, key: new Uint8Array(0) }
  const identity = await storedIdentity(store)
  const decoded = decodeGenesis(genesis)
  const networkId = decoded.ok ? toHex(networkIdOf(decoded.value)) : ''
  const text = utf8(writeKeyFile(identity, networkId, await store.promised()))
  return choice.kind === 'plain' ? { keyKind: KEY_PLAIN, key: text } : { keyKind: KEY_SEALED, key: seal(text, choice.passphrase, choice.random) }
}

/**
 * Reads and checks a file; writes nothing.
 * @param passphrase null: none was given
 * @returns `not-a-node-file`, `too-large`, `malformed`, `not-canonical`, `bad-genesis`, `needs-passphrase`, `wrong-passphrase`, `bad-key`, `bad-chain` (a root, hash or
 * link does not hold), `bad-certificate` (no quorum stands behind the last block)
 */
export async function readNodeFile(bytes: Uint8Array, passphrase: string | null, verifier: AsyncVerifier, now: number): Promise<Result<NodeContents>> {
  if (bytes.length > MAX_NODE_FILE_BYTES) return fail('too-large', `The file is larger than ${MAX_NODE_FILE_BYTES / 1024 / 1024} MiB.`)
  if (!equalBytes(bytes.subarray(0, MAGIC.length), MAGIC)) return fail('not-a-node-file', 'This is no exported node, or one of another version.')
  const file = decode(NodeFile, bytes.slice(MAGIC.length), MAX_NODE_FILE_BYTES)
  if (!file.ok) return fail(file.code, 'The file was cut short or changed. Export the node once more.')
  const genesis = decodeGenesis(file.value.genesis)
  if (!genesis.ok) return fail('bad-genesis', `The network in this file cannot be read here: ${genesis.detail}`)
  const key = readKey(file.value, passphrase)
  if (!key.ok) return key
  const stored = storedIn(file.value)
  // Nothing is signed with it: the file holds no promises.
  const signer = createSigner(key.value?.identity.secretKey ?? new Uint8Array(32).fill(1))
  const broken = checkChain(networkIdOf(genesis.value), stored)
  if (broken !== null) return broken
  const opened = NodeCore.open({ genesis: genesis.value, signer, name: null }, stored, now)
  if (!opened.ok) return fail('bad-chain', `The chain in this file does not hold together: ${opened.detail}`)
  const certificates = await checkCertificates(opened.value, stored, verifier)
  if (!certificates.ok) return certificates
  return ok({
    networkId: toHex(networkIdOf(genesis.value)),
    genesis: file.value.genesis,
    final: stored.final,
    batch: batchOf({ ...stored, certificates: certificates.value }),
    key: key.value
  })
}

function readKey({ keyKind, key }: NodeFile, passphrase: string | null): Result<KeyFile | null> {
  if (keyKind === KEY_NONE) return ok(null)
  let text = key
  if (keyKind === KEY_SEALED) {
    if (passphrase === null || passphrase === '') return fail('needs-passphrase', 'The key in this file is under a passphrase. Give it to import the node.')
    const opened = unseal(key, passphrase)
    if (!opened.ok) return opened
    text = opened.value
  }
  const read = readKeyFile(fromUtf8(text) ?? '')
  return read.ok ? ok(read.value) : read
}

function storedIn({ genesis, finalHeight, finalHash, snapshot, blocks, certificates }: NodeFile): Stored {
  const [first] = snapshot
  return {
    genesis,
    final: { height: finalHeight, hash: toHex(finalHash) },
    snapshot:
      first === undefined
        ? null
        : {
            height: first.height,
            hash: toHex(first.hash),
            stateRoot: toHex(first.stateRoot),
            at: first.at,
            manifest: first.manifest,
            chunkRoots: first.chunks.map(({ root }) => toHex(root)),
            chunks: new Map(first.chunks.map(chunk => [toHex(chunk.root), chunk.bytes]))
          },
    blocks: blocks.map(({ hash, height, bytes }) => storedBlockOf(toHex(hash), height, bytes)),
    certificates: certificates.map(({ finalise, height, hash, bytes }) => ({
      kind: finalise === 1 ? 'finalise' : 'notarise',
      height,
      hash: toHex(hash),
      bytes
    })),
    votes: []
  }
}

function storedBlockOf(hash: string, height: number, bytes: Uint8Array): StoredBlock {
  const block = decode(Block, bytes)
  return { hash, height, bytes, subjects: block.ok ? subjectsOf(block.value) : [] }
}

/** One block for each height from the snapshot (or the first) to the final one, each on the one before, each under its own name. */
function checkChain(networkId: Uint8Array, { final, snapshot, blocks }: Stored): Failure | null {
  if (final.height === 0) return blocks.length === 0 && snapshot === null ? null : fail('bad-chain', 'The file names no final block.')
  const from = snapshot?.height ?? 1
  let before: string | null = null
  for (const [i, { hash, height, bytes }] of blocks.entries()) {
    const block = decode(Block, bytes)
    if (!block.ok || block.value.header.height !== height || height !== from + i || toHex(blockHash(networkId, block.value.header)) !== hash)
      return fail('bad-chain', `Block ${height} in this file is not what it says.`)
    if (before !== null && toHex(block.value.header.parent) !== before) return fail('bad-chain', `Block ${height} in this file does not follow the one before.`)
    before = hash
  }
  const first = blocks[0]
  const begins = snapshot === null || first?.hash === snapshot.hash
  return begins && before === final.hash && blocks.length === final.height - from + 1 ? null : fail('bad-chain', 'The chain in this file is not whole.')
}

/**
 * The validator set of a height, as the states on the chain name it. A snapshot that is the last of its epoch names the sets after it only; the first of these stands in
 * for its own: where the two differ the file is refused, and one of a block later is not.
 */
function setOf({ tree, genesis }: NodeCore, height: number): ValidatorSet | null {
  const epoch = epochOf(height, genesis.epochLength)
  for (let at = height; at >= height - 1; at--) {
    const found = tree.at(at)[0]?.state?.sets.find(set => set.epoch === epoch)
    if (found !== undefined) return found
  }
  return tree.at(height)[0]?.state?.sets[0] ?? null
}

/**
 * A quorum of the set that the chain itself names has made the last block final, by signatures that hold. Older certificates are taken where they can be checked, too.
 * @returns those that hold
 */
async function checkCertificates(core: NodeCore, { final, certificates }: Stored, verifier: AsyncVerifier): Promise<Result<StoredCertificate[]>> {
  const held: StoredCertificate[] = []
  for (const stored of certificates) {
    const certificate = decode(Certificate, stored.bytes)
    const kind = stored.kind === 'finalise' ? VOTE_FINALISE : VOTE_NOTARISE
    if (!certificate.ok || certificate.value.kind !== kind || certificate.value.height !== stored.height || toHex(certificate.value.hash) !== stored.hash)
      return fail('bad-certificate', `A certificate of height ${stored.height} in this file is not what it says.`)
    const set = setOf(core, stored.height)
    if (set === null) continue
    const bad = inspectCertificate(certificate.value) ?? checkCertificate(certificate.value, set)
    if (bad !== null) return fail('bad-certificate', `A certificate of height ${stored.height} in this file does not count: ${bad.code}.`)
    const verdicts = await verifier.verifyAll(certificateChecks(core.networkId, certificate.value))
    if (!verdicts.every(Boolean)) return fail('bad-certificate', `A signature in a certificate of height ${stored.height} does not hold.`)
    held.push(stored)
  }
  const proved = final.height === 0 || held.some(({ kind, height, hash }) => kind === 'finalise' && height === final.height && hash === final.hash)
  return proved ? ok(held) : fail('bad-certificate', 'The last block in this file comes without the certificate that makes it final.')
}

function batchOf({ final, snapshot, blocks, certificates }: Stored): CommitBatch {
  const chunks = [...(snapshot?.chunks ?? [])].map(([root, bytes]) => ({ root, bytes }))
  return {
    ...EMPTY_BATCH,
    blocks,
    certificates,
    final: final.height === 0 ? null : final,
    snapshot: snapshot === null ? null : { snapshot: withoutChunks(snapshot), chunks },
    // Between what was here and the snapshot heights may be missing; peers are served from the snapshot on.
    pruneBelow: snapshot?.height ?? 0
  }
}

function withoutChunks({ height, hash, stateRoot, at, manifest, chunkRoots }: NonNullable<Stored['snapshot']>) {
  return { height, hash, stateRoot, at, manifest, chunkRoots }
}

/**
 * Keeps what was read in a store of the same network that no node runs on. The chain is one step, and only ever moves forward; then the key, if the file holds one.
 * @param fresh the key of an empty store when the file holds none
 * @param protect how a key out of the file lies in this store; null: in the open
 * @returns who this store's agent is now; rejects with StoreError, and what was here before is still here
 */
export async function keepNode(
  store: NodeStore,
  contents: NodeContents,
  fresh: () => Identity,
  protect: (identity: Identity) => SealedKey | null = () => null
): Promise<Identity> {
  const { key } = contents
  await store.init(contents.genesis)
  await store.commit(contents.batch)
  const present = await store.identity(() => key?.identity ?? fresh())
  if (key === null) return present
  // Also when it was made here a moment ago: what the key has promised elsewhere comes with it.
  const silence: PromiseMark = silenceOf(key, contents.networkId, contents.final.height)
  await store.replaceIdentity(key.identity, silence, protect(key.identity))
  return key.identity
}
