/**
 * A room of mixed personalities that live together for many heights: what becomes of them, and whether the chain minds (R8, F-35, F-36). By `npm run sim -- --society`, and in short by
 * society.test.ts.
 */
import { toHex } from '../core/bytes'
import { MAX_TASTE_SLOTS } from '../core/taste/judge'
import { ALLIANCE_ACTIVE, ALLIANCE_BROKEN, ALLIANCE_EXPIRED, ALLIANCE_LAPSED, ALLIANCE_OFFERED } from '../core/schema'
import { dramaName, recentDrama } from '../core/state/drama'
import { influenceOf } from '../core/state/trust'
import type { WorldState } from '../core/state/worldState'
import type { CoreEvent } from '../node/messages'
import { CALM, STANDARD } from './scenario'
import type { Scenario } from './scenario'
import { SIM_EPOCH_MS, Simulation } from './simulation'
import type { SimPlatform } from './simulation'

/** Wishes of all agents together, each minute: about six in a block. */
const SOCIAL_PER_MINUTE = 180
/** Once in a while it is asked whether there are heights enough, virtual ms. */
const LOOK_MS = 10_000
/** Longest time for which a height may be waited for beyond the largest taste, slots: some proposers in a row whom nobody hears in time. */
const SPARE_SLOTS = 8
/** For the report. */
const STATUS_NAMES: Record<number, string> = {
  [ALLIANCE_OFFERED]: 'offered',
  [ALLIANCE_ACTIVE]: 'active',
  [ALLIANCE_EXPIRED]: 'expired',
  [ALLIANCE_BROKEN]: 'broken',
  [ALLIANCE_LAPSED]: 'lapsed'
}

export interface SocietyOptions {
  seed: number
  agents: number
  heights: number
  /** False: the same room without any social life and without tastes, to compare with. */
  society?: boolean
}

export interface SocietyReport {
  heights: number
  virtualMs: number
  /** Hash over every input of every node: equal for equal settings. */
  logHash: string
  /** Over the final state: the story. */
  stateRoot: string
  /** Longest time between two heights that became notarised, and between two that became final, ms. */
  worstStepMs: number
  worstFinalMs: number
  /** What `worstStepMs` may be at most with tastes of seven slots. */
  allowedStepMs: number
  opinions: { approve: number; reject: number }
  /** Opinions by the slots that they cost, 0 … 7. */
  slots: number[]
  /** Blocks that some node found invalid. */
  refused: number
  /** Validator sets in which somebody's vote weighed otherwise than everybody else's, and sets that were looked at. */
  unequalSets: number
  sets: number
  memes: number
  reactions: number
  alliances: Record<string, number>
  drama: Record<string, number>
  /** Lowest and highest at the end, milli. */
  influence: [number, number]
}

export function societyScenario({ seed, agents, heights, society = true }: SocietyOptions): Scenario {
  const { blockIntervalMs, slotMs } = STANDARD
  return {
    ...STANDARD,
    ...CALM,
    family: 'chaos',
    seed,
    nodes: agents,
    taste: society,
    society,
    socialPerMinute: society ? SOCIAL_PER_MINUTE : 0,
    blockIntervalMs,
    slotMs,
    virtualMs: heights * (blockIntervalMs + MAX_TASTE_SLOTS * slotMs)
  }
}

/** Runs until so many heights are final everywhere, or until the longest time that they may take is over. @throws Violation */
export function runSociety(options: SocietyOptions, platform: SimPlatform, progress: (height: number) => void = () => undefined): SocietyReport {
  const scenario = societyScenario(options)
  const watch = new SocietyWatch()
  const simulation: Simulation = new Simulation(scenario, platform, {
    event: (node, event, now) => watch.see(event, now, height => simulation.nodes[node]!.core.rounds.setAt(height)?.weights ?? null)
  })
  const end = SIM_EPOCH_MS + scenario.virtualMs
  const lowest = (): number => Math.min(...simulation.nodes.map(({ core }) => core.tree.final.height))
  for (let now = SIM_EPOCH_MS; now < end && lowest() < options.heights; now += LOOK_MS) {
    simulation.runUntil(Math.min(end, now + LOOK_MS))
    progress(lowest())
  }
  simulation.judge()
  const { state, header } = simulation.nodes[0]!.core.tree.final
  const allowedStepMs = scenario.blockIntervalMs + (MAX_TASTE_SLOTS + SPARE_SLOTS) * scenario.slotMs
  return {
    ...watch.report(),
    ...lifeOf(state!),
    allowedStepMs,
    stateRoot: toHex(header.stateRoot),
    logHash: simulation.result().logHash,
    heights: lowest(),
    virtualMs: simulation.now - SIM_EPOCH_MS
  }
}

class SocietyWatch {
  readonly #notarised = new Map<number, number>()
  readonly #final = new Map<number, number>()
  readonly #heard = new Set<string>()
  readonly #slots = Array.from({ length: MAX_TASTE_SLOTS + 1 }, () => 0)
  readonly #opinions = { approve: 0, reject: 0 }
  readonly #sets = new Set<number>()
  #unequal = 0
  #refused = 0

  see(event: CoreEvent, now: number, weightsAt: (height: number) => ReadonlyMap<string, number> | null): void {
    switch (event.kind) {
      case 'notarised':
        return first(this.#notarised, event.height, now)
      case 'final':
        first(this.#final, event.height, now)
        return this.#weigh(event.height, weightsAt(event.height))
      case 'refused-block':
        this.#refused++
        return
      case 'opinion':
        return this.#hear(`${event.hash}/${toHex(event.judge)}`, event.opinion)
      default:
    }
  }

  /** F-36: no vote weighs more than another, whoever is loved. */
  #weigh(height: number, weights: ReadonlyMap<string, number> | null): void {
    if (weights === null || this.#sets.has(height)) return
    this.#sets.add(height)
    if (new Set(weights.values()).size > 1) this.#unequal++
  }

  /** Every node tells of each opinion that it hears; each counts once. */
  #hear(id: string, { score, verdict }: { score: number; verdict: 'approve' | 'reject' }): void {
    if (this.#heard.has(id)) return
    this.#heard.add(id)
    this.#opinions[verdict]++
    this.#slots[score >= 0 ? 0 : Math.min(MAX_TASTE_SLOTS, 1 + Math.floor(-score / 100))]!++
  }

  report() {
    return {
      worstStepMs: worstGap(this.#notarised),
      worstFinalMs: worstGap(this.#final),
      opinions: this.#opinions,
      slots: this.#slots,
      refused: this.#refused,
      unequalSets: this.#unequal,
      sets: this.#sets.size
    }
  }
}

function first(times: Map<number, number>, height: number, now: number): void {
  if (!times.has(height)) times.set(height, now)
}

/** Longest time without anything new, from the start on. */
function worstGap(times: ReadonlyMap<number, number>): number {
  let last = SIM_EPOCH_MS
  let worst = 0
  for (const at of [...times.values()].sort((a, b) => a - b)) {
    worst = Math.max(worst, at - last)
    last = at
  }
  return worst
}

function lifeOf(state: WorldState) {
  const { alliances, memeInfluence } = state.view.social
  const influences = state
    .agents()
    .map((_, place) => influenceOf(state, place, state.height))
    .sort((a, b) => a - b)
  return {
    memes: state.view.memes.count,
    reactions: memeInfluence.getAllReadonlyValues().reduce((sum, { reactions }) => sum + reactions.length, 0),
    alliances: counted(alliances.getAllReadonlyValues().map(({ status }) => STATUS_NAMES[status] ?? String(status))),
    drama: counted([...recentDrama(state)].map(({ kind }) => dramaName(kind))),
    influence: [influences[0] ?? 0, influences.at(-1) ?? 0] as [number, number]
  }
}

function counted(names: readonly string[]): Record<string, number> {
  const found: Record<string, number> = {}
  for (const name of [...names].sort()) found[name] = (found[name] ?? 0) + 1
  return found
}

/** What the chain may not do, whatever its agents are like. @returns sentences; none: it did not */
export function societyFaults(report: SocietyReport, heights: number): string[] {
  const { worstStepMs, allowedStepMs, refused, unequalSets } = report
  return [
    ...(report.heights < heights ? [`Only ${report.heights} of ${heights} heights became final in time.`] : []),
    ...(worstStepMs > allowedStepMs ? [`R8: a height was waited for ${worstStepMs} ms, ${allowedStepMs} are allowed.`] : []),
    ...(refused > 0 ? [`F-35: ${refused} blocks were found invalid.`] : []),
    ...(unequalSets > 0 ? [`F-36: in ${unequalSets} validator sets one vote weighed more than another.`] : [])
  ]
}

export function linesOfSociety(report: SocietyReport, seconds: number): string[] {
  const listed = (counts: Record<string, number>): string =>
    Object.entries(counts)
      .map(([name, count]) => `${name} ${count}`)
      .join(', ')
  const { approve, reject } = report.opinions
  return [
    `${report.heights} heights in ${Math.round(report.virtualMs / 1000)} virtual seconds, ${Math.round(seconds)} s`,
    `longest step ${report.worstStepMs} ms (${report.allowedStepMs} allowed), longest time between two final blocks ${report.worstFinalMs} ms`,
    `opinions: ${approve} for, ${reject} against; by slots of delay 0 to 7: ${report.slots.join(', ')}`,
    `blocks found invalid: ${report.refused}; validator sets in which one vote weighs more: ${report.unequalSets} of ${report.sets}`,
    `memes ${report.memes}, reactions ${report.reactions}; alliances: ${listed(report.alliances)}`,
    `drama: ${listed(report.drama)}; influence ${report.influence.join(' to ')} of 1000`,
    `story ${report.stateRoot.slice(0, 16)}, log ${report.logHash}`
  ]
}
