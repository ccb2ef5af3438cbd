/** The steps of a proof in chapters, and edits of the file that they come from. */
import type { ProofReport, ProofStep } from '../../core/proof/check'

export type GroupKind = 'value' | 'branch' | 'era' | 'block' | 'ancestor' | 'sets' | 'signatures' | 'link' | 'trust'

export interface StepGroup {
  kind: GroupKind
  section: string
  ok: boolean
  /** Number of the first step, and how many there are; they follow each other. */
  from: number
  count: number
}

/** In a state header the first branch is that of the validator sets. */
function kindOf(step: ProofStep): GroupKind {
  const inHeader = step.section.startsWith('chain/')
  switch (step.kind) {
    case 'path':
    case 'value':
      return inHeader ? 'sets' : 'value'
    case 'pair':
    case 'root':
      return inHeader ? 'sets' : step.section === 'era' ? 'era' : 'branch'
    case 'block':
    case 'descendant':
      return 'block'
    case 'ancestor':
      return 'ancestor'
    case 'signature':
    case 'quorum':
      return 'signatures'
    case 'anchor':
    case 'link':
      return 'link'
    case 'checkpoint':
    case 'genesis':
      return 'trust'
  }
}

export function groupsOf(steps: readonly ProofStep[]): StepGroup[] {
  const groups: StepGroup[] = []
  steps.forEach((step, i) => {
    const kind = kindOf(step)
    const last = groups.at(-1)
    if (last !== undefined && last.kind === kind && last.section === step.section) {
      last.count++
      last.ok &&= step.ok
    } else groups.push({ kind, section: step.section, ok: step.ok, from: i, count: 1 })
  })
  return groups
}

const isHex = (text: string) => /^(?:[0-9a-f]{2})+$/.test(text)

/** Can a byte of this input be altered in the file? Texts and numbers are no bytes. */
export function isAlterable(file: string, pointer: string): boolean {
  const value = at(JSON.parse(file), pointer)
  return typeof value === 'string' && isHex(value)
}

function at(root: unknown, pointer: string): unknown {
  let value = root
  for (const step of pointer.split('/').slice(1)) value = (value as Record<string, unknown> | null | undefined)?.[step]
  return value
}

/** @param pointer of a hex field. @returns the text of the file with one bit of that byte flipped */
export function flipByte(file: string, pointer: string, byte: number): string {
  const root: unknown = JSON.parse(file)
  const steps = pointer.split('/').slice(1)
  const parent = at(root, `/${steps.slice(0, -1).join('/')}`.replace(/\/$/, '')) as Record<string, string>
  const name = steps.at(-1)!
  const hex = parent[name]!
  const flipped = (Number.parseInt(hex.slice(2 * byte, 2 * byte + 2), 16) ^ 1).toString(16).padStart(2, '0')
  parent[name] = hex.slice(0, 2 * byte) + flipped + hex.slice(2 * byte + 2)
  return `${JSON.stringify(root, null, 1)}\n`
}

const DECODER = new TextDecoder('utf-8', { fatal: true })

/** A field of the proved value as people read it: names as text, amounts with a point, everything else as it is. */
function fieldText(name: string, value: unknown, amount: (milli: string) => string): string {
  if (typeof value === 'string' && ['balance', 'deposit', 'fee', 'treasury'].includes(name) && /^\d+$/.test(value)) return amount(value)
  if (typeof value === 'string' && name === 'name' && isHex(value)) return nameOf(value) ?? value
  if (typeof value === 'string' && value.length > 16 && /^0+$/.test(value)) return '–'
  if (Array.isArray(value)) return value.length === 0 ? '–' : JSON.stringify(value)
  return typeof value === 'object' && value !== null ? JSON.stringify(value) : String(value)
}

function nameOf(hex: string): string | null {
  try {
    return DECODER.decode(Uint8Array.from(hex.match(/../g) ?? [], byte => Number.parseInt(byte, 16))).replace(/\0+$/, '')
  } catch {
    return null
  }
}

/** For a record of the registry, whose it is and what it has. */
export function agentSentence(report: ProofReport, amount: (milli: string) => string): string | null {
  const { proved } = report
  if (proved === null || !/^agents\/records\/\d+$/.test(proved.path)) return null
  const { name, balance } = proved.value as { name: string; balance: string }
  return `${nameOf(name) ?? 'This agent'} has ${amount(balance)}`
}

/** For the record of a block, of whatever age, its height; null: something else is proved. */
export function blockHeight({ proved }: ProofReport): number | null {
  return proved !== null && /^blocks\/(?:recent|history\/\d+)\/\d+$/.test(proved.path) ? (proved.value as { height: number }).height : null
}

/** Rows of the table of what is proved; at most so many of a long list. */
export function provedRows(report: ProofReport, amount: (milli: string) => string, most = 24): { name: string; text: string }[] {
  const { proved } = report
  if (proved === null) return []
  const { value, path } = proved
  const last = path.split('/').at(-1) ?? ''
  if (typeof value !== 'object' || value === null) return [{ name: last, text: fieldText(last, value, amount) }]
  return Object.entries(value)
    .slice(0, most)
    .map(([name, own]) => ({ name, text: fieldText(name, own, amount) }))
}
