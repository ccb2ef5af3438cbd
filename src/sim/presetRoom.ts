/**
 * One room in which every configuration is run by as many nodes, to see what comes of each: one network, one load, one set of rules, the real nodes, and the agent's own code for
 * memes, allies and influence. A seed is one history.
 */
import type { ProducerConfig } from '../agent/config/config'
import { equalBytes } from '../core/bytes'
import { ALLIANCE_ACTIVE, ALLIANCE_BROKEN, ALLIANCE_EXPIRED } from '../core/schema'
import { influenceAt, recentMemes } from '../core/state/memes'
import { influenceOf } from '../core/state/trust'
import { MAX_MEMES } from '../core/limits'
import { isSocial, parseIntent } from '../node/intents'
import { AgentLife } from '../node/social/agentLife'
import { parseSocialIntent } from '../node/social/intents'
import { CALM, STANDARD } from './scenario'
import { SIM_EPOCH_MS, Simulation } from './simulation'
import type { SimNode, SimPlatform } from './simulation'

/** How often each agent looks up, virtual ms: well within a block. */
const LOOK_EVERY_MS = 100
const MINUTE_MS = 60_000

export interface PresetRoomOptions {
  readonly seed: number
  /** How many nodes run each configuration. */
  readonly each: number
  /** Final blocks that each configuration has to have made. */
  readonly heights: number
  /** When to give up, virtual ms. */
  readonly patienceMs: number
  readonly blockIntervalMs: number
  readonly transfersPerMinute: number
  /** By name. */
  readonly configs: Readonly<Record<string, ProducerConfig>>
}

/** Per configuration, all its nodes together; ratios in milli-units. */
export interface PresetFigures {
  readonly name: string
  readonly made: number
  readonly final: number
  /** P103: final of those that are decided. */
  readonly acceptance: number
  /** Approvals of all opinions on its final blocks. */
  readonly liked: number
  readonly transactionsPerBlock: number
  /** Share of its own limit of transactions that its blocks used. */
  readonly fill: number
  readonly memes: number
  readonly memeQuality: number
  readonly reactions: number
  readonly proposed: number
  /** Alliances that its nodes are or were in. */
  readonly alliances: number
  /** Words of support or blame. */
  readonly gestures: number
  readonly influence: number
}

export interface PresetRoom {
  readonly figures: readonly PresetFigures[]
  readonly finalHeight: number
  readonly virtualMs: number
  readonly logHash: string
}

interface Member {
  readonly node: SimNode
  readonly preset: string
  readonly life: AgentLife
}

/** @throws Violation, and Error when patience ends first */
export function runPresets(options: PresetRoomOptions, platform: SimPlatform): PresetRoom {
  const names = Object.keys(options.configs)
  const nodes = names.length * options.each
  const opinions = new Map<string, { approve: number; all: number; transactions: number; blocks: number }>(
    names.map(name => [name, { approve: 0, all: 0, transactions: 0, blocks: 0 }])
  )
  const seen = new Set<number>()
  const simulation: Simulation = new Simulation(
    {
      ...STANDARD,
      ...CALM,
      taste: true,
      latencyMs: [10, 50],
      seed: options.seed,
      nodes,
      family: 'chaos',
      mode: 0,
      blockIntervalMs: options.blockIntervalMs,
      slotMs: 400,
      socialPerMinute: 0,
      transfersPerMinute: options.transfersPerMinute,
      virtualMs: options.patienceMs
    },
    platform,
    {
      event(index, event) {
        if (event.kind !== 'final' || seen.has(event.height)) return
        seen.add(event.height)
        const { core } = simulation.nodes[index]!
        const maker = members.find(({ node }) => equalBytes(node.signer.publicKey, event.proposer))
        const counts = maker === undefined ? undefined : opinions.get(maker.preset)
        if (counts === undefined) return
        const tally = core.opinions.tally(event.height, event.hash)
        counts.approve += tally.approve
        counts.all += tally.approve + tally.reject
        counts.transactions += core.tree.get(event.hash)?.transactions?.length ?? 0
        counts.blocks++
      }
    }
  )
  const members = simulation.nodes.map((node, index): Member => ({ node, preset: names[index % names.length]!, life: new AgentLife(node.core) }))
  for (const { node, preset } of members) simulation.give(node.index, { type: 'configure', config: options.configs[preset]! })
  const done = (): boolean => [...opinions.values()].every(({ blocks }) => blocks >= options.heights)
  for (let time = SIM_EPOCH_MS; !done(); time += LOOK_EVERY_MS) {
    if (time - SIM_EPOCH_MS > options.patienceMs)
      throw new Error(`after ${options.patienceMs / MINUTE_MS} virtual minutes: ${[...opinions].map(([name, { blocks }]) => `${name} ${blocks}`).join(', ')}`)
    simulation.runUntil(time)
    for (const member of members) live(simulation, member)
  }
  const figures = names.map(name => figuresOf(name, members, opinions.get(name)!))
  const { finalHeight, logHash, virtualMs } = simulation.result()
  return { figures, finalHeight, virtualMs, logHash }
}

/** As the runtime does it. */
function live(simulation: Simulation, { node, life }: Member): void {
  for (const intent of life.step()) {
    const { core } = node
    const parsed = isSocial(intent) ? parseSocialIntent(intent, core.publicKey) : parseIntent(intent, core.agent(core.publicKey))
    if (parsed.ok) simulation.give(node.index, { type: 'submit', intent: parsed.value })
  }
}

const share = (part: number, whole: number): number => (whole === 0 ? 0 : Math.floor((1000 * part) / whole))
const total = (numbers: readonly number[]): number => numbers.reduce((sum, number) => sum + number, 0)

function figuresOf(name: string, all: readonly Member[], counts: { approve: number; all: number; transactions: number; blocks: number }): PresetFigures {
  const members = all.filter(({ preset }) => preset === name)
  const metrics = members.map(({ node }) => node.core.production.metrics(0))
  const state = members[0]!.node.core.head().state!
  const keys = members.map(({ node }) => node.signer.publicKey)
  const isOurs = (key: Uint8Array): boolean => keys.some(own => equalBytes(own, key))
  const memes = [...recentMemes(state)].filter(({ creator }) => isOurs(creator))
  const { alliances } = state.view.social
  const records = Array.from({ length: alliances.length }, (_, place) => alliances.getReadonly(place).toValue())
  const formed = records.filter(({ status }) => status === ALLIANCE_ACTIVE || status === ALLIANCE_EXPIRED || status === ALLIANCE_BROKEN)
  return {
    name,
    made: total(metrics.map(({ blocksMade }) => blocksMade)),
    final: counts.blocks,
    acceptance: share(total(metrics.map(({ accepted }) => accepted)), total(metrics.map(({ accepted, lost, failed }) => accepted + lost + failed))),
    liked: share(counts.approve, counts.all),
    transactionsPerBlock: Math.round(counts.transactions / Math.max(1, counts.blocks)),
    fill: Math.floor(total(metrics.map(({ fillTransactionsMilli }) => fillTransactionsMilli ?? 0)) / members.length),
    memes: memes.length,
    memeQuality: memes.length === 0 ? 0 : Math.floor(total(memes.map(({ quality }) => quality)) / memes.length),
    reactions: total(memes.map(({ number }) => influenceAt(state, number % MAX_MEMES).reactions.length)),
    proposed: records.filter(({ offer }) => isOurs(offer.proposer)).length,
    alliances: formed.filter(({ offer }) => offer.members.some(isOurs)).length,
    gestures: total(members.map(({ life }) => life.life().counts.gestures)),
    influence: Math.floor(total(members.map(({ node }) => influenceOf(state, state.place(node.signer.publicKey)!, state.height))) / members.length)
  }
}

/** The room of docs/PRESETS.md and of its test: blocks come fast enough for an own interval of ten seconds to be felt. */
export const PRESET_ROOM = { seed: 5, each: 2, heights: 20, patienceMs: 20 * MINUTE_MS, blockIntervalMs: 1000, transfersPerMinute: 600 } as const
