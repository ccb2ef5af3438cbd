import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { compareBytes, toHex } from '../bytes'
import type { BlockEntry } from '../chain/blockTree'
import { buildBlock, executeBlock } from '../chain/execute'
import { decode, encode } from '../codec'
import { MEMBERSHIP_INVITED } from '../consensus/validatorSet'
import { genesisState } from '../genesis'
import { nameToBytes } from '../names'
import { AGENT_ACTIVE, AGENT_LEFT, AGENT_PENALISED, EvidencePayload, RegisterPayload, State } from '../schema'
import type { Transaction } from '../schema'
import { blockHash, proposalBytes, signTransaction } from '../signing'
import { addBlock, compose, createNetwork, makeBlock, signerAt } from '../testing/network'
import type { TestNetwork } from '../testing/network'
import { applyTransaction, checkTransaction, inspectTransaction, TX_EVIDENCE } from './transactions'
import { StateIndex, WorldState } from './worldState'

const network = createNetwork(4)
const { networkId, genesis } = network
const [alice, bob, carol, dave] = network.signers as [
  (typeof network.signers)[0],
  (typeof network.signers)[0],
  (typeof network.signers)[0],
  (typeof network.signers)[0]
]
const newcomer = signerAt(50)
const root = network.tree.final
const GRANT = 100_000n

function contextOn(state: WorldState, change: Partial<typeof genesis> = {}) {
  const edit = state.edit()
  // As a block does it: its parent, here genesis, is known to its transactions.
  edit.recordBlock(state, networkId)
  return { state: edit, height: state.height + 1, genesis: { ...genesis, ...change }, networkId }
}
const codeOf = (transaction: Transaction, state: WorldState = root.state!, change: Partial<typeof genesis> = {}) =>
  checkTransaction(contextOn(state, change), transaction)?.code ?? 'ok'

/** The state after these transactions, each of which must pass. */
function after(transactions: Transaction[], state: WorldState = root.state!): WorldState {
  const context = contextOn(state)
  for (const transaction of transactions) {
    expect(checkTransaction(context, transaction)).toBeNull()
    applyTransaction(context, transaction)
  }
  return context.state.finish()
}

/** A personality that nobody has named. */
const UNSET = { personality: 0, traitsHash: new Uint8Array(32) }
/** Where the treasury stands in an encoded state: after the offsets of the four subtrees. */
const TREASURY_AT = 16
const supplyOf = (state: WorldState) => state.agents().reduce((sum, agent) => sum + agent.balance, state.treasury)

function twins(net: TestNetwork, parent: BlockEntry, rank = 0): [BlockEntry, BlockEntry] {
  const made = [makeBlock(net, parent, { rank }), makeBlock(net, parent, { rank, timestamp: parent.state!.timestamp + 2 * net.genesis.config.blockIntervalMs })]
  return made.sort((a, b) => compareBytes(a.hashBytes, b.hashBytes)) as [BlockEntry, BlockEntry]
}

const signed = ({ header, signature }: BlockEntry) => ({ header, signature })
const report = (first: BlockEntry, second: BlockEntry, signer = alice, nonce = 0) =>
  signTransaction(
    networkId,
    { kind: TX_EVIDENCE, sender: signer.publicKey, nonce, fee: 0n, payload: encode(EvidencePayload, { first: signed(first), second: signed(second) }) },
    signer
  )

describe('what every transaction is asked', () => {
  it('kind, sender, nonce, fee', () => {
    const base = compose.transfer(networkId, alice, 0, bob.publicKey, 1n)
    expect(codeOf(base)).toBe('ok')
    expect(codeOf({ ...base, kind: 99 })).toBe('unknown-transaction')
    expect(codeOf({ ...base, payload: new Uint8Array(1) })).toBe('malformed')
    expect(codeOf(compose.transfer(networkId, newcomer, 0, bob.publicKey, 1n))).toBe('unknown-sender')
    expect(codeOf({ ...base, nonce: 1 })).toBe('nonce-gap')
    expect(codeOf({ ...base, fee: GRANT + 1n })).toBe('insufficient-balance')
    expect(codeOf(base, after([base]))).toBe('nonce-used')
  })

  it('whose signatures must hold is known without a state', () => {
    const own = inspectTransaction(networkId, compose.leave(networkId, alice, 0))
    expect(own.ok && own.value).toHaveLength(1)
    const [first, second] = twins(network, root)
    const proof = inspectTransaction(networkId, report(first, second))
    expect(proof.ok && proof.value).toHaveLength(3)
    expect(inspectTransaction(networkId, { ...compose.leave(networkId, alice, 0), payload: Uint8Array.of(0) })).toMatchObject({ code: 'malformed' })
  })
})

describe('register', () => {
  const joining = compose.register(networkId, newcomer, 'Nina')

  it('gives a grant out of the treasury and takes nonce 0', () => {
    const state = after([joining])
    expect(state.agent(newcomer.publicKey)).toMatchObject({ balance: GRANT, nonce: 1, status: AGENT_ACTIVE, registeredAt: 1, lastHeartbeat: 1 })
    expect(state.treasury).toBe(genesis.treasury - GRANT)
  })

  it('is refused by code', () => {
    expect(codeOf(joining, after([joining]))).toBe('nonce-used')
    expect(codeOf({ ...joining, nonce: 1 }, after([joining]))).toBe('already-registered')
    expect(codeOf(joining, root.state!, { membership: MEMBERSHIP_INVITED })).toBe('not-invited')
    expect(codeOf({ ...joining, fee: 1n })).toBe('bad-fee')
    expect(codeOf({ ...joining, sender: new Uint8Array(32) }), 'a key of small order').toBe('bad-key')
    const nameless = { ...joining, payload: encode(RegisterPayload, { ...UNSET, name: new Uint8Array(32) }) }
    expect(codeOf(nameless)).toBe('bad-name')
    expect(codeOf({ ...joining, payload: encode(RegisterPayload, { ...UNSET, name: nameToBytes('a\u202eb') }) })).toBe('bad-name')
    expect(codeOf({ ...joining, nonce: 4 })).toBe('nonce-gap')
  })

  it('an empty treasury still lets people in, with nothing', () => {
    const poor = root.state!.edit()
    poor.treasury = 5n
    expect(after([joining], poor.finish()).agent(newcomer.publicKey)!.balance).toBe(5n)
  })
})

describe('transfer', () => {
  it('moves the amount; the fee leaves the sender', () => {
    const state = after([compose.transfer(networkId, alice, 0, bob.publicKey, 10n, 3n)])
    expect(state.agent(alice.publicKey)!.balance).toBe(GRANT - 13n)
    expect(state.agent(bob.publicKey)!.balance).toBe(GRANT + 10n)
  })

  it('is refused by code', () => {
    expect(codeOf(compose.transfer(networkId, alice, 0, bob.publicKey, 0n))).toBe('bad-amount')
    expect(codeOf(compose.transfer(networkId, alice, 0, alice.publicKey, 1n))).toBe('bad-recipient')
    expect(codeOf(compose.transfer(networkId, alice, 0, newcomer.publicKey, 1n))).toBe('bad-recipient')
    expect(codeOf(compose.transfer(networkId, alice, 0, bob.publicKey, GRANT, 0n))).toBe('ok')
    expect(codeOf(compose.transfer(networkId, alice, 0, bob.publicKey, GRANT, 1n))).toBe('insufficient-balance')
    expect(codeOf(compose.transfer(networkId, alice, 0, bob.publicKey, 2n ** 64n - 1n, 1n)), 'no overflow').toBe('insufficient-balance')
  })
})

describe('heartbeat names an ancestor (D-45)', () => {
  it('the parent of the block that holds it, and older ones, within the lifetime', () => {
    const net = createNetwork(4, { heartbeatTtl: 8 })
    const blocks = [net.tree.final]
    for (let height = 1; height <= 12; height++) {
      const entry = addBlock(net.tree, makeBlock(net, blocks.at(-1)!))
      net.tree.stateOf(entry)
      blocks.push(entry)
    }
    const parent = blocks[12]!
    const naming = (height: number, hash: Uint8Array) => {
      // As in a block: the parent enters the ring before the transactions run.
      const built = buildBlock(net.rules, parent.state!, parent.hashBytes, net.signers[0]!, { rank: 0, claim: new Uint8Array(0) }, 0, [
        compose.heartbeat(net.networkId, alice, 0, height, hash)
      ])
      return built.transactions.length
    }
    for (const height of [12, 11, 5]) expect(naming(height, blocks[height]!.hashBytes), `height ${height}`).toBe(1)
    expect(naming(4, blocks[4]!.hashBytes), 'older than a lifetime').toBe(0)
    expect(naming(13, parent.hashBytes), 'the future').toBe(0)
    expect(naming(12, blocks[11]!.hashBytes), 'the hash of another height').toBe(0)
    expect(naming(11, new Uint8Array(32)), 'a foreign block').toBe(0)
    const context = { state: parent.state!.edit(), height: 13, genesis: net.genesis, networkId: net.networkId }
    expect(checkTransaction(context, compose.heartbeat(net.networkId, alice, 0, 13, parent.hashBytes))?.code).toBe('stale-heartbeat')
    expect(checkTransaction(context, compose.heartbeat(net.networkId, alice, 0, 4, blocks[4]!.hashBytes))?.code).toBe('stale-heartbeat')
    expect(checkTransaction(context, compose.heartbeat(net.networkId, alice, 0, 11, new Uint8Array(32)))?.code).toBe('foreign-heartbeat')
  })

  it('brings back who has left', () => {
    const left = after([compose.leave(networkId, alice, 0)])
    expect(left.agent(alice.publicKey)!.status).toBe(AGENT_LEFT)
    expect(codeOf(compose.leave(networkId, alice, 1), left)).toBe('not-active')
    expect(after([compose.heartbeat(networkId, alice, 1, 0, networkId)], left).agent(alice.publicKey)!.status).toBe(AGENT_ACTIVE)
  })
})

describe('evidence (F-12)', () => {
  const [first, second] = twins(network, root)
  const liar = network.signers.find(({ publicKey }) => toHex(publicKey) === toHex(first.header.proposer))!
  const witness = [alice, bob].find(signer => signer !== liar)!

  it('two signed blocks of one proposer on one parent cost it its seat and half of its balance', () => {
    const state = after([report(first, second, witness)])
    expect(state.agent(liar.publicKey)).toMatchObject({ status: AGENT_PENALISED, balance: GRANT / 2n })
    expect(state.treasury).toBe(genesis.treasury + GRANT / 2n)
    expect(supplyOf(state)).toBe(supplyOf(root.state!))
    expect(codeOf(report(first, second, witness, 1), state), 'once only').toBe('already-penalised')
    expect(codeOf(compose.transfer(networkId, liar, 0, witness.publicKey, 1n), state)).toBe('penalised')
    expect(codeOf(compose.heartbeat(networkId, liar, 0, 0, networkId), state), 'there is no way back').toBe('penalised')
  })

  it('is refused in the other order, for one block twice, for two proposers, two heights or two parents', () => {
    expect(codeOf(report(second, first, witness))).toBe('bad-evidence')
    expect(codeOf(report(first, first, witness))).toBe('bad-evidence')
    const other = makeBlock(network, root, { rank: 1 })
    const child = makeBlock(network, first)
    const parents = { ...second, header: { ...second.header, parent: new Uint8Array(32) } }
    for (const wrong of [other, child, parents]) {
      const [a, b] = [first, { ...wrong, hashBytes: blockHash(networkId, wrong.header) }].sort((x, y) => compareBytes(x.hashBytes, y.hashBytes)) as [
        BlockEntry,
        BlockEntry
      ]
      expect(codeOf(report(a, b, witness))).toMatch(/bad-evidence|malformed/)
    }
  })

  it('of unknown proposers, of the future, and older than its window', () => {
    const forge = (height: number, proposer = liar) => {
      const [a, b] = [first, second]
        .map(block => {
          const header = { ...block.header, height, proposer: proposer.publicKey }
          const hashBytes = blockHash(networkId, header)
          return { ...block, header, hashBytes, signature: proposer.sign(proposalBytes(networkId, hashBytes)) }
        })
        .sort((x, y) => compareBytes(x.hashBytes, y.hashBytes)) as [BlockEntry, BlockEntry]
      return report(a, b, witness)
    }
    expect(codeOf(forge(1))).toBe('ok')
    expect(codeOf(forge(2))).toBe('stale-evidence')
    expect(codeOf(forge(1, newcomer))).toBe('already-penalised')
    const late = { ...contextOn(root.state!), height: 300 }
    expect(checkTransaction(late, forge(1))?.code).toBe('stale-evidence')
  })
})

/** Random transactions, many of them wrong: any sender, nonces near the right one, amounts around the balance. */
const randomTransactions = fc.array(
  fc.record({
    from: fc.nat({ max: 5 }),
    to: fc.nat({ max: 5 }),
    kind: fc.constantFrom('transfer', 'transfer', 'transfer', 'register', 'leave', 'heartbeat'),
    nonce: fc.nat({ max: 3 }),
    amount: fc.bigInt({ min: 0n, max: 60_000n }),
    fee: fc.bigInt({ min: 0n, max: 50n })
  }),
  { maxLength: 25 }
)
const people = [...network.signers, signerAt(60), signerAt(61)]
/** Signatures are ingress's business: none is needed here, so thousands of cases are cheap. */
const mute = (index: number) => ({ ...people[index]!, sign: () => new Uint8Array(64) })
type Drawn = { from: number; to: number; kind: string; nonce: number; amount: bigint; fee: bigint }
const realise = (drawn: Drawn[], parent: BlockEntry = root): Transaction[] =>
  drawn.map(({ from, to, kind, nonce, amount, fee }) => {
    const sender = mute(from)
    if (kind === 'register') return compose.register(networkId, sender, `N ${from}`, nonce)
    if (kind === 'leave') return compose.leave(networkId, sender, nonce)
    if (kind === 'heartbeat') return compose.heartbeat(networkId, sender, nonce, parent.height, parent.hashBytes)
    return compose.transfer(networkId, sender, nonce, people[to]!.publicKey, amount, fee)
  })

describe('blocks of random transactions', () => {
  const [first] = network.rules.familyOf(root.state!).ranking(root.state!)
  const proposer = network.signers.find(({ publicKey }) => toHex(publicKey) === toHex(first!.publicKey))!
  const build = (transactions: Transaction[]) =>
    buildBlock(network.rules, root.state!, root.hashBytes, proposer, { rank: 0, claim: new Uint8Array(0) }, root.state!.timestamp + 2000, transactions)

  it('executing what was built gives the same root, on a decoded copy of the parent, too (S4, S8)', () => {
    const copy = WorldState.decode(root.state!.encode(), new StateIndex())
    fc.assert(
      fc.property(randomTransactions, drawn => {
        const { header, transactions, state } = build(realise(drawn))
        for (const parent of [root.state!, copy]) {
          const executed = executeBlock(network.rules, parent, root.hashBytes, header, transactions)
          expect(executed.ok && toHex(executed.value.root)).toBe(toHex(state.root))
        }
      }),
      { numRuns: 150 }
    )
  })

  it('the supply never changes (S6) and no balance is made of nothing', () => {
    const supply = supplyOf(root.state!)
    fc.assert(
      fc.property(randomTransactions, drawn => {
        const { state } = build(realise(drawn))
        expect(supplyOf(state)).toBe(supply)
      }),
      { numRuns: 150 }
    )
  })

  it('a nonce is used once (S9): no sender has two transactions with one nonce, and nonces have no gaps', () => {
    fc.assert(
      fc.property(randomTransactions, drawn => {
        const { transactions, state } = build(realise(drawn))
        for (let person = 0; person < people.length; person++) {
          const nonces = transactions.filter(({ sender }) => toHex(sender) === toHex(people[person]!.publicKey)).map(({ nonce }) => nonce)
          expect(nonces).toEqual(nonces.map((_, i) => i))
          expect(state.agent(people[person]!.publicKey)?.nonce ?? 0).toBe(nonces.length)
        }
      }),
      { numRuns: 150 }
    )
  })

  it('dropping an edit leaves the parent as it was: root, bytes and records (S7, F-22, F-23)', () => {
    const before = { root: toHex(genesisState(genesis, new StateIndex()).root), bytes: toHex(root.state!.encode()) }
    fc.assert(
      fc.property(randomTransactions, drawn => {
        const context = contextOn(root.state!)
        for (const transaction of realise(drawn)) if (checkTransaction(context, transaction) === null) applyTransaction(context, transaction)
        context.state.view.commit()
        expect(toHex(root.state!.view.hashTreeRoot())).toBe(before.root)
        expect(toHex(root.state!.encode())).toBe(before.bytes)
      }),
      { numRuns: 100 }
    )
  })

  it('a refused transaction changes nothing at all (F-22)', () => {
    fc.assert(
      fc.property(randomTransactions, drawn => {
        const context = contextOn(root.state!)
        for (const transaction of realise(drawn)) {
          if (checkTransaction(context, transaction) === null) applyTransaction(context, transaction)
          else {
            context.state.view.commit()
            const untouched = toHex(context.state.view.hashTreeRoot())
            checkTransaction(context, transaction)
            context.state.view.commit()
            expect(toHex(context.state.view.hashTreeRoot())).toBe(untouched)
          }
        }
      }),
      { numRuns: 60 }
    )
  })

  it('a block with one wrong transaction is refused as a whole and leaves the parent alone', () => {
    const { header, transactions } = build([compose.transfer(networkId, alice, 0, bob.publicKey, 1n)])
    const spoiled = [...transactions, compose.transfer(networkId, carol, 7, dave.publicKey, 1n)]
    expect(executeBlock(network.rules, root.state!, root.hashBytes, header, spoiled)).toMatchObject({ code: 'bad-transaction-root' })
    const rooted = { ...header, txRoot: build([]).header.txRoot }
    expect(executeBlock(network.rules, root.state!, root.hashBytes, rooted, [])).toMatchObject({ code: 'bad-state-root' })
  })
})

describe('snapshots (S8)', () => {
  it('encode and decode give the same root, the same sets and the same agents, after every block of two epochs', () => {
    const net = createNetwork(4)
    // From height 17 on, only who registered later is alive and proposes.
    net.signers.push(newcomer)
    let parent = net.tree.final
    for (let height = 1; height <= 17; height++) {
      const transactions = height === 3 ? [compose.register(net.networkId, newcomer, 'Zoë')] : []
      parent = addBlock(net.tree, makeBlock(net, parent, { transactions }))
      const state = net.tree.stateOf(parent)!
      const bytes = state.encode()
      const again = WorldState.decode(bytes, new StateIndex())
      expect(toHex(again.root)).toBe(toHex(state.root))
      expect(again.agents()).toEqual(state.agents())
      expect(again.sets).toEqual(state.sets)
      expect(net.rules.familyOf(again).ranking(again)).toEqual(net.rules.familyOf(state).ranking(state))
      const plain = decode(State, bytes)
      expect(plain.ok && toHex(State.hashTreeRoot(plain.value)), 'a second computation, without the tree').toBe(toHex(state.root))
      const spoiled = bytes.slice()
      spoiled[TREASURY_AT]! ^= 1
      expect(toHex(WorldState.decode(spoiled, new StateIndex()).root)).not.toBe(toHex(state.root))
    }
  })
})
