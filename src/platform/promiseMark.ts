/**
 * The mark beside a database: how much was ever promised with one key in one network (R6).
 *
 * Browsers lose databases (Chromium was seen to drop a whole one after a kill), and people restore profiles and folders. A key that comes back with an older
 * database must not vote again on what it has left, so every promise also raises a mark that does not share the database's fate, before it counts. The mark
 * belongs to the key: an imported one finds it.
 */
import { StoreError } from '../node/ports'
import type { Identity, PromiseMark } from '../node/ports'

/** Opens the mark of a key, making it when it is not there; null where there is no place for one. */
export type OpenMark = (genesis: Uint8Array, identity: Identity) => Promise<MarkKeeper | null>

/** A small file, or what stands in for one. */
export interface MarkMedium {
  /** All of it; empty when it is new. */
  read(): Promise<Uint8Array>
  /**
   * Reads, asks `change` what to write and where (null: nothing), and returns when that is safe. No other handle on the same file writes in between.
   * Rejects when it cannot be written.
   */
  update(change: (present: Uint8Array) => { at: number; bytes: Uint8Array<ArrayBuffer> } | null): Promise<void>
  close(): Promise<void>
}

export const NO_PROMISES: PromiseMark = { height: 0, promises: 0 }

/** Height and count as u64, then the complement of both: a torn write does not pass for a mark. */
const RECORD_BYTES = 32
/** Two records take turns, in different sectors of the disk: while one is being written the other is whole. */
const SECOND_AT = 512

const U64 = 0xffff_ffff_ffff_ffffn

/** Raises one mark. Raises that come while one is being written become one: a disk that flushes slowly costs each vote one flush, not a queue of them. */
export class MarkKeeper {
  #written: PromiseMark = NO_PROMISES
  #wanted: PromiseMark = NO_PROMISES
  #writing: Promise<void> | null = null

  constructor(private readonly medium: MarkMedium) {}

  async read(): Promise<PromiseMark> {
    this.#written = higher(this.#written, decodeMark(await this.medium.read()))
    return this.#written
  }

  /** Resolves once the mark is at least as high, safe on the disk. @throws StoreError 'unavailable' or 'full' when it cannot be written: do not promise */
  async raise(mark: PromiseMark): Promise<void> {
    this.#wanted = higher(this.#wanted, mark)
    while (!covers(this.#written, mark)) {
      this.#writing ??= this.#write().finally(() => {
        this.#writing = null
      })
      await this.#writing
    }
  }

  close(): Promise<void> {
    return this.medium.close()
  }

  async #write(): Promise<void> {
    // One turn of the event loop: raises that are already on their way come along.
    await Promise.resolve()
    let wanted = this.#wanted
    try {
      await this.medium.update(present => {
        wanted = higher(this.#wanted, decodeMark(present))
        return { at: placeOf(present), bytes: encodeMark(wanted) }
      })
    } catch (error) {
      if (error instanceof StoreError) throw error
      throw new StoreError('unavailable', `The mark beside the database cannot be written: ${error instanceof Error ? error.message : String(error)}`)
    }
    this.#written = higher(this.#written, wanted)
  }
}

export const higher = (a: PromiseMark, b: PromiseMark): PromiseMark => ({ height: Math.max(a.height, b.height), promises: Math.max(a.promises, b.promises) })
const covers = (a: PromiseMark, b: PromiseMark): boolean => a.height >= b.height && a.promises >= b.promises

/** Over the older of the two records. */
function placeOf(present: Uint8Array): number {
  const [first, second] = [recordAt(present, 0), recordAt(present, SECOND_AT)]
  if (first === null) return 0
  return second === null || covers(first, second) ? SECOND_AT : 0
}

export function encodeMark({ height, promises }: PromiseMark): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(RECORD_BYTES)
  const view = new DataView(bytes.buffer)
  for (const [i, value] of [height, promises].entries()) {
    view.setBigUint64(8 * i, BigInt(value))
    view.setBigUint64(16 + 8 * i, ~BigInt(value) & U64)
  }
  return bytes
}

/** @returns what the file says; NO_PROMISES from anything that was not written here */
export function decodeMark(file: Uint8Array): PromiseMark {
  return [recordAt(file, 0), recordAt(file, SECOND_AT)].reduce<PromiseMark>(
    (highest, record) => (record === null ? highest : higher(highest, record)),
    NO_PROMISES
  )
}

function recordAt(file: Uint8Array, at: number): PromiseMark | null {
  if (file.length < at + RECORD_BYTES) return null
  const view = new DataView(file.buffer, file.byteOffset + at, RECORD_BYTES)
  const [height, promises] = [view.getBigUint64(0), view.getBigUint64(8)]
  if ((height ^ view.getBigUint64(16)) !== U64 || (promises ^ view.getBigUint64(24)) !== U64) return null
  const most = BigInt(Number.MAX_SAFE_INTEGER)
  return height <= most && promises <= most ? { height: Number(height), promises: Number(promises) } : null
}
