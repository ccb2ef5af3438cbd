import { describe, expect, it } from 'vitest'
import { toHex } from '../../core/bytes'
import { epochOf } from '../../core/consensus/validatorSet'
import { VerificationCache } from '../../core/crypto/verificationCache'
import { createSyncVerifier } from '../../core/crypto/verifier'
import { genesisTrust, inspectStateHeader, linkStateHeader, makeStateHeader } from '../../core/light/stateHeader'
import type { StateHeader } from '../../core/light/schema'
import { checkProof } from '../../core/proof/check'
import { proofFile } from '../../core/proof/file'
import type { ValidatorEntry } from '../../core/schema'
import { createLightChain, finalisedBy, headerOver, withSets } from '../../core/testing/lightChain'
import { Trail } from './trail'

const verifier = createSyncVerifier({ cache: new VerificationCache(), fast: null })

const chain = createLightChain({ founders: 4, blocks: 100, changes: 1, replaced: 2 })
const { genesis, network, signers } = chain
const [change] = chain.headers as [StateHeader]
/** Two of the four founders, and two who came for the others: in this order, and the other way round. */
const members = chain.state.sets[0]!
const old: ValidatorEntry[] = [...members.weights].map(([key, weight]) => ({ publicKey: signers.get(key)!.publicKey, weight }))
const founders = new Set(genesisTrust(genesis).sets.flatMap(({ weights }) => [...weights.keys()]))
const isFounder = ({ publicKey }: ValidatorEntry): boolean => founders.has(toHex(publicKey))
const byFounders = [...old.filter(isFounder), ...old.filter(entry => !isFounder(entry))]

/** The block at `height`, finalised by three of the four, the first ones. */
function shown(height: number, order: readonly ValidatorEntry[]): StateHeader {
  const epoch = epochOf(height, genesis.epochLength)
  const sets = Array.from({ length: genesis.lookahead + 1 }, () => old)
  const state = withSets(chain.state, { epoch, sets }, height)
  const header = headerOver(state, height)
  return makeStateHeader(header, state, finalisedBy(network.networkId, header, order, signers))
}

/** Does each link to the one before, from genesis on? */
function links(steps: readonly StateHeader[]): boolean {
  let at = genesisTrust(genesis)
  for (const step of steps) {
    const inspected = inspectStateHeader(network, step)
    if (!inspected.ok || !linkStateHeader(at, inspected.value).ok) return false
    at = inspected.value.state
  }
  return true
}

describe('the way to a trusted header (T045)', () => {
  const twoOfFour = shown(101, byFounders)
  const oneOfFour = shown(101, byFounders.toReversed())

  it('what these tests rest on: the same block, and only one of its two headers links to genesis', () => {
    expect(twoOfFour.header).toEqual(oneOfFour.header)
    expect(links([twoOfFour])).toBe(true)
    expect(links([oneOfFour])).toBe(false)
  })

  it('ends with the header that was linked, though another one of the same block is asked for', () => {
    const trail = new Trail(network, genesisTrust(genesis))
    expect(trail.take(twoOfFour)).toEqual({ ok: true, value: true })
    expect(trail.take(oneOfFour), 'known already').toEqual({ ok: true, value: false })
    const way = trail.stepsTo(oneOfFour)!
    expect(way.at(-1)!.header).toEqual(oneOfFour.header)
    expect(links(way)).toBe(true)
    // And so does the file that is made of it (T060).
    const file = proofFile(genesis, null, way, { header: oneOfFour, claim: [], block: [] })
    expect(checkProof(file, verifier)).toMatchObject({ ok: true, failed: null })
  })

  it('goes over headers that the trail has dropped, where an older one needs them', () => {
    const trail = new Trail(network, genesisTrust(genesis))
    const between = shown(98, byFounders.toReversed())
    for (const header of [change, between, twoOfFour]) expect(trail.take(header)).toEqual({ ok: true, value: true })
    expect(trail.steps.map(({ header }) => header.height)).toEqual([101])
    const way = trail.stepsTo(between)!
    expect(way.map(({ header }) => header.height)).toEqual([change.header.height, 98])
    expect(links(way)).toBe(true)
  })

  it('is unknown once what led there is forgotten', () => {
    const trail = new Trail(network, genesisTrust(genesis))
    expect(trail.take(twoOfFour)).toEqual({ ok: true, value: true })
    expect(trail.stepsTo(shown(98, byFounders.toReversed()))).toBeNull()
  })
})
