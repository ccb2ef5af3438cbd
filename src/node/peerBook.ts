/** What linked peers have said about their heights, and who answered lately. Bounded; a hint for whom to ask, never a reason to believe. */
import { hexOf } from '../core/bytes'
import { MAX_KNOWN_PEERS } from '../core/limits'
import { ROLE_LIGHT } from '../core/schema'
import type { Hello, Presence } from '../core/schema'
import type { PeerId } from './ports'

export interface PeerNote {
  peer: PeerId
  /** Hex; null until the peer has said hello. */
  publicKey: string | null
  /** It keeps no blocks: it is never asked, and its heights say nothing. */
  light: boolean
  height: number
  finalHeight: number
  /** How far its final block was behind this node's own when it told: 0 or less. The node's own progress since then says nothing about the peer. */
  lead: number
  /** Failed requests since the last good one. */
  failures: number
  /** Turns that this peer still sits out: doubles with each failure in a row, so that a dead peer costs little and a revived one is found again. */
  skip: number
  /** Times it claimed to be ahead and then had nothing to show; forgiven when it does. */
  emptyClaims: number
}

/** After so many failures in a row a peer's claims of height are ignored until it answers again. */
const DISTRUST_AFTER = 3
/** Longest a failing peer sits out, turns. */
const MAX_SKIP = 16

export class PeerBook {
  readonly #notes = new Map<PeerId, PeerNote>()
  /** The same notes by public key: nothing keeps two peers from naming the same one. */
  readonly #byKey = new Map<string, PeerNote[]>()
  #turn = 0

  /** @returns the peers that are new */
  replaceLinks(peers: readonly PeerId[]): PeerId[] {
    const present = new Set(peers.slice(0, MAX_KNOWN_PEERS))
    for (const [peer, note] of this.#notes) {
      if (present.has(peer)) continue
      this.#forgetKey(note)
      this.#notes.delete(peer)
    }
    const fresh = [...present].filter(peer => !this.#notes.has(peer))
    for (const peer of fresh)
      this.#notes.set(peer, { peer, publicKey: null, light: false, height: 0, finalHeight: 0, lead: 0, failures: 0, skip: 0, emptyClaims: 0 })
    return fresh
  }

  get size(): number {
    return this.#notes.size
  }

  all(): PeerNote[] {
    return [...this.#notes.values()]
  }

  /** @param ownFinal this node's final height at this moment */
  noteHello(peer: PeerId, hello: Hello, ownFinal: number): void {
    const note = this.#notes.get(peer)
    if (note === undefined) return
    const publicKey = hexOf(hello.publicKey)
    if (note.publicKey !== publicKey) {
      this.#forgetKey(note)
      note.publicKey = publicKey
      const others = this.#byKey.get(publicKey)
      if (others === undefined) this.#byKey.set(publicKey, [note])
      else others.push(note)
    }
    note.light = hello.role === ROLE_LIGHT
    noteHeights(note, hello, ownFinal)
  }

  /** @param ownFinal this node's final height at this moment */
  notePresence(presence: Presence, ownFinal: number): void {
    for (const note of this.#byKey.get(hexOf(presence.sender)) ?? []) noteHeights(note, presence, ownFinal)
  }

  #forgetKey(note: PeerNote): void {
    if (note.publicKey === null) return
    const others = (this.#byKey.get(note.publicKey) ?? []).filter(other => other !== note)
    if (others.length === 0) this.#byKey.delete(note.publicKey)
    else this.#byKey.set(note.publicKey, others)
  }

  noteFailure(peer: PeerId): void {
    const note = this.#notes.get(peer)
    if (note === undefined) return
    note.failures++
    note.skip = Math.min(MAX_SKIP, 2 ** note.failures)
  }

  noteSuccess(peer: PeerId): void {
    const note = this.#notes.get(peer)
    if (note !== undefined) Object.assign(note, { failures: 0, skip: 0 })
  }

  /** It said that it is ahead; it turned out true or not. */
  noteClaim(peer: PeerId, kept: boolean): void {
    const note = this.#notes.get(peer)
    if (note !== undefined) note.emptyClaims = kept ? 0 : note.emptyClaims + 1
  }

  /** Those that have blocks, or may have. */
  #useful(): PeerNote[] {
    return this.all().filter(note => !note.light)
  }

  #credible(): PeerNote[] {
    return this.#useful().filter(note => note.failures < DISTRUST_AFTER && note.emptyClaims < DISTRUST_AFTER)
  }

  /** It is there, has blocks, and has not failed lately. */
  maySend(peer: PeerId): boolean {
    const note = this.#notes.get(peer)
    return note !== undefined && !note.light && note.skip === 0
  }

  /** The next one to ask, in turn; who failed lately sits out a few turns. */
  next(): PeerId | null {
    const notes = this.#useful()
    for (let i = 0; i < notes.length; i++) {
      const note = notes[this.#turn++ % notes.length]!
      if (note.skip === 0) return note.peer
      note.skip--
    }
    return notes.length === 0 ? null : notes[this.#turn++ % notes.length]!.peer
  }

  /** Peers that have not said hello yet. */
  strangers(): PeerId[] {
    return this.all()
      .filter(note => note.publicKey === null)
      .map(note => note.peer)
  }

  /**
   * One of the trusted peers that claim final blocks beyond the next one, in turn. Not the one that claims most: whoever boasts would be asked first, and for ever, by a
   * node that waits for its answer.
   */
  nextAhead(ownFinal: number): PeerNote | null {
    const ahead = this.#credible().filter(note => note.finalHeight > ownFinal + 1)
    return ahead.length === 0 ? null : ahead[this.#turn++ % ahead.length]!
  }

  /** Credible peers that claim final blocks above this height, the furthest first. */
  aheadOf(finalHeight: number): PeerId[] {
    return this.#credible()
      .filter(note => note.finalHeight > finalHeight)
      .sort((a, b) => b.finalHeight - a.finalHeight)
      .map(({ peer }) => peer)
  }

  /**
   * V029, D-40: how far each ready peer is ahead of this node, in final blocks; negative when it is behind. Ready is who has said hello and answers. A claim to be ahead
   * counts only while the peer has something to show for it.
   */
  leads(ownFinal: number): number[] {
    return this.#useful()
      .filter(note => note.publicKey !== null && note.failures < DISTRUST_AFTER)
      .map(note => (note.emptyClaims < DISTRUST_AFTER ? Math.max(note.finalHeight - ownFinal, note.lead) : note.lead))
  }

  /** Heights between `finalHeight` and the median of what trusted peers claim (D-40): one of three cannot move it. */
  behind(finalHeight: number): number {
    return medianLead(this.#credible(), finalHeight)
  }

  /** The same, of those peers alone that have said how high they are: enough to begin with, where every claim is proved before it counts. */
  distance(finalHeight: number): number {
    return medianLead(
      this.#credible().filter(({ publicKey }) => publicKey !== null),
      finalHeight
    )
  }
}

function medianLead(notes: readonly PeerNote[], finalHeight: number): number {
  const leads = notes.map(note => note.finalHeight - finalHeight).sort((a, b) => a - b)
  return Math.max(0, leads[Math.floor((leads.length - 1) / 2)] ?? 0)
}

function noteHeights(note: PeerNote, { height, finalHeight }: Pick<Hello, 'height' | 'finalHeight'>, ownFinal: number): void {
  note.height = height
  note.finalHeight = finalHeight
  note.lead = Math.min(0, finalHeight - ownFinal)
}
