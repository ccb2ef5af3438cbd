import { describe, expect, it } from 'vitest'
import { compareBytes, toHex } from '../bytes'
import { VOTE_FINALISE, VOTE_NOTARISE } from '../schema'
import { isQuorum, quorumWeight, validatorSet } from '../state/worldState'
import { certificateFor, createNetwork, signerAt, voteFor } from '../testing/network'
import { verifyZip215 } from '../crypto/ed25519'
import { certificateChecks, certificateWeight, checkCertificate, inspectCertificate, makeCertificate } from './certificates'
import { MAX_HASHES_PER_VOTER, RoundRecord } from './roundRecord'

const network = createNetwork(1)
const signers = Array.from({ length: 10 }, (_, i) => signerAt(i))
const setOf = (n: number, weights: number[] = []) =>
  validatorSet(
    0,
    signers.slice(0, n).map(({ publicKey }, i) => ({ publicKey, weight: weights[i] ?? 1 }))
  )
const block = (fill: number, height = 1) => ({ height, hashBytes: new Uint8Array(32).fill(fill) })

/** Strictly more than two thirds of n, counted out by hand. */
const LEAST = [0, 1, 2, 3, 3, 4, 5, 5, 6, 7, 7]

describe('quorum: strictly more than two thirds of the registered weight (M006, F-11, D-23)', () => {
  it.each([1, 2, 3, 4, 5, 6, 7, 8, 9, 10])('n = %i', n => {
    const least = LEAST[n]!
    expect(quorumWeight(n)).toBe(least)
    for (let weight = 0; weight <= n; weight++) expect(isQuorum(weight, n)).toBe(weight >= least)
    const set = setOf(n)
    expect(checkCertificate(certificateFor(network, signers.slice(0, least), block(1)), set)).toBeNull()
    expect(checkCertificate(certificateFor(network, signers.slice(0, least - 1), block(1)), set)).toMatchObject({ code: 'certificate-weight' })
  })

  it('weights count, not heads, and the whole registered weight is the measure, not what was received (F-02)', () => {
    const set = setOf(4, [7, 1, 1, 1])
    expect(set.total).toBe(10)
    expect(checkCertificate(certificateFor(network, [signers[0]!], block(1)), set)).toBeNull()
    expect(checkCertificate(certificateFor(network, signers.slice(1, 4), block(1)), set)).toMatchObject({ code: 'certificate-weight' })
  })

  it('two quorums share more than a third of the weight', () => {
    for (let n = 1; n <= 200; n++) expect(3 * (2 * quorumWeight(n) - n)).toBeGreaterThan(n)
  })
})

describe('S3: a certificate holds distinct members of the set of its height', () => {
  const good = certificateFor(network, signers.slice(0, 3), block(1))

  it('signers ascend and every signature is over kind, height and hash', () => {
    for (let i = 1; i < good.signatures.length; i++) expect(compareBytes(good.signatures[i - 1]!.voter, good.signatures[i]!.voter)).toBeLessThan(0)
    expect(certificateChecks(network.networkId, good).every(check => verifyZip215(check))).toBe(true)
    for (const wrong of [
      { ...good, height: 2 },
      { ...good, kind: VOTE_FINALISE },
      { ...good, hash: new Uint8Array(32) }
    ]) {
      expect(certificateChecks(network.networkId, wrong).some(check => verifyZip215(check))).toBe(false)
    }
  })

  it('a stranger spoils it, even beside a quorum', () => {
    const mixed = certificateFor(network, signers.slice(0, 5), block(1))
    expect(certificateWeight(mixed, setOf(4))).toBeNull()
    expect(checkCertificate(mixed, setOf(4))).toMatchObject({ code: 'certificate-stranger' })
  })

  it('nobody counts twice and there is one order only', () => {
    const [a, b, c] = good.signatures as [(typeof good.signatures)[0], (typeof good.signatures)[0], (typeof good.signatures)[0]]
    for (const signatures of [
      [a, a, b],
      [a, b, b],
      [b, a, c],
      [c, b, a]
    ])
      expect(inspectCertificate({ ...good, signatures })).toMatchObject({ code: 'certificate-order' })
    expect(inspectCertificate(good)).toBeNull()
  })

  it('unknown kinds and an empty list', () => {
    for (const kind of [0, 3, 255]) expect(inspectCertificate({ ...good, kind })).toMatchObject({ code: 'bad-vote-kind' })
    expect(checkCertificate({ ...good, signatures: [] }, setOf(1))).toMatchObject({ code: 'certificate-weight' })
  })
})

describe('tally of one height', () => {
  const set = setOf(4)
  const count = (record: RoundRecord, signer: number, fill: number, kind = VOTE_NOTARISE, members = set) =>
    record.count(voteFor(network, signers[signer]!, block(fill), kind), members)

  it('votes for other hashes do not count (F-13, M046): four votes, two and two, are no quorum', () => {
    const record = new RoundRecord(1)
    expect([count(record, 0, 1), count(record, 1, 1), count(record, 2, 2), count(record, 3, 2)]).toEqual([null, null, null, null])
    expect(record.weightOf(VOTE_NOTARISE, toHex(block(1).hashBytes))).toBe(2)
    const certificate = count(record, 3, 1)
    expect(certificate).toMatchObject({ kind: VOTE_NOTARISE, height: 1 })
    expect(checkCertificate(certificate as never, set)).toBeNull()
  })

  it('a duplicate is told and changes nothing (M050)', () => {
    const record = new RoundRecord(1)
    expect(count(record, 0, 1)).toBeNull()
    for (let i = 0; i < 5; i++) expect(count(record, 0, 1)).toBe('duplicate')
    expect(count(record, 1, 1)).toBeNull()
    expect(record.weightOf(VOTE_NOTARISE, toHex(block(1).hashBytes))).toBe(2)
  })

  it('notarisations and finalisations are counted apart', () => {
    const record = new RoundRecord(1)
    for (const signer of [0, 1]) count(record, signer, 1)
    expect(count(record, 2, 1, VOTE_FINALISE)).toBeNull()
    expect(record.weightOf(VOTE_FINALISE, toHex(block(1).hashBytes))).toBe(1)
  })

  it('a certificate is made once', () => {
    const record = new RoundRecord(1)
    const made = [0, 1, 2].map(signer => count(record, signer, 1)).at(-1)
    record.notarisations.set(toHex(block(1).hashBytes), made as never)
    expect(count(record, 3, 1)).toBeNull()
  })

  it('one voter cannot fill the memory with hashes (S10)', () => {
    const record = new RoundRecord(1)
    for (let i = 0; i < MAX_HASHES_PER_VOTER; i++) expect(count(record, 0, i + 1)).toBeNull()
    expect(count(record, 0, 200)).toBe('too-many')
    expect(record.notarise.size).toBe(MAX_HASHES_PER_VOTER)
    expect(count(record, 1, 200)).toBeNull()
    expect(count(record, 0, 200), 'a hash that others brought costs nothing more').toBeNull()
  })

  it('fewer than a third of the members cannot crowd out the hash that the others vote for', () => {
    const members = Array.from({ length: 64 }, (_, i) => ({ publicKey: new Uint8Array(32).fill(i + 1), weight: 1 }))
    const large = validatorSet(0, members)
    const cast = (member: number, hash: number) =>
      record.count(
        {
          kind: VOTE_NOTARISE,
          height: 1,
          hash: new Uint8Array(32)
            .fill(1)
            .fill(hash & 255, 0, 1)
            .fill(hash >> 8, 1, 2),
          voter: members[member]!.publicKey,
          signature: new Uint8Array(64)
        },
        large
      )
    const record = new RoundRecord(1)
    for (let liar = 0; liar < 21; liar++) for (let i = 0; i < MAX_HASHES_PER_VOTER; i++) cast(liar, 1000 + liar * MAX_HASHES_PER_VOTER + i)
    let certificate: unknown = null
    for (let honest = 21; honest < 64; honest++) certificate ??= cast(honest, 7)
    expect(certificate).toMatchObject({ kind: VOTE_NOTARISE })
  })

  it('what is made of votes by voter is sorted by voter', () => {
    const votes = new Map([...signers.slice(0, 4)].reverse().map(signer => [toHex(signer.publicKey), voteFor(network, signer, block(1))]))
    expect(inspectCertificate(makeCertificate(VOTE_NOTARISE, 1, block(1).hashBytes, votes))).toBeNull()
  })
})
