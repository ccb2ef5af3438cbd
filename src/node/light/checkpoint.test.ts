import fc from 'fast-check'
import { beforeAll, describe, expect, it } from 'vitest'
import { fromHex, toHex } from '../../core/bytes'
import { encode } from '../../core/codec'
import { VerificationCache } from '../../core/crypto/verificationCache'
import { createSyncVerifier } from '../../core/crypto/verifier'
import { StateHeader } from '../../core/light/schema'
import type { Checkpoint } from '../../core/light/stateHeader'
import { checkProof } from '../../core/proof/check'
import { proofFile } from '../../core/proof/file'
import { Genesis } from '../../core/schema'
import { signerAt } from '../../core/testing/network'
import { createNodeFast } from '../../platform/crypto/nodeFast'
import { MemoryStore } from '../../platform/memoryStore'
import type { NodeCore } from '../nodeCore'
import { EMPTY_BATCH } from '../ports'
import { LightSeat } from '../testing/lightSeat'
import { NodeTable } from '../testing/table'
import { CHECKPOINT_INTERVAL } from './checkpoints'
import { beginning, heldAgainst } from './beginning'
import { storedSteps } from './keptHeaders'
import { sharedCheckpoint } from './sharedCheckpoint'

const verifier = createSyncVerifier({ cache: new VerificationCache(), fast: createNodeFast() })
const LIGHT = 50
const tableOf = (founders = 4, salt = 1): NodeTable =>
  new NodeTable({
    verify: check => verifier.verify(check),
    founders,
    parameters: { minCommittee: 1, heartbeatTtl: 100_000, salt: new Uint8Array(32).fill(salt) }
  })

const newest = (core: NodeCore): Checkpoint => {
  const named = sharedCheckpoint(core)
  if (!named.ok) throw new Error(named.code)
  return { height: named.value.height, hash: fromHex(named.value.hash)! }
}

describe('a checkpoint in the room link (PROTOCOL “Light client”, T057, T060)', () => {
  let table: NodeTable
  let checkpoint: Checkpoint

  beforeAll(() => {
    table = tableOf()
    // Some thirty blocks of two seconds.
    table.run(90_000)
    checkpoint = newest(table.cores[0]!)
  })

  it('all full nodes keep the same blocks for it, whichever of them is asked, and each is one of the final chain', () => {
    expect(checkpoint.height % CHECKPOINT_INTERVAL).toBe(1)
    expect(checkpoint.height).toBeGreaterThan(1)
    for (const core of table.cores) {
      const { checkpoints } = core.light
      expect(newest(core)).toEqual(checkpoint)
      for (let height = 1; height <= checkpoint.height; height += CHECKPOINT_INTERVAL) {
        const [served] = core.light.stateHeader({ above: height - 1, height })
        expect(served!.header.height).toBe(height)
        expect(served).toEqual(checkpoints.at(height))
      }
      expect(checkpoints.at(checkpoint.height - 1)).toBeNull()
    }
    const entry = table.cores[1]!.tree.at(checkpoint.height).find(each => table.cores[1]!.tree.isAncestor(each, table.cores[1]!.tree.final))!
    expect(entry.hash).toBe(toHex(checkpoint.hash))
  })

  it('a light node begins at it, never at genesis, follows the head, and its proofs say where they hang', () => {
    const seat = new LightSeat(table, LIGHT, [0, 1, 2], { checkpoint })
    expect(seat.core.begun).toBe(false)
    expect(seat.core.head.height).toBe(0)
    seat.run(8000)
    expect(seat.core).toMatchObject({ begun: true, trouble: null, checkpoint })
    expect(seat.core.head.height).toBeGreaterThanOrEqual(table.cores[0]!.tree.final.height - 2)
    expect(seat.core.states[0]!.height).toBe(checkpoint.height)
    expect(seat.core.own).not.toBeNull()
    seat.give({ type: 'lookUp', id: 1, subject: `agent/${toHex(signerAt(3).publicKey)}` })
    seat.run(3000)
    const found = seat.done.find(({ id }) => id === 1)?.result
    if (found?.ok !== true || !('proof' in found.value)) throw new Error('the agent is found')
    const file = proofFile(table.network.genesis, checkpoint, found.value.steps, found.value.proof)
    expect(file.chain[0]!.hash).toBe(toHex(checkpoint.hash))
    expect(checkProof(file, verifier)).toMatchObject({ ok: true, checkpoint: { height: checkpoint.height } })
    expect(checkProof({ ...file, checkpoint: { ...file.checkpoint!, hash: '11'.repeat(32) } }, verifier).ok).toBe(false)
  })

  it('goes on from what it has kept, without asking for the checkpoint again', () => {
    const first = new LightSeat(table, LIGHT, [0], { checkpoint })
    first.run(3000)
    expect(first.kept[0]!.header.height).toBe(checkpoint.height)
    const again = new LightSeat(table, LIGHT, [], { checkpoint, steps: first.kept })
    expect(again.core.begun).toBe(true)
    expect(again.core.head.height).toBe(first.core.head.height)
    // Headers of another beginning are none for this one.
    const other = new LightSeat(table, LIGHT, [], { checkpoint: { ...checkpoint, hash: new Uint8Array(32) }, steps: first.kept })
    expect(other.core.begun).toBe(false)
    expect(other.core.head.height).toBe(0)
  })

  it('a block that nobody knows is believed of nobody: it says so once those who are here were asked, and begins when somebody knows it', () => {
    const height = checkpoint.height - 3
    const seat = new LightSeat(table, LIGHT, [0, 1], { checkpoint: { height, hash: new Uint8Array(32).fill(7) } })
    seat.run(8000)
    expect(seat.core).toMatchObject({ begun: false, trouble: 'checkpoint-unproved' })
    expect(seat.core.head.height).toBe(0)
    expect(seat.core.own).toBeNull()
    expect(seat.penalised).toEqual([])
    let knows = false
    const late = new LightSeat(table, LIGHT, [0], { checkpoint }, (_peer, name, bytes) =>
      name === 'stateHeaderRequest' && !knows ? Uint8Array.of(72, 4, 0, 0, 0) : bytes
    )
    late.run(5000)
    expect(late.core).toMatchObject({ begun: false, trouble: 'checkpoint-unproved' })
    knows = true
    late.run(5000)
    expect(late.core).toMatchObject({ begun: true, trouble: null })
    expect(late.core.head.height).toBeGreaterThan(checkpoint.height)
  })

  it('a hash that the room’s own chain contradicts is told apart from one that nobody knows', () => {
    const seat = new LightSeat(table, LIGHT, [0, 1], { checkpoint: { height: checkpoint.height, hash: new Uint8Array(32).fill(7) } })
    seat.run(5000)
    expect(seat.core).toMatchObject({ begun: false, trouble: 'checkpoint-other-chain' })
    expect(seat.core.head.height).toBe(0)
  })

  it('whatever a peer sends for it, only the block of that hash is begun at', () => {
    const honest = new LightSeat(table, LIGHT, [0], { checkpoint })
    honest.run(250)
    expect(honest.core.begun).toBe(true)
    const genuine = encode(StateHeader, table.cores[0]!.light.checkpoints.at(checkpoint.height)!)
    fc.assert(
      fc.property(fc.nat(genuine.length - 1), fc.integer({ min: 1, max: 255 }), (place, change) => {
        const seat = new LightSeat(table, LIGHT, [0], { checkpoint }, (_peer, name, bytes) => {
          if (name !== 'stateHeaderRequest') return bytes
          const at = bytes.length - genuine.length + place
          return bytes.with(at, bytes[at]! ^ change)
        })
        seat.run(250)
        // Nothing between the block and its hash can be altered; what lies beside it (signatures) is refused at the door.
        expect(seat.core.begun).toBe(false)
      }),
      { numRuns: 60 }
    )
  })
})

describe('what a tab already holds is never overwritten by a link', () => {
  const genesisBytes = (table: NodeTable): Uint8Array => encode(Genesis, table.network.genesis)

  it('an empty disk, a chain that agrees, contradicts, or does not tell', async () => {
    const table = tableOf()
    table.run(50_000)
    const core = table.cores[0]!
    const { networkId } = core
    const checkpoint = newest(core)
    expect(sharedCheckpoint(tableOf().cores[0]!)).toMatchObject({ code: 'no-checkpoint' })
    const wrong = { ...checkpoint, hash: new Uint8Array(32).fill(9) }
    const empty = new MemoryStore()
    expect(await heldAgainst(empty, networkId, checkpoint)).toEqual({ what: 'nothing' })
    await empty.init(genesisBytes(table))
    expect(await heldAgainst(empty, networkId, checkpoint)).toEqual({ what: 'nothing' })

    // A light node that has begun there.
    const begun = new MemoryStore()
    await begun.init(genesisBytes(table))
    const seat = new LightSeat(table, LIGHT, [0], { checkpoint })
    seat.run(4000)
    await begun.commit({ ...EMPTY_BATCH, stateHeaders: storedSteps(seat.kept) })
    expect(await heldAgainst(begun, networkId, checkpoint)).toEqual({ what: 'begun' })
    expect(await heldAgainst(begun, networkId, wrong)).toEqual({ what: 'contradicts', hash: toHex(checkpoint.hash) })

    // One that has begun at genesis, and knows nothing of that height.
    const apart = new MemoryStore()
    await apart.init(genesisBytes(table))
    const other = new LightSeat(table, LIGHT + 1, [0])
    other.run(4000)
    await apart.commit({ ...EMPTY_BATCH, stateHeaders: storedSteps(other.kept) })
    expect(await heldAgainst(apart, networkId, checkpoint)).toEqual({ what: 'apart' })

    // A full one.
    const full = new MemoryStore()
    await full.init(genesisBytes(table))
    const { hash, height } = core.tree.at(checkpoint.height).find(entry => core.tree.isAncestor(entry, core.tree.final))!
    await full.commit({ ...EMPTY_BATCH, blocks: [{ hash, height, bytes: new Uint8Array(8), subjects: [] }], final: { height, hash } })
    expect(await heldAgainst(full, networkId, checkpoint)).toEqual({ what: 'agrees' })
    expect(await heldAgainst(full, networkId, wrong)).toEqual({ what: 'contradicts', hash })
    expect(await heldAgainst(full, networkId, { ...wrong, height: height + 5 })).toEqual({ what: 'apart' })

    const id = toHex(networkId)
    const text = toHex(checkpoint.hash)
    expect(await beginning(empty, id, { height, hash: text })).toEqual({ ok: true, value: checkpoint })
    expect(await beginning(begun, id, { height, hash: text })).toEqual({ ok: true, value: checkpoint })
    expect(await beginning(full, id, { height, hash: text })).toEqual({ ok: true, value: undefined })
    expect(await beginning(apart, id, { height, hash: text })).toEqual({ ok: true, value: undefined })
    for (const store of [begun, full]) expect(await beginning(store, id, { height, hash: '09'.repeat(32) })).toMatchObject({ code: 'checkpoint-contradicts' })
    expect(await beginning(empty, id, { height: 0, hash: text })).toMatchObject({ code: 'checkpoint-damaged' })
    expect(await beginning(empty, id, { height, hash: 'zz' })).toMatchObject({ code: 'checkpoint-damaged' })
  })
})
