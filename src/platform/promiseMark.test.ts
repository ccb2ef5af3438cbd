import fc from 'fast-check'
import { describe, expect, it, vi } from 'vitest'
import { decodeMark, encodeMark, MarkKeeper, NO_PROMISES } from './promiseMark'

/** A file whose writes end when told to. */
class SlowFile {
  bytes = new Uint8Array(0)
  writes = 0
  readonly #waiting: (() => void)[] = []

  async read(): Promise<Uint8Array> {
    return this.bytes
  }
  async update(change: (present: Uint8Array) => { at: number; bytes: Uint8Array } | null): Promise<void> {
    await new Promise<void>(resolve => this.#waiting.push(resolve))
    const write = change(this.bytes)
    if (write === null) return
    this.writes++
    this.bytes = written(this.bytes, write)
  }
  async close(): Promise<void> {}
  /** Lets the write under way end. */
  async end(): Promise<void> {
    await vi.waitFor(() => expect(this.#waiting).not.toEqual([]))
    this.#waiting.shift()!()
  }
}

function written(before: Uint8Array, { at, bytes }: { at: number; bytes: Uint8Array }): Uint8Array<ArrayBuffer> {
  const after = new Uint8Array(Math.max(before.length, at + bytes.length))
  after.set(before)
  after.set(bytes, at)
  return after
}

describe('the mark of a key (R6)', () => {
  it('raises that come while one is being written become one, and none is told before it is safe', async () => {
    const file = new SlowFile()
    const keeper = new MarkKeeper(file, 1)
    const safe: number[] = []
    const raise = async (promises: number): Promise<void> => {
      await keeper.raise({ height: promises, promises })
      safe.push(promises)
    }
    const all = [raise(1)]
    await Promise.resolve()
    await Promise.resolve()
    for (let promises = 2; promises <= 20; promises++) all.push(raise(promises))
    expect(safe).toEqual([])
    await file.end()
    await Promise.all(all)
    expect(file.writes).toBe(1)
    expect(decodeMark(file.bytes)).toEqual({ height: 20, promises: 20 })
    await keeper.raise({ height: 7, promises: 7 })
    expect(file.writes).toBe(1)
  })

  it('two keepers of one file never move it back', async () => {
    const file = new SlowFile()
    const [a, b] = [new MarkKeeper(file, 1), new MarkKeeper(file, 1)]
    const both = [a.raise({ height: 9, promises: 3 }), b.raise({ height: 4, promises: 2 })]
    await file.end()
    await file.end()
    await Promise.all(both)
    expect(decodeMark(file.bytes)).toEqual({ height: 9, promises: 3 })
  })

  it('a keeper of another database is told that it was overtaken', async () => {
    const file = new SlowFile()
    const [a, b] = [new MarkKeeper(file, 1), new MarkKeeper(file, 2)]
    const raised = a.raise({ height: 9, promises: 3 })
    await file.end()
    await raised
    const late = b.raise({ height: 9, promises: 8 })
    const refused = expect(late).rejects.toMatchObject({ mark: { height: 9, promises: 3 } })
    await file.end()
    await refused
    // What it judged before cannot count, however high; a keeper that has read the mark may go on.
    await expect(b.raise({ height: 10, promises: 9 })).rejects.toMatchObject({ mark: { height: 9 } })
    const again = new MarkKeeper(file, 2)
    expect(await again.read()).toEqual({ height: 9, promises: 3, foreign: true })
    const later = again.raise({ height: 10, promises: 4 })
    await file.end()
    await later
    expect(decodeMark(file.bytes)).toEqual({ height: 10, promises: 4 })
  })

  it('a write torn at any byte leaves the mark before it', async () => {
    const file = new SlowFile()
    const keeper = new MarkKeeper(file, 1)
    for (const promises of [1, 2, 3]) {
      const raised = keeper.raise({ height: 1000 * promises, promises })
      await file.end()
      await raised
    }
    const before = file.bytes
    const raised = keeper.raise({ height: 0x1234_5678, promises: 4 })
    await file.end()
    await raised
    const changed = [...file.bytes.keys()].filter(i => file.bytes[i] !== before[i])
    for (const upTo of changed) {
      const torn = file.bytes.map((byte, i) => (i <= upTo ? byte : (before[i] ?? 0)))
      if (upTo === changed.at(-1)) continue
      expect(decodeMark(torn)).toEqual({ height: 3000, promises: 3 })
    }
  })

  it('reads back what it wrote, and nothing from anything else', () => {
    const count = fc.maxSafeNat()
    fc.assert(
      fc.property(count, count, (height, promises) => {
        expect(decodeMark(encodeMark({ height, promises, writer: 5 }))).toEqual({ height, promises })
      })
    )
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 600 }), bytes => {
        expect(decodeMark(bytes)).toEqual(NO_PROMISES)
      })
    )
  })
})
