/** Makes proofs out of a state and, for transactions, a block's body. */
import { equalBytes, utf8 } from '../bytes'
import { encode } from '../codec'
import type { StateHeader } from '../light/schema'
import { RECENT_HASHES } from '../limits'
import { fail, ok } from '../result'
import type { Failure, Result } from '../result'
import { State, TransactionList } from '../schema'
import type { Header, Transaction } from '../schema'
import { blockHash } from '../signing'
import { getNode } from '../ssz'
import type { MerkleNode } from '../ssz'
import type { WorldState } from '../state/worldState'
import { branchOf, placeOf } from './branch'
import type { Path, Walkable } from './branch'
import { MAX_VALUE_BYTES } from './schema'
import type { Claim, StateProof } from './schema'
import { formatPath } from './subject'
import type { Subject } from './subject'

/** Where the state keeps the records of its ancestors, by height modulo RECENT_HASHES. */
const RECENT_PATH: Path = ['blocks', 'recent']

/** Of the hash in the record of an ancestor. */
export function recentPath(height: number): Path {
  return [...RECENT_PATH, height % RECENT_HASHES, 'hash']
}

/** The registry. */
export const AGENTS_PATH: Path = ['agents', 'records']

/**
 * @param root the tree of a value of `schema`
 * @returns `bad-path`; `not-there` for a place beyond the end of a list; `too-large` for a value that has to be proved in parts
 */
function proveValue(schema: Walkable, root: MerkleNode, path: Path): Result<Claim> {
  const place = placeOf(schema, path)
  if (!place.ok) return place
  const { gindex, type } = place.value
  const end = endOfList(schema, root, path)
  if (end !== null) return end
  const node = getNode(root, gindex)
  const value = encode(type, type.tree_toValue(node))
  if (value.length > MAX_VALUE_BYTES) return fail('too-large', `${value.length} bytes; ask for a part of it`)
  return ok({ path: utf8(formatPath(path)), value, siblings: branchOf(root, gindex) })
}

/** Is there a step of the path that leaves its list at the end? The tree has zeros there, which are no values. */
function endOfList(schema: Walkable, root: MerkleNode, path: Path): Failure | null {
  for (const [i, step] of path.entries()) {
    if (typeof step !== 'number') continue
    const found = placeOf(schema, path.slice(0, i))
    const list = found.ok ? found.value : { gindex: 1n, type: schema }
    const { tree_getLength: lengthOf } = list.type as { tree_getLength?: (node: MerkleNode) => number }
    const length = lengthOf?.call(list.type, getNode(root, list.gindex)) ?? Infinity
    if (step >= length) return fail('not-there', `the list ends at ${length}`)
  }
  return null
}

export interface Body {
  header: Header
  transactions: readonly Transaction[]
}

/**
 * @param state of `header`
 * @param body looks up a final block by its hash; for transactions
 * @returns `unknown-agent`, `unknown-alliance`, `unknown-meme`, `unknown-block`, `not-there`, `not-yet` (the block is younger than the state), `too-old` (older than the hashes in the state), or why `proveValue` refuses
 */
export function prove(
  networkId: Uint8Array,
  header: StateHeader,
  state: WorldState,
  subject: Subject,
  body: (hash: Uint8Array) => Body | null
): Result<StateProof> {
  if (subject.kind === 'head') return ok({ header, claim: [], block: [] })
  if (subject.kind === 'transaction') {
    const found = body(subject.block)
    return found === null ? fail('unknown-block', 'no final block has this hash here') : proveTransaction(networkId, header, state, found, subject.place)
  }
  const path = subject.kind === 'state' ? subject.path : recordPath(state, subject)
  if (path === null) return fail(`unknown-${subject.kind}`, 'there is no record under this key')
  const claim = proveValue(State, state.view.node, path)
  return claim.ok ? ok({ header, claim: [claim.value], block: [] }) : claim
}

/** Where records are kept that are asked for by a key of their own, and the field that it is. */
export const RECORDS = {
  agent: { path: ['agents', 'records'], key: 'publicKey' },
  alliance: { path: ['social', 'alliances'], key: 'id' },
  meme: { path: ['memes', 'records'], key: 'id' }
} as const

function recordPath(state: WorldState, { kind, key }: Extract<Subject, { key: Uint8Array }>): Path | null {
  const place = kind === 'agent' ? state.place(key) : placeById(state, kind, key)
  return place === null ? null : [...RECORDS[kind].path, place]
}

function placeById(state: WorldState, kind: 'alliance' | 'meme', id: Uint8Array): number | null {
  const records = kind === 'meme' ? state.view.memes.records : state.view.social.alliances
  const places = kind === 'meme' ? state.index.memes.places(id) : state.index.alliances.places(id)
  return places.find(place => place < records.length && equalBytes(records.getReadonly(place).id, id)) ?? null
}

function proveTransaction(networkId: Uint8Array, shown: StateHeader, state: WorldState, { header, transactions }: Body, place: number): Result<StateProof> {
  if (place >= transactions.length) return fail('not-there', `the block has ${transactions.length} transactions`)
  const inner = proveValue(TransactionList, TransactionList.toViewDU([...transactions]).node, [place])
  if (!inner.ok) return inner
  const block = [{ header, claim: inner.value }]
  const hash = blockHash(networkId, header)
  if (equalBytes(hash, blockHash(networkId, shown.header))) return ok({ header: shown, claim: [], block })
  if (header.height >= shown.header.height) return fail('not-yet', 'the block is younger than the newest state that can be shown')
  const outer = proveValue(State, state.view.node, recentPath(header.height))
  if (!outer.ok) return outer
  return equalBytes(outer.value.value, hash)
    ? ok({ header: shown, claim: [outer.value], block })
    : fail('too-old', 'the state has forgotten the hash of this block')
}
