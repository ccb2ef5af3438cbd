/**
 * Timing on a machine that is never quiet. What is compared takes turns within one run, round after round, so that a neighbour's load falls on all alike;
 * the ratio is then worth more than the figures that it is made of.
 */

/** Rounds of an interleaved comparison: enough that some are left undisturbed. */
const MIN_ROUNDS = 5
const MAX_ROUNDS = 400
/** Rounds before the clock counts: the compiler has then seen the hot loops. */
const WARM_UP_ROUNDS = 2

const nowMs = (): number => Number(process.hrtime.bigint()) / 1e6

/** Middle value; the mean of the two middle ones for an even count. @throws RangeError for no values */
export function median(values: readonly number[]): number {
  if (values.length === 0) throw new RangeError('no values')
  const sorted = [...values].sort((a, b) => a - b)
  const middle = sorted.length >> 1
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2
}

/** A neighbour can only add time, so the faster rounds are the truer ones; the very fastest may have been spared its share of garbage collection. */
const lowerQuartile = (times: readonly number[]): number => [...times].sort((a, b) => a - b)[times.length >> 2]!

/** Runs once. @returns milliseconds of wall time */
export function timeOnce(run: () => void): number {
  const started = nowMs()
  run()
  return nowMs() - started
}

/**
 * Runs each candidate once per round until the budget is spent.
 * @param budgetMs wall time for all candidates together
 * @returns lower quartile of the milliseconds per call of each candidate, in their order
 */
export function takeTurns(candidates: readonly (() => void)[], budgetMs: number): number[] {
  for (let round = 0; round < WARM_UP_ROUNDS; round++) for (const candidate of candidates) candidate()
  const times = candidates.map((): number[] => [])
  const until = nowMs() + budgetMs
  for (let round = 0; round < MAX_ROUNDS && (round < MIN_ROUNDS || nowMs() < until); round++) {
    candidates.forEach((candidate, i) => times[i]!.push(timeOnce(candidate)))
  }
  return times.map(lowerQuartile)
}

/**
 * `takeTurns` for work that waits for other threads or the disk: the time of a call is that until its promise is kept.
 * @param before each round, not timed: makes what nobody has seen yet
 */
export async function takeTurnsAsync(
  candidates: readonly (() => void | Promise<void>)[],
  budgetMs: number,
  before: (round: number) => void | Promise<void> = () => undefined
): Promise<number[]> {
  const times = candidates.map((): number[] => [])
  for (let round = 0; round < WARM_UP_ROUNDS; round++) {
    await before(-1 - round)
    for (const candidate of candidates) await candidate()
  }
  const until = nowMs() + budgetMs
  for (let round = 0; round < MAX_ROUNDS && (round < MIN_ROUNDS || nowMs() < until); round++) {
    await before(round)
    for (const [i, candidate] of candidates.entries()) {
      const started = nowMs()
      await candidate()
      times[i]!.push(nowMs() - started)
    }
  }
  return times.map(lowerQuartile)
}
