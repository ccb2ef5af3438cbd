/** What every store does about its key's mark (promiseMark.ts), whatever it writes to: compare at the start, raise with each promise. */
import { StoreError } from '../node/ports'
import type { Identity, PromiseMark, StoreFinding } from '../node/ports'
import { higher, OvertakenError } from './promiseMark'
import type { ForeignMark, MarkKeeper, OpenMark } from './promiseMark'

export interface MarkedDatabase {
  /** Null while the database has no key or no network yet: then there is nothing to promise. */
  owner(): Promise<{ genesis: Uint8Array; identity: Identity; writer: number } | null>
  /**
   * In one step: a database that knows of fewer promises than the mark, or whose mark was written by another database, is closed for votes up to the mark's height and takes
   * over its count, so that the doubt is over once it has been answered. Its rows up to there go; after another database they all go, for those above the mark never counted.
   */
  compare(mark: ForeignMark): Promise<{ known: PromiseMark; older: boolean }>
}

interface Opened {
  owned: boolean
  mark: MarkKeeper | null
}

export class KeyMark {
  readonly #findings: StoreFinding[] = []
  #opened: Promise<Opened> | null = null
  #replaced = false
  #yielding: Promise<void> | null = null

  /** @param open null: this store has no mark, by design */
  constructor(
    private readonly open: OpenMark | null,
    private readonly database: MarkedDatabase
  ) {}

  get findings(): readonly StoreFinding[] {
    return this.#findings
  }

  found(finding: StoreFinding): void {
    if (!this.#findings.some(known => known.code === finding.code)) this.#findings.push(finding)
  }

  /** Compares, once for each key; before that no vote may be judged. Null without a mark. */
  async ready(): Promise<MarkKeeper | null> {
    const opening = (this.#opened ??= this.#open())
    try {
      const opened = await opening
      // Without an owner there is nothing to remember yet: the next call asks again.
      if (!opened.owned && this.#opened === opening) this.#opened = null
      return opened.mark
    } catch (error) {
      if (this.#opened === opening) this.#opened = null
      throw error
    }
  }

  async #open(): Promise<Opened> {
    if (this.open === null) return { owned: true, mark: null }
    const owner = await this.database.owner()
    if (owner === null) return { owned: false, mark: null }
    const mark = await this.open(owner.genesis, owner.identity, owner.writer)
    if (mark === null) {
      this.found({ code: 'no-mark' })
      return { owned: true, mark: null }
    }
    // The mark first: what another tab promises in between makes the database newer than it, never older.
    const said = await mark.read()
    const { known, older } = await this.database.compare(said)
    if (older) this.found({ code: 'older-than-mark', closedUpTo: said.height })
    // Where another database has promised last, only a promise of this one raises the mark again.
    if (!said.foreign) await mark.raise(known)
    return { owned: true, mark }
  }

  /** Before a vote is judged. @returns what raises the mark of the key that it is judged for; null without one @throws StoreError 'closed' once another key has taken over */
  async forVote(): Promise<MarkKeeper | null> {
    if (this.#replaced) throw new StoreError('closed', 'Another key has taken over this database. Restart the node to go on with it.')
    await this.#yielding
    return this.ready()
  }

  /**
   * R6: before a promise counts.
   * @param mark as `forVote` gave it when the promise was judged
   * @returns false: another database has promised with this key, so this promise does not count; from now on this one knows what up to
   * @throws StoreError: the mark cannot be written, so the promise does not count
   */
  async raise(mark: MarkKeeper | null, known: PromiseMark): Promise<boolean> {
    try {
      await mark?.raise(known)
      return true
    } catch (error) {
      if (!(error instanceof OvertakenError)) throw error
      await (this.#yielding ??= this.#yield(error.mark.height))
      return false
    }
  }

  /** The next vote opens the mark anew, and the database is closed up to what it says then. What was judged before holds the old keeper, which raises nothing any more. */
  async #yield(closedUpTo: number): Promise<void> {
    try {
      this.found({ code: 'key-in-use', closedUpTo })
      await this.release()
    } finally {
      this.#yielding = null
    }
  }

  /** Another key has taken over: the node that still runs with the one before may not write promises into its rows. */
  async replaced(): Promise<void> {
    this.#replaced = true
    await this.release()
    await this.ready()
  }

  /** What this browser or machine knows of another key's promises, with what is told about it. */
  async merged(genesis: Uint8Array | null, identity: Identity, told: PromiseMark): Promise<PromiseMark> {
    const mark = genesis === null ? null : ((await this.open?.(genesis, identity, 0)) ?? null)
    if (mark === null) return told
    try {
      return higher(await mark.read(), told)
    } finally {
      await mark.close()
    }
  }

  /** The key or the network changes, or the store is closed. */
  async release(): Promise<void> {
    const opened = this.#opened
    this.#opened = null
    const { mark } = (await opened?.catch(() => null)) ?? { mark: null }
    await mark?.close()
  }
}
