/** What a status says of the next block's pay is what the chain then pays. */
import { describe, expect, it } from 'vitest'
import { VerificationCache } from '../core/crypto/verificationCache'
import { createSyncVerifier } from '../core/crypto/verifier'
import { FAMILIES } from '../core/families/registry'
import { playgroundConfig } from '../core/genesis'
import { signerAt } from '../core/testing/network'
import { createNodeFast } from '../platform/crypto/nodeFast'
import { NodeTable } from './testing/table'
import { statusView } from './views'

const verifier = createSyncVerifier({ cache: new VerificationCache(), fast: createNodeFast() })
/** Long enough for some blocks of every family, ms. */
const RUN_MS = 30_000
const FEE = 1_000n
const around = { peerId: '', name: '', role: 'full' as const, peers: [], storeSound: true, version: '' }

describe.each(FAMILIES.map(({ name, defaultConfig }) => [name, playgroundConfig(defaultConfig(0))] as const))('%s', (_name, config) => {
  it('P007: the next block pays out of the treasury what the room’s numbers say, and its maker gets that part of the fees', () => {
    const table = new NodeTable({ verify: check => verifier.verify(check), founders: 2, parameters: { minCommittee: 1, heartbeatTtl: 100_000, config } })
    const [core] = table.cores
    table.run(RUN_MS)
    table.submit(0, { kind: 'transfer', to: signerAt(1).publicKey, amount: 1n, fee: FEE })
    table.run(RUN_MS)
    const blocks = Array.from({ length: core!.tree.final.height }, (_, i) => core!.tree.at(i + 1)[0]!)
    const { payout } = statusView(core!, around, table.now).room
    const paid = blocks.slice(1).map((block, i) => {
      const before = blocks[i]!.state!.treasury
      const fees = block.transactions!.reduce((sum, { fee }) => sum + fee, 0n)
      return { fees, out: before - block.state!.treasury }
    })
    // Registrations take their grant out of the treasury, too: founders need none.
    const plain = paid.filter(({ fees }) => fees === 0n)
    expect(plain.length).toBeGreaterThan(2)
    expect(new Set(plain.map(({ out }) => out))).toEqual(new Set([BigInt(payout!.amount)]))
    const [withFee, ...others] = paid.filter(({ fees }) => fees > 0n)
    expect(others).toEqual([])
    const kept = FEE - (FEE * BigInt(payout!.feesToMakerMilli)) / 1000n
    expect(withFee).toEqual({ fees: FEE, out: BigInt(payout!.amount) - kept })
  })
})
