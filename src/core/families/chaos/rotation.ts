/**
 * Who is first when, in turn: the producers stand on a circle, and a pointer goes round it.
 *
 * The place of a producer is its ticket H("rotation", seed of the cycle, public key). Rank 0 of a height is the first ticket behind the pointer, the other ranks go on
 * round the circle, and the pointer moves to rank 0's place, whoever made the block. When no ticket is left behind it, the cycle is over and the next one has
 * another seed, hence another order. So whoever is a producer for a whole cycle comes first exactly once in it, however many join or leave in between: a
 * place on the circle does not depend on who else stands there. (Height modulo the number of producers would shift everybody whenever that number changes.)
 */
import { compareBytes } from '../../bytes'
import { taggedHash } from '../../crypto/hash'
import { ByteVectorType, ContainerType, UintNumberType } from '../../ssz'
import type { ValueOf } from '../../ssz'
import { byTicket } from '../common'
import type { RankedProposer } from '../family'

const Bytes32 = new ByteVectorType(32)

/** A round of turns: its first height, its seed, and the ticket that came first last (zeros: none yet). What chaos remembers from block to block. */
export const Cycle = new ContainerType({ start: new UintNumberType(4), seed: Bytes32, last: Bytes32 })
export type Cycle = ValueOf<typeof Cycle>

/** Before the first turn of a cycle. */
export const NOBODY_YET = new Uint8Array(32)

/** A producer's place on the circle of a cycle. */
export function ticketOf(seed: Uint8Array, producer: Uint8Array): Uint8Array {
  return taggedHash('rotation', seed, producer)
}

/**
 * @param producers public keys, in any order
 * @returns rank 0 first; null when nobody is left whose turn has not come in this cycle
 */
export function turnsIn(cycle: Cycle, producers: readonly Uint8Array[]): RankedProposer[] | null {
  const circle = producers.map(publicKey => ({ publicKey, ticket: ticketOf(cycle.seed, publicKey) })).sort(byTicket)
  const first = circle.findIndex(({ ticket }) => compareBytes(ticket, cycle.last) > 0)
  return first === -1 ? null : [...circle.slice(first), ...circle.slice(0, first)]
}
