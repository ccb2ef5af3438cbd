import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { concat, toHex, utf8 } from '../bytes'
import { encode } from '../codec'
import { verifyZip215 } from '../crypto/ed25519'
import { Opinion, POINTS_OFFSET, VERDICT_APPROVE, VERDICT_REJECT } from '../schema'
import { opinionBytes } from '../signing'
import { signerAt } from '../testing/network'
import { MESSAGES } from '../wire'
import { judge, NEUTRAL_FACTS } from './judge'
import { checkOpinion, opinionOf, statedIn } from './opinion'
import { PERSONALITIES } from './personalities'

const signer = signerAt(1)
const networkId = new Uint8Array(32).fill(9)
const block = { height: 7, hash: new Uint8Array(32).fill(3) }
const judgementOf = (seed: number, facts = {}) =>
  judge(PERSONALITIES[seed % 9]!, { ...NEUTRAL_FACTS, ...facts }, { judge: signer.publicKey, block: new Uint8Array(32).fill(seed) })

describe('an opinion on its way', () => {
  it('says what was thought: score, verdict and reasons come back, the delay stays at home', () => {
    fc.assert(
      fc.property(fc.nat(255), fc.integer({ min: 0, max: 1000 }), (seed, technical) => {
        const { tasteSlots: _kept, ...said } = judgementOf(seed, { technical })
        const opinion = opinionOf(networkId, block, judgementOf(seed, { technical }), signer)
        expect(statedIn(opinion)).toEqual(said)
        expect(checkOpinion(opinion)).toBeNull()
        expect(encode(Opinion, opinion).length).toBeLessThan(MESSAGES.opinion.maxBytes)
      }),
      { numRuns: 30 }
    )
  })

  it('is signed with its own tag, the network and every field', () => {
    const opinion = opinionOf(networkId, block, judgementOf(4), signer)
    const unsigned = encode(Opinion, { ...opinion, signature: new Uint8Array(64) })
    expect(toHex(opinionBytes(networkId, opinion))).toBe(toHex(concat(utf8('quorumble/opinion/1'), networkId, unsigned)))
    const holds = (changed: Partial<Opinion>, network = networkId) =>
      verifyZip215({ publicKey: signer.publicKey, message: opinionBytes(network, { ...opinion, ...changed }), signature: opinion.signature })
    expect(holds({})).toBe(true)
    expect(holds({ height: 8 })).toBe(false)
    expect(holds({ hash: new Uint8Array(32) })).toBe(false)
    expect(holds({ score: opinion.score + 1 })).toBe(false)
    expect(holds({ verdict: 3 - opinion.verdict })).toBe(false)
    expect(holds({ agent: signerAt(2).publicKey })).toBe(false)
    expect(holds({ reasons: opinion.reasons.slice(1) })).toBe(false)
    expect(holds({}, new Uint8Array(32))).toBe(false)
  })

  it('a verdict that is not that of its score, an unknown verdict and a reason named twice are refused in any state', () => {
    const opinion = opinionOf(networkId, block, judgementOf(0), signer)
    const bad: Partial<Opinion>[] = [
      { verdict: VERDICT_REJECT, score: POINTS_OFFSET },
      { verdict: VERDICT_APPROVE, score: POINTS_OFFSET - 1 },
      { verdict: 0 },
      { verdict: 3 },
      { reasons: [opinion.reasons[0]!, opinion.reasons[0]!] }
    ]
    for (const change of bad) expect(checkOpinion({ ...opinion, ...change })).toMatchObject({ code: 'bad-opinion' })
    expect(checkOpinion({ ...opinion, verdict: VERDICT_REJECT, score: POINTS_OFFSET - 1 })).toBeNull()
    expect(checkOpinion({ ...opinion, reasons: [{ code: 250, points: POINTS_OFFSET }] }), 'a reason of a newer version').toBeNull()
  })
})
