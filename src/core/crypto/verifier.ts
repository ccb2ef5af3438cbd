/**
 * The rule for signatures (PROTOCOL §6; reasons in ed25519.ts) and its two drivers: a synchronous one for the simulator and an asynchronous one for
 * WebCrypto, which answers by promise only. The rule itself is written once, as a generator that asks its driver one question.
 */
import type { SignatureCheck } from './ed25519'
import { isWellFormed, verifyZip215 } from './ed25519'
import type { VerificationCache } from './verificationCache'

/** Fewer unknown signatures than this are judged on the spot: going to another thread and back costs as much as some of them. */
const LEAST_OFFLOADED = 16

/** Signatures handed to the host at once: a host has few threads for them, and a page wants to be asked in between. */
const PREFETCH_BATCH = 256

/**
 * A platform's verifier for the synchronous driver. Its yes is final, its no is not. It must be a correct Ed25519 verifier, so that it never accepts what
 * ZIP215 rejects, and it must answer false instead of throwing.
 */
export interface SyncFastVerifier {
  verify(check: SignatureCheck): boolean
}

/** The same by promise; it never rejects. */
export interface AsyncFastVerifier {
  verify(check: SignatureCheck): Promise<boolean>
}

export interface SyncVerifier {
  verify(check: SignatureCheck): boolean
}

export interface AsyncVerifier {
  /** Verdicts in the order of the checks; the promise never rejects. Cap the number of checks before: each bad signature costs the slow path. Leave the arrays unchanged meanwhile. */
  verifyAll(checks: readonly SignatureCheck[]): Promise<boolean[]>
}

export interface VerifierOptions<Fast> {
  cache: VerificationCache
  /** Null where the platform has none: verdicts are the same, only slower. */
  fast: Fast | null
}

/**
 * THE rule. Malformed or S ≥ L: reject. Seen before: the same verdict. The fast verifier accepts: accept. Otherwise ZIP215 decides.
 * Yields when the fast verifier is to be asked; resume it with the answer, false where there is none. Returns the verdict.
 */
function* signatureRule(check: SignatureCheck, cache: VerificationCache): Generator<void, boolean, boolean> {
  if (!isWellFormed(check)) return false
  const key = cache.keyOf(check)
  const known = cache.get(key)
  if (known !== undefined) return known
  const verdict = (yield) || verifyZip215(check)
  cache.set(key, verdict)
  return verdict
}

/** Drives the rule without a promise: for the simulator, with node:crypto's verifier in Node and with none in a browser. */
export function createSyncVerifier({ cache, fast }: VerifierOptions<SyncFastVerifier>): SyncVerifier {
  return {
    verify(check) {
      const rule = signatureRule(check, cache)
      let step = rule.next(false)
      while (!step.done) step = rule.next(fast !== null && fast.verify(check))
      return step.value
    }
  }
}

/** Drives the rule with promises: for a live node, with WebCrypto where the origin has it. */
export function createAsyncVerifier({ cache, fast }: VerifierOptions<AsyncFastVerifier>): AsyncVerifier {
  async function verify(check: SignatureCheck): Promise<boolean> {
    const rule = signatureRule(check, cache)
    let step = rule.next(false)
    while (!step.done) step = rule.next(fast !== null && (await fast.verify(check)))
    return step.value
  }
  return { verifyAll: checks => Promise.all(checks.map(verify)) }
}

/** Final verdicts by the rule, from somewhere else: a thread that does nothing but this. */
export interface BatchJudge {
  /** @param checks well-formed ones. @returns verdicts in their order. Rejects when there is nobody (any more) who could tell. */
  judge(checks: readonly SignatureCheck[]): Promise<boolean[]>
}

/**
 * Lets another thread do the work where there is much of it, so that this one can execute a block while the signatures of the next are judged. Verdicts are the same wherever
 * they are made; when the other thread fails, they are made here.
 */
export function createOffloadingVerifier({ cache, here, elsewhere }: { cache: VerificationCache; here: AsyncVerifier; elsewhere: BatchJudge }): AsyncVerifier {
  return {
    async verifyAll(checks) {
      if (checks.length < LEAST_OFFLOADED) return here.verifyAll(checks)
      const names = checks.map(check => (isWellFormed(check) ? cache.keyOf(check) : null))
      const unknown = new Map<string, SignatureCheck>()
      names.forEach((name, i) => {
        if (name !== null && !cache.knows(name)) unknown.set(name, checks[i]!)
      })
      if (unknown.size < LEAST_OFFLOADED) return here.verifyAll(checks)
      const judged = await elsewhere.judge([...unknown.values()]).catch(() => null)
      if (judged === null) return here.verifyAll(checks)
      const verdicts = new Map([...unknown.keys()].map((name, i) => [name, judged[i] === true]))
      for (const [name, verdict] of verdicts) cache.set(name, verdict)
      // What was known before may have fallen out meanwhile.
      const known = names.map(name => (name === null ? false : (verdicts.get(name) ?? cache.get(name))))
      return known.every(verdict => verdict !== undefined) ? known : here.verifyAll(checks)
    }
  }
}

/**
 * For a synchronous driver on a host that only verifies by promise: has the verdicts put into the cache before they are asked for. What is not there in
 * time, or has fallen out, the synchronous verifier decides by itself, the same way.
 * @returns a function that resolves when the verdicts on all these checks are known; it never rejects, and verifies no signature twice
 */
export function createPrefetch(options: VerifierOptions<AsyncFastVerifier>): (checks: readonly SignatureCheck[]) => Promise<void> {
  const { cache } = options
  const verifier = createAsyncVerifier(options)
  return async checks => {
    const unknown = new Map<string, SignatureCheck>()
    for (const check of checks) {
      if (!isWellFormed(check)) continue
      const key = cache.keyOf(check)
      if (!cache.knows(key)) unknown.set(key, check)
    }
    const distinct = [...unknown.values()]
    for (let i = 0; i < distinct.length; i += PREFETCH_BATCH) await verifier.verifyAll(distinct.slice(i, i + PREFETCH_BATCH))
  }
}
