/**
 * A proof as a file: everything that is needed to check it, back to the genesis of its network, in JSON with bytes as lower-case hex. It states each hash between value and root
 * although a checker computes them: so an altered byte is not only noticed at the end but found where it is.
 *
 * A file is strict. Whatever it holds is checked by some step; there is no field for remarks, since those would be believed without a reason.
 */
import { equalBytes, fromHex, fromUtf8, toHex } from '../bytes'
import { decode, encode } from '../codec'
import { MAX_DESCENDANTS, unpackSets } from '../light/schema'
import type { StateHeader } from '../light/schema'
import { SETS_PATH } from '../light/stateHeader'
import type { Checkpoint } from '../light/stateHeader'
import { MAX_VALIDATORS } from '../limits'
import { assert, fail, ok } from '../result'
import type { Failure, Result } from '../result'
import { Genesis, Header, RecentBlocks, State, Transaction, TransactionList, ValidatorSets } from '../schema'
import { blockHash, networkIdOf } from '../signing'
import { climb, MAX_BRANCH, placeOf } from './branch'
import type { Path, Walkable } from './branch'
import { MAX_VALUE_BYTES } from './schema'
import type { Claim, StateProof } from './schema'
import { formatPath, parsePath } from './subject'

export const PROOF_FORMAT = 'quorumble-proof'
/** Version 2 has an era, and only then: whoever reads version 1 reads everything else. */
export const PROOF_VERSION = 1
export const PROOF_VERSION_ERA = 2
/** State headers from genesis on: a year of a room whose set changes every day needs fewer. */
const MAX_CHAIN = 512
/** Longest file: a chain of the largest sets would be longer, and begins at a checkpoint instead. */
const MAX_FILE_CHARS = 8 * 1024 * 1024
/** Longest header or transaction in a file, bytes. */
const MAX_PART_BYTES = 32 * 1024

/** A value and its way up. `index` is the generalised index, decimal; `nodes[i]` is the hash of the pair that `siblings[i]` belongs to, the last one being the root. */
export interface FileClaim {
  path: string
  index: string
  value: string
  leaf: string
  siblings: string[]
  nodes: string[]
}

export interface FileBlock {
  header: string
  hash: string
}

/** One state header. `certificate` finalises the last of `descendants`, or the block itself. */
export interface FileHeader extends FileBlock {
  descendants: FileBlock[]
  certificate: { voter: string; signature: string }[]
  /** The validator sets that the state names, under its root. */
  sets: FileClaim
  anchor: string | null
}

export interface ProofFile {
  format: typeof PROOF_FORMAT
  version: typeof PROOF_VERSION | typeof PROOF_VERSION_ERA
  /** Network id: the hash of the genesis. */
  network: string
  genesis: string
  /** Where trust begins, if not at genesis: the first of `chain` is this block. */
  checkpoint: { height: number; hash: string } | null
  /** Ascending; the last one's state is the one that the claim is about. */
  chain: FileHeader[]
  claim: FileClaim | null
  /** Under the root that the claim proves: the record of an old block, or its hash. */
  era: FileClaim | null
  block: (FileBlock & { claim: FileClaim }) | null
}

// ----------------------------------------------------------------------------------------------------------------- writing

function fileClaim(schema: Walkable, path: Path, value: Uint8Array, siblings: readonly Uint8Array[]): FileClaim {
  const place = placeOf(schema, path)
  assert(place.ok, 'a claim is made for a place that exists')
  const { gindex, type } = place.value
  const leaf = type.hashTreeRoot(type.deserialize(value))
  const nodes = climb(leaf, gindex, siblings).map(({ parent }) => toHex(parent))
  return { path: formatPath(path), index: String(gindex), value: toHex(value), leaf: toHex(leaf), siblings: siblings.map(toHex), nodes }
}

function ofWire(schema: Walkable, { path, value, siblings }: Claim): FileClaim {
  const steps = parsePath(fromUtf8(path) ?? '')
  assert(steps !== null, 'a verified claim has a path')
  return fileClaim(schema, steps, value, siblings)
}

function fileBlock(networkId: Uint8Array, header: Header): FileBlock {
  return { header: toHex(encode(Header, header)), hash: toHex(blockHash(networkId, header)) }
}

function fileHeader(networkId: Uint8Array, header: StateHeader): FileHeader {
  const sets = unpackSets(header.validators)
  assert(sets !== null, 'a verified header has sets')
  return {
    ...fileBlock(networkId, header.header),
    descendants: header.descendants.map(block => fileBlock(networkId, block)),
    certificate: header.certificate.signatures.map(({ voter, signature }) => ({ voter: toHex(voter), signature: toHex(signature) })),
    sets: fileClaim(State, SETS_PATH, encode(ValidatorSets, sets), header.branch),
    anchor: header.anchor[0] === undefined ? null : toHex(encode(Transaction, header.anchor[0]))
  }
}

/**
 * @param checkpoint where trust begins; then the first of `steps` is its own header
 * @param steps state headers from genesis or the checkpoint on, each linked to the one before; the proof's own may be their last
 * @param proof verified
 */
export function proofFile(genesis: Genesis, checkpoint: Checkpoint | null, steps: readonly StateHeader[], proof: StateProof): ProofFile {
  const networkId = networkIdOf(genesis)
  const { height } = proof.header.header
  const hash = blockHash(networkId, proof.header.header)
  // The way to the block may end with another certificate of it than the one that came with the value: that one was linked.
  const linked = steps.find(step => step.header.height === height && equalBytes(blockHash(networkId, step.header), hash))
  const own = fileHeader(networkId, linked ?? proof.header)
  const before = steps.filter(step => step.header.height < height).map(step => fileHeader(networkId, step))
  const [claim, era] = proof.claim
  const [block] = proof.block
  return {
    format: PROOF_FORMAT,
    version: era === undefined ? PROOF_VERSION : PROOF_VERSION_ERA,
    network: toHex(networkId),
    genesis: toHex(encode(Genesis, genesis)),
    checkpoint: checkpoint === null ? null : { height: checkpoint.height, hash: toHex(checkpoint.hash) },
    chain: [...before, own],
    claim: claim === undefined ? null : ofWire(State, claim),
    era: era === undefined ? null : ofWire(RecentBlocks, era),
    block: block === undefined ? null : { ...fileBlock(networkId, block.header), claim: ofWire(TransactionList, block.claim) }
  }
}

export function formatProofFile({ era, ...file }: ProofFile): string {
  return `${JSON.stringify(era === null ? file : { ...file, era }, null, 1)}\n`
}

// ----------------------------------------------------------------------------------------------------------------- reading

class Refused extends Error {
  constructor(readonly failure: Failure) {
    super(failure.detail)
  }
}

function refuse(pointer: string, expected: string): never {
  throw new Refused(fail('bad-field', `${pointer === '' ? 'the file' : pointer}: expected ${expected}`))
}

function record<K extends string>(value: unknown, pointer: string, keys: readonly K[]): Record<K, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) refuse(pointer, 'an object')
  const found = Object.keys(value)
  const odd = found.find(key => !keys.includes(key as K)) ?? keys.find(key => !found.includes(key))
  if (odd !== undefined) refuse(pointer, `the fields ${keys.join(', ')}; ${odd} is ${found.includes(odd) ? 'unknown' : 'missing'}`)
  return value as Record<K, unknown>
}

function listOf<T>(value: unknown, pointer: string, most: number, read: (item: unknown, pointer: string) => T): T[] {
  if (!Array.isArray(value) || value.length > most) refuse(pointer, `a list of at most ${most}`)
  return value.map((item, i) => read(item, `${pointer}/${i}`))
}

/** @param length exactly so many bytes, or at most `most` */
function hex(value: unknown, pointer: string, { length, most = length ?? MAX_PART_BYTES }: { length?: number; most?: number } = {}): string {
  const fits = typeof value === 'string' && value.length <= 2 * most && (length === undefined || value.length === 2 * length)
  if (!fits || !/^(?:[0-9a-f]{2})*$/.test(value)) refuse(pointer, `${length ?? `at most ${most}`} bytes as lower-case hex`)
  return value
}

const hash = (value: unknown, pointer: string): string => hex(value, pointer, { length: 32 })

function readClaim(value: unknown, pointer: string): FileClaim {
  const claim = record(value, pointer, ['path', 'index', 'value', 'leaf', 'siblings', 'nodes'])
  const { path, index } = claim
  if (typeof path !== 'string' || parsePath(path) === null) refuse(`${pointer}/path`, 'a path')
  if (typeof index !== 'string' || !/^[1-9]\d{0,30}$/.test(index)) refuse(`${pointer}/index`, 'a generalised index')
  return {
    path,
    index,
    value: hex(claim.value, `${pointer}/value`, { most: MAX_VALUE_BYTES }),
    leaf: hash(claim.leaf, `${pointer}/leaf`),
    siblings: listOf(claim.siblings, `${pointer}/siblings`, MAX_BRANCH, hash),
    nodes: listOf(claim.nodes, `${pointer}/nodes`, MAX_BRANCH, hash)
  }
}

function readBlock(value: unknown, pointer: string): FileBlock {
  const block = record(value, pointer, ['header', 'hash'])
  return { header: hex(block.header, `${pointer}/header`), hash: hash(block.hash, `${pointer}/hash`) }
}

function readHeader(value: unknown, pointer: string): FileHeader {
  const entry = record(value, pointer, ['header', 'hash', 'descendants', 'certificate', 'sets', 'anchor'])
  return {
    header: hex(entry.header, `${pointer}/header`),
    hash: hash(entry.hash, `${pointer}/hash`),
    descendants: listOf(entry.descendants, `${pointer}/descendants`, MAX_DESCENDANTS, readBlock),
    certificate: listOf(entry.certificate, `${pointer}/certificate`, MAX_VALIDATORS, (item, at) => {
      const { voter, signature } = record(item, at, ['voter', 'signature'])
      return { voter: hash(voter, `${at}/voter`), signature: hex(signature, `${at}/signature`, { length: 64 }) }
    }),
    sets: readClaim(entry.sets, `${pointer}/sets`),
    anchor: entry.anchor === null ? null : hex(entry.anchor, `${pointer}/anchor`)
  }
}

function readFile(value: unknown): ProofFile {
  const { format, version, ...rest } = typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {}
  if (format !== PROOF_FORMAT) throw new Refused(fail('bad-format', `this is no ${PROOF_FORMAT}`))
  if (version !== PROOF_VERSION && version !== PROOF_VERSION_ERA)
    throw new Refused(fail('bad-version', `version ${String(version)} is not known here, only ${PROOF_VERSION} and ${PROOF_VERSION_ERA}`))
  const fields = ['network', 'genesis', 'checkpoint', 'chain', 'claim', 'block'] as const
  const file: Partial<Record<'era', unknown>> & Record<(typeof fields)[number], unknown> = record(
    rest,
    '',
    version === PROOF_VERSION ? fields : [...fields, 'era' as const]
  )
  const chain = listOf(file.chain, '/chain', MAX_CHAIN, readHeader)
  if (chain.length === 0) refuse('/chain', 'at least one state header')
  return {
    format: PROOF_FORMAT,
    version,
    network: hash(file.network, '/network'),
    genesis: hex(file.genesis, '/genesis'),
    checkpoint: file.checkpoint === null ? null : readCheckpoint(file.checkpoint),
    chain,
    claim: file.claim === null ? null : readClaim(file.claim, '/claim'),
    era: version === PROOF_VERSION ? null : readClaim(file.era, '/era'),
    block: file.block === null ? null : readClaimedBlock(file.block)
  }
}

function readCheckpoint(value: unknown): ProofFile['checkpoint'] {
  const { height, hash: block } = record(value, '/checkpoint', ['height', 'hash'])
  if (typeof height !== 'number' || !Number.isInteger(height) || height < 0 || height >= 2 ** 32) refuse('/checkpoint/height', 'a height')
  return { height, hash: hash(block, '/checkpoint/hash') }
}

function readClaimedBlock(value: unknown): ProofFile['block'] {
  const { claim, ...block } = record(value, '/block', ['header', 'hash', 'claim'])
  return { ...readBlock(block, '/block'), claim: readClaim(claim, '/block/claim') }
}

/**
 * Only the shape; whether it proves anything is asked by check.ts.
 * @returns `too-large`, `not-json`, `bad-format`, `bad-version`, or `bad-field` with the place
 */
export function parseProofFile(text: string): Result<ProofFile> {
  if (text.length > MAX_FILE_CHARS) return fail('too-large', `${text.length} characters, ${MAX_FILE_CHARS} allowed`)
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (error) {
    return fail('not-json', error instanceof Error ? error.message : String(error))
  }
  try {
    return ok(readFile(value))
  } catch (error) {
    if (error instanceof Refused) return error.failure
    throw error
  }
}

/** A hex field as a value of its schema. */
export function decodeHex<T>(schema: { serialize(value: T): Uint8Array; deserialize(bytes: Uint8Array): T }, text: string): Result<T> {
  return decode(schema, fromHex(text) ?? new Uint8Array(0))
}
