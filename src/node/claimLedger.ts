/**
 * What became of this node's turns (V007, V015, V061–V069): a receipt is written before the node proposes and closed with its outcome, and kept (F-58: the seed clears
 * it at once and then has nothing to show). Receipts are local memory: what stops a second block for one place is the store's promise (R6), not this.
 */

/** V069: receipts kept. */
export const CLAIMS_KEPT = 100
/** V087: receipts that the status shows. */
const CLAIMS_SHOWN = 10
/** V133: winning slots counted one by one, the winner's and six backups'; the last bucket takes all later ones. */
const SLOT_BUCKETS = 8

/** `claimed` → `produced` (the network has it) → `accepted` (final) or `lost` (another block of the height is final); `failed`: it never got that far. */
export type ClaimStatus = 'claimed' | 'produced' | 'accepted' | 'lost' | 'failed'

export interface ClaimReceipt {
  /** Public key of who claims, hex: this node. */
  readonly winnerId: string
  readonly height: number
  /** Hash of the block that it builds on, hex. */
  readonly tipHash: string
  /** This node's clock, ms since 1970. */
  readonly claimedAt: number
  /** Rank of the turn: 0 primary, k backup k; beyond the first list it goes on counting. */
  readonly slotIndex: number
  readonly status: ClaimStatus
  /** Of the claimed block once it is built, hex. */
  readonly hash: string | null
  /** Code, for `failed`. */
  readonly reason: string | null
}

/** A block that has become final, as far as the ledger needs it. */
export interface FinalBlock {
  height: number
  hash: string
  /** Hex. */
  parent: string
  rank: number
}

export class ClaimLedger {
  readonly #receipts = new Map<string, ClaimReceipt>()
  readonly #winningSlots: number[] = Array.from({ length: SLOT_BUCKETS }, () => 0)
  #claimed = 0
  #produced = 0

  /** V131, V132: since the start. */
  get totals(): { claimed: number; produced: number } {
    return { claimed: this.#claimed, produced: this.#produced }
  }

  /** V133: final blocks by the slot that won, since the start. */
  get winningSlots(): readonly number[] {
    return this.#winningSlots
  }

  /** V066. @returns false when this node has claimed this height on this tip before: one try per place (V040) */
  recordClaim(claim: Pick<ClaimReceipt, 'winnerId' | 'height' | 'tipHash' | 'claimedAt' | 'slotIndex'>): boolean {
    if (this.isHeightClaimed(claim.height, claim.tipHash)) return false
    this.#receipts.set(keyOf(claim.height, claim.tipHash), { ...claim, status: 'claimed', hash: null, reason: null })
    this.#claimed++
    // Insertion order is age: the oldest go first.
    for (const key of this.#receipts.keys()) if (this.#receipts.size > CLAIMS_KEPT) this.#receipts.delete(key)
    return true
  }

  /** V067. */
  isHeightClaimed(height: number, tipHash: string): boolean {
    return this.#receipts.has(keyOf(height, tipHash))
  }

  /** The block was handed to the network. @returns the receipt as it is now, or null when there is none open */
  markProduced(height: number, tipHash: string, hash: string): ClaimReceipt | null {
    const receipt = this.#change(height, tipHash, { status: 'produced', hash })
    if (receipt !== null) this.#produced++
    return receipt
  }

  /** V068. Closes a claim with its outcome; the receipt stays. @returns the receipt as it is now, or null when there is none open */
  clearClaim(height: number, tipHash: string, status: 'accepted' | 'lost' | 'failed', reason: string | null = null): ClaimReceipt | null {
    return this.#change(height, tipHash, { status, reason })
  }

  /** Closes the claims that these blocks decide, and counts the winning slots. @returns the closed receipts */
  settle(finals: readonly FinalBlock[]): ClaimReceipt[] {
    const closed: ClaimReceipt[] = []
    for (const final of finals) {
      this.#winningSlots[Math.min(final.rank, SLOT_BUCKETS - 1)]!++
      for (const receipt of this.#receipts.values()) {
        if (receipt.height !== final.height || !isOpen(receipt)) continue
        // V127: the tip it was made for is not the one that the chain went on from.
        const failed = receipt.tipHash !== final.parent
        const status = receipt.hash === final.hash ? 'accepted' : failed ? 'failed' : 'lost'
        const done = this.clearClaim(receipt.height, receipt.tipHash, status, failed ? 'tip-changed' : null)
        if (done !== null) closed.push(done)
      }
    }
    return closed
  }

  /** V087: newest first. */
  recent(count: number = CLAIMS_SHOWN): ClaimReceipt[] {
    return [...this.#receipts.values()].slice(-count).reverse()
  }

  #change(height: number, tipHash: string, change: Partial<ClaimReceipt>): ClaimReceipt | null {
    const receipt = this.#receipts.get(keyOf(height, tipHash))
    if (receipt === undefined || !isOpen(receipt)) return null
    const changed = { ...receipt, ...change }
    this.#receipts.set(keyOf(height, tipHash), changed)
    return changed
  }
}

function keyOf(height: number, tipHash: string): string {
  return `${height}/${tipHash}`
}

function isOpen({ status }: ClaimReceipt): boolean {
  return status === 'claimed' || status === 'produced'
}
