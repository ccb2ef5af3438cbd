/**
 * The safety invariants, apart from the system that they judge. They see what honest nodes finalise, sign and store, keep their own second computation of the
 * state from genesis on, and never read a node's opinion of itself. A violation is an exception that ends the run.
 */
import { equalBytes, fromHex, toHex } from '../core/bytes'
import { executeBlock } from '../core/chain/execute'
import type { ChainRules } from '../core/chain/execute'
import { decode } from '../core/codec'
import type { VoteRow } from '../core/consensus/voteGuard'
import { genesisState } from '../core/genesis'
import { FAMILY_SPACETIME } from '../core/families/spacetime/rules'
import { SpaceClaim } from '../core/families/spacetime/claim'
import { HEIGHT_WINDOW, KEPT_FINAL_BLOCKS, MAX_MEMPOOL_PER_SENDER, MAX_MEMPOOL_TRANSACTIONS, MAX_ORPHANS, MAX_REQUESTS } from '../core/limits'
import { Block, Certificate, HeartbeatPayload, State, VOTE_FINALISE, VOTE_NOTARISE } from '../core/schema'
import type { Header, Transaction } from '../core/schema'
import { blockHash } from '../core/signing'
import { joinState } from '../core/state/chunks'
import { TX_HEARTBEAT, TX_REANCHOR } from '../core/state/transactions'
import { StateIndex } from '../core/state/worldState'
import type { ValidatorSet, WorldState } from '../core/state/worldState'
import type { GossipName } from '../node/messages'
import type { MessageOf } from '../core/wire'
import type { NodeCore } from '../node/nodeCore'
import type { CommitBatch, Stored } from '../node/ports'
import { restoreTree } from '../node/restore'
import { ExecutionMemo } from './executionMemo'
import { PromiseBook } from './promiseBook'
import { Violation } from './violation'

/** States of the reference chain that are kept, heights: more than any epoch's sets or any snapshot reach back. */
const KEPT_STATES = 2048

/** S7: heights from one root computed anew from the bytes of the whole state to the next; in between the bytes are compared. A fifth of a run's time at 1, a fortieth at 8. */
const PLAIN_ROOT_EVERY = 8

/** R10: a clock a tenth wrong for a minute is six seconds off (faultPlan.ts), and starts up to a tenth of a second off. */
const CLOCK_ERROR_MS = 6500
/** Proposals of honest nodes that are remembered, heights: R1 compares those of the height that has just become final. */
const KEPT_PROPOSALS = 64
/** Final claims of space that are remembered: each may count once. */
const KEPT_CLAIMS = 4096

interface Proposed {
  header: Header
  at: number
}

/** What else the checkers may know about a run. */
export interface CheckerOptions {
  /** True virtual time, ms since 1970. Left out: R10 and R1 are not judged. */
  now?: () => number
  /** Nothing goes wrong in this run, and the real families rule: then R1 can be seen from outside. */
  calm?: () => boolean
  /** Within this time everybody has a block that was announced, its body too, ms; 0 when left out. */
  reachMs?: number
}

/** What a node has stored before. */
export interface StoreView {
  block(hash: string): { bytes: Uint8Array } | null
  chunk(root: string): Uint8Array | null
}

interface Reference {
  hash: string
  timestamp: number
  /** Null once it is too far back. */
  state: WorldState | null
}

export class Checkers {
  readonly #rules: ChainRules
  /** The one true chain, by height, computed here from genesis on. */
  readonly #chain: Reference[]
  readonly #supply: bigint
  /** Bytes of the newest reference state: S7 compares what is left of it after the next block. */
  #newest: Uint8Array
  /** Final height of each node, as its disk knows it. */
  readonly #finalOf = new Map<number, number>()
  readonly #promises = new PromiseBook()
  /** Number of the node by its key, hex. */
  readonly #nodes: ReadonlyMap<string, number>
  /** Announced by honest nodes, by height. */
  readonly #proposed = new Map<number, Proposed[]>()
  readonly #claims = new Map<string, number>()

  #anchor: { height: number; hash: string; set: ValidatorSet; carriedAt: number } | null = null

  /**
   * @param rules without a memo of executions: what is checked here is computed here
   * @param onFinal is told of each new height once
   */
  constructor(
    rules: ChainRules,
    readonly onFinal: (height: number, transactions: readonly Transaction[]) => void = () => undefined,
    readonly options: CheckerOptions = {}
  ) {
    this.#rules = rules
    this.#nodes = new Map(rules.genesis.agents.map(({ publicKey }, node) => [toHex(publicKey), node]))
    const state = genesisState(rules.genesis, new StateIndex())
    this.#chain = [{ hash: toHex(rules.networkId), timestamp: state.timestamp, state }]
    this.#supply = supplyOf(state)
    this.#newest = state.encode()
  }

  /** Newest height that any honest node has made final. */
  get height(): number {
    return this.#chain.length - 1
  }

  hashAt(height: number): string | null {
    return this.#chain[height]?.hash ?? null
  }

  timestampAt(height: number): number {
    return this.#chain[height]?.timestamp ?? 0
  }

  /** A node writes something, before it is in its store: a final block, a snapshot. */
  committed(node: number, batch: CommitBatch, store: StoreView): void {
    const { final } = batch
    if (batch.snapshot !== null) this.#checkSnapshot(node, batch.snapshot, store)
    if (final === null) return
    const before = this.#finalOf.get(node) ?? 0
    if (final.height <= before) throw new Violation('S2', `node ${node} moved its final block from ${before} back to ${final.height}`)
    this.#finalOf.set(node, final.height)
    if (batch.snapshot !== null) return this.#checkAdopted(node, final)
    const path: Block[] = []
    for (let hash = final.hash; hash !== this.#chain.at(Math.min(before, this.height))?.hash;) {
      const bytes = batch.blocks.find(block => block.hash === hash)?.bytes ?? store.block(hash)?.bytes ?? null
      const block = bytes === null ? null : decode(Block, bytes)
      if (block === null || !block.ok)
        throw new Violation(
          'S2',
          `node ${node}: block ${hash.slice(0, 8)} below its final block ${final.height} is not stored, or does not lead to its earlier final block`
        )
      path.unshift(block.value)
      if (block.value.header.height <= before) throw new Violation('S2', `node ${node}: its new final block does not descend from its final block at ${before}`)
      hash = toHex(block.value.header.parent)
    }
    for (const block of path) this.#finalBlock(node, block)
    // Now that the states on the way are known: behind a leak (R12) no earlier one names the set.
    this.#checkFinalCertificate(node, batch)
    for (const { kind, bytes } of batch.certificates) if (kind === 'notarise') this.#checkQuorum(node, bytes, VOTE_NOTARISE)
  }

  #finalBlock(node: number, block: Block): void {
    const { height } = block.header
    const hash = toHex(blockHash(this.#rules.networkId, block.header))
    const known = this.#chain[height]
    if (known !== undefined) {
      if (known.hash !== hash)
        throw new Violation('S1', `height ${height}: node ${node} made ${hash.slice(0, 8)} final, another made ${known.hash.slice(0, 8)} final`)
      return
    }
    const parent = this.#chain[height - 1]
    if (parent?.state == null) throw new Violation('S2', `node ${node} made height ${height} final before ${height - 1}`)
    const result = executeBlock(this.#rules, parent.state, fromHex(parent.hash)!, block.header, block.transactions)
    if (!result.ok) throw new Violation('S4', `height ${height}: the second computation refuses the final block: ${result.code} ${result.detail}`)
    if (!equalBytes(result.value.root, block.header.stateRoot)) throw new Violation('S4', `height ${height}: another state root`)
    if (supplyOf(result.value) !== this.#supply) throw new Violation('S6', `height ${height}: the supply changed`)
    this.#checkNonces(parent.state, result.value, block)
    this.#checkTime(block.header)
    this.#checkRank(parent.state, block.header, hash)
    this.#checkHeartbeats(block)
    this.#checkClaim(parent.state, block.header)
    this.#checkUndo(height, parent.state, result.value)
    this.#chain.push({ hash, timestamp: result.value.timestamp, state: result.value })
    const old = this.#chain[height - KEPT_STATES]
    if (old !== undefined) old.state = null
    this.#promises.forgetBelow(height)
    if (this.#anchor !== null && block.transactions.some(({ kind }) => kind === TX_REANCHOR)) this.#anchor.carriedAt = height
    this.onFinal(height, block.transactions)
  }

  #checkNonces(before: WorldState, after: WorldState, block: Block): void {
    for (const { sender } of block.transactions) {
      const first = before.agent(sender)?.nonce ?? 0
      const used = block.transactions.filter(other => equalBytes(other.sender, sender)).map(other => other.nonce)
      if (used.some((nonce, i) => nonce !== first + i) || after.agent(sender)!.nonce !== first + used.length)
        throw new Violation('S9', `height ${block.header.height}: a nonce was used twice, or out of its turn`)
    }
  }

  /** R10: nobody votes for what lies in the future, so nothing that does becomes final. */
  #checkTime({ height, timestamp, ...header }: Header): void {
    const { now } = this.options
    if (now === undefined) return
    const { slotMs } = this.#chain[height - 1]!.state!.config
    if (timestamp > now() + slotMs + CLOCK_ERROR_MS)
      throw new Violation(
        'R10',
        `height ${height}: a block of ${toHex(header.proposer).slice(0, 8)} from ${((timestamp - now()) / 1000).toFixed(1)} s ahead is final`
      )
  }

  /** R1, R3: where nothing goes wrong, no block becomes final beside a better one that was announced in time. */
  #checkRank(parent: WorldState, header: Header, hash: string): void {
    const rivals = this.#proposed.get(header.height) ?? []
    for (const height of this.#proposed.keys()) if (height < header.height - KEPT_PROPOSALS) this.#proposed.delete(height)
    const family = this.#rules.familyOf(parent)
    const own = rivals.find(rival => toHex(blockHash(this.#rules.networkId, rival.header)) === hash)
    if (this.options.calm?.() !== true || family.voting === 'arrival' || own === undefined) return
    // Where the worse one has to wait for its turn, whatever has arrived by then is better; where two speak at almost the same moment, who hears which first is chance.
    const { slotMs, blockIntervalMs } = parent.config
    const start = parent.timestamp + blockIntervalMs
    const inTime = Math.max(own.at, family.voteTime(parent, header, { start, anchor: start, slotMs })) - (this.options.reachMs ?? 0)
    const better = rivals.find(rival => equalBytes(rival.header.parent, header.parent) && family.compare(rival.header, header) < 0 && rival.at <= inTime)
    if (better !== undefined) throw new Violation('R1', `height ${header.height}: rank ${header.rank} is final although rank ${better.header.rank} was there`)
  }

  /** F1, proof of sync (D-45): a heartbeat names a block of this very chain. */
  #checkHeartbeats({ header, transactions }: Block): void {
    for (const { kind, payload } of transactions) {
      if (kind !== TX_HEARTBEAT) continue
      const heartbeat = decode(HeartbeatPayload, payload)
      if (!heartbeat.ok || this.#chain[heartbeat.value.height]?.hash !== toHex(heartbeat.value.hash))
        throw new Violation('F1', `height ${header.height}: a heartbeat that names no block of this chain`)
    }
  }

  /** F2, proof of space: it is its owner's, and counts once. */
  #checkClaim(parent: WorldState, { height, claim, proposer }: Header): void {
    const space = parent.config.family === FAMILY_SPACETIME && claim.length > 0 ? decode(SpaceClaim, claim) : null
    if (space === null || !space.ok) return
    const { plot, leaf, score } = space.value
    const owner = parent.plots()[plot]?.owner
    if (owner === undefined || !equalBytes(owner, proposer)) throw new Violation('F2', `height ${height}: a proof of space out of a plot of somebody else`)
    const key = `${plot}/${leaf}/${toHex(score)}`
    const before = this.#claims.get(key)
    if (before !== undefined) throw new Violation('F2', `height ${height}: the proof of space that counted at ${before} counts again`)
    this.#claims.set(key, height)
    if (this.#claims.size > KEPT_CLAIMS) this.#claims.delete(this.#claims.keys().next().value!)
  }

  /**
   * S7: to undo a block is to go back to the tree before it, so applying the block must have left that tree alone. Its bytes are compared with those taken before,
   * and every few heights its root is computed anew from them, by the plain encoding and not by the shared tree. (That each root is right, S4 knows already.)
   */
  #checkUndo(height: number, parent: WorldState, after: WorldState): void {
    const before = this.#newest
    if (!equalBytes(parent.encode(), before)) throw new Violation('S7', `height ${height}: applying the block has changed the state before it`)
    this.#newest = after.encode()
    if (height % PLAIN_ROOT_EVERY !== 1) return
    const plain = decode(State, before)
    if (!plain.ok || !equalBytes(State.hashTreeRoot(plain.value), parent.root))
      throw new Violation('S7', `height ${height}: the state before it has another root than its bytes`)
  }

  /** S1 for a state that was fetched: whatever made this node believe it, the block must be the one that the others have made final. */
  #checkAdopted(node: number, final: { height: number; hash: string }): void {
    const known = this.#chain[final.height]
    if (known !== undefined && known.hash !== final.hash)
      throw new Violation(
        'S1',
        `height ${final.height}: node ${node} took over the state of ${final.hash.slice(0, 8)}, others made ${known.hash.slice(0, 8)} final`
      )
  }

  /** S8, first half: the parts of a snapshot, own or fetched, are together what a replay from genesis gives, byte for byte. */
  #checkSnapshot(node: number, { snapshot, chunks }: NonNullable<CommitBatch['snapshot']>, store: StoreView): void {
    const reference = this.#chain[snapshot.height]?.state
    if (reference == null) return
    const parts = new Map(chunks.map(({ root, bytes }) => [root, bytes]))
    for (const root of snapshot.chunkRoots) if (!parts.has(root)) parts.set(root, store.chunk(root) ?? new Uint8Array(0))
    const joined = joinState(snapshot.manifest, reference.root, parts, new StateIndex())
    if (!joined.ok) throw new Violation('S8', `node ${node}: its snapshot of ${snapshot.height} is not whole: ${joined.code} ${joined.detail}`)
    if (!equalBytes(joined.value.encode(), reference.encode()))
      throw new Violation('S8', `node ${node}: its snapshot of ${snapshot.height} is not what a replay gives`)
  }

  /**
   * Executions of `checkStored`, apart from everybody else's: disks that hold the same block on the same parent are replayed once.
   */
  readonly #replays = new ExecutionMemo()

  /** S8, second half: who starts from what a node has stored stands where a replay from genesis stands. For the end of a run. */
  checkStored(node: number, stored: Stored | null): void {
    if (stored === null) return
    const { final } = restoreTree({ ...this.#rules, executions: this.#replays }, stored)
    const reference = this.#chain[final.height]
    if (final.hash !== reference?.hash) throw new Violation('S8', `node ${node}: a start from its disk leads to another block at ${final.height}`)
    if (reference.state !== null && (final.state === null || !equalBytes(final.state.encode(), reference.state.encode())))
      throw new Violation('S8', `node ${node}: a start from its disk leads to another state at ${final.height}`)
  }

  #checkFinalCertificate(node: number, batch: CommitBatch): void {
    const proof = batch.certificates.find(certificate => certificate.kind === 'finalise')
    const certified = proof === undefined ? null : this.#checkQuorum(node, proof.bytes, VOTE_FINALISE)
    if (certified === null && batch.final!.hash === this.#anchor?.hash) return
    if (certified === null || certified !== batch.final!.hash) throw new Violation('S3', `node ${node} made ${batch.final!.height} final without a certificate`)
  }

  /**
   * S3: distinct members of the set at that height, more than two thirds of its weight. Counted anew, not by the code under test.
   * @returns the hash that is certified
   */
  #checkQuorum(node: number, bytes: Uint8Array, kind: number): string {
    const decoded = decode(Certificate, bytes)
    if (!decoded.ok || decoded.value.kind !== kind) throw new Violation('S3', `node ${node} has stored a certificate that is none`)
    const { height, hash, signatures } = decoded.value
    const { epochLength } = this.#rules.genesis
    const epoch = Math.floor((height - 1) / epochLength)
    const decider = Math.max(0, Math.min(this.height, (epoch - 1) * epochLength))
    // States know of the anchor from the block on that carries it; until one of those decides, the anchor's own set holds.
    const anchor = this.#anchor !== null && height > this.#anchor.height && decider < this.#anchor.carriedAt ? this.#anchor : null
    // A jump over more than the checkers have seen cannot be judged yet; the blocks below are checked one by one right after.
    const set = anchor === null ? this.#chain[decider]?.state?.sets.find(known => known.epoch === epoch) : anchor.set
    if (set === undefined) return toHex(hash)
    const voters = new Set(signatures.map(({ voter }) => toHex(voter)))
    for (const voter of voters) {
      const index = this.#nodes.get(voter)
      if (index !== undefined && this.#promises.gave(index, kind === VOTE_FINALISE ? 'finalise' : 'notarise', height, toHex(hash)) === false)
        throw new Violation('S3', `node ${node}: the certificate of ${height} holds a vote that node ${index} never gave`)
    }
    let weight = 0
    for (const voter of voters) weight += set.weights.get(voter) ?? 0
    if (voters.size !== signatures.length || 3 * weight <= 2 * set.total)
      throw new Violation('S3', `node ${node}: the certificate of ${height} has weight ${weight} of ${set.total}`)
    return toHex(hash)
  }

  /** The authority of the scenario has deliberately made this block final and named who validates after it. */
  anchored(anchor: { height: number; hash: string; set: ValidatorSet }): void {
    this.#anchor = { ...anchor, carriedAt: Infinity }
  }

  /** S5: an honest node's disk has taken this promise; it must agree with all that the node ever signed, crash or not. */
  promised(node: number, row: VoteRow): void {
    if (row.kind === 'propose') this.#promises.proposed(node, row.height, row.parent, row.hash)
    else this.#promises.voted(node, row.kind, row.height, row.hash)
  }

  /** S5: an honest node says this; what it signed with its own key must agree with all that it ever signed. */
  said(node: number, publicKey: Uint8Array, message: MessageOf<GossipName>): void {
    if (message.kind === 'vote' && equalBytes(message.value.voter, publicKey)) {
      const { kind, height, hash } = message.value
      this.#promises.voted(node, kind === VOTE_FINALISE ? 'finalise' : 'notarise', height, toHex(hash))
    }
    if (message.kind === 'announce' && equalBytes(message.value.header.proposer, publicKey)) {
      const { header } = message.value
      this.#promises.proposed(node, header.height, toHex(header.parent), toHex(blockHash(this.#rules.networkId, header)))
      const { now } = this.options
      if (now !== undefined) this.#proposed.set(header.height, [...(this.#proposed.get(header.height) ?? []), { header, at: now() }])
    }
  }

  /** S10: what must be bounded is bounded. */
  bounded(node: number, core: NodeCore): void {
    if (core.mempool.size > MAX_MEMPOOL_TRANSACTIONS) this.#over(node, 'mempool', core.mempool.size, MAX_MEMPOOL_TRANSACTIONS)
    if (core.mempool.largestShare > MAX_MEMPOOL_PER_SENDER) this.#over(node, 'mempool of one sender', core.mempool.largestShare, MAX_MEMPOOL_PER_SENDER)
    if (core.orphanCount > MAX_ORPHANS) this.#over(node, 'orphans', core.orphanCount, MAX_ORPHANS)
    if (core.requestCount > MAX_REQUESTS) this.#over(node, 'requests', core.requestCount, MAX_REQUESTS)
    const room = (HEIGHT_WINDOW + KEPT_FINAL_BLOCKS) * 2 * Math.max(4, this.#rules.genesis.agents.length)
    if (core.tree.size > room) this.#over(node, 'block tree', core.tree.size, room)
  }

  #over(node: number, what: string, size: number, limit: number): never {
    throw new Violation('S10', `node ${node}: ${what} holds ${size}, limit ${limit}`)
  }

  /** The node starts anew from what its disk still holds: it may have lost final blocks, and must come to the same ones again. */
  restarted(node: number, finalHeight: number): void {
    this.#finalOf.set(node, finalHeight)
  }
}

function supplyOf(state: WorldState): bigint {
  return state.agents().reduce((sum, agent) => sum + agent.balance + agent.deposit, state.treasury)
}
