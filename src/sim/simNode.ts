/** One simulated node: the real core and ingress, with what the simulation keeps about them. */
import { nameAt } from '../agent/names'
import { hexOf } from '../core/bytes'
import type { ChainRules } from '../core/chain/execute'
import { encode } from '../core/codec'
import type { Signer } from '../core/crypto/ed25519'
import { assert } from '../core/result'
import { Genesis } from '../core/schema'
import { PERSONALITIES } from '../core/taste/personalities'
import type { Personality } from '../core/taste/personalities'
import { Ingress } from '../node/ingress'
import type { RequestName } from '../node/messages'
import { NodeCore } from '../node/nodeCore'
import type { SimClock } from './clock'
import { Liar } from './liars'
import type { Random } from './random'
import type { LiarKind, Scenario } from './scenario'
import { SimStore } from './storage'

export interface SimNode {
  index: number
  name: string
  signer: Signer
  core: NodeCore
  ingress: Ingress
  store: SimStore
  liar: Liar | null
  clock: SimClock
  online: boolean
  /** Counts restarts: what was planned for an earlier life is void. */
  life: number
  /** Virtual time up to which the tab is frozen. */
  frozenUntil: number
  /** When the node wants to be woken: by its own clock, and the virtual time for which that is planned. */
  wakeLocal: number
  wakeAt: number
  /** Requests under way, by their number. */
  requests: Map<number, { request: RequestName; responder: number }>
}

/** What all nodes of a run have in common. */
export interface NodeFrame {
  scenario: Scenario
  /** With the memo of executions. */
  rules: ChainRules
  /** Draws of the liars. */
  lies: Random
}

/** @param lie null for an honest node. @param now virtual time */
export function createNode(frame: NodeFrame, index: number, signer: Signer, clock: SimClock, lie: LiarKind | null, now: number): SimNode {
  const { mutant } = frame.scenario
  const store = new SimStore(encode(Genesis, frame.rules.genesis), { blind: mutant?.blindStore, forgetful: mutant?.forgetVotes, lowMark: mutant?.lowMark })
  const core = openCore(frame, index, signer, store, clock.at(now))
  return {
    index,
    name: nameAt(index),
    signer,
    core,
    ingress: ingressFor(core),
    store,
    liar: lie === null ? null : makeLiar(frame, lie, index, signer, core),
    clock,
    online: true,
    life: 0,
    frozenUntil: 0,
    wakeLocal: Infinity,
    wakeAt: Infinity,
    requests: new Map()
  }
}

export const personalityAt = (index: number): Personality => PERSONALITIES[index % PERSONALITIES.length]!

/** Starts a node again from what its disk holds. */
export function reopen(frame: NodeFrame, node: SimNode, now: number): void {
  node.online = true
  node.core = openCore(frame, node.index, node.signer, node.store, node.clock.at(now))
  node.ingress = ingressFor(node.core)
  node.wakeAt = Infinity
  if (node.liar !== null) node.liar = makeLiar(frame, node.liar.kind, node.index, node.signer, node.core)
}

function openCore({ scenario: { taste, mutant }, rules }: NodeFrame, index: number, signer: Signer, store: SimStore, now: number): NodeCore {
  const tasteOf = mutant?.taste
  const opened = NodeCore.open(
    {
      genesis: rules.genesis,
      signer,
      name: nameAt(index),
      // Every second node dislikes some proposers: between 0 and 7 slots, fixed by who judges whom.
      taste: tasteOf !== undefined ? header => tasteOf(index, header) : taste && index % 2 === 1 ? header => (header.proposer[0]! + index) % 8 : undefined,
      // In families that let personalities have a say, these take the place of the above.
      personality: taste && tasteOf === undefined ? personalityAt(index) : undefined,
      // Both kinds in every run: those that keep all blocks, and those from whom old ones cannot be had.
      role: index % 2 === 0 ? 'archive' : 'full',
      rounds: mutant?.rounds,
      rules: { ...rules, ...mutant?.rules?.(rules) },
      limits: mutant?.limits
    },
    store.load(),
    now
  )
  assert(opened.ok, `a simulated store can be reopened: ${opened.ok ? '' : opened.detail}`)
  return opened.value
}

function ingressFor(core: NodeCore): Ingress {
  return new Ingress({
    networkId: core.networkId,
    finalHeight: () => core.tree.final.height,
    isMember: (publicKey, height) => core.rounds.setAt(height)?.weights.has(hexOf(publicKey)) ?? null,
    isAgent: publicKey => core.agent(publicKey) !== null
  })
}

function makeLiar({ scenario, lies }: NodeFrame, kind: LiarKind, index: number, signer: Signer, core: NodeCore): Liar {
  const others = Array.from({ length: scenario.nodes }, (_, i) => i).filter(i => i !== index)
  return new Liar(kind, core, signer, others, lies)
}

/** One line for the report of a failure. */
export function describeNode({ index, core, online, liar }: SimNode): string {
  const { round } = core.rounds
  const record = core.rounds.peek(round)
  const known = core.rounds.setAt(round)
  const blocks = core.tree.at(round).map(entry => {
    const flaw = `${entry.transactions === null ? '?' : ''}${entry.invalid === null ? '' : '!' + entry.invalid.code}`
    return `${entry.hash.slice(0, 6)}/r${entry.header.rank}${flaw}:${record?.notarise.get(entry.hash)?.size ?? 0}`
  })
  const promised = [...(record?.promised ?? [])].map(hash => hash.slice(0, 6)).join(',')
  const peers = core.peers.all().map(note => `${note.peer}@${note.finalHeight}${note.failures > 0 ? `!${note.failures}` : ''}`)
  return [
    `node ${index}${liar === null ? '' : ` (liar: ${liar.kind})`}${online ? '' : ' off'}: final ${core.tree.final.height}, round ${round}`,
    `set ${known === null ? 'unknown' : known.weights.size}, promised ${promised}, blocks ${blocks.join(' ')}`,
    `peers ${peers.join(' ')}, requests ${core.requestCount}, tree ${core.tree.size}`
  ].join(', ')
}

/** Is anybody there to take an input? */
export function awake(node: SimNode, now: number): boolean {
  return node.online && node.frozenUntil <= now
}
