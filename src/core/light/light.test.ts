import { describe, expect, it } from 'vitest'
import { decode, encode } from '../codec'
import { fromHex, toHex } from '../bytes'
import { createSyncVerifier } from '../crypto/verifier'
import { VerificationCache } from '../crypto/verificationCache'
import { VOTE_FINALISE } from '../schema'
import { blockHash } from '../signing'
import { createLightChain, finalisedBy, headerOver, withSets } from '../testing/lightChain'
import type { LightChain } from '../testing/lightChain'
import { addBlock, certificateFor, createNetwork, makeBlock, signerAt } from '../testing/network'
import { HeaderSync } from './headerSync'
import type { HeaderQuery } from './headerSync'
import { StateHeader } from './schema'
import { genesisTrust, inspectStateHeader, lightNetwork, linkStateHeader, makeStateHeader, trustCheckpoint, verifyStateHeader } from './stateHeader'
import { createNodeFast } from '../../platform/crypto/nodeFast'

const verifier = createSyncVerifier({ cache: new VerificationCache(), fast: createNodeFast() })

/** An honest peer's answer. */
function answerOf(headers: readonly StateHeader[], { above, height }: HeaderQuery): StateHeader | null {
  const later = headers.filter(({ header }) => header.height > above)
  return later.filter(({ header }) => header.height <= height).at(-1) ?? later[0] ?? null
}

function synchronise(chain: LightChain): { sync: HeaderSync; bytes: number; questions: number } {
  const sync = new HeaderSync(chain.network, genesisTrust(chain.genesis))
  let bytes = 0
  let questions = 0
  for (let query = sync.wants; query !== null; query = sync.wants) {
    const answer = answerOf(chain.headers, query)
    questions++
    if (answer !== null) bytes += encode(StateHeader, answer).length
    expect(sync.take(answer)).toMatchObject({ ok: true })
  }
  return { sync, bytes, questions }
}

describe('T057: a state header shows a state root under a certificate of its own validator set', () => {
  const network = createNetwork(4)
  const light = lightNetwork(network.genesis)
  const trusted = genesisTrust(network.genesis)
  const first = addBlock(network.tree, makeBlock(network, network.tree.final))
  network.tree.stateOf(first)
  const good = makeStateHeader(first.header, first.state!, certificateFor(network, network.signers.slice(0, 3), first, VOTE_FINALISE))

  it('is accepted from genesis, and its bytes have one reading', () => {
    expect(verifyStateHeader(light, trusted, good, verifier)).toMatchObject({ ok: true, value: { height: 1, stateRoot: first.header.stateRoot } })
    const bytes = encode(StateHeader, good)
    expect(decode(StateHeader, bytes)).toEqual({ ok: true, value: good })
  })

  it('at the end of an epoch a descendant carries the certificate: the state itself names later sets only', () => {
    let block = first
    while (block.height < network.genesis.epochLength) {
      block = addBlock(network.tree, makeBlock(network, block))
      network.tree.stateOf(block)
    }
    const alone = makeStateHeader(block.header, block.state!, certificateFor(network, network.signers.slice(0, 3), block, VOTE_FINALISE))
    expect(inspectStateHeader(light, alone)).toMatchObject({ ok: false, code: 'unknown-set' })
    const child = addBlock(network.tree, makeBlock(network, block))
    const certificate = certificateFor(network, network.signers.slice(0, 3), child, VOTE_FINALISE)
    const both = makeStateHeader(block.header, block.state!, certificate, [child.header])
    expect(verifyStateHeader(light, trusted, both, verifier)).toMatchObject({ ok: true, value: { height: block.height } })
    const stranger = makeStateHeader(block.header, block.state!, certificate, [{ ...child.header, parent: new Uint8Array(32) }])
    expect(inspectStateHeader(light, stranger)).toMatchObject({ ok: false, code: 'bad-descendants' })
  })

  it('too few signers, a stranger, a wrong kind, another block, other sets, a bad signature: each refused by its name (S3)', () => {
    const { certificate } = good
    const refused = (header: StateHeader) => verifyStateHeader(light, trusted, header, verifier)
    const sign = (signers: Parameters<typeof certificateFor>[1], kind?: number) => certificateFor(network, signers, first, kind ?? VOTE_FINALISE)
    expect(refused({ ...good, certificate: sign(network.signers.slice(0, 2)) })).toMatchObject({ code: 'certificate-weight' })
    expect(refused({ ...good, certificate: sign([...network.signers, signerAt(77)]) })).toMatchObject({ code: 'certificate-stranger' })
    expect(refused({ ...good, certificate: sign(network.signers, 1) })).toMatchObject({ code: 'bad-vote-kind' })
    expect(refused({ ...good, certificate: { ...certificate, hash: new Uint8Array(32) } })).toMatchObject({ code: 'certificate-block' })
    const other = { ...good.validators, lists: [good.validators.lists[0]!.map(entry => ({ ...entry, weight: 2 }))] }
    expect(refused({ ...good, validators: other })).toMatchObject({ code: 'bad-branch' })
    const forged = certificate.signatures.map(({ voter, signature }) => ({ voter, signature: signature.with(3, signature[3]! ^ 1) }))
    expect(refused({ ...good, certificate: { ...certificate, signatures: forged } })).toMatchObject({ code: 'bad-signature' })
  })

  it('a checkpoint is a block hash: it covers the state root, and so the sets', () => {
    expect(trustCheckpoint(light, { height: 1, hash: first.hashBytes }, good)).toMatchObject({ ok: true, value: { height: 1 } })
    expect(trustCheckpoint(light, { height: 1, hash: new Uint8Array(32) }, good)).toMatchObject({ code: 'other-block' })
  })
})

describe('T060, F-29: what is believed chains from genesis', () => {
  it('one header suffices while a third of a known set still signs', () => {
    const chain = createLightChain({ founders: 30, blocks: 10_000, changes: 10, replaced: 1 })
    const { sync, questions } = synchronise(chain)
    expect(questions).toBe(1)
    expect(sync.outcome.trusted.stateRoot).toEqual(chain.state.root)
  })

  it('sets that change completely cost one header per change, never more', () => {
    const chain = createLightChain({ founders: 30, blocks: 10_000, changes: 10, replaced: 30 })
    const { sync, bytes } = synchronise(chain)
    expect(sync.outcome.trusted.hash).toEqual(blockHash(chain.network.networkId, chain.headers.at(-1)!.header))
    expect(sync.outcome.steps).toHaveLength(11)
    expect(bytes).toBeLessThanOrEqual(64 * 1024)
  })

  it('each header on the way links to the one before it, with signatures', () => {
    const chain = createLightChain({ founders: 8, blocks: 600, changes: 5, replaced: 8 })
    let trusted = genesisTrust(chain.genesis)
    for (const step of synchronise(chain).sync.outcome.steps) {
      const next = verifyStateHeader(chain.network, trusted, step, verifier)
      if (!next.ok) throw new Error(next.code)
      trusted = next.value
    }
    expect(trusted.stateRoot).toEqual(chain.state.root)
  })

  it('a chain of invented validators does not link, however well it holds together', () => {
    const chain = createLightChain({ founders: 4, blocks: 100, changes: 1, replaced: 1 })
    const strangers = Array.from({ length: 4 }, (_, i) => signerAt(500 + i))
    const keys = new Map(strangers.map(signer => [toHex(signer.publicKey), signer]))
    const members = strangers.map(({ publicKey }) => ({ publicKey, weight: 1 }))
    const forge = (height: number) => {
      const { epochLength, lookahead } = chain.genesis
      const epoch = Math.floor((height - 1) / epochLength)
      const state = withSets(chain.state, { epoch, sets: Array.from({ length: lookahead + 1 }, () => members) }, height)
      const header = headerOver(state, height)
      return makeStateHeader(header, state, finalisedBy(chain.network.networkId, header, members, keys))
    }
    const trusted = genesisTrust(chain.genesis)
    const far = inspectStateHeader(chain.network, forge(97))
    const near = inspectStateHeader(chain.network, forge(5))
    if (!far.ok || !near.ok) throw new Error('a forgery holds together')
    expect(linkStateHeader(trusted, far.value)).toMatchObject({ code: 'not-linked' })
    expect(linkStateHeader(trusted, near.value)).toMatchObject({ code: 'different-set' })
    // The liar goes on inventing nearer and nearer ones: the session ends, nothing is believed.
    const sync = new HeaderSync(chain.network, trusted)
    let height = 97
    for (let query = sync.wants; query !== null; query = sync.wants) {
      while ((--height - 1) % 4 === 3) height--
      const result = sync.take(forge(height))
      if (!result.ok) expect(['different-set', 'useless-answer', 'unlinked']).toContain(result.code)
    }
    expect(sync.outcome).toMatchObject({ trusted, steps: [] })
  })

  it('exactly a third is not enough: one honest signer more has to be there', () => {
    const chain = createLightChain({ founders: 6, blocks: 400, changes: 1, replaced: 4 })
    const { sync } = synchronise(chain)
    expect(sync.outcome.steps).toHaveLength(2)
    const far = inspectStateHeader(chain.network, chain.headers.at(-1)!)
    if (!far.ok) throw new Error(far.code)
    expect(linkStateHeader(genesisTrust(chain.genesis), far.value)).toMatchObject({ code: 'not-linked' })
  })

  it('a peer that has nothing newer ends the session; one that has nothing in between is left', () => {
    const chain = createLightChain({ founders: 4, blocks: 400, changes: 2, replaced: 4 })
    const idle = new HeaderSync(chain.network, genesisTrust(chain.genesis))
    expect(idle.take(null)).toEqual({ ok: true, value: 'done' })
    const gap = new HeaderSync(chain.network, genesisTrust(chain.genesis))
    expect(gap.take(chain.headers.at(-1)!)).toEqual({ ok: true, value: 'more' })
    expect(gap.take(null)).toMatchObject({ code: 'unlinked' })
    expect(gap.wants).toBeNull()
  })

  it('a certificate under the old set is no certificate under the new one (R9)', () => {
    const chain = createLightChain({ founders: 4, blocks: 400, changes: 1, replaced: 4 })
    const newest = chain.headers.at(-1)!
    const founders = genesisTrust(chain.genesis).sets[0]!
    const votes = finalisedBy(
      chain.network.networkId,
      newest.header,
      [...founders.weights].map(([key, weight]) => ({ publicKey: fromHex(key)!, weight })),
      chain.signers
    )
    expect(inspectStateHeader(chain.network, { ...newest, certificate: votes })).toMatchObject({ code: 'certificate-stranger' })
  })
})
