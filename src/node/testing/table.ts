/**
 * Nodes that are driven by hand, for tests: one clock, a queue of deliveries, a plain disk each. No network, no timer, no faults; everybody hears everybody after the
 * same delay.
 */
import { toHex } from '../../core/bytes'
import { encode } from '../../core/codec'
import { admitVote } from '../../core/consensus/voteGuard'
import type { VoteRow } from '../../core/consensus/voteGuard'
import type { SignatureCheck } from '../../core/crypto/ed25519'
import { assert, fail } from '../../core/result'
import { Genesis } from '../../core/schema'
import { messageId } from '../../core/signing'
import type { Personality } from '../../core/taste/personalities'
import { createNetwork, signerAt, TEST_TIME } from '../../core/testing/network'
import { Ingress, isRefusal } from '../ingress'
import type { CoreEvent, Effect, Input, Intent } from '../messages'
import { NodeCore } from '../nodeCore'
import type { LoadedSnapshot, Stored, StoredBlock, StoredCertificate } from '../ports'
import { rangeReply } from '../serveRange'

const LATENCY_MS = 20

/** What a store keeps, in the plainest way. */
class Disk {
  final = { height: 0, hash: '' }
  snapshot: LoadedSnapshot | null = null
  readonly chunks = new Map<string, Uint8Array>()
  readonly rows: VoteRow[] = []
  readonly blocks = new Map<string, StoredBlock>()
  readonly certificates: StoredCertificate[] = []
  constructor(readonly genesis: Uint8Array) {}

  keep(effect: Extract<Effect, { type: 'commit' }>): void {
    const { blocks, certificates, final, snapshot, removeBlocks } = effect.batch
    for (const hash of removeBlocks) this.blocks.delete(hash)
    for (const block of blocks) this.blocks.set(block.hash, block)
    this.certificates.push(...certificates)
    this.final = final ?? this.final
    for (const { root, bytes } of snapshot?.chunks ?? []) this.chunks.set(root, bytes)
    if (snapshot !== null) this.snapshot = { ...snapshot.snapshot, chunks: this.chunks }
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

export interface TableSetup {
  /** Does this signature hold? */
  verify: (check: SignatureCheck) => boolean
  founders: number
  /** Names of nodes that are not founders and register by themselves. */
  guests?: readonly string[]
  parameters: Partial<Genesis>
  /** By number of the node; left out: no personality. */
  personality?: (node: number) => Personality | undefined
}

export class NodeTable {
  now = TEST_TIME
  readonly disks: Disk[] = []
  readonly cores: NodeCore[] = []
  readonly doors: Ingress[] = []
  readonly events: CoreEvent[][] = []
  readonly wakes: number[] = []
  readonly submitted: Extract<Effect, { type: 'submitted' }>[] = []
  /** All that was handed to gossip, in order. */
  readonly published: { node: number; at: number; bytes: Uint8Array }[] = []
  readonly network
  /** Nodes that are gone: they hear, say and do nothing. */
  readonly #gone = new Set<number>()
  #queue: { at: number; run: () => void }[] = []

  constructor(readonly setup: TableSetup) {
    const { founders, guests = [], parameters } = setup
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
    const personality = this.setup.personality?.(node)
    const opened = NodeCore.open({ genesis: this.network.genesis, signer: signerAt(node), name, personality }, stored, this.now)
    assert(opened.ok, 'a node opens on its own disk')
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

  /** This node is gone for good. */
  cut(node: number): void {
    this.#gone.add(node)
    this.wakes[node] = Infinity
  }

  give(node: number, input: Input): Effect[] {
    if (this.#gone.has(node)) return []
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
    else if (effect.type === 'keepChunks') {
      for (const { root, bytes } of effect.chunks) this.disks[node]!.chunks.set(root, bytes)
      this.#later(() => this.cores[node] === core && this.give(node, { type: 'chunksKept', roots: effect.chunks.map(({ root }) => root) }))
    } else if (effect.type === 'findChunks') {
      const { chunks } = this.disks[node]!
      const found = effect.roots.flatMap(root => (chunks.has(root) ? [{ root, bytes: chunks.get(root)! }] : []))
      this.#later(() => this.cores[node] === core && this.give(node, { type: 'chunks', chunks: found, last: true }))
    } else if (effect.type === 'publish') {
      this.published.push({ node, at: this.now, bytes: effect.bytes })
      for (const other of this.others(node)) this.#later(() => this.#hear(other, node, effect))
    } else if (effect.type === 'request') this.#later(() => this.#ask(Number(effect.to), node, core, effect))
    else if (effect.type === 'store') this.#later(() => this.cores[node] === core && this.#store(node, effect))
  }

  #store(node: number, { row, blocks }: Extract<Effect, { type: 'store' }>): void {
    const disk = this.disks[node]!
    const proven = disk.certificates.some(({ kind, hash }) => kind === 'notarise' && hash === row.hash)
    assert(row.kind !== 'finalise' || proven, 'who promises to finalise has the certificate that ended the round on its disk already')
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
      opened.checks.map(check => this.setup.verify(check))
    )
    assert(!isRefusal(message), 'an honest node signs what it says')
    this.give(node, { type: 'gossip', from: String(from), message })
  }

  #ask(node: number, from: number, asker: NodeCore, { id, name, bytes, to }: Extract<Effect, { type: 'request' }>): void {
    const opened = this.doors[node]!.openRequest(String(from), bytes, this.now)
    assert(!isRefusal(opened), 'an honest request is let in')
    const message = this.doors[node]!.admit(
      opened,
      opened.checks.map(check => this.setup.verify(check))
    )
    assert(!isRefusal(message), 'an honest request is well signed')
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
          opened.checks.map(check => this.setup.verify(check))
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
