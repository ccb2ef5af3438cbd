/**
 * What every `NodeStore` does alike, whatever it writes to: order of rows, what pruning may take, and how a record proves that it is whole.
 * The adapters differ only in how they make one step atomic.
 */
import type { VoteRow } from '../core/consensus/voteGuard'
import { StoreError } from '../node/ports'
import type { ForeignMark } from './promiseMark'
import type {
  CommitBatch,
  Identity,
  PromiseMark,
  SealedKey,
  StoredBlock,
  StoredCertificate,
  StoredChunk,
  StoredSnapshot,
  StoredStateHeader
} from '../node/ports'

/** Most blocks that one `range` returns: a peer that catches up asks again, and one answer must fit into memory many times over. */
export const RANGE_MAX_BLOCKS = 256

/** Agents and memes that one block may be found by: more than its transactions can touch. */
const MAX_SUBJECTS = 16_384

/** Length of an Ed25519 seed in bytes (RFC 8032). */
const SECRET_KEY_BYTES = 32
/** Longest sealed key that is kept: salt, nonce, seed and tag take 76 bytes. */
const MAX_SEALED_KEY_BYTES = 256

const HEX = /^[0-9a-f]+$/
const VOTE_KINDS: ReadonlySet<unknown> = new Set(['propose', 'notarise', 'finalise'])

/** The newest final block. Before the first commit `{ height: 0, hash: '' }`: nothing but the genesis is final. */
export interface FinalMark {
  height: number
  hash: string
}
export const GENESIS_FINAL: FinalMark = { height: 0, hash: '' }

/** Ascending height, then hash: the one order in which blocks leave a store, so that equal stores answer with equal bytes. */
export const byHeightAndHash = (a: StoredBlock, b: StoredBlock): number => a.height - b.height || compare(a.hash, b.hash)

/** Ascending height, then kind (finalise first), then hash. Several notarised blocks at one height are lawful (R3), hence the hash. */
export const byHeightKindHash = (a: StoredCertificate, b: StoredCertificate): number =>
  a.height - b.height || compare(a.kind, b.kind) || compare(a.hash, b.hash)

/** Ascending height, then kind, hash, parent: which of several rows a refusal names must not depend on the disk. */
export const byVote = (a: VoteRow, b: VoteRow): number =>
  a.height - b.height || compare(a.kind, b.kind) || compare(a.hash, b.hash) || compare(a.parent, b.parent)

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)

/**
 * Blocks and certificates below the result may go. A start replays from the snapshot, so nothing at or above it is ever taken, however
 * much the caller asks for; without a snapshot the start is the genesis and nothing may go.
 */
export function pruneFloor(pruneBelow: number, final: FinalMark | null, snapshot: { height: number } | null): number {
  return Math.min(pruneBelow, final?.height ?? 0, snapshot?.height ?? 0)
}

/**
 * Of each epoch the first state header stays, and beside these the newest of all.
 * @param headers stored and offered ones, in any order
 * @returns the heights of those that go
 */
export function supersededHeaders(headers: readonly { height: number; epoch: number }[]): number[] {
  const first = new Map<number, number>()
  let newest = -1
  for (const { height, epoch } of headers) {
    first.set(epoch, Math.min(first.get(epoch) ?? Infinity, height))
    newest = Math.max(newest, height)
  }
  return headers.filter(({ height, epoch }) => height !== newest && first.get(epoch) !== height).map(({ height }) => height)
}

/** A name for a database, to tell it from others that promise with the same key; never 0. */
export function freshWriter(): number {
  const [high, low] = crypto.getRandomValues(new Uint32Array(2)) as unknown as [number, number]
  return (high & 0xf_ffff) * 2 ** 32 + low + 1
}

/**
 * What a database is closed up to whose key is known to have promised elsewhere: more than it knows of, or in another database, whose count says nothing about its own.
 * @returns null: nothing is to be closed
 */
export function closedBy(known: PromiseMark & { watermark: number }, mark: ForeignMark): { watermark: number; promises: number; older: boolean } | null {
  const older = mark.promises > known.promises
  if (!older && !mark.foreign) return null
  return { watermark: Math.max(known.watermark, mark.height), promises: Math.max(known.promises, mark.promises), older }
}

/** Heights below `floor` that go, as inclusive ranges: all but those of kept snapshots, whose blocks and certificates prove them to others (T054). */
export function prunedRanges(floor: number, kept: readonly number[]): { from: number; to: number }[] {
  const ranges: { from: number; to: number }[] = []
  let from = 0
  for (const height of [...kept.filter(each => each < floor).sort((a, b) => a - b), floor]) {
    if (height > from) ranges.push({ from, to: height - 1 })
    from = height + 1
  }
  return ranges
}

/** Final and snapshot only rise: a second handle that lags must not move them back (S2). */
export function newer<T extends { height: number }>(stored: T | null, offered: T | null): T | null {
  if (offered === null) return stored
  return stored === null || offered.height > stored.height ? offered : stored
}

/**
 * Refuses what could not be read back, before anything is written.
 * @throws StoreError 'unavailable': the caller has a bug
 */
export function checkBatch(batch: CommitBatch): void {
  checkBlocks(batch.blocks)
  const { certificates, final, snapshot, stateHeaders } = batch
  const whole =
    certificates.every(isCertificate) &&
    (final === null || isFinal(final)) &&
    (snapshot === null || (isSnapshot(snapshot.snapshot) && snapshot.chunks.every(isChunk))) &&
    stateHeaders.every(isStateHeader)
  if (!whole) throw new StoreError('unavailable', 'The commit holds a record that could not be read back.')
}

/** @throws StoreError 'unavailable': the caller has a bug */
export function checkBlocks(blocks: readonly StoredBlock[]): void {
  if (!blocks.every(isBlock)) throw new StoreError('unavailable', 'A block to be kept could not be read back.')
}

/** @throws StoreError 'unavailable': the caller has a bug */
export function checkChunks(chunks: readonly StoredChunk[]): void {
  if (!chunks.every(isChunk)) throw new StoreError('unavailable', 'A chunk to be kept could not be read back.')
}

/** A snapshot with a hole would end the next start. @throws StoreError 'unavailable': the caller has a bug, or the chunk was collected meanwhile */
export function checkComplete(snapshot: StoredSnapshot, isHere: (root: string) => boolean): void {
  const absent = snapshot.chunkRoots.find(root => !isHere(root))
  if (absent !== undefined) throw new StoreError('unavailable', `The snapshot of height ${snapshot.height} names a chunk that is not here: ${absent}.`)
}

/** @throws StoreError 'unavailable': the caller has a bug */
export function checkVote(row: VoteRow): void {
  if (!isVote(row)) throw new StoreError('unavailable', 'The vote to be kept could not be read back.')
}

/** @throws StoreError 'unavailable': the caller has a bug */
export function checkSealed(sealed: SealedKey | null): void {
  if (sealed !== null && !isSealedKey(sealed)) throw new StoreError('unavailable', 'The sealed key to be kept could not be read back.')
}

/** @throws StoreError 'unavailable': the caller has a bug */
export function checkIdentity(identity: Identity): void {
  if (!isIdentity(identity)) throw new StoreError('unavailable', 'The key to be kept is not an Ed25519 seed of 32 bytes with a name.')
}

const isHeight = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0
const isHash = (value: unknown): value is string => typeof value === 'string' && HEX.test(value)
const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null

function isProved(value: unknown): value is { hash: string; height: number; bytes: Uint8Array } {
  return isObject(value) && isHash(value.hash) && isHeight(value.height) && value.bytes instanceof Uint8Array
}
function isBlock(value: unknown): value is StoredBlock {
  if (!isProved(value)) return false
  const { subjects } = value as { subjects?: unknown }
  return Array.isArray(subjects) && subjects.length <= MAX_SUBJECTS && subjects.every(isHash)
}
function isChunk(value: unknown): value is StoredChunk {
  return isObject(value) && isHash(value.root) && value.bytes instanceof Uint8Array
}
function isSnapshot(value: unknown): value is StoredSnapshot {
  if (!isObject(value) || !isHeight(value.height) || !isHash(value.hash) || !isHash(value.stateRoot) || !isHeight(value.at)) return false
  return value.manifest instanceof Uint8Array && Array.isArray(value.chunkRoots) && value.chunkRoots.every(isHash)
}
function isStateHeader(value: unknown): value is StoredStateHeader {
  return isObject(value) && isHeight(value.height) && isHeight(value.epoch) && value.bytes instanceof Uint8Array
}
function isCertificate(value: unknown): value is StoredCertificate {
  return isProved(value) && ((value as { kind?: unknown }).kind === 'notarise' || (value as { kind?: unknown }).kind === 'finalise')
}
function isFinal(value: unknown): value is FinalMark {
  return isObject(value) && isHeight(value.height) && typeof value.hash === 'string'
}
function isVote(value: unknown): value is VoteRow {
  return isObject(value) && VOTE_KINDS.has(value.kind) && isHeight(value.height) && isHash(value.hash) && isHash(value.parent)
}
function isIdentity(value: unknown): value is Identity {
  return isObject(value) && value.secretKey instanceof Uint8Array && value.secretKey.length === SECRET_KEY_BYTES && typeof value.name === 'string'
}
function isSealedKey(value: unknown): value is SealedKey {
  if (!isObject(value) || typeof value.name !== 'string' || !isHash(value.publicKey) || value.publicKey.length !== 64) return false
  return value.sealed instanceof Uint8Array && value.sealed.length > SECRET_KEY_BYTES && value.sealed.length <= MAX_SEALED_KEY_BYTES
}
const isKeptKey = (value: unknown): value is Identity | SealedKey => isIdentity(value) || isSealedKey(value)

const damaged = (what: string): StoreError =>
  new StoreError('damaged', `The stored ${what} cannot be read. Erase this agent's data and start anew; the chain comes back from peers.`)

function whole<T>(what: string, value: unknown, is: (value: unknown) => value is T): T {
  if (!is(value)) throw damaged(what)
  return value
}

/** What is read back is checked like what comes from a peer: disks tear, and other versions wrote. Each throws StoreError 'damaged'. */
export const readRecord = {
  block: (value: unknown): StoredBlock => whole('block', value, isBlock),
  certificate: (value: unknown): StoredCertificate => whole('certificate', value, isCertificate),
  snapshot: (value: unknown): StoredSnapshot => whole('snapshot', value, isSnapshot),
  chunk: (value: unknown): StoredChunk => whole('chunk of a snapshot', value, isChunk),
  stateHeader: (value: unknown): StoredStateHeader => whole('state header', value, isStateHeader),
  vote: (value: unknown): VoteRow => whole('vote', value, isVote),
  key: (value: unknown): Identity | SealedKey => whole('key', value, isKeptKey),
  final: (value: unknown): FinalMark => whole('mark of the final block', value, isFinal),
  watermark: (value: unknown): number => whole('vote watermark', value, isHeight),
  writer: (value: unknown): number => whole('name of the database', value, isHeight),
  promises: (value: unknown): number => whole('count of promises', value, isHeight),
  genesis: (value: unknown): Uint8Array => whole('genesis', value, (v): v is Uint8Array => v instanceof Uint8Array)
}

/** One database holds one network for ever. */
export const otherGenesis = (): StoreError => new StoreError('damaged', 'This database already holds another network. Erase it, or open one of its own.')

export const sameBytes = (a: Uint8Array, b: Uint8Array): boolean => a.length === b.length && a.every((byte, i) => byte === b[i])

export const sameVote = (a: VoteRow, b: VoteRow): boolean => a.kind === b.kind && a.height === b.height && a.hash === b.hash && a.parent === b.parent
