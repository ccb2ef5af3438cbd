/** A producer at work in a real node: configuration, script decisions, and the trace of each attempt. */
import { describe, expect, it, vi } from 'vitest'
import type { ProducerConfig } from '../agent/config/config'
import { DEFAULT_CONFIG } from '../agent/config/config'
import type { Decision } from '../agent/script/decision'
import { toHex } from '../core/bytes'
import { encode } from '../core/codec'
import { VerificationCache } from '../core/crypto/verificationCache'
import { createSyncVerifier } from '../core/crypto/verifier'
import { FAMILIES } from '../core/families/registry'
import { playgroundConfig } from '../core/genesis'
import { TransactionList } from '../core/schema'
import { signerAt } from '../core/testing/network'
import { createNodeFast } from '../platform/crypto/nodeFast'
import { ATTEMPTS_KEPT } from './production'
import { NodeTable } from './testing/table'

const verifier = createSyncVerifier({ cache: new VerificationCache(), fast: createNodeFast() })
const DECISION: Decision = { produce: true, maxTransactions: null, ordering: null, weights: null, transfers: [], social: null, memory: null, note: '' }
/** Of the table's network, ms. */
const INTERVAL_MS = 2000

class Table extends NodeTable {
  constructor(founders = 1) {
    super({ verify: check => verifier.verify(check), founders, parameters: { minCommittee: 1, heartbeatTtl: 100_000 } })
  }
  configure(change: Partial<ProducerConfig>, node = 0): void {
    this.give(node, { type: 'configure', config: { ...DEFAULT_CONFIG, ...change } })
  }
  /** Bodies of the final blocks still in memory, by height. */
  bodies() {
    const { tree } = this.cores[0]!
    return Array.from({ length: tree.final.height }, (_, i) => tree.at(i + 1)[0]!.transactions!)
  }
  transfers(count: number, node = 0): void {
    for (let i = 0; i < count; i++) this.submit(node, { kind: 'transfer', to: signerAt(1).publicKey, amount: 1n, fee: BigInt(i % 3) })
  }
  /** Starts of the blocks that this node made. */
  starts(): number[] {
    return this.cores[0]!.production.attempts()
      .flatMap(({ steps }) => steps.filter(({ name }) => name === 'select').map(({ at }) => at))
      .sort((a, b) => a - b)
  }
}

describe('P014, F-34: own interval', () => {
  it('blocks begin no closer than the interval, measured from start to start', () => {
    const table = new Table()
    table.configure({ blockIntervalMs: 5 * INTERVAL_MS + 300 })
    table.run(60_000)
    const starts = table.starts()
    expect(starts.length).toBeGreaterThan(3)
    for (let i = 1; i < starts.length; i++) {
      expect(starts[i]! - starts[i - 1]!).toBeGreaterThanOrEqual(5 * INTERVAL_MS + 300)
      // A turn that comes too soon is used late, not lost.
      expect(starts[i]! - starts[i - 1]!).toBeLessThan(5 * INTERVAL_MS + 600)
    }
  })

  it('a turn that another used meanwhile is passed, with the reason', () => {
    const table = new Table(4)
    table.configure({ blockIntervalMs: 3_600_000 })
    table.run(40_000)
    const { attempts, metrics } = { attempts: table.cores[0]!.production.attempts(), metrics: table.cores[0]!.production.metrics(0) }
    expect(metrics.blocksMade).toBe(1)
    expect(metrics.passed).toBeGreaterThan(1)
    expect(attempts.find(({ outcome }) => outcome === 'passed')).toMatchObject({ reason: 'interval', steps: [{ name: 'result' }] })
    expect(table.cores[0]!.tree.final.height).toBeGreaterThan(5)
  })
})

describe('P015, P016, P034: limits that change while the node runs', () => {
  it('hold from the next own block on, without a restart', () => {
    const table = new Table(2)
    table.run(4500)
    table.configure({ maxTransactions: 2 })
    table.configure({ maxTransactions: 2 }, 1)
    const from = table.cores[0]!.tree.final.height + 2
    table.transfers(20)
    table.run(30_000)
    const bodies = table.bodies()
    expect(bodies.slice(from).every(body => body.length <= 2)).toBe(true)
    expect(bodies.slice(from).filter(body => body.length === 2).length).toBeGreaterThan(5)
    table.configure({})
    table.configure({}, 1)
    table.transfers(20)
    table.run(8000)
    expect(Math.max(...table.bodies().map(body => body.length))).toBeGreaterThan(10)
  })

  it('P015: no own body exceeds its bytes, and the trace says what was left out', () => {
    const table = new Table(2)
    for (const node of [0, 1]) table.configure({ maxBlockSize: 1024 }, node)
    table.transfers(30)
    table.run(12_000)
    expect(Math.max(...table.bodies().map(body => encode(TransactionList, body).length))).toBeLessThanOrEqual(1024)
    const full = table.cores.flatMap(core => core.production.attempts()).filter(attempt => attempt.full > 0)
    expect(full.length).toBeGreaterThan(0)
    for (const { bytes, maxBytes } of full) expect(bytes).toBeGreaterThan(maxBytes / 2)
  })

  it('P028: the pool is as large as ten full blocks', () => {
    const table = new Table()
    table.configure({ maxTransactions: 8 })
    expect(table.cores[0]!.mempool.capacity).toBe(80)
  })
})

describe('P035–P044, P095: the trace of an attempt', () => {
  it('takes its steps in order, and ends accepted', () => {
    const table = new Table()
    table.run(5000)
    const attempt = table.cores[0]!.production.attempts().at(-1)!
    expect(attempt.outcome).toBe('accepted')
    expect(attempt.steps.map(({ name }) => name)).toEqual(['select', 'build', 'store', 'announce', 'notarised', 'result'])
    expect(attempt.steps.map(({ at }) => at)).toEqual(attempt.steps.map(({ at }) => at).sort((a, b) => a - b))
  })

  it('P039, P040: height and parent are those of the block', () => {
    const table = new Table()
    table.run(9000)
    const { tree, production } = table.cores[0]!
    const made = production.attempts().filter(({ outcome }) => outcome === 'accepted')
    expect(made.length).toBeGreaterThan(2)
    for (const { hash, height, tip } of made) {
      expect(tree.get(hash!)?.height).toBe(height)
      expect(tree.get(hash!)?.parent).toBe(tip)
      expect(tree.get(tip)?.height).toBe(height - 1)
    }
  })

  it('P044: a step that fails ends the attempt with its reason', () => {
    const table = new Table()
    // The disk says no to the next promise.
    const core = table.cores[0]!
    const store = table.wakes[0]!
    table.now = store
    const effects = core.handle({ type: 'tick' }, store)
    const asked = effects.find(effect => effect.type === 'store')!
    core.handle({ type: 'stored', row: asked.row, outcome: null }, store)
    expect(core.production.attempts()[0]).toMatchObject({ outcome: 'failed', reason: 'store-failed' })
    expect(core.production.metrics(0)).toMatchObject({ failed: 1, blocksMade: 0, acceptanceMilli: 0 })
  })

  it('P033: counts, and keeps a bounded ring', () => {
    const table = new Table()
    table.run((ATTEMPTS_KEPT + 10) * INTERVAL_MS)
    const { production } = table.cores[0]!
    expect(production.attempts()).toHaveLength(ATTEMPTS_KEPT)
    const { blocksMade, accepted, acceptanceMilli } = production.metrics(0)
    expect(blocksMade).toBeGreaterThan(ATTEMPTS_KEPT)
    expect(accepted).toBeGreaterThanOrEqual(blocksMade - 1)
    expect(acceptanceMilli).toBe(1000)
  })

  it('P096: of four producers some lose, and who loses knows', () => {
    const table = new Table(4)
    table.run(40_000)
    const all = table.cores.map(core => core.production.metrics(0))
    const accepted = all.reduce((sum, metrics) => sum + metrics.accepted, 0)
    expect(accepted).toBeGreaterThanOrEqual(table.cores[0]!.tree.final.height - 1)
    for (const metrics of all) expect(metrics.accepted + metrics.lost + metrics.failed).toBeLessThanOrEqual(metrics.blocksMade + metrics.failed)
  })
})

describe('what a script decides', () => {
  it('letting a turn pass holds for its height only', () => {
    const table = new Table()
    table.run(4500)
    const core = table.cores[0]!
    const height = core.rounds.round
    table.give(0, { type: 'decide', height, decision: { ...DECISION, produce: false, note: 'not now' } })
    table.run(10_000)
    expect(core.tree.final.height).toBe(height - 1)
    expect(core.production.attempts()[0]).toMatchObject({ height, outcome: 'waiting', reason: 'script', scripted: true, note: 'not now' })
    table.give(0, { type: 'decide', height, decision: null })
    table.run(4000)
    expect(core.tree.final.height).toBeGreaterThan(height)
  })

  it('fewer transactions than the person allows; order as it asks', () => {
    const table = new Table(2)
    table.run(4500)
    table.transfers(5)
    for (const node of [0, 1])
      table.give(node, { type: 'decide', height: table.cores[node]!.rounds.round, decision: { ...DECISION, maxTransactions: 1, ordering: 'age' } })
    const height = table.cores[0]!.rounds.round
    table.run(10_000)
    const bodies = table.bodies()
    expect(bodies[height - 1]).toHaveLength(1)
    expect(bodies[height]!.length).toBeGreaterThan(1)
  })

  it('a decision about another height is none', () => {
    const table = new Table()
    table.give(0, { type: 'decide', height: 99, decision: { ...DECISION, produce: false } })
    table.run(9000)
    expect(table.cores[0]!.tree.final.height).toBeGreaterThan(2)
    expect(toHex(table.cores[0]!.publicKey)).toBe(toHex(signerAt(0).publicKey))
  })
})

describe('P107, D-10: whose turn it is', () => {
  it.each(FAMILIES.map(family => [family.name, family] as const))('%s: its own rule is asked at every height, and decides', (_, family) => {
    const table = new NodeTable({
      verify: check => verifier.verify(check),
      founders: 4,
      parameters: { config: playgroundConfig(family.defaultConfig(0)), minCommittee: 1, heartbeatTtl: 100_000 }
    })
    table.run(20_000)
    const [core] = table.cores
    const asked: number[] = []
    const { turnOf } = core!.rounds.family
    const rules = vi.spyOn(core!.rounds.family, 'turnOf').mockImplementation((parent, self, clock) => {
      asked.push(parent.height + 1)
      return turnOf(parent, self, clock)
    })
    const from = core!.tree.final.height
    table.run(30_000)
    expect(core!.tree.final.height).toBeGreaterThan(from + 3)
    for (let height = from + 3; height <= core!.tree.final.height; height++) expect(asked).toContain(height)
    // Told that it never has a turn, it makes nothing more, and the others go on.
    rules.mockImplementation(() => null)
    table.run(4000)
    const made = core!.production.metrics(0).blocksMade
    const before = core!.tree.final.height
    table.run(30_000)
    expect(core!.production.metrics(0).blocksMade).toBe(made)
    expect(core!.tree.final.height).toBeGreaterThan(before)
    rules.mockRestore()
  })
})
