/** A final block with its witness on the wire (T041): what a light node needs to run it again. How it is judged stands in blockWitness.ts. */
import { Block, Header } from '../schema'
import { ByteListType, ByteVectorType, ContainerType, ListCompositeType, UintNumberType } from '../ssz'
import type { ValueOf } from '../ssz'
import { StateWitness } from '../state/witnessSchema'
import { MAX_CODE_CHARS, StateProof } from './schema'

/** The final block of this hash; without one, the final block of `height`. */
export const WitnessRequest = new ContainerType({ hash: new ListCompositeType(new ByteVectorType(32), 1), height: new UintNumberType(4) })
export type WitnessRequest = ValueOf<typeof WitnessRequest>

/** `proof` shows the block's hash among the ancestors of a final state, or that it is the final block itself. `parent`: none where the parent is the genesis. */
export const BlockWitness = new ContainerType({
  proof: StateProof,
  parent: new ListCompositeType(Header, 1),
  block: Block,
  witness: StateWitness
})
export type BlockWitness = ValueOf<typeof BlockWitness>

/** One, or a code that says why not. */
export const WitnessReply = new ContainerType({ found: new ListCompositeType(BlockWitness, 1), code: new ByteListType(MAX_CODE_CHARS) })
export type WitnessReply = ValueOf<typeof WitnessReply>
