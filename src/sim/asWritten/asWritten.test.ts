import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { createNodeFast, nodeFastSign } from '../../platform/crypto/nodeFast'
import { AS_WRITTEN } from './index'
import { linesOf } from './report'

const platform = { fastVerify: createNodeFast(), fastSign: nodeFastSign }
const page = readFileSync(new URL('../../../docs/ASWRITTEN.md', import.meta.url), 'utf8')

// Virtual minutes take real seconds, and more on a busy machine.
describe.each(AS_WRITTEN.map(entry => [entry.id, entry] as const))('as written (PROTOCOL §3): %s', { timeout: 240_000 }, (_, entry) => {
  it(`${entry.flaws.join(', ')}: the failure is there with the seed's rule`, () => {
    const outcome = entry.run(false, entry.storedSeed, platform)
    expect(outcome.failed, linesOf(entry, outcome).join('; ')).toBe(true)
  })

  it('and gone with the sound one, on the same seed, with no invariant broken', () => {
    const outcome = entry.run(true, entry.storedSeed, platform)
    expect(outcome.failed, linesOf(entry, outcome).join('; ')).toBe(false)
    expect(outcome.violation).toBeNull()
  })

  it('docs/ASWRITTEN.md tells of it', () => {
    expect(page).toContain(`### ${entry.id}\n`)
    expect(page).toContain(entry.seedRule)
    for (const { label } of Object.values(entry.measures)) expect(page).toContain(`| ${label} |`)
  })
})

describe('on a shipped family, with its other rules in force (PROTOCOL §3)', { timeout: 240_000 }, () => {
  it.each(AS_WRITTEN.flatMap(entry => Object.entries(entry.shipped).map(([family, seed]) => [entry.id, family, seed, entry] as const)))(
    '%s on %s, seed %i: the failure is there, and gone with the sound rule',
    (_, family, seed, entry) => {
      const written = entry.run(false, seed, { ...platform, family })
      expect(written.failed, linesOf(entry, written).join('; ')).toBe(true)
      const sound = entry.run(true, seed, { ...platform, family })
      expect(sound.failed, linesOf(entry, sound).join('; ')).toBe(false)
      expect(sound.violation).toBeNull()
    }
  )
})

describe('what the checkers say about a rule as written', { timeout: 240_000 }, () => {
  it.each([
    ['revote-without-lock', 'S1'],
    ['tally-all-hashes', 'S3'],
    ['received-votes-only', 'S3'],
    ['votes-not-persisted', 'S1'],
    ['personality-approves-invalid', 'S4']
  ])('%s breaks %s', (id, invariant) => {
    const entry = AS_WRITTEN.find(each => each.id === id)!
    expect(entry.run(false, entry.storedSeed, platform).violation).toMatch(new RegExp(`^${invariant}:`))
  })

  it('M043, F-08: who approves only its own block gives one approval and no height; who approves what is valid gives a quorum', () => {
    const entry = AS_WRITTEN.find(each => each.id === 'own-block-only')!
    expect(entry.run(false, entry.storedSeed, platform).figures).toMatchObject({ approvals: 1, heights: 0 })
    const sound = entry.run(true, entry.storedSeed, platform).figures
    expect(sound.approvals).toBeGreaterThanOrEqual(3)
    expect(sound.heights).toBeGreaterThan(20)
  })

  it('a run is its seed: the same figures again', () => {
    const entry = AS_WRITTEN.find(each => each.id === 'revote-without-lock')!
    expect(entry.run(false, 5, platform)).toEqual(entry.run(false, 5, platform))
  })

  it('each switch has a name of its own', () => {
    expect(new Set(AS_WRITTEN.map(({ id }) => id)).size).toBe(AS_WRITTEN.length)
  })
})
