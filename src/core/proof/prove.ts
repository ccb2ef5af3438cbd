/** Makes proofs out of a state and, for transactions, a block's body. */
import { equalBytes, utf8 } from '../bytes'
import { encode } from '../codec'
import type { StateHeader } from '../light/schema'
import { RECENT_HASHES } from '../limits'
import { fail, ok } from '../result'
import type { Failure, Result } from '../result'
import { RecentBlocks, State, TransactionList } from '../schema'
import type { BlockRecord, Header, Transaction } from '../schema'
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
  return [...recordPlace(height), 'hash']
}

/** Of that record, as long as the state itself has it. */
export function recordPlace(height: number): Path {
  return [...RECENT_PATH, height % RECENT_HASHES]
}

/** Where the state keeps the root of the records of an era: RECENT_HASHES blocks, from a multiple of that on (T040). */
export function eraPath(height: number): Path {
  return ['blocks', 'history', eraOf(height)]
}

/** Of the record of a block, or a part of it, in the list that has the root of its era. */
export function pathInEra(height: number, part: Path = []): Path {
  return [height % RECENT_HASHES, ...part]
}

export function eraOf(height: number): number {
  return Math.floor(height / RECENT_HASHES)
}

/** Does a state after the block of `shown` have the record of this ancestor itself, or only the root of its era? */
export function isRecent(height: number, shown: number): boolean {
  return height >= shown - RECENT_HASHES
}

/** Looks up the records of all blocks of an era, ascending; null: not here. Nobody has to believe it: they have to lead to the root that the state keeps. */
export type EraLookup = (era: number) => readonly BlockRecord[] | null

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
 * @param era for blocks that are older than the records in the state
 * @returns `unknown-agent`, `unknown-alliance`, `unknown-meme`, `unknown-block`, `not-there`, `not-yet` (the block is younger than the state), `too-old` (older than the records in the state, and those of its era are not here), `other-era`, or why `proveValue` refuses
 */
export function prove(
  networkId: Uint8Array,
  header: StateHeader,
  state: WorldState,
  subject: Subject,
  body: (hash: Uint8Array) => Body | null,
  era: EraLookup = () => null
): Result<StateProof> {
  if (subject.kind === 'head') return ok({ header, claim: [], block: [] })
  if (subject.kind === 'transaction') {
    const found = body(subject.block)
    return found === null ? fail('unknown-block', 'no final block has this hash here') : proveTransaction(networkId, header, state, found, subject.place, era)
  }
  if (subject.kind === 'block') {
    const claims = proveAncestor(state, header.header.height, subject.height, [], era)
    return claims.ok ? ok({ header, claim: claims.value, block: [] }) : claims
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

/** A part of the record of an ancestor: under the state root, or under the root of its era, which is. */
function proveAncestor(state: WorldState, shown: number, height: number, part: Path, era: EraLookup): Result<Claim[]> {
  if (height >= shown) return fail('not-yet', 'the block is younger than the newest state that can be shown')
  if (isRecent(height, shown)) {
    const claim = proveValue(State, state.view.node, [...recordPlace(height), ...part])
    return claim.ok ? ok([claim.value]) : claim
  }
  const records = era(eraOf(height))
  const root = proveValue(State, state.view.node, eraPath(height))
  if (records === null) return fail('too-old', 'the records of its era are not here')
  if (!root.ok) return root
  const list = RecentBlocks.toViewDU([...records])
  if (!equalBytes(list.hashTreeRoot(), root.value.value)) return fail('other-era', 'these records do not lead to the root that the state keeps')
  const claim = proveValue(RecentBlocks, list.node, pathInEra(height, part))
  return claim.ok ? ok([root.value, claim.value]) : claim
}

function proveTransaction(
  networkId: Uint8Array,
  shown: StateHeader,
  state: WorldState,
  { header, transactions }: Body,
  place: number,
  era: EraLookup
): Result<StateProof> {
  if (place >= transactions.length) return fail('not-there', `the block has ${transactions.length} transactions`)
  const inner = proveValue(TransactionList, TransactionList.toViewDU([...transactions]).node, [place])
  if (!inner.ok) return inner
  const block = [{ header, claim: inner.value }]
  const hash = blockHash(networkId, header)
  if (equalBytes(hash, blockHash(networkId, shown.header))) return ok({ header: shown, claim: [], block })
  const outer = proveAncestor(state, shown.header.height, header.height, ['hash'], era)
  if (!outer.ok) return outer
  return equalBytes(outer.value.at(-1)!.value, hash)
    ? ok({ header: shown, claim: outer.value, block })
    : fail('unknown-block', 'another block of this height is final')
}
