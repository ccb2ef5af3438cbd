/** The way to a later state, without nodes: who is asked for what, whom a lie costs, what a restart keeps. */
import { describe, expect, it } from 'vitest'
import { equalBytes, toHex, u32le } from '../bytes'
import { taggedHash } from '../crypto/hash'
import { genesisTrust, lightNetwork, makeStateHeader } from '../light/stateHeader'
import { nameToBytes } from '../names'
import type { Block } from '../schema'
import { transactionRoot } from '../signing'
import { newAgent } from '../state/agents'
import { chunkOf, manifestOf } from '../state/chunks'
import { StateIndex } from '../state/worldState'
import type { WorldState } from '../state/worldState'
import { finalisedBy, headerOver } from '../testing/lightChain'
import { createNetwork } from '../testing/network'
import { SnapshotSync } from './snapshotSync'
import type { Ask } from './snapshotSync'

const HEIGHT = 9
const network = createNetwork(4)
const genesis = network.tree.final.state!
const signers = new Map(network.signers.map(signer => [toHex(signer.publicKey), signer]))
const light = lightNetwork(network.genesis)
const trusted = genesisTrust(network.genesis)

/** What a peer has that is at `height`: the state with so many agents more than genesis, certified by the members of the genesis. */
function snapshotAt(height: number, agents: number, members = network.signers) {
  const edit = genesis.edit()
  for (let i = 0; i < agents; i++) edit.append(newAgent(taggedHash('agent', u32le(i)), nameToBytes(`Agent ${i}`), 5n, 1))
  edit.chain.height = height
  const state = edit.finish()
  const header = { ...headerOver(state, height), txRoot: transactionRoot([]) }
  const entries = members.map(({ publicKey }) => ({ publicKey, weight: 1 }))
  const block: Block = { header, signature: new Uint8Array(64), transactions: [] }
  const manifest = manifestOf(state)
  const chunks = new Map(manifest.places.map(place => [place.root, chunkOf(state, place)]))
  const stateHeader = makeStateHeader(header, state, finalisedBy(network.networkId, header, entries, signers))
  return { state, manifest: manifest.bytes, chunks, reply: { headers: [stateHeader], blocks: [block], manifest: manifest.bytes } }
}
type Snapshot = ReturnType<typeof snapshotAt>

const big = snapshotAt(HEIGHT, 7000)
const small = snapshotAt(HEIGHT, 100)

/** Drives one sync by hand: `asks` are under way until they are answered. */
class Bench {
  readonly asks = new Map<number, Ask>()
  readonly penalised: [peer: string, reason: string][] = []
  now = 0
  #id = 0
  readonly sync: SnapshotSync

  constructor(peers: readonly string[], own: WorldState = genesis, above = 0) {
    this.sync = new SnapshotSync(light, trusted, own, above)
    this.sync.setPeers(peers)
  }

  ask(room = 100): Ask[] {
    const asks = this.sync.wants(this.now, room)
    for (const ask of asks) {
      this.asks.set(++this.#id, ask)
      this.sync.sent(this.#id, ask)
    }
    return asks
  }

  /** Answers what this peer was asked, the oldest first; `with` stands for its copy of the world. */
  answer(peer: string, { reply, chunks }: Pick<Snapshot, 'reply' | 'chunks'>): boolean {
    const found = [...this.asks].find(([, ask]) => ask.peer === peer)
    if (found === undefined) return false
    const [id, ask] = found
    this.asks.delete(id)
    const reason =
      ask.kind === 'manifest'
        ? this.sync.takeManifest(id, reply)
        : ask.kind === 'stateHeader'
          ? this.sync.takeStateHeader(id, null)
          : this.sync.takeChunks(
              id,
              ask.roots.map(root => chunks.get(root) ?? new Uint8Array(0))
            )
    if (reason !== null) this.penalised.push([peer, reason])
    if (this.sync.phase === 'stored') this.sync.takeStored([], true)
    return true
  }

  fail(peer: string): void {
    for (const [id, ask] of this.asks) if (ask.peer === peer && this.asks.delete(id)) this.sync.failed(id, this.now)
  }

  /** Honest peers answer everything, in turns; the others never. @returns rounds until it was over */
  run(world: Readonly<Record<string, Pick<Snapshot, 'reply' | 'chunks'>>>): number {
    for (let round = 0; round < 1000; round++, this.now += 100) {
      this.ask()
      for (const [peer, copy] of Object.entries(world)) this.answer(peer, copy)
      if (this.sync.phase === 'complete' || this.sync.phase === 'failed') return round
    }
    return Infinity
  }
}

const damagedChunks = (snapshot: Snapshot) => ({
  ...snapshot,
  chunks: new Map([...snapshot.chunks].map(([root, bytes]) => [root, bytes.map((byte, i) => (i === 40 ? byte ^ 1 : byte))]))
})

describe('from a trusted state to a later one (T057–T065)', () => {
  it('asks all peers at once, each for other parts, and ends with the state that the header names (T062, T065)', () => {
    const bench = new Bench(['a', 'b', 'c', 'd'])
    bench.ask()
    bench.answer('a', big)
    const asks = bench.ask()
    expect(new Set(asks.map(({ peer }) => peer))).toEqual(new Set(['a', 'b', 'c', 'd']))
    const roots = asks.flatMap(ask => (ask.kind === 'chunks' ? ask.roots : []))
    expect(new Set(roots).size).toBe(roots.length)
    bench.run({ a: big, b: big, c: big, d: big })
    const { state, header } = bench.sync.outcome(new StateIndex())
    expect(state.root).toEqual(header.header.stateRoot)
    expect(equalBytes(state.encode(), big.state.encode())).toBe(true)
    expect(state.agent(taggedHash('agent', u32le(6999)))?.balance).toBe(5n)
  })

  it('asks only for what its own state does not have (T061)', () => {
    const bench = new Bench(['a'], small.state)
    bench.ask()
    bench.answer('a', big)
    const { done, total } = bench.sync.progress
    expect(done).toBeGreaterThan(0)
    expect(bench.sync.missing()).toHaveLength(total - done)
    const own = new Set(manifestOf(small.state).places.map(({ root }) => root))
    expect(bench.sync.missing().filter(root => own.has(root))).toEqual([])
  })

  it('a liar is named with its lie, asked no more, and held up nobody (T059)', () => {
    const bench = new Bench(['a', 'liar', 'c'])
    bench.run({ a: big, liar: damagedChunks(big), c: big })
    expect(bench.sync.phase).toBe('complete')
    expect(bench.penalised).toEqual([['liar', expect.stringMatching(/^chunk: /)]])
    expect(bench.sync.progress.peers).toBe(2)
  })

  it('a peer that never answers holds up nothing: what it owes goes to others once nothing else is left (T062)', () => {
    const bench = new Bench(['a', 'b', 'stalled'])
    expect(bench.run({ a: big, b: big })).toBeLessThan(20)
    expect(bench.sync.phase).toBe('complete')
    expect([...bench.asks.values()].every(({ peer }) => peer === 'stalled')).toBe(true)
  })

  it('who fails rests, and after some failures is left alone; nobody left is the end', () => {
    const bench = new Bench(['a'])
    bench.ask()
    for (let i = 0; i < 4; i++) {
      bench.fail('a')
      expect(bench.ask()).toEqual([])
      bench.now = Math.min(bench.sync.wakeAt(bench.now), 1e9)
      bench.ask()
    }
    expect(bench.sync.phase).toBe('failed')
    expect(bench.penalised).toEqual([])
  })

  it('goes on from what the disk has kept, and checks it like anything else (T064)', () => {
    const first = new Bench(['a', 'b'])
    first.ask()
    first.answer('a', big)
    first.ask()
    first.answer('b', big)
    const kept = first.sync.takeFresh()
    expect(kept.length).toBeGreaterThan(0)
    const [spoilt, ...sound] = kept
    const second = new Bench(['a'])
    second.ask()
    const id = [...second.asks.keys()][0]!
    second.asks.delete(id)
    expect(second.sync.takeManifest(id, big.reply)).toBeNull()
    expect(second.sync.phase).toBe('stored')
    const before = second.sync.progress.done
    second.sync.takeStored([{ ...spoilt!, bytes: spoilt!.bytes.slice(1) }, ...sound], true)
    expect(second.sync.progress.done).toBe(before + sound.length)
    second.run({ a: big })
    expect(second.sync.outcome(new StateIndex()).state.root).toEqual(big.state.root)
  })

  it('moves on with its peers to a newer snapshot, and keeps what both have', () => {
    const newer = snapshotAt(HEIGHT + 1, 7010)
    const bench = new Bench(['a', 'b'])
    bench.ask()
    bench.answer('a', big)
    bench.ask()
    bench.answer('a', big)
    const { done } = bench.sync.progress
    // Both have dropped the old one: of its chunks they have those that the newer one names.
    bench.run({ a: newer, b: newer })
    expect(bench.sync.phase).toBe('complete')
    expect(done).toBeGreaterThan(10)
    expect(bench.sync.outcome(new StateIndex()).state.root).toEqual(newer.state.root)
  })
})

describe('a state that nobody vouches for is not taken (F-29, T060)', () => {
  const outcomeOf = (world: Pick<Snapshot, 'reply' | 'chunks'>, above = 0) => {
    const bench = new Bench(['x'], genesis, above)
    bench.run({ x: world })
    return { phase: bench.sync.phase, penalised: bench.penalised.map(([, reason]) => reason) }
  }

  it('a header without a quorum, or signed by strangers', () => {
    const [header] = small.reply.headers
    const [thin] = snapshotAt(HEIGHT, 100).reply.headers
    thin!.certificate.signatures = thin!.certificate.signatures.slice(0, 2)
    expect(outcomeOf({ ...small, reply: { ...small.reply, headers: [thin!] } })).toEqual({
      phase: 'failed',
      penalised: [expect.stringMatching(/certificate-weight/)]
    })
    const other = { ...header!, certificate: { ...header!.certificate, hash: new Uint8Array(32) } }
    expect(outcomeOf({ ...small, reply: { ...small.reply, headers: [other] } }).phase).toBe('failed')
  })

  it('another block, another body, another manifest', () => {
    const [block] = small.reply.blocks
    const strange = { ...block!, header: { ...block!.header, timestamp: 1 } }
    expect(outcomeOf({ ...small, reply: { ...small.reply, blocks: [strange] } })).toEqual({ phase: 'failed', penalised: ['a snapshot with another block'] })
    expect(outcomeOf({ ...small, reply: { ...small.reply, manifest: big.manifest } })).toEqual({ phase: 'failed', penalised: ['manifest: other-state'] })
    expect(outcomeOf({ ...small, reply: { ...small.reply, manifest: small.manifest.slice(1) } }).penalised).toEqual([expect.stringMatching(/^manifest: /)])
  })

  it('nothing, or an older state than this node has: no fault, and no use', () => {
    expect(outcomeOf({ ...small, reply: { headers: [], blocks: [], manifest: new Uint8Array(0) } })).toEqual({ phase: 'failed', penalised: [] })
    expect(outcomeOf(small, HEIGHT)).toEqual({ phase: 'failed', penalised: [] })
  })

  it('an answer of another length, and answers that nobody waits for', () => {
    const bench = new Bench(['x'])
    bench.ask()
    const [first] = bench.asks.keys()
    bench.answer('x', small)
    expect(bench.sync.takeManifest(first!, small.reply)).toBeNull()
    expect(bench.sync.takeChunks(999, [])).toBeNull()
    bench.ask()
    const [id, ask] = [...bench.asks][0]!
    expect(ask.kind).toBe('chunks')
    expect(bench.sync.takeChunks(id, [])).toMatch(/another number/)
    expect(bench.sync.progress.peers).toBe(0)
  })
})
