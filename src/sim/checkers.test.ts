import { beforeEach, describe, expect, it } from 'vitest'
import { concat, toHex } from '../core/bytes'
import type { BlockEntry } from '../core/chain/blockTree'
import type { ChainRules } from '../core/chain/execute'
import { encode } from '../core/codec'
import type { Signer } from '../core/crypto/ed25519'
import { Block, Certificate, VOTE_FINALISE, VOTE_NOTARISE } from '../core/schema'
import { blockHash, signTransaction } from '../core/signing'
import { rootEntry } from '../core/chain/blockTree'
import { chunkOf, manifestOf } from '../core/state/chunks'
import { TX_HEARTBEAT } from '../core/state/transactions'
import { certificateFor, createNetwork, makeBlock, signerAt, voteFor } from '../core/testing/network'
import { storedBlock } from '../node/answers'
import type { Effect } from '../node/messages'
import { NodeCore } from '../node/nodeCore'
import { EMPTY_BATCH } from '../node/ports'
import type { CommitBatch, Stored } from '../node/ports'
import { Checkers } from './checkers'
import { demandLiveness, demandNoTimer, INCLUSION_HEIGHTS, InclusionWatch } from './liveness'
import type { Progress } from './liveness'
import { STANDARD } from './scenario'

const network = createNetwork(4)
const { signers } = network
const [a, b, c, d] = signers as [Signer, Signer, Signer, Signer]
const first = makeBlock(network, network.tree.final)
const rival = makeBlock(network, network.tree.final, { rank: 1 })
const second = makeBlock(network, first)
const onRival = makeBlock(network, rival)

const stored = (certificate: Certificate, hash: string) => ({
  kind: certificate.kind === VOTE_FINALISE ? ('finalise' as const) : ('notarise' as const),
  height: certificate.height,
  hash,
  bytes: encode(Certificate, certificate)
})

/** What a node writes when these blocks become final. */
function batch(blocks: readonly BlockEntry[], voters: readonly Signer[] = [a, b, c]): CommitBatch {
  const last = blocks.at(-1)!
  return {
    blocks: blocks.map(storedBlock),
    certificates: [stored(certificateFor(network, voters, last, VOTE_FINALISE), last.hash)],
    final: { height: last.height, hash: last.hash },
    stateHeaders: [],
    snapshot: null,
    pruneBelow: 0,
    removeBlocks: []
  }
}

const NOTHING_STORED = { block: () => null, chunk: () => null }

/** A snapshot of a block's state with all its parts. */
function snapshotOf(entry: BlockEntry) {
  const manifest = manifestOf(entry.state!)
  const chunks = manifest.places.map(place => ({ root: place.root, bytes: chunkOf(entry.state!, place) }))
  const chunkRoots = [...new Set(chunks.map(({ root }) => root))]
  return { snapshot: { height: entry.height, hash: entry.hash, stateRoot: toHex(manifest.stateRoot), at: 0, manifest: manifest.bytes, chunkRoots }, chunks }
}

let checkers: Checkers
beforeEach(() => void (checkers = new Checkers(network.rules)))
const commit = (node: number, written: CommitBatch) => checkers.committed(node, written, NOTHING_STORED)

describe('the safety checkers see what is wrong', () => {
  it('nothing is, when nodes make the same blocks final one after another or several at once', () => {
    commit(0, batch([first]))
    commit(0, batch([second]))
    commit(1, batch([first, second]))
    expect([checkers.height, checkers.hashAt(2)]).toEqual([2, second.hash])
  })

  it('S1: two final blocks at one height', () => {
    commit(0, batch([first]))
    expect(() => commit(1, batch([rival]))).toThrow(/^S1/)
  })

  it('S2: a final block moves back, or does not lead to the one before', () => {
    commit(0, batch([first]))
    expect(() => commit(0, batch([first]))).toThrow(/^S2.*back/)
    checkers = new Checkers(network.rules)
    commit(0, batch([first]))
    expect(() => commit(0, batch([rival, onRival]))).toThrow(/^S2.*descend/)
    expect(() => new Checkers(network.rules).committed(2, batch([second]), NOTHING_STORED)).toThrow(/^S2.*not stored/)
  })

  it('S2: who restarts from a disk that lost commits makes the same blocks final again', () => {
    commit(0, batch([first, second]))
    checkers.restarted(0, 0)
    commit(0, batch([first]))
    checkers.restarted(0, 0)
    expect(() => commit(0, batch([rival]))).toThrow(/^S1/)
  })

  it('S3: no certificate, one of another kind or block, too few, twice the same, strangers', () => {
    const good = batch([first])
    const withProof = (certificate: Certificate | null) => ({
      ...good,
      certificates: certificate === null ? [] : [{ ...stored(certificate, first.hash), kind: 'finalise' as const }]
    })
    const bad: (Certificate | null)[] = [
      null,
      certificateFor(network, [a, b, c], first, VOTE_NOTARISE),
      certificateFor(network, [a, b, c], rival, VOTE_FINALISE),
      certificateFor(network, [a, b], first, VOTE_FINALISE),
      certificateFor(network, [a, b, signerAt(50), signerAt(51)], first, VOTE_FINALISE)
    ]
    const twice = certificateFor(network, [a, b], first, VOTE_FINALISE)
    bad.push({ ...twice, signatures: [...twice.signatures, twice.signatures[0]!] })
    for (const certificate of bad) expect(() => new Checkers(network.rules).committed(0, withProof(certificate), NOTHING_STORED)).toThrow(/^S3/)
    expect(() => commit(0, { ...good, certificates: [...good.certificates, stored(certificateFor(network, [d], first), first.hash)] })).toThrow(/^S3/)
  })

  it('S4: a final block whose state root is not what its transactions give', () => {
    const header = { ...first.header, stateRoot: new Uint8Array(32).fill(1) }
    const wrong = rootEntry(blockHash(network.networkId, header), header, first.state!, first.signature, [])
    expect(() => commit(0, batch([wrong]))).toThrow(/^S4/)
  })

  it('S5: votes against R3 and R5 in either order, by disk or by signature, and two proposals on one parent', () => {
    const row = (kind: 'notarise' | 'finalise', block: BlockEntry) => ({ kind, height: 1, hash: block.hash, parent: block.parent })
    checkers.promised(0, row('notarise', first))
    checkers.promised(0, row('notarise', rival))
    expect(() => checkers.promised(0, row('finalise', first))).toThrow(/^S5/)
    checkers.promised(1, row('finalise', first))
    expect(() => checkers.promised(1, row('notarise', rival))).toThrow(/^S5/)
    expect(() => checkers.said(1, b.publicKey, { kind: 'vote', value: voteFor(network, b, rival, VOTE_FINALISE) } as never)).toThrow(/^S5/)
    // What others have signed is not the node's promise.
    checkers.said(1, b.publicKey, { kind: 'vote', value: voteFor(network, c, rival, VOTE_FINALISE) } as never)
    const propose = (block: BlockEntry) => ({ kind: 'propose' as const, height: 1, hash: block.hash, parent: block.parent })
    checkers.promised(2, propose(first))
    checkers.promised(2, propose(first))
    expect(() => checkers.promised(2, propose(rival))).toThrow(/^S5.*proposed/)
  })

  it('S7: a rule that writes to the state it builds on', () => {
    const rules: ChainRules = {
      ...network.rules,
      familyOf: parent => {
        const family = network.rules.familyOf(parent)
        return {
          ...family,
          missed: (state, header) => {
            state.view.agents.treasury += 1n
            return family.missed(state, header)
          }
        }
      }
    }
    expect(() => new Checkers(rules).committed(0, batch([first]), NOTHING_STORED)).toThrow(/^S7/)
  })

  it('S8: a snapshot that a replay does not give, and a disk that leads elsewhere', () => {
    const taken = snapshotOf(first)
    const parts = new Map(taken.chunks.map(({ root, bytes }) => [root, bytes]))
    const alone = (snapshot: CommitBatch['snapshot']): CommitBatch => ({ ...EMPTY_BATCH, snapshot })
    commit(0, batch([first]))
    commit(0, alone(taken))
    const manifest = taken.snapshot.manifest.map((byte, i) => (i === taken.snapshot.manifest.length - 1 ? byte ^ 1 : byte))
    expect(() => commit(1, alone({ ...taken, snapshot: { ...taken.snapshot, manifest } }))).toThrow(/^S8/)
    expect(() => commit(1, alone({ ...taken, chunks: taken.chunks.slice(1) }))).toThrow(/^S8.*not whole/)
    expect(() => commit(1, alone(snapshotOf({ ...rival, height: 1 })))).toThrow(/^S8/)
    const disk = (block: BlockEntry): Stored => ({
      genesis: new Uint8Array(),
      final: { height: 1, hash: block.hash },
      snapshot: null,
      blocks: [storedBlock(block)],
      certificates: [],
      votes: []
    })
    checkers.checkStored(0, disk(first))
    checkers.checkStored(0, { ...disk(first), snapshot: { ...taken.snapshot, chunks: parts } })
    expect(() => checkers.checkStored(0, disk(rival))).toThrow(/^S8/)
  })

  it('S1: a state taken over of another block than the others made final', () => {
    commit(0, batch([first]))
    commit(1, { ...batch([first]), certificates: [], snapshot: snapshotOf(first) })
    expect(() => commit(3, { ...batch([rival]), snapshot: snapshotOf(first) })).toThrow(/^S1.*took over/)
  })

  it('stores no block that cannot be read', () => {
    const torn = batch([first])
    torn.blocks[0] = {
      ...torn.blocks[0]!,
      bytes: concat(encode(Block, { header: first.header, signature: first.signature, transactions: [] }), Uint8Array.of(1))
    }
    expect(() => commit(0, torn)).toThrow(/^S2/)
  })
})

describe('the checkers of progress', () => {
  const scenario = { ...STANDARD, seed: 1, nodes: 4, byzantine: 1, healAtMs: 100_000, virtualMs: 300_000, taste: false }
  const fine: Progress = {
    scenario,
    liars: 1,
    now: 300_000,
    lastFinal: 298_000,
    finalAtHeal: 40,
    settled: 119,
    honest: [
      { index: 0, final: 120 },
      { index: 1, final: 119 }
    ]
  }

  it('L1: silence, or too few heights; L3: one that stays behind', () => {
    demandLiveness(fine)
    expect(() => demandLiveness({ ...fine, lastFinal: 270_000 })).toThrow(/^L1.*nothing/)
    expect(() => demandLiveness({ ...fine, finalAtHeal: 110 })).toThrow(/^L1.*are due/)
    expect(() => demandLiveness({ ...fine, honest: [...fine.honest, { index: 2, final: 100 }] })).toThrow(/^L3.*node 2/)
    // Four heights have become final at once, and the certificate is on its way to one of the two.
    demandLiveness({ ...fine, settled: 115, honest: [...fine.honest, { index: 2, final: 115 }] })
    // Silence before the network healed is nobody's fault.
    demandLiveness({ ...fine, now: 110_000, lastFinal: 30_000, honest: [{ index: 0, final: 40 }] })
  })

  it('L2: a transaction that is left out too long; not one whose nonce another has taken', () => {
    const heartbeat = (sender: Signer, fee: bigint) =>
      signTransaction(network.networkId, { kind: TX_HEARTBEAT, sender: sender.publicKey, nonce: 0, fee, payload: new Uint8Array(0) }, sender)
    const watch = new InclusionWatch(({ sender }) => signers.findIndex(({ publicKey }) => publicKey === sender))
    watch.submitted('aa', 0, 0, 10)
    watch.submitted('bb', 1, 0, 10)
    watch.finalBlock(11, true, [heartbeat(b, 5n)])
    for (let height = 12; height <= 10 + INCLUSION_HEIGHTS; height++) watch.finalBlock(height, true, [])
    expect(() => watch.finalBlock(11 + INCLUSION_HEIGHTS, true, [])).toThrow(/^L2.*aa of node 0/)
  })

  it('L4: a vote for the best block, a certificate or a final block that came by a timer; proposals may', () => {
    const opened = NodeCore.open({ genesis: network.genesis, signer: a, name: null }, null, network.genesis.time)
    if (!opened.ok) throw new Error(opened.detail)
    const core = opened.value
    core.tree.add(first.hashBytes, first.header, first.signature, first.transactions, 0)
    const store = (kind: 'propose' | 'notarise' | 'finalise'): Effect => ({
      type: 'store',
      row: { kind, height: 1, hash: first.hash, parent: first.parent },
      blocks: []
    })
    demandNoTimer(0, core, [store('propose'), { type: 'wake', at: 1 }])
    expect(() => demandNoTimer(0, core, [store('notarise')])).toThrow(/^L4/)
    expect(() => demandNoTimer(0, core, [store('finalise')])).toThrow(/^L4/)
    const final = { kind: 'final', height: 1, hash: first.hash, rank: 0, proposer: a.publicKey, transactions: 0 } as const
    expect(() => demandNoTimer(0, core, [{ type: 'event', event: final }])).toThrow(/^L4/)
  })
})
