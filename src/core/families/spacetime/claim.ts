/** The evidence of a proof of space inside a header, and what it is about. */
import { u32le } from '../../bytes'
import { decode } from '../../codec'
import { HASH_BYTES, taggedHash } from '../../crypto/hash'
import { MAX_CLAIM_BYTES } from '../../limits'
import type { Header } from '../../schema'
import { ByteVectorType, ContainerType, ListCompositeType, UintNumberType } from '../../ssz'
import type { ValueOf } from '../../ssz'

const U32 = new UintNumberType(4)
const Bytes32 = new ByteVectorType(HASH_BYTES)

/** Levels of the tallest plot: 2^21 leaves, 64 MiB. A claim is then 720 bytes long. */
export const MAX_PATH = 21

/**
 * `plot`: place in the state's list of plots. `leaf`: which of its leaves. `window`: the challenge. The score could be computed from these; it stands here
 * because two headers are compared without their parent's state.
 */
export const SpaceClaim = new ContainerType({ plot: U32, leaf: U32, window: U32, score: Bytes32, siblings: new ListCompositeType(Bytes32, MAX_PATH) })
export type SpaceClaim = ValueOf<typeof SpaceClaim>

/**
 * The question that leaves are scored for. From the seed chain and never from a block's hash, so that no content of a block can be tried until the next question
 * suits its maker (F-49). It is known one block ahead: a miner can read while the block before is still being voted on.
 * @param rankSeed seed(h − 2) on the block's own branch. @param window 0 for the first window after the parent; every empty one has its own question
 */
export function challengeOf(rankSeed: Uint8Array, height: number, window: number): Uint8Array {
  return taggedHash('challenge', rankSeed, u32le(height), u32le(window))
}

const decoded = new WeakMap<Uint8Array, { claim: SpaceClaim | null }>()

/** @returns null for bytes that are no claim in its one spelling. Remembered by identity: votes ask again and again */
export function claimIn(bytes: Uint8Array): SpaceClaim | null {
  let known = decoded.get(bytes)
  if (known === undefined) {
    const result = decode(SpaceClaim, bytes, MAX_CLAIM_BYTES)
    decoded.set(bytes, (known = { claim: result.ok ? result.value : null }))
  }
  return known.claim
}

/** The score that a header shows; null without a proof. */
export function shownScore(header: Pick<Header, 'claim'>): Uint8Array | null {
  return claimIn(header.claim)?.score ?? null
}
