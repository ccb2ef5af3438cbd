/** What a proof from a peer shows, for a light node: the value under its state header. Whether that header is to be believed is another question (light/stateHeader.ts). */
import { equalBytes, fromUtf8 } from '../bytes'
import { decode } from '../codec'
import { inspectStateHeader } from '../light/stateHeader'
import type { Inspected, LightNetwork } from '../light/stateHeader'
import { fail, ok } from '../result'
import type { Result } from '../result'
import { RecentBlocks, State, TransactionList } from '../schema'
import type { BlockRecord } from '../schema'
import { blockHash } from '../signing'
import { placeOf, rootOfBranch } from './branch'
import type { Path, Walkable } from './branch'
import { eraPath, isRecent, pathInEra, RECORDS, recordPlace } from './prove'
import type { Claim, StateProof } from './schema'
import { formatPath, parsePath } from './subject'
import type { Subject } from './subject'

/** A value that stands where it is said to stand, under the state root of `shown` if that is to be believed. */
export interface Shown {
  shown: Inspected
  value: unknown
}

function openClaim(schema: Walkable, claim: Claim, root: Uint8Array): Result<{ path: Path; value: unknown }> {
  const path = parsePath(fromUtf8(claim.path) ?? '')
  if (path === null) return fail('bad-path')
  const place = placeOf(schema, path)
  if (!place.ok) return place
  const { gindex, type } = place.value
  const value = decode(type, claim.value)
  if (!value.ok) return value
  const reached = rootOfBranch(type.hashTreeRoot(value.value), gindex, claim.siblings)
  return reached !== null && equalBytes(reached, root) ? ok({ path, value: value.value }) : fail('bad-branch', 'the value is not under this root')
}

/**
 * @param proof the signatures of `shown` still have to be verified, and it has to link to something trusted
 * @returns `other-subject` when it proves something that was not asked for
 */
export function openProof(network: LightNetwork, subject: Subject, proof: StateProof): Result<Shown> {
  const shown = inspectStateHeader(network, proof.header)
  if (!shown.ok) return shown
  const value = valueIn(network, subject, proof)
  return value.ok ? ok({ shown: shown.value, value: value.value }) : value
}

/** A part of the record of an ancestor of the block whose state root this is (prove.ts). @param claims one under the root, or two: the era's, and one under that */
function openAncestor(claims: readonly Claim[], root: Uint8Array, shown: number, height: number, part: Path): Result<unknown> {
  const other = fail('other-subject', 'the proof is about something else')
  const [first, second] = claims
  const recent = isRecent(height, shown)
  if (first === undefined || (second === undefined) !== recent) return other
  const outer = openClaim(State, first, root)
  if (!outer.ok) return outer
  if (formatPath(outer.value.path) !== formatPath(recent ? [...recordPlace(height), ...part] : eraPath(height))) return other
  if (second === undefined) return ok(outer.value.value)
  const inner = openClaim(RecentBlocks, second, outer.value.value as Uint8Array)
  if (!inner.ok) return inner
  return formatPath(inner.value.path) === formatPath(pathInEra(height, part)) ? ok(inner.value.value) : other
}

function valueIn(network: LightNetwork, subject: Subject, { header, claim: claims, block: [block] }: StateProof): Result<unknown> {
  const [claim] = claims
  const other = fail('other-subject', 'the proof is about something else')
  const root = header.header.stateRoot
  if (subject.kind === 'head') return claim === undefined && block === undefined ? ok(header.header) : other
  if (subject.kind === 'transaction') {
    if (block === undefined) return other
    const hash = blockHash(network.networkId, block.header)
    const inner = openClaim(TransactionList, block.claim, block.header.txRoot)
    if (!inner.ok) return inner
    if (!equalBytes(hash, subject.block) || inner.value.path[0] !== subject.place || inner.value.path.length !== 1) return other
    if (claim === undefined) return equalBytes(hash, blockHash(network.networkId, header.header)) ? ok(inner.value.value) : other
    const kept = openAncestor(claims, root, header.header.height, block.header.height, ['hash'])
    if (!kept.ok) return kept
    return equalBytes(kept.value as Uint8Array, hash) ? ok(inner.value.value) : other
  }
  if (claim === undefined || block !== undefined) return other
  if (subject.kind === 'block') {
    const kept = openAncestor(claims, root, header.header.height, subject.height, [])
    if (!kept.ok) return kept
    return (kept.value as BlockRecord).height === subject.height ? kept : other
  }
  if (claims.length > 1) return other
  const opened = openClaim(State, claim, root)
  if (!opened.ok) return opened
  const { path, value } = opened.value
  if (subject.kind === 'state') return formatPath(path) === formatPath(subject.path) ? ok(value) : other
  const { path: list, key } = RECORDS[subject.kind]
  const isRecord = path.length === list.length + 1 && formatPath(path).startsWith(`${formatPath(list)}/`)
  return isRecord && equalBytes((value as Record<string, Uint8Array>)[key]!, subject.key) ? ok(value) : other
}
