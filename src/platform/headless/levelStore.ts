/**
 * The headless server's `NodeStore`: one LevelDB directory.
 *
 * One step of the port is one write batch with `sync: true`: after a kill or a power cut all of it is there or none. LevelDB has no
 * transactions that read and write, so inside the process a mutex makes read-decide-write one step, and across processes LevelDB's own
 * lock lets only one hold the directory.
 *
 * Keys (heights as 14 hex digits, so that they sort as numbers):
 *     m/genesis  m/identity  m/final  m/watermark
 *     b/<hash>                          height as u64, then the block
 *     h/<height>/<hash>                 empty: blocks by height
 *     c/<height>/<kind>/<hash>          the certificate
 *     v/<height>/<kind>/<hash>/<parent> empty: the key is the vote
 *     s/<height>/<hash>                 the newest snapshot
 */
import { mkdir, readdir, stat, statfs } from 'node:fs/promises'
import { join } from 'node:path'
import { ClassicLevel } from 'classic-level'
import { admitVote } from '../../core/consensus/voteGuard'
import type { VoteOutcome, VoteRow } from '../../core/consensus/voteGuard'
import { StoreError } from '../../node/ports'
import type { CommitBatch, Identity, NodeStore, Stored, StoredBlock, StoredCertificate, StoredSnapshot, StoreUsage } from '../../node/ports'
import {
  checkBatch,
  checkBlocks,
  checkIdentity,
  checkVote,
  GENESIS_FINAL,
  newer,
  otherGenesis,
  pruneFloor,
  RANGE_MAX_BLOCKS,
  readRecord,
  sameBytes,
  sameVote
} from '../storeRules'
import type { FinalMark } from '../storeRules'
import { Mutex } from './mutex'

/** Digits of Number.MAX_SAFE_INTEGER in hex. */
const HEIGHT_DIGITS = 14
/** Bytes before a block's own: its height as u64. */
const HEIGHT_BYTES = 8
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
 * @throws StoreError 'denied' (another process holds it, or no permission), 'damaged', 'full', 'unavailable'
 */
export async function openLevelStore(directory: string): Promise<NodeStore> {
  const store = new LevelStore(directory)
  await store.open()
  return store
}

class LevelStore implements NodeStore {
  private db: Level
  private readonly mutex = new Mutex()

  constructor(private readonly directory: string) {
    this.db = levelAt(directory)
  }

  async open(): Promise<void> {
    try {
      // The agent's secret key is in there.
      await mkdir(this.directory, { recursive: true, mode: 0o700 })
      await this.db.open()
    } catch (error) {
      throw toStoreError(error, this.directory)
    }
  }

  identity(create: () => Identity): Promise<Identity> {
    return this.step(async () => {
      const kept = await this.db.get('m/identity')
      if (kept !== undefined) return decodeIdentity(kept)
      const identity = create()
      checkIdentity(identity)
      await this.write([put('m/identity', encodeIdentity(identity))])
      return identity
    })
  }

  replaceIdentity(identity: Identity): Promise<void> {
    return this.step(async () => {
      checkIdentity(identity)
      await this.write([put('m/identity', encodeIdentity(identity))])
    })
  }

  load(): Promise<Stored | null> {
    return this.step(async () => {
      const genesis = await this.db.get('m/genesis')
      if (genesis === undefined) return null
      const snapshot = await this.snapshot()
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

  castVote(row: VoteRow, blocks: StoredBlock[]): Promise<VoteOutcome> {
    return this.step(async () => {
      checkVote(row)
      checkBlocks(blocks)
      const at = `v/${digits(row.height)}/`
      const rows = (await this.db.keys({ gte: at, lt: at + END }).all()).map(decodeVoteKey)
      const outcome = admitVote(rows, await this.watermark(), row)
      if (!outcome.ok) return outcome
      const operations = blocks.flatMap(putBlock)
      if (!rows.some(old => sameVote(old, row))) operations.push(put(voteKey(row), NO_BYTES))
      await this.write(operations)
      return outcome
    })
  }

  commit(batch: CommitBatch): Promise<void> {
    return this.step(async () => {
      checkBatch(batch)
      await this.write(await this.operationsOf(batch))
    })
  }

  block(hash: string): Promise<StoredBlock | null> {
    return this.guard(async () => {
      const value = await this.db.get(`b/${hash}`)
      return value === undefined ? null : decodeBlock(hash, value)
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

  erase(): Promise<void> {
    return this.step(async () => {
      await this.db.close()
      await ClassicLevel.destroy(this.directory)
      this.db = levelAt(this.directory)
      await this.db.open()
    })
  }

  async close(): Promise<void> {
    // Behind the mutex: a write that was promised is finished first.
    await this.step(() => this.db.close()).catch(() => undefined)
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

  private async snapshot(): Promise<StoredSnapshot | null> {
    const newest = (await this.db.iterator({ gte: 's/', lt: `s/${END}`, reverse: true, limit: 1 }).all())[0]
    return newest ? readRecord.snapshot({ ...decodeHeightKey(newest[0]), bytes: plain(newest[1]) }) : null
  }

  private async blocksByHeight(span: { gte: string; lt: string; limit?: number }): Promise<StoredBlock[]> {
    const hashes = (await this.db.keys(span).all()).map(key => decodeHeightKey(key).hash)
    const values = await this.db.getMany(hashes.map(hash => `b/${hash}`))
    return hashes.map((hash, i) => decodeBlock(hash, values[i]))
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
    const kept = (await this.db.keys({ gte: 's/', lt: `s/${END}` }).all()).map(decodeHeightKey).at(-1) ?? null
    const snapshot = newer<{ height: number }>(kept, batch.snapshot)
    const floor = pruneFloor(batch.pruneBelow, final, snapshot)
    const operations = [
      ...batch.blocks.filter(b => b.height >= floor).flatMap(putBlock),
      ...batch.certificates.filter(c => c.height >= floor).map(putCertificate)
    ]
    for (const hash of batch.removeBlocks) operations.push(...(await this.removal(hash, batch.blocks)))
    if (final !== null && final !== stored) operations.push(...(await this.raise(final)))
    if (batch.snapshot !== null && snapshot === batch.snapshot) {
      if (kept) operations.push(del(`s/${digits(kept.height)}/${kept.hash}`))
      operations.push(put(`s/${digits(batch.snapshot.height)}/${batch.snapshot.hash}`, batch.snapshot.bytes))
    }
    return [...operations, ...(await this.pruning(floor))]
  }

  /** A removed block takes its certificates with it: they would point nowhere. */
  private async removal(hash: string, added: readonly StoredBlock[]): Promise<Operation[]> {
    const value = await this.db.get(`b/${hash}`)
    const block = added.find(b => b.hash === hash) ?? (value && decodeBlock(hash, value))
    if (!block) return []
    const height = digits(block.height)
    return [`b/${hash}`, `h/${height}/${hash}`, `c/${height}/finalise/${hash}`, `c/${height}/notarise/${hash}`].map(del)
  }

  /** Moves final mark and watermark up, and drops the vote rows that the watermark now covers. */
  private async raise(final: FinalMark): Promise<Operation[]> {
    const watermark = Math.max(await this.watermark(), final.height)
    const covered = await this.db.keys({ gte: 'v/', lt: `v/${digits(watermark)}/${END}` }).all()
    return [put('m/final', json({ height: final.height, hash: final.hash })), put('m/watermark', json(watermark)), ...covered.map(del)]
  }

  private async pruning(floor: number): Promise<Operation[]> {
    if (floor === 0) return []
    const heights = await this.db.keys({ gte: 'h/', lt: `h/${digits(floor)}` }).all()
    const certificates = await this.db.keys({ gte: 'c/', lt: `c/${digits(floor)}` }).all()
    return [...heights.flatMap(key => [key, `b/${decodeHeightKey(key).hash}`]), ...certificates].map(del)
  }
}

const levelAt = (directory: string): Level => new ClassicLevel<string, Uint8Array>(directory, { keyEncoding: 'utf8', valueEncoding: 'view' })

/** LevelDB hands out Node's `Buffer`, whose `slice` shares memory; nothing outside this file should meet one. */
const plain = (bytes: Uint8Array): Uint8Array => new Uint8Array(bytes)

function putBlock({ hash, height, bytes }: StoredBlock): Operation[] {
  const value = new Uint8Array(HEIGHT_BYTES + bytes.length)
  new DataView(value.buffer).setBigUint64(0, BigInt(height))
  value.set(bytes, HEIGHT_BYTES)
  return [put(`b/${hash}`, value), put(`h/${digits(height)}/${hash}`, NO_BYTES)]
}

function decodeBlock(hash: string, value: Uint8Array | undefined): StoredBlock {
  if (value === undefined || value.length < HEIGHT_BYTES) return readRecord.block(null)
  const height = Number(new DataView(value.buffer, value.byteOffset, HEIGHT_BYTES).getBigUint64(0))
  return readRecord.block({ hash, height, bytes: plain(value).subarray(HEIGHT_BYTES) })
}

const putCertificate = ({ kind, height, hash, bytes }: StoredCertificate): Operation => put(`c/${digits(height)}/${kind}/${hash}`, bytes)

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

function encodeIdentity(identity: Identity): Uint8Array {
  return json({ secretKey: Buffer.from(identity.secretKey).toString('hex'), name: identity.name })
}

function decodeIdentity(value: Uint8Array): Identity {
  const { secretKey, name } = Object(parse(value)) as { secretKey?: unknown; name?: unknown }
  return readRecord.identity({ secretKey: typeof secretKey === 'string' ? new Uint8Array(Buffer.from(secretKey, 'hex')) : null, name })
}

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
