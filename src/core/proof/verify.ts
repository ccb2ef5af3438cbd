/** What a proof from a peer shows, for a light node: the value under its state header. Whether that header is to be believed is another question (light/stateHeader.ts). */
import { equalBytes, fromUtf8 } from '../bytes'
import { decode } from '../codec'
import { inspectStateHeader } from '../light/stateHeader'
import type { Inspected, LightNetwork } from '../light/stateHeader'
import { fail, ok } from '../result'
import type { Result } from '../result'
import { State, TransactionList } from '../schema'
import { blockHash } from '../signing'
import { placeOf, rootOfBranch } from './branch'
import type { Path, Walkable } from './branch'
import { recentPath, RECORDS } from './prove'
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

function valueIn(network: LightNetwork, subject: Subject, { header, claim: [claim], block: [block] }: StateProof): Result<unknown> {
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
    const kept = openClaim(State, claim, root)
    if (!kept.ok) return kept
    const ancestor = formatPath(kept.value.path) === formatPath(recentPath(block.header.height)) && equalBytes(kept.value.value as Uint8Array, hash)
    return ancestor ? ok(inner.value.value) : other
  }
  if (claim === undefined || block !== undefined) return other
  const opened = openClaim(State, claim, root)
  if (!opened.ok) return opened
  const { path, value } = opened.value
  if (subject.kind === 'state') return formatPath(path) === formatPath(subject.path) ? ok(value) : other
  const { path: list, key } = RECORDS[subject.kind]
  const isRecord = path.length === list.length + 1 && formatPath(path).startsWith(`${formatPath(list)}/`)
  return isRecord && equalBytes((value as Record<string, Uint8Array>)[key]!, subject.key) ? ok(value) : other
}
