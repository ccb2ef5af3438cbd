/** What the server's compute thread runs: judges signatures, one answer per question, in their order. */
import { parentPort } from 'node:worker_threads'
import { packVerdicts, unpackChecks } from '../src/core/crypto/checkBatch'
import { VerificationCache } from '../src/core/crypto/verificationCache'
import { createSyncVerifier } from '../src/core/crypto/verifier'
import { createNodeFast } from '../src/platform/crypto/nodeFast'

const verifier = createSyncVerifier({ cache: new VerificationCache(), fast: createNodeFast() })

parentPort?.on('message', (bytes: Uint8Array) => {
  const verdicts = packVerdicts(unpackChecks(bytes).map(check => verifier.verify(check)))
  parentPort?.postMessage(verdicts, [verdicts.buffer])
})
