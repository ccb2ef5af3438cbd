/** A proof on the wire: a value of the state, or of a block's body, with its branch, and the state header that it hangs from. */
import { StateHeader } from '../light/schema'
import { Header } from '../schema'
import { ByteListType, ByteVectorType, ContainerType, ListCompositeType } from '../ssz'
import type { ValueOf } from '../ssz'
import { MAX_BRANCH } from './branch'
import { MAX_SUBJECT_CHARS } from './subject'

/** Longest value that is proved in one piece: the validator sets of a network in which all of them differ. */
export const MAX_VALUE_BYTES = 64 * 1024
/** Longest code that says why there is no proof. */
export const MAX_CODE_CHARS = 32

/** `path` is text (subject.ts); `siblings` go from the value's own up to the root's child. */
export const Claim = new ContainerType({
  path: new ByteListType(MAX_SUBJECT_CHARS),
  value: new ByteListType(MAX_VALUE_BYTES),
  siblings: new ListCompositeType(new ByteVectorType(32), MAX_BRANCH)
})
export type Claim = ValueOf<typeof Claim>

/** A value under the transaction root of a block. */
const BlockClaim = new ContainerType({ header: Header, claim: Claim })

/**
 * `claim` is under the state root of `header`. With a `block` it is that block's hash, where the state keeps the hashes of its ancestors; it is left out if the block is the one of
 * `header`. Without both, the header itself is what is proved. Of a block older than the state's own records the first claim is the root of its era, and a second one is under that root.
 */
export const StateProof = new ContainerType({
  header: StateHeader,
  claim: new ListCompositeType(Claim, 2),
  block: new ListCompositeType(BlockClaim, 1)
})
export type StateProof = ValueOf<typeof StateProof>

/** `subject` is text (subject.ts). */
export const ProofRequest = new ContainerType({ subject: new ByteListType(MAX_SUBJECT_CHARS) })
/** Either a proof at the newest state that can be shown, or a code that says why not. */
export const ProofReply = new ContainerType({ proof: new ListCompositeType(StateProof, 1), code: new ByteListType(MAX_CODE_CHARS) })
export type ProofReply = ValueOf<typeof ProofReply>
