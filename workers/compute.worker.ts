/** Judges signatures for the node of a tab, so that the node can go on meanwhile. One answer per question, in their order. */
import { packVerdicts, unpackChecks } from '../src/core/crypto/checkBatch'
import { VerificationCache } from '../src/core/crypto/verificationCache'
import { createAsyncVerifier } from '../src/core/crypto/verifier'
import { createWebCryptoFast } from '../src/platform/crypto/webCryptoFast'

const verifier = createWebCryptoFast(globalThis.crypto.subtle).then(fast => createAsyncVerifier({ cache: new VerificationCache(), fast }))
let before: Promise<unknown> = Promise.resolve()

self.onmessage = ({ data }: MessageEvent<Uint8Array>) => {
  const verdicts = verifier.then(rule => rule.verifyAll(unpackChecks(data))).then(packVerdicts)
  before = Promise.all([verdicts, before]).then(([bytes]) => self.postMessage(bytes, { transfer: [bytes.buffer] }))
}
