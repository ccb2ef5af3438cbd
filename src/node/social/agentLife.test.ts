/** The social life of a running agent on real nodes: what it hears of the others, what it makes of that, and whose configuration it follows. */
import { beforeEach, describe, expect, it } from 'vitest'
import { DEFAULT_CONFIG } from '../../agent/config/config'
import type { ProducerConfig } from '../../agent/config/config'
import type { TransactionIntent } from '../../bridge/api'
import { toHex } from '../../core/bytes'
import { VerificationCache } from '../../core/crypto/verificationCache'
import { createSyncVerifier } from '../../core/crypto/verifier'
import { chaos } from '../../core/families/chaos/rules'
import { playgroundConfig } from '../../core/genesis'
import { AGENT_ACTIVE, AGENT_INACTIVE, AGENT_MAINTENANCE } from '../../core/schema'
import { recentMemes } from '../../core/state/memes'
import { reasonName } from '../../core/taste/judge'
import { statedIn } from '../../core/taste/opinion'
import { personalityOf } from '../../core/taste/personalities'
import { createNodeFast } from '../../platform/crypto/nodeFast'
import { parseCivicIntent } from '../civicIntents'
import { NodeTable } from '../testing/table'
import { agentsView } from '../views'
import { AgentLife } from './agentLife'
import { parseSocialIntent } from './intents'
import { SocialBook } from './socialView'

const verifier = createSyncVerifier({ cache: new VerificationCache(), fast: createNodeFast() })
const NODES = 4

let table: NodeTable
let lives: AgentLife[]
beforeEach(() => {
  table = new NodeTable({
    verify: check => verifier.verify(check),
    founders: NODES,
    parameters: { config: playgroundConfig(chaos.defaultConfig(0)), minCommittee: 1, heartbeatTtl: 100_000 },
    personality: node => personalityOf((['memetic', 'dramatic', 'rational', 'emotional'] as const)[node]!)
  })
  lives = table.cores.map(core => new AgentLife(core))
  table.run(3000)
})

const hexOf = (node: number): string => toHex(table.cores[node]!.publicKey)
const configOf = (change: { meme?: Partial<ProducerConfig['meme']>; social?: Partial<ProducerConfig['social']> } = {}): ProducerConfig => ({
  ...DEFAULT_CONFIG,
  meme: { ...DEFAULT_CONFIG.meme, enabled: true, qualityThreshold: 0, ...change.meme },
  social: { ...DEFAULT_CONFIG.social, allianceFormation: true, influenceThreshold: 0, ...change.social }
})
const configure = (node: number, config: ProducerConfig): void => void table.give(node, { type: 'configure', config })

function send(node: number, intent: TransactionIntent): void {
  const self = table.cores[node]!.publicKey
  const parsed =
    intent.kind === 'profile' || intent.kind === 'interact'
      ? parseCivicIntent(intent, table.cores[node]!.agent(self))
      : parseSocialIntent(intent as Parameters<typeof parseSocialIntent>[0], self)
  if (!parsed.ok) throw new Error(parsed.code)
  table.submit(node, parsed.value)
}

/** Everybody lives for so many virtual milliseconds. @returns what each wanted, by node */
function live(ms: number, nodes: readonly number[] = [0, 1, 2, 3]): TransactionIntent[][] {
  const wanted: TransactionIntent[][] = lives.map(() => [])
  for (let left = ms; left > 0; left -= 500) {
    for (const node of nodes)
      for (const intent of lives[node]!.step()) {
        wanted[node]!.push(intent)
        send(node, intent)
      }
    table.run(500)
  }
  return wanted
}

describe('P004: with the validators', () => {
  it('votes, opinions and reactions are exchanged, and each node can show all three', () => {
    for (let node = 0; node < NODES; node++) configure(node, configOf())
    live(40_000)
    for (const core of table.cores) {
      const { final } = core.tree
      expect(core.rounds.peek(final.height)!.finalisation!.signatures.length).toBeGreaterThanOrEqual(3)
      const opinions = Array.from({ length: 5 }, (_, i) => core.tree.at(final.height - i)[0]!).flatMap(entry => core.opinions.of(entry.height, entry.hash))
      expect(new Set(opinions.map(({ agent }) => toHex(agent))).size).toBe(NODES)
      const kinds = new Set(table.events[table.cores.indexOf(core)]!.flatMap(event => (event.kind === 'social' ? [event.transaction.kind] : [])))
      expect(kinds.size, 'memes, and answers to them').toBeGreaterThanOrEqual(2)
    }
  })
})

describe('P005, P030: what comes of it', () => {
  it('every relation of every agent can be listed, the same on all nodes, and influence moves', () => {
    for (let node = 0; node < NODES; node++) configure(node, configOf())
    const before = table.cores.map(core => new SocialBook(core).view().influence.map(({ publicKey, influence }) => [publicKey, influence]))
    live(60_000)
    table.run(6000)
    const views = table.cores.map(core => new SocialBook(core).view())
    const relations = (view: (typeof views)[number]) => view.trust.map(({ from, to, trust }) => `${from}>${to}: ${trust}`).sort()
    expect(relations(views[0]!).length).toBeGreaterThan(3)
    expect(new Set(views[0]!.trust.map(({ from }) => from)).size).toBe(NODES)
    for (const view of views) expect(relations(view)).toEqual(relations(views[0]!))
    expect(views[0]!.influence.map(({ publicKey, influence }) => [publicKey, influence])).not.toEqual(before[0])
  })
})

describe('P100, P101, P102: news of the others', () => {
  it('who rests or comes back is shown so, and is no longer, or again, among those that memes are made for', () => {
    configure(0, configOf())
    const statusOf = (node: number) => table.cores.map(core => core.agent(table.cores[node]!.publicKey)?.status)
    const audience = () => lives[0]!.life().preferences.map(({ publicKey }) => publicKey)
    live(6000, [0])
    expect(audience()).toContain(hexOf(1))
    for (const [status, number] of [
      ['maintenance', AGENT_MAINTENANCE],
      ['inactive', AGENT_INACTIVE],
      ['active', AGENT_ACTIVE]
    ] as const) {
      send(1, { kind: 'profile', status })
      live(10_000, [0])
      expect(statusOf(1)).toEqual(Array.from({ length: NODES }, () => number))
      expect(agentsView(table.cores[2]!, new Set()).find(({ publicKey }) => publicKey === hexOf(1))?.status).toBe(status)
      expect(audience().includes(hexOf(1))).toBe(status === 'active')
    }
  })

  it('one bad piece of news is left out, and those around it are heard', () => {
    configure(0, configOf())
    live(6000, [0])
    // Node 1 may not answer a meme that nobody made; what nodes 2 and 3 say in the same blocks is not held up by it.
    expect(() => send(1, { kind: 'react', meme: 'ab'.repeat(32), reaction: 'love' })).not.toThrow()
    expect(table.submitted.at(-1)!.result.ok).toBe(false)
    send(2, { kind: 'profile', personality: 'greedy' })
    send(3, { kind: 'profile', personality: 'strategic' })
    live(10_000, [0])
    const types = Object.fromEntries(lives[0]!.life().preferences.map(({ publicKey, personality }) => [publicKey, personality]))
    expect([types[hexOf(2)], types[hexOf(3)]]).toEqual(['greedy', 'strategic'])
  })
})

describe('P027, P031, P032: whose configuration it follows', () => {
  it('the node holds it, and each part of the agent follows the one that is in force now', () => {
    configure(0, configOf({ meme: { enabled: false }, social: { allianceFormation: false } }))
    expect(table.cores[0]!.production.config.meme.enabled).toBe(false)
    const quiet = live(15_000, [0])[0]!.map(({ kind }) => kind)
    expect(quiet).not.toContain('meme')
    expect(quiet).not.toContain('propose-alliance')
    configure(0, configOf())
    const loud = live(30_000, [0])[0]!.map(({ kind }) => kind)
    expect(loud).toContain('meme')
    expect(loud).toContain('propose-alliance')
  })

  it('one agent’s configuration is nobody else’s', () => {
    configure(0, configOf({ meme: { creationStrategy: 'template' } }))
    configure(1, configOf({ meme: { enabled: false }, social: { relationshipStrategy: 'hermit' } }))
    const wanted = live(30_000, [0, 1])
    expect(wanted[0]!.some(({ kind }) => kind === 'meme')).toBe(true)
    expect(wanted[1]!.some(({ kind }) => kind === 'meme' || kind === 'interact' || kind === 'react')).toBe(false)
    expect([lives[0]!.life().memeStrategy, table.cores[1]!.production.config.social.relationshipStrategy]).toEqual(['template', 'hermit'])
  })
})

describe('D-01: moods of the emotional', () => {
  const EMOTIONAL = 3

  /** What its mood added to its judgement of each final block that somebody else made, by height. */
  function moods(): Map<number, number> {
    const core = table.cores[EMOTIONAL]!
    const found = new Map<number, number>()
    for (let entry = core.tree.get(core.tree.final.hash); entry !== undefined && entry.height > 0; entry = core.tree.get(entry.parent)) {
      const own = core.opinions.of(entry.height, entry.hash).find(({ agent }) => toHex(agent) === hexOf(EMOTIONAL))
      if (own === undefined || toHex(entry.header.proposer) === hexOf(EMOTIONAL)) continue
      found.set(entry.height, statedIn(own).reasons.find(({ code }) => reasonName(code) === 'mood')?.points ?? 0)
    }
    return found
  }

  it('somebody’s good meme makes it happy for four blocks, and whoever has the chain can tell', () => {
    for (let node = 0; node < NODES; node++) configure(node, configOf({ meme: { creationStrategy: 'adaptive' }, social: { allianceFormation: false } }))
    live(60_000)
    const memes = [...recentMemes(table.cores[0]!.head().state!)]
    expect(memes.some(({ quality }) => quality > 700)).toBe(true)
    const seen = moods()
    expect(new Set(seen.values())).toEqual(new Set([0, 100]))
    for (const [height, points] of seen) {
      const happy = memes.some(meme => meme.quality > 700 && meme.height < height && meme.height > height - 5)
      expect(points, `#${height}`).toBe(happy ? 100 : 0)
    }
  })

  it('an alliance of its own excites it as long; those of others leave it cold', () => {
    for (const [from, to] of [
      [0, 1],
      [2, EMOTIONAL]
    ] as const) {
      const { terms } = new SocialBook(table.cores[from]!).view().suggestions.find(({ publicKey }) => publicKey === hexOf(to))!
      send(from, { kind: 'propose-alliance', members: [hexOf(to)], purpose: 'blockProduction', label: '', terms })
      table.run(6000)
      const [offer] = new SocialBook(table.cores[to]!).view().alliances.filter(({ mine }) => mine)
      send(to, { kind: 'accept-alliance', alliance: offer!.id })
      table.run(14_000)
    }
    const formed = table.cores[EMOTIONAL]!.agent(table.cores[EMOTIONAL]!.publicKey)!.alliances.map(id => table.cores[0]!.head().state!.alliance(id)!.formedAt)
    expect(formed).toHaveLength(1)
    for (const [height, points] of moods()) expect(points, `#${height}`).toBe(height > formed[0]! && height < formed[0]! + 5 ? 100 : 0)
    expect([...moods().values()]).toContain(100)
  })
})
