// @ts-check
/** What a run of Vitest amounted to, from its JSON report: a run that broke must never count as one without failures. */

/**
 * @typedef {{passed: number, failed: number, skipped: number}} Count
 * @typedef {{status: string, assertionResults: {status: string}[]}} FileResult
 */

/**
 * @param {unknown} report the parsed JSON report, or null when the run ended before it wrote one
 * @param {boolean} exitedWell whether the process ended with 0
 * @returns {Count} one failure at least when the run did not end well: a file that cannot be loaded has no test to fail
 */
export function countVitest(report, exitedWell) {
  const files = /** @type {{testResults?: FileResult[]} | null} */ (report)?.testResults
  if (!files) return { passed: 0, failed: 1, skipped: 0 }
  const count = { passed: 0, failed: 0, skipped: 0 }
  for (const file of files) {
    const failedBefore = count.failed
    for (const { status } of file.assertionResults) {
      if (status === 'passed') count.passed++
      else if (status === 'failed') count.failed++
      else count.skipped++
    }
    if (file.status === 'failed' && count.failed === failedBefore) count.failed++
  }
  if (!exitedWell && count.failed === 0) count.failed++
  return count
}

/** @param {readonly Count[]} counts @returns {Count} */
export function total(counts) {
  const sum = { passed: 0, failed: 0, skipped: 0 }
  for (const { passed, failed, skipped } of counts) {
    sum.passed += passed
    sum.failed += failed
    sum.skipped += skipped
  }
  return sum
}
