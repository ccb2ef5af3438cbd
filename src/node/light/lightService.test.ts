import { describe, expect, it } from 'vitest'
import { toHex, utf8 } from '../../core/bytes'
import { VerificationCache } from '../../core/crypto/verificationCache'
import { createSyncVerifier } from '../../core/crypto/verifier'
import { HeaderSync } from '../../core/light/headerSync'
import { genesisTrust, lightNetwork, verifyStateHeader } from '../../core/light/stateHeader'
import { checkProof } from '../../core/proof/check'
import { proofFile } from '../../core/proof/file'
import { openProof } from '../../core/proof/verify'
import type { Genesis } from '../../core/schema'
import { signerAt } from '../../core/testing/network'
import { createNodeFast } from '../../platform/crypto/nodeFast'
import type { NodeCore } from '../nodeCore'
import { NodeTable } from '../testing/table'
import { proofOf, proofReply } from './proofService'

const verifier = createSyncVerifier({ cache: new VerificationCache(), fast: createNodeFast() })

function tableOf(founders: number, guests: string[], parameters: Partial<Genesis>): NodeTable {
  return new NodeTable({ verify: check => verifier.verify(check), founders, guests, parameters })
}

/** A light client from genesis that asks this one node. @returns what it trusts in the end, and how it got there */
function follow(core: NodeCore) {
  const network = lightNetwork(core.genesis)
  const sync = new HeaderSync(network, genesisTrust(core.genesis))
  for (let query = sync.wants; query !== null; query = sync.wants) {
    const taken = sync.take(core.light.stateHeader(query)[0] ?? null)
    if (!taken.ok) throw new Error(`${taken.code}: ${taken.detail}`)
  }
  let trusted = genesisTrust(core.genesis)
  for (const step of sync.outcome.steps) {
    const next = verifyStateHeader(network, trusted, step, verifier)
    if (!next.ok) throw new Error(next.code)
    trusted = next.value
  }
  return { trusted, steps: sync.outcome.steps }
}

describe('any full node serves state headers (T057, T060)', () => {
  it('members come and go: from genesis to the newest final state at every moment, on the chain that full nodes call final', () => {
    const table = tableOf(1, ['Ada', 'Ben', 'Cleo', 'Dan', 'Eve'], { minCommittee: 2, heartbeatTtl: 8, epochLength: 3, lookahead: 2 })
    const changes = new Set<string>()
    for (let second = 0; second < 150; second += 3) {
      table.run(3000)
      // The founder does not say that it is alive and falls out of the set: then nobody of the first set is left.
      for (const core of [table.cores[0]!, table.cores[3]!]) {
        const { height } = core.tree.final
        if (height === 0) continue
        const { trusted } = follow(core)
        expect(trusted.height).toBeGreaterThanOrEqual(height - 1)
        const own = core.tree.at(trusted.height).find(entry => core.tree.isAncestor(entry, core.tree.final))!
        expect(toHex(trusted.hash)).toBe(own.hash)
        expect(toHex(trusted.stateRoot)).toBe(toHex(own.state!.root))
        changes.add([...trusted.sets[0]!.weights.keys()].sort().join())
      }
    }
    expect(changes.size).toBeGreaterThanOrEqual(3)
    expect(table.cores[0]!.tree.final.height).toBeGreaterThan(40)
    expect(table.cores[1]!.light.headers.kept.length).toBeGreaterThanOrEqual(2)
  })

  it('after a start the final block of the disk is shown before anything new becomes final', () => {
    const table = tableOf(4, [], { minCommittee: 1, heartbeatTtl: 100_000 })
    table.run(13_500)
    const before = table.cores[0]!.tree.final
    table.open(0, table.disks[0]!.load())
    const core = table.cores[0]!
    expect(core.tree.final.hash).toBe(before.hash)
    if (before.height % core.genesis.epochLength !== 0) expect(follow(core).trusted.height).toBe(before.height)
    table.run(8000)
    expect(follow(core).trusted.height).toBeGreaterThan(before.height)
  })

  it('an anchor by the authority is followed; without its transaction the new validators do not link', () => {
    const table = tableOf(4, [], { minCommittee: 1, heartbeatTtl: 100_000, authority: signerAt(0).publicKey })
    table.run(9000)
    // Three of four are gone for good.
    for (const gone of [1, 2, 3]) table.cut(gone)
    table.run(60_000)
    const stuck = table.cores[0]!.tree.final.height
    expect(follow(table.cores[0]!).trusted.height).toBeLessThanOrEqual(stuck)
    table.submit(0, { kind: 'reanchor' })
    table.run(40_000)
    const core = table.cores[0]!
    expect(core.tree.final.height).toBeGreaterThan(stuck)
    const { trusted, steps } = follow(core)
    expect(trusted.height).toBeGreaterThanOrEqual(core.tree.final.height - 1)
    expect(trusted.sets[0]!.weights.size).toBe(1)
    const anchored = steps.findIndex(({ anchor }) => anchor.length === 1)
    expect(anchored).toBeGreaterThanOrEqual(0)
    const network = lightNetwork(core.genesis)
    let before = genesisTrust(core.genesis)
    for (const step of steps.slice(0, anchored)) {
      const next = verifyStateHeader(network, before, step, verifier)
      if (next.ok) before = next.value
    }
    expect(verifyStateHeader(network, before, steps[anchored]!, verifier).ok).toBe(true)
    expect(['not-linked', 'different-set']).toContain(
      (verifyStateHeader(network, before, { ...steps[anchored]!, anchor: [] }, verifier) as { code: string }).code
    )
  })
})

describe('any full node serves proofs (T037, T045)', () => {
  const table = tableOf(4, ['Ada'], { minCommittee: 1, heartbeatTtl: 100_000 })
  table.run(9000)
  table.submit(1, { kind: 'transfer', to: signerAt(2).publicKey, amount: 5n, fee: 1n })
  table.run(12_000)
  const core = table.cores[0]!

  it('of every agent, the same as the full node has, and as a file back to genesis', () => {
    const { steps } = follow(core)
    for (const { publicKey } of core.tree.final.state!.agents()) {
      const subject = { kind: 'agent', key: publicKey } as const
      const proof = proofOf(core, `agent/${toHex(publicKey)}`)
      if (!proof.ok) throw new Error(proof.code)
      const opened = openProof(lightNetwork(core.genesis), subject, proof.value)
      if (!opened.ok) throw new Error(opened.code)
      const at = core.tree.at(opened.value.shown.state.height).find(entry => core.tree.isAncestor(entry, core.tree.final))!
      expect(opened.value.value).toEqual(at.state!.agent(publicKey))
      expect(checkProof(proofFile(core.genesis, null, steps, proof.value), verifier).ok).toBe(true)
    }
  })

  it('of every transaction of its final blocks', () => {
    let proved = 0
    for (const entry of core.tree.all()) {
      if (!core.tree.isAncestor(entry, core.tree.final)) continue
      for (const place of (entry.transactions ?? []).keys()) {
        const proof = proofOf(core, `transaction/${entry.hash}/${place}`)
        if (!proof.ok) {
          expect([proof.code, entry.height]).toEqual(['not-yet', core.tree.final.height])
          continue
        }
        proved++
        const opened = openProof(lightNetwork(core.genesis), { kind: 'transaction', block: entry.hashBytes, place }, proof.value)
        expect(opened).toMatchObject({ ok: true, value: { value: entry.transactions![place] } })
      }
    }
    expect(proved).toBeGreaterThanOrEqual(2)
  })

  it('a reply says by a code why there is none', () => {
    const codeOf = (text: string) => new TextDecoder().decode(proofReply(core, utf8(text)).code)
    expect(codeOf(`agent/${'00'.repeat(32)}`)).toBe('unknown-agent')
    expect(codeOf('nonsense')).toBe('bad-subject')
    expect(new TextDecoder().decode(proofReply(core, Uint8Array.of(0xff)).code)).toBe('bad-subject')
    expect(codeOf('head')).toBe('')
  })
})
