/** Where the verdicts on signatures come from, for people: how much the cache saves, and whether the second thread works. */
import type { SignatureCountView } from '../bridge/views'
import type { ComputeThread } from '../core/crypto/computeThread'
import type { VerificationCache } from '../core/crypto/verificationCache'

/** Nobody counts. */
export const NO_SIGNATURES: SignatureCountView = { known: 0, here: 0, elsewhere: 0 }

/** @param cache of all verdicts of the node @param elsewhere its compute thread; null: it has none */
export function signatureCounts(cache: Pick<VerificationCache, 'stats'>, elsewhere: Pick<ComputeThread, 'judged'> | null): () => SignatureCountView {
  return () => {
    const { hits, misses } = cache.stats()
    return { known: hits, here: misses, elsewhere: elsewhere?.judged ?? 0 }
  }
}
