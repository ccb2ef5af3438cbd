/** Judges signatures for the node of a tab, so that the node can go on meanwhile. One answer per question, in their order. */
import { judgePacked } from '../src/core/crypto/checkBatch'
import { createWebCryptoFast } from '../src/platform/crypto/webCryptoFast'

const fast = createWebCryptoFast(globalThis.crypto.subtle)
let before: Promise<unknown> = Promise.resolve()

self.onmessage = ({ data }: MessageEvent<Uint8Array>) => {
  const verdicts = fast.then(verifier => judgePacked(data, verifier))
  before = Promise.all([verdicts, before]).then(([bytes]) => self.postMessage(bytes, { transfer: [bytes.buffer] }))
}
