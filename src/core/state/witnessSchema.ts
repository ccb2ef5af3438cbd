/** A witness on the wire. How one is made and what it proves stands in witness.ts; apart from that, so that who only passes it on does not load the rules. */
import { MAX_WITNESS_LEAVES, MAX_WITNESS_PLACES } from '../limits'
import { ByteListType, ByteVectorType, ContainerType, ListBasicType, ListCompositeType, UintNumberType } from '../ssz'
import type { ValueOf } from '../ssz'

const Places = new ListBasicType(new UintNumberType(4), MAX_WITNESS_PLACES)

/**
 * `descriptor` and `leaves`: a compact multiproof (Ethereum consensus specifications, "SSZ Merkle multiproofs"): the tree from the root down, left before right, 0 for a node
 * whose children follow and 1 for one that is given by its hash. The places say where agents, memes and alliances stand that the block names. They are hints and are checked.
 */
export const StateWitness = new ContainerType({
  descriptor: new ByteListType(MAX_WITNESS_LEAVES / 4),
  leaves: new ListCompositeType(new ByteVectorType(32), MAX_WITNESS_LEAVES),
  agents: Places,
  memes: Places,
  alliances: Places
})
export type StateWitness = ValueOf<typeof StateWitness>
