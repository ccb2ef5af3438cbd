import { describe, expect, it } from 'vitest'
import type { Candidate } from '../../bridge/views'
import { FAMILIES } from '../../core/families/registry'
import { t } from '../i18n'
import { familyName, familyText, modeName, rulesName } from './families'
import { knownBeforehand } from './line'

const families = FAMILIES.map(({ name, modes }) => ({ name, modes: [...modes] }))
const all = families.flatMap(({ name, modes }) => modes.map(mode => ({ family: name, mode })))
const drawn = [{ ticket: '03a1bc00' }] as Candidate[]

describe('words for families (PROTOCOL §2)', () => {
  it('are there for every family and mode that the rules have', () => {
    for (const { family, mode } of all) {
      expect(Object.hasOwn(t.families, family), family).toBe(true)
      expect(t.families[family]?.modes?.[mode]?.mode, `${family}, ${mode}`).toBeTruthy()
    }
  })

  it('describe no mode that the rules do not have', () => {
    for (const [name, { modes = {} }] of Object.entries(t.families)) {
      expect(families.find(each => each.name === name)?.modes ?? []).toEqual(expect.arrayContaining(Object.keys(modes)))
    }
  })

  it('tell each family by another sentence, in plain words: one sentence, short enough for a phone', () => {
    const sentences = families.map(({ name, modes }) => familyText({ family: name, mode: modes[0]! }).rule)
    expect(new Set(sentences).size).toBe(families.length)
    for (const { rule } of all.map(rules => familyText(rules))) {
      expect(rule.length).toBeLessThan(130)
      expect(rule.match(/\./g)).toHaveLength(1)
    }
  })

  it('speak of midnight and tickets in midnight only', () => {
    for (const rules of all.filter(({ family }) => family !== 'midnight')) {
      const words = familyText(rules)
      const told = [words.rule, words.question, ...words.clock, words.emptyIn('0:07'), words.noBlockYet, words.willPropose, words.why, words.emptyLine].join(
        ' '
      )
      expect(told, rules.family).not.toMatch(/midnight|ticket/i)
    }
  })

  it('are general for what the page has never heard of, and never taken from what every object has', () => {
    expect(familyText({ family: 'tomorrow', mode: 'byLot' })).toMatchObject({ ...t.anyFamily, name: 'Tomorrow' })
    for (const family of ['constructor', '__proto__', 'toString', '']) expect(familyText({ family, mode: family }).rule).toBe(t.anyFamily.rule)
    expect(modeName({ family: 'tomorrow', mode: 'byLotOfTwo' })).toBe('by lot of two')
    expect(modeName({ family: 'midnight', mode: 'constructor' })).toBe('constructor')
  })

  it('change with what is known beforehand: without registered space a draw decides in spacetime', () => {
    const rules = { family: 'spacetime', mode: 'proofOfSpace' }
    expect(familyText(rules, drawn).why).toMatch(/ticket/)
    expect(familyText(rules, []).why).not.toMatch(/ticket/)
    expect(familyText({ family: 'chaos', mode: 'rotation' }, drawn)).toEqual(familyText({ family: 'chaos', mode: 'rotation' }))
  })

  it('name the mode where there is a choice of modes', () => {
    const one = [{ name: 'midnight', modes: ['lowestHash'] }]
    const two = [{ name: 'midnight', modes: ['lowestHash', 'leader'] }]
    expect(rulesName({ family: 'midnight', mode: 'lowestHash' }, one)).toBe('Midnight')
    expect(rulesName({ family: 'midnight', mode: 'lowestHash' }, two)).toBe('Midnight, lowest ticket')
    expect(familyName('vision')).toBe('Vision')
  })
})

describe('a line', () => {
  it('is known beforehand where tickets say so, and not where only claims do, nor while nobody is in it', () => {
    expect(knownBeforehand(drawn)).toBe(true)
    expect(knownBeforehand([{ ticket: '' }] as Candidate[])).toBe(false)
    expect(knownBeforehand([])).toBe(false)
  })
})
