/** A light client's way to a verified final head: bytes read and time, from genesis and from what an earlier run has kept. */
import { encode } from '../src/core/codec'
import { VerificationCache } from '../src/core/crypto/verificationCache'
import { createSyncVerifier } from '../src/core/crypto/verifier'
import { HeaderSync } from '../src/core/light/headerSync'
import { StateHeader } from '../src/core/light/schema'
import { genesisTrust, inspectStateHeader } from '../src/core/light/stateHeader'
import type { TrustedState } from '../src/core/light/stateHeader'
import { assert } from '../src/core/result'
import { createLightChain } from '../src/core/testing/lightChain'
import type { LightChain } from '../src/core/testing/lightChain'
import { prove } from '../src/core/proof/prove'
import { StateProof } from '../src/core/proof/schema'
import { signerAt } from '../src/core/testing/network'
import { createNodeFast } from '../src/platform/crypto/nodeFast'
import { median } from './measure'
import { duration, figure, times } from './report'
import type { Report, Row } from './report'

const FOUNDERS = 30
const BLOCKS = 10_000
const CHANGES = 10
const SAMPLES = 5
/** What a phone is asked to read before the first number is on the screen. */
const CAP_BYTES = 64 * 1024

interface Way {
  bytes: number
  headers: number
  ms: number
  trusted: TrustedState
}

/** Asks as a light node does; decoding, hashing and every signature are part of the time. */
function follow(chain: LightChain, from: TrustedState): Way {
  const verifier = createSyncVerifier({ cache: new VerificationCache(), fast: createNodeFast() })
  const began = performance.now()
  const sync = new HeaderSync(chain.network, from)
  let bytes = 0
  for (let query = sync.wants; query !== null; query = sync.wants) {
    const { above, height } = query
    const later = chain.headers.filter(({ header }) => header.height > above)
    const answer = later.filter(({ header }) => header.height <= height).at(-1) ?? later[0]
    const encoded = answer === undefined ? null : encode(StateHeader, answer)
    bytes += encoded?.length ?? 0
    const header = encoded === null ? null : StateHeader.deserialize(encoded)
    if (header !== null) {
      const inspected = inspectStateHeader(chain.network, header)
      assert(inspected.ok && inspected.value.checks.every(check => verifier.verify(check)), 'the chain is honest')
    }
    assert(sync.take(header).ok, 'the chain links')
  }
  return { bytes, headers: sync.outcome.steps.length, ms: performance.now() - began, trusted: sync.outcome.trusted }
}

export function light(): Report {
  const rows: Row[] = []
  for (const [name, replaced] of [
    ['one of 30 replaced at each of 10 changes', 1],
    ['all 30 replaced at each of 10 changes', FOUNDERS]
  ] as const) {
    const chain = createLightChain({ founders: FOUNDERS, blocks: BLOCKS, changes: CHANGES, replaced })
    const cold = Array.from({ length: SAMPLES }, () => follow(chain, genesisTrust(chain.genesis)))
    const first = cold[0]!
    const before = chain.headers.at(-2)!
    const kept = inspectStateHeader(chain.network, before)
    assert(kept.ok, 'the chain is honest')
    const warm = Array.from({ length: SAMPLES }, () => follow(chain, kept.value.state))
    rows.push({ what: `${name}: ${first.headers} state headers`, absolute: `${figure(first.bytes / 1024)} KiB`, ratio: times(first.bytes / CAP_BYTES) })
    rows.push({ what: '  verified from genesis', absolute: duration(median(cold.map(({ ms }) => ms))), ratio: '' })
    rows.push({ what: '  one header more after an earlier run', absolute: duration(median(warm.map(({ ms }) => ms))), ratio: '' })
    const proof = prove(chain.network.networkId, chain.headers.at(-1)!, chain.state, { kind: 'agent', key: signerAt(3).publicKey }, () => null)
    assert(proof.ok, 'the agent is registered')
    const { length } = encode(StateProof, proof.value)
    rows.push({ what: '  one agent with its proof and state header', absolute: `${figure(length / 1024)} KiB`, ratio: times(length / CAP_BYTES) })
  }
  return { title: `Light client: ${FOUNDERS} validators, ${CHANGES} changes of the set, ${BLOCKS} blocks`, ratioOf: 'of 64 KiB', rows }
}
