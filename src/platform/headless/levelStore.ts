/**
 * The headless server's `NodeStore`: one LevelDB directory.
 *
 * One step of the port is one write batch with `sync: true`: after a kill or a power cut all of it is there or none. LevelDB has no
 * transactions that read and write, so inside the process a mutex makes read-decide-write one step, and across processes LevelDB's own
 * lock lets only one hold the directory.
 *
 * Keys (heights and epochs as 14 hex digits, so that they sort as numbers):
 *     m/version  m/genesis  m/identity  m/final  m/watermark  m/promises  m/writer
 *     b/<hash>                          height as u64, then the block
 *     h/<height>/<hash>                 empty: blocks by height
 *     u/<hash>                          the block's subjects, when it has any
 *     t/<subject>/<height>/<hash>       empty: blocks by agent and meme
 *     c/<height>/<kind>/<hash>          the certificate
 *     v/<height>/<kind>/<hash>/<parent> empty: the key is the vote
 *     n/<height>                        a snapshot, its manifest included
 *     k/<root>                          a chunk of snapshots
 *     a/<root>                          empty: a chunk that came before its snapshot
 *     e/<height>                        epoch as u64, then the state header
 *     f/<epoch>/<height>                empty: state headers by epoch
 */
import { chmod, mkdir, readdir, stat, statfs } from 'node:fs/promises'
import { join } from 'node:path'
import { ClassicLevel } from 'classic-level'
import { admitVote, KEY_IN_USE } from '../../core/consensus/voteGuard'
import type { VoteOutcome, VoteRow } from '../../core/consensus/voteGuard'
import { KEPT_SNAPSHOTS, StoreError } from '../../node/ports'
import type {
  CommitBatch,
  Identity,
  LoadedSnapshot,
  NodeStore,
  PromiseMark,
  SealedKey,
  Stored,
  StoredBlock,
  StoredCertificate,
  StoredChunk,
  StoredSnapshot,
  StoredStateHeader,
  StoreFinding,
  StoreUsage
} from '../../node/ports'
import { KeyMark } from '../keyMark'
import { isSealed, KeySafe } from '../keptKey'
import type { KeptKey } from '../keptKey'
import type { ForeignMark, OpenMark } from '../promiseMark'
import {
  checkBatch,
  checkBlocks,
  checkChunks,
  checkComplete,
  checkIdentity,
  checkSealed,
  checkVote,
  closedBy,
  freshWriter,
  GENESIS_FINAL,
  newer,
  otherGenesis,
  prunedRanges,
  pruneFloor,
  RANGE_MAX_BLOCKS,
  readRecord,
  sameBytes,
  sameVote,
  supersededHeaders
} from '../storeRules'
import type { FinalMark } from '../storeRules'
import { Mutex } from './mutex'

/** Raised when keys change their meaning; `migrate` then moves what older servers wrote. */
const FORMAT_VERSION = 2
/** Digits of Number.MAX_SAFE_INTEGER in hex. */
const HEIGHT_DIGITS = 14
/** Bytes of the number that stands before a block (its height) and a state header (its epoch). */
const NUMBER_BYTES = 8
/** Sorts after every character of our keys. */
const END = '~'
const NO_BYTES = new Uint8Array(0)

type Level = ClassicLevel<string, Uint8Array>
type Operation = { type: 'put'; key: string; value: Uint8Array } | { type: 'del'; key: string }

const digits = (height: number): string => height.toString(16).padStart(HEIGHT_DIGITS, '0')
const put = (key: string, value: Uint8Array): Operation => ({ type: 'put', key, value })
const del = (key: string): Operation => ({ type: 'del', key })
const json = (value: unknown): Uint8Array => new TextEncoder().encode(JSON.stringify(value))

/**
 * Opens the directory, making it when it is not there.
 * @param openMark the place of marks, beside the directory: null when this store has none, by design
 * @throws StoreError 'denied' (another process holds it, or no permission), 'damaged', 'full', 'unavailable' (written by a newer server)
 */
export async function openLevelStore(directory: string, openMark: OpenMark | null): Promise<NodeStore> {
  const store = new LevelStore(directory, openMark)
  await store.open()
  return store
}

class LevelStore implements NodeStore {
  private db: Level
  private readonly mutex = new Mutex()
  private readonly mark: KeyMark
  private readonly safe = new KeySafe()

  constructor(
    private readonly directory: string,
    openMark: OpenMark | null
  ) {
    this.db = levelAt(directory)
    this.mark = new KeyMark(openMark, {
      owner: () =>
        this.step(async () => {
          const [genesis, identity, kept] = await this.db.getMany(['m/genesis', 'm/identity', 'm/writer'])
          if (genesis === undefined || identity === undefined) return null
          const writer = kept === undefined ? freshWriter() : readRecord.writer(parse(kept))
          if (kept === undefined) await this.write([put('m/writer', json(writer))])
          return { genesis: plain(genesis), identity: this.safe.open(decodeKey(identity)), writer }
        }),
      compare: mark => this.step(() => this.compare(mark))
    })
  }

  async open(): Promise<void> {
    try {
      // The agent's secret key is in there.
      await mkdir(this.directory, { recursive: true, mode: 0o700 })
      // LevelDB opens by itself and may have been faster, with the umask's bits.
      await chmod(this.directory, 0o700)
      await this.db.open()
      await this.migrate()
    } catch (error) {
      await this.db.close().catch(() => undefined)
      throw toStoreError(error, this.directory)
    }
  }

  /** Version 1 kept one snapshot as a whole, never pruned, and counted no promises. Its snapshot goes: all blocks are there to start from. Each vote was a promise. */
  private async migrate(): Promise<void> {
    const kept = await this.db.get('m/version')
    const version = kept === undefined ? 1 : Number(parse(kept))
    if (version === FORMAT_VERSION) return
    if (version !== 1)
      throw new StoreError('unavailable', `${this.directory} was written by a newer server. Start that one, or choose another directory with --data.`)
    const votes = await this.db.keys({ gte: 'v/', lt: `v/${END}` }).all()
    const snapshots = await this.db.keys({ gte: 's/', lt: `s/${END}` }).all()
    await this.write([...snapshots.map(del), put('m/promises', json(votes.length)), put('m/version', json(FORMAT_VERSION))])
  }

  identity(create: () => Identity, protect: (made: Identity) => SealedKey | null = () => null): Promise<Identity> {
    return this.step(async () => {
      const kept = await this.db.get('m/identity')
      if (kept !== undefined) return this.safe.open(decodeKey(kept))
      const identity = create()
      checkIdentity(identity)
      await this.write([put('m/identity', encodeKey(this.safe.written(identity, protect(identity))))])
      return identity
    })
  }

  sealedKey(): Promise<SealedKey | null> {
    return this.step(async () => {
      const kept = await this.db.get('m/identity')
      const key = kept === undefined ? null : decodeKey(kept)
      return key !== null && isSealed(key) ? key : null
    })
  }

  unlock(sealed: SealedKey, identity: Identity): void {
    this.safe.unlock(sealed, identity)
  }

  async protectKey(identity: Identity, sealed: SealedKey | null): Promise<void> {
    checkSealed(sealed)
    await this.step(async () => {
      const kept = await this.db.get('m/identity')
      await this.write([put('m/identity', encodeKey(this.safe.protected(kept === undefined ? null : decodeKey(kept), identity, sealed)))])
    })
  }

  async replaceIdentity(identity: Identity, told: PromiseMark, sealed: SealedKey | null = null): Promise<void> {
    checkIdentity(identity)
    checkSealed(sealed)
    const genesis = await this.step(() => this.db.get('m/genesis'))
    const promised = await this.mark.merged(genesis === undefined ? null : plain(genesis), identity, told)
    await this.step(async () => {
      const kept = await this.db.get('m/identity')
      const same = kept !== undefined && sameBytes(this.safe.open(decodeKey(kept)).secretKey, identity.secretKey)
      const known = await this.known()
      const rows = same ? [] : await this.db.keys({ gte: 'v/', lt: `v/${END}` }).all()
      await this.write([
        ...rows.map(del),
        ...(await this.closeUpTo(Math.max(await this.watermark(), promised.height, same ? 0 : known.height))),
        put('m/promises', json(same ? Math.max(known.promises, promised.promises) : promised.promises)),
        put('m/identity', encodeKey(this.safe.written(identity, sealed)))
      ])
    })
    await this.mark.replaced()
  }

  async promised(): Promise<PromiseMark> {
    await this.mark.ready()
    return this.step(() => this.known())
  }

  async load(): Promise<Stored | null> {
    await this.mark.ready()
    return this.step(async () => {
      const genesis = await this.db.get('m/genesis')
      if (genesis === undefined) return null
      const snapshot = await this.newestSnapshot()
      const from = snapshot?.height ?? 0
      return {
        genesis: plain(genesis),
        final: (await this.final()) ?? GENESIS_FINAL,
        snapshot,
        blocks: await this.blocksByHeight({ gte: `h/${digits(from)}`, lt: `h/${END}` }),
        certificates: await this.certificates({ gte: `c/${digits(from)}`, lt: `c/${END}` }),
        votes: (await this.db.keys({ gte: 'v/', lt: `v/${END}` }).all()).map(decodeVoteKey)
      }
    })
  }

  init(genesis: Uint8Array): Promise<void> {
    return this.step(async () => {
      const kept = await this.db.get('m/genesis')
      if (kept === undefined) await this.write([put('m/genesis', genesis)])
      else if (!sameBytes(kept, genesis)) throw otherGenesis()
    })
  }

  async castVote(row: VoteRow, blocks: StoredBlock[]): Promise<VoteOutcome> {
    checkVote(row)
    checkBlocks(blocks)
    const mark = await this.mark.forVote()
    const { outcome, known } = await this.step(async () => {
      const at = `v/${digits(row.height)}/`
      const rows = (await this.db.keys({ gte: at, lt: at + END }).all()).map(decodeVoteKey)
      const outcome = admitVote(rows, await this.watermark(), row)
      if (outcome.ok) {
        const operations = blocks.flatMap(putBlock)
        if (!rows.some(old => sameVote(old, row))) operations.push(put(voteKey(row), NO_BYTES), put('m/promises', json((await this.promises()) + 1)))
        await this.write(operations)
      }
      return { outcome, known: await this.known() }
    })
    // Not within the step: the next vote's batch and this one's mark may be flushed at the same time.
    return outcome.ok && !(await this.mark.raise(mark, known)) ? KEY_IN_USE : outcome
  }

  commit(batch: CommitBatch): Promise<void> {
    return this.step(async () => {
      checkBatch(batch)
      await this.write(await this.operationsOf(batch))
    })
  }

  keepChunks(chunks: StoredChunk[]): Promise<void> {
    return this.step(async () => {
      checkChunks(chunks)
      const present = await this.db.hasMany(chunks.map(({ root }) => `k/${root}`))
      await this.write(chunks.filter((_, i) => !present[i]).flatMap(({ root, bytes }) => [put(`k/${root}`, bytes), put(`a/${root}`, NO_BYTES)]))
    })
  }

  chunkRoots(): Promise<string[]> {
    return this.guard(() => this.roots('k'))
  }

  chunk(root: string): Promise<Uint8Array | null> {
    return this.guard(async () => {
      const bytes = await this.db.get(`k/${root}`)
      return bytes === undefined ? null : plain(bytes)
    })
  }

  snapshots(): Promise<StoredSnapshot[]> {
    return this.guard(async () => (await this.db.iterator({ gte: 'n/', lt: `n/${END}`, reverse: true }).all()).map(decodeSnapshot))
  }

  block(hash: string): Promise<StoredBlock | null> {
    return this.guard(async () => {
      const value = await this.db.get(`b/${hash}`)
      return value === undefined ? null : decodeBlock(hash, value, await this.db.get(`u/${hash}`))
    })
  }

  range(fromHeight: number, count: number): Promise<StoredBlock[]> {
    return this.step(async () => {
      const final = await this.final()
      if (count < 1 || fromHeight > (final?.height ?? 0)) return []
      const limit = Math.min(count, RANGE_MAX_BLOCKS)
      return this.blocksByHeight({ gte: `h/${digits(fromHeight)}`, lt: `h/${digits(final?.height ?? 0)}/${END}`, limit })
    })
  }

  blocksOf(subject: string, beforeHeight: number, count: number): Promise<StoredBlock[]> {
    return this.step(async () => {
      const below = Math.min(beforeHeight, ((await this.final())?.height ?? 0) + 1)
      if (count < 1 || below < 1) return []
      const at = `t/${subject}/`
      const limit = Math.min(count, RANGE_MAX_BLOCKS)
      const keys = await this.db.keys({ gte: at, lt: at + digits(below), reverse: true, limit }).all()
      return this.blocksNamed(keys.map(key => key.split('/')[3]!))
    })
  }

  stateHeaders(fromHeight: number, count: number): Promise<StoredStateHeader[]> {
    return this.guard(async () => {
      const limit = Math.max(0, Math.min(count, RANGE_MAX_BLOCKS))
      return (await this.db.iterator({ gte: `e/${digits(fromHeight)}`, lt: `e/${END}`, limit }).all()).map(decodeStateHeader)
    })
  }

  certificate(kind: 'notarise' | 'finalise', height: number): Promise<StoredCertificate | null> {
    const at = `c/${digits(height)}/${kind}/`
    return this.guard(async () => (await this.certificates({ gte: at, lt: at + END, limit: 1 }))[0] ?? null)
  }

  usage(): Promise<StoreUsage> {
    return this.guard(async () => {
      const keys = await this.db.keys({ gte: 'h/', lt: `h/${END}` }).all()
      const lowest = keys[0]
      return {
        kind: 'disk',
        ...(await diskUsage(this.directory)),
        persisted: true,
        blocks: keys.length,
        lowestBlock: lowest ? decodeHeightKey(lowest).height : 0
      }
    })
  }

  findings(): readonly StoreFinding[] {
    return this.mark.findings
  }

  async erase(): Promise<void> {
    await this.mark.release()
    await this.step(async () => {
      await this.db.close()
      await ClassicLevel.destroy(this.directory)
      this.db = levelAt(this.directory)
      await this.db.open()
      await this.migrate()
    })
  }

  async close(): Promise<void> {
    // Behind the mutex: a write that was promised is finished first.
    await this.step(() => this.db.close()).catch(() => undefined)
    await this.mark.release()
  }

  private step<T>(work: () => Promise<T>): Promise<T> {
    return this.mutex.run(
      () => this.guard(work),
      () => new StoreError('unavailable', 'The disk does not keep up: too many writes are waiting.')
    )
  }

  private async guard<T>(work: () => Promise<T>): Promise<T> {
    if (this.db.status !== 'open') throw new StoreError('closed', 'The store was closed.')
    try {
      return await work()
    } catch (error) {
      throw toStoreError(error, this.directory)
    }
  }

  private write(operations: Operation[]): Promise<void> {
    return this.db.batch(operations, { sync: true })
  }

  private async final(): Promise<FinalMark | null> {
    const kept = await this.db.get('m/final')
    return kept === undefined ? null : readRecord.final(parse(kept))
  }

  private async watermark(): Promise<number> {
    const kept = await this.db.get('m/watermark')
    return kept === undefined ? 0 : readRecord.watermark(parse(kept))
  }

  private async promises(): Promise<number> {
    const kept = await this.db.get('m/promises')
    return kept === undefined ? 0 : readRecord.promises(parse(kept))
  }

  /** Where all rows are gone the watermark covers them. */
  private async known(): Promise<PromiseMark> {
    const promises = await this.promises()
    const highest = (await this.db.keys({ gte: 'v/', lt: `v/${END}`, reverse: true, limit: 1 }).all()).map(decodeVoteKey)[0]
    return { height: Math.max(highest?.height ?? 0, promises === 0 ? 0 : await this.watermark()), promises }
  }

  private async compare(mark: ForeignMark): Promise<{ known: PromiseMark; older: boolean }> {
    const known = await this.known()
    const closed = closedBy({ ...known, watermark: await this.watermark() }, mark)
    if (closed === null) return { known, older: false }
    const uncounted = mark.foreign ? await this.db.keys({ gte: 'v/', lt: `v/${END}` }).all() : []
    await this.write([...(await this.closeUpTo(closed.watermark)), ...uncounted.map(del), put('m/promises', json(closed.promises))])
    return { known: await this.known(), older: closed.older }
  }

  /** Moves the watermark up, and drops the vote rows that it covers. */
  private async closeUpTo(watermark: number): Promise<Operation[]> {
    const covered = await this.db.keys({ gte: 'v/', lt: `v/${digits(watermark)}/${END}` }).all()
    return [put('m/watermark', json(watermark)), ...covered.map(del)]
  }

  private async newestSnapshot(): Promise<LoadedSnapshot | null> {
    const newest = (await this.db.iterator({ gte: 'n/', lt: `n/${END}`, reverse: true, limit: 1 }).all())[0]
    if (newest === undefined) return null
    const snapshot = decodeSnapshot(newest)
    const chunks = await this.db.getMany(snapshot.chunkRoots.map(root => `k/${root}`))
    const read = chunks.map((bytes, i) => readRecord.chunk({ root: snapshot.chunkRoots[i], bytes: bytes && plain(bytes) }))
    return { ...snapshot, chunks: new Map(read.map(({ root, bytes }) => [root, bytes])) }
  }

  /** @param space `k` or `a` */
  private async roots(space: string): Promise<string[]> {
    return (await this.db.keys({ gte: `${space}/`, lt: `${space}/${END}` }).all()).map(key => key.slice(2))
  }

  private async blocksByHeight(span: { gte: string; lt: string; limit?: number }): Promise<StoredBlock[]> {
    return this.blocksNamed((await this.db.keys(span).all()).map(key => decodeHeightKey(key).hash))
  }

  private async blocksNamed(hashes: readonly string[]): Promise<StoredBlock[]> {
    const values = await this.db.getMany(hashes.map(hash => `b/${hash}`))
    const subjects = await this.db.getMany(hashes.map(hash => `u/${hash}`))
    return hashes.map((hash, i) => decodeBlock(hash, values[i], subjects[i]))
  }

  private async certificates(span: { gte: string; lt: string; limit?: number }): Promise<StoredCertificate[]> {
    return (await this.db.iterator(span).all()).map(([key, bytes]) => {
      const [, height, kind, hash] = key.split('/')
      return readRecord.certificate({ kind, height: parseHeight(height), hash, bytes: plain(bytes) })
    })
  }

  /** All writes of one commit. Later operations win over earlier ones on the same key. */
  private async operationsOf(batch: CommitBatch): Promise<Operation[]> {
    const stored = await this.final()
    const final = newer(stored, batch.final)
    const removals = await Promise.all(batch.removeBlocks.map(hash => this.removal(hash)))
    const operations = [...removals.flat(), ...batch.blocks.flatMap(putBlock), ...batch.certificates.map(putCertificate)]
    if (final !== null && final !== stored) operations.push(...(await this.raise(final)))
    if (batch.stateHeaders.length > 0) operations.push(...(await this.headers(batch.stateHeaders)))
    const { kept, operations: keeping } = await this.keeping(batch.snapshot)
    operations.push(...keeping)
    return [...operations, ...(await this.pruning(batch, pruneFloor(batch.pruneBelow, final, newestOf(kept)), kept))]
  }

  /** A removed block takes its certificates with it: they would point nowhere. */
  private async removal(hash: string): Promise<Operation[]> {
    const block = await this.blockNamed(hash)
    if (block === null) return []
    const height = digits(block.height)
    return [...blockKeys(block), `c/${height}/finalise/${hash}`, `c/${height}/notarise/${hash}`].map(del)
  }

  private async blockNamed(hash: string): Promise<StoredBlock | null> {
    const [value, subjects] = await this.db.getMany([`b/${hash}`, `u/${hash}`])
    return value === undefined ? null : decodeBlock(hash, value, subjects)
  }

  /** Moves final mark and watermark up, and drops the vote rows that the watermark now covers. */
  private async raise(final: FinalMark): Promise<Operation[]> {
    const closing = await this.closeUpTo(Math.max(await this.watermark(), final.height))
    return [put('m/final', json({ height: final.height, hash: final.hash })), ...closing]
  }

  /** Of each epoch the first stays, and the newest of all. */
  private async headers(offered: readonly StoredStateHeader[]): Promise<Operation[]> {
    const newest = (await this.db.iterator({ gte: 'e/', lt: `e/${END}`, reverse: true, limit: 1 }).all()).map(decodeStateHeader)
    // Other epochs were settled when their headers came.
    const present: { height: number; epoch: number }[] = [...offered]
    for (const epoch of new Set([...newest, ...offered].map(header => header.epoch))) {
      const keys = await this.db.keys({ gte: `f/${digits(epoch)}/`, lt: `f/${digits(epoch)}/${END}` }).all()
      present.push(...keys.map(key => ({ epoch, height: parseHeight(key.split('/')[2]) })))
    }
    const keysOf = ({ height, epoch }: { height: number; epoch: number }): string[] => [`e/${digits(height)}`, `f/${digits(epoch)}/${digits(height)}`]
    const going = new Set(supersededHeaders(present))
    return [
      ...offered.flatMap(header => [put(keysOf(header)[0]!, withNumber(header.epoch, header.bytes)), put(keysOf(header)[1]!, NO_BYTES)]),
      ...present.filter(({ height }) => going.has(height)).flatMap(header => keysOf(header).map(del))
    ]
  }

  /** The newest KEPT_SNAPSHOTS stay; chunks that none of them names go in the same step. @returns the heights of those that stay, ascending */
  private async keeping(offered: CommitBatch['snapshot']): Promise<{ kept: number[]; operations: Operation[] }> {
    const heights = (await this.db.keys({ gte: 'n/', lt: `n/${END}` }).all()).map(key => parseHeight(key.split('/')[1]))
    if (offered === null || offered.snapshot.height <= (heights.at(-1) ?? -1)) return { kept: heights, operations: [] }
    const { snapshot, chunks } = offered
    const present = new Set(await this.roots('k'))
    for (const { root } of chunks) present.add(root)
    checkComplete(snapshot, root => present.has(root))
    const aheads = await this.roots('a')
    const arrived = aheads.some(root => snapshot.chunkRoots.includes(root))
    const spared = new Set(arrived ? [] : aheads)
    const kept = [...heights, snapshot.height].slice(-KEPT_SNAPSHOTS)
    const others = (await this.db.getMany(kept.slice(0, -1).map(height => `n/${digits(height)}`))).map((value, i) =>
      decodeSnapshot([`n/${digits(kept[i]!)}`, value!])
    )
    const named = new Set([snapshot, ...others].flatMap(({ chunkRoots }) => chunkRoots))
    return {
      kept,
      operations: [
        ...chunks.map(({ root, bytes }) => put(`k/${root}`, bytes)),
        put(`n/${digits(snapshot.height)}`, encodeSnapshot(snapshot)),
        ...heights.filter(height => !kept.includes(height)).map(height => del(`n/${digits(height)}`)),
        ...(arrived ? aheads.map(root => del(`a/${root}`)) : []),
        ...[...present].filter(root => !named.has(root) && !spared.has(root)).map(root => del(`k/${root}`))
      ]
    }
  }

  private async pruning(batch: CommitBatch, floor: number, kept: readonly number[]): Promise<Operation[]> {
    const operations: Operation[] = []
    for (const { from, to } of prunedRanges(floor, kept)) {
      const blocks = await this.blocksByHeight({ gte: `h/${digits(from)}/`, lt: `h/${digits(to)}/${END}` })
      const certificates = await this.db.keys({ gte: `c/${digits(from)}/`, lt: `c/${digits(to)}/${END}` }).all()
      const within = ({ height }: { height: number }): boolean => height >= from && height <= to
      // What comes with this very commit may be below the floor, too.
      operations.push(...[...blocks, ...batch.blocks.filter(within)].flatMap(blockKeys).map(del))
      operations.push(...[...certificates, ...batch.certificates.filter(within).map(certificateKey)].map(del))
    }
    return operations
  }
}

const newestOf = (heights: readonly number[]): { height: number } | null => (heights.length === 0 ? null : { height: heights.at(-1)! })

const levelAt = (directory: string): Level => new ClassicLevel<string, Uint8Array>(directory, { keyEncoding: 'utf8', valueEncoding: 'view' })

/** LevelDB hands out Node's `Buffer`, whose `slice` shares memory; nothing outside this file should meet one. */
const plain = (bytes: Uint8Array): Uint8Array => new Uint8Array(bytes)

/** A number as u64, then the bytes. */
function withNumber(number: number, bytes: Uint8Array): Uint8Array {
  const value = new Uint8Array(NUMBER_BYTES + bytes.length)
  new DataView(value.buffer).setBigUint64(0, BigInt(number))
  value.set(bytes, NUMBER_BYTES)
  return value
}

/** @returns null for what is too short */
function splitNumber(value: Uint8Array | undefined): { number: number; bytes: Uint8Array } | null {
  if (value === undefined || value.length < NUMBER_BYTES) return null
  const number = Number(new DataView(value.buffer, value.byteOffset, NUMBER_BYTES).getBigUint64(0))
  return { number, bytes: plain(value).slice(NUMBER_BYTES) }
}

function putBlock(block: StoredBlock): Operation[] {
  const [content, ...index] = blockKeys(block)
  const listed = block.subjects.length === 0 ? [] : [put(`u/${block.hash}`, json(block.subjects))]
  const empty = index.filter(key => !key.startsWith('u/')).map(key => put(key, NO_BYTES))
  return [put(content!, withNumber(block.height, block.bytes)), ...listed, ...empty]
}

/** Every key that a block is kept under, its own first. */
function blockKeys({ hash, height, subjects }: StoredBlock): string[] {
  const at = digits(height)
  return [`b/${hash}`, `h/${at}/${hash}`, ...(subjects.length === 0 ? [] : [`u/${hash}`]), ...subjects.map(subject => `t/${subject}/${at}/${hash}`)]
}

function decodeBlock(hash: string, value: Uint8Array | undefined, subjects: Uint8Array | undefined): StoredBlock {
  const split = splitNumber(value)
  return readRecord.block(split && { hash, height: split.number, bytes: split.bytes, subjects: subjects === undefined ? [] : parse(subjects) })
}

const certificateKey = ({ kind, height, hash }: StoredCertificate): string => `c/${digits(height)}/${kind}/${hash}`
const putCertificate = (certificate: StoredCertificate): Operation => put(certificateKey(certificate), certificate.bytes)

function encodeSnapshot({ hash, stateRoot, at, manifest, chunkRoots }: StoredSnapshot): Uint8Array {
  return json({ hash, stateRoot, at, chunkRoots, manifest: Buffer.from(manifest).toString('base64') })
}

function decodeSnapshot([key, value]: [string, Uint8Array]): StoredSnapshot {
  const { hash, stateRoot, at, chunkRoots, manifest } = Object(parse(value)) as Record<string, unknown>
  const bytes = typeof manifest === 'string' ? new Uint8Array(Buffer.from(manifest, 'base64')) : null
  return readRecord.snapshot({ height: parseHeight(key.split('/')[1]), hash, stateRoot, at, chunkRoots, manifest: bytes })
}

function decodeStateHeader([key, value]: [string, Uint8Array]): StoredStateHeader {
  const split = splitNumber(value)
  return readRecord.stateHeader(split && { height: parseHeight(key.split('/')[1]), epoch: split.number, bytes: split.bytes })
}

const voteKey = (row: VoteRow): string => `v/${digits(row.height)}/${row.kind}/${row.hash}/${row.parent}`

function decodeVoteKey(key: string): VoteRow {
  const [, height, kind, hash, parent] = key.split('/')
  return readRecord.vote({ kind, height: parseHeight(height), hash, parent })
}

function decodeHeightKey(key: string): { height: number; hash: string } {
  const [, height, hash] = key.split('/')
  return { height: parseHeight(height), hash: hash ?? '' }
}

const parseHeight = (text: string | undefined): number => Number.parseInt(text ?? '', 16)

function encodeKey(key: KeptKey): Uint8Array {
  if (isSealed(key)) return json({ name: key.name, publicKey: key.publicKey, sealed: hex(key.sealed) })
  return json({ secretKey: hex(key.secretKey), name: key.name })
}

function decodeKey(value: Uint8Array): KeptKey {
  const { secretKey, name, publicKey, sealed } = Object(parse(value)) as Record<string, unknown>
  return readRecord.key(sealed === undefined ? { name, secretKey: bytesOf(secretKey) } : { name, publicKey, sealed: bytesOf(sealed) })
}

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')
const bytesOf = (text: unknown): Uint8Array | null => (typeof text === 'string' ? new Uint8Array(Buffer.from(text, 'hex')) : null)

/** @returns null for what is not JSON; the reader of the record then calls it damaged */
function parse(value: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(value)) as unknown
  } catch {
    return null
  }
}

async function diskUsage(directory: string): Promise<{ usedBytes: number | null; quotaBytes: number | null }> {
  try {
    const names = await readdir(directory)
    // LevelDB removes files as it compacts: one that is gone counts nothing.
    const sizes = await Promise.all(
      names.map(name =>
        stat(join(directory, name)).then(
          file => file.size,
          () => 0
        )
      )
    )
    const usedBytes = sizes.reduce((sum, size) => sum + size, 0)
    const disk = await statfs(directory)
    return { usedBytes, quotaBytes: usedBytes + disk.bavail * disk.bsize }
  } catch {
    return { usedBytes: null, quotaBytes: null }
  }
}

/** LevelDB wraps the cause of a failed open in an error of its own. */
function toStoreError(error: unknown, directory: string): StoreError {
  if (error instanceof StoreError) return error
  const { code, message, cause } = Object(error) as { code?: string; message?: string; cause?: { code?: string; message?: string } }
  const codes = [code, cause?.code]
  const text = `${message ?? String(error)} ${cause?.message ?? ''}`
  if (codes.includes('LEVEL_LOCKED'))
    return new StoreError('denied', `${directory} is in use by another process. Stop that server, or choose another directory with --data.`)
  if (codes.includes('EACCES') || codes.includes('EPERM') || codes.includes('EROFS') || /permission denied|read-only file system/i.test(text)) {
    return new StoreError('denied', `${directory} cannot be written: permission denied. Choose another directory with --data, or change its owner.`)
  }
  if (codes.includes('ENOTDIR') || codes.includes('EEXIST')) return new StoreError('denied', `${directory} is not a directory. Choose another one with --data.`)
  if (codes.includes('ENOSPC') || /no space left/i.test(text))
    return new StoreError('full', `The disk that holds ${directory} is full. Free some space and start again.`)
  if (codes.includes('LEVEL_CORRUPTION'))
    return new StoreError('damaged', `The database in ${directory} is damaged. Move it away and start again; the chain comes back from peers.`)
  if (codes.includes('LEVEL_DATABASE_NOT_OPEN')) return new StoreError('closed', 'The store was closed.')
  return new StoreError('unavailable', `The database in ${directory} does not work: ${text.trim()}`)
}
