/**
 * Checks a proof file, step by step, from the value up to the genesis. Each step takes what the file *states* and says whether that fits together, so one altered byte turns red the steps that read it
 * and no others. A proof holds when every step does.
 *
 * value → pairs of hashes → (root of its era → pairs of hashes →) state root → block → its validator sets → signatures → quorum → link to the state header before … → genesis or checkpoint
 */
import { equalBytes, fromHex, toHex } from '../bytes'
import { certificateChecks, certificateWeight } from '../consensus/certificates'
import { epochOf } from '../consensus/validatorSet'
import type { SignatureCheck } from '../crypto/ed25519'
import type { SyncVerifier } from '../crypto/verifier'
import { decodeGenesis } from '../genesis'
import { packSets } from '../light/schema'
import type { StateHeader } from '../light/schema'
import { genesisTrust, inspectStateHeader, lightNetwork, linkStateHeader, SETS_PATH } from '../light/stateHeader'
import type { LightNetwork, Link, TrustedState } from '../light/stateHeader'
import { fail, ok } from '../result'
import type { Result } from '../result'
import { BlockRecord, Header, RecentBlocks, State, Transaction, TransactionList, ValidatorSets, VOTE_FINALISE } from '../schema'
import type { Genesis } from '../schema'
import { blockHash, networkIdOf } from '../signing'
import { isQuorum, quorumWeight, validatorSet } from '../state/worldState'
import type { ValidatorSet } from '../state/worldState'
import { depthOf, pairHash, placeOf } from './branch'
import type { Path, Place, Walkable } from './branch'
import { decodeHex } from './file'
import type { FileBlock, FileClaim, FileHeader, ProofFile } from './file'
import { eraPath, pathInEra, recordPlace } from './prove'
import { formatPath, parsePath } from './subject'

/** What a step asks. */
export type StepKind =
  'path' | 'value' | 'pair' | 'root' | 'block' | 'ancestor' | 'descendant' | 'signature' | 'quorum' | 'anchor' | 'link' | 'checkpoint' | 'genesis'

/** Bytes of the file that a step reads. `pointer` is their place in it (RFC 6901), `value` hex or, for paths and numbers, text. */
export interface StepInput {
  pointer: string
  label: string
  value: string
}

export interface ProofStep {
  kind: StepKind
  /** Which part of the file: `claim`, `era`, `block`, `chain/<i>`, `trust`. */
  section: string
  ok: boolean
  /** Why not; null when it holds. */
  code: string | null
  detail: string
  inputs: StepInput[]
  /** What comes out, hex; null where nothing but a verdict does. */
  output: string | null
}

/** The value that is proved, as plain data: bytes as hex, amounts as decimal text. */
export interface ProvedValue {
  kind: 'state' | 'transaction' | 'head'
  path: string
  value: unknown
}

export interface ProofReport {
  ok: boolean
  network: string
  checkpoint: { height: number; hash: string } | null
  /** Of the state that the claim is about. */
  height: number | null
  hash: string
  stateRoot: string | null
  timestamp: number | null
  proved: ProvedValue | null
  steps: ProofStep[]
  /** Number of the first step that does not hold. */
  failed: number | null
}

/** What the file says of one state header, as far as it can be read. */
interface Parsed {
  header: Header | null
  sets: ValidatorSets | null
  /** The certified block: the last descendant, or the block itself. */
  certified: { hash: Uint8Array; height: number; pointer: string } | null
}

/** A file cannot bring validator sets from elsewhere in the state. */
const SETS_PATH_TEXT = formatPath(SETS_PATH)

const bytesOf = (hex: string): Uint8Array => fromHex(hex) ?? new Uint8Array(0)
const valueOr = <T>(result: Result<T>): T | null => (result.ok ? result.value : null)

/** What the page shows: no bigint, no bytes. */
function plain(value: unknown): unknown {
  if (value instanceof Uint8Array) return toHex(value)
  if (typeof value === 'bigint') return String(value)
  if (Array.isArray(value)) return value.map(plain)
  if (typeof value === 'object' && value !== null) return Object.fromEntries(Object.entries(value).map(([key, own]) => [key, plain(own)]))
  return value
}

function parseHeader(entry: FileHeader, i: number): Parsed {
  const header = valueOr(decodeHex(Header, entry.header))
  const last = entry.descendants.at(-1)
  const lastHeader = last === undefined ? header : valueOr(decodeHex(Header, last.header))
  const pointer = last === undefined ? `/chain/${i}/hash` : `/chain/${i}/descendants/${entry.descendants.length - 1}/hash`
  return {
    header,
    sets: valueOr(decodeHex(ValidatorSets, entry.sets.value)),
    certified: lastHeader === null ? null : { hash: bytesOf((last ?? entry).hash), height: lastHeader.height, pointer }
  }
}

class Checker {
  readonly steps: ProofStep[] = []
  readonly #file: ProofFile
  readonly #verifier: SyncVerifier
  readonly #genesis: Genesis | null
  readonly #networkId: Uint8Array
  readonly #parsed: Parsed[]

  constructor(file: ProofFile, verifier: SyncVerifier) {
    this.#file = file
    this.#verifier = verifier
    this.#genesis = valueOr(decodeGenesis(bytesOf(file.genesis)))
    this.#networkId = bytesOf(file.network)
    this.#parsed = file.chain.map(parseHeader)
  }

  run(): ProofReport {
    const file = this.#file
    const last = file.chain.length - 1
    const target = this.#parsed[last]!
    const root = target.header?.stateRoot ?? null
    if (file.block !== null) this.#block(file.block)
    if (file.era !== null) this.#era(file.era, file.claim)
    if (file.claim !== null) {
      if (file.block !== null) this.#ancestor(file.block, file.claim, file.era)
      else if (file.era !== null) this.#record(file.era, file.claim)
      this.#claim('claim', '/claim', State, file.claim, root, `/chain/${last}/header`, 'state root')
    } else if (file.block !== null) this.#sameBlock(file.block, last)
    for (let i = last; i >= 0; i--) this.#stateHeader(i)
    this.#trust()
    const failed = this.steps.findIndex(step => !step.ok)
    return {
      ok: failed === -1,
      network: file.network,
      checkpoint: file.checkpoint,
      height: target.header?.height ?? null,
      hash: file.chain[last]!.hash,
      stateRoot: root === null ? null : toHex(root),
      timestamp: target.header?.timestamp ?? null,
      proved: this.#proved(),
      steps: this.steps,
      failed: failed === -1 ? null : failed
    }
  }

  #proved(): ProvedValue | null {
    const { block, claim, era } = this.#file
    if (block !== null) {
      const transaction = decodeHex(Transaction, block.claim.value)
      return transaction.ok ? { kind: 'transaction', path: `${block.hash}/${block.claim.path}`, value: plain(transaction.value) } : null
    }
    if (claim === null) {
      const header = this.#parsed.at(-1)!.header
      return header === null ? null : { kind: 'head', path: '', value: plain(header) }
    }
    const shown = era ?? claim
    const place = placeOf(era === null ? State : RecentBlocks, parsePath(shown.path) ?? [])
    const value = place.ok ? decodeHex(place.value.type, shown.value) : place
    return value.ok ? { kind: 'state', path: era === null ? claim.path : `${claim.path}/${era.path}`, value: plain(value.value) } : null
  }

  #step(
    section: string,
    kind: StepKind,
    inputs: StepInput[],
    failure: { code: string; detail: string } | null,
    output: string | null = null,
    detail = ''
  ): void {
    this.steps.push({ kind, section, ok: failure === null, code: failure?.code ?? null, detail: failure?.detail ?? detail, inputs, output })
  }

  /** With the id that the file states: whether it is the hash of this genesis is a step of its own. */
  #network(genesis: Genesis): LightNetwork {
    return { ...lightNetwork(genesis), networkId: this.#networkId }
  }

  #networkInput(): StepInput {
    return { pointer: '/network', label: 'network id', value: this.#file.network }
  }

  #genesisInput(): StepInput {
    return { pointer: '/genesis', label: 'genesis', value: this.#file.genesis }
  }

  // --------------------------------------------------------------------------------------------------------------- branches

  /** Value → leaf → pair by pair → the root that `rootPointer` states. */
  #claim(
    section: string,
    at: string,
    schema: Walkable,
    claim: FileClaim,
    root: Uint8Array | null,
    rootPointer: string,
    rootLabel: string,
    onlyPath: string | null = null
  ): void {
    const path = { pointer: `${at}/path`, label: 'path', value: claim.path }
    const index = { pointer: `${at}/index`, label: 'index', value: claim.index }
    const place = placeOf(schema, parsePath(claim.path) ?? [])
    const elsewhere = onlyPath !== null && onlyPath !== claim.path ? fail('bad-path', `this has to be proved at ${onlyPath}`) : null
    this.#step(section, 'path', [path, index], elsewhere ?? pathFailure(place, claim), null, `${claim.siblings.length} levels below the root`)
    const leaf = leafOf(place, claim)
    const leafInput = { pointer: `${at}/leaf`, label: 'leaf', value: claim.leaf }
    const value = { pointer: `${at}/value`, label: 'value', value: claim.value }
    this.#step(section, 'value', [value, path, leafInput], hashFailure(leaf, claim.leaf, 'the value'), leaf.ok ? toHex(leaf.value) : null)
    let below = leafInput
    let number = BigInt(claim.index)
    claim.siblings.forEach((sibling, i) => {
      const siblingInput = { pointer: `${at}/siblings/${i}`, label: 'sibling', value: sibling }
      const stated = { pointer: `${at}/nodes/${i}`, label: 'parent', value: claim.nodes[i] ?? '' }
      const pair = number % 2n === 0n ? [below, siblingInput] : [siblingInput, below]
      const parent = pairHash(bytesOf(pair[0]!.value), bytesOf(pair[1]!.value))
      this.#step(section, 'pair', [...pair, stated, index], hashFailure(ok(parent), stated.value, 'the pair'), toHex(parent))
      below = { ...stated, label: 'from below' }
      number /= 2n
    })
    const stated = root === null ? '' : toHex(root)
    const failure =
      root === null
        ? fail('unreadable', 'the header cannot be read')
        : below.value === stated
          ? null
          : fail('root-mismatch', `the branch does not lead to the ${rootLabel}`)
    this.#step(section, 'root', [below, { pointer: rootPointer, label: rootLabel, value: stated }], failure, below.value)
  }

  // ------------------------------------------------------------------------------------------------------------------ blocks

  #hashed(section: string, at: string, kind: 'block' | 'descendant', block: FileBlock, parent: { pointer: string; hash: string } | null): void {
    const header = decodeHex(Header, block.header)
    const inputs = [
      { pointer: `${at}/header`, label: 'header', value: block.header },
      { pointer: `${at}/hash`, label: 'block hash', value: block.hash },
      this.#networkInput()
    ]
    if (parent !== null) inputs.push({ pointer: parent.pointer, label: 'parent', value: parent.hash })
    const hash: Result<Uint8Array> = header.ok ? ok(blockHash(this.#networkId, header.value)) : header
    const orphan = header.ok && parent !== null && toHex(header.value.parent) !== parent.hash ? fail('bad-parent', 'not a child of the block before it') : null
    this.#step(
      section,
      kind,
      inputs,
      hashFailure(hash, block.hash, 'the header') ?? orphan,
      hash.ok ? toHex(hash.value) : null,
      header.ok ? `#${header.value.height}` : ''
    )
  }

  /** The block that a transaction is in. */
  #block(block: NonNullable<ProofFile['block']>): void {
    const header = valueOr(decodeHex(Header, block.header))
    this.#claim('block', '/block/claim', TransactionList, block.claim, header?.txRoot ?? null, '/block/header', 'transaction root')
    this.#hashed('block', '/block', 'block', block, null)
  }

  /** Records of an era lead to its root, which the claim proves. */
  #era(era: FileClaim, claim: FileClaim | null): void {
    this.#claim('era', '/era', RecentBlocks, era, claim === null ? null : bytesOf(claim.value), '/claim/value', 'root of the era')
  }

  /** Only where the state keeps the hashes of its ancestors: elsewhere 32 bytes can be anything that somebody has put there. */
  #ancestor(block: FileBlock, claim: FileClaim, era: FileClaim | null): void {
    const header = valueOr(decodeHex(Header, block.header))
    const kept = era ?? claim
    const at = era === null ? '/claim' : '/era'
    const inputs = [
      { pointer: '/block/hash', label: 'block hash', value: block.hash },
      { pointer: `${at}/value`, label: era === null ? 'hash in the state' : 'hash in the era', value: kept.value },
      ...this.#paths(claim, era),
      { pointer: '/block/header', label: 'header', value: block.header }
    ]
    const place = this.#misplaced(header?.height ?? null, claim, era, ['hash'])
    this.#step(
      'block',
      'ancestor',
      inputs,
      place ?? (kept.value === block.hash ? null : fail('other-block', 'the state keeps another hash for this height')),
      kept.value
    )
  }

  /** The record of an old block says which one it is; so it has to stand in that one's place. */
  #record(era: FileClaim, claim: FileClaim): void {
    const record = valueOr(decodeHex(BlockRecord, era.value))
    const inputs = [{ pointer: '/era/value', label: 'record', value: era.value }, ...this.#paths(claim, era)]
    this.#step('era', 'ancestor', inputs, this.#misplaced(record?.height ?? null, claim, era, []), era.value)
  }

  #paths(claim: FileClaim, era: FileClaim | null): StepInput[] {
    const path = { pointer: '/claim/path', label: 'path', value: claim.path }
    return era === null ? [path] : [path, { pointer: '/era/path', label: 'path in the era', value: era.path }]
  }

  /** @param height of the block; null: unreadable */
  #misplaced(height: number | null, claim: FileClaim, era: FileClaim | null, part: Path): ReturnType<typeof fail> | null {
    if (height === null) return fail('unreadable', 'it cannot be read which block this is')
    const expected = formatPath(era === null ? [...recordPlace(height), ...part] : eraPath(height))
    if (claim.path !== expected) return fail('bad-path', `this block is kept at ${expected}`)
    const inEra = formatPath(pathInEra(height, part))
    return era === null || era.path === inEra ? null : fail('bad-path', `in its era this block is kept at ${inEra}`)
  }

  #sameBlock(block: FileBlock, last: number): void {
    const own = { pointer: `/chain/${last}/hash`, label: 'final block', value: this.#file.chain[last]!.hash }
    const failure = own.value === block.hash ? null : fail('other-block', 'this is another block than the final one')
    this.#step('block', 'ancestor', [{ pointer: '/block/hash', label: 'block hash', value: block.hash }, own], failure, own.value)
  }

  // ----------------------------------------------------------------------------------------------------------- state headers

  #stateHeader(i: number): void {
    const entry = this.#file.chain[i]!
    const section = `chain/${i}`
    const at = `/chain/${i}`
    const { header } = this.#parsed[i]!
    this.#hashed(section, at, 'block', entry, null)
    entry.descendants.forEach((block, k) => {
      const above = k === 0 ? { pointer: `${at}/hash`, hash: entry.hash } : { pointer: `${at}/descendants/${k - 1}/hash`, hash: entry.descendants[k - 1]!.hash }
      this.#hashed(section, `${at}/descendants/${k}`, 'descendant', block, above)
    })
    this.#claim(section, `${at}/sets`, State, entry.sets, header?.stateRoot ?? null, `${at}/header`, 'state root', SETS_PATH_TEXT)
    this.#certificate(i)
    if (entry.anchor !== null) this.#anchor(i, entry.anchor)
    if (i > 0 || this.#file.checkpoint === null) this.#link(i)
  }

  #signedBy(i: number): ValidatorSet | null {
    const { sets, certified } = this.#parsed[i]!
    if (sets === null || certified === null || this.#genesis === null) return null
    const epoch = epochOf(certified.height, this.#genesis.epochLength)
    const entries = sets.sets[epoch - sets.epoch]
    return entries === undefined ? null : validatorSet(epoch, entries)
  }

  #certificate(i: number): void {
    const entry = this.#file.chain[i]!
    const section = `chain/${i}`
    const { certified } = this.#parsed[i]!
    const set = this.#signedBy(i)
    const signatures = entry.certificate.map(({ voter, signature }) => ({ voter: bytesOf(voter), signature: bytesOf(signature) }))
    const certificate = { kind: VOTE_FINALISE, height: certified?.height ?? 0, hash: certified?.hash ?? new Uint8Array(32), signatures }
    const checks = certificateChecks(this.#networkId, certificate)
    const block = { pointer: certified?.pointer ?? `/chain/${i}/header`, label: 'signed block', value: toHex(certificate.hash) }
    entry.certificate.forEach(({ voter, signature }, k) => {
      const inputs = [
        { pointer: `/chain/${i}/certificate/${k}/voter`, label: 'signer', value: voter },
        { pointer: `/chain/${i}/certificate/${k}/signature`, label: 'signature', value: signature },
        block,
        this.#networkInput()
      ]
      const before = entry.certificate[k - 1]
      if (before !== undefined) inputs.push({ pointer: `/chain/${i}/certificate/${k - 1}/voter`, label: 'signer before', value: before.voter })
      const disordered = before !== undefined && before.voter >= voter ? fail('certificate-order', 'signers must ascend, each once') : null
      const bad = this.#verifier.verify(checks[k]!) ? null : fail('bad-signature', 'this key has not signed this block')
      const weight = set?.weights.get(voter)
      this.#step(section, 'signature', inputs, disordered ?? bad, null, weight === undefined ? '' : `weight ${weight}`)
    })
    const inputs = [
      { pointer: `/chain/${i}/sets/value`, label: 'validator sets', value: entry.sets.value },
      { pointer: `/chain/${i}/header`, label: 'header', value: entry.header },
      this.#genesisInput()
    ]
    this.#step(section, 'quorum', inputs, quorumFailure(certificate, set), null, quorumText(certificate, set))
  }

  #anchor(i: number, anchor: string): void {
    const header = this.#wire(i)
    const inspected =
      header === null || this.#genesis === null ? fail('unreadable', 'the anchor cannot be read') : inspectStateHeader(this.#network(this.#genesis), header)
    const signatures = this.#file.chain[i]!.certificate.length
    const bad =
      inspected.ok && inspected.value.checks.slice(signatures).some(check => !this.#verifier.verify(check))
        ? fail('bad-signature', 'the authority has not signed this')
        : null
    this.#step(
      `chain/${i}`,
      'anchor',
      [{ pointer: `/chain/${i}/anchor`, label: 'anchor', value: anchor }, this.#genesisInput(), this.#networkInput()],
      inspected.ok ? bad : inspected
    )
  }

  /** The entry as it was on the wire; null where it cannot be read. */
  #wire(i: number): StateHeader | null {
    const entry = this.#file.chain[i]!
    const { header, sets, certified } = this.#parsed[i]!
    const descendants = entry.descendants.map(block => valueOr(decodeHex(Header, block.header)))
    const anchor = entry.anchor === null ? null : valueOr(decodeHex(Transaction, entry.anchor))
    if (header === null || sets === null || certified === null || (entry.anchor !== null && anchor === null)) return null
    if (!descendants.every(block => block !== null)) return null
    const signatures = entry.certificate.map(({ voter, signature }) => ({ voter: bytesOf(voter), signature: bytesOf(signature) }))
    return {
      header,
      descendants,
      certificate: { kind: VOTE_FINALISE, height: certified.height, hash: certified.hash, signatures },
      validators: packSets(sets),
      branch: entry.sets.siblings.map(bytesOf),
      anchor: anchor === null ? [] : [anchor]
    }
  }

  #trustedBefore(i: number): TrustedState | null {
    if (this.#genesis === null) return null
    if (i === 0) return genesisTrust(this.#genesis)
    const { header, sets } = this.#parsed[i - 1]!
    if (header === null || sets === null) return null
    const { height, stateRoot, timestamp } = header
    const named = sets.sets.map((entries, k) => validatorSet(sets.epoch + k, entries))
    return { height, stateRoot, timestamp, hash: bytesOf(this.#file.chain[i - 1]!.hash), sets: named }
  }

  #link(i: number): void {
    const before = this.#trustedBefore(i)
    const header = this.#wire(i)
    let link: Result<Link> = fail('unreadable', 'a header on either side cannot be read')
    if (before !== null && header !== null) {
      const inspected = inspectStateHeader(this.#network(this.#genesis!), header)
      link = inspected.ok ? linkStateHeader(before, inspected.value) : inspected
    }
    const entry = this.#file.chain[i]!
    const inputs = [
      { pointer: `/chain/${i}/sets/value`, label: 'validator sets', value: entry.sets.value },
      i === 0 ? this.#genesisInput() : { pointer: `/chain/${i - 1}/sets/value`, label: 'sets trusted before', value: this.#file.chain[i - 1]!.sets.value }
    ]
    this.#step(`chain/${i}`, 'link', inputs, link.ok ? null : link, null, link.ok ? `${link.value.kind} ${link.value.weight}/${link.value.set.total}` : '')
  }

  // ------------------------------------------------------------------------------------------------------------------- trust

  #trust(): void {
    const { checkpoint, chain } = this.#file
    if (checkpoint !== null) {
      const first = chain[0]!
      const inputs = [
        { pointer: '/checkpoint/hash', label: 'checkpoint', value: checkpoint.hash },
        { pointer: '/checkpoint/height', label: 'height', value: String(checkpoint.height) },
        { pointer: '/chain/0/hash', label: 'block hash', value: first.hash }
      ]
      const fits = checkpoint.hash === first.hash && checkpoint.height === this.#parsed[0]!.header?.height
      this.#step('trust', 'checkpoint', inputs, fits ? null : fail('other-block', 'the first header is not the block of the checkpoint'), first.hash)
    }
    const id = this.#genesis === null ? fail('bad-genesis', 'the genesis cannot be used') : ok(networkIdOf(this.#genesis))
    this.#step(
      'trust',
      'genesis',
      [this.#genesisInput(), this.#networkInput()],
      hashFailure(id, this.#file.network, 'the genesis'),
      id.ok ? toHex(id.value) : null
    )
  }
}

function pathFailure(place: Result<Place>, claim: FileClaim): ReturnType<typeof fail> | null {
  if (!place.ok) return place
  if (String(place.value.gindex) !== claim.index) return fail('bad-index', `this path has the index ${place.value.gindex}`)
  const depth = depthOf(place.value.gindex)
  return claim.siblings.length === depth && claim.nodes.length === depth ? null : fail('bad-depth', `a branch from here has ${depth} levels`)
}

function leafOf(place: Result<Place>, claim: FileClaim): Result<Uint8Array> {
  if (!place.ok) return place
  const value = decodeHex(place.value.type, claim.value)
  return value.ok ? ok(place.value.type.hashTreeRoot(value.value)) : value
}

function hashFailure(computed: Result<Uint8Array>, stated: string, what: string): ReturnType<typeof fail> | null {
  if (!computed.ok) return computed
  return equalBytes(computed.value, bytesOf(stated)) ? null : fail('hash-mismatch', `${what} has another hash`)
}

function quorumFailure(certificate: StateHeader['certificate'], set: ValidatorSet | null): ReturnType<typeof fail> | null {
  if (set === null) return fail('unknown-set', 'the state does not name the set of the certified height')
  const weight = certificateWeight(certificate, set)
  if (weight === null) return fail('certificate-stranger', 'signed by someone outside the validator set of that height')
  return isQuorum(weight, set.total) ? null : fail('certificate-weight', `weight ${weight} of ${set.total} is no quorum`)
}

function quorumText(certificate: StateHeader['certificate'], set: ValidatorSet | null): string {
  return set === null ? '' : `weight ${certificateWeight(certificate, set) ?? 0} of ${set.total}, ${quorumWeight(set.total)} needed`
}

/** @param verifier decides signatures; have them prefetched (`signatureChecks`) where the host only answers by promise */
export function checkProof(file: ProofFile, verifier: SyncVerifier): ProofReport {
  return new Checker(file, verifier).run()
}

/** Every signature under the certificates of a file. */
export function signatureChecks(file: ProofFile): SignatureCheck[] {
  return file.chain.flatMap((entry, i) => {
    const { certified } = parseHeader(entry, i)
    if (certified === null) return []
    const signatures = entry.certificate.map(({ voter, signature }) => ({ voter: bytesOf(voter), signature: bytesOf(signature) }))
    return certificateChecks(bytesOf(file.network), { kind: VOTE_FINALISE, height: certified.height, hash: certified.hash, signatures })
  })
}
