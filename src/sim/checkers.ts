/**
 * The invariants, apart from the system that they judge. They see what honest nodes finalise, sign and store, keep their own second computation of the
 * state, and never read a node's opinion of itself. A violation is an exception that ends the run.
 */
import { equalBytes, fromHex, toHex } from '../core/bytes'
import { executeBlock } from '../core/chain/execute'
import type { ChainRules } from '../core/chain/execute'
import { decode } from '../core/codec'
import type { VoteRow } from '../core/consensus/voteGuard'
import { genesisState } from '../core/genesis'
import { HEIGHT_WINDOW, KEPT_FINAL_BLOCKS, MAX_MEMPOOL_TRANSACTIONS, MAX_ORPHANS } from '../core/limits'
import { Block, Certificate, VOTE_FINALISE } from '../core/schema'
import { blockHash } from '../core/signing'
import { AgentIndex } from '../core/state/worldState'
import type { WorldState } from '../core/state/worldState'
import type { NodeCore } from '../node/nodeCore'
import type { CommitBatch } from '../node/ports'

export class Violation extends Error {
  constructor(
    readonly invariant: 'S1' | 'S2' | 'S3' | 'S4' | 'S5' | 'S6' | 'S9' | 'S10' | 'L1' | 'L3',
    detail: string
  ) {
    super(`${invariant}: ${detail}`)
  }
}

export class Checkers {
  readonly #rules: ChainRules
  /** The one true chain, by height: hash and the state of an independent computation. */
  readonly #finals: { hash: string; state: WorldState }[]
  readonly #supply: bigint
  /** Final height of each node, as its disk knows it. */
  readonly #finalOf = new Map<number, number>()
  readonly #promises = new Map<string, { notarise: Set<string>; finalise: string | null }>()

  constructor(rules: ChainRules) {
    this.#rules = rules
    const state = genesisState(rules.genesis, new AgentIndex())
    this.#finals = [{ hash: toHex(rules.networkId), state }]
    this.#supply = supplyOf(state)
  }

  get height(): number {
    return this.#finals.length - 1
  }

  hashAt(height: number): string | null {
    return this.#finals[height]?.hash ?? null
  }

  timestampAt(height: number): number {
    return this.#finals[height]?.state.timestamp ?? 0
  }

  /** A node makes something final and writes it. `bodies` finds a block that the node has stored before. */
  committed(node: number, batch: CommitBatch, bodies: (hash: string) => Uint8Array | null): void {
    const { final } = batch
    if (final === null) return
    const before = this.#finalOf.get(node) ?? 0
    if (final.height <= before) throw new Violation('S2', `node ${node} moved its final block from ${before} back to ${final.height}`)
    this.#finalOf.set(node, final.height)
    this.#checkCertificate(node, batch)
    const path: Block[] = []
    for (let hash = final.hash; hash !== this.#finals.at(Math.min(before, this.height))?.hash;) {
      const bytes = batch.blocks.find(block => block.hash === hash)?.bytes ?? bodies(hash)
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
  }

  #finalBlock(node: number, block: Block): void {
    const { height } = block.header
    const hash = toHex(blockHash(this.#rules.networkId, block.header))
    const known = this.#finals[height]
    if (known !== undefined) {
      if (known.hash !== hash)
        throw new Violation('S1', `height ${height}: node ${node} made ${hash.slice(0, 8)} final, another made ${known.hash.slice(0, 8)} final`)
      return
    }
    const parent = this.#finals[height - 1]
    if (parent === undefined) throw new Violation('S2', `node ${node} made height ${height} final before ${height - 1}`)
    const result = executeBlock(this.#rules, parent.state, fromHex(parent.hash)!, block.header, block.transactions)
    if (!result.ok) throw new Violation('S4', `height ${height}: the second computation refuses the final block: ${result.code} ${result.detail}`)
    if (!equalBytes(result.value.root, block.header.stateRoot)) throw new Violation('S4', `height ${height}: another state root`)
    if (supplyOf(result.value) !== this.#supply) throw new Violation('S6', `height ${height}: the supply changed`)
    this.#checkNonces(parent.state, result.value, block)
    this.#finals.push({ hash, state: result.value })
  }

  #checkNonces(before: WorldState, after: WorldState, block: Block): void {
    for (const { sender } of block.transactions) {
      const used = block.transactions.filter(other => equalBytes(other.sender, sender)).map(other => other.nonce)
      if (new Set(used).size !== used.length || after.agent(sender)!.nonce !== (before.agent(sender)?.nonce ?? 0) + used.length)
        throw new Violation('S9', `height ${block.header.height}: a nonce was used twice`)
    }
  }

  /** S3: distinct members of the set at that height, more than two thirds of its weight. Counted anew, not by the code under test. */
  #checkCertificate(node: number, batch: CommitBatch): void {
    const proof = batch.certificates.find(certificate => certificate.kind === 'finalise')
    const certificate = proof === undefined ? null : decode(Certificate, proof.bytes)
    if (certificate === null || !certificate.ok || certificate.value.kind !== VOTE_FINALISE || toHex(certificate.value.hash) !== batch.final!.hash)
      throw new Violation('S3', `node ${node} made ${batch.final!.height} final without a certificate`)
    const { epochLength } = this.#rules.genesis
    const epoch = Math.floor((batch.final!.height - 1) / epochLength)
    const decider = this.#finals[Math.max(0, (epoch - 1) * epochLength)]
    // A jump over more than the checkers have seen cannot be judged yet; the blocks below are checked one by one right after.
    if (decider === undefined) return
    const { current, next } = decider.state.sets
    const set = epoch === current.epoch ? current : next
    const voters = new Set(certificate.value.signatures.map(({ voter }) => toHex(voter)))
    const weight = [...voters].reduce((sum, voter) => sum + (set.weights.get(voter) ?? 0), 0)
    if (voters.size !== certificate.value.signatures.length || 3 * weight <= 2 * set.total)
      throw new Violation('S3', `node ${node}: the certificate of ${batch.final!.height} has weight ${weight} of ${set.total}`)
  }

  /** S5: an honest node is about to send this signature; it must agree with all it ever signed, crash or not. */
  signed(node: number, row: VoteRow): void {
    if (row.kind === 'propose') return
    const key = `${node}/${row.height}`
    const given = this.#promises.get(key) ?? { notarise: new Set(), finalise: null }
    this.#promises.set(key, given)
    const clash = (): never => {
      throw new Violation('S5', `node ${node} signed ${row.kind} for ${row.hash.slice(0, 8)} at ${row.height} against an earlier promise`)
    }
    if (row.kind === 'notarise') {
      if (given.finalise !== null && given.finalise !== row.hash) clash()
      given.notarise.add(row.hash)
    } else {
      if (given.finalise !== null && given.finalise !== row.hash) clash()
      if ([...given.notarise].some(hash => hash !== row.hash)) clash()
      given.finalise = row.hash
    }
  }

  /** S10: what must be bounded is bounded. */
  bounded(node: number, core: NodeCore): void {
    const over = (what: string, size: number, limit: number): void => {
      if (size > limit) throw new Violation('S10', `node ${node}: ${what} holds ${size}, limit ${limit}`)
    }
    over('mempool', core.mempool.size, MAX_MEMPOOL_TRANSACTIONS)
    over('orphans', core.orphanCount, MAX_ORPHANS)
    over('requests', core.requestCount, 16)
    over('block tree', core.tree.size, (HEIGHT_WINDOW + KEPT_FINAL_BLOCKS) * 2 * Math.max(4, this.#rules.genesis.agents.length))
  }

  finalHeightOf(node: number): number {
    return this.#finalOf.get(node) ?? 0
  }

  /** The node lost its disk: it starts anew, from nothing. */
  forgotten(node: number): void {
    this.#finalOf.delete(node)
  }
}

function supplyOf(state: WorldState): bigint {
  return state.agents().reduce((sum, agent) => sum + agent.balance, state.view.treasury)
}
