/** R4, R9: what makes a certificate, checked against the validator set of its height and of no other. */
import { compareBytes, fromHex, toHex } from '../bytes'
import type { SignatureCheck } from '../crypto/ed25519'
import { assert, fail } from '../result'
import type { Failure } from '../result'
import { VOTE_FINALISE, VOTE_NOTARISE } from '../schema'
import type { Certificate, Vote } from '../schema'
import { voteBytes } from '../signing'
import { isQuorum } from '../state/worldState'
import type { ValidatorSet } from '../state/worldState'

/** What can be said without the set: kind, and signers that ascend (so that each counts once, S3). */
export function inspectCertificate(certificate: Certificate): Failure | null {
  if (certificate.kind !== VOTE_NOTARISE && certificate.kind !== VOTE_FINALISE) return fail('bad-vote-kind')
  for (let i = 1; i < certificate.signatures.length; i++) {
    if (compareBytes(certificate.signatures[i - 1]!.voter, certificate.signatures[i]!.voter) >= 0)
      return fail('certificate-order', 'signers must ascend, each once')
  }
  return null
}

export function certificateChecks(networkId: Uint8Array, certificate: Certificate): SignatureCheck[] {
  const message = voteBytes(networkId, certificate)
  return certificate.signatures.map(({ voter, signature }) => ({ publicKey: voter, message, signature }))
}

/** Weight of the signers that are members; a stranger's signature makes the whole certificate invalid. */
export function certificateWeight(certificate: Certificate, set: ValidatorSet): number | null {
  let weight = 0
  for (const { voter } of certificate.signatures) {
    const own = set.weights.get(toHex(voter))
    if (own === undefined) return null
    weight += own
  }
  return weight
}

/** S3. Signatures have been verified by ingress. */
export function checkCertificate(certificate: Certificate, set: ValidatorSet): Failure | null {
  const weight = certificateWeight(certificate, set)
  if (weight === null) return fail('certificate-stranger', 'signed by someone outside the validator set of that height')
  return isQuorum(weight, set.total) ? null : fail('certificate-weight', `weight ${weight} of ${set.total} is no quorum`)
}

/** @param votes of members, by voter hex, a quorum of them */
export function makeCertificate(kind: number, height: number, hash: Uint8Array, votes: ReadonlyMap<string, Vote>): Certificate {
  const signatures = [...votes.keys()].sort().map(voter => {
    const vote = votes.get(voter)
    const key = fromHex(voter)
    assert(vote !== undefined && key !== null, 'votes are keyed by voter')
    return { voter: key, signature: vote.signature }
  })
  return { kind, height, hash, signatures }
}
