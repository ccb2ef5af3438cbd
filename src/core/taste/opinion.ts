/** A judgement on its way to others: signed numbers without a sign (schema.ts), and back. */
import type { Signer } from '../crypto/ed25519'
import { fail } from '../result'
import type { Failure } from '../result'
import { POINTS_OFFSET, VERDICT_APPROVE, VERDICT_REJECT } from '../schema'
import type { Opinion } from '../schema'
import { signOpinion } from '../signing'
import type { Judgement } from './judge'

/** What an opinion says of a block; by how much its author delays its own vote is not told. */
export type Stated = Omit<Judgement, 'tasteSlots'>

/** @param judgement by the owner of `signer` about this block */
export function opinionOf(networkId: Uint8Array, block: { height: number; hash: Uint8Array }, judgement: Judgement, signer: Signer): Opinion {
  return signOpinion(
    networkId,
    {
      height: block.height,
      hash: block.hash,
      verdict: judgement.verdict === 'approve' ? VERDICT_APPROVE : VERDICT_REJECT,
      score: judgement.score + POINTS_OFFSET,
      reasons: judgement.reasons.map(({ code, points }) => ({ code, points: points + POINTS_OFFSET }))
    },
    signer
  )
}

/** @param opinion has passed `checkOpinion` */
export function statedIn({ verdict, score, reasons }: Opinion): Stated {
  return {
    score: score - POINTS_OFFSET,
    verdict: verdict === VERDICT_APPROVE ? 'approve' : 'reject',
    reasons: reasons.map(({ code, points }) => ({ code, points: points - POINTS_OFFSET }))
  }
}

/** What is wrong with an opinion by itself, in any state: `bad-opinion`, or null. One thought has one spelling, so verdict and score agree and no reason is named twice. */
export function checkOpinion({ verdict, score, reasons }: Opinion): Failure | null {
  if (verdict !== (score >= POINTS_OFFSET ? VERDICT_APPROVE : VERDICT_REJECT)) return fail('bad-opinion', 'the verdict is not that of the score')
  const codes = new Set(reasons.map(({ code }) => code))
  return codes.size === reasons.length ? null : fail('bad-opinion', 'a reason is named twice')
}
