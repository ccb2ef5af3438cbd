import { describe, expect, it } from 'vitest'
import { toHex } from '../core/bytes'
import type { VoteRow } from '../core/consensus/voteGuard'
import { VerificationCache } from '../core/crypto/verificationCache'
import { createSyncVerifier } from '../core/crypto/verifier'
import { decode } from '../core/codec'
import { TransferPayload } from '../core/schema'
import type { Genesis } from '../core/schema'
import { TX_TRANSFER } from '../core/state/transactions'
import { makeBlock, signerAt, TEST_TIME } from '../core/testing/network'
import { decodeMessage } from '../core/wire'
import { createNodeFast } from '../platform/crypto/nodeFast'
import { SNAPSHOT_EVERY } from './snapshots'
import { NodeCore } from './nodeCore'
import type { Stored } from './ports'
import { NodeTable } from './testing/table'

const verifier = createSyncVerifier({ cache: new VerificationCache(), fast: createNodeFast() })
const PARAMETERS = { minCommittee: 1, heartbeatTtl: 100_000 } satisfies Partial<Genesis>

/** Founders without names of their own, and guests who register by theirs. */
class Table extends NodeTable {
  constructor(founders: number, guests: string[] = [], parameters: Partial<Genesis> = PARAMETERS) {
    super({ verify: check => verifier.verify(check), founders, guests, parameters })
  }
}

const rootOf = (core: NodeCore) => toHex(core.tree.final.state!.root)

describe('a node alone (R11, M057)', () => {
  it('makes and finalises a block every interval', () => {
    const table = new Table(1)
    table.run(21_000)
    expect(table.finals(0)).toHaveLength(10)
    expect(table.events[0]!.filter(({ kind }) => kind === 'abstained' || kind === 'stalled')).toEqual([])
  })
})

describe('nodes together', () => {
  it.each([2, 4])('%i nodes come to the same final blocks and states (S1, S4, M058)', size => {
    const table = new Table(size)
    table.run(21_000)
    const finals = table.finals(0)
    expect(finals.length).toBeGreaterThanOrEqual(9)
    for (let node = 1; node < size; node++) {
      const shared = Math.min(finals.length, table.finals(node).length)
      expect(shared).toBeGreaterThanOrEqual(9)
      expect(table.finals(node).slice(0, shared)).toEqual(finals.slice(0, shared))
      if (table.cores[node]!.tree.final.hash === table.cores[0]!.tree.final.hash) expect(rootOf(table.cores[node]!)).toBe(rootOf(table.cores[0]!))
    }
  })

  it('a transfer is final on all nodes, once (S9, L2)', () => {
    const table = new Table(4)
    table.run(3000)
    const [from, to] = [signerAt(0).publicKey, signerAt(1).publicKey]
    table.submit(0, { kind: 'transfer', to, amount: 77n, fee: 2n })
    expect(table.submitted.at(-1)!.result.ok).toBe(true)
    table.submit(0, { kind: 'transfer', to, amount: 10n ** 15n, fee: 0n })
    table.run(12_000)
    for (const core of table.cores) {
      expect(core.tree.final.state!.agent(from)!.nonce).toBeGreaterThanOrEqual(1)
      expect(core.tree.final.state!.chain.transactions).toBe(1n)
      expect(core.tree.final.state!.agent(to)!.balance).toBeGreaterThanOrEqual(100_077n)
    }
  })

  it('a node that was closed with one on its way does not lose the next one, which it signed with the same nonce', () => {
    const table = new Table(3)
    table.run(3000)
    const to = signerAt(1).publicKey
    table.submit(0, { kind: 'transfer', to, amount: 500n, fee: 0n })
    table.run(30)
    table.open(0, table.disks[0]!.load())
    table.give(0, { type: 'links', peers: ['1', '2'] })
    table.submit(0, { kind: 'transfer', to, amount: 7000n, fee: 0n })
    expect(table.submitted.slice(-2).map(({ result }) => result.ok)).toEqual([true, true])
    table.run(20_000)
    for (const node of [0, 1, 2]) {
      const { tree } = table.cores[node]!
      const amounts: bigint[] = []
      for (let entry = tree.get(tree.final.hash); entry !== undefined; entry = tree.get(entry.parent))
        for (const { kind, payload } of entry.transactions ?? []) {
          const transfer = kind === TX_TRANSFER ? decode(TransferPayload, payload) : null
          if (transfer?.ok === true) amounts.push(transfer.value.amount)
        }
      expect(amounts.sort(), `node ${node}`).toEqual([500n, 7000n])
    }
  })

  it('what cannot be is refused at once, by code', () => {
    const table = new Table(1)
    const to = signerAt(1).publicKey
    table.submit(0, { kind: 'transfer', to, amount: 1n, fee: 0n })
    table.submit(0, { kind: 'register', name: ' ' })
    table.submit(0, { kind: 'transfer', to: signerAt(0).publicKey, amount: 1n, fee: 0n })
    expect(table.submitted.map(({ result }) => (result.ok ? 'ok' : result.code))).toEqual(['bad-recipient', 'bad-name', 'bad-recipient'])
  })

  it('a newcomer registers by itself, catches up and votes from the epoch after next (R9)', () => {
    const table = new Table(1, ['Nina'], { ...PARAMETERS, epochLength: 4 })
    table.run(40_000)
    const newcomer = signerAt(1).publicKey
    expect(table.cores[0]!.tree.final.state!.agent(newcomer)).not.toBeNull()
    expect(table.cores[0]!.rounds.setAt(table.cores[0]!.rounds.round)!.total).toBe(2)
    expect(table.disks[1]!.rows.some(row => row.kind === 'finalise')).toBe(true)
    expect(Math.abs(table.cores[0]!.tree.final.height - table.cores[1]!.tree.final.height)).toBeLessThanOrEqual(1)
    expect(table.events[0]!.filter(({ kind }) => kind === 'registered')).toHaveLength(1)
  })
})

describe('R6: persist before promising', () => {
  it('nothing leaves a node before its store has agreed; a refusal or a failure means to abstain', () => {
    const { network } = new Table(4)
    for (const outcome of [null, { ok: false as const, code: 'below-watermark' as const, existing: null }]) {
      const opened = NodeCore.open({ genesis: network.genesis, signer: signerAt(0), name: null }, null, TEST_TIME)
      if (!opened.ok) throw new Error(opened.code)
      const now = TEST_TIME + 2000
      const effects = opened.value.handle({ type: 'tick' }, now)
      const [asked] = effects.filter(effect => effect.type === 'store')
      expect(asked).toMatchObject({ row: { kind: 'propose', height: 1 } })
      expect(effects.filter(effect => effect.type === 'publish' && effect.topic !== 'presence')).toEqual([])
      const after = opened.value.handle({ type: 'stored', row: asked!.row, outcome }, now)
      expect(after.filter(effect => effect.type === 'publish' && effect.topic !== 'presence')).toEqual([])
      expect(after).toContainEqual({ type: 'event', event: { kind: 'abstained', height: 1, code: outcome?.code ?? 'store-failed' } })
    }
  })

  it('a vote goes out when the row is stored, and is the vote of that row', () => {
    const table = new Table(1)
    table.run(0)
    const core = table.cores[0]!
    const now = TEST_TIME + 2000
    const proposal = core.handle({ type: 'tick' }, now).find(effect => effect.type === 'store')!
    const afterProposal = core.handle({ type: 'stored', row: proposal.row, outcome: { ok: true } }, now)
    expect(afterProposal.filter(effect => effect.type === 'publish').map(effect => effect.topic)).toContain('announce')
    const vote = afterProposal.find(effect => effect.type === 'store')!
    expect(vote.row).toMatchObject({ kind: 'notarise', height: 1 })
    const sent = core.handle({ type: 'stored', row: vote.row, outcome: { ok: true } }, now).find(effect => effect.type === 'publish')!
    const decoded = decodeMessage(sent.bytes, ['vote'])
    expect(decoded.ok && toHex(decoded.value.value.hash)).toBe(vote.row.hash)
  })
})

describe('opening from a store', () => {
  function grown(ms: number): Table {
    const table = new Table(1)
    table.run(ms)
    return table
  }
  const reopen = (table: Table, stored: Stored) => NodeCore.open({ genesis: table.network.genesis, signer: signerAt(0), name: null }, stored, table.now)

  it('comes back to the same final block and state, with a snapshot and without, and goes on (S8)', () => {
    for (const heights of [10, SNAPSHOT_EVERY + 6]) {
      const table = grown(2000 * heights + 500)
      const { final } = table.cores[0]!.tree
      expect(final.height).toBe(heights)
      expect(table.disks[0]!.snapshot === null).toBe(heights < SNAPSHOT_EVERY)
      const root = rootOf(table.cores[0]!)
      table.open(0, table.disks[0]!.load())
      expect(table.cores[0]!.tree.final.hash).toBe(final.hash)
      expect(rootOf(table.cores[0]!)).toBe(root)
      table.run(6000)
      expect(table.cores[0]!.tree.final.height).toBeGreaterThanOrEqual(heights + 2)
    }
  })

  it('promises bind after a restart: what was notarised is remembered and counted, and nothing else is finalised (R5, S5)', () => {
    const table = new Table(4)
    table.run(2500)
    const stored = table.disks[0]!.load()
    const height = stored.final.height + 1
    const root = table.cores[0]!.tree.final
    const other = makeBlock(table.network, root, { rank: 3 })
    const rows: VoteRow[] = [
      { kind: 'notarise', height, hash: other.hash, parent: other.parent },
      { kind: 'propose', height, hash: 'ab', parent: root.hash }
    ]
    const opened = reopen(table, { ...stored, votes: rows })
    expect(opened.ok).toBe(true)
    if (!opened.ok) return
    const record = opened.value.rounds.record(height)
    expect([...record.promised]).toEqual([other.hash])
    expect(record.proposedOn.has(root.hash)).toBe(true)
    expect(record.notarise.get(other.hash)?.size, 'its own vote is signed and counted again').toBe(1)
    const effects = opened.value.handle({ type: 'tick' }, table.now + 60_000)
    expect(effects.filter(effect => effect.type === 'store' && effect.row.kind === 'propose' && effect.row.height === height)).toEqual([])
  })

  it('a killed node takes up where it was and does not contradict itself', () => {
    const table = new Table(4)
    for (let i = 0; i < 12; i++) {
      table.run(1730)
      table.open(i % 4, table.disks[i % 4]!.load())
      table.give(i % 4, { type: 'links', peers: table.others(i % 4).map(String) })
    }
    table.run(20_000)
    const heights = table.cores.map(core => core.tree.final.height)
    expect(Math.min(...heights)).toBeGreaterThan(10)
    for (const disk of table.disks) {
      for (const a of disk.rows)
        for (const b of disk.rows) if (a.height === b.height && a.kind === 'finalise' && b.kind !== 'propose') expect(b.hash).toBe(a.hash)
    }
    const finals = new Map<number, string>()
    for (const events of table.events) {
      for (const event of events) {
        if (event.kind !== 'final') continue
        expect(finals.get(event.height) ?? event.hash, `height ${event.height}`).toBe(event.hash)
        finals.set(event.height, event.hash)
      }
    }
  })

  it('a store that does not hold together is told, never guessed at', () => {
    const table = grown(2000 * (SNAPSHOT_EVERY + 3) + 500)
    const stored = table.disks[0]!.load()
    const { snapshot } = stored
    expect(reopen(table, stored).ok).toBe(true)
    const cut = { ...snapshot!, manifest: snapshot!.manifest.slice(0, 100) }
    const flipped = { ...snapshot!, manifest: snapshot!.manifest.map((byte, i) => (i === 3 ? byte ^ 1 : byte)) }
    const broken: [string, Stored][] = [
      ['a block cut short', { ...stored, blocks: stored.blocks.map((block, i) => (i === 1 ? { ...block, bytes: block.bytes.slice(0, 50) } : block)) }],
      ['the block of the snapshot is gone', { ...stored, blocks: stored.blocks.slice(1) }],
      ['a block between snapshot and final is gone', { ...stored, blocks: stored.blocks.filter((_, i) => i !== 1) }],
      ['the final block is gone', { ...stored, final: { ...stored.final, hash: 'ff'.repeat(32) } }],
      ['a snapshot cut short', { ...stored, snapshot: cut }],
      ['a snapshot with another bit', { ...stored, snapshot: flipped }],
      ['all blocks are gone', { ...stored, snapshot: null, blocks: [] }]
    ]
    for (const [what, damaged] of broken) expect(reopen(table, damaged), what).toMatchObject({ ok: false, code: 'damaged-store' })
  })
})
