import { describe, expect, it } from 'vitest'
import { toHex } from '../../bytes'
import type { BlockEntry } from '../../chain/blockTree'
import { executeBlock } from '../../chain/execute'
import { encode } from '../../codec'
import { epochOf } from '../../consensus/validatorSet'
import { playgroundConfig } from '../../genesis'
import { ConfigurePayload } from '../../schema'
import type { ChainConfig, Transaction } from '../../schema'
import { signTransaction } from '../../signing'
import { TX_CONFIGURE } from '../../state/transactions'
import { StateIndex, WorldState } from '../../state/worldState'
import { addBlock, clockOn, compose, createNetwork, makeBlock, signerAt } from '../../testing/network'
import type { TestNetwork } from '../../testing/network'
import { familiesOf } from '../registry'
import { lowestTicketFirst, midnight } from './rules'

const MODE = { lowestHash: 0, vrf: 1, leader: 3 } as const
const EPOCH_LENGTH = 3
const configOf = (mode: number): ChainConfig => playgroundConfig(midnight.defaultConfig(mode))
const hexes = (ranked: readonly { publicKey: Uint8Array }[]) => ranked.map(({ publicKey }) => toHex(publicKey))

/** The founder's order to change, which the genesis gives it the right to. */
function configure(network: TestNetwork, nonce: number, epoch: number, mode: number): Transaction {
  const [authority] = network.signers
  const payload = encode(ConfigurePayload, { epoch, config: configOf(mode), approvals: [] })
  return signTransaction(network.networkId, { kind: TX_CONFIGURE, sender: authority!.publicKey, nonce, fee: 0n, payload }, authority!)
}

/**
 * The seed's migration: leader only, until epoch 3; everybody creates and the leader is chosen afterwards, until epoch 7; then the leader's paths are off.
 * Orders are given in blocks 2 and 11.
 */
const PHASES = [
  { mode: MODE.leader, from: 1 },
  { mode: MODE.vrf, from: 3 * EPOCH_LENGTH + 1 },
  { mode: MODE.lowestHash, from: 7 * EPOCH_LENGTH + 1 }
]
const HEIGHTS = 8 * EPOCH_LENGTH
const phaseAt = (height: number) => PHASES.findLast(({ from }) => height >= from)!.mode

function migrate(): { network: TestNetwork; chain: BlockEntry[] } {
  const network = createNetwork(4, {
    config: configOf(MODE.leader),
    epochLength: EPOCH_LENGTH,
    lookahead: 1,
    heartbeatTtl: 1000,
    authority: signerAt(0).publicKey
  })
  const [, b, c] = network.signers
  const chain = [network.tree.final]
  for (let height = 1; height <= HEIGHTS; height++) {
    const parent = chain.at(-1)!
    const transactions: Transaction[] = []
    if (height === 2) transactions.push(configure(network, 0, epochOf(PHASES[1]!.from, EPOCH_LENGTH), MODE.vrf))
    if (height === 11) transactions.push(configure(network, 1, epochOf(PHASES[2]!.from, EPOCH_LENGTH), MODE.lowestHash))
    // Life goes on: one transfer at every third height.
    if (height % 3 === 1) transactions.push(compose.transfer(network.networkId, b!, Math.floor(height / 3), c!.publicKey, BigInt(height), 2n))
    const made = makeBlock(network, parent, { rank: height % 4 === 0 ? 1 : 0, transactions })
    expect(made.transactions).toHaveLength(transactions.length)
    const entry = addBlock(network.tree, made)
    expect(network.tree.stateOf(entry), `block ${height} is valid`).not.toBeNull()
    chain.push(entry)
  }
  return { network, chain }
}

describe("the seed's migration on a running chain (M052, M053, M054, PROTOCOL §8)", () => {
  const { network, chain } = migrate()
  const stateAfter = (height: number) => chain[height]!.state!
  const familyFor = (height: number) => network.rules.familyOf(stateAfter(height - 1))

  it('M053: the mode of every block is that of its phase, and changes at exactly the first height of the epoch', () => {
    for (let height = 1; height <= HEIGHTS; height++) {
      expect(familyFor(height).config.mode, `block ${height}`).toBe(phaseAt(height))
      expect(stateAfter(height - 1).config, `block ${height}`).toEqual(configOf(phaseAt(height)))
    }
    expect(PHASES.map(({ from }) => (from - 1) % EPOCH_LENGTH)).toEqual([0, 0, 0])
  })

  it('M052: in phase 1 the leader speaks alone at the start; in phase 2 all create at once and the same lottery chooses afterwards', () => {
    const waits = (height: number) => {
      const parent = chain[height - 1]!
      const clock = clockOn(parent)
      return familyFor(height)
        .ranking(parent.state!)
        .map(({ publicKey }, rank) => familyFor(height).proposalTime(parent.state!, { rank, claim: new Uint8Array(0) }, publicKey, clock) - clock.start)
    }
    for (let height = 1; height <= HEIGHTS; height++) expect(waits(height)).toEqual(phaseAt(height) === MODE.leader ? [0, 1200, 2400, 3600] : [0, 0, 0, 0])
  })

  it('M053: ranks have a leader in front until the boundary and are the order of tickets from it on', () => {
    let moved = 0
    for (let height = 1; height <= HEIGHTS; height++) {
      const parent = stateAfter(height - 1)
      const byTicket = hexes(
        lowestTicketFirst(
          parent.chain.previousSeed,
          network.signers.map(({ publicKey }) => publicKey)
        )
      )
      const ranking = hexes(familyFor(height).ranking(parent))
      const leader = toHex(parent.memory.slice(0, 32))
      if (phaseAt(height) === MODE.lowestHash) expect(ranking).toEqual(byTicket)
      else expect(ranking).toEqual([leader, ...byTicket.filter(key => key !== leader)])
      if (ranking[0] !== byTicket[0]) moved++
    }
    expect(moved, 'the leader is not by chance the first by ticket').toBeGreaterThan(5)
  })

  it('M052: old and new rules stand side by side: a block that fits the other phase is refused on either side of the boundary', () => {
    const families = familiesOf(network.genesis)
    for (const { from } of PHASES.slice(1)) {
      // The same parent under the old configuration: the last block of the old phase, as it would read without the change.
      const parent = chain[from - 1]!
      const edit = parent.state!.edit()
      const old = stateAfter(from - 2)
      edit.view.blocks.config = old.view.blocks.config.clone(true)
      const unchanged = edit.finish()
      expect(families(unchanged).config.mode).toBe(phaseAt(from - 1))
      expect(toHex(unchanged.root)).not.toBe(toHex(parent.state!.root))
      const { header, transactions } = chain[from]!
      expect(executeBlock(network.rules, parent.state!, parent.hashBytes, header, transactions!)).toMatchObject({ ok: true })
      expect(executeBlock(network.rules, unchanged, parent.hashBytes, header, transactions!), 'the configuration is part of the state').toMatchObject({
        ok: false
      })
    }
  })

  it('no state is lost: records, nonces, supply and the seed chain go on, and a node that only has the state goes on from either side', () => {
    const supply = (state: WorldState) => state.agents().reduce((sum, { balance, deposit }) => sum + balance + deposit, state.treasury)
    for (let height = 1; height <= HEIGHTS; height++) {
      const [before, after] = [stateAfter(height - 1), stateAfter(height)]
      expect(supply(after)).toBe(supply(before))
      expect(after.chain.previousSeed).toEqual(before.chain.seed)
      expect(after.chain.transactions - before.chain.transactions).toBe(BigInt(chain[height]!.transactions!.length))
    }
    expect(stateAfter(HEIGHTS).agent(network.signers[1]!.publicKey)!.nonce).toBe(HEIGHTS / 3)
    expect(
      stateAfter(HEIGHTS)
        .agents()
        .reduce((sum, { blocksMade }) => sum + blocksMade, 0)
    ).toBe(HEIGHTS)
    for (const { from } of PHASES) {
      const copy = WorldState.decode(stateAfter(from - 1).encode(), new StateIndex())
      const { header, transactions } = chain[from]!
      const again = executeBlock({ ...network.rules, familyOf: familiesOf(network.genesis) }, copy, chain[from - 1]!.hashBytes, header, transactions!)
      expect(again.ok && toHex(again.value.root)).toBe(toHex(stateAfter(from).root))
    }
  })

  it('a phase begins with a memory of its own', () => {
    for (const { from } of PHASES) {
      const state = stateAfter(from - 1)
      expect(state.memory).toEqual(familyFor(from).initialMemory(state))
    }
  })

  it("M054: afterwards nothing is left of the leader: no memory, nobody's turn is missed", () => {
    const [leaderPhase, , last] = PHASES
    const ranksOne = (mode: number) => chain.slice(1).filter(({ header }) => phaseAt(header.height) === mode && header.rank === 1)
    for (let height = 0; height <= HEIGHTS; height++) expect(stateAfter(height).memory.length, `after ${height}`).toBe(height + 1 >= last!.from ? 0 : 64)
    const missedBy = ({ header }: BlockEntry) => familyFor(header.height).missed(stateAfter(header.height - 1), header)
    expect(ranksOne(leaderPhase!.mode).map(entry => missedBy(entry).length)).toEqual([1, 1])
    for (const mode of [MODE.vrf, MODE.lowestHash]) {
      expect(ranksOne(mode).length).toBeGreaterThan(0)
      for (const entry of ranksOne(mode)) expect(missedBy(entry)).toEqual([])
    }
  })
})
