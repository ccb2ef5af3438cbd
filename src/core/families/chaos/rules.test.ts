import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { toHex } from '../../bytes'
import type { BlockEntry } from '../../chain/blockTree'
import { buildBlock, executeBlock } from '../../chain/execute'
import { decode, encode } from '../../codec'
import type { Signer } from '../../crypto/ed25519'
import { playgroundConfig } from '../../genesis'
import { ConfigurePayload, ProducerPayload } from '../../schema'
import type { ChainConfig, Genesis, Transaction } from '../../schema'
import { signTransaction } from '../../signing'
import { TX_CONFIGURE, TX_PRODUCER } from '../../state/transactions'
import { StateIndex, WorldState } from '../../state/worldState'
import { addBlock, clockOn, compose, createNetwork, makeBlock, signerAt, TEST_TIME } from '../../testing/network'
import type { TestNetwork } from '../../testing/network'
import { checkConfig, familiesOf } from '../registry'
import { encodeParameters, parametersOf } from './parameters'
import { Cycle } from './rotation'
import { chaos } from './rules'

const CONFIG = playgroundConfig(chaos.defaultConfig(0))
const chaotic = (founders: number, parameters: Partial<Genesis> = {}) => createNetwork(founders, { config: CONFIG, heartbeatTtl: 1000, ...parameters })
const familyOn = (network: TestNetwork, parent: BlockEntry) => network.rules.familyOf(parent.state!)
const rankingOn = (network: TestNetwork, parent: BlockEntry) =>
  familyOn(network, parent)
    .ranking(parent.state!)
    .map(({ publicKey }) => toHex(publicKey))
const hexOf = (signer: Signer | undefined) => toHex(signer!.publicKey)

function extend(network: TestNetwork, parent: BlockEntry, options: Parameters<typeof makeBlock>[2] = {}): BlockEntry {
  const entry = addBlock(network.tree, makeBlock(network, parent, options))
  expect(network.tree.stateOf(entry), 'the rules accept what they made').not.toBeNull()
  return entry
}

function produce(network: TestNetwork, signer: Signer, nonce: number, on: boolean): Transaction {
  const payload = encode(ProducerPayload, { on: on ? 1 : 0 })
  return signTransaction(network.networkId, { kind: TX_PRODUCER, sender: signer.publicKey, nonce, fee: 0n, payload }, signer)
}

describe('the configuration', () => {
  it('P014, P091, R8: ten seconds, a deadline of 30 s, up to seven slots of taste', () => {
    const config = chaos.defaultConfig(0)
    expect(checkConfig(config)).toBeNull()
    expect(config).toMatchObject({ family: 1, blockIntervalMs: 10_000, slotMs: 1200 })
    expect(parametersOf(config)).toEqual({ deadlineMs: 30_000, tasteSlots: 7 })
    const family = chaos.create(config, chaotic(1).genesis)
    expect(family).toMatchObject({ name: 'chaos', producersAsk: true, deadlineMs: 30_000, tasteSlots: 7, voting: 'rank' })
  })

  it.each<[string, Partial<ChainConfig>]>([
    ['an unknown mode', { mode: 1 }],
    ['no parameters', { parameters: new Uint8Array(0) }],
    ['a byte too many', { parameters: new Uint8Array([...encodeParameters(), 0]) }],
    ['eight slots of taste', { parameters: encodeParameters({ tasteSlots: 8 }) }],
    ['a deadline of half a second', { parameters: encodeParameters({ deadlineMs: 500 }) }],
    ['a deadline of two hours', { parameters: encodeParameters({ deadlineMs: 7_200_000 }) }]
  ])('refuses %s', (_, change) => {
    expect(checkConfig({ ...chaos.defaultConfig(0), ...change })).toMatchObject({ code: 'bad-config' })
  })

  it('any bytes are parameters in range or refused', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 12 }), parameters => {
        const config = { ...chaos.defaultConfig(0), parameters }
        if (checkConfig(config) === null) expect(encodeParameters(parametersOf(config))).toEqual(parameters)
      })
    )
  })
})

describe('whose turn it is, on a chain', () => {
  it.each([1, 2, 4, 5])('%i producers: each is first once in every cycle, also when blocks come from behind', count => {
    const network = chaotic(count)
    let parent = network.tree.final
    const firsts: string[] = []
    for (let height = 1; height <= 3 * count; height++) {
      const ranking = rankingOn(network, parent)
      expect(new Set(ranking).size).toBe(count)
      firsts.push(ranking[0]!)
      parent = extend(network, parent, { rank: height % 3 === 0 ? count - 1 : 0 })
    }
    for (let cycle = 0; cycle < 3; cycle++) {
      const turns = firsts.slice(cycle * count, (cycle + 1) * count)
      expect(new Set(turns)).toEqual(new Set(network.signers.map(signer => toHex(signer.publicKey))))
    }
  })

  it('what a proposer puts into its block moves no rank of the cycle (R1, F-06)', () => {
    const rankings = Array.from({ length: 8 }, (_, i) => {
      const network = chaotic(4)
      const [a, b] = network.signers
      const transactions = i === 0 ? [] : [compose.transfer(network.networkId, a!, 0, b!.publicKey, BigInt(i), BigInt(i % 3))]
      let parent = extend(network, network.tree.final, { transactions, timestamp: TEST_TIME + 2000 * (1 + (i % 4)) })
      const { hash } = parent
      const seen = [rankingOn(network, parent)]
      for (let height = 2; height <= 6; height++) {
        parent = extend(network, parent)
        seen.push(rankingOn(network, parent))
      }
      return { hash, seen }
    })
    expect(new Set(rankings.map(({ hash }) => hash)).size, 'the blocks do differ').toBe(8)
    for (const { seen } of rankings) expect(seen).toEqual(rankings[0]!.seen)
  })

  it('a second instance of the rules on a decoded copy of the state ranks alike', () => {
    const network = chaotic(5)
    let parent = network.tree.final
    for (let height = 1; height <= 8; height++) {
      const copy = WorldState.decode(parent.state!.encode(), new StateIndex())
      const again = familiesOf(network.genesis)(copy)
      expect(again.ranking(copy).map(({ publicKey }) => toHex(publicKey))).toEqual(rankingOn(network, parent))
      parent = extend(network, parent)
    }
  })

  it('remembers the seed of the cycle while the seed of the chain goes on', () => {
    const network = chaotic(4)
    const cycleIn = (entry: BlockEntry) => {
      const cycle = decode(Cycle, entry.state!.memory)
      if (!cycle.ok) throw new Error(cycle.code)
      return { start: cycle.value.start, seed: toHex(cycle.value.seed) }
    }
    let parent = network.tree.final
    const cycles = [cycleIn(parent)]
    for (let height = 1; height <= 8; height++) {
      parent = extend(network, parent)
      cycles.push(cycleIn(parent))
    }
    expect(cycles.map(({ start }) => start)).toEqual([1, 1, 1, 1, 1, 5, 5, 5, 5])
    expect(new Set(cycles.map(({ seed }) => seed)).size).toBe(2)
  })
})

describe('P106: being a producer is an act on the chain', () => {
  it('who is registered and has not asked has no turn, and its block is refused', () => {
    const network = chaotic(4)
    const late = signerAt(8)
    network.signers.push(late)
    let parent = extend(network, network.tree.final, { transactions: [compose.register(network.networkId, late, 'Late')] })
    for (let i = 0; i < 8; i++) parent = extend(network, parent)
    expect(rankingOn(network, parent)).not.toContain(hexOf(late))
    const family = familyOn(network, parent)
    expect(family.turnOf(parent.state!, late.publicKey, clockOn(parent))).toBeNull()
    for (let rank = 0; rank <= 4; rank++) {
      const timestamp = parent.state!.timestamp + CONFIG.blockIntervalMs
      const built = buildBlock(network.rules, parent.state!, parent.hashBytes, late, { rank, claim: new Uint8Array(0) }, timestamp, [])
      expect(executeBlock(network.rules, parent.state!, parent.hashBytes, built.header, [])).toMatchObject({ ok: false, code: 'bad-rank' })
    }
    parent = extend(network, parent, { transactions: [produce(network, late, 1, true)] })
    const firsts = Array.from({ length: 10 }, () => {
      const first = rankingOn(network, parent)[0]!
      parent = extend(network, parent)
      return first
    })
    expect(rankingOn(network, parent)).toHaveLength(5)
    expect(firsts).toContain(hexOf(late))
  })

  it('who gives its place up is not ranked any more, and the others keep their places', () => {
    const network = chaotic(4)
    let parent = network.tree.final
    const before = rankingOn(network, parent)
    const quits = network.signers.find(signer => toHex(signer.publicKey) === before[2])!
    parent = extend(network, parent, { transactions: [produce(network, quits, 0, false)] })
    expect(rankingOn(network, parent)).toEqual([before[1], before[3], before[0]])
  })

  it('when nobody has asked, everybody alive is ranked and owes nobody a block', () => {
    const network = chaotic(4)
    const everybody = network.signers.map(signer => produce(network, signer, 0, false))
    const parent = extend(network, network.tree.final, { transactions: everybody })
    expect(parent.state!.agents().every(({ producer }) => producer === 0)).toBe(true)
    expect(rankingOn(network, parent)).toHaveLength(4)
    const next = extend(network, parent, { rank: 3 })
    expect(next.state!.agents().map(({ missed }) => missed)).toEqual([0, 0, 0, 0])
  })

  it('a chain that outlived every heartbeat can still wake up', () => {
    const network = chaotic(3, { heartbeatTtl: 4, epochLength: 4 })
    let parent = network.tree.final
    for (let height = 1; height <= 8; height++) parent = extend(network, parent)
    expect(rankingOn(network, parent)).toHaveLength(3)
  })

  it.each([
    [1, 5],
    [2, 5],
    [3, 9],
    [4, 9]
  ])('a key that could have been chosen for its place waits: registered at height %i, it has its first turn in the cycle from height %i on', (at, from) => {
    const network = chaotic(4)
    const late = signerAt(9)
    network.signers.push(late)
    let parent = network.tree.final
    const rankedFrom: number[] = []
    for (let height = 1; height <= 12; height++) {
      if (rankingOn(network, parent).includes(hexOf(late))) rankedFrom.push(height)
      const transactions = height === at ? [compose.register(network.networkId, late, 'Late'), produce(network, late, 1, true)] : []
      parent = extend(network, parent, { transactions })
    }
    expect(rankedFrom[0]).toBe(from)
    expect(rankedFrom).toHaveLength(13 - from)
  })
})

describe('when a producer speaks', () => {
  it('D-10, P094: rank r at its slot, and votes for it not before; the next producer follows a silent one', () => {
    const network = chaotic(4)
    const { final } = network.tree
    const family = familyOn(network, final)
    const clock = clockOn(final)
    for (const [rank, { publicKey }] of family.ranking(final.state!).entries()) {
      const turn = family.turnOf(final.state!, publicKey, clock)
      expect(turn).toMatchObject({ rank })
      expect(family.proposalTime(final.state!, turn!, publicKey, clock)).toBe(clock.start + rank * clock.slotMs)
      const { header } = makeBlock(network, final, { rank })
      expect(family.voteTime(final.state!, header, clock)).toBe(clock.start + rank * clock.slotMs)
    }
  })

  it('P014: never sooner than one interval after the parent, and on the common grid', () => {
    const network = chaotic(2)
    const { final } = network.tree
    const family = familyOn(network, final)
    const { header } = makeBlock(network, final)
    expect(family.checkTurn(final.state!, header)).toBeNull()
    expect(family.checkTurn(final.state!, { ...header, timestamp: header.timestamp - CONFIG.blockIntervalMs })).toMatchObject({ code: 'too-early' })
    expect(family.checkTurn(final.state!, { ...header, timestamp: header.timestamp + 1 })).toMatchObject({ code: 'off-grid' })
    expect(family.checkTurn(final.state!, { ...header, rank: 1 })).toMatchObject({ code: 'bad-rank' })
    expect(family.checkTurn(final.state!, { ...header, rank: 2 })).toMatchObject({ code: 'bad-rank' })
    expect(family.checkTurn(final.state!, { ...header, claim: Uint8Array.of(1) })).toMatchObject({ code: 'bad-claim' })
  })

  it('turns that passed unused are counted and paid for, at most seven a block; a block of one’s own starts the count anew', () => {
    const network = chaotic(9)
    const { final } = network.tree
    const ranking = rankingOn(network, final)
    const entry = extend(network, final, { rank: 8 })
    const recordOf = (key: string) => entry.state!.agents().find(({ publicKey }) => toHex(publicKey) === key)!
    expect(ranking.map(key => recordOf(key).missed)).toEqual([1, 1, 1, 1, 1, 1, 1, 0, 0])
    expect(recordOf(ranking[0]!).balance).toBe(100_000n - network.genesis.missedSlotPenalty)
    expect(recordOf(ranking[7]!).balance).toBe(100_000n)
    const supply = (state: WorldState) => state.agents().reduce((sum, { balance, deposit }) => sum + balance + deposit, state.treasury)
    expect(supply(entry.state!), 'S6').toBe(supply(final.state!))
    expect(rankingOn(network, entry)[0]).toBe(ranking[1])
    const made = extend(network, entry)
    expect(made.state!.agents().find(({ publicKey }) => toHex(publicKey) === ranking[1])).toMatchObject({ missed: 0, blocksMade: 1 })
  })
})

describe('PROTOCOL §8: chaos takes over a running chain', () => {
  it('begins its first cycle with the epoch, and goes on like a chain that always was', () => {
    const authority = signerAt(0)
    const network = createNetwork(4, { authority: authority.publicKey, heartbeatTtl: 1000, epochLength: 4, lookahead: 1 })
    const payload = encode(ConfigurePayload, { epoch: 2, config: CONFIG, approvals: [] })
    const change = signTransaction(network.networkId, { kind: TX_CONFIGURE, sender: authority.publicKey, nonce: 0, fee: 0n, payload }, authority)
    let parent = extend(network, network.tree.final, { transactions: [change] })
    while (parent.height < 8) {
      expect(familyOn(network, parent).name).toBe('midnight')
      parent = extend(network, parent)
    }
    const firsts: string[] = []
    while (parent.height < 16) {
      expect(familyOn(network, parent).name).toBe('chaos')
      firsts.push(rankingOn(network, parent)[0]!)
      parent = extend(network, parent)
    }
    expect(new Set(firsts.slice(0, 4)).size).toBe(4)
    expect(new Set(firsts.slice(4)).size).toBe(4)
  })
})
