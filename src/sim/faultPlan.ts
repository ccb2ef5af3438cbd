/**
 * All that will go wrong in a run, planned from the seed before it starts: a list of events. So a failing run can be made smaller by leaving events out, and the few
 * that are left can be read, kept in a file and run again.
 */
import { Random, streams } from './random'
import type { LiarKind, Scenario } from './scenario'
import { LIAR_KINDS } from './scenario'

/** What of the last writes a crash leaves: all, also those under way; those that had ended; only those that were known to be safe. A vote that was acknowledged always stays. */
export const WRITES = ['kept', 'torn', 'lost'] as const
export type Writes = (typeof WRITES)[number]

/** A span of virtual time, whole ms since the start. */
interface Span {
  at: number
  until: number
}

/** One event. Nodes go by their number. */
export type Fault =
  | ({ kind: 'loss' | 'duplicate'; milli: number } & Span)
  | ({ kind: 'delay' | 'reorder'; milli: number; ms: number } & Span)
  | ({ kind: 'partition'; left: readonly number[]; oneWay: boolean } & Span)
  /** Null: from or to everybody. */
  | ({ kind: 'clog'; from: number | null; to: number | null } & Span)
  | ({ kind: 'crash'; node: number; writes: Writes } & Span)
  /** `backup`: it comes back with what its disk held at its last start, else with nothing. */
  | ({ kind: 'wipe'; node: number; backup: boolean } & Span)
  | ({ kind: 'freeze'; node: number } & Span)
  | ({ kind: 'clock'; node: number; rateMilli: number } & Span)
  /** From the start to the end. */
  | { kind: 'liar'; node: number; lie: LiarKind }

export type FaultKind = Fault['kind']
export type FaultPlan = readonly Fault[]
export const FAULT_KINDS = [
  'loss',
  'duplicate',
  'delay',
  'reorder',
  'partition',
  'clog',
  'crash',
  'wipe',
  'freeze',
  'clock',
  'liar'
] as const satisfies readonly FaultKind[]

/** Nothing goes wrong in the first second: nodes greet each other. */
const FIRST_FAULT_MS = 1000
/** Longest spans, ms. A clock a tenth wrong for a minute is six seconds off: more than any slot, less than what healing is given. */
const MAX_PARTITION_MS = 40_000
const MAX_CLOG_MS = 20_000
const MAX_DOWN_MS = 20_000
const MAX_FREEZE_MS = 15_000
const MAX_CLOCK_MS = 60_000
/** Largest error of a clock's rate, parts in 1000. */
const MAX_RATE_MILLI = 100

/** Nodes of which fewer than a third of all may fail for good (lie, or have forgotten what they promised). */
function faultBudget(nodes: number): number {
  return Math.floor((nodes - 1) / 3)
}

/** The plan of a scenario: the same for the same scenario and seed. Every kind of fault that the scenario asks for happens at least once. */
export function planFaults(scenario: Scenario): Fault[] {
  const random = new Random(scenario.seed, streams.plan)
  const { nodes } = scenario
  const healAt = Math.floor(Math.min(scenario.healAtMs, scenario.virtualMs))
  const faults: Fault[] = liars(scenario, random)
  if (healAt < 2 * FIRST_FAULT_MS) return faults

  const always = { at: 0, until: healAt }
  if (scenario.lossMilli > 0) faults.push({ kind: 'loss', milli: scenario.lossMilli, ...always })
  if (scenario.duplicateMilli > 0) faults.push({ kind: 'duplicate', milli: scenario.duplicateMilli, ...always })
  if (scenario.delayMilli > 0 && scenario.extraDelayMs > 0) faults.push({ kind: 'delay', milli: scenario.delayMilli, ms: scenario.extraDelayMs, ...always })
  if (scenario.reorderMilli > 0) faults.push({ kind: 'reorder', milli: scenario.reorderMilli, ms: 2 * scenario.latencyMs[1], ...always })

  /** One draw per second of the faulty phase, and one for sure. */
  const happen = (milli: number, longest: number, make: (span: Span) => Fault | null): void => {
    if (milli <= 0) return
    const span = (at: number): Span => ({ at, until: Math.min(healAt, at + random.between(Math.floor(longest / 40), longest)) })
    const times: number[] = []
    for (let second = FIRST_FAULT_MS; second + 1000 <= healAt; second += 1000) if (random.chance(milli)) times.push(second + random.below(1000))
    if (times.length === 0) times.push(random.between(FIRST_FAULT_MS, healAt - 1))
    for (const at of times) {
      const fault = make(span(at))
      if (fault !== null) faults.push(fault)
    }
  }
  const anyNode = (): number => random.below(nodes)

  if (nodes > 1) {
    happen(scenario.partitionMilli, MAX_PARTITION_MS, span => {
      const left = Array.from({ length: nodes }, (_, i) => i).filter(() => random.chance(500))
      return { kind: 'partition', left, oneWay: random.chance(250), ...span }
    })
    happen(scenario.clogMilli, MAX_CLOG_MS, span => {
      const way = random.below(3)
      const from = anyNode()
      const to = (from + random.between(1, nodes - 1)) % nodes
      return { kind: 'clog', from: way === 1 ? null : from, to: way === 2 ? null : to, ...span }
    })
  }
  happen(scenario.crashMilli, MAX_DOWN_MS, span => ({ kind: 'crash', node: anyNode(), writes: random.pick(WRITES), ...span }))
  const forgetful = mayForget(scenario, faults, random)
  happen(scenario.wipeMilli, MAX_DOWN_MS, span =>
    forgetful.length === 0 ? null : { kind: 'wipe', node: random.pick(forgetful), backup: random.chance(500), ...span }
  )
  happen(scenario.freezeMilli, MAX_FREEZE_MS, span => ({ kind: 'freeze', node: anyNode(), ...span }))
  happen(scenario.clockMilli, MAX_CLOCK_MS, span => ({
    kind: 'clock',
    node: anyNode(),
    rateMilli: random.between(1, MAX_RATE_MILLI) * (random.chance(500) ? 1 : -1),
    ...span
  }))
  return faults
}

/** The last `byzantine` of the nodes. */
function liars({ nodes, byzantine, liars: kinds }: Scenario, random: Random): Fault[] {
  return Array.from({ length: byzantine }, (_, i) => ({ kind: 'liar', node: nodes - byzantine + i, lie: random.pick(kinds) }))
}

/**
 * A validator that has lost its promises abstains up to the height it had voted at. With f others that lie, its missing vote can hold up a height for ever. So
 * only liars forget, and so many honest nodes as the third has room for.
 */
function mayForget({ nodes, byzantine }: Scenario, faults: readonly Fault[], random: Random): number[] {
  const forgetful = faults.flatMap(fault => (fault.kind === 'liar' ? [fault.node] : []))
  const honest = Array.from({ length: nodes - byzantine }, (_, i) => i)
  for (let room = faultBudget(nodes) - byzantine; room > 0; room--) forgetful.push(...honest.splice(random.below(honest.length), 1))
  return forgetful
}

// -------------------------------------------------------------------------------------------------------------- for files

/** One line for people. */
export function describeFault(fault: Fault): string {
  const span = 'at' in fault ? `${(fault.at / 1000).toFixed(3)}–${(fault.until / 1000).toFixed(3)} s ` : ''
  const rest = Object.entries(fault)
    .filter(([key]) => key !== 'kind' && key !== 'at' && key !== 'until')
    .map(([key, value]) => `${key} ${Array.isArray(value) ? `[${value.join(' ')}]` : String(value)}`)
  return `${span}${fault.kind} ${rest.join(', ')}`
}

/** @returns why this is no event of a run with so many nodes, or null */
function wrong(value: unknown, nodes: number): string | null {
  if (typeof value !== 'object' || value === null) return 'an event is an object'
  const fault = value as Record<string, unknown>
  const isNode = (node: unknown): boolean => Number.isInteger(node) && (node as number) >= 0 && (node as number) < nodes
  const isWhole = (number: unknown): boolean => Number.isSafeInteger(number) && (number as number) >= 0
  if (!FAULT_KINDS.some(kind => kind === fault.kind)) return `there is no fault "${String(fault.kind)}"`
  if (fault.kind === 'liar') return isNode(fault.node) && LIAR_KINDS.some(kind => kind === fault.lie) ? null : 'a liar is a node with a known lie'
  if (!isWhole(fault.at) || !isWhole(fault.until) || (fault.until as number) < (fault.at as number)) return 'an event spans whole milliseconds, at ≤ until'
  switch (fault.kind) {
    case 'loss':
    case 'duplicate':
      return isWhole(fault.milli) ? null : `${fault.kind} has a chance in 1000`
    case 'delay':
    case 'reorder':
      return isWhole(fault.milli) && isWhole(fault.ms) ? null : `${fault.kind} has a chance in 1000 and a time in ms`
    case 'partition':
      return Array.isArray(fault.left) && fault.left.every(isNode) && typeof fault.oneWay === 'boolean'
        ? null
        : 'a partition names the nodes on one side, and whether it is one way'
    case 'clog':
      return [fault.from, fault.to].every(node => node === null || isNode(node)) ? null : 'a clog is from and to a node or null'
    case 'crash':
      return isNode(fault.node) && WRITES.some(writes => writes === fault.writes) ? null : `a crash hits a node and leaves its writes ${WRITES.join(', ')}`
    case 'wipe':
      return isNode(fault.node) && typeof fault.backup === 'boolean' ? null : 'a wipe hits a node, with a backup or without'
    case 'freeze':
      return isNode(fault.node) ? null : 'a freeze hits a node'
    default:
      return isNode(fault.node) && Number.isInteger(fault.rateMilli) && Math.abs(fault.rateMilli as number) < 1000
        ? null
        : 'a clock of a node has a rate above −1000 and below 1000'
  }
}

/** @throws Error with a sentence for people when a value from a file is no plan for so many nodes */
export function checkPlan(value: unknown, nodes: number): FaultPlan {
  if (!Array.isArray(value)) throw new Error('A fault plan is a list of events.')
  value.forEach((fault, i) => {
    const reason = wrong(fault, nodes)
    if (reason !== null) throw new Error(`Event ${i + 1} of the fault plan: ${reason}.`)
  })
  return value as FaultPlan
}
