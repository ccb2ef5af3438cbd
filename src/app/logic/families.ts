/** From the name of a family and a mode, as data bring it, to what the page says about it. Unknown names are told in general words, never an error. */
import type { Candidate, FamilyRules, Status } from '../../bridge/views'
import { t } from '../i18n'
import type { FamilyText } from '../i18n/families'
import { knownBeforehand } from './line'

/** `firstToQuorum` → `first to quorum`: a mode that the page has no words for. */
const words = (name: string) => name.replace(/([a-z])([A-Z])/g, '$1 $2').toLowerCase()
const capital = (text: string) => text.charAt(0).toUpperCase() + text.slice(1)
/** Names come from a worker or an address: never something that every object has. */
const own = <Value>(record: Record<string, Value> | undefined, key: string): Value | undefined =>
  record && Object.hasOwn(record, key) ? record[key] : undefined

/** @param line where the words are about one: in a family of claims it may have been drawn, as long as there was nothing to claim */
export function familyText({ family, mode }: FamilyRules, line: readonly Candidate[] = []): FamilyText {
  const known = own(t.families, family)
  return { name: capital(words(family)), ...t.anyFamily, ...known, ...own(known?.modes, mode), ...(knownBeforehand(line) ? known?.drawn : {}) }
}

export const familyName = (family: string): string => familyText({ family, mode: '' }).name

export function modeName({ family, mode }: FamilyRules): string {
  return own(own(t.families, family)?.modes, mode)?.mode ?? words(mode)
}

/** `Midnight, leader first`; the mode is left out where the family has only one. */
export function rulesName(rules: FamilyRules, families: Status['room']['families']): string {
  const modes = families.find(each => each.name === rules.family)?.modes ?? []
  return modes.length > 1 && rules.mode !== '' ? `${familyName(rules.family)}, ${modeName(rules)}` : familyName(rules.family)
}

export const sameRules = (a: FamilyRules, b: FamilyRules): boolean => a.family === b.family && a.mode === b.mode
