/** One signature, by each way through the rule of src/core/crypto/verifier.ts. */
import type { SignatureCheck } from '../src/core/crypto/ed25519'
import { VerificationCache } from '../src/core/crypto/verificationCache'
import { createSyncVerifier } from '../src/core/crypto/verifier'
import type { SyncFastVerifier } from '../src/core/crypto/verifier'
import { voteBytes } from '../src/core/signing'
import { createNetwork, voteFor } from '../src/core/testing/network'
import { createNodeFast } from '../src/platform/crypto/nodeFast'
import { takeTurns } from './measure'
import { duration, times } from './report'
import type { Report } from './report'

/** Signatures per round: few, so that most rounds of the slow way end before the scheduler gives the processor to somebody else. */
const SIGNATURES = 8
const BUDGET_MS = 6_000

/** Votes of as many members for one block each: what a node checks most. */
function votes(): SignatureCheck[] {
  const network = createNetwork(SIGNATURES)
  return network.signers.map((signer, i) => {
    const vote = voteFor(network, signer, { height: i + 1, hashBytes: network.networkId })
    return { publicKey: vote.voter, message: voteBytes(network.networkId, vote), signature: vote.signature }
  })
}

function checkAll(checks: readonly SignatureCheck[], fast: SyncFastVerifier | null, expected: boolean, cache = new VerificationCache()): void {
  const verifier = createSyncVerifier({ cache, fast })
  for (const check of checks) if (verifier.verify(check) !== expected) throw new Error('a verdict is wrong: nothing measured here would mean anything')
}

export function signatures(): Report {
  const checks = votes()
  const forged = checks.map((check, i) => ({ ...check, message: checks[(i + 1) % SIGNATURES]!.message }))
  const fast = createNodeFast()
  const warm = new VerificationCache()
  const ways: [what: string, run: () => void][] = [
    ['the rule, node:crypto says yes', () => checkAll(checks, fast, true)],
    ['the rule without a fast verifier (noble, ZIP215)', () => checkAll(checks, null, true)],
    ['seen before (cache hit)', () => checkAll(checks, fast, true, warm)],
    ['forged: node:crypto says no, ZIP215 decides', () => checkAll(forged, fast, false)]
  ]
  const measured = takeTurns(
    ways.map(([, run]) => run),
    BUDGET_MS
  ).map(ms => ms / SIGNATURES)
  return {
    title: 'Signatures: one check',
    ratioOf: 'of node:crypto',
    rows: ways.map(([what], i) => ({ what, absolute: duration(measured[i]!), ratio: times(measured[i]! / measured[0]!) }))
  }
}
