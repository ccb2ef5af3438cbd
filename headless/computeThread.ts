/** The compute thread of the server, a worker thread of Node. */
import { availableParallelism } from 'node:os'
import { Worker } from 'node:worker_threads'
import { createComputeThread } from '../src/core/crypto/computeThread'
import type { ComputeThread } from '../src/core/crypto/computeThread'

/** @returns null on a machine with one processor: a second thread would only take turns with the first */
export function serverComputeThread(): ComputeThread | null {
  if (availableParallelism() < 2) return null
  return createComputeThread(events => {
    const worker = new Worker(new URL('./computeEntry.mjs', import.meta.url))
    // The server may end while the thread has nothing to do.
    worker.unref()
    worker.on('message', (verdicts: Uint8Array) => events.answered(verdicts))
    worker.on('error', () => events.failed())
    worker.on('exit', () => events.failed())
    return { post: bytes => worker.postMessage(bytes, [bytes.buffer]), end: () => void worker.terminate() }
  })
}
