/**
 * Which state headers a light client believes (T057, T060, F-29); the argument stands in docs/PROTOCOL.md, "Light client".
 *
 * Two questions, apart from each other. What does a header show by itself? A block, descendants, a certificate by a quorum of the set that this block's own state names for the
 * certified height. Anybody can invent all of that, keys included. So: does it link to what is trusted already? It does if the certified height's set is among the trusted
 * state's own sets, or if its signers hold more than a third of one of them: then an honest member of a real set has signed, and honest members sign nothing but the real chain.
 */
import { equalBytes, toHex } from '../bytes'
import { decode } from '../codec'
import { certificateChecks, checkCertificate, inspectCertificate } from '../consensus/certificates'
import { epochOf } from '../consensus/validatorSet'
import type { SignatureCheck } from '../crypto/ed25519'
import type { SyncVerifier } from '../crypto/verifier'
import { genesisState, isNobody } from '../genesis'
import { branchOf, placeOf, rootOfBranch } from '../proof/branch'
import type { Path } from '../proof/branch'
import { assert, fail, ok } from '../result'
import type { Failure, Result } from '../result'
import { ReanchorPayload, State, ValidatorSets, VOTE_FINALISE } from '../schema'
import type { Certificate, Genesis, Header, Transaction } from '../schema'
import { blockHash, networkIdOf } from '../signing'
import { inspectTransaction, TX_REANCHOR } from '../state/transactions'
import { getNode } from '../ssz'
import { StateIndex, validatorSet } from '../state/worldState'
import type { ValidatorSet, WorldState } from '../state/worldState'
import { packSets, unpackSets } from './schema'
import type { StateHeader } from './schema'

/** What a light client has to know of its network; all of it stands in the genesis, whose hash is the network id. */
export interface LightNetwork {
  networkId: Uint8Array
  epochLength: number
  /** Whose anchors replace sets; null: nobody's. */
  authority: Uint8Array | null
}

export function lightNetwork(genesis: Genesis): LightNetwork {
  const { epochLength, authority } = genesis
  return { networkId: networkIdOf(genesis), epochLength, authority: isNobody(authority) ? null : authority }
}

/** A block that is believed to be final, and the validator sets that its state names. */
export interface TrustedState {
  height: number
  hash: Uint8Array
  stateRoot: Uint8Array
  /** Milliseconds since 1970, of the block. */
  timestamp: number
  /** By ascending epoch, no epoch left out. */
  sets: readonly ValidatorSet[]
}

/** Where to begin, besides genesis: a block that a person, a link or a build vouches for. Its hash covers the state root and so the sets. */
export interface Checkpoint {
  height: number
  hash: Uint8Array
}

/** A state header that holds together, apart from its signatures. */
export interface Inspected {
  header: StateHeader
  state: TrustedState
  /** Set of the certified height, as the header's own state names it. */
  signedBy: ValidatorSet
  signers: readonly string[]
  /** Sets by which the authority replaced those in force, and the height that it declared final. */
  anchor: { height: number; set: ValidatorSet } | null
  /** All of these must hold. */
  checks: SignatureCheck[]
}

/** Depth-first, through containers only: where the schema keeps the validator sets, whatever else it keeps around them. */
function pathTo(type: unknown, wanted: unknown): (string | number)[] | null {
  const { fields } = type as { fields?: Record<string, unknown> }
  for (const [name, field] of Object.entries(fields ?? {})) {
    const rest = field === wanted ? [] : pathTo(field, wanted)
    if (rest !== null) return [name, ...rest]
  }
  return null
}

/** Where the state keeps its validator sets. */
export const SETS_PATH: Path = pathTo(State, ValidatorSets) ?? []
const SETS_GINDEX = (() => {
  const place = placeOf(State, SETS_PATH)
  assert(place.ok, 'a state has validator sets')
  return place.value.gindex
})()

/** Genesis needs no certificate: its hash is the network's name. */
export function genesisTrust(genesis: Genesis): TrustedState {
  const state = genesisState(genesis, new StateIndex())
  return { height: 0, hash: networkIdOf(genesis), stateRoot: state.root, timestamp: genesis.time, sets: state.sets }
}

/**
 * @param state of `header`
 * @param certificate finalises `header`, or the last of `descendants`
 * @param anchor the transaction that replaced the sets, if one did since the header before
 */
export function makeStateHeader(
  header: Header,
  state: WorldState,
  certificate: Certificate,
  descendants: readonly Header[] = [],
  anchor: Transaction | null = null
): StateHeader {
  const { node } = state.view
  const sets = ValidatorSets.tree_toValue(getNode(node, SETS_GINDEX))
  return {
    header,
    descendants: [...descendants],
    certificate,
    validators: packSets(sets),
    branch: branchOf(node, SETS_GINDEX),
    anchor: anchor === null ? [] : [anchor]
  }
}

/** Everything that a state header says by itself. */
export function inspectStateHeader(network: LightNetwork, header: StateHeader): Result<Inspected> {
  const blocks = [header.header, ...header.descendants]
  for (const [i, block] of blocks.entries()) {
    const parent = blocks[i - 1]
    if (parent === undefined) continue
    if (block.height !== parent.height + 1 || !equalBytes(block.parent, blockHash(network.networkId, parent)))
      return fail('bad-descendants', 'a header is not the child of the one before it')
  }
  const last = blocks.at(-1)!
  const { certificate } = header
  if (certificate.kind !== VOTE_FINALISE) return fail('bad-vote-kind', 'not a certificate of finality')
  if (certificate.height !== last.height || !equalBytes(certificate.hash, blockHash(network.networkId, last)))
    return fail('certificate-block', 'the certificate is for another block')
  const order = inspectCertificate(certificate)
  if (order !== null) return order
  const sets = unpackSets(header.validators)
  if (sets === null) return fail('bad-sets', 'the validator sets are not packed as they have to be')
  const root = rootOfBranch(ValidatorSets.hashTreeRoot(sets), SETS_GINDEX, header.branch)
  if (root === null || !equalBytes(root, header.header.stateRoot)) return fail('bad-branch', 'the validator sets are not under the state root')
  const state: TrustedState = {
    height: header.header.height,
    hash: blockHash(network.networkId, header.header),
    stateRoot: header.header.stateRoot,
    timestamp: header.header.timestamp,
    sets: sets.sets.map((entries, i) => validatorSet(sets.epoch + i, entries))
  }
  const signedBy = setOf(state, epochOf(last.height, network.epochLength))
  if (signedBy === null) return fail('unknown-set', 'the state does not name the set of the certified height')
  const weight = checkCertificate(certificate, signedBy)
  if (weight !== null) return weight
  const anchor = inspectAnchor(network, header)
  if (!anchor.ok) return anchor
  return ok({
    header,
    state,
    signedBy,
    signers: certificate.signatures.map(({ voter }) => toHex(voter)),
    anchor: anchor.value?.anchor ?? null,
    checks: [...certificateChecks(network.networkId, certificate), ...(anchor.value?.checks ?? [])]
  })
}

function inspectAnchor(network: LightNetwork, header: StateHeader): Result<{ anchor: Inspected['anchor']; checks: SignatureCheck[] } | null> {
  const [transaction] = header.anchor
  if (transaction === undefined) return ok(null)
  if (transaction.kind !== TX_REANCHOR || network.authority === null || !equalBytes(transaction.sender, network.authority))
    return fail('not-authority', 'the anchor is not by the authority of this network')
  const payload = decode(ReanchorPayload, transaction.payload)
  const checks = inspectTransaction(network.networkId, transaction)
  if (!payload.ok || !checks.ok) return fail('bad-anchor', 'the anchor cannot be read')
  const { height, validators } = payload.value
  if (height >= header.header.height) return fail('bad-anchor', 'the anchor is younger than the block')
  return ok({ anchor: { height, set: validatorSet(epochOf(height + 1, network.epochLength), validators) }, checks: checks.value })
}

function setOf({ sets }: Pick<TrustedState, 'sets'>, epoch: number): ValidatorSet | null {
  return sets.find(set => set.epoch === epoch) ?? null
}

/** Are these the same members with the same weights? */
export function equalSets(a: ValidatorSet, b: ValidatorSet): boolean {
  return a.weights.size === b.weights.size && [...a.weights].every(([key, weight]) => b.weights.get(key) === weight)
}

/** Weight of those of `signers` that belong to `set`. */
export function weightIn(set: ValidatorSet, signers: readonly string[]): number {
  return signers.reduce((sum, signer) => sum + (set.weights.get(signer) ?? 0), 0)
}

/** More than a third: with liars below a third, at least one honest member is among them. */
function holdsThird(weight: number, total: number): boolean {
  return 3 * weight > total
}

/** Why a header is believed: its set was known, a third of a known set has signed, or the authority has named those who signed. */
export interface Link {
  kind: 'known-set' | 'third' | 'anchor'
  set: ValidatorSet
  weight: number
}

/** @returns how `next` links to `trusted`; `not-linked` when it is too far away, which is nobody's fault, or invented; `not-later` */
export function linkStateHeader(trusted: TrustedState, next: Inspected): Result<Link> {
  if (next.state.height <= trusted.height) return fail('not-later', `height ${next.state.height} is not above ${trusted.height}`)
  const known = setOf(trusted, next.signedBy.epoch)
  if (known !== null && equalSets(known, next.signedBy)) return ok({ kind: 'known-set', set: known, weight: weightIn(known, next.signers) })
  const { anchor } = next
  if (anchor !== null && anchor.height >= trusted.height && holdsThird(weightIn(anchor.set, next.signers), anchor.set.total))
    return ok({ kind: 'anchor', set: anchor.set, weight: weightIn(anchor.set, next.signers) })
  // A known set that is contradicted is no reason to look for a weaker link.
  if (known !== null) return fail('different-set', `the trusted state names another set for epoch ${known.epoch}`)
  for (const set of trusted.sets.toReversed()) {
    const weight = weightIn(set, next.signers)
    if (holdsThird(weight, set.total)) return ok({ kind: 'third', set, weight })
  }
  return fail('not-linked', 'the signers hold no third of any set that is trusted')
}

/** Does everything at once, with a verifier that answers at once. @returns the state that is trusted now */
export function verifyStateHeader(network: LightNetwork, trusted: TrustedState, header: StateHeader, verifier: SyncVerifier): Result<TrustedState> {
  const inspected = inspectStateHeader(network, header)
  if (!inspected.ok) return inspected
  const link = linkStateHeader(trusted, inspected.value)
  if (!link.ok) return link
  return badSignature(inspected.value, verifier) ?? ok(inspected.value.state)
}

function badSignature({ checks }: Inspected, verifier: SyncVerifier): Failure | null {
  const bad = checks.findIndex(check => !verifier.verify(check))
  return bad === -1 ? null : fail('bad-signature', `signature ${bad + 1} of ${checks.length}`)
}

/** A header for the block that is vouched for; its signatures are not even looked at, since the hash covers the state root. */
export function trustCheckpoint(network: LightNetwork, checkpoint: Checkpoint, header: StateHeader): Result<TrustedState> {
  const inspected = inspectStateHeader(network, header)
  if (!inspected.ok) return inspected
  const { state } = inspected.value
  return state.height === checkpoint.height && equalBytes(state.hash, checkpoint.hash)
    ? ok(state)
    : fail('other-block', 'this is not the block of the checkpoint')
}
