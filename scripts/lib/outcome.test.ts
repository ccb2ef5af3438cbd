import { describe, expect, it } from 'vitest'
import { countVitest, total } from './outcome.mjs'

const file = (status: string, ...tests: string[]) => ({ status, assertionResults: tests.map(each => ({ status: each })) })

describe('countVitest', () => {
  it('counts each test once', () => {
    const report = { testResults: [file('passed', 'passed', 'passed', 'skipped'), file('failed', 'failed', 'passed', 'todo')] }
    expect(countVitest(report, false)).toEqual({ passed: 3, failed: 1, skipped: 2 })
  })

  it('counts a file that could not be loaded as a failure', () => {
    expect(countVitest({ testResults: [file('failed'), file('passed', 'passed')] }, false)).toEqual({ passed: 1, failed: 1, skipped: 0 })
  })

  it('counts a failed hook after passed tests as a failure', () => {
    expect(countVitest({ testResults: [file('failed', 'passed')] }, false)).toEqual({ passed: 1, failed: 1, skipped: 0 })
  })

  it('never calls a broken run good: no report, or an exit code without a failed test', () => {
    expect(countVitest(null, true)).toEqual({ passed: 0, failed: 1, skipped: 0 })
    expect(countVitest({}, true)).toEqual({ passed: 0, failed: 1, skipped: 0 })
    expect(countVitest({ testResults: [file('passed', 'passed')] }, false)).toEqual({ passed: 1, failed: 1, skipped: 0 })
  })
})

it('total adds stage by stage', () => {
  expect(
    total([
      { passed: 1, failed: 0, skipped: 2 },
      { passed: 3, failed: 4, skipped: 0 }
    ])
  ).toEqual({ passed: 4, failed: 4, skipped: 2 })
})
