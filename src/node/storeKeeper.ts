/**
 * What a live node does about its disk: writes in order, tries again what was refused, makes room when it is full or over its budget, and says what is wrong with
 * cause and action. It decides nothing about the chain.
 */
import type { Missing, StorageView } from '../bridge/views'
import type { VoteOutcome, VoteRow } from '../core/consensus/voteGuard'
import type { Clock } from './clock'
import { EMPTY_BATCH, StoreError } from './ports'
import type { CommitBatch, NodeStore, StoredBlock, StoredChunk, StoredSnapshot, StoreFinding, StoreUsage } from './ports'

/** Retry of a write that the store refused. */
const RETRY_MS = 2000
/** Promises that wait for a disk that takes none. While it does, a round has a handful. */
const MAX_WAITING_VOTES = 64
/** How often the store is asked how full it is. */
const USAGE_EVERY_MS = 5000
/** What a site may take on a person's disk without being asked; some weeks of a busy room. */
const BUDGET_BYTES = 300_000_000
/** Of what the browser gives the site, so that promises and the other tabs' nodes have room on a small disk. */
const BUDGET_SHARE = 0.5
/** Prunes up to the newest snapshot: the store knows where that is. */
const ALL_BELOW_SNAPSHOT = Number.MAX_SAFE_INTEGER

export interface StoreTeller {
  say(kind: 'warning' | 'error' | 'sync', text: string): void
  log(text: string): void
}

export class StoreKeeper {
  #unwritten: CommitBatch[] = []
  #writing: Promise<void> = Promise.resolve()
  #isWriting = false
  #trouble: StoreError | null = null
  #stopped = false
  #waiting = 0
  #usageAt = 0
  #usage: StoreUsage = { kind: 'memory', usedBytes: null, quotaBytes: null, persisted: null, blocks: 0, lowestBlock: 0 }
  #snapshots: StorageView['snapshots'] = []
  #prunedTo = 0
  #told = 0

  /** @param keepsAll an archive: pruned only when the disk is full */
  constructor(
    private readonly store: NodeStore,
    private readonly clock: Clock,
    private readonly keepsAll: boolean,
    private readonly teller: StoreTeller
  ) {}

  /** Has the last write been taken? While it has not, promises cannot be kept. */
  get sound(): boolean {
    return this.#trouble === null
  }

  /** Begun at once, so that the disk takes it before a promise that comes after it: the certificate that a finalisation rests on. */
  commit(batch: CommitBatch): void {
    this.#unwritten.push(batch)
    if (!this.#isWriting) this.#writing = this.#write()
  }

  /**
   * R6: the promise is durable before the signature leaves. One that the disk did not take is offered again, the very same one, which promises nothing else: a lone
   * validator would stand still for ever if it gave up.
   * @returns null: the store cannot say yes, so abstain
   */
  async castVote(row: VoteRow, blocks: StoredBlock[]): Promise<VoteOutcome | null> {
    for (;;) {
      try {
        const outcome = await this.#withRoom(() => this.store.castVote(row, blocks))
        this.#recovered()
        return outcome
      } catch (error) {
        const { code } = this.#failed(error)
        if (this.#waiting >= MAX_WAITING_VOTES || code === 'closed' || code === 'damaged' || !(await this.#pause())) return null
      }
    }
  }

  /** @returns false when the node has ended meanwhile */
  async #pause(): Promise<boolean> {
    if (this.#stopped) return false
    this.#waiting++
    await new Promise<void>(resolve => void this.clock.after(RETRY_MS, resolve))
    this.#waiting--
    return !this.#hasEnded()
  }

  #hasEnded(): boolean {
    return this.#stopped
  }

  /** Parts of a state that is being fetched. @returns false: they were not kept, and have to be fetched again after a reload */
  async keepChunks(chunks: readonly StoredChunk[]): Promise<boolean> {
    try {
      await this.#withRoom(() => this.store.keepChunks([...chunks]))
      this.#recovered()
      return true
    } catch (error) {
      this.#failed(error)
      return false
    }
  }

  /** Everything below the newest snapshot goes. @returns how many blocks went */
  async prune(): Promise<number> {
    const before = (await this.store.usage()).blocks
    await this.store.commit({ ...EMPTY_BATCH, pruneBelow: ALL_BELOW_SNAPSHOT })
    this.#usageAt = 0
    await this.measure()
    return before - this.#usage.blocks
  }

  /** What was handed over is written, as far as the store takes it; nothing is tried again. */
  async end(): Promise<void> {
    this.#stopped = true
    await this.#writing
  }

  /** One transaction per batch (T078), in order; what cannot be written now is tried again. */
  async #write(): Promise<void> {
    this.#isWriting = true
    for (let batch = this.#unwritten[0]; batch !== undefined; batch = this.#unwritten[0]) {
      const { pruneBelow } = batch
      const ready = this.#overBudget() ? { ...batch, pruneBelow: Math.max(pruneBelow, ALL_BELOW_SNAPSHOT) } : batch
      try {
        await this.#withRoom(() => this.store.commit(ready))
        this.#unwritten.shift()
        if (ready.snapshot !== null) this.#usageAt = 0
        this.#recovered()
      } catch (error) {
        this.#failed(error)
        if (!this.#stopped)
          this.clock.after(RETRY_MS, () => {
            if (!this.#isWriting) this.#writing = this.#write()
          })
        break
      }
    }
    this.#isWriting = false
  }

  /** A full disk is pruned, and asked once more. */
  async #withRoom<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work()
    } catch (error) {
      if (!(error instanceof StoreError) || error.code !== 'full') throw error
      const went = await this.prune()
      if (went > 0) this.teller.say('warning', `The disk is full: ${went} blocks older than the newest snapshot were let go.`)
      return await work()
    }
  }

  #overBudget(): boolean {
    const budget = this.#budget()
    return budget !== null && this.#usage.usedBytes !== null && this.#usage.usedBytes > budget
  }

  #budget(): number | null {
    const { kind, quotaBytes } = this.#usage
    if (this.keepsAll) return null
    // Memory has no room for anybody else to need.
    return kind === 'memory' ? quotaBytes : Math.min(BUDGET_BYTES, (quotaBytes ?? Infinity) * BUDGET_SHARE)
  }

  #failed(error: unknown): StoreError {
    const trouble = error instanceof StoreError ? error : new StoreError('unavailable', String(error))
    if (this.#trouble?.code !== trouble.code) this.teller.say('error', `Storage: ${trouble.message} This node abstains from voting until a write succeeds.`)
    this.#trouble = trouble
    this.teller.log(`${trouble.code}: ${trouble.message}`)
    return trouble
  }

  #recovered(): void {
    if (this.#trouble !== null) this.teller.say('sync', 'Storage takes writes again; this node votes.')
    this.#trouble = null
  }

  /** To be called now and then; asks the store when it is time to. */
  async measure(): Promise<void> {
    const now = this.clock.now()
    if (now < this.#usageAt) return
    this.#usageAt = now + USAGE_EVERY_MS
    try {
      this.#usage = await this.store.usage()
      this.#snapshots = await this.#listed(await this.store.snapshots())
    } catch {
      // Whatever is wrong shows with the next write.
    }
    this.#tellFindings()
    if (this.#overBudget() && this.#usage.lowestBlock > this.#prunedTo) {
      this.#prunedTo = this.#usage.lowestBlock
      this.teller.log(`over the budget: blocks below the newest snapshot go, the lowest is ${this.#usage.lowestBlock}`)
    }
  }

  /** Sizes are counted once for each snapshot. */
  async #listed(stored: readonly StoredSnapshot[]): Promise<StorageView['snapshots']> {
    return Promise.all(
      stored.map(async ({ height, hash, stateRoot, at, manifest, chunkRoots }) => {
        const known = this.#snapshots.find(listed => listed.hash === hash)
        if (known !== undefined) return known
        let bytes = manifest.length
        for (const root of chunkRoots) bytes += (await this.store.chunk(root))?.length ?? 0
        const certified = (await this.store.certificate('finalise', height))?.hash === hash
        return { height, hash, stateRoot, at, bytes, chunks: chunkRoots.length, certified }
      })
    )
  }

  #tellFindings(): void {
    const findings = this.store.findings()
    for (const finding of findings.slice(this.#told)) {
      const { effect, remedy } = findingText(finding)
      this.teller.say('warning', `${effect} ${remedy}`)
    }
    this.#told = findings.length
  }

  view(cache: StorageView['cache']): StorageView {
    const troubles = this.store.findings().map(findingText)
    if (this.#trouble !== null) troubles.unshift(troubleText(this.#trouble))
    return { ...this.#usage, budgetBytes: this.#budget(), snapshots: this.#snapshots, cache, troubles }
  }
}

/** What was found amiss, in words: what it means here, and what can be done. */
function findingText(finding: StoreFinding): Missing {
  switch (finding.code) {
    case 'older-than-mark':
      return {
        what: 'An older database',
        effect: `This key has promised more than its database knows of: it was restored, wiped, or the key came from elsewhere. So that nothing is signed twice, this node abstains up to height ${finding.closedUpTo}.`,
        remedy: 'Nothing to do: above that height it votes again.'
      }
    case 'no-mark':
      return {
        what: 'Second copy of promises',
        effect:
          'There is no private file here to note the highest promise in, so a database that is restored from an old copy could not be told from a new one.',
        remedy: 'Do not restore old copies of this browser’s data; or open the page by https:// or as http://localhost.'
      }
    case 'key-in-use':
      return {
        what: 'This key is in use twice',
        effect:
          'Another tab or server here votes with this key, from a database of its own. Of each height one of the two is silent, so that nothing is signed twice.',
        remedy: 'Stop one of them, or use another key here.'
      }
    case 'database-lost':
      return {
        what: 'Database lost',
        effect: `The browser has thrown away the database of agent ${finding.agentId.slice(0, 12)}…, its key included. This tab is a new agent; the chain comes back from peers.`,
        remedy: 'If you have saved that key, use it again on this screen. Ask the browser to keep this site’s data.'
      }
  }
}

const REMEDIES: Record<StoreError['code'], string> = {
  full: 'Free some disk space, prune, or erase other agents of this site.',
  denied: 'Allow this site to store data.',
  damaged: 'Export the key, then erase this agent: the chain comes back from peers.',
  closed: 'Reload the page.',
  locked: 'Reload the page and give the passphrase.',
  unavailable: 'Reload the page; if that does not help, export the key and erase this agent.'
}

const troubleText = ({ code, message }: StoreError): Missing => ({
  what: 'The disk refuses writes',
  effect: `${message} This node abstains from voting until a write succeeds.`,
  remedy: REMEDIES[code]
})
