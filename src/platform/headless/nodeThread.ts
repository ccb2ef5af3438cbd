/** A worker thread of Node as the compute thread of a server (core/crypto/computeThread.ts). */
import { Worker } from 'node:worker_threads'
import type { Thread, ThreadEvents } from '../../core/crypto/computeThread'

/** @param entry the thread's first file. @returns begins the thread */
export function nodeThread(entry: URL): (events: ThreadEvents) => Thread {
  return events => {
    const worker = new Worker(entry)
    // The process may end while the thread has nothing to do.
    worker.unref()
    worker.on('message', (verdicts: Uint8Array) => events.answered(verdicts))
    worker.on('error', () => events.failed())
    worker.on('exit', () => events.failed())
    return { post: bytes => worker.postMessage(bytes, [bytes.buffer]), end: () => void worker.terminate() }
  }
}
