/** The block that a room link may name, for people. Loaded when somebody shares one. */
import type { Result, SharedCheckpoint } from '../../bridge/api'
import { toHex } from '../../core/bytes'
import { fail } from '../../core/result'
import { blockHash } from '../../core/signing'
import type { NodeCore } from '../nodeCore'
import { apiFailure } from '../refusals'
import { CHECKPOINT_INTERVAL, KEPT_CHECKPOINTS } from './checkpoints'

/** The youngest that a full node keeps; `no-checkpoint` before the first. */
export function sharedCheckpoint({ networkId, light }: Pick<NodeCore, 'networkId' | 'light'>): Result<SharedCheckpoint> {
  const header = light.checkpoints.at()?.header
  return header === undefined ? apiFailure(fail('no-checkpoint')) : shared(header.height, blockHash(networkId, header))
}

export function shared(height: number, hash: Uint8Array): Result<SharedCheckpoint> {
  return { ok: true, value: { height, hash: toHex(hash), keptBlocks: KEPT_CHECKPOINTS * CHECKPOINT_INTERVAL } }
}
