/** One simulated run with the settings that a lab, a benchmark or a comparison of engines wants: the same scenario on every platform, from a few numbers. */
import { familyModule } from '../core/families/registry'
import { fail, ok } from '../core/result'
import type { Result } from '../core/result'
import { CALM, STANDARD } from './scenario'
import type { Scenario } from './scenario'

/** Most nodes of one run: gossip here is n² messages. */
const MAX_LAB_NODES = 200
const MAX_LAB_SECONDS = 86_400
/** Part of a run with faults after which they stop, in 1000. */
const FAULTY_MILLI = 700

export interface LabRun {
  family: string
  /** Name of the family's mode; its first one when left out. */
  mode?: string
  seed: number
  nodes: number
  virtualSeconds: number
  /** 0 when left out: no faults and no tastes either. */
  byzantine?: number
  /** Faults of the standard scenario; without them the network is calm. */
  faults?: boolean
  /** The family's own pace when left out. */
  blockIntervalMs?: number
}

/** @returns `bad-run` with the reason for settings that make no run */
export function labScenario(run: LabRun): Result<Scenario> {
  const { family, seed, nodes, virtualSeconds, byzantine = 0, faults = false } = run
  const module = familyModule(family)
  const mode = run.mode === undefined ? 0 : (module?.modes.indexOf(run.mode) ?? -1)
  if (module === null || mode < 0) return fail('bad-run', `there is no family ${[family, run.mode].join(' ').trim()}`)
  const whole = (value: number, least: number, most: number): boolean => Number.isInteger(value) && value >= least && value <= most
  if (!whole(nodes, 1, MAX_LAB_NODES)) return fail('bad-run', `nodes must be a whole number from 1 to ${MAX_LAB_NODES}`)
  if (!whole(seed, 0, 0xffff_ffff)) return fail('bad-run', 'the seed must be a whole number of 32 bits')
  if (!whole(virtualSeconds, 1, MAX_LAB_SECONDS)) return fail('bad-run', `virtualSeconds must be a whole number from 1 to ${MAX_LAB_SECONDS}`)
  if (!whole(byzantine, 0, nodes - 1)) return fail('bad-run', 'byzantine must be smaller than nodes')
  const { blockIntervalMs, slotMs } = module.defaultConfig(mode)
  const virtualMs = virtualSeconds * 1000
  return ok({
    ...STANDARD,
    ...(faults ? {} : CALM),
    family,
    mode,
    seed,
    nodes,
    byzantine,
    virtualMs,
    healAtMs: faults ? Math.floor((virtualMs * FAULTY_MILLI) / 1000) : 0,
    blockIntervalMs: run.blockIntervalMs ?? blockIntervalMs,
    slotMs
  })
}
