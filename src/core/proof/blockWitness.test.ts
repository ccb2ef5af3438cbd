import { beforeAll, describe, expect, it } from 'vitest'
import { toHex } from '../bytes'
import { verifyZip215 } from '../crypto/ed25519'
import { isLastOfEpoch } from '../consensus/validatorSet'
import { makeCertificate } from '../consensus/certificates'
import { makeStateHeader } from '../light/stateHeader'
import { VOTE_FINALISE } from '../schema'
import type { Block } from '../schema'
import { blockHash, signVote, transactionRoot } from '../signing'
import { makeWitness, WITNESS_ERRORS } from '../state/witness'
import type { Room } from '../testing/room'
import { socialHistory } from '../testing/socialHistory'
import type { Step } from '../testing/socialHistory'
import { judgeBlockWitness, openBlockWitness, placedAt } from './blockWitness'
import { prove } from './prove'
import type { BlockWitness } from './witnessSchema'

const bent = (bytes: Uint8Array, at = 3): Uint8Array => bytes.map((byte, i) => (i === at ? byte ^ 1 : byte))

describe('a final block for somebody without a state (T041–T044)', () => {
  let room: Room
  let steps: Step[]
  beforeAll(() => {
    ;({ room, steps } = socialHistory())
    // The state after the last block of an epoch names later sets only.
    do {
      const parent = room.tip
      room.mine()
      steps.push({ parent, block: room.tip })
    } while (isLastOfEpoch(room.tip.height, room.network.genesis.epochLength))
  })

  /** As a full node would send it, under the newest block of the history. */
  function witnessOf({ parent, block }: Step): BlockWitness {
    const { networkId, rules } = room.network
    const { tip } = room
    const vote = (signer: Room['signers'][number]) => signVote(networkId, { kind: VOTE_FINALISE, height: tip.height, hash: tip.hashBytes }, signer)
    const votes = new Map(room.signers.slice(0, 6).map(signer => [toHex(signer.publicKey), vote(signer)] as const))
    const shown = makeStateHeader(tip.header, tip.state!, makeCertificate(VOTE_FINALISE, tip.height, tip.hashBytes, votes))
    const proof = prove(networkId, shown, tip.state!, placedAt(block.height, block === tip), () => null)
    const body: Block = { header: block.header, signature: block.signature, transactions: block.transactions! }
    const witness = makeWitness(rules, parent.state!, body)
    if (!proof.ok || !witness.ok) throw new Error(proof.ok ? 'no witness' : proof.code)
    return { proof: proof.value, parent: parent.height === 0 ? [] : [parent.header], block: body, witness: witness.value }
  }
  const byHash = ({ block }: BlockWitness) => ({ hash: [blockHash(room.network.networkId, block.header)], height: 0 })
  const open = (witness: BlockWitness, asked = byHash(witness)) => openBlockWitness(room.network.rules, asked, witness)
  const judge = (witness: BlockWitness) => judgeBlockWitness(room.network.rules, witness, check => verifyZip215(check))

  it('T041, T042, T043: every kind of transition, and the newest block itself, runs from the old root to the new one', () => {
    for (const step of steps) {
      const witness = witnessOf(step)
      expect(open(witness).ok, `height ${step.block.height}`).toBe(true)
      const judged = judge(witness)
      if (!judged.ok) throw new Error(judged.code)
      expect(judged.value.finding).toBeNull()
      expect(toHex(judged.value.oldRoot)).toBe(toHex(step.parent.state!.root))
      expect(toHex(judged.value.newRoot)).toBe(toHex(step.block.state!.root))
      expect(judged.value.signatures).toBeGreaterThan(step.block.transactions!.length)
    }
  })

  it('T044: whose fault it is: what the block’s hash covers is the block’s, everything else the sender’s, each with its reason', () => {
    const witness = witnessOf(steps[0]!)
    const { block } = witness
    // Of another block, or of one that is on no final chain.
    expect(open(witness, { hash: [new Uint8Array(32)], height: 0 })).toMatchObject({ code: 'other-subject' })
    expect(open(witness, { hash: [], height: block.header.height + 1 })).toMatchObject({ code: 'other-subject' })
    const invented = { ...block, header: { ...block.header, stateRoot: bent(block.header.stateRoot) } }
    expect(open({ ...witness, block: invented })).toMatchObject({ code: 'other-block' })
    expect(open({ ...witness, block: { ...block, transactions: block.transactions.slice(1) } })).toMatchObject({ code: 'other-body' })
    const [parent] = witness.parent
    if (parent !== undefined) expect(open({ ...witness, parent: [{ ...parent, stateRoot: bent(parent.stateRoot) }] })).toMatchObject({ code: 'other-parent' })
    // A witness that does not hold says nothing of the block.
    const leaves = witness.witness.leaves.with(0, bent(witness.witness.leaves[0]!))
    expect(judge({ ...witness, witness: { ...witness.witness, leaves } })).toMatchObject({ ok: false, code: 'wrong-old-root' })
    expect(judge({ ...witness, witness: { ...witness.witness, descriptor: Uint8Array.of(1) } })).toMatchObject({ ok: false, code: 'malformed-witness' })
    expect(judge({ ...witness, block: { ...block, signature: bent(block.signature) } })).toMatchObject({ ok: false, code: 'bad-signature' })
  })

  it('T042, T044: a block that validators should not have signed is a finding with its reason, not a failure', () => {
    const witness = witnessOf(steps[0]!)
    const { block } = witness
    const finding = (changed: Block) => {
      const judged = judge({ ...witness, block: changed })
      return judged.ok ? judged.value.finding : judged
    }
    const madeUp = finding({ ...block, header: { ...block.header, stateRoot: bent(block.header.stateRoot) } })
    expect(madeUp).toMatchObject({ code: 'wrong-new-root' })
    expect(finding({ ...block, header: { ...block.header, seed: bent(block.header.seed) } })).toMatchObject({ code: 'rule-broken', detail: 'bad-seed' })
    const [first, ...others] = block.transactions
    const forged = [{ ...first!, signature: bent(first!.signature) }, ...others]
    const signed = finding({ ...block, transactions: forged, header: { ...block.header, txRoot: transactionRoot(forged) } })
    expect(signed).toMatchObject({ code: 'bad-signature', detail: 'of an agent' })
    for (const found of [madeUp, signed]) expect(WITNESS_ERRORS).toContain(found!.code)
  })
})
