/**
 * What the page knows about one node: each slice of the bridge is one raw state that is replaced whole when its push arrives.
 * Components read it; nothing here is sent back.
 */
import type { SocialView } from '../../bridge/alliances'
import type {
  AgentRunView,
  AgentView,
  BlockView,
  ChainView,
  EventView,
  FamilyRules,
  Hex,
  MiningStatus,
  NodeInfoView,
  PeerView,
  Pulse,
  RoundView,
  Status,
  StorageView,
  Update
} from '../../bridge/views'
import type { Line } from '../logic/line'
import { keepRows } from '../logic/rows'

/** Events kept for the feed: an hour of a quiet room, and a list that a phone still scrolls. */
export const EVENTS_KEPT = 200
/** Rounds whose line is remembered for "why?": as many as the block strip and the newest part of the tree show. */
export const ROUNDS_KEPT = 64

export type PulseListener = (pulses: readonly Pulse[], dropped: number) => void

export class NodeState {
  status = $state.raw<Status | null>(null)
  chain = $state.raw<ChainView | null>(null)
  round = $state.raw<RoundView | null>(null)
  agents = $state.raw<AgentView[]>([])
  peers = $state.raw<PeerView[]>([])
  storage = $state.raw<StorageView | null>(null)
  info = $state.raw<NodeInfoView | null>(null)
  mining = $state.raw<MiningStatus | null>(null)
  social = $state.raw<SocialView | null>(null)
  agent = $state.raw<AgentRunView | null>(null)
  /** Newest last, at most EVENTS_KEPT. */
  events = $state.raw<EventView[]>([])
  /** Who was in line by height, as it was last seen while the round was played; at most ROUNDS_KEPT heights. */
  lines = $state.raw<ReadonlyMap<number, Line>>(new Map())
  /** When the last push arrived, milliseconds since 1970; 0 before the first. */
  updatedAt = $state(0)
  /** When a peer was last connected, milliseconds since 1970; 0 while there was none. */
  lastPeerAt = $state(0)

  readonly names = $derived(new Map<Hex, string>(this.agents.map(a => [a.publicKey, a.name])))
  readonly me = $derived(this.agents.find(a => a.mine) ?? null)
  /** The rules in force, for what says nothing of its own. */
  readonly rules = $derived<FamilyRules>({ family: this.status?.family ?? '', mode: this.status?.mode ?? '' })
  readonly blocks = $derived(new Map<Hex, BlockView>(this.chain?.blocks.map(b => [b.hash, b]) ?? []))

  readonly #pulseListeners = new Set<PulseListener>()

  /** The clock that `round.startAt` and pulses are told in, milliseconds. */
  now(): number {
    return Date.now()
  }

  /** How many of this clock's milliseconds pass in a real one. */
  get pace(): number {
    return 1
  }

  apply(update: Update): void {
    const { status, chain, round, agents, peers, storage, info, mining, social, agent } = update.slices
    this.updatedAt = Date.now()
    if (status) this.status = status
    if (chain) this.chain = { ...chain, blocks: keepRows(this.chain?.blocks ?? [], chain.blocks, b => b.hash) }
    if (round !== undefined) this.#setRound(round)
    if (agents) this.agents = keepRows(this.agents, agents, a => a.publicKey)
    if (peers) this.peers = keepRows(this.peers, peers, p => p.peerId)
    if (this.peers.length > 0) this.lastPeerAt = this.updatedAt
    if (storage) this.storage = storage
    if (info) this.info = info
    if (mining) this.mining = mining
    if (social) this.social = social
    if (agent) this.agent = agent
    if (update.events.length > 0) this.events = [...this.events, ...update.events].slice(-EVENTS_KEPT)
    if (update.pulses.length > 0) for (const listener of this.#pulseListeners) listener(update.pulses, update.droppedPulses)
  }

  /** Hands pulses to the painter as they come; they are drawn once and then forgotten. @returns unsubscribe */
  onPulses(listener: PulseListener): () => void {
    this.#pulseListeners.add(listener)
    return () => this.#pulseListeners.delete(listener)
  }

  #setRound(round: RoundView | null): void {
    this.round = round
    if (round && round.candidates.length > 0) this.rememberLine(round.height, { rules: round.rules, candidates: round.candidates })
  }

  /** Keeps the line of a height; screens add those of rounds that were played before they looked. */
  rememberLine(height: number, line: Line): void {
    const lines = new Map(this.lines)
    lines.delete(height)
    lines.set(height, line)
    while (lines.size > ROUNDS_KEPT) lines.delete(lines.keys().next().value!)
    this.lines = lines
  }
}
