/**
 * All blocks at and above the oldest kept final one. The tree owns each block's execution result; it is computed once, on demand, on top of
 * its parent's. Knows nothing of votes.
 */
import { equalBytes, fromHex, hexOf, toHex } from '../bytes'
import { KEPT_FINAL_BLOCKS, MAX_PROPOSALS_PER_HEIGHT, MAX_TWINS } from '../limits'
import { assert, fail } from '../result'
import type { Failure, Result } from '../result'
import type { Header, Transaction } from '../schema'
import type { WorldState } from '../state/worldState'
import { executeBlock } from './execute'
import type { ChainRules } from './execute'
import { StateCache } from './stateCache'

export interface BlockEntry {
  readonly hash: string
  readonly hashBytes: Uint8Array
  readonly header: Header
  readonly parent: string
  readonly height: number
  readonly signature: Uint8Array
  /** Null until the body is here. */
  transactions: Transaction[] | null
  /** Null until executed. */
  state: WorldState | null
  /** Why it can never be voted for. */
  invalid: Failure | null
  readonly children: string[]
  /** When this node first saw it, its own clock. */
  readonly seenAt: number
}

const NOBODY: readonly BlockEntry[] = []

export class BlockTree {
  readonly #blocks = new Map<string, BlockEntry>()
  readonly #byHeight = new Map<number, BlockEntry[]>()
  /** The states of blocks that are or were here. */
  readonly states = new StateCache()
  #final: BlockEntry

  /** @param root the block to start from, with its state: genesis, or the block of a snapshot */
  constructor(
    readonly rules: ChainRules,
    root: BlockEntry
  ) {
    assert(root.state !== null, 'the root has a state')
    this.#final = root
    this.states.put(root.state)
    this.#insert(root)
  }

  /** Newest final block. */
  get final(): BlockEntry {
    return this.#final
  }

  get(hash: string): BlockEntry | undefined {
    return this.#blocks.get(hash)
  }

  /** In the order of arrival. The list grows with the next arrival and is replaced when a block leaves: copy it to keep it. */
  at(height: number): readonly BlockEntry[] {
    return this.#byHeight.get(height) ?? NOBODY
  }

  all(): IterableIterator<BlockEntry> {
    return this.#blocks.values()
  }

  get size(): number {
    return this.#blocks.size
  }

  /**
   * Adds a block whose parent is here and whose signature has been verified.
   * @param certified a quorum has voted for it: it is taken although its proposer or its height has used up its room
   * @returns `unknown-parent`, `below-final`, `bad-height`, `height-full`, `equivocator`, or the entry (also when it is here already)
   */
  add(hashBytes: Uint8Array, header: Header, signature: Uint8Array, transactions: Transaction[] | null, now: number, certified = false): Result<BlockEntry> {
    const hash = hexOf(hashBytes)
    const known = this.#blocks.get(hash)
    if (known !== undefined) {
      known.transactions ??= transactions
      return { ok: true, value: known }
    }
    const parent = this.#blocks.get(hexOf(header.parent))
    if (header.height <= this.#final.height) return fail('below-final')
    if (parent === undefined) return fail('unknown-parent')
    if (parent.height + 1 !== header.height) return fail('bad-height')
    if (!certified) {
      const siblings = this.at(header.height)
      if (siblings.length >= MAX_PROPOSALS_PER_HEIGHT && !this.#makeRoom(siblings)) return fail('height-full')
      let twins = 0
      for (const other of siblings) if (equalBytes(other.header.proposer, header.proposer) && other.parent === parent.hash) twins++
      if (twins >= MAX_TWINS) return fail('equivocator', 'two blocks of this proposer are evidence enough')
    }
    const entry: BlockEntry = {
      hash,
      hashBytes,
      header,
      parent: parent.hash,
      height: header.height,
      signature,
      transactions,
      state: null,
      invalid: parent.invalid === null ? null : fail('invalid-parent'),
      children: [],
      seenAt: now
    }
    parent.children.push(hash)
    this.#insert(entry)
    return { ok: true, value: entry }
  }

  /** Drops a block that nobody can ever vote for: it is invalid, or its proposer has no such turn. A flood of those must not keep out the one that counts. */
  #makeRoom(siblings: readonly BlockEntry[]): boolean {
    const idle = siblings.find(entry => entry.state === null && entry.children.length === 0 && (entry.invalid !== null || this.#isUsurped(entry)))
    if (idle === undefined) return false
    this.#remove(idle)
    return true
  }

  #isUsurped({ parent, header }: BlockEntry): boolean {
    const state = this.#blocks.get(parent)?.state ?? null
    return state !== null && this.rules.familyOf(state).checkTurn(state, header) !== null
  }

  #insert(entry: BlockEntry): void {
    this.#blocks.set(entry.hash, entry)
    const siblings = this.#byHeight.get(entry.height)
    if (siblings === undefined) this.#byHeight.set(entry.height, [entry])
    else siblings.push(entry)
  }

  /**
   * The state after this block; executes it and, first, its ancestors.
   * @returns null when a body is missing on the way or the block is invalid (then `entry.invalid` says why)
   */
  stateOf(entry: BlockEntry): WorldState | null {
    const path: BlockEntry[] = []
    for (let at: BlockEntry | undefined = entry; at !== undefined && at.state === null; at = this.#blocks.get(at.parent)) path.push(at)
    for (const step of path.reverse()) {
      const parent = this.#blocks.get(step.parent)
      if (parent === undefined) return null
      if (parent.invalid !== null) step.invalid ??= fail('invalid-parent')
      if (step.invalid !== null) continue
      if (parent.state === null || step.transactions === null) return null
      const result = this.#execute(step, parent, parent.state, step.transactions)
      if (!result.ok) step.invalid = result
      else this.states.put((step.state = result.value))
    }
    return entry.state
  }

  #execute(step: BlockEntry, parent: BlockEntry, state: WorldState, transactions: readonly Transaction[]): Result<WorldState> {
    const { executions } = this.rules
    const known = executions?.get(step.hash)
    if (known !== undefined) return known
    const result = executeBlock(this.rules, state, parent.hashBytes, step.header, transactions)
    // Apart from a body that is not the header's, which its hash says nothing about.
    if (result.ok || (result.code !== 'bad-transaction-root' && result.code !== 'block-too-large')) executions?.set(step.hash, result)
    return result
  }

  /** A block of our own making needs no second execution. */
  adoptState(entry: BlockEntry, state: WorldState): void {
    assert(equalBytes(state.root, entry.header.stateRoot), 'adopted state has the promised root')
    entry.state ??= state
    this.states.put(state)
  }

  isAncestor(ancestor: BlockEntry, of: BlockEntry): boolean {
    let at: BlockEntry | undefined = of
    while (at !== undefined && at.height > ancestor.height) at = this.#blocks.get(at.parent)
    return at === ancestor
  }

  /** From the block after `from` up to `to`; empty when `to` does not descend from it. */
  path(from: BlockEntry, to: BlockEntry): BlockEntry[] {
    const path: BlockEntry[] = []
    let at: BlockEntry | undefined = to
    while (at !== undefined && at.height > from.height) {
      path.push(at)
      at = this.#blocks.get(at.parent)
    }
    return at === from ? path.reverse() : []
  }

  /**
   * S2: moves finality forward. Everything that does not descend from `to`, or lies deeper than KEPT_FINAL_BLOCKS below it, is dropped.
   * @returns the newly final blocks in order, and the dropped stale ones
   */
  finalise(to: BlockEntry): { finals: BlockEntry[]; stale: BlockEntry[] } {
    const finals = this.path(this.#final, to)
    assert(finals.length > 0, 'finality moves forward along one branch')
    this.#final = to
    const onChain = new Set(finals.map(entry => entry.hash))
    const stale: BlockEntry[] = []
    for (const entry of [...this.#blocks.values()]) {
      if (entry.height > to.height ? this.isAncestor(to, entry) : onChain.has(entry.hash) || entry.height < finals[0]!.height) continue
      stale.push(entry)
    }
    // Stale blocks at final heights stay in the tree for the eye; those above the final block can never be built upon.
    for (const entry of stale) if (entry.height > to.height) this.#remove(entry)
    this.#forgetBelow(to.height - KEPT_FINAL_BLOCKS)
    return { finals, stale }
  }

  /** S2: a state that was fetched takes the place of everything here: the tree begins anew at its block, which is final and above all that was. @returns what was unfinalised, without the root where it was known as a block */
  reroot(root: BlockEntry): BlockEntry[] {
    assert(root.state !== null && root.height > this.#final.height, 'the new root has a state and moves finality forward')
    const dropped = [...this.#blocks.values()].filter(({ height, hash }) => height > this.#final.height && hash !== root.hash)
    this.#blocks.clear()
    this.#byHeight.clear()
    this.#final = root
    this.#insert(root)
    return dropped
  }

  /** Executed states of blocks below the final one are not needed for anything but pictures. */
  #forgetBelow(height: number): void {
    for (const [at, entries] of this.#byHeight) {
      if (at >= height) continue
      for (const { hash } of entries) this.#blocks.delete(hash)
      this.#byHeight.delete(at)
    }
  }

  #remove(entry: BlockEntry): void {
    this.#blocks.delete(entry.hash)
    const siblings = this.at(entry.height).filter(other => other !== entry)
    if (siblings.length === 0) this.#byHeight.delete(entry.height)
    else this.#byHeight.set(entry.height, siblings)
    const parent = this.#blocks.get(entry.parent)
    if (parent !== undefined) parent.children.splice(parent.children.indexOf(entry.hash) >>> 0, 1)
  }
}

/** The entry a tree starts from: a block that needs no parent, with the state after it. */
export function rootEntry(
  hashBytes: Uint8Array,
  header: Header,
  state: WorldState,
  signature: Uint8Array = new Uint8Array(64),
  transactions: Transaction[] = []
): BlockEntry {
  return {
    hash: toHex(hashBytes),
    hashBytes,
    header,
    parent: toHex(header.parent),
    height: header.height,
    signature,
    transactions,
    state,
    invalid: null,
    children: [],
    seenAt: header.timestamp
  }
}

/** A stand-in header for genesis, so that the first block has a parent like any other. Its "hash" is the network id. */
export function genesisHeader(time: number, state: WorldState): Header {
  const zero = new Uint8Array(32)
  return {
    height: 0,
    parent: zero,
    timestamp: time,
    proposer: zero,
    rank: 0,
    txRoot: zero,
    stateRoot: state.root,
    vrf: new Uint8Array(80),
    seed: state.chain.seed,
    claim: new Uint8Array(0)
  }
}

export function hashBytesOf(hash: string): Uint8Array {
  const bytes = fromHex(hash)
  assert(bytes?.length === 32, 'a block hash is 32 bytes of hex')
  return bytes
}
