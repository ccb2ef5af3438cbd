import { describe, expect, it } from 'vitest'
import { ClaimLedger, CLAIMS_KEPT } from './claimLedger'

const claim = (height: number, tipHash = `tip${height}`, slotIndex = 0) => ({ winnerId: 'me', height, tipHash, claimedAt: 1000 * height, slotIndex })
const final = (height: number, hash: string, parent = `tip${height}`, rank = 0) => ({ height, hash, parent, rank })

describe('claims (V007, V015, V061–V069, F-58)', () => {
  it('V061–V064, V066, V067: a receipt says who, where, when and in which slot', () => {
    const ledger = new ClaimLedger()
    expect(ledger.isHeightClaimed(5, 'tip5')).toBe(false)
    expect(ledger.recordClaim(claim(5, 'tip5', 2))).toBe(true)
    expect(ledger.isHeightClaimed(5, 'tip5')).toBe(true)
    expect(ledger.recent()).toEqual([
      { winnerId: 'me', height: 5, tipHash: 'tip5', claimedAt: 5000, slotIndex: 2, status: 'claimed', hash: null, reason: null }
    ])
  })

  it('V040, V065: one claim for one height on one tip; another tip is another place', () => {
    const ledger = new ClaimLedger()
    expect([ledger.recordClaim(claim(5)), ledger.recordClaim(claim(5)), ledger.recordClaim(claim(5, 'other'))]).toEqual([true, false, true])
    expect(ledger.totals.claimed).toBe(2)
  })

  it('V056, V060, V068: closes with the outcome and keeps the receipt', () => {
    const ledger = new ClaimLedger()
    for (const height of [1, 2, 3, 4]) ledger.recordClaim(claim(height))
    for (const height of [1, 2]) expect(ledger.markProduced(height, `tip${height}`, `mine${height}`)).toMatchObject({ status: 'produced' })
    expect(ledger.clearClaim(3, 'tip3', 'failed', 'store-failed')).toMatchObject({ status: 'failed', reason: 'store-failed' })
    expect(ledger.settle([final(1, 'mine1'), final(2, 'theirs', 'tip2', 1)]).map(({ status }) => status)).toEqual(['accepted', 'lost'])
    expect(ledger.recent().map(({ height, status }) => [height, status])).toEqual([
      [4, 'claimed'],
      [3, 'failed'],
      [2, 'lost'],
      [1, 'accepted']
    ])
    expect(ledger.totals).toEqual({ claimed: 4, produced: 2 })
  })

  it('V050, V127: a claim on a tip that the chain did not go on from has failed', () => {
    const ledger = new ClaimLedger()
    ledger.recordClaim(claim(7, 'abandoned'))
    expect(ledger.settle([final(7, 'theirs', 'other')])).toMatchObject([{ status: 'failed', reason: 'tip-changed' }])
  })

  it('a closed claim stays as it is', () => {
    const ledger = new ClaimLedger()
    ledger.recordClaim(claim(1))
    ledger.clearClaim(1, 'tip1', 'failed', 'first')
    expect(ledger.markProduced(1, 'tip1', 'late')).toBeNull()
    expect(ledger.clearClaim(1, 'tip1', 'lost')).toBeNull()
    expect(ledger.settle([final(1, 'theirs')])).toEqual([])
    expect(ledger.recent()).toMatchObject([{ status: 'failed', reason: 'first' }])
  })

  it('V069, V154: keeps the last hundred, whatever their heights', () => {
    const ledger = new ClaimLedger()
    for (let i = 0; i < 5000; i++) ledger.recordClaim(claim(i % 7, `tip${i}`))
    expect(ledger.recent(1000)).toHaveLength(CLAIMS_KEPT)
    expect(ledger.isHeightClaimed(4900 % 7, 'tip4900')).toBe(true)
    expect(ledger.isHeightClaimed(4899 % 7, 'tip4899')).toBe(false)
    expect(ledger.totals.claimed).toBe(5000)
  })

  it('V087: shows the last ten, newest first', () => {
    const ledger = new ClaimLedger()
    for (let height = 1; height <= 30; height++) ledger.recordClaim(claim(height))
    expect(ledger.recent().map(({ height }) => height)).toEqual([30, 29, 28, 27, 26, 25, 24, 23, 22, 21])
  })

  it('V133: counts the slots that won; those after the first list share a bucket', () => {
    const ledger = new ClaimLedger()
    ledger.settle([0, 0, 1, 6, 7, 900].map((rank, i) => final(i + 1, `b${i}`, 'x', rank)))
    expect(ledger.winningSlots).toEqual([2, 1, 0, 0, 0, 0, 1, 2])
  })
})
