/** `ProofApi`: checks proof files. Pure code and this browser's signature check; no node, no network. */
import type { ProofApi, Result } from '../src/bridge/api'
import type { ProofReport } from '../src/core/proof/check'
import { checkProof, signatureChecks } from '../src/core/proof/check'
import { parseProofFile } from '../src/core/proof/file'
import { VerificationCache } from '../src/core/crypto/verificationCache'
import { createPrefetch, createSyncVerifier } from '../src/core/crypto/verifier'
import type { AsyncFastVerifier } from '../src/core/crypto/verifier'

const SENTENCES: Record<string, string> = {
  'not-json': 'This is no proof file: it is not JSON. Paste the whole text, braces included.',
  'bad-format': 'This is JSON, but no proof file of Quorumble.',
  'bad-version': 'This proof file was made by another version.',
  'too-large': 'This is longer than any proof file.'
}

export class ProofService implements ProofApi {
  readonly #cache = new VerificationCache()

  /** @param fast the platform's verifier; null where it has none */
  constructor(readonly fast: Promise<AsyncFastVerifier | null>) {}

  async check(text: string): Promise<Result<ProofReport>> {
    const file = parseProofFile(text)
    if (!file.ok) return { ok: false, code: file.code, message: SENTENCES[file.code] ?? `A field does not look as it should. ${file.detail}.` }
    const options = { cache: this.#cache, fast: await this.fast }
    await createPrefetch(options)(signatureChecks(file.value))
    return { ok: true, value: checkProof(file.value, createSyncVerifier({ cache: this.#cache, fast: null })) }
  }
}
