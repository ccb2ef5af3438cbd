import { describe, expect, it } from 'vitest'
import { toHex } from '../core/bytes'
import { encode } from '../core/codec'
import { admitVote } from '../core/consensus/voteGuard'
import type { VoteRow } from '../core/consensus/voteGuard'
import { VerificationCache } from '../core/crypto/verificationCache'
import { createSyncVerifier } from '../core/crypto/verifier'
import { fail } from '../core/result'
import { Genesis } from '../core/schema'
import { messageId } from '../core/signing'
import { createNetwork, makeBlock, signerAt, TEST_TIME } from '../core/testing/network'
import { decodeMessage } from '../core/wire'
import { createNodeFast } from '../platform/crypto/nodeFast'
import { Ingress, isRefusal } from './ingress'
import type { CoreEvent, Effect, Input, Intent } from './messages'
import { NodeCore, SNAPSHOT_EVERY } from './nodeCore'
import type { Stored, StoredBlock, StoredCertificate, StoredSnapshot } from './ports'
import { rangeReply } from './serveRange'

const verifier = createSyncVerifier({ cache: new VerificationCache(), fast: createNodeFast() })
const LATENCY_MS = 20
const PARAMETERS = { minCommittee: 1, heartbeatTtl: 100_000 } satisfies Partial<Genesis>

/** What a store keeps, in the plainest way. */
class Disk {
  final = { height: 0, hash: '' }
  snapshot: StoredSnapshot | null = null
  readonly rows: VoteRow[] = []
  readonly blocks = new Map<string, StoredBlock>()
  readonly certificates: StoredCertificate[] = []
  constructor(readonly genesis: Uint8Array) {}

  keep(effect: Extract<Effect, { type: 'commit' }>): void {
    const { blocks, certificates, final, snapshot, removeBlocks } = effect.batch
    for (const block of blocks) this.blocks.set(block.hash, block)
    for (const hash of removeBlocks) this.blocks.delete(hash)
    this.certificates.push(...certificates)
    this.final = final ?? this.final
    this.snapshot = snapshot ?? this.snapshot
  }

  load(): Stored {
    const from = this.snapshot?.height ?? 0
    const blocks = [...this.blocks.values()].filter(block => block.height >= from).sort((a, b) => a.height - b.height)
    return {
      genesis: this.genesis,
      final: this.final,
      snapshot: this.snapshot,
      blocks,
      certificates: this.certificates,
      votes: this.rows.filter(row => row.height > this.final.height)
    }
  }
}

/** Nodes that are driven by hand: one clock, a queue of deliveries, a plain disk each. No network, no timer. */
class Table {
  now = TEST_TIME
  readonly disks: Disk[] = []
  readonly cores: NodeCore[] = []
  readonly doors: Ingress[] = []
  readonly events: CoreEvent[][] = []
  readonly wakes: number[] = []
  readonly submitted: Extract<Effect, { type: 'submitted' }>[] = []
  readonly network
  #queue: { at: number; run: () => void }[] = []

  constructor(founders: number, guests: string[] = [], parameters: Partial<Genesis> = PARAMETERS) {
    this.network = createNetwork(founders, parameters)
    for (let i = 0; i < founders + guests.length; i++) {
      this.disks.push(new Disk(encode(Genesis, this.network.genesis)))
      this.open(i, null, guests[i - founders] ?? null)
    }
    for (let i = 0; i < this.cores.length; i++) this.give(i, { type: 'links', peers: this.others(i).map(String) })
  }

  others(node: number): number[] {
    return this.cores.map((_, i) => i).filter(i => i !== node)
  }

  open(node: number, stored: Stored | null, name: string | null = null): void {
    const opened = NodeCore.open({ genesis: this.network.genesis, signer: signerAt(node), name }, stored, this.now)
    if (!opened.ok) throw new Error(opened.detail)
    const core = opened.value
    this.cores[node] = core
    this.events[node] ??= []
    this.wakes[node] = this.now
    this.doors[node] = new Ingress({
      networkId: core.networkId,
      finalHeight: () => core.tree.final.height,
      isMember: (key, height) => core.rounds.setAt(height)?.weights.has(toHex(key)) ?? null,
      isAgent: key => core.agent(key) !== null
    })
  }

  give(node: number, input: Input): Effect[] {
    const effects = this.cores[node]!.handle(input, this.now)
    for (const effect of effects) this.#perform(node, effect)
    return effects
  }

  #later(run: () => void): void {
    this.#queue.push({ at: this.now + LATENCY_MS, run })
  }

  #perform(node: number, effect: Effect): void {
    const core = this.cores[node]!
    if (effect.type === 'wake') this.wakes[node] = effect.at
    else if (effect.type === 'event') this.events[node]!.push(effect.event)
    else if (effect.type === 'submitted') this.submitted.push(effect)
    else if (effect.type === 'commit') this.disks[node]!.keep(effect)
    else if (effect.type === 'publish') for (const other of this.others(node)) this.#later(() => this.#hear(other, node, effect))
    else if (effect.type === 'request') this.#later(() => this.#ask(Number(effect.to), node, core, effect))
    else if (effect.type === 'store') this.#later(() => this.cores[node] === core && this.#store(node, effect))
  }

  #store(node: number, { row, blocks }: Extract<Effect, { type: 'store' }>): void {
    const disk = this.disks[node]!
    const outcome = admitVote(
      disk.rows.filter(old => old.height === row.height),
      0,
      row
    )
    if (outcome.ok) {
      disk.rows.push(row)
      for (const block of blocks) disk.blocks.set(block.hash, block)
    }
    this.give(node, { type: 'stored', row, outcome })
  }

  #hear(node: number, from: number, { topic, bytes }: Extract<Effect, { type: 'publish' }>): void {
    const door = this.doors[node]!
    const opened = door.openGossip(String(from), topic, bytes, messageId(bytes), this.now)
    if (isRefusal(opened)) return
    const message = door.admit(
      opened,
      opened.checks.map(check => verifier.verify(check))
    )
    expect(isRefusal(message), 'an honest node signs what it says').toBe(false)
    if (!isRefusal(message)) this.give(node, { type: 'gossip', from: String(from), message })
  }

  #ask(node: number, from: number, asker: NodeCore, { id, name, bytes, to }: Extract<Effect, { type: 'request' }>): void {
    const opened = this.doors[node]!.openRequest(String(from), bytes, this.now)
    if (isRefusal(opened)) throw new Error(opened.code)
    const message = this.doors[node]!.admit(
      opened,
      opened.checks.map(check => verifier.verify(check))
    )
    if (isRefusal(message)) throw new Error(message.code)
    for (const effect of this.give(node, { type: 'request', id: 1, from: String(from), message })) {
      if (effect.type !== 'reply' && effect.type !== 'serveRange') continue
      const reply = effect.type === 'reply' ? effect.bytes : this.#range(node, effect.from, effect.count)
      this.#later(() => this.cores[from] === asker && this.#reply(from, id, to, name, reply))
    }
  }

  #range(node: number, from: number, count: number): Uint8Array {
    const disk = this.disks[node]!
    const finals = [...disk.blocks.values()]
      .filter(({ height }) => height >= from && height < from + count && height <= disk.final.height)
      .sort((a, b) => a.height - b.height)
    return rangeReply(
      { range: () => finals, certificate: height => disk.certificates.find(each => each.kind === 'finalise' && each.height === height) ?? null },
      from,
      count
    )
  }

  #reply(node: number, id: number, from: string, name: Extract<Effect, { type: 'request' }>['name'], bytes: Uint8Array): void {
    const opened = this.doors[node]!.openReply(name, bytes)
    const message = isRefusal(opened)
      ? opened
      : this.doors[node]!.admit(
          opened,
          opened.checks.map(check => verifier.verify(check))
        )
    this.give(node, { type: 'reply', id, from, result: isRefusal(message) ? fail('bad-reply', message.code) : { ok: true, value: message } })
  }

  /** Lets virtual time pass. */
  run(ms: number): void {
    const until = this.now + ms
    for (;;) {
      this.#queue.sort((a, b) => a.at - b.at)
      const next = this.#queue[0]
      const wake = Math.min(...this.wakes)
      if (Math.min(next?.at ?? Infinity, wake) > until) break
      if (next !== undefined && next.at <= wake) {
        this.#queue.shift()
        this.now = Math.max(this.now, next.at)
        next.run()
      } else {
        const node = this.wakes.indexOf(wake)
        this.now = Math.max(this.now, wake)
        this.wakes[node] = Infinity
        this.give(node, { type: 'tick' })
      }
    }
    this.now = until
  }

  submit(node: number, intent: Intent): void {
    this.give(node, { type: 'submit', id: 1, intent })
  }

  finals(node: number): string[] {
    return this.events[node]!.flatMap(event => (event.kind === 'final' ? [event.hash] : []))
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
      expect(core.tree.final.state!.view.chain.transactions).toBe(1n)
      expect(core.tree.final.state!.agent(to)!.balance).toBeGreaterThanOrEqual(100_077n)
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
    const cut = { ...snapshot!, bytes: snapshot!.bytes.slice(0, 100) }
    const flipped = { ...snapshot!, bytes: snapshot!.bytes.map((byte, i) => (i === 3 ? byte ^ 1 : byte)) }
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
