/**
 * One run as text: the scenario and the plan of its faults, on one line of JSON. It is a file of its own (`--replay`), and the first line of an exported event log, whose
 * other lines are those of eventLog.ts (docs/SIMULATOR.md).
 */
import { familyModule } from '../core/families/registry'
import { checkPlan } from './faultPlan'
import type { FaultPlan } from './faultPlan'
import { MUTANTS } from './mutants'
import { LIAR_KINDS, STANDARD } from './scenario'
import type { Scenario } from './scenario'

const VERSION = 1

/** Numbers that a file may set, besides those of STANDARD. */
const OWN_NUMBERS = ['seed', 'nodes', 'byzantine']

export interface Run {
  scenario: Scenario
  plan: FaultPlan
}

/** Parts of a scenario that are functions (the lab's) are not in the text. */
export function encodeRun({ scenario, plan }: Run): string {
  const { mutant, familyOf: _familyOf, genesis: _genesis, ...plain } = scenario
  return JSON.stringify({ quorumble: 'run', version: VERSION, scenario: { ...plain, mutant: mutant?.name ?? null }, faults: plan })
}

/** @throws Error with a sentence for people when the text is no run */
export function decodeRun(text: string): Run {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    throw new Error('The first line is not JSON.')
  }
  if (!isRecord(value) || value.quorumble !== 'run') throw new Error('The file does not begin with a run ("quorumble": "run").')
  if (value.version !== VERSION) throw new Error(`The run is of version ${String(value.version)}; this program reads ${VERSION}.`)
  if (!isRecord(value.scenario)) throw new Error('The run has no scenario.')
  const scenario = scenarioOf(value.scenario)
  return { scenario, plan: checkPlan(value.faults, scenario.nodes) }
}

function scenarioOf(fields: Record<string, unknown>): Scenario {
  const { mutant: mutantName, ...plain } = fields
  for (const [name, field] of Object.entries(plain)) {
    const reason = wrong(name, field)
    if (reason !== null) throw new Error(`The scenario's "${name}" ${reason}.`)
  }
  for (const name of OWN_NUMBERS) if (!(name in plain)) throw new Error(`The scenario has no "${name}".`)
  const mutant = mutantName == null ? null : MUTANTS.find(({ name }) => name === mutantName)
  if (mutant === undefined) throw new Error(`There is no mutant "${String(mutantName)}".`)
  const scenario = { ...STANDARD, ...plain, mutant } as Scenario
  if (familyModule(scenario.family)?.modes[scenario.mode] === undefined)
    throw new Error(`There is no family "${scenario.family}" with a mode ${scenario.mode}.`)
  return scenario
}

/** @returns what is wrong with a field, or null */
function wrong(name: string, field: unknown): string | null {
  const isNumber = (value: unknown): boolean => typeof value === 'number' && Number.isFinite(value) && value >= 0
  if (OWN_NUMBERS.includes(name)) return Number.isSafeInteger(field) && isNumber(field) ? null : 'must be a whole number'
  const standard = (STANDARD as Record<string, unknown>)[name]
  if (standard === undefined) return 'is not known'
  if (name === 'liars') return Array.isArray(field) && field.every(kind => LIAR_KINDS.some(known => known === kind)) ? null : 'must be a list of liars'
  if (Array.isArray(standard))
    return Array.isArray(field) && field.length === 2 && field.every(isNumber) && field[0] <= field[1] ? null : 'must be the least and the most, ms'
  if (typeof standard === 'number') return isNumber(field) ? null : 'must be a number'
  return typeof field === typeof standard ? null : `must be a ${typeof standard}`
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
