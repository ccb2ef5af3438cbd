/** R8 in whole nodes: personalities say what they think and delay their own votes, and nothing else changes. */
import { describe, expect, it } from 'vitest'
import { toHex } from '../core/bytes'
import { VerificationCache } from '../core/crypto/verificationCache'
import { createSyncVerifier } from '../core/crypto/verifier'
import { chaos } from '../core/families/chaos/rules'
import { playgroundConfig } from '../core/genesis'
import { POINTS_OFFSET, VERDICT_APPROVE, VOTE_NOTARISE } from '../core/schema'
import type { Genesis, Opinion, Vote } from '../core/schema'
import { blockHash, signOpinion } from '../core/signing'
import { personalityOf } from '../core/taste/personalities'
import type { Personality } from '../core/taste/personalities'
import { signerAt, TEST_TIME } from '../core/testing/network'
import { decodeMessage } from '../core/wire'
import type { MessageOf } from '../core/wire'
import { createNodeFast } from '../platform/crypto/nodeFast'
import type { GossipName, Verified } from './messages'
import { Narrator } from './narrator'
import { NodeCore } from './nodeCore'
import { NodeTable } from './testing/table'
import { blockDetail } from './blockDetail'
import { chainView, findInTree, roundView } from './views'

const verifier = createSyncVerifier({ cache: new VerificationCache(), fast: createNodeFast() })
const SLOT_MS = 1200
const CHAOS = { config: playgroundConfig(chaos.defaultConfig(0)), minCommittee: 1, heartbeatTtl: 100_000 } satisfies Partial<Genesis>
const MIDNIGHT = { minCommittee: 1, heartbeatTtl: 100_000 } satisfies Partial<Genesis>

/** Wants fees, and there are none: rejects every block of others by a thousand points. */
const INSATIABLE: Personality = {
  ...personalityOf('greedy'),
  type: 'custom',
  weights: { technical: 0, social: 0, meme: 0, extra: 1000 },
  threshold: 1000,
  chaos: 0
}

function table(founders: number, personality: (node: number) => Personality | undefined, parameters: Partial<Genesis> = CHAOS): NodeTable {
  return new NodeTable({ verify: check => verifier.verify(check), founders, parameters, personality })
}

interface Said<T> {
  node: number
  at: number
  value: T
}

const opinionsIn = ({ published }: NodeTable): Said<Opinion>[] =>
  published.flatMap(({ node, at, bytes }) => {
    const decoded = decodeMessage(bytes, ['opinion'])
    return decoded.ok ? [{ node, at, value: decoded.value.value }] : []
  })

const votesIn = ({ published }: NodeTable): Said<Vote>[] =>
  published.flatMap(({ node, at, bytes }) => {
    const decoded = decodeMessage(bytes, ['vote'])
    return decoded.ok ? [{ node, at, value: decoded.value.value }] : []
  })

/** When a block was sent first, virtual time. */
function announcedAt({ published, network }: NodeTable, hash: string): number {
  const sent = published.find(({ bytes }) => {
    const decoded = decodeMessage(bytes, ['announce'])
    return decoded.ok && toHex(blockHash(network.networkId, decoded.value.value.header)) === hash
  })
  return sent!.at
}

/** The same final blocks everywhere, as far as each node has come. */
function expectOneChain(nodes: NodeTable): void {
  const first = nodes.finals(0)
  for (let node = 1; node < nodes.cores.length; node++) {
    const shared = Math.min(first.length, nodes.finals(node).length)
    expect(nodes.finals(node).slice(0, shared)).toEqual(first.slice(0, shared))
  }
}

describe('opinions (R8, D-09)', () => {
  it('each validator says once what it thinks of a block, all count it, and contented validators lose no time', () => {
    const content = table(4, () => personalityOf('lawful'))
    const silent = table(4, () => undefined)
    content.run(21_000)
    silent.run(21_000)
    expect(content.finals(0).length).toBeGreaterThanOrEqual(9)
    expect(content.finals(0)).toHaveLength(silent.finals(0).length)
    expectOneChain(content)
    const said = opinionsIn(content).map(({ node, value }) => `${node}/${toHex(value.hash)}`)
    expect(new Set(said).size).toBe(said.length)
    for (const hash of content.finals(0).slice(0, 8)) {
      expect(said.filter(each => each.endsWith(hash))).toHaveLength(4)
      const { height } = content.cores[0]!.tree.get(hash)!
      for (const core of content.cores) expect(core.opinions.tally(height, hash)).toMatchObject({ approve: 4, reject: 0 })
    }
    expect(opinionsIn(silent)).toEqual([])
    const told = content.events[0]!.filter(event => event.kind === 'opinion' && event.hash === content.finals(0)[2])
    expect(told).toHaveLength(4)
  })

  it('a majority that rejects every block delays it by seven slots, and the block becomes final all the same', () => {
    const rejecting = table(4, node => (node === 0 ? personalityOf('lawful') : INSATIABLE))
    const producersOn = (node: number) => rejecting.cores[node]!.tree.final.state!.agents().filter(({ producer }) => producer === 1).length
    // One producer is left, so that nobody can step in while the others hesitate.
    for (const node of [1, 2, 3]) rejecting.submit(node, { kind: 'produce', on: false })
    for (let minute = 0; minute < 10 && producersOn(0) > 1; minute++) rejecting.run(60_000)
    expect(producersOn(0)).toBe(1)
    rejecting.run(30_000)
    const from = rejecting.cores[0]!.tree.final.height
    rejecting.run(60_000)
    const { tree, opinions } = rejecting.cores[0]!
    expect(tree.final.height).toBeGreaterThanOrEqual(from + 5)
    for (let height = from + 1; height < tree.final.height; height++) {
      const entry = tree.at(height).find(({ hash }) => rejecting.finals(0).includes(hash))!
      expect(toHex(entry.header.proposer)).toBe(toHex(signerAt(0).publicKey))
      expect(opinions.tally(height, entry.hash)).toMatchObject({ approve: 1, reject: 3 })
      const votes = votesIn(rejecting).filter(({ value }) => value.kind === VOTE_NOTARISE && toHex(value.hash) === entry.hash)
      const own = votes.find(({ node }) => node === 0)!
      const delays = votes.filter(({ node }) => node !== 0).map(({ at }) => at - own.at)
      expect(delays.length).toBeGreaterThanOrEqual(2)
      for (const delay of delays) expect(delay).toBeLessThanOrEqual(7 * SLOT_MS + 200)
      // A round of seven slots counts as stalled, so that its successor may be on the table before its own round begins: tasting begins there.
      for (const { node, at } of votes) if (node !== 0) expect(at - announcedAt(rejecting, entry.hash)).toBeGreaterThanOrEqual(7 * SLOT_MS)
    }
    expect(rejecting.events.flat().filter(({ kind }) => kind === 'evidence' || kind === 'abstained')).toEqual([])
  })

  it('even where everybody rejects everybody, heights become final: taste fades while finality lags', () => {
    const sulking = table(4, () => INSATIABLE)
    sulking.run(120_000)
    expect(sulking.cores[0]!.tree.final.height).toBeGreaterThanOrEqual(6)
    expectOneChain(sulking)
    const rejected = opinionsIn(sulking).filter(({ value }) => value.verdict !== VERDICT_APPROVE)
    expect(rejected.length).toBeGreaterThan(6)
  })

  it('an opinion is no vote: any number of them gives no weight, no certificate and no sign of life', () => {
    const core = table(4, () => undefined).cores[0]!
    const before = core.presence(TEST_TIME + 60_000)
    const hash = new Uint8Array(32).fill(5)
    for (const number of [1, 2, 3]) {
      const value = signOpinion(core.networkId, { height: 1, hash, verdict: VERDICT_APPROVE, score: POINTS_OFFSET + 9, reasons: [] }, signerAt(number))
      const message = { kind: 'opinion', value } as Verified<MessageOf<GossipName>>
      const effects = core.handle({ type: 'gossip', from: '1', message }, TEST_TIME + 100)
      expect(effects).toContainEqual({ type: 'verdict', verdict: 'accept', code: 'ok' })
      const again = core.handle({ type: 'gossip', from: '2', message }, TEST_TIME + 100)
      expect(again).toContainEqual({ type: 'verdict', verdict: 'ignore', code: 'duplicate' })
    }
    expect(core.opinions.tally(1, toHex(hash))).toMatchObject({ approve: 3, reject: 0 })
    expect(core.rounds.peek(1)?.notarise.size ?? 0).toBe(0)
    expect(core.rounds.peek(1)?.notarisations.size ?? 0).toBe(0)
    expect(core.presence(TEST_TIME + 60_000)).toEqual(before)
  })

  it('in other families a personality has no say: no opinion, no delay', () => {
    const midnight = table(4, () => INSATIABLE, MIDNIGHT)
    midnight.run(21_000)
    expect(midnight.finals(0).length).toBeGreaterThanOrEqual(9)
    expect(opinionsIn(midnight)).toEqual([])
  })

  it('a network may silence all personalities', () => {
    const parameters = chaos.defaultConfig(0).parameters.slice()
    parameters[4] = 0
    const silenced = table(4, () => INSATIABLE, { ...CHAOS, config: { ...CHAOS.config, parameters } })
    silenced.run(21_000)
    expect(silenced.finals(0).length).toBeGreaterThanOrEqual(9)
    expect(opinionsIn(silenced)).toEqual([])
  })

  it('who rejects a block of an emotional one is remembered: it names the slight when it judges in turn', () => {
    const nodes = table(4, node => (node === 0 ? { ...personalityOf('emotional'), chaos: 0 } : node === 1 ? INSATIABLE : personalityOf('lawful')))
    nodes.run(60_000)
    const judged = opinionsIn(nodes).filter(({ node }) => node === 0)
    const slighted = judged.filter(({ value }) => value.reasons.some(({ code }) => code === 11))
    expect(slighted.length).toBeGreaterThan(0)
    const { tree } = nodes.cores[0]!
    for (const { value } of slighted) {
      const entry = tree.get(toHex(value.hash))
      if (entry !== undefined) expect(toHex(entry.header.proposer)).toBe(toHex(signerAt(1).publicKey))
    }
  })
})

describe('what screens see', () => {
  it('P088: opinions stand beside the votes of each candidate, and one by one with their reasons in the block', () => {
    const nodes = table(4, node => (node === 1 ? INSATIABLE : personalityOf('lawful')))
    nodes.run(11_000)
    const core = nodes.cores[0]!
    const hash = nodes.finals(0)[2]!
    const detail = blockDetail(core, findInTree(core, hash)!)
    expect(detail.acceptance).toBe('accepted')
    expect(detail.opinions).toHaveLength(4)
    const { verdict, score, reasons, name } = detail.opinions.find(({ judge }) => judge === toHex(signerAt(1).publicKey))!
    const own = detail.proposer === toHex(signerAt(1).publicKey)
    expect({ verdict, name }).toEqual({ verdict: own ? 'approve' : 'reject', name: 'Agent 1' })
    expect(own ? score >= 0 : score === -1000 && reasons[0]).toEqual(own ? true : { name: 'fees', points: -1000 })
    const counted = detail.candidates.find(candidate => candidate.hash === hash)!.opinions
    expect(counted.approve + counted.reject).toBe(4)
    expect(roundView(core)!.candidates.every(({ opinions }) => Number.isInteger(opinions.approve + opinions.reject))).toBe(true)
  })

  it('P091, P094: a proposal that nobody answers is pending, and timed out after 30 s on the clock of the node', () => {
    const { network } = table(4, () => undefined)
    const opened = NodeCore.open({ genesis: network.genesis, signer: signerAt(0), name: null }, null, TEST_TIME)
    if (!opened.ok) throw new Error(opened.code)
    const core = opened.value
    const mine = () => chainView(core).blocks.find(({ height, proposer }) => height === 1 && proposer === toHex(core.publicKey))
    let now = TEST_TIME
    let proposedAt = 0
    for (; now < TEST_TIME + 60_000; now += 500) {
      const stores = core.handle({ type: 'tick' }, now).flatMap(effect => (effect.type === 'store' ? [effect.row] : []))
      for (const row of stores) core.handle({ type: 'stored', row, outcome: { ok: true } }, now)
      if (proposedAt === 0 && mine() !== undefined) proposedAt = now
      if (proposedAt > 0) expect(mine()!.acceptance).toBe(now - proposedAt >= 30_000 ? 'timeout' : 'pending')
    }
    expect(proposedAt).toBeGreaterThan(0)
    expect(mine()!.acceptance).toBe('timeout')
  })

  it('P096: the maker hears who is not pleased with its block and why; nobody else is told', () => {
    const nodes = table(4, node => (node === 1 ? INSATIABLE : personalityOf('lawful')))
    nodes.run(21_000)
    const linesOf = (node: number) => {
      const narrator = new Narrator('owner')
      for (const event of nodes.events[node]!) if (event.kind === 'opinion') narrator.tell(nodes.cores[node]!, event, 0)
      return narrator.since(0).map(({ text }) => text)
    }
    expect(linesOf(0).length).toBeGreaterThan(0)
    for (const line of linesOf(0)) expect(line).toMatch(/^Agent 1 is not pleased with your block #\d+, because it pays too little\.$/)
    expect(linesOf(1)).toEqual([])
  })
})
