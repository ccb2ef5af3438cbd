/**
 * Checking a block without its state (T041–T044, F-26). Two roots and a path prove nothing about what happened between them. A *witness* does: all nodes of the old tree that
 * the block reads, and the hashes beside them. Whoever has it builds the part of the tree that they span, holds its root against the old one, runs the very same rules on
 * it, and comes to the new root by itself. What the witness leaves out cannot be read, so leaving something out never changes an answer; it only ends the check.
 */
import { blockHash, proposalBytes } from '../signing'
import type { SignatureCheck } from '../crypto/ed25519'
import { executeBlock } from '../chain/execute'
import type { ChainRules } from '../chain/execute'
import { equalBytes } from '../bytes'
import { fail, ok } from '../result'
import type { Result } from '../result'
import { MAX_WITNESS_LEAVES } from '../limits'
import { State } from '../schema'
import type { Block } from '../schema'
import { BranchNodeStruct, createNodeFromProof, Node, ProofType } from '../ssz'
import type { MerkleNode } from '../ssz'
import { inspectTransaction } from './transactions'
import type { StateWitness } from './witnessSchema'
import type { KeyIndex } from './orderedList'
import { StateIndex, WorldState } from './worldState'
import type { StateView } from './worldState'

/** T044: why a witness does not prove a block. */
export const WITNESS_ERRORS = [
  'malformed-witness',
  'wrong-old-root',
  'bad-signature',
  'bad-transaction',
  'incomplete-witness',
  'rule-broken',
  'wrong-new-root'
] as const
export type WitnessError = (typeof WITNESS_ERRORS)[number]

/** A node that remembers which of its children somebody has asked for. */
class TracedNode extends Node {
  #left: MerkleNode | null = null
  #right: MerkleNode | null = null

  constructor(readonly inner: MerkleNode) {
    super(inner.rootHashObject.h0, 0, 0, 0, 0, 0, 0, 0)
    this.applyHash(inner.rootHashObject)
  }

  get left(): MerkleNode {
    return (this.#left ??= traced(this.inner.left))
  }

  get right(): MerkleNode {
    return (this.#right ??= traced(this.inner.right))
  }

  get rootHashObject(): MerkleNode {
    return this
  }

  get root(): Uint8Array {
    return this.inner.root
  }

  isLeaf(): boolean {
    return false
  }

  /** What was read below this node, left before right. */
  describe(into: Collected): void {
    if (this.#left === null && this.#right === null) return into.hash(this)
    into.branch()
    describe(this.#left ?? this.inner.left, into)
    describe(this.#right ?? this.inner.right, into)
  }
}

/** A record: read as a value or not at all. */
class TracedRecord extends TracedNode {
  #read = false

  get value(): unknown {
    this.#read = true
    return (this.inner as unknown as { value: unknown }).value
  }

  override describe(into: Collected): void {
    if (this.#read) describeAll(this.inner, into)
    else into.hash(this)
  }
}

function traced(node: MerkleNode): MerkleNode {
  if (node.isLeaf()) return node
  return node instanceof BranchNodeStruct ? new TracedRecord(node) : new TracedNode(node)
}

function describe(node: MerkleNode, into: Collected): void {
  if (node instanceof TracedNode) node.describe(into)
  else into.hash(node)
}

function describeAll(node: MerkleNode, into: Collected): void {
  if (node.isLeaf()) return into.hash(node)
  into.branch()
  describeAll(node.left, into)
  describeAll(node.right, into)
}

/** The two halves of a multiproof. */
class Collected {
  readonly leaves: Uint8Array[] = []
  #bits: number[] = []

  branch(): void {
    this.#bits.push(0)
  }

  hash(node: MerkleNode): void {
    this.#bits.push(1)
    this.leaves.push(node.root)
  }

  descriptor(): Uint8Array {
    const bytes = new Uint8Array(Math.ceil(this.#bits.length / 8))
    this.#bits.forEach((bit, i) => {
      if (bit === 1) bytes[i >>> 3]! |= 0x80 >>> (i & 7)
    })
    return bytes
  }
}

/**
 * Runs the block on its parent's state and keeps what it has read.
 * @returns the witness; the failure of a block that is not valid, or `too-large`
 */
export function makeWitness(rules: ChainRules, parent: WorldState, block: Block): Result<StateWitness> {
  // The root first: then every node has its hash, and hashing reads no children.
  parent.view.hashTreeRoot()
  const top = new TracedNode(parent.view.node)
  const index = new StateIndex()
  const seen: Record<'agents' | 'memes' | 'alliances', Set<number>> = { agents: new Set(), memes: new Set(), alliances: new Set() }
  for (const list of ['agents', 'memes', 'alliances'] as const) index[list].follow(parent.index[list], place => seen[list].add(place))
  const state = new WorldState(State.getViewDU(top), index)
  const done = executeBlock(rules, state, block.header.parent, block.header, block.transactions)
  if (!done.ok) return done
  const collected = new Collected()
  top.describe(collected)
  if (collected.leaves.length > MAX_WITNESS_LEAVES) return fail('too-large', `${collected.leaves.length} nodes`)
  const places = (list: keyof typeof seen): number[] => [...seen[list]].sort((a, b) => a - b)
  const { leaves } = collected
  return ok({ descriptor: collected.descriptor(), leaves, agents: places('agents'), memes: places('memes'), alliances: places('alliances') })
}

/** One spelling: a tree of n leaves has 2n − 1 nodes, and the bits after them are zero. The library looks at all of these but the first. */
function isCanonical(descriptor: Uint8Array, leaves: number): boolean {
  const nodes = 2 * leaves - 1
  const padding = 8 * descriptor.length - nodes
  return padding >= 0 && padding < 8 && (descriptor.at(-1)! & ((1 << padding) - 1)) === 0
}

/** Hints that lead nowhere are no harm: what is not found is looked for in the order of the list. */
function noteHints(index: StateIndex, view: StateView, witness: StateWitness): void {
  const note = (keys: KeyIndex, places: readonly number[], keyAt: (place: number) => Uint8Array): void => {
    for (const place of places) {
      try {
        keys.note(keyAt(place), place)
      } catch {
        continue
      }
    }
  }
  note(index.agents, witness.agents, place => view.agents.records.getReadonly(place).publicKey)
  note(index.memes, witness.memes, place => view.memes.records.getReadonly(place).toValue().id)
  note(index.alliances, witness.alliances, place => view.social.alliances.getReadonly(place).toValue().id)
}

/** The part of a state that a witness holds; null when it holds none. */
function partialState(witness: StateWitness, oldRoot: Uint8Array): WorldState | WitnessError {
  try {
    const { descriptor, leaves } = witness
    if (!isCanonical(descriptor, leaves.length)) return 'malformed-witness'
    const proof = { type: ProofType.compactMulti, leaves, descriptor } as const
    // Before records are read out of it: reading drops what their chunks do not use.
    if (!equalBytes(createNodeFromProof(proof).root, oldRoot)) return 'wrong-old-root'
    const view = State.getViewDU(State.createFromProof(proof).node)
    const index = new StateIndex()
    noteHints(index, view, witness)
    return new WorldState(view, index)
  } catch {
    // The library throws for anything that is no tree, and for leaves that are none.
    return 'malformed-witness'
  }
}

function refused(code: WitnessError, detail = ''): Result<never> {
  return fail(code, detail)
}

/**
 * T041–T044: whether this block leads from the old root to the one in its header.
 * @param oldRoot from the header of the block's parent, or any other place that is trusted
 * @param verify whether one signature holds; called for every acting agent and for the proposer
 * @returns the new root, or why not (`WITNESS_ERRORS`). Nothing a witness holds can make this throw
 */
export function checkWitness(
  rules: ChainRules,
  oldRoot: Uint8Array,
  block: Block,
  witness: StateWitness,
  verify: (check: SignatureCheck) => boolean
): Result<Uint8Array> {
  const state = partialState(witness, oldRoot)
  if (typeof state === 'string') return refused(state)
  const { header, signature, transactions } = block
  for (const transaction of transactions) {
    const checks = inspectTransaction(rules.networkId, transaction)
    if (!checks.ok) return refused('bad-transaction', checks.code)
    if (!checks.value.every(verify)) return refused('bad-signature', 'of an agent')
  }
  try {
    const done = executeBlock(
      { genesis: rules.genesis, networkId: rules.networkId, familyOf: rules.familyOf, vrf: rules.vrf },
      state,
      header.parent,
      header,
      transactions
    )
    if (!done.ok) return done.code === 'bad-state-root' ? refused('wrong-new-root') : refused('rule-broken', done.code)
    const message = proposalBytes(rules.networkId, blockHash(rules.networkId, header))
    return verify({ publicKey: header.proposer, message, signature }) ? ok(done.value.root) : refused('bad-signature', 'of the proposer')
  } catch {
    // A rule wanted to read what the witness leaves out.
    return refused('incomplete-witness')
  }
}
