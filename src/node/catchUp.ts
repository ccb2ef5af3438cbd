/** Fetching what this node lacks: bodies by hash, and while a credible peer has more final blocks those, range by range, each under its finalisation certificate. */
import { equalBytes } from '../core/bytes'
import { hashBytesOf } from '../core/chain/blockTree'
import { epochOf } from '../core/consensus/validatorSet'
import { MAX_BODY_REQUEST, MAX_RANGE_BLOCKS } from '../core/limits'
import { VOTE_FINALISE } from '../core/schema'
import type { RangeReply } from '../core/schema'
import { blockHash } from '../core/signing'
import { ASK_EVERY_SLOTS } from './contact'
import type { Anchors } from './anchors'
import type { BlockIntake } from './blockIntake'
import type { Desk } from './desk'
import type { PeerId } from './ports'
import type { StateSync } from './stateSync'

export class CatchUp {
  /** The final height that this node is fetching; 0: it is not behind. */
  #target = 0
  /** The last range held no certificate within the sets that are known here. */
  #asksFar = false
  /** Bodies that are wanted: how often they were asked for, and when last. */
  readonly #sought = new Map<string, { times: number; at: number }>()

  constructor(
    readonly desk: Desk,
    readonly intake: BlockIntake,
    readonly anchors: Anchors,
    readonly stateSync: StateSync
  ) {}

  get target(): number {
    return this.#target
  }

  fetchBodies(now: number): void {
    const { desk } = this
    const wanted = new Set(desk.rounds.missingBodies())
    for (const hash of this.anchors.missing()) wanted.add(hash)
    for (const hash of this.intake.missingParents()) wanted.add(hash)
    for (const hash of this.#sought.keys()) if (!wanted.has(hash)) this.#sought.delete(hash)
    if (wanted.size === 0) return
    const asked = new Set([...desk.underWay()].flatMap(pending => pending.hashes))
    const again = now - ASK_EVERY_SLOTS * desk.tree.final.state!.config.slotMs
    const peers = desk.peers.size
    const due: string[] = []
    // A liar's blocks may have hundreds of parents that never were: this is asked after every message.
    for (const hash of wanted) {
      if (due.length === MAX_BODY_REQUEST) break
      if (!asked.has(hash) && this.#maySeek(hash, peers, again)) due.push(hash)
    }
    for (const [peer, hashes] of this.#whomToAsk(due)) {
      if (desk.request(peer, 'bodiesRequest', { hashes: hashes.map(hashBytesOf) }, { hashes }) === null) return
      for (const hash of hashes) this.#sought.set(hash, { times: (this.#sought.get(hash)?.times ?? 0) + 1, at: now })
    }
  }

  /** First the one who announced it: of many peers nobody else has a new body yet (M047). Then one after the other. */
  #whomToAsk(due: readonly string[]): Map<PeerId, string[]> {
    const { peers } = this.desk
    const asked = new Map<PeerId, string[]>()
    let next: PeerId | null = null
    for (const hash of due) {
      const announcer = this.#sought.has(hash) ? null : this.intake.announcerOf(hash)
      const peer = announcer !== null && peers.maySend(announcer) ? announcer : (next ??= peers.next())
      if (peer !== null) asked.set(peer, [...(asked.get(peer) ?? []), hash])
    }
    return asked
  }

  /** Every peer is asked once without delay; what nobody has may not exist, and is asked for again only with the rounds. */
  #maySeek(hash: string, peers: number, again: number): boolean {
    const sought = this.#sought.get(hash)
    return sought === undefined || sought.times % peers !== 0 || sought.at <= again
  }

  /** Fetches final blocks while a credible peer has more of them. */
  synchronise(): void {
    const { desk } = this
    const { final } = desk.tree
    const best = desk.peers.nextAhead(final.height)
    const behind = best === null ? 0 : best.finalHeight - final.height
    if (behind <= 1 && this.#target > 0) {
      desk.event({ kind: 'synced', height: final.height })
      this.#target = 0
    }
    if (best === null || behind <= 1) return
    if (behind > 2 && this.#target === 0) desk.event({ kind: 'syncing', height: final.height, target: best.finalHeight })
    this.#target = best.finalHeight
    if (desk.inFlight('rangeRequest')) return
    // Only so far as the validator sets are known from what is final here.
    const { epochLength, lookahead } = desk.genesis
    const lastKnown = (epochOf(final.height + 1, epochLength) + lookahead + 1) * epochLength
    const from = final.height + 1
    const count = this.#asksFar ? MAX_RANGE_BLOCKS : Math.min(lastKnown - final.height, MAX_RANGE_BLOCKS)
    desk.request(best.peer, 'rangeRequest', { from, count }, { from })
  }

  /** Final blocks of a peer: the certificate is checked under the set that this node knows, then the links back to our own final block, then all is executed. */
  takeRange(reply: RangeReply, asked: number, from: PeerId, now: number): void {
    const { desk } = this
    const refuse = (reason: string): void => {
      desk.peers.noteClaim(from, false)
      desk.penalise(from, reason)
    }
    const certificate = reply.certificate[0]
    const last = reply.blocks.at(-1)
    if (certificate === undefined || last === undefined) {
      // Where a tentative stretch was anchored there is no certificate for a while: the next question reaches further.
      this.#asksFar = !this.#asksFar
      // Or the blocks are pruned there: then only a state can be had.
      this.stateSync.noteBlocksGone(from)
      return desk.peers.noteClaim(from, false)
    }
    this.#asksFar = false
    const hashes = reply.blocks.map(block => blockHash(desk.networkId, block.header))
    if (certificate.kind !== VOTE_FINALISE || !equalBytes(certificate.hash, hashes.at(-1)!)) return refuse('range without its certificate')
    for (let i = 1; i < reply.blocks.length; i++) if (!equalBytes(reply.blocks[i]!.header.parent, hashes[i - 1]!)) return refuse('range is not a chain')
    // What had been final here before it was asked for is no answer; what has become so meanwhile is.
    if (certificate.height < asked) return desk.peers.noteClaim(from, false)
    if (certificate.height <= desk.tree.final.height) return
    // An anchor on the way changes the set that the certificate is judged by; behind a leak the set is that of the blocks themselves.
    const leaks = desk.genesis.leakAfter > 0 && desk.rounds.setAt(certificate.height) === null
    if (leaks || reply.blocks.some(block => this.anchors.isIn(block))) this.intake.takeBlocks(reply.blocks, from, now)
    const failure = desk.rounds.addCertificate(certificate)
    if (failure !== null && failure.code !== 'duplicate' && failure.code !== 'below-final') return refuse(failure.code)
    desk.peers.noteClaim(from, true)
    this.intake.takeBlocks(reply.blocks, from, now)
  }
}
