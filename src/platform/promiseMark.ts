/**
 * The mark beside a database: how much was ever promised with one key in one network (R6).
 *
 * Browsers lose databases (Chromium was seen to drop a whole one after a kill), and people restore profiles and folders. A key that comes back with an older
 * database must not vote again on what it has left, so every promise also raises a mark that does not share the database's fate, before it counts. The mark
 * belongs to the key: an imported one finds it.
 *
 * It is also a compare-and-swap between databases: two nodes of one browser or machine that use one key in a database each cannot see each other's rows, but the
 * second finds that somebody else has raised the mark since it looked last, and does not promise.
 */
import { StoreError } from '../node/ports'
import type { Identity, PromiseMark } from '../node/ports'

/**
 * Opens the mark of a key, making it when it is not there; null where there is no place for one.
 * @param writer names the database that promises: tabs that share one share this, too
 */
export type OpenMark = (genesis: Uint8Array, identity: Identity, writer: number) => Promise<MarkKeeper | null>

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

/** Height, count and writer as u64, then the complement of all: a torn write does not pass for a mark. */
const RECORD_BYTES = 48

/** Whose database has raised it to this. */
type Written = PromiseMark & { writer: number }
/** `foreign`: another database has written it. */
export type ForeignMark = PromiseMark & { foreign: boolean }

/** Another database has promised with this key: what it has raised the mark to. */
export class OvertakenError extends StoreError {
  constructor(readonly mark: PromiseMark) {
    super('unavailable', 'Another node uses this key, too. This one abstains; stop one of them.')
  }
}
/** Two records take turns, in different sectors of the disk: while one is being written the other is whole. */
const SECOND_AT = 512

const U64 = 0xffff_ffff_ffff_ffffn

/**
 * Raises one mark. Raises that come while one is being written become one: a disk that flushes slowly costs each vote one flush, not a queue of them.
 * Once it was overtaken it raises nothing any more: what was judged before cannot count, and whoever goes on opens the mark anew.
 */
export class MarkKeeper {
  /** What the file said last, by whom; and what this keeper has written. */
  #seen: Written = { ...NO_PROMISES, writer: 0 }
  #written: PromiseMark = NO_PROMISES
  #wanted: PromiseMark = NO_PROMISES
  #writing: Promise<void> | null = null
  #overtaken: OvertakenError | null = null

  constructor(
    private readonly medium: MarkMedium,
    readonly writer: number
  ) {}

  /** What the file says, and whether another database has written that. */
  async read(): Promise<ForeignMark> {
    const { height, promises, writer } = (this.#seen = newestIn(await this.medium.read()))
    return { height, promises, foreign: writer !== this.writer && promises > 0 }
  }

  /** Resolves once the mark is at least as high, safe on the disk. @throws OvertakenError, or StoreError 'unavailable' or 'full' when it cannot be written: do not promise */
  async raise(mark: PromiseMark): Promise<void> {
    this.#wanted = higher(this.#wanted, mark)
    while (!covers(this.#written, mark)) {
      if (this.#overtaken !== null) throw this.#overtaken
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
        const said = newestIn(present)
        // The counts of two databases say nothing about each other: any record of another one that was not there when this one looked is news.
        if (said.writer !== this.writer && said.promises > 0 && !sameRecord(said, this.#seen)) {
          this.#overtaken = new OvertakenError({ height: said.height, promises: said.promises })
          throw this.#overtaken
        }
        wanted = higher(this.#wanted, said)
        return { at: placeOf(present), bytes: encodeMark({ ...wanted, writer: this.writer }) }
      })
    } catch (error) {
      if (error instanceof StoreError) throw error
      throw new StoreError('unavailable', `The mark beside the database cannot be written: ${error instanceof Error ? error.message : String(error)}`)
    }
    this.#seen = { ...wanted, writer: this.writer }
    this.#written = higher(this.#written, wanted)
  }
}

export const higher = (a: PromiseMark, b: PromiseMark): PromiseMark => ({ height: Math.max(a.height, b.height), promises: Math.max(a.promises, b.promises) })
const sameRecord = (a: Written, b: Written): boolean => a.writer === b.writer && a.height === b.height && a.promises === b.promises
const covers = (a: PromiseMark, b: PromiseMark): boolean => a.height >= b.height && a.promises >= b.promises

/** Over the older of the two records. */
function placeOf(present: Uint8Array): number {
  const [first, second] = [recordAt(present, 0), recordAt(present, SECOND_AT)]
  if (first === null) return 0
  return second === null || covers(first, second) ? SECOND_AT : 0
}

export function encodeMark({ height, promises, writer }: Written): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(RECORD_BYTES)
  const view = new DataView(bytes.buffer)
  for (const [i, value] of [height, promises, writer].entries()) {
    view.setBigUint64(8 * i, BigInt(value))
    view.setBigUint64(24 + 8 * i, ~BigInt(value) & U64)
  }
  return bytes
}

/** @returns what the file says; NO_PROMISES from anything that was not written here */
export function decodeMark(file: Uint8Array): PromiseMark {
  const { height, promises } = newestIn(file)
  return { height, promises }
}

function newestIn(file: Uint8Array): Written {
  const [first, second] = [recordAt(file, 0), recordAt(file, SECOND_AT)]
  if (first === null || second === null) return first ?? second ?? { ...NO_PROMISES, writer: 0 }
  return covers(second, first) ? second : first
}

function recordAt(file: Uint8Array, at: number): Written | null {
  if (file.length < at + RECORD_BYTES) return null
  const view = new DataView(file.buffer, file.byteOffset + at, RECORD_BYTES)
  const values: number[] = []
  for (let i = 0; i < 3; i++) {
    const value = view.getBigUint64(8 * i)
    if ((value ^ view.getBigUint64(24 + 8 * i)) !== U64 || value > BigInt(Number.MAX_SAFE_INTEGER)) return null
    values.push(Number(value))
  }
  return { height: values[0]!, promises: values[1]!, writer: values[2]! }
}
