/** What a node asks for when it fetches a state instead of replaying blocks (T057, T058), and what it gets. */
import { MAX_BLOCK_BYTES, MAX_CHUNK_REQUEST } from '../limits'
import { StateHeader } from '../light/schema'
import { Block } from '../schema'
import { ByteListType, ByteVectorType, ContainerType, ListCompositeType, UintNumberType } from '../ssz'
import type { ValueOf } from '../ssz'
import { MAX_CHUNK_BYTES, MAX_MANIFEST_BYTES } from '../state/chunks'

const U32 = new UintNumberType(4)

/** The newest snapshot, if it lies above this height. */
export const ManifestRequest = new ContainerType({ above: U32 })
/** The block after which the state was taken, the header that certifies it, and the manifest; or nothing at all. */
export const ManifestReply = new ContainerType({
  headers: new ListCompositeType(StateHeader, 1),
  blocks: new ListCompositeType(Block, 1),
  manifest: new ByteListType(MAX_MANIFEST_BYTES)
})
export type ManifestReply = ValueOf<typeof ManifestReply>
/** Longest state header: that of the reply that carries one alone. */
const MAX_STATE_HEADER_BYTES = 128 * 1024
export const MAX_MANIFEST_REPLY = MAX_MANIFEST_BYTES + MAX_STATE_HEADER_BYTES + MAX_BLOCK_BYTES + 64

/** T058. Chunks by their roots. */
export const ChunksRequest = new ContainerType({ roots: new ListCompositeType(new ByteVectorType(32), MAX_CHUNK_REQUEST) })
/** One per root, in the order of the question; empty where the peer has none or the reply is full. No chunk is empty. */
export const ChunksReply = new ContainerType({ chunks: new ListCompositeType(new ByteListType(MAX_CHUNK_BYTES), MAX_CHUNK_REQUEST) })
