/** Verified blocks on their way into the tree: announced, sent on request, or waiting for a parent that nobody has sent yet. */
import { equalBytes, hexOf } from '../core/bytes'
import type { BlockEntry } from '../core/chain/blockTree'
import { HEIGHT_WINDOW, MAX_ORPHANS, MAX_PARENTS_PER_PROPOSER } from '../core/limits'
import { fail } from '../core/result'
import type { Failure } from '../core/result'
import type { Announce, Block } from '../core/schema'
import { blockHash, transactionRoot } from '../core/signing'
import type { Anchors } from './anchors'
import type { Desk } from './desk'
import type { PeerId } from './ports'

interface Orphan {
  announce: Announce
  hash: Uint8Array
  /** Hash of its parent, hex. */
  parent: string
  from: PeerId
}

/** How many blocks without a parent wait, and how many different parents one proposer may have them wait for. */
export interface OrphanLimits {
  readonly blocks: number
  readonly parentsPerProposer: number
}

export class BlockIntake {
  readonly #orphans = new Map<string, Orphan>()
  /** Blocks that came without their body, and who announced them. */
  readonly #bodiless = new Map<string, { height: number; from: PeerId }>()

  constructor(
    readonly desk: Desk,
    readonly anchors: Anchors,
    readonly limits: OrphanLimits = { blocks: MAX_ORPHANS, parentsPerProposer: MAX_PARENTS_PER_PROPOSER }
  ) {}

  get orphanCount(): number {
    return this.#orphans.size
  }

  /** @returns why it is not in the tree now, or null; `orphan`: it waits for its parent */
  takeAnnounce(announce: Announce, from: PeerId, now: number): Failure | null {
    const { networkId, tree, rounds } = this.desk
    const { header } = announce
    for (const certificate of announce.parentCertificate) rounds.addCertificate(certificate)
    if (header.height <= tree.final.height) return fail('below-final')
    if (header.height > tree.final.height + HEIGHT_WINDOW) return fail('above-window')
    const hash = blockHash(networkId, header)
    const body = announce.body[0]
    const known = tree.get(hexOf(hash))
    if (known !== undefined && (known.transactions !== null || body === undefined)) return fail('duplicate')
    if (body !== undefined && !equalBytes(transactionRoot(body), header.txRoot)) return fail('bad-transaction-root')
    const added = tree.add(hash, header, announce.signature, body ?? null, now, rounds.isCertified(header.height, hexOf(hash)))
    if (!added.ok) {
      if (added.code !== 'unknown-parent') return added
      return this.#keepOrphan({ announce, hash, parent: hexOf(header.parent), from })
    }
    if (known === undefined) this.added(added.value, from, now)
    if (body === undefined) this.#bodiless.set(hexOf(hash), { height: header.height, from })
    else this.#bodiless.delete(hexOf(hash))
    rounds.touch()
    this.anchors.find(added.value, now)
    return null
  }

  takeBlocks(blocks: readonly Block[], from: PeerId, now: number): void {
    for (const { header, signature, transactions } of blocks) this.takeAnnounce({ header, signature, parentCertificate: [], body: [transactions] }, from, now)
  }

  /** This block is new in the tree: the rules hear of it, and those that waited for it follow. */
  added(entry: BlockEntry, from: PeerId, now: number): void {
    const { heard, rounds } = this.desk
    rounds.noteBlock(entry)
    // A block that comes late, by catching up, does not say that its maker is here now.
    const proposer = hexOf(entry.header.proposer)
    heard.set(proposer, Math.max(heard.get(proposer) ?? 0, Math.min(now, entry.header.timestamp)))
    for (const [key, orphan] of this.#orphans) {
      if (orphan.parent !== entry.hash) continue
      this.#orphans.delete(key)
      this.takeAnnounce(orphan.announce, from, now)
    }
  }

  #keepOrphan(orphan: Orphan): Failure {
    const key = hexOf(orphan.hash)
    if (this.#orphans.has(key)) return fail('duplicate')
    if (!this.#mayWait(orphan)) return fail('too-many-orphans')
    if (this.#orphans.size >= this.limits.blocks) this.#orphans.delete(this.#orphans.keys().next().value!)
    this.#orphans.set(key, orphan)
    return fail('orphan')
  }

  /** Who has announced a block without its body, and so should have it (M047). */
  announcerOf(hash: string): PeerId | null {
    return this.#bodiless.get(hash)?.from ?? null
  }

  /** A row of orphans has one parent that has to be asked for; a proposer with many of those has made them up. */
  #mayWait({ announce, parent }: Orphan): boolean {
    if (this.#orphans.has(parent)) return true
    const { proposer } = announce.header
    const parents = new Set<string>()
    for (const other of this.#orphans.values())
      if (equalBytes(other.announce.header.proposer, proposer) && !this.#orphans.has(other.parent)) parents.add(other.parent)
    return parents.has(parent) || parents.size < this.limits.parentsPerProposer
  }

  forgetUpTo(height: number): void {
    for (const [key, block] of this.#bodiless) if (block.height <= height) this.#bodiless.delete(key)
    for (const [key, { announce }] of this.#orphans) if (announce.header.height <= height) this.#orphans.delete(key)
  }

  /** Parents that orphans wait for and that nobody has sent. */
  missingParents(): string[] {
    const missing: string[] = []
    for (const { parent } of this.#orphans.values()) if (!this.#orphans.has(parent) && this.desk.tree.get(parent) === undefined) missing.push(parent)
    return missing
  }
}
