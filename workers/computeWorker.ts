/** The compute thread of a tab. */
import { TrustedWorker as Worker } from '../src/bridge/trustedWorker'
import { createComputeThread } from '../src/core/crypto/computeThread'
import type { ComputeThread } from '../src/core/crypto/computeThread'

/** @returns null where a second thread would only take turns with the first, or a worker cannot begin another */
export function tabComputeThread(): ComputeThread | null {
  if (typeof globalThis.Worker === 'undefined' || navigator.hardwareConcurrency < 2) return null
  return createComputeThread(events => {
    const worker = new Worker(new URL('./compute.worker.ts', import.meta.url), { type: 'module', name: 'compute' })
    worker.onmessage = ({ data }: MessageEvent<Uint8Array>) => events.answered(data)
    worker.onerror = () => events.failed()
    worker.onmessageerror = () => events.failed()
    return { post: bytes => worker.postMessage(bytes, [bytes.buffer]), end: () => worker.terminate() }
  })
}
