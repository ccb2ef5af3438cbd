/**
 * R5 and R6: which signatures a validator may still give at a height, decided from the rows it has already stored.
 *
 * The same function guards every store (IndexedDB, disk, memory), inside the transaction that also writes the row. So a reloaded tab, a
 * second tab on one key and a restored backup are all held to what was promised before.
 */

/**
 * A promise to sign. `notarise`: several blocks at one height are allowed. `finalise`: at most one hash, and only if no other hash was
 * notarised. `propose`: at most one block per (height, parent); two would be evidence against ourselves.
 */
export interface VoteRow {
  kind: 'propose' | 'notarise' | 'finalise'
  height: number
  /** Block hash, hex. */
  hash: string
  /** Parent hash, hex. Only a `propose` row is keyed by it; votes carry it too so that rows have one shape. */
  parent: string
}

export type VoteOutcome =
  | { ok: true }
  | { ok: false; code: 'below-watermark' | 'already-finalised' | 'notarised-another' | 'proposed-another' | 'key-in-use'; existing: VoteRow | null }

/** Written down, but another database has promised with this key meanwhile: it does not count. */
export const KEY_IN_USE: VoteOutcome = { ok: false, code: 'key-in-use', existing: null }

/**
 * @param rows every stored row of `row.height` of this identity, in any order
 * @param watermark heights at or below it are closed: their rows may be gone
 * @returns ok also for a row that is already stored (signing the same bytes again promises nothing new)
 */
export function admitVote(rows: readonly VoteRow[], watermark: number, row: VoteRow): VoteOutcome {
  if (row.height <= watermark) return { ok: false, code: 'below-watermark', existing: null }
  for (const old of rows) {
    if (row.kind === 'propose') {
      if (old.kind === 'propose' && old.parent === row.parent && old.hash !== row.hash) return { ok: false, code: 'proposed-another', existing: old }
    } else if (row.kind === 'notarise') {
      // R5: having signed finalise at this height, never notarise there again (the very same vote may be repeated).
      if (old.kind === 'finalise' && !rows.some(r => r.kind === 'notarise' && r.hash === row.hash))
        return { ok: false, code: 'already-finalised', existing: old }
    } else {
      if (old.kind === 'finalise' && old.hash !== row.hash) return { ok: false, code: 'already-finalised', existing: old }
      if (old.kind === 'notarise' && old.hash !== row.hash) return { ok: false, code: 'notarised-another', existing: old }
    }
  }
  return { ok: true }
}
