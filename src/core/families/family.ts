/**
 * What differs between the families of block production, and nothing else. Validity, votes, finality, state and evidence belong to the fixed
 * core, so that no family can break them (PROTOCOL §1, §2).
 */
import type { Failure } from '../result'
import type { Header } from '../schema'
import type { WorldState } from '../state/worldState'

export interface RankedProposer {
  publicKey: Uint8Array
  /** What the order was decided by, for people: the value that was compared. */
  ticket: Uint8Array
}

export interface Family {
  readonly name: string
  /**
   * R1: who may propose the block after `parent`, best rank first. A pure function of the parent state: no block hash, no transaction, no
   * clock, nothing a proposer can vary.
   */
  ranking(parent: WorldState): readonly RankedProposer[]
  /** R2: slots that the proposer of this rank waits before it proposes. 0 for every rank is parallel creation. */
  proposalDelaySlots(rank: number): number
  /** The family's evidence in the header, e.g. a VRF proof. */
  verifyClaim(parent: WorldState, header: Header): Failure | null
  makeClaim(parent: WorldState, proposer: Uint8Array): Uint8Array
}
