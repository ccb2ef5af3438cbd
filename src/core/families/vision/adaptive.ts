/**
 * The mode `adaptive`: three numbers that the seed leaves for later (V149, V151, V152), as functions of what the chain itself knows, so that all nodes come to the same. Integers
 * only.
 */

/** The list is long enough when all in it are doubtful with a chance below one in so many. */
const ALL_DOUBTFUL_ODDS = 1024n
/** With fewer in the pool than this the jitter is shortened in proportion: one alone has nobody to collide with. */
const FULL_JITTER_POOL = 8
/** The timeout grows by a quarter after a list was late and shrinks by a thirty-second after one that was not. */
const TIMEOUT_GROWTH = 4
const TIMEOUT_DECAY = 32
/** The timeout grows up to so many times the configured one. */
const MAX_TIMEOUT_FACTOR = 4

/**
 * V152. Backups by availability: as many as it takes until a list of nobody but doubtful members is rarer than 1 in 1,024.
 * @param pool members. @param doubtful those that let their last turn pass. @param most the configured number
 * @returns 1 … `most`; 0 only when `most` is
 */
export function backupsByAvailability(pool: number, doubtful: number, most: number): number {
  let bad = BigInt(doubtful)
  let all = BigInt(pool)
  let backups = 0
  for (; backups < most && (backups === 0 || bad * ALL_DOUBTFUL_ODDS > all); backups++) {
    bad *= BigInt(Math.max(0, doubtful - backups - 1))
    all *= BigInt(Math.max(1, pool - backups - 1))
  }
  return backups
}

/** V151. Jitter by the size of the pool, ms. */
export function jitterByPool(jitterMs: number, pool: number): number {
  return Math.floor((jitterMs * (Math.min(pool, FULL_JITTER_POOL) - 1)) / (FULL_JITTER_POOL - 1))
}

/**
 * V149. Claim timeout by latency. A backup's block shows latency where it passed over somebody who was reliable so far; that the silent ones pass says nothing.
 * @param slotMs the configured timeout, below which it never falls
 */
export function timeoutAfterBlock(timeoutMs: number, slotMs: number, passedOverReliable: boolean): number {
  if (passedOverReliable) return Math.min(slotMs * MAX_TIMEOUT_FACTOR, timeoutMs + Math.floor(timeoutMs / TIMEOUT_GROWTH))
  return Math.max(slotMs, timeoutMs - Math.ceil(timeoutMs / TIMEOUT_DECAY))
}
