/** The compute thread of the server. */
import { availableParallelism } from 'node:os'
import { createComputeThread } from '../src/core/crypto/computeThread'
import type { ComputeThread } from '../src/core/crypto/computeThread'
import { nodeThread } from '../src/platform/headless/nodeThread'

/** @returns null on a machine with one processor: a second thread would only take turns with the first */
export function serverComputeThread(): ComputeThread | null {
  return availableParallelism() < 2 ? null : createComputeThread(nodeThread(new URL('./computeEntry.mjs', import.meta.url)))
}
