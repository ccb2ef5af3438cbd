/**
 * Makes a failing run smaller while it keeps failing in the same way: without whole kinds of faults, shorter, with fewer nodes, then without single events
 * (delta debugging, Zeller and Hildebrandt 2002). What is left is what it takes.
 */
import { FAULT_KINDS } from './faultPlan'
import type { Fault, FaultPlan } from './faultPlan'
import type { Run } from './runFile'
import { CALM } from './scenario'
import type { Invariant } from './violation'

/** How a run failed, and when, virtual ms since the start. */
export interface Failed {
  invariant: Invariant
  message: string
  at: number
}

export interface Shrunk extends Run {
  failed: Failed
  /** Runs that it took. */
  runs: number
}

/** Virtual time between the last fault and the end that makes a failure of progress a real one, ms. */
const CALM_MS = 180_000
/** Longer than any moment between the event that breaks something and its discovery, ms. */
const MARGIN_MS = 1000

/**
 * @param run fails
 * @param attempt runs it; null when it holds
 * @param mayGoOn false: time is up, what has been found so far will do
 * @throws Error when the run does not fail
 */
export function shrink(run: Run, attempt: (run: Run) => Failed | null, mayGoOn: () => boolean): Shrunk {
  let runs = 1
  const first = attempt(run)
  if (first === null) throw new Error('The run does not fail, so there is nothing to make smaller.')
  let best: Shrunk = { ...run, failed: first, runs }
  /** Takes the smaller run if it fails by the same invariant. */
  const keep = (smaller: Run): boolean => {
    if (!mayGoOn()) return false
    runs++
    const failed = attempt(smaller)
    if (failed?.invariant !== first.invariant) return false
    best = { ...smaller, failed, runs }
    return true
  }

  // Shorter first: every later attempt gets cheaper.
  while (best.scenario.healAtMs > MARGIN_MS && keep(halved(best))) continue
  keep({ ...best, scenario: { ...best.scenario, taste: false } })
  keep({ ...best, scenario: { ...best.scenario, transfersPerMinute: 0 } })
  keep({ ...best, scenario: { ...best.scenario, socialPerMinute: 0 } })
  keep({ ...best, scenario: { ...best.scenario, clockOffsetMs: 0, clockDriftMilli: 0 } })
  for (const kind of FAULT_KINDS)
    if (best.plan.some(fault => fault.kind === kind))
      keep(
        withPlan(
          best,
          best.plan.filter(fault => fault.kind !== kind)
        )
      )
  keep(shorter(best, best.failed))
  const dropNodes = (): void => {
    for (let node = best.scenario.nodes - 1; node >= 0; node--) {
      const smaller = withoutNode(best, node)
      if (smaller !== null) keep(smaller)
    }
  }
  dropNodes()
  for (let size = Math.ceil(best.plan.length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
    for (let from = 0; from < best.plan.length;) {
      const plan = [...best.plan.slice(0, from), ...best.plan.slice(from + size)]
      if (!keep(withPlan(best, plan))) from += size
    }
  }
  // Fewer liars are left now, and fewer events that name a node.
  dropNodes()
  keep(shorter(best, best.failed))
  return { ...best, runs }
}

function withPlan(run: Run, plan: FaultPlan): Run {
  return { scenario: { ...run.scenario, byzantine: plan.filter(fault => fault.kind === 'liar').length }, plan }
}

/** Only the first half of the faulty phase. */
function halved({ scenario, plan }: Run): Run {
  const healAtMs = Math.floor(scenario.healAtMs / 2)
  const kept = plan.flatMap((fault): Fault[] => {
    if (fault.kind === 'liar') return [fault]
    return fault.at < healAtMs ? [{ ...fault, until: Math.min(fault.until, healAtMs) }] : []
  })
  return { scenario: { ...scenario, healAtMs, virtualMs: Math.min(scenario.virtualMs, healAtMs + CALM_MS) }, plan: kept }
}

/** Safety has been broken by then; progress needs a calm stretch after the last fault. */
function shorter({ scenario, plan }: Run, failed: Failed): Run {
  if (!failed.invariant.startsWith('L')) {
    const virtualMs = Math.min(scenario.virtualMs, Math.ceil(failed.at) + MARGIN_MS)
    return { scenario: { ...scenario, virtualMs }, plan: plan.filter(fault => fault.kind === 'liar' || fault.at <= failed.at) }
  }
  const healAtMs = Math.max(0, ...plan.map(fault => (fault.kind === 'liar' ? 0 : fault.until)))
  return { scenario: { ...scenario, healAtMs, virtualMs: Math.min(scenario.virtualMs, healAtMs + CALM_MS) }, plan }
}

/** The run without one of its honest nodes, or null where that would leave too few of them to promise anything. */
function withoutNode({ scenario, plan }: Run, gone: number): Run | null {
  const nodes = scenario.nodes - 1
  const liars = plan.filter(fault => fault.kind === 'liar')
  if (nodes < 1 || liars.some(fault => fault.node === gone)) return null
  const wasSound = 3 * liars.length < scenario.nodes
  if (wasSound && 3 * liars.length >= nodes) return null
  return { scenario: { ...scenario, nodes }, plan: plan.flatMap(fault => renumbered(fault, gone)) }
}

/** The event when a node is gone; none when it was about that node. */
function renumbered(fault: Fault, gone: number): Fault[] {
  const place = (node: number): number => (node > gone ? node - 1 : node)
  if ('node' in fault) return fault.node === gone ? [] : [{ ...fault, node: place(fault.node) }]
  if (fault.kind === 'partition') return [{ ...fault, left: fault.left.filter(node => node !== gone).map(place) }]
  if (fault.kind !== 'clog') return [fault]
  if (fault.from === gone || fault.to === gone) return []
  return [{ ...fault, from: fault.from === null ? null : place(fault.from), to: fault.to === null ? null : place(fault.to) }]
}

/** The scenario's figures from which no fault can be planned any more: what a file holds besides its plan. */
export function plannedOut(run: Run): Run {
  const { byzantine: _byzantine, healAtMs: _healAtMs, taste: _taste, clockOffsetMs: _offset, clockDriftMilli: _drift, ...rates } = CALM
  return { ...run, scenario: { ...run.scenario, ...rates } }
}
