/** What the server's compute thread runs: judges signatures, one answer per question, in their order. */
import { parentPort } from 'node:worker_threads'
import { judgePacked } from '../src/core/crypto/checkBatch'
import { createNodeFast } from '../src/platform/crypto/nodeFast'

const fast = createNodeFast()

parentPort?.on('message', (bytes: Uint8Array) => {
  void judgePacked(bytes, { verify: async check => fast.verify(check) }).then(verdicts => parentPort?.postMessage(verdicts, [verdicts.buffer]))
})
