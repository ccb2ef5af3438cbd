import { describe, expect, it } from 'vitest'
import { toHex } from '../bytes'
import { encode } from '../codec'
import { KEPT_FINAL_BLOCKS, MAX_BLOCK_TRANSACTIONS, MAX_PROPOSALS_PER_HEIGHT, MAX_TWINS } from '../limits'
import { TransactionList } from '../schema'
import type { Header } from '../schema'
import { blockHash, proposalBytes } from '../signing'
import { addBlock, compose, createNetwork, makeBlock, TEST_TIME } from '../testing/network'
import type { TestNetwork } from '../testing/network'
import type { BlockEntry } from './blockTree'
import { gridFloor, gridTimestamp } from '../families/common'
import { checkHeader } from './execute'

/** A branch of `length` blocks on `parent`; `rank` tells branches apart. */
function grow(network: TestNetwork, parent: BlockEntry, length: number, rank = 0): BlockEntry[] {
  const branch: BlockEntry[] = []
  for (let i = 0; i < length; i++) {
    const entry = addBlock(network.tree, makeBlock(network, branch.at(-1) ?? parent, { rank }))
    expect(network.tree.stateOf(entry)).not.toBeNull()
    branch.push(entry)
  }
  return branch
}

/** The same block under a changed header, signed by its proposer. */
function altered(network: TestNetwork, block: BlockEntry, change: Partial<Header>): BlockEntry {
  const header = { ...block.header, ...change }
  const hashBytes = blockHash(network.networkId, header)
  const signer = network.signers.find(({ publicKey }) => toHex(publicKey) === toHex(header.proposer))!
  return {
    ...block,
    header,
    hashBytes,
    hash: toHex(hashBytes),
    height: header.height,
    parent: toHex(header.parent),
    signature: signer.sign(proposalBytes(network.networkId, hashBytes))
  }
}

describe('adding', () => {
  it('needs the parent, the next height and a place above the final block', () => {
    const network = createNetwork(4)
    const { tree } = network
    const block = makeBlock(network, tree.final)
    const add = (wrong: BlockEntry) => tree.add(wrong.hashBytes, wrong.header, wrong.signature, wrong.transactions, 0)
    expect(add(altered(network, block, { parent: new Uint8Array(32) }))).toMatchObject({ code: 'unknown-parent' })
    expect(add(altered(network, block, { height: 2 }))).toMatchObject({ code: 'bad-height' })
    expect(add(altered(network, block, { height: 0 }))).toMatchObject({ code: 'below-final' })
    const first = add(block)
    const second = add(block)
    expect(first.ok && second.ok && first.value === second.value, 'the same block twice is one entry').toBe(true)
    expect(tree.size).toBe(2)
  })

  it('a body that comes later completes the entry', () => {
    const network = createNetwork(4)
    const block = makeBlock(network, network.tree.final)
    const entry = network.tree.add(block.hashBytes, block.header, block.signature, null, 0)
    expect(entry.ok && network.tree.stateOf(entry.value)).toBeNull()
    network.tree.add(block.hashBytes, block.header, block.signature, block.transactions, 0)
    expect(entry.ok && toHex(network.tree.stateOf(entry.value)!.root)).toBe(toHex(block.header.stateRoot))
  })

  it('several proposals of one height are kept (M035), and no more than the limit (S10)', () => {
    const network = createNetwork(4)
    for (let rank = 0; rank < 4; rank++) addBlock(network.tree, makeBlock(network, network.tree.final, { rank }))
    expect(network.tree.at(1)).toHaveLength(4)
    // Nobody can say whether these proposers have a rank while their parent's body is missing.
    const parent = makeBlock(network, network.tree.final, { timestamp: TEST_TIME + 4000 })
    network.tree.add(parent.hashBytes, parent.header, parent.signature, null, 0)
    const block = makeBlock(network, parent)
    const add = (number: number, certified = false) => {
      const header = { ...block.header, proposer: new Uint8Array(32).fill(number & 255).fill(number >> 8, 0, 1) }
      return network.tree.add(blockHash(network.networkId, header), header, block.signature, null, 0, certified)
    }
    for (let i = 0; i < MAX_PROPOSALS_PER_HEIGHT; i++) expect(add(i).ok).toBe(true)
    expect(add(1000)).toMatchObject({ code: 'height-full' })
    expect(network.tree.at(2)).toHaveLength(MAX_PROPOSALS_PER_HEIGHT)
    expect(add(1000, true), 'what a quorum has voted for is always taken').toMatchObject({ ok: true })
    // Once the parent has been executed, those without a turn make room one by one, and never the one that has been voted on.
    addBlock(network.tree, parent)
    expect(network.tree.stateOf(network.tree.get(parent.hash)!)).not.toBeNull()
    addBlock(network.tree, block)
    expect(network.tree.stateOf(network.tree.get(block.hash)!)).not.toBeNull()
    for (let i = 2000; i < 2000 + MAX_PROPOSALS_PER_HEIGHT; i++) expect(add(i).ok).toBe(true)
    expect(network.tree.get(block.hash)).toBeDefined()
    expect(network.tree.at(2)).toHaveLength(MAX_PROPOSALS_PER_HEIGHT + 1)
  })

  it('one agent that signs hundreds of blocks for a height cannot shut out the blocks of the others', () => {
    const network = createNetwork(4)
    const flood = makeBlock(network, network.tree.final, { rank: 3 })
    for (let i = 1; i <= MAX_PROPOSALS_PER_HEIGHT; i++) {
      const other = altered(network, flood, { timestamp: TEST_TIME + 2000 * (i + 1) })
      network.tree.add(other.hashBytes, other.header, other.signature, null, 0)
    }
    expect(network.tree.at(1), 'two are evidence').toHaveLength(MAX_TWINS)
    const honest = makeBlock(network, network.tree.final, { rank: 0 })
    expect(network.tree.add(honest.hashBytes, honest.header, honest.signature, honest.transactions, 0)).toMatchObject({ ok: true })
  })
})

describe('execution decides validity', () => {
  const network = createNetwork(4)
  const parent = network.tree.final
  const block = makeBlock(network, parent, { transactions: [compose.transfer(network.networkId, network.signers[0]!, 0, network.signers[1]!.publicKey, 1n)] })

  it.each<[string, Partial<Header>]>([
    ['bad-height', { height: 2 }],
    ['bad-parent', { parent: new Uint8Array(32) }],
    ['too-early', { timestamp: TEST_TIME + 1999 }],
    ['too-early', { timestamp: TEST_TIME }],
    ['off-grid', { timestamp: TEST_TIME + 2001 }],
    ['bad-rank', { rank: 1 }],
    ['bad-rank', { rank: 4 }],
    ['bad-rank', { rank: 65535 }],
    ['bad-seed', { seed: new Uint8Array(32) }],
    ['bad-vrf', { vrf: new Uint8Array(80) }],
    ['bad-claim', { claim: Uint8Array.of(1) }]
  ])('%s', (code, change) => {
    expect(checkHeader(network.rules, parent.state!, parent.hashBytes, { ...block.header, ...change })).toMatchObject({ code })
  })

  it('a proposer without a rank, or with the rank of another', () => {
    const [first, second] = network.rules.familyOf(parent.state!).ranking(parent.state!)
    expect(checkHeader(network.rules, parent.state!, parent.hashBytes, { ...block.header, proposer: second!.publicKey })).toMatchObject({ code: 'bad-rank' })
    expect(checkHeader(network.rules, parent.state!, parent.hashBytes, { ...block.header, proposer: new Uint8Array(32) })).toMatchObject({ code: 'bad-rank' })
    expect(toHex(first!.publicKey)).toBe(toHex(block.header.proposer))
    expect(checkHeader(network.rules, parent.state!, parent.hashBytes, block.header)).toBeNull()
  })

  it('an invalid block stays in the tree for the eye and takes its descendants with it', () => {
    const net = createNetwork(4)
    const good = makeBlock(net, net.tree.final)
    const bad = addBlock(net.tree, altered(net, good, { stateRoot: new Uint8Array(32) }))
    const child = altered(net, makeBlock(net, good), { parent: bad.hashBytes })
    const early = addBlock(net.tree, child)
    expect(net.tree.stateOf(early)).toBeNull()
    expect(bad.invalid).toMatchObject({ code: 'bad-state-root' })
    const late = addBlock(net.tree, altered(net, child, { timestamp: child.header.timestamp + 2000 }))
    expect(late.invalid).toMatchObject({ code: 'invalid-parent' })
    expect(net.tree.stateOf(early)).toBeNull()
  })

  it('a block that was here before its parent turned out to be invalid says so, too', () => {
    const net = createNetwork(4)
    const good = makeBlock(net, net.tree.final)
    const bad = addBlock(net.tree, altered(net, good, { stateRoot: new Uint8Array(32) }))
    const early = addBlock(net.tree, altered(net, makeBlock(net, good), { parent: bad.hashBytes }))
    expect(net.tree.stateOf(early)).toBeNull()
    expect(early.invalid).toMatchObject({ code: 'invalid-parent' })
  })

  it('a body of the largest number of small transactions fits into a block', () => {
    const transactions = Array.from({ length: MAX_BLOCK_TRANSACTIONS }, (_, nonce) => ({
      ...compose.leave(network.networkId, { ...network.signers[0]!, sign: () => new Uint8Array(64) }, nonce),
      payload: new Uint8Array(40)
    }))
    expect(encode(TransactionList, transactions).length).toBeLessThan(256 * 1024)
  })
})

describe('R10: timestamps lie on the grid', () => {
  const network = createNetwork(1)
  const state = network.tree.final.state!

  it('one interval after the parent; after a sleep the present period', () => {
    expect(gridTimestamp(TEST_TIME, 2000, state, TEST_TIME)).toBe(TEST_TIME + 2000)
    expect(gridTimestamp(TEST_TIME, 2000, state, TEST_TIME + 2000)).toBe(TEST_TIME + 2000)
    expect(gridTimestamp(TEST_TIME, 2000, state, TEST_TIME + 9999)).toBe(TEST_TIME + 8000)
    expect(gridTimestamp(TEST_TIME, 2000, state, TEST_TIME - 50_000), 'a clock that goes slow').toBe(TEST_TIME + 2000)
  })

  it('proposers of one period come to one timestamp (F-15)', () => {
    for (const offset of [0, 1, 1000, 1999]) expect(gridFloor(TEST_TIME, 2000, TEST_TIME + 10_000 + offset)).toBe(TEST_TIME + 10_000)
  })
})

describe('ancestors and paths', () => {
  it('follow the branch of the block', () => {
    const network = createNetwork(4)
    const trunk = grow(network, network.tree.final, 3)
    const fork = grow(network, trunk[0]!, 3, 1)
    const { tree } = network
    expect(tree.isAncestor(trunk[0]!, fork[2]!)).toBe(true)
    expect(tree.isAncestor(trunk[1]!, fork[2]!)).toBe(false)
    expect(tree.isAncestor(fork[2]!, fork[2]!)).toBe(true)
    expect(tree.isAncestor(fork[2]!, trunk[0]!)).toBe(false)
    expect(tree.path(trunk[0]!, fork[2]!)).toEqual(fork)
    expect(tree.path(trunk[1]!, fork[2]!)).toEqual([])
    expect(tree.path(trunk[2]!, trunk[2]!)).toEqual([])
  })
})

describe('S2: finality moves forward along one branch', () => {
  it('finalises ancestors with the block, drops what can never be built upon, and keeps stale siblings for the eye', () => {
    const network = createNetwork(4)
    const { tree } = network
    const trunk = grow(network, tree.final, 3)
    const fork = grow(network, trunk[0]!, 4, 1)
    const rootHash = tree.final.hash
    const { finals, stale } = tree.finalise(trunk[2]!)
    expect(finals).toEqual(trunk)
    expect(new Set(stale)).toEqual(new Set(fork))
    expect(tree.final).toBe(trunk[2])
    expect(tree.get(fork[1]!.hash), 'at a final height').toBeDefined()
    expect(tree.get(fork[2]!.hash), 'above the final block').toBeUndefined()
    expect(tree.get(fork[3]!.hash)).toBeUndefined()
    expect(tree.at(5)).toEqual([])
    expect(tree.get(rootHash)).toBeDefined()
    const late = makeBlock(network, trunk[1]!, { rank: 2 })
    expect(tree.add(late.hashBytes, late.header, late.signature, late.transactions, 0)).toMatchObject({ code: 'below-final' })
  })

  it('never goes back or sideways', () => {
    const network = createNetwork(4)
    const trunk = grow(network, network.tree.final, 2)
    const fork = grow(network, trunk[0]!, 1, 1)
    network.tree.finalise(trunk[1]!)
    for (const other of [trunk[0]!, trunk[1]!, fork[0]!]) expect(() => network.tree.finalise(other)).toThrow('forward along one branch')
    expect(network.tree.final).toBe(trunk[1])
  })

  it('T065: a state that was fetched begins the tree anew; its block, known before or not, is none of those that are dropped', () => {
    const network = createNetwork(4)
    const { tree } = network
    const [first, second, third] = grow(network, tree.final, 3) as [BlockEntry, BlockEntry, BlockEntry]
    const sibling = grow(network, tree.final, 1, 1)[0]!
    const dropped = tree.reroot({ ...second, children: [] })
    expect(new Set(dropped)).toEqual(new Set([first, third, sibling]))
    expect([tree.final.hash, tree.size]).toEqual([second.hash, 1])
  })

  it('blocks deeper than KEPT_FINAL_BLOCKS are forgotten (S10)', () => {
    const network = createNetwork(1)
    for (let i = 0; i < KEPT_FINAL_BLOCKS + 20; i++) network.tree.finalise(grow(network, network.tree.final, 1)[0]!)
    expect(network.tree.size).toBe(KEPT_FINAL_BLOCKS + 1)
    expect(network.tree.at(19)).toEqual([])
    expect(network.tree.at(20)).toHaveLength(1)
  })
})
