/** Keeping in touch: saying hello and "I am here", and asking peers what they know while a round does not end (R7: what is missing is pulled). */
import { ROLE_FULL } from '../core/schema'
import type { Hello } from '../core/schema'
import { presenceBytes } from '../core/signing'
import { PROTOCOL_MAJOR } from '../core/wire'
import type { Desk } from './desk'
import type { PeerId } from './ports'

/** Slots between two questions "what do you know above my final block?" while the round does not end. */
export const ASK_EVERY_SLOTS = 2
/** Peers asked at once. Two, so that one liar cannot keep a node in the dark. */
const ASK_PEERS = 2
/** Slots between two presence messages. */
const PRESENCE_SLOTS = 2

export class Contact {
  #askAt = 0
  #presenceAt = 0

  constructor(readonly desk: Desk) {}

  /** Registered weight of the round's set, and how much of it was heard from lately (this node included). */
  present(now: number): { weight: number; present: number; validators: number } {
    const { desk } = this
    const set = desk.rounds.setAt(desk.rounds.round)
    if (set === null) return { weight: 0, present: 0, validators: 0 }
    const since = desk.presentSince(now)
    let present = 0
    for (const [voter, weight] of set.weights) if (desk.isPresent(voter, since)) present += weight
    return { weight: set.total, present, validators: set.weights.size }
  }

  takeLinks(peers: readonly PeerId[]): void {
    for (const peer of this.desk.peers.replaceLinks(peers)) this.desk.request(peer, 'helloRequest', this.hello())
    this.#askAt = 0
  }

  hello(): Hello {
    const { networkId, publicKey, head, tree } = this.desk
    const { height: finalHeight, hashBytes: finalHash } = tree.final
    return { protocolMajor: PROTOCOL_MAJOR, role: ROLE_FULL, networkId, publicKey, height: head.height, finalHeight, finalHash }
  }

  /** @returns when to call again, this node's clock */
  askAbout(now: number): number {
    const { peers, rounds, tree } = this.desk
    const { slotMs } = tree.final.state!.config
    const entered = rounds.record(rounds.round).enteredAt ?? now
    // A round is late one slot after its best rank should have been notarised, or when finality lags behind the rounds.
    const late = Math.max(entered, tree.final.header.timestamp) + rounds.intervalMs + 2 * slotMs
    const due = Math.max(late, this.#askAt)
    if (due > now) return due
    this.#askAt = now + ASK_EVERY_SLOTS * slotMs
    for (const peer of peers.strangers().slice(0, ASK_PEERS)) this.desk.request(peer, 'helloRequest', this.hello())
    for (let i = 0; i < ASK_PEERS; i++) {
      const peer = peers.next()
      if (peer !== null) this.desk.request(peer, 'roundsRequest', { from: tree.final.height })
    }
    return this.#askAt
  }

  /** @returns when to call again, this node's clock */
  tellPresence(now: number): number {
    const { desk } = this
    if (this.#presenceAt > now) return this.#presenceAt
    const { final } = desk.tree
    this.#presenceAt = now + PRESENCE_SLOTS * final.state!.config.slotMs
    if (desk.agent(desk.publicKey) === null) return this.#presenceAt
    const unsigned = {
      sender: desk.publicKey,
      time: now,
      height: desk.head.height,
      finalHeight: final.height,
      finalHash: final.hashBytes,
      signature: new Uint8Array(64)
    }
    desk.publish('presence', 'presence', { ...unsigned, signature: desk.signer.sign(presenceBytes(desk.networkId, unsigned)) })
    return this.#presenceAt
  }
}
