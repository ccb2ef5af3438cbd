/** A full node's proofs as files, back to the genesis. Loaded when somebody asks. */
import { HeaderSync } from '../../core/light/headerSync'
import { genesisTrust, lightNetwork } from '../../core/light/stateHeader'
import { formatProofFile, proofFile } from '../../core/proof/file'
import type { StateProof } from '../../core/proof/schema'
import { ok } from '../../core/result'
import type { Result } from '../../core/result'
import type { NodeCore } from '../nodeCore'

/** @param proof of this core's newest state @returns the file's text; why there is no proof; `unlinked` where this node has joined later than some change of the sets, and was not told of it */
export function proofFileOf({ genesis, light }: NodeCore, proof: StateProof): Result<string> {
  const sync = new HeaderSync(lightNetwork(genesis), genesisTrust(genesis))
  for (let query = sync.wants; query !== null; query = sync.wants) {
    const taken = sync.take(light.headers.find(query))
    if (!taken.ok) return taken
  }
  return ok(formatProofFile(proofFile(genesis, null, sync.outcome.steps, proof)))
}
